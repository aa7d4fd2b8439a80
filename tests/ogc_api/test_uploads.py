"""Layers sent over HTTP: published by a job under their own names, refused in words, and never for strangers."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from csdi.bootstrap import Services, open_services
from csdi.errors import ValueInvalid
from csdi.jobs import State
from csdi.settings import read_settings
from csdi.uploads import file_name
from ogc_api.app import create_app
from tests.ogc_api.site import SMALL

EDITOR = {"authorization": "Bearer let-me-in"}


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    home = tmp_path_factory.mktemp("uploads")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("HOME", str(home)), ("TOKEN", "let-me-in"), ("UPLOAD_LIMIT_MB", "1")):
            patch.setenv(f"CSDI_{name}", value)
        with open_services(read_settings()) as opened, (home / "worker.log").open("wb") as log:
            worker = subprocess.Popen([sys.executable, "-m", "ogc_api", "worker"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            yield opened
            worker.terminate()
            worker.wait(20)


@pytest.fixture(scope="module")
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(create_app(services.settings, services), raise_server_exceptions=False) as made:
        yield made


def sent(client: TestClient, services: Services, name: str, body: bytes, **parameters: str) -> dict[str, Any]:
    """The job of an upload, ended."""
    answer = client.post("/api/layers", params={"file": name} | parameters, content=body, headers=EDITOR)
    assert answer.status_code == 202, answer.text
    services.jobs.wait(answer.json()["id"], timeout_s=60)
    job: dict[str, Any] = client.get(answer.headers["location"], headers=EDITOR).json()
    assert job["state"] in ("successful", "failed")
    assert not list(services.blobs.names("uploads"))
    return job


def test_a_layer_is_published_under_its_own_name_with_what_is_said_about_it(client: TestClient, services: Services) -> None:
    job = sent(client, services, "Lots of Lantau.gpkg", (SMALL / "lots.gpkg").read_bytes(), title="地段", lang="zh-Hant")
    assert job["state"] == State.SUCCESSFUL, job["error"]
    (layer,) = job["result"]["layers"]
    assert (layer["collection"], layer["count"], layer["file"]) == ("lots-of-lantau", 38, "Lots of Lantau.gpkg")
    assert client.get("/ogc/collections/lots-of-lantau?lang=zh-Hant").json()["title"] == "地段"


def test_a_layer_that_is_sent_again_keeps_its_words(client: TestClient, services: Services) -> None:
    body = (SMALL / "stands.geojson").read_bytes()
    sent(client, services, "stands.geojson", body, title="Aircraft stands")
    sent(client, services, "stands.geojson", body)
    assert client.get("/ogc/collections/stands").json()["title"] == "Aircraft stands"


def test_a_shapefile_comes_as_one_archive(client: TestClient, services: Services) -> None:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for part in SMALL.glob("manholes.*"):
            archive.write(part, part.name)
    job = sent(client, services, "manholes.zip", body.getvalue())
    assert [layer["collection"] for layer in job["result"]["layers"]] == ["manholes"]


def test_a_table_without_crs_fails_in_words_until_the_crs_is_given(client: TestClient, services: Services) -> None:
    body = b"name,x,y\nA,511234.5,5401234.5\nB,511235.5,5401235.5\n"
    failed = sent(client, services, "lamps.csv", body)
    assert (failed["state"], failed["error"]["code"]) == (State.FAILED, "crs-missing")
    assert sent(client, services, "lamps.csv", body, crs="EPSG:32650")["state"] == State.SUCCESSFUL


@pytest.mark.parametrize(("name", "body"), [
    ("layer.vrt", b"<OGRVRTDataSource><OGRVRTLayer name='passwd'><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"),
    ("layer.gpkg", b"SQLite format 3\0" + bytes(200)), ("layer.geojson", b"{\"type\": \"FeatureCollection\", \"features\": ["),
    ("layer.shp", b"\0\0\x27\x0a" + bytes(96)), ("layer.exe", b"MZ" + bytes(50))])
def test_what_cannot_be_read_fails_with_a_remedy_and_names_nothing_of_the_server(client: TestClient, services: Services, name: str,
                                                                                  body: bytes) -> None:
    job = sent(client, services, name, body)
    assert job["state"] == State.FAILED
    assert job["error"]["message"]
    assert job["error"]["code"] != "internal-error", job["error"]
    assert str(services.settings.home) not in str(job["error"])


def test_the_servers_own_collections_are_not_replaced(client: TestClient, services: Services) -> None:
    job = sent(client, services, "elements.geojson", (SMALL / "roads.geojson").read_bytes())
    assert (job["state"], job["error"]["code"]) == (State.FAILED, "value-invalid")


@pytest.mark.parametrize(("parameters", "status", "code"), [
    ({}, 400, "value-invalid"), ({"file": "roads"}, 400, "value-invalid"), ({"file": "a.gpkg", "crs": "EPSG:0"}, 400, "crs-unknown"),
    ({"file": "a.gpkg", "id": "Ä"}, 400, "value-invalid"), ({"file": "a.gpkg", "lang": "fr"}, 400, "value-invalid"),
    ({"file": "a.gpkg", "colour": "red"}, 400, "value-invalid"), ({"file": ["a.gpkg", "b.gpkg"]}, 400, "value-invalid")])
def test_parameters_are_judged_before_the_file_is_read(client: TestClient, parameters: Any, status: int, code: str) -> None:
    answer = client.post("/api/layers", params=parameters, content=b"x", headers=EDITOR)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_nothing_and_too_much_are_refused(client: TestClient) -> None:
    def answer(body: bytes | Iterator[bytes]) -> str:
        return str(client.post("/api/layers?file=a.gpkg", content=body, headers=EDITOR).json()["code"])
    assert answer(b"") == "file-empty"
    assert answer(bytes(1_100_000)) == "file-too-large"
    assert answer(bytes(100_000) for _ in range(11)) == "file-too-large"


def test_only_editors_send_layers(client: TestClient) -> None:
    assert client.post("/api/layers?file=a.gpkg", content=b"x").status_code == 403
    assert client.post("/api/layers?file=a.gpkg", content=b"x", headers={"authorization": "Bearer guess"}).status_code == 403
    assert client.get("/api/layers").status_code == 405


@pytest.mark.parametrize(("text", "name"), [("C:\\maps\\roads.gpkg", "roads.gpkg"), ("../../etc/道路\t.shp", "道路.shp"), ("a\nb.csv", "ab.csv")])
def test_file_names_lose_their_folders(text: str, name: str) -> None:
    assert file_name(text) == name


@pytest.mark.parametrize("text", ["", "..", "/", "roads", ".gpkg", "roads.", "a" * 200 + ".csv"])
def test_what_is_no_file_name_is_refused(text: str) -> None:
    with pytest.raises(ValueInvalid):
        file_name(text)
