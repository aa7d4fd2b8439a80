"""EDR as OGC's suite for edition 1.0 judges it: what it asks of the pages, the description, and every query of every collection."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema
import numpy as np
import pytest
from starlette.testclient import TestClient

from csdi.coverages import asking
from tests.csdi.coverages.rasters import write
from tests.ogc_api.site import client as served

Json = dict[str, Any]
JSON = {"Accept": "application/json, application/javascript, text/javascript, text/json"}
"""What the suite's client sends for JSON."""
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
CRS84 = "www.opengis.net/def/crs/OGC/1.3/CRS84"
LENS = 1.0
"""Degrees to each side of the middle of a collection that the suite asks for, however small the collection is."""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The rasters that the suite is shown, and a layer that is no raster."""
    with served(tmp_path_factory.mktemp("edr-conformance"), layers=("terrain.tif", "aerial.tif", "lots.gpkg")) as made:
        yield made


@pytest.fixture(scope="module")
def listed(client: TestClient) -> list[Json]:
    return list(client.get("/edr/collections", headers=JSON).json()["collections"])


def written(number: float) -> str:
    """A number as Java writes it: small and large ones with an exponent."""
    return re.sub(r"e([+-]?)0*(\d+)$", lambda found: f"E{found[1].strip('+')}{found[2]}", repr(float(np.float32(number))))


def middle(collection: Json) -> tuple[float, float]:
    west, south, east, north = collection["extent"]["spatial"]["bbox"][0]
    return west + (east - west) / 2, south + (north - south) / 2


def when(collection: Json) -> str:
    """The first interval as the suite joins it: Java writes null for an open end."""
    return "/".join("null" if end is None else end for end in collection["extent"]["temporal"]["interval"][0])


def line(collection: Json) -> str:
    x, y = middle(collection)
    return f"LINESTRING({','.join(f'{written(x + d)}+{written(y + d)}' for d in (-LENS, 0, LENS))})"


def square(collection: Json) -> str:
    x, y = middle(collection)
    corners = ((-1, -1), (-1, 1), (1, 1), (1, -1), (-1, -1))
    return f"POLYGON(({','.join(f'{written(x + LENS * a)}+{written(y + LENS * b)}' for a, b in corners)}))"


def questions(collection: Json) -> Iterator[str]:
    """The queries that the suite puts to a collection, as it writes them."""
    x, y = middle(collection)
    name = next(iter(collection["parameter_names"]))
    reference = next(crs for crs in reversed(collection["crs"]) if CRS84 in crs)
    form = next(form for form in collection["data_queries"]["position"]["link"]["variables"]["output_formats"] if "CoverageJSON" in form)
    end = f"&f={form}&datetime={when(collection)}"
    yield f"position?parameter-name={name}&coords=POINT({written(x)}+{written(y)})&crs={reference}{end}"
    yield f"area?parameter-name={name}&coords={square(collection)}&crs={reference}{end}"
    yield f"trajectory?parameter-name={name}&coords={line(collection)}{end}"
    yield f"corridor?parameter-name={name}&coords={line(collection)}&corridor-width=2.0&width-units=m{end}"


class TestPages:
    @pytest.mark.parametrize("path", ["/edr/", "/edr?f=json", "/edr/conformance", "/edr/conformance?f=json", "/edr/collections"])
    def test_json_is_had(self, client: TestClient, path: str) -> None:
        answer = client.get(path, headers=JSON)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")

    @pytest.mark.parametrize("path", ["/edr/conformance/?f=json", "/edr/collections/", "/edr/collections/terrain/", "/ogc/conformance/?f=json",
                                      "/ogc/processes/", "/ogc/jobs/?limit=1", "/ogc/collections/"])
    def test_a_slash_at_the_end_leads_to_the_same(self, client: TestClient, path: str) -> None:
        plain = path.replace("/?", "?").rstrip("/")
        asked = client.get(path, headers=JSON, follow_redirects=False)
        assert (asked.status_code, asked.headers["location"]) == (308, f"http://testserver{plain}")
        assert client.get(path, headers=JSON).json() == client.get(plain, headers=JSON).json()

    def test_what_is_not_there_is_not_there_with_a_slash_either(self, client: TestClient) -> None:
        assert client.get("/edr/nothing/").status_code == client.get("/ogc/nothing/at/all/").status_code == 404
        for path in ("/edr/collections/terrain%2F", "/ogc/collections/lots%2f", "/ogc/jobs/%2F"):
            assert client.get(path, follow_redirects=False).status_code == 404

    def test_the_landing_page_leads_to_the_description_the_classes_and_the_data(self, client: TestClient) -> None:
        found = {link["rel"]: link for link in client.get("/edr", headers=JSON).json()["links"]}
        assert {"service-desc", "service-doc", "conformance", "data"} <= set(found)
        assert found["service-desc"]["type"] == OPENAPI
        answer = client.get(found["service-desc"]["href"], headers={"Accept": OPENAPI})
        assert (answer.status_code, answer.headers["content-type"]) == (200, OPENAPI)

    def test_the_core_of_the_edition_is_declared_and_no_class_that_needs_locations(self, client: TestClient) -> None:
        declared = client.get("/edr/conformance", headers=JSON).json()["conformsTo"]
        edition = "http://www.opengis.net/spec/ogcapi-edr-1/1.0"
        assert all(isinstance(uri, str) for uri in declared)
        assert f"{edition}/conf/core" in declared
        assert not {f"{edition}/conf/geojson", f"{edition}/req/edr-geojson"} & set(declared)


class TestCollections:
    def test_all_are_there_to_be_fetched_and_have_their_links(self, client: TestClient, listed: list[Json]) -> None:
        assert {one["id"] for one in listed} == {"terrain", "aerial"}
        links = client.get("/edr/collections", headers=JSON).json()["links"]
        assert all(link["type"] for link in links)
        assert {"self", "alternate"} <= {link["rel"] for link in links}
        for one in listed:
            assert "itemType" not in one
            alone = client.get(f"/edr/collections/{one['id']}", headers=JSON).json()
            assert alone["id"] == one["id"]
            assert all(link["type"] for link in alone["links"])
            assert {"self", "alternate", "data", "collection"} <= {link["rel"] for link in alone["links"]}

    def test_extents_are_lists_within_lists(self, listed: list[Json]) -> None:
        for one in listed:
            (box,), (interval,) = one["extent"]["spatial"]["bbox"], one["extent"]["temporal"]["interval"]
            assert len(box) == 4
            assert all(isinstance(number, float) for number in box)
            assert len(interval) == 2
            assert CRS84 in one["extent"]["spatial"]["crs"]
            assert any(CRS84 in crs for crs in one["crs"])

    def test_parameters_have_a_type_and_what_was_observed(self, listed: list[Json]) -> None:
        for one in listed:
            assert one["parameter_names"]
            for parameter in one["parameter_names"].values():
                assert parameter["type"] == "Parameter"
                assert parameter["observedProperty"]["label"]

    def test_queries_name_their_formats_and_lead_to_an_answer(self, client: TestClient, listed: list[Json]) -> None:
        for one in listed:
            assert {"position", "area", "cube", "radius", "trajectory", "corridor"} == set(one["data_queries"])
            for name, query in one["data_queries"].items():
                assert query["link"]["variables"]["query_type"] == name
                assert {"CoverageJSON", "GeoJSON"} <= set(query["link"]["variables"]["output_formats"])
                assert all(detail["wkt"] for detail in query["link"]["variables"]["crs_details"])
                assert client.get(query["link"]["href"], headers=JSON).status_code == 400


class TestQueries:
    def test_every_query_answers_with_a_coverage(self, client: TestClient, listed: list[Json]) -> None:
        for one in listed:
            for question in questions(one):
                answer = client.get(f"/edr/collections/{one['id']}/{question}")
                assert answer.status_code == 200, answer.text[:300]
                found = answer.json()
                assert found["type"] == "Coverage"
                assert any(value is not None for of in found["ranges"].values() for value in of["values"]), question

    def test_geojson_of_a_position_is_a_collection_of_features(self, client: TestClient, listed: list[Json]) -> None:
        schema = {"type": "object", "required": ["type", "features"], "properties": {
            "type": {"const": "FeatureCollection"}, "features": {"minItems": 1, "items": {
                "required": ["type", "geometry", "properties"], "properties": {
                    "type": {"const": "Feature"}, "geometry": {"required": ["type", "coordinates"]}, "properties": {"type": "object"}}}}}}
        for one in listed:
            x, y = middle(one)
            answer = client.get(f"{one['data_queries']['position']['link']['href']}?f=GeoJSON&crs=CRS84&coords=POINT({written(x)}+{written(y)})"
                                f"&parameter-name={next(iter(one['parameter_names']))}&datetime={when(one)}")
            jsonschema.validate(answer.json(), schema)

    @pytest.mark.parametrize("interval", ["null/null", "2024-05-01T00:00:00Z/null", "null/2024-05-01T00:00:00Z", "2024-05-01T00:00:00Z/.."])
    def test_open_ends_may_be_written_as_null(self, client: TestClient, listed: list[Json], interval: str) -> None:
        for one in listed:
            x, y = middle(one)
            assert client.get(f"/edr/collections/{one['id']}/position?coords=POINT({x}+{y})&datetime={interval}").status_code == 200

    @pytest.mark.parametrize("query", ["position", "area", "trajectory", "cube", "corridor", "radius"])
    def test_without_parameters_a_query_is_wrong(self, client: TestClient, listed: list[Json], query: str) -> None:
        for one in listed:
            assert client.get(f"/edr/collections/{one['id']}/{query}", headers=JSON).status_code == 400

    @pytest.mark.parametrize(("query", "shapes"), [
        ("position", ("", "POINT()")), ("area", ("", "POLYGON()")), ("corridor", ("", "LINESTRING()")),
        ("trajectory", ("", "LINESTRING()", "LINESTRINGM()", "LINESTRINGZM()", "LINESTRINGZ()"))])
    def test_shapes_that_are_none_are_wrong(self, client: TestClient, listed: list[Json], query: str, shapes: tuple[str, ...]) -> None:
        for one in listed:
            for shape in shapes:
                answer = client.get(f"/edr/collections/{one['id']}/{query}?coords={shape}", headers=JSON)
                assert answer.status_code == 400, (query, shape)
                assert answer.json()["field"] == "coords"


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A raster of a million values."""
    home = tmp_path_factory.mktemp("edr-large")
    rows, columns = 900, 1200
    values = np.add.outer(np.arange(rows, dtype="float32"), np.arange(columns, dtype="float32"))
    with served(home, layers=(str(write(home / "large.tif", values[None])),)) as made:
        yield made


class TestRastersOfMoreValuesThanAnAnswerHolds:
    """The suite asks for two degrees of whatever there is, and says nothing of how fine."""

    @pytest.fixture(autouse=True)
    def fewer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("csdi.coverages.asking.MOST_CELLS", 40_000)
        monkeypatch.setattr("ogc_api.edr.MOST_VALUES", {"geojson": 500, "csv": 1000})

    @pytest.mark.parametrize("number", range(4))
    def test_they_are_answered_as_finely_as_an_answer_may_be(self, large: TestClient, number: int) -> None:
        (one,) = large.get("/edr/collections", headers=JSON).json()["collections"]
        question = list(questions(one))[number]
        answer = large.get(f"/edr/collections/large/{question}")
        assert answer.status_code == 200, answer.text[:300]
        (values,) = (of["values"] for of in answer.json()["ranges"].values())
        assert any(value is not None for value in values)
        if question.startswith(("area", "corridor")):
            assert 0.9 * asking.MOST_CELLS < len(values) <= asking.MOST_CELLS

    def test_a_corridor_wider_than_pixels_and_narrower_than_the_cells_of_the_answer_is_whole(self, large: TestClient) -> None:
        (one,) = large.get("/edr/collections", headers=JSON).json()["collections"]
        asked = f"corridor?coords={line(one)}&corridor-width=20&width-units=m"
        (of,) = large.get(f"/edr/collections/large/{asked}").json()["ranges"].values()
        known = np.array([value is not None for value in of["values"]]).reshape(of["shape"])
        crossed = np.count_nonzero(known, axis=0) > 0
        middle = slice(crossed.argmax(), len(crossed) - crossed[::-1].argmax())
        assert middle.stop - middle.start > 100
        assert crossed[middle].all()

    @pytest.mark.parametrize(("form", "most"), [("GeoJSON", 500), ("CSV", 1000)])
    def test_long_renditions_have_fewer_values(self, large: TestClient, form: str, most: int) -> None:
        (one,) = large.get("/edr/collections", headers=JSON).json()["collections"]
        answer = large.get(f"/edr/collections/large/area?coords={square(one)}&f={form}")
        count = len(answer.json()["features"]) if form == "GeoJSON" else answer.text.count("\n") - 1
        assert 0.8 * most < count <= most

    def test_who_says_how_fine_is_told_when_that_is_too_much(self, large: TestClient) -> None:
        (one,) = large.get("/edr/collections", headers=JSON).json()["collections"]
        answer = large.get(f"/edr/collections/large/area?coords={square(one)}&resolution-x=900&resolution-y=900")
        assert (answer.status_code, answer.json()["field"]) == (400, "resolution-x")


def parameters(said: Json, path: str) -> Mapping[str, Json]:
    """The parameters of a path by name, references resolved."""
    shared = said["components"]["parameters"]
    found = (shared[one["$ref"].rpartition("/")[2]] if "$ref" in one else one for one in said["paths"][path]["get"]["parameters"])
    return {one["name"]: one for one in found}


@pytest.mark.parametrize("query", ["position", "area", "cube", "trajectory", "corridor"])
def test_the_description_has_the_parameters_of_every_query(client: TestClient, query: str) -> None:
    said = client.get("/edr/openapi", headers={"Accept": OPENAPI}).json()
    paths = [path for path in said["paths"] if path.endswith(f"/{query}")]
    assert len(paths) == 2
    for path in paths:
        named = parameters(said, path)
        place = named["bbox" if query == "cube" else "coords"]
        assert (place["in"], place["required"], place["explode"], place["schema"]["type"]) == ("query", True, False, "string")
        for name in {"datetime", "parameter-name", "crs", "f"} & set(named):
            one = named[name]
            assert (one["in"], one["required"], one["style"], one["explode"]) == ("query", False, "form", False)
        for name in {"z", "corridor-width", "corridor-height"} & set(named):
            assert (named[name]["required"], named[name]["style"], named[name]["explode"]) == (True, "form", False)
        for name in {"within", "within-units", "resolution-x", "resolution-y", "resolution-z"} & set(named):
            assert (named[name]["required"], named[name]["style"], named[name]["explode"]) == (False, "form", False)
