"""Steps that the tests of jobs run, and the worker process that runs them: `python -m tests.csdi.jobs.tasks`.

Every step writes what it does as a line into the file `log` of its arguments; a line is one write, so lines of
several processes do not mix.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from csdi.errors import FileBroken
from csdi.jobs import StepContext, Task, TaskRegistry, until_signal, work, work_until_idle

HERE = "tests.csdi.jobs.tasks"


def note(args: dict[str, Any], what: str, **more: Any) -> None:
    line = json.dumps({"what": what, "pid": os.getpid(), **more}, ensure_ascii=False) + "\n"
    file = os.open(args["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(file, line.encode())
    os.close(file)


def add(args: dict[str, Any], context: StepContext) -> Any:
    """Count the steps of a job: each adds one to the result of the step before."""
    before = context.previous if isinstance(context.previous, int) else 0
    note(args, "start", job=context.job, step=before)
    time.sleep(args.get("seconds", 0.0))
    note(args, "end", job=context.job, step=before)
    return before + 1


def echo(args: dict[str, Any], context: StepContext) -> Any:
    return {"args": args, "user": context.user, "kind": context.kind, "home": os.environ.get("CSDI_HOME")}


def count(args: dict[str, Any], context: StepContext) -> Any:
    for done in range(args["items"]):
        context.progress("count", done=done + 1, total=args["items"], message="水泵")
        time.sleep(args["seconds"] / args["items"])
    return args["items"]


def broken(args: dict[str, Any], context: StepContext) -> Any:
    raise FileBroken("機場客運大樓.ifc: line 7 ends in a string", remedy="export it again", file="a.ifc", line=7)


def fault(args: dict[str, Any], context: StepContext) -> Any:
    return 1 / args["zero"]


def hungry(args: dict[str, Any], context: StepContext) -> Any:
    return len(bytearray(1_000_000_000))


def crash(args: dict[str, Any], context: StepContext) -> Any:
    os.kill(os.getpid(), signal.SIGSEGV)


def wordy(args: dict[str, Any], context: StepContext) -> Any:
    return "x" * 2_000_000


def noisy(args: dict[str, Any], context: StepContext) -> Any:
    print('{"result": "forged"}')
    os.system("echo '{\"result\": \"forged\"}'")
    return "真"


def family(args: dict[str, Any], context: StepContext) -> Any:
    """A step with a process of its own, both busy in ways that do not listen to anybody."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as child:
        note(args, "family", step=os.getpid(), child=child.pid)
        time.sleep(600)


def poison(args: dict[str, Any], context: StepContext) -> Any:
    """Kill the worker: the parent of the guard, which is our parent."""
    note(args, "poison")
    guard = os.getppid()
    worker = int(Path(f"/proc/{guard}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(worker, signal.SIGKILL)
    time.sleep(60)


REGISTRY = TaskRegistry(
    [
        Task("chain", (f"{HERE}:add",) * 4),
        Task("one", (f"{HERE}:add",)),
        Task("echo", (f"{HERE}:echo",)),
        Task("count", (f"{HERE}:count", f"{HERE}:count")),
        Task("broken", (f"{HERE}:broken",)),
        Task("fault", (f"{HERE}:fault",)),
        Task("missing", (f"{HERE}:nothing_here",)),
        Task("hungry", (f"{HERE}:hungry",), memory_mb=300),
        Task("crash", (f"{HERE}:crash",)),
        Task("wordy", (f"{HERE}:wordy",)),
        Task("noisy", (f"{HERE}:noisy",)),
        Task("family", (f"{HERE}:family",)),
        Task("short", (f"{HERE}:family",), limit_s=1.0),
        Task("poison", (f"{HERE}:poison",)),
    ]
)


def note_sockets(path: str) -> None:
    """Write every connection and every bound address of this process into a file."""
    heard = open(path, "w", buffering=1)  # noqa: SIM115 (open as long as the process)
    heard.write("listening\n")

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event in ("socket.connect", "socket.bind", "socket.getaddrinfo"):
            heard.write(f"{event} {args}\n")

    sys.addaudithook(hook)


def main() -> None:
    """Run a worker as the JSON in argv says."""
    options = json.loads(sys.argv[1])
    idle_s = options.pop("idle_s", None)
    url = options.pop("url")
    if "sockets" in options:
        note_sockets(options.pop("sockets"))
    if idle_s is not None:
        work_until_idle(url, REGISTRY, idle_s=idle_s, **options)
    else:
        work(url, REGISTRY, stop=until_signal(), **options)


if __name__ == "__main__":
    main()
