"""Submissions over HTTP: from an upload to the twin, each change on the state that was seen, and through a killed audit."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from bim.submissions.checking import Checking
from bim.submissions.desk import Desk
from bim.submissions.found import Found
from bim.submissions.trail import read_lines, verify
from csdi.access import Principal, Role
from csdi.bootstrap import Services, open_services
from csdi.settings import read_settings
from ogc_api.app import create_app
from tests.ogc_api.principals import who, write_tokens
from tests.ogc_api.site import SMALL

MODEL = SMALL / "carpark.ifc"
Json = dict[str, Any]


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    home = tmp_path_factory.mktemp("submissions")
    write_tokens(home / "tokens")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("HOME", str(home)), ("TOKEN", "let-me-in"), ("TOKENS", str(home / "tokens")), ("OUTGOING_INTERNAL", "1")):
            patch.setenv(f"CSDI_{name}", value)
        with open_services(read_settings()) as opened:
            yield opened


@pytest.fixture(scope="module")
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(create_app(services.settings, services), raise_server_exceptions=False) as made:
        yield made


@pytest.fixture(scope="module")
def worker(services: Services) -> Iterator[None]:
    running = started(services.settings.home)
    yield
    running.terminate()
    running.wait(20)


def started(home: Path) -> subprocess.Popen[bytes]:
    """A worker in a group of its own."""
    with (home / "worker.log").open("ab") as log:
        return subprocess.Popen([sys.executable, "-m", "ogc_api", "worker"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                start_new_session=True)


def uploaded(client: TestClient, name: str, body: bytes, by: str = "ann") -> str:
    """The address of a complete upload."""
    headers = who(by, tus_resumable="1.0.0", upload_length=str(len(body)), content_type="application/offset+octet-stream",
                  upload_metadata="filename " + base64.b64encode(name.encode()).decode())
    answer = client.post("/api/uploads", headers=headers, content=body)
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


def drafted(client: TestClient, body: bytes, **more: Any) -> Json:
    """A draft with one model."""
    made = client.post("/api/submissions", headers=who("ann"), json={"title": "Car park", "stage": "design"} | more)
    assert made.status_code == 201, made.text
    path = f"/api/submissions/{made.json()['id']}"
    given = {"upload": uploaded(client, "car park.ifc", body), "discipline": "architecture"}
    put = client.put(f"{path}/models/carpark", headers=who("ann", if_match=made.headers["etag"]), json=given)
    assert put.status_code == 200, put.text
    return dict(put.json())


def led(client: TestClient, id: str, state: str, by: str = "ann", reason: str = "") -> Json:
    """The submission in another state."""
    answer = client.post(f"/api/submissions/{id}/state", headers=who(by, if_match="*"), json={"state": state, "reason": reason})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def waited(client: TestClient, id: str, state: str, seconds: float = 150) -> Json:
    """The submission once it is in this state."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        found: Json = client.get(f"/api/submissions/{id}", headers=who("ann")).json()
        if found["state"] == state:
            return found
        assert found["state"] != "draft", list(client.get(f"/api/submissions/{id}/trail", headers=who("ann")).iter_lines())[-1]
        time.sleep(0.2)
    raise AssertionError(f"still {found['state']}")


class Listener:
    """A server that keeps what it is told."""

    def __init__(self) -> None:
        told: list[tuple[dict[str, str], bytes]] = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                told.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.told = told
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/told"


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.mark.usefixtures("worker")
def test_a_submission_is_audited_decided_improved_approved_and_found_in_the_twin(
        client: TestClient, services: Services, listener: Listener) -> None:
    body = MODEL.read_bytes()
    first = drafted(client, body)
    path = f"/api/submissions/{first['id']}"
    hook = client.post(f"{path}/webhooks", headers=who("ann"), json={"url": listener.url}).json()
    led(client, first["id"], "submitted")
    checked = waited(client, first["id"], "checked")
    assert checked["reports"]["carpark"]["result"] == "checked"
    found = client.get(f"{path}/findings", headers=who("roy")).json()
    assert {one["status"] for one in found["findings"]} <= {"new"}
    assert client.get(f"{path}/models/carpark/report", headers=who("ann")).json()["digest"] == checked["reports"]["carpark"]["digest"]

    led(client, first["id"], "returned", "roy", "please improve")
    second = client.post("/api/submissions", headers=who("ann"), json={"previous": first["id"], "title": "Car park, better"})
    assert (second.status_code, second.json()["version"], second.json()["models"][0]["name"]) == (201, 2, "carpark")
    id = second.json()["id"]
    led(client, id, "submitted")
    again = waited(client, id, "checked")
    assert again["reports"]["carpark"]["digest"] == checked["reports"]["carpark"]["digest"]
    rows = client.get(f"/api/submissions/{id}/findings", headers=who("roy")).json()["findings"]
    assert {one["status"] for one in rows} <= {"persisting"}
    assert client.get(path, headers=who("ann")).json()["state"] == "superseded"

    for one in rows:
        if one["severity"] == "error":
            answer = client.put(f"/api/submissions/{id}/findings/{one['id']}/decision", headers=who("roy", if_match="*"),
                                json={"choice": "accept"})
            assert answer.status_code == 200, answer.text
    led(client, id, "in-review", "roy")
    publication = led(client, id, "approved", "roy")["publication"]
    assert services.jobs.wait(publication, timeout_s=120).result == {"submission": id, "versions": {"carpark": 1}}
    assert client.get(f"/api/submissions/{id}", headers=who("ann")).json()["models"][0]["published"] == 1
    assert services.store.feature("models", "carpark").properties["sha256"] == hashlib.sha256(body).hexdigest()

    signed = client.get(f"/api/submissions/{id}/report", headers=who("ann")).json()
    assert signed["report"]["models"][0]["sha256"] == hashlib.sha256(body).hexdigest()
    assert signed["signature"]["key"] == client.get("/api/signing-key").json()["key"]
    whole = list(read_lines(client.get("/api/audit-trail", headers=who("roy")).content))
    assert verify(whole, signed["report"]["trail"]["head"]).broken is None

    ends = time.monotonic() + 30
    while {"submitted", "checked", "returned"} - {json.loads(told)["state"] for _, told in listener.told} and time.monotonic() < ends:
        time.sleep(0.2)
    headers, told = listener.told[-1]
    stamp, _, code = headers["csdi-signature"].partition(",v1=")
    said = hmac.new(hook["secret"].encode(), stamp.removeprefix("t=").encode() + b"." + told, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(code, said)
    assert {json.loads(body)["state"] for _, body in listener.told} >= {"submitted", "checked", "returned"}
    assert {json.loads(body)["submission"] for _, body in listener.told} == {first["id"]}


@pytest.mark.usefixtures("worker")
def test_a_file_that_cannot_be_read_is_told_as_refused_and_is_never_approved(client: TestClient) -> None:
    made = drafted(client, MODEL.read_bytes()[:5000])
    led(client, made["id"], "submitted")
    found = waited(client, made["id"], "checked")
    assert found["reports"]["carpark"]["result"] == "refused"
    led(client, made["id"], "in-review", "roy")
    answer = client.post(f"/api/submissions/{made['id']}/state", headers=who("roy", if_match="*"), json={"state": "approved"})
    assert answer.status_code == 409
    assert "the model carpark could not be read" in answer.json()["missing"]


def test_changes_are_made_on_the_state_that_was_seen(client: TestClient) -> None:
    made = client.post("/api/submissions", headers=who("ann"), json={"title": "A"})
    path, tag = f"/api/submissions/{made.json()['id']}", made.headers["etag"]
    assert client.get(path, headers=who("ann", if_none_match=tag)).status_code == 304
    assert client.patch(path, headers=who("ann"), json={"title": "B"}).status_code == 428
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: client.patch(path, headers=who("ann", if_match=tag), json={"title": f"B{n}"}).status_code, range(8)))
    assert sorted(answers) == [200, *[412] * 7]
    assert client.delete(f"{path}/models/none", headers=who("ann", if_match="*")).status_code == 404


def test_of_many_decisions_on_one_state_a_single_one_is_taken(client: TestClient, services: Services) -> None:
    from bim.submissions.checking import Checking
    from bim.submissions.desk import Desk
    from bim.submissions.found import Found
    from csdi.access import Principal, Role
    made = drafted(client, b"ISO-10303-21;")
    desk = Desk(services.store, Principal("ann", Role.APPLICANT))
    desk.lead(made["id"], "submitted")
    Checking(services.store).begin(made["id"], "job")
    Checking(services.store).end(made["id"], "job", {}, [Found("k", "c", "carpark", "R", "R", "error", {"en": "wrong"})])
    path = f"/api/submissions/{made['id']}"
    tag = client.get(path, headers=who("roy")).headers["etag"]
    (row,) = client.get(f"{path}/findings", headers=who("roy")).json()["findings"]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda n: client.put(f"{path}/findings/{row['id']}/decision", headers=who("roy", if_match=tag),
                                                     json={"choice": "waive", "reason": f"r{n}"}).status_code, range(6)))
    assert sorted(answers) == [200, *[412] * 5]
    decided = [line for line in client.get(f"{path}/trail", headers=who("ann")).iter_lines() if "finding-decided" in line]
    assert len(decided) == 1
    assert verify(read_lines(client.get("/api/audit-trail", headers=who("roy")).content)).broken is None


def test_many_who_write_at_once_make_one_chain(client: TestClient) -> None:
    made = client.post("/api/submissions", headers=who("ann"), json={"title": "A"}).json()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: client.post(f"/api/submissions/{made['id']}/comments", headers=who("ann"),
                                                      json={"text": f"{n}"}).status_code, range(24)))
    assert answers == [200] * 24
    found = client.get(f"/api/submissions/{made['id']}", headers=who("ann")).json()
    assert sorted(int(one["text"]) for one in found["comments"]) == list(range(24))
    assert verify(read_lines(client.get("/api/audit-trail", headers=who("roy")).content)).broken is None


def test_a_model_is_a_building_model_by_its_name(client: TestClient) -> None:
    made = client.post("/api/submissions", headers=who("ann"), json={"title": "A"}).json()
    given = {"upload": uploaded(client, "plan.pdf", b"%PDF")}
    assert client.put(f"/api/submissions/{made['id']}/models/plan", headers=who("ann", if_match="*"), json=given).status_code == 415
    put = client.put(f"/api/submissions/{made['id']}/documents/plan", headers=who("ann", if_match="*"), json=given | {"title": "The plan"})
    assert put.json()["documents"][0]["size"] == 4
    again = client.put(f"/api/submissions/{made['id']}/documents/again", headers=who("ann", if_match="*"), json=given)
    assert again.status_code == 404


@pytest.mark.parametrize(("by", "method", "path", "status"), [
    ("", "GET", "/api/submissions", 403), ("eve", "GET", "/api/audit-trail", 403), ("ann", "GET", "/api/audit-trail", 403),
    ("ann", "GET", "/api/submissions/s-none", 404), ("ann", "POST", "/api/webhooks", 403), ("roy", "PUT", "/api/submissions", 405)])
def test_who_may_not_is_told_so(client: TestClient, by: str, method: str, path: str, status: int) -> None:
    answer = client.request(method, path, headers=who(by) if by else {}, json={"url": "https://example.org"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_strangers_see_neither_submission_nor_files_nor_findings(client: TestClient) -> None:
    made = drafted(client, b"ISO-10303-21;")
    for path in ("", "/findings", "/report", "/trail", "/models/carpark", "/progress", "/events", "/webhooks"):
        assert client.get(f"/api/submissions/{made['id']}{path}", headers=who("bob")).status_code == 404, path
        assert client.get(f"/api/submissions/{made['id']}{path}").status_code == 403, path
    assert client.get(f"/api/submissions/{made['id']}/models/carpark", headers=who("roy")).content == b"ISO-10303-21;"


def test_findings_are_items_for_readers_and_the_rest_is_for_nobody(client: TestClient, services: Services) -> None:
    made = drafted(client, b"ISO-10303-21;")
    Desk(services.store, Principal("ann", Role.APPLICANT)).lead(made["id"], "submitted")
    Checking(services.store).begin(made["id"], "job")
    place = Found("placed", "c", "carpark", "R", "R", "error", {"en": "wrong", "zh-Hant": "錯"}, place=(811000.0, 818000.0, 12.0))
    Checking(services.store).end(made["id"], "job", {}, [place])
    path, asked = "/ogc/collections/findings/items", {"f": "json", "submission": made["id"]}
    assert client.get(path, params=asked).status_code in (403, 404)
    assert client.get(path, params=asked, headers=who("ann")).status_code in (403, 404)
    (item,) = client.get(path, params=asked, headers=who("eve")).json()["features"]
    assert item["geometry"]["coordinates"] == pytest.approx([113.93, 22.30, 12.0], abs=0.02)
    assert (item["properties"]["message_zh_hant"], item["properties"]["status"]) == ("錯", "new")
    for id in ("submissions", "submission-decisions", "audit-trail", "webhooks"):
        assert client.get(f"/ogc/collections/{id}/items", headers={"authorization": "Bearer let-me-in"}).status_code in (403, 404), id


@pytest.mark.parametrize(("given", "status"), [({"title": 5}, 400), ({"titel": "A"}, 400), ([], 400), ({"packs": ["nowhere"]}, 400),
                                               ({"previous": "s-none"}, 404)])
def test_drafts_that_cannot_be_are_refused(client: TestClient, given: Any, status: int) -> None:
    assert client.post("/api/submissions", headers=who("ann"), json=given).status_code == status


def test_the_api_is_described_and_every_path_of_it_is_there(client: TestClient) -> None:
    from openapi_spec_validator import validate
    document = client.get("/api/openapi").json()
    validate(document)
    for path, item in document["paths"].items():
        where = "/api" + path.replace("{id}", "s-none").replace("{", "").replace("}", "")
        for method in set(item) - {"parameters"}:
            answer = client.request(method, where, headers=who("ann", if_match="*", tus_resumable="1.0.0"))
            assert answer.status_code != 405, (method, path)


@pytest.mark.slow
@pytest.mark.parametrize("after_s", [0.3, 1.5, 3.0, 5.0])
def test_an_audit_that_is_killed_ends_with_the_same_report(client: TestClient, services: Services, after_s: float) -> None:
    body = MODEL.read_bytes() + f"/* {after_s} */".encode()
    reference = MODEL.read_bytes() + b"/* whole */"
    digests = []
    for text, kill in ((reference, False), (body, True)):
        made = drafted(client, text)
        led(client, made["id"], "submitted")
        running = started(services.settings.home)
        if kill:
            time.sleep(after_s)
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()
            running = started(services.settings.home)
        found = waited(client, made["id"], "checked")
        report = client.get(f"/api/submissions/{made['id']}/models/carpark/report", headers=who("ann")).json()
        digests.append({key: value for key, value in report.items() if key not in ("sha256", "digest", "stages")})
        assert found["reports"]["carpark"]["digest"] == report["digest"]
        running.terminate()
        running.wait(20)
    assert digests[0] == digests[1]


@pytest.mark.slow
@pytest.mark.parametrize("after_s", [1.0, 3.0, 6.0])
def test_a_publication_that_is_killed_ends_with_one_version(client: TestClient, services: Services, after_s: float) -> None:
    made = client.post("/api/submissions", headers=who("ann"), json={"title": "Car park"}).json()
    name = f"park-{int(after_s * 10)}"
    given = {"upload": uploaded(client, "park.ifc", MODEL.read_bytes() + f"/* {name} */".encode())}
    client.put(f"/api/submissions/{made['id']}/models/{name}", headers=who("ann", if_match="*"), json=given)
    running = started(services.settings.home)
    led(client, made["id"], "submitted")
    waited(client, made["id"], "checked")
    for one in client.get(f"/api/submissions/{made['id']}/findings", headers=who("roy")).json()["findings"]:
        client.put(f"/api/submissions/{made['id']}/findings/{one['id']}/decision", headers=who("roy", if_match="*"), json={"choice": "accept"})
    led(client, made["id"], "in-review", "roy")
    job = led(client, made["id"], "approved", "roy")["publication"]
    time.sleep(after_s)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    running = started(services.settings.home)
    assert services.jobs.wait(job, timeout_s=120).result == {"submission": made["id"], "versions": {name: 1}}
    assert client.get(f"/api/submissions/{made['id']}", headers=who("ann")).json()["models"][0]["published"] == 1
    running.terminate()
    running.wait(20)
