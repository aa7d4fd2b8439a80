"""Vector tiles of 600 000 polygons: ours on both stores beside TiPg on the same table, CPU per tile of server and database.

    python -m benchmarks.bench_tiles [--count 600000] [--tipg /path/to/python/that/has/tipg] [--keep FOLDER]

TiPg is not a dependency of ours; name an interpreter that has it and uvicorn, or leave it out. Every server is one process, is
asked for the same tiles one after the other, and compresses its answers (gzip). TiPg makes each tile anew each time. It answers
with empty tiles from a table in EPSG:2326, so it gets a copy of ours in EPSG:4326, with the same attributes and indexes.
"""

from __future__ import annotations

import argparse
import http.client
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from benchmarks.city import COUNT, SCHEMA, buildings, collection
from csdi.collection import Collection
from csdi.store import open_store
from csdi.tiles import tile_matrix_set
from tests.services import private_cluster

LEVELS = {10: 12, 12: 30, 14: 150, 16: 100}
"""How many tiles are asked for at each level."""
TURN = 10
Address = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Server:
    """One server under test: how its tiles are asked for, and its process."""

    name: str
    port: int
    pid: int
    path: str


@dataclass(slots=True)
class Spent:
    """What one server spent on the tiles of one level."""

    cpu_s: float = 0.0
    took: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)

    @property
    def cpu_ms(self) -> float:
        """Per tile."""
        return 1e3 * self.cpu_s / max(len(self.took), 1)


Results = dict[tuple[str, str, int], Spent]


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--count", type=int, default=COUNT)
    arguments.add_argument("--tipg", default="")
    arguments.add_argument("--keep", type=Path)
    asked = arguments.parse_args()
    folder = asked.keep or Path(tempfile.mkdtemp(prefix="csdi-bench-"))
    try:
        with private_cluster() as cluster:
            results = run(asked.count, asked.tipg, folder, cluster.url)
    finally:
        if not asked.keep:
            shutil.rmtree(folder, ignore_errors=True)
    return 0 if verdict(results) else 1


def run(count: int, tipg: str, folder: Path, postgres: str) -> Results:
    """All servers over the same data and tiles, in turns."""
    sqlite = f"sqlite:///{folder}/site.gpkg"
    tiles, _ = (prepared(url, count) for url in (sqlite, postgres))
    results: Results = {}
    path = "/ogc/collections/buildings/tiles/WebMercatorQuad/{z}/{y}/{x}?f=mvt"
    with ExitStack() as stack:
        servers = []
        for name, store in (("ours, SQLite", sqlite), ("ours, PostGIS", postgres)):
            port, pid = stack.enter_context(ours(folder / name.split()[1], store))
            servers.append(Server(name, port, pid, path))
        if tipg:
            with psycopg.connect(postgres, autocommit=True) as database:
                copy_for_peer(database)
            port, pid = stack.enter_context(peer(tipg, postgres))
            servers.append(Server("TiPg", port, pid, "/collections/public.buildings/tiles/WebMercatorQuad/{z}/{x}/{y}"))
        cluster = database_pid(postgres)
        for round in ("first", "again"):
            for level, places in tiles.items():
                results |= asked_in_turns(servers, round, level, places, cluster)
    return results


def prepared(url: str, count: int) -> dict[int, list[Address]]:
    """The store with the buildings in it; the tiles to ask for."""
    store = open_store(url)
    if not any(known.id == "buildings" for known in store.collections()):
        with store.transaction() as change:
            change.replace(collection(), buildings(count))
    found = chosen(store.collection("buildings"))
    store.close()
    return found


def asked_in_turns(servers: Sequence[Server], round: str, level: int, places: Sequence[Address], cluster: int) -> Results:
    """A few tiles from each server, then from the next, so that a busy machine hurts all alike; CPU of server and database."""
    results: Results = {(server.name, round, level): Spent() for server in servers}
    for begin in range(0, len(places), TURN):
        for server in servers:
            spent = results[server.name, round, level]
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
            before = cpu_s(server.pid) + tree_cpu_s(cluster)
            for z, y, x in places[begin:begin + TURN]:
                start = time.perf_counter()
                connection.request("GET", server.path.format(z=z, y=y, x=x), headers={"Accept-Encoding": "gzip"})
                answer = connection.getresponse()
                body = answer.read()
                spent.took.append(time.perf_counter() - start)
                spent.sizes.append(len(body))
                assert answer.status in (200, 204), (answer.status, body[:300])
            spent.cpu_s += cpu_s(server.pid) + tree_cpu_s(cluster) - before
            connection.close()
    for (name, _, _), spent in results.items():
        print(f"{name:14} z{level:<3} {round:6} CPU {spent.cpu_ms:8.2f} ms/tile   p50 {1e3 * statistics.median(spent.took):8.2f} ms   "
              f"mean {statistics.mean(spent.sizes) / 1e3:7.1f} kB gzip", flush=True)
    return results


def verdict(results: Results) -> bool:
    """The goals at level 14: a first tile cheaper than TiPg's, a kept one at most a fiftieth of it."""
    if ("TiPg", "again", 14) not in results:
        return True
    theirs = min(results["TiPg", round, 14].cpu_ms for round in ("first", "again"))
    good = True
    for name in ("ours, SQLite", "ours, PostGIS"):
        first, kept = (results[name, round, 14].cpu_ms for round in ("first", "again"))
        print(f"{name}: first {first / theirs:.2f} of TiPg's, kept 1/{theirs / kept:.0f}")
        good = good and first < theirs and kept <= theirs / 50
    return good


def copy_for_peer(database: psycopg.Connection[tuple[object, ...]]) -> None:
    """The same rows in `public.buildings`, longitude and latitude."""
    table = database.execute("SELECT layout::json->>'table' FROM csdi.collections WHERE id = 'buildings'").fetchall()[0][0]
    names = ", ".join(f'"{name}"' for name in ("id", *(field.name for field in SCHEMA)))
    for statement in (f"CREATE TABLE public.buildings AS SELECT {names}, ST_Transform(geom, 4326)::geometry(polygon, 4326) AS geom "
                      f'FROM csdi."{table}"', "ALTER TABLE public.buildings ADD PRIMARY KEY (id)",
                      "CREATE INDEX ON public.buildings USING gist (geom)", "CREATE INDEX ON public.buildings (kind)",
                      "CREATE INDEX ON public.buildings (height)", "VACUUM ANALYZE"):
        database.execute(statement.encode())


def chosen(known: Collection) -> dict[int, list[Address]]:
    """(level, row, column) of tiles over the city, the same each time."""
    grid, chance = tile_matrix_set("WebMercatorQuad"), random.Random(14)
    box = grid.box_of(known.extent.bbox)
    assert box is not None
    tiles: dict[int, list[Address]] = {}
    for level, count in LEVELS.items():
        top, bottom, left, right = grid.limits(box, level)
        every = [(level, row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)]
        tiles[level] = chance.sample(every, min(count, len(every)))
    return tiles


@contextmanager
def ours(home: Path, store: str) -> Iterator[tuple[int, int]]:
    """Our server, one process, with nothing kept yet: (port, process id)."""
    shutil.rmtree(home, ignore_errors=True)
    environment = os.environ | {"CSDI_HOME": str(home), "CSDI_STORE": store}
    command = [sys.executable, "-m", "uvicorn", "ogc_api.serve:application", "--factory"]
    with serving(command, environment, "/ogc/collections/buildings/tiles?f=json") as found:
        yield found


@contextmanager
def peer(python: str, postgres: str) -> Iterator[tuple[int, int]]:
    """TiPg over its copy: (port, process id)."""
    environment = os.environ | {"DATABASE_URL": postgres, "TIPG_DB_SCHEMAS": '["public"]', "TIPG_CATALOG_TTL": "0"}
    with serving([python, "-m", "uvicorn", "tipg.main:app"], environment, "/collections/public.buildings") as found:
        yield found


@contextmanager
def serving(command: Sequence[str], environment: dict[str, str], ready: str, port: int = 0) -> Iterator[tuple[int, int]]:
    """A server on a loopback port, a free one for 0, from when it answers `ready`."""
    port = port or free_port()
    process = subprocess.Popen([*command, "--host", "127.0.0.1", "--port", str(port), "--log-level", "warning"], env=environment)
    try:
        deadline = time.monotonic() + 60
        while not answers(port, ready):
            assert process.poll() is None, "the server ended"
            assert time.monotonic() < deadline, f"nothing at {ready}"
            time.sleep(0.2)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(20)


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int, path: str) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False


def cpu_s(pid: int) -> float:
    """Seconds of CPU that the threads of a process have had."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def tree_cpu_s(pid: int) -> float:
    """A process with its living children. A parallel worker that has ended takes its share with it, in the favour of who used it."""
    total = cpu_s(pid)
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        with suppress(OSError):
            total += tree_cpu_s(int(child))
    return total


def database_pid(url: str) -> int:
    """The process that PostgreSQL's backends are children of."""
    port = urlsplit(url).port
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = (folder / "cmdline").read_bytes().split(b"\0")
            if command[0].endswith(b"/postgres") and f"port={port}".encode() in command:
                return int(folder.name)
    raise RuntimeError("no PostgreSQL here")


if __name__ == "__main__":
    sys.exit(main())
