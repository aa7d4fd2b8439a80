"""COBie of real models, beside ifcfm: rows, seconds, what the rules find, and whether it comes back unchanged.

    python -m benchmarks.bench_cobie [FILE.ifc ...]

Each model is read and its register built before the clock starts; ifcfm opens the file before its clock. ifcfm is installed once, pinned,
in the cache folder of `peer_programs`, with the engine of this program, and runs this same file there.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

IFCFM = "0.9.0"
FILES = ("arch-office-a-ifc2x3.ifc", "geo-duplex-georeferenced-ifc2x3.ifc", "arch-fzk-haus-ifc4.ifc", "mep-hvac-heating-ifc4.ifc",
         "arch-janesville-restaurant-ifc2x3.ifc")
FOLDER = Path(os.environ.get("CSDI_CORPUS", Path(__file__).parents[2] / "shared" / "data")) / "ifc"
_LIMIT_S = 250.0


def main() -> None:
    """Measures both and prints a table."""
    if sys.argv[1:2] == ["--ifcfm"]:
        print(json.dumps(_ifcfm(Path(sys.argv[2]))))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", type=Path, default=[FOLDER / name for name in FILES])
    python = _installed()
    print(f"{'model':44} {'csdi: rows':>10} {'CPU s':>7} {'errors':>7} {'changed':>8}   ifcfm {IFCFM} cobie24")
    for model in parser.parse_args().models:
        mine, theirs = _csdi(model), _run(python, model)
        said = f"{theirs['rows']} rows, {theirs['cpu']:.2f} CPU s" if "rows" in theirs else theirs["error"]
        print(f"{model.name:44} {mine['rows']:10} {mine['cpu']:7.2f} {mine['errors']:7} {mine['changed']:8}   {said}")


def _installed() -> str:
    from benchmarks.bench_ids import installed

    python = installed("ifcfm", IFCFM)
    wanted = [sys.executable, "-c", "import importlib.metadata as m; print(m.version('ifcopenshell'))"]
    engine = subprocess.run(wanted, check=True, capture_output=True, text=True).stdout.strip()
    subprocess.run([python, "-m", "pip", "install", "--quiet", f"ifcopenshell=={engine}"], check=True, timeout=_LIMIT_S)
    return python


def _csdi(model: Path) -> dict[str, Any]:
    from bim.intake import intake
    from bim.schemas import bim_collections
    from csdi.feature import Feature
    from csdi.store import open_store
    from twin.handover.books import read_book
    from twin.handover.cobie_book import write_cobie
    from twin.handover.cobie_check import check_cobie
    from twin.handover.cobie_export import cobie_rows
    from twin.handover.cobie_import import take_cobie
    from twin.handover.cobie_scope import scope_of
    from twin.register.building import build_model
    from twin.register.keeping import Register
    from twin.register.rule_files import default_rules

    with tempfile.TemporaryDirectory(prefix="csdi-cobie-") as folder:
        read, rules, store = intake(model, model="m"), default_rules(), open_store(f"sqlite:///{folder}/store.gpkg")
        with store.transaction() as change:
            for collection in bim_collections():
                change.replace(collection, read.tables.parts.get(collection.id, []))
            change.write("models", [Feature("m", None, {"name": model.name, "schema": read.scan["schema"], "version": 1,
                                                        "sha256": "0" * 64})])
        register = Register(store)
        build_model(register, rules, "m", "bench")
        started = time.process_time()
        path = write_cobie(Path(folder, "c.xlsx"), cobie_rows(store, rules, scope_of(store, model="m"), "bench@site.example"))
        cpu = time.process_time() - started
        report = check_cobie(read_book(path))
        plan = take_cobie(register.trying("bench"), rules, report)
        store.close()
    return {"rows": sum(report.sheets.values()), "cpu": cpu, "errors": report.errors,
            "changed": sum(plan.counts.values()) - plan.counts["unchanged"]}


def _run(python: str, model: Path) -> dict[str, Any]:
    done = subprocess.run([python, str(Path(__file__).resolve()), "--ifcfm", str(model)], capture_output=True, text=True, timeout=_LIMIT_S,
                          check=False)
    try:
        found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    except (IndexError, json.JSONDecodeError):
        return {"error": (done.stderr.strip().splitlines() or ["no answer"])[-1][:200]}
    return found


def _ifcfm(model: Path) -> dict[str, Any]:
    import ifcfm
    import ifcopenshell

    opened = ifcopenshell.open(str(model))
    started = time.process_time()
    try:
        parser = ifcfm.Parser(preset="cobie24")
        parser.parse(opened)
    except Exception as error:  # what the peer does is what is measured
        at = traceback.extract_tb(error.__traceback__)[-1]
        return {"error": f"crashes: {type(error).__name__}: {str(error)[:90]} ({Path(at.filename).name}:{at.lineno})"}
    return {"rows": sum(len(rows) for rows in parser.categories.values()), "cpu": time.process_time() - started}


if __name__ == "__main__":
    main()
