"""OGC API - Maps over HTTP: pictures whose pixels are where they should be."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from starlette.testclient import TestClient

from csdi.crs import transform
from csdi.tiles import SETS, tile_matrix_set
from tests.csdi.coverages.rasters import COLUMNS, ORIGIN, PIXEL, ROWS
from tests.ogc_api.rasters import HOLE
from tests.ogc_api.rasters import client as served

EAST, NORTH = ORIGIN[0] + COLUMNS * PIXEL, ORIGIN[1] + ROWS * PIXEL
ROOT = "/ogc/collections"
LEVELS = {"WebMercatorQuad": 15, "WorldCRS84Quad": 14, "HK1980Grid": 7}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with served(tmp_path_factory.mktemp("maps")) as made:
        yield made


def picture(client: TestClient, path: str, **params: str) -> NDArray[np.uint8]:
    answer = client.get(f"{ROOT}/{path}", params={name.replace("_", "-"): value for name, value in params.items()})
    assert answer.status_code == 200, answer.text[:300]
    return np.array(Image.open(io.BytesIO(answer.content)))


def tile_at(grid: str, level: int, x: float, y: float) -> tuple[int, int, int, int]:
    """Row and column of the tile in which a place of EPSG:2326 lies, and its row and column in the tile."""
    known = tile_matrix_set(grid)
    u, v = (float(n) for n in transform("EPSG:2326", known.crs).xy(x, y))
    size = known.matrix(level).tile_size
    column, row = (u - known.origin[0]) / size, (known.origin[1] - v) / size
    return int(row), int(column), int(row % 1 * 256), int(column % 1 * 256)


def test_a_map_of_bytes_at_its_own_scale_is_the_raster(client: TestClient) -> None:
    found = picture(client, "photo/map", subset="E(810100:810300),N(820500:820600)", width="20", height="10")
    values = picture(client, "photo/coverage", f="png", subset="E(810100:810300),N(820500:820600)")
    assert (found[..., :3] == values).all()
    assert (found[..., 3] == 255).all()


@pytest.mark.parametrize("grid", [grid.id for grid in SETS])
@pytest.mark.parametrize("form", ["", ".png"])
def test_a_hole_of_the_raster_is_transparent_at_its_place_in_tiles_of_every_grid(client: TestClient, grid: str, form: str) -> None:
    middle = (ORIGIN[0] + (HOLE[1].start + HOLE[1].stop) / 2 * PIXEL, NORTH - (HOLE[0].start + HOLE[0].stop) / 2 * PIXEL)
    beside = (middle[0] - 200, middle[1])
    for place, opaque in ((middle, False), (beside, True)):
        row, column, down, across = tile_at(grid, LEVELS[grid], *place)
        found = picture(client, f"dtm/map/tiles/{grid}/{LEVELS[grid]}/{row}/{column}{form}")
        assert found.shape == (256, 256, 4)
        assert (found[down, across, 3] == 255) == opaque


def test_tiles_beside_the_raster_are_empty_and_tiles_that_are_none_are_missing(client: TestClient) -> None:
    assert client.get(f"{ROOT}/dtm/map/tiles/WebMercatorQuad/15/0/0").status_code == 204
    assert client.get(f"{ROOT}/dtm/map/tiles/HK1980Grid/4/0/0.png").status_code == 200
    for path in ("WebMercatorQuad/99/0/0", "WebMercatorQuad/1/2/0", "Nowhere/0/0/0", "WebMercatorQuad/a/0/0", "HK1980Grid/19/0/0.png"):
        assert client.get(f"{ROOT}/dtm/map/tiles/{path}").status_code == 404, path


def test_tiles_meet_without_a_seam(client: TestClient) -> None:
    row, column, _, _ = tile_at("WebMercatorQuad", 16, (ORIGIN[0] + EAST) / 2, (ORIGIN[1] + NORTH) / 2)
    left, right = (picture(client, f"dtm/map/tiles/WebMercatorQuad/16/{row}/{number}").astype(int) for number in (column, column + 1))
    across = np.abs(left[:, -1, :3] - right[:, 0, :3]).max()
    assert across <= np.abs(np.diff(left[..., :3], axis=1)).max() + 2


def test_a_vector_collection_is_drawn_where_its_features_are(client: TestClient) -> None:
    feature = client.get(f"{ROOT}/lots/items", params={"limit": "1", "crs": "EPSG:2326"}).json()["features"][0]
    ring = np.array(feature["geometry"]["coordinates"][0] if feature["geometry"]["type"] == "Polygon" else feature["geometry"]["coordinates"][0][0])
    (south, west), (north, east) = ring.min(axis=0), ring.max(axis=0)
    found = picture(client, "lots/map", bbox=f"{south - 10},{west - 10},{north + 10},{east + 10}", bbox_crs="EPSG:2326", crs="EPSG:2326", width="300")
    y, x = ring.mean(axis=0)
    down, across = int((north + 10 - y) / (north - south + 20) * found.shape[0]), int((x - west + 10) / (east - west + 20) * found.shape[1])
    assert found[down, across, 3] > 60
    corner = ring[0]
    row, column, down, across = tile_at("HK1980Grid", 8, float(corner[1]), float(corner[0]))
    tile = picture(client, f"lots/map/tiles/HK1980Grid/8/{row}/{column}.png")
    assert tile[max(down - 1, 0):down + 2, max(across - 1, 0):across + 2, 3].max() > 100


def test_a_map_has_the_shape_of_what_it_shows(client: TestClient) -> None:
    wide = picture(client, "dtm/map", width="600")
    assert wide.shape[1] == 600
    assert wide.shape[0] == pytest.approx(600 * ROWS / COLUMNS, rel=0.03)
    assert max(picture(client, "dtm/map").shape) == 1024
    assert picture(client, "dtm/map", width="30", height="50").shape[:2] == (50, 30)


def test_the_ground_is_transparent_or_has_the_colour_asked_for(client: TestClient) -> None:
    beside = {"bbox": f"{ORIGIN[1]},{ORIGIN[0] - 2000},{NORTH},{ORIGIN[0] - 1000}", "bbox_crs": "EPSG:2326", "width": "20"}
    assert picture(client, "dtm/map", **beside)[..., 3].max() == 0
    assert (picture(client, "dtm/map", **beside, bgcolor="0x102030") == (16, 32, 48, 255)).all()
    assert (np.abs(picture(client, "dtm/map", **beside, f="jpeg", bgcolor="0x102030").astype(int) - (16, 32, 48)) < 6).all()
    assert (picture(client, "dtm/map", **beside, f="jpg") == 255).all()


@pytest.mark.parametrize(("params", "field"), [
    ({"width": "0"}, "width"), ({"width": "9000", "height": "9000"}, "width"), ({"bgcolor": "nope"}, "bgcolor"), ({"transparent": "maybe"}, "transparent"),
    ({"f": "gif"}, "f"), ({"crs": "EPSG:27700"}, "crs"), ({"style": ""}, "style"), ({"bbox": "1,2"}, "bbox")])
def test_what_cannot_be_drawn_is_refused_and_named(client: TestClient, params: dict[str, str], field: str) -> None:
    answer = client.get(f"{ROOT}/dtm/map", params=params)
    assert answer.status_code == 400
    assert answer.json()["field"] == field


def test_the_same_picture_is_not_sent_twice(client: TestClient) -> None:
    row, column, _, _ = tile_at("WebMercatorQuad", 15, ORIGIN[0] + 100, ORIGIN[1] + 100)
    path = f"{ROOT}/dtm/map/tiles/WebMercatorQuad/15/{row}/{column}"
    tag = client.get(path).headers["etag"]
    assert client.get(path, headers={"if-none-match": tag}).status_code == 304
    assert client.get(f"{path}.jpg", headers={"if-none-match": tag}).status_code == 200


def test_tilesets_say_where_tiles_are(client: TestClient) -> None:
    listed: dict[str, Any] = client.get(f"{ROOT}/dtm/map/tiles").json()
    assert [one["tileMatrixSetURI"].rpartition("/")[2] for one in listed["tilesets"]] == [grid.id for grid in SETS]
    for one in listed["tilesets"]:
        about = next(link["href"] for link in one["links"] if link["rel"] == "self").replace("http://testserver", "")
        said = client.get(about).json()
        assert said["dataType"] == "map"
        limits = said["tileMatrixSetLimits"][10]
        template = next(link["href"] for link in said["links"] if link["rel"] == "item" and link["type"] == "image/jpeg")
        href = template.format(tileMatrix=10, tileRow=limits["minTileRow"], tileCol=limits["minTileCol"]).replace("http://testserver", "")
        assert client.get(href).status_code in (200, 204)


def test_links_of_the_collection_lead_to_maps(client: TestClient) -> None:
    for id in ("dtm", "lots"):
        links = [link for link in client.get(f"{ROOT}/{id}").json()["links"] if link["rel"].endswith(("/map", "/tilesets-map"))]
        assert len(links) == 3
        for link in links:
            assert client.get(link["href"].replace("http://testserver", "")).headers["content-type"] == link["type"]
