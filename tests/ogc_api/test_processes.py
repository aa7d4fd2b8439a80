"""OGC API - Processes over HTTP: descriptions, executions, jobs, errors."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from starlette.testclient import TestClient

from csdi.processes.registry import PROCESSES
from csdi.processes.request import checked_inputs
from tests.ogc_api.site import client as served

ROOT = Path(__file__).parents[2]
EXCEPTIONS = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0"
JSON = {"Accept": "application/json"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("processes")


@pytest.fixture(scope="module")
def client(home: Path) -> Iterator[TestClient]:
    with served(home, layers=("lots.gpkg", "terrain.tif")) as made:
        yield made


@pytest.fixture(scope="module")
def worker(home: Path, client: TestClient) -> Iterator[None]:
    """A worker of the site, in a process of its own."""
    log = (home / "worker.log").open("wb")
    process = subprocess.Popen([sys.executable, "-m", "ogc_api", "--home", str(home), "worker"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                               env={name: value for name, value in os.environ.items() if not name.startswith("CSDI_")})
    yield
    process.terminate()
    process.wait(20)
    log.close()


def run(client: TestClient, id: str, *, prefer: str = "", accept: str = "*/*", token: str = "", **body: Any) -> Any:
    headers = {"Accept": accept} | ({"Prefer": prefer} if prefer else {}) | ({"Authorization": f"Bearer {token}"} if token else {})
    return client.post(f"/ogc/processes/{id}/execution", json=body, headers=headers)


def job(client: TestClient, id: str, **body: Any) -> Any:
    """The status of a new job."""
    answer = run(client, id, prefer="respond-async", **body)
    assert answer.status_code == 201, answer.text
    assert answer.headers["preference-applied"] == "respond-async"
    assert answer.headers["location"].endswith(f"/ogc/jobs/{answer.json()['jobID']}")
    return answer.json()


def ended(client: TestClient, id: str, within_s: float = 60) -> Any:
    """The status of a job when it has ended."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        found = client.get(f"/ogc/jobs/{id}").json()
        if found["status"] not in ("accepted", "running"):
            return found
        time.sleep(0.1)
    raise AssertionError(found)


class TestDescriptions:
    def test_every_process_is_listed_and_linked(self, client: TestClient) -> None:
        found = client.get("/ogc/processes").json()
        assert [one["id"] for one in found["processes"]] == list(PROCESSES)
        for one in found["processes"]:
            assert client.get(one["links"][0]["href"]).json()["id"] == one["id"]
        assert len(client.get("/ogc/processes?limit=1").json()["processes"]) == 1
        rels = {link["rel"] for link in client.get("/ogc?f=json").json()["links"]}
        assert {"http://www.opengis.net/def/rel/ogc/1.0/processes", "http://www.opengis.net/def/rel/ogc/1.0/job-list"} <= rels

    @pytest.mark.parametrize("id", PROCESSES)
    def test_schemas_are_those_of_openapi_and_of_json_schema(self, client: TestClient, id: str) -> None:
        found = client.get(f"/ogc/processes/{id}").json()
        for part in (*found["inputs"].values(), *found["outputs"].values()):
            jsonschema.Draft202012Validator.check_schema(part["schema"])
            for node in nodes(part["schema"]):
                assert isinstance(node.get("type", ""), str | dict)
                assert isinstance(node.get("exclusiveMinimum", False), bool)
        assert found["jobControlOptions"] == ["sync-execute", "async-execute", "dismiss"]

    @pytest.mark.parametrize("language", ["en", "zh-Hant", "zh-Hans"])
    def test_texts_come_in_three_languages(self, client: TestClient, language: str) -> None:
        for id, process in PROCESSES.items():
            found = client.get(f"/ogc/processes/{id}", headers={"Accept-Language": language}).json()
            assert found["title"] == process.title[language]
            assert all(found["inputs"][one.id]["title"] == one.title[language] for one in process.inputs)
        for process in PROCESSES.values():
            for text in (process.title, process.description, *(o.title for o in (*process.inputs, *process.outputs)),
                         *(one.description for one in process.inputs if one.description)):
                assert set(text) == {"en", "zh-Hant", "zh-Hans"}
                assert all(text.values())

    @pytest.mark.parametrize("path", ["/ogc/processes", "/ogc/processes/viewshed", "/ogc/jobs"])
    def test_people_get_pages(self, client: TestClient, path: str) -> None:
        answer = client.get(path, headers={"Accept": "text/html", "Accept-Language": "zh-Hant"})
        assert answer.status_code == 200
        assert 'lang="zh-Hant"' in answer.text
        assert "處理程序" in answer.text

    def test_the_classes_are_declared(self, client: TestClient) -> None:
        declared = client.get("/ogc/conformance?f=json").json()["conformsTo"]
        for name in ("core", "ogc-process-description", "json", "html", "oas30", "job-list", "callback", "dismiss"):
            assert f"http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/{name}" in declared

    @pytest.mark.parametrize("path", ["/ogc/processes?limit=0", "/ogc/processes?limit=x", "/ogc/processes?size=2", "/ogc/processes/echo?f=xml",
                                      "/ogc/jobs?status=ended", "/ogc/jobs?offset=-1", "/ogc/jobs?datetime=now", "/ogc/jobs?minDuration=1.5",
                                      "/ogc/jobs?colour=red"])
    def test_a_wrong_parameter_is_named(self, client: TestClient, path: str) -> None:
        answer = client.get(path)
        assert answer.status_code == 400
        assert answer.json()["field"] in path


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Schemas within a schema."""
    if isinstance(value, dict):
        yield value
        for name, inner in value.items():
            yield from (deep for one in (inner.values() if name == "properties" else inner if isinstance(inner, list) else [inner])
                        for deep in nodes(one)) if name not in ("default", "enum") else ()


class TestNow:
    def test_one_output_comes_bare(self, client: TestClient) -> None:
        answer = run(client, "echo", inputs={"text": "水泵 & 機場客運大樓"}, outputs={"text": {}})
        assert (answer.status_code, answer.text) == (200, "水泵 & 機場客運大樓")
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert "link" not in answer.headers

    def test_binary_comes_as_bytes(self, client: TestClient) -> None:
        answer = run(client, "echo", inputs={"picture": {"value": base64.b64encode(b"\x89PNG\x00").decode(), "mediaType": "image/png"}},
                     outputs={"picture": {}})
        assert (answer.content, answer.headers["content-type"]) == (b"\x89PNG\x00", "image/png")

    def test_several_come_in_parts(self, client: TestClient) -> None:
        answer = run(client, "echo", inputs={"text": "a", "list": [1, 2], "picture": "AAEC"})
        assert answer.headers["content-type"].startswith("multipart/related; ")
        whole = message_from_bytes(b"Content-Type: " + answer.headers["content-type"].encode() + b"\r\n\r\n" + answer.content)
        parts = {part["Content-ID"].strip("<>"): (part.get_content_type(), part.get_payload(decode=True)) for part in whole.get_payload()}  # type: ignore[union-attr]
        assert parts == {"text": ("text/plain", b"a"), "list": ("application/json", b"[1,2]"), "picture": ("image/png", b"\x00\x01\x02")}

    def test_who_accepts_only_json_gets_several_as_a_document(self, client: TestClient) -> None:
        answer = run(client, "echo", accept="application/json", inputs={"text": "a", "list": [1, 2]})
        assert answer.json() == {"text": "a", "list": [1, 2]}

    def test_a_document_has_every_kind_of_value(self, client: TestClient) -> None:
        given = {"text": "a", "number": 1.5, "whole": 2, "truth": False, "choice": "red", "moment": "2024-05-01T08:00:00Z", "list": [1, 2],
                 "object": {"a": 1}, "bbox": {"bbox": [114, 22, 115, 23]}, "geometry": {"type": "Point", "coordinates": [114.2, 22.3]},
                 "mixed": {"b": 2}}
        document = run(client, "echo", response="document", inputs=given).json()
        qualified = {name: {"value": value} if isinstance(value, dict) and name != "bbox" else value for name, value in given.items()}
        assert document == qualified
        assert run(client, "echo", response="document", inputs=qualified).json() == qualified

    def test_geojson_comes_as_geojson(self, client: TestClient) -> None:
        answer = run(client, "buffer", inputs={"features": {"type": "Point", "coordinates": [114.2, 22.3]}, "distance": 10})
        assert answer.headers["content-type"] == "application/geo+json"
        assert answer.json()["features"][0]["geometry"]["type"] == "Polygon"

    def test_links_to_our_items_are_read_here(self, client: TestClient) -> None:
        lots = client.get("/ogc/collections/lots/items?limit=1000").json()
        href = "http://testserver/ogc/collections/lots/items?filter=" + f"S_INTERSECTS(geometry, BBOX({','.join(map(str, [113, 22, 115, 23]))}))"
        found = run(client, "buffer", inputs={"features": {"href": href}, "distance": 0.5}).json()
        assert len(found["features"]) == lots["numberMatched"]
        one = lots["features"][0]["id"]
        found = run(client, "buffer", inputs={"features": {"href": f"http://testserver/ogc/collections/lots/items/{one}"}, "distance": 1}).json()
        assert [f["id"] for f in found["features"]] == [one]
        assert run(client, "buffer", inputs={"features": {"href": href + "&offset=5"}, "distance": 1}).status_code == 400

    def test_links_inside_this_network_are_refused(self, client: TestClient) -> None:
        for href in ("http://127.0.0.1:9/x", "http://localhost/x", "http://169.254.169.254/latest", "http://[::1]/", "file:///etc/passwd",
                     "http://0x7f000001/"):
            answer = run(client, "buffer", inputs={"features": {"href": href}, "distance": 1})
            assert answer.status_code == (400 if href.startswith("file") else 403), (href, answer.text)
            assert answer.json()["field"].startswith("inputs.features")

    def test_large_inputs_and_outputs_pass(self, client: TestClient) -> None:
        many = {"type": "FeatureCollection", "features": [
            {"type": "Feature", "id": n, "geometry": {"type": "Point", "coordinates": [114 + n / 1e4, 22.3]}, "properties": {"n": n}}
            for n in range(2000)]}
        found = run(client, "buffer", inputs={"features": many, "distance": 10}).json()
        assert [f["id"] for f in found["features"]] == list(range(2000))

    def test_nothing_is_left_behind(self, client: TestClient) -> None:
        blobs = client.app.state.services.blobs  # type: ignore[attr-defined]
        before = set(blobs.names("processes"))
        run(client, "echo", inputs={"text": "x" * 200_000})
        run(client, "echo", inputs={"text": "x" * 200_000, "colour": 1})
        assert set(blobs.names("processes")) == before

    def test_what_takes_too_long_is_stopped(self, client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
        services = client.app.state.services  # type: ignore[attr-defined]
        monkeypatch.setitem(services.__dict__, "settings", services.settings.model_copy(update={"sync_limit_s": 1.5}))
        begin = time.monotonic()
        answer = run(client, "echo", inputs={"text": "a", "pause": 60})
        assert time.monotonic() - begin < 15
        assert (answer.status_code, answer.json()["code"]) == (503, "busy")
        assert "respond-async" in answer.json()["remedy"]
        assert answer.headers["retry-after"]


class TestRefused:
    @pytest.mark.parametrize(("id", "body", "field"), [
        ("buffer", {"inputs": {"features": {"type": "Point", "coordinates": [1, 2]}}}, "inputs.distance"),
        ("buffer", {"inputs": {"features": {"type": "Point", "coordinates": [1, 2]}, "distance": "far"}}, "inputs.distance"),
        ("buffer", {"inputs": {"features": {"type": "Point", "coordinates": [1, 2]}, "distance": 1, "colour": 1}}, "inputs.colour"),
        ("buffer", {"inputs": {"features": {"type": "Point", "coordinates": [1, 2]}, "distance": 1, "cap": "pointed"}}, "inputs.cap"),
        ("buffer", {"inputs": {"features": {"type": "Point", "coordinates": ["a"]}, "distance": 1}}, "features"),
        ("buffer", {"inputs": {"features": {"type": "Point", "coordinates": [1, 2]}, "distance": 1, "crs": "EPSG:0"}}, "crs"),
        ("echo", {"inputs": {"text": 1}}, "inputs.text"),
        ("echo", {"inputs": {"text": {"value": 1}}}, "inputs.text.value"),
        ("echo", {"inputs": {"picture": {"type": "wrong/type"}}}, "inputs.picture"),
        ("echo", {"inputs": {"list": [1, "b"]}}, "inputs.list[1]"),
        ("echo", {"inputs": {"moment": "noon"}}, "inputs.moment"),
        ("echo", {"inputs": {"bbox": {"crs": "x"}}}, "inputs.bbox.bbox"),
        ("echo", {"inputs": {"text": {"href": "gopher://x"}}}, "inputs.text"),
        ("echo", {"inputs": {"text": {"href": "http://example.org", "type": "\u6c34"}}}, "inputs.text.type"),
        ("echo", {"inputs": [], "outputs": {}}, "inputs"),
        ("echo", {"outputs": {"colour": {}}}, "outputs.colour"),
        ("echo", {"outputs": {"text": {"transmissionMode": "pigeon"}}}, "outputs.text.transmissionMode"),
        ("echo", {"response": "loud"}, "response"),
        ("echo", {"invalid-execute-request": "true"}, "invalid-execute-request"),
        ("echo", {"subscriber": {"successUri": "nowhere"}}, "subscriber.successUri"),
        ("echo", {"subscriber": {"uri": "http://example.org"}}, "subscriber.uri"),
    ])
    def test_what_is_wrong_is_named(self, client: TestClient, id: str, body: Any, field: str) -> None:
        answer = run(client, id, accept="application/json", **body)
        assert answer.status_code == 400, answer.text
        assert answer.json()["field"] == field
        assert answer.headers["content-type"] == "application/json"

    @pytest.mark.parametrize(("content", "media", "status"), [
        (b"{", "application/json", 400), (b"[]", "application/json", 400), (b"\xff", "application/json", 400), (b"", "application/json", 400),
        (b"<a/>", "application/xml", 415)])
    def test_a_body_that_is_no_json_object_is_refused(self, client: TestClient, content: bytes, media: str, status: int) -> None:
        answer = client.post("/ogc/processes/echo/execution", content=content, headers={"Content-Type": media})
        assert answer.status_code == status

    @pytest.mark.parametrize(("path", "kind"), [
        ("/ogc/processes/nothing", "no-such-process"), ("/ogc/jobs/nothing", "no-such-job"), ("/ogc/jobs/nothing/results", "no-such-job"),
        ("/ogc/processes/nothing/results", ""), ("/ogc/jobs/nothing/results/text", "no-such-job"), ("/ogc/jobs/%C2%8D%1C%00", "no-such-job")])
    def test_what_is_not_there_has_the_type_of_the_standard(self, client: TestClient, path: str, kind: str) -> None:
        answer = client.get(path, headers=JSON)
        assert answer.status_code == 404
        assert not kind or answer.json()["type"] == f"{EXCEPTIONS}/{kind}"
        assert answer.headers["content-type"] == "application/json"
        assert client.get(path).headers["content-type"] == "application/problem+json"

    @pytest.mark.parametrize(("path", "allowed"), [("/ogc/processes", "GET, HEAD"), ("/ogc/processes/echo/execution", "POST"),
                                                   ("/ogc/jobs/process-echo.1", "GET, DELETE, HEAD")])
    def test_other_methods_are_refused_with_those_that_are_offered(self, client: TestClient, path: str, allowed: str) -> None:
        for method in ("PUT", "OPTIONS", "TRACE"):
            answer = client.request(method, path)
            assert (answer.status_code, answer.headers["allow"]) == (405, allowed)

    def test_an_execution_of_nothing_is_404(self, client: TestClient) -> None:
        assert run(client, "nothing", inputs={}).json()["type"] == f"{EXCEPTIONS}/no-such-process"


@pytest.mark.usefixtures("worker")
class TestJobs:
    def test_a_job_runs_and_keeps_its_results(self, client: TestClient) -> None:
        made = job(client, "echo", inputs={"text": "水泵", "list": [1]}, response="document")
        assert made["status"] in ("accepted", "running", "successful")
        found = ended(client, made["jobID"])
        assert (found["status"], found["progress"], found["processID"], found["type"]) == ("successful", 100, "echo", "process")
        link = next(one["href"] for one in found["links"] if one["rel"] == "http://www.opengis.net/def/rel/ogc/1.0/results")
        assert client.get(link).json() == {"text": "水泵", "list": [1]}
        assert client.get(f"{link}/text").text == "水泵"
        assert client.get(f"{link}/colour").status_code == 404
        assert client.get(f"/ogc/jobs/{made['jobID']}", headers={"Accept": "text/html"}).status_code == 200

    def test_results_by_reference_can_be_fetched(self, client: TestClient) -> None:
        asked = {"inputs": {"text": "far away", "number": 1}, "outputs": {"text": {"transmissionMode": "reference"}}}
        answer = run(client, "echo", **asked)
        assert (answer.status_code, answer.content) == (204, b"")
        to_result, to_job = answer.headers.get_list("link")
        assert client.get(to_result.partition(">")[0][1:]).text == "far away"
        assert to_job.endswith("; rel=monitor")
        assert client.get(to_job.partition(">")[0][1:]).json()["status"] == "successful"
        document = run(client, "echo", response="document", **asked).json()
        assert client.get(document["text"]["href"]).text == "far away"
        assert document["text"]["type"] == "text/plain"

    def test_a_mix_of_both_comes_in_parts(self, client: TestClient) -> None:
        answer = run(client, "echo", inputs={"text": "here", "list": [1]}, outputs={"text": {}, "list": {"transmissionMode": "reference"}})
        assert answer.headers["content-type"].startswith("multipart/related")
        assert b"Content-Location: http://testserver/ogc/jobs/" in answer.content
        assert b"[1]" not in answer.content
        assert b"here" in answer.content

    def test_results_that_are_not_ready_are_404(self, client: TestClient) -> None:
        made = job(client, "echo", inputs={"text": "a", "pause": 4}, outputs={"text": {}}, response="raw")
        answer = client.get(f"/ogc/jobs/{made['jobID']}/results", headers=JSON)
        assert (answer.status_code, answer.json()["type"]) == (404, f"{EXCEPTIONS}/result-not-ready")
        progress = set()
        while client.get(f"/ogc/jobs/{made['jobID']}").json()["status"] != "successful":
            progress.add(client.get(f"/ogc/jobs/{made['jobID']}").json()["progress"])
            time.sleep(0.2)
        assert any(0 < p < 100 for p in progress)
        assert client.get(f"/ogc/jobs/{made['jobID']}/results").text == "a"

    def test_a_failed_job_says_why(self, client: TestClient) -> None:
        made = job(client, "buffer", inputs={"features": {"collection": "nowhere"}, "distance": 1})
        found = ended(client, made["jobID"])
        assert found["status"] == "failed"
        assert "nowhere" in found["message"]
        answer = client.get(f"/ogc/jobs/{made['jobID']}/results", headers=JSON)
        assert (answer.status_code, answer.json()["code"]) == (404, "collection-missing")

    def test_a_dismissed_job_is_stopped_and_gone(self, client: TestClient) -> None:
        made = job(client, "echo", inputs={"text": "a", "pause": 60})
        answer = client.delete(f"/ogc/jobs/{made['jobID']}")
        assert (answer.status_code, answer.json()["status"]) == (200, "dismissed")
        for path in ("", "/results"):
            gone = client.get(f"/ogc/jobs/{made['jobID']}{path}", headers=JSON)
            assert (gone.status_code, gone.json()["type"]) == (410, f"{EXCEPTIONS}/no-such-job")
        assert client.delete(f"/ogc/jobs/{made['jobID']}").status_code == 410
        assert made["jobID"] in {one["jobID"] for one in client.get("/ogc/jobs?status=dismissed").json()["jobs"]}

    def test_a_finished_job_goes_with_its_results(self, client: TestClient) -> None:
        made = job(client, "echo", inputs={"text": "y" * 100_000})
        ended(client, made["jobID"])
        blobs = client.app.state.services.blobs  # type: ignore[attr-defined]
        before = len(list(blobs.names("processes")))
        assert client.delete(f"/ogc/jobs/{made['jobID']}").json()["status"] == "dismissed"
        assert client.get(f"/ogc/jobs/{made['jobID']}/results").status_code == 410
        assert len(list(blobs.names("processes"))) < before

    def test_the_list_is_filtered_and_paged(self, client: TestClient) -> None:
        for number in range(3):
            ended(client, job(client, "echo", inputs={"whole": number})["jobID"])
        ended(client, job(client, "transform-coordinates", inputs={"coordinates": [[114, 22]], "target": "EPSG:2326"})["jobID"])
        of_one = client.get("/ogc/jobs?processID=transform-coordinates").json()["jobs"]
        assert {one["processID"] for one in of_one} == {"transform-coordinates"}
        successful = client.get("/ogc/jobs?status=successful&limit=1000").json()["jobs"]
        assert {one["status"] for one in successful} == {"successful"}
        created = [one["created"] for one in successful]
        assert created == sorted(created, reverse=True)
        seen, path = [], "/ogc/jobs?limit=2&status=successful"
        while path:
            page = client.get(path).json()
            seen += [one["jobID"] for one in page["jobs"]]
            path = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
        assert seen == [one["jobID"] for one in successful]
        assert client.get("/ogc/jobs?datetime=../2001-01-01").json()["jobs"] == []
        assert client.get("/ogc/jobs?type=other").json()["jobs"] == []
        assert client.get("/ogc/jobs?processID=nothing").json()["jobs"] == []
        assert client.get("/ogc/jobs?minDuration=100").json()["jobs"] == []

    def test_other_work_and_other_peoples_jobs_are_not_shown(self, client: TestClient) -> None:
        services = client.app.state.services  # type: ignore[attr-defined]
        for kind, user in (("model-add", "public"), ("process-echo", "somebody")):
            id = services.jobs.submit(kind, {"process": "echo", "folder": "processes/20240101/x", "request": {}}, user=user)
            assert client.get(f"/ogc/jobs/{id}").status_code == 404
            assert client.delete(f"/ogc/jobs/{id}").status_code == 404
            assert id not in {one["jobID"] for one in client.get("/ogc/jobs?limit=1000").json()["jobs"]}


def test_inputs_of_several_values_are_counted() -> None:
    from dataclasses import replace
    echo = PROCESSES["echo"]
    many = replace(echo, inputs=(replace(echo.inputs[0], least=1, most=2),))
    assert checked_inputs(many, {"text": ["a", {"value": "b"}]}) == {"text": ["a", "b"]}
    assert checked_inputs(many, {"text": "a"}) == {"text": ["a"]}
    for wrong in ([], ["a", "b", "c"], ["a", 1]):
        with pytest.raises(Exception, match=r"inputs\.text"):
            checked_inputs(many, {"text": wrong})
    assert json.dumps(wrong)
