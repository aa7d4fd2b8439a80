"""What was agreed: how soon which priority is to be done, which Assets matter how much, and the checklists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from csdi.errors import NotFound
from csdi.feature import Feature
from csdi.store.base import Reader, has_collection, scan
from twin.maintenance.checklists import Checklist, checklist_of
from twin.maintenance.schemas import CHECKLISTS

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Agreed:
    """The terms of a site.

    Attributes:
        hours: priority -> hours from the report until it is to be done.
        priority_of: criticality of an Asset (1 to 5) -> priority of work on it.
        plans: what is usual for an equipment type: asset_class -> plans (title, rule, checklist, estimate_minutes).
        limits: how often somebody without a login may report: `per_address`, `per_asset` in `within_minutes`.
        checklists: by id; a site's own take the place of those that come with the program.
    """

    hours: Mapping[str, float]
    priority_of: Mapping[int, str]
    plans: Mapping[str, list[Json]]
    limits: Mapping[str, int]
    checklists: Mapping[str, Checklist]

    @classmethod
    def of(cls, store: Reader) -> Agreed:
        """The terms that come with the program, and the site's own checklists."""
        shipped = _shipped()
        lists = {one["id"]: checklist_of(one) for one in shipped["checklists"]}
        if has_collection(store, CHECKLISTS):
            for row in scan(store, CHECKLISTS):
                known = {name: row.properties.get(name) for name in ("title", "asset_class", "items")}
                lists[row.id] = checklist_of({"id": row.id, **known})
        return cls(shipped["hours"], shipped["priority_of"], shipped["plans"], shipped["limits"], lists)

    def priority(self, asset: Feature | None) -> str:
        """The priority of work on an Asset where nobody says another."""
        criticality = asset.properties.get("criticality") if asset is not None else None
        return self.priority_of.get(int(criticality), "normal") if criticality else "normal"

    def hours_to_do(self, priority: str) -> float:
        """Hours from the report until work of this priority is to be done."""
        return self.hours.get(priority, self.hours["normal"])

    def checklist(self, id: str) -> Checklist:
        """One checklist. Raises NotFound."""
        found = self.checklists.get(id)
        if found is None:
            raise NotFound(f"there is no checklist '{id}'", remedy=f"one of {', '.join(sorted(self.checklists))}", checklist=id)
        return found


@cache
def _shipped() -> Json:
    found: Json = yaml.safe_load((files("twin") / "data" / "maintenance.yaml").read_text("utf-8"))
    return found
