"""The child process of one step: `python -m csdi.jobs.child`, killable, and gone when its worker is gone.

Two processes, so that code that never returns to Python cannot keep the child alive:

    worker --- stdin: the request, then silence; closed means "die" ---> guard --- fork ---> step
           <-- stdout: one JSON object per line: progress, result | error, exit ------------'

Both share a session of their own, so that one signal reaches all that the step has started. What the step prints
goes to stderr.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import signal
import sys
import threading
import time
import traceback
from dataclasses import asdict
from typing import Any, TextIO

from csdi.errors import CsdiError
from csdi.jobs.job import JSON, Progress
from csdi.jobs.task import StepContext, resolve

RESULT_LIMIT = 1_000_000
"""Bytes of JSON that a step may return; larger things belong into a store or a blob."""

_PROGRESS_EVERY_S = 0.1


def main() -> None:
    """Read the request, fork, run the step in the one process and guard it in the other.

    Modules that the command line names are imported first, so that a child that waits for its request is quick when it comes.
    """
    for module in sys.argv[1:]:
        importlib.import_module(module)
    request = _read_request()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print must not get between the answers
    step = os.fork()
    if step == 0:
        _detach_from_worker()
        sys.exit(_run(request, answers))
    _guard(step, answers)


def _read_request() -> dict[str, Any]:
    """The first line of stdin, read without buffering: what follows belongs to the guard."""
    line = b""
    while not line.endswith(b"\n"):
        part = os.read(0, 65536)
        if not part:
            sys.exit(0)  # the worker died before it asked for anything
        line += part
    request: dict[str, Any] = json.loads(line)
    return request


def _detach_from_worker() -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)


def _guard(step: int, answers: TextIO) -> None:
    """Tell how the step ended, then wait for the worker to let go; either way nothing of the session survives."""
    threading.Thread(target=_die_with_worker, daemon=True).start()
    _, status = os.waitpid(step, 0)
    _send(answers, {"exit": os.waitstatus_to_exitcode(status)})
    while True:
        time.sleep(3600)


def _die_with_worker() -> None:
    while os.read(0, 65536):
        pass
    os.killpg(0, signal.SIGKILL)


def _run(request: dict[str, Any], answers: TextIO) -> int:
    try:
        if request["memory_mb"] is not None:
            limit = request["memory_mb"] * 1024 * 1024
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        context = StepContext(
            job=request["job"],
            kind=request["kind"],
            user=request["user"],
            previous=request["previous"],
            report=_Reporter(answers),
        )
        result = resolve(request["step"])(request["args"], context)
        _send(answers, {"result": _small(result, request["step"])})
    except CsdiError as error:
        _send(answers, {"error": json.loads(json.dumps(error.to_dict(), default=str))})
        return 1
    except MemoryError:
        _send(answers, {"error": _out_of_memory(request)})
        return 1
    except Exception as error:
        traceback.print_exc()
        _send(answers, {"error": _unexpected(error)})
        return 1
    return 0


class _Reporter:
    """Sends progress to the worker, at most ten times a second unless the stage changes."""

    def __init__(self, answers: TextIO) -> None:
        self._answers = answers
        self._lock = threading.Lock()
        self._stage: str | None = None
        self._sent_at = 0.0

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        with self._lock:
            if progress.stage == self._stage and now - self._sent_at < _PROGRESS_EVERY_S and progress.fraction != 1:
                return
            self._stage, self._sent_at = progress.stage, now
            _send(self._answers, {"progress": asdict(progress)})


def _send(answers: TextIO, answer: dict[str, JSON] | dict[str, Any]) -> None:
    answers.write(json.dumps(answer, ensure_ascii=False, allow_nan=False) + "\n")
    answers.flush()


def _small(result: JSON, step: str) -> JSON:
    size = len(json.dumps(result, ensure_ascii=False, allow_nan=False).encode())
    if size > RESULT_LIMIT:
        raise ValueError(f"{step} returned {size} bytes of JSON; the limit is {RESULT_LIMIT}: return a key instead")
    return result


def _out_of_memory(request: dict[str, Any]) -> dict[str, JSON]:
    allowed = f" within {request['memory_mb']} MB" if request["memory_mb"] is not None else ""
    return {
        "code": "job-failed",
        "message": f"{request['step']} ran out of memory{allowed}",
        "remedy": "split the input, or raise the memory limit of the task",
        "reason": "memory",
    }


def _unexpected(error: Exception) -> dict[str, JSON]:
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{os.path.basename(frames[-1].filename)}:{frames[-1].lineno} in {frames[-1].name}" if frames else ""
    return {
        "code": "internal-error",
        "message": " ".join(f"{type(error).__name__}: {error}".split())[:500],
        "remedy": "this is a fault of the program: report it with the lines in `stderr`",
        "where": where,
    }


if __name__ == "__main__":
    main()
