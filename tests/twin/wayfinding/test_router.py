"""Shortest ways against networkx and scipy on graphs that are built here, from the same ways, without the router."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import lil_matrix
from scipy.sparse.csgraph import dijkstra

import sample_models
from bim.indoor import MODES, Gate, IndoorGraph, Mode, Network, Passage, Room, Space, model_network
from bim.intake import intake
from csdi.errors import ValueInvalid
from twin.wayfinding.joining import joined
from twin.wayfinding.profiles import Profile, read_rules
from twin.wayfinding.router import Place, Router

RULES = read_rules(Path("/no such folder"))
SAMPLE = Path(sample_models.__file__).parent / "small" / "terminal-arch.ifc"
PLAIN = Profile("plain", {}, dict.fromkeys(MODES, 1.0))


@pytest.fixture(scope="module")
def terminal() -> Network:
    read = intake(SAMPLE, model="terminal", name=SAMPLE.name)
    return joined([model_network(read.tables, read.shapes, read.space_shapes, read.georeference, "terminal")])


def usable(network: Network, profile: Profile, closed: frozenset[str] = frozenset()) -> Iterator[tuple[int, int, float, float]]:
    """(from, to, seconds, metres) of every way that a profile may use, one by one and by the words of the rules."""
    for one, other, length, mode, through, heading in zip(network.one.tolist(), network.other.tolist(), network.length.tolist(), network.mode,
                                                          network.through, network.heading, strict=True):
        kind = MODES[mode]
        passage = network.passages[through] if through >= 0 else None
        if kind not in profile.speeds or (passage is not None and passage.id in closed):
            continue
        if passage is not None and passage.mode is Mode.DOOR and passage.width is not None and passage.width < profile.least_door_width_m:
            continue
        if passage is not None and profile.accessible and passage.accessible is False:
            continue
        rise, run = abs(network.points[one, 2] - network.points[other, 2]), math.dist(network.points[one, :2], network.points[other, :2])
        if kind in (Mode.RAMP, Mode.OUTDOOR) and rise > profile.steepest * run * 1.000001:
            continue
        seconds = max(length, 1e-9) / profile.speeds[kind] + profile.waits.get(kind, 0.0)
        if heading >= 0:
            yield one, other, seconds, max(length, 1e-9)
        if heading <= 0:
            yield other, one, seconds, max(length, 1e-9)


def oracle(network: Network, profile: Profile, origin: Place, target: Place, closed: frozenset[str] = frozenset()) -> float:
    """Seconds of the shortest way by networkx, with the two ends joined to all that is seen from them; infinite without one."""
    graph = nx.DiGraph()
    graph.add_nodes_from(["start", "end"])
    for one, other, seconds, _ in usable(network, profile, closed):
        if not graph.has_edge(one, other) or graph.edges[one, other]["weight"] > seconds:
            graph.add_edge(one, other, weight=seconds)
    pace = profile.speeds[Mode.WALK]
    for place, name in ((origin, "start"), (target, "end")):
        room = network.shapes[place.space].buffer(2e-3, join_style="mitre")
        for number in np.flatnonzero(network.space_of == place.space).tolist():
            if room.covers(shapely.LineString([place.point[:2], network.points[number, :2]])):
                away = math.dist(place.point[:2], network.points[number, :2]) / pace
                graph.add_edge(*((name, number) if name == "start" else (number, name)), weight=away)
    if origin.space == target.space and network.shapes[origin.space].buffer(2e-3).covers(shapely.LineString([origin.point, target.point])):
        graph.add_edge("start", "end", weight=math.dist(origin.point, target.point) / pace)
    try:
        return float(nx.dijkstra_path_length(graph, "start", "end"))
    except nx.NetworkXNoPath:
        return math.inf


def middle(network: Network, space: int) -> Place:
    point = shapely.point_on_surface(network.shapes[space])
    return Place(np.array([point.x, point.y, network.spaces[space].floor]), {"en": ""}, space)


@pytest.mark.parametrize("profile", RULES.profiles)
def test_routes_on_the_sample_terminal_are_the_shortest(terminal: Network, profile: str) -> None:
    router, chosen = Router(terminal), RULES.profile(profile)
    pairs = np.random.default_rng(7).integers(0, len(terminal.spaces), (12, 2)).tolist()
    for begin, end in pairs:
        origin, target = middle(terminal, begin), middle(terminal, end)
        found = router.route(origin, [target], chosen)
        assert found is not None
        assert float(found.seconds.sum()) == pytest.approx(oracle(terminal, chosen, origin, target), abs=1e-6)


def test_barrier_free_routes_avoid_every_stair_and_escalator_though_they_are_nearer(terminal: Network) -> None:
    router, free, walking = Router(terminal), RULES.profile("barrier-free"), RULES.profile("walking")
    levels = {level: [n for n, space in enumerate(terminal.spaces) if space.level == level] for level in ("GF", "L1", "L2")}
    climbed = 0
    for begin, end in zip(levels["GF"], levels["L1"], strict=False):
        origin, target = middle(terminal, begin), middle(terminal, end)
        found, other = router.route(origin, [target], free), router.route(origin, [target], walking)
        assert found is not None
        assert other is not None
        used = {MODES[terminal.mode[way]] for way in found.ways if way >= 0}
        assert not used & {Mode.STAIR, Mode.ESCALATOR}
        assert Mode.LIFT in used
        climbed += any(MODES[terminal.mode[way]] in (Mode.STAIR, Mode.ESCALATOR) for way in other.ways if way >= 0)
    assert climbed > 10


def test_a_closed_lift_is_not_used_and_the_next_best_is_the_shortest(terminal: Network) -> None:
    router, free = Router(terminal), RULES.profile("barrier-free")
    begin = next(n for n, space in enumerate(terminal.spaces) if space.level == "B1")
    end = next(n for n, space in enumerate(terminal.spaces) if space.level == "L3")
    origin, target = middle(terminal, begin), middle(terminal, end)
    first = router.route(origin, [target], free)
    assert first is not None
    lift = next(terminal.passages[terminal.through[way]].id for way in first.ways if way >= 0 and MODES[terminal.mode[way]] is Mode.LIFT)
    second = router.route(origin, [target], free, frozenset({lift}))
    assert second is not None
    assert lift not in {terminal.passages[terminal.through[way]].id for way in second.ways if way >= 0 and terminal.through[way] >= 0}
    assert float(second.seconds.sum()) == pytest.approx(oracle(terminal, free, origin, target, frozenset({lift})), abs=1e-6)
    assert second.seconds.sum() > first.seconds.sum()
    lifts = frozenset(one.id for one in terminal.passages if one.mode is Mode.LIFT)
    assert router.route(origin, [target], free, lifts) is None
    outside = {terminal.spaces[terminal.space_of[point]].level for point, number in terminal.gates.items()
               if terminal.passages[number].exit and terminal.passages[number].outer}
    assert outside
    assert {terminal.spaces[one].level for one in router.cut_off(free, lifts)} == {"B1", "GF", "L1", "L2", "L3"} - outside


def test_evacuation_distances_are_those_of_scipy_on_a_matrix_of_its_own(terminal: Network) -> None:
    profile = RULES.profile("emergency")
    matrix = lil_matrix((len(terminal.points), len(terminal.points)))
    for one, other, _, metres in usable(terminal, profile):
        if matrix[other, one] == 0 or matrix[other, one] > metres:
            matrix[other, one] = metres
    exits = [point for point, passage in terminal.gates.items() if terminal.passages[passage].exit]
    away = dijkstra(matrix.tocsr(), indices=exits).min(axis=0)
    found = Router(terminal).escapes(profile)
    assert len(found) == len(terminal.spaces)
    for escape in found:
        assert escape.metres == pytest.approx(away[terminal.space_of == escape.space].min(), abs=1e-6)
        assert terminal.passages[escape.exit].exit


def plan(columns: int, rows: int, doors: set[tuple[int, int, bool]], widths: dict[tuple[int, int, bool], float]) -> Network:
    """Rooms of 4 x 3 m in a grid, with doors in the middle of the sides (column, row, to the east or to the north)."""
    rooms = [Room(f"{c},{r}", shapely.box(4 * c, 3 * r, 4 * c + 4, 3 * r + 3), 0.0, 3.0) for c in range(columns) for r in range(rows)]
    gates: list[Gate] = []
    passages: list[Passage] = []
    for c, r, east in sorted(doors):
        there = (c + 1, r) if east else (c, r + 1)
        if there[0] < columns and there[1] < rows:
            point = (4.0 * c + 4, 3.0 * r + 1.5, 0.0) if east else (4.0 * c + 2, 3.0 * r + 3, 0.0)
            gates.append(Gate(f"d{c},{r},{east}", ((f"{c},{r}", point), (f"{there[0]},{there[1]}", point))))
            passages.append(Passage(gates[-1].key, "", Mode.DOOR, "m", width=widths.get((c, r, east)), exit=len(passages) % 5 == 0))
    graph = IndoorGraph(rooms, gates)
    numbers = {room.key: number for number, room in enumerate(rooms)}
    keys = {gate.key: number for number, gate in enumerate(gates)}
    edges = graph.edges
    return Network(
        graph.places, np.array([numbers.get(one, -1) for one in graph.room_of()], np.int32), np.array([e.one for e in edges], np.int32),
        np.array([e.other for e in edges], np.int32), np.array([e.length for e in edges], np.float64),
        np.array([MODES.index(e.mode) for e in edges], np.int8), np.array([keys.get(e.key, -1) for e in edges], np.int32),
        np.array([e.heading for e in edges], np.int8), [Space(room.key, room.key, "", "m", "", "", 0.0, 12.0) for room in rooms], passages,
        [room.shape for room in rooms], {n: keys[graph.gate_of(n)] for n in range(graph.size[0]) if graph.gate_of(n)})


sides = st.tuples(st.integers(0, 4), st.integers(0, 4), st.booleans())


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 5), st.integers(1, 5), st.sets(sides, max_size=40), st.dictionaries(sides, st.floats(0.5, 1.2), max_size=20),
       st.integers(0, 24), st.integers(0, 24))
def test_on_any_plan_of_rooms_routes_are_as_networkx_says(columns: int, rows: int, doors: set[tuple[int, int, bool]],
                                                          widths: dict[tuple[int, int, bool], float], begin: int, end: int) -> None:
    network = plan(columns, rows, doors, widths)
    origin, target = middle(network, begin % len(network.spaces)), middle(network, end % len(network.spaces))
    for profile in (PLAIN, RULES.profile("barrier-free")):
        found = Router(network).route(origin, [target], profile)
        wanted = oracle(network, profile, origin, target)
        assert (math.inf if found is None else float(found.seconds.sum())) == pytest.approx(wanted, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 5), st.integers(2, 5), st.sets(sides, min_size=4, max_size=40), st.integers(0, 24))
def test_of_several_places_the_nearest_is_taken(columns: int, rows: int, doors: set[tuple[int, int, bool]], begin: int) -> None:
    network = plan(columns, rows, doors, {})
    router, origin = Router(network), middle(network, begin % len(network.spaces))
    targets = [middle(network, number) for number in range(0, len(network.spaces), 3)]
    each = [router.route(origin, [one], PLAIN) for one in targets]
    found = router.route(origin, targets, PLAIN)
    best = min((float(one.seconds.sum()) for one in each if one is not None), default=None)
    assert (None if found is None else pytest.approx(float(found.seconds.sum()), abs=1e-9)) == best


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 5), st.integers(1, 5), st.sets(sides, max_size=40))
def test_what_is_cut_off_is_what_no_way_joins_to_the_largest_part(columns: int, rows: int, doors: set[tuple[int, int, bool]]) -> None:
    network = plan(columns, rows, doors, {})
    graph = nx.Graph()
    graph.add_nodes_from(range(len(network.spaces)))
    for one, other in zip(network.one.tolist(), network.other.tolist(), strict=True):
        graph.add_edge(int(network.space_of[one]), int(network.space_of[other]))
    joined_rooms = [part for part in nx.connected_components(graph) if len(part) > 1]
    cut = set(Router(network).cut_off(PLAIN))
    if joined_rooms:
        kept = set(range(len(network.spaces))) - cut
        assert kept in joined_rooms
        assert len(kept) == max(map(len, joined_rooms))
    else:
        assert len(cut) == len(network.spaces)


@pytest.mark.parametrize("outer, local, cut", [(True, frozenset(), 0), (False, frozenset(), 2), (True, frozenset({"m"}), 2), (True, frozenset({"m", "n"}), 2)])
def test_houses_with_a_way_out_are_not_cut_off_from_each_other(outer: bool, local: frozenset[str], cut: int) -> None:
    """Two houses of two rooms, each with a door to the street; models without a place share no street."""
    rooms = [Room(f"{n}", shapely.box(4 * n, 0, 4 * n + 4, 3), 0.0, 3.0) for n in range(2)] + [
        Room(f"{n}", shapely.box(4 * n + 20, 0, 4 * n + 24, 3), 0.0, 3.0) for n in range(2, 5)]
    doors = [("a", 0, 1), ("b", 2, 3), ("c", 3, 4)]
    gates = [Gate(key, ((f"{one}", (4.0 * other + (20 if one > 1 else 0), 1.5, 0.0)), (f"{other}", (4.0 * other + (20 if one > 1 else 0), 1.5, 0.0))))
             for key, one, other in doors]
    gates += [Gate("A", (("0", (1.0, 0.0, 0.0)),)), Gate("B", (("4", (37.0, 0.0, 0.0)),))]
    passages = [*(Passage(key, "", Mode.DOOR, "m") for key, _, _ in doors), Passage("A", "", Mode.DOOR, "n", exit=True, outer=outer),
                Passage("B", "", Mode.DOOR, "m", exit=True, outer=outer)]
    graph = IndoorGraph(rooms, gates)
    keys = {gate.key: number for number, gate in enumerate(gates)}
    made = Network(graph.places, np.array([int(one) for one in graph.room_of()], np.int32), np.array([e.one for e in graph.edges], np.int32),
                   np.array([e.other for e in graph.edges], np.int32), np.array([e.length for e in graph.edges], np.float64),
                   np.array([MODES.index(e.mode) for e in graph.edges], np.int8), np.array([keys.get(e.key, -1) for e in graph.edges], np.int32),
                   np.array([e.heading for e in graph.edges], np.int8), [Space(room.key, room.key, "", "m", "", "", 0.0, 12.0) for room in rooms],
                   passages, [room.shape for room in rooms], {n: keys[graph.gate_of(n)] for n in range(graph.size[0]) if graph.gate_of(n)}, local=local)
    assert len(Router(made).cut_off(PLAIN)) == cut


def test_an_escalator_goes_one_way() -> None:
    network = plan(2, 1, {(0, 0, True)}, {})
    up = Network(network.points, network.space_of, network.one, network.other, network.length, network.mode, network.through,
                 np.ones(len(network.one), np.int8), network.spaces, network.passages, network.shapes, network.gates)
    there, back = middle(up, 0), middle(up, 1)
    assert Router(up).route(there, [back], PLAIN) is not None
    assert Router(up).route(back, [there], PLAIN) is None
    assert len(Router(up).cut_off(PLAIN)) == 1


def test_a_network_without_exits_says_so() -> None:
    network = plan(2, 1, set(), {})
    with pytest.raises(ValueInvalid, match="no exit"):
        Router(network).escapes(PLAIN)
