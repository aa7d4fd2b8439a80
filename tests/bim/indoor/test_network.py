"""Networks of real models and of the sample: doors by what they bound, what is not linked, and the kept form."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import ifcopenshell
import numpy as np
import pytest
import shapely

import sample_models
from bim.indoor import MODES, Mode, Network, model_network, read_indoors
from bim.intake import Intake, intake
from csdi.crs import transform
from csdi.errors import FileBroken
from tests.bim.corpus import corpus_file

SAMPLE = Path(sample_models.__file__).parent / "small" / "terminal-arch.ifc"
HOUSES = {"arch-office-a-ifc2x3.ifc": (99, 102), "arch-fzk-haus-ifc4.ifc": (7, 5), "arch-kit-edc-spaceboundaries-ifc4.ifc": (58, 95),
          "geo-duplex-georeferenced-ifc2x3.ifc": (21, 14)}
"""Spaces and doors of each."""


@cache
def read(path: Path) -> Intake:
    return intake(path, model="m", name=path.name)


def network(found: Intake) -> Network:
    return model_network(found.tables, found.shapes, found.space_shapes, found.georeference, "m")


@pytest.fixture(scope="module")
def terminal() -> Intake:
    return read(SAMPLE)


@pytest.mark.parametrize("name", HOUSES)
def test_every_door_of_a_real_model_is_linked_or_listed_with_the_reason(name: str) -> None:
    path = corpus_file(f"ifc/{name}")
    made = network(read(path))
    spaces, doors = HOUSES[name]
    lost = Counter(loss.kind for loss in made.losses)
    assert len([one for one in made.passages if one.mode is Mode.DOOR]) + lost["door"] == doors
    assert all(loss.reason for loss in made.losses)
    assert len(made.spaces) <= spaces
    linked = len(made.spaces) - lost["space"]
    assert linked >= 0.9 * spaces


@pytest.mark.parametrize("name", HOUSES)
def test_doors_lead_to_spaces_that_they_are_said_to_bound(name: str) -> None:
    """By the relationships in the file itself: a door with two spaces or more leads to two of them, one that says less to that one."""
    path = corpus_file(f"ifc/{name}")
    model = ifcopenshell.open(path)
    said: dict[str, set[str]] = {}
    for rel in model.by_type("IfcRelSpaceBoundary"):
        if rel.RelatedBuildingElement is not None and rel.RelatedBuildingElement.is_a("IfcDoor") and rel.RelatingSpace is not None:
            said.setdefault(rel.RelatedBuildingElement.GlobalId, set()).add(rel.RelatingSpace.GlobalId)
    found = read(path)
    doors = read_indoors(found.tables, found.shapes, found.space_shapes).doors
    checked = 0
    for key, spaces in said.items():
        sides = {room for room, _ in doors[key].sides}
        assert sides <= spaces if len(spaces) > 1 else spaces <= sides
        checked += 1
    assert checked == len(said) > 0


def test_without_boundaries_footprints_give_nearly_the_same(terminal: Intake) -> None:
    """The sample, once as it says itself and once with the relationships taken away: the doors lead to the same rooms."""
    bare = [replace(row, properties={**row.properties, "bounds": []}) for row in terminal.tables.elements]
    parts = {**terminal.tables.parts, "elements": bare}
    tables = type(terminal.tables).of(terminal.tables.project, parts)
    with_them = read_indoors(terminal.tables, terminal.shapes, terminal.space_shapes)
    without = read_indoors(tables, terminal.shapes, terminal.space_shapes)
    assert set(with_them.proofs.values()) == {"boundaries"}
    assert set(without.proofs.values()) == {"footprints"}
    same = [{room for room, _ in with_them.doors[key].sides} == {room for room, _ in gate.sides} for key, gate in without.doors.items()]
    assert sum(same) >= 0.95 * len(same)


def test_the_sample_terminal_has_all_its_machines_and_gates(terminal: Intake) -> None:
    made = network(terminal)
    assert Counter(one.mode for one in made.passages if one.mode is not Mode.WALK) == {
        Mode.DOOR: 146, Mode.STAIR: 31, Mode.ESCALATOR: 22, Mode.WALKWAY: 14, Mode.LIFT: 9}
    assert {one.name.split()[0] for one in made.passages if one.outer} == {"Gate", "Entrance"}
    assert made.losses == []
    assert min(one.width or 0.0 for one in made.passages if one.mode is Mode.DOOR) > 0.8
    assert made.crs == "EPSG:2326+5738"
    steep = made.steepness()[made.mode == MODES.index(Mode.STAIR)]
    assert np.median(steep) == pytest.approx(0.17 / 0.28, abs=0.05)


def test_points_of_a_space_lie_in_it_and_on_its_floor(terminal: Intake) -> None:
    made = network(terminal)
    for number, space in enumerate(made.spaces):
        mine = made.points[made.space_of == number]
        assert len(mine)
        assert (shapely.distance(shapely.points(mine[:, :2]), made.shapes[number]) < 0.01).all()
        assert mine[:, 2] == pytest.approx(space.floor)


def test_a_network_is_kept_and_read_again(terminal: Intake) -> None:
    made = network(terminal)
    again = Network.from_bytes(made.to_bytes())
    for name in ("points", "space_of", "one", "other", "length", "mode", "through", "heading"):
        assert np.array_equal(getattr(made, name), getattr(again, name))
    assert (again.spaces, again.passages, again.gates, again.losses, again.crs) == (
        made.spaces, made.passages, made.gates, made.losses, made.crs)
    assert all(one.equals(other) for one, other in zip(made.shapes, again.shapes, strict=True))
    assert made.to_bytes() == made.to_bytes()


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 broken", b"not an archive"])
def test_a_damaged_network_is_refused(data: bytes) -> None:
    with pytest.raises(FileBroken):
        Network.from_bytes(data)


def test_models_in_other_frames_of_hong_kong_come_onto_the_grid_and_those_elsewhere_stay_apart(terminal: Intake) -> None:
    """The same model with its affine taken to UTM zone 50N, by three of its points; and said to lie in the Netherlands."""
    made, georeference = network(terminal), terminal.georeference
    corners = np.array([[0.0, 0.0, 0.0], [100.0, 0.0, 0.0], [0.0, 100.0, 0.0]])
    utm = transform("EPSG:2326", "EPSG:32650").points(georeference.to_crs(corners)[:, :2])
    affine = georeference.affine.copy()
    affine[:2, 0], affine[:2, 1], affine[:2, 3] = (utm[1] - utm[0]) / 100, (utm[2] - utm[0]) / 100, utm[0]
    there = network(replace(terminal, georeference=replace(georeference, crs="EPSG:32650", affine=affine)))
    assert there.crs == "EPSG:2326+5738"
    assert there.points == pytest.approx(made.points, abs=0.05)
    assert network(replace(terminal, georeference=replace(georeference, vertical_crs=""))).points == pytest.approx(made.points)
    away = network(replace(terminal, georeference=replace(georeference, crs="EPSG:28992")))
    assert away.crs == ""
    assert np.abs(away.points).max() < 10_000
