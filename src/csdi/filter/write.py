"""Writing: the filter tree as CQL2 JSON and CQL2 text."""

from __future__ import annotations

import json
from typing import Any

import shapely

from csdi.filter.tree import Expression, Instant, Items, Literal, Op, Period, Property, Shape

_INFIX = {"and", "or", "=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "div", "^"}
_NAMES = {"isnull": "isNull", "t_finishedby": "t_finishedBy", "t_metby": "t_metBy", "t_overlappedby": "t_overlappedBy",
          "t_startedby": "t_startedBy", "a_containedby": "a_containedBy"}


def to_json(expression: Expression) -> Any:
    """CQL2 JSON as parsed JSON; shapes are in CRS84, as CQL2 JSON has them."""
    match expression:
        case Property(name):
            return {"property": name}
        case Literal(value):
            return value
        case Instant(text):
            return {"timestamp" if "T" in text else "date": text}
        case Period(start, end):
            return {"interval": [_end_json(start), _end_json(end)]}
        case Shape(geometry):
            return json.loads(shapely.to_geojson(geometry))
        case Items(items):
            return [to_json(item) for item in items]
        case Op(name, args):
            return {"op": _NAMES.get(name, name), "args": [to_json(arg) for arg in args]}


def to_text(expression: Expression) -> str:
    """CQL2 text that parses back to an equal tree.

    >>> to_text(Op("=", (Property("floor"), Literal(2))))
    '"floor" = 2'
    """
    match expression:
        case Property(name):
            return '"' + name.replace('"', '""') + '"'
        case Literal(bool(value)):
            return "TRUE" if value else "FALSE"
        case Literal(value):
            return _quoted(value) if isinstance(value, str) else repr(value)
        case Instant(text):
            return f"{'TIMESTAMP' if 'T' in text else 'DATE'}({_quoted(text)})"
        case Period(start, end):
            return f"INTERVAL({_end_text(start)}, {_end_text(end)})"
        case Shape(geometry):
            return shapely.to_wkt(geometry, rounding_precision=-1, trim=True)
        case Items(items):
            return "(" + ", ".join(to_text(item) for item in items) + ")"
        case Op():
            return _operation(expression)


def _operation(op: Op) -> str:
    args = [f"({to_text(a)})" if isinstance(a, Op) and a.name in _INFIX | {"not", "like", "in", "between", "isnull"}
            else to_text(a) for a in op.args]
    if op.name in _INFIX and len(args) > 1:
        return f" {op.name.upper()} ".join(args)
    match op.name, args:
        case "not", [one]:
            return f"NOT {one}"
        case "isnull", [one]:
            return f"{one} IS NULL"
        case "like", [value, pattern]:
            return f"{value} LIKE {pattern}"
        case "in", [value, items]:
            return f"{value} IN {items}"
        case "between", [value, low, high]:
            return f"{value} BETWEEN {low} AND {high}"
    return f"{op.name.upper()}({', '.join(args)})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _end_json(end: Instant | Property | None) -> Any:
    return ".." if end is None else end.text if isinstance(end, Instant) else to_json(end)


def _end_text(end: Instant | Property | None) -> str:
    return "'..'" if end is None else _quoted(end.text) if isinstance(end, Instant) else to_text(end)
