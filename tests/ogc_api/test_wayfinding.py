"""Routes over HTTP on the sample terminal: by profile, with closures, to exits and assets, and the network itself."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

import sample_models
from csdi.bootstrap import open_services
from csdi.crs import transform
from csdi.settings import read_settings
from ogc_api.app import create_app
from tests.taking_in import take_in

TERMINAL = Path(sample_models.__file__).parent / "small" / "terminal-arch.ifc"
EDITOR = {"Authorization": "Bearer secret"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CSDI_HOME", str(tmp_path_factory.mktemp("routes")))
        patch.setenv("CSDI_TOKEN", "secret")
        settings = read_settings()
        with open_services(settings) as services:
            take_in(services, TERMINAL, "terminal", "job-1")
            with TestClient(create_app(settings, services), raise_server_exceptions=False) as made:
                yield made


def space(client: TestClient, name: str) -> dict[str, Any]:
    found = client.get("/ogc/collections/spaces/items", params={"filter": f"name = '{name}'"}).json()["features"]
    assert len(found) == 1, name
    return dict(found[0])


def route(client: TestClient, **asked: str) -> dict[str, Any]:
    answer = client.get("/api/routes", params={name.rstrip("_"): value for name, value in asked.items()})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/geo+json"
    return dict(answer.json())


def modes(found: dict[str, Any]) -> set[str]:
    return {leg["properties"]["mode"] for leg in found["features"]}


def test_a_route_is_a_chain_of_lines_with_heights(client: TestClient) -> None:
    found = route(client, from_="Baggage Basement South", to="Check-in Hall North", crs="EPSG:2326")
    lines = [np.array(leg["geometry"]["coordinates"]) for leg in found["features"]]
    for one, other in pairwise(lines):
        assert one[-1] == pytest.approx(other[0], abs=2e-3)
    whole = sum(float(np.linalg.norm(np.diff(line, axis=0), axis=1).sum()) for line in lines)
    assert whole == pytest.approx(found["route"]["metres"], abs=0.2)
    assert (lines[0][0, 2], lines[-1][-1, 2]) == (pytest.approx(0.5), pytest.approx(22.0))
    assert found["route"]["levels"][0] == "B1"
    assert found["route"]["levels"][-1] == "L3"


def test_the_same_route_in_degrees_lies_in_the_same_places(client: TestClient) -> None:
    grid, degrees = (route(client, from_="Fire Pump Room", to="Security Screening", crs=crs) for crs in ("EPSG:2326", "CRS84"))
    for one, other in zip(grid["features"], degrees["features"], strict=True):
        moved = transform("EPSG:2326+5738", "OGC:CRS84h").points(np.array(one["geometry"]["coordinates"]))
        assert np.array(other["geometry"]["coordinates"])[:, :2] == pytest.approx(moved[:, :2], abs=2e-7)
        assert np.array(other["geometry"]["coordinates"])[:, 2] == pytest.approx(moved[:, 2], abs=2e-3)


def test_profiles_use_what_they_may(client: TestClient) -> None:
    asked = {"from_": "Baggage Basement South", "to": "Check-in Hall North"}
    assert not modes(route(client, **asked, profile="barrier-free")) & {"stair", "escalator"}
    emergency = route(client, **asked, profile="emergency")
    assert "stair" in modes(emergency)
    assert not modes(emergency) & {"lift", "escalator"}


def test_instructions_in_three_languages_name_what_is_passed(client: TestClient) -> None:
    found = route(client, from_="Baggage Basement South", to="Check-in Hall North", profile="barrier-free", lang="zh-Hant")
    lift = next(leg["properties"] for leg in found["features"] if leg["properties"]["mode"] == "lift")
    assert lift["instruction"] == f"乘搭{lift['passage_name']}前往L3。"
    told = found["route"]["steps_in"]
    assert len({len(steps) for steps in told.values()}) == 1
    assert found["route"]["steps"] == told["zh-Hant"]
    assert told["en"][0] == "Start at Baggage Basement South."
    assert told["zh-Hans"][-1].startswith("已到达")
    assert not any("{" in step for steps in told.values() for step in steps)


def test_a_lift_that_is_closed_changes_the_route_and_opens_again(client: TestClient) -> None:
    asked = {"from_": "Baggage Basement South", "to": "Check-in Hall North", "profile": "barrier-free"}
    before = route(client, **asked)
    lift = next(leg["properties"]["passage"] for leg in before["features"] if leg["properties"]["mode"] == "lift")
    body = {"passage": lift, "reason": "annual inspection"}
    assert client.post("/api/routes/closures", json=body).status_code == 403
    made = client.post("/api/routes/closures", json=body, headers=EDITOR)
    assert made.status_code == 201, made.text
    during = route(client, **asked)
    assert lift not in {leg["properties"]["passage"] for leg in during["features"]}
    assert during["route"]["seconds"] > before["route"]["seconds"]
    assert route(client, **asked, at="2020-01-01T00:00:00Z") == before
    assert [one["reason"] for one in client.get("/api/routes/closures").json()["closures"]] == ["annual inspection"]
    place = f"/api/routes/closures/{made.json()['id']}"
    assert client.delete(place, headers=EDITOR | {"If-Match": '"7"'}).status_code == 412
    assert client.delete(place, headers=EDITOR | {"If-Match": made.headers["etag"]}).status_code == 200
    assert route(client, **asked) == before
    assert client.get("/api/routes/closures").json()["closures"] == []
    assert client.get("/ogc/collections/asset-closures/items").json()["numberMatched"] == 1


def test_places_are_ids_elements_coordinates_and_the_nearest_of_a_kind(client: TestClient) -> None:
    there = space(client, "Security Screening")
    by_id = route(client, from_="Fire Pump Room", to=there["id"])
    east, north = by_id_end(client, there["id"])
    assert route(client, from_="Fire Pump Room", to=f"{east},{north},22.5")["route"]["metres"] == pytest.approx(by_id["route"]["metres"], abs=0.1)
    lonlat = transform("EPSG:2326", "OGC:CRS84").points(np.array([[east, north]]))[0]
    assert route(client, from_="Fire Pump Room", to=f"{lonlat[0]:.9f},{lonlat[1]:.9f},22.5")["route"]["metres"] == pytest.approx(
        by_id["route"]["metres"], abs=0.1)
    nearest = route(client, from_="Security Screening", to="class:IfcTransportElement")
    assert nearest["route"]["to"]["id"].startswith("terminal:")
    machines = client.get("/ogc/collections/elements/items", params={"filter": "ifc_class = 'IfcTransportElement'", "limit": 100}).json()
    each = [route(client, from_="Security Screening", to=one["id"])["route"]["seconds"] for one in machines["features"]]
    assert len(each) == 45
    assert nearest["route"]["seconds"] == min(each)
    out = route(client, from_="Fire Pump Room", to="exit", profile="emergency")
    assert out["route"]["to"]["name"] == "Entrance Arrivals Hall A"


def by_id_end(client: TestClient, id: str) -> tuple[float, float]:
    found = route(client, from_="Fire Pump Room", to=id, crs="EPSG:2326")
    east, north, _ = found["features"][-1]["geometry"]["coordinates"][-1]
    return east, north


@pytest.mark.parametrize(("asked", "status"), [
    ({}, 400), ({"from": "nowhere"}, 404), ({"from": "Fire Pump Room", "profile": "flying"}, 400),
    ({"from": "Fire Pump Room", "to": "Security Screening", "crs": "EPSG:9999"}, 400), ({"from": "0,0", "to": "exit"}, 400),
    ({"from": "Fire Pump Room", "to": "class:IfcNothing"}, 404), ({"from": "Fire Pump Room", "wrong": "1"}, 400),
    ({"from": "Fire Pump Room", "at": "yesterday"}, 400), ({"from": "Fire Pump Room", "door-width": "nan"}, 400),
    ({"from": "Fire Pump Room", "lang": "fr"}, 400), ({"from": "exit", "to": "Fire Pump Room"}, 400)])
def test_what_cannot_be_answered_is_said(client: TestClient, asked: dict[str, str], status: int) -> None:
    answer = client.get("/api/routes", params=asked)
    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]


def test_no_door_is_wide_enough(client: TestClient) -> None:
    answer = client.get("/api/routes", params={"from": "Fire Pump Room", "to": "Security Screening", "profile": "barrier-free", "door-width": "9"})
    assert answer.status_code == 404
    assert "no way leads" in answer.json()["detail"]


def test_evacuation_of_every_space(client: TestClient) -> None:
    found = client.get("/api/routes/evacuation", params={"farthest": "true", "crs": "EPSG:2326"}).json()
    assert found["without_exit"] == 0
    assert len(found["features"]) == 157
    for one in found["features"]:
        assert one["properties"]["farthest_m"] >= one["properties"]["metres_to_exit"] >= 0
    held = sum(round(one["properties"]["occupants"] or 0) for one in found["features"])
    assert sum(one["occupants"] for one in found["exits"]) == held > 0
    rows = list(csv.DictReader(io.StringIO(client.get("/api/routes/evacuation", params={"f": "csv"}).text)))
    assert {row["id"] for row in rows} == {one["id"] for one in found["features"]}


def test_what_is_reached_grows_with_the_time(client: TestClient) -> None:
    def reached(minutes: float) -> dict[str, float]:
        found = client.get("/api/routes/service-area", params={"from": "Security Screening", "minutes": str(minutes)}).json()
        return {one["id"]: one["properties"]["share"] for one in found["features"]}

    near, far = reached(0.2), reached(3)
    assert set(near) < set(far)
    assert all(far[id] >= share - 1e-6 for id, share in near.items())
    assert 0 < min(near.values()) < 1
    assert max(far.values()) == pytest.approx(1.0)


def test_the_network_itself(client: TestClient) -> None:
    whole = client.get("/api/routes/network").json()["features"]
    points = list(csv.DictReader(io.StringIO(client.get("/api/routes/network/points").text)))
    ways = list(csv.DictReader(io.StringIO(client.get("/api/routes/network/ways").text)))
    assert len(whole) == len(points) + len(ways)
    assert {way["mode"] for way in ways} >= {"walk", "door", "stair", "escalator", "lift", "boarding", "walkway"}
    found = client.get("/api/routes/check", params={"model": "terminal"}).json()
    assert found["counts"]["doors"] == 146
    assert found["counts"]["linked_by"] == {"boundaries": 146}
    assert found["unlinked"] == []
    assert found["cut_off"]["barrier-free"] == []
    assert client.get("/api/routes/check", params={"model": "no-such"}).status_code == 404


def test_the_process_gives_what_the_route_gives(client: TestClient) -> None:
    inputs = {"from": "Fire Pump Room", "to": "Security Screening", "profile": "barrier-free", "crs": "EPSG:2326"}
    answer = client.post("/ogc/processes/indoor-route/execution", json={"inputs": inputs})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    found = found.get("route", found) if found.get("type") != "FeatureCollection" else found
    assert found["features"] == route(client, from_="Fire Pump Room", to="Security Screening", profile="barrier-free", crs="EPSG:2326")["features"]


def test_what_can_be_asked_is_described(client: TestClient) -> None:
    described = client.get("/api/routes/openapi").json()
    assert {"/routes", "/routes/evacuation", "/routes/closures"} <= set(described["paths"])
    assert [one["id"] for one in client.get("/api/routes/profiles").json()["profiles"]] == ["walking", "barrier-free", "trolley", "emergency"]
