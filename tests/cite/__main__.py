"""Run OGC's conformance suites against a fresh site: `python -m tests.cite [--missing-ok] [SUITE...]`.

Exit codes: 0 all that is offered conforms; 1 something failed; 3 nothing failed, and a suite could not be had (0 with `--missing-ok`).
Jars are taken from, and kept in, the folder `CSDI_CITE` (else `~/.cache/csdi-cite`); reports go to `test-artifacts/cite`.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from csdi.store.sql import quoted
from csdi.store.sqlite import functions
from tests.acceptance.shell import Server, Shell
from tests.cite.results import FAILED, Outcome
from tests.cite.run import NotRunError, fetch, run
from tests.cite.suites import SITES, SUITES, Subject, Suite
from tests.ogc_api.site import SMALL

REPORTS = Path(__file__).parents[2] / "test-artifacts" / "cite"


def main(arguments: Sequence[str]) -> int:
    """Run the named suites, or all; the exit code."""
    parser = argparse.ArgumentParser(prog="tests.cite", description="OGC's conformance suites against a fresh site.")
    parser.add_argument("suites", nargs="*", metavar="SUITE", help="part of a suite's name; all without one")
    parser.add_argument("--missing-ok", action="store_true", help="a suite that cannot be had is told, and no failure")
    asked = parser.parse_args(arguments)
    suites = [suite for suite in SUITES if not asked.suites or any(part in suite.artifact for part in asked.suites)]
    if not suites:
        parser.error(f"no suite is called so; there are {', '.join(suite.artifact for suite in SUITES)}")
    with tempfile.TemporaryDirectory(prefix="csdi-cite-") as folder:
        found = judge(suites, Path(folder))
    tell(found)
    if any(isinstance(outcome, Outcome) and not outcome.conforms for outcome in found.values()):
        return 1
    missing = any(isinstance(outcome, NotRunError) for outcome in found.values())
    return 3 if missing and not asked.missing_ok else 0


def judge(suites: Sequence[Suite], folder: Path) -> dict[Suite, Outcome | NotRunError | None]:
    """What each suite finds on its site, made in `folder`; None for a part of the API that is not offered."""
    found: dict[Suite, Outcome | NotRunError | None] = {}
    for name, files in SITES.items():
        chosen = [suite for suite in suites if suite.site == name]
        if chosen:
            shell = load(Shell(folder / name), files)
            file = consistent_copy(shell.home / "site.gpkg", folder / f"{name}.gpkg")
            with shell.serving(workers=2) as server:
                subject = Subject(f"{server.url}/ogc", partial(_below, server), file)
                found |= {suite: _outcome(suite, subject) if suite.offered(subject) else None for suite in chosen}
    return {suite: found[suite] for suite in suites}


def load(shell: Shell, files: Sequence[str]) -> Shell:
    """The shell, its data folder filled with files of the small sample."""
    models = [name for name in files if name.endswith(".ifc")]
    for verb, names in (("layers", [name for name in files if name not in models]), ("models", models)):
        if names:
            done = shell.run(verb, "add", *(SMALL / name for name in names))
            assert done.returncode == 0, done.stdout + done.stderr
    return shell


def _below(server: Server, path: str) -> Any:
    return server.get(f"/ogc{path}")


def _outcome(suite: Suite, subject: Subject) -> Outcome | NotRunError:
    cache = Path(os.environ.get("CSDI_CITE") or Path.home() / ".cache" / "csdi-cite").resolve()
    try:
        return run(fetch(suite, cache), suite.entries(subject), REPORTS / suite.artifact)
    except NotRunError as error:
        return error


def consistent_copy(source: Path, target: Path) -> Path:
    """The store's file without its journal, as SQLite 3.8 can open it, which is the one that the suite brings.

    What it would take for damage are indexes over expressions and generated columns: ways of ours to find Features, none of them said again.
    """
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as two:
        one.backup(two)
        two.execute("PRAGMA journal_mode=DELETE")
        functions.register(two)
        for (index,) in two.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").fetchall():
            two.execute(f"DROP INDEX {quoted(index)}")
        for (table,) in two.execute("SELECT table_name FROM gpkg_contents").fetchall():
            for _, column, *_, hidden in two.execute(f"PRAGMA table_xinfo({quoted(table)})").fetchall():
                if hidden:
                    two.execute(f"ALTER TABLE {quoted(table)} DROP COLUMN {quoted(column)}")
        two.commit()
    return target


def tell(found: dict[Suite, Outcome | NotRunError | None]) -> None:
    """A table, then every failed and skipped test with its reason."""
    print(f"{'suite':32}{'passed':>8}{'failed':>8}{'skipped':>8}")
    for suite, outcome in found.items():
        name = f"{suite.artifact} {suite.version}"
        match outcome:
            case None:
                print(f"{name:32}not offered")
            case NotRunError():
                print(f"{name:32}NOT RUN: {outcome}")
            case Outcome():
                print(f"{name:32}{outcome.passed:8}{outcome.failed:8}{outcome.skipped:8}")
    for suite, outcome in found.items():
        for result in outcome.unclean if isinstance(outcome, Outcome) else ():
            word = "failed" if result.status == FAILED else "skipped"
            print(f"{suite.artifact}: {word} {result.test}{f' ({result.times} times)' if result.times > 1 else ''}: {result.reason}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
