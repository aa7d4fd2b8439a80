"""Models that touch, and the paths outside: one network from door to gate."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import shapely

from bim.indoor import MODES, SITE_CRS, Gate, IndoorGraph, Loss, Mode, Network, Passage, Room, Space, Stair
from twin.wayfinding.joining import Path, joined, merged
from twin.wayfinding.profiles import Profile
from twin.wayfinding.router import Place, Router

EAST, NORTH = 811_000.0, 819_000.0
PLAIN = Profile("plain", {}, dict.fromkeys(MODES, 1.0))


def hall(model: str, x: float, *doors: tuple[str, float, float], floor: float = 5.0, size: float = 10.0, crs: str = SITE_CRS,
         stairs: tuple[Stair, ...] = ()) -> Network:
    """A square room from (x, 0) on, with doors to the outside at these places."""
    base = np.array([EAST, NORTH, 0.0]) if crs else np.zeros(3)
    room = Room("r", shapely.box(base[0] + x, base[1], base[0] + x + size, base[1] + size), floor, floor + 3)
    gates = [Gate(key, (("r", (base[0] + x + dx, base[1] + dy, floor)),)) for key, dx, dy in doors]
    graph = IndoorGraph([room], gates, stairs)
    keys = {**{gate.key: number for number, gate in enumerate(gates)}, **{s.key: len(gates) + n for n, s in enumerate(stairs)}}
    passages = [Passage(f"{model}:{gate.key}", gate.key, Mode.DOOR, model, outer=True, exit=True, width=0.9) for gate in gates]
    passages += [Passage(f"{model}:{stair.key}", "", stair.mode, model) for stair in stairs]
    edges = graph.edges
    return Network(
        graph.places, np.array([0 if one else -1 for one in graph.room_of()], np.int32), np.array([e.one for e in edges], np.int32),
        np.array([e.other for e in edges], np.int32), np.array([e.length for e in edges], np.float64),
        np.array([MODES.index(e.mode) for e in edges], np.int8), np.array([keys.get(e.key, -1) for e in edges], np.int32),
        np.array([e.heading for e in edges], np.int8), [Space(f"{model}:r", model, "", model, "", "", floor, size * size)], passages,
        [room.shape], {n: keys[graph.gate_of(n)] for n in range(graph.size[0]) if graph.gate_of(n)},
        [Loss(f"{model}:{stair.key}", "", "stair", "it does not lead from one room to another") for stair in stairs], crs)


def at(network: Network, id: str, dx: float, dy: float) -> Place:
    number = next(n for n, space in enumerate(network.spaces) if space.id == id)
    shift = np.array([EAST, NORTH, 0.0]) if network.spaces[number].model not in network.local else np.zeros(3)
    return Place(np.array([dx, dy, network.spaces[number].floor]) + shift, {"en": id}, number)


def length(network: Network, origin: Place, target: Place, profile: Profile = PLAIN) -> float:
    found = Router(network).route(origin, [target], profile)
    return math.inf if found is None else float(found.metres.sum())


def test_a_door_between_two_models_is_one_way_through() -> None:
    """The door of the first model, in the wall 0.4 m from the second one's room: straight through."""
    whole = joined([hall("a", 0.0, ("d", 10.0, 5.0)), hall("b", 10.4)])
    assert length(whole, at(whole, "a:r", 2.0, 5.0), at(whole, "b:r", 15.0, 5.0)) == pytest.approx(13.0, abs=1e-6)
    closed = Router(whole).route(at(whole, "a:r", 2.0, 5.0), [at(whole, "b:r", 15.0, 5.0)], PLAIN, frozenset({"a:d"}))
    assert closed is None
    wide = replace(PLAIN, least_door_width_m=1.0)
    assert length(whole, at(whole, "a:r", 2.0, 5.0), at(whole, "b:r", 15.0, 5.0), wide) == math.inf


@pytest.mark.parametrize("other", [hall("b", 14.0), hall("b", 10.4, floor=9.0), hall("b", 0.4, crs="")])
def test_rooms_far_away_on_another_level_or_without_a_place_are_not_joined(other: Network) -> None:
    whole = joined([hall("a", 0.0, ("d", 10.0, 5.0)), other])
    assert len(whole.points) == len(merged([hall("a", 0.0, ("d", 10.0, 5.0)), other]).points)


def test_a_stair_of_another_model_leads_from_room_to_room() -> None:
    """Rooms over each other in one model each; the stair, of 3 m rise on 4 m run, in a third one."""
    line = np.array([[EAST + 2.0, NORTH + 5.0, 5.0], [EAST + 6.0, NORTH + 5.0, 8.0]])
    frame = hall("s", 100.0, stairs=(Stair("st", line),))
    whole = joined([hall("a", 0.0), hall("b", 0.0, floor=8.0), frame])
    assert length(whole, at(whole, "a:r", 1.0, 5.0), at(whole, "b:r", 9.0, 5.0)) == pytest.approx(1.0 + 5.0 + 3.0, abs=1e-6)


def street(*places: tuple[float, float, float], id: str = "paths:1", **more: object) -> Path:
    return Path(id, "Sky Road", np.array([(EAST + x, NORTH + y, z) for x, y, z in places]), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("height", [5.0, math.nan])
def test_from_room_to_room_along_the_street(height: float) -> None:
    """Out of the south doors, 3 m to the path, and along it, whether or not the path's height is known."""
    halls = [hall("a", 0.0, ("d", 5.0, 0.0)), hall("b", 100.0, ("e", 5.0, 0.0))]
    whole = joined(halls, [street((-50.0, -3.0, height), (200.0, -3.0, height))])
    found = Router(whole).route(at(whole, "a:r", 5.0, 4.0), [at(whole, "b:r", 105.0, 4.0)], PLAIN)
    assert found is not None
    assert float(found.metres.sum()) == pytest.approx(4 + 3 + 100 + 3 + 4, abs=1e-6)
    assert np.isfinite(whole.points).all()
    passed = [whole.passages[whole.through[way]].id for way in found.ways if way >= 0 and whole.through[way] >= 0]
    assert list(dict.fromkeys(passed)) == ["a:d", "paths:1", "b:e"]


def test_a_footbridge_far_above_the_door_is_not_its_path() -> None:
    halls = [hall("a", 0.0, ("d", 5.0, 0.0)), hall("b", 100.0, ("e", 5.0, 0.0))]
    whole = joined(halls, [street((-50.0, -3.0, 15.0), (200.0, -3.0, 15.0))])
    assert length(whole, at(whole, "a:r", 5.0, 4.0), at(whole, "b:r", 105.0, 4.0)) == math.inf


def test_steps_and_steep_paths_are_not_for_wheelchairs() -> None:
    """The direct path has steps; round it there is one of 1:20, and one of 1:8 that is shorter."""
    halls = [hall("a", 0.0, ("d", 10.0, 5.0)), hall("b", 30.0, ("e", 0.0, 5.0), floor=6.0)]
    steps = street((10.0, 5.0, 5.0), (30.0, 5.0, 6.0), mode=Mode.STAIR, id="paths:steps")
    steep = [street((10.0, 5.0, 5.0), (16.0, 9.0, 5.0), id="paths:s1"), street((16.0, 9.0, 5.0), (24.0, 9.0, 6.0), id="paths:s2"),
             street((24.0, 9.0, 6.0), (30.0, 5.0, 6.0), id="paths:s3")]
    gentle = [street((10.0, 5.0, 5.0), (10.0, -5.0, 5.0), id="paths:g1"), street((10.0, -5.0, 5.0), (30.0, -5.0, 6.0), id="paths:g2"),
              street((30.0, -5.0, 6.0), (30.0, 5.0, 6.0), id="paths:g3")]
    whole = joined(halls, [steps, *steep, *gentle])
    ends = at(whole, "a:r", 5.0, 5.0), at(whole, "b:r", 35.0, 5.0)
    wheels = Profile("wheels", {}, {mode: 1.0 for mode in MODES if mode is not Mode.STAIR}, steepest=1 / 12)
    assert length(whole, *ends) == pytest.approx(5 + math.hypot(20, 1) + 5, abs=1e-6)
    assert length(whole, *ends, replace(wheels, steepest=1.0)) == pytest.approx(10 + 2 * math.hypot(6, 4) + math.hypot(8, 1), abs=1e-6)
    assert length(whole, *ends, wheels) == pytest.approx(10 + 20 + math.hypot(20, 1), abs=1e-6)


def test_a_path_that_is_one_way() -> None:
    halls = [hall("a", 0.0, ("d", 5.0, 0.0)), hall("b", 100.0, ("e", 5.0, 0.0))]
    whole = joined(halls, [street((-50.0, -3.0, 5.0), (200.0, -3.0, 5.0), heading=1)])
    ends = at(whole, "a:r", 5.0, 4.0), at(whole, "b:r", 105.0, 4.0)
    assert length(whole, *ends) == pytest.approx(114.0)
    assert length(whole, *ends[::-1]) == math.inf
