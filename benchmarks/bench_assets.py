"""A million assets: what a facility manager asks, through the store and through HTTP, p50 and p95, each answer held against numpy's.

    python -m benchmarks.bench_assets [--assets 1000000] [--repeats 60] [--folder KEPT] [--stores sqlite,postgis] [--without-http]

The assets are made up from a seed (`asset_world`) and written to the register once; with `--folder` the store is kept there and used
again. PostgreSQL is the server of CSDI_TEST_POSTGRES, else one of its own that ends with the program. Goals are of SQLite, in the
store. Row 9 asks for a condition where a sensor's latest value is wanted one day; row 8 has trees of 5 000 edges.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.asset_questions import Question, questions
from benchmarks.asset_world import World, features, world
from csdi.collection import Collection
from csdi.feature import Field, FieldType
from csdi.query import Query
from csdi.store import Store, open_store
from csdi.store.base import has_collection
from tests.services import fresh_database, private_cluster
from twin.register.schemas import ASSETS, collections

POWER = Field("power", FieldType.NUMBER, path=("properties", "Pset_Power", "Power"), indexed=True)
WEIGHT = Field("weight", FieldType.NUMBER, path=("properties", "Qto", "Weight"))


@dataclass(frozen=True, slots=True)
class Spent:
    """What one question cost: milliseconds of each run, and of how many the answer was right."""

    question: Question
    ms: list[float]
    right: int

    @property
    def p50(self) -> float:
        """The middle."""
        return statistics.median(self.ms)

    @property
    def p95(self) -> float:
        """What 19 of 20 stay below."""
        return sorted(self.ms)[max(0, -(-19 * len(self.ms) // 20) - 1)]


def main() -> int:
    """Prints a table for each store; 0 where every answer is right and the goals are reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assets", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=60)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--stores", default="sqlite,postgis")
    parser.add_argument("--without-http", action="store_true")
    asked = parser.parse_args()
    found, good = world(asked.assets), True
    with ExitStack() as stack:
        folder = asked.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="csdi-assets-")))
        folder.mkdir(parents=True, exist_ok=True)
        for kind in asked.stores.split(","):
            with opened(kind, folder, found) as store:
                rows = [measured(question, store, asked.repeats) for question in questions(found)]
                through = [] if asked.without_http else over_http(store, found, asked.repeats)
            good = told(kind, rows, through) and good
    return 0 if good else 1


def register(base: Collection) -> Collection:
    """The register with the declared properties that the questions go by."""
    return replace(base, public=True, schema=replace(base.schema, fields=(*base.schema.fields, POWER, WEIGHT)))


@contextmanager
def opened(kind: str, folder: Path, found: World) -> Iterator[Store]:
    """A store of this kind that holds the assets; filled unless it was kept."""
    with ExitStack() as stack:
        url = f"sqlite:///{folder}/assets-{len(found)}.gpkg"
        if kind == "postgis":
            given = os.environ.get("CSDI_TEST_POSTGRES") or stack.enter_context(private_cluster({"shared_buffers": "512MB"})).url
            url = fresh_database(given)
        store = open_store(url)
        stack.callback(store.close)
        made = register(collections(public=True)[0])
        if not has_collection(store, ASSETS):
            start = time.perf_counter()
            with store.transaction() as change:
                change.replace(made, features(found))
            print(f"{kind}: {len(found)} assets written in {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
        elif store.collection(ASSETS).schema != made.schema:
            with store.transaction() as change:
                change.describe(made)
        assert store.count(ASSETS, Query()) == len(found)
        yield store


def measured(question: Question, store: Any, repeats: int) -> Spent:
    """Milliseconds of each run after two to warm, and how many answers are those of numpy."""
    cases = question.cases(repeats + 2)
    spent, right = [], 0
    for number, case in enumerate(cases):
        start = time.perf_counter()
        answer = question.ask(store, case)
        if number >= 2:
            spent.append(1e3 * (time.perf_counter() - start))
            right += question.is_right(answer, case)
    print(f"{question.name:58}{statistics.median(spent):9.2f}{right:5}/{len(spent)}", file=sys.stderr, flush=True)
    return Spent(question, spent, right)


def over_http(store: Store, found: World, repeats: int) -> list[Spent]:
    """The same questions for rows through a server of ours, a process of its own."""
    from benchmarks.asset_http import served

    with tempfile.TemporaryDirectory(prefix="csdi-serving-") as folder, served(store.url, Path(folder)) as server:
        return [measured(question, server, repeats) for question in questions(found) if question.over_http]


def told(kind: str, rows: list[Spent], through: list[Spent]) -> bool:
    """Prints the table of a store; whether all answers are right and, on SQLite, the goals are reached."""
    web = {spent.question.name: spent for spent in through}
    print(f"\n{kind}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n\n"
          "| question | p50 ms | p95 ms | goal | right | HTTP p50 | HTTP p95 | right |\n|---|---|---|---|---|---|---|---|")
    good = True
    for spent in rows:
        question, other = spent.question, web.get(spent.question.name)
        missed = kind == "sqlite" and question.goal is not None and spent.p50 > question.goal
        good = good and not missed and spent.right == len(spent.ms) and (other is None or other.right == len(other.ms))
        goal = "" if question.goal is None else f"{question.goal:g}{' MISSED' if missed else ''}"
        http = f"{other.p50:.2f} | {other.p95:.2f} | {other.right}/{len(other.ms)}" if other else " | | "
        print(f"| {question.name} | {spent.p50:.2f} | {spent.p95:.2f} | {goal} | {spent.right}/{len(spent.ms)} | {http} |")
    return good


if __name__ == "__main__":
    sys.exit(main())
