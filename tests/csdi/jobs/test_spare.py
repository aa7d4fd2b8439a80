"""A spare child process: used once, made anew, ended when nobody needs it, and never left behind."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from csdi.jobs.job import Progress
from csdi.jobs.runner import StepRequest, run_child
from csdi.jobs.spare import Spare

STEP = StepRequest("tests.csdi.jobs.test_spare:square", {"number": 7}, None, "", "square", "", None)
ROOT = str(Path(__file__).parents[3])


def square(args: dict[str, Any], _: Any) -> Any:
    return {"square": args["number"] ** 2, "loaded_s": time.monotonic() - LOADED}


LOADED = time.monotonic()


async def silent(_: Progress) -> None:
    return


def with_spare(work: Callable[[Spare], Awaitable[Any]], kept_s: float = 60.0) -> Any:
    async def inside() -> Any:
        spare = Spare(("tests.csdi.jobs.test_spare",), {"PYTHONPATH": ROOT}, kept_s)
        try:
            return await work(spare)
        finally:
            await spare.close()
    return asyncio.run(inside())


async def waiting(spare: Spare) -> int:
    """The number of the process that waits."""
    for _ in range(200):
        if spare._waiting is not None:
            return spare._waiting.pid
        await asyncio.sleep(0.05)
    raise AssertionError("no child waits")


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_each_child_runs_one_step_and_was_loaded_before() -> None:
    async def work(spare: Spare) -> Any:
        first = await spare.take()
        spare.renew()
        answers = [await run_child(STEP, limit_s=30, report=silent, child=first)]
        ready = await waiting(spare)
        await asyncio.sleep(3)
        second = await spare.take()
        assert second.pid == ready
        answers.append(await run_child(STEP, limit_s=30, report=silent, child=second))
        assert not alive(first.pid)
        assert not alive(second.pid)
        return answers
    one, two = with_spare(work)
    assert (one["square"], two["square"]) == (49, 49)
    assert two["loaded_s"] > 1.0


def test_one_that_died_is_not_given_out() -> None:
    async def work(spare: Spare) -> Any:
        spare.renew()
        os.kill(await waiting(spare), 9)
        await asyncio.sleep(0.3)
        return await run_child(STEP, limit_s=30, report=silent, child=await spare.take())
    assert with_spare(work)["square"] == 49


def test_one_that_nobody_needs_is_ended() -> None:
    async def work(spare: Spare) -> int:
        spare.renew()
        pid = await waiting(spare)
        for _ in range(100):
            if not alive(pid):
                break
            await asyncio.sleep(0.05)
        assert not alive(pid)
        return pid
    assert with_spare(work, kept_s=0.2)


def test_closing_leaves_nothing() -> None:
    async def work(spare: Spare) -> int:
        spare.renew()
        return await waiting(spare)
    assert not alive(with_spare(work))
