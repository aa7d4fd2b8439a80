"""The API's pages in Chromium: MapLibre draws our tiles where they belong, and filters are tried."""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from csdi.collection import Collection
from csdi.feature import Schema
from ogc_api.snippets import snippets
from tests.acceptance.shell import Server
from tests.browser.conftest import Visit

pytestmark = [pytest.mark.browser]

AT = """async ([lon, lat]) => {
  const [shown] = await window.__maps;
  const { x, y } = shown.map.project([lon, lat]);
  return shown.map.queryRenderedFeatures([[x - 2, y - 2], [x + 2, y + 2]]).map((one) => [one.sourceLayer ?? "", String(one.properties.id ?? "")]);
}"""


def opened(chromium: Browser, server: Server, path: str, width: int = 1200, **context: Any) -> Visit:
    """A page of the API, with its maps drawn."""
    visit = Visit(chromium, server.url, (width, 800), **context)
    visit.page.goto(server.url + path)
    for figure in visit.page.locator("figure.map").all():
        expect(figure).to_have_attribute("data-state", "drawn")
    return visit


def ours_alone(visit: Visit, server: Server) -> bool:
    """Whether the page asked nothing of another host, and nothing went wrong."""
    foreign = [url for url in visit.requests if not url.startswith((server.url, "data:", "blob:"))]
    return not foreign and not visit.errors


def test_a_collection_page_draws_each_item_where_it_lies(chromium: Browser, demo: Server) -> None:
    visit = opened(chromium, demo, "/ogc/collections/stands?f=html")
    for stand in demo.get("/ogc/collections/stands/items?limit=4")["features"]:
        assert ["stands", str(stand["id"])] in visit.page.evaluate(AT, stand["geometry"]["coordinates"][:2])
    assert visit.page.evaluate(AT, [113.99, 22.39]) == []
    pixels = np.asarray(Image.open(io.BytesIO(visit.page.locator("figure.map").screenshot())).convert("L"))
    assert float(pixels.std()) > 10
    assert ours_alone(visit, demo)
    visit.picture("page-collection")
    visit.close()


def test_a_click_on_the_map_says_what_is_there_and_leads_to_it(chromium: Browser, demo: Server) -> None:
    visit = opened(chromium, demo, "/ogc/collections/runways?f=html")
    runway = demo.get("/ogc/collections/runways/items?limit=1")["features"][0]
    middle = np.array(runway["geometry"]["coordinates"][0])[:-1, :2].mean(axis=0).tolist()
    visit.page.evaluate("""async (place) => { const [{ map }] = await window.__maps; map.jumpTo({ center: place, zoom: 16 });
        await map.once("idle"); const { x, y } = map.project(place), box = map.getCanvas().getBoundingClientRect();
        window.__at = [box.x + x, box.y + y]; }""", middle)
    visit.page.mouse.click(*visit.page.evaluate("window.__at"))
    expect(visit.page.locator(".maplibregl-popup-content")).to_contain_text(str(runway["properties"]["name_en"]))
    visit.page.locator(".maplibregl-popup-content a").click()
    expect(visit.page.locator("h1")).to_have_text(str(runway["properties"]["name_en"]))
    expect(visit.page.locator("figure.map")).to_have_attribute("data-state", "drawn")
    visit.close()


def test_an_item_page_shows_the_item_in_the_dark_and_on_a_narrow_screen(chromium: Browser, demo: Server) -> None:
    item = demo.get("/ogc/collections/lots/items?limit=1")["features"][0]
    path = f"/ogc/collections/lots/items/{item['id']}?f=html&crs=http://www.opengis.net/def/crs/EPSG/0/2326"
    visit = opened(chromium, demo, path, 400, color_scheme="dark")
    bounds = visit.page.evaluate("async () => (await window.__maps)[0].map.getBounds().toArray()")
    (west, south), (east, north) = bounds
    lon, lat = np.array(item["geometry"]["coordinates"][0])[:, :2].mean(axis=0)
    assert west < lon < east
    assert south < lat < north
    assert math.dist((west, south), (east, north)) < 0.05
    assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    visit.picture("page-item-dark")
    visit.close()


def test_filters_are_tried_with_real_values_and_errors_come_with_their_remedy(chromium: Browser, demo: Server) -> None:
    visit = opened(chromium, demo, "/ogc/collections/assets/queryables?f=html")
    page = visit.page
    expect(page.locator("output")).to_have_text("78 of 493 items match")
    assert page.locator("#rows tbody tr").count() == 8
    field = page.locator("textarea")
    field.fill("")
    expect(page.locator("output")).to_have_text("493 of 493 items match")
    page.get_by_role("button", name="class", exact=True).click()
    field.press_sequentially(" LIKE 'lamp%'")
    expect(page.locator("output")).not_to_have_text("493 of 493 items match")
    field.fill("colour = 'red'")
    expect(page.get_by_role("alert")).to_contain_text("property-unknown")
    expect(page.get_by_role("alert")).to_contain_text("What to do")
    visit.picture("page-tryout")
    visit.close()


def test_without_scripts_a_page_has_the_servers_picture(chromium: Browser, demo: Server) -> None:
    visit = Visit(chromium, demo.url, java_script_enabled=False)
    visit.page.goto(f"{demo.url}/ogc/collections/stands?f=html")
    picture = visit.page.locator("figure.map img")
    expect(picture).to_be_visible()
    assert picture.bounding_box()["width"] > 300  # type: ignore[index]
    visit.close()


def test_the_maplibre_snippet_is_a_working_page(chromium: Browser, demo: Server, tmp_path: Path) -> None:
    code = next(one.code for one in snippets(Collection("stands", {"en": "Stands"}, Schema(geometry="point")), demo.url, "en")
                if one.id == "maplibre")
    file = tmp_path / "map.html"
    file.write_text(code.replace("map.addControl", "window.map = map; map.addControl"))
    visit = Visit(chromium, demo.url)
    visit.page.goto(file.as_uri())
    stand = demo.get("/ogc/collections/stands/items?limit=1")["features"][0]
    found = visit.page.evaluate("""async (place) => { while (!window.map) await new Promise((done) => setTimeout(done, 50));
        map.jumpTo({ center: place, zoom: 17 }); await map.once("idle");
        return map.queryRenderedFeatures(map.project(place)).map((one) => String(one.properties.id)); }""", stand["geometry"]["coordinates"][:2])
    assert str(stand["id"]) in found
    visit.close()
