"""What the register takes over from a model."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from csdi.bootstrap import open_services
from csdi.errors import NotFound
from csdi.feature import Feature
from csdi.query import Query
from csdi.settings import read_settings
from csdi.store import Store
from tests.bim.corpus import corpus_file
from tests.twin.networks.site import publish as published
from tests.twin.register.conftest import BUILDING, STOREY, Publish, element, part, rows
from twin.register.building import build_model
from twin.register.entries import replayed, state_of
from twin.register.following import build
from twin.register.keeping import Register, equals, inside
from twin.register.rule_files import default_rules
from twin.register.schemas import ASSETS, DEVICES, LOCATIONS
from twin.register.streaming import streaming


def asset(register: Register, key: str) -> dict[str, object]:
    (found,) = register.rows(ASSETS, equals("global_id", key))
    return {"id": found.id, **found.properties}


def test_what_is_maintained_becomes_an_asset_and_a_wall_does_not(register: Register) -> None:
    assert sorted(str(row.properties["global_id"]) for row in register.every(ASSETS)) == ["D1", "M1", "P1", "P2"]


def test_property_sets_fill_the_fields_with_numbers_in_si_units(register: Register) -> None:
    pump = asset(register, "P1")
    assert (pump["manufacturer"], pump["product"], pump["serial"]) == ("Kowloon Pumps", "KP-7", "SN-1")
    assert pump["properties"]["flow_rate"] == 0.0125  # type: ignore[index]
    assert (pump["category"], pump["system"]) == ("hvac", "Chilled Water Supply")


def test_a_warranty_ends_after_its_period(register: Register) -> None:
    assert asset(register, "P1")["warranty_end"] == "2026-02-28"


def test_a_value_that_repeats_its_propertys_name_says_nothing(register: Register) -> None:
    assert asset(register, "P1")["tag"] == "PT1-L2-PMP-0001"


def test_tags_are_counted_for_each_place_and_class(register: Register) -> None:
    assert {asset(register, key)["tag"] for key in ("P1", "P2", "D1")} == {"PT1-L2-PMP-0001", "PT1-L2-PMP-0002", "PT1-L2-DOR-0001"}


def test_the_room_around_an_element_is_its_location(register: Register) -> None:
    pump, far = asset(register, "P1"), asset(register, "P2")
    assert (pump["space_name"], pump["zones"]) == ("Plant Room 機房", [{"id": "Z", "name": "Airside"}])
    assert far.get("space_name") is None
    assert str(pump["location_path"]).startswith(str(far["location_path"]) + "/")


def test_elements_that_all_name_their_room_need_no_search_around_them(store: Store, publish: Publish) -> None:
    model = rows()
    space = model["spaces"][0]
    for row in model["elements"]:
        row.properties["space"] = space.properties["global_id"]
    publish(model)
    made = Register(store)
    assert build_model(made, default_rules(), "m", "ann").assets
    assert {row.properties["space"] for row in made.rows(ASSETS)} == {space.properties["global_id"]}


def test_counts_roll_up_through_child_locations(register: Register) -> None:
    counts = {row.properties["kind"]: (row.properties["own_count"], row.properties["total_count"]) for row in register.every(LOCATIONS)}
    assert counts == {"site": (0, 4), "building": (0, 4), "storey": (2, 4), "space": (2, 2)}


def test_a_path_finds_all_that_is_in_a_location_and_below(register: Register) -> None:
    (storey,) = register.rows(LOCATIONS, equals("kind", "storey"))
    assert register.count(ASSETS, inside(str(storey.properties["path"]))) == 4


def test_a_part_knows_its_whole(register: Register) -> None:
    assert asset(register, "M1")["parent"] == asset(register, "P1")["id"]


def test_role_and_device_are_apart(register: Register) -> None:
    pump = asset(register, "P1")
    (device,) = register.rows(DEVICES, equals("asset", str(pump["id"])))
    assert pump["device"] == device.id
    assert device.properties["serial"] == "SN-1"


@pytest.mark.parametrize("words", ["水泵", "pump", "Kowloon", "冷水泵", "机房"])
def test_a_pump_is_found_by_words_of_any_language(register: Register, words: str) -> None:
    found = register.store.search(ASSETS, Query(text=words)).features
    assert "P1" in {row.properties["global_id"] for row in found}


def test_building_it_again_gives_the_same_ids_and_tags(register: Register, publish: Publish) -> None:
    from csdi.store import open_store
    other = open_store("memory:")
    with other.transaction() as change:
        for collection in register.store.collections():
            if collection.id in rows():
                change.replace(collection, rows()[collection.id])
    again = Register(other)
    build_model(again, default_rules(), "m", "bob")
    assert {(row.id, row.properties["tag"]) for row in again.every(ASSETS)} == {(row.id, row.properties["tag"]) for row in register.every(ASSETS)}


def test_the_history_replays_to_what_was_built(register: Register) -> None:
    states = replayed(register.entries())
    assert states == {(c, row.id): state_of(c, row) for c in (ASSETS, DEVICES, LOCATIONS) for row in register.every(c)}


def test_a_model_that_is_not_there_is_refused(register: Register) -> None:
    with pytest.raises(NotFound, match="no model 'x'"):
        build_model(register, default_rules(), "x", "ann")


def test_two_stated_tags_that_are_the_same_do_not_clash(store: object, publish: Publish) -> None:
    parts = rows()
    twice = {"psets": {"CSDI_Asset": {"AssetCode": "T-1"}}}
    parts["elements"] = [element("P1", "IfcPump", "A", **twice), element("P2", "IfcPump", "B", **twice)]
    publish(parts)
    register = Register(store)  # type: ignore[arg-type]
    build_model(register, default_rules(), "m", "ann")
    assert {row.properties["tag"] for row in register.every(ASSETS)} == {"T-1", "PT1-L2-PMP-0001"}


def test_rooms_of_another_model_are_known_whichever_is_built_first(store: Store, publish: Publish) -> None:
    parts = rows()
    pump = element("P9", "IfcPump", "Pump of the services model")
    there = [*parts["models"], Feature("a", None, {**parts["models"][0].properties, "name": "A"})]
    publish({**parts, "models": there, "elements": [*parts["elements"], Feature("a:P9", pump.geometry, {**pump.properties, "model": "a"})]})
    made = Register(store)
    build_model(made, default_rules(), "a", "ann")
    assert asset(made, "P9")["space_name"] == "Plant Room 機房"
    build_model(made, default_rules(), "m", "ann")
    assert asset(made, "P1")["space_name"] == "Plant Room 機房"
    assert made.count(LOCATIONS) == 4


def test_what_is_on_no_storey_but_in_a_room_is_on_the_rooms_storey(store: Store, publish: Publish) -> None:
    model = rows()
    model["elements"] = [element("P9", "IfcPump", "Pump", storey=None, storey_name=None, containment=BUILDING)]
    publish(model)
    made = Register(store)
    build_model(made, default_rules(), "m", "ann")
    pump = asset(made, "P9")
    assert (pump["storey"], pump["storey_name"], pump["space"], pump["tag"]) == ("L2", "L2", "R1", "PT1-L2-PMP-0001")


@pytest.mark.parametrize("width, expected", [(2.0, "R2"), (200.0, "R1")])
def test_a_door_belongs_to_the_smaller_of_the_rooms_that_it_bounds(store: Store, publish: Publish, width: float, expected: str) -> None:
    model = rows()
    model["spaces"] = [part(key, "IfcSpace", key, STOREY, length=5.0, width=wide) for key, wide in (("R1", 10.0), ("R2", width))]
    bounds = [{"space": key, "outside": False} for key in ("R1", "R2")]
    model["elements"] = [element("D9", "IfcDoor", "Door", 300.0, bounds=bounds), element("P9", "IfcPump", "Pump", 300.0, bounds=bounds)]
    publish(model)
    made = Register(store)
    build_model(made, default_rules(), "m", "ann")
    assert asset(made, "D9")["space"] == expected
    assert asset(made, "P9").get("space") is None, "what bounds a room and is no door is not in it"


def test_rooms_of_a_model_without_a_place_are_found_by_its_shapes(tmp_path: Path) -> None:
    """A real house, whose rows have no position; its doors are put into rooms by boundaries, without them by the shapes that were kept."""
    with open_services(read_settings(home=tmp_path)) as services:
        published(services, corpus_file("ifc/arch-fzk-haus-ifc4.ifc"), "house")
        with services.store.transaction() as change:
            change.write("elements", [Feature(row.id, None, {**row.properties, "bounds": [], "base_level": None, "top_level": None})
                                      for row in services.store.search("elements", Query(limit=1000)).features])
        build(services, "house", "ann")
        found = services.store.search(ASSETS, Query(limit=100)).features
        doors = {row.properties["global_id"]: row.properties.get("space_name") for row in found if row.properties["asset_class"] == "door"}
        assert len(doors) == 5
        assert all(doors.values()), doors
        again = build(services, "house", "ann")
        assert (again.assets, again.proposals) == (0, 0)


def test_the_garbage_collector_is_as_it_was_after_rows_have_passed_by() -> None:
    before = gc.get_threshold()
    with pytest.raises(KeyError), streaming():
        assert gc.get_threshold() > before
        raise KeyError
    assert gc.get_threshold() == before
