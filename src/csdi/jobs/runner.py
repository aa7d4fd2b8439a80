"""The worker's side of a step: starts the child process, listens to it, and lets nothing of it survive."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from csdi.jobs.child import RESULT_LIMIT
from csdi.jobs.job import JSON, Progress

_PROGRESS_EVERY_S = 1.0
_STDERR_KEPT = 4000
_EXIT_AFTER_RESULT_S = 5.0

Report = Callable[[Progress], Awaitable[None]]


class StepFailed(Exception):
    """A step ended without its result; `data` has the form of `CsdiError.to_dict`."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        super().__init__(str(error.get("message", "")))
        self.code = str(error.get("code", "job-failed"))
        self.data = dict(error)


@dataclass(frozen=True, slots=True)
class StepRequest:
    """What the child process is asked to do."""

    step: str
    args: Mapping[str, JSON]
    previous: JSON
    job: str
    kind: str
    user: str
    memory_mb: int | None

    def line(self) -> bytes:
        """The request as one line of JSON."""
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return json.dumps(fields, ensure_ascii=False).encode() + b"\n"


async def start_child(environment: Mapping[str, str] | None = None, preload: Sequence[str] = ()) -> Process:
    """A child process that waits for its request, in a session of its own; it ends when this process does."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "csdi.jobs.child", *preload),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        start_new_session=True,
        env={**os.environ, **(environment or {})},
        limit=2 * RESULT_LIMIT,
    )


async def run_child(
    request: StepRequest,
    *,
    limit_s: float,
    report: Report,
    environment: Mapping[str, str] | None = None,
    child: Process | None = None,
) -> JSON:
    """Run one step in a process of its own and return its result.

    Whatever happens, cancellation included, no process of the step is left when this returns.

    Args:
        request: what to run.
        limit_s: seconds until the step is killed.
        report: called at most once a second with the newest progress, as a fraction of this step.
        environment: variables that the child sees besides those of this process.
        child: one of `start_child` that has waited, to be used up; without it a new one is started.

    Raises:
        StepFailed: with the step's own error, or why it was killed.
    """
    child = child or await start_child(environment)
    conversation = _Conversation(child, request, report)
    clock = asyncio.timeout(max(limit_s, 0.0))
    try:
        async with clock:
            await conversation.listen()
    except TimeoutError:
        if not clock.expired():
            raise
        raise StepFailed(_time_limit(request, limit_s)) from None
    finally:
        await end_child(child)
        await conversation.close()
    return conversation.conclusion()


class _Conversation:
    """Everything that is said between the worker and one child."""

    def __init__(self, child: Process, request: StepRequest, report: Report) -> None:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stderr is not None
        self._in, self._out, self._err = child.stdin, child.stdout, child.stderr
        self._request = request
        self._report = report
        self._newest: Progress | None = None
        self._told = asyncio.Event()
        self._stderr = b""
        self._answer: dict[str, Any] | None = None
        self._exit: int | None = None
        self._stderr_reader = asyncio.create_task(self._keep_stderr())
        self._reporter = asyncio.create_task(self._report_now_and_then())

    async def listen(self) -> None:
        """Ask, then take in what the child says until its step has ended."""
        with suppress(ConnectionError):  # a child that died at once is explained by the conclusion
            self._in.write(self._request.line())
            await self._in.drain()
        while self._exit is None and (line := await self._out.readline()):
            self._take_in(json.loads(line))
        if self._told.is_set() and self._newest is not None:
            await self._report(self._newest)

    def conclusion(self) -> JSON:
        """The result; to be asked after `close`. Raises `StepFailed`."""
        if self._answer is not None and "result" in self._answer:
            result: JSON = self._answer["result"]
            return result
        answered = self._answer is not None
        error = dict(self._answer["error"]) if self._answer is not None else _died(self._request, self._exit)
        if not answered or error.get("code") == "internal-error":
            error["stderr"] = self._stderr.decode(errors="replace")
        raise StepFailed(error)

    async def close(self) -> None:
        """Stop reporting, and read the rest of stderr (the child is dead, so it has an end)."""
        self._reporter.cancel()
        await asyncio.wait([self._reporter])
        _, unread = await asyncio.wait([self._stderr_reader], timeout=1.0)
        for reader in unread:
            reader.cancel()

    def _take_in(self, said: dict[str, Any]) -> None:
        if "progress" in said:
            self._newest = Progress(**said["progress"])
            self._told.set()
        elif "exit" in said:
            self._exit = int(said["exit"])
        else:
            self._answer = said
            # What hangs while it ends is cut off: the guard kills the session when its stdin closes.
            asyncio.get_running_loop().call_later(_EXIT_AFTER_RESULT_S, self._in.close)

    async def _keep_stderr(self) -> None:
        while part := await self._err.read(65536):
            self._stderr = (self._stderr + part)[-_STDERR_KEPT:]

    async def _report_now_and_then(self) -> None:
        while True:
            await self._told.wait()
            self._told.clear()
            if self._newest is not None:
                await self._report(self._newest)
            await asyncio.sleep(_PROGRESS_EVERY_S)


async def end_child(child: Process) -> None:
    """Kill the session of the child: its guard outlives the step, so the number is still that of our session."""
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    await child.wait()


def _time_limit(request: StepRequest, limit_s: float) -> dict[str, JSON]:
    return {
        "code": "job-failed",
        "message": f"time limit: {request.step} had {max(limit_s, 0.0):g} s left and did not finish",
        "remedy": "split the input, or submit with a higher limit",
        "reason": "time limit",
        "limit_s": limit_s,
    }


def _died(request: StepRequest, exit_code: int | None) -> dict[str, JSON]:
    killed = exit_code is not None and exit_code < 0
    how = f"was killed by {signal.strsignal(-(exit_code or 0))}" if killed else "ended without an answer"
    return {
        "code": "job-failed",
        "message": f"{request.step} {how}",
        "remedy": "the input may need more memory than the machine has, or a native library failed; see `stderr`",
        "reason": "killed",
    }
