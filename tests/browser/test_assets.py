"""The place Assets in Chromium: the list with its filters beside the scene, one asset, networks, ways and proposals."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.acceptance.shell import Server
from tests.browser.axe import violations
from tests.browser.conftest import TOKEN, Visit
from tests.browser.drawn import drawn

pytestmark = [pytest.mark.browser]

LANGUAGES = ("zh-Hant", "zh-Hans", "en")
SIGN_IN = f"if (!sessionStorage.getItem('csdi.token')) sessionStorage.setItem('csdi.token', '{TOKEN}')"


def ask(demo: Server, path: str, body: Any = None, method: str = "GET", etag: str = "") -> Any:
    """The JSON of an answer to an editor."""
    headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json", **({"if-match": etag} if etag else {})}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{demo.url}{path}", data, headers, method=method), timeout=60) as answer:
        return json.load(answer)


def found(demo: Server, filter: str) -> list[dict[str, Any]]:
    """Assets that a filter names, in the order of the register."""
    rows: list[dict[str, Any]] = ask(demo, f"/api/assets/find?limit=1000&filter={quote(filter)}")["assets"]
    return rows


@pytest.fixture(scope="module")
def assets(chromium: Browser, demo: Server) -> Iterator[Visit]:
    """An editor on the page; each test begins with the address that it needs."""
    visit = Visit(chromium, demo.url, (1320, 700))
    visit.page.context.add_init_script(SIGN_IN)
    yield visit
    visit.close()


def begin(visit: Visit, query: str) -> Page:
    """The place with these choices."""
    visit.begin(f"?lang=en&place=assets{query}")
    return visit.page


def tags(page: Page) -> list[str]:
    """Tags of the rows in sight."""
    rows: list[str] = page.locator(".asset-row[data-asset]").evaluate_all("rows => rows.map((row) => row.dataset.asset)")
    return rows


def matched(page: Page) -> int:
    """How many assets the list says it has."""
    count = page.locator("[data-matched]:not([data-matched=''])")
    count.wait_for()
    return int(str(count.get_attribute("data-matched")))


def test_the_list_holds_the_whole_register_and_scrolls_to_its_end(assets: Visit, demo: Server) -> None:
    page = begin(assets, "")
    total = ask(demo, "/api/assets/find?limit=1")["matched"]
    assert matched(page) == total
    page.locator(".asset-row[data-asset]").first.wait_for()
    grid = page.locator(".asset-table")
    last = f'.asset-row[aria-rowindex="{total + 1}"][data-asset]'
    for _ in range(20):
        grid.evaluate("(box) => box.scrollTo(0, box.scrollHeight)")
        if page.locator(last).count():
            break
        page.wait_for_timeout(250)
    expect(page.locator(last)).to_be_visible()
    assert page.locator(".asset-row[data-asset]").count() < 100


def test_choices_narrow_the_list_the_counts_and_the_address(assets: Visit, demo: Server) -> None:
    page = begin(assets, "")
    page.locator("[data-facet=asset_class] label", has_text="Door").first.click()
    doors = found(demo, "asset_class = 'door'")
    expect(page.locator(f"[data-matched='{len(doors)}']")).to_be_visible()
    assert "among=asset_class:door" in page.url
    expect(page.locator("[data-facet=asset_class] label", has_text="Luminaire")).to_be_visible()
    page.locator(".register input[type=search]").fill("L1")
    text = ask(demo, "/api/assets/find?limit=1&text=L1&asset_class=door")["matched"]
    expect(page.locator(f"[data-matched='{text}']")).to_be_visible()
    page.reload()
    expect(page.locator(f"[data-matched='{text}']")).to_be_visible()


def test_a_place_stands_for_all_that_is_below_it(assets: Visit, demo: Server) -> None:
    page = begin(assets, "")
    row = page.locator(".place-row", has_text="Passenger").first
    count = int(row.locator("small").inner_text())
    row.locator(".place-name").click()
    expect(page.locator(f"[data-matched='{count}']")).to_be_visible()
    row.locator(".twist").click()
    storey = page.locator(".asset-places ul ul .place-row").first
    below = int(storey.locator("small").inner_text())
    storey.locator(".place-name").click()
    expect(page.locator(f"[data-matched='{below}']")).to_be_visible()
    assert 0 < below < count


def test_assets_of_the_list_stand_out_in_the_scene_and_are_selected_from_either_side(assets: Visit, demo: Server) -> None:
    pump = found(demo, "asset_class = 'pump'")[0]
    page = begin(assets, "&among=asset_class:pump")
    row = page.locator(f".asset-row[data-asset='{pump['tag']}']")
    row.locator("[data-field=asset_class]").click()
    expect(row).to_have_class("asset-row current")
    assets.settle()
    assert pump["element"] in {id for id, *_ in drawn(page)}
    other = found(demo, "asset_class = 'chiller'")[0]
    page.evaluate("(id) => window.__csdi.flyTo(id)", other["element"])
    expect(page.locator(".in-scene button")).to_have_text(other["tag"])


def test_rows_are_sorted_and_reached_with_the_keyboard(assets: Visit, demo: Server) -> None:
    page = begin(assets, "&among=asset_class:chiller,asset_class:pump")
    page.locator(".asset-row.head button", has_text="Tag").click()
    page.locator(".asset-row.head button", has_text="Tag").click()
    expected = sorted((one["tag"] for one in found(demo, "asset_class IN ('chiller', 'pump')")), reverse=True)
    expect(page.locator(".asset-row[data-asset]").first).to_have_attribute("data-asset", expected[0])
    assert tags(page) == expected
    page.locator(".asset-row[data-asset]").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.locator("[data-chosen='1']")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(f"[data-tag='{expected[1]}']")).to_be_visible()


def test_any_row_is_gone_to_by_the_bar_by_number_and_by_the_beginning_of_a_value(assets: Visit, demo: Server) -> None:
    tags_in_order = [one["tag"] for start in (0, 1000) for one in ask(demo, f"/api/assets/find?limit=1000&offset={start}&sortby=tag")["assets"]]
    page = begin(assets, "")
    box, seen = page.locator(".asset-table"), page.locator(".asset-jump > span")
    expect(seen).to_contain_text(f"of {len(tags_in_order):,}")
    page.locator(".asset-row[data-asset]").first.focus()
    wanted = tags_in_order[len(tags_in_order) * 2 // 3]
    page.keyboard.type(wanted)
    page.keyboard.press("Enter")
    expect(page.locator(f".asset-row[data-asset='{wanted}']")).to_be_focused()
    expect(page.locator("[role='columnheader'][aria-sort='ascending']")).to_contain_text("Tag")
    page.keyboard.press("End")
    expect(page.locator(f".asset-row[data-asset='{tags_in_order[-1]}']")).to_be_focused()
    page.locator(".asset-jump input").fill("200")
    page.locator(".asset-jump button").click()
    expect(page.locator(f".asset-row[data-asset='{tags_in_order[199]}']")).to_be_focused()
    expect(seen).to_have_attribute("data-first", "200")
    box.evaluate("(box) => { box.scrollTop = (box.scrollHeight - box.clientHeight) / 2; }")
    expect(seen).not_to_have_attribute("data-first", "200")
    first = int(seen.get_attribute("data-first") or 0)
    assert abs(first - len(tags_in_order) / 2) < 30
    expect(page.locator(f"[data-asset='{tags_in_order[first]}']")).to_be_visible()
    page.locator(".asset-jump input").fill("zzz")
    page.locator(".asset-jump button").click()
    expect(page.locator(f".asset-row[data-asset='{tags_in_order[-1]}']")).to_be_focused()


def test_assets_are_narrowed_to_a_zone_that_says_how_many_it_has(assets: Visit, demo: Server) -> None:
    zones = ask(demo, "/ogc/collections/asset-locations/items?limit=100&filter=" + quote("kind = 'zone' AND total_count > 0"))["features"]
    assert zones
    page = begin(assets, "")
    if page.locator(".asset-filters").count() == 0:
        page.locator(".register-tools button", has_text="Filters").click()
    page.get_by_role("button", name="Zones").click()
    first = page.locator("[data-facet='zone'] li").first
    count = int(first.locator("small").inner_text().replace(",", ""))
    assert count in [one["properties"]["total_count"] for one in zones]
    first.locator("input").check()
    expect(page.locator("[data-matched]")).to_have_attribute("data-matched", str(count))


def test_a_bulk_edit_is_seen_first_and_kept_in_each_history(assets: Visit, demo: Server) -> None:
    sprinklers = found(demo, "asset_class = 'sprinkler'")
    page = begin(assets, "&among=asset_class:sprinkler")
    page.locator(".asset-row[data-asset] input").nth(0).check()
    page.locator(".asset-row[data-asset] input").nth(1).check()
    page.locator(".chosen-bar .primary").click()
    form = page.locator("form.bulk")
    form.locator("select").first.select_option("criticality")
    form.locator("select").nth(1).select_option("5")
    form.get_by_label("Reason").fill("review of fire services")
    form.locator("button.primary").click()
    expect(form.locator("tbody tr")).to_have_count(2)
    form.locator("button.primary").click()
    expect(form.locator(".bulk-result")).to_contain_text("2 assets changed")
    for one in sprinklers[:2]:
        document = ask(demo, f"/api/assets/{one['id']}")
        assert document["criticality"] == 5
        assert ask(demo, f"/api/assets/{one['id']}/history")["entries"][0]["why"] == "review of fire services"


def test_all_that_match_but_for_one_are_changed_together_and_taken_back(assets: Visit, demo: Server) -> None:
    sprinklers = found(demo, "asset_class = 'sprinkler'")
    page = begin(assets, "&among=asset_class:sprinkler")
    page.locator(".chosen-bar button", has_text="Choose all").click()
    expect(page.locator(f"[data-chosen='{len(sprinklers)}']")).to_be_visible()
    left = page.locator(".asset-row[data-asset]").first
    left.locator("input").uncheck()
    tag = left.get_attribute("data-asset")
    expect(page.locator(f"[data-chosen='{len(sprinklers) - 1}']")).to_be_visible()
    page.locator(".chosen-bar .primary").click()
    form = page.locator("form.bulk")
    form.locator("select").first.select_option("supplier")
    form.get_by_label("New value").fill("Kowloon Valves")
    form.locator("button.primary").click()
    expect(form.locator("tbody tr")).to_have_count(min(200, len(sprinklers) - 1))
    form.locator("button.primary").click()
    expect(form.locator(".bulk-result")).to_be_visible()
    changed = {one["tag"] for one in sprinklers} - {tag}
    assert {one["tag"] for one in found(demo, "supplier = 'Kowloon Valves'")} == changed
    form.get_by_role("button", name="Take it back").click()
    expect(form.locator(".bulk-result")).to_contain_text("as they were before")
    assert found(demo, "supplier = 'Kowloon Valves'") == []


def test_an_asset_is_edited_with_the_reasons_of_the_server_and_restored(assets: Visit, demo: Server) -> None:
    lift = found(demo, "asset_class = 'lift' AND condition IS NULL")[0]
    page = begin(assets, f"&asset={lift['id']}")
    page.locator(".asset-page .record-actions button", has_text="Edit").click()
    form = page.locator("form.asset-edit")
    form.get_by_label("Tag", exact=True).fill(found(demo, "asset_class = 'chiller'")[0]["tag"])
    form.locator("button.primary").click()
    expect(form.locator(".refusal")).to_be_visible()
    form.get_by_label("Tag", exact=True).fill(lift["tag"])
    form.get_by_label("Condition", exact=True).select_option("4")
    form.locator("button.primary").click()
    form.wait_for(state="detached")
    assert ask(demo, f"/api/assets/{lift['id']}")["condition"] == 4
    page.locator(".trail").get_by_role("button", name="Restore").last.click()
    page.locator(".ask textarea").fill("it was looked at wrongly")
    page.locator(".ask button.primary").click()
    expect(page.locator("[data-field=condition]")).to_have_count(0)
    assert ask(demo, f"/api/assets/{lift['id']}")["condition"] == lift["condition"]


def test_who_comes_second_sees_both_values_before_writing(assets: Visit, demo: Server) -> None:
    escalator = found(demo, "asset_class = 'escalator'")[0]
    page = begin(assets, f"&asset={escalator['id']}")
    page.locator(".asset-page .record-actions button", has_text="Edit").click()
    form = page.locator("form.asset-edit")
    form.get_by_label("Supplier", exact=True).fill("Mine Limited")
    ask(demo, f"/api/assets/{escalator['id']}", {"supplier": "Theirs Limited"}, "PATCH", f'"{escalator["revision"]}"')
    form.locator("button.primary").first.click()
    form.get_by_role("button", name="See what it is now").click()
    row = form.locator(".conflict tbody tr")
    expect(row).to_contain_text("Theirs Limited")
    expect(row).to_contain_text("Mine Limited")
    assert ask(demo, f"/api/assets/{escalator['id']}")["supplier"] == "Theirs Limited"
    form.get_by_role("button", name="Write mine over it").click()
    form.wait_for(state="detached")
    assert ask(demo, f"/api/assets/{escalator['id']}")["supplier"] == "Mine Limited"


def test_closing_a_valve_is_told_in_the_table_the_schematic_and_the_scene(assets: Visit, demo: Server) -> None:
    valve = next(one for one in found(demo, "asset_class = 'isolating-valve'")
                 if ask(demo, f"/api/networks/isolate?lines=false&element={quote(one['element'])}")["isolated"])
    known = ask(demo, f"/api/networks/isolate?element={quote(valve['element'])}")
    page = begin(assets, f"&tab=trace&ask=isolate&of={valve['id']}")
    table = page.locator("[data-part=isolated] tbody tr")
    expect(table).to_have_count(len(known["isolated"]))
    page.locator("[data-part=isolated] tbody button.link").first.click()
    chosen = known["isolated"][0]["id"]
    expect(page.locator("[data-part=isolated] tr[aria-current]")).to_have_count(1)
    assert quote(chosen, safe="$:") in page.url
    told = page.locator(".schematic g.thing.told")
    told.first.wait_for()
    told.last.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".schematic g.thing.selected")).to_have_count(1)
    assets.settle()
    assert known["isolated"][-1]["id"] in {id for id, *_ in drawn(page)}


def test_a_way_is_drawn_on_each_storey_and_said_step_by_step(assets: Visit, demo: Server) -> None:
    pump = found(demo, "asset_class = 'pump'")[0]
    known = ask(demo, f"/api/routes?from={pump['id']}&to=exit")["route"]
    page = begin(assets, f"&tab=routes&from={pump['id']}&to=exit")
    expect(page.locator(f"[data-metres='{known['metres']}']")).to_be_visible()
    assert page.locator(".route-steps > li").all_inner_texts()[0] == known["steps"][0]
    assert page.locator(".route-steps > li").count() == len(known["steps"])
    assert page.locator(".route-floor").count() == len(set(known["levels"]))
    expect(page.locator(".route-floor polyline.way").first).to_be_visible()
    page.locator(".top select").first.select_option("zh-Hant")
    expect(page.locator(".route-steps > li").first).to_have_text(known["steps_in"]["zh-Hant"][0])
    page.get_by_role("button", name="疏散圖").click()
    expect(page.locator(".evacuation tbody tr").first).to_be_visible()


@pytest.mark.parametrize(("theme", "languages"), [("light", LANGUAGES), ("dark", ("en",))])
def test_axe_finds_nothing(assets: Visit, demo: Server, theme: str, languages: tuple[str, ...]) -> None:
    pump = found(demo, "asset_class = 'pump'")[0]["id"]
    page = assets.page
    for query in ("", f"&asset={pump}", f"&tab=trace&ask=isolate&of={pump}", f"&tab=routes&from={pump}&to=exit", "&tab=proposals"):
        begin(assets, query)
        page.locator(".top select").nth(1).select_option(theme)
        page.locator(".asset-row[data-asset], .trail, .trace-results, .route-steps, .proposals-list").first.wait_for(state="attached")
        for language in languages:
            page.locator(".top select").first.select_option(language)
            assert violations(page) == [], (query, language)
    page.locator(".top select").nth(1).select_option("auto")


def test_a_phone_shows_the_panel_or_the_scene(chromium: Browser, demo: Server) -> None:
    phone = Visit(chromium, demo.url, (390, 844))
    page = begin(phone, "")
    page.locator(".asset-row[data-asset]").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator(".assets-switch").click()
    expect(page.locator(".assets-panel")).to_be_hidden()
    page.locator(".assets-switch").click()
    expect(page.locator(".assets-panel")).to_be_visible()
    phone.close()
