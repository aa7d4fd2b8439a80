"""The network of a site while models, paths, closures and assets change; and the verbs at the shell."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import sample_models
from csdi.access import ANYBODY, Principal, Role
from csdi.bootstrap import Services, open_services
from csdi.collection import Collection
from csdi.errors import AccessDenied, Conflict, NotFound, SettingsInvalid, ValueInvalid
from csdi.feature import Feature, Field, FieldType, Schema
from csdi.layers import LayerOptions, add_layers
from csdi.settings import read_settings
from ogc_api.cli import app
from sample_models.layout import Layout
from tests.corpus import corpus
from tests.taking_in import take_in
from twin import tasks
from twin.register.keeping import Register
from twin.register.schemas import ASSETS
from twin.wayfinding.asking import Asking, Wish
from twin.wayfinding.closures import close, closures, reopen
from twin.wayfinding.keeping import WaysCache, network_of_model
from twin.wayfinding.profiles import FILE, read_rules

TERMINAL = Path(sample_models.__file__).parent / "small" / "terminal-arch.ifc"
EDITOR = Principal("tester", Role.EDITOR)
UP = Wish("Baggage Basement South", "Check-in Hall North", "barrier-free")


def add(path: Path, model: str, job: str) -> None:
    with open_services(read_settings()) as services:
        take_in(services, path, model, job)


@pytest.fixture
def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    monkeypatch.setenv("CSDI_HOME", str(tmp_path / "home"))
    add(TERMINAL, "terminal", "one")
    with open_services(read_settings()) as opened:
        yield opened


def lifts(found: dict[str, Any]) -> set[str]:
    return {leg["properties"]["passage"] for leg in found["features"] if leg["properties"]["mode"] == "lift"}


def layer(services: Services, id: str, fields: tuple[str, ...], keywords: tuple[str, ...] = ()) -> None:
    schema = Schema((*(Field(name, FieldType.STRING, {"en": name}) for name in fields),), geometry="geometry")
    with services.store.transaction() as change:
        change.create(Collection(id, {"en": id}, schema, "EPSG:2326", keywords=keywords))


def test_the_network_is_made_once_for_each_version_of_a_model(services: Services) -> None:
    cache = WaysCache(services)
    first = cache.current()
    (kept,) = services.blobs.names("wayfinding/terminal")
    layer(services, "unrelated", ("name",))
    assert cache.current().router is first.router
    add(corpus("ifc", "arch-fzk-haus-ifc4.ifc"), "house", "two")
    both = cache.current()
    assert both.router is not first.router
    assert {space.model for space in both.router.network.spaces} == {"terminal", "house"}
    assert list(services.blobs.names("wayfinding/terminal")) == [kept]
    add(corpus("ifc", "geo-duplex-georeferenced-ifc2x3.ifc"), "house", "three")
    assert len([space for space in cache.current().router.network.spaces if space.model == "house"]) == 21
    assert len(list(services.blobs.names("wayfinding/house"))) == 1
    tasks.drop_model(services, "house")
    assert {space.model for space in cache.current().router.network.spaces} == {"terminal"}
    with pytest.raises(NotFound):
        network_of_model(services, "house")


def test_a_damaged_network_is_made_again(services: Services) -> None:
    whole = WaysCache(services).current().router.network.counts
    (kept,) = services.blobs.names("wayfinding/terminal")
    services.blobs.put_named(kept, b"damaged", replace=True)
    assert WaysCache(services).current().router.network.counts == whole


def test_a_model_of_which_nothing_is_kept_is_named(services: Services) -> None:
    row = services.store.feature("models", "terminal")
    with services.store.transaction() as change:
        change.write("models", [Feature("older", None, {**row.properties, "kept": None})])
    found = Asking.of(services, EDITOR).check()
    assert [one["id"] for one in found["without_network"]] == ["older"]
    assert found["counts"]["spaces"] == 157


def test_a_model_without_a_place_has_routes_in_its_own_frame(services: Services) -> None:
    add(corpus("ifc", "geo-duplex-georeferenced-ifc2x3.ifc"), "house", "two")
    asking = Asking.of(services, EDITOR)
    if "house" not in asking.ways.router.network.local:
        pytest.skip("this house was given a place")
    ids = [space.id for space in asking.ways.router.network.spaces if space.model == "house"]
    cut = {one["id"] for one in asking.check(("house",))["cut_off"]["walking"]}
    assert cut >= set(ids), "the terminal is the larger part"
    linked = [one for one in ids if len(asking.ways.router.points_of(asking.ways.router.spaces[one]))]
    found = asking.route(Wish(linked[0], linked[1]))
    assert all(leg["geometry"] is None and leg["properties"]["line"] for leg in found["features"])
    assert found["route"]["metres"] > 0


def test_closures_hold_for_their_time_and_keep_their_history(services: Services) -> None:
    asking = Asking.of(services, EDITOR)
    (lift,) = lifts(asking.route(UP))
    now = datetime.now(UTC)
    coming = asking.close(lift, "works", now + timedelta(days=1), now + timedelta(days=2))
    asking = Asking.of(services, EDITOR)
    assert lifts(asking.route(UP)) == {lift}
    assert lifts(asking.route(Wish(UP.begin, UP.end, UP.profile, at=now + timedelta(days=1.5)))) != {lift}
    assert lifts(asking.route(Wish(UP.begin, UP.end, UP.profile, at=now + timedelta(days=3)))) == {lift}
    ended = reopen(services.store, "tester", coming.id, coming.revision, now + timedelta(days=1.1))
    with pytest.raises(Conflict):
        reopen(services.store, "somebody", coming.id, coming.revision)
    assert closures(services.store) == [ended]
    entries = [entry for entry in Register(services.store).entries() if entry.collection == "asset-closures"]
    assert [(entry.what, entry.who, entry.why) for entry in entries] == [("closed", "tester", "works"), ("reopened", "tester", "")]


def test_what_is_no_passage_and_times_that_end_before_they_begin_are_refused(services: Services) -> None:
    asking = Asking.of(services, EDITOR)
    with pytest.raises(NotFound, match="no door"):
        asking.close("terminal:nothing")
    with pytest.raises(AccessDenied):
        Asking.of(services, ANYBODY).close(asking.ways.router.network.passages[0].id)
    now = datetime.now(UTC)
    with pytest.raises(ValueInvalid, match="ends after"):
        close(services.store, "tester", "x", "", now, now - timedelta(hours=1))


def test_an_asset_that_is_out_of_service_is_not_used(services: Services) -> None:
    asking = Asking.of(services, EDITOR)
    (lift,) = lifts(asking.route(UP))
    register = Register(services.store)
    with register.writing("tester") as writing:
        writing.add(ASSETS, Feature("a-000000000001", None, {"tag": "LFT-1", "asset_class": "lift", "ifc_class": "IfcTransportElement",
                                                             "element": lift, "status": "in-service"}))
    asking = Asking.of(services, EDITOR)
    assert lifts(asking.route(UP)) == {lift}
    assert asking.route(Wish("Fire Pump Room", "LFT-1"))["route"]["to"]["id"] == lift
    assert asking.route(Wish("Fire Pump Room", "class:lift"))["route"]["to"]["id"] == lift
    with pytest.raises(NotFound):
        Asking.of(services, ANYBODY).route(Wish("Fire Pump Room", "LFT-1"))
    with register.writing("tester") as writing:
        writing.edit(ASSETS, "a-000000000001", {"status": "under-repair"})
    assert lifts(Asking.of(services, EDITOR).route(UP)) != {lift}


def test_layers_of_paths_are_found_by_their_keyword_and_read_whatever_their_fields_are_called(services: Services) -> None:
    import shapely
    layer(services, "walkways", ("FeatureType", "Name_EN", "Name_TC", "WheelchairBarrier"), ("Pedestrian",))
    layer(services, "roads", ("other",))
    said = {"FeatureType": "Staircase", "Name_EN": "Harbour Steps", "Name_TC": "海港梯級", "WheelchairBarrier": "Y"}
    with services.store.transaction() as change:
        change.write("walkways", [Feature("1", shapely.LineString([(811300.0, 819500.0), (811310.0, 819500.0)]), said)])
    ways = WaysCache(services).current()
    (path,) = [one for one in ways.router.network.passages if one.id == "walkways:1"]
    assert (str(path.mode), path.called("en"), path.called("zh-Hant"), path.accessible) == ("stair", "Harbour Steps", "海港梯級", False)
    assert [id for id, _ in ways.missing] == ["roads"]


def test_an_installation_has_profiles_of_its_own(services: Services) -> None:
    own = {"profiles": [{"id": "robot", "title": {"en": "Robot"}, "speeds": {"walk": 0.5, "door": 0.5, "lift": 1.0, "boarding": 0.5},
                         "least_door_width_m": 0.7}]}
    (services.settings.home / FILE).write_text(json.dumps(own))
    asking = Asking.of(services, EDITOR)
    assert list(asking.ways.rules.profiles) == ["robot"]
    assert asking.route(Wish(UP.begin, UP.end, "robot"))["route"]["profile_title"] == "Robot"
    (services.settings.home / FILE).write_text('{"profiles": [{"id": "x", "title": {}, "speeds": {"fly": 3}}]}')
    with pytest.raises(SettingsInvalid, match="fly"):
        read_rules(services.settings.home)


@pytest.mark.usefixtures("services")
def test_at_the_shell(tmp_path: Path) -> None:
    def run(*words: str) -> str:
        done = CliRunner().invoke(app, ["routes", *words])
        assert done.exit_code == 0, (done.output, done.exception)
        return done.stdout if "--json" in words else done.output

    assert "Start at Baggage Basement South." in run("find", UP.begin, UP.end, "--profile", "barrier-free")
    found = json.loads(run("find", UP.begin, UP.end, "--profile", "barrier-free", "--lang", "zh-Hans", "--json"))
    assert found["route"]["steps"][0] == "从南行李地庫出发。"
    (lift,) = lifts(found)
    made = json.loads(run("close", lift, "--reason", "inspection", "--json"))
    assert lift not in lifts(json.loads(run("find", UP.begin, UP.end, "--profile", "barrier-free", "--json")))
    assert json.loads(run("closures", "--json")) == [made]
    run("reopen", made["id"])
    assert lifts(json.loads(run("find", UP.begin, UP.end, "--profile", "barrier-free", "--json"))) == {lift}
    assert "0 of 157 spaces have no way to an exit" in run("evacuation")
    assert "157 spaces, 146 doors, 14 exits" in run("check", "terminal")
    assert "Fire Pump Room" in run("reach", "Fire Pump Room", "--minutes", "1")
    run("network", "--out", str(tmp_path / "ways.geojson"))
    run("network", "--out", str(tmp_path / "ways"))
    assert len(json.loads((tmp_path / "ways.geojson").read_text())["features"]) > 1000
    assert (tmp_path / "ways" / "points.csv").read_text().startswith("point,easting,northing,mpd")


def test_from_the_footpath_before_the_terminal_one_goes_in_and_rolls_to_the_gate(services: Services) -> None:
    (done,) = add_layers(services.store, services.blobs, TERMINAL.parent / "footpaths.geojson", LayerOptions(keywords=("pedestrian",)))
    assert done.error is None
    layout = Layout(0.1)
    start = "{:.3f},{:.3f}".format(*layout.to_grid(120.0, 0.0))
    found = Asking.of(services, EDITOR).route(Wish(start, "Gate Lounge N12", "barrier-free"))
    modes = [leg["properties"]["mode"] for leg in found["features"]]
    assert modes.index("outdoor") < modes.index("lift")
    assert not {"stair", "escalator"} & set(modes)
    (entrance,) = (leg["properties"]["instruction"] for leg in found["features"] if leg["properties"]["mode"] == "entrance")
    assert "Entrance Arrivals Hall" in entrance
