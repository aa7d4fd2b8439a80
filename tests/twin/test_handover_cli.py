"""The verbs of handover, as a person at the shell uses them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from csdi.exits import FAILED
from tests.twin.register.conftest import rows
from tests.twin.test_assets_cli import put
from twin.assets_cli import assets
from twin.handover_cli import cobie


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CSDI_HOME", str(tmp_path / "home"))
    put(rows())
    assert CliRunner().invoke(assets, ["build", "--json"]).exit_code == 0
    return tmp_path


def test_a_csv_goes_out_is_changed_looked_at_and_applied(folder: Path) -> None:
    path = str(folder / "a.csv")
    assert CliRunner().invoke(assets, ["export", "--where", "asset_class = 'pump'", "--columns", "tag,condition", "--out", path]).exit_code == 0
    text = Path(path).read_text("utf-8-sig").splitlines()
    assert text[1] == "id,revision,tag,condition"
    Path(path).write_text("\n".join([*text[:2], text[2] + "4", text[3] + "9"]))
    looked = CliRunner().invoke(assets, ["import", path, "--json"])
    assert (looked.exit_code, json.loads(looked.stdout)["counts"]["changed"]) == (FAILED, 1)
    done = CliRunner().invoke(assets, ["import", path, "--apply", "--leave-out", "--why", "survey", "--json"])
    assert json.loads(done.stdout)["applied"]
    tag = text[2].split(",")[2]
    assert json.loads(CliRunner().invoke(assets, ["history", tag, "--json"]).stdout)[0]["why"] == "survey"


def test_a_bulk_edit_is_shown_and_made_when_told_to(folder: Path) -> None:
    words = ["bulk", "criticality=5", "properties.note=seen", "--where", "asset_class = 'pump'", "--json"]
    assert json.loads(CliRunner().invoke(assets, words).stdout)["counts"]["changed"] == 2
    done = json.loads(CliRunner().invoke(assets, [*words, "--apply"]).stdout)
    assert done["applied"]
    assert json.loads(CliRunner().invoke(assets, words).stdout)["counts"]["unchanged"] == 2
    back = CliRunner().invoke(assets, ["bulk", "--take-back", done["batch"], "--apply"])
    assert "2 changed" in back.output
    assert json.loads(CliRunner().invoke(assets, words).stdout)["counts"]["changed"] == 2


def test_cobie_is_written_checked_and_taken_in(folder: Path) -> None:
    path = str(folder / "c.xlsx")
    assert CliRunner().invoke(cobie, ["export", "--out", path, "--author", "fm@site.example"]).exit_code == 0
    checked = CliRunner().invoke(cobie, ["check", path, "--html", str(folder / "c.html"), "--lang", "zh-Hans", "--json"])
    assert (checked.exit_code, json.loads(checked.stdout)["valid"]) == (0, True)
    assert "没有错误" in (folder / "c.html").read_text("utf-8")
    taken = json.loads(CliRunner().invoke(cobie, ["import", path, "--json"]).stdout)
    assert taken["counts"]["unchanged"] == 4
