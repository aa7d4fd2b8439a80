"""Storey plans of models in the store: published with the model, version by version, withdrawn with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from csdi.bootstrap import Services, open_services
from csdi.feature import Feature
from csdi.history import history_id
from csdi.jobs import StepContext
from csdi.settings import read_settings
from csdi.store.base import scan
from tests.ogc_api.site import SMALL
from twin import storey_plans, tasks

MODEL = SMALL / "terminal-arch.ifc"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CSDI_HOME", str(tmp_path / "home"))
    return tmp_path


def add(path: Path, job: str) -> Any:
    with open_services(read_settings()) as services:
        args = {"model": "arch", "file": path.name, "blob": services.blobs.put_file(path), "title": {}}
    made = tasks.make_tiles(args, StepContext(job=job, previous=tasks.take_in(args, StepContext(job=job, previous=None))))
    return tasks.publish(args, StepContext(job=job, previous=made))


@pytest.fixture
def services() -> Iterator[Services]:
    add(MODEL, "one")
    with open_services(read_settings()) as opened:
        yield opened


def plans(services: Services) -> dict[str, Feature]:
    return {row.id: row for row in scan(services.store, "storey-plans")}


def test_a_model_brings_the_plans_of_its_storeys(services: Services) -> None:
    found = plans(services)
    assert {row.properties["storey_name"] for row in found.values()} == {"B1", "GF", "L1", "L2", "L3", "RF"}
    assert {"space", "wall", "door", "door-swing", "stair", "tread", "furniture"} <= {row.properties["kind"] for row in found.values()}
    assert all(row.properties["since_version"] == 1 and row.properties["valid_from"] for row in found.values())


def test_a_wall_that_moves_is_the_only_thing_that_is_drawn_and_written_anew(services: Services, home: Path,
                                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    before = plans(services)
    text, count = re.subn(r"(IFCFURNITURE\('[^']+',[^,]*,)'[^']*'", r"\1'Moved bench'", MODEL.read_text(), count=1)
    assert count == 1
    (home / "second.ifc").write_text(text)
    drawn: list[tuple[int, int]] = []

    def told(*args: Any) -> tuple[int, int]:
        drawn.append(storey_plans.draw_plans(*args))
        return drawn[-1]

    monkeypatch.setattr(tasks, "draw_plans", told)
    add(home / "second.ifc", "two")
    after = plans(services)
    assert after.keys() == before.keys()
    changed = [id for id in after if after[id].properties != before[id].properties]
    assert [after[id].properties["name"] for id in changed] == ["Moved bench"]
    assert after[changed[0]].properties["since_version"] == 2
    assert drawn[0][0] == len(after)
    assert drawn[0][1] > 0.9 * len(after)
    past = list(scan(services.store, history_id("storey-plans")))
    assert [row.properties["feature"] for row in past] == changed


def test_the_same_file_again_changes_nothing(services: Services) -> None:
    before = plans(services)
    add(MODEL, "again")
    assert {id: row.properties for id, row in plans(services).items()} == {id: row.properties for id, row in before.items()}


def test_the_plans_go_with_their_model(services: Services) -> None:
    tasks.drop_model(services, "arch")
    assert plans(services) == {}
