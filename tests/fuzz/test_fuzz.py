"""A short run of the mutations, on the sample models; `python -m tests.fuzz.mutate` is the long one."""

import random
import time
from pathlib import Path

import pytest

from tests.fenced import fenced
from tests.fuzz.mutate import KILLED_AFTER_S, MUTATIONS, cases, mutated, read, wrong

SAMPLES = Path(__file__).parents[2] / "sample_models" / "small"
FILES = [SAMPLES / f"{name}.ifc" for name in ("carpark", "terminal-structure")]
MUTATED = 40

pytestmark = pytest.mark.slow


def test_spoiled_models_are_refused_or_loaded() -> None:
    ended = list(fenced(read, cases(FILES, seed=20, numbers=range(MUTATED)), limit_s=KILLED_AFTER_S))
    assert len(ended) == MUTATED
    assert [f"{one.given}: {one.how} {one.trace}" for one in ended if wrong(one)] == []
    assert {one.value[0] for one in ended} >= {"loaded", "refused"}


def test_the_same_seed_gives_the_same_mutation() -> None:
    text = FILES[0].read_bytes()
    assert mutated(text, 3, 7) == mutated(text, 3, 7)
    assert mutated(text, 3, 7) != mutated(text, 4, 7)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: one.__name__)
def test_each_mutation_changes_the_text(mutation) -> None:
    text = FILES[0].read_bytes()
    changed = []
    for seed in range(20):
        spoiled = bytearray(text)
        mutation(random.Random(seed), spoiled)
        changed.append(bytes(spoiled) != text)
    assert sum(changed) > 8


def dies(_: int) -> None:
    import os
    os._exit(7)


def test_what_dies_hangs_or_raises_is_told_apart() -> None:
    assert [(one.how, one.trace) for one in fenced(dies, [1], workers=1)] == [("died", "exit code 7")]
    assert [one.how for one in fenced(time.sleep, [30], workers=1, limit_s=0.0, each=1)] != ["returned"]
    (raised,) = fenced(int, ["x"], workers=1)
    assert raised.how == "raised"
    assert "ValueError" in raised.trace
    assert sorted(one.value for one in fenced(abs, range(-5, 0), workers=2, each=2)) == [1, 2, 3, 4, 5]
