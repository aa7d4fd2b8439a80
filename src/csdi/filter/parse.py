"""Parsing: CQL2 text and CQL2 JSON into the filter tree, with limits on size and depth."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

import cql2
import shapely
from shapely.geometry.base import BaseGeometry

from csdi.errors import FilterInvalid
from csdi.filter.tree import Expression, Instant, Items, Literal, Op, Period, Property, Shape

MAX_LENGTH = 1_000_000
"""Characters of a filter."""
MAX_DEPTH = 100
"""Operators inside operators."""

_QUOTED_OR_LONG_INTEGER = re.compile(r"""'(?:''|[^'])*'|"(?:""|[^"])*"|(?<![\w.])\d{16,}(?![\w.])""")
_LONG_INTEGER = "csdi_integer"
_DIGITS = 400
"""Digits of an integer; a float has 309 at most."""


def parse(text: str) -> Expression:
    """The tree of a filter in either encoding: JSON if it begins with `{`, else text.

    Raises:
        FilterInvalid: with the place of the fault where it is known.

    >>> parse("floor = 2")
    Op(name='=', args=(Property(name='floor'), Literal(value=2)))
    """
    return parse_json(text) if text.lstrip().startswith("{") else parse_text(text)


def parse_text(text: str) -> Expression:
    """The tree of a CQL2 text.

    Raises:
        FilterInvalid: with line and column of the fault.
    """
    _check_size(text)
    # The parser reads every number as a float; integers that a float cannot hold pass through it as text.
    guarded = _QUOTED_OR_LONG_INTEGER.sub(_guard, text)
    try:
        encoded = cql2.parse_text(guarded).to_json()
    except (cql2.ParseError, cql2.ValidationError, ValueError) as error:
        raise FilterInvalid(f"the filter is not CQL2 text: {_place(error)}", remedy="see the grammar of CQL2 text",
                            field="filter", value=text[:500]) from None
    return _tree(encoded, 0)


def parse_json(source: str | bytes | Mapping[str, Any] | bool) -> Expression:
    """The tree of CQL2 JSON, given as text or as parsed JSON.

    Raises:
        FilterInvalid: not JSON, or not an expression.
    """
    if isinstance(source, str | bytes):
        _check_size(source)
        try:
            source = json.loads(source)
        except (ValueError, RecursionError) as error:
            raise FilterInvalid(f"the filter is not JSON: {error}", field="filter") from None
    return _tree(source, 0)


def _check_size(text: str | bytes) -> None:
    if not text.strip():
        raise FilterInvalid("the filter is empty", remedy="leave the parameter out, or write a condition", field="filter")
    if len(text) > MAX_LENGTH:
        raise FilterInvalid(f"the filter has {len(text)} characters, more than {MAX_LENGTH}", field="filter",
                            remedy="ask in several requests", limit=MAX_LENGTH)
    opened, deepest = 0, 0
    for character in text if isinstance(text, str) else text.decode("utf-8", "replace"):
        opened += (character in "([{") - (character in ")]}")
        deepest = max(deepest, opened)
    words = text.lower() if isinstance(text, str) else b""
    if deepest > 4 * MAX_DEPTH or re.search(r"(?:\bnot\s+|-\s*){100}", words if isinstance(words, str) else ""):
        raise _too_deep()


def _guard(match: re.Match[str]) -> str:
    found = match.group()
    return f"{_LONG_INTEGER}('{found}')" if found[0].isdigit() else found


def _place(error: Exception) -> str:
    """The parser's drawing of the fault in one line."""
    lines = [line.strip(" |=") for line in str(error).splitlines()]
    where = re.search(r"(\d+):(\d+)", lines[0]) if lines else None
    what = next((line for line in reversed(lines) if line.startswith("expected")), lines[-1] if lines else "")
    return f"line {where[1]}, column {where[2]}: {what}" if where else what[:300]


def _too_deep() -> FilterInvalid:
    return FilterInvalid(f"the filter nests more than {MAX_DEPTH} operators", remedy="write it flatter", field="filter",
                         limit=MAX_DEPTH)


def _tree(node: Any, depth: int) -> Expression:
    """One JSON node as a tree node."""
    if depth > MAX_DEPTH:
        raise _too_deep()
    if isinstance(node, Mapping):
        return _object(node, depth)
    if isinstance(node, list):
        return Items(tuple(_tree(item, depth + 1) for item in node))
    if isinstance(node, float):
        if not math.isfinite(node):
            raise FilterInvalid("a number in the filter is not finite", field="filter")
        return Literal(int(node) if node.is_integer() and abs(node) < 2**53 else node)
    if isinstance(node, bool | int | str):
        return Literal(node)
    raise FilterInvalid("null has no place in a filter", remedy="write isNull(property)", field="filter")


def _object(node: Mapping[str, Any], depth: int) -> Expression:
    if "op" in node:
        return _operation(node, depth)
    if "property" in node and isinstance(node["property"], str):
        return Property(node["property"])
    for name in ("date", "timestamp"):
        if name in node and isinstance(node[name], str):
            return Instant(node[name])
    if "interval" in node:
        return _period(node["interval"])
    if "bbox" in node:
        return Shape(_box(node["bbox"]))
    if "type" in node:
        return Shape(_geometry(node))
    raise FilterInvalid(f"the filter has an object that CQL2 does not know, with the keys {', '.join(map(str, node))[:100]}",
                        field="filter")


def _operation(node: Mapping[str, Any], depth: int) -> Expression:
    name, args = node["op"], node.get("args", [])
    if not isinstance(name, str) or not isinstance(args, list):
        raise FilterInvalid("an operator has a name and a list of arguments", field="filter")
    parsed = tuple(_tree(arg, depth + 1) for arg in args)
    match name.lower(), parsed:
        case (n, (Literal(value=str(digits)),)) if n == _LONG_INTEGER and digits.isdigit():
            if len(digits) > _DIGITS:
                raise FilterInvalid("a number in the filter is larger than any number can be", field="filter")
            return Literal(int(digits))
        case ("*", (Literal(value=-1), Literal(value=int(number)))) if not isinstance(number, bool):
            return Literal(-number)
    return Op(name.lower(), parsed)


def _period(ends: Any) -> Period:
    if not isinstance(ends, list) or len(ends) != 2:
        raise FilterInvalid("an interval has a start and an end", field="filter")
    return Period(_end(ends[0]), _end(ends[1]))


def _end(end: Any) -> Instant | Property | None:
    if end in ("..", "", None):
        return None
    found = Instant(end) if isinstance(end, str) else _tree(end, 0)
    if isinstance(found, Instant | Property):
        return found
    raise FilterInvalid("an interval ends at a date, a timestamp, a property or '..'", field="filter")


def _box(numbers: Any) -> BaseGeometry:
    if not isinstance(numbers, list) or len(numbers) not in (4, 6) or not all(_finite(n) for n in numbers):
        raise FilterInvalid("BBOX has four or six numbers", remedy="write BBOX(west, south, east, north)", field="filter")
    half = len(numbers) // 2
    west, south, east, north = numbers[0], numbers[1], numbers[half], numbers[half + 1]
    if south > north:
        raise FilterInvalid("BBOX gives its south before its north", field="filter", value=str(numbers))
    if west <= east:
        return shapely.box(west, south, east, north)
    return shapely.multipolygons([shapely.box(west, south, 180.0, north), shapely.box(-180.0, south, east, north)])


def _finite(number: Any) -> bool:
    return isinstance(number, int | float) and not isinstance(number, bool) and math.isfinite(number)


def _geometry(node: Mapping[str, Any]) -> BaseGeometry:
    try:
        found = shapely.from_geojson(json.dumps(node))
    except (shapely.GEOSException, ValueError, TypeError) as error:
        raise FilterInvalid(f"a geometry in the filter is damaged: {error}", field="filter") from None
    if found is None or not all(map(math.isfinite, shapely.get_coordinates(found).ravel())):
        raise FilterInvalid("a geometry in the filter has no finite coordinates", field="filter")
    return found
