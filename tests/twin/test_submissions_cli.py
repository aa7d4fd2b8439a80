"""Submissions at the shell: from a file to a signed report, and a trail that tells who meddled with it."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ogc_api.cli import app
from tests.ogc_api.site import SMALL

Json = Any


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CSDI_HOME", str(tmp_path / "data"))
    return tmp_path / "data"


def run(*words: str, code: int = 0) -> str:
    """What a verb writes to stdout."""
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == code, (done.output, done.exception)
    return done.stdout


def told(*words: str, code: int = 0) -> Json:
    """What a verb says as JSON."""
    return json.loads(run(*words, code=code))


@pytest.mark.usefixtures("home")
def test_a_submission_goes_from_a_file_to_a_signed_report_at_the_shell(tmp_path: Path) -> None:
    made = told("submissions", "create", str(SMALL / "carpark.ifc"), "--title", "Car park", "--submit", "--json")
    assert (made["state"], made["models"][0]["name"]) == ("submitted", "carpark")
    subprocess.run([sys.executable, "-m", "ogc_api", "worker", "--idle-s", "1"], check=True, timeout=120, capture_output=True)
    assert told("submissions", "show", made["id"], "--json")["state"] == "checked"
    for row in told("submissions", "findings", made["id"], "--json"):
        run("submissions", "decide", made["id"], row["id"], "waive", "--reason", "a sample")
    run("submissions", "comment", made["id"], "looks good")
    run("submissions", "lead", made["id"], "in-review")
    run("submissions", "report", made["id"], "--out", str(tmp_path / "report.json"))
    seal = told("audit", "verify", str(tmp_path / "report.json"), "--json")
    assert (seal["valid"], seal["ours"], seal["trail"]["intact"]) == (True, True, True)

    document = json.loads((tmp_path / "report.json").read_bytes())
    document["report"]["models"][0]["sha256"] = "0" * 64
    (tmp_path / "forged.json").write_text(json.dumps(document))
    assert not told("audit", "verify", str(tmp_path / "forged.json"), "--json", code=12)["valid"]
    assert told("audit", "verify", str(tmp_path / "report.json"), "--key", "0" * 64, "--json", code=12)["ours"] is False


def test_a_trail_that_was_changed_in_the_database_is_found_out(home: Path, tmp_path: Path) -> None:
    for title in "ABC":
        run("submissions", "create", str(SMALL / "carpark.ifc"), "--title", title)
    assert told("audit", "verify", "--json") == {"intact": True, "entries": 6, "head": told("audit", "verify", "--json")["head"]}
    run("audit", "trail", "--out", str(tmp_path / "trail.jsonl"))
    run("audit", "verify", str(tmp_path / "trail.jsonl"))
    with sqlite3.connect(home / "site.gpkg") as database:
        changed = database.execute("UPDATE audit_trail SET who = 'mallory' WHERE number = 3").rowcount
    database.close()
    assert changed == 1
    found = told("audit", "verify", "--json", code=12)
    assert (found["intact"], found["broken"]) == (False, 3)
    assert "broken at entry 3" in run("audit", "verify", code=12)
