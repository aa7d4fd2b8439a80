"""What an Asset may say: every field has its type, every reference leads somewhere, every attribute fits its template."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from math import isfinite
from typing import Any

from csdi.feature import Feature, Field, FieldType
from csdi.finding import Finding
from csdi.store.base import has_collection
from twin.register.keeping import Writing
from twin.register.rules import Attribute, Rules
from twin.register.schemas import ASSETS, DEVICES, LOCATIONS, REVISION, collections

FIELDS: Mapping[str, Field] = {one.name: one for one in next(c for c in collections() if c.id == ASSETS).schema}
DEVICE_FIELDS: Mapping[str, Field] = {one.name: one for one in next(c for c in collections() if c.id == DEVICES).schema}
KEPT = frozenset({REVISION, "since_version", "valid_from", "presence", "terms", "device", "model", "global_id", "location_path"})
"""Fields that follow from others and cannot be set."""
LONGEST = 4000
_LISTS = frozenset({"documents", "contacts", "spare_parts", "zones", "systems", "classifications"})
_DEEPEST = 8

Json = dict[str, Any]


def faults(writing: Writing, rules: Rules, said: Mapping[str, Any], id: str = "") -> list[Finding]:
    """What is wrong with values that an Asset is to have; None stands for a value that is taken away.

    Args:
        said: the fields that are set, as they will be.
        id: of the Asset; "" for a new one.
    """
    found = [fault for name, value in said.items() if (fault := _field_fault(name, value)) is not None]
    found += _references(writing, said, id)
    row = writing.find(ASSETS, id) if id else None
    asset_class = said.get("asset_class") if "asset_class" in said else (row.properties.get("asset_class") if row else None)
    if not asset_class or asset_class not in rules.classes:
        if "asset_class" in said or not id:
            known = ", ".join(list(rules.classes)[:12])
            found.append(_fault("asset-class-unknown", "asset_class", asset_class, "a class of the rules", f"such as {known}"))
        return found
    return found + list(_attribute_faults(rules.classes[str(asset_class)].attributes, said.get("properties")))


def device_faults(said: Mapping[str, Any]) -> list[Finding]:
    """What is wrong with values that a device is to have."""
    return [fault for name, value in said.items() if (fault := _typed(DEVICE_FIELDS, name, value)) is not None]


def _field_fault(name: str, value: Any) -> Finding | None:
    if name in KEPT:
        return _fault("asset-field-kept", name, value, "nothing: it follows from other fields", "leave it out")
    return _typed(FIELDS, name, value)


def _typed(fields: Mapping[str, Field], name: str, value: Any) -> Finding | None:
    field = fields.get(name)
    if field is None:
        return _fault("asset-field-unknown", name, value, "a field of the register", "put particulars of your own into properties")
    if value is None:
        return None
    if field.enum and (isinstance(value, bool) or value not in field.enum):
        return _fault("asset-value-invalid", name, value, f"one of {', '.join(map(str, field.enum))}", "")
    if not _CHECKS[field.type](value) or (name in _LISTS and not _is_list(value)) or (name == "properties" and not isinstance(value, dict)):
        wanted = "a list of objects" if name in _LISTS else "an object" if name == "properties" else _WANTED[field.type]
        return _fault("asset-value-invalid", name, value, wanted, "")
    return None


def _references(writing: Writing, said: Mapping[str, Any], id: str) -> Iterator[Finding]:
    store = writing.register.store
    tag, location, parent, element = (said.get(name) for name in ("tag", "location", "parent", "element"))
    if isinstance(tag, str):
        if not tag.strip() or tag != tag.strip() or tag.startswith("a-"):
            yield _fault("asset-value-invalid", "tag", tag, "text without blanks around it that does not begin like an id", "")
        elif (other := writing.tagged(tag)) not in (None, id):
            yield _fault("asset-tag-taken", "tag", tag, "a tag that no other asset has", f"it is that of {other}")
    if isinstance(location, str) and writing.find(LOCATIONS, location) is None:
        yield _fault("asset-location-missing", "location", location, "a location of the register", "list asset-locations")
    if isinstance(parent, str):
        yield from _parent_faults(writing, parent, id)
    if isinstance(element, str):
        model, _, key = element.partition(":")
        of_model = has_collection(store, "elements") and writing.find("elements", element) is not None
        if not of_model and not (has_collection(store, model) and writing.find(model, key) is not None):
            yield _fault("asset-element-missing", "element", element, "an element of a model, or a feature of a layer", "model:GlobalId")


def _parent_faults(writing: Writing, parent: str, id: str) -> Iterator[Finding]:
    """The parent is there, and is no part of the Asset."""
    at: str | None = parent
    seen: set[str] = set()
    while at:
        row: Feature | None = writing.find(ASSETS, at)
        if row is None:
            if at == parent:
                yield _fault("asset-parent-missing", "parent", parent, "an asset of the register", "")
            return
        if at == id or at in seen:
            yield _fault("asset-parent-loop", "parent", parent, "an asset that is no part of this one", "")
            return
        seen.add(at)
        at = row.properties.get("parent")


def _attribute_faults(attributes: tuple[Attribute, ...], properties: Any) -> Iterator[Finding]:
    """Attributes of the template have their types; all others are free."""
    if not isinstance(properties, dict):
        return
    if _depth(properties) > _DEEPEST:
        yield _fault("asset-value-invalid", "properties", "", f"at most {_DEEPEST} levels", "")
    for one in attributes:
        name, value = f"properties.{one.key}", properties.get(one.key)
        if value is None:
            if one.required:
                yield Finding("asset-attribute-missing", "warning", f"{one.names['en']} is missing", subject=name, expected=one.names["en"])
        elif not _CHECKS[FieldType(one.type)](value):
            yield _fault("asset-attribute-invalid", name, value, _WANTED[FieldType(one.type)] + (f" in {one.unit}" if one.unit else ""), "")
        elif one.enum and value not in one.enum:
            yield _fault("asset-attribute-invalid", name, value, f"one of {', '.join(map(str, one.enum))}", "")


def _fault(code: str, name: str, value: Any, expected: str, cure: str) -> Finding:
    said = "" if value is None else str(value)[:100]
    return Finding(code, "error", f"{name}: {said or 'nothing'} is not {expected}", subject=name, measured=said, expected=expected,
                   cure=cure)


def _depth(value: Any) -> int:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max((_depth(part) for part in parts), default=0) if isinstance(value, (dict, list)) else 0


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value) and _depth(value) <= _DEEPEST


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)


def _is_date(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


_CHECKS: Mapping[FieldType, Callable[[Any], bool]] = {
    FieldType.STRING: lambda value: isinstance(value, str) and len(value) <= LONGEST and "\x00" not in value,
    FieldType.INTEGER: lambda value: isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 53,
    FieldType.NUMBER: _is_number, FieldType.BOOLEAN: lambda value: isinstance(value, bool), FieldType.DATE: _is_date,
    FieldType.DATETIME: lambda value: isinstance(value, str), FieldType.JSON: lambda value: isinstance(value, (dict, list))}
_WANTED = {FieldType.STRING: f"text of at most {LONGEST} characters", FieldType.INTEGER: "a whole number", FieldType.NUMBER: "a number",
           FieldType.BOOLEAN: "true or false", FieldType.DATE: "a date such as 2027-01-31", FieldType.DATETIME: "a time",
           FieldType.JSON: "an object or a list"}
