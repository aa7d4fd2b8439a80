"""Services that tests need: a PostgreSQL server, private to the test session.

`CSDI_TEST_POSTGRES` may name a running server (a URL of a superuser database); otherwise a cluster is made in a
temporary folder and removed at the end. Where neither is possible the test is skipped with the reason, or fails
when `CSDI_REQUIRE_SERVICES=1`.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

_START_LIMIT_S = 60.0

_FAST_AND_SMALL = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "jit": "off",
}
"""Server settings of a cluster whose data nobody will miss."""


class PostgresAbsent(Exception):
    """This machine has no PostgreSQL server binaries."""


class PostgresCluster:
    """A PostgreSQL server of our own: made in `folder`, on a free loopback port, started and stopped by us.

    `settings` are laid over those of a cluster whose data nobody will miss.
    """

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self._settings = dict(settings or {})
        self._bin = _postgres_binaries()
        self._folder = folder
        self._data = folder / "data"
        self._port = _free_port()
        self._password = secrets.token_hex(16)
        self._server: subprocess.Popen[bytes] | None = None
        self._own_by_server_user()
        self._initdb()

    @property
    def url(self) -> str:
        """URL of the superuser's database."""
        return f"postgresql://postgres:{self._password}@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        settings = {
            **_FAST_AND_SMALL,
            **self._settings,
            "port": str(self._port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self._folder),
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self._folder / "server.log").open("ab") as log:
            self._server = subprocess.Popen(
                [*_dies_with_us(), self._bin / "postgres", "-D", self._data, *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                **_server_user(),
            )
        self._wait_until_it_answers()

    def stop(self, *, immediate: bool = False) -> None:
        """Stop the server: rollback and disconnect, or at once, as in a power cut."""
        if self._server is not None:
            self._server.send_signal(signal.SIGQUIT if immediate else signal.SIGINT)
            try:
                self._server.wait(30)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()
            self._server = None

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + _START_LIMIT_S
        while True:
            try:
                psycopg.connect(self.url, connect_timeout=5).close()
            except psycopg.OperationalError:
                ended = self._server is None or self._server.poll() is not None
                if ended or time.monotonic() > deadline:
                    raise RuntimeError(f"PostgreSQL did not start:\n{self._log_tail()}") from None
                time.sleep(0.1)
            else:
                return

    def _log_tail(self) -> str:
        return (self._folder / "server.log").read_text(errors="replace")[-2000:]

    def _own_by_server_user(self) -> None:
        if os.geteuid() == 0:
            shutil.chown(self._folder, "postgres", "postgres")

    def _initdb(self) -> None:
        password = self._folder / "password"
        password.write_text(self._password)
        if os.geteuid() == 0:
            shutil.chown(password, "postgres", "postgres")
        try:
            options = ["-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256", "--no-sync"]
            subprocess.run(
                [self._bin / "initdb", "-D", self._data, f"--pwfile={password}", *options],
                check=True,
                capture_output=True,
                cwd=self._folder,
                **_server_user(),
            )
        finally:
            password.unlink()


@contextmanager
def private_cluster(settings: Mapping[str, str] | None = None) -> Iterator[PostgresCluster]:
    """A started cluster in a temporary folder; raises `PostgresAbsent`. For tests that stop the server themselves."""
    folder = Path(tempfile.mkdtemp(prefix="csdi-pg-"))  # short: a socket's path has at most 107 characters
    try:
        cluster = PostgresCluster(folder, settings)
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def fresh_database(url: str) -> str:
    """Create an empty database on the server of `url` and return the URL of the new one."""
    name = f"csdi_test_{secrets.token_hex(6)}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def drop_database(url: str, database: str) -> None:
    """Drop the database of the URL `database`, with its connections, on the server of `url`."""
    name = urlsplit(database).path.removeprefix("/")
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def unavailable(reason: str) -> NoReturn:
    """Skip the test for `reason`, or fail it where services are required."""
    if os.environ.get("CSDI_REQUIRE_SERVICES") == "1":
        pytest.fail(f"CSDI_REQUIRE_SERVICES=1, but {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """URL of a superuser database on a PostgreSQL server; one server for the session (for each xdist worker)."""
    given = os.environ.get("CSDI_TEST_POSTGRES")
    if given:
        yield given
        return
    try:
        _postgres_binaries()
    except PostgresAbsent as absent:
        unavailable(str(absent))
    with private_cluster() as cluster:
        yield cluster.url


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """URL of an empty database, dropped after the test."""
    database = fresh_database(postgres_url)
    yield database
    drop_database(postgres_url, database)


def _postgres_binaries() -> Path:
    """Folder with `postgres` and `initdb`, the newest of the machine."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name))
    on_path = shutil.which("postgres")
    for folder in [*reversed(debian), *([Path(on_path).parent] if on_path else [])]:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise PostgresAbsent("no PostgreSQL server here: set CSDI_TEST_POSTGRES or install postgresql")


def _server_user() -> dict[str, Any]:
    """Arguments for `subprocess`: PostgreSQL refuses to run as root, so it runs as Debian's user `postgres`."""
    if os.geteuid() != 0:
        return {}
    return {"user": "postgres", "group": "postgres", "extra_groups": []}


def _dies_with_us() -> list[str]:
    """Command prefix (Linux): a fast shutdown when the test process dies without having stopped the server."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "INT", "--"] if setpriv else []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
