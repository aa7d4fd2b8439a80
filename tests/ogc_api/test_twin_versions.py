"""What the viewer asks about time, against the rows of the store and the comparison that is kept."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from starlette.testclient import TestClient

from csdi.bootstrap import open_services
from csdi.settings import read_settings
from ogc_api.app import create_app
from tests.browser.past import MODEL, MOVED, SMALL, WAY_M, second_version
from tests.taking_in import take_in
from twin.ellipsoid import geodetic
from twin.versions import stored_changes


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The car park in two versions."""
    folder = tmp_path_factory.mktemp("times")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CSDI_HOME", str(folder / "home"))
        text = (SMALL / "carpark.ifc").read_text()
        with open_services(read_settings()) as services:
            for number, version in enumerate((text, second_version(text)), 1):
                path = folder / "carpark.ifc"
                path.write_text(version)
                take_in(services, path, MODEL, f"job-{number}")
            with TestClient(create_app(services.settings, services), raise_server_exceptions=False) as made:
                yield made


def test_versions_meet_without_a_gap(client: TestClient) -> None:
    now, before = client.get("/api/twin/versions").json()["models"][MODEL]
    assert [now["version"], before["version"]] == [2, 1]
    assert before["valid_from"] < before["valid_to"] == now["valid_from"]
    assert now["valid_to"] is None
    assert now["tileset"] != before["tileset"]
    assert [client.get(one["tileset"]).status_code for one in (now, before)] == [200, 200]
    assert (before["changes"], now["changes"]) == (False, True)


def test_changes_are_those_that_are_kept_with_both_versions_and_ways(client: TestClient) -> None:
    told = client.get(f"/api/twin/models/{MODEL}/changes").json()
    with open_services(read_settings()) as services:
        kept = stored_changes(services.store, services.blobs, MODEL)
    assert told["counts"] == kept["counts"]
    assert [{name: value for name, value in one.items() if name != "arrow"} for one in told["changes"]] == kept["changes"]
    assert (told["before"]["version"], told["after"]["version"]) == (1, 2)
    assert client.get(f"/api/twin/models/{MODEL}/changes?version=2").json() == told


def test_a_way_leads_from_where_a_thing_stood_to_where_it_stands(client: TestClient) -> None:
    told = client.get(f"/api/twin/models/{MODEL}/changes").json()
    moved = next(one for one in told["changes"] if one["name"].startswith(MOVED))
    ends = geodetic(np.array(moved["arrow"]))
    assert np.linalg.norm(np.subtract(*moved["arrow"])) == pytest.approx(WAY_M, abs=0.001)
    for version, (lon, lat, height) in zip((1, 2), ends, strict=True):
        feature = client.get(f"/ogc/collections/elements/items/{MODEL}:{moved['global_id']}?f=json&version={version}").json()
        ring = np.array(feature["geometry"]["coordinates"][0][:-1])
        assert ring[:, :2].mean(axis=0) == pytest.approx([lon, lat], abs=2e-7)
        low, high = (feature["properties"][name] for name in ("base_level", "top_level"))
        assert height == pytest.approx((low + high) / 2 + client.get("/api/site").json()["centre"][2], abs=0.05)
    assert [one["arrow"] for one in told["changes"] if one["status"] != "moved"] == [None] * 3


@pytest.mark.parametrize(("path", "status", "code"), [
    (f"/api/twin/models/{MODEL}/changes?version=1", 404, "not-found"),
    (f"/api/twin/models/{MODEL}/changes?version=9", 404, "not-found"),
    (f"/api/twin/models/{MODEL}/changes?version=-1", 400, "value-invalid"),
    ("/api/twin/models/nobody/changes", 404, "feature-missing"),
])
def test_what_was_never_compared_is_said(client: TestClient, path: str, status: int, code: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
