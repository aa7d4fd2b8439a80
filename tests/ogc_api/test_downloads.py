"""Items in other formats, read back with other programs: a page, and whole Collections."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from starlette.testclient import TestClient

from csdi.bootstrap import open_services
from csdi.collection import Collection
from csdi.crs import transform
from csdi.feature import Feature, Field, FieldType, Schema
from csdi.query import Query
from csdi.settings import read_settings
from csdi.store import Store
from ogc_api import renditions
from ogc_api.app import create_app

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
SCHEMA = Schema((
    Field("名稱", text=True), Field("ID", FieldType.INTEGER), Field("流量", FieldType.NUMBER), Field("open", FieldType.BOOLEAN),
    Field("建成", FieldType.DATE), Field("seen", FieldType.DATETIME), Field("更多", FieldType.JSON), Field("geom")), "point", has_z=True, time="建成")
WORKS = Collection("works", {"en": "Works", "zh-Hant": "工程"}, SCHEMA, storage_crs="EPSG:2326", vertical_crs="EPSG:5738")
COUNT = 120
BINARY = ("fgb", "parquet", "gpkg")


def work(number: int) -> Feature:
    return Feature(f"w{number:04}", shapely.Point(811000.125 + number, 818000.25, number / 8), {
        "名稱": f'水泵, "第{number}號"\n機場', "ID": number, "流量": number / 7, "open": number % 2 == 0, "建成": "2020-02-29",
        "seen": "2024-01-01T08:00:00.250Z", "更多": {"級": [number, None]}, "geom": None if number % 3 else "幾何"})


@pytest.fixture(scope="module", params=["sqlite", "postgis"])
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    from tests.services import drop_database, fresh_database
    server = request.getfixturevalue("postgres_url") if request.param == "postgis" else ""
    store = fresh_database(server) if server else ""
    with open_services(read_settings(home=tmp_path_factory.mktemp("downloads"), store=store)) as services:
        with services.store.transaction() as change:
            change.create(WORKS)
            change.write("works", [work(number) for number in range(COUNT)])
            change.create(replace(WORKS, id="gaps"))
            change.write("gaps", [work(1), Feature("none", None, {"名稱": "無"})])
            change.create(replace(WORKS, id="empty"))
            change.create(replace(WORKS, id="notes", schema=Schema((Field("文"),), "")))
            change.write("notes", [Feature("一", None, {"文": "字"})])
        with TestClient(create_app(services.settings, services), raise_server_exceptions=False) as made:
            yield made
    if server:
        drop_database(server, store)


def ask(client: TestClient, path: str, **parameters: Any) -> Any:
    answer = client.get(f"/ogc/collections/{path}", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer


def kept(client: TestClient, id: str = "works") -> list[Feature]:
    store: Store = client.app.state.services.store  # type: ignore[attr-defined]
    return store.search(id, Query(limit=COUNT * 2)).features


def read(content: bytes, form: str, folder: Path) -> tuple[dict[str, Any], dict[str, Any], Any]:
    """(what the file says of itself, columns, geometries) as GDAL reads it; GeoParquet as Arrow does."""
    path = folder / f"read.{form}"
    path.write_bytes(content)
    if form == "parquet":
        table = pq.read_table(path)
        said = json.loads(table.schema.metadata[b"geo"])
        name = said["primary_column"]
        assert said["version"] == "1.1.0"
        crs = said["columns"][name].get("crs")
        columns = {column: table[column].to_pylist() for column in table.column_names if column != name}
        return {"crs": f"EPSG:{crs['id']['code']}" if crs and "id" in crs else crs, "geo": said}, columns, shapely.from_wkb(
            np.array(table[name].to_pylist(), dtype=object))
    meta, table = pyogrio.read_arrow(path)
    name = meta["geometry_name"] or "wkb_geometry"
    columns = {column: table[column].to_pylist() for column in table.column_names if column != name}
    shapes = shapely.from_wkb(np.array(table[name].to_pylist(), dtype=object)) if name in table.column_names else None
    return dict(meta), columns, shapes


@pytest.mark.parametrize("form", BINARY)
def test_whole_collections_come_as_they_are_stored(client: TestClient, form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renditions, "PAGE", 50)
    answer = ask(client, "works/download", f=form)
    assert answer.headers["content-disposition"] == f'attachment; filename="works.{form}"'
    meta, columns, shapes = read(answer.content, form, tmp_path)
    order = np.argsort(columns["id_"])
    features = kept(client)
    assert [columns["id_"][at] for at in order] == [feature.id for feature in features]
    for field in SCHEMA.stored:
        values = [columns[field.name][at] for at in order]
        given = [feature.properties[field.name] for feature in features]
        if field.type is FieldType.DATE:
            values = [value.isoformat()[:10] for value in values]  # FlatGeobuf has no type for dates alone
        if field.type is FieldType.DATETIME:
            assert {value.isoformat() for value in values} <= {"2024-01-01T08:00:00.250000+00:00", "2024-01-01T08:00:00.250000"}
            continue
        if field.type is FieldType.JSON:
            values = [json.loads(value) for value in values]
        assert values == given, field.name
    expected = shapely.get_coordinates([feature.geometry for feature in features], include_z=True)
    assert np.array_equal(shapely.get_coordinates(shapes[order], include_z=True), expected), "to the bit, east first"
    assert "2326" in str(meta["crs"])
    assert answer.headers["content-crs"] == f"<{EPSG}2326>"


@pytest.mark.parametrize("form", BINARY)
def test_a_page_of_items_is_in_the_crs_that_was_asked_for(client: TestClient, form: str, tmp_path: Path) -> None:
    answer = ask(client, "works/items", f=form, limit=7, sortby="-ID", properties="ID,名稱", crs=f"{EPSG}3857")
    meta, columns, shapes = read(answer.content, form, tmp_path)
    assert sorted(columns["ID"], reverse=True) == list(range(COUNT - 1, COUNT - 8, -1))
    assert set(columns) - {"fid"} == {"id_", "ID", "名稱"}
    assert "3857" in str(meta["crs"])
    first = columns["ID"].index(COUNT - 1)
    there = transform("EPSG:2326", "EPSG:3857").points([[811000.125 + COUNT - 1, 818000.25]])[0]
    assert np.abs(shapely.get_coordinates(shapes[first])[0] - there).max() < 1e-3
    assert answer.headers["ogc-numbermatched"] == str(COUNT)
    assert 'rel="next"' in answer.headers["link"]
    following = answer.headers["link"].rpartition("<")[2].partition(">")[0]
    page = client.get(following)
    assert sorted(read(page.content, form, tmp_path)[1]["ID"])[-1] == COUNT - 8


def test_csv_keeps_every_character_and_every_digit(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renditions, "PAGE", 50)
    answer = ask(client, "works/download", f="csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))
    assert len(rows) == COUNT
    for row, feature in zip(rows, kept(client), strict=True):
        assert row["id_"] == feature.id
        assert row["名稱"] == feature.properties["名稱"]
        assert float(row["流量"]) == feature.properties["流量"]
        assert json.loads(row["更多"]) == feature.properties["更多"]
        assert shapely.equals_exact(shapely.from_wkt(row["wkt"]), feature.geometry)


@pytest.mark.parametrize("form", ["json", "jsonfg"])
def test_json_downloads_hold_what_the_pages_hold(client: TestClient, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renditions, "PAGE", 50)
    whole = ask(client, "works/download", f=form).json()
    pages = ask(client, "works/items", f=form, limit=1000).json()
    assert whole["features"] == pages["features"]
    assert len(whole["features"]) == COUNT
    assert whole["numberReturned"] == COUNT
    assert ask(client, "empty/download", f=form).json()["features"] == []


@pytest.mark.parametrize("form", [*BINARY, "csv", "json", "jsonfg"])
@pytest.mark.parametrize("parameters", [{"skipGeometry": "true"}, {"skipGeometry": "true", "filter": "1 = 0"}, {"filter": "1 = 0"},
                                        {"exclude-properties": "名稱,ID,流量,open,建成,seen,更多,geom", "skipGeometry": "true"}])
def test_nothing_much_is_a_download_too(client: TestClient, form: str, parameters: dict[str, str]) -> None:
    for id in ("works", "notes", "empty"):
        wanted = parameters if id != "notes" else {name: value for name, value in parameters.items() if name != "exclude-properties"}
        assert ask(client, f"{id}/download", f=form, **wanted).content


def test_json_fg_says_place_time_and_crs(client: TestClient, tmp_path: Path) -> None:
    answer = ask(client, "works/items", f="jsonfg", limit=3, crs=f"{EPSG}2326")
    assert answer.headers["content-type"] == "application/fg+json"
    document = answer.json()
    assert document["coordRefSys"] == f"{EPSG}2326"
    assert document["featureType"] == "works"
    assert document["geometryDimension"] == 0
    assert document["numberMatched"] == COUNT
    one = document["features"][0]
    assert one["place"]["coordinates"] == [818000.25, 811000.125, 0.0], "northing first, as the authority has it"
    assert one["time"] == {"date": "2020-02-29"}
    assert 113 < one["geometry"]["coordinates"][0] < 115
    path = tmp_path / "items.json"
    path.write_bytes(answer.content)
    meta, table = pyogrio.read_arrow(path)
    assert table.num_rows == 3
    assert "2326" in meta["crs"]
    single = ask(client, "works/items/w0002", f="jsonfg", crs=f"{EPSG}2326").json()
    assert single["place"]["coordinates"] == [818000.25, 811002.125, 0.25]
    assert single["conformsTo"]
    solid = ask(client, "works/items/w0002", f="jsonfg", crs="http://www.opengis.net/def/crs-compound?1=" + EPSG + "2326&2=" + EPSG + "5738").json()
    assert solid["coordRefSys"] == [f"{EPSG}2326", f"{EPSG}5738"]
    plain = ask(client, "works/items/w0002", f="jsonfg").json()
    assert plain["place"] is None
    assert plain["geometry"]


@pytest.mark.parametrize("form", [*BINARY, "csv", "json", "jsonfg"])
def test_every_collection_has_a_download(client: TestClient, form: str, tmp_path: Path) -> None:
    for id, count in (("gaps", 2), ("empty", 0), ("notes", 1)):
        content = ask(client, f"{id}/download", f=form).content
        if form in ("fgb", "gpkg") and not (id == "notes" and form == "fgb"):
            path = tmp_path / f"{id}.{form}"
            path.write_bytes(content)
            assert pyogrio.read_info(path, force_feature_count=True)["features"] == count
        elif form == "parquet":
            path = tmp_path / f"{id}.{form}"
            path.write_bytes(content)
            assert pq.read_metadata(path).num_rows == count


def test_a_download_can_be_a_part(client: TestClient, tmp_path: Path) -> None:
    answer = ask(client, "works/download", f="gpkg", filter="ID < 5", properties="ID")
    _, columns, _ = read(answer.content, "gpkg", tmp_path)
    assert sorted(columns["ID"]) == [0, 1, 2, 3, 4]


def test_a_download_is_not_sent_again_until_the_items_change(client: TestClient) -> None:
    first = ask(client, "gaps/download", f="csv")
    known = {"If-None-Match": first.headers["etag"]}
    assert client.get("/ogc/collections/gaps/download", params={"f": "csv"}, headers=known).status_code == 304
    assert client.get("/ogc/collections/gaps/download", params={"f": "json"}, headers=known).status_code == 200
    store: Store = client.app.state.services.store  # type: ignore[attr-defined]
    with store.transaction() as change:
        change.write("gaps", [work(2)])
    assert client.get("/ogc/collections/gaps/download", params={"f": "csv"}, headers=known).status_code == 200


@pytest.mark.parametrize(("path", "parameters"), [
    ("works/download", {"f": "shp"}), ("works/download", {"limit": "5"}), ("works/download", {"cursor": ""}),
    ("works/download", {"f": "csv", "filter": "NOTHERE = 1"}), ("works/items", {"f": "xlsx"}), ("works/items/w0001", {"f": "gpkg"}),
    ("works/download", {"f": "gpkg", "crs": f"{EPSG}27700"})])
def test_what_is_not_offered_is_refused(client: TestClient, path: str, parameters: dict[str, str]) -> None:
    answer = client.get(f"/ogc/collections/{path}", params=parameters)
    assert answer.status_code == 400, answer.text
    assert answer.json()["remedy"]


@pytest.mark.parametrize("form", [*BINARY, "csv", "json"])
def test_a_question_that_fails_says_why_in_every_format(client: TestClient, form: str) -> None:
    answer = client.get("/ogc/collections/works/download", params={"f": form, "建成": "", "skipGeometry": "true"})
    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] != "csdi-error"


def test_accept_chooses_the_format(client: TestClient) -> None:
    for form, made in renditions.FILES.items():
        answer = client.get("/ogc/collections/works/items", headers={"Accept": made.media.partition(";")[0]})
        assert answer.headers["content-type"] == made.media, form
    assert client.get("/ogc/collections/works/items", headers={"Accept": "application/fg+json"}).headers["content-type"] == "application/fg+json"
    assert client.get("/ogc/collections/works/items").headers["content-type"] == "application/geo+json"


def test_collections_lead_to_their_downloads(client: TestClient) -> None:
    links = [link for link in ask(client, "works", f="json").json()["links"] if link["rel"] == "enclosure"]
    assert {link["type"] for link in links} >= {made.media for made in renditions.DOWNLOADS.values()}
    for link in links:
        assert client.get(link["href"]).status_code == 200


def test_memory_does_not_grow_with_the_collection(client: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def peak(pages: int, form: str) -> int:
        content = renditions.Content(WORKS, renditions.CRS84, client.app.state.services.heights,  # type: ignore[attr-defined]
                                     lambda: ([work(at * 500 + n) for n in range(500)] for at in range(pages)))
        tracemalloc.start()
        for _ in renditions.chunks_of(form, content, ""):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    for form in ("csv", "parquet", "gpkg", "json"):
        peak(1, form)
        assert peak(20, form) < 1.6 * peak(4, form), form
