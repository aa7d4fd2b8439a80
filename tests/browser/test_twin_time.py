"""Versions side by side, points in time, shared views and BCF viewpoints in Chromium, against what the server says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from bim.bcf import read_bcf
from tests.acceptance.shell import Server, Shell
from tests.browser.axe import violations
from tests.browser.conftest import ROOT, Visit, missing
from tests.browser.past import CHANGED, MODEL, MOVED, NEW, NEW_ID, REMOVED, WAY_M, build

pytestmark = [pytest.mark.browser]

SIZE = (1240, 640)
BESIDE = "?cam=113.934250,22.317850,32,32,-22&off=layer:stands"
PANELS = ("Compare versions", "Point in time", "Bookmarks", "BCF viewpoints", "Keys and gestures")


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server of a site with a past."""
    if not (ROOT / "src" / "ogc_api" / "ui" / "index.html").exists():
        missing("the web UI is not built", "make ui")
    folder = tmp_path_factory.mktemp("past")
    shell = Shell(folder / "home", {"CSDI_SITE_NAME": "Sample airport|示範機場|示范机场"})
    build(shell, folder / "later")
    with shell.serving() as server:
        yield server


@pytest.fixture(scope="module")
def changes(past: Server) -> dict[str, Any]:
    found: dict[str, Any] = past.get(f"/api/twin/models/{MODEL}/changes?version=2")
    return found


@pytest.fixture(scope="module")
def visit(chromium: Browser, past: Server) -> Iterator[Visit]:
    """One visit that tests share, the scene as wide as can be."""
    made = Visit(chromium, past.url, SIZE).open(BESIDE)
    made.page.locator(".left .panel-head .icon-button").last.click()
    yield made
    of_the_past = "404 (Not Found)"  # what was selected may not have been there at the moment that is asked for
    assert [error for error in made.errors if "favicon" not in error and of_the_past not in error] == []
    made.close()


def open_tool(visit: Visit, name: str) -> None:
    """Open a tool, whatever was open before."""
    button = visit.page.locator(".toolbar").get_by_role("button", name=name, exact=True)
    if button.get_attribute("aria-pressed") != "true":
        button.click()
    expect(visit.page.locator(".tool-panel h2")).to_have_text(name)


def change_of(changes: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in changes["changes"] if one["name"].startswith(name))
    return found


def eye(visit: Visit) -> dict[str, Any]:
    found: dict[str, Any] = visit.page.evaluate("window.__csdi.viewpoints.eye()")
    return found


def degrees_between(one: list[float], other: list[float]) -> float:
    return float(np.degrees(np.arctan2(np.linalg.norm(np.cross(one, other)), np.dot(one, other))))


def test_the_changes_are_those_of_the_server(past: Server, changes: dict[str, Any]) -> None:
    assert {one["name"].split(" 柱")[0]: one["status"] for one in changes["changes"]} == {
        REMOVED: "removed", MOVED: "moved", f"{CHANGED} checked": "changed", NEW: "new"}
    start, end = change_of(changes, MOVED)["arrow"]
    assert np.linalg.norm(np.subtract(end, start)) == pytest.approx(WAY_M, abs=0.002)
    marks = past.get("/api/twin/versions")
    assert [one["version"] for one in marks["models"][MODEL]] == [2, 1]
    assert len(marks["layers"]["stands"]) == 1


def test_two_versions_are_seen_in_one_scene(visit: Visit, changes: dict[str, Any]) -> None:
    page = visit.page
    open_tool(visit, "Compare versions")
    page.locator(".tool-panel select").first.select_option(MODEL)
    legend = page.locator(".compare .legend li")
    counts = changes["counts"]["elements"]
    expect(legend).to_have_count(5)
    for row, status in zip(legend.all(), ("new", "removed", "changed", "moved", "unchanged"), strict=True):
        expect(row.locator(".detail")).to_have_text(str(counts[status]))
    legend.filter(has_text="Removed").get_by_role("button").click()
    expect(page.locator(".changed li")).to_have_count(1)
    page.locator(".changed li").get_by_role("button").click()
    expect(page.locator(".inspector h2")).to_contain_text(REMOVED)
    visit.settle()
    middle = "(() => { const c = window.__csdi.viewer.canvas; return window.__csdi.pick(c.clientWidth / 2, c.clientHeight / 2).id; })()"
    assert page.evaluate(middle) == f"{MODEL}:{change_of(changes, REMOVED)['global_id']}"
    assert "compare=carpark,2,both" in page.url
    visit.picture("compare")
    page.get_by_text("After", exact=True).click()
    visit.settle()
    assert page.evaluate(middle) != f"{MODEL}:{change_of(changes, REMOVED)['global_id']}"
    page.get_by_role("button", name="End the comparison").click()
    assert "compare=" not in page.url


def test_the_past_is_seen_and_said(visit: Visit, past: Server, changes: dict[str, Any]) -> None:
    page, first = visit.page, past.get("/api/twin/versions")["models"][MODEL][1]
    moved = f"{MODEL}:{change_of(changes, MOVED)['global_id']}"
    open_tool(visit, "Point in time")
    visit.requests.clear()
    page.locator(".time-list button").last.click()
    expect(page.locator(".banner.past")).to_be_visible()
    visit.settle()
    assert any(first["tileset"] in url for url in visit.requests)
    asked = f"/ogc/collections/elements/items/{moved}?f=json&datetime={first['valid_from']}"
    page.evaluate("async (id) => window.__csdi.flyTo(id)", moved)
    expect(page.locator(".inspector h2")).to_contain_text(MOVED)
    assert any("datetime=" in url and moved.split(":")[1] in url for url in visit.requests)
    now, then = (past.get(path)["geometry"]["coordinates"][0][0] for path in (asked.split("&datetime")[0], asked))
    assert now != then
    expect(page.locator(".banner.past")).to_contain_text("Nothing can be edited")
    visit.picture("past")
    page.locator(".banner.past").get_by_role("button").click()
    expect(page.locator(".banner.past")).to_have_count(0)
    assert "at=" not in page.url


def test_a_viewpoint_goes_out_and_comes_back(visit: Visit, past: Server, tmp_path: Path) -> None:
    page = visit.page
    before = eye(visit)
    hidden = f"class/id={MODEL}:{NEW_ID}"
    page.evaluate("(query) => { history.pushState(null, '', query); dispatchEvent(new PopStateEvent('popstate')); }",
                  f"/?sel=elements/{MODEL}:{NEW_ID}&hidden={hidden}&cut=113.9345,22.3181,5,20,-20,20,-20,20,,12")
    visit.settle()
    open_tool(visit, "BCF viewpoints")
    page.get_by_text("BCF 3.0").click()
    page.get_by_label("Title").fill("Column in the way")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save as BCF").click()
    archive = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(archive)
    assert archive.name == "Column in the way.bcf"
    topic = read_bcf(archive).topics[0]
    view = topic.viewpoints[0].view
    assert view is not None
    assert [one.ifc_guid for one in view.selection] == [one.ifc_guid for one in view.exceptions] == [NEW_ID]
    assert len(view.clipping_planes) == 5
    snapshot = read_bcf(archive).snapshot(topic, topic.viewpoints[0])
    assert snapshot is not None
    assert len(snapshot) > 5000
    page.evaluate("() => { history.pushState(null, '', '/?cam=113.9340,22.3170,200,10,-40'); dispatchEvent(new PopStateEvent('popstate')); }")
    visit.settle()
    assert np.linalg.norm(np.subtract(eye(visit)["position"], before["position"])) > 50
    page.locator(".tool-panel input[type=file]").set_input_files(archive)
    page.locator(".views button").click()
    page.wait_for_function("location.search.includes('cut=')")
    visit.settle()
    after = eye(visit)
    assert np.linalg.norm(np.subtract(after["position"], before["position"])) < 0.01
    for way in ("direction", "up"):
        assert degrees_between(after[way], before[way]) < 0.01
    assert after["fov"] == pytest.approx(before["fov"], abs=0.01)
    assert f"sel=elements/{MODEL}:{NEW_ID}" in page.url
    assert f"id%3D{MODEL}" in page.url or f"hidden=class%2Fid%3D{MODEL}" in page.url
    limits = re.search(r"cut=([^&]+)", page.url)
    assert limits
    numbers = [float(text) if text else None for text in limits[1].split(",")]
    assert numbers[8] is None
    widths = [numbers[at + 1] - numbers[at] for at in (4, 6)]  # type: ignore[operator]
    assert widths == pytest.approx([40, 40], abs=0.02)
    visit.picture("viewpoint")
    page.get_by_role("button", name="Let go of the viewpoint").click()
    assert "cut=" not in page.url


def test_an_address_restores_the_whole_view_elsewhere(visit: Visit, chromium: Browser, past: Server, changes: dict[str, Any]) -> None:
    page, moved = visit.page, change_of(changes, MOVED)["global_id"]
    at = past.get("/api/twin/versions")["models"][MODEL][1]["valid_from"]
    query = (f"/?cam=113.934250,22.317850,32.0,32.0,-22.0&on=spaces:{MODEL}&off=layer:stands&sel=elements/{MODEL}:{moved}"
             f"&cut=113.9345000,22.3181000,5.00,20.00,-20.00,20.00,-20.00,20.00,,12.00&at={at}&paint=class&lang=zh-Hant")
    page.evaluate("(query) => { history.pushState(null, '', query); dispatchEvent(new PopStateEvent('popstate')); }", query)
    open_tool(visit, "書籤")
    shared = page.locator(".share input").input_value()
    other = Visit(chromium, past.url, SIZE).begin(shared.removeprefix(past.url).lstrip("/"))
    try:
        expect(other.page.locator("html")).to_have_attribute("lang", "zh-Hant")
        expect(other.page.locator(".banner.past")).to_be_visible()
        other.settle()
        assert sorted(other.page.url.split("?")[1].split("&")) == sorted(shared.split("?")[1].split("&"))
        assert np.linalg.norm(np.subtract(eye(other)["position"], eye(visit)["position"])) < 1
    finally:
        other.close()
        page.evaluate("() => { history.pushState(null, '', '/?lang=en'); dispatchEvent(new PopStateEvent('popstate')); }")


def test_bookmarks_are_kept_renamed_written_and_read(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    open_tool(visit, "Bookmarks")
    page.get_by_label("Name of the view").fill("North corner")
    page.get_by_role("button", name="Keep").click()
    row = page.locator(".bookmark-list li")
    expect(row).to_have_count(1)
    row.get_by_role("button", name="Rename North corner").click()
    page.get_by_role("textbox", name="Rename North corner").fill("Corner")
    page.keyboard.press("Enter")
    expect(row.first).to_contain_text("Corner")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save as a file").click()
    file = tmp_path / "bookmarks.json"
    waiting.value.save_as(file)
    told = json.loads(file.read_text())
    assert [one["name"] for one in told["bookmarks"]] == ["Corner"]
    row.get_by_role("button", name="Remove Corner").click()
    expect(row).to_have_count(0)
    page.locator(".tool-panel input[type=file]").set_input_files(file)
    expect(row).to_have_count(1)
    file.write_text('{"type": "something else"}')
    page.locator(".tool-panel input[type=file]").set_input_files(file)
    expect(page.locator(".tool-panel")).to_contain_text("no file of bookmarks")


def test_the_question_mark_shows_the_keys(visit: Visit) -> None:
    visit.page.keyboard.press("Escape")
    visit.page.locator("#scene").focus()
    visit.page.keyboard.press("?")
    expect(visit.page.locator(".tool-panel h2")).to_have_text("Keys and gestures")
    visit.page.keyboard.press("Escape")
    expect(visit.page.locator(".tool-panel")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_of_the_panels_breaks_the_rules_of_access(visit: Visit, theme: str) -> None:
    visit.page.locator("select[aria-label]").last.select_option(theme)
    found = []
    for name in PANELS:
        open_tool(visit, name)
        if name == PANELS[0]:
            visit.page.locator(".tool-panel select").first.select_option(MODEL)
            visit.page.get_by_text("Swipe", exact=True).click()
            expect(visit.page.locator(".changed li")).to_have_count(4)
        found += [f"{name}: {one}" for one in violations(visit.page, ".centre")]
    visit.page.evaluate("() => { history.pushState(null, '', '/'); dispatchEvent(new PopStateEvent('popstate')); }")
    assert found == []
