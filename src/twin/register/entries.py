"""Entries of the register's history: what one change made of one row, sealed in a chain; the rows are their replay."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import shapely

from csdi.chain import BEGIN, seal
from csdi.feature import Feature
from csdi.history import SINCE_VERSION, VALID_FROM
from twin.register.schemas import DERIVED, REVISION

GEOMETRY = "@geometry"
"""Key of a row's geometry in `before` and `after`: ISO WKB in Base64, storage CRS, x = longitude first."""
_STAMPS = frozenset({SINCE_VERSION, VALID_FROM, REVISION})

State = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of one row.

    Attributes:
        number: 1, 2, ... without gaps.
        at: RFC 3339, UTC.
        who: id of the principal.
        why: the reason as given, "" for none.
        what: `added`, `changed`, `retired`, `restored`, ...
        collection, feature: the row.
        asset: id of the Asset that it concerns, "" for none.
        before, after: the fields that changed with their values; a new row has no `before` (None), a row that goes no `after`.
        previous, digest: see `csdi.chain`.
        batch: what the changes of one bulk edit have in common, "" for none.
    """

    number: int
    at: str
    who: str
    why: str
    what: str
    collection: str
    feature: str
    asset: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    previous: str = BEGIN
    digest: str = ""
    batch: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"number": self.number, "at": self.at, "who": self.who, "why": self.why, "what": self.what,
                "collection": self.collection, "feature": self.feature, "asset": self.asset,
                "before": None if self.before is None else dict(self.before),
                "after": None if self.after is None else dict(self.after), "previous": self.previous, "digest": self.digest,
                **({"batch": self.batch} if self.batch else {})}


def sealed_row(bare: Entry) -> Feature:
    """An entry as it is kept, with its digest; its id sorts as its number does."""
    return Feature(f"{bare.number:012d}", None, {**bare.to_dict(), "digest": seal(bare)})


def entry_of(row: Feature) -> Entry:
    """The entry that was kept."""
    p = row.properties
    return Entry(p["number"], p["at"], p["who"], p.get("why") or "", p["what"], p["collection"], p["feature"], p.get("asset") or "",
                 p.get("before"), p.get("after"), p["previous"], p["digest"], p.get("batch") or "")


def state_of(collection: str, row: Feature) -> State:
    """What a row says: its values that are there, without stamps and without what follows from other rows."""
    left_out = _STAMPS | DERIVED.get(collection, frozenset())
    state = {name: value for name, value in row.properties.items() if value is not None and name not in left_out}
    if row.geometry is not None:
        state[GEOMETRY] = base64.b64encode(shapely.to_wkb(row.geometry, byte_order=1, flavor="iso")).decode()
    return state


def difference(before: State, after: State) -> tuple[State, State]:
    """The fields in which two states differ, as they were and as they are; None stands for a value that is not there."""
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return {name: before.get(name) for name in names}, {name: after.get(name) for name in names}


def replayed(entries: Iterable[Entry], until: int | None = None, moment: datetime | None = None) -> dict[tuple[str, str], State]:
    """(collection, row id) -> its state after the entries, in their order.

    Args:
        until: number of the last entry that counts; None for all.
        moment: entries after it do not count; None for all.
    """
    states: dict[tuple[str, str], State] = {}
    for entry in _counting(entries, until, moment):
        key = (entry.collection, entry.feature)
        if entry.after is None:
            states.pop(key, None)
        else:
            states[key] = {name: value for name, value in (states.get(key, {}) | dict(entry.after)).items() if value is not None}
    return states


def row_of(id: str, state: Mapping[str, Any]) -> Feature:
    """The row of a state, without stamps."""
    said = {name: value for name, value in state.items() if name != GEOMETRY}
    shape = state.get(GEOMETRY)
    return Feature(id, shapely.from_wkb(base64.b64decode(shape)) if shape else None, said)


def _counting(entries: Iterable[Entry], until: int | None, moment: datetime | None) -> Iterator[Entry]:
    for entry in entries:
        if (until is not None and entry.number > until) or (moment is not None and datetime.fromisoformat(entry.at) > moment):
            return
        yield entry
