"""The portal as people use it: search in two languages, facets, maps, editing, and a layer dropped on the page."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.acceptance.shell import Server
from tests.browser.conftest import TOKEN, Visit
from tests.ogc_api.site import SMALL

pytestmark = [pytest.mark.browser]

DROP = """([name, body]) => { const bytes = Uint8Array.from(atob(body), (one) => one.charCodeAt(0)), data = new DataTransfer();
  data.items.add(new File([bytes], name)); const place = document.querySelector(".drop") ?? document.querySelector("main");
  for (const kind of ["dragover", "drop"]) place.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true })); }"""


@pytest.fixture
def portal(chromium: Browser, demo: Server) -> Iterator[Visit]:
    visit = Visit(chromium, demo.url, (1400, 900))
    visit.page.goto(f"{demo.url}/?place=catalogue")
    expect(visit.page.locator(".results-list li").first).to_be_visible()
    yield visit
    visit.close()


def drop(page: Page, name: str, body: bytes) -> None:
    """A file dragged onto the page and let go over the form that opens."""
    page.evaluate(DROP, [name, base64.b64encode(body).decode()])


def water() -> bytes:
    """A layer of two features with a Chinese title of their own."""
    made = [{"type": "Feature", "properties": {"name": name}, "geometry": {"type": "Point", "coordinates": [114.1 + i / 100, 22.3]}}
            for i, name in enumerate(("水塘", "泵房"))]
    return json.dumps({"type": "FeatureCollection", "features": made}).encode()


def test_search_and_facets_find_what_the_catalogue_finds(portal: Visit, demo: Server) -> None:
    page = portal.page
    total = demo.get("/ogc/collections/records/items?limit=1")["numberMatched"]
    expect(page.get_by_role("status")).to_have_text(f"{total} records")
    page.get_by_label("Search all data").fill("runway")
    expect(page.get_by_role("status")).to_have_text(f"{demo.get('/ogc/collections/records/items?q=runway&limit=1')['numberMatched']} records")
    page.get_by_label("Search all data").fill("停機")
    expect(page.locator(".results-list h2").first).to_have_text("Aircraft stands")
    assert "q=%E5%81%9C%E6%A9%9F" in page.url
    page.get_by_label("Search all data").fill("水泵")
    expect(page.locator(".hits a").first).to_have_attribute("href", re.compile("^/ogc/collections/elements/items/terminal-mep"))
    page.get_by_label("Search all data").fill("")
    page.get_by_label("Imagery and terrain").check()
    expect(page.get_by_role("status")).to_have_text("2 records")
    page.get_by_label("DTM").check()
    expect(page.get_by_role("status")).to_have_text("1 record")
    page.go_back()
    expect(page.get_by_role("status")).to_have_text("2 records")


def test_a_record_has_its_map_downloads_snippets_and_links(portal: Visit, demo: Server) -> None:
    page = portal.page
    page.get_by_label("Search all data").fill("aircraft stands")
    page.get_by_role("button", name="Aircraft stands").click()
    expect(page.locator(".record .map")).to_have_attribute("data-state", "drawn")
    stand = demo.get("/ogc/collections/stands/items?limit=1")["features"][0]
    shown = page.evaluate("""async (place) => { const [{ map }] = await window.__maps;
        return map.queryRenderedFeatures(map.project(place)).map((one) => String(one.properties.id)); }""", stand["geometry"]["coordinates"][:2])
    assert str(stand["id"]) in shown
    href = page.get_by_role("link", name="GeoPackage").get_attribute("href")
    assert page.request.get(demo.url + str(href)).body()[:15] == b"SQLite format 3"
    expect(page.locator(".snippet pre").first).to_have_text(f"{demo.url}/ogc")
    page.locator(".top select").first.select_option("zh-Hant")
    expect(page.locator(".record h2")).to_have_text("停機位")
    expect(page.locator(".record")).to_contain_text("由檔案 stands.geojson 發佈")
    portal.picture("portal-record")
    assert not portal.errors
    assert all(url.startswith((demo.url, "data:", "blob:")) for url in portal.requests)


def test_a_layer_is_dropped_published_described_and_found_in_chinese(portal: Visit) -> None:
    page = portal.page
    drop(page, "reservoirs.geojson", water())
    expect(page.get_by_text("Drop files here")).to_be_visible()
    page.get_by_label("Editor’s token").fill("wrong")
    page.get_by_label("Title, if").fill("Water works")
    drop(page, "reservoirs.geojson", water())
    expect(page.locator(".sent li[data-phase=failed]")).to_contain_text("This is for editors")
    page.get_by_label("Editor’s token").fill(TOKEN)
    drop(page, "reservoirs.geojson", water())
    expect(page.locator(".sent li[data-phase=done]")).to_contain_text("2 features")
    portal.picture("portal-upload")
    page.get_by_role("button", name="reservoirs", exact=True).click()
    page.get_by_role("button", name="Edit the metadata").click()
    form = page.locator("form.edit")
    form.locator("fieldset[lang=zh-Hant] input").first.fill("食水設施")
    form.get_by_label("Updated how often").select_option("daily")
    form.get_by_role("button", name="Save").click()
    expect(page.locator(".record")).to_contain_text("Daily")
    page.get_by_label("Search all data").fill("水")
    expect(page.locator(".results-list li")).to_have_count(1)
    expect(page.locator(".results-list h2")).to_have_text("Water works")


def test_the_parts_of_a_shapefile_become_one_layer_and_a_broken_file_says_why(portal: Visit) -> None:
    page = portal.page
    page.get_by_role("button", name="Add a layer").click()
    page.get_by_label("Editor’s token").fill(TOKEN)
    files = [{"name": f"sewers{part.suffix}", "mimeType": "", "buffer": part.read_bytes()} for part in sorted(SMALL.glob("manholes.*"))]
    page.locator("input[type=file]").set_input_files(files)  # type: ignore[arg-type]
    expect(page.locator(".sent li[data-phase=done]")).to_contain_text("914 features")
    drop(page, "broken.gpkg", b"SQLite format 3\0 and no more")
    expect(page.locator(".sent li[data-phase=failed]")).to_contain_text("code ")
