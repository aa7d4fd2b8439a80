"""Networks of the sample terminal as they are kept: rooms of another model, assets, inference, versions, processes, verbs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from typer.testing import CliRunner

from csdi.access import ANYBODY
from csdi.bootstrap import Services, open_services
from csdi.collection import Collection, Kind
from csdi.crs import transform
from csdi.errors import AccessDenied, NotFound, ValueInvalid
from csdi.feature import Feature, Field, Schema
from csdi.filter import Literal, Op, Property
from csdi.query import Query
from csdi.settings import read_settings
from ogc_api.cli import app
from tests.bim.networks.plants import element
from tests.corpus import corpus
from tests.csdi.processes.ground import run
from tests.twin.networks.site import SMALL, publish
from twin.networks.answers import Answers
from twin.networks.keeping import site_network
from twin.networks.rooms import Rooms


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("networks")


@pytest.fixture(scope="module")
def services(home: Path) -> Iterator[Services]:
    with open_services(read_settings(home=home)) as opened:
        publish(opened, SMALL / "terminal-mep.ifc", "mep")
        publish(opened, SMALL / "terminal-arch.ifc", "arch")
        yield opened


@pytest.fixture
def answers(services: Services) -> Answers:
    return Answers(services, ANYBODY)


def marked(services: Services, tag: str, ifc_class: str) -> str:
    test = Op("and", (Op("=", (Property("ifc_class"), Literal(ifc_class))), Op("=", (Property("tag"), Literal(tag)))))
    (found,) = services.store.search("elements", Query(filter=test)).features
    return found.id


def test_systems_are_listed_with_their_counts(answers: Answers) -> None:
    found = answers.systems()
    (model,) = found["models"]
    assert (model["id"], model["elements"], model["connections"], model["placed"]) == ("mep", 529, 541, True)
    power = next(one for one in found["systems"] if one["name"] == "Low Voltage Distribution")
    assert power["roles"]["board"] == 16
    assert power["roles"]["terminal"] > 40  # of its circuits
    assert found["circuits"] == 32
    assert {one["code"] for one in model["findings"]} <= {"NET-001"}


def test_a_closed_valve_leaves_the_rooms_of_its_zone_without_service(services: Services, answers: Answers) -> None:
    found = answers.isolate([marked(services, "CHWS-C-01", "IfcValve")])
    assert {one["tag"] for one in found["isolated"]} == {"C-01", "CHWS-C-01", "CHWR-C-01"}
    unit = marked(services, "C-01", "IfcUnitaryEquipment")
    assert all(one["because"] == [unit] for one in found["dependent"])
    diffusers = {one["id"] for one in found["dependent"] if one["class"] == "IfcAirTerminal"}
    assert len(diffusers) == 4
    assert sum(one["elements"] for one in found["spaces"]) == 4
    for room in found["spaces"]:
        assert (room["id"].split(":")[0], room["storey"]) == ("arch", "L1")


def test_rooms_by_place_are_those_whose_floor_and_box_hold_the_element(services: Services, answers: Answers) -> None:
    """Without the tree: for every diffuser, footprints around it and levels beside it."""
    found = answers.graph("mep")
    rooms = services.store.search("spaces", Query(limit=1000)).features
    terminals = [one for one in found["elements"] if one["class"] == "IfcAirTerminal"]
    flat = transform("EPSG:2326", "OGC:CRS84").points(np.array([one["at"][:2] for one in terminals]))
    for one, (lon, lat) in zip(terminals, flat, strict=True):
        inside = {room.id for room in rooms if room.geometry is not None and room.geometry.intersects(shapely.Point(lon, lat))
                  and room.properties["base_level"] - 1 <= one["at"][2] <= room.properties["top_level"] + 1}
        assert set(one["spaces"]) <= inside
        assert bool(one["spaces"]) == bool(inside)


def test_lines_lie_on_the_grid_and_in_degrees_in_the_same_place(services: Services, answers: Answers) -> None:
    lines = answers.trace([marked(services, "01", "IfcChiller")])["lines"]
    assert lines["coordRefSys"] == "EPSG:2326+5738"
    assert len(lines["features"]) > 40
    grid = np.array([one["place"]["coordinates"][0] for one in lines["features"]])
    degrees = np.array([one["geometry"]["coordinates"][0] for one in lines["features"]])
    assert transform("EPSG:2326+5738", "OGC:CRS84h").points(grid) == pytest.approx(degrees, abs=1e-6)
    assert (grid[:, 0] > 811_000).all()


def test_a_unit_is_shut_off_by_its_two_valves_and_its_breaker(services: Services, answers: Answers) -> None:
    found = answers.shut_off(marked(services, "N-01", "IfcUnitaryEquipment"))
    closed = {one["medium"]: {valve["tag"] for valve in one["nearest"]} for one in found["media"]}
    assert closed["pipe/CHILLEDWATER"] == {"CHWS-N-01", "CHWR-N-01"}
    assert closed["cable"] == {"N-01/4"}


def test_a_breaker_leaves_its_lights_and_their_rooms_dark(services: Services, answers: Answers) -> None:
    found = answers.isolate([marked(services, "C-02/1", "IfcProtectiveDevice")])
    assert {one["class"] for one in found["isolated"]} == {"IfcLightFixture"}
    assert {one["tag"].rsplit(".", 1)[0] for one in found["isolated"]} == {"C-02.L1"}
    assert not found["dependent"]
    assert found["spaces"]


def test_the_board_of_the_plant_is_the_worst_single_point_of_failure(answers: Answers) -> None:
    found = answers.failures("mep", 3)
    assert found["elements"][0]["symbol"] == "switchboard"
    assert [one["serves"] for one in found["elements"]] == sorted((one["serves"] for one in found["elements"]), reverse=True)


def test_assets_are_named_and_asked_by_their_tag(services: Services) -> None:
    valve = marked(services, "CHWS-N-01", "IfcValve")
    fields = tuple(Field(name, indexed=True) for name in ("tag", "name", "element", "status"))
    register = Collection("asset-register", {"en": "Assets"}, Schema(fields), "OGC:CRS84", kind=Kind.BIM)
    asset = Feature("a-0123456789ab", None, {"tag": "T1-V-0001", "name": "Valve", "element": valve, "status": "in-service"})
    with services.store.transaction() as change:
        change.create(register)
        change.write("asset-register", [asset])
    try:
        for asked in ("T1-V-0001", "a-0123456789ab"):
            (closed,) = Answers(services, ANYBODY).isolate([asked])["closed"]
            assert (closed["id"], closed["asset"]["tag"]) == (valve, "T1-V-0001")
        with services.store.transaction() as change:
            change.describe(replace(register, public=False))
        assert Answers(services, ANYBODY).isolate([valve])["closed"][0]["asset"] is None
        with pytest.raises(NotFound):
            Answers(services, ANYBODY).isolate(["T1-V-0001"])
    finally:
        with services.store.transaction() as change:
            change.drop("asset-register")


def test_inference_is_a_network_of_its_own_and_says_what_it_bridged(services: Services) -> None:
    stated, inferred = Answers(services, ANYBODY), Answers(services, ANYBODY, 5.0)
    assert inferred.systems()["inferred_within_mm"] == 5.0
    more = [one for one in inferred.graph("mep")["connections"] if one["by"] == "inferred"]
    assert more
    assert all(0 <= one["gap_mm"] <= 5 for one in more)
    assert not [one for one in stated.graph("mep")["connections"] if one["by"] == "inferred"]
    with pytest.raises(ValueInvalid):
        Answers(services, ANYBODY, 501.0)


def test_the_network_is_kept_until_a_model_changes(services: Services) -> None:
    before = site_network(services)
    with services.store.transaction() as change:
        change.write("elements", [services.store.search("elements", Query(limit=1)).features[0]])
    assert site_network(services) is before
    row = services.store.feature("models", "mep")
    with services.store.transaction() as change:
        change.write("models", [Feature("mep", None, dict(row.properties) | {"version": 2})])
    assert site_network(services) is not before


def test_elements_that_are_not_public_are_not_told(services: Services) -> None:
    elements = services.store.collection("elements")
    with services.store.transaction() as change:
        change.describe(replace(elements, public=False))
    try:
        with pytest.raises(AccessDenied):
            Answers(services, ANYBODY)
    finally:
        with services.store.transaction() as change:
            change.describe(elements)


def test_the_processes_answer_as_the_api_does(services: Services, answers: Answers) -> None:
    valve = marked(services, "CHWS-C-01", "IfcValve")
    found = run(services, "isolate", elements=[valve])
    assert found["isolation"] == answers.isolate([valve], lines=False)
    assert found["lines"]["features"]
    traced = run(services, "trace", elements=[valve], direction="upstream")
    assert traced["trace"]["elements"] == answers.trace([valve], "upstream")["elements"]


def test_the_verbs_say_the_same(services: Services, home: Path, answers: Answers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CSDI_HOME", str(home))
    valve = marked(services, "CHWS-C-01", "IfcValve")

    def said(*words: str) -> str:
        done = CliRunner().invoke(app, ["networks", *words])
        assert done.exit_code == 0, (done.output, done.exception)
        return done.stdout

    assert json.loads(said("isolate", valve, "--json"))["count"] == answers.isolate([valve])["count"]
    assert json.loads(said("trace", valve, "--json"))["count"] == answers.trace([valve])["count"]
    assert json.loads(said("failures", "mep", "--json"))["count"] == answers.failures("mep")["count"]
    assert json.loads(said("list", "--json"))["circuits"] == 32
    assert "CHWS-C-01" in said("shut-off", marked(services, "C-01", "IfcUnitaryEquipment"))
    said("schematic", "mep", "--out", str(tmp_path / "mep.svg"), "--lang", "zh-Hans")
    assert "系统图" in (tmp_path / "mep.svg").read_text(encoding="utf-8")


def test_rooms_of_a_model_without_a_place_are_told_by_its_shapes(tmp_path: Path) -> None:
    """Windows and doors of a real house that is nowhere on the grid, taken for terminals."""
    with open_services(read_settings(home=tmp_path)) as fresh:
        publish(fresh, corpus("ifc", "arch-fzk-haus-ifc4.ifc"), "house")
        rows = fresh.store.search("elements", Query(limit=1000)).features
        doors = [replace(element("D", "IfcFlowTerminal"), global_id=row.properties["global_id"]) for row in rows if row.properties["ifc_class"] == "IfcDoor"]
        elements = [replace(one, id=f"house:{one.global_id}", model="house") for one in doors]
        rooms = Rooms.of(fresh.store, fresh.blobs)
        for _ in range(2):
            found = rooms.around(elements, frozenset())
            assert sorted(len(found.get(one.id, ())) for one in elements) == [1] * 5
            assert {room for some in found.values() for room in some} <= {row.id for row in fresh.store.search("spaces", Query(limit=100)).features}
        assert not any(Rooms.of(fresh.store).around(elements, frozenset()).values())
