"""Bulk edits: the same values for all Assets that answer a question, looked at before they are made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from csdi.access import Action, Principal, may
from csdi.errors import ValueInvalid
from csdi.store.base import Reader, scan
from twin.handover.columns import LOCKED
from twin.handover.plans import Plan, Planner, Wish
from twin.questions.expanding import Asker
from twin.questions.finding import Criteria, query_of
from twin.register.editing import Editor
from twin.register.keeping import Writing
from twin.register.rules import Rules
from twin.register.schemas import ASSETS

MOST = 200_000
"""Assets that one bulk edit may change."""


def chosen(reader: Reader, principal: Principal, criteria: Criteria) -> list[str]:
    """Ids of the Assets that answer criteria. Raises ValueInvalid, FilterInvalid; ValueInvalid where nothing at all is asked."""
    if criteria == Criteria():
        raise ValueInvalid("a bulk edit says which assets it is for", field="filter", remedy="such as asset_class = 'pump'")
    asker = Asker(reader, lambda collection: may(principal, Action.READ, collection))
    asked = replace(query_of(criteria, asker), fields=("tag",), count=False)
    found = [row.id for row in scan(reader, ASSETS, asked)]
    if len(found) > MOST:
        raise ValueInvalid(f"{len(found)} assets are more than the {MOST} of one edit", field="filter", remedy="choose fewer")
    return found


def set_all(writing: Writing, rules: Rules, ids: list[str], said: Mapping[str, Any]) -> Plan:
    """What setting fields of these Assets comes to, made in a block of changes; see `plans`.

    Args:
        said: a merge patch: field -> value, None takes it away; members of `properties` one by one.

    Raises:
        ValueInvalid: nothing is set, or what every Asset has of its own.
    """
    wanted = dict(_flat(said))
    if not wanted:
        raise ValueInvalid("nothing is set", field="set", remedy="such as condition=3")
    if own := sorted(name for name in wanted if name in LOCKED or name in ("tag", "serial", "element", "device")):
        raise ValueInvalid(f"'{own[0]}' is not set for many assets at once", field=own[0], remedy="each has its own")
    return Planner(Editor(writing, rules), "changed").take(Wish(0, id, wanted) for id in ids)


def _flat(said: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in said.items():
        if name == "properties" and isinstance(value, Mapping):
            yield from ((f"properties.{key}", one) for key, one in value.items())
        else:
            yield name, value
