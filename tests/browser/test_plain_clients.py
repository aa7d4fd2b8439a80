"""Clients that know nothing of ours take our tilesets by their address alone: CesiumJS, and three.js with 3d-tiles-renderer."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from csdi.crs import HeightModel, transform
from tests.acceptance.shell import Server
from tests.browser.conftest import PICTURES, SLOW_MS, missing
from tests.browser.plain_server import plain_pages
from tests.twin.glb_validation import node_js
from twin.ellipsoid import geodetic

pytestmark = [pytest.mark.browser]

Json = dict[str, Any]
HEIGHTS = HeightModel.parse("hk")
TO_GLOBE = transform("EPSG:2326+5738", "EPSG:4979", heights=HEIGHTS)
TO_GRID = transform("EPSG:4979", "EPSG:2326+5738", heights=HEIGHTS)
BACKGROUND = np.array([0x20, 0x30, 0x40])


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Another host than the one of the tiles."""
    if node_js() is None:
        missing("no Node.js", "install it, or build the web UI, which brings one")
    with plain_pages(tmp_path_factory.mktemp("plain")) as address:
        yield address


@pytest.fixture(scope="module", params=["cesium", "three"])
def page(request: pytest.FixtureRequest, chromium: Browser, host: str) -> Iterator[Page]:
    """A plain page."""
    context = chromium.new_context(viewport={"width": 800, "height": 600})
    opened = context.new_page()
    opened.set_default_timeout(SLOW_MS)
    opened.goto(f"{host}/{request.param}.html")
    opened.wait_for_function("window.plain !== undefined")
    yield opened
    context.close()


def rows(demo: Server, query: str) -> list[Json]:
    """Elements with a box, largest plan first."""
    found = [one["properties"] | {"id": one["id"]} for one in demo.get(f"/ogc/collections/elements/items?f=json&limit=1000&{query}")["features"]]
    return sorted((one for one in found if one["box"]), key=lambda one: -(one["box"][3] - one["box"][0]) * (one["box"][4] - one["box"][1]))


def on_globe(points: Any) -> list[list[float]]:
    found: list[list[float]] = TO_GLOBE.points(np.array(points, dtype=np.float64)).tolist()
    return found


def looked_at(page: Page, box: list[float]) -> Json | None:
    """What is in the middle of the view straight down at a box, with its position in the grid and mPD."""
    low, high = np.array(box[:3]), np.array(box[3:])
    middle = (low + high) / 2
    away = max(15.0, float((high - low).max()))
    eye, target = on_globe([middle + np.array([0.0, -0.3, away + high[2] - middle[2]]), middle])
    page.evaluate("([eye, target]) => window.plain.look(eye, target)", [eye, target])
    picked: Json | None = page.evaluate("window.plain.pick()")
    return picked and picked | {"grid": TO_GRID.points(geodetic(np.array([picked["at"]])))[0].tolist()}


def is_drawn(page: Page, boxes: list[list[float]], name: str) -> bool:
    """Whether much of a picture that is taken aslant is not the background, in more than a few colours."""
    low, high = np.min([box[:3] for box in boxes], axis=0), np.max([box[3:] for box in boxes], axis=0)
    middle, away = (low + high) / 2, float((high - low).max())
    eye, target = on_globe([middle + away * np.array([-0.7, -0.7, 0.6]), middle])
    page.evaluate("([eye, target]) => window.plain.look(eye, target)", [eye, target])
    PICTURES.mkdir(parents=True, exist_ok=True)
    data = page.screenshot(path=PICTURES / f"{name}.png")
    pixels = np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).reshape(-1, 3).astype(int)
    other = pixels[np.abs(pixels - BACKGROUND).max(axis=1) > 12]
    return len(other) > 0.1 * len(pixels) and len(np.unique(other // 8, axis=0)) > 5


def client_of(page: Page) -> str:
    return page.url.rpartition("/")[2].removesuffix(".html")


def seen_from_above(page: Page, demo: Server, tileset: str, candidates: list[Json]) -> list[tuple[Json, Json]]:
    """Candidates that are seen in the middle when one looks down at them, with what was picked there."""
    page.evaluate("url => window.plain.load(url)", f"{demo.url}{tileset}")
    return [(row, picked) for row in candidates if (picked := looked_at(page, row["box"])) and picked["id"] == row["id"]]


def assert_where_it_is(row: Json, picked: Json) -> None:
    low, high, at = np.array(row["box"][:3]) - 0.05, np.array(row["box"][3:]) + 0.05, np.array(picked["grid"])
    assert (low <= at).all(), (row["box"], picked["grid"])
    assert (at <= high).all(), (row["box"], picked["grid"])


def test_a_model_by_the_address_of_its_tileset(page: Page, demo: Server) -> None:
    """Roofs and slabs that lie on top are picked under their ids, at the places that the API gives."""
    model = demo.get("/ogc/collections/models/items/carpark?f=json")["properties"]
    slabs = rows(demo, "model=carpark&ifc_class=IfcSlab")
    top = [row for row in slabs if row["box"][5] >= max(one["box"][5] for one in slabs) - 1.0][:4]
    found = seen_from_above(page, demo, f"/{model['tileset']}", top)
    assert is_drawn(page, [row["box"] for row in slabs], f"plain-{client_of(page)}-model")
    assert found
    for row, picked in found:
        assert_where_it_is(row, picked)
    assert page.evaluate("window.plain.failures") == []


def test_the_site_by_the_address_of_its_root(page: Page, demo: Server) -> None:
    """Models of the site and the city around them, from one address."""
    slabs = {model: rows(demo, f"model={model}&ifc_class=IfcSlab") for model in ("carpark", "terminal-arch")}
    tops = [row for some in slabs.values() for row in some if row["box"][5] >= max(one["box"][5] for one in some) - 3.0]
    found = seen_from_above(page, demo, "/tiles3d/site/tileset.json", tops[:3])
    assert is_drawn(page, [row["box"] for row in slabs["terminal-arch"]], f"plain-{client_of(page)}-site")
    assert found
    for row, picked in found:
        assert_where_it_is(row, picked)
    assert page.evaluate("window.plain.failures") == []


def test_buildings_of_the_city_are_picked_and_those_of_models_are_not_there(page: Page, demo: Server) -> None:
    (city,) = demo.get("/api/site")["city"]
    buildings = demo.get(f"/ogc/collections/{city['collection']}/items?f=json&limit=500&crs=http://www.opengis.net/def/crs/EPSG/0/2326")["features"]
    boxes = {one["id"]: grid_box(one) for one in buildings}
    page.evaluate("url => window.plain.load(url)", f"{demo.url}/tiles3d/site/tileset.json")
    alone = [id for id in boxes if id not in city["replaced"]][:5]
    picked = {id: (looked_at(page, boxes[id]) or {}).get("id") for id in (*alone, *list(city["replaced"])[:2])}
    assert city["replaced"]
    assert set(alone) & set(picked.values())
    assert not city["replaced"].keys() & set(picked.values())


def grid_box(building: Json) -> list[float]:
    """Of a building: lowest easting, northing, mPD, then highest; northing comes first in EPSG:2326."""
    points = np.array(list(_points(building["geometry"]["coordinates"])))[:, :2]
    low, high = points.min(axis=0), points.max(axis=0)
    base, top = building["properties"]["BASEHEIGHT"], building["properties"]["TOPHEIGHT"]
    return [float(low[1]), float(low[0]), base, float(high[1]), float(high[0]), top]


def _points(coordinates: Any) -> Iterator[list[float]]:
    if isinstance(coordinates[0], (int, float)):
        yield coordinates
        return
    for inner in coordinates:
        yield from _points(inner)
