"""Drafts: what an element of a model, or a feature of a layer, says of itself as an Asset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from csdi.crs import transform
from csdi.feature import Feature, FieldType
from csdi.finding import Finding
from twin.register.places import Places, zones_of
from twin.register.rules import AssetClass, Described, LayerRule, Rules
from twin.register.schemas import ASSETS, STATUSES, collections
from twin.register.values import Statements, chinese, converted, later, number, slug, years

_OF_ELEMENT = ("ifc_class", "predefined_type", "description", "model", "global_id", "storey", "storey_name", "building", "site",
               "systems", "classifications", "documents", "easting", "northing", "base_level", "top_level", "box", "centroid")
DEVICE_FIELDS = ("manufacturer", "product", "serial", "installed_on", "warranty_end", "condition")
"""Fields that an installed device has of its own, and its Asset shows."""

Json = dict[str, Any]


@dataclass
class Draft:
    """An Asset as its source says it: without id, and without a tag where the source states none.

    Attributes:
        element: `model:GlobalId`, or `layer:key`.
        part_of: GlobalId of the element that it is a part of, "" for none.
        row: its geometry and its fields.
    """

    element: str
    found: AssetClass
    row: Feature
    part_of: str = ""
    findings: list[Finding] = field(default_factory=list)

    @property
    def fields(self) -> Json:
        """Its fields, which may still be changed."""
        return self.row.properties  # type: ignore[return-value]


class Drafter:
    """Makes drafts by the rules."""

    def __init__(self, rules: Rules, places: Places) -> None:
        self.rules, self._places = rules, places
        self._stated = Statements()

    def of_elements(self, rows: list[Feature], schema: str, types: Mapping[str, str], systems: Mapping[str, str]) -> list[Draft]:
        """Drafts of those elements of one model that are Assets.

        Args:
            schema: IFC schema of the model.
            types, systems: GlobalId of a type object -> its IFC class; of a system -> its predefined type.
        """
        chosen = [(row, element, found) for row in rows
                  if (element := _described(row, schema, types, systems)) and (found := self.rules.class_of(element)) is not None]
        places = self._places.of([row for row, _, _ in chosen])
        return [self._of_element(row, element, found, place)
                for (row, element, found), place in zip(chosen, places, strict=True)]

    def of_layer(self, rule: LayerRule, rows: Iterable[Feature], storage_crs: str) -> Iterable[Draft]:
        """Drafts of features of a layer, whose geometry is in `storage_crs`, x = east or longitude first."""
        for row in rows:
            key = _filled(rule.asset_class, row.properties)
            found = self.rules.classes.get(rule.classes.get(key, "") if rule.classes else key)
            if found is not None:
                yield self._of_feature(rule, row, found, storage_crs)

    def _of_element(self, row: Feature, element: Described, found: AssetClass, place: Feature | None) -> Draft:
        p = row.properties
        own = {name: p.get(name) for name in _OF_ELEMENT if p.get(name) not in (None, [], "")}
        draft = Draft(row.id, found, Feature("", row.geometry, own))
        fields = draft.fields
        fields |= self._common(found, str(p.get("name") or p.get("type_name") or ""), self.rules.category_of(found, element), row.id)
        fields |= _codes(p, found)
        systems = p.get("systems") or ()
        fields["system"] = next((one.get("name") for one in systems if one.get("name")), None)
        self._place(fields, place, p)
        self._state(draft, p)
        above = p.get("part_of") or {}
        draft.part_of = str(above.get("id") or "") if isinstance(above, Mapping) else ""
        return draft

    def _common(self, found: AssetClass, name: str, category: str, element: str) -> Json:
        own = chinese(name)
        return {"name": name or found.names["en"], "name_zh": own or found.names["zh-Hant"], "asset_class": found.key, "terms": found.words,
                "category": category, "element": element, "presence": "present", "status": found.status or self.rules.status,
                "criticality": found.criticality, "expected_life_years": found.life}

    def _place(self, fields: Json, place: Feature | None, p: Mapping[str, Any]) -> None:
        """Where it is, by its location; what the element itself says of storeys and buildings stays where there is none."""
        chain = self._places.chain(place)
        space, storey = chain.get("space"), chain.get("storey")
        if place is not None:
            fields |= {"location": place.id, "location_path": place.properties["path"]}
        if space is not None:
            model, _, space_id = str(space.properties["element"]).partition(":")
            fields |= {"space": space_id, "space_name": space.properties["name"], "zones": self._places.zones(model, space_id)}
        if storey is not None and not fields.get("storey"):
            fields |= {"storey": str(storey.properties["element"]).partition(":")[2], "storey_name": storey.properties["name"]}
        if p.get("zones"):
            fields["zones"] = zones_of(p)

    def _state(self, draft: Draft, p: Mapping[str, Any]) -> None:
        """What its property sets say, as fields and as attributes of its template."""
        said = {name: self._stated.value(p, sources) for name, sources in self.rules.sources.items()}
        for name, value in said.items():
            if value is not None and name not in ("warranty_start", "warranty_period"):
                _set(draft, name, value)
        start, period = converted(said.get("warranty_start"), "date"), years(said.get("warranty_period"))
        if not draft.fields.get("warranty_end") and start and period:
            draft.fields["warranty_end"] = later(start, period)
        attributes = {}
        for one in draft.found.attributes:
            stated = self._stated.value(p, one.sources)
            value = converted(stated, one.type) if stated is not None else None
            if value is not None:
                attributes[one.key] = value
            elif stated is not None:
                draft.findings.append(_unreadable(draft, one.key, stated, one.type))
            elif one.required:
                draft.findings.append(Finding("asset-attribute-missing", "warning", f"{one.names['en']} is missing", subject=draft.element,
                                              expected=one.names["en"], cure=f"state it in {', '.join(one.sources[:2])}"))
        psets = p.get("psets") or {}
        draft.fields["properties"] = attributes | ({"psets": psets} if psets else {})

    def _of_feature(self, rule: LayerRule, row: Feature, found: AssetClass, storage_crs: str) -> Draft:
        said = {name: text for name, template in rule.fields.items() if (text := _filled(template, row.properties))}
        level = number(said.pop("level", None))
        draft = Draft(f"{rule.layer}:{_filled(rule.key, row.properties) or row.id}", found, Feature("", _in_store(row, storage_crs), {}))
        fields = draft.fields
        fields |= self._common(found, said.pop("name", ""), found.category, draft.element) | _codes({}, found)
        if row.geometry is not None:
            fields |= _position(row, storage_crs, level)
        fields |= {"storey_name": said.pop("storey", None), "building": said.pop("building", None)}
        for name, value in said.items():
            _set(draft, name, value)
        fields["properties"] = {name: value for name, value in row.properties.items() if value is not None and name not in
                                ("since_version", "valid_from")}
        return draft


def _described(row: Feature, schema: str, types: Mapping[str, str], systems: Mapping[str, str]) -> Described:
    p = row.properties
    own = {systems.get(str(one.get("id")), "") for one in p.get("systems") or ()} | {
        str(port.get("system") or "") for port in p.get("ports") or () if port.get("type") != "CABLE"}
    return Described(p, schema, types.get(str(p.get("type_id")), ""), frozenset(one for one in own if one))


def _set(draft: Draft, name: str, value: Any) -> None:
    """Put a stated value into a field; one that cannot be read is a Finding."""
    type = _types()[name]
    if name == "expected_life_years":
        made: Any = years(value)
    elif name == "status":
        made = slug(value) if slug(value) in STATUSES else None
    else:
        made = converted(value, type)
    limited = name in ("condition", "criticality")
    if made is None or (limited and made not in (1, 2, 3, 4, 5)):
        draft.findings.append(_unreadable(draft, name, value, type))
    else:
        draft.fields[name] = made


def _unreadable(draft: Draft, name: str, value: Any, type: str) -> Finding:
    return Finding("asset-value-unreadable", "warning", f"{name} cannot be read as {type}: {value}"[:300], subject=draft.element,
                   measured=str(value)[:100], expected=type, cure="correct it in the model, or in the register")


@cache
def _types() -> Mapping[str, str]:
    plain = {FieldType.NUMBER: "number", FieldType.INTEGER: "integer", FieldType.DATE: "date", FieldType.BOOLEAN: "boolean"}
    return {one.name: plain.get(one.type, "string") for c in collections() if c.id == ASSETS for one in c.schema}


def _codes(p: Mapping[str, Any], found: AssetClass) -> Json:
    """Codes that the element itself has, else those of its class."""
    own: Json = {}
    for one in p.get("classifications") or ():
        system = str(one.get("system") or "").lower()
        for name in ("uniclass", "omniclass"):
            if name in system.replace(" ", "") and one.get("code"):
                own.setdefault(name, str(one["code"]))
    return {"uniclass": own.get("uniclass") or found.uniclass or None, "omniclass": own.get("omniclass") or found.omniclass or None}


def _filled(template: str, values: Mapping[str, Any]) -> str:
    """A text with properties in braces; "" where one of them is missing."""
    made = template
    for name in [part.split("}")[0] for part in template.split("{")[1:]]:
        if values.get(name) in (None, ""):
            return ""
        made = made.replace(f"{{{name}}}", str(values[name]))
    return made.strip()


def _in_store(row: Feature, storage_crs: str) -> Any:
    """The geometry in the CRS of the register."""
    return transform(storage_crs, "OGC:CRS84").geometry(row.geometry) if row.geometry is not None else None


def _position(row: Feature, storage_crs: str, level: float | None) -> Json:
    """Position in HK1980 Grid; heights in mPD where they are known."""
    assert row.geometry is not None
    placed = transform(storage_crs, "EPSG:2326").geometry(row.geometry)
    x0, y0, x1, y1 = placed.bounds
    easting, northing = round((x0 + x1) / 2, 4), round((y0 + y1) / 2, 4)
    made: Json = {"easting": easting, "northing": northing}
    if level is not None:
        made |= {"base_level": level, "top_level": level, "centroid": [easting, northing, level],
                 "box": [round(x0, 4), round(y0, 4), level, round(x1, 4), round(y1, 4), level]}
    return made


