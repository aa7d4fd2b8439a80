"""Binding: a filter tree against a Schema, with every name resolved and every type checked."""

from __future__ import annotations

import shapely
from shapely.geometry.base import BaseGeometry

from csdi.crs import crs, transform
from csdi.errors import CrsError, FilterInvalid, PropertyUnknown
from csdi.extent import BBox, Interval
from csdi.feature import Schema
from csdi.filter import instants
from csdi.filter.nearness import Place, Solid
from csdi.filter.temporal import TEMPORAL, Span, moment, relate
from csdi.filter.terms import (
    ARITHMETIC,
    ARRAYS,
    COMPARISONS,
    GEOMETRY,
    ID,
    NEAR,
    SPATIAL,
    TYPE_OF,
    Call,
    Column,
    Constant,
    Term,
    Type,
)
from csdi.filter.tree import Expression, Instant, Items, Literal, Op, Period, Property, Shape

_MARGIN_DEG = 0.01
GEOMETRY_NAMES = ("geometry", "geom")
_ORDERED = frozenset({Type.STRING, Type.NUMBER, Type.DATE, Type.DATETIME})


def bind(expression: Expression, schema: Schema, storage_crs: str = "OGC:CRS84", extent: BBox | None = None) -> Term:
    """The filter as a typed term that yields true, false or unknown.

    Args:
        expression: the tree; geometries in it become geometries in `storage_crs`.
        schema: its fields, the Feature's `id` and its `geometry` (or `geom`) are the properties that may be named.
        storage_crs: code of the CRS that the Collection's geometries are in.
        extent: CRS84 box that holds every Feature; literals that reach beyond the storage CRS are cut to it.

    Raises:
        PropertyUnknown: a name that is not in the schema.
        FilterInvalid: types that do not go together, or an operator that CQL2 does not have.
    """
    return _Binder(schema, storage_crs, extent).boolean(expression)


def bind_interval(interval: Interval, schema: Schema) -> Term | None:
    """Features whose time meets the interval, or who have no time; None where the Collection has no time."""
    if not schema.time:
        return None
    start = column_of(schema, schema.time)
    end = column_of(schema, schema.time_end) if schema.time_end else start
    conditions: list[Term] = []
    for column, operator, bound in ((start, "<=", interval.end), (end, ">=", interval.start)):
        if bound is not None:
            key = instants.moment_key(bound)
            constant = Constant(key[:10] if column.type is Type.DATE else key, column.type)
            conditions.append(Call("or", (Call("isnull", (column,)), Call(operator, (column, constant)))))
    if not conditions:
        return None
    met = conditions[0] if len(conditions) == 1 else Call("and", tuple(conditions))
    return Call("or", (Call("isnull", (start,)), met))


def column_of(schema: Schema, name: str) -> Column:
    """The property of this name: a field, or the Feature's own `id` or geometry. Raises PropertyUnknown."""
    if name not in schema:
        if name == ID.name:
            return ID
        if schema.geometry and name in GEOMETRY_NAMES:
            return GEOMETRY
    try:
        field = schema.field(name)
    except PropertyUnknown as error:
        near = [f.name for f in schema if f.name.casefold() == name.casefold()]
        if near:
            raise PropertyUnknown(error.message, remedy=f"did you mean '{near[0]}'?", field=name) from None
        raise
    return Column(name, TYPE_OF[field.type], field)


class _Binder:
    def __init__(self, schema: Schema, storage_crs: str, extent: BBox | None) -> None:
        self._schema = schema
        self._storage_crs = storage_crs
        self._extent = extent

    def boolean(self, expression: Expression) -> Term:
        return self._typed(expression, Type.BOOLEAN, "a condition")

    def _typed(self, expression: Expression, type_: Type, wanted: str) -> Term:
        term = self._term(expression)
        if term.type is not type_:
            raise FilterInvalid(f"{_named(expression)} is a {term.type}, where {wanted} is expected", field="filter")
        return term

    def _term(self, expression: Expression) -> Term:
        match expression:
            case Property(name):
                return column_of(self._schema, name)
            case Literal(value):
                kind = Type.BOOLEAN if isinstance(value, bool) else Type.STRING if isinstance(value, str) else Type.NUMBER
                return Constant(_storable(value), kind)
            case Instant(text):
                return _instant(text)
            case Shape():
                return Constant(self._geometry(expression), Type.GEOMETRY)
            case Items(items):
                return self._array(items)
            case Op():
                return self._operation(expression)
            case Period():
                raise FilterInvalid("an INTERVAL stands only in functions of time (T_...)", field="filter")

    def _operation(self, op: Op) -> Term:
        name, args = op.name, op.args
        _check_count(name, args)
        if name in ("and", "or"):
            return Call(name, tuple(self._flat(name, args)))
        if name == "not":
            return Call("not", (self.boolean(args[0]),))
        if name in COMPARISONS:
            return self._comparison(name, args[0], args[1])
        if name == "between":
            return Call("and", (self._comparison(">=", args[0], args[1]), self._comparison("<=", args[0], args[2])))
        if name == "in":
            return self._in(args)
        if name == "isnull":
            return Call("isnull", (self._term(args[0]),))
        if name == "like":
            return self._like(args)
        return self._function(op)

    def _function(self, op: Op) -> Term:
        name, args = op.name, op.args
        if name in ("casei", "accenti"):
            return Call(name, (self._typed(args[0], Type.STRING, "text"),), Type.STRING)
        if name in ARITHMETIC:
            return Call(name, tuple(self._typed(arg, Type.NUMBER, "a number") for arg in args), Type.NUMBER)
        if name in SPATIAL:
            return Call(name, self._spatial(name, args))
        if name == NEAR:
            return self._near(args)
        if name in TEMPORAL:
            return relate(name, self._span(args[0]), self._span(args[1]))
        if name in ARRAYS:
            return Call(name, tuple(self._typed(arg, Type.ARRAY, "an array") for arg in args))
        raise FilterInvalid(f"there is no operator or function '{name}'", field="filter",
                            remedy="see the conformance classes of CQL2 and /functions")

    def _flat(self, name: str, args: tuple[Expression, ...]) -> list[Term]:
        """Arguments with nested calls of the same operator opened, so that long chains stay shallow."""
        terms: list[Term] = []
        for arg in args:
            term = self.boolean(arg)
            terms.extend(term.args if isinstance(term, Call) and term.name == name else (term,))
        return terms

    def _comparison(self, name: str, left: Expression, right: Expression) -> Term:
        a, b = _aligned(self._term(left), self._term(right), left, right)
        if a.type in (Type.ARRAY, Type.GEOMETRY):
            raise FilterInvalid(f"{_named(left)} cannot be compared with '{name}'", field="filter",
                                remedy="use the functions A_... for arrays and S_... for geometries")
        if name not in ("=", "<>") and a.type not in _ORDERED:
            raise FilterInvalid(f"{_named(left)} is a {a.type}: it has no order", field="filter", remedy="use = or <>")
        return Call(name, (a, b))

    def _in(self, args: tuple[Expression, ...]) -> Term:
        if not isinstance(args[1], Items) or not args[1].items:
            raise FilterInvalid("IN needs a list of values", remedy="write name IN ('a', 'b')", field="filter")
        parts = [self._comparison("=", args[0], item) for item in args[1].items]
        pairs = [part.args for part in parts if isinstance(part, Call)]
        if all(pair[0] == pairs[0][0] for pair in pairs):
            return Call("in", (pairs[0][0], *(pair[1] for pair in pairs)))
        return Call("or", tuple(parts))

    def _like(self, args: tuple[Expression, ...]) -> Term:
        value = self._typed(args[0], Type.STRING, "text")
        pattern = self._typed(args[1], Type.STRING, "a pattern")
        inner = pattern
        while isinstance(inner, Call) and inner.name in ("casei", "accenti"):
            inner = inner.args[0]
        if not isinstance(inner, Constant):
            raise FilterInvalid("the pattern of LIKE is a literal", field="filter")
        if (len(inner.value) - len(inner.value.rstrip("\\"))) % 2:
            raise FilterInvalid("the pattern of LIKE ends in a lone backslash", remedy="write two", field="filter")
        return Call("like", (value, pattern))

    def _span(self, expression: Expression) -> Span:
        if isinstance(expression, Period):
            return self._period(expression)
        term = self._term(expression)
        if isinstance(term, Constant) and term.type is Type.STRING:
            term = _instant(term.value)
        if term.type not in (Type.DATE, Type.DATETIME):
            raise FilterInvalid(f"{_named(expression)} is a {term.type}, where a time is expected", field="filter")
        return Span(term, term, is_instant=True)

    def _period(self, period: Period) -> Span:
        start, end = self._end(period.start, instants.START), self._end(period.end, instants.END)
        first, last = moment(start, end=False), moment(end, end=True)
        if isinstance(first, Constant) and isinstance(last, Constant) and first.value > last.value:
            raise FilterInvalid(f"the interval from {first.value} to {last.value} ends before it starts", field="filter")
        return Span(start, end)

    def _end(self, end: Instant | Property | None, open_: str) -> Term:
        if end is None:
            return Constant(open_, Type.DATE)
        return self._span(end).start

    def _array(self, items: tuple[Expression, ...]) -> Constant:
        values = []
        for item in items:
            term = self._term(item)
            if not isinstance(term, Constant) or term.type is Type.GEOMETRY:
                raise FilterInvalid("an array holds literals", field="filter")
            values.append(term.value)
        return Constant(values, Type.ARRAY)

    def _spatial(self, name: str, args: tuple[Expression, ...]) -> tuple[Term, ...]:
        """Arguments of a spatial function. A literal may be cut to where Features are if that cannot change the answer."""
        cuttable = name in ("s_intersects", "s_disjoint") or (name, type(args[1])) == ("s_within", Shape) \
            or (name, type(args[0])) == ("s_contains", Shape)
        return tuple(Constant(self._geometry(arg, cuttable=cuttable and Property in map(type, args)), Type.GEOMETRY)
                     if isinstance(arg, Shape) else self._typed(arg, Type.GEOMETRY, "a geometry") for arg in args)

    def _near(self, args: tuple[Expression, ...]) -> Call:
        self._typed(args[0], Type.GEOMETRY, "a geometry")
        shape, metres = args[1], self._typed(args[2], Type.NUMBER, "a distance in metres")
        if not isinstance(shape, Shape) or shape.geometry.is_empty or not isinstance(metres, Constant):
            raise FilterInvalid("NEAR takes the Feature's geometry, a literal geometry and a number of metres", field="filter",
                                remedy="write NEAR(geometry, POINT Z(114.2 22.3 5.5), 50)")
        own = Solid.around(shape.geometry)
        solid = own and Solid.around(self._geometry(shape), own.minz, own.maxz)
        assert solid is not None
        return Call(NEAR, (GEOMETRY, *self._levels(), Constant(Place.of(solid, self._storage_crs), Type.PLACE), metres))

    def _levels(self) -> tuple[Term, Term]:
        """Lowest and highest level of a Feature; constants of nothing where only its geometry can tell."""
        if self._schema.levels is None:
            return Constant(None, Type.NUMBER), Constant(None, Type.NUMBER)
        low, high = self._schema.levels
        return column_of(self._schema, low), column_of(self._schema, high)

    def _geometry(self, shape: Shape, *, cuttable: bool = False) -> BaseGeometry:
        target = crs(self._storage_crs).horizontal.code
        geometry = shape.geometry
        if cuttable and self._extent is not None and crs(shape.crs).code == "OGC:CRS84" and not crs(target).is_geographic:
            west, south, east, north = self._extent.xy
            if west <= east:
                around = shapely.box(west - _MARGIN_DEG, south - _MARGIN_DEG, east + _MARGIN_DEG, north + _MARGIN_DEG)
                if not shapely.covers(around, geometry):
                    geometry = shapely.intersection(shapely.make_valid(geometry), around)
        try:
            return transform(crs(shape.crs).horizontal, target).geometry(geometry)
        except CrsError as error:
            raise FilterInvalid(f"a geometry in the filter reaches beyond {target}: {error.message}", field="filter",
                                remedy="use a smaller geometry, or the bbox parameter") from None


def _check_count(name: str, args: tuple[Expression, ...]) -> None:
    least, most = {"and": (2, 10**9), "or": (2, 10**9), "not": (1, 1), "isnull": (1, 1), "casei": (1, 1),
                   "accenti": (1, 1), "between": (3, 3), NEAR: (3, 3)}.get(name, (2, 2))
    known = name in COMPARISONS | ARITHMETIC | SPATIAL | TEMPORAL | ARRAYS | {
        NEAR, "and", "or", "not", "isnull", "casei", "accenti", "between", "in", "like"}
    if known and not least <= len(args) <= most:
        raise FilterInvalid(f"{name.upper()} takes {least} arguments, not {len(args)}", field="filter")


def _instant(text: str) -> Constant:
    try:
        if "T" in text.upper() or " " in text.strip():
            return Constant(instants.datetime_key(text), Type.DATETIME)
        return Constant(instants.date_key(text), Type.DATE)
    except ValueError:
        raise FilterInvalid(f"'{text}' is not a date or time", remedy="write DATE('2024-05-01') or "
                            "TIMESTAMP('2024-05-01T08:00:00Z')", field="filter", value=text) from None


def _aligned(a: Term, b: Term, left: Expression, right: Expression) -> tuple[Term, Term]:
    """Both sides in one type: text literals become times beside times, dates become moments beside times."""
    times = (Type.DATE, Type.DATETIME)
    if a.type in times and isinstance(b, Constant) and b.type is Type.STRING:
        b = _instant(b.value)
    elif b.type in times and isinstance(a, Constant) and a.type is Type.STRING:
        a = _instant(a.value)
    if a.type != b.type and a.type in times and b.type in times:
        a, b = moment(a, end=False), moment(b, end=False)
    if a.type != b.type:
        raise FilterInvalid(f"{_named(left)} is a {a.type}, {_named(right)} is a {b.type}: they cannot be compared",
                            field="filter")
    return a, b


def _storable(value: bool | int | float | str) -> bool | int | float | str:
    """The value as databases take it: integers beyond 64 bits as floats."""
    if not isinstance(value, int) or -(2**63) <= value < 2**63:
        return value
    try:
        return float(value)
    except OverflowError:
        raise FilterInvalid("a number in the filter is larger than any number can be", field="filter") from None


def _named(expression: Expression) -> str:
    match expression:
        case Property(name):
            return f"property '{name}'"
        case Literal(value):
            return f"the literal {value!r}"
        case Op(name):
            return f"{name.upper()}(...)"
    return f"the {type(expression).__name__.lower()}"


