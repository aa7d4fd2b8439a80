"""Places: what people write for the ends of a route, found in the network, the models, the register or by coordinates."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from bim.indoor import MODES, Mode
from csdi.crs import CRS84, HK80, transform
from csdi.errors import CsdiError, NotFound, ValueInvalid
from csdi.feature import Feature
from csdi.filter import Literal, Op, Property
from csdi.query import Query
from csdi.store.base import Store
from twin.register.keeping import Register, equals
from twin.register.schemas import ASSETS
from twin.wayfinding.router import Place, Router

Floats = NDArray[np.float64]
LANGUAGES = ("en", "zh-Hant", "zh-Hans")
_NUMBERS = re.compile(r"^\s*[-+]?\d+(\.\d+)?(\s*,\s*[-+]?\d+(\.\d+)?){1,2}\s*$")
_BESIDE_M = 5.0
_OUTSIDE_M = 200.0
_UNDER_M = 0.7
_OVER_M = 6.0
_MOST = 2000
_KINDS = ("space", "element", "asset", "class", "exit", "place")


class Places:
    """Places over one network; what is not in it is asked of the store."""

    def __init__(self, router: Router, store: Store, permit: Callable[[str], bool]) -> None:
        """Args:
            permit: whether there is a Collection of this id that whoever asks may read; others are not asked.
        """
        self._router, self._store, self._permit = router, store, permit
        self._network = router.network

    def find(self, text: str, closed: frozenset[str] = frozenset()) -> list[Place]:
        """All places that a text may mean: one, or for `exit` and `class:pump` all of the kind, of which the nearest counts.

        A text is the id of a space, element or asset, an asset's tag, the name of a space, `easting,northing[,mPD]` on HK1980 Grid,
        `longitude,latitude[,mPD]`, `exit`, or `class:` with an asset class or IFC class. `space:`, `element:` and `asset:` before an id
        say what it is of.

        Raises:
            NotFound: nothing of that name, or nothing that a way leads to.
            ValueInvalid: coordinates far from every way.
        """
        kind, _, rest = text.strip().partition(":")
        if text.strip().lower() in ("exit", "exit:"):
            return self._exits(closed)
        if kind == "class":
            return self._of_class(rest)
        if _NUMBERS.match(text):
            return [self._at([float(part) for part in text.split(",")])]
        found = self._named(kind, rest) if kind in _KINDS and rest else self._any(text.strip())
        if found is None:
            raise NotFound(f"no place is known as '{text[:80]}'", place=text[:80],
                           remedy="give the id of a space, element or asset, an asset's tag, the name of a space, coordinates or 'exit'")
        return [found]

    def _named(self, kind: str, id: str) -> Place | None:
        if kind == "space":
            return self._space(id)
        return self._element(id) if kind == "element" else self._asset(id) if kind == "asset" else self._any(id)

    def _any(self, id: str) -> Place | None:
        return self._space(id) or self._passage(id) or self._asset(id) or self._element(id) or self._by_name(id)

    def _space(self, id: str) -> Place | None:
        number = self._router.spaces.get(id)
        return self.in_space(number) if number is not None else None

    def in_space(self, number: int) -> Place:
        """The middle of a space: a point that lies inside it."""
        space = self._network.spaces[number]
        east, north = shapely.get_coordinates(shapely.point_on_surface(self._network.shapes[number]))[0].tolist()
        return Place(np.array([east, north, space.floor]), {tag: space.called(tag) for tag in LANGUAGES}, number, id=space.id)

    def _by_name(self, name: str) -> Place | None:
        """A space by its name. Raises ValueInvalid where several are called so."""
        wanted = name.casefold()
        found = [number for number, space in enumerate(self._network.spaces)
                 if wanted in (space.name.casefold(), space.long_name.casefold())]
        if len(found) > 1:
            raise ValueInvalid(f"{len(found)} spaces are called '{name[:80]}'", field="place", value=name[:80],
                               remedy="give the id of one: " + ", ".join(self._network.spaces[one].id for one in found[:5]))
        return self.in_space(found[0]) if found else None

    def _passage(self, id: str) -> Place | None:
        """A door, stair or machine: any point of it."""
        number = self._router.passages.get(id)
        if number is None:
            return None
        network = self._network
        mine = network.through == number
        points = sorted({*(point for point, passage in network.gates.items() if passage == number),
                         *network.one[mine].tolist(), *network.other[mine].tolist()})
        if not points:
            return None
        passage = network.passages[number]
        return Place(network.points[points[0]], {tag: passage.called(tag) or id for tag in LANGUAGES},
                     links=dict.fromkeys(map(int, points), 0.0), id=id)

    def _element(self, id: str) -> Place | None:
        if not self._permit("elements"):
            return None
        try:
            row = self._store.feature("elements", id)
        except NotFound:
            return None
        return self._passage(id) or self._of_row(row, str(row.properties.get("model") or ""))

    def _asset(self, id: str) -> Place | None:
        register = Register(self._store)
        if not self._permit(ASSETS):
            return None
        try:
            row = register.asset(id)
        except NotFound:
            return None
        element = str(row.properties.get("element") or "")
        return (self._passage(element) if element else None) or self._of_row(row, str(row.properties.get("model") or ""))

    def _of_row(self, row: Feature, model: str) -> Place:
        """Where something of the site stands, or the space that it is said to be in. Raises NotFound."""
        said = row.properties
        name = str(said.get("name") or said.get("tag") or row.id)
        names = {tag: str(said.get("name_zh") or name) if tag != "en" else name for tag in LANGUAGES}
        space = self._router.spaces.get(f"{model}:{said.get('space')}")
        if said.get("easting") is not None and said.get("northing") is not None:
            place = np.array([float(said["easting"]), float(said["northing"]), float(said.get("base_level") or np.nan)])
            found = self._located(place, names, row.id, space)
            if found is not None:
                return found
        if space is not None:
            return Place(self.in_space(space).point, names, space, id=row.id)
        raise NotFound(f"no way leads to '{row.id}': it stands in no space, and near no path", feature=row.id,
                       remedy="see which spaces and doors are not part of the network:  csdi routes check")

    def _exits(self, closed: frozenset[str]) -> list[Place]:
        network = self._network
        found = [Place(network.points[point], {tag: network.passages[passage].called(tag) for tag in LANGUAGES}, links={point: 0.0},
                       id=network.passages[passage].id) for point, passage in self._router.exit_points(closed).items()]
        if not found:
            raise NotFound("there is no exit: no door is a fire exit or leads outside",
                           remedy="say IsExternal or FireExit of doors in the model")
        return found

    def _of_class(self, name: str) -> list[Place]:
        """Assets of a class; else elements of an IFC class. Raises NotFound."""
        either = Op("or", (equals("asset_class", name), equals("ifc_class", name)))
        rows = Register(self._store).rows(ASSETS, either, limit=_MOST) if self._permit(ASSETS) else []
        if not rows and self._permit("elements"):
            query = Query(filter=Op("=", (Property("ifc_class"), Literal(name))), limit=_MOST, count=False, geometry=False)
            rows = list(self._store.search("elements", query).features)
        found = [place for row in rows if (place := self._or_none(row)) is not None]
        if not found:
            raise NotFound(f"nothing of the class '{name[:60]}' stands where a way leads to", place=name[:60],
                           remedy="give an asset class as pump, or an IFC class as IfcPump")
        return found

    def _or_none(self, row: Feature) -> Place | None:
        try:
            element = str(row.properties.get("element") or row.id)
            return self._passage(element) or self._of_row(row, str(row.properties.get("model") or ""))
        except CsdiError:
            return None

    def _at(self, numbers: Sequence[float]) -> Place:
        """Coordinates: longitude and latitude where they can be, else HK1980 Grid. Raises ValueInvalid."""
        x, y, z = (*numbers, np.nan)[:3]
        if abs(x) <= 180 and abs(y) <= 90:
            x, y = transform(CRS84, HK80).points(np.array([[x, y]]))[0, :2].tolist()
        said = f"{x:.1f}, {y:.1f}" + (f", {z:.1f} mPD" if not np.isnan(z) else "")
        found = self._located(np.array([x, y, z]), dict.fromkeys(LANGUAGES, said), "", None)
        if found is None:
            raise ValueInvalid(f"no way begins near {said}", field="place", value=said,
                               remedy="give a place in a space, within 5 m of one, or within 200 m of a path outside")
        return found

    def _located(self, place: Floats, names: Mapping[str, str], id: str, said: int | None) -> Place | None:
        """A place in the space that it is said to be in, that it lies in or near to; else on the nearest path outside."""
        space = said if said is not None and self._placed(said) else self._space_at(place)
        if space is not None:
            return self._inside(place, space, names, id)
        links = self._outside(place)
        if not links:
            return None
        height = self._network.points[next(iter(links)), 2] if np.isnan(place[2]) else place[2]
        return Place(np.array([place[0], place[1], height]), names, links=links, id=id)

    def _inside(self, place: Floats, space: int, names: Mapping[str, str], id: str) -> Place:
        shape, floor = self._network.shapes[space], self._network.spaces[space].floor
        entry = shapely.get_coordinates(shapely.shortest_line(shapely.Point(place[:2]), shape))[-1]
        return Place(np.array([entry[0], entry[1], floor]), names, space, id=id)

    def _placed(self, space: int) -> bool:
        return self._network.spaces[space].model not in self._network.local

    @cached_property
    def _tree(self) -> tuple[shapely.STRtree, list[int]]:
        numbers = [number for number in range(len(self._network.spaces)) if self._placed(number)]
        return shapely.STRtree([self._network.shapes[number] for number in numbers]), numbers

    def _space_at(self, place: Floats) -> int | None:
        """The space around or next to a place: on its level where a height is given, else on the lowest."""
        tree, numbers = self._tree
        point, best = shapely.Point(place[:2]), None
        for at in tree.query(point, predicate="dwithin", distance=_BESIDE_M).tolist():
            number = numbers[at]
            over = place[2] - self._network.spaces[number].floor
            if not np.isnan(over) and not -_UNDER_M <= over <= _OVER_M:
                continue
            away = round(float(shapely.distance(point, self._network.shapes[number])), 3)
            floor = self._network.spaces[number].floor
            rank = (away > 0, floor if np.isnan(over) else over, away, number) if away == 0 else (True, away, floor, number)
            best = min(best, rank) if best is not None else rank
        return int(best[-1]) if best is not None else None

    @cached_property
    def _paths(self) -> tuple[shapely.STRtree, NDArray[np.int64]]:
        network = self._network
        ways = np.flatnonzero(network.mode == MODES.index(Mode.OUTDOOR))
        ends = np.stack([network.points[network.one[ways], :2], network.points[network.other[ways], :2]], axis=1)
        return shapely.STRtree([shapely.LineString(pair) for pair in ends]), ways

    def _outside(self, place: Floats) -> dict[int, float]:
        """The two ends of the nearest way outside, and how far they are by its foot."""
        tree, ways = self._paths
        point = shapely.Point(place[:2])
        near = tree.query_nearest(point, max_distance=_OUTSIDE_M) if len(ways) else np.zeros(0, np.int64)
        if not len(near):
            return {}
        network, way = self._network, int(ways[near[0]])
        line = tree.geometries[near[0]]
        along, away = float(shapely.line_locate_point(line, point)), float(shapely.distance(line, point))
        links = {int(network.one[way]): away + along, int(network.other[way]): away + float(shapely.length(line)) - along}
        heading = int(network.heading[way])
        return {number: far for number, far in links.items() if heading == 0 or (number == int(network.other[way])) == (heading > 0)}


