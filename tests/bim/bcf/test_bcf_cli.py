"""`csdi bcf` at the shell."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from bim.bcf_cli import app
from csdi.errors import FileBroken
from tests.bim.bcf.schemas import TOPIC, made, small, written


def test_roundtrip_tells_what_went_through(tmp_path: Path) -> None:
    answer = CliRunner().invoke(app, ["roundtrip", str(written(tmp_path, made(small()))), str(tmp_path / "out.bcf"), "--json"])
    told = json.loads(answer.stdout)
    assert answer.exit_code == 0
    assert (told["whole"], told["topics"], told["viewpoints"], told["lost"], told["changed"]) == (True, 1, 1, [], [])


def test_roundtrip_into_another_version_tells_what_it_cannot_say(tmp_path: Path) -> None:
    source = written(tmp_path, made(small()))
    answer = CliRunner().invoke(app, ["roundtrip", str(source), str(tmp_path / "out.bcf"), "--version", "3.0"])
    assert answer.exit_code == 0
    assert "nothing is lost" in answer.stderr


def test_show_lists_topics(tmp_path: Path) -> None:
    answer = CliRunner().invoke(app, ["show", str(written(tmp_path, made(small()))), "--json"])
    assert [topic["guid"] for topic in json.loads(answer.stdout)["topics"]] == [TOPIC]
    assert "A title" in CliRunner().invoke(app, ["show", str(tmp_path / "archive.bcf")]).stdout


def test_a_broken_archive_writes_nothing(tmp_path: Path) -> None:
    source = written(tmp_path, made(small() | {f"{TOPIC}/markup.bcf": "<Markup>"}))
    answer = CliRunner().invoke(app, ["roundtrip", str(source), str(tmp_path / "out.bcf")])
    assert isinstance(answer.exception, FileBroken)
    assert not (tmp_path / "out.bcf").exists()
