"""Routes through a building of 10 000 spaces: what the network costs once, and what each answer costs.

    python benchmarks/bench_routes.py [spaces]

Prints a table; nothing is asserted. The building: storeys with corridors that cross, rooms on both sides, stairs and lifts.
"""

from __future__ import annotations

import hashlib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import networkx as nx
import numpy as np
import shapely
from starlette.testclient import TestClient

from bim.indoor import MODES, SITE_CRS, Gate, IndoorGraph, Mode, Network, Passage, Room, Space, Stair
from bim.indoor.network import VERSION
from bim.schemas import models_collection, spaces_collection
from csdi.bootstrap import open_services
from csdi.feature import Feature
from csdi.settings import read_settings
from ogc_api.app import create_app
from twin.wayfinding.joining import joined
from twin.wayfinding.places import Places
from twin.wayfinding.profiles import read_rules
from twin.wayfinding.router import Router

EAST, NORTH, RISE = 811_000.0, 819_000.0, 4.5
CORRIDORS, ROOMS = 10, 50
"""Corridors on a storey, and rooms on each side of one."""


def building(storeys: int) -> tuple[list[Room], list[Gate], list[Stair]]:
    rooms, gates, stairs = [], [], []
    for storey in range(storeys):
        floor = 5.0 + RISE * storey
        spine = Room(f"s{storey}", shapely.box(EAST - 6, NORTH, EAST, NORTH + 15 * CORRIDORS), floor, floor + 3)
        rooms.append(spine)
        for row in range(CORRIDORS):
            south = NORTH + 15 * row + 6
            key = f"c{storey}-{row}"
            rooms.append(Room(key, shapely.box(EAST, south, EAST + 4 * ROOMS, south + 3), floor, floor + 3))
            gates.append(Gate(f"g{key}", ((spine.key, (EAST, south + 1.5, floor)), (key, (EAST, south + 1.5, floor)))))
            for side, low, edge in (("n", south + 3, south + 3), ("s", south - 6, south)):
                for number in range(ROOMS):
                    room, west = f"r{storey}-{row}{side}{number}", EAST + 4 * number
                    rooms.append(Room(room, shapely.box(west, low, west + 4, low + 6), floor, floor + 3))
                    gates.append(Gate(f"d{room}", ((key, (west + 2, edge, floor)), (room, (west + 2, edge, floor)))))
        if storey == 0:
            gates += [Gate(f"x{n}", ((spine.key, (EAST - 6, NORTH + 15.0 * n + 7, floor)),)) for n in range(CORRIDORS)]
        if storey + 1 < storeys:
            for n in range(2, CORRIDORS, 3):
                line = np.array([[EAST - 5, NORTH + 15 * n, floor], [EAST - 5, NORTH + 15 * n + 8, floor + RISE]])
                ends = (0, spine.key, tuple(line[0])), (1, f"s{storey + 1}", tuple(line[1]))
                stairs.append(Stair(f"stair{storey}-{n}", line, ends))
    for n in range(1, CORRIDORS, 4):
        line = np.array([[EAST - 3, NORTH + 15 * n, 5.0 + RISE * storey] for storey in range(storeys)])
        stairs.append(Stair(f"lift{n}", line, tuple((s, f"s{s}", tuple(line[s])) for s in range(storeys)), Mode.LIFT))
    return rooms, gates, stairs


def network(rooms: list[Room], gates: list[Gate], stairs: list[Stair]) -> Network:
    graph = IndoorGraph(rooms, gates, stairs)
    keys = {one.key: number for number, one in enumerate((*gates, *stairs))}
    numbers = {room.key: number for number, room in enumerate(rooms)}
    passages = [Passage(f"big:{one.key}", one.key, Mode.DOOR, "big", width=0.9, exit=len(one.sides) == 1, outer=len(one.sides) == 1)
                for one in gates] + [Passage(f"big:{one.key}", one.key, one.mode, "big") for one in stairs]
    edges = graph.edges
    return Network(
        graph.places, np.array([numbers.get(one, -1) for one in graph.room_of()], np.int32), np.array([e.one for e in edges], np.int32),
        np.array([e.other for e in edges], np.int32), np.array([e.length for e in edges]),
        np.array([MODES.index(e.mode) for e in edges], np.int8), np.array([keys.get(e.key, -1) for e in edges], np.int32),
        np.array([e.heading for e in edges], np.int8),
        [Space(f"big:{room.key}", room.key, "", "big", "", f"L{round((room.floor - 5) / RISE)}", room.floor, room.shape.area, 4.0)
         for room in rooms], passages, [room.shape for room in rooms],
        {n: keys[graph.gate_of(n)] for n in range(graph.size[0]) if graph.gate_of(n)}, [], SITE_CRS)


def timed(name: str, work: Callable[[], object], times: int = 1) -> None:
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - begun))
    ordered = sorted(taken)
    print(f"{name:<58}{statistics.median(taken):>10.1f}{ordered[max(0, round(0.95 * times) - 1)]:>10.1f} ms")


def over_networkx(whole: Network, origin: int, target: int) -> None:
    graph = nx.Graph()
    graph.add_weighted_edges_from(zip(whole.one.tolist(), whole.other.tolist(), whole.length.tolist(), strict=True))
    begun = time.perf_counter()
    nx.dijkstra_path_length(graph, origin, target)
    print(f"{'  beside it: networkx, graph ready, one route':<58}{1000 * (time.perf_counter() - begun):>10.1f}")


def main(spaces: int) -> None:
    parts = building(max(1, round(spaces / (1 + CORRIDORS * (1 + 2 * ROOMS)))))
    begun = time.perf_counter()
    made = network(*parts)
    print(f"{made.counts}; graph of rooms, doors and stairs made in {time.perf_counter() - begun:.1f} s")
    print(f"{'':<58}{'p50':>10}{'p95':>10}")
    data = made.to_bytes()
    timed(f"kept network read ({len(data) / 1e6:.1f} MB)", lambda: Network.from_bytes(data), 5)
    timed("models joined", lambda: joined([made]), 3)
    whole, rules, random = joined([made]), read_rules(Path("/nowhere")), np.random.default_rng(1)
    pairs = [tuple(f"big:{whole.spaces[n].name}" for n in random.integers(0, len(whole.spaces), 2)) for _ in range(100)]
    router = Router(whole)
    for id, profile in rules.profiles.items():
        timed(f"first route, {id}: its matrix made", lambda p=profile: Router(whole).costs(p))
    with tempfile.TemporaryDirectory() as home, open_services(read_settings(home=Path(home))) as services:
        places = Places(router, services.store, lambda _: False)
        for id, profile in rules.profiles.items():
            ends = iter(pairs)
            timed(f"one route, {id}", lambda p=profile, ends=ends: router.route(
                *(lambda a, b: (places.find(a)[0], places.find(b)))(*next(ends)), p), len(pairs))
        timed("nearest exit of every space", lambda: router.escapes(rules.profile("emergency")), 5)
        timed("what is cut off", lambda: router.cut_off(rules.profile("barrier-free")), 5)
        over_networkx(whole, int(router.points_of(0)[0]), int(router.points_of(len(whole.spaces) - 1)[0]))
        with services.store.transaction() as change:
            change.create(models_collection())
            change.create(spaces_collection())
            change.write("models", [Feature("big", None, {"name": "big", "kept": "intake/big"})])
        services.blobs.put_named(f"wayfinding/big/{VERSION}-{hashlib.sha256(b'intake/big').hexdigest()[:24]}.npz", data)
        with TestClient(create_app(services.settings, services)) as client:
            timed("first answer over HTTP", lambda: client.get("/api/routes", params={"from": pairs[0][0], "to": pairs[0][1]}))
            for id in rules.profiles:
                ends = iter(pairs)
                client.get("/api/routes", params={"from": pairs[0][0], "to": pairs[0][1], "profile": id})
                timed(f"answer over HTTP, {id}", lambda id=id, ends=ends: client.get("/api/routes", params=dict(
                    zip(("from", "to"), next(ends), strict=True), profile=id)).raise_for_status(), len(pairs))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
