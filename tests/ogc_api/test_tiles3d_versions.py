"""The site as it stood: old versions of models stay viewable, and the root tileset shows those of a moment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from csdi.bootstrap import Services, open_services
from csdi.jobs import StepContext
from csdi.settings import read_settings
from ogc_api.app import create_app
from tests.ogc_api.site import SMALL
from twin import tasks
from twin.verify import inspect_tileset
from twin.versions import versions_of

SITE = "/tiles3d/site/tileset.json"


def add(path: Path, job: str) -> Any:
    with open_services(read_settings()) as services:
        args = {"model": "mep", "file": path.name, "blob": services.blobs.put_file(path), "title": {}}
    taken = tasks.take_in(args, StepContext(job=job, previous=None))
    made = tasks.make_tiles(args, StepContext(job=job, previous=taken))
    tasks.publish(args, StepContext(job=job, previous=made))


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """A model in three versions, each with another tileset."""
    folder = tmp_path_factory.mktemp("past")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CSDI_HOME", str(folder / "home"))
        text = (SMALL / "terminal-mep.ifc").read_text()
        for number in (1, 2, 3):
            changed, count = re.subn(r"(IFCPIPESEGMENT\('[^']+',[^,]*,)'[^']*'", rf"\1'pipe of version {number}'", text, count=1)
            assert count == 1
            (folder / "mep.ifc").write_text(changed)
            add(folder / "mep.ifc", f"job-{number}")
        with open_services(read_settings()) as opened:
            yield opened


@pytest.fixture(scope="module")
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(create_app(services.settings, services), raise_server_exceptions=False) as made:
        yield made


def shown(client: TestClient, when: str = "") -> list[str]:
    document = client.get(SITE, params={"datetime": when} if when else {}).json()
    return [child["content"]["uri"] for child in document["root"].get("children", [])]


def test_each_moment_shows_the_version_that_held_then(client: TestClient, services: Services) -> None:
    third, second, first = versions_of(services.store, "mep")
    assert len({one["tileset"] for one in (first, second, third)}) == 3
    for one in (first, second, third):
        assert shown(client, one["valid_from"]) == [f"/{one['tileset']}"]
    assert shown(client) == shown(client, "2999-01-01") == shown(client, "../..") == [f"/{third['tileset']}"]
    assert shown(client, f"{first['valid_from']}/{second['valid_from']}") == [f"/{second['tileset']}"]


def test_before_everything_the_site_is_empty_but_valid(client: TestClient) -> None:
    answer = client.get(SITE, params={"datetime": "1999-12-31"})
    assert answer.status_code == 200
    assert "children" not in answer.json()["root"]


def test_tiles_of_every_version_are_whole(client: TestClient, services: Services) -> None:
    def read(name: str) -> bytes:
        answer = client.get(f"/tiles3d/{name.removeprefix('tiles3d/')}")
        assert answer.status_code == 200
        return answer.content
    for one in versions_of(services.store, "mep"):
        found = inspect_tileset(read, one["tileset"])
        assert found.findings == []
        assert found.triangles > 0


@pytest.mark.parametrize("params", [{"datetime": "yesterday"}, {"datetime": ""}, {"moment": "2026-01-01"}])
def test_what_is_no_moment_is_refused(client: TestClient, params: dict[str, str]) -> None:
    assert client.get(SITE, params=params).status_code == 400
