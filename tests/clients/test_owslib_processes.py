"""OWSLib as a client of processes, on a server as people run it."""

from __future__ import annotations

import time
import urllib.request
from typing import Any

import pytest

from csdi.processes.registry import PROCESSES
from tests.acceptance.shell import Server

owslib = pytest.importorskip("owslib.ogcapi.processes")


@pytest.fixture
def client(server: Server) -> Any:
    return owslib.Processes(f"{server.url}/ogc")


def test_it_lists_and_describes_every_process(client: Any) -> None:
    assert [one["id"] for one in client.processes()] == list(PROCESSES)
    for id, process in PROCESSES.items():
        assert set(client.process(id)["inputs"]) == {one.id for one in process.inputs}


def test_it_runs_one_and_waits(client: Any) -> None:
    found = client.execute("transform-coordinates", {"coordinates": [[812_000, 818_000]], "source": "EPSG:2326", "target": "OGC:CRS84"},
                           {"coordinates": {"transmissionMode": "value"}}, response="document")
    assert found["coordinates"][0] == pytest.approx([113.94, 22.30], abs=0.01)


def test_it_runs_one_as_a_job_and_dismisses_it(client: Any, server: Server) -> None:
    made = client.execute("zonal-statistics", {"zones": {"collection": "lots"}, "coverage": "terrain"}, response="document", async_=True)
    for _ in range(300):
        status = server.get(f"/ogc/jobs/{made['jobID']}")
        if status["status"] not in ("accepted", "running"):
            break
        time.sleep(0.2)
    assert status["status"] == "successful", status
    results = server.get(f"/ogc/jobs/{made['jobID']}/results")
    zones = results["features"]["value"]["features"]
    assert len(zones) == server.get("/ogc/collections/lots/items?limit=1")["numberMatched"]
    assert any(one["properties"]["statistics"]["count"] for one in zones)
    request = urllib.request.Request(f"{server.url}/ogc/jobs/{made['jobID']}", method="DELETE")
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200
