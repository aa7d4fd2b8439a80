"""OGC API Features over 600 000 polygons: ours on both stores beside stock pygeoapi and TiPg, CPU per request of server and database.

    python -m benchmarks.bench_features [--count 600000] [--without-peers] [--keep FOLDER]
    python -m benchmarks.bench_features --growth [--all] [--keep FOLDER]

Every server is one process and answers without compression. Each is asked for the same things in turns, a few requests at a time,
so that a busy machine hurts all alike; the figure is the median of the turns. All answers but single items say `numberMatched`.
The peers have a copy of our PostGIS table in longitude and latitude, so that neither has to transform coordinates (from EPSG:2326
both would give wrong places).

`--growth` asks ours alone, with 10^5, 10^6 and (`--all`) 10^7 polygons in the same area. Its boxes hold as many of them each time.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg

from benchmarks.bench_tiles import copy_for_peer, database_pid, ours, prepared, tree_cpu_s
from benchmarks.city import COUNT
from benchmarks.feature_peers import pygeoapi, tipg
from tests.services import fresh_database, private_cluster

TURNS = 7
TURNS_OF_GROWTH = 25
PER_TURN = {"limit 10": 10, "limit 1 000": 4, "limit 10 000": 1, "box of 300 m": 10, "CQL2, limit 100": 4, "item": 20}
GOALS = {"limit 1 000": {"pygeoapi": 25.0, "TiPg": 25.0}, "limit 10 000": {"pygeoapi": 25.0, "TiPg": 25.0},
         "box of 300 m": {"pygeoapi": 8.0, "TiPg": 8.0}, "CQL2, limit 100": {"pygeoapi": 5.0, "TiPg": 5.0}, "item": {"TiPg": 5.0}}
"""How many times less than a peer is wanted."""
GROWTH_GOAL = 1.5
OURS = ("ours, SQLite", "ours, PostGIS")
_POSTGRES = {"shared_buffers": "1GB", "autovacuum": "off"}
_BOX_M, _BOX_COUNT = 300.0, 25
_DEGREES_PER_M = (1 / 102_900, 1 / 110_750)
_CENTRES = (113.95, 22.22, 114.35, 22.48)
_KINDS = ("residential", "commercial", "industrial", "government", "school", "hospital", "hotel", "car park")

Asked = dict[str, list[str]]
"""Kind of request -> what is asked for, behind `/collections/<id>/items`."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server under test: the path of its items, how it wants a filter to be announced, and the processes that work for it."""

    name: str
    port: int
    pids: tuple[int, ...]
    items: str
    filter: str = "&filter-lang=cql2-text"


@dataclass(slots=True)
class Spent:
    """What one server spent on one kind of request."""

    cpu_ms: list[float] = field(default_factory=list)
    took_ms: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)

    @property
    def cpu(self) -> float:
        """Milliseconds of CPU per request."""
        return statistics.median(self.cpu_ms)

    @property
    def p50(self) -> float:
        """Milliseconds until the last byte."""
        return statistics.median(self.took_ms)


Results = dict[tuple[str, str], Spent]
"""(server, kind of request) -> spent."""


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--count", type=int, default=COUNT)
    arguments.add_argument("--without-peers", action="store_true")
    arguments.add_argument("--growth", action="store_true")
    arguments.add_argument("--all", action="store_true", help="with 10^7 polygons too")
    arguments.add_argument("--keep", type=Path, help="a folder whose GeoPackages are kept for the next run")
    asked = arguments.parse_args()
    folder = asked.keep or Path(tempfile.mkdtemp(prefix="csdi-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with private_cluster(_POSTGRES) as cluster:
            if asked.growth:
                counts = [10**5, 10**6, *([10**7] if asked.all else [])]
                return 0 if judge_growth(growth(counts, folder, cluster.url), counts) else 1
            results = compare(asked.count, folder, cluster.url, with_peers=not asked.without_peers)
    finally:
        if not asked.keep:
            shutil.rmtree(folder, ignore_errors=True)
    print_table(results)
    return 0 if judge(results) else 1


def compare(count: int, folder: Path, postgres: str, *, with_peers: bool) -> Results:
    """All servers over the same data and requests."""
    with ExitStack() as stack:
        servers = our_servers(stack, count, folder, postgres)
        if with_peers:
            with psycopg.connect(postgres, autocommit=True) as database:
                copy_for_peer(database)
            settle(postgres)
            servers += peers(stack, folder, postgres)
        return asked_in_turns(servers, dict.fromkeys((server.name for server in servers), requests(count)), PER_TURN, TURNS)


def our_servers(stack: ExitStack, count: int, folder: Path, postgres: str, label: str = "") -> list[Server]:
    """Ours on both stores, filled with `count` polygons."""
    urls = (f"sqlite:///{folder}/features-{count}.gpkg", postgres)
    made = []
    for name, url in zip(OURS, urls, strict=True):
        begun = time.perf_counter()
        prepared(url, count)
        print(f"{name}: {count:,} polygons there in {time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)
        if url == postgres:
            settle(postgres)
        port, pid = stack.enter_context(ours(folder / f"{name.split()[1]}{count}", url))
        pids = (pid, database_pid(postgres)) if url == postgres else (pid,)
        made.append(Server(name + label, port, pids, "/ogc/collections/buildings/items"))
    return made


def settle(postgres: str) -> None:
    """Leave the tables as autovacuum leaves them after a while. What was committed a moment ago cannot be marked as visible to all."""
    with psycopg.connect(postgres, autocommit=True) as database:
        database.execute("SELECT pg_sleep(2)")
        database.execute("CHECKPOINT")
        database.execute("VACUUM ANALYZE")


def peers(stack: ExitStack, folder: Path, postgres: str) -> Iterator[Server]:
    """The peers that can be installed here; the others are named with the reason."""
    starts: dict[str, tuple[Callable[[], AbstractContextManager[tuple[int, int]]], str, str]] = {
        "pygeoapi": (lambda: pygeoapi(folder / "pygeoapi", postgres, "buildings"), "/collections/buildings/items", ""),
        "TiPg": (lambda: tipg(postgres, "buildings"), "/collections/public.buildings/items", "&filter-lang=cql2-text")}
    for name, (start, items, language) in starts.items():
        try:
            port, pid = stack.enter_context(start())
        except (OSError, AssertionError, subprocess.SubprocessError) as error:
            print(f"{name} is left out: {error}", file=sys.stderr)
        else:
            yield Server(name, port, (pid, database_pid(postgres)), items, language)


def requests(count: int) -> Asked:
    """What is asked for, the same each time."""
    chance = random.Random(5)
    heights = [60 + chance.random() * 50 for _ in range(40)]
    filters = [f"kind = '{chance.choice(_KINDS)}' AND height > {height:.1f}" for height in heights]
    return {"limit 10": ["?limit=10"], "limit 1 000": ["?limit=1000"], "limit 10 000": ["?limit=10000"],
            "box of 300 m": [f"?limit=1000&bbox={box}" for box in boxes(chance, _BOX_M)],
            "CQL2, limit 100": [f"?limit=100&filter={quote(text)}{{filter}}" for text in filters],
            "item": [f"/{chance.randrange(count)}" for _ in range(200)]}


def boxes(chance: random.Random, side_m: float) -> list[str]:
    """Boxes over the city, longitude and latitude."""
    west, south, east, north = _CENTRES
    half = [side_m / 2 * degrees for degrees in _DEGREES_PER_M]
    made = []
    for _ in range(100):
        x, y = chance.uniform(west, east), chance.uniform(south, north)
        made.append(",".join(f"{n:.6f}" for n in (x - half[0], y - half[1], x + half[0], y + half[1])))
    return made


def asked_in_turns(servers: Sequence[Server], asked: Mapping[str, Asked], per_turn: Mapping[str, int], turns: int) -> Results:
    """A few requests to each server, then to the next; the first turn only warms. `asked` is by server."""
    results: Results = {}
    for kind, number in per_turn.items():
        for turn in range(turns + 1):
            for server in servers:
                spent = Spent() if turn == 0 else results.setdefault((server.name, kind), Spent())
                paths = asked[server.name][kind]
                chosen = [paths[(turn * number + i) % len(paths)] for i in range(number)]
                ask(server, chosen, spent, counted=kind != "item")
        print(kind, {server.name: round(results[server.name, kind].cpu, 2) for server in servers}, file=sys.stderr, flush=True)
    return results


def ask(server: Server, paths: Sequence[str], spent: Spent, *, counted: bool) -> None:
    """Ask one after the other over one connection. The answers are checked after the clock has stopped."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    bodies = []
    before = cpu_s(server)
    for path in paths:
        start = time.perf_counter()
        target = server.items + path.format(filter=server.filter)
        connection.request("GET", target + ("&" if "?" in target else "?") + f"f={_form(server)}", headers={"Accept-Encoding": "identity"})
        answer = connection.getresponse()
        bodies.append(answer.read())
        spent.took_ms.append(1e3 * (time.perf_counter() - start))
        assert answer.status == 200, (server.name, path, answer.status, bodies[-1][:300])
    spent.cpu_ms.append(1e3 * (cpu_s(server) - before) / len(paths))
    spent.sizes += map(len, bodies)
    connection.close()
    checked = json.loads(bodies[-1])
    assert not counted or checked["numberMatched"] >= len(checked["features"]), (server.name, paths[-1])


def _form(server: Server) -> str:
    return "geojson" if server.name == "TiPg" else "json"


def cpu_s(server: Server) -> float:
    """Seconds of CPU that a server and its database have had, with those of database processes that have ended."""
    return sum(float(tree_cpu_s(pid)) + _ended_s(pid) for pid in server.pids)


def _ended_s(pid: int) -> float:
    """Of children that have ended; a process that has gone counts nothing."""
    with suppress(OSError):
        user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[13:15]
        return float(int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
    return 0.0


def print_table(results: Results) -> None:
    """CPU and p50 of every server, in Markdown."""
    names, kinds = list(dict.fromkeys(name for name, _ in results)), list(dict.fromkeys(kind for _, kind in results))
    print(f"\nCPU ms per request, server and database (p50 in ms, kB)\n\n| | {' | '.join(kinds)} |\n|---|{'---|' * len(kinds)}")
    for name in names:
        cells = [(results[name, kind], kind) for kind in kinds]
        print(f"| {name} | " + " | ".join(f"{spent.cpu:.2f} ({spent.p50:.2f}, {statistics.median(spent.sizes) / 1e3:.1f})"
                                          for spent, _ in cells) + " |")


def judge(results: Results) -> bool:
    """How many times less ours spends than each peer; where a goal is missed it says so."""
    peers_there = [name for name in ("pygeoapi", "TiPg") if any(name == there for there, _ in results)]
    good = True
    print(f"\n| ours / peer | {' | '.join(PER_TURN)} |\n|---|{'---|' * len(PER_TURN)}")
    for mine in OURS:
        for peer in peers_there:
            cells = []
            for kind in PER_TURN:
                ratio, goal = results[peer, kind].cpu / results[mine, kind].cpu, GOALS.get(kind, {}).get(peer, 0.0)
                good = good and ratio >= goal
                cells.append(f"1/{ratio:.1f}" + (f" **goal 1/{goal:.0f} missed**" if ratio < goal else ""))
            print(f"| {mine} / {peer} | {' | '.join(cells)} |")
    print("every goal is reached" if good else "not every goal is reached")
    return good


def growth(counts: Sequence[int], folder: Path, postgres: str) -> Results:
    """Ours on both stores at every size, all sizes side by side."""
    with ExitStack() as stack:
        servers, asked = [], {}
        for count in counts:
            for server in our_servers(stack, count, folder, fresh_database(postgres), f" {count}"):
                servers.append(server)
                asked[server.name] = requests_of_growth(count)
        return asked_in_turns(servers, asked, {"limit 100": 4, "box": 8, "item": 10}, TURNS_OF_GROWTH)


def requests_of_growth(count: int) -> Asked:
    """As `requests`; the boxes hold about `_BOX_COUNT` polygons at every size."""
    chance = random.Random(7)
    side_m = (_BOX_COUNT / (count / (55_000 * 39_000))) ** 0.5
    return {"limit 100": ["?limit=100"], "box": [f"?limit=100&bbox={box}" for box in boxes(chance, side_m)],
            "item": [f"/{chance.randrange(count)}" for _ in range(400)]}


def judge_growth(results: Results, counts: Sequence[int]) -> bool:
    """p50 at every size, and the largest of them by the smallest."""
    good = True
    print(f"\np50 in ms (CPU ms)\n\n| | {' | '.join(f'{count:,}' for count in counts)} | growth |\n|---|{'---|' * (len(counts) + 1)}")
    for mine in OURS:
        for kind in ("limit 100", "box", "item"):
            cells = [results[f"{mine} {count}", kind] for count in counts]
            factor = cells[-1].p50 / cells[0].p50
            good = good and factor <= GROWTH_GOAL
            print(f"| {mine}, {kind} | " + " | ".join(f"{spent.p50:.2f} ({spent.cpu:.2f})" for spent in cells)
                  + f" | {factor:.2f}{'' if factor <= GROWTH_GOAL else f' **goal {GROWTH_GOAL} missed**'} |")
    return good


if __name__ == "__main__":
    sys.exit(main())
