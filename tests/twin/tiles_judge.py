"""Runs CesiumGS's 3d-tiles-validator on the tiles of a fresh sample site: `python -m tests.twin.tiles_judge [--missing-ok]`.

The validator is in no package registry: `CSDI_TILES_VALIDATOR` names the command that starts it (such as `node /opt/3d-tiles-validator/lib/main.js`);
without it, `3d-tiles-validator` is looked for on the path. Exit codes: 0 no error; 1 errors; 3 not run (0 with `--missing-ok`).
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bim.intake import intake
from csdi.crs import HeightModel
from twin.tiler import build_tileset
from twin.tileset import SiteModel, encoded, site_tileset

SMALL = Path(__file__).parents[2] / "sample_models" / "small"
NOT_RUN = 3
Json = dict[str, Any]


def validator() -> list[str] | None:
    """The command, None where it is not installed."""
    if given := os.environ.get("CSDI_TILES_VALIDATOR"):
        return shlex.split(given)
    found = shutil.which("3d-tiles-validator")
    return [found] if found else None


def write_tiles(folder: Path) -> None:
    """The tilesets of the sample's models, and a site that refers to them."""
    models = []
    for path in sorted(SMALL.glob("*.ifc")):
        read = intake(path, model=path.stem, name=path.name)
        here = folder / path.stem
        here.mkdir()
        built = build_tileset(read.shapes, [{"id": row.id, **row.properties} for row in read.tables.elements], read.georeference,
                              HeightModel.parse("hk"), lambda name, data, here=here: (here / name).write_bytes(data))  # type: ignore[misc]
        models.append(SiteModel(f"{path.stem}/{built.root}", built.box, built.error_m))
    (folder / "tileset.json").write_bytes(encoded(site_tileset(models)))


def judged(command: list[str], folder: Path) -> Json:
    """The report on the site and everything in it."""
    report = folder / "report.json"
    subprocess.run([*command, "--tilesetFile", str(folder / "tileset.json"), "--reportFile", str(report)], check=True, timeout=900)
    told: Json = json.loads(report.read_text())
    return told


def issues(report: Json) -> Iterator[Json]:
    """Errors and warnings, however deep."""
    for issue in report.get("issues", []):
        if issue.get("severity") in ("ERROR", "WARNING"):
            yield issue
        yield from issues({"issues": issue.get("causes", [])})


def main(words: list[str]) -> int:
    """Says what was found; gives the exit code."""
    command = validator()
    if command is None:
        print("NOT RUN: 3d-tiles-validator is not installed; set CSDI_TILES_VALIDATOR to the command that starts it")
        return 0 if "--missing-ok" in words else NOT_RUN
    with tempfile.TemporaryDirectory() as folder:
        write_tiles(Path(folder))
        report = judged(command, Path(folder))
    for issue in issues(report):
        print(f"{issue['severity']} {issue.get('type')} {issue.get('path')}: {issue.get('message')}")
    print(f"{report.get('numErrors')} errors, {report.get('numWarnings')} warnings")
    return 1 if report.get("numErrors") else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
