"""A fault as people live it: a label is scanned, a fault told, the order looked at, traced, walked to, done and closed; all on the sample site."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.acceptance.shell import Server
from tests.browser.axe import violations
from tests.browser.conftest import TOKEN, Visit
from tests.browser.qr import read

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PUMP = "CHWP-01"
SAID = "水泵漏水 Water below the pump"
START = "Check-in Hall North"
PHONE = (390, 800)


@pytest.fixture
def desk(chromium: Browser, demo: Server) -> Iterator[Visit]:
    """Somebody of the staff at a desk, signed in."""
    visit = Visit(chromium, demo.url, (1400, 900))
    visit.page.goto(f"{demo.url}/?place=assets&tab=work")
    visit.page.get_by_label("Editor’s token").fill(TOKEN)
    visit.page.get_by_role("button", name="Enter").click()
    expect(visit.page.locator(".column.reported")).to_be_visible()
    yield visit
    visit.close()


@pytest.fixture
def phone(chromium: Browser, demo: Server) -> Iterator[Visit]:
    """A passer-by with a phone that speaks Chinese, and no login."""
    visit = Visit(chromium, demo.url, PHONE, has_touch=True, is_mobile=True)
    yield visit
    visit.close()


def show(page: Page, url: str, query: str) -> None:
    """Another view of the app, as a link that somebody sent."""
    page.goto(f"{url}/?place=assets&{query}")


def photo() -> bytes:
    """What a camera gives: a picture with some colours in it."""
    out = io.BytesIO()
    Image.radial_gradient("L").resize((640, 480)).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def label_of_the_pump(page: Page, url: str) -> str:
    """Where the label leads that the page of the pump shows: read from its picture."""
    show(page, url, f"asset={PUMP}")
    shown = page.locator(".asset-label img")
    expect(shown).to_be_visible()
    drawn: str = shown.evaluate("""async (img) => {
        await img.decode();
        const sheet = new OffscreenCanvas(400, 400);
        const pen = sheet.getContext("2d");
        pen.fillStyle = "white";
        pen.fillRect(0, 0, 400, 400);
        pen.drawImage(img, 0, 0, 400, 400);
        const bytes = new Uint8Array(await (await sheet.convertToBlob()).arrayBuffer());
        return btoa(String.fromCharCode(...bytes));
    }""")
    return read(base64.b64decode(drawn))


def report(page: Page, link: str) -> str:
    """Tell of a fault with a photo, on the page behind a label; gives the number of its work order, which that of the receipt says."""
    page.goto(f"{link}?lang=zh-Hant")
    expect(page.locator(".asset")).to_contain_text(PUMP)
    assert violations(page) == []
    page.get_by_label("有甚麼問題").fill(SAID)
    page.get_by_label("照片").set_input_files({"name": "leak.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    page.get_by_role("button", name="提交報告").click()
    expect(page.locator("dd.state")).to_have_text("已收到")
    (told,) = re.findall(r"FR-(\d{4}-\d{6})", page.locator("main").inner_text())
    return f"WO-{told}"


def lead(page: Page, step: str, state: str) -> None:
    """Take a step with the order that is open, and see where it stands then."""
    page.get_by_role("group", name="Next steps").get_by_role("button", name=step).click()
    expect(page.locator(".order-line .order-state")).to_have_text(state)


def test_from_the_label_to_the_closed_order(desk: Visit, phone: Visit, demo: Server) -> None:
    page = desk.page
    link = label_of_the_pump(page, demo.url)
    assert re.fullmatch(re.escape(demo.url) + r"/a/[0-9A-Za-z]{12}", link)
    number = report(phone.page, link)
    phone.picture("assets-receipt-phone")

    show(page, demo.url, "tab=work")
    card = page.locator(".column.reported .order-card").filter(has_text=number)
    expect(card).to_contain_text(PUMP)
    desk.picture("assets-board")
    card.get_by_role("button").first.click()
    expect(page.locator("#order-title")).to_contain_text("水泵漏水")
    expect(page.locator(".photos img")).to_have_count(1)
    assert page.locator(".photos img").evaluate("(img) => img.decode().then(() => img.naturalWidth)") == 640

    page.get_by_role("button", name="What it feeds").click()
    fed = page.locator("[data-part=end]")
    expect(fed).to_contain_text("AHU-M1-01")
    desk.picture("assets-trace")

    show(page, demo.url, f"tab=work&work=order:{number}")
    page.get_by_role("button", name="Way there").click()
    find_the_way(desk)

    show(page, demo.url, f"tab=work&work=order:{number}")
    lead(page, "Open it", "Open")
    lead(page, "Start the work", "In progress")
    page.get_by_label("Minutes").fill("45")
    page.get_by_label("What was done").fill("seal replaced 更換軸封")
    page.locator("section").filter(has=page.get_by_label("Minutes")).get_by_role("button", name="Note").click()
    expect(page.locator("section").filter(has=page.get_by_label("Minutes"))).to_contain_text("45 minutes")
    page.get_by_role("button", name="It is done").click()
    page.get_by_label("Cause").fill("worn seal")
    page.locator(".leading").get_by_label("What was done").fill("更換軸封")
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator(".order-line .order-state")).to_have_text("Done")
    lead(page, "Close the order", "Closed")

    history = page.locator("section").filter(has=page.get_by_role("heading", name="History")).get_by_role("listitem")
    expect(history).to_have_count(6)
    assert [re.split(r"\n| – ", line)[0] for line in history.all_inner_texts()] == [
        "Closed", "Work done", "Time noted", "Work started", "Opened", "Raised"]
    desk.picture("assets-order-closed")
    phone.page.reload()
    expect(phone.page.locator("dd.state")).to_have_text("已結案")
    expect(phone.page.locator("main")).to_contain_text("更換軸封")
    assert [error for error in desk.errors if "403" not in error] == []  # before the token was typed
    assert phone.errors == []
    assert all(asked.startswith((demo.url, "blob:", "data:")) for asked in desk.requests + phone.requests)


def find_the_way(desk: Visit) -> None:
    """From a hall two storeys up to the pump: the way that the page shows is the one that the server finds."""
    page = desk.page
    expect(page).to_have_url(re.compile(f"to={PUMP}"))
    page.get_by_role("combobox", name="From").fill(START)
    page.get_by_role("option", name=START).first.click()
    shown = page.locator(".route-sum [data-metres]")
    expect(shown).to_be_visible()
    route = page.request.get(f"{desk.url}/api/routes?from={START}&to={PUMP}").json()["route"]
    assert float(shown.get_attribute("data-metres") or 0) == pytest.approx(route["metres"])
    expect(page.locator(".route-sum")).to_contain_text("→ B1")
    expect(page.locator(".route-steps li").first).to_be_visible()
    steps = page.locator(".route-steps li").all_inner_texts()
    assert all(step.startswith(told) for step, told in zip(steps, route["steps_in"]["en"], strict=True)), steps
    desk.picture("assets-way")


def test_an_inspection_is_carried_out_without_a_network_and_sent_when_there_is_one(chromium: Browser, demo: Server) -> None:
    visit = Visit(chromium, demo.url, PHONE, has_touch=True, color_scheme="dark")
    page = visit.page
    page.add_init_script(f"sessionStorage.setItem('csdi.token', '{TOKEN}')")
    show(page, demo.url, f"tab=work&work=inspect:{PUMP}&lang=zh-Hant")
    expect(page.locator(".checklist li")).to_have_count(5)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]
    for answer in page.get_by_role("button", name="是", exact=True).all():
        box = answer.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44
        answer.click()
    page.get_by_role("group", name="軸承溫度").get_by_role("spinbutton").fill("61")
    page.get_by_role("group", name="狀況").get_by_role("spinbutton").fill("2")
    page.get_by_label("備註").fill("運作正常")
    page.reload()
    expect(page.get_by_label("備註")).to_have_value("運作正常")
    visit.picture("assets-inspection-phone")

    page.context.set_offline(True)
    page.get_by_role("button", name="送出巡查結果").click()
    expect(page.get_by_text("恢復網絡後會自動送出")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator(".sent-inspection.pass")).to_be_visible()
    made = page.request.get(f"{demo.url}/api/inspections?limit=1", headers={"Authorization": f"Bearer {TOKEN}"}).json()["inspections"][0]
    assert (made["asset_tag"], made["outcome"]) == (PUMP, "pass")
    assert {one["key"]: one["value"] for one in made["results"]} == {"noise": True, "seal": True, "bearing": 61, "condition": 2}
    visit.close()


def test_cards_are_moved_by_hand_and_by_keyboard(desk: Visit) -> None:
    page = desk.page
    card = page.locator(".column.open .order-card").first
    number = card.locator("small").filter(has_text="WO-").inner_text()
    moved = page.locator(".order-card").filter(has_text=number)
    card.drag_to(page.locator(".column.in-progress"))
    expect(page.locator(".column.in-progress .order-card").filter(has_text=number)).to_be_visible()
    expect(moved).to_have_count(1)
    page.get_by_label(f"Move {number} to").select_option("on-hold")
    page.get_by_label("Reason").press_sequentially("no part")
    page.get_by_label("Reason").press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".column.on-hold .order-card").filter(has_text=number)).to_be_visible()
    expect(moved).to_have_count(1)
    assert violations(page) == []


def test_rooms_are_coloured_by_a_value_and_the_list_says_the_same(desk: Visit, demo: Server) -> None:
    page = desk.page
    show(page, demo.url, "tab=floors&work=storey:Passenger%20Terminal%201%2FB1,value:area")
    rooms = page.locator("path.room")
    spaces = page.request.get(f"{demo.url}/ogc/collections/spaces/items?limit=500&f=json", params={
        "filter": "building = 'Passenger Terminal 1' AND storey_name = 'B1'"}).json()["features"]
    expect(rooms).to_have_count(len(spaces))
    page.locator(".room-table summary").click()
    largest = max(spaces, key=lambda one: one["properties"]["area"])["properties"]
    first = page.locator(".room-table tbody tr").first
    expect(first).to_contain_text(f"{round(largest['area'], 1):,} m²")
    first.get_by_role("button").click()
    expect(page.locator(".room-detail h2")).to_have_text(largest["name"])
    expect(page.locator("path.room.chosen title")).to_contain_text(largest["name"])
    assert len({room.get_attribute("fill") for room in rooms.all()}) > 1
    assert violations(page) == []
    desk.picture("assets-floor")


def test_figures_of_the_dashboard_lead_to_the_lists_behind_them(desk: Visit, demo: Server) -> None:
    page = desk.page
    show(page, demo.url, "tab=dashboard")
    figures = page.request.get(f"{demo.url}/api/work-orders/figures", headers={"Authorization": f"Bearer {TOKEN}"}).json()
    tile = page.locator(".tile").filter(has_text="Work to be done")
    expect(tile.locator("b")).to_have_text(str(figures["backlog"]["count"]))
    expect(page.locator(".condition-map canvas")).to_be_visible()
    assert violations(page) == []
    desk.picture("assets-dashboard")
    page.get_by_role("button", name="Sprinkler head").click()
    expect(page).to_have_url(re.compile("among=asset_class:sprinkler"))
