"""Reach: shapes that a faulty coordinate puts off the Earth, or where the model's CRS is not defined, are told and left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bim.finding import Finding
from bim.footprints import content_box
from bim.georeference import Georeference
from bim.meshing import Tessellated
from bim.shapes import Placement, Shapes
from csdi.crs import transform
from csdi.errors import OutsideAreaOfUse

_TOGETHER_M = 1e6
"""Nothing that is built as one model is so far from the middle of its parts."""
_NAMED = 20


def together(shapes: Shapes) -> Shapes:
    """The shapes without those that lie far from most: one stray coordinate must not move the middle of the content."""
    box = content_box(shapes)
    if box is None or np.ptp(box, axis=0).max() <= _TOGETHER_M:
        return shapes
    places = np.array([placement.matrix[:3, 3] for placement in shapes.placements])
    near = np.asarray((np.abs(places - _middle(places)) <= _TOGETHER_M).all(axis=1))
    return Shapes(shapes.items, [one for one, is_near in zip(shapes.placements, near, strict=True) if is_near])


def _middle(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3,) median of points (n, 3), a coordinate of one of them; of two in the middle the one nearer to the origin."""
    ordered = np.sort(places, axis=0)
    low, high = ordered[(len(places) - 1) // 2], ordered[len(places) // 2]
    return np.asarray(np.where(np.abs(low) <= np.abs(high), low, high))


def grounded(made: Tessellated, georeference: Georeference, name: str) -> Tessellated:
    """What has a place on the ground; a Finding for each element that has none.

    Args:
        name: how Findings call the file.
    """
    box = content_box(made.shapes)
    if not georeference.placed or box is None or (np.ptp(box, axis=0).max() <= _TOGETHER_M and _on_ground(_corners(box), georeference)):
        return made
    off = dict.fromkeys(one.element for one in _off_ground(made.shapes, georeference))
    if not off:
        return made
    items = made.shapes.part({placement.element for placement in made.shapes.placements} - off.keys())
    items.findings.extend([*made.shapes.findings, *_told(list(off), georeference, name)])
    fallbacks = {**made.fallbacks, "none": made.fallbacks.get("none", 0) + len(off)}
    return replace(made, shapes=items, got=made.got - len(off), fallbacks=fallbacks)


def _off_ground(shapes: Shapes, georeference: Georeference) -> Iterator[Placement]:
    corners = [_corners(item.mesh.box) for item in shapes.items]
    for placement in shapes.placements:
        if not _on_ground(corners[placement.item] @ placement.matrix[:3, :3].T + placement.matrix[:3, 3], georeference):
            yield placement


def _corners(box: NDArray[np.float64]) -> NDArray[np.float64]:
    """(8, 3) corners of a (2, 3) box."""
    return np.array([(x, y, z) for x in box[:, 0] for y in box[:, 1] for z in box[:, 2]])


def _on_ground(corners: NDArray[np.float64], georeference: Georeference) -> bool:
    """Whether points (n, 3) of the model frame, metres, have a longitude and latitude."""
    try:
        lonlat = transform(georeference.crs, "OGC:CRS84").points(georeference.to_crs(corners)[:, :2])
    except OutsideAreaOfUse:
        return False
    return bool(np.isfinite(lonlat).all())


def _told(elements: list[str], georeference: Georeference, name: str) -> list[Finding]:
    what = f"lies where {georeference.crs} is not defined, so it is left out"
    cure = "correct the coordinate that puts it there"
    told = [Finding("MSH-005", "error", f"an element {what}", f"{name} > {element}", cure=cure) for element in elements[:_NAMED]]
    if rest := elements[_NAMED:]:
        told.append(Finding("MSH-005", "error", f"{len(rest)} more: {what}", name, cure=cure, data={"elements": rest}))
    return told
