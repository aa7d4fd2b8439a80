"""The predicates of CQL2's abstract test suite over HTTP, as text and as JSON, over layers published as people publish them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from starlette.testclient import TestClient

from csdi.bootstrap import open_services
from csdi.filter import parse, to_json
from csdi.layers import add_layers
from csdi.settings import read_settings
from ogc_api.app import create_app
from tests.contract.test_store_cql2 import CORPUS, DISPUTED, predicates

pytestmark = [pytest.mark.corpus, pytest.mark.skipif(not CORPUS.is_dir(), reason=f"no CQL2 corpus at {CORPUS}: set CSDI_CORPUS")]


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    found = predicates()
    assert len(found) == 160
    return found


@pytest.fixture(params=["sqlite", pytest.param("postgis", marks=pytest.mark.postgis)])
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TestClient]:
    store = "" if request.param == "sqlite" else str(request.getfixturevalue("postgres_database"))
    settings = read_settings(home=tmp_path, store=store)
    with open_services(settings) as services:
        results = list(add_layers(services.store, services.blobs, CORPUS / "ne110m4cql2.gpkg"))
        assert [one.result for one in results] == ["published"] * 3, results
        with TestClient(create_app(settings, services), raise_server_exceptions=False) as made:
            yield made


def matched(client: TestClient, collection: str, filter: str, language: str) -> int:
    (id,) = (name for name in ids(client) if name.endswith(collection))
    answer = client.get(f"/ogc/collections/{id}/items", params={"filter": filter, "filter-lang": language, "limit": "1"})
    assert answer.status_code == 200, (filter, answer.text)
    return int(answer.json()["numberMatched"])


def ids(client: TestClient) -> list[str]:
    return [one["id"] for one in client.get("/ogc/collections", params={"f": "json"}).json()["collections"]]


def test_all_predicates_give_their_counts_over_http(client: TestClient, rows: list[dict[str, str]]) -> None:
    wrong = {}
    for row in rows:
        expected = DISPUTED.get(row["filter"], int(row["expected_count"]))
        as_json = orjson.dumps(to_json(parse(row["filter"]))).decode()
        found = (matched(client, row["collection"], row["filter"], "cql2-text"), matched(client, row["collection"], as_json, "cql2-json"))
        if found != (expected, expected):
            wrong[row["filter"]] = (found, expected)
    assert not wrong
