"""Exporting COBie 2.4: the rows of all sheets from the register and from what the models say."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from csdi.feature import Feature
from csdi.query import Query
from csdi.store.base import Reader, has_collection, scan
from twin.handover.cobie_rules import NOTHING, SYSTEM, Rows, cobie_rules
from twin.handover.cobie_scope import Scope
from twin.handover.cobie_values import EPOCH, Names, cleaned, element_id, quantity, rounded, shared_value, stamp, warranty_months
from twin.handover.columns import printable
from twin.register.keeping import equals
from twin.register.rules import Attribute, Rules

FIELD_OBJECT = "asset-register."
"""Begins `ExtObject` of an Attribute that is a field of the register; `properties.` follows for attributes of templates."""
AS_ATTRIBUTES = ("name_zh", "description", "category", "status", "condition", "criticality", "commissioned_on", "warranty_end", "currency",
                 "uniclass", "omniclass", "cost", "expected_life_years", "supplier")
"""Fields that COBie has no column for, or only one of their type."""
_PERIODS = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year"}
_STAGE = "As Built"

Json = dict[str, Any]


def cobie_rows(reader: Reader, rules: Rules, scope: Scope, author: str) -> Rows:
    """All sheets of a facility; `author` is the e-mail address of whoever makes it."""
    return _Making(reader, rules, scope, author).rows()


class _Making:
    def __init__(self, reader: Reader, rules: Rules, scope: Scope, author: str) -> None:
        self._reader, self._rules, self._scope = reader, rules, scope
        self._author = author
        self._rows: Rows = {name: [] for name in cobie_rules().sheets}
        self._names: defaultdict[str, Names] = defaultdict(Names)
        self._contacts: dict[str, str] = {}
        self._spaces: dict[str, str] = {}
        self._floors: dict[str, str] = {}
        self._types: dict[tuple[Any, ...], str] = {}
        self._since = min((stamp(row) for row in scope.places.values()), default=EPOCH)
        self._attributes = {one.key: one for kind in rules.classes.values() for one in kind.attributes}

    def rows(self) -> Rows:
        """All of them."""
        self._contact("", self._author)
        self._facility()
        self._storeys()
        self._rooms()
        self._equipment()
        self._zones()
        self._systems()
        self._wholes()
        self._connections()
        self._plans()
        return self._rows

    def _add(self, sheet: str, since: str = "", **said: Any) -> None:
        made = {"CreatedBy": self._author, "CreatedOn": since or self._since, **said}
        wanted = cobie_rules().sheets[sheet]
        for column in wanted.columns:
            value = made.get(column)
            if isinstance(value, str):
                value = printable(value).strip()
            made[column] = NOTHING if value in (None, "") and (column in wanted.required or column.startswith("Ext")) else value
        self._rows[sheet].append(made)

    def _contact(self, company: str, email: str = "") -> str:
        """The e-mail address that stands for a company; one that cannot be reached where none is known."""
        key = cleaned(company).casefold()
        if key not in self._contacts:
            bare = re.sub(r"[^a-z0-9]+", "-", key).strip("-") or f"company-{len(self._contacts)}"
            made = email or f"unknown@{bare}.invalid"
            taken = {one.casefold() for one in self._contacts.values()}
            while made.casefold() in taken:
                made = made.replace("@", "+@", 1)
            self._contacts[key] = made
            self._add("Contact", Email=made, Category=NOTHING, Company=company or NOTHING, Phone=NOTHING, ExternalSystem=SYSTEM)
        return self._contacts[key]

    def _facility(self) -> None:
        scope, root = self._scope, self._scope.root
        site = scope.above(root, "site") if root is not None else None
        ids = {"ExternalFacilityObject": "IfcBuilding", "ExternalFacilityIdentifier": element_id(root)} if root is not None else {}
        currencies = [row.properties["currency"] for row in scope.assets if row.properties.get("currency")]
        self._add("Facility", Name=cleaned(scope.name), Category=NOTHING, ProjectName=scope.model.get("project")
                  or scope.model.get("name") or scope.name,
                  SiteName=(site.properties.get("name") if site is not None else None) or NOTHING, LinearUnits="meters",
                  AreaUnits="squaremeters",
                  VolumeUnits="cubicmeters", CurrencyUnit=currencies[0] if currencies else NOTHING,
                  AreaMeasurement="Quantities of the model",
                  ExternalSystem=SYSTEM, ExternalSiteIdentifier=element_id(site), ExternalSiteObject="IfcSite" if site is not None
                  else None,
                  Description="Coordinates are HK1980 Grid (EPSG:2326), elevations mPD (EPSG:5738), in metres", Phase=_STAGE, **ids)

    def _storeys(self) -> None:
        for row in self._scope.of_kind("storey"):
            p = row.properties
            said = self._model_row("storeys", row)
            name = self._floors[row.id] = self._names["Floor"].of(p.get("name"), f"{p.get('name')} {p.get('level')}")
            self._add("Floor", stamp(row), Name=name, Category="Floor", ExtSystem=SYSTEM, ExtObject="IfcBuildingStorey",
                      ExtIdentifier=element_id(row),
                      Description=said.get("long_name") or p.get("name_zh"), Elevation=rounded(p.get("level")),
                      Height=rounded(quantity(said, "NetHeight", "GrossHeight", "Height")))
        if not self._floors:
            self._floor_of(None)

    def _floor_of(self, place: Feature | None) -> str:
        """The floor of a place; the ground itself for what is on none."""
        storey = self._scope.above(place, "storey") if place is not None else None
        if storey is not None:
            return self._floors[storey.id]
        if "" not in self._floors:
            self._floors[""] = self._names["Floor"].of("Site", "Outside")
            self._add("Floor", Name=self._floors[""], Category="Site", ExtSystem=SYSTEM, Description="Not on a floor")
        return self._floors[""]

    def _rooms(self) -> None:
        for row in self._scope.of_kind("space"):
            p, said = row.properties, self._model_row("spaces", row)
            floor = self._floor_of(row)
            name = self._spaces[row.id] = self._names["Space"].of(p.get("name"), f"{p.get('name')} {floor}")
            code = next((f"{one['code']}: {one.get('name') or one['code']}" for one in said.get("classifications") or ()
                         if one.get("code")), NOTHING)
            self._add("Space", stamp(row), Name=name, Category=code, FloorName=floor, ExtSystem=SYSTEM, ExtObject="IfcSpace",
                      ExtIdentifier=element_id(row),
                      Description=said.get("long_name") or said.get("description") or p.get("name"), RoomTag=said.get("name")
                      or p.get("name"),
                      UsableHeight=rounded(quantity(said, "NetHeight", "FinishCeilingHeight", "Height") or said.get("height")),
                      GrossArea=rounded(quantity(said, "GrossFloorArea", "GrossArea")),
                      NetArea=rounded(quantity(said, "NetFloorArea", "NetArea") or said.get("area")))

    def _space_of(self, asset: Feature) -> str:
        """The space of an Asset; one that stands for its floor where it is in no room."""
        id = str(asset.properties.get("location") or "")
        place = self._scope.places.get(id)
        key = id if place is not None else ""
        if key not in self._spaces:
            called = f"{place.properties.get('name')} (no room)" if place is not None else "Not placed"
            self._spaces[key] = self._names["Space"].of(called)
            self._add("Space", Name=self._spaces[key], Category=NOTHING, FloorName=self._floor_of(place),
                      Description="Stands for what is in no room",
                      ExtSystem=SYSTEM, ExtObject="asset-locations", ExtIdentifier=key)
        return self._spaces[key]

    def _equipment(self) -> None:
        groups: dict[tuple[Any, ...], list[Feature]] = {}
        for asset in self._scope.assets:
            p, said = asset.properties, self._element(asset)
            key = (p.get("asset_class"), said.get("type_name") or "", p.get("manufacturer"), p.get("product"))
            groups.setdefault(key, []).append(asset)
        for key, assets in groups.items():
            shared = self._type(key, assets)
            for asset in assets:
                self._component(asset, self._types[key], shared)
        if not groups:
            self._type((None, "", None, None), [])

    def _type(self, key: tuple[Any, ...], assets: list[Feature]) -> Json:
        """The row of a type; gives the fields that it says for all of its Assets."""
        asset_class, type_name, manufacturer, product = key
        kind = self._rules.classes.get(str(asset_class))
        plain = kind.names["en"] if kind is not None else str(asset_class or "Type")
        name = self._types[key] = self._names["Type"].of(type_name or product or plain,
                                                         f"{type_name or product or plain} {manufacturer or plain}")
        fields = {one: shared_value(assets, one) for one in ("expected_life_years", "cost", "supplier", "uniclass", "omniclass")}
        months = {warranty_months(row) for row in assets}
        duration = months.pop() if len(months) == 1 else None
        maker = self._contact(manufacturer) if manufacturer else None
        code = fields["omniclass"] or fields["uniclass"]
        self._add("Type", max(map(stamp, assets), default=""), Name=name, Category=f"{code}: {plain}" if code else plain,
                  Description=type_name or plain,
                  AssetType="Fixed", Manufacturer=maker, ModelNumber=product,
                  WarrantyGuarantorParts=self._contact(fields["supplier"]) if fields["supplier"] else maker, WarrantyGuarantorLabor=maker,
                  WarrantyDurationParts=duration, WarrantyDurationLabor=duration, WarrantyDurationUnit="month", ExtSystem=SYSTEM,
                  ExtObject=f"{assets[0].properties.get('ifc_class')}Type" if assets and assets[0].properties.get("ifc_class") else None,
                  ExtIdentifier=self._element(assets[0]).get("type_id") if assets else None, ReplacementCost=fields["cost"],
                  ExpectedLife=fields["expected_life_years"], DurationUnit="year" if fields["expected_life_years"] else None,
                  ModelReference=product,
                  **{column: rounded(self._same_size(assets, size)) for column, size in
                     (("NominalLength", "length"), ("NominalWidth", "width"), ("NominalHeight", "height"))})
        if asset_class:
            self._attribute("Type", name, "asset_class", asset_class, self._since)
        return {one: value for one, value in fields.items() if value is not None and one in ("expected_life_years", "cost")}

    def _component(self, asset: Feature, type_name: str, shared: Json) -> None:
        p = asset.properties
        name = self._names["Component"].of(p.get("tag"))
        since = stamp(asset)
        self._add("Component", since, Name=name, TypeName=type_name, Space=self._space_of(asset), Description=p.get("name"),
                  ExtSystem=SYSTEM,
                  ExtObject=p.get("ifc_class"), ExtIdentifier=p.get("global_id") or asset.id, SerialNumber=p.get("serial"),
                  InstallationDate=p.get("installed_on"), WarrantyStartDate=p.get("installed_on") if p.get("warranty_end") else None,
                  TagNumber=p.get("tag"), BarCode=p.get("tag"), AssetIdentifier=asset.id)
        for field in AS_ATTRIBUTES:
            if p.get(field) is not None and field not in shared:
                self._attribute("Component", name, field, p[field], since)
        for key, value in (p.get("properties") or {}).items():
            if isinstance(value, (str, int, float)):
                self._attribute("Component", name, f"properties.{key}", value, since, self._attributes.get(key))
        self._described(asset, name, type_name, since)

    def _attribute(self, sheet: str, row: str, field: str, value: Any, since: str, template: Attribute | None = None) -> None:
        called = template.names["en"] if template is not None else field.removeprefix("properties.")
        said = ("true" if value else "false") if isinstance(value, bool) else value
        self._add("Attribute", since, Name=self._names[f"Attribute {sheet} {row}"].of(called, field), Category=_STAGE, SheetName=sheet,
                  RowName=row,
                  Value=said, Unit=template.unit if template is not None and template.unit else NOTHING, ExtSystem=SYSTEM,
                  ExtObject=f"{FIELD_OBJECT}{field}",
                  Description=called, AllowedValues=",".join(map(str, template.enum)) if template is not None else None)

    def _described(self, asset: Feature, name: str, type_name: str, since: str) -> None:
        """Corners, documents and spare parts."""
        p = asset.properties
        box = list(p.get("box") or [])
        for category, corner in (("box-lowerleft", box[:3]), ("box-upperright", box[3:6])):
            if len(corner) == 3 and None not in corner:
                self._add("Coordinate", since, Name=f"{name} {category.removeprefix('box-')}", Category=category, SheetName="Component",
                          RowName=name,
                          CoordinateXAxis=corner[0], CoordinateYAxis=corner[1], CoordinateZAxis=corner[2], ExtSystem=SYSTEM,
                          ExtObject="EPSG:2326+5738",
                          ExtIdentifier=asset.id)
        for one in p.get("documents") or ():
            title = self._names[f"Document {name}"].of(one.get("title") or one.get("name"), one.get("id"))
            self._add("Document", since, Name=title, Category=one.get("type"), ApprovalBy="Information Only", Stage=_STAGE,
                      SheetName="Component",
                      RowName=name, Directory=one.get("url") or one.get("location"), File=one.get("file") or title, ExtSystem=SYSTEM,
                      ExtIdentifier=one.get("id"), Description=one.get("description"))
        for one in p.get("spare_parts") or ():
            called = self._names[f"Spare {type_name}"].of(one.get("name"), one.get("number"))
            supplier = str(one.get("supplier") or p.get("supplier") or p.get("manufacturer") or "")
            self._add("Spare", since, Name=called, Category="Part", TypeName=type_name, Suppliers=self._contact(supplier), ExtSystem=SYSTEM,
                      ExtIdentifier=asset.id, Description=one.get("description") or f"For {name}", PartNumber=one.get("number")
                      or one.get("part_number"))

    def _zones(self) -> None:
        rooms = {element_id(row): self._spaces[row.id] for row in self._scope.of_kind("space") if row.id in self._spaces}
        for row in self._of_models("zones"):
            inside = [rooms[str(id)] for id in row.properties.get("members") or () if str(id) in rooms]
            name = self._names["Zone"].of(row.properties.get("name"), row.properties.get("global_id")) if inside else ""
            for room in dict.fromkeys(inside):
                self._add("Zone", stamp(row), Name=name, Category=row.properties.get("object_type") or NOTHING, SpaceNames=room,
                          ExtSystem=SYSTEM,
                          ExtObject="IfcZone", ExtIdentifier=row.properties.get("global_id"), Description=row.properties.get("long_name"))

    def _systems(self) -> None:
        tags = self._tags()
        kinds = {str(row.properties.get("global_id")): row.properties for row in self._of_models("systems")}
        names: dict[str, str] = {}
        for asset in self._scope.assets:
            listed = asset.properties.get("systems") or ([{"name": asset.properties["system"]}] if asset.properties.get("system") else [])
            for one in {str(each.get("id") or each.get("name")): each for each in listed}.items():
                key, said = one
                if key not in names:
                    names[key] = self._names["System"].of(said.get("name"), key)
                kind = kinds.get(key, {})
                self._add("System", stamp(asset), Name=names[key], Category=kind.get("predefined_type") or kind.get("object_type")
                          or NOTHING,
                          ComponentNames=tags[asset.id], ExtSystem=SYSTEM, ExtObject=said.get("class"), ExtIdentifier=said.get("id"),
                          Description=kind.get("long_name"))

    def _wholes(self) -> None:
        tags = self._tags()
        for asset in self._scope.assets:
            whole = tags.get(str(asset.properties.get("parent") or ""))
            if whole is not None:
                self._add("Assembly", stamp(asset), Name=f"{whole} - {tags[asset.id]}", SheetName="Component", ParentName=whole,
                          ChildNames=tags[asset.id],
                          AssemblyType="Fixed", ExtSystem=SYSTEM, ExtObject="IfcRelAggregates")

    def _connections(self) -> None:
        tags = self._tags()
        by_element = {str(row.properties["element"]): tags[row.id] for row in self._scope.assets if row.properties.get("element")}
        names = {one.get("id"): one.get("name") for said in self._scope.elements.values() for one in said.get("ports") or ()}
        seen: set[tuple[str, ...]] = set()
        for element, tag in by_element.items():
            for port in (self._scope.elements.get(element) or {}).get("ports") or ():
                for other in port.get("connected") or ():
                    there = by_element.get(f"{element.partition(':')[0]}:{other.get('element')}")
                    ends = tuple(sorted((str(port.get("id")), str(other.get("port")))))
                    if there is None or ends in seen:
                        continue
                    seen.add(ends)
                    self._add("Connection", Name=self._names["Connection"].of(f"{tag} - {there}"), ConnectionType=port.get("system")
                              or port.get("type"),
                              SheetName="Component", RowName1=tag, RowName2=there, PortName1=port.get("name"),
                              PortName2=names.get(other.get("port")),
                              ExtSystem=SYSTEM, ExtObject="IfcRelConnectsPorts", ExtIdentifier=port.get("id"))

    def _plans(self) -> None:
        """Preventive plans, once for each type that they are for."""
        if not has_collection(self._reader, "maintenance-plans"):
            return
        classes: defaultdict[str, set[str]] = defaultdict(set)
        own: defaultdict[str, set[str]] = defaultdict(set)
        for row in self._rows["Component"]:
            own[row["AssetIdentifier"]].add(row["TypeName"])
        for key, name in self._types.items():
            classes[str(key[0])].add(name)
        for plan in scan(self._reader, "maintenance-plans", Query(geometry=False)):
            p = plan.properties
            for type_name in sorted(own.get(str(p.get("asset")), set()) if p.get("asset")
                                    else classes.get(str(p.get("asset_class")), set())):
                self._job(plan, type_name)

    def _job(self, plan: Feature, type_name: str) -> None:
        p = plan.properties
        if not self._rows["Resource"]:
            self._add("Resource", Name="Technician", Category="Labor", ExtSystem=SYSTEM, Description="Whoever does the work")
        said = dict(part.split("=", 1) for part in str(p.get("rule") or "").removeprefix("RRULE:").split(";") if "=" in part)
        unit = _PERIODS.get(said.get("FREQ", ""), "hour" if p.get("every_hours") else "as required")
        every = said.get("INTERVAL", "1") if said else p.get("every_hours")
        self._add("Job", stamp(plan), Name=cleaned(p.get("title") or plan.id), Category="PM", Status="Not Yet Started", TypeName=type_name,
                  Description=p.get("instructions") or p.get("title"), Duration=p.get("estimate_minutes"), DurationUnit="minute",
                  Start=p.get("starts_on"), TaskStartUnit="date", Frequency=int(every) if isinstance(every, str) and every.isdigit()
                  else every,
                  FrequencyUnit=unit, ExtSystem=SYSTEM, ExtObject="maintenance-plans", ExtIdentifier=plan.id, TaskNumber=plan.id,
                  ResourceNames="Technician")

    def _tags(self) -> dict[str, str]:
        return {str(row["AssetIdentifier"]): str(row["Name"]) for row in self._rows["Component"]}

    def _element(self, asset: Feature) -> Mapping[str, Any]:
        return self._scope.elements.get(str(asset.properties.get("element") or ""), {})

    def _same_size(self, assets: Iterable[Feature], size: str) -> Any:
        sizes = {rounded(self._element(row).get(size)) for row in assets}
        return sizes.pop() if len(sizes) == 1 else None

    def _of_models(self, collection: str) -> list[Feature]:
        if not has_collection(self._reader, collection):
            return []
        return [row for model in self._scope.models for row in scan(self._reader, collection,
                                                                    Query(filter=equals("model", model), geometry=False))]

    def _model_row(self, collection: str, place: Feature) -> Mapping[str, Any]:
        """What a model says of a place."""
        if not hasattr(self, "_kept"):
            self._kept: dict[str, dict[str, Mapping[str, Any]]] = {}
        if collection not in self._kept:
            models = dict.fromkeys((*self._scope.models, *(str(row.properties.get("model")) for row in self._scope.places.values())))
            self._kept[collection] = {f"{model}:{row.properties.get('global_id')}": row.properties for model in models
                                      if has_collection(self._reader, collection)
                                      for row in scan(self._reader, collection, Query(filter=equals("model", model), geometry=False))}
        return self._kept[collection].get(str(place.properties.get("element") or ""), {})
