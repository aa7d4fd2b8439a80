"""Jobs of processes when things go wrong: subscribers, killed workers, workers that are not there; and a suite's view of echo."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from csdi.blobs import Blobs
from csdi.bootstrap import open_services
from csdi.processes.callbacks import Newest, tell
from csdi.processes.outcome import mark_dismissed, sweep
from csdi.settings import read_settings
from ogc_api.app import create_app
from tests import loopback
from tests.ogc_api.test_processes import ended, job, run

EVENTS = ("successUri", "inProgressUri", "failedUri")


@dataclass
class Subscriber:
    """Keeps what is posted to its address."""

    url: str = ""
    told: list[tuple[str, Any]] = field(default_factory=list)

    def of(self, event: str) -> list[Any]:
        return [body for path, body in self.told if path == f"/{event}"]


@contextmanager
def listening(answer: Callable[[str], tuple[int, dict[str, str]]] = lambda _: (200, {})) -> Iterator[Subscriber]:
    made = Subscriber()

    class Handler(loopback.Handler):
        def post(self) -> None:
            made.told.append((self.path, json.loads(self.body())))
            status, headers = answer(self.path)
            self.answer(status, headers=headers)

    with loopback.serving(Handler) as made.url:
        yield made


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def client(home: Path) -> Iterator[TestClient]:
    settings = read_settings(home=home)
    with open_services(settings) as services, TestClient(create_app(settings, services), raise_server_exceptions=False) as made:
        yield made


@contextmanager
def worker(home: Path, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CSDI_")}
    with (home / "worker.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "-m", "ogc_api", "--home", str(home), "worker"], stdin=subprocess.DEVNULL, stdout=log,
                                   stderr=log, env=kept | variables)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def until(true: Callable[[], Any], within_s: float = 60) -> Any:
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(0.1)
    raise AssertionError("it did not come true")


def test_subscribers_are_told_of_progress_success_and_failure(client: TestClient, home: Path) -> None:
    with listening() as subscriber, worker(home, CSDI_OUTGOING_INTERNAL="1"):
        told = {event: f"{subscriber.url}/{event}" for event in EVENTS}
        good = job(client, "echo", inputs={"text": "水泵", "object": {"a": 1}, "pause": 1}, subscriber=told)
        assert ended(client, good["jobID"])["status"] == "successful"
        assert subscriber.of("successUri") == [{"text": "水泵", "object": {"value": {"a": 1}}}]
        assert {(one["jobID"], one["status"]) for one in subscriber.of("inProgressUri")} == {(good["jobID"], "running")}
        assert subscriber.of("inProgressUri")[0]["links"][0]["href"] == f"http://testserver/ogc/jobs/{good['jobID']}"
        assert subscriber.of("failedUri") == []
        bad = job(client, "buffer", inputs={"features": {"collection": "nowhere"}, "distance": 1}, subscriber=told)
        assert ended(client, bad["jobID"])["status"] == "failed"
        (failed,) = subscriber.of("failedUri")
        assert (failed["jobID"], failed["processID"], failed["status"]) == (bad["jobID"], "buffer", "failed")
        assert "nowhere" in failed["message"]
        assert len(subscriber.of("successUri")) == 1


def test_subscribers_inside_this_network_are_not_reached(client: TestClient, home: Path) -> None:
    with listening() as subscriber, worker(home):
        told = {event: f"{subscriber.url}/{event}" for event in EVENTS}
        made = job(client, "echo", inputs={"text": "a"}, subscriber=told)
        assert ended(client, made["jobID"])["status"] == "successful"
        assert subscriber.told == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/successUri", "http://localhost:{port}/successUri", "http://[::ffff:127.0.0.1]:{port}/x",
                                 "http://2130706433:{port}/x", "http://0:{port}/x"])
def test_no_spelling_of_loopback_is_reached(url: str) -> None:
    with listening() as subscriber:
        port = subscriber.url.rpartition(":")[2]
        assert not tell({"successUri": url.format(port=port)}, "successUri", {}, internal=False, pauses=())
        assert subscriber.told == []


def test_redirects_are_not_followed() -> None:
    with listening() as target, listening(lambda _: (307, {"Location": f"{target.url}/stolen"})) as subscriber:
        assert not tell({"successUri": f"{subscriber.url}/successUri"}, "successUri", {}, internal=True, pauses=())
        assert len(subscriber.told) == 1
        assert target.told == []


def test_a_subscriber_that_stumbles_is_told_again() -> None:
    answers = iter([(503, {}), (200, {})])
    with listening(lambda _: next(answers)) as subscriber:
        assert tell({"failedUri": f"{subscriber.url}/failedUri"}, "failedUri", {"a": 1}, internal=True, pauses=(0.01,))
        assert subscriber.of("failedUri") == [{"a": 1}, {"a": 1}]


def test_progress_that_was_overtaken_is_not_told() -> None:
    with listening() as subscriber:
        with Newest({"inProgressUri": f"{subscriber.url}/inProgressUri"}, internal=True, every_s=0.5) as newest:
            for number in range(100):
                newest.put({"progress": number})
                time.sleep(0.01)
        told = [one["progress"] for one in subscriber.of("inProgressUri")]
        assert 1 < len(told) < 10
        assert told == sorted(told)


def test_a_job_survives_the_death_of_its_worker(client: TestClient, home: Path) -> None:
    with worker(home) as first:
        made = job(client, "echo", inputs={"text": "again", "pause": 6})
        until(lambda: client.get(f"/ogc/jobs/{made['jobID']}").json()["status"] == "running")
        first.send_signal(signal.SIGKILL)
        first.wait(10)
    with worker(home):
        assert ended(client, made["jobID"])["status"] == "successful"
        assert client.get(f"/ogc/jobs/{made['jobID']}/results").text == "again"


def test_jobs_wait_for_a_worker_and_can_be_dismissed_before(client: TestClient) -> None:
    made = job(client, "echo", inputs={"text": "a"})
    assert client.get(f"/ogc/jobs/{made['jobID']}").json()["status"] == "accepted"
    assert client.delete(f"/ogc/jobs/{made['jobID']}").json()["status"] == "dismissed"
    assert client.get(f"/ogc/jobs/{made['jobID']}").status_code == 410


def test_a_queue_that_is_full_takes_no_more(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ogc_api.executions.WAITING_MOST", 2)
    for _ in range(2):
        job(client, "echo", inputs={"text": "a"})
    assert run(client, "echo", prefer="respond-async", inputs={"text": "a"}).status_code == 503


def test_readers_see_and_dismiss_everybodys_jobs_and_the_public_not_theirs(home: Path) -> None:
    settings = read_settings(home=home, token="s3cret")
    with open_services(settings) as services, TestClient(create_app(settings, services)) as client:
        key = {"Authorization": "Bearer s3cret"}
        theirs = run(client, "echo", prefer="respond-async", token="s3cret", inputs={"text": "a"}).json()["jobID"]
        public = job(client, "echo", inputs={"text": "b"})["jobID"]
        assert [one["jobID"] for one in client.get("/ogc/jobs").json()["jobs"]] == [public]
        assert {one["jobID"] for one in client.get("/ogc/jobs", headers=key).json()["jobs"]} == {theirs, public}
        assert client.get(f"/ogc/jobs/{theirs}").status_code == 404
        assert client.delete(f"/ogc/jobs/{theirs}").status_code == 404
        assert client.get(f"/ogc/jobs/{theirs}", headers=key).status_code == 200
        assert client.delete(f"/ogc/jobs/{public}", headers=key).status_code == 200
        assert client.get("/ogc/jobs", headers={"Authorization": "Bearer wrong"}).status_code == 403


def test_what_runs_leave_is_swept_after_a_month(tmp_path: Path) -> None:
    blobs = Blobs(f"file://{tmp_path}")
    blobs.put_named("processes/20240101/abc/text", b"old")
    blobs.put_named(f"processes/{datetime.now(UTC):%Y%m%d}/def/text", b"new")
    blobs.put_named("tiles3d/20240101/x", b"another's")
    mark_dismissed("process-echo.1", blobs)
    assert sweep(blobs, date(2024, 1, 20)) == 0
    assert sweep(blobs, datetime.now(UTC).date()) == 1
    assert blobs.exists("processes/dismissed/process-echo.1")
    assert blobs.exists("tiles3d/20240101/x")
