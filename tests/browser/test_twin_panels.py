"""The twin's panels in Chromium: the tree, colours, what is selected, the search, and axe-core over all of it."""

from __future__ import annotations

import io
import re
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.acceptance.shell import Server
from tests.browser.axe import violations
from tests.browser.conftest import Visit
from tests.browser.drawn import drawn

pytestmark = [pytest.mark.browser]

LANGUAGES = ("zh-Hant", "zh-Hans", "en")
PUMP = "IfcPump"

GREY = "#70787e"
"""What has no colour of its own in a legend is drawn in."""


@pytest.fixture
def twin(site: Visit) -> Visit:
    """The shared visit, with nothing selected, isolated or coloured."""
    site.page.keyboard.press("Escape")
    site.begin("?lang=en")
    return site


def item(demo: Server, id: str) -> dict[str, Any]:
    """The properties of an element by the API."""
    found: dict[str, Any] = demo.get(f"/ogc/collections/elements/items/{quote(id, safe='')}")["properties"]
    return found


def elements(demo: Server, condition: str) -> list[dict[str, Any]]:
    """Elements by the API."""
    answer = demo.get(f"/ogc/collections/elements/items?f=json&limit=1000&filter={quote(condition)}")
    return [feature["properties"] | {"id": feature["id"]} for feature in answer["features"]]


def test_the_panel_says_what_the_api_says_in_three_models_and_of_an_instance(twin: Visit, demo: Server) -> None:
    page = twin.page
    pump = elements(demo, f"ifc_class='{PUMP}'")[0]
    column = next(one for one in elements(demo, "model='terminal-structure' AND ifc_class='IfcColumn'") if one["psets"])
    door = next(one for one in elements(demo, "model='terminal-arch' AND ifc_class='IfcDoor'") if one["psets"])
    panel = page.locator(".inspector")
    for element in (pump, column, door):
        page.goto(f"{demo.url}/?lang=en&sel=elements/{quote(element['id'], safe='')}")
        expect(panel).to_contain_text(element["global_id"])
        panel.get_by_role("tab", name="Properties").click()
        for set_name, values in item(demo, element["id"])["psets"].items():
            rows = panel.locator("section.group", has=page.get_by_role("button", name=re.compile(f"^{re.escape(set_name)}"))).locator(".values tr")
            told = dict(text.split("\t", 1) for text in rows.all_inner_texts())
            assert told.keys() == values.keys()
            assert all(told[name] == value for name, value in values.items() if isinstance(value, str))
        panel.get_by_role("tab", name="Identity").click()


def test_what_is_connected_is_a_click_away(twin: Visit, demo: Server) -> None:
    page = twin.page
    pump = next(one for one in elements(demo, f"ifc_class='{PUMP}'") if one["connected_to"])
    page.goto(f"{demo.url}/?lang=en&sel=elements/{quote(pump['id'], safe='')}")
    panel = page.locator(".inspector")
    panel.get_by_role("tab", name="Systems").click()
    other = item(demo, f"{pump['model']}:{pump['connected_to'][0]['id']}")
    panel.get_by_role("button", name=re.compile(re.escape(other["name"]))).first.click()
    expect(panel.locator("h2")).to_have_text(other["name"])
    panel.get_by_role("tab", name="Identity").click()
    page.keyboard.press("Escape")


def test_a_storey_is_isolated_and_the_address_keeps_it(twin: Visit, demo: Server) -> None:
    page = twin.page
    page.get_by_role("tab", name="Structure").click()
    line = page.get_by_role("treeitem", name=re.compile("Basement 1"))
    line.hover()
    line.locator("[data-act=isolate]").click()
    expect(page.locator(".alone")).to_contain_text("Only B1")
    twin.settle()
    there = {one["id"] for one in elements(demo, "role='element' AND storey_name='B1'")}
    shown = {id for id, _, ifc_class, is_shown, _ in drawn(page) if ifc_class and is_shown}
    assert shown
    assert shown <= there
    twin.picture("isolated")
    address = page.url
    page.get_by_role("button", name="Show all").click()
    page.goto(address)
    expect(page.locator(".alone")).to_contain_text("Only B1")
    page.get_by_role("button", name="Show all").click()
    expect(page.locator(".alone")).to_have_count(0)


def test_the_tree_is_walked_with_the_keyboard_and_narrowed_in_chinese(twin: Visit, demo: Server) -> None:
    page = twin.page
    page.get_by_role("tab", name="Structure").click()
    page.get_by_label("Group by").select_option("class")
    page.get_by_label("Filter by name, class, room").fill("水 泵")
    line = page.get_by_role("treeitem", name=re.compile("^Pump"))
    expect(line).to_contain_text(str(len(elements(demo, f"ifc_class='{PUMP}'"))))
    page.get_by_role("tree", name="Parts of the models").focus()
    expect(line).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowLeft")
    expect(line).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Space")
    expect(page.locator(".alone")).to_contain_text(f"Without {PUMP}")
    page.keyboard.press("Space")
    expect(page.locator(".alone")).to_have_count(0)


def test_elements_take_the_colours_of_a_legend_that_counts_and_isolates(twin: Visit, demo: Server) -> None:
    page = twin.page
    page.get_by_role("tab", name="Colours").click()
    page.locator(".colours select").select_option("class")
    rows = page.locator(".legend li")
    rows.first.wait_for()
    name, count = rows.first.locator("small").inner_text(), rows.first.locator(".detail").inner_text()
    assert int(count.replace(",", "")) == len(elements(demo, f"role='element' AND ifc_class='{name}'"))
    twin.settle()
    classes = {one["id"]: one["ifc_class"] for one in elements(demo, "role='element' AND model='terminal-arch'")}
    colours: dict[str, set[str]] = {}
    for id, _, _, _, colour in drawn(page):
        if id in classes:
            colours.setdefault(classes[id], set()).add(colour)
    assert colours
    assert all(len(one) == 1 for one in colours.values())
    of_their_own = [one for (one,) in colours.values() if one != GREY]
    assert len(set(of_their_own)) == len(of_their_own) >= 5
    pixels = np.asarray(Image.open(io.BytesIO(twin.picture("coloured"))).convert("RGB"))[100:640, 340:800].reshape(-1, 3)
    assert len(np.unique(pixels // 32, axis=0)) > 20
    rows.first.get_by_role("button").click()
    twin.settle()
    assert {classes[id] for id, _, _, is_shown, _ in drawn(page) if is_shown and id in classes} <= {name}
    assert "lit=0" in page.url


def test_numbers_are_a_ramp_with_its_range_and_unit(twin: Visit, demo: Server) -> None:
    page = twin.page
    twin.begin("?lang=en&paint=height")
    heights = [one["height"] for one in elements(demo, "role='element' AND model='carpark'")]
    expect(page.locator(".ramp")).to_contain_text(" m")
    counts = [int(text.replace(",", "")) for text in page.locator(".legend .detail").all_inner_texts()]
    assert sum(counts) == sum(model["count"] for model in demo.get("/api/site")["models"])
    assert len(heights) <= sum(counts)


def test_several_elements_are_summed_up(twin: Visit, demo: Server) -> None:
    page = twin.page
    pumps = elements(demo, f"ifc_class='{PUMP}'")[:2]
    page.evaluate("(id) => window.__csdi.flyTo(id)", pumps[0]["id"])
    page.evaluate("(id) => window.__csdi.selectAlso(id)", pumps[1]["id"])
    expect(page.locator(".inspector h2")).to_have_text("2 elements selected")
    expect(page.locator(".inspector")).to_contain_text("m³")
    page.keyboard.press("Escape")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_any_language(twin: Visit, demo: Server, theme: str) -> None:
    page = twin.page
    pump = elements(demo, f"ifc_class='{PUMP}'")[0]
    twin.begin(f"?lang=en&tree=place&paint=class&sel=elements/{quote(pump['id'], safe='')}")
    page.locator(".top select").nth(1).select_option(theme)
    page.locator(".line").first.wait_for()
    page.locator(".inspector h2").wait_for()
    for language in LANGUAGES:
        page.locator(".top select").first.select_option(language)
        for tab in range(3):
            page.locator(".left .tabs button").nth(tab).click()
            assert violations(page) == [], (language, tab)
    for tab in range(9):
        page.locator(".inspector .tabs button").nth(tab).click()
        assert violations(page, ".right") == [], tab
    page.locator(".inspector .tabs button").first.click()
    page.locator(".top select").nth(1).select_option("auto")
