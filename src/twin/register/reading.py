"""An Asset with all that belongs to it: its whole and its parts, its devices, where it is, and its template."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from csdi.errors import NotFound
from csdi.feature import Feature
from csdi.query import Sort
from twin.register.keeping import Register, equals
from twin.register.rules import AssetClass, Rules
from twin.register.schemas import ASSETS, DEVICES, LOCATIONS, PROPOSALS

MOST_PARTS = 1000
_SHORT = ("tag", "name", "name_zh", "asset_class", "status")

Json = dict[str, Any]


def asset_document(register: Register, rules: Rules, id: str, moment: datetime | None = None) -> Json:
    """An Asset by its id or tag, as it is or as it was at a moment. Raises NotFound."""
    row = register.asset(id) if moment is None else register.as_of(ASSETS, _id(register, id), moment)
    p = row.properties
    found = rules.classes.get(str(p.get("asset_class")))
    return {"id": row.id, **p, "parent_asset": _short_of(register, p.get("parent")),
            "children": [_short(child) for child in register.rows(ASSETS, equals("parent", row.id), (Sort("tag"),), MOST_PARTS)],
            "devices": [{"id": one.id, **one.properties} for one in register.rows(DEVICES, equals("asset", row.id), (), MOST_PARTS)],
            "location_chain": location_chain(register, p.get("location_path") or ""),
            "open_proposals": [one.id for one in register.rows(PROPOSALS, equals("asset", row.id), (), MOST_PARTS)
                               if one.properties["state"] == "open"],
            "template": class_document(found) if found else None}


def location_chain(register: Register, path: str) -> list[Json]:
    """The locations of a path, the outermost first."""
    made = []
    for id in path.split("/") if path else ():
        try:
            row = register.row(LOCATIONS, id)
        except NotFound:
            continue
        made.append({"id": id, **{name: row.properties.get(name) for name in ("kind", "name", "name_zh", "element", "total_count")}})
    return made


def class_document(found: AssetClass) -> Json:
    """A class with its template, as JSON."""
    return {"key": found.key, "names": dict(found.names), "category": found.category, "code": found.code, "uniclass": found.uniclass,
            "omniclass": found.omniclass, "expected_life_years": found.life, "criticality": found.criticality, "terms": list(found.terms),
            "attributes": [{"key": one.key, "names": dict(one.names), "unit": one.unit, "type": one.type, "required": one.required,
                            "enum": list(one.enum), "from": list(one.sources)} for one in found.attributes]}


def rules_document(rules: Rules) -> Json:
    """All classes with their templates, and the categories, as JSON."""
    return {"tag": rules.tag, "status": rules.status, "move_tolerance_m": rules.move_tolerance,
            "categories": [{"key": one.key, "names": dict(one.names)} for one in rules.categories.values()],
            "classes": [class_document(one) for one in rules.classes.values()],
            "layers": [{"layer": one.layer, "asset_class": one.asset_class, "where": one.where} for one in rules.layers]}


def _id(register: Register, id: str) -> str:
    return id if id.startswith("a-") else register.asset(id).id


def _short_of(register: Register, id: str | None) -> Json | None:
    try:
        return _short(register.row(ASSETS, id)) if id else None
    except NotFound:
        return None


def _short(row: Feature) -> Json:
    return {"id": row.id, **{name: row.properties.get(name) for name in _SHORT}}
