"""Runs CesiumGS's 3d-tiles-validator and 3d-tiles-tools on the tiles of a fresh sample site and of a city: `python -m tests.twin.tiles_judge [--missing-ok]`.

The validator is in no package registry: `CSDI_TILES_VALIDATOR` names the command that starts it (such as `node /opt/3d-tiles-validator/lib/main.js`);
without it, `3d-tiles-validator` is looked for on the path. The tools are in npm: `CSDI_TILES_TOOLS` names the folder in which
`npm install 3d-tiles-tools@0.5.4` was run. Exit codes: 0 no error; 1 errors; 3 one of them not run (0 with `--missing-ok`).
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bim.intake import intake
from csdi.bootstrap import open_services
from csdi.crs import HeightModel
from csdi.settings import read_settings
from tests.twin.glb_validation import node_js
from tests.twin.test_city import published, town
from twin.tiler import build_tileset
from twin.tileset import SiteModel, encoded, site_tileset
from twin.verify import Folder, inspect_tileset

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


def write_city(folder: Path) -> Path:
    """The implicit tileset of a town of 20,000 houses; gives its root."""
    with open_services(read_settings(home=folder)) as services:
        published(services, town(20_000)).build()
    return folder / "blobs" / "tiles3d" / "city" / "town" / "tileset.json"


def walk_faults(installed: str, roots: Sequence[Path]) -> Iterator[str]:
    """What 3d-tiles-tools find otherwise than we do: tiles, contents and the ids in their tables."""
    node = node_js()
    if node is None:
        yield "Node.js is not installed"
        return
    words = [node, str(Path(__file__).with_name("tiles_tools.mjs")), installed, *map(str, roots)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=900)
    for root, line in zip(roots, done.stdout.splitlines(), strict=True):
        found = json.loads(line)
        ours = inspect_tileset(Folder(root.parent), root.name)
        print(f"3d-tiles-tools, {root.parent.name}/{root.name}: {found['tiles']} tiles in {found['levels']} levels, {found['contents']} contents, "
              f"{len(found['ids'])} features")
        yield from (f"{root}: {why}" for why in (*found["missing"], *found["broken"]))
        if set(found["ids"]) != ours.features:
            yield f"{root}: {len(found['ids'])} ids, {len(ours.features)} were drawn"


def main(words: list[str]) -> int:
    """Says what was found; gives the exit code."""
    command, tools = validator(), os.environ.get("CSDI_TILES_TOOLS")
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "site"
        folder.mkdir()
        if command or tools:
            write_tiles(folder)
        if tools:
            for fault in walk_faults(tools, [folder / "tileset.json", write_city(Path(name) / "home")]):
                print(f"ERROR {fault}")
                wrong += 1
        if command:
            wrong += _validated(command, folder)
    for what, there in (("3d-tiles-validator", command), ("3d-tiles-tools", tools)):
        if not there:
            print(f"NOT RUN: {what} is not installed; CSDI_TILES_VALIDATOR and CSDI_TILES_TOOLS say where they are")
    if wrong:
        return 1
    return 0 if (command and tools) or "--missing-ok" in words else NOT_RUN


def _validated(command: list[str], folder: Path) -> int:
    report = judged(command, folder)
    for issue in issues(report):
        print(f"{issue['severity']} {issue.get('type')} {issue.get('path')}: {issue.get('message')}")
    print(f"{report.get('numErrors')} errors, {report.get('numWarnings')} warnings")
    return int(report.get("numErrors") or 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
