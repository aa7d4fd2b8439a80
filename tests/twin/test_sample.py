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
MODELS = ["terminal-arch", "terminal-structure", "terminal-mep", "carpark", "taxiway-bridge"]


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The models of the sample at their true size: a terminal 1.3 km long."""
    folder = tmp_path_factory.mktemp("full")
    sample_models.write_models(folder, 1.0)
    return folder


@pytest.mark.parametrize("name", MODELS)
def test_tiles_of_a_sample_model_are_sound_and_within_5_mm_of_its_geometry(name: str) -> None:
    sound_and_exact(SMALL / f"{name}.ifc", every=7)


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_tiles_of_the_terminal_of_full_size_are_within_5_mm_of_its_geometry(name: str, full: Path) -> None:
    sound_and_exact(full / f"{name}.ifc", every=3)


def sound_and_exact(path: Path, every: int) -> None:
    """Holds the tiles of a model against reprojecting the vertices of every so manyth placement."""
    name, heights = path.stem, HeightModel.parse("hk")
    read = intake(path, model=name, name=path.name)
    files: dict[str, bytes] = {}
    built = build_tileset(read.shapes, [{"id": row.id, **row.properties} for row in read.tables.elements], read.georeference,
                          heights, files.__setitem__)
    found = inspect_tileset(files.__getitem__, built.root)
    assert found.findings == []
    assert len(found.features) == built.features
    way = Reprojection(np.asarray(read.georeference.affine), "EPSG:2326+5738", heights)
    drawn = drawn_by_id(built, files)
    placed = read.shapes.placements[::every]
    worst = max(farthest(ecef(way.geodetic(read.shapes.items[p.item].mesh.placed(p.matrix).vertices[::5])),
                         np.vstack(drawn[f"{name}:{p.element}"])) for p in placed)
    assert worst <= 0.005
    assert built.residual_m <= 0.005
