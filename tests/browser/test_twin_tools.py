"""The tools of the 3D scene, each against what the sample is known to be, in Chromium without a graphics card."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.acceptance.shell import Server
from tests.browser.conftest import Visit
from tests.browser.hands import pixel_of
from tests.browser.test_twin import on_globe

pytestmark = [pytest.mark.browser]

GRID = quote("http://www.opengis.net/def/crs/EPSG/0/2326", safe="")
LEVEL_TOLERANCE_M = 0.01

Place = tuple[float, float, float]


@pytest.fixture(scope="module")
def tools(chromium: Browser, demo: Server) -> Iterator[Visit]:
    """One visit that the tests of this module share."""
    visit = Visit(chromium, demo.url, (1100, 640)).open("?off=layer:utilities")
    visit.page.locator(".left .panel-head .icon-button").last.click()
    yield visit
    assert [error for error in visit.errors if "favicon" not in error] == []
    visit.close()


def element(demo: Server, ifc_class: str, name: str) -> dict[str, Any]:
    """An element of the car park by its class and the beginning of its name, its outline as easting and northing."""
    page = demo.get(f"/ogc/collections/elements/items?model=carpark&ifc_class={ifc_class}&limit=100&crs={GRID}")
    return next(one for one in page["features"] if one["properties"]["name"].startswith(name))


def outline(feature: dict[str, Any]) -> list[tuple[float, float]]:
    """Corners as easting and northing; the server writes this CRS north first, as its authority does."""
    return [(east, north) for north, east in feature["geometry"]["coordinates"][0][:-1]]


def open_tool(visit: Visit, name: str) -> None:
    """Open a tool, whatever was open before."""
    button = visit.page.locator(".toolbar").get_by_role("button", name=name, exact=True)
    if button.get_attribute("aria-pressed") != "true":
        button.click()
    expect(visit.page.locator(".tool-panel h2")).to_have_text(name)


def look(visit: Visit, eye: Place, target: Place) -> None:
    """Look from one grid position to another, drawn whole."""
    visit.page.evaluate("([from, at]) => window.__csdi.look(from, at)", [on_globe(*eye), on_globe(*target)])
    visit.settle()


def click_at(visit: Visit, place: Place, aside: tuple[float, float]) -> None:
    """Click where a grid position is seen, some pixels aside."""
    x, y = pixel_of(visit, place)
    visit.page.mouse.click(x + aside[0], y + aside[1])


def test_a_known_distance_is_measured_within_a_centimetre(tools: Visit, demo: Server) -> None:
    lift = element(demo, "IfcTransportElement", "Lift 1")
    top = lift["properties"]["top_level"]
    corners = outline(lift)
    middle = np.mean(corners, axis=0)
    look(tools, (middle[0] - 1, middle[1] - 4, top + 9), (*middle, top))
    open_tool(tools, "Measure")
    for corner in corners[:2]:
        inwards = middle - corner
        click_at(tools, (*(np.array(corner) + 0.06 * inwards / np.hypot(*inwards)), top), (0, 0))
    rows = tools.page.locator(".points li")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("corner")
    expect(tools.page.locator(".points dd")).to_have_count(6)
    straight = float(tools.page.locator(".results-table dd").first.inner_text().split()[0])
    assert straight == pytest.approx(math.dist(*corners[:2]), abs=0.01)
    for row, (east, north) in zip(rows.all(), corners, strict=False):
        grid, level, _ = row.locator("dd").all_inner_texts()
        found = [float(number) for number in re.findall(r"[\d.]+(?= [EN])", grid)]
        assert found == pytest.approx([east, north], abs=0.01)
        assert float(level.split()[0]) == pytest.approx(top, abs=LEVEL_TOLERANCE_M)
    tools.picture("measure")
    tools.page.keyboard.press("Escape")
    expect(tools.page.locator(".tool-panel")).to_have_count(0)


def test_a_section_box_hides_what_is_outside_and_the_address_keeps_it(tools: Visit, demo: Server) -> None:
    page = tools.page
    lift = element(demo, "IfcTransportElement", "Lift 1")
    top = lift["properties"]["top_level"]
    middle = np.mean(outline(lift), axis=0)
    look(tools, (middle[0], middle[1] - 12, top + 14), (*middle, top))
    open_tool(tools, "Section")
    page.locator(".tool-panel select").select_option("carpark")
    page.get_by_role("button", name="Box around the model").click()
    expect(page.get_by_label("Height to")).to_have_value(re.compile(r"^7\.55$"))
    tools.settle()
    canvas = "(() => { const c = window.__csdi.viewer.canvas; return window.__csdi.pick(c.clientWidth / 2, c.clientHeight / 2).id; })()"
    assert page.evaluate(canvas) == lift["id"]
    page.get_by_label("Height to").fill("0")
    tools.settle()
    tools.picture("section")
    assert page.evaluate(canvas) != lift["id"]
    assert "cut=" in page.url
    page.get_by_role("button", name="Remove the section").click()
    tools.settle()
    assert page.evaluate(canvas) == lift["id"]
    page.go_back()
    expect(page.get_by_label("Height to")).to_have_value("0")
    page.get_by_role("button", name="Remove the section").click()


def test_cut_bodies_are_filled(tools: Visit, demo: Server) -> None:
    rows = demo.get(f"/ogc/collections/elements/items?model=carpark&ifc_class=IfcColumn&limit=100&crs={GRID}")["features"]
    cut_at = 15.5
    column = next(one for one in rows if one["properties"]["base_level"] < cut_at < one["properties"]["top_level"])
    middle = np.mean(outline(column), axis=0)
    look(tools, (middle[0], middle[1] - 0.6, cut_at + 3), (*middle, cut_at))
    open_tool(tools, "Section")
    page = tools.page
    page.locator(".tool-panel select").select_option("carpark")
    page.get_by_role("button", name="Box around the model").click()
    page.get_by_label("Height to").fill("3.25")
    tools.settle()
    box = page.locator("#scene").bounding_box()
    assert box
    x, y = int(box["x"] + box["width"] / 2), int(box["y"] + box["height"] / 2)
    pixels = np.asarray(Image.open(io.BytesIO(tools.picture("cut-face"))).convert("RGB"), dtype=float)
    red, green, blue = pixels[y - 9 : y + 9, x - 9 : x + 9].reshape(-1, 3).mean(axis=0)
    assert red > 1.4 * green
    assert green > 1.1 * blue
    page.get_by_role("button", name="Remove the section").click()


def test_a_storey_is_seen_as_a_plan_and_the_view_comes_back(tools: Visit) -> None:
    page = tools.page
    before = page.evaluate("window.__csdi.viewer.camera.positionCartographic.height")
    open_tool(tools, "Storey plan")
    page.locator(".tool-panel select").select_option("carpark")
    page.locator(".storey").filter(has_text="零層").click()
    expect(page.get_by_role("button", name="Back to 3D")).to_be_visible()
    tools.settle()
    tools.picture("plan")
    upright, shown = page.evaluate(
        """(() => { const { camera, primitives } = window.__csdi.viewer.scene; const sets = [];
           for (let at = 0; at < primitives.length; at++) if (primitives.get(at).tilesLoaded !== undefined) sets.push(primitives.get(at).show);
           return [camera.pitch, sets.filter(Boolean).length]; })()"""
    )
    assert math.degrees(upright) == pytest.approx(-90, abs=0.1)
    assert shown == 1
    assert "plan=carpark:" in page.url
    page.get_by_role("button", name="Back to 3D").click()
    tools.settle()
    assert page.evaluate("window.__csdi.viewer.camera.positionCartographic.height") == pytest.approx(before, abs=0.5)


def test_stairs_are_climbed_on_foot_and_walls_stop(tools: Visit, demo: Server) -> None:
    stair = element(demo, "IfcStair", "Stair P0-1")
    low, high = stair["properties"]["base_level"], stair["properties"]["top_level"]
    corners = sorted(outline(stair))
    foot, head = np.mean(corners[:2], axis=0), np.mean(corners[2:], axis=0)
    along = (head - foot) / np.hypot(*(head - foot))
    start = foot - 0.8 * along
    look(tools, (*start, low + 1.6), (*head, low + 1.6))
    levels = tools.page.evaluate(
        """([lon, lat, height]) => {
          const { walk } = window.__csdi.tools;
          const { scene } = window.__csdi.viewer;
          const at = scene.globe.ellipsoid.cartographicToCartesian({ longitude: lon * Math.PI / 180, latitude: lat * Math.PI / 180, height });
          walk.enter([at.x, at.y, at.z]);
          walk.intent.ahead = 1;
          const heights = [];
          for (let moment = 0; moment < 40; moment++) {
            walk.step(0.1);
            heights.push(scene.camera.positionCartographic.height);
          }
          walk.leave();
          return heights;
        }""",
        on_globe(float(start[0]), float(start[1]), low),
    )
    datum = on_globe(float(start[0]), float(start[1]), 0.0)[2]
    feet = [level - datum - 1.6 for level in levels]
    assert feet[0] == pytest.approx(low, abs=0.02)
    assert feet[-1] == pytest.approx(high, abs=0.05)
    rises = [after - before for before, after in pairwise(feet)]
    assert max(rises) < 0.36
    assert min(rises) > -0.06


def test_a_picture_is_saved_with_its_title_and_scale(tools: Visit) -> None:
    page = tools.page
    open_tool(tools, "Save a picture")
    page.get_by_label("Title").fill("Pier: north / south")
    page.locator(".kinds label").first.click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as PNG").click()
    assert download.value.suggested_filename == "Pier north south.png"
    picture = Image.open(download.value.path())
    canvas = page.evaluate("[window.__csdi.viewer.canvas.clientWidth, window.__csdi.viewer.canvas.clientHeight]")
    assert picture.size == (canvas[0], canvas[1] + 92)
    pixels = np.asarray(picture.convert("L"))
    assert pixels[60:-60].std() > 12
    assert (pixels[:40] < 90).any()
    assert (pixels[-52:] < 90).any()


def test_the_sun_stands_where_it_does_in_hong_kong(tools: Visit) -> None:
    page = tools.page
    open_tool(tools, "Sun and shadow")
    page.locator("input[type=date]").fill("2026-06-21")
    page.locator(".tool-panel input[type=range]").fill(str(12 * 60 + 20))
    hint = page.locator(".tool-panel [role=status]")
    expect(hint).to_contain_text("high")
    altitude = float(re.findall(r"(\d+)° high", hint.inner_text())[0])
    assert altitude == pytest.approx(90 - abs(23.44 - 22.31), abs=1.5)
    assert "sun=2026-06-21T12:20" in page.url
    page.locator(".tool-panel input[type=range]").fill("0")
    expect(hint).to_contain_text("below the horizon")
    page.get_by_role("button", name="Even daylight").click()
    assert "sun=" not in page.url


def test_spaces_are_bodies_that_can_be_picked(tools: Visit, demo: Server) -> None:
    page = tools.page
    rows = demo.get(f"/ogc/collections/spaces/items?model=carpark&limit=100&crs={GRID}")["features"]
    space = max(rows, key=lambda one: one["properties"]["top_level"])
    east, north = np.mean(outline(space), axis=0)
    top = space["properties"]["top_level"]
    open_tool(tools, "Spaces")
    page.get_by_label("Car Park 4", exact=True).last.check()
    look(tools, (east, north - 6, top + 8), (east, north, top - 0.5))
    tools.picture("spaces")
    picked = page.evaluate("(() => { const c = window.__csdi.viewer.canvas; return window.__csdi.pick(c.clientWidth / 2, c.clientHeight / 2); })()")
    assert picked["collection"] == "spaces"
    assert picked["id"].startswith("carpark:")
    page.get_by_label("Car Park 4", exact=True).last.uncheck()
