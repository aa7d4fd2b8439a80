"""The features of an IMDF archive, made from the rows, plans and ways of models; CRS84, longitude first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import shapely
from shapely.geometry.base import BaseGeometry

from bim.indoor import Network
from csdi.errors import ValueInvalid
from csdi.feature import Feature
from twin.export.imdf import vocabulary as words
from twin.export.imdf.ground import Ground
from twin.export.imdf.labels import Labels, labels, names_of, spoken
from twin.export.imdf.openings import Doors
from twin.export.imdf.parts import Part, id_of, part
from twin.export.imdf.storeys import Storey, storeys_of
from twin.export.imdf.ways import relationships

Rows = Mapping[str, Sequence[Feature]]
Archive = dict[str, list[Part]]
_MOVING = {"ELEVATOR": "elevator", "ESCALATOR": "escalator", "MOVINGWALKWAY": "movingwalkway"}
_STANDING = (("IfcStair", "stairs"), ("IfcRamp", "ramp"))
_SOLID = frozenset({"wall", "column", "curtain-wall", "structure", "window"})


def archive(rows: Rows, plans: Sequence[Feature], networks: Sequence[Network], name: Labels, country: str) -> Archive:
    """All features by feature type.

    Args:
        rows: `buildings`, `storeys`, `spaces`, `elements` of the models, with footprints in CRS84.
        plans: rows of the Collection of storey plans.
        networks: the ways through the models.
        name: of the venue.
        country: ISO 3166 code, `ZZ` where it is not known.

    Raises:
        ValueInvalid: no space of the models has a place on a storey.
    """
    ground = Ground.of([row.geometry for row in rows["spaces"] if row.geometry is not None])
    storeys = storeys_of(rows, plans, ground)
    if not storeys:
        raise ValueInvalid("an indoor map needs spaces on storeys, in a model that has its place", field="model",
                           remedy="load a model with IfcSpace and a georeference")
    if not ground.reaches([storey.outline for storey in storeys]):
        raise ValueInvalid("the models lie too far from each other for one venue", field="model", remedy="export them one by one")
    return _Maker(rows, plans, ground, storeys).made(networks, name, country)


class _Maker:
    """Everything that features refer to each other by."""

    def __init__(self, rows: Rows, plans: Sequence[Feature], ground: Ground, storeys: Sequence[Storey]) -> None:
        self._rows, self._plans, self._ground, self._storeys = rows, plans, ground, storeys
        self._level = {key: storey for storey in storeys for key in storey.keys}
        self._said = " ".join(spoken(row.properties) for row in rows["buildings"])
        self._address = id_of("address", storeys[0].building)

    def made(self, networks: Sequence[Network], name: Labels, country: str) -> Archive:
        units = [*self._rooms(), *self._machines(), *self._structure()]
        doors = Doors(self._rows["elements"], self._rows["spaces"], self._ground, self._level)
        return {
            "address": [self._the_address(name, country)], "venue": [self._venue(name)], "building": list(self._buildings()),
            "footprint": list(self._footprints()), "level": list(self._levels()), "unit": units,
            "opening": list(doors.openings(networks)), "fixture": list(self._fixtures()), "kiosk": list(self._kiosks()),
            "amenity": list(self._amenities()), "anchor": list(self._anchors()), "occupant": list(self._occupants()),
            "section": list(self._sections()), "geofence": list(self._geofences()), "detail": list(self._details()),
            "relationship": list(relationships(networks, {one.id for one in units})),
        }

    def _the_address(self, name: Labels, country: str) -> Part:
        told = next((str(row.properties["address"]) for row in self._rows["buildings"] if row.properties.get("address")), name["en"])
        sites = (str(row.properties["name"]) for row in self._rows["buildings"]
                 if row.properties["ifc_class"] == "IfcSite" and row.properties["name"])
        place = "Hong Kong" if country == "HK" else next(sites, name["en"])
        return part("address", self._storeys[0].building, None, address=told, locality=place, country=country)

    def _venue(self, name: Labels) -> Part:
        outline = self._ground.around([storey.outline for storey in self._storeys], 2.0)
        return part("venue", self._storeys[0].building, outline, category=words.venue_category(f"{self._said} {' '.join(name.values())}"),
                    name=name, display_point=True, address_id=self._address)

    def _buildings(self) -> Iterator[Part]:
        for building, storeys in self._by_building().items():
            row = next((row for row in self._rows["buildings"] if row.id == building), None)
            said = row.properties if row is not None else {"name": building}
            kind = "parking" if words.venue_category(spoken(said)) == "parkingfacility" else "unspecified"
            yield part("building", building, None, category=kind, name=names_of(said), address_id=self._address,
                       display_point=shapely.point_on_surface(self._ground.around([one.outline for one in storeys], 0.0)))

    def _footprints(self) -> Iterator[Part]:
        for building, storeys in self._by_building().items():
            for kind, chosen in (("ground", [one for one in storeys if one.ordinal >= 0]),
                                 ("subterranean", [one for one in storeys if one.ordinal < 0])):
                if chosen:
                    yield part("footprint", f"{building}/{kind}", self._ground.around([one.outline for one in chosen], 0.0), category=kind,
                               building_ids=[id_of("building", building)])

    def _by_building(self) -> dict[str, list[Storey]]:
        found: dict[str, list[Storey]] = defaultdict(list)
        for storey in self._storeys:
            found[storey.building].append(storey)
        return found

    def _levels(self) -> Iterator[Part]:
        for storey in self._storeys:
            name = labels(storey.name) or {"en": str(storey.ordinal)}
            yield part("level", storey.id, storey.outline, category=words.level_category(storey.rooms), outdoor=False,
                       ordinal=storey.ordinal, name=name, short_name=name, display_point=True, address_id=self._address,
                       building_ids=[id_of("building", storey.building)])

    def _rooms(self) -> Iterator[Part]:
        for row, storey in self._spaces():
            p = row.properties
            said = (p.get("psets") or {}).get("Pset_SpaceCommon") or {}
            kind = words.unit_category(spoken(p))
            closed = said.get("PubliclyAccessible") is False or kind == "nonpublic"
            yield part("unit", row.id, row.geometry, category=kind, restriction="employeesonly" if closed else None,
                       accessibility=["wheelchair"] if said.get("HandicapAccessible") is True else None, name=names_of(p),
                       display_point=True, level_id=storey.level)

    def _machines(self) -> Iterator[Part]:
        """Lifts, escalators, walkways, stairs and ramps as units of the level that they stand on."""
        for row in self._rows["elements"]:
            p = row.properties
            kind = _MOVING.get(str(p["predefined_type"])) if str(p["ifc_class"]).startswith("IfcTransport") else \
                next((kind for prefix, kind in _STANDING if str(p["ifc_class"]).startswith(prefix)), None)
            storey = self._level.get(str(p["storey"]))
            if kind and storey is not None and row.geometry is not None and row.geometry.area > 0:
                yield part("unit", row.id, row.geometry, category=kind, name=names_of(p) if kind in _MOVING.values() else None,
                           display_point=True, level_id=storey.level)

    def _structure(self) -> Iterator[Part]:
        """What rooms are bounded by, as one unit for each level."""
        for storey in self._storeys:
            solid = [row.geometry for row in self._plans if row.properties["kind"] in _SOLID and row.properties["storey"] in storey.keys]
            rest = self._ground.less(solid, [row.geometry for row, at in self._spaces() if at is storey])
            if not rest.is_empty:
                yield part("unit", f"{storey.id}/structure", rest, category="structure", level_id=storey.level)

    def _spaces(self) -> Iterator[tuple[Feature, Storey]]:
        for storey in self._storeys:
            for row in storey.spaces:
                yield row, storey

    def _furniture(self) -> Iterator[tuple[Feature, Storey, str]]:
        """Furniture and what equipment has a category of its own."""
        for row in self._plans:
            storey = self._level.get(str(row.properties["storey"]))
            if storey is None or row.geometry is None or row.properties["kind"] not in ("furniture", "equipment"):
                continue
            said = f"{row.properties['name'] or ''} {row.properties['name_zh'] or ''}"
            kind = words.fixture_category(said)
            if kind or row.properties["kind"] == "furniture":
                yield row, storey, kind or "furniture"

    def _fixtures(self) -> Iterator[Part]:
        for row, storey, kind in self._furniture():
            if kind != "checkin.kiosk":
                p = row.properties
                yield part("fixture", str(p["element"]), row.geometry, category=kind, name=labels(p["name"], p["name_zh"]),
                           display_point=True, level_id=storey.level)

    def _kiosks(self) -> Iterator[Part]:
        for row, storey, kind in self._furniture():
            if kind == "checkin.kiosk":
                p = row.properties
                yield part("kiosk", str(p["element"]), row.geometry, name=labels(p["name"], p["name_zh"]), display_point=True,
                           level_id=storey.level)

    def _amenities(self) -> Iterator[Part]:
        for row, _ in self._spaces():
            kind = words.amenity_category(spoken(row.properties))
            if kind:
                yield self._amenity(row, kind)
        for row in self._rows["elements"]:
            p = row.properties
            machine = _MOVING.get(str(p["predefined_type"])) if str(p["ifc_class"]).startswith("IfcTransport") else None
            if machine and row.geometry is not None and row.geometry.area > 0 and str(p["storey"]) in self._level:
                yield self._amenity(row, machine)

    def _amenity(self, row: Feature, kind: str) -> Part:
        return part("amenity", row.id, shapely.point_on_surface(row.geometry), category=kind, name=names_of(row.properties),
                    unit_ids=[id_of("unit", row.id)], address_id=self._address)

    def _occupied(self) -> Iterator[tuple[Feature, str]]:
        for row, _ in self._spaces():
            kind = words.occupant_category(spoken(row.properties))
            if kind:
                yield row, kind

    def _anchors(self) -> Iterator[Part]:
        for row, _ in self._occupied():
            yield part("anchor", row.id, shapely.point_on_surface(row.geometry), address_id=self._address, unit_id=id_of("unit", row.id))

    def _occupants(self) -> Iterator[Part]:
        for row, kind in self._occupied():
            yield part("occupant", row.id, None, category=kind, name=names_of(row.properties), anchor_id=id_of("anchor", row.id))

    def _zoned(self) -> Iterator[tuple[str, Labels | None, Storey, list[BaseGeometry]]]:
        """Zones with a category, level by level: category, names, storey, outlines of the rooms."""
        found: dict[tuple[str, str, str], list[Feature]] = defaultdict(list)
        for row, storey in self._spaces():
            for zone in row.properties["zones"]:
                kind = words.section_category(str(zone.get("name") or ""))
                if kind:
                    found[kind, str(zone["name"]), storey.id].append(row)
        at = {storey.id: storey for storey in self._storeys}
        for (kind, name, storey_id), rooms in found.items():
            yield kind, labels(name), at[storey_id], [row.geometry for row in rooms if row.geometry is not None]

    def _sections(self) -> Iterator[Part]:
        for kind, name, storey, shapes in self._zoned():
            yield part("section", f"{storey.id}/{(name or {}).get('en', kind)}", self._ground.around(shapes, 0.0), category=kind, name=name,
                       display_point=True, level_id=storey.level, address_id=self._address)

    def _geofences(self) -> Iterator[Part]:
        """The parts before and behind security, on all levels."""
        found: dict[str, list[tuple[Storey, list[BaseGeometry]]]] = defaultdict(list)
        for kind, _, storey, shapes in self._zoned():
            if kind in words.CATEGORIES["geofence"]:
                found[kind].append((storey, shapes))
        for kind, parts in found.items():
            yield part("geofence", kind, self._ground.around([shape for _, shapes in parts for shape in shapes], 0.0), category=kind,
                       display_point=True, building_ids=sorted({id_of("building", storey.building) for storey, _ in parts}),
                       level_ids=list(dict.fromkeys(storey.level for storey, _ in parts)))

    def _details(self) -> Iterator[Part]:
        """Railings as lines."""
        for row in self._plans:
            storey = self._level.get(str(row.properties["storey"]))
            if storey is not None and row.geometry is not None and row.properties["kind"] == "railing":
                lines = [ring for ring in shapely.get_exterior_ring(shapely.get_parts(row.geometry)) if ring is not None]
                if lines:
                    yield part("detail", str(row.properties["element"]), shapely.MultiLineString(lines), level_id=storey.level)

