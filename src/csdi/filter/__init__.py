"""CQL2: text and JSON become one tree; it is bound to a Schema, then compiled by a store or evaluated on a Feature."""

from csdi.filter.bind import bind
from csdi.filter.evaluate import Row, matches
from csdi.filter.parse import parse, parse_json, parse_text
from csdi.filter.tree import Expression, Instant, Items, Literal, Op, Period, Property, Shape
from csdi.filter.write import to_json, to_text

__all__ = [
    "Expression",
    "Instant",
    "Items",
    "Literal",
    "Op",
    "Period",
    "Property",
    "Row",
    "Shape",
    "bind",
    "matches",
    "parse",
    "parse_json",
    "parse_text",
    "to_json",
    "to_text",
]
