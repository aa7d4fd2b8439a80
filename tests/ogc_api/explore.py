"""What schemathesis cannot know of this API: values of formats that are no format of JSON Schema, and parameters that go together.

Loaded by the command through SCHEMATHESIS_HOOKS. Requests that break the description on purpose are left as they are.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import schemathesis
from hypothesis import strategies as st

from csdi.filter import parse_text, to_json

_NUMBERS = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False).map(abs)
_WORDS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="'\x00"), max_size=8)
_MOMENTS = st.dates().map(str) | st.datetimes().map(lambda moment: f"{moment.isoformat(timespec='seconds')}Z")
_BOX = st.tuples(st.floats(-180, 180), st.floats(-90, 0), st.floats(-180, 180), st.floats(0, 90))
_COMPARED = st.tuples(st.sampled_from(("=", "<>", "<", "<=", ">", ">=")), _NUMBERS)
_CONDITIONS = st.one_of(
    _COMPARED.map(lambda pair: f"1 {pair[0]} {pair[1]}"),
    _WORDS.map(lambda word: f"'水泵' LIKE '{word}%'"),
    _WORDS.map(lambda word: f"CASEI('{word}') = CASEI('x')"),
    st.tuples(_NUMBERS, _NUMBERS).map(lambda pair: f"1 BETWEEN {pair[0]} AND {pair[1]}"),
    st.lists(_NUMBERS, min_size=1, max_size=4).map(lambda numbers: f"2 IN ({','.join(map(str, numbers))})"),
    _BOX.map(lambda box: f"S_INTERSECTS(geometry, BBOX({','.join(map(repr, box))}))"))
FILTERS = st.recursive(_CONDITIONS, lambda inner: st.one_of(
    inner.map(lambda one: f"NOT ({one})"),
    st.tuples(inner, st.sampled_from(("AND", "OR")), inner).map(lambda parts: f"({parts[0]}) {parts[1]} ({parts[2]})")), max_leaves=4)
_DAYS = st.dates(min_value=date(100, 1, 1), max_value=date(9000, 1, 1))
INTERVALS = st.one_of(_MOMENTS, _MOMENTS.map("{}/..".format), _MOMENTS.map("../{}".format),
                      st.tuples(_DAYS, _DAYS).map(lambda pair: f"{min(pair)}/{max(pair)}"),
                      st.tuples(_DAYS, st.integers(0, 99)).map(lambda pair: f"{pair[0]}/P{pair[1]}D"))

schemathesis.openapi.format("cql2-text", FILTERS)
schemathesis.openapi.format("datetime-interval", INTERVALS)
schemathesis.openapi.format("cursor", st.just(""))


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case, kwargs: dict[str, Any]) -> None:
    """Make what is meant as a good request one: a box from its minimum to its maximum, a filter in the language that is stated."""
    query = case.query
    if not query or case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if "bbox" in query:
        query["bbox"] = _ordered(query["bbox"])
    if query.get("filter-lang") == "cql2-json" and "filter" in query:
        query["filter"] = json.dumps(to_json(parse_text(query["filter"])))


def _ordered(box: list[float] | str) -> str:
    """The box with each minimum before its maximum, as it is sent."""
    numbers = [float(part) for part in box.split(",")] if isinstance(box, str) else box
    half = len(numbers) // 2
    pairs = [sorted(pair) for pair in zip(numbers[:half], numbers[half:], strict=True)]
    return ",".join(repr(float(number)) for number in [low for low, _ in pairs] + [high for _, high in pairs])
