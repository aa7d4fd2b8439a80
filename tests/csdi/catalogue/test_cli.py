"""`csdi records`: what a person does with the catalogue at the shell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from csdi.errors import CsdiError
from ogc_api.cli import app
from tests.csdi.catalogue.elsewhere import Shelf, serving

SMALL = Path(__file__).parents[3] / "sample_models" / "small"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CSDI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CSDI_OUTGOING_INTERNAL", "1")
    assert run("layers", "add", SMALL / "roads.geojson").exit_code == 0
    return tmp_path


def run(*arguments: Any) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments])


def answer(*arguments: Any) -> Any:
    done = run(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def refusal(*arguments: Any) -> CsdiError:
    error = run(*arguments).exception
    assert isinstance(error, CsdiError), error
    return error


def test_a_record_goes_out_as_yaml_and_comes_back_edited(home: Path) -> None:
    before = answer("records", "list")[0]["completeness"]
    document = yaml.safe_load(run("records", "show", "roads", "--yaml").stdout)
    document["title"]["zh-Hant"] = "道路"
    document["contacts"] = [{"name": "陳大文", "email": "a@b.hk"}]
    file = home / "roads.yaml"
    file.write_text(yaml.safe_dump(document, allow_unicode=True))
    assert answer("records", "edit", "roads", "--file", file)["completeness"]["score"] > before
    shown = answer("records", "show", "roads")
    assert (shown["title"], shown["contacts"][0]["name"]) == ({"en": "roads", "zh-Hant": "道路"}, "陳大文")
    assert [one["id"] for one in answer("records", "list", "--q", "道路")] == ["roads"]
    file.write_text("licence: free\n")
    answer("records", "edit", "roads", "--file", file)
    assert answer("records", "show", "roads")["contacts"]
    answer("records", "edit", "roads", "--file", file, "--replace")
    assert "contacts" not in answer("records", "show", "roads")
    answer("records", "edit", "roads", "--reset")
    assert answer("records", "list")[0]["completeness"] == before


def test_a_record_is_shown_as_iso_and_dcat_and_for_people(home: Path) -> None:
    assert "<gmd:MD_Metadata" in run("records", "show", "roads", "--iso").stdout
    assert json.loads(run("records", "show", "roads", "--dcat").stdout)["@type"] == "dcat:Dataset"
    assert "completeness" in run("records", "show", "roads").stdout


def test_what_cannot_be_is_told_with_its_name_and_line(home: Path) -> None:
    file = home / "bad.yaml"
    file.write_text("title: x\nlicence: [")
    assert "bad.yaml, line 2" in refusal("records", "edit", "roads", "--file", file).message
    file.write_text("titel: x")
    assert refusal("records", "edit", "roads", "--file", file).data["field"] == "titel"
    file.write_bytes(b"title: \xff")
    assert refusal("records", "edit", "roads", "--file", file).code == "input-invalid"
    assert refusal("records", "edit", "roads", "--file", home / "none.yaml").code == "path-missing"
    assert refusal("records", "edit", "roads").data["field"] == "file"
    assert refusal("records", "show", "none").code == "feature-missing"
    assert refusal("records", "forget", "none").code == "feature-missing"
    assert refusal("records", "harvest", home / "none.json").code == "path-missing"
    assert refusal("records", "harvest", home / "none.json", "--kind", "wfs").data["field"] == "kind"
    assert refusal("records", "harvest", home / "none.json", "--kind", "dcat", "--id", "A b").data["field"] == "id"


def test_a_catalogue_is_harvested_again_by_its_id_and_forgotten(home: Path) -> None:
    shelf = Shelf(names=["a", "b", "c"])
    with serving(shelf) as base:
        (first,) = answer("records", "harvest", f"{base}/ogc", "--id", "bus")
        assert (first["kind"], first["added"]) == ("records", 3)
        shelf.names = ["a", "b"]
        (again,) = answer("records", "harvest", "bus")
        assert (again["unchanged"], again["removed"]) == (2, 1)
        (everything,) = answer("records", "harvest")
        assert everything["unchanged"] == 2
        shelf.names, shelf.broken = [f"n{i}" for i in range(200)], True
        assert run("records", "harvest", "bus").exit_code == 10
    assert [one["id"] for one in answer("records", "sources")] == ["bus"]
    assert {one["source"] for one in answer("records", "list", "--source", "bus")} == {"bus"}
    assert run("records", "forget", "bus").exit_code == 0
    assert [one["id"] for one in answer("records", "list")] == ["roads"]


def test_addresses_inside_the_network_need_the_setting(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CSDI_OUTGOING_INTERNAL")
    with serving(Shelf()) as base:
        assert "CSDI_OUTGOING_INTERNAL" in refusal("records", "harvest", f"{base}/ogc").remedy
