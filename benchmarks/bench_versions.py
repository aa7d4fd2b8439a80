"""What a second version costs: a real file is loaded, one element in a hundred is changed, and it is loaded again.

    python benchmarks/bench_versions.py [FILE.ifc ...] [--share 0.01] [--renumber] [--repeats 3]

Loading is everything that `csdi models add` does: reading, tiles, publication. Each load runs in a child process of its own,
against a data folder of its own; CPU seconds are those of the child and its children. `--renumber` gives every instance of
the second file another id, as exporters do.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

CORPUS = Path(os.environ.get("CSDI_CORPUS", Path(__file__).parents[2] / "shared" / "data")) / "ifc"
SMALL = Path(__file__).parents[1] / "sample_models" / "small" / "terminal-mep.ifc"
FILES = ("arch-office-a-ifc2x3.ifc", "str-hhs-office-ifc2x3.ifc", "arch-janesville-restaurant-ifc2x3.ifc",
         "infra-rail-track07-ifc4x3-epsg3065.ifc", "str-prefab-roof-2465el-ifc2x3.ifc")
_INSTANCE = re.compile(rb"#(\d+)\s*=\s*(IFC\w+)\s*\(", re.IGNORECASE)
_NUMBER = re.compile(rb"#(\d+)")


def main() -> None:
    """Measures each file and prints a table."""
    if sys.argv[1:2] == ["--child"]:
        _child(*sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--share", type=float, default=0.01)
    parser.add_argument("--renumber", action="store_true")
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    print(f"{'file':44}{'elements':>9}{'changed':>9}{'told':>6}{'first CPU s':>13}{'second CPU s':>14}{'ratio':>7}")
    for file in asked.files or [CORPUS / name for name in FILES]:
        runs = [_measured(file, asked.share, asked.renumber) for _ in range(asked.repeats)]
        first, second = (statistics.median(run[at]["cpu"] for run in runs) for at in (0, 1))
        one, two = runs[0]
        print(f"{file.name:44}{one['elements']:9}{two['planted']:9}{two['told']:6}{first:13.2f}{second:14.2f}{second / first:7.2f}")
        print("    first:  " + _stages(one) + "\n    second: " + _stages(two))


def _stages(run: dict[str, Any]) -> str:
    return ", ".join(f"{name} {seconds:.2f}" for name, seconds in run["stages"].items())


def _measured(file: Path, share: float, renumber: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """Both loads of one file."""
    with tempfile.TemporaryDirectory(prefix="csdi-versions-") as folder:
        second = Path(folder) / f"second-{file.name}"
        planted = _changed(file, second, share, renumber)
        one, two = (_load(path, Path(folder) / "home", str(number)) for number, path in enumerate((file, second)))
    return one, {**two, "planted": planted}


def _load(path: Path, home: Path, job: str) -> dict[str, Any]:
    done = subprocess.run([sys.executable, __file__, "--child", str(path), job], env={**os.environ, "CSDI_HOME": str(home)},
                          check=True, capture_output=True, timeout=600)
    return dict(json.loads(done.stdout))


def _child(file: str, job: str) -> None:
    """One load, as its job does it; prints what it took as JSON. A small model is read before, as in a worker that has worked."""
    from bim.intake import intake
    from csdi.bootstrap import open_services
    from csdi.jobs import StepContext
    from csdi.settings import read_settings
    from twin import tasks
    for warm in (SMALL, CORPUS / "tricky-cjk-unicode-ifc2x3.ifc"):
        intake(warm, model="warm")
    path = Path(file)
    with open_services(read_settings()) as services:
        args = {"model": "m", "file": path.name, "blob": services.blobs.put_file(path), "title": {}}
    begin, last, stages, previous = _cpu(), _cpu(), {}, None
    for step in (tasks.take_in, tasks.make_tiles, tasks.publish):
        previous = step(args, StepContext(job=job, previous=previous))
        stages[step.__name__], last = _cpu() - last, _cpu()
    answer: Any = previous
    counts = (answer["changes"] or {}).get("counts", {}).get("elements") or {}
    told = sum(number for status, number in counts.items() if status != "unchanged")
    print(json.dumps({"cpu": _cpu() - begin, "elements": answer["counts"]["elements"], "told": told, "stages": stages}))


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _changed(source: Path, target: Path, share: float, renumber: bool) -> int:
    """Writes the file with another name on a share of its elements; gives how many."""
    from bim.ifc import derived_classes
    from bim.scan import scan
    elements = derived_classes(scan(source).schema, "IfcElement") - derived_classes(scan(source).schema, "IfcFeatureElement")
    lines = source.read_bytes().split(b"\n")
    rows = [at for at, line in enumerate(lines) if (found := _INSTANCE.match(line)) and found[2].decode().upper() in elements]
    chosen = random.Random(1).sample(rows, max(1, round(share * len(rows))))
    for at in chosen:
        lines[at] = re.sub(rb"(\(\s*'[^']*'\s*,\s*[^,]*,\s*)(?:'[^']*'|\$)", rb"\1'changed'", lines[at], count=1)
    text = b"\n".join(lines)
    if renumber:
        head, data = text.split(b"DATA;", 1)
        text = head + b"DATA;" + _NUMBER.sub(lambda found: b"#%d" % (int(found[1]) + 1_000_000), data)
    target.write_bytes(text)
    return len(chosen)


if __name__ == "__main__":
    main()
