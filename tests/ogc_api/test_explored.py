"""The API as schemathesis sees it through its description: requests that follow it and requests that break it, thousands of them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.shell import Shell
from tests.ogc_api.site import SMALL

ROOT = Path(__file__).parents[2]
PATHS = (
    r"^/$|^/(conformance|openapi|collections)$|^/collections/(lots|terrain|elements)(/(schema|queryables|coverage\.tif|map/.*))?$",
    r"^/collections/(lots|terrain|utilities|elements)/items",
    r"^/collections/terrain/(coverage|coverage/schema|position|area|cube|radius|corridor|trajectory)$",
    r"^/collections/records(/(sortables|items.*))?$",
    r"^/tile|^/collections/(lots|elements)/tiles",
    r"^/(processes|processes/\{processID\}|jobs.*)$",
)
CASES = 3000


@pytest.mark.slow
def test_no_request_is_answered_otherwise_than_described(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "home")
    layers = [SMALL / name for name in ("lots.gpkg", "utilities.gpkg", "terrain.tif")]
    assert shell.run("layers", "add", *layers).returncode == 0
    assert shell.run("models", "add", SMALL / "carpark.ifc").returncode == 0
    with shell.serving(workers=2) as server:
        generated = sum(explore(f"{server.url}/ogc/openapi", pattern, tmp_path) for pattern in PATHS)
    assert generated >= CASES


def explore(description: str, paths: str, folder: Path, examples: int = 60) -> int:
    """How many requests were made to these paths; fails with the report when one was answered wrongly."""
    command = Path(sys.executable).with_name("schemathesis")
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "tests.ogc_api.explore", "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    done = subprocess.run([str(command), "run", description, "--phases", "coverage,fuzzing", "--max-examples", str(examples), "--workers", "1",
                           "--continue-on-failure", "--seed", "1", "--include-path-regex", paths], cwd=folder, env=environment,
                          capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    found = re.search(r"([\d,]+) generated", done.stdout)
    assert found, done.stdout[-2000:]
    return int(found.group(1).replace(",", ""))
