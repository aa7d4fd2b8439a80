"""Our CZML in plain CesiumJS: what moves is loaded, and is drawn at the right place at the right time."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
import shapely
from playwright.sync_api import Browser, Page

from csdi.bootstrap import open_services
from csdi.collection import Collection
from csdi.crs import HeightModel, transform
from csdi.feature import Feature, Field, FieldType, Schema
from csdi.settings import read_settings
from tests.acceptance.shell import Server, Shell
from tests.browser.conftest import SLOW_MS, missing
from tests.browser.plain_server import plain_pages
from tests.twin.glb_validation import node_js
from twin.ellipsoid import ecef

pytestmark = [pytest.mark.browser]

BEGIN = datetime(2026, 5, 1, 8, tzinfo=UTC)
LEVEL = 7.5
TO_ELLIPSOID = transform("EPSG:2326+5738", "EPSG:4979", heights=HeightModel.parse("hk"))
CLOSE_M = 0.01


def bus(number: int, minute: float) -> tuple[float, float, float]:
    """Where a bus is: easting, northing, mPD; 60 m to the east each minute, the second one 200 m north of the first and climbing."""
    return 811_000 + 60 * minute, 819_020 + 200 * number, LEVEL + 2 * number * minute


def moment(minute: float) -> str:
    return (BEGIN + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture(scope="module")
def moving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server of a layer in which two buses move for three minutes."""
    shell = Shell(tmp_path_factory.mktemp("moving") / "home")
    fields = (Field("track_id"), Field("name"), Field("time", FieldType.DATETIME))
    layer = Collection("apron-buses", {"en": "Apron buses"}, Schema(fields, geometry="point", has_z=True, time="time"), "EPSG:2326",
                       vertical_crs="EPSG:5738")
    rows = [Feature(f"{number}-{minute}", shapely.Point(bus(number, minute)),
                    {"track_id": f"BUS-{number}", "name": f"Bus {number}", "time": moment(minute)}) for number in (0, 1) for minute in range(4)]
    with open_services(read_settings(home=shell.home)) as services, services.store.transaction() as change:
        change.create(layer)
        change.write(layer.id, rows)
    with shell.serving() as server:
        yield server


@pytest.fixture(scope="module")
def page(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A plain page on another host than the one of the document."""
    if node_js() is None:
        missing("no Node.js", "install it, or build the web UI, which brings one")
    with plain_pages(tmp_path_factory.mktemp("plain")) as address:
        context = chromium.new_context(viewport={"width": 800, "height": 600})
        opened = context.new_page()
        opened.set_default_timeout(SLOW_MS)
        opened.goto(f"{address}/czml.html")
        opened.wait_for_function("window.plain !== undefined")
        yield opened
        context.close()


@pytest.mark.parametrize("interpolation", ["linear", "lagrange", "hermite"])
def test_what_moves_is_where_it_was_and_between(page: Page, moving: Server, interpolation: str) -> None:
    loaded = page.evaluate("url => window.plain.load(url)", f"{moving.url}/api/exports/layers/apron-buses/czml?interpolation={interpolation}")
    assert loaded == {"ids": ["BUS-0", "BUS-1"], "from": f"{moment(0)[:-1]}.000Z", "to": f"{moment(3)[:-1]}.000Z"}
    for number in (0, 1):
        for minute in (0, 0.25, 1, 1.5, 2.75, 3):
            found = page.evaluate("([id, when]) => window.plain.at(id, when)", [f"BUS-{number}", moment(minute)])
            assert found == pytest.approx(earth(bus(number, minute)), abs=CLOSE_M), (number, minute)
        assert [page.evaluate("([id, when]) => window.plain.at(id, when)", [f"BUS-{number}", moment(minute)]) for minute in (-1, 4)] == [None, None]


def earth(place: tuple[float, float, float]) -> list[float]:
    """Metres from the Earth's centre of easting, northing and mPD."""
    found: list[float] = ecef(TO_ELLIPSOID.points(np.array([place])))[0].tolist()
    return found


def test_what_moves_is_drawn_where_it_is_and_no_longer_where_it_was(page: Page, moving: Server) -> None:
    page.evaluate("url => window.plain.load(url)", f"{moving.url}/api/exports/layers/apron-buses/czml?trail=0")
    first, later = (TO_ELLIPSOID.points(np.array([bus(1, minute)]))[0].tolist() for minute in (0.5, 2.5))
    seen = [page.evaluate("([place, when]) => window.plain.seen(place, when)", [place, moment(minute)])
            for place, minute in ((first, 0.5), (later, 2.5), (first, 2.5))]
    assert seen == ["BUS-1", "BUS-1", None]


def test_a_route_is_walked_in_time_and_on_its_floors(page: Page, demo: Server) -> None:
    """The walker begins and ends where the route does, and takes as long."""
    asked = f"from=Check-in%20Hall%20North&to=Baggage%20Basement%20South&at={moment(0)}"
    url = f"{demo.url}/api/exports/route?{asked}"
    with urllib.request.urlopen(url, timeout=60) as answer:
        told: list[dict[str, Any]] = json.loads(answer.read())
    loaded = page.evaluate("url => window.plain.load(url)", url)
    assert loaded["ids"] == ["route"]
    table = np.array(told[1]["position"]["cartographicDegrees"]).reshape(-1, 4)
    for seconds, *place in table[:: max(1, len(table) // 8)].tolist():
        when = (BEGIN + timedelta(seconds=seconds)).isoformat(timespec="microseconds")
        found = page.evaluate("([id, when]) => window.plain.at(id, when)", ["route", when.replace("+00:00", "Z")])
        assert found == pytest.approx(ecef(np.array([place]))[0].tolist(), abs=0.05)
    ends = (BEGIN + timedelta(seconds=float(told[1]["properties"]["seconds"]))).timestamp()
    assert datetime.fromisoformat(loaded["to"]).timestamp() == pytest.approx(ends, abs=1.0)
