"""Processes as OGC's suite for edition 1.0 judges them: requests made from the description of `echo`, answers by the standard's schemas."""

from __future__ import annotations

import time
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

from csdi.processes.registry import PROCESSES
from tests.ogc_api.site import client as served
from tests.ogc_api.test_process_jobs import worker
from tests.ogc_api.test_processes import run

Json = dict[str, Any]
JSON = {"Accept": "application/json"}
WORD = "teststring"
OGC = "http://www.opengis.net/def"
EXCEPTIONS = f"{OGC}/exceptions/ogcapi-processes-1/1.0"
CRS84 = f"{OGC}/crs/OGC/1.3/CRS84"
PATIENCE_S = 20
"""How long the suite looks again for the end of a job."""

TEXT: Json = {"type": "string"}
TIME: Json = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}
LINKS: Json = {"type": "array", "items": {
    "type": "object", "required": ["href", "rel", "type"], "properties": dict.fromkeys(("href", "rel", "type", "hreflang", "title"), TEXT)}}
EXCEPTION: Json = {"type": "object", "required": ["type"], "properties": {
    "type": TEXT, "title": TEXT, "status": {"type": "integer"}, "detail": TEXT, "instance": TEXT}}
STATUS: Json = {"type": "object", "required": ["jobID", "status", "type", "processID"], "properties": {
    "jobID": TEXT, "processID": TEXT, "type": {"const": "process"}, "message": TEXT, "links": LINKS,
    "status": {"enum": ["accepted", "running", "successful", "failed", "dismissed"]},
    "progress": {"type": "integer", "minimum": 0, "maximum": 100},
    **dict.fromkeys(("created", "started", "finished", "updated"), TIME)}}
JOBS: Json = {"type": "object", "required": ["jobs", "links"], "properties": {"jobs": {"type": "array", "items": STATUS}, "links": LINKS}}
SUMMARY: Json = {"type": "object", "required": ["id", "version", "links"], "properties": {
    "id": TEXT, "version": TEXT, "title": TEXT, "description": TEXT, "links": LINKS, "keywords": {"type": "array", "items": TEXT},
    "jobControlOptions": {"type": "array", "items": {"enum": ["sync-execute", "async-execute", "dismiss"]}},
    "outputTransmission": {"type": "array", "items": {"enum": ["value", "reference"]}}}}
_COUNT, _NUMBER, _TRUTH = {"type": "integer", "minimum": 0}, {"type": "number"}, {"type": "boolean"}
_SCHEMA, _MANY = {"$ref": "#/$defs/schema"}, {"type": "array"}
PROCESS: Json = SUMMARY | {"required": ["id", "version", "links", "inputs", "outputs"], "properties": SUMMARY["properties"] | {
    part: {"additionalProperties": {"type": "object", "required": ["schema"], "properties": {
        "schema": _SCHEMA, "title": TEXT, "description": TEXT, "minOccurs": {"type": "integer"}, "maxOccurs": {"type": "integer"}}}}
    for part in ("inputs", "outputs")}, "$defs": {"schema": {"type": "object", "additionalProperties": False, "properties": {
        **dict.fromkeys(("title", "description", "format", "pattern", "contentMediaType", "contentEncoding", "contentSchema"), TEXT),
        **dict.fromkeys(("maximum", "minimum", "multipleOf"), _NUMBER),
        **dict.fromkeys(("maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties"), _COUNT),
        **dict.fromkeys(("exclusiveMaximum", "exclusiveMinimum", "uniqueItems", "nullable", "readOnly", "writeOnly", "deprecated"), _TRUTH),
        **dict.fromkeys(("allOf", "oneOf", "anyOf"), _MANY | {"items": _SCHEMA}),
        **dict.fromkeys(("items", "not"), _SCHEMA), "default": {}, "example": {},
        "type": {"enum": ["array", "boolean", "integer", "number", "object", "string"]}, "enum": _MANY | {"minItems": 1},
        "required": _MANY | {"minItems": 1, "uniqueItems": True, "items": TEXT},
        "properties": {"type": "object", "additionalProperties": _SCHEMA}, "additionalProperties": {"oneOf": [_SCHEMA, _TRUTH]}}}}}
"""The schemas of OGC 18-062r2; that of an input or output is one of OpenAPI 3.0, without any other word."""

BOX: Json = {"type": "object", "required": ["bbox"], "properties": {
    "bbox": {"type": "array", "items": {"type": "number"}, "oneOf": [{"minItems": n, "maxItems": n} for n in (4, 6)]},
    "crs": {"enum": [CRS84, f"{OGC}/crs/OGC/0/CRS84h"]}}}
BASE64: Json = {"type": "string", "pattern": "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)$"}
PLAIN: Json = {"oneOf": [*({"type": name} for name in ("string", "number", "integer", "boolean", "array")), BASE64, BOX]}
QUALIFIED: Json = {"type": "object", "required": ["value"], "properties": {
    "value": {"oneOf": [PLAIN, {"type": "object"}]}, "mediaType": TEXT, "encoding": TEXT}}
LINK: Json = {"type": "object", "required": ["href"], "properties": {"href": TEXT}}
RESULTS: Json = {"type": "object", "additionalProperties": {"oneOf": [PLAIN, QUALIFIED, LINK]}}
"""A document of results. By its words a whole number is two kinds at once, and so none."""


def faults(schema: Json, found: Any) -> list[str]:
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in Draft202012Validator(schema).iter_errors(found)]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("processes-conformance")


@pytest.fixture(scope="module")
def client(home: Path) -> Iterator[TestClient]:
    with served(home, layers=("lots.gpkg",)) as made:
        yield made


@pytest.fixture
def described(client: TestClient) -> Json:
    found: Json = client.get("/ogc/processes/echo", headers=JSON).json()
    return found


def kinds(schema: Json) -> list[Json]:
    """What the suite sees of a schema: itself, or its alternatives; of a list also what is in it."""
    seen = [part for part in ([schema] if "type" in schema else schema.get("oneOf", ())) if "type" in part]
    return [kind for part in seen for kind in ([part["items"], part] if part["type"] == "array" else [part])]


def is_box(schema: Json) -> bool:
    return any("bbox" in kind.get("properties", ()) for kind in kinds(schema))


def suited(inputs: Json, *, typed: bool = False, wrong: bool = False) -> Json:
    """Inputs as the suite makes them: text for strings, a far box for boxes, an object with a value for others.

    Args:
        typed: whether strings of a media type are given text too, as in the suite's first releases.
        wrong: whether inputs of a media type are given one that is none.
    """
    made: Json = {}
    for id, one in inputs.items():
        schema = one["schema"]
        if wrong and any("contentMediaType" in kind for kind in kinds(schema)):
            made[id] = {"type": "wrong/type_1"}
            continue
        for kind in kinds(schema):
            if kind["type"] == "string" and (typed or not {"format", "contentMediaType"} & set(kind)):
                made[id] = WORD
            elif is_box(schema):
                made[id] = {"crs": "urn:ogc:def:crs:EPSG:6.6:4326", "bbox": [345345345] * 4}
            elif kind["type"] == "object" and not typed:
                made[id] = {"value": WORD}
    return made


def request(described: Json, **more: Any) -> Json:
    """All inputs that the suite can make, all outputs by value."""
    return {"inputs": suited(described["inputs"]), "outputs": {id: {"transmissionMode": "value"} for id in described["outputs"]}} | more


class TestDocuments:
    def test_the_landing_page_leads_to_processes_and_jobs(self, client: TestClient) -> None:
        for path in ("/ogc/", "/ogc"):
            links = client.get(path, headers=JSON).json()["links"]
            assert faults({"type": "array", "items": {"required": ["href", "rel", "type"]}}, links) == []
            assert {"service-desc", "service-doc", "conformance", f"{OGC}/rel/ogc/1.0/processes", f"{OGC}/rel/ogc/1.0/job-list"} <= {
                link["rel"] for link in links}

    def test_the_list_meets_its_schema_and_its_limit(self, client: TestClient) -> None:
        found = client.get("/ogc/processes", headers=JSON).json()
        assert faults({"type": "object", "required": ["processes", "links"], "properties": {
            "processes": {"type": "array", "minItems": 1, "items": SUMMARY}, "links": LINKS}}, found) == []
        assert {"self", "alternate"} <= {link["rel"] for link in found["links"]}
        assert len(client.get("/ogc/processes?limit=1", headers=JSON).json()["processes"]) == 1
        for one in found["processes"]:
            assert {"self", f"{OGC}/rel/ogc/1.0/execute"} <= {link["rel"] for link in one["links"]}

    @pytest.mark.parametrize("id", PROCESSES)
    def test_every_description_meets_its_schema(self, client: TestClient, id: str) -> None:
        found = client.get(f"/ogc/processes/{id}", headers=JSON).json()
        assert faults(PROCESS, found) == []
        assert found["inputs"]
        assert found["outputs"]

    def test_echo_has_every_kind_that_the_suite_looks_for(self, described: Json) -> None:
        inputs = {id: one["schema"] for id, one in described["inputs"].items()}
        first = next(iter(inputs))
        assert inputs[first] == {"type": "string"}
        assert first == next(iter(described["outputs"]))
        lists = [schema for schema in inputs.values() if schema.get("type") == "array"]
        assert [schema["items"]["type"] for schema in lists] == ["integer"]
        assert any("oneOf" in schema for schema in inputs.values())
        assert any("oneOf" in one["schema"] for one in described["outputs"].values())
        assert sum(is_box(schema) for schema in inputs.values()) == 1
        assert any("contentMediaType" in kind for schema in inputs.values() for kind in kinds(schema))
        assert "pause" in inputs
        assert {"sync-execute", "async-execute"} <= set(described["jobControlOptions"])

    @pytest.mark.parametrize(("path", "kind"), [
        ("/ogc/processes/invalid-process-1", "no-such-process"), ("/ogc/jobs/invalid-job-1", "no-such-job"),
        ("/ogc/jobs/invalid-job-1/results", "no-such-job"), ("/ogc/processes/invalid-job-1", "no-such-process"),
        ("/ogc/processes/invalid-job-1/results", "")])
    def test_what_is_not_there_is_an_exception_of_the_standard(self, client: TestClient, path: str, kind: str) -> None:
        answer = client.get(path, headers=JSON)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/json")
        assert faults(EXCEPTION, answer.json()) == []
        assert not kind or answer.json()["type"] == f"{EXCEPTIONS}/{kind}"


class TestAtOnce:
    @pytest.mark.parametrize("response", ["", "raw", "document"])
    @pytest.mark.parametrize("typed", [False, True])
    def test_all_inputs_come_back_in_an_answer_of_exactly_one_kind(self, client: TestClient, described: Json, typed: bool, response: str) -> None:
        """The suite's schema of an answer is one of a document, an exception or any object, and more than one is a failure: its
        box has a CRS that the standard's own schema of boxes does not know, which makes the answer an object and no document."""
        asked = request(described, **({"response": response} if response else {})) | {"inputs": suited(described["inputs"], typed=typed)}
        answer = run(client, "echo", accept="application/json", **asked)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json"), answer.text
        assert "link" not in answer.headers
        assert set(answer.json()) == set(asked["inputs"])
        assert sum(not faults(schema, answer.json()) for schema in (RESULTS, EXCEPTION, {"type": "object"})) == 1

    def test_results_are_a_document_of_the_standard(self, client: TestClient) -> None:
        given = {"text": "水泵", "number": 1.5, "truth": False, "list": [1, 2], "object": {"a": {"b": 1}}, "picture": "AAECAwQ",
                 "bbox": {"bbox": [114, 22, 115, 23], "crs": CRS84}, "geometry": {"type": "Point", "coordinates": [114.2, 22.3]},
                 "mixed": {"c": None}, "choice": "red"}
        found = run(client, "echo", accept="application/json", response="document", inputs=given).json()
        assert found["bbox"] == given["bbox"]
        assert faults(RESULTS, {id: value for id, value in found.items() if id != "picture"}) == []
        assert found["picture"] == {"value": "AAECAwQ=", "encoding": "base64", "mediaType": "image/png"}

    def test_what_an_output_says_can_be_said_to_an_input(self, client: TestClient) -> None:
        given = {"bbox": {"bbox": [1, 2, 3, 4]}, "object": {"bbox": [1, 2], "more": 1}, "mixed": {"bbox": "x"}, "picture": "AAEC"}
        once = run(client, "echo", response="document", inputs=given).json()
        assert run(client, "echo", response="document", inputs=once).json() == once

    @pytest.mark.parametrize("named", [False, True])
    def test_lists_and_boxes(self, client: TestClient, described: Json, named: bool) -> None:
        inputs = suited(described["inputs"])
        box = {"bbox": [51.9, 7, 52, 7.1], "crs": CRS84}
        found = run(client, "echo", inputs=inputs | {"list": [1, 2, 3]}, outputs={"list": {"transmissionMode": "value"}})
        assert found.json() == [1, 2, 3]
        answer = run(client, "echo", accept="application/json", inputs=inputs | {"bbox": box}, outputs={"bbox": {}} if named else {})
        assert (answer.json() if named else answer.json()["bbox"]) == box

    def test_binary_content_in_the_request_with_its_format_beside_it(self, client: TestClient, described: Json) -> None:
        given = {"value": "TU0AKg==", "format": {"mediaType": "image/tiff", "encoding": "base64"}}
        answer = run(client, "echo", accept="application/json", **request(described) | {"inputs": {"picture": given}, "outputs": {"picture": {}}})
        assert answer.content == b"MM\0*"

    def test_a_link_may_have_its_format_beside_it(self, client: TestClient) -> None:
        for form, status in (({}, 403), ({"mediaType": "image/tiff"}, 403), ({"mediaType": "no media"}, 400), ("image/tiff", 403)):
            answer = run(client, "echo", inputs={"picture": {"href": "http://127.0.0.1:9/geo.tiff", "format": form}})
            assert (answer.status_code, answer.json()["field"].startswith("inputs.picture")) == (status, True), answer.text

    def test_one_output_comes_bare(self, client: TestClient, described: Json) -> None:
        first = next(iter(described["inputs"]))
        answer = run(client, "echo", accept="application/json", response="raw", inputs=suited(described["inputs"]),
                     outputs={first: {"transmissionMode": "value"}})
        assert (answer.status_code, answer.text) == (200, WORD)

    def test_parts_can_be_read_without_their_boundary(self, client: TestClient, described: Json) -> None:
        answer = run(client, "echo", accept="multipart/related, */*", **request(described))
        assert answer.headers["content-type"].startswith("multipart/related")
        boundary = answer.content.partition(b"\r\n")[0].removeprefix(b"--")
        whole = message_from_bytes(b"Content-Type: multipart/related; boundary=" + boundary + b"\r\n\r\n" + answer.content)
        assert WORD.encode() in [part.get_payload(decode=True) for part in whole.get_payload()]  # type: ignore[union-attr]

    def test_what_is_wrong_is_an_exception(self, client: TestClient, described: Json) -> None:
        for body in (request(described) | {"inputs": suited(described["inputs"], wrong=True)}, {"invalid-execute-request": "true)"}):
            answer = run(client, "echo", accept="application/json", **body)
            assert (answer.status_code, answer.headers["content-type"]) == (400, "application/json")
            assert faults(EXCEPTION, answer.json()) == []


class TestLater:
    def submitted(self, client: TestClient, prefer: str = "respond-async", **asked: Any) -> str:
        """The address of a new job."""
        answer = run(client, "echo", accept="application/json", prefer=prefer, **asked)
        assert answer.status_code == 201, answer.text
        assert faults(STATUS, answer.json()) == []
        return str(answer.headers["location"])

    def followed(self, client: TestClient, address: str) -> Any:
        """The results of a job, found by its links alone."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            found = client.get(address, headers=JSON).json()
            assert faults(STATUS, found) == []
            links = {link["rel"]: link["href"] for link in found["links"]}
            if f"{OGC}/rel/ogc/1.0/results" in links:
                assert "monitor" not in links
                return client.get(links[f"{OGC}/rel/ogc/1.0/results"])
            address = links["monitor"]
            time.sleep(0.2)
        raise AssertionError(found)

    def test_jobs_lead_to_their_results_while_others_wait_too(self, client: TestClient, home: Path, described: Json) -> None:
        with worker(home):
            several = [self.submitted(client, prefer, **request(described)) for prefer in ("respond-async ", "respond-async, wait=1")]
            alone = self.submitted(client, **request(described, response="raw") | {"outputs": {"text": {"transmissionMode": "value"}}})
            assert self.followed(client, alone).text == WORD
            for address in several:
                assert WORD in self.followed(client, address).text
            assert client.get(several[0]).headers["content-type"] == "application/json"

    def test_results_are_not_ready_before_the_end(self, client: TestClient) -> None:
        address = self.submitted(client, inputs={"text": WORD, "pause": 5}, outputs={"text": {"transmissionMode": "value"}}, response="raw")
        assert {link["rel"] for link in client.get(address, headers=JSON).json()["links"]} == {"self", "monitor"}
        answer = client.get(f"{address}/results", headers=JSON)
        assert (answer.status_code, answer.json()["type"]) == (404, f"{EXCEPTIONS}/result-not-ready")
        assert faults(EXCEPTION, answer.json()) == []

    def test_the_list_of_jobs_meets_its_schema(self, client: TestClient) -> None:
        self.submitted(client, inputs={"text": WORD})
        found = client.get("/ogc/jobs", headers=JSON).json()
        assert faults(JOBS, found) == []
        assert found["jobs"]
