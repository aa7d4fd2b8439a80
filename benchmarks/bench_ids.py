"""What an IDS of 200 specifications costs on a real model, beside ifctester: CPU seconds, and whether both say the same of every instance.

    python -m benchmarks.bench_ids [FILE.ifc] [--specifications 200] [--repeats 3]

Each specification asks one class for a property, by patterns on the names of the set and the property, and often for its value.
Both open the model before the clock starts. ifctester is installed once, pinned, in the cache folder of `peer_programs`, and runs this
same file there. Where the two differ, the specification is named with how many instances each one fails.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

MODEL = Path(os.environ.get("CSDI_CORPUS", Path(__file__).parents[2] / "shared" / "data")) / "ifc" / "arch-janesville-restaurant-ifc2x3.ifc"
IFCTESTER = "0.9.0"
_LIMIT_S = 250.0
_CLASSES = ("IFCWALLSTANDARDCASE", "IFCFURNISHINGELEMENT", "IFCBUILDINGELEMENTPROXY", "IFCWINDOW", "IFCDOOR", "IFCMEMBER", "IFCBEAM",
            "IFCSLAB", "IFCPLATE", "IFCFLOWTERMINAL")
_ASKED = (("PSet_Revit_Ph.*", "Phase .*", "IFCLABEL", ""), ("PSet_Revit_Con.*", "(Level|Base Constraint|Host)", "IFCLABEL", ""),
          ("PSet_Revit_Dim.*", "(Length|Area|Volume)", "", ""), ("PSet_.*Identity Data", ".*Code", "IFCLABEL", "[A-Z][0-9]+"),
          ("Pset_(Wall|Slab|Window|Door)Common", "Is.*", "IFCBOOLEAN", ""), ("Pset_.*Common", "Ref.*", "IFCIDENTIFIER", ".*[0-9].*"),
          ("PSet_Revit_Dim.*", "Length", "IFCLENGTHMEASURE", ">"), ("PSet_Revit_Ph.*", "Phase Created", "IFCLABEL", "New.*"),
          ("PSet_Revit_Type_.*Data", "Omni.* Number", "IFCLABEL", r"\d{2}(\.\d{2})*"),
          ("PSet_Revit_Con.*", "Comments", "IFCLABEL", ".{3,}"))


def main() -> None:
    """Measures both and prints a table."""
    if sys.argv[1:2] == ["--ifctester"]:
        print(json.dumps(_ifctester(Path(sys.argv[2]), Path(sys.argv[3]))))
        return
    if sys.argv[1:2] == ["--csdi"]:
        print(json.dumps(_csdi(Path(sys.argv[2]), Path(sys.argv[3]))))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", type=Path, default=MODEL)
    parser.add_argument("--specifications", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="csdi-ids-") as folder:
        ids = Path(folder) / "bench.ids"
        ids.write_text(document(asked.specifications, schema_of(asked.model)))
        runs = {name: [_run(python, name, asked.model, ids) for _ in range(asked.repeats)]
                for name, python in (("csdi", sys.executable), ("ifctester", installed("ifctester", IFCTESTER)))}
    cpu = {name: statistics.median(run["cpu"] for run in found) for name, found in runs.items()}
    mine, theirs = runs["csdi"][0]["failed"], runs["ifctester"][0]["failed"]
    differ = [at for at, (one, other) in enumerate(zip(mine, theirs, strict=True)) if one != other]
    print(f"{asked.model.name}: {asked.specifications} specifications, {runs['csdi'][0]['checks']} checks")
    print(f"csdi      {cpu['csdi']:8.2f} CPU s, reading and audit of the IDS included ({runs['csdi'][0]['read']:.2f})")
    print(f"ifctester {cpu['ifctester']:8.2f} CPU s, reading of the IDS included; ratio {cpu['ifctester'] / cpu['csdi']:.1f}")
    print(f"instances told differently: {sum(len(set(mine[at]) ^ set(theirs[at])) for at in differ)}, in {len(differ)} specifications")
    for at in differ:
        print(f"    specification {at + 1}: {len(mine[at])} fail here, {len(theirs[at])} by ifctester")


def schema_of(model: Path) -> str:
    """The schema that the header of an IFC file states."""
    return re.search(rb"FILE_SCHEMA\s*\(\s*\(\s*'([^']*)'", model.read_bytes()[:100_000])[1].decode()  # type: ignore[index]


def document(count: int, schema: str) -> str:
    """An IDS of that many specifications on properties."""
    made = [(kind, *asked) for asked in _ASKED for kind in _CLASSES]
    parts = "".join(_specification(number, *made[number % len(made)], schema) for number in range(count))
    return ('<?xml version="1.0" encoding="UTF-8"?>\n<ids xmlns="http://standards.buildingsmart.org/IDS" '
            'xmlns:xs="http://www.w3.org/2001/XMLSchema"><info><title>bench</title></info>'
            f"<specifications>{parts}</specifications></ids>")


def _specification(number: int, kind: str, group: str, name: str, data_type: str, value: str, schema: str) -> str:
    wanted = _range("0.1") if value == ">" else f"<value>{_pattern(value)}</value>" if value else ""
    typed = f" dataType={quoteattr(data_type)}" if data_type else ""
    return (f'<specification name="{number + 1}" ifcVersion="{schema}"><applicability minOccurs="0" maxOccurs="unbounded"><entity><name>'
            f"<simpleValue>{kind}</simpleValue></name></entity></applicability><requirements><property{typed}>"
            f"<propertySet>{_pattern(group)}</propertySet><baseName>{_pattern(name)}</baseName>{wanted}</property></requirements>"
            "</specification>")


def _pattern(text: str) -> str:
    return f'<xs:restriction base="xs:string"><xs:pattern value={quoteattr(escape(text))}/></xs:restriction>'


def _range(least: str) -> str:
    return f'<value><xs:restriction base="xs:double"><xs:minInclusive value="{least}"/></xs:restriction></value>'


def _run(python: str, name: str, model: Path, ids: Path) -> dict[str, Any]:
    """One measured run in a process of its own."""
    command = [python, str(Path(__file__).resolve()), f"--{name}", str(model.resolve()), str(ids)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_LIMIT_S, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def installed(package: str, version: str) -> str:
    """The interpreter of an environment with a peer; as `peer_programs`, which cannot be imported from there, keeps its own."""
    folder = Path(os.environ.get("CSDI_BENCH_CACHE") or Path.home() / ".cache" / "csdi-bench").expanduser() / f"{package}-{version}"
    python, done = folder / "bin" / "python", folder / "installed"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=_LIMIT_S)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", f"{package}=={version}"], check=True, timeout=_LIMIT_S)
        done.touch()
    return str(python)


def _csdi(model: Path, ids: Path) -> dict[str, Any]:
    from bim.ids import check, read_ids
    from bim.ifc import open_model

    opened = open_model(model, schema_of(model))
    started = time.process_time()
    read = read_ids(ids)
    reading = time.process_time() - started
    result = check(read, opened, kept=1 << 30)
    cpu = time.process_time() - started
    failed = [sorted({failure.global_id for one in made.requirements for failure in one.failures}) for made in result.specifications]
    return {"cpu": cpu, "read": reading, "failed": failed, "checks": sum(made.applicable for made in result.specifications)}


def _ifctester(model: Path, ids: Path) -> dict[str, Any]:
    import ifcopenshell  # type: ignore[import-not-found,unused-ignore]
    from ifctester import ids as tester  # type: ignore[import-not-found,unused-ignore]

    opened = ifcopenshell.open(str(model))
    started = time.process_time()
    document = tester.open(str(ids))
    document.validate(opened)
    cpu = time.process_time() - started
    return {"cpu": cpu, "failed": [sorted(_ids(made)) for made in document.specifications]}


def _ids(made: Any) -> Iterator[str]:
    return (one.GlobalId for one in made.failed_entities)


if __name__ == "__main__":
    main()
