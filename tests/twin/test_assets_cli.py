"""The verbs of the register, as a person at the shell uses them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bim.schemas import bim_collections
from csdi.bootstrap import open_services
from csdi.errors import AssetInvalid, NotFound, ValueInvalid
from csdi.settings import read_settings
from tests.twin.register.conftest import element, rows
from twin.assets_cli import assets, patch_of

Verb = Callable[..., Any]


def put(parts: dict[str, Any]) -> None:
    with open_services(read_settings()) as services, services.store.transaction() as change:
        for collection in bim_collections():
            change.replace(collection, parts.get(collection.id, []))


@pytest.fixture
def verb(tmp_path: Path) -> Iterator[Verb]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CSDI_HOME", str(tmp_path / "home"))
        put(rows())

        def run(*words: str) -> Any:
            done = CliRunner().invoke(assets, [*words, "--json"])
            if done.exception is not None and not isinstance(done.exception, SystemExit):
                raise done.exception
            return json.loads(done.stdout)
        yield run


def test_a_register_is_built_searched_edited_and_looked_back_on(verb: Verb) -> None:
    assert [one["assets"] for one in verb("build")] == [4]
    (pump,) = verb("find", "冷水泵")["assets"]
    before = verb("show", pump["tag"])
    now = verb("edit", pump["tag"], "condition=4", "properties.power=5500", "--why", "noise")
    assert (now["condition"], now["properties"]["power"], now["revision"]) == (4, 5500, 2)
    last = verb("history", pump["tag"])[0]
    assert last["why"] == "noise"
    assert verb("show", pump["tag"], "--as-of", before["valid_from"])["condition"] is None
    assert verb("replace", pump["tag"], "serial=N-2")["serial"] == "N-2"
    verb("restore", pump["tag"], "--to", str(last["number"]))
    assert verb("show", pump["tag"])["serial"] == "SN-1"
    assert verb("retire", pump["tag"])["status"] == "retired"
    assert verb("create", "asset_class=fire-extinguisher", "serial=E-7")["tag"] == "FEX-0001"
    assert verb("verify")["right"]


def test_proposals_are_listed_and_decided_in_bulk(verb: Verb) -> None:
    verb("build")
    parts = rows()
    parts["elements"] = [element("P2", "IfcPump", "Moved", 90.0), element("F1", "IfcFan", "Fan"), *parts["elements"][:1], *parts["elements"][2:4]]
    put(parts)
    assert verb("build", "m")[0]["proposals"] == 3
    assert {one["kind"] for one in verb("proposals")} == {"moved", "new", "removed"}
    assert len(verb("reject", "--kind", "removed")) == 1
    assert len(verb("accept", "--all")) == 2
    assert verb("proposals") == []
    with pytest.raises(ValueInvalid, match="no proposal is named"):
        verb("accept")


def test_what_cannot_be_is_refused(verb: Verb) -> None:
    verb("build")
    with pytest.raises(AssetInvalid):
        verb("edit", "PT1-L2-PMP-0001", "condition=9")
    with pytest.raises(NotFound):
        verb("show", "NO-TAG")


def test_a_history_that_was_tampered_with_is_told(verb: Verb) -> None:
    verb("build")
    assert not verb("verify", "--head", "0" * 64)["right"]


def test_rules_are_shown(verb: Verb) -> None:
    assert {one["key"] for one in verb("rules")["classes"]} > {"pump", "lift"}


@pytest.mark.parametrize("words, expected", [
    (["a=1", "b=x y", "c="], {"a": 1, "b": "x y", "c": None}), (["p.q=true", "p.r=[1]"], {"p": {"q": True, "r": [1]}}), (["d=2027-01-31"], {"d": "2027-01-31"})])
def test_words_are_a_patch(words: list[str], expected: dict[str, Any]) -> None:
    assert patch_of(words) == expected


@pytest.mark.parametrize("word", ["a", "=1"])
def test_a_word_that_is_no_change_is_refused(word: str) -> None:
    with pytest.raises(ValueInvalid):
        patch_of([word])
