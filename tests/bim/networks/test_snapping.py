"""Connections that are inferred where ends meet."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bim.intake import intake
from bim.networks.bodies import Body, bodies_of
from bim.networks.model import Connection, End, Network
from bim.networks.snapping import snapped
from tests.bim.corpus import corpus_file
from tests.bim.networks.plants import element, network
from tests.bim.networks.test_models import heating


def pipe(start: tuple[float, float, float], end: tuple[float, float, float], radius: float = 0.05, sides: int = 12) -> Body:
    """A closed round bar between two points."""
    a, b = np.array(start), np.array(end)
    axis = (b - a) / np.linalg.norm(b - a)
    beside = np.cross(axis, [0.0, 0.0, 1.0] if abs(axis[2]) < 0.9 else [1.0, 0.0, 0.0])
    beside /= np.linalg.norm(beside)
    angles = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    ring = radius * (np.cos(angles)[:, None] * beside + np.sin(angles)[:, None] * np.cross(axis, beside))
    near, far = a + ring, b + ring
    made = []
    for one in range(sides):
        other = (one + 1) % sides
        made += [[near[one], near[other], far[one]], [far[one], near[other], far[other]], [a, near[one], near[other]], [b, far[one], far[other]]]
    return Body.of(np.array(made))


def plant(**classes: str) -> Network:
    return network(classes)


def pairs(found: Network) -> dict[frozenset[str], tuple[str, float | None]]:
    return {frozenset((found.elements[one.a.element].name, found.elements[one.b.element].name)): (one.by, one.gap) for one in found.connections}


def test_two_ends_with_a_gap_are_joined_and_the_gap_is_told_in_millimetres() -> None:
    bodies = {"m:a": pipe((0, 0, 0), (2, 0, 0)), "m:b": pipe((2.004, 0, 0), (5, 0, 0))}
    found = pairs(snapped(plant(a="IfcPipeSegment", b="IfcPipeSegment"), bodies))
    (by, gap), = found.values()
    assert by == "inferred"
    assert gap == pytest.approx(4.0, abs=0.2)


def test_nothing_is_joined_beyond_the_tolerance() -> None:
    bodies = {"m:a": pipe((0, 0, 0), (2, 0, 0)), "m:b": pipe((2.03, 0, 0), (4, 0, 0))}
    one = plant(a="IfcPipeSegment", b="IfcPipeSegment")
    assert not snapped(one, bodies).connections
    assert len(snapped(one, bodies, 0.05).connections) == 1


def test_a_branch_that_ends_on_the_side_of_a_pipe_is_a_tee() -> None:
    bodies = {"m:main": pipe((0, 0, 0), (4, 0, 0), 0.1), "m:branch": pipe((2, 0.1, 0), (2, 2, 0))}
    assert set(pairs(snapped(plant(main="IfcPipeSegment", branch="IfcPipeSegment"), bodies))) == {frozenset(("main", "branch"))}


def test_pipes_side_by_side_are_not_joined() -> None:
    bodies = {"m:a": pipe((0, 0, 0), (4, 0, 0)), "m:b": pipe((0, 0.13, 0), (4, 0.13, 0))}
    assert not snapped(plant(a="IfcPipeSegment", b="IfcPipeSegment"), bodies).connections


def test_a_duct_that_ends_at_a_pipe_is_not_joined_to_it() -> None:
    bodies = {"m:a": pipe((0, 0, 0), (2, 0, 0)), "m:b": pipe((2, 0, 0), (4, 0, 0))}
    assert not snapped(plant(a="IfcPipeSegment", b="IfcDuctSegment"), bodies).connections


def test_a_valve_between_two_pipes_is_joined_to_both() -> None:
    bodies = {"m:a": pipe((0, 0, 0), (2, 0, 0)), "m:v": pipe((2, 0, 0), (2.3, 0, 0), 0.08), "m:b": pipe((2.3, 0, 0), (4, 0, 0))}
    found = pairs(snapped(plant(a="IfcPipeSegment", v="IfcValve", b="IfcPipeSegment"), bodies))
    assert set(found) == {frozenset("av"), frozenset("vb")}


def test_stated_connections_stay_as_they_are_and_are_not_inferred_again() -> None:
    stated = Network((element("a", "IfcPipeSegment"), element("b", "IfcPipeSegment")), (Connection(End(0, "p"), End(1, "q"), 0, way=1, basis="stated"),))
    bodies = {"m:a": pipe((0, 0, 0), (2, 0, 0)), "m:b": pipe((2, 0, 0), (4, 0, 0))}
    assert snapped(stated, bodies) == stated


def test_open_ports_that_meet_are_joined_without_any_shape() -> None:
    ends = (End(0, "p", at=(1.0, 2.0, 3.0)), End(1, "q", at=(1.0, 2.0, 3.002)))
    found = snapped(Network((element("a", "IfcPump"), element("b", "IfcValve")), (), ends), {})
    assert pairs(found) == {frozenset("ab"): ("inferred", 2.0)}


def test_the_heating_model_is_found_again_from_its_shapes_alone() -> None:
    """All ports put aside; a model as such files often come. Nineteen of twenty connections, and hardly any that is not there."""
    known = heating()
    shapes = intake(corpus_file("ifc/mep-hvac-heating-ifc4.ifc"), model="m", name="h").shapes
    bodies = bodies_of(shapes, "m", {one.global_id for one in known.elements})
    found = snapped(replace(known, connections=(), open_ends=()), bodies)
    stated = {frozenset((one.a.element, one.b.element)) for one in known.connections}
    inferred = {frozenset((one.a.element, one.b.element)) for one in found.connections}
    assert len(stated & inferred) >= 0.95 * len(stated)
    assert len(inferred - stated) <= 0.02 * len(stated)
