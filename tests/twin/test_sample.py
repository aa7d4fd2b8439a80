from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import sample_models
from bim.intake import intake
from csdi.crs import HeightModel
from tests.twin.test_tiler import drawn_by_id, farthest
from twin.ellipsoid import ecef
from twin.frame import Reprojection
from twin.tiler import build_tileset
from twin.verify import inspect_tileset

SMALL = Path(sample_models.__file__).parent / "small"


@pytest.mark.parametrize("name", ["terminal-arch", "terminal-structure", "terminal-mep", "carpark", "taxiway-bridge"])
def test_tiles_of_a_sample_model_are_sound_and_within_5_mm_of_its_geometry(name: str) -> None:
    heights = HeightModel.parse("hk")
    read = intake(SMALL / f"{name}.ifc", model=name, name=f"{name}.ifc")
    files: dict[str, bytes] = {}
    built = build_tileset(read.shapes, [{"id": row.id, **row.properties} for row in read.tables.elements], read.georeference,
                          heights, files.__setitem__)
    found = inspect_tileset(files.__getitem__, built.root)
    assert found.findings == []
    assert len(found.features) == built.features
    way = Reprojection(np.asarray(read.georeference.affine), "EPSG:2326+5738", heights)
    drawn = drawn_by_id(built, files)
    placed = read.shapes.placements[::7]
    worst = max(farthest(ecef(way.geodetic(read.shapes.items[p.item].mesh.placed(p.matrix).vertices[::5])),
                         np.vstack(drawn[f"{name}:{p.element}"])) for p in placed)
    assert worst <= 0.005
    assert built.residual_m <= 0.005
