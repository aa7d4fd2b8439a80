"""Answers about the networks of a site as JSON: elements with their assets and rooms, connections, and lines to draw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from bim.networks.drawing import LANGUAGES, svg
from bim.networks.model import Connection, Place
from bim.networks.questions import Along
from bim.networks.schematic import schematic
from bim.networks.shutting import shut_off
from csdi.access import Action, Principal, may, require
from csdi.bootstrap import Services
from csdi.crs import CRS84H, HK80_HKPD, transform
from csdi.errors import CrsError, ValueInvalid
from csdi.filter import Items, Literal, Op, Property
from csdi.query import Query
from csdi.store.base import has_collection, scan
from twin.networks.keeping import SiteNetwork, site_network

REGISTER = "asset-register"
ALONG: tuple[Along, ...] = ("downstream", "upstream", "both")
MOST_AT_ONCE = 100
_CHUNK = 500
_NAMES = ("predefined_type", "name", "long_name")
_SYSTEMS = ("IfcSystem", "IfcDistributionSystem", "IfcDistributionCircuit", "IfcElectricalCircuit")

Json = dict[str, Any]


class Answers:
    """Answers for one principal; whoever asks must be allowed to read elements."""

    def __init__(self, services: Services, principal: Principal, tolerance_mm: float | None = None) -> None:
        """Raises AccessDenied, and ValueInvalid for a tolerance that is none."""
        self.services, self.principal = services, principal
        if has_collection(services.store, "elements"):
            require(principal, Action.READ, services.store.collection("elements"))
        self.site: SiteNetwork = site_network(services, tolerance_mm)

    def systems(self) -> Json:
        """Every model with a network, and every system and circuit, with counts; what is wrong with each model."""
        network = self.site.network
        models = list(dict.fromkeys(one.model for one in network.elements))
        systems = [self._counted(id, {"class": row.get("ifc_class"), **{name: row.get(name) for name in _NAMES}})
                   for id, row in network.systems.items() if row.get("ifc_class") in _SYSTEMS]
        return {
            "models": [self._counted(id, self._about(id)) for id in models],
            "systems": [one for one in systems if one["elements"]],
            "circuits": len(self.site.circuits), "inferred_within_mm": self._tolerance()}

    def graph(self, id: str) -> Json:
        """Elements and connections of a system or model, both ends of each as they are stated. Raises NotFound."""
        part = self.site.part(id)
        numbers = range(len(part.network.elements))
        return {"network": id, **self._crs(), "elements": self._elements(part, numbers),
                "connections": [self._connection(part, one) for one in part.network.connections]}

    def trace(self, starts: Sequence[str], along: str = "downstream", *, beyond: bool = False, lines: bool = True) -> Json:
        """What these elements feed or are fed by. Raises NotFound, ValueInvalid."""
        if along not in ALONG:
            raise ValueInvalid(f"direction: one of {', '.join(ALONG)}", field="direction", value=along[:40])
        numbers = self._numbers(starts)
        found = self.site.questions.trace(numbers, along, beyond=beyond)
        ends = set(found.ends)
        shown = self._elements(self.site, found.elements)
        told = [one | {"end": number in ends} for number, one in zip(found.elements, shown, strict=True)]
        return {"start": self._elements(self.site, numbers), "direction": along, "beyond": beyond, "sure": found.sure, "elements": told,
                "count": len(found.elements), "by_class": self._by_class(found.elements),
                "connections": [self._connection(self.site, self.site.network.connections[one]) for one in found.links],
                "spaces": self._rooms(number for number in found.elements if number in ends), **self._crs(),
                **({"lines": self._lines([*numbers, *found.elements], found.links)} if lines else {})}

    def isolate(self, closed: Sequence[str], *, lines: bool = True) -> Json:
        """What follows when these are closed, all at once. Raises NotFound, ValueInvalid."""
        numbers, site = self._numbers(closed), self.site
        found = site.questions.isolate(numbers)
        lost = found.without_service
        causes = [{**one, "because": [site.network.elements[other].id for other in found.dependent[number]]}
                  for number, one in zip(found.dependent, self._elements(site, list(found.dependent)), strict=True)]
        return {"closed": self._elements(site, numbers), "isolated": self._elements(site, found.isolated),
                "stopped": self._elements(site, found.stopped), "dependent": causes, "sources": self._elements(site, found.sources),
                "count": len(lost), "by_class": self._by_class(lost),
                "spaces": self._rooms(one for one in lost if site.network.elements[one].kind.role == "terminal"), **self._crs(),
                **({"lines": self._lines(lost, None)} if lines else {})}

    def shut_off(self, id: str) -> Json:
        """What has to be closed to shut an element off, for each medium in it. Raises NotFound."""
        number, site = self._numbers([id])[0], self.site
        media = [{"medium": one.medium, "possible": one.possible, "nearest": self._elements(site, one.nearest),
                  "fewest": self._elements(site, one.fewest), "reached": self._elements(site, one.reached)}
                 for one in shut_off(site.questions, number)]
        return {"element": self._elements(site, [number])[0], "media": media, **self._crs()}

    def failures(self, id: str = "", limit: int = 100) -> Json:
        """Single points of failure of a system or model, or of the site, the worst first. Raises NotFound."""
        site = self.site
        wanted = set(site.members(id)) if id else None
        found = site.failures
        worst = [(one, served) for one, served in found.elements.items() if wanted is None or one in wanted]
        links = [(one, served) for one, served in found.connections.items()
                 if wanted is None or {site.network.connections[one].a.element, site.network.connections[one].b.element} <= wanted]
        shown = self._elements(site, [one for one, _ in worst[:limit]])
        told = [one | {"serves": len(served), "spaces": len(self._rooms(served)), "by_class": self._by_class(served)}
                for one, (_, served) in zip(shown, worst[:limit], strict=True)]
        joints = [self._connection(site, site.network.connections[one]) | {"serves": len(served)} for one, served in links[:limit]]
        return {"network": id, "count": len(worst), "connection_count": len(links), **self._crs(), "elements": told, "connections": joints,
                "unserved": self._elements(site, [one for one in found.unserved if wanted is None or one in wanted][:limit])}

    def circuits(self) -> Json:
        """Electrical circuits with their board, their breaker and what is on them."""
        elements = self.site.network.elements

        def named(number: int) -> str | None:
            return elements[number].id if number >= 0 else None

        return {"circuits": [{"id": one.id, "name": one.name, "by": one.by, "board": named(one.board), "breaker": named(one.breaker),
                              "members": [elements[member].id for member in one.members]} for one in self.site.circuits]}

    def schematic(self, id: str) -> Json:
        """The schematic of a system or model: symbols in layers and rows, and runs between them. Raises NotFound."""
        part = self.site.part(id)
        made, elements = schematic(part.network), part.network.elements
        return {"network": id, "title": self._title(id), "layers": made.layers, "rows": made.rows,
                "symbols": [{"elements": [elements[each].id for each in one.elements], "symbol": elements[one.elements[0]].kind.symbol,
                             "name": elements[one.elements[0]].name, "tag": elements[one.elements[0]].tag, "layer": one.layer,
                             "row": one.row}
                            for one in made.symbols],
                "runs": [{"from": one.a, "to": one.b, "elements": [elements[each].id for each in one.elements],
                          "flow": {1: "forward", -1: "backward"}.get(one.way), "direction": one.basis} for one in made.runs]}

    def schematic_svg(self, id: str, language: str) -> str:
        """The schematic of a system or model as a picture, in English, zh-Hant or zh-Hans. Raises NotFound, ValueInvalid."""
        if language not in LANGUAGES:
            raise ValueInvalid(f"lang: one of {', '.join(LANGUAGES)}", field="lang", value=language[:40])
        part = self.site.part(id)
        return svg(part.network, schematic(part.network), self._title(id), language)

    def _title(self, id: str) -> str:
        row = self.site.network.systems.get(id, {})
        return " ".join(str(row[name]) for name in ("name", "long_name") if row.get(name)) or id

    def _numbers(self, ids: Sequence[str]) -> list[int]:
        if not 0 < len(ids) <= MOST_AT_ONCE:
            raise ValueInvalid(f"element: 1 to {MOST_AT_ONCE} ids of elements are needed", field="element", limit=MOST_AT_ONCE)
        found = self._assets_by_id([one for one in ids if one not in self.site.network.index])
        return [self.site.number(found.get(one, one)) for one in dict.fromkeys(ids)]

    def _assets_by_id(self, ids: Sequence[str]) -> dict[str, str]:
        """Id or tag of an asset -> the element that it is."""
        if not ids or not self._may_see_assets():
            return {}
        test = Op("or", tuple(_among(name, ids) for name in ("id", "tag")))
        rows = scan(self.services.store, REGISTER, Query(filter=test, fields=("tag", "element"), geometry=False))
        return {key: str(row.properties["element"]) for row in rows if row.properties.get("element")
                for key in (row.id, str(row.properties.get("tag")))}

    def _may_see_assets(self) -> bool:
        store = self.services.store
        return has_collection(store, REGISTER) and may(self.principal, Action.READ, store.collection(REGISTER))

    def _assets(self, ids: Sequence[str]) -> dict[str, Json]:
        made: dict[str, Json] = {}
        for start in range(0, len(ids) if self._may_see_assets() else 0, _CHUNK):
            test = _among("element", ids[start:start + _CHUNK])
            asked = Query(filter=test, fields=("tag", "name", "element", "status"), geometry=False)
            for row in scan(self.services.store, REGISTER, asked):
                told = {name: row.properties.get(name) for name in ("tag", "name", "status")}
                made[str(row.properties["element"])] = {"id": row.id, **told}
        return made

    def _elements(self, site: SiteNetwork, numbers: Iterable[int]) -> list[Json]:
        chosen = [site.network.elements[one] for one in numbers]
        assets = self._assets([one.id for one in chosen])
        rooms = site.rooms.around(chosen, site.placed)
        return [{"id": one.id, "model": one.model, "global_id": one.global_id, "name": one.name, "tag": one.tag, "class": one.ifc_class,
                 "predefined_type": one.predefined_type, "role": one.kind.role, "symbol": one.kind.symbol, "storey": one.storey_name,
                 "systems": list(one.systems), "spaces": list(rooms.get(one.id, ())), "at": list(one.at) if one.at else None,
                 "asset": assets.get(one.id)} for one in chosen]

    def _rooms(self, numbers: Iterable[int]) -> list[Json]:
        """Rooms of elements, each once, with how many of them are in it; by storey and name."""
        site = self.site
        rooms = site.rooms.around((site.network.elements[one] for one in numbers), site.placed)
        counts = Counter(room for found in rooms.values() for room in found)
        return sorted(({**site.rooms.known[room], "elements": count} for room, count in counts.items()),
                      key=lambda one: (one["storey"], one["name"], one["id"]))

    def _by_class(self, numbers: Iterable[int]) -> dict[str, int]:
        return dict(Counter(self.site.network.elements[one].ifc_class for one in numbers).most_common())

    def _connection(self, site: SiteNetwork, one: Connection) -> Json:
        ends = [{"element": site.network.elements[end.element].id, "port": end.port or None, "flow": end.flow, "medium": end.medium,
                 "at": list(end.at) if end.at else None} for end in (one.a, one.b)]
        return {"ends": ends, "by": one.by, "gap_mm": one.gap, "flow": {1: "forward", -1: "backward"}.get(one.way), "direction": one.basis}

    def _counted(self, id: str, about: Json) -> Json:
        part = self.site.part(id).network
        return {"id": id, **about, "elements": len(part.elements), "connections": part.connection_count, "open_ends": len(part.open_ends),
                "roles": dict(Counter(one.kind.role for one in part.elements)),
                "directions": dict(Counter(one.basis for one in part.connections)),
                "connected_by": dict(Counter(one.by for one in part.connections))}

    def _about(self, model: str) -> Json:
        return {"placed": model in self.site.placed, "findings": [one.to_dict() for one in self.site.findings.get(model, ())]}

    def _tolerance(self) -> float | None:
        return None if self.site.tolerance is None else round(self.site.tolerance * 1000, 3)

    def _crs(self) -> Json:
        """What the numbers in `at` are."""
        return {"crs": "EPSG:2326+5738", "axes": ["easting", "northing", "height"]}

    def _lines(self, numbers: Sequence[int], links: Sequence[int] | None) -> Json:
        """Lines through elements, from where each is connected to where it is connected next: GeoJSON with heights, and on the grid."""
        network, wanted = self.site.network, set(numbers)
        joints: dict[int, list[Place]] = {one: [] for one in wanted}
        among = (network.connections[one] for one in links) if links is not None else iter(network.connections)
        for link in among:
            at = self._joint(link)
            for end in (link.a, link.b):
                if at is not None and end.element in wanted and network.elements[end.element].model in self.site.placed:
                    joints[end.element].append(at)
        drawn = [(one, path) for one, points in joints.items() for path in _paths(points, network.elements[one].at)]
        return {"type": "FeatureCollection", "coordRefSys": "EPSG:2326+5738", "features": self._features(drawn)}

    def _joint(self, link: Connection) -> Place | None:
        known = link.a.at or link.b.at
        a, b = (self.site.network.elements[end.element].at for end in (link.a, link.b))
        return known or (((a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2) if a and b else None)

    def _features(self, drawn: Sequence[tuple[int, tuple[Place, Place]]]) -> list[Json]:
        if not drawn:
            return []
        points = np.array([path for _, path in drawn], dtype=np.float64).reshape(-1, 3)
        try:
            flat: list[Any] = np.round(transform(HK80_HKPD, CRS84H).points(points), 8).reshape(-1, 2, 3).tolist()
        except CrsError:
            flat = [None] * len(drawn)
        elements = self.site.network.elements
        return [{"type": "Feature", "id": f"{elements[one].id}/{number}",
                 "geometry": None if line is None else {"type": "LineString", "coordinates": line},
                 "place": {"type": "LineString", "coordinates": [list(at) for at in path]},
                 "properties": {"element": elements[one].id, "class": elements[one].ifc_class, "role": elements[one].kind.role}}
                for number, ((one, path), line) in enumerate(zip(drawn, flat, strict=True))]


def _among(name: str, values: Sequence[str]) -> Op:
    return Op("in", (Property(name), Items(tuple(Literal(one) for one in values))))


def _paths(points: list[Place], centre: Place | None) -> list[tuple[Place, Place]]:
    """One line between two joints; else one from each to the middle of the element."""
    distinct = list(dict.fromkeys(points))
    if len(distinct) == 2:
        return [(distinct[0], distinct[1])]
    return [(one, centre) for one in distinct if centre is not None and one != centre]
