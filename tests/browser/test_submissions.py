"""The story of a submission as people live it: a crane that stands too high, its report, the corrected model, the approval, the twin."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import ifcopenshell
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from csdi.crs import transform
from sample_models.ifc_works import known_cranes
from sample_models.layout import Layout
from tests.acceptance.shell import Server
from tests.browser.conftest import SCALE, SLOW_MS, TOKEN, Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WORKS = Path(__file__).parents[2] / "sample_models" / "small" / "submissions" / "construction-works.ifc"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
LOWER_M = 1.0


@pytest.fixture
def visit(chromium: Browser, demo: Server) -> Iterator[Visit]:
    visit = Visit(chromium, demo.url, (1400, 900), accept_downloads=True)
    visit.page.goto(f"{demo.url}/?place=submissions")
    visit.page.get_by_label("Editor’s token").fill(TOKEN)
    visit.page.get_by_role("button", name="Enter").click()
    expect(visit.page.get_by_role("button", name="New submission").first).to_be_visible()
    yield visit
    visit.close()


def corrected(folder: Path) -> tuple[Path, str]:
    """The works with the crane TC-1 one metre lower, and the crane's GlobalId."""
    file = ifcopenshell.open(WORKS)
    crane = next(one for one in file.by_type("IfcTransportElement") if one.Tag == "TC-1")
    place = crane.ObjectPlacement.RelativePlacement
    x, y, z = place.Location.Coordinates
    place.Location = file.create_entity("IfcCartesianPoint", (x, y, z - LOWER_M))
    path = folder / WORKS.name
    file.write(str(path))
    return path, crane.GlobalId


def hand_in(page: Page, path: Path) -> None:
    """Put a model into the open form, hand it in, and wait for the report."""
    page.locator("input[type=file]").set_input_files(path)
    expect(page.locator(".sent li[data-phase=done]")).to_have_count(1)
    page.get_by_role("button", name="Hand in").click()
    expect(page.locator(".summary")).to_be_visible(timeout=2 * SLOW_MS)


def decide_on_others(page: Page, url: str, submission: str) -> None:
    """Waive every error but the one that must be fixed, as a reviewer's tool would."""
    api = f"{url}/api/submissions/{submission}"
    for one in page.request.get(f"{api}/findings?severity=error", headers=HEADERS).json()["findings"]:
        if not one["decision"]:
            answer = page.request.put(f"{api}/findings/{one['id']}/decision", data={"choice": "waive", "reason": "agreed on site"},
                                      headers=HEADERS | {"If-Match": "*"})
            assert answer.ok, answer.text()


def test_a_crane_too_high_is_found_lowered_approved_and_stands_in_the_twin(visit: Visit, demo: Server, tmp_path: Path) -> None:
    page = visit.page
    page.get_by_role("button", name="New submission").first.click()
    page.get_by_label("Title").fill("Tower cranes at the south runway")
    page.get_by_label("Project").fill("Apron works")
    page.get_by_label("Works on and around the airport").check()
    first = tmp_path / "first" / WORKS.name
    first.parent.mkdir()
    shutil.copyfile(WORKS, first)
    hand_in(page, first)

    expect(page.locator(".outcome")).to_have_text("fails")
    crane = page.locator(".finding").filter(has_text="TC-1").filter(has_text="above approach-25L")
    crane.get_by_role("button").first.click()
    known = known_cranes(Layout(SCALE))[0]
    east, north = known.nearest
    expect(crane.locator(".facts")).to_contain_text(f"{known.depth_m} m", timeout=5000)
    expect(crane.locator(".facts")).to_contain_text(f"{east:.3f} E, {north:.3f} N, {known.top_mpd:.3f} mPD", timeout=5000)
    visit.settle()
    eye = page.evaluate("(() => { const { longitude, latitude } = window.__csdi.viewer.camera.positionCartographic;"
                        " return [longitude, latitude].map((angle) => angle * 180 / Math.PI); })()")
    assert eye == pytest.approx(transform("EPSG:2326", "EPSG:4326").points([known.nearest])[0], abs=0.002)
    visit.picture("submission-finding")
    assert "finding=" in page.url
    crane.get_by_role("button", name="Must be fixed").click()
    expect(crane.locator(".decision-mark")).to_have_text("Must be fixed")

    with page.expect_download() as waiting:
        page.get_by_role("button", name="BCF 2.1").click()
    archive = zipfile.ZipFile(io.BytesIO(waiting.value.path().read_bytes()))
    topics = [archive.read(name).decode() for name in archive.namelist() if name.endswith("markup.bcf")]
    assert any("approach-25L" in topic for topic in topics)
    assert b"2.1" in archive.read("bcf.version")

    submission = page.url.partition("submission=")[2].partition("&")[0]
    decide_on_others(page, demo.url, submission)
    page.reload()  # somebody else changed it: what is done on the page as it was would be refused
    page.get_by_role("button", name="Return").click()
    page.get_by_label("Reason").fill("Lower the crane TC-1.")
    page.locator(".ask").get_by_role("button", name="Return").click()
    expect(page.locator(".reading-panel .state").first).to_have_text("returned")
    page.get_by_role("button", name="New version").click()
    path, key = corrected(tmp_path)
    hand_in(page, path)

    page.locator(".choice").filter(has_text="Solved").click()
    expect(crane.locator(".status-mark")).to_have_text("Solved")
    visit.picture("submission-solved")
    page.get_by_role("button", name="Changes").click()
    expect(page.locator(".changes")).to_contain_text("moved 1.000 m: 0.000 along x, 0.000 along y, -1.000 up")
    visit.picture("submission-changes")

    page.get_by_role("button", name="Begin the review").click()
    page.get_by_role("button", name="Approve").click()
    expect(page.locator(".state.good").first).to_have_text("approved")
    page.get_by_role("button", name="Record").click()
    expect(page.locator(".trail")).to_contain_text("New version begun")
    page.get_by_role("button", name="See it in the twin").click()
    visit.settle()
    page.evaluate("(id) => window.__csdi.flyTo(id)", f"construction-works:{key}")
    expect(page.locator(".right")).to_contain_text("Tower crane TC-1")
    visit.picture("submission-in-the-twin")
    assert all(url.startswith((demo.url, "blob:", "data:")) for url in visit.requests)
    assert [error for error in visit.errors if "403" not in error] == []


def test_the_report_is_read_on_a_phone_in_chinese(chromium: Browser, demo: Server) -> None:
    visit = Visit(chromium, demo.url, (390, 800), color_scheme="dark")
    page = visit.page
    page.goto(f"{demo.url}/?place=submissions&lang=zh-Hant")
    page.get_by_label("編輯權杖").fill(TOKEN)
    page.get_by_role("button", name="進入").click()
    expect(page.get_by_role("button", name="新呈交").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    visit.picture("submissions-phone")
    visit.close()


def test_a_file_whose_line_broke_goes_on_where_it_ended_after_a_reload(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    drawing = tmp_path / "drawing.pdf"
    drawing.write_bytes(bytes(range(256)) * 4096 * 6)
    offsets: list[int] = []
    cut = True

    def patched(route: Route) -> None:
        if cut and offsets:
            route.abort()
            return
        offsets.append(int(route.request.headers["upload-offset"]))
        route.continue_()

    page.route("**/api/uploads/*", lambda route: patched(route) if route.request.method == "PATCH" else route.continue_())
    page.goto(f"{visit.url}/?place=submissions&submission=new")
    page.locator("input[type=file]").set_input_files(drawing)
    expect(page.locator(".sent li")).to_contain_text("4 of 6 MB")
    page.reload()
    cut = False
    page.locator("input[type=file]").set_input_files(drawing)
    expect(page.locator(".sent li[data-phase=done]")).to_have_count(1)
    assert offsets == [0, 4 << 20]
    page.get_by_role("button", name="Cancel drawing.pdf").click()
    expect(page.locator(".sent li")).to_have_count(0)
