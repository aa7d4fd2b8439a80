"""A short run of the mutations on small models, and a longer one on real files; `python -m tests.fuzz.mutate` is the long one."""

import random
import time
from pathlib import Path

import pytest

from bim.intake import intake
from tests.bim.corpus import corpus_file
from tests.fenced import Ended, fenced
from tests.fuzz import rich
from tests.fuzz.mutate import KILLED_AFTER_S, MUTATIONS, REAL, Mutation, Table, cases, mutated, read, wrong

CARPARK = Path(__file__).parents[2] / "sample_models" / "small" / "carpark.ifc"


def spoiled(files: list[Path], seed: int, count: int) -> list[Ended]:
    return list(fenced(read, cases(files, seed, range(count)), limit_s=KILLED_AFTER_S))


def assert_each_is_refused_or_loaded(ended: list[Ended], count: int) -> None:
    assert len(ended) == count
    assert [f"{one.given}: {one.how} {one.trace}" for one in ended if wrong(one)] == []
    assert {one.value[0] for one in ended} >= {"loaded", "refused"}


def test_the_models_to_be_spoiled_load_whole(tmp_path: Path) -> None:
    for path in rich.written(tmp_path):
        made = intake(path, model="rich", workers=1)
        assert (made.result, made.counts["spaces"], made.counts["systems"], made.counts["types"]) == ("loaded", 1, 1, 1)
        assert [f for f in made.findings if f.severity == "error" and f.code[:3] in ("STP", "SCH", "MSH")] == []


def test_spoiled_models_are_refused_or_loaded(tmp_path: Path) -> None:
    assert_each_is_refused_or_loaded(spoiled(rich.written(tmp_path), seed=20, count=57), 57)


@pytest.mark.slow
@pytest.mark.corpus
def test_spoiled_real_files_are_refused_or_loaded() -> None:
    files = [corpus_file(f"ifc/{name}.ifc") for name in REAL]
    assert_each_is_refused_or_loaded(spoiled(files, seed=20, count=95), 95)


def test_the_same_seed_gives_the_same_mutation() -> None:
    text = CARPARK.read_bytes()
    assert mutated(text, 3, 7) == mutated(text, 3, 7)
    assert mutated(text, 3, 7) != mutated(text, 4, 7)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: one.__name__)
def test_each_mutation_changes_the_text(mutation: Mutation) -> None:
    text = CARPARK.read_bytes()
    changed = []
    for seed in range(20):
        copy = bytearray(text)
        mutation(random.Random(seed), copy)
        changed.append(bytes(copy) != text)
    assert sum(changed) > 8


def dies(_: int) -> None:
    import os
    os._exit(7)


def test_what_dies_hangs_or_raises_is_told_apart() -> None:
    assert [(one.how, one.trace) for one in fenced(dies, [1], workers=1)] == [("died", "exit code 7")]
    (raised,) = fenced(int, ["x"], workers=1)
    assert raised.how == "raised"
    assert "ValueError" in raised.trace
    assert sorted(one.value for one in fenced(abs, range(-5, 0), workers=2, each=2)) == [1, 2, 3, 4, 5]


@pytest.mark.slow
def test_what_takes_too_long_is_killed() -> None:
    assert [one.how for one in fenced(time.sleep, [100], workers=1, limit_s=0.5, each=1)] == ["hung"]


def test_the_table_counts_by_kind_and_result(tmp_path: Path) -> None:
    table = Table()
    (case,) = cases([CARPARK], 1, [3])
    for how, value in (("returned", ("refused", "file-broken")), ("returned", ("loaded", "")), ("died", None)):
        table.add(Ended(case, how, value))
    assert table.faults == 1
    row = next(line for line in str(table).splitlines() if line.startswith("all"))
    assert row.split() == ["all", "1", "1", "1"]

