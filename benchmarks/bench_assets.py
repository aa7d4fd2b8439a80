"""A million assets: what a facility manager asks, through the store and through HTTP, p50 and p95, each answer held against numpy's.

    python -m benchmarks.bench_assets [--assets 1000000] [--repeats 60] [--folder KEPT] [--stores sqlite,postgis] [--without-http]
                                      [--postgis-assets N] [--only ROW,ROW]

The assets are made up from a seed (`asset_world`) and written to the register once; with `--folder` the store is kept there and used
again. PostgreSQL is the server of CSDI_TEST_POSTGRES, else one of its own that ends with the program. Goals are of SQLite, in the
store. Row 9 asks for a condition where a sensor's latest value is wanted one day. Row 8 does not ask the store: a server keeps the
network of a site in memory until a model changes; its answer is held against a search in plain Python.
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
    """What one question cost: milliseconds of each run on the clock and of our processor, and of how many the answer was right."""

    question: Question
    ms: list[float]
    cpu_ms: list[float]
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
    parser.add_argument("--postgis-assets", type=int, help="fewer in PostGIS, where filling takes longer")
    parser.add_argument("--only", default="", help="beginnings of names of questions")
    asked = parser.parse_args()
    good = True
    with ExitStack() as stack:
        folder = asked.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="csdi-assets-")))
        folder.mkdir(parents=True, exist_ok=True)
        for kind in asked.stores.split(","):
            found = world(asked.postgis_assets or asked.assets if kind == "postgis" else asked.assets)
            chosen = tuple(f"{row} " for row in asked.only.split(",") if row)
            wanted = [one for one in questions(found) if one.name.startswith(chosen or "")]
            with opened(kind, folder, found) as (store, url):
                rows = [measured(question, store, asked.repeats) for question in wanted]
                through = [] if asked.without_http else over_http(url, wanted, asked.repeats)
            good = told(f"{kind}, {len(found)} assets", rows, through) and good
    return 0 if good else 1


def register(base: Collection) -> Collection:
    """The register with the declared properties that the questions go by."""
    return replace(base, public=True, schema=replace(base.schema, fields=(*base.schema.fields, POWER, WEIGHT)))


@contextmanager
def opened(kind: str, folder: Path, found: World) -> Iterator[tuple[Store, str]]:
    """(a store of this kind that holds the assets, its URL); filled unless it was kept."""
    with ExitStack() as stack:
        url = f"sqlite:///{folder}/assets-{len(found)}.gpkg"
        if kind == "postgis":
            given = os.environ.get("CSDI_TEST_POSTGRES") or stack.enter_context(private_cluster({"shared_buffers": "512MB"})).url
            url = fresh_database(given)
        store = open_store(url)
        stack.callback(store.close)
        made = register(collections(public=True)[0])
        if not has_collection(store, ASSETS) or any(field not in made.schema.fields for field in store.collection(ASSETS).schema):
            start = time.perf_counter()
            with store.transaction() as change:
                change.replace(made, features(found))
            print(f"{kind}: {len(found)} assets written in {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
        elif store.collection(ASSETS).schema != made.schema:
            with store.transaction() as change:
                change.describe(made)
        assert store.count(ASSETS, Query()) == len(found)
        yield store, url


def measured(question: Question, store: Any, repeats: int) -> Spent:
    """Milliseconds of each run after two to warm, and how many answers are those of numpy."""
    cases = question.cases(repeats + 2)
    spent, ours, right = [], [], 0
    for number, case in enumerate(cases):
        start, begun = time.perf_counter(), time.process_time()
        answer = question.ask(store, case)
        if number >= 2:
            spent.append(1e3 * (time.perf_counter() - start))
            ours.append(1e3 * (time.process_time() - begun))
            right += question.is_right(answer, case)
    print(f"{question.name:58}{statistics.median(spent):9.2f}{right:5}/{len(spent)}", file=sys.stderr, flush=True)
    return Spent(question, spent, ours, right)


def over_http(url: str, wanted: list[Question], repeats: int) -> list[Spent]:
    """The same questions for rows through a server of ours, a process of its own."""
    from benchmarks.asset_http import served

    with tempfile.TemporaryDirectory(prefix="csdi-serving-") as folder, served(url, Path(folder)) as server:
        return [measured(question, server, repeats) for question in wanted if question.over_http]


def told(kind: str, rows: list[Spent], through: list[Spent]) -> bool:
    """Prints the table of a store; whether all answers are right and, on SQLite, the goals are reached."""
    web = {spent.question.name: spent for spent in through}
    print(f"\n{kind}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n\n"
          "| question | p50 ms | p95 ms | CPU p50 | goal | right | HTTP p50 | HTTP p95 | right |\n|---|---|---|---|---|---|---|---|---|")
    good = True
    for spent in rows:
        question, other = spent.question, web.get(spent.question.name)
        missed = kind.startswith("sqlite") and question.goal is not None and spent.p50 > question.goal
        good = good and not missed and spent.right == len(spent.ms) and (other is None or other.right == len(other.ms))
        goal = "" if question.goal is None else f"{question.goal:g}{' MISSED' if missed else ''}"
        http = f"{other.p50:.2f} | {other.p95:.2f} | {other.right}/{len(other.ms)}" if other else " | | "
        times = (spent.p50, spent.p95, statistics.median(spent.cpu_ms))
        print(f"| {question.name} | {' | '.join(f'{ms:.2f}' for ms in times)} | {goal} | {spent.right}/{len(spent.ms)} | {http} |")
    return good


if __name__ == "__main__":
    sys.exit(main())
