"""CQL2 text and JSON into trees and back, and hostile filters."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csdi.errors import FilterInvalid
from csdi.filter import Expression, Instant, Items, Literal, Op, Period, Property, parse, parse_json, to_json, to_text


@pytest.mark.parametrize(("text", "tree"), [
    ("floor = 2", Op("=", (Property("floor"), Literal(2)))),
    ("floor = 2.5", Op("=", (Property("floor"), Literal(2.5)))),
    ("floor = 9007199254740993", Op("=", (Property("floor"), Literal(9007199254740993)))),
    ("floor > -9007199254740993", Op(">", (Property("floor"), Literal(-9007199254740993)))),
    ("name = '9007199254740993'", Op("=", (Property("name"), Literal("9007199254740993")))),
    ("名稱 = '水泵'", Op("=", (Property("名稱"), Literal("水泵")))),
    ("\"a b\" = 'it''s'", Op("=", (Property("a b"), Literal("it's")))),
    ("open", Property("open")),
    ("name IS NULL", Op("isnull", (Property("name"),))),
    ("name NOT LIKE 'a%'", Op("not", (Op("like", (Property("name"), Literal("a%"))),))),
    ("d = DATE('2024-05-01')", Op("=", (Property("d"), Instant("2024-05-01")))),
    ("name IN ('a')", Op("in", (Property("name"), Items((Literal("a"),))))),
    ("T_DURING(INTERVAL(a, '..'), INTERVAL('..', '2024-01-01'))",
     Op("t_during", (Period(Property("a"), None), Period(None, Instant("2024-01-01"))))),
])
def test_text_becomes_a_tree(text: str, tree: Expression) -> None:
    assert parse(text) == tree
    assert parse(to_text(tree)) == tree
    assert parse_json(to_json(tree)) == tree


def test_json_is_recognised() -> None:
    assert parse('{"op": "=", "args": [{"property": "floor"}, 9007199254740993]}') == parse("floor = 9007199254740993")


@pytest.mark.parametrize(("text", "where"), [
    ("floor = ", "column"), ("", "empty"), ("   ", "empty"), ("floor == 2", "column"), ("(((", "CQL2"), ("'", "CQL2"),
    ("{", "JSON"), ("{}", "object"), ('{"op": 5, "args": []}', "name"), ('{"op": "=", "args": [null, 1]}', "null"),
    ('{"op": "=", "args": [1e999, 1]}', "finite"), ('{"type": "Point"}', "geometry"), ('{"bbox": [1, 2, 3]}', "BBOX"),
    ('{"interval": ["2024-01-01"]}', "interval"), ("s_intersects(geom, BBOX(1, 5, 2, 3))", "BBOX"),
])
def test_faults_are_named(text: str, where: str) -> None:
    with pytest.raises(FilterInvalid, match=where):
        parse(text)


@pytest.mark.parametrize("text", [
    "(" * 50_000, "(" * 500 + "a = 1" + ")" * 500, "not " * 50_000 + "a", "-" * 50_000 + "1 = 1", "[" * 100_000,
    '{"op":"not","args":[' * 5_000 + "true" + "]}" * 5_000, "a = 1 or " * 200_000 + "a = 1", "a = '" + "x" * 2_000_000 + "'",
])
def test_hostile_filters_are_refused(text: str) -> None:
    with pytest.raises(FilterInvalid):
        parse(text)


def test_long_chains_are_welcome() -> None:
    tree = parse(" or ".join(f"a = {n}" for n in range(3000)))
    assert isinstance(tree, Op)
    assert len(tree.args) == 3000


characters = st.characters(codec="utf-8", exclude_characters='"', exclude_categories=["Cc", "Cs"])
names = st.text(characters, min_size=1, max_size=8).map(str.strip)
literals = (st.integers(-(2**62), 2**62) | st.booleans() | st.text(characters, max_size=8)
            | st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 3))).map(
                lambda v: Literal(int(v)) if isinstance(v, float) and v.is_integer() else Literal(v))
trees = st.tuples(st.sampled_from(["=", "<>", "<", ">="]), names.filter(bool).map(Property), literals).map(lambda t: Op(t[0], (t[1], t[2])))


@settings(max_examples=100, deadline=None)
@given(tree=st.recursive(trees, lambda inner: st.tuples(st.sampled_from(["and", "or"]), inner, inner).map(
    lambda t: Op(t[0], (t[1], t[2]))) | inner.map(lambda i: Op("not", (i,))), max_leaves=6))
def test_json_round_trip(tree: Expression) -> None:
    assert parse_json(to_json(tree)) == tree
