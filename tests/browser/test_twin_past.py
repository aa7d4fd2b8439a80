"""The viewer's past in Chromium: tree, colours, search and properties of a moment, and any two versions side by side."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.acceptance.shell import Server, Shell
from tests.browser.axe import violations
from tests.browser.conftest import ROOT, Visit, missing
from tests.browser.drawn import drawn
from tests.browser.hands import Hand, eye
from tests.browser.past import AGAIN, CHANGED, MODEL, MOVED, NEW, REMOVED, build

pytestmark = [pytest.mark.browser]

SIZE = (1240, 760)
VIEW = "cam=113.934250,22.317850,32,32,-22&off=layer:stands&lang=en"


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server of a site with a past of three versions."""
    if not (ROOT / "src" / "ogc_api" / "ui" / "index.html").exists():
        missing("the web UI is not built", "make ui")
    folder = tmp_path_factory.mktemp("three")
    shell = Shell(folder / "home", {"CSDI_SITE_NAME": "Sample airport|示範機場|示范机场"})
    build(shell, folder / "later", third=True)
    with shell.serving() as server:
        yield server


@pytest.fixture(scope="module")
def begins(past: Server) -> list[str]:
    """When the versions of the car park began, the first one first."""
    return [one["valid_from"] for one in reversed(past.get("/api/twin/versions")["models"][MODEL])]


@pytest.fixture
def visit(chromium: Browser, past: Server) -> Iterator[Visit]:
    """A visit of its own."""
    made = Visit(chromium, past.url, SIZE)
    yield made
    assert [error for error in made.errors if "favicon" not in error] == []
    made.close()


def counts(past: Server, node: str, moment: str = "") -> dict[str, int]:
    """Children of a node with their counts, by the API."""
    query = f"&datetime={quote(moment, safe='')}" if moment else ""
    return {one["label"]: one["count"] for one in past.get(f"/api/twin/tree?node={quote(node, safe='')}{query}")["children"]}


def line(visit: Visit, name: str) -> Locator:
    """A line of the tree."""
    return visit.page.locator(".tree-frame .line").filter(has_text=name)


def see(visit: Visit, at: str) -> None:
    """Goes to a mark of the line of time, or back to now."""
    page = visit.page
    if page.locator(".tool-panel h2").count() == 0:
        page.locator(".toolbar").get_by_role("button", name="Point in time", exact=True).click()
    page.get_by_role("button", name="Back to now").last.click() if at == "now" else page.locator(".time-list button").nth(int(at)).click()


def test_the_tree_goes_back_and_comes_again(visit: Visit, past: Server, begins: list[str]) -> None:
    visit.open(f"?{VIEW}&tree=class")
    page, moment = visit.page, page_moment(visit)
    now = counts(past, "class")
    expect(line(visit, "IfcColumn").locator(".detail")).to_have_text(str(now["IfcColumn"]))
    expect(moment).to_have_count(0)
    narrowed = page.get_by_label("Filter", exact=False).first
    narrowed.fill("checked")
    expect(page.locator(".tree-frame .line")).to_have_count(0)
    see(visit, "2")  # the latest change is one of the stands, then versions 3, 2 and 1
    expect(moment).to_contain_text("As it was on")
    expect(line(visit, f"{CHANGED} checked")).to_have_count(1)
    visit.settle()
    visit.picture("past-tree")
    see(visit, "now")
    expect(moment).to_have_count(0)
    expect(page.locator(".tree-frame .line")).to_have_count(0)
    narrowed.fill("")
    expect(line(visit, "IfcColumn").locator(".detail")).to_have_text(str(now["IfcColumn"]))


def page_moment(visit: Visit) -> Locator:
    """What says which moment the left panel shows."""
    return visit.page.locator(".left > .moment")


def test_colours_are_those_of_then(visit: Visit, past: Server, begins: list[str]) -> None:
    visit.open(f"?{VIEW}&paint=class&at={begins[1]}")
    rows = visit.page.locator(".colours .legend li")
    for moment in (begins[1], ""):
        wanted = counts(past, "class", moment)
        expect(rows).to_have_count(len(wanted))
        expect(rows.filter(has_text="IfcColumn").locator(".detail")).to_have_text(str(wanted["IfcColumn"]))
        visit.settle()
        if moment:
            visit.picture("past-colours")
            assert painted(visit, NEW) is not None
            visit.page.locator(".banner.past").get_by_role("button").click()
    expect(page_moment(visit)).to_have_count(0)
    visit.settle()
    assert painted(visit, NEW) is None


def painted(visit: Visit, name: str) -> str | None:
    """The colour of an element in the tiles that are drawn now, None where it is not in them."""
    return next((colour for _, called, _, _, colour in drawn(visit.page) if str(called).startswith(name)), None)


def test_a_search_in_the_past_finds_and_opens_what_was_there(visit: Visit, begins: list[str]) -> None:
    visit.open(f"?{VIEW}&at={begins[1]}")
    page = visit.page
    search = page.get_by_role("search").get_by_role("combobox")
    search.fill(f"{CHANGED} checked")
    option = page.get_by_role("option").filter(has_text="checked").first
    expect(option).to_contain_text("IfcColumn")
    expect(page.locator(".results .moment")).to_contain_text("As it was on")
    visit.picture("past-search")
    option.click()
    expect(page.locator(".inspector h2")).to_contain_text("checked")
    page.locator(".banner.past").get_by_role("button").click()
    expect(page.locator(".inspector h2")).to_contain_text(AGAIN)
    search.fill(f"{CHANGED} checked")
    expect(page.get_by_role("option").filter(has_text="checked")).to_have_count(0)


def test_counts_of_layers_are_those_of_then(visit: Visit, past: Server, begins: list[str]) -> None:
    visit.open(f"?{VIEW.replace('&off=layer:stands', '')}&at={begins[2]}")
    now = past.get("/ogc/collections/stands/items?f=json&resulttype=hits")["numberMatched"]
    stands = visit.page.locator(".left").get_by_role("treeitem").filter(has_text="stand").first
    expect(stands).to_contain_text(str(now + 1))
    visit.page.locator(".banner.past").get_by_role("button").click()
    expect(stands).to_contain_text(str(now))


def test_any_two_versions_are_compared_and_the_address_says_which(visit: Visit, chromium: Browser, past: Server) -> None:
    visit.open(f"?{VIEW}")
    page = visit.page
    page.locator(".toolbar").get_by_role("button", name="Compare versions", exact=True).click()
    page.locator(".tool-panel select").first.select_option(MODEL)
    expect(page.locator(".changed li")).to_have_count(4)
    page.get_by_label("Earlier version").select_option("1")
    expect(page.locator(".changed li")).to_have_count(1)
    expect(page.locator(".changed li")).to_contain_text(AGAIN)
    assert f"compare={MODEL},3,both,1" in page.url
    visit.settle()
    visit.picture("compare-any")
    told: Any = past.get(f"/api/twin/models/{MODEL}/changes?version=3&since=1")
    assert [one["status"] for one in told["changes"]] == ["changed"]
    page.get_by_label("Later version").select_option("2")
    expect(page.locator(".changed li")).to_have_count(4)
    page.wait_for_function("location.search.includes('compare=carpark,2,both') && !location.search.includes('both,')")
    assert violations(page, ".centre") == []
    page.go_back()
    other = Visit(chromium, past.url, SIZE).begin(f"?{page.url.partition('?')[2]}")
    try:
        other.page.locator(".toolbar").get_by_role("button", name="Compare versions", exact=True).click()
        expect(other.page.locator(".changed li")).to_have_count(1)
        expect(other.page.get_by_label("Earlier version")).to_have_value("1")
    finally:
        other.close()


def test_what_was_removed_since_opens_as_it_was_before(visit: Visit) -> None:
    visit.open(f"?{VIEW}&compare={MODEL},3,both,2")
    page = visit.page
    page.locator(".toolbar").get_by_role("button", name="Compare versions", exact=True).click()
    expect(page.locator(".changed li")).to_have_count(4)
    removed = page.locator(".changed li").filter(has_text=NEW)
    expect(removed).to_contain_text("Removed")
    removed.get_by_role("button").click()
    expect(page.locator(".inspector h2")).to_contain_text(NEW)
    expect(page.locator(".changed li").filter(has_text=re.compile(f"{REMOVED}|{MOVED}"))).to_have_count(2)


def test_the_line_between_versions_follows_a_finger(chromium: Browser, past: Server) -> None:
    visit = Visit(chromium, past.url, SIZE, has_touch=True).begin(f"?{VIEW}&compare={MODEL},3,swipe,1")
    try:
        bar = visit.page.locator(".swipe")
        expect(bar).to_be_visible()
        box, before = bar.bounding_box(), eye(visit)
        assert box
        start = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        Hand(visit, "touch").drag(start, (start[0] + 120, start[1]))
        expect(bar).not_to_have_attribute("style", re.compile(r"left: 50%"))
        after = bar.bounding_box()
        assert after
        assert after["x"] - box["x"] == pytest.approx(120, abs=6)
        assert eye(visit) == pytest.approx(before, abs=1e-7)
        visit.settle()
        visit.picture("swipe-finger")
    finally:
        visit.close()
