"""Rooms by shapes alone: small plans, and real models whose boundaries say the same."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from bim.footprints import Outline, outlines
from bim.intake import intake
from bim.rooms import rooms_of
from tests.bim.corpus import corpus_file


def box(x0: float, y0: float, x1: float, y1: float, low: float = 0.0, high: float = 3.0) -> Outline:
    return Outline(shapely.box(x0, y0, x1, y1), np.array([[x0, y0, low], [x1, y1, high]]))


SPACES = {"hall": box(0, 0, 10, 10), "cupboard": box(4, 4, 6, 6), "office": box(10.2, 0, 14, 4), "above": box(0, 0, 10, 10, 3.4, 6.0)}


@pytest.mark.parametrize("name,outline,room", [
    ("in the hall", box(1, 1, 2, 2, 0, 1), "hall"), ("in the smallest", box(4.5, 4.5, 5, 5, 0, 1), "cupboard"),
    ("a storey above", box(1, 1, 2, 2, 3.5, 4), "above"), ("hangs from the slab above", box(1, 1, 2, 2, 3.1, 3.3), "hall"),
    ("in the wall, on the office's side", box(10.12, 2, 10.18, 2.1, 1, 1.1), "office"), ("in the wall, on the hall's side", box(10.02, 2, 10.08, 2.1, 1, 1.1), "hall"),
    ("door of the office", box(10.0, 2, 10.2, 3, 0, 2), "office"), ("far outside", box(20, 20, 21, 21, 0, 1), None), ("outside the wall", box(-0.4, 2, -0.3, 3, 1, 2), None),
    ("under the floor", box(1, 1, 2, 2, -3, -2), None)])
def test_an_element_is_in_the_smallest_room_around_it_or_the_nearest_beside_it(name: str, outline: Outline, room: str | None) -> None:
    assert rooms_of({"e": outline}, SPACES, {"e"} if name.startswith("door") else set()).get("e") == room


def test_without_rooms_or_elements_nothing_is_found() -> None:
    assert rooms_of({}, SPACES) == rooms_of({"e": box(0, 0, 1, 1)}, {}) == {}


@pytest.mark.parametrize("file,least", [("arch-fzk-haus-ifc4.ifc", 1.0), ("arch-kit-edc-spaceboundaries-ifc4.ifc", 0.9), ("arch-office-a-ifc2x3.ifc", 0.9)])
def test_doors_are_put_into_a_room_that_they_bound(file: str, least: float) -> None:
    read = intake(corpus_file(f"ifc/{file}"), model="m", name=file)
    doors = {row.properties["global_id"]: {one["space"] for one in row.properties["bounds"]} for row in read.tables.elements
             if row.properties["ifc_class"].startswith("IfcDoor") and row.properties["bounds"]}
    found = rooms_of(outlines(read.shapes.part(doors.keys())), outlines(read.space_shapes), doors.keys())
    right = [key for key, bounded in doors.items() if found.get(key) in bounded]
    assert len(doors) > 4
    assert len(right) >= least * len(doors), f"{len(right)} of {len(doors)}"
