"""Expanding: our functions in a filter become conditions that every store knows, with what they name looked up for who asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from csdi.blobs import Blobs
from csdi.collection import Collection
from csdi.crs import crs, transform
from csdi.errors import CollectionMissing, FilterInvalid, NotFound
from csdi.feature import Feature
from csdi.filter import Expression, Items, Literal, Op, Property, Shape
from csdi.filter.nearness import Place, Solid
from csdi.query import Query
from csdi.store.base import Reader
from twin.questions.shapes_kept import KeptShapes
from twin.questions.sight import LOOKED_AT, seen
from twin.questions.specs import SPECS
from twin.register.schemas import ASSETS, LOCATIONS

ELEMENTS, LOTS = "elements", "lots"
_LOT_NAMES = ("lot", "lot_number", "name", "title")
"""Fields in which a layer may say what a lot is called."""
_HIGHEST, _MOST_NEAREST = 1e9, 1000
_BY_NAME = {"in_storey": ("storey", "storey_name"), "in_space": ("space", "space_name", "location"), "in_building": ("building",)}
_CORRIDOR_QUARTER = 64
"""Corners of a quarter circle: a corridor is too narrow by less than one in ten thousand."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, of what.

    Attributes:
        reader: the state that is asked.
        may_read: whether who asks may read a Collection.
        blobs: where shapes of models are kept, which sight goes by; without them it goes by boxes.
    """

    reader: Reader
    may_read: Callable[[Collection], bool]
    blobs: Blobs | None = None

    def collection(self, id: str) -> Collection:
        """A Collection that may be read. Raises CollectionMissing."""
        found = self.reader.collection(id)
        if not self.may_read(found):
            raise CollectionMissing(f"there is no collection '{id}'", remedy="list the collections to see their ids", collection=id)
        return found

    def has(self, id: str) -> bool:
        """Whether there is such a Collection that may be read."""
        try:
            self.collection(id)
        except CollectionMissing:
            return False
        return True

    def rows(self, id: str, filter: Expression, limit: int, fields: tuple[str, ...] | None = None) -> list[Feature]:
        """Rows of a Collection, which may be read."""
        self.collection(id)
        return self.reader.search(id, Query(filter=filter, limit=limit, count=False, fields=fields)).features


def expanded(asker: Asker, collection: Collection, query: Query) -> Query:
    """The query without our functions.

    Raises:
        FilterInvalid: a function with other arguments than its own, or where it cannot stand.
        NotFound: what a function names is not there, or who asks may not know of it.
    """
    if query.filter is None:
        return query
    work = _Expansion(asker, collection)
    parts = _conjuncts(query.filter)
    ordinary = [work.condition(part) for part in parts if not _is_top(part)]
    words = [str(work.arguments(part)[0]) for part in parts if _is_top(part) and part.name == "says"]  # type: ignore[union-attr]
    query = replace(query, filter=_all(ordinary), text=" ".join([query.text, *words]).strip())
    for part in parts:
        if isinstance(part, Op) and _is_top(part) and part.name != "says":
            query = work.chosen(part, query)
    return query


def place_of(asker: Asker, collection: Collection, place: Literal | Shape) -> Solid:
    """The box of a place in the storage CRS of a Collection. Raises NotFound, FilterInvalid."""
    return _Expansion(asker, collection).solid(str(place.value) if isinstance(place, Literal) else place)


class _Expansion:
    """The functions of one question."""

    def __init__(self, asker: Asker, collection: Collection) -> None:
        self._asker, self._collection = asker, collection

    def condition(self, expression: Expression) -> Expression:
        """The expression without our functions."""
        if not isinstance(expression, Op):
            return expression
        spec = SPECS.get(expression.name)
        if spec is None or (spec.name == "near" and len(expression.args) == 3):
            return Op(expression.name, tuple(self.condition(arg) for arg in expression.args))
        if spec.top:
            raise FilterInvalid(f"{spec.name.upper()} stands only beside conditions that are joined by AND, outermost", field="filter",
                                remedy="ask twice, or use a function that may stand anywhere")
        if expression.name in _BY_NAME:
            return self._named(expression)
        made: dict[str, Callable[..., Expression]] = {
            "near": self._near, "along": self._along, "in_zone": self._in_zone, "in_lot": self._in_lot, "in_place": self._in_place,
            "inside": self._inside, "same_system": self._same_system, "has_finding": self._has_finding,
            "selected": self._selected}
        return made[expression.name](*self.arguments(expression))

    def chosen(self, part: Op, query: Query) -> Query:
        """The query with a condition that depends on all others."""
        place, number = self.arguments(part)
        solid = self.solid(place)
        if part.name == "nearest_to":
            if not isinstance(number, int) or not 1 <= number <= _MOST_NEAREST:
                raise FilterInvalid(f"NEAREST_TO takes a count from 1 to {_MOST_NEAREST}", field="filter", value=str(number))
            found = self._asker.reader.nearest(self._collection.id, replace(query, limit=number, fields=(), geometry=False), solid)
            return replace(query, filter=_all([query.filter, _one_of("id", [feature.id for feature, _ in found])]))
        return replace(query, filter=_all([query.filter, _one_of("id", self._seen(solid, place, number, query))]))

    def arguments(self, op: Expression) -> list[Any]:
        """The values of the arguments of a function. Raises FilterInvalid."""
        assert isinstance(op, Op)
        spec = SPECS[op.name]
        if not spec.least <= len(op.args) <= len(spec.arguments):
            raise FilterInvalid(f"{spec.name.upper()} takes {', '.join(one.title for one in spec.arguments)}", field="filter",
                                remedy=spec.description)
        return [_value(spec.name, argument.title, argument.types, arg)
                for argument, arg in zip(spec.arguments, op.args, strict=False)]

    def _near(self, place: str | Shape, metres: float) -> Expression:
        return Op("near", (Property("geometry"), Shape(_drawn(self.solid(place)), self._storage), Literal(metres)))

    def _along(self, line: Shape, metres: float) -> Expression:
        """Piece by piece, each with its own heights."""
        flat = transform(crs(line.crs).horizontal, "EPSG:2326").geometry(line.geometry)
        if flat.geom_type not in ("LineString", "MultiLineString") or metres <= 0:
            raise FilterInvalid("ALONG takes a line and a number of metres above 0", field="filter")
        if not flat.has_z or self._collection.schema.levels is None:
            return _meets(Shape(shapely.buffer(flat, metres, quad_segs=_CORRIDOR_QUARTER), "EPSG:2326"))
        low, high = map(Property, self._collection.schema.levels)
        pieces = []
        for part in shapely.get_parts(flat):
            corners = shapely.get_coordinates(part, include_z=True)
            for a, b in pairwise(corners):
                strip = shapely.buffer(shapely.LineString([a[:2], b[:2]]), metres, quad_segs=_CORRIDOR_QUARTER)
                pieces.append(Op("and", (_meets(Shape(strip, "EPSG:2326")), Op("<=", (low, Literal(float(max(a[2], b[2])) + metres))),
                                         Op(">=", (high, Literal(float(min(a[2], b[2])) - metres))))))
        return _any(pieces)

    def _in_lot(self, name: str) -> Expression:
        """By the area of a lot of the layer `lots`, by its id or by what it is called."""
        lots = self._asker.collection(LOTS)
        fields = ("id", *(field for field in _LOT_NAMES if field in lots.schema))
        found = self._asker.rows(LOTS, _any([Op("=", (Property(field), Literal(name))) for field in fields]), 100, fields=())
        areas = [lot.geometry for lot in found if lot.geometry is not None]
        if not areas:
            raise NotFound(f"there is no lot '{name}' with an area", remedy=f"see the collection {LOTS}", field="filter")
        code = crs(lots.storage_crs).horizontal.code
        return _any([_meets(Shape(shapely.force_2d(area), code)) for area in areas])

    def _named(self, op: Op) -> Expression:
        (name,) = self.arguments(op)
        fields = [field for field in _BY_NAME[op.name] if field in self._collection.schema]
        if not fields:
            raise FilterInvalid(f"{self._collection.id} does not say {op.name.removeprefix('in_')}s", field="filter")
        return _any([Op("=", (Property(field), Literal(name))) for field in fields])

    def _in_zone(self, name: str) -> Expression:
        """Zones that a Feature names itself, and spaces that belong to the zone."""
        tests: list[Expression] = []
        if "zones" in self._collection.schema:
            tests.append(Op("a_contains", (Property("zones"), Items((Literal(name),)))))
        if self._asker.has("zones"):
            same = _any([Op("=", (Property(field), Literal(name))) for field in ("id", "name", "global_id")])
            zones = self._asker.rows("zones", same, 100)
            members = sorted({_member(one) for zone in zones for one in zone.properties.get("members") or ()} - {""})
            tests += [_one_of(field, members) for field in ("global_id", "space") if members and field in self._collection.schema]
        return _any(tests)

    def _in_place(self, name: str) -> Expression:
        if "location_path" not in self._collection.schema:
            raise FilterInvalid("IN_PLACE is asked of the register of assets", field="filter", remedy="use IN_STOREY or IN_BUILDING")
        found = self._asker.rows(LOCATIONS, _any([Op("=", (Property(field), Literal(name))) for field in ("id", "name", "element")]), 100)
        if not found:
            raise NotFound(f"there is no location '{name}'", remedy="see the collection asset-locations", field="filter")
        paths = [str(place.properties["path"]) for place in found]
        return _any([test for path in paths for test in (Op("=", (Property("location_path"), Literal(path))),
                                                         _begins("location_path", f"{path}/"))])

    def _inside(self, collection: str, feature: str) -> Expression:
        made = self._asker.collection(collection)
        area = self._asker.reader.feature(collection, feature).geometry
        if area is None:
            raise FilterInvalid(f"feature '{feature}' of '{collection}' has no geometry", field="filter")
        return _meets(Shape(shapely.force_2d(area), crs(made.storage_crs).horizontal.code))

    def _same_system(self, feature: str) -> Expression:
        properties = self._feature(feature).properties
        systems = [one for one in [properties.get("system"), *(properties.get("systems") or ())] if one]
        names = sorted({str(one.get("name") or one.get("id")) if isinstance(one, dict) else str(one) for one in systems})
        tests: list[Expression] = []
        if "system" in self._collection.schema and names:
            tests.append(_one_of("system", names))
        if "systems" in self._collection.schema and systems:
            tests.append(Op("a_overlaps", (Property("systems"), Items(tuple(Literal(str(one)) for one in systems)))))
        return _any(tests)

    def _has_finding(self, severity: str = "") -> Expression:
        """What the findings of submissions name: a GlobalId of a model, since other models may have the same one."""
        tests: list[Expression] = [Op("not", (Op("isnull", (Property("global_id"),)),))]
        if severity:
            tests.append(Op("=", (Property("severity"), Literal(severity))))
        found = self._asker.reader.counts(self._asker.collection("findings").id, ("model", "global_id"), Query(filter=_all(tests)), 100_000)
        elements = sorted({f"{model}:{global_id}" for (model, global_id), _ in found if global_id})
        return _one_of("element" if "element" in self._collection.schema else "id", elements)

    def _selected(self, selector: str) -> Expression:
        from twin.questions.selecting import selected

        return _one_of("id", selected(self._asker.reader, self._collection, selector))

    def _seen(self, eye: Solid, place: str | Shape, metres: float, query: Query) -> list[str]:
        """Ids of what is seen; elements stand in the way, but for the one that one looks from and the one that one looks at."""
        if not 0 < metres <= LOOKED_AT:
            raise FilterInvalid(f"SEES takes a distance up to {LOOKED_AT} m", field="filter", value=str(metres))
        near = Op("near", (Property("geometry"), Shape(_drawn(eye), self._storage), Literal(metres)))
        own = {place, str(self._feature(place).properties.get("element"))} if isinstance(place, str) else set()
        asker = self._asker
        shapes = KeptShapes(asker.reader, asker.blobs) if asker.blobs is not None else None
        return seen(asker.reader, self._collection, asker.collection(ELEMENTS), replace(query, filter=_all([query.filter, near])),
                    Place.of(eye, self._storage), metres, own, shapes)

    @property
    def _storage(self) -> str:
        return crs(self._collection.storage_crs).horizontal.code

    def solid(self, place: str | Shape) -> Solid:
        """The box of what a place names, in the Collection's storage CRS."""
        if isinstance(place, Shape):
            own = Solid.around(place.geometry)
            moved = Solid.around(transform(crs(place.crs).horizontal, self._storage).geometry(place.geometry))
            if own is None or moved is None:
                raise FilterInvalid("a place is not empty", field="filter")
            return replace(moved, minz=own.minz, maxz=own.maxz)
        feature = self._feature(place)
        levels = [feature.properties.get(name) for name in ("base_level", "top_level")]
        solid = None if feature.geometry is None else Solid.around(feature.geometry, *levels)
        if solid is None:
            raise FilterInvalid(f"'{place}' has no place", field="filter")
        return solid

    def _feature(self, name: str) -> Feature:
        """A Feature by id, tag or GlobalId: of the Collection that is asked, else an Asset or an element."""
        for id in dict.fromkeys((self._collection.id, ASSETS, ELEMENTS)):
            if not self._asker.has(id):
                continue
            try:
                return self._moved(id, self._asker.reader.feature(id, name))
            except NotFound:
                schema = self._asker.collection(id).schema
                tests = [Op("=", (Property(field), Literal(name))) for field in ("tag", "global_id") if field in schema]
                if tests and (found := self._asker.rows(id, _any(list(tests)), 1)):
                    return self._moved(id, found[0])
        raise NotFound(f"there is no feature or asset '{name}'", remedy="give its id or tag", field="filter", feature=name)

    def _moved(self, id: str, feature: Feature) -> Feature:
        other = crs(self._asker.collection(id).storage_crs).horizontal.code
        if other == self._storage or feature.geometry is None:
            return feature
        return replace(feature, geometry=transform(other, self._storage).geometry(feature.geometry))


def _conjuncts(expression: Expression) -> list[Expression]:
    if isinstance(expression, Op) and expression.name == "and":
        return [part for arg in expression.args for part in _conjuncts(arg)]
    return [expression]


def _is_top(expression: Expression) -> bool:
    return isinstance(expression, Op) and expression.name in SPECS and SPECS[expression.name].top


def _value(function: str, title: str, types: tuple[str, ...], arg: Expression) -> Any:
    if isinstance(arg, Shape) and "geometry" in types:
        return arg
    if isinstance(arg, Literal):
        value = arg.value
        kinds = {"string": str, "number": (int, float), "integer": int}
        if not isinstance(value, bool) and any(isinstance(value, kinds[kind]) for kind in types if kind in kinds):  # type: ignore[arg-type]
            return value
    raise FilterInvalid(f"{title} of {function.upper()} is a literal: {' or '.join(types)}", field="filter",
                        remedy=SPECS[function].description)


def _drawn(solid: Solid) -> BaseGeometry:
    """A line whose box is the solid."""
    return shapely.LineString([(solid.minx, solid.miny, solid.minz), (solid.maxx, solid.maxy, solid.maxz)])


def _meets(shape: Shape) -> Expression:
    return Op("s_intersects", (Property("geometry"), shape))


def _all(tests: list[Any]) -> Expression | None:
    given = [test for test in tests if test is not None]
    return None if not given else given[0] if len(given) == 1 else Op("and", tuple(given))


def _any(tests: list[Any]) -> Expression:
    return Literal(False) if not tests else tests[0] if len(tests) == 1 else Op("or", tuple(tests))


def _one_of(field: str, values: list[str]) -> Expression:
    return Op("in", (Property(field), Items(tuple(Literal(value) for value in values)))) if values else Literal(False)


def _begins(field: str, text: str) -> Expression:
    """Whether a text begins so: a range, which an index answers."""
    return Op("and", (Op(">=", (Property(field), Literal(text))), Op("<", (Property(field), Literal(text[:-1] + chr(ord(text[-1]) + 1))))))


def _member(member: Any) -> str:
    said = member.get("id") or member.get("global_id") if isinstance(member, dict) else member
    return str(said or "").rpartition(":")[2]
