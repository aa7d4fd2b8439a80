"""kill -9 in the middle: after a restart the model is wholly there, and half a model is never seen."""

from __future__ import annotations

import json
import subprocess
import threading
import time
import urllib.error
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.shell import Server, Shell

SMALL = Path(__file__).parents[2] / "sample_models" / "small"
MODEL = SMALL / "terminal-arch.ifc"


def parts(server: Server) -> tuple[int, int, int]:
    """(models, elements, spaces) that the server shows."""
    def count(id: str, filter: str = "") -> int:
        try:
            return int(server.get(f"/ogc/collections/{id}/items?limit=1{filter}")["numberMatched"])
        except urllib.error.HTTPError as error:
            assert error.code == 404
            return 0
    return count("models"), count("elements", "&filter=role%3D%27element%27"), count("spaces")


def whole(shell: Shell, expected: Path) -> dict[str, Any]:
    """What loading the model without any trouble gives."""
    (result,) = Shell(expected).json("models", "add", MODEL)
    assert result["result"].startswith("loaded")
    return dict(result)


@pytest.mark.parametrize("after_s", [0.6, 2.0, 3.5])
def test_a_killed_server_resumes_the_model_it_was_loading(shell: Shell, tmp_path: Path, after_s: float) -> None:
    counts = whole(shell, tmp_path / "undisturbed")["counts"]
    complete = (1, counts["elements"], counts["spaces"])
    with shell.serving(workers=1) as server:
        adding = shell.start("models", "add", MODEL)
        seen: set[tuple[int, int, int]] = set()
        stop = threading.Event()
        watcher = threading.Thread(target=_watch, args=(server, seen, stop))
        watcher.start()
        time.sleep(after_s)
        server.kill()
        stop.set()
        watcher.join()
        assert seen <= {(0, 0, 0), complete}, seen
    time.sleep(0.5)
    with shell.serving(workers=1) as server:
        ends = time.monotonic() + 120
        while parts(server) != complete and time.monotonic() < ends:
            assert parts(server) in {(0, 0, 0), complete}
            time.sleep(0.2)
        assert parts(server) == complete
    try:
        adding.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        adding.kill()
        raise
    assert adding.returncode == 0


def _watch(server: Server, seen: set[tuple[int, int, int]], stop: threading.Event) -> None:
    """Note every state that readers see; requests are not one snapshot, so a change between two of them is asked again."""
    while not stop.is_set():
        try:
            first, again = parts(server), parts(server)
        except (urllib.error.URLError, ConnectionError, OSError):
            continue
        if first == again:
            seen.add(first)


def test_a_killed_command_leaves_a_job_that_the_next_server_finishes(shell: Shell) -> None:
    adding = shell.start("models", "add", MODEL)
    ends = time.monotonic() + 60
    while not json.loads(shell.run("jobs", "list", "--json").stdout or "[]") and time.monotonic() < ends:
        time.sleep(0.1)
    adding.kill()
    adding.communicate()
    with shell.serving(workers=1) as server:
        ends = time.monotonic() + 120
        while parts(server)[0] != 1 and time.monotonic() < ends:
            time.sleep(0.2)
        assert parts(server)[0] == 1


def test_nothing_of_a_killed_server_keeps_running(shell: Shell) -> None:
    with shell.serving(workers=3) as server:
        started = descendants(server.process.pid)
        assert len(started) >= 4, "three web processes and a worker"
        server.kill()
        ends = time.monotonic() + 15
        while (left := [pid for pid in started if alive(pid)]) and time.monotonic() < ends:
            time.sleep(0.2)
        assert not left
        with pytest.raises((urllib.error.URLError, ConnectionError)):
            server.get("/healthz")


def descendants(pid: int) -> list[int]:
    """Process ids of children and children's children."""
    answer = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False).stdout
    children = [int(word) for word in answer.split()]
    return children + [grandchild for child in children for grandchild in descendants(child)]


def alive(pid: int) -> bool:
    """Whether the process still runs (a zombie does not)."""
    state = Path(f"/proc/{pid}/stat")
    try:
        return state.read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_web_processes_that_need_long_to_begin_are_waited_for(tmp_path: Path) -> None:
    """On a busy machine a process reads its modules for many seconds; here it sleeps first, longer than two usual waits of a supervisor."""
    (tmp_path / "slow").mkdir()
    (tmp_path / "slow" / "sitecustomize.py").write_text("import sys, time\nif '--multiprocessing-fork' in sys.orig_argv:\n    time.sleep(12)\n")
    shell = Shell(tmp_path / "home", {"PYTHONPATH": str(tmp_path / "slow")})
    with shell.serving() as server:
        assert server.get("/ogc")["title"]
