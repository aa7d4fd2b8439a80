"""A layer is published again and again while many read it: every answer is wholly of one version; a publication that is killed leaves nothing."""

from __future__ import annotations

import http.client
import json
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import mapbox_vector_tile
import pytest

from csdi.bootstrap import Services, open_services
from csdi.layers import LayerOptions, add_layers
from csdi.settings import read_settings
from tests.acceptance.shell import Shell

READERS = 32
LAYER = "/ogc/collections/plots"
KINDS = ["sqlite", pytest.param("postgis", marks=pytest.mark.postgis)]


@dataclass(frozen=True)
class State:
    """What one version of the layer is: a field of its own, a number of points, a CRS and a place of its own (degrees)."""

    field: str
    count: int
    crs: str
    place: tuple[float, float]
    step: float

    def write(self, folder: Path) -> Path:
        """A file of it."""
        x, y = (835_000.0, 820_000.0) if self.crs == "EPSG:2326" else self.place
        rows = [{"type": "Feature", "properties": {self.field: f"{self.field} {n}", "shared": n},
                 "geometry": {"type": "Point", "coordinates": [x + n % 20 * self.step, y + n // 20 * self.step]}} for n in range(self.count)]
        path = folder / f"{self.field}.geojsons"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return path


GRID = State("alpha", 230, "EPSG:2326", (114.17, 22.32), 2.0)
DEGREES = State("beta", 310, "EPSG:4326", (114.25, 22.45), 0.00002)
STATES = {GRID.field: GRID, DEGREES.field: DEGREES}


@pytest.fixture(params=KINDS)
def installed(request: pytest.FixtureRequest, tmp_path: Path) -> Shell:
    """A data folder whose store is of each kind."""
    given = {} if request.param == "sqlite" else {"CSDI_STORE": str(request.getfixturevalue("postgres_database"))}
    return Shell(tmp_path / "home", given)


@pytest.fixture
def services(installed: Shell) -> Iterator[Services]:
    """The same store, opened by this process."""
    with open_services(read_settings(home=installed.home, store=installed.variables.get("CSDI_STORE", ""))) as opened:
        yield opened


def publish(services: Services, path: Path, state: State) -> None:
    (result,) = add_layers(services.store, services.blobs, path, LayerOptions(id="plots", crs=state.crs))
    assert result.result == "published", result.error


@dataclass
class Reader:
    """A client that asks in all ways, and says which version each answer shows."""

    url: str
    seed: int
    seen: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def read(self, stop: threading.Event) -> None:
        """Ask until told to stop."""
        chance = random.Random(self.seed)
        ways = (self.page, self.page_in_grid, self.hits, self.tile, self.download, self.file, self.schema, self.item, self.description)
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)
        try:
            while not stop.is_set() and not self.faults:
                way = chance.choice(ways)
                try:
                    self.seen[f"{way.__name__} {way(connection)}"] += 1
                except Exception as error:
                    self.faults.append(f"{way.__name__}: {type(error).__name__} {error}")
        finally:
            connection.close()

    def page(self, connection: http.client.HTTPConnection) -> str:
        return whole(get(connection, f"{LAYER}/items?limit=1000"))

    def page_in_grid(self, connection: http.client.HTTPConnection) -> str:
        body = get(connection, f"{LAYER}/items?limit=1000&crs=http%3A%2F%2Fwww.opengis.net%2Fdef%2Fcrs%2FEPSG%2F0%2F2326")
        northing, easting = body["features"][0]["geometry"]["coordinates"][:2]
        shown = whole(body, placed=False)
        assert (abs(northing - 820_000) < 100 and abs(easting - 835_000) < 100) == (shown == GRID.field), (shown, northing, easting)
        return shown

    def hits(self, connection: http.client.HTTPConnection) -> str:
        return {state.count: name for name, state in STATES.items()}[get(connection, f"{LAYER}/items?limit=1&filter=shared%3E%3D0")["numberMatched"]]

    def tile(self, connection: http.client.HTTPConnection) -> str:
        body = fetch(connection, f"{LAYER}/tiles/WebMercatorQuad/9/223/418")
        (layer,) = mapbox_vector_tile.decode(body).values()
        return same_field([one["properties"] for one in layer["features"]])

    def download(self, connection: http.client.HTTPConnection) -> str:
        body = get(connection, f"{LAYER}/download")
        return whole(body | {"numberMatched": body["numberReturned"]})

    def file(self, connection: http.client.HTTPConnection) -> str:
        head, *lines = fetch(connection, f"{LAYER}/download?f=csv").decode().splitlines()
        (shown,) = {name for name in STATES if name in head}
        assert len(lines) == STATES[shown].count, len(lines)
        return shown

    def schema(self, connection: http.client.HTTPConnection) -> str:
        (shown,) = STATES.keys() & get(connection, f"{LAYER}/schema")["properties"].keys()
        return shown

    def item(self, connection: http.client.HTTPConnection) -> str:
        one = get(connection, f"{LAYER}/items/1")
        shown = same_field([one["properties"]], 1)
        assert near(one["geometry"]["coordinates"], STATES[shown])
        return shown

    def description(self, connection: http.client.HTTPConnection) -> str:
        body = get(connection, LAYER)
        west, south = body["extent"]["spatial"]["bbox"][0][:2]
        (shown,) = (name for name, state in STATES.items() if near((west, south), state))
        assert body["storageCrs"].endswith(STATES[shown].crs.removeprefix("EPSG:")), body["storageCrs"]
        return shown


def fetch(connection: http.client.HTTPConnection, path: str) -> bytes:
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, (path, answer.status, body[:300])
    return body


def get(connection: http.client.HTTPConnection, path: str) -> dict[str, Any]:
    return dict(json.loads(fetch(connection, path)))


def whole(body: dict[str, Any], *, placed: bool = True) -> str:
    shown = same_field([one["properties"] for one in body["features"]])
    assert body["numberMatched"] == STATES[shown].count
    assert not placed or all(near(one["geometry"]["coordinates"], STATES[shown]) for one in body["features"])
    return shown


def same_field(rows: list[dict[str, Any]], count: int = 0) -> str:
    """The version that all rows are of."""
    (shown,) = {name for row in rows for name in STATES.keys() & row.keys()}
    assert all(row[shown].startswith(shown) for row in rows)
    assert len(rows) == (count or STATES[shown].count), len(rows)
    return shown


def near(place: Any, state: State) -> bool:
    return abs(place[0] - state.place[0]) < 0.02 and abs(place[1] - state.place[1]) < 0.02


def read_while_publishing(shell: Shell, services: Services, folder: Path, times: int, least_s: float) -> Counter[str]:
    files = [(state.write(folder), state) for state in (GRID, DEGREES)]
    publish(services, *files[0])
    with shell.serving(workers=2) as server:
        stop = threading.Event()
        readers = [Reader(server.url, number) for number in range(READERS)]
        threads = [threading.Thread(target=reader.read, args=(stop,)) for reader in readers]
        for thread in threads:
            thread.start()
        try:
            ends, done = time.monotonic() + least_s, 0
            while done < times or time.monotonic() < ends:
                done += 1
                publish(services, *files[done % 2])
                time.sleep(0.3)
        finally:
            stop.set()
            for thread in threads:
                thread.join(90)
    assert [fault for reader in readers for fault in reader.faults] == []
    return sum((reader.seen for reader in readers), Counter())


def test_every_answer_is_of_one_version_while_it_is_published_again(installed: Shell, services: Services, tmp_path: Path) -> None:
    seen = read_while_publishing(installed, services, tmp_path, times=6, least_s=6)
    assert len(seen) == 18, f"each way saw both versions: {seen}"


@pytest.mark.slow
def test_every_answer_is_of_one_version_for_a_long_time(installed: Shell, services: Services, tmp_path: Path) -> None:
    seen = read_while_publishing(installed, services, tmp_path, times=60, least_s=90)
    assert len(seen) == 18
    assert sum(seen.values()) > 5000


_PUBLISHER = """
import sys, time
from pathlib import Path
from csdi.bootstrap import open_services
from csdi.layers import LayerOptions, add_layers
from csdi.settings import read_settings

def stay(stage, done, total):
    if stage == sys.argv[2] and done:
        print("there", flush=True)
        time.sleep(600)

with open_services(read_settings()) as services:
    list(add_layers(services.store, services.blobs, Path(sys.argv[1]), LayerOptions(id="plots", crs="EPSG:4326"), stay))
"""
"""Publishes, and stays where it is when it has come to a stage."""


@pytest.mark.parametrize("stage", ["survey", "write"])
def test_a_killed_publication_leaves_the_version_before_it(installed: Shell, services: Services, tmp_path: Path, stage: str) -> None:
    publish(services, GRID.write(tmp_path), GRID)
    path = DEGREES.write(tmp_path)
    with installed.serving(workers=1) as server:
        with subprocess.Popen([sys.executable, "-c", _PUBLISHER, str(path), stage], env=installed.environment, stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"there\n"
            during = server.get(f"{LAYER}/items?limit=1000")
            child.kill()
        assert whole(during) == whole(server.get(f"{LAYER}/items?limit=1000")) == GRID.field
        (result,) = installed.json("layers", "add", path, "--id", "plots", "--crs", "EPSG:4326")
        assert result["result"] == "published"
        assert whole(server.get(f"{LAYER}/items?limit=1000")) == DEGREES.field
        time.sleep(0.5)
        assert DEGREES.field in server.get(f"{LAYER}/schema")["properties"]
