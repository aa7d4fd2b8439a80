"""What of an item comes: simplified geometries, chosen properties; and what the API says of schemas, sortables and functions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely
from starlette.testclient import TestClient

from csdi.bootstrap import open_services
from csdi.collection import Collection
from csdi.crs import transform
from csdi.feature import Feature, Field, FieldType, Schema
from csdi.settings import read_settings
from ogc_api.app import create_app

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
ANGLES = np.linspace(0, 2 * np.pi, 721)
ROUND = np.column_stack([811000 + 100 * np.cos(ANGLES), 818000 + 100 * np.sin(ANGLES)])
ISLES = Collection("isles", {"en": "Isles"}, Schema((
    Field("名稱", title={"en": "Name", "zh-Hant": "名稱"}, required=True), Field("area", FieldType.NUMBER, unit="m2"),
    Field("kind", enum=("a", "b")), Field("since", FieldType.DATE), Field("more", FieldType.JSON),
    Field("inner", path=("more", "x"))), "polygon", time="since"), storage_crs="EPSG:2326")


@pytest.fixture(scope="module", params=["sqlite", "postgis"])
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    from tests.services import drop_database, fresh_database
    server = request.getfixturevalue("postgres_url") if request.param == "postgis" else ""
    store = fresh_database(server) if server else ""
    with open_services(read_settings(home=tmp_path_factory.mktemp("selection"), store=store)) as services:
        with services.store.transaction() as change:
            change.create(ISLES)
            change.write("isles", [Feature("i", shapely.Polygon(ROUND), {"名稱": "島", "area": 31415.9, "more": {"x": "z"}})])
            change.create(replace(ISLES, id="named", schema=Schema((Field("id"),), "point")))
        with TestClient(create_app(services.settings, services), raise_server_exceptions=False) as made:
            yield made
    if server:
        drop_database(server, store)


def shape(client: TestClient, path: str, **parameters: Any) -> Any:
    answer = client.get(f"/ogc/collections/isles/{path}", params={name.replace("_", "-"): value for name, value in parameters.items()})
    assert answer.status_code == 200, answer.text
    document = answer.json()
    return shapely.geometry.shape((document["features"][0] if "features" in document else document)["geometry"])


@pytest.mark.parametrize("path", ["items", "items/i", "download"])
@pytest.mark.parametrize(("crs", "offset"), [("2326", 5.0), ("3857", 5.0), ("4326", 5e-5)])
def test_simplified_geometries_stay_within_the_offset(client: TestClient, path: str, crs: str, offset: float) -> None:
    whole = shape(client, path, crs=EPSG + crs)
    simple = shape(client, path, crs=EPSG + crs, max_allowable_offset=offset)
    assert simple.is_valid
    assert len(simple.exterior.coords) < 30 < len(whole.exterior.coords)
    assert whole.hausdorff_distance(simple) <= offset * 1.001
    assert shape(client, path, crs=EPSG + crs, max_allowable_offset=0).equals_exact(whole)


@pytest.mark.parametrize("crs", ["2326", "4326"])
def test_a_higher_zoom_level_shows_more(client: TestClient, crs: str) -> None:
    counts = [len(shape(client, "items", crs=EPSG + crs, zoom_level=zoom).exterior.coords) for zoom in (8, 14, 16, 18, 30)]
    assert counts == sorted(counts)
    assert counts[0] >= 4
    assert counts[-1] == len(ROUND)
    whole, simple = shape(client, "items", crs=EPSG + "2326"), shape(client, "items", crs=EPSG + "2326", zoom_level=16)
    pixel = 40_075_016.7 / 256 / 2**16
    assert whole.hausdorff_distance(simple) <= pixel / 2 * 1.001


def test_json_fg_is_simplified_in_both_of_its_geometries(client: TestClient) -> None:
    answer = client.get("/ogc/collections/isles/items", params={"f": "jsonfg", "crs": EPSG + "2326", "max-allowable-offset": "5"}).json()
    one = answer["features"][0]
    place, geometry = shapely.geometry.shape(one["place"]), shapely.geometry.shape(one["geometry"])
    assert all(shapely.get_num_coordinates(shown) < 30 for shown in (place, geometry))
    back = shapely.transform(geometry, lambda xy: transform("OGC:CRS84", "EPSG:2326").points(xy))
    assert shapely.Polygon(ROUND).hausdorff_distance(back) <= 5.01


def test_a_simplified_item_has_its_own_etag(client: TestClient) -> None:
    place = "/ogc/collections/isles/items/i"
    tags = {client.get(place, params=p).headers["etag"] for p in ({}, {"zoom-level": "5"}, {"zoom-level": "9"}, {"f": "jsonfg"})}
    assert len(tags) == 4


def test_properties_are_chosen_and_left_out(client: TestClient) -> None:
    def names(**parameters: str) -> set[str]:
        asked = {name.replace("_", "-"): value for name, value in parameters.items()}
        return set(client.get("/ogc/collections/isles/items", params=asked).json()["features"][0]["properties"])

    every = {"名稱", "area", "kind", "since", "more"}
    assert names() == every
    assert names(exclude_properties="more,area") == every - {"more", "area"}
    assert names(properties="名稱,area", exclude_properties="area") == {"名稱"}
    assert names(exclude_properties=",".join(every)) == set()


@pytest.mark.parametrize("parameters", [{"zoom-level": "x"}, {"zoom-level": "-1"}, {"zoom-level": "99"}, {"max-allowable-offset": "-1"},
                                        {"max-allowable-offset": "nan"}, {"exclude-properties": "nothere"}, {"exclude-properties": ""}])
def test_what_makes_no_sense_is_refused(client: TestClient, parameters: dict[str, str]) -> None:
    answer = client.get("/ogc/collections/isles/items", params=parameters)
    assert answer.status_code == 400, answer.text


def test_the_schema_says_all_of_the_items(client: TestClient) -> None:
    document = client.get("/ogc/collections/isles/schema", params={"lang": "zh-Hant"}).json()
    properties = document["properties"]
    assert list(properties) == ["id", "geometry", "名稱", "area", "kind", "since", "more"]
    assert properties["id"]["x-ogc-role"] == "id"
    assert properties["geometry"]["format"] == "geometry-polygon"
    assert properties["名稱"]["title"] == "名稱"
    assert properties["area"]["x-ogc-unit"] == "m2"
    assert properties["kind"]["enum"] == ["a", "b"]
    assert properties["since"]["x-ogc-role"] == "primary-instant"
    assert document["required"] == ["名稱"]
    assert "x-ogc-role" not in client.get("/ogc/collections/named/schema").json()["properties"]["id"]


def test_sortables_are_what_sortby_takes(client: TestClient) -> None:
    document = client.get("/ogc/collections/isles/sortables").json()
    assert list(document["properties"]) == ["名稱", "area", "kind", "since", "inner"]
    for name in document["properties"]:
        assert client.get("/ogc/collections/isles/items", params={"sortby": f"-{name}"}).status_code == 200
    links = client.get("/ogc/collections/isles", params={"f": "json"}).json()["links"]
    assert [link for link in links if link["rel"].endswith("/sortables")]


_ARGUMENTS = {"geometry": "geometry", "datetime": "since", "string": "名稱"}


def test_every_listed_function_is_understood(client: TestClient) -> None:
    listed = client.get("/ogc/functions").json()["functions"]
    assert {"s_intersects", "t_after", "a_overlaps", "casei", "accenti"} <= {one["name"] for one in listed}
    for one in listed:
        if not one["name"].lower().startswith(("s_", "t_", "a_", "casei", "accenti")):
            continue  # functions of questions name assets; tests/ogc_api/test_asset_questions.py has some
        kinds = [argument["type"][-1 if argument["type"] == ["datetime"] else 0] for argument in one["arguments"]]
        values = ["more" if one["name"].startswith("a_") else f'"{_ARGUMENTS[kind]}"' for kind in kinds]
        if one["name"].startswith("t_"):
            values = ["INTERVAL('2020-01-01','2021-01-01')"] * 2
        call = f"{one['name']}({','.join(values)})"
        text = call if one["returns"] == ["boolean"] else f"{call} = 'x'"
        answer = client.get("/ogc/collections/isles/items", params={"filter": text})
        assert answer.status_code == 200, (text, answer.text)
    assert [link for link in client.get("/ogc", params={"f": "json"}).json()["links"] if link["rel"].endswith("/functions")]
