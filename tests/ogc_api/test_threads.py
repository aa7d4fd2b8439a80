"""Threads for blocking work: answers and faults come back, as many work at once as there may be, nobody waits for ever."""

from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar

import pytest

from ogc_api.threads import Threads

_WHO: ContextVar[str] = ContextVar("who", default="nobody")


def test_answers_come_back_from_other_threads() -> None:
    async def ask() -> list[tuple[int, bool]]:
        threads, here = Threads(), threading.get_ident()
        return [await threads.run(lambda n=n: (n, threading.get_ident() != here)) for n in range(5)]  # type: ignore[misc]

    assert asyncio.run(ask()) == [(n, True) for n in range(5)]


@pytest.mark.parametrize(("fault", "raised"), [(ValueError("no"), ValueError), (StopIteration(), RuntimeError)])
def test_a_fault_is_raised_where_the_answer_is_awaited(fault: BaseException, raised: type[BaseException]) -> None:
    def work() -> None:
        raise fault

    async def ask() -> None:
        with pytest.raises(raised):
            await asyncio.wait_for(Threads().run(work), 5)

    asyncio.run(ask())


def test_as_many_work_at_once_as_there_may_be() -> None:
    """Three of four meet at a barrier, which they pass only together; the fourth has to wait for one of them."""
    barrier, busy, most = threading.Barrier(3), list[int](), list[int]()

    def work() -> int:
        busy.append(1)
        most.append(len(busy))
        if len(most) <= 3:
            barrier.wait(5)
        busy.pop()
        return 1

    async def ask() -> int:
        threads = Threads(most=3)
        return sum(await asyncio.gather(*(threads.run(work) for _ in range(4))))

    assert asyncio.run(ask()) == 4
    assert max(most) == 3


def test_a_thread_is_used_again_and_knows_who_asks() -> None:
    async def ask() -> list[tuple[str, str]]:
        threads, found = Threads(), []
        for name in ("a", "b"):
            _WHO.set(name)
            found.append(await threads.run(lambda: (_WHO.get(), threading.current_thread().name)))
            await asyncio.sleep(0.05)  # the thread has to come back before the next asks
        return found

    assert asyncio.run(ask()) == [("a", "work-1"), ("b", "work-1")]


def test_whoever_is_cancelled_leaves_the_thread_to_others() -> None:
    async def ask() -> str:
        threads, gate = Threads(most=1), threading.Event()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(threads.run(lambda: gate.wait(5)), 0.05)
        gate.set()
        return await asyncio.wait_for(threads.run(lambda: "done"), 5)

    assert asyncio.run(ask()) == "done"
