"""Lines along the edges of models: seen, switched, shared, and in nobody's way. In Chromium without a graphics card."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.acceptance.shell import Server
from tests.browser.conftest import Visit

pytestmark = [pytest.mark.browser]

VIEW = "?cam=113.934300,22.317300,30.0,20.0,-14.0"
DARKER = 25
"""Levels of grey by which a line is darker than what it is drawn on, at least."""


@pytest.fixture(scope="module")
def twin(chromium: Browser, demo: Server) -> Iterator[Visit]:
    """A car park from near, without what else moves or lies about; the tests leave the edges as they find them."""
    layers = ",".join(f"layer:{one['id']}" for one in demo.get("/api/site")["layers"])
    visit = Visit(chromium, demo.url, (1000, 600)).open(f"{VIEW}&off=terrain:terrain,{layers}")
    yield visit
    assert [error for error in visit.errors if "favicon" not in error] == []
    visit.close()


def scene(visit: Visit) -> NDArray[np.int_]:
    """The grey levels of the scene, drawn whole, without the page around it."""
    visit.settle()
    box = visit.page.locator("#scene").bounding_box()
    assert box
    clip: Any = {"x": box["x"], "y": box["y"], "width": box["width"] - 60, "height": box["height"] - 80}
    return np.asarray(Image.open(io.BytesIO(visit.page.screenshot(clip=clip))).convert("L")).astype(int)


def switch(visit: Visit) -> Any:
    """The switch of the edges."""
    return visit.page.get_by_role("button", name="Edges of models", exact=True)


def with_and_without(visit: Visit) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """The scene with lines and without; with them again afterwards."""
    expect(switch(visit)).to_have_attribute("aria-pressed", "true")
    drawn = scene(visit)
    switch(visit).click()
    bare = scene(visit)
    switch(visit).click()
    return drawn, bare


def test_models_have_thin_dark_lines(twin: Visit) -> None:
    drawn, bare = with_and_without(twin)
    darker = bare - drawn > DARKER
    assert 0.003 < darker.mean() < 0.15
    assert (drawn - bare > DARKER).mean() < 0.1 * darker.mean()
    inside = darker[1:-1, 1:-1] & darker[:-2, 1:-1] & darker[2:, 1:-1] & darker[1:-1, :-2] & darker[1:-1, 2:]
    assert inside.mean() < 0.1 * darker.mean()


def test_the_switch_is_kept_in_the_address_and_worked_by_keys(twin: Visit) -> None:
    switch(twin).focus()
    twin.page.keyboard.press("Enter")
    expect(switch(twin)).to_have_attribute("aria-pressed", "false")
    assert "edges=off" in twin.page.url
    twin.page.go_back()
    expect(switch(twin)).to_have_attribute("aria-pressed", "true")
    assert "edges" not in twin.page.url
    twin.page.keyboard.press("Space")
    expect(switch(twin)).to_have_attribute("aria-pressed", "false")
    twin.page.keyboard.press("Space")
    expect(switch(twin)).to_have_attribute("aria-pressed", "true")


def test_what_is_pointed_at_is_the_element_and_not_its_line(twin: Visit) -> None:
    drawn, bare = with_and_without(twin)
    box = twin.page.locator("#scene").bounding_box()
    assert box
    rows, columns = np.nonzero(bare - drawn > DARKER)
    places = [(int(columns[k]), int(rows[k])) for k in np.linspace(0, len(rows) - 1, 5).astype(int)]
    found = [twin.page.evaluate("([x, y]) => window.__csdi.pick(x, y).id", list(place)) for place in places]
    switch(twin).click()
    twin.settle()
    assert found == [twin.page.evaluate("([x, y]) => window.__csdi.pick(x, y).id", list(place)) for place in places]
    assert any(one and one.startswith("carpark:") for one in found)
    switch(twin).click()


def test_what_is_hidden_has_no_lines(twin: Visit) -> None:
    drawn, _ = with_and_without(twin)
    box = twin.page.get_by_role("treeitem", name=re.compile("^Car Park 4")).locator(".box")
    box.click()
    hidden, bare = with_and_without(twin)
    assert (np.abs(hidden - bare) > DARKER).mean() < 0.0005
    assert (np.abs(hidden - drawn) > DARKER).mean() > 0.01
    box.click()


def test_lines_follow_a_section(twin: Visit) -> None:
    whole, _ = with_and_without(twin)
    twin.page.locator(".toolbar").get_by_role("button", name="Section", exact=True).click()
    twin.page.get_by_role("button", name="Level plane", exact=True).click()
    drawn, bare = with_and_without(twin)
    twin.page.get_by_role("button", name="Remove the section", exact=True).click()
    assert (bare - drawn > DARKER).mean() > 0.001
    assert (np.abs(whole - drawn) > DARKER).mean() > 0.005
