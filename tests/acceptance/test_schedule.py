"""A worker reads layers from their source and harvests catalogues when they are due; two servers, one the source of the other."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from csdi.bootstrap import open_services
from csdi.layers import LayerOptions, add_remote
from csdi.settings import read_settings
from tests.acceptance.shell import Server, Shell

SMALL = Path(__file__).parents[2] / "sample_models" / "small"
WAIT_S = 90


def until(seen: Callable[[], Any], wanted: Any) -> None:
    """Return when it is seen; fail with what is seen instead."""
    ends = time.monotonic() + WAIT_S
    while (found := seen()) != wanted:
        assert time.monotonic() < ends, found
        time.sleep(0.3)


def ask(server: Server, method: str, path: str, body: Any = None, token: str = "secret") -> tuple[int, Any]:
    """Status and JSON."""
    request = urllib.request.Request(server.url + path, None if body is None else json.dumps(body).encode(), method=method,
                                     headers={"Authorization": f"Bearer {token}"} if token else {})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text else None
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


@pytest.fixture
def source(tmp_path: Path) -> Iterator[tuple[Shell, Server]]:
    shell = Shell(tmp_path / "source")
    assert shell.run("layers", "add", publish(tmp_path, 3), "--id", "lamps").returncode == 0
    with shell.serving(workers=1) as server:
        yield shell, server


def publish(folder: Path, count: int) -> Path:
    path = folder / "lamps.csv"
    path.write_text("name,lat,lon\n" + "".join(f"lamp {n},22.{300 + n},113.9\n" for n in range(count)))
    return path


def matched(server: Server, path: str) -> int:
    return int(server.get(path)["numberMatched"])


def test_what_is_due_is_read_again_by_the_worker(tmp_path: Path, source: tuple[Shell, Server]) -> None:
    shell, origin = source
    given = {"CSDI_OUTGOING_INTERNAL": "true", "CSDI_SCHEDULE_S": "0.5", "CSDI_TOKEN": "secret"}
    mine = Shell(tmp_path / "mine", given)
    with open_services(read_settings(home=mine.home, store="", blobs="", jobs="")) as services:
        (result,) = add_remote(services.store, services.blobs, f"{origin.url}/ogc/collections/lamps", mine.home / "remote",
                               LayerOptions(id="copied", refresh_every_s=1), internal=True)
        assert (result.error, result.count) == (None, 3)
    with mine.serving(workers=1) as server:
        status, job = ask(server, "POST", "/api/harvests", {"url": f"{origin.url}/ogc", "kind": "records", "id": "origin", "every": "60s"})
        assert (status, job["kind"]) == (202, "harvest"), job
        until(lambda: matched(server, "/ogc/collections/records/items?limit=1&ids=origin:lamps"), 1)
        shell.json("layers", "add", publish(tmp_path, 5), "--id", "lamps")
        until(lambda: matched(server, "/ogc/collections/copied/items?limit=1"), 5)
        assert len(server.get("/ogc/collections/copied/items?version=1&limit=10")["features"]) == 3, "what was before is in its history"
        _, listed = ask(server, "GET", "/api/harvests")
        assert [(one["id"], one["every"], one["result"]["complete"]) for one in listed["harvests"]] == [("origin", 60, True)]
        hurry(mine, "origin")
        assert shell.run("layers", "add", SMALL / "lots.gpkg").returncode == 0
        until(lambda: [one["id"] for one in server.get("/ogc/collections/records/items?limit=100&ids=origin:lots")["features"]], ["origin:lots"])


def hurry(shell: Shell, id: str) -> None:
    """Let a source be due every second."""
    with open_services(read_settings(home=shell.home, store="", blobs="", jobs="")) as services:
        from dataclasses import replace
        one = services.store.feature("harvests", id)
        with services.store.transaction() as change:
            change.write("harvests", [replace(one, properties={**one.properties, "every": 1})])


@pytest.fixture
def server(shell: Shell) -> Iterator[Server]:
    shell.variables["CSDI_TOKEN"] = "secret"
    with shell.serving(workers=1) as running:
        yield running


def test_who_may_not_publish_harvests_nothing_and_nobody_a_file(server: Server) -> None:
    good = {"url": "https://maps.example/csw"}
    assert ask(server, "POST", "/api/harvests", good, token="")[0] == 403
    assert ask(server, "GET", "/api/harvests", token="")[0] == 403
    assert ask(server, "GET", "/api/harvests") == (200, {"harvests": []})
    for wrong in ({}, [], {"url": 7}, {"url": ""}, {"url": "/etc/passwd"}, {"url": "file:///etc/passwd"}, good | {"kind": "ftp"},
                  good | {"every": "1s"}, good | {"limit": 0}, good | {"limit": True}, good | {"id": "A B"}, good | {"more": 1}):
        status, problem = ask(server, "POST", "/api/harvests", wrong)
        assert status == 400, (wrong, problem)
    assert ask(server, "POST", "/api/harvests/nothere")[0] == 404
    assert ask(server, "DELETE", "/api/harvests/nothere")[0] == 404


def test_an_address_inside_the_network_is_not_harvested(server: Server) -> None:
    _, job = ask(server, "POST", "/api/harvests", {"url": f"{server.url}/ogc", "kind": "records"})
    until(lambda: ask(server, "GET", f"/api/jobs/{job['id']}")[1]["state"], "failed")
