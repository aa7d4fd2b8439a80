"""Shadows of the scene in Chromium: the ground behind a building is darker than with the same light without shadows, before it is not."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.acceptance.shell import Server
from tests.browser.conftest import Visit
from tests.browser.hands import Pixel, Place, pixel_of
from tests.browser.test_twin_tools import element, look, open_tool, outline

pytestmark = [pytest.mark.browser]

AFTERNOON = "2026-12-21T15:30"
"""The sun stands low in the south-west."""
REACH_PX = 5
ASIDE_M = 28.0
"""How far west of the building one looks, so that it is seen beside the panel."""
Floats = NDArray[np.float64]


@pytest.fixture(scope="module")
def visit(chromium: Browser, demo: Server) -> Iterator[Visit]:
    """A visit of an afternoon in winter."""
    made = Visit(chromium, demo.url, (1100, 700)).open(f"?sun={AFTERNOON}&off=layer:utilities&lang=en")
    made.page.locator(".left .panel-head .icon-button").last.click()
    yield made
    assert [error for error in made.errors if "favicon" not in error] == []
    made.close()


def brightness(visit: Visit, pixels: list[Pixel], name: str) -> Floats:
    """Mean brightness around pixels of the page as it is seen, 0 to 255."""
    visit.settle()
    seen = np.asarray(Image.open(io.BytesIO(visit.picture(name))).convert("L"), dtype=float)
    around = [(slice(round(y) - REACH_PX, round(y) + REACH_PX), slice(round(x) - REACH_PX, round(x) + REACH_PX)) for x, y in pixels]
    return np.array([seen[rows, columns].mean() for rows, columns in around])


def test_a_building_throws_its_shadow_away_from_the_sun(visit: Visit, demo: Server) -> None:
    page = visit.page
    open_tool(visit, "Sun and shadow")
    hint = page.locator(".tool-panel [role=status]")
    expect(hint).to_contain_text("high")
    azimuth, altitude = (float(number) for number in re.findall(r"(\d+)°", hint.inner_text())[:2])
    assert 220 < azimuth < 245
    assert 18 < altitude < 32
    behind, before = sides(demo, azimuth)
    east, north = (np.array(behind[:2]) + np.array(before[:2])) / 2
    look(visit, (east - ASIDE_M, north - 1.0, 150.0), (east - ASIDE_M, north, behind[2]))
    pixels = [pixel_of(visit, place) for place in (behind, before)]
    shadows = page.get_by_label("Shadows")
    shadows.check()
    cast = brightness(visit, pixels, "shadow")
    shadows.uncheck()
    bare = brightness(visit, pixels, "no-shadow")
    assert cast[0] < 0.85 * bare[0]
    assert cast[1] == pytest.approx(bare[1], rel=0.06)


def sides(demo: Server, azimuth: float) -> tuple[Place, Place]:
    """Two places on the ground 6 m off the walls of the car park: on the side away from the sun, and on the sunny one."""
    deck = element(demo, "IfcSlab", "Parking deck P0")
    corners = np.array(outline(deck))
    middle = (corners.min(axis=0) + corners.max(axis=0)) / 2
    away = -np.array([np.sin(np.radians(azimuth)), np.cos(np.radians(azimuth))])
    reach = float(np.abs((corners - middle) @ away).max()) + 6
    behind, before = ((float(east), float(north)) for east, north in (middle + reach * away, middle - reach * away))
    level = float(deck["properties"]["base_level"])
    return (*behind, level), (*before, level)
