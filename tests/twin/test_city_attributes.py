"""Heights of buildings as tables have them: with units, commas and brackets, under names with units or cut by a Shapefile."""

from __future__ import annotations

import time
from typing import Any

import pytest

from csdi.collection import Collection
from csdi.feature import Field, FieldType, Schema
from twin.city.attributes import items, lengths
from twin.city.roles import Role, Roles


def roles(**fields: FieldType) -> Roles:
    return Roles.of(Collection("town", {}, Schema(tuple(Field(name, kind) for name, kind in fields.items()), "polygon")))


@pytest.mark.parametrize(("value", "metres"), [
    (20, [20.0]), ("20", [20.0]), (" 5.0 m ", [5.0]), ("20 mPD", [20.0]), ("20m.P.D.", [20.0]), ("20,5", [20.5]), ("1,234.5", [1234.5]),
    ("0,125", [0.125]), ("66 ft", [pytest.approx(20.1168)]), ("12' 6\"", [pytest.approx(3.81)]), ("30米", [30.0]),
    ("[np.float64(34.0)]", [34.0]), ("[np.float64(26.0), np.float64(4.0)]", [26.0, 4.0]), ([3, 4], [3.0, 4.0]), ("[ ]", []),
    ("[nan, 5]", [5.0]), (True, []), (None, []), ("n/a", []), ("3-4", []), ("Block 7", []),
])
def test_lengths_are_read_with_what_stands_around_them(value: Any, metres: list[float]) -> None:
    assert lengths(value, 1.0) == metres


def test_a_unit_in_the_value_counts_before_that_of_the_field() -> None:
    assert lengths("20 m", 0.3048) == [20.0]
    assert lengths("20", 0.3048) == [pytest.approx(6.096)]


def test_items_of_a_list_that_became_text_are_told_apart() -> None:
    assert items("['V CITY' 'Century Gateway Tower 7']") == ["V CITY", "Century Gateway Tower 7"]
    assert items("[North Tower]") == ["[North Tower]"]


@pytest.mark.parametrize("text", ["[" + "1 " * 20_000 + "x]", "[" + "a" * 20_000 + "]", "[" + "a(" * 20_000 + "]", "1," * 20_000 + "x"])
def test_hostile_text_is_read_at_once(text: str) -> None:
    begin = time.process_time()
    assert lengths(text, 1.0) == []
    assert time.process_time() - begin < 1


def test_of_several_levels_the_lowest_base_and_the_highest_top_count() -> None:
    values = {"at": "[6.5, 4.2]"}
    assert Role("at", lowest=True).number(values) == 4.2
    assert Role("at").number(values) == 6.5


def test_a_unit_at_the_end_of_a_name_is_one() -> None:
    found = roles(height_ft=FieldType.NUMBER, base_m=FieldType.NUMBER)
    assert found.height == Role("height_ft", 0.3048)
    assert found.base == Role("base_m", 1.0, lowest=True)


def test_names_are_known_as_a_shapefile_cuts_them() -> None:
    found = roles(BUILDINGCS=FieldType.STRING, NUMABOVEGR=FieldType.STRING, TOPHEIGHT=FieldType.NUMBER, OFFICIALBU=FieldType.STRING)
    assert (found.csuid, found.storeys, found.name) == (Role("BUILDINGCS"), Role("NUMABOVEGR"), Role("OFFICIALBU"))
    assert found.top == Role("TOPHEIGHT")


def test_a_short_word_is_no_cut_name() -> None:
    assert roles(roof=FieldType.NUMBER, off=FieldType.STRING) == Roles()
