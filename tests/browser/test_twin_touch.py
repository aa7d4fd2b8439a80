"""The scene by hand in Chromium: fingers tap, drag, pinch, turn and tilt; fingers and the mouse drag the knobs of a section box."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from tests.acceptance.shell import Server
from tests.browser.conftest import Visit
from tests.browser.hands import Hand, Pixel, Place, eye, pixel_of
from tests.browser.test_twin import distance_m, on_globe
from tests.browser.test_twin_tools import element, look, open_tool, outline

pytestmark = [pytest.mark.browser]

TABLET = (1024, 720)
KNOBS = """() => {
  const { scene } = window.__csdi.viewer;
  const box = scene.canvas.getBoundingClientRect();
  const found = [];
  const look = (collection) => {
    for (let at = 0; at < collection.length; at++) {
      const one = collection.get(at);
      if (one.id?.knob) {
        const pixel = scene.cartesianToCanvasCoordinates(one.position);
        found.push({ ...one.id.knob, pixel: [pixel.x + box.x, pixel.y + box.y] });
      } else if (typeof one.get === "function" && typeof one.length === "number") look(one);
    }
  };
  look(scene.primitives);
  return found;
}"""
"""Knobs of the section box, each with its axis, its end and where it is seen on the page."""


@pytest.fixture(scope="module")
def tablet(chromium: Browser, demo: Server) -> Iterator[Visit]:
    """A visit with fingers, shared by the tests of this module."""
    visit = Visit(chromium, demo.url, TABLET, has_touch=True).open("?off=layer:utilities&lang=en")
    visit.page.locator(".left .panel-head .icon-button").last.tap()
    yield visit
    assert [error for error in visit.errors if "favicon" not in error] == []
    visit.close()


@pytest.fixture
def lift(demo: Server) -> dict[str, Any]:
    """A lift of the car park whose top is open to the sky."""
    return element(demo, "IfcTransportElement", "Lift 1")


def middle_of(feature: dict[str, Any]) -> Place:
    east, north = np.mean(outline(feature), axis=0)
    return float(east), float(north), float(feature["properties"]["top_level"])


def above(visit: Visit, place: Place, height: float = 30, back: float = 30) -> Pixel:
    """Look at a place from above and from the south; gives the pixel where it is seen."""
    east, north, level = place
    look(visit, (east, north - back, level + height), place)
    return pixel_of(visit, place)


def under(visit: Visit, pixel: Pixel) -> list[float]:
    """Longitude, latitude and height of what is seen at a pixel of the page."""
    found = visit.page.evaluate("""([x, y]) => {
      const box = window.__csdi.viewer.canvas.getBoundingClientRect();
      return window.__csdi.pick(x - box.x, y - box.y);
    }""", list(pixel))
    return [found["lon"], found["lat"], found["height"]]


def test_a_tap_selects_and_a_tap_beside_lets_go(tablet: Visit, lift: dict[str, Any]) -> None:
    page = tablet.page
    pixel = above(tablet, middle_of(lift), 12, 8)
    page.touchscreen.tap(*pixel)
    expect(page.locator(".inspector h2")).to_contain_text("Lift 1")
    tablet.picture("touch-tap")
    page.locator(".inspector header .icon-button").tap()
    assert "sel=" not in page.url


def test_one_finger_drags_the_ground_along(tablet: Visit, lift: dict[str, Any]) -> None:
    start = above(tablet, middle_of(lift))
    held = under(tablet, start)
    end = (start[0] + 90, start[1] + 60)
    Hand(tablet, "touch").drag(start, end)
    tablet.settle()
    assert distance_m(under(tablet, end), held) < 1.5
    assert "sel=" not in tablet.page.url


def test_two_fingers_apart_come_nearer_and_together_go_back(tablet: Visit, lift: dict[str, Any]) -> None:
    place = middle_of(lift)
    x, y = above(tablet, place, 60, 40)
    hand, heights = Hand(tablet, "touch"), [eye(tablet)["height"]]
    for near, far in ((30, 110), (110, 30)):
        hand.fingers([((x - near, y), (x - far, y)), ((x + near, y), (x + far, y))])
        tablet.settle()
        heights.append(eye(tablet)["height"])
    assert heights[1] < heights[0] - 10
    assert heights[2] > heights[1] + 10
    assert eye(tablet)["pitch"] == pytest.approx(-math.degrees(math.atan2(60, 40)), abs=8)


def test_two_fingers_turn_and_tilt(tablet: Visit, lift: dict[str, Any]) -> None:
    x, y = above(tablet, middle_of(lift), 60, 40)
    hand, before = Hand(tablet, "touch"), eye(tablet)
    hand.fingers([((x - 80, y), (x, y - 80)), ((x + 80, y), (x, y + 80))])
    tablet.settle()
    turned = eye(tablet)
    assert 20 < abs((turned["heading"] - before["heading"] + 180) % 360 - 180) < 160
    hand.fingers([((x - 60, y + 60), (x - 60, y - 60)), ((x + 60, y + 60), (x + 60, y - 60))])
    tablet.settle()
    assert abs(eye(tablet)["pitch"] - turned["pitch"]) > 4


def test_taps_measure(tablet: Visit, lift: dict[str, Any]) -> None:
    page, corners, top = tablet.page, np.array(outline(lift)), lift["properties"]["top_level"]
    middle = corners[:4].mean(axis=0)
    look(tablet, (middle[0] - 1, middle[1] - 4, top + 9), (middle[0], middle[1], top))
    open_tool(tablet, "Measure")
    for corner in corners[:2]:
        inside = corner + 0.06 * (middle - corner) / np.hypot(*(middle - corner))
        page.touchscreen.tap(*pixel_of(tablet, (float(inside[0]), float(inside[1]), top)))
    expect(page.locator(".points li")).to_have_count(2)
    straight = float(page.locator(".results-table dd").first.inner_text().split()[0])
    assert straight == pytest.approx(float(np.hypot(*(corners[1] - corners[0]))), abs=0.01)
    page.keyboard.press("Escape")


@pytest.mark.parametrize("kind", ["mouse", "touch"])
def test_a_knob_of_the_section_box_follows_the_hand_and_the_view_stays(tablet: Visit, lift: dict[str, Any], kind: Literal["mouse", "touch"]) -> None:
    page, (east, north, top) = tablet.page, middle_of(lift)
    aside = np.array([-38.0, 30.0])  # to the left of the view, so that the box stands beside the panel
    look(tablet, (east - 70 + aside[0], north - 90 + aside[1], top + 80), (east + aside[0], north + aside[1], top))
    open_tool(tablet, "Section")
    page.locator(".tool-panel select").select_option("carpark")
    page.get_by_role("button", name="Box around the model").click()
    field = page.get_by_label("Height to")
    expect(field).to_have_value(re.compile(r"^7\.55$"))
    tablet.settle()
    before = eye(tablet)
    knobs = {(one["axis"], one["end"]): one["pixel"] for one in page.evaluate(KNOBS)}
    assert len(knobs) == 6
    high, low = knobs["z", 1], knobs["z", 0]
    slip = -20 if kind == "touch" else -5  # away from the other knobs
    start = (high[0] + slip, high[1])
    Hand(tablet, kind).drag(start, ((high[0] + low[0]) / 2 + slip, (high[1] + low[1]) / 2))
    tablet.settle()
    assert float(field.input_value()) == pytest.approx(0, abs=0.9)
    after = eye(tablet)
    assert {name: after[name] for name in before} == pytest.approx(before, abs=1e-7)
    tablet.picture(f"knob-{kind}")
    again = {(one["axis"], one["end"]): one["pixel"] for one in page.evaluate(KNOBS)}
    assert again["z", 1] == pytest.approx([(high[0] + low[0]) / 2, (high[1] + low[1]) / 2], abs=12)
    assert "sel=" not in page.url
    page.get_by_role("button", name="Remove the section").click()


def test_the_view_moves_again_after_a_knob_was_let_go(tablet: Visit, lift: dict[str, Any]) -> None:
    start = above(tablet, middle_of(lift))
    before = eye(tablet)
    Hand(tablet, "touch").drag(start, (start[0] + 80, start[1]))
    tablet.settle()
    assert distance_m([eye(tablet)["lon"], eye(tablet)["lat"], 0], [before["lon"], before["lat"], 0]) > 3


def test_one_walks_by_the_pad(tablet: Visit, demo: Server) -> None:
    page = tablet.page
    stair = element(demo, "IfcStair", "Stair P0-1")
    low, corners = stair["properties"]["base_level"], sorted(outline(stair))
    foot, head = np.mean(corners[:2], axis=0), np.mean(corners[2:], axis=0)
    start = foot - 0.8 * (head - foot) / np.hypot(*(head - foot))
    look(tablet, (float(start[0]), float(start[1]), low + 1.6), (float(head[0]), float(head[1]), low + 1.6))
    open_tool(tablet, "Walk")
    page.evaluate("""(lonLatHeight) => {
      const { scene } = window.__csdi.viewer;
      const [longitude, latitude, height] = lonLatHeight;
      const at = scene.globe.ellipsoid.cartographicToCartesian({ longitude: longitude * Math.PI / 180, latitude: latitude * Math.PI / 180, height });
      window.__csdi.tools.onPoint({ at: [at.x, at.y, at.z] });
    }""", on_globe(float(start[0]), float(start[1]), low))
    ahead = page.get_by_role("button", name="Ahead", exact=True)
    expect(ahead).to_be_visible()
    before, box = eye(tablet), ahead.bounding_box()
    assert box
    assert min(box["width"], box["height"]) >= 44
    spot = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    Hand(tablet, "touch").fingers([(spot, spot)])
    there = eye(tablet)
    assert distance_m([there["lon"], there["lat"], 0], [before["lon"], before["lat"], 0]) > 0.15
    page.wait_for_timeout(500)
    rest = eye(tablet)
    page.wait_for_timeout(500)
    assert eye(tablet) == pytest.approx(rest, abs=1e-9)
    page.keyboard.press("Escape")
