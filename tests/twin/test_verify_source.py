"""Tiles against the rows they were made from: of models in every version, and of cities."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from csdi.bootstrap import Services, open_services
from csdi.feature import Feature
from csdi.jobs import StepContext
from csdi.layers import add_layers
from csdi.query import Query
from csdi.settings import read_settings
from csdi.store.base import scan
from ogc_api.cli import app
from tests.twin.strange_models import write
from twin import tasks
from twin.city import City
from twin.city.subtrees import _child_bits, _encoded, _tile_bits, subtrees
from twin.verify import inspect_tileset, verify_city, verify_model, versions_asked
from twin.versions import of_model

SMALL = Path(__file__).parents[2] / "sample_models" / "small"
Json = dict[str, Any]


def add(path: Path, model: str, job: str) -> None:
    with open_services(read_settings()) as services:
        args = {"model": model, "file": path.name, "blob": services.blobs.put_file(path), "title": {}}
    taken = tasks.take_in(args, StepContext(job=job, previous=None))
    made = tasks.make_tiles(args, StepContext(job=job, previous=taken))
    tasks.publish(args, StepContext(job=job, previous=made))


@pytest.fixture(autouse=True)
def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    monkeypatch.setenv("CSDI_HOME", str(tmp_path / "home"))
    with open_services(read_settings()) as opened:
        yield opened


def findings(services: Services, model: str, version: int = 1) -> list[Any]:
    return [finding for one in verify_model(services, model, version) for finding in one.findings]


def run(*words: str) -> tuple[int, Any]:
    done = CliRunner().invoke(app, ["twin", *words, "--json"])
    return done.exit_code, json.loads(done.stdout) if done.stdout else done.exception


def changed_row(services: Services, model: str, change: Callable[[Json], Json]) -> str:
    """One row of an element with a shape becomes another."""
    row = next(row for row in scan(services.store, "elements", Query(filter=of_model(model))) if row.properties["has_shape"])
    with services.store.transaction() as writing:
        writing.write("elements", [Feature(row.id, row.geometry, {**row.properties, **change(dict(row.properties))})])
    return row.id


def test_every_version_of_a_model_is_what_its_rows_say(services: Services, tmp_path: Path) -> None:
    text = (SMALL / "terminal-mep.ifc").read_text()
    add(SMALL / "terminal-mep.ifc", "mep", "one")
    fewer, count = re.subn(r"#\d+=\s*IFCPIPESEGMENT\([^;]*;\n", "", text, count=1)
    assert count == 1
    renamed, count = re.subn(r"(IFCPUMP\('[^']+',[^,]*,)'[^']*'", r"\1'another name'", fewer, count=1)
    assert count == 1
    (tmp_path / "second.ifc").write_text(renamed)
    add(tmp_path / "second.ifc", "mep", "two")
    assert versions_asked(services, "mep") == [2, 1]
    first, second = (next(iter(verify_model(services, "mep", version))) for version in (1, 2))
    assert first.findings == second.findings == []
    assert len(first.inspection.features) == len(second.inspection.features) + 1


@pytest.mark.parametrize(("change", "code"), [
    (lambda p: {"box": [p["box"][0] + 0.02, *p["box"][1:]]}, "TIL-203"),
    (lambda p: {"box": [*p["box"][:5], p["box"][5] - 0.02]}, "TIL-203"),
    (lambda p: {"name": "something else"}, "TIL-204"),
    (lambda p: {"storey_name": "another"}, "TIL-204"),
    (lambda p: {"has_shape": False}, "TIL-202"),
])
def test_a_row_that_says_otherwise_is_found(services: Services, change: Callable[[Json], Json], code: str) -> None:
    add(SMALL / "carpark.ifc", "carpark", "one")
    assert findings(services, "carpark") == []
    id = changed_row(services, "carpark", change)
    assert {(one.code, one.subject) for one in findings(services, "carpark")} == {(code, id)}


def test_an_element_that_is_not_drawn_is_found_unless_the_model_says_why(services: Services) -> None:
    add(SMALL / "carpark.ifc", "carpark", "one")
    row = next(row for row in scan(services.store, "elements", Query(filter=of_model("carpark"))) if row.properties["has_shape"])
    with services.store.transaction() as writing:
        writing.write("elements", [Feature("carpark:other", row.geometry, row.properties)])
    assert {(one.code, one.subject) for one in findings(services, "carpark")} == {("TIL-201", "carpark:other")}
    model = services.store.feature("models", "carpark")
    with services.store.transaction() as writing:
        writing.write("models", [Feature("carpark", model.geometry, {**model.properties, "findings": [
            {"code": "TIL-003", "severity": "error", "subject": "carpark:other"}]})])
    assert findings(services, "carpark") == []


def test_an_element_without_area_is_told_and_needs_not_be_drawn(services: Services, tmp_path: Path) -> None:
    add(write("one-triangle-without-area", tmp_path), "strange", "one")
    told = [one for one in services.store.feature("models", "strange").properties["findings"] if one["code"] == "TIL-003"]
    assert [(one["subject"], one["severity"]) for one in told] == [("strange:000000000000000000000A", "warning")]
    assert findings(services, "strange") == []


def test_reasons_beyond_those_that_a_model_keeps_count_too(services: Services, tmp_path: Path) -> None:
    add(write("one-triangle-without-area", tmp_path), "strange", "one")
    model = services.store.feature("models", "strange")
    with services.store.transaction() as writing:
        writing.write("models", [Feature("strange", model.geometry, {**model.properties, "findings": []})])
    assert findings(services, "strange") == []


def test_what_the_model_states_of_its_tiles_is_held_against_them(services: Services) -> None:
    add(SMALL / "carpark.ifc", "carpark", "one")
    model = services.store.feature("models", "carpark")
    tiles = model.properties["tiles"]
    said = {**tiles, "bodies": {**tiles["bodies"], "triangles": tiles["bodies"]["triangles"] // 2, "residual_m": 0.5}}
    with services.store.transaction() as writing:
        writing.write("models", [Feature("carpark", model.geometry, {**model.properties, "tiles": said})])
    assert {one.code for one in findings(services, "carpark")} == {"TIL-206", "TIL-207"}


def test_tiles_of_another_storey_are_found(services: Services) -> None:
    add(SMALL / "terminal-arch.ifc", "arch", "one")
    root = services.store.feature("models", "arch").properties["tileset"]
    document = json.loads(services.blobs.get(root))
    document["groups"] = document["groups"][1:] + document["groups"][:1]
    services.blobs.put_named(root, json.dumps(document).encode(), replace=True)
    assert {one.code for one in findings(services, "arch")} == {"TIL-205"}


def test_a_city_is_its_buildings_and_its_subtrees_are_what_is_there(services: Services) -> None:
    list(add_layers(services.store, services.blobs, SMALL / "city_buildings.gpkg"))
    city = City.of(services, services.store.collection("city_buildings"), None)
    plan = city.plan()
    assert verify_city(services, city, plan).findings == []
    here = f"{city.folder}/{plan.version}"
    ((root, data),) = subtrees(plan.tiles)
    broken = {
        "a level too deep": dict(subtrees([*plan.tiles, (1, 0, 0), (2, 0, 0), (3, 0, 0)]))[root],
        "content of no tile": _encoded(_tile_bits(root, [root]), _tile_bits(root, [root, (1, 1, 1)]), _child_bits(root, [])),
        "cut off": data[:-3],
        "a child of no tile": dict(subtrees([*plan.tiles, (3, 2, 2)]))[root],
    }
    for fault, changed in broken.items():
        services.blobs.put_named(f"{here}/subtrees/0/0/0.subtree", changed, replace=True)
        assert "TIL-109" in {one.code for one in verify_city(services, city, plan).findings}, fault


def test_the_command_verifies_all_and_ends_with_12_on_errors(services: Services) -> None:
    add(SMALL / "carpark.ifc", "carpark", "one")
    list(add_layers(services.store, services.blobs, SMALL / "city_buildings.gpkg"))
    code, told = run("verify", "--all")
    assert (code, told["sound"], len(told["tilesets"])) == (0, True, 3)
    assert run("verify", "carpark", "--version", "1")[0] == 0
    changed_row(services, "carpark", lambda p: {"name": "something else"})
    code, told = run("verify", "carpark")
    assert (code, told["sound"]) == (12, False)
    assert [one["code"] for one in told["tilesets"][0]["findings"]] == ["TIL-204"]


@pytest.mark.parametrize("words", [("verify",), ("verify", "carpark", "--all"), ("build",)])
def test_a_command_that_means_nothing_is_not_understood(words: tuple[str, ...]) -> None:
    assert CliRunner().invoke(app, ["twin", *words]).exit_code == 2


def test_tiles_that_are_gone_or_damaged_are_built_again_and_no_others(services: Services) -> None:
    add(SMALL / "carpark.ifc", "carpark", "one")
    before = services.store.feature("models", "carpark").properties
    files = [one.uri for one in inspect_tileset(services.blobs.get, before["tileset"]).contents]
    services.blobs.delete(files[0])
    services.blobs.put_named(files[1], b"damaged", replace=True)
    code, told = run("verify", "carpark")
    assert code == 12
    assert {one["code"] for one in told["tilesets"][0]["findings"]} >= {"TIL-103", "TIL-108"}
    code, (built,) = run("build", "carpark")
    assert (code, built["made"]) == (0, 2)
    assert run("verify", "carpark")[0] == 0
    assert services.store.feature("models", "carpark").properties == before
    assert run("build", "--all", "--city")[1][0]["made"] == 0


def test_models_and_folders_can_be_looked_into(services: Services, tmp_path: Path) -> None:
    add(SMALL / "carpark.ifc", "carpark", "one")
    code, (bodies, spaces) = run("inspect", "carpark")
    assert (code, bodies["findings"], spaces["features"]) == (0, [], 30)
    for name in services.blobs.names("tiles3d"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(services.blobs.get(name))
    code, (same,) = run("inspect", str(tmp_path / bodies["tileset"]))
    assert {name: same[name] for name in same if name not in ("tileset", "largest")} == \
        {name: bodies[name] for name in bodies if name not in ("tileset", "largest")}
    assert run("verify", str(tmp_path / bodies["tileset"]))[0] == 0
    assert "largest tiles" in CliRunner().invoke(app, ["twin", "inspect", "carpark"]).stdout
