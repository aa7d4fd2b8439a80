"""A submitted model seen before it is approved: in place of the twin's, with changes and findings in colours, or with a word why not."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.api.root
import pytest
from playwright.sync_api import APIResponse, Browser, expect

from tests.acceptance.shell import Server
from tests.browser.axe import violations
from tests.browser.conftest import SLOW_MS, TOKEN, Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NAME = "terminal-structure"
STRUCTURE = Path(__file__).parents[2] / "sample_models" / "small" / f"{NAME}.ifc"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
AUDIT_S = 240
Json = dict[str, Any]


class Changed:
    """A structure in which one slab is gone, one column stands aside, and one beam has another name."""

    def __init__(self, path: Path) -> None:
        file = ifcopenshell.open(STRUCTURE)
        slab, column, beam = file.by_type("IfcSlab")[-1], file.by_type("IfcColumn")[0], file.by_type("IfcBeam")[0]
        self.path, self.removed, self.moved, self.renamed = path, slab.GlobalId, column.GlobalId, beam.GlobalId
        self.removed_name = slab.Name
        place = column.ObjectPlacement.RelativePlacement
        x, y, z = place.Location.Coordinates
        axes = file.create_entity("IfcAxis2Placement3D", file.create_entity("IfcCartesianPoint", (x + 3.0, y, z)), place.Axis, place.RefDirection)
        column.ObjectPlacement = file.create_entity("IfcLocalPlacement", column.ObjectPlacement.PlacementRelTo, axes)
        beam.Name = "Beam with another name"
        ifcopenshell.api.root.remove_product(file, product=slab)  # type: ignore[arg-type]
        file.write(str(path))


@pytest.fixture
def visit(chromium: Browser, demo: Server) -> Iterator[Visit]:
    visit = Visit(chromium, demo.url, (1400, 900))
    visit.page.add_init_script(f"sessionStorage.setItem('csdi.token', '{TOKEN}')")
    yield visit
    visit.close()


def checked(visit: Visit, title: str, **models: Path) -> str:
    """A submission of these models after its audit."""
    ask = visit.page.request

    def told(answer: APIResponse) -> Json:
        assert answer.ok, answer.text()
        return dict(answer.json())
    api = f"{visit.url}/api"
    id = told(ask.post(f"{api}/submissions", data={"title": title, "stage": "design", "packs": ["common"]}, headers=HEADERS))["id"]
    for name, path in models.items():
        body = path.read_bytes()
        sent = ask.post(f"{api}/uploads", data=body, headers=HEADERS | {
            "Tus-Resumable": "1.0.0", "Upload-Length": str(len(body)), "Content-Type": "application/offset+octet-stream",
            "Upload-Metadata": "filename " + base64.b64encode(path.name.encode()).decode()})
        told(ask.put(f"{api}/submissions/{id}/models/{name}", data={"upload": sent.headers["location"]}, headers=HEADERS | {"If-Match": "*"}))
    told(ask.post(f"{api}/submissions/{id}/state", data={"state": "submitted"}, headers=HEADERS | {"If-Match": "*"}))
    ends = time.monotonic() + AUDIT_S
    while told(ask.get(f"{api}/submissions/{id}", headers=HEADERS))["state"] != "checked":
        assert time.monotonic() < ends
        time.sleep(0.5)
    return str(id)


def tilesets(visit: Visit) -> list[str]:
    """Paths of the tilesets that the scene draws now."""
    found = visit.page.evaluate("(() => { const all = window.__csdi.viewer.scene.primitives, found = [];"
                                " for (let at = 0; at < all.length; at++) { const one = all.get(at);"
                                " if (one.resource && one.show) found.push(new URL(one.resource.url, location.href).pathname); }"
                                " return found; })()")
    return [str(path) for path in found]


def test_a_submitted_model_is_seen_with_what_changes_and_what_was_found(visit: Visit, tmp_path: Path) -> None:
    page, changed = visit.page, Changed(tmp_path / "structure revision B.ifc")
    id = checked(visit, "Structure, revision B", **{NAME: changed.path})
    visit.begin(f"?place=submissions&submission={id}")
    visit.settle()
    accepted = told_of(visit, id)["accepted"]["tileset"]
    assert accepted in tilesets(visit)

    page.get_by_role("button", name="See it in 3D").click()
    expect(page.locator(".preview .legend li")).to_have_count(5)
    visit.settle()
    assert page.locator(".preview .legend .detail").all_inner_texts()[:4] == ["0", "1", "1", "1"]
    drawn = tilesets(visit)
    assert [path for path in drawn if path.startswith("/api/")] == [told_of(visit, id)["tileset"]]
    assert accepted in drawn  # for what is removed, and where things stood
    assert [path for path in drawn if path.startswith("/tiles3d/") and "/city/" not in path] == [accepted]
    expect(page.locator(".banner.submitted")).to_contain_text(NAME)
    assert violations(page, ".preview") == []
    visit.picture("submission-3d-changes")

    page.locator(".preview .changed button").filter(has_text="Beam with another name").click()
    expect(page.locator(".right")).to_contain_text("Submitted, not approved.")
    expect(page.locator(".right .fields")).to_contain_text("Beam with another name")
    visit.settle()
    visit.picture("submission-3d-element")
    page.locator(".preview .changed button").filter(has_text=changed.removed_name).first.click()
    expect(page.locator(".right")).to_contain_text("The submitted model no longer has it.")

    page.locator(".preview .kinds label").filter(has_text="Findings").click()
    expect(page.locator(".preview .legend li")).to_have_count(4)
    visit.settle()
    assert [path for path in tilesets(visit) if path == accepted] == []
    visit.picture("submission-3d-findings")
    assert "preview=findings" in page.url

    page.get_by_role("button", name="Back to the twin as it is").click()
    visit.settle()
    assert accepted in tilesets(visit)
    assert not [path for path in tilesets(visit) if path.startswith("/api/")]
    assert visit.errors == []


def told_of(visit: Visit, id: str) -> Json:
    """What the server says of the preview."""
    ends = time.monotonic() + AUDIT_S
    while (answer := visit.page.request.get(f"{visit.url}/api/submissions/{id}/models/{NAME}/preview", headers=HEADERS)).status == 202:
        assert time.monotonic() < ends
        time.sleep(0.5)
    return dict(json.loads(answer.body()))


def test_a_file_that_cannot_be_drawn_says_why_beside_one_that_can(visit: Visit, tmp_path: Path) -> None:
    page, broken = visit.page, tmp_path / "broken.ifc"
    broken.write_text(STRUCTURE.read_text().replace("ENDSEC;", "", 1))
    id = checked(visit, "Two models", broken=broken, annex=STRUCTURE)
    visit.begin(f"?place=submissions&submission={id}&preview=changes&lang=zh-Hant")
    expect(page.locator(".preview-models .not-seen")).to_contain_text("檔案無法讀取", timeout=SLOW_MS)
    expect(page.locator(".preview-models")).to_contain_text("全部皆為新增")
    visit.settle()
    eye = page.evaluate("window.__csdi.viewer.camera.positionCartographic.height")
    assert 0 < eye < 2000
    visit.picture("submission-3d-broken")
    page.goto(f"{visit.url}/?place=twin")
    expect(page.locator("#scene")).to_be_visible()
    assert page.locator(".banner.submitted").count() == 0
