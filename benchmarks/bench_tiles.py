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
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from benchmarks.city import COUNT, SCHEMA, buildings, collection
from csdi.store import open_store
from csdi.tiles import tile_matrix_set
from tests.services import private_cluster

LEVELS = {10: 12, 12: 30, 14: 150, 16: 100}
"""How many tiles are asked for at each level."""
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Measured:
    """One server, one level, one round."""

    server: str
    level: int
    round: str
    cpu_ms: float
    p50_ms: float
    kilobytes: float
    largest: int


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--count", type=int, default=COUNT)
    arguments.add_argument("--tipg", default="")
    arguments.add_argument("--keep", type=Path)
    asked = arguments.parse_args()
    folder = asked.keep or Path(tempfile.mkdtemp(prefix="csdi-bench-"))
    try:
        with private_cluster() as cluster:
            results = list(run(asked.count, asked.tipg, folder, cluster.url))
    finally:
        if not asked.keep:
            shutil.rmtree(folder, ignore_errors=True)
    return 0 if verdict(results) else 1


def run(count: int, tipg: str, folder: Path, postgres: str) -> Iterator[Measured]:
    """All servers over the same data and tiles."""
    sqlite = f"sqlite:///{folder}/site.gpkg"
    tiles = {}
    for url in (sqlite, postgres):
        store = open_store(url)
        if not any(known.id == "buildings" for known in store.collections()):
            with store.transaction() as change:
                change.replace(collection(), buildings(count))
        tiles = chosen(store.collection("buildings"))
        store.close()
    with psycopg.connect(postgres, autocommit=True) as database:
        copy_for_peer(database)
    for name, store_url in (("ours, SQLite", sqlite), ("ours, PostGIS", postgres)):
        with ours(folder / name.split()[1], store_url) as (port, pid):
            path = "/ogc/collections/buildings/tiles/WebMercatorQuad/{z}/{y}/{x}?f=mvt"
            for round in ("first", "cached"):
                yield from measured(name, round, port, path, tiles, pid, postgres)
    if tipg:
        with peer(tipg, postgres) as (port, pid):
            path = "/collections/public.buildings/tiles/WebMercatorQuad/{z}/{x}/{y}"
            for round in ("first", "again"):
                yield from measured("TiPg", round, port, path, tiles, pid, postgres)


def copy_for_peer(database: psycopg.Connection[tuple[object, ...]]) -> None:
    """The same rows in `public.buildings`, longitude and latitude."""
    table = database.execute("SELECT layout::json->>'table' FROM csdi.collections WHERE id = 'buildings'").fetchall()[0][0]
    names = ", ".join(f'"{name}"' for name in ("id", *(field.name for field in SCHEMA)))
    for statement in (f"CREATE TABLE public.buildings AS SELECT {names}, ST_Transform(geom, 4326)::geometry(polygon, 4326) AS geom "
                      f'FROM csdi."{table}"', "ALTER TABLE public.buildings ADD PRIMARY KEY (id)",
                      "CREATE INDEX ON public.buildings USING gist (geom)", "CREATE INDEX ON public.buildings (kind)",
                      "CREATE INDEX ON public.buildings (height)", "VACUUM ANALYZE"):
        database.execute(statement.encode())


def chosen(known: object) -> dict[int, list[tuple[int, int, int]]]:
    """(level, row, column) of tiles over the city, the same each time."""
    grid, chance = tile_matrix_set("WebMercatorQuad"), random.Random(14)
    box = grid.box_of(known.extent.bbox)  # type: ignore[attr-defined]
    assert box is not None
    tiles: dict[int, list[tuple[int, int, int]]] = {}
    for level, count in LEVELS.items():
        top, bottom, left, right = grid.limits(box, level)
        every = [(level, row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)]
        tiles[level] = chance.sample(every, min(count, len(every)))
    return tiles


def measured(server: str, round: str, port: int, path: str, tiles: dict[int, list[tuple[int, int, int]]], pid: int,
             postgres: str) -> Iterator[Measured]:
    """CPU of the server and of the database while the tiles are asked for."""
    for level, places in tiles.items():
        connection = http.client.HTTPConnection("127.0.0.1", port)
        before, took, sizes = cpu_s(pid) + database_cpu_s(postgres), [], []
        for z, y, x in places:
            start = time.perf_counter()
            connection.request("GET", path.format(z=z, y=y, x=x), headers={"Accept-Encoding": "gzip"})
            answer = connection.getresponse()
            body = answer.read()
            took.append(time.perf_counter() - start)
            sizes.append(len(body))
            assert answer.status in (200, 204), (answer.status, body[:300])
        spent = cpu_s(pid) + database_cpu_s(postgres) - before
        found = Measured(server, level, round, 1e3 * spent / len(places), 1e3 * statistics.median(took), statistics.mean(sizes) / 1e3,
                         max(sizes))
        print(f"{server:14} z{level:<3} {round:7} CPU {found.cpu_ms:8.2f} ms/tile   p50 {found.p50_ms:8.2f} ms   "
              f"mean {found.kilobytes:7.1f} kB gzip", flush=True)
        yield found


def verdict(results: Sequence[Measured]) -> bool:
    """The goals: a first tile cheaper than TiPg's, a kept one at most a fiftieth of it, at level 14 on the same database."""
    at = {(r.server, r.round): r.cpu_ms for r in results if r.level == 14}
    theirs = at.get(("TiPg", "again"))
    if theirs is None:
        return True
    for server in ("ours, SQLite", "ours, PostGIS"):
        print(f"{server}: first {at[server, 'first'] / theirs:.2f} of TiPg's, kept 1/{theirs / at[server, 'cached']:.0f}")
    return at["ours, PostGIS", "first"] < theirs and all(at[s, "cached"] <= theirs / 50 for s in ("ours, SQLite", "ours, PostGIS"))


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
def serving(command: Sequence[str], environment: dict[str, str], ready: str) -> Iterator[tuple[int, int]]:
    """A server on a free loopback port, until it answers `ready`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
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


def answers(port: int, path: str) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False


def cpu_s(pid: int) -> float:
    """User and system seconds of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def database_cpu_s(url: str) -> float:
    """User and system seconds of PostgreSQL's processes that live and of those that have ended."""
    port = urlsplit(url).port
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().split(b"\0")
            if command[0].endswith(b"/postgres") and f"port={port}".encode() in command:
                return tree_cpu_s(int(folder.name))
        except (OSError, IndexError):
            continue
    return 0.0


def tree_cpu_s(pid: int) -> float:
    """A process with its children, those that it waited for included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    total = sum(map(int, fields[11:15])) / _TICKS
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        try:
            total += tree_cpu_s(int(child))
        except OSError:
            continue
    return total


if __name__ == "__main__":
    sys.exit(main())
