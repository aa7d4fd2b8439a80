"""Every example in the help of a verb does what it says."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from csdi.exits import FAILED, MISSING, OK, REFUSED
from tests.acceptance.shell import Shell
from tests.test_docs import verbs

SMALL = Path(__file__).parents[2] / "sample_models" / "small"
ENDLESS = ("serve", "worker", "demo")
"""Verbs that run until they are stopped; other tests start and stop them."""
ASKS_OTHERS = ("records harvest", "twin inspect")
"""Verbs that read from another server; tests of their own give them one."""
NAMES_WHAT_IS_NOT_HERE = {"jobs show": MISSING, "jobs cancel": MISSING, "crs install-grid": REFUSED, "layers refresh": MISSING,
                         "models changes": MISSING, "records forget": MISSING, "audit verify": REFUSED, "bcf show": REFUSED,
                         "bcf roundtrip": REFUSED, **dict.fromkeys(("submissions comment", "submissions decide", "submissions findings",
                                                                    "submissions lead", "submissions report", "submissions show"), MISSING),
                         **dict.fromkeys((*(f"assets {verb}" for verb in ("build", "edit", "find", "history", "reject", "replace", "restore",
                                                                          "retire", "show")),
                                          *(f"networks {verb}" for verb in ("failures", "isolate", "schematic", "shut-off", "trace")),
                                          *(f"routes {verb}" for verb in ("check", "close", "find", "reach", "reopen")), "twin build",
                                          "twin export", "cobie export", "layers tiles", "maintenance lead", "maintenance raise"), MISSING),
                         **dict.fromkeys(("assets create", "assets rules", "cobie check", "cobie import", "maintenance labels",
                                          "routes evacuation"), REFUSED), "assets verify": FAILED}
"""Verbs whose example names a job, a submission, an asset or a file that only its reader has, with the exit code that says so."""
ORDER = ("layers add", "models add", "layers list", "layers versions", "records show", "records edit", "models list", "models show", "models versions", "models changes",
         "models export", "site show", "layers drop", "models drop")


def examples() -> list[tuple[str, list[str]]]:
    """(verb, words of its example), those that make something before those that use or remove it."""
    found = []
    for verb, text, epilog in verbs():
        line = re.search(rf"csdi {verb}\b.*", text + "\n" + epilog)
        assert line, verb
        found.append((verb, shlex.split(line.group())[1:]))
    return sorted(found, key=lambda pair: ORDER.index(pair[0]) if pair[0] in ORDER else -1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the examples name."""
    made = tmp_path_factory.mktemp("examples")
    for name in ("roads.gpkg", "runways.gpkg"):
        shutil.copy(SMALL / "runways.gpkg", made / name)
    for name in ("terminal-arch.ifc", "terminal-arch-v1.ifc", "terminal-arch-v2.ifc", "tower.ifc"):
        shutil.copy(SMALL / "terminal-arch.ifc", made / name)
    (made / "roads.yaml").write_text("title: {en: Roads, zh-Hant: 道路}\n", encoding="utf-8")
    (made / "points.csv").write_text("x,y\n811323.6,819614.9\n")
    return made


def test_every_example_works(folder: Path) -> None:
    shell = Shell(folder / "home")
    failed = {}
    subprocess.run(shell.command("layers", "add", "runways.gpkg"), env=shell.environment, cwd=folder, check=True, timeout=240)
    for verb, words in examples():
        if verb in (*ENDLESS, *ASKS_OTHERS):
            continue
        done = subprocess.run(shell.command(*words), env=shell.environment, cwd=folder, capture_output=True, text=True, timeout=240,
                              check=False)
        if done.returncode not in {OK, NAMES_WHAT_IS_NOT_HERE.get(verb, OK)} or "Traceback" in done.stderr:
            failed[" ".join(words)] = (done.returncode, done.stderr)
    assert not failed, "\n".join(f"{verb}: {told}" for verb, told in failed.items())
