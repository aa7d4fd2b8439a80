"""The report on a model, as people and programs ask for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from csdi.bootstrap import open_services
from csdi.settings import read_settings
from ogc_api.app import create_app
from tests.acceptance.shell import Shell
from tests.ogc_api.site import SMALL


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("report")
    text = (SMALL / "terminal-structure.ifc").read_text("ascii").replace("811324.0,819615.0", "819615.0,811324.0")
    (folder / "swapped.ifc").write_text(text, "ascii")
    shell = Shell(folder / "home")
    assert shell.run("models", "add", folder / "swapped.ifc").returncode == 0
    settings = read_settings(home=shell.home)
    with open_services(settings) as services, TestClient(create_app(settings, services), raise_server_exceptions=False) as made:
        yield made


def test_the_report_says_what_came_in_where_it_lies_and_what_is_wrong(client: TestClient) -> None:
    report = client.get("/models/swapped/report").json()
    assert (report["result"], report["shapes"]["wanted"], report["shapes"]["fallbacks"]) == ("loaded", report["shapes"]["shapes"], {})
    assert report["place"]["crs"] == "EPSG:2326"
    assert report["place"]["reasons"]
    (finding,) = [f for f in report["findings"] if f["code"] == "GEO-030"]
    assert "exchange" in finding["cure"]
    assert report["severities"]["error"] == 1


@pytest.mark.parametrize(("language", "word"), [("en", "Where it lies, and why"), ("zh-Hant", "位置及依據"), ("zh-Hans", "位置及依据")])
def test_people_get_a_page_in_their_language(client: TestClient, language: str, word: str) -> None:
    answer = client.get("/models/swapped/report", headers={"accept": "text/html", "accept-language": language})
    assert answer.headers["content-type"].startswith("text/html")
    assert word in answer.text
    assert "GEO-030" in answer.text


def test_no_such_model_is_a_problem(client: TestClient) -> None:
    answer = client.get("/models/nothing/report")
    assert (answer.status_code, answer.json()["code"]) == (404, "feature-missing")
