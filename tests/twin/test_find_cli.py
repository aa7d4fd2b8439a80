"""`csdi assets find` at the shell."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

from bim.schemas import bim_collections
from csdi.bootstrap import open_services
from csdi.settings import read_settings
from tests.twin.register.conftest import element, rows
from twin.assets_cli import assets
from twin.register.building import build_model
from twin.register.keeping import Register
from twin.register.rule_files import default_rules

Verb = Callable[..., str]


@pytest.fixture(scope="module")
def find(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Verb]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CSDI_HOME", str(tmp_path_factory.mktemp("home") / "site"))
        parts = rows()
        parts["elements"].append(element("P3", "IfcPump", "Pump 03", 5.0))
        with open_services(read_settings()) as services:
            with services.store.transaction() as change:
                for collection in bim_collections():
                    change.replace(collection, parts.get(collection.id, []))
            build_model(Register(services.store), default_rules(), "m", "ann")

        def run(*words: str) -> str:
            done = CliRunner().invoke(assets, ["find", *words], env={"COLUMNS": "240"})
            if done.exception is not None and not isinstance(done.exception, SystemExit):
                raise done.exception
            assert done.exit_code == 0, done.output
            return done.stdout
        yield run


def elements(find: Verb, *words: str) -> list[Any]:
    return [one["element"] for one in json.loads(find(*words, "--json"))["assets"]]


def test_words_class_and_place(find: Verb) -> None:
    assert set(elements(find, "水泵")) == {"m:P1", "m:P2", "m:P3"}
    assert elements(find, "--class", "pump", "--storey", "L2", "--text", "Kowloon") == ["m:P1"]
    assert set(elements(find, "--class", "pump", "--of", "113.9,22.3,6", "--within", "10")) == {"m:P1", "m:P3"}


def test_the_nearest_first(find: Verb) -> None:
    near = json.loads(find("--class", "pump", "--of", "113.9,22.3,6", "--nearest", "2", "--json"))["assets"]
    assert [one["element"] for one in near] == ["m:P1", "m:P3"]
    assert near[1]["distance"] == pytest.approx(5.0, abs=0.05)


def test_a_table_for_people(find: Verb) -> None:
    shown = find("--selector", "IfcPump")
    assert shown.count("PMP") == 3
    assert shown.count("水泵") >= 3
