"""What schemathesis cannot know of this API: values of formats that are no format of JSON Schema, and parameters that go together.

Loaded by the command through SCHEMATHESIS_HOOKS. Requests that break the description on purpose are left as they are.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import schemathesis
import shapely
from hypothesis import strategies as st

from csdi.filter import parse_text, to_json

_NUMBERS = st.integers(-(2**70), 2**70) | st.floats(0, allow_infinity=False)
_WORDS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="'\x00"), max_size=8)
_DAYS = st.dates(min_value=date(100, 1, 1), max_value=date(9000, 1, 1))


@st.composite
def moments(draw: st.DrawFn) -> str:
    """A date or a time."""
    return str(draw(st.dates())) if draw(st.booleans()) else f"{draw(st.datetimes()).isoformat(timespec='seconds')}Z"


@st.composite
def intervals(draw: st.DrawFn) -> str:
    """What `datetime` takes."""
    first, last = sorted((draw(_DAYS), draw(_DAYS)))
    moment = draw(moments())
    return draw(st.sampled_from((moment, f"{moment}/..", f"../{moment}", f"{first}/{last}", f"{first}/P{draw(st.integers(0, 99))}D")))


@st.composite
def conditions(draw: st.DrawFn, depth: int = 2) -> str:
    """CQL2 text that fits every Collection with geometries."""
    if depth and draw(st.booleans()):
        one, two = draw(conditions(depth - 1)), draw(conditions(depth - 1))
        return draw(st.sampled_from((f"NOT ({one})", f"({one}) AND ({two})", f"({one}) OR ({two})")))
    number, other, word = draw(_NUMBERS), draw(_NUMBERS), draw(_WORDS)
    box = [draw(st.floats(*limits)) for limits in ((-180, 180), (-90, 0), (-180, 180), (0, 90))]
    return draw(st.sampled_from((
        f"1 {draw(st.sampled_from(('=', '<>', '<', '<=', '>', '>=')))} {number}", f"2 IN ({number}, {other})", f"1 BETWEEN {number} AND {other}",
        f"'水泵' LIKE '{word}%'", f"CASEI('{word}') = CASEI('x')", f"S_INTERSECTS(geometry, BBOX({', '.join(map(repr, box))}))")))


_INTERVALS = st.tuples(st.floats(-80, 80), st.floats(-80, 80)).map(sorted)
_PLACES = st.tuples(st.floats(-80, 80), st.floats(-80, 80)).map("{0[0]} {0[1]}".format)
schemathesis.openapi.format("cql2-text", conditions())
schemathesis.openapi.format("datetime-interval", intervals())
schemathesis.openapi.format("cursor", st.just(""))
schemathesis.openapi.format("height-interval", _INTERVALS.map("{0[0]}/{0[1]}".format))
schemathesis.openapi.format("axis-factors", st.tuples(st.floats(0.5, 90), st.floats(0.5, 90)).map("E({0[0]}),N({0[1]})".format))
schemathesis.openapi.format("axis-counts", st.tuples(st.integers(1, 900), st.integers(1, 900)).map("Lon({0[0]}),Lat({0[1]})".format))
schemathesis.openapi.format("coverage-subset", st.one_of(
    st.tuples(_INTERVALS, _INTERVALS).map("Lat({0[0][0]}:{0[0][1]}),Lon({0[1][0]}:{0[1][1]})".format),
    st.tuples(st.sampled_from("xy"), _NUMBERS).map("{0[0]}({0[1]}:*)".format), moments().map('time("{}")'.format)))
schemathesis.openapi.format("box", st.tuples(_INTERVALS, _INTERVALS).map(
    lambda sides: ",".join(map(str, (sides[0][0], sides[1][0], sides[0][1], sides[1][1])))))
schemathesis.openapi.format("wkt-point", _PLACES.map("POINT({})".format))
schemathesis.openapi.format("wkt-line", st.lists(_PLACES, min_size=2, max_size=5).map(lambda places: f"LINESTRING({','.join(places)})"))
schemathesis.openapi.format("wkt-polygon", st.tuples(st.floats(-80, 79), st.floats(-80, 79), st.floats(0.001, 1)).map(
    lambda one: shapely.box(one[0], one[1], one[0] + one[2], one[1] + one[2]).wkt))
_TRIANGLES = st.tuples(st.floats(-170, 160), st.floats(-80, 70), st.floats(0.1, 9)).map(lambda one: {"type": "Polygon", "coordinates": [
    [[one[0], one[1]], [one[0] + one[2], one[1]], [one[0], one[1] + one[2]], [one[0], one[1]]]]})
schemathesis.openapi.format("geojson-text", _TRIANGLES.map(json.dumps))
_EXCLUDING = (("bbox", "subset", "subset-crs"), ("datetime", "subset"), ("scale-factor", "scale-axes", "scale-size"), ("properties", "fields"),
              ("coords", "crs"))
"""Parameters of which only the first is sent."""
_ADDRESSES = frozenset({"href", "successUri", "inProgressUri", "failedUri"})
_URL = "http://127.0.0.1:9/"


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case, kwargs: dict[str, Any]) -> None:
    """Make what is meant as a good request one: a box from its minimum to its maximum, a filter in the language that is stated."""
    if case.path == "/stac/search" and case.meta is not None and case.meta.generation.mode.is_positive:
        _searchable(case)
    if case.path.endswith("/execution"):
        case.body = _at_once(case.body)
        if case.meta is not None and case.meta.generation.mode.is_positive and isinstance(case.body, dict):
            case.body.pop("subscriber", None)  # a run of which somebody is to be told is a job, and waits for its turn
    if case.method in ("PATCH", "PUT", "DELETE") and case.meta is not None and not case.meta.generation.mode.is_positive and case.headers:
        for name in ("If-Match", "If-None-Match"):  # 412 is an answer to them, whatever else is wrong
            case.headers.pop(name, None)
    query = case.query
    if not query or case.meta is None or not case.meta.generation.mode.is_positive:
        return
    for first, *others in _EXCLUDING if "/items" not in case.path else ():
        for name in others if first in query else ():
            query.pop(name, None)
    if case.path.endswith("/coverage") and query.get("f") in ("json", "covjson"):
        query["scale-factor"] = 9
        query.pop("scale-axes", None)
        query.pop("scale-size", None)
    if case.path.endswith("/map") and ("width" in query or "height" in query):
        query["width"] = query["height"] = query.get("width") or query["height"]
    if "scale-factor" in query:
        query["scale-factor"] = max(float(query["scale-factor"]), 3.0)  # what fits into an answer depends on the raster
    if "scale-axes" in query:
        query.pop("scale-size", None)
    if "bbox" in query and not case.path.endswith("/cube"):
        query["bbox"] = _ordered(query["bbox"])
    if query.get("filter-lang") == "cql2-json" and "filter" in query:
        query["filter"] = json.dumps(to_json(parse_text(query["filter"])))


def _searchable(case: schemathesis.Case) -> None:
    """A box or a geometry, and a geometry that is one: what a schema of GeoJSON does not say."""
    if case.query and case.query.get("intersects") is not None:
        case.query.pop("bbox", None)
        if not str(case.query["intersects"]).startswith("{"):
            case.query.pop("intersects")
    if isinstance(case.body, dict):
        case.body.pop("token", None)
        box = case.body.pop("bbox", None)
        if isinstance(box, list) and len(box) in (4, 6):
            case.body["bbox"] = [float(part) for part in _ordered(box).split(",")]
            case.body.pop("intersects", None)
        elif "intersects" in case.body:
            case.body["intersects"] = {"type": "Point", "coordinates": [113.9, 22.3]}


def _at_once(value: Any) -> Any:
    """The body with addresses inside this network, which the server refuses at once: what is far away would be waited for."""
    if isinstance(value, dict):
        return {name: _URL if name in _ADDRESSES and isinstance(one, str) and one.startswith("http") else _at_once(one)
                for name, one in value.items()}
    return [_at_once(one) for one in value] if isinstance(value, list) else value


def _ordered(box: list[float] | str) -> str:
    """The box with each minimum before its maximum, as it is sent."""
    numbers = [float(part) for part in box.split(",")] if isinstance(box, str) else box
    half = len(numbers) // 2
    pairs = [sorted(pair) for pair in zip(numbers[:half], numbers[half:], strict=True)]
    return ",".join(repr(float(number)) for number in [low for low, _ in pairs] + [high for _, high in pairs])
