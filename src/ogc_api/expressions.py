"""Expressions of MapLibre styles: compiled once, then asked for each Feature; the older filters and functions are read too."""

from __future__ import annotations

import bisect
import itertools
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from PIL import ImageColor

from csdi.coverages.drawing import GEOMETRY, Colour
from csdi.errors import ValueInvalid

Value = Any
Reading = Callable[[Mapping[str, Any], float], Value]
"""What an expression is for a Feature's properties at a zoom; None where it has no value."""
_DEEPEST = 40
_NUMERIC: dict[str, Callable[..., float]] = {
    "+": lambda *n: sum(n), "*": lambda *n: math.prod(n), "-": lambda a, b=None: -a if b is None else a - b, "/": lambda a, b: a / b,
    "%": math.fmod, "^": lambda a, b: a**b, "min": min, "max": max, "abs": abs, "floor": math.floor, "ceil": math.ceil, "sqrt": math.sqrt,
    "round": lambda a: math.copysign(math.floor(abs(a) + 0.5), a), "ln": math.log, "log10": math.log10, "log2": math.log2,
    "sin": math.sin, "cos": math.cos, "tan": math.tan, "pi": lambda: math.pi, "e": lambda: math.e}
_TEXTUAL: dict[str, Callable[..., Any]] = {
    "concat": lambda *parts: "".join(map(text_of, parts)), "upcase": lambda a: str(a).upper(), "downcase": lambda a: str(a).lower(),
    "length": len, "to-string": lambda a: text_of(a), "to-boolean": bool, "string": lambda a: a, "number": lambda a: a,
    "boolean": lambda a: a, "format": lambda *parts: "".join(text_of(part) for part in parts if not isinstance(part, dict)),
    "index-of": lambda a, b: b.find(a), "slice": lambda a, start, end=None: a[int(start):None if end is None else int(end)]}
_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_LEGACY_KEYS = {"$type": ["geometry-type"], "$id": ["id"]}


@dataclass(slots=True)
class Expressions:
    """Compiles the expressions of one layer.

    Attributes:
        where: names the layer and the property in errors.
        fields: the properties of Features that they look at so far.
    """

    where: str
    fields: set[str] = field(default_factory=set)

    def reading(self, said: Value, depth: int = 0) -> Reading:
        """The expression as something to ask. Raises ValueInvalid naming what cannot be read."""
        if depth > _DEEPEST:
            raise self.wrong("it goes too deep")
        if isinstance(said, dict):
            return self._function(said, depth)
        if not isinstance(said, list):
            return lambda _, __: said
        if not said or not isinstance(said[0], str):
            return lambda _, __: said
        name, args = said[0], said[1:]
        if (special := _SPECIAL.get(name)) is not None:
            try:
                return special(self, args, depth + 1)
            except (IndexError, TypeError, ValueError) as error:
                raise self.wrong(f"'{name}' has not the arguments that it needs") from error
        if name in _NUMERIC or name in _TEXTUAL:
            return _applied(_NUMERIC.get(name) or _TEXTUAL[name], [self.reading(arg, depth + 1) for arg in args])
        raise self.wrong(f"'{name}' is not known here")

    def condition(self, said: Value) -> Callable[[Mapping[str, Any], float], bool]:
        """A filter as something to ask; what cannot be compared is no match. Raises ValueInvalid."""
        asked = self.reading(modern(said))
        return lambda one, zoom: asked(one, zoom) is True

    def wrong(self, text: str) -> ValueInvalid:
        """The error that says so of this expression."""
        return ValueInvalid(f"{self.where}: {text}"[:300], field=self.where, remedy="see the styles that can be drawn in the documentation")

    def _function(self, said: Mapping[str, Any], depth: int) -> Reading:
        """A function of zoom or of a property, as styles had them before expressions."""
        stops, name = said.get("stops"), said.get("property")
        source: Value = ["zoom"] if name is None else ["get", name]
        if not isinstance(stops, list) or not all(isinstance(stop, list) and len(stop) == 2 for stop in stops) or not stops:
            return self.reading(source, depth) if said.get("type") == "identity" and name else self._refused(said)
        flat = [part for stop in stops for part in stop]
        if said.get("type") == "categorical":
            return self.reading(["match", source, *flat, said.get("default")], depth)
        numeric = all(isinstance(value, (int, float)) or _is_colour(value) for _, value in stops)
        if said.get("type", "exponential" if numeric else "interval") == "exponential" and numeric:
            return self.reading(["interpolate", ["exponential", said.get("base", 1)], source, *flat], depth)
        return self.reading(["step", source, stops[0][1], *flat[2:]], depth)

    def _refused(self, said: Mapping[str, Any]) -> Reading:
        raise self.wrong(f"{str(said)[:80]} is no function")


def text_of(value: Value) -> str:
    """A value as letters: numbers without needless zeros, nothing for null."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else str(value)


def colour(value: Value) -> Colour | None:
    """Red, green, blue from 0 to 255 and opacity from 0 to 1 of a CSS colour; None for what is none."""
    if isinstance(value, tuple) and len(value) == 4:
        return value
    if not isinstance(value, str) or len(value) > 60:
        return None
    text = value.strip().lower()
    if text == "transparent":
        return (0.0, 0.0, 0.0, 0.0)
    opacity = 1.0
    try:
        if text.startswith(("rgba(", "hsla(", "rgb(", "hsl(")):
            name, _, rest = text.rstrip(")").partition("(")
            parts = rest.replace("/", " ").replace(",", " ").split()
            if len(parts) == 4:
                opacity = float(parts[3].rstrip("%")) / (100 if parts[3].endswith("%") else 1)
            text = f"{name.rstrip('a')}({','.join(parts[:3])})"
        red, green, blue, *rest_ = ImageColor.getrgb(text)
    except ValueError:
        return None
    return (red, green, blue, rest_[0] / 255 if rest_ else min(max(opacity, 0.0), 1.0))


def _is_colour(value: Value) -> bool:
    return colour(value) is not None


def modern(said: Value) -> Value:
    """A filter in the form of expressions: the older form compares a property by its name."""
    if not isinstance(said, list) or not said:
        return said
    name, args = said[0], said[1:]
    if name in ("all", "any", "none"):
        inner = [modern(arg) for arg in args]
        return ["!", ["any", *inner]] if name == "none" else [name, *inner]
    if name == "!" and len(args) == 1:
        return ["!", modern(args[0])]
    if name in ("!in", "!has"):
        return ["!", modern([name[1:], *args])]
    if name in _COMPARED and len(args) == 2 and isinstance(args[0], str) and not isinstance(args[1], list):
        return [name, _LEGACY_KEYS.get(args[0], ["get", args[0]]), args[1]]
    if name == "in" and args and isinstance(args[0], str) and not (len(args) == 2 and isinstance(args[1], list)):
        return ["in", _LEGACY_KEYS.get(args[0], ["get", args[0]]), ["literal", args[1:]]]
    return said


def _applied(function: Callable[..., Any], args: Sequence[Reading]) -> Reading:
    def read(one: Mapping[str, Any], zoom: float) -> Value:
        try:
            return function(*(arg(one, zoom) for arg in args))
        except (TypeError, ValueError, ArithmeticError, AttributeError):
            return None
    return read


def _get(all_: Expressions, args: list[Value], _: int) -> Reading:
    (name,) = args
    if not isinstance(name, str):
        raise all_.wrong("'get' takes the name of a property")
    all_.fields.add(name)
    return lambda one, __: one.get(name)


def _has(all_: Expressions, args: list[Value], depth: int) -> Reading:
    read = _get(all_, args, depth)
    return lambda one, zoom: read(one, zoom) is not None


def _literal(_: Expressions, args: list[Value], __: int) -> Reading:
    (value,) = args
    return lambda ___, ____: value


def _compared(name: str) -> Callable[[Expressions, list[Value], int], Reading]:
    test = _COMPARED[name]

    def made(all_: Expressions, args: list[Value], depth: int) -> Reading:
        left, right = (all_.reading(arg, depth) for arg in args[:2])

        def read(one: Mapping[str, Any], zoom: float) -> Value:
            a, b = left(one, zoom), right(one, zoom)
            if isinstance(a, bool) != isinstance(b, bool) and name in ("==", "!="):
                return name == "!="
            try:
                return test(a, b)
            except TypeError:
                return False
        return read
    return made


def _joined(every: bool) -> Callable[[Expressions, list[Value], int], Reading]:
    def made(all_: Expressions, args: list[Value], depth: int) -> Reading:
        tests = [all_.reading(modern(arg), depth) for arg in args]
        join = all if every else any
        return lambda one, zoom: join(test(one, zoom) is True for test in tests)
    return made


def _not(all_: Expressions, args: list[Value], depth: int) -> Reading:
    (arg,) = args
    test = all_.reading(modern(arg), depth)
    return lambda one, zoom: test(one, zoom) is not True


def _in(all_: Expressions, args: list[Value], depth: int) -> Reading:
    needle, hay = (all_.reading(arg, depth) for arg in args)

    def read(one: Mapping[str, Any], zoom: float) -> Value:
        try:
            return needle(one, zoom) in hay(one, zoom)
        except TypeError:
            return False
    return read


def _match(all_: Expressions, args: list[Value], depth: int) -> Reading:
    source, other = all_.reading(args[0], depth), all_.reading(args[-1], depth)
    table: dict[Value, Reading] = {}
    for label, value in zip(args[1:-1:2], args[2:-1:2], strict=True):
        read = all_.reading(value, depth)
        for one in label if isinstance(label, list) else [label]:
            table.setdefault(one, read)

    def found(one: Mapping[str, Any], zoom: float) -> Value:
        key = source(one, zoom)
        known = isinstance(key, (str, int, float)) and key in table
        return (table[key] if known else other)(one, zoom)
    return found


def _case(all_: Expressions, args: list[Value], depth: int) -> Reading:
    pairs = [(all_.reading(modern(test), depth), all_.reading(value, depth))
             for test, value in zip(args[:-1:2], args[1:-1:2], strict=True)]
    other = all_.reading(args[-1], depth)
    return lambda one, zoom: next((value for test, value in pairs if test(one, zoom) is True), other)(one, zoom)


def _coalesce(all_: Expressions, args: list[Value], depth: int) -> Reading:
    several = [all_.reading(arg, depth) for arg in args]
    return lambda one, zoom: next((value for each in several if (value := each(one, zoom)) is not None), None)


def _number(all_: Expressions, args: list[Value], depth: int) -> Reading:
    several = [all_.reading(arg, depth) for arg in args]

    def read(one: Mapping[str, Any], zoom: float) -> Value:
        for each in several:
            try:
                value = each(one, zoom)
                if value is not None:
                    return float(value)
            except (TypeError, ValueError):
                continue
        return None
    return read


def _stops(all_: Expressions, args: list[Value], depth: int) -> tuple[list[float], list[Reading]]:
    at = [stop for stop in args[::2] if isinstance(stop, (int, float)) and not isinstance(stop, bool)]
    if len(at) * 2 != len(args) or any(a >= b for a, b in itertools.pairwise(at)):
        raise all_.wrong("stops are pairs of a number and a value, and the numbers rise")
    return at, [all_.reading(value, depth) for value in args[1::2]]


def _step(all_: Expressions, args: list[Value], depth: int) -> Reading:
    source, first = all_.reading(args[0], depth), all_.reading(args[1], depth)
    at, values = _stops(all_, args[2:], depth)

    def read(one: Mapping[str, Any], zoom: float) -> Value:
        where = source(one, zoom)
        if not isinstance(where, (int, float)):
            return None
        index = bisect.bisect_right(at, where)
        return (values[index - 1] if index else first)(one, zoom)
    return read


def _interpolate(all_: Expressions, args: list[Value], depth: int) -> Reading:
    how, source = args[0], all_.reading(args[1], depth)
    if not isinstance(how, list) or not how or how[0] not in ("linear", "exponential"):
        raise all_.wrong("'interpolate' is linear or exponential here")
    base = float(how[1]) if how[0] == "exponential" else 1.0
    at, values = _stops(all_, args[2:], depth)
    if not at:
        raise all_.wrong("'interpolate' needs a stop")

    def read(one: Mapping[str, Any], zoom: float) -> Value:
        where = source(one, zoom)
        if not isinstance(where, (int, float)) or where != where:
            return None
        index = bisect.bisect_right(at, where)
        if index in (0, len(at)):
            return values[min(index, len(at) - 1)](one, zoom)
        low, high = at[index - 1], at[index]
        share = (where - low) / (high - low) if base == 1 else (base ** (where - low) - 1) / (base ** (high - low) - 1)
        return _between(values[index - 1](one, zoom), values[index](one, zoom), share)
    return read


def _between(low: Value, high: Value, share: float) -> Value:
    if isinstance(low, (int, float)) and isinstance(high, (int, float)):
        return low + (high - low) * share
    one, other = colour(low), colour(high)
    return None if one is None or other is None else tuple(a + (b - a) * share for a, b in zip(one, other, strict=True))


def _rgb(all_: Expressions, args: list[Value], depth: int) -> Reading:
    return _applied(lambda red, green, blue, opacity=1.0: (float(red), float(green), float(blue), float(opacity)),
                    [all_.reading(arg, depth) for arg in args])


_SPECIAL: dict[str, Callable[[Expressions, list[Value], int], Reading]] = {
    "get": _get, "has": _has, "literal": _literal, "all": _joined(True), "any": _joined(False), "!": _not, "in": _in, "match": _match,
    "case": _case, "coalesce": _coalesce, "to-number": _number, "step": _step, "interpolate": _interpolate, "rgb": _rgb, "rgba": _rgb,
    "to-color": _coalesce, **{name: _compared(name) for name in _COMPARED},
    "zoom": lambda _, __, ___: lambda ____, zoom: zoom,
    "geometry-type": lambda _, __, ___: lambda one, ____: one.get(GEOMETRY)}
