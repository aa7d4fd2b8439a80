"""Any two versions of a model compared, over both stores: what came and went in between does not count."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from csdi.bootstrap import Services, open_services
from csdi.errors import NotFound
from csdi.jobs import StepContext
from csdi.settings import read_settings
from ogc_api.app import create_app
from tests.acceptance.shell import Shell
from tests.browser.past import AGAIN, CHANGED, MODEL, MOVED, NEW, REMOVED, SMALL, WAY_M, second_version, third_version
from tests.services import drop_database, fresh_database
from tests.taking_in import take_in
from twin import comparing, tasks
from twin.tasks import MODEL_COMPARE

CHANGES = f"/api/twin/models/{MODEL}/changes"


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgis", marks=pytest.mark.postgis)])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, Services]]:
    """The car park in three versions; the third is the first one with a column of another name."""
    server = request.getfixturevalue("postgres_url") if request.param == "postgis" else ""
    store, folder = fresh_database(server) if server else "", tmp_path_factory.mktemp("three")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CSDI_HOME", str(folder / "home"))
        patch.setenv("CSDI_STORE", store)
        text = (SMALL / "carpark.ifc").read_text()
        with open_services(read_settings()) as services:
            for number, version in enumerate((text, second_version(text), third_version(text)), 1):
                path = folder / "carpark.ifc"
                path.write_text(version)
                take_in(services, path, MODEL, f"job-{number}")
            with TestClient(create_app(services.settings, services), raise_server_exceptions=False) as client:
                yield client, services
    if server:
        drop_database(server, store)


def told(site: tuple[TestClient, Services], before: int, after: int) -> dict[str, Any]:
    """The comparison, made if it has to be; the job's work is done here."""
    client, _ = site
    query = {"version": after, "since": before}
    answer = client.get(CHANGES, params=query)
    if answer.status_code == 202:
        comparing.make({"model": MODEL, "before": before, "after": after}, StepContext())
        answer = client.get(CHANGES, params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def statuses(found: dict[str, Any]) -> dict[str, str]:
    return {change["name"].split(" 柱")[0]: change["status"] for change in found["changes"]}


def test_what_came_and_went_in_between_is_not_told(site: tuple[TestClient, Services]) -> None:
    found = told(site, 1, 3)
    assert statuses(found) == {AGAIN: "changed"}
    assert (found["since"], found["version"], found["before"]["version"], found["after"]["version"]) == (1, 3, 1, 3)
    assert found["counts"]["elements"]["changed"] == 1


def test_a_comparison_goes_back_as_well(site: tuple[TestClient, Services]) -> None:
    there, back = told(site, 1, 2), told(site, 2, 1)
    assert statuses(there) == {REMOVED: "removed", MOVED: "moved", f"{CHANGED} checked": "changed", NEW: "new"}
    assert statuses(back) == {REMOVED: "new", MOVED: "moved", CHANGED: "changed", NEW: "removed"}
    (way,), (home,) = ([change["arrow"] for change in found["changes"] if change["status"] == "moved"] for found in (there, back))
    assert np.linalg.norm(np.subtract(*way)) == pytest.approx(WAY_M, abs=0.001)
    assert np.array(home) == pytest.approx(np.array(way[::-1]), abs=0.002)


def test_neighbours_are_as_they_were_kept(site: tuple[TestClient, Services]) -> None:
    client, _ = site
    assert client.get(CHANGES, params={"version": 2, "since": 1}).json() == client.get(CHANGES, params={"version": 2}).json()
    assert client.get(CHANGES, params={"since": 2}).json() == client.get(CHANGES).json()


def test_a_comparison_that_is_not_made_yet_is_made_by_one_job(site: tuple[TestClient, Services]) -> None:
    client, services = site
    answers = [client.get(CHANGES, params={"version": 1, "since": 3}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    first, again = (answer.json()["job"] for answer in answers)
    assert (first["id"], first["kind"]) == (again["id"], MODEL_COMPARE)
    job = services.jobs.job(first["id"])
    assert tasks.TASKS[job.kind].steps
    assert isinstance(job.args, dict)
    comparing.make(job.args, StepContext())
    assert statuses(client.get(CHANGES, params={"version": 1, "since": 3}).json()) == {CHANGED: "changed"}


def test_the_shell_compares_any_two(site: tuple[TestClient, Services]) -> None:
    _, services = site
    shell = Shell(services.settings.home, {"CSDI_STORE": services.settings.store})
    done = shell.run("models", "changes", MODEL, "--version", "3", "--since", "1", "--json")
    assert done.returncode == 0, done.stderr
    assert statuses(json.loads(done.stdout)) == {AGAIN: "changed"}


@pytest.mark.parametrize(("query", "status", "code"), [
    ("version=2&since=2", 400, "value-invalid"), ("since=3", 400, "value-invalid"), ("version=2&since=9", 404, "not-found"),
    ("version=9&since=1", 404, "not-found"), ("version=2&since=first", 400, "value-invalid")])
def test_what_cannot_be_compared_is_said(site: tuple[TestClient, Services], query: str, status: int, code: str) -> None:
    answer = site[0].get(f"{CHANGES}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_file_that_is_no_longer_kept_is_said(site: tuple[TestClient, Services]) -> None:
    _, services = site
    pair = comparing.Pair.of(services.store, MODEL, 3, 2)
    digest = pair.after.properties["sha256"]
    data = services.blobs.get(digest)
    services.blobs.delete(digest)
    try:
        with pytest.raises(NotFound, match="version 2"):
            comparing.known_changes(services.store, services.blobs, pair)
    finally:
        assert services.blobs.put_bytes(data) == digest
