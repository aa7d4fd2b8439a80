"""The first page as people use it, in Chromium without a graphics card."""

from __future__ import annotations

import io
import math
import re
from typing import Any
from urllib.parse import quote, unquote

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from csdi.crs import HeightModel, transform
from sample_models.ifc_known import KnownElement, known_positions
from sample_models.layout import Layout
from tests.acceptance.shell import Server, Shell
from tests.browser.conftest import SCALE, Visit

pytestmark = [pytest.mark.browser]

TO_ELLIPSOID = transform("EPSG:2326+5738", "EPSG:4979", heights=HeightModel.parse("hk"))
METRES_PER_DEGREE = 111_320.0


def known(name: str) -> KnownElement:
    """A named element of the sample, from its layout."""
    return next(one for one in known_positions(SCALE) if one.name.startswith(name))


def on_globe(e: float, n: float, h_mpd: float) -> list[float]:
    """Longitude, latitude, metres above the ellipsoid of a grid position."""
    ((lon, lat, height),) = TO_ELLIPSOID.points([[e, n, h_mpd]])
    return [float(lon), float(lat), float(height)]


def distance_m(a: list[float], b: list[float]) -> float:
    """Metres between two places that are near each other."""
    east = (a[0] - b[0]) * METRES_PER_DEGREE * math.cos(math.radians(a[1]))
    return math.dist((east, (a[1] - b[1]) * METRES_PER_DEGREE, a[2]), (0, 0, b[2]))


def pick_at_middle(site: Visit) -> dict[str, Any]:
    """What is in the middle of the scene."""
    picked: dict[str, Any] = site.page.evaluate(
        "(() => { const c = window.__csdi.viewer.canvas; return window.__csdi.pick(c.clientWidth / 2, c.clientHeight / 2); })()"
    )
    return picked


def pick_from(site: Visit, eye: list[float], target: list[float]) -> dict[str, Any]:
    """What is seen in the middle from `eye` towards `target`."""
    site.page.evaluate("([from, at]) => window.__csdi.look(from, at)", [eye, target])
    site.settle()
    return pick_at_middle(site)


def is_a_picture(data: bytes) -> bool:
    """Neither one colour nor mostly black, in the middle where the scene is."""
    pixels = np.asarray(Image.open(io.BytesIO(data)).convert("L"))[100:640, 340:800]
    return float(pixels.std()) > 12 and float((pixels < 8).mean()) < 0.2


def test_the_site_is_drawn_and_nothing_leaves_the_host(site: Visit, demo: Server) -> None:
    assert is_a_picture(site.picture("site"))
    foreign = [url for url in site.requests if not url.startswith((demo.url, "data:", "blob:"))]
    assert foreign == []
    assert site.errors == []
    expect(site.page.locator(".status-line")).to_contain_text("all loaded")
    expect(site.page.locator(".brand")).to_have_text("Sample airport")


def test_a_picked_gate_of_the_terminal_is_where_the_sample_says(site: Visit) -> None:
    element = known("Gate ")
    gate = next(one for one in Layout(SCALE).gates if f"Gate {one.number}" == element.name)
    along, inward = math.radians(gate.outward_deg + 90), math.radians(gate.outward_deg + 180)

    def at(aside_m: float, inside_m: float) -> list[float]:
        x = gate.point[0] + aside_m * math.cos(along) + inside_m * math.cos(inward)
        y = gate.point[1] + aside_m * math.sin(along) + inside_m * math.sin(inward)
        return on_globe(*Layout(SCALE).to_grid(x, y), element.h_mpd)

    leaf = at(0.5, 0.0)
    picked = pick_from(site, at(0.5, 3.0), leaf)
    assert picked["id"] == f"{element.model}:{element.global_id}"
    assert distance_m([picked["lon"], picked["lat"], picked["height"]], leaf) < 0.5


def test_a_picked_deck_of_the_taxiway_bridge_is_where_the_sample_says(site: Visit) -> None:
    element = known("Deck slab 1")
    middle = on_globe(element.e, element.n, element.h_mpd)
    picked = pick_from(site, on_globe(element.e, element.n - 4, element.h_mpd + 30), middle)
    assert picked["id"].startswith("taxiway-bridge:")
    assert distance_m([picked["lon"], picked["lat"], picked["height"]], middle) < 1.0


def test_a_click_selects_and_the_panel_says_what_the_api_says(site: Visit, demo: Server) -> None:
    element = known("Deck slab 1")
    site.page.evaluate("(id) => window.__csdi.flyTo(id)", f"{element.model}:{element.global_id}")
    box = site.page.locator("#scene").bounding_box()
    assert box
    site.page.keyboard.press("Escape")
    site.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(site.page.locator(".kicker")).to_have_text(re.compile("^Ifc"))
    id = unquote(site.page.url.split("sel=elements/")[1].split("&")[0])
    item = demo.get(f"/ogc/collections/elements/items/{quote(id)}")
    panel = site.page.locator(".inspector")
    expect(panel.locator("h2")).to_have_text(item["properties"]["name"])
    expect(panel).to_contain_text(item["properties"]["global_id"])
    expect(panel).to_contain_text(f"{item['properties']['top_level']:.3f} mPD")
    expect(panel).to_contain_text(f"{item['properties']['easting']:.3f} m")
    panel.get_by_role("tab", name="Properties").click()
    for values in item["properties"]["psets"].values():
        for property_name in values:
            expect(panel).to_contain_text(property_name)
    site.picture("selected")
    panel.get_by_role("tab", name="Identity").click()
    site.page.keyboard.press("Escape")
    expect(panel.locator("h2")).to_have_text("Sample airport")


def test_a_pump_is_found_in_chinese_and_its_address_can_be_shared(site: Visit, chromium: Browser, demo: Server) -> None:
    page = site.page
    page.locator(".search input").fill("水泵")
    page.locator(".result").first.wait_for()
    assert page.locator(".results h4").first.inner_text() == "Elements"
    page.keyboard.press("Enter")
    expect(page.locator(".kicker")).to_have_text("IfcPump")
    expect(page.get_by_role("button", name="See through walls and ground")).to_have_attribute("aria-pressed", "true")
    site.settle()
    site.picture("pump")
    address = page.url
    name = page.locator(".inspector h2").inner_text()
    assert "sel=elements/terminal-mep:" in address

    other = Visit(chromium, demo.url).begin(address.removeprefix(f"{demo.url}/"))
    expect(other.page.locator(".inspector h2")).to_have_text(name)
    assert other.page.url == address
    other.close()

    page.go_back()
    expect(page.locator(".inspector h2")).to_have_text("Sample airport")
    page.locator(".search input").fill("")


def test_the_language_is_chosen_and_kept_in_the_address(site: Visit) -> None:
    page = site.page
    for tag, name, place in (("zh-Hant", "示範機場", "目錄"), ("zh-Hans", "示范机场", "目录"), ("en", "Sample airport", "Catalogue")):
        page.locator(".top select").first.select_option(tag)
        expect(page.locator("html")).to_have_attribute("lang", tag)
        expect(page.locator(".brand")).to_have_text(name)
        expect(page.get_by_role("link", name=place, exact=True)).to_be_visible()
        assert f"lang={tag}" in page.url
    assert page.title() == "Map & Twin · Sample airport"


def test_layers_are_shown_and_hidden_with_the_keyboard(site: Visit) -> None:
    page = site.page
    row = page.get_by_role("treeitem", name=re.compile("^Terminal, architecture"))
    expect(row).to_have_attribute("aria-checked", "true")
    row.focus()
    page.keyboard.press("Space")
    expect(row).to_have_attribute("aria-checked", "false")
    assert "off=model:terminal-arch" in page.url
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent").startswith("Terminal, architecture") is False
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Space")
    expect(row).to_have_attribute("aria-checked", "true")
    assert "off=" not in page.url
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(row).to_have_count(0)
    page.keyboard.press("ArrowRight")
    expect(row).to_have_count(1)


def test_what_lies_on_the_ground_can_be_picked(site: Visit, demo: Server) -> None:
    runway = demo.get("/ogc/collections/runways/items?limit=1")["features"][0]
    ring = np.array(runway["geometry"]["coordinates"][0] if runway["geometry"]["type"] == "Polygon"
                    else runway["geometry"]["coordinates"][0][0])[:-1, :2]  # fmt: skip
    lon, lat = ring.mean(axis=0).tolist()
    picked = pick_from(site, [lon, lat - 0.0002, 60.0], [lon, lat, 3.0])
    assert picked["collection"] in {"runways", "utilities", "taxiways"}
    assert distance_m([picked["lon"], picked["lat"], 0], [lon, lat, 0]) < 5


def test_operations_say_whether_the_server_is_well(site: Visit) -> None:
    page = site.page
    page.get_by_role("link", name="Operations", exact=True).click()
    expect(page.locator(".state.good")).to_have_count(2)
    site.picture("operations")
    page.get_by_role("link", name="Map & Twin", exact=True).click()
    expect(page.locator("#scene")).to_be_visible()


def test_an_empty_site_says_what_to_do(chromium: Browser, tmp_path: Any) -> None:
    with Shell(tmp_path / "home").serving() as server:
        visit = Visit(chromium, server.url).open()
        expect(visit.page.locator(".nothing")).to_contain_text("csdi models add FILE.ifc")
        assert visit.errors == []
        visit.close()
