"""Every IFC file of the shared data through the assets: register, questions, networks, ways, spreadsheets, COBie, IFC written back.

    python -m benchmarks.assets_corpus [--all] [--keep FOLDER] [--only WORD] [FOLDER ...]

Each file is loaded into a home of its own, those of `ifc/` and `bcf/` by `csdi models add`, the small ones of the other folders without
tiles and plans, and asked in a process of its own that is killed at the limit; networks and ways are held against networkx, what comes back
from a spreadsheet or COBie against what went out. Prints a line for each file of `ifc/` and `bcf/` (with `--all` of every file) and all
that does not hold; ends with 1 when something does not. With `--keep` homes stay, and a file that was loaded there is not loaded again.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.assets_checks import CHECKS, Checked
from tests.corpus import ROOT
from tests.fenced import fenced

LIMIT_S = 400.0
AT_ONCE = 2
FOLDERS, EVERY = ("ifc", "bcf"), ("ifc", "bcf", "ifc-rules", "ids")
MODEL = "m"


@dataclass(frozen=True, slots=True)
class Asked:
    """A file and the home that it is loaded into; "" for one that is dropped afterwards."""

    path: Path
    home: str = ""


@dataclass
class Outcome:
    """What came of a file: whether it was taken, and for each check its figures and what does not hold."""

    path: str
    result: str
    figures: dict[str, Any] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def outcome(asked: Asked) -> Outcome:
    """One file, in this process."""
    if asked.home:
        Path(asked.home).mkdir(parents=True, exist_ok=True)
        return _outcome(asked.path, Path(asked.home))
    with tempfile.TemporaryDirectory(prefix="csdi-assets-") as home:
        return _outcome(asked.path, Path(home))


def _outcome(path: Path, home: Path) -> Outcome:
    made = Outcome(path.relative_to(ROOT).as_posix(), "loaded")
    os.environ["CSDI_HOME"] = str(home)
    if not (home / "loaded").exists() and made.path.split("/")[0] not in FOLDERS:
        if code := _published(path):
            made.result = f"refused: {code}"
            return made
    elif not (home / "loaded").exists():
        csdi = [str(Path(sys.executable).with_name("csdi")), "models", "add", str(path), "--id", MODEL, "--json"]
        done = subprocess.run(csdi, capture_output=True, text=True, timeout=LIMIT_S * 0.8, check=False)
        if "Traceback" in done.stderr:
            made.faults.append(f"load: {done.stderr[-1500:]}")
        if done.returncode:
            said = re.search(r'"code": "([^"]+)"', done.stdout)
            made.result = f"refused: {said[1] if said else '?'}"
            return made
        (home / "loaded").touch()
    _ask(made)
    return made


def _published(path: Path) -> str:
    """Puts the rows and shapes of a model where they belong, in this process; a code where it cannot be taken in."""
    from bim.intake import intake
    from bim.schemas import bim_collections
    from csdi.console import opened
    from csdi.errors import CsdiError
    from csdi.feature import Feature

    try:
        read = intake(path, model=MODEL, name=path.name, workers=1)
    except CsdiError as error:
        return error.code
    with opened() as services:
        with services.blobs.new_folder(f"intake/{MODEL}-1") as folder:
            read.save(folder)
        row = {"name": MODEL, "file": path.name, "sha256": services.blobs.put_file(path), "version": 1, "kept": f"intake/{MODEL}-1",
               "schema": read.scan["schema"], "georeference": read.report()["georeference"]}
        with services.store.transaction() as change:
            for collection in bim_collections():
                change.replace(collection, read.tables.parts.get(collection.id, []))
            change.write("models", [Feature(MODEL, None, row)])
    return ""


def _ask(made: Outcome) -> None:
    from csdi.console import opened

    with opened() as services, tempfile.TemporaryDirectory() as folder:
        for name, check in CHECKS.items():
            checked = Checked(services, MODEL, Path(folder))
            _tried(check, checked)
            made.figures |= checked.figures
            made.faults += [f"{name}: {fault}" for fault in checked.faults]


def _tried(check: Callable[[Checked], None], checked: Checked) -> None:
    import traceback

    try:
        check(checked)
    except Exception:  # whatever comes out of a check is what is looked for
        checked.faults.append(traceback.format_exc())


def main() -> int:
    """Print the table; 1 when something does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--keep", default="")
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    folders = asked.folders or (EVERY if asked.all else FOLDERS)
    paths = sorted((path for name in folders for path in (ROOT / name).rglob("*") if path.suffix.lower() in (".ifc", ".ifczip")),
                   key=lambda path: -path.stat().st_size)
    wanted = [Asked(path, str(Path(asked.keep, path.relative_to(ROOT).as_posix().replace("/", "-"))) if asked.keep else "")
              for path in paths if asked.only in path.name]
    bad = 0
    for number, ended in enumerate(fenced(outcome, wanted, workers=AT_ONCE, limit_s=LIMIT_S, each=20), 1):
        one = ended.value if ended.how == "returned" else Outcome(ended.given.path.name, ended.how, faults=[ended.trace])
        bad += bool(one.faults)
        print(f"{number:3} {one.path[-60:]:60} {one.result:24} " + "  ".join(f"{name} {value}" for name, value in one.figures.items())
              + "".join(f"\n    ! {fault}" for fault in one.faults), flush=True)
    print(f"{len(wanted)} files, {bad} with something that does not hold")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
