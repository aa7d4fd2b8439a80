"""The CQL2 try-out: every filter that a page offers is understood and finds something, whatever the data are called."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import pytest
import shapely
from starlette.testclient import TestClient

from csdi.bootstrap import Services, open_services
from csdi.collection import Collection
from csdi.feature import Feature, Field, FieldType, Schema
from csdi.settings import read_settings
from ogc_api.app import create_app
from ogc_api.tryout import tryout
from tests.ogc_api.site import client as served

AWKWARD = Schema((Field("and"), Field("it's 100 %", FieldType.NUMBER), Field("日期", FieldType.DATE), Field("when", FieldType.DATETIME),
                  Field("on", FieldType.BOOLEAN), Field("many", FieldType.JSON), Field("empty")), "point")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with served(tmp_path_factory.mktemp("tryout")) as made:
        yield made


def offered(client: TestClient, id: str) -> list[str]:
    """The filters on the page."""
    page = client.get(f"/ogc/collections/{id}/queryables?f=html")
    assert page.status_code == 200, page.text[:300]
    return [html.unescape(one) for one in re.findall(r'data-filter="([^"]*)"', page.text)]


@pytest.mark.parametrize("id", ["lots", "lots-4326", "roads", "utilities", "stands", "assets", "manholes", "terrain"])
def test_every_filter_on_offer_finds_something(client: TestClient, id: str) -> None:
    filters = offered(client, id)
    assert any("S_INTERSECTS" in one for one in filters)
    assert len(filters) == len(set(filters))
    for one in filters:
        answer = client.get(f"/ogc/collections/{id}/items", params={"filter": one, "limit": 1})
        assert answer.status_code == 200, (one, answer.text)
        assert answer.json()["numberMatched"] > 0, one


def test_filters_are_of_many_kinds(client: TestClient) -> None:
    text = " ".join(offered(client, "assets"))
    for word in (" = ", " IN ", " LIKE ", " >= ", " BETWEEN ", " AND ", "DATE(", "S_INTERSECTS(geometry, BBOX("):
        assert word in text


def awkward(services: Services) -> Collection:
    features = [Feature(str(i), shapely.Point(114 + i / 1000, 22.3),
                        {"and": f"it's \"{'水' * (i + 1)}\" %", "it's 100 %": i / 7, "日期": f"2024-01-0{i + 1}", "when": f"2024-01-01T00:00:0{i}Z",
                         "on": i > 1, "many": {"a": 1}, "empty": None}) for i in range(4)]
    with services.store.transaction() as change:
        change.replace(Collection("awkward", {"en": "Awkward"}, AWKWARD), features)
        change.replace(Collection("nothing", {"en": "Nothing"}, Schema((Field("name"),), "")), [])
    return services.store.collection("awkward")


def test_awkward_names_and_values_are_spelled_so_that_they_are_understood(tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = read_settings(home=tmp_path_factory.mktemp("awkward"))
    with open_services(settings) as services:
        collection = awkward(services)
        shown = tryout(services.store, collection, "en")
        assert [one.name for one in shown.properties] == ["and", "it's 100 %", "日期", "when", "on", "empty"]
        with TestClient(create_app(settings, services)) as client:
            for prop in shown.properties:
                for value in prop.values:
                    answer = client.get("/ogc/collections/awkward/items", params={"filter": f"{prop.spelled} = {value}"})
                    assert answer.status_code == 200, (prop.spelled, value, answer.text)
                    assert answer.json()["numberMatched"] > 0
            for one in shown.filters:
                assert client.get("/ogc/collections/awkward/items", params={"filter": one}).json()["numberMatched"] > 0, one
            assert offered(client, "nothing") == []
            assert client.get("/ogc/collections/nothing?f=html").status_code == 200
