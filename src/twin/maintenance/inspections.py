"""Inspections: a checklist carried out at an Asset; what failed becomes work, and its condition is noted."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from bim.submissions.submission import text
from csdi.access import Action, Principal, require
from csdi.errors import AccessDenied, Conflict, NotFound
from csdi.feature import Feature
from csdi.filter import Expression
from csdi.query import Sort
from csdi.store.base import Store
from twin.maintenance.agreed import Agreed
from twin.maintenance.checklists import Checklist, checklist_of
from twin.maintenance.orders import Orders, Raising, of_asset
from twin.maintenance.schemas import CHECKLISTS, INSPECTIONS
from twin.maintenance.states import ENDED, State
from twin.register.schemas import ASSETS

Json = dict[str, Any]
_FAILED_CONDITION = 4
"""The condition of an Asset with a failure, where the list asks for none."""


class Inspections:
    """The inspections of a site, for one principal. Methods raise NotFound, AccessDenied and ValueInvalid."""

    def __init__(self, store: Store, principal: Principal, agreed: Agreed) -> None:
        self._orders = Orders(store, principal, agreed)
        self.register, self.principal, self.agreed = self._orders.register, principal, agreed

    def inspection(self, id: str) -> Feature:
        """One inspection."""
        require(self.principal, Action.READ)
        try:
            return self.register.store.feature(INSPECTIONS, id)
        except NotFound:
            raise NotFound(f"there is no inspection '{id}'", inspection=id) from None

    def inspections(self, where: Expression | None = None, limit: int = 100, offset: int = 0) -> tuple[list[Feature], int]:
        """Inspections, the last one first, and how many match."""
        require(self.principal, Action.READ)
        return self.register.rows(INSPECTIONS, where, (Sort("at", True),), limit, offset), self.register.count(INSPECTIONS, where)

    def checklist(self, given: Any) -> Checklist:
        """Keep a checklist of the site's own; gives it as it is kept."""
        require(self.principal, Action.EDIT)
        made = checklist_of(given)
        row = {"title": dict(made.title), "asset_class": made.asset_class, "items": [one.to_dict() for one in made.items]}
        with self._orders.writing() as raising:
            if raising.write.find(CHECKLISTS, made.id) is None:
                raising.write.add(CHECKLISTS, Feature(made.id, None, row), "checklist-added")
            else:
                raising.write.edit(CHECKLISTS, made.id, row, "checklist-changed")
        return made

    def inspect(self, asset: str, checklist: str, answers: Mapping[str, Any], *, order: str = "", attachments: Sequence[Json] = (),
                remarks: str = "") -> Feature:
        """An inspection that was carried out: one work order for every failure, and the condition of the Asset.

        Args:
            asset: id or tag.
            answers: key of an item -> answer.
            order: the work order under which it was done; whoever is to do that one may inspect, else editors.
            attachments: what `files.kept` said.
        """
        found, listed = self.register.asset(text(asset, "asset", needed=True)), self.agreed.checklist(checklist)
        under = self._under(order, found)
        if under is None:
            require(self.principal, Action.EDIT)
        results = listed.judged(answers)
        failures = [one for one in results if not one["good"]]
        failures = [one for one in failures if not one["sets"]] or failures
        id = f"in-{uuid.uuid4().hex[:12]}"
        with self._orders.writing(remarks) as raising:
            opened = [self._failed(raising, found, listed, one, id, attachments).id for one in failures]
            condition = _condition(found, results, bool(failures))
            if condition is not None:
                raising.write.edit(ASSETS, found.id, {"condition": condition}, "inspected")
            row = {**of_asset(found), "checklist": listed.id, "title": listed.title["en"], "order": under.id if under else None,
                   "at": raising.write.now, "who": self.principal.id, "outcome": "fail" if failures else "pass", "results": results,
                   "orders": opened, "attachments": list(attachments) or None}
            return raising.write.add(INSPECTIONS, Feature(id, None, row), "inspected")

    def _under(self, order: str, asset: Feature) -> Feature | None:
        """The work order under which somebody inspects. Raises AccessDenied, Conflict."""
        if not order:
            return None
        found = self._orders.order(order)
        if found.properties.get("assignee") != self.principal.id and not self._orders.ways(found):
            raise AccessDenied(f"{found.properties['number']} is somebody else's", remedy="have it assigned to you")
        if found.properties.get("asset") != asset.id or State(found.properties["state"]) in ENDED:
            raise Conflict(f"{found.properties['number']} is not open for {asset.properties.get('tag')}", order=found.id,
                           remedy="name an order of this asset that is still to be done")
        return found

    def _failed(self, raising: Raising, asset: Feature, listed: Checklist, one: Json, id: str, attachments: Sequence[Json]) -> Feature:
        """The order for a failure."""
        found = "" if isinstance(one["value"], bool) else f": {one['value']} {one['unit']}".rstrip()
        number = uuid.uuid5(uuid.NAMESPACE_URL, f"{id} {one['key']}").hex[:12]
        title = " ".join(dict.fromkeys((one["title"]["en"], one["title"].get("zh-Hant", ""))))
        photos = [dict(photo) for photo in attachments]
        return raising.order(asset, {
            "title": f"{title}{found}"[:500], "origin": "inspection", "inspection": id, "priority": one["priority"] or None,
            "description": f"{listed.title['en']} / {listed.title.get('zh-Hant', '')}", "attachments": photos or None}, id=f"wo-{number}")


def _condition(asset: Feature, results: Sequence[Json], failed: bool) -> int | None:
    """The condition that an Asset has from now on; None where it stays."""
    stated: list[int] = [round(one["value"]) for one in results if one["sets"] == "condition"]
    if stated:
        return min(max(stated[-1], 1), 5)
    before = int(asset.properties.get("condition") or 0)
    return _FAILED_CONDITION if failed and before < _FAILED_CONDITION else None


