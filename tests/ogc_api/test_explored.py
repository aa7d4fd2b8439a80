"""The API as schemathesis sees it through its description: requests that follow it and requests that break it, thousands of them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import mkdtemp

import pytest

from tests.acceptance.shell import Shell
from tests.ogc_api.site import SMALL, client

ROOT = Path(__file__).parents[2]
PATHS = (
    r"^/$|^/(conformance|openapi|collections|functions|styles.*)$|^/collections/(lots|terrain|elements)(/(schema|queryables|coverage\.tif|map|map/.*))?$",
    r"^/collections/(lots|terrain|utilities|elements)/items",
    r"^/collections/terrain/(coverage|coverage/schema|position|area|cube|radius|corridor|trajectory)$",
    r"^/collections/records(/(sortables|items.*))?$",
    r"^/tile|^/collections/(lots|elements)/tiles",
    r"^/(processes|processes/\{processID\}|jobs.*)$",
    r"^/collections/(lots|terrain|elements|records)/(download|sortables)$",
    r"^/collections/lots/styles|^/stac",
    r"^/collections/elements/map/tiles",
    r"^/collections/models/items/\{model\}/imdf$",
)
CHANGING = (r"^/collections/(lots|records)/items", r"^/collections/(lots|terrain)/styles")
"""What changes things: whether a request that follows the description is taken depends on what is there now."""
RUNS = r"^/processes/.+/execution$"
"""What takes seconds rather than milliseconds: a few requests to each. What a process takes goes beyond its schema: a polygon has area."""
CASES, AT_ONCE = 3000, 3
EDITOR = ("-H", "Authorization: Bearer secret", "--exclude-checks", "positive_data_acceptance", "--request-timeout", "120")
RUNNER = ("--phases", "fuzzing", "--exclude-checks", "positive_data_acceptance", "--request-timeout", "120")


@pytest.mark.slow
def test_no_request_is_answered_otherwise_than_described(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "home", {"CSDI_TOKEN": "secret"})
    layers = [SMALL / name for name in ("lots.gpkg", "utilities.gpkg", "terrain.tif")]
    assert shell.run("layers", "add", *layers).returncode == 0
    assert shell.run("models", "add", SMALL / "carpark.ifc").returncode == 0
    with shell.serving(workers=2) as server:
        description = f"{server.url}/ogc/openapi"
        with ThreadPoolExecutor(AT_ONCE) as pool:  # what only reads disturbs nobody
            generated = sum(pool.map(lambda pattern: explore(description, pattern, tmp_path), PATHS))
        generated += sum(explore(description, pattern, tmp_path, 8, *EDITOR) for pattern in CHANGING)
        generated += explore(description, RUNS, tmp_path, 10, *RUNNER)
    assert generated >= CASES


@pytest.mark.slow
def test_every_path_is_explored(tmp_path: Path) -> None:
    with client(tmp_path, layers=("lots.gpkg", "utilities.gpkg", "terrain.tif")) as asked:
        described = set(asked.get("/ogc/openapi").json()["paths"])
    explored = {path for path in described if any(re.search(pattern, path) for pattern in (*PATHS, *CHANGING, RUNS))}
    assert {_of_any(path) for path in described} == {_of_any(path) for path in explored}


def _of_any(path: str) -> str:
    """The path without the name of its Collection: those of all are made and answered alike."""
    return re.sub(r"/collections/[^/]+", "/collections/*", path)


def explore(description: str, paths: str, folder: Path, examples: int = 60, *more: str) -> int:
    """How many requests were made to these paths; fails with the report when one was answered wrongly."""
    phases = () if "--phases" in more else ("--phases", "coverage,fuzzing")
    command = Path(sys.executable).with_name("schemathesis")
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "tests.ogc_api.explore", "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    done = subprocess.run([str(command), "run", description, *phases, "--max-examples", str(examples), "--workers", "1",
                           "--continue-on-failure", "--seed", "1", "--include-path-regex", paths, *more], cwd=mkdtemp(dir=folder), env=environment,
                          capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    found = re.search(r"([\d,]+) generated", done.stdout)
    assert found, done.stdout[-2000:]
    return int(found.group(1).replace(",", ""))
