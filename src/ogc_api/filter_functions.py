"""The functions of CQL2 that filters may use, as OGC API - Features Part 3 describes functions."""

from __future__ import annotations

from typing import Any

from csdi.filter.temporal import TEMPORAL
from csdi.filter.terms import ARRAYS, SPATIAL
from twin.questions import specs as questions

_ARRAY = ["string", "number", "integer", "boolean", "datetime"]
_TEXTS = {"casei": "The text without the difference of capital and small letters.", "accenti": "The text without accents."}
_ASK = {
    "s_intersects": "share a point", "s_disjoint": "share no point", "s_equals": "are the same set of points",
    "s_touches": "meet at their boundaries only", "s_crosses": "cross each other", "s_within": "lie, the first in the second",
    "s_contains": "lie, the second in the first", "s_overlaps": "cover each other in part",
    "a_equals": "hold the same elements", "a_contains": "hold, the first all elements of the second",
    "a_containedby": "hold, the second all elements of the first", "a_overlaps": "have an element in common",
}


def described() -> list[dict[str, Any]]:
    """Each function with its arguments and what it yields, by name."""
    found = [_of(name, f"Whether two geometries {_ASK[name]}.", ["geometry"], ["geometry"]) for name in SPATIAL]
    found += [_of(name, f"Whether two arrays {_ASK[name]}.", _ARRAY, _ARRAY) for name in ARRAYS]
    found += [_of(name, f"Whether the first time is to the second as `{name[2:]}` says (Allen's relations of intervals).",
                  ["datetime"], ["datetime"]) for name in TEMPORAL]
    found += [{"name": name, "description": text, "arguments": [{"title": "text", "type": ["string"]}], "returns": ["string"]}
              for name, text in _TEXTS.items()]
    found += questions.described()
    return sorted(found, key=lambda one: str(one["name"]))


def _of(name: str, description: str, first: list[str], second: list[str]) -> dict[str, Any]:
    return {"name": name, "description": description, "returns": ["boolean"],
            "arguments": [{"title": "first", "type": first}, {"title": "second", "type": second}]}
