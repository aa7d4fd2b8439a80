"""Height models as they come: in feet, scaled, in other CRSs, with holes that nobody declared; published as metres above HKPD."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine, from_origin

from csdi.bootstrap import Services, open_services
from csdi.collection import Collection
from csdi.formats.raster import sample
from csdi.layers import add_layers
from csdi.settings import read_settings

CORNER = from_origin(811_000.0, 820_500.0, 20.0, 20.0)
DEGREES = from_origin(113.93, 22.31, 0.0002, 0.0002)
RAMP = np.add.outer(np.arange(40) * 0.5, np.arange(40) * 1.0) + 10


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with open_services(read_settings(home=tmp_path / "home")) as opened:
        yield opened


def written(folder: Path, heights: Any, crs: str = "EPSG:2326", place: Affine = CORNER, nodata: float | None = None, **said: Any) -> Path:
    path = folder / "dtm.tif"
    with rasterio.open(path, "w", driver="GTiff", height=heights.shape[0], width=heights.shape[1], count=1, dtype="float32", crs=crs,
                       transform=place, nodata=nodata) as target:
        target.write(heights.astype("float32"), 1)
        for name, value in said.items():
            setattr(target, name, value)
    return path


def published(services: Services, path: Path) -> tuple[Collection, set[str], Any]:
    """The Collection, codes of what was found, and heights at the middles of pixels (10, 10) and (20, 20)."""
    (result,) = add_layers(services.store, services.blobs, path)
    assert result.result == "published", result.error
    collection = services.store.collection("dtm")
    a, b, c, d, e, f = collection.details["affine"]
    places = np.array([[a * at + b * at + c, d * at + e * at + f] for at in (10.5, 20.5)])
    with services.blobs.file(str(collection.details["blob"])) as stored:
        return collection, {one.code for one in result.findings}, sample(stored, places)


def with_hole(value: float) -> Any:
    heights = RAMP.copy()
    heights[18:23, 18:23] = value
    return heights


@pytest.mark.parametrize("value", [np.nan, np.inf, -9999.0, -32768.0, 1e31, -3.4028234663852886e38])
def test_holes_that_nobody_declared_are_holes(services: Services, tmp_path: Path, value: float) -> None:
    collection, codes, heights = published(services, written(tmp_path, with_hole(value)))
    assert "height-none" in codes
    assert heights[0] == pytest.approx(25.0)
    assert np.isnan(heights[1])
    assert collection.details["bands"][0]["min"] == pytest.approx(10.0)
    assert collection.details["bands"][0]["max"] == pytest.approx(68.5)


def test_a_declared_number_does_not_hide_another(services: Services, tmp_path: Path) -> None:
    _, codes, heights = published(services, written(tmp_path, with_hole(-9999.0), nodata=0.0))
    assert ("height-none" in codes, np.isnan(heights[1])) == (True, True)


@pytest.mark.parametrize(("unit", "metres"), [("ft", 0.3048), ("us-ft", 1200 / 3937), ("cm", 0.01)])
def test_other_units_become_metres(services: Services, tmp_path: Path, unit: str, metres: float) -> None:
    _, codes, heights = published(services, written(tmp_path, RAMP / metres, units=(unit,)))
    assert heights == pytest.approx([25.0, 40.0], abs=1e-3)
    assert "height-unit" in codes


def test_scale_and_offset_are_worked_out(services: Services, tmp_path: Path) -> None:
    _, codes, heights = published(services, written(tmp_path, (RAMP - 5) * 100, scales=(0.01,), offsets=(5.0,)))
    assert heights == pytest.approx([25.0, 40.0], abs=1e-3)
    assert "height-scale" in codes


def test_a_sound_height_model_stays_as_it_is(services: Services, tmp_path: Path) -> None:
    _, codes, heights = published(services, written(tmp_path, RAMP, nodata=-9999.0))
    assert codes == {"height-datum-assumed"}
    assert heights == pytest.approx([25.0, 40.0])


@pytest.mark.parametrize(("crs", "place", "vertical"), [
    ("EPSG:2326", CORNER, "EPSG:5738"), ("EPSG:2326+5738", CORNER, "EPSG:5738"), ("EPSG:4326", DEGREES, "EPSG:5738"),
    ("EPSG:3857", from_origin(12_682_000, 2_549_000, 20, 20), "EPSG:5738"), ("EPSG:4326+5773", DEGREES, "EPSG:5773"),
    ("EPSG:4979", DEGREES, ""), ("EPSG:28992", from_origin(155_000, 463_000, 20, 20), ""),
])
def test_the_datum_is_the_stated_one_or_that_of_the_place(services: Services, tmp_path: Path, crs: str, place: Affine, vertical: str) -> None:
    collection, _, heights = published(services, written(tmp_path, RAMP, crs, place))
    assert collection.vertical_crs == vertical
    assert "+" not in collection.storage_crs
    assert heights == pytest.approx([25.0, 40.0])


def test_holes_are_told_with_their_place_and_the_sea_at_the_edge_is_none(services: Services, tmp_path: Path) -> None:
    heights = RAMP.copy()
    heights[10:13, 20:25] = -9999
    heights[30:, :] = -9999
    (result,) = add_layers(services.store, services.blobs, written(tmp_path, heights, nodata=-9999.0))
    assert result.error is None
    (hole,) = (one for one in result.findings if one.code == "height-hole")
    assert (hole.data["count"], hole.data["boxes"]) == (1, [[811_400.0, 820_240.0, 811_500.0, 820_300.0]])


def test_a_whole_height_model_has_no_hole(services: Services, tmp_path: Path) -> None:
    (result,) = add_layers(services.store, services.blobs, written(tmp_path, RAMP, nodata=-9999.0))
    assert result.error is None
    assert not [one for one in result.findings if one.code == "height-hole"]
