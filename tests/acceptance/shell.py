"""The `csdi` command as people run it: in a process of its own, against a data folder of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

START_S = 60.0


@dataclass
class Shell:
    """A shell with its own data folder."""

    home: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What the command sees."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CSDI_") or name == "CSDI_CORPUS"}
        return kept | {"CSDI_HOME": str(self.home), "TERM": "dumb", "PYTHONWARNINGS": "ignore"} | self.variables

    def run(self, *arguments: str | Path, timeout_s: float = 240) -> subprocess.CompletedProcess[str]:
        """The finished command, with its output as text."""
        return subprocess.run(self.command(*arguments), env=self.environment, capture_output=True, text=True, timeout=timeout_s,
                              check=False)

    def json(self, *arguments: str | Path, timeout_s: float = 240) -> Any:
        """The JSON document on stdout, whatever the exit code."""
        done = self.run(*arguments, "--json", timeout_s=timeout_s)
        return json.loads(done.stdout)

    def start(self, *arguments: str | Path, log: Path | None = None) -> subprocess.Popen[bytes]:
        """The command, running; what it says goes to a log, for a pipe that nobody reads stops who writes."""
        self.home.parent.mkdir(parents=True, exist_ok=True)
        with (log or self.home.with_name(f"{self.home.name}.log")).open("wb") as said:
            return subprocess.Popen(self.command(*arguments), env=self.environment, stdout=said, stderr=subprocess.STDOUT)

    def command(self, *arguments: str | Path) -> list[str]:
        """The words of the command."""
        return [sys.executable, "-m", "ogc_api", *(str(a) for a in arguments)]

    @contextmanager
    def serving(self, *arguments: str, workers: int = 2) -> Iterator[Server]:
        """A server on a free port, ended at the end of the context."""
        port = free_port()
        log = self.home.with_name(f"{self.home.name}-{port}.log")
        process = self.start(*(arguments or ("serve",)), *(() if arguments else ("--workers", str(workers))), "--port", str(port), log=log)
        server = Server(process, f"http://127.0.0.1:{port}", log)
        try:
            server.wait_until_up()
            yield server
        finally:
            server.end()


@dataclass
class Server:
    """A running server."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path

    def get(self, path: str) -> Any:
        """The JSON at a path, over a connection of its own."""
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return json.loads(answer.read())

    def wait_until_up(self) -> None:
        """Return when it answers; fail with its output when it ends first."""
        ends = time.monotonic() + START_S
        while time.monotonic() < ends:
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended: {self.log.read_text(errors='replace')}")
            try:
                self.get("/readyz")
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
            else:
                return
        raise AssertionError("the server did not come up")

    def kill(self) -> None:
        """kill -9 of the process that was started, and of nothing else."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def end(self) -> None:
        """SIGTERM, and a little patience."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
