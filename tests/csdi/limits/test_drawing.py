"""Surfaces as polygons: they lie at the levels that are measured, cover what the surface covers, and are small enough for 3D."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from csdi.limits import Disc, Patch, Plane, Ring, Surface, drawn, surfaces_of, table_ids, table_set
from tests.csdi.limits.hkia import LEVEL, RUNWAYS


@pytest.mark.parametrize("tables", table_ids())
def test_every_surface_of_hkia_is_drawn_at_its_levels_and_over_its_ground(tables: str) -> None:
    for surface in surfaces_of(RUNWAYS, table_set(tables), LEVEL):
        parts = shapely.get_parts(drawn(surface))
        assert shapely.is_valid(parts).all()
        assert shapely.is_ccw(shapely.get_exterior_ring(parts)).all()
        assert (shapely.minimum_bounding_radius(parts) < 2600).all()
        own = np.concatenate([shapely.get_coordinates(drawn(Surface("x", (patch,))), include_z=True) for patch in surface.patches])
        levels = np.concatenate([patch.levels(shapely.get_coordinates(drawn(Surface("x", (patch,))))) for patch in surface.patches])
        reached = ~np.isnan(levels)
        assert reached.mean() > 0.9
        assert np.abs(own[reached, 2] - levels[reached]).max() < 1e-3
        ground = shapely.union_all(shapely.force_2d(parts))
        assert shapely.area(shapely.symmetric_difference(ground, surface.outline)) < 2e-3 * surface.outline.area


@pytest.mark.parametrize("patch", [
    Disc(np.array([[0.0, 0.0]]), 50.0, 10.0),
    Disc(np.array([[0.0, 0.0], [9000.0, 100.0]]), 4000.0, 10.0),
    Ring(np.array([[0.0, 0.0]]), 100.0, 300.0, 5.0, 0.05),
    Ring(np.array([[0.0, 0.0], [0.0, 7000.0]]), 100.0, 300.0, 5.0, 0.05),
    Plane(np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 10.0]]), np.array([0.1, -0.2]), np.array([1.0, 2.0, 3.0])),
])
def test_any_piece_is_drawn_whole(patch: Patch) -> None:
    parts = drawn(Surface("x", (patch,)))
    assert shapely.union_all(shapely.force_2d(shapely.get_parts(parts))).area == pytest.approx(patch.outline.area, rel=2e-3)
