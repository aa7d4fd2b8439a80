"""Counts of locations: zones have their own, an asset counts once in each however many of its zones lie there."""

from __future__ import annotations

import random

import pytest
import shapely

from csdi.feature import Feature
from tests.twin.register.conftest import STOREY, Publish, element, part, rows
from twin.register.building import build_model
from twin.register.editing import Editor
from twin.register.handmade import create_place
from twin.register.keeping import Register, Writing, equals
from twin.register.rule_files import default_rules
from twin.register.schemas import ASSETS, LOCATIONS
from twin.register.verifying import verified

RULES = default_rules()


def zone(key: str, name: str, above: str = "") -> Feature:
    return part(key, "IfcZone", name, [], member_count=1, part_of={"id": above, "class": "IfcZone"} if above else None)


def room(key: str, x: float, *zones: str) -> Feature:
    east = 113.9 + x / 103_000
    return part(key, "IfcSpace", key, STOREY, shapely.box(east - 0.0001, 22.2999, east + 0.0001, 22.3002), base_level=4.0, top_level=9.0,
                zones=[{"id": one, "name": one} for one in zones])


@pytest.fixture
def register(store, publish: Publish) -> Register:  # type: ignore[no-untyped-def]
    """Rooms at 0 m (zones A and B), 40 m (A) and 80 m (none); zones A and B lie in zone W."""
    parts = rows() | {"zones": [zone("ZA", "Airside", "ZW"), zone("ZB", "Customs", "ZW"), zone("ZW", "Whole")],
                      "spaces": [room("R1", 0.0, "ZA", "ZB"), room("R2", 40.0, "ZA"), room("R3", 80.0)]}
    parts["elements"] = [element(f"P{n}", "IfcPump", f"Pump {n}", 40.0 * (n % 3)) for n in range(9)]
    publish(parts)
    made = Register(store)
    build_model(made, RULES, "m", "ann")
    return made


def counts(register: Register) -> dict[str, tuple[int, int]]:
    return {row.properties["name"]: (row.properties["own_count"], row.properties["total_count"]) for row in register.every(LOCATIONS)}


def change(register: Register, id: str, **said: object) -> None:
    with register.writing("ann") as writing:
        Editor(writing, RULES).change(id, said)


def in_room(register: Register, name: str) -> list[Feature]:
    return register.rows(ASSETS, equals("space_name", name))


def test_zones_count_their_assets_and_nothing_counts_twice(register: Register) -> None:
    made = counts(register)
    assert (made["Airside"], made["Customs"], made["Whole"]) == ((6, 6), (3, 3), (0, 6))
    assert made["Passenger Terminal 1"] == (0, 9)
    assert made["Island"] == (0, 9)
    assert verified(register).miscounted == []


def test_an_asset_that_goes_to_another_room_goes_to_its_zones(register: Register) -> None:
    (place,) = register.rows(LOCATIONS, equals("name", "R3"))
    asset = in_room(register, "R1")[0]
    change(register, asset.id, location=place.id)
    made = counts(register)
    assert (made["Airside"], made["Customs"], made["Whole"], made["R3"]) == ((5, 5), (2, 2), (0, 5), (4, 4))
    assert not register.row(ASSETS, asset.id).properties.get("zones")
    change(register, asset.id, location=register.rows(LOCATIONS, equals("name", "R2"))[0].id)
    assert [one["id"] for one in register.row(ASSETS, asset.id).properties["zones"]] == ["ZA"]
    assert counts(register)["Airside"] == (6, 6)
    assert verified(register).is_right


def test_a_zone_that_people_made_counts_and_retired_assets_do_not(register: Register) -> None:
    with register.writing("ann") as writing:
        made = create_place(writing, {"kind": "zone", "name": "Hot works"})
    first, second, *_ = in_room(register, "R1")
    change(register, first.id, zones=[{"id": made.id, "name": "Hot works"}])
    change(register, second.id, zones=[{"id": made.id, "name": "Hot works"}, {"id": "ZA", "name": "Airside"}])
    assert (counts(register)["Hot works"], counts(register)["Airside"]) == ((2, 2), (5, 5))
    with register.writing("ann") as writing:
        Editor(writing, RULES).retire(second.id)
    assert (counts(register)["Hot works"], counts(register)["Airside"]) == ((1, 1), (4, 4))
    assert verified(register).is_right


def test_counts_stay_right_whatever_is_done(register: Register) -> None:
    chance = random.Random(7)
    places = [row.id for row in register.every(LOCATIONS) if row.properties["kind"] in ("space", "storey")]
    assets = [row.id for row in register.every(ASSETS)]

    def act(writing: Writing) -> None:
        editor, id = Editor(writing, RULES), chance.choice(assets)
        said = chance.choice(({"location": chance.choice(places)}, {"zones": [{"id": one} for one in chance.sample(["ZA", "ZB", "ZW", "X"], 2)]},
                              {"status": chance.choice(("retired", "in-service"))}, {"location": None}, {"zones": None}))
        editor.change(id, said)
    for _ in range(15):
        with register.writing("ann") as writing:
            for _ in range(4):
                act(writing)
    assert verified(register).miscounted == []
