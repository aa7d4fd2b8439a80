"""Networks over HTTP: every path, what is refused, entity tags, and the picture."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest
from starlette.testclient import TestClient

from csdi.bootstrap import open_services
from csdi.settings import read_settings
from ogc_api.app import create_app
from tests.twin.networks.site import SMALL, publish

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = read_settings(home=tmp_path_factory.mktemp("networks"))
    with open_services(settings) as services:
        publish(services, SMALL / "terminal-mep.ifc", "mep")
        with TestClient(create_app(settings, services), raise_server_exceptions=False) as made:
            yield made


def get(client: TestClient, path: str, **asked: Any) -> Any:
    answer = client.get(f"/api/networks{path}", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def system(client: TestClient, name: str) -> str:
    return next(str(one["id"]) for one in get(client, "")["systems"] if one["name"] == name)


def element(client: TestClient, network: str, tag: str, ifc_class: str) -> str:
    return next(str(one["id"]) for one in get(client, f"/{network}")["elements"] if (one["tag"], one["class"]) == (tag, ifc_class))


def test_from_the_list_to_what_a_pump_feeds_and_what_its_valve_cuts_off(client: TestClient) -> None:
    fire = system(client, "Fire Sprinkler System")
    pump = element(client, fire, "01", "IfcPump")
    traced = get(client, "/trace", element=pump)
    assert traced["by_class"]["IfcFireSuppressionTerminal"] == 48
    assert traced["sure"]
    valve = element(client, fire, "FS-N-01", "IfcValve")
    cut = get(client, "/isolate", element=valve, lines="false")
    assert cut["by_class"]["IfcFireSuppressionTerminal"] == 6
    assert "lines" not in cut
    both = get(client, "/isolate", element=[valve, element(client, fire, "FS-S-01", "IfcValve")])
    assert both["by_class"]["IfcFireSuppressionTerminal"] == 12
    assert get(client, "/isolate", element=",".join(one["id"] for one in both["closed"]))["count"] == both["count"]


def test_what_shuts_off_and_what_must_not_fail(client: TestClient) -> None:
    unit = element(client, "mep", "N-01", "IfcUnitaryEquipment")
    media = {one["medium"]: one for one in get(client, "/shut-off", element=unit)["media"]}
    assert set(media) == {"pipe/CHILLEDWATER", "cable", "duct"}
    assert [one["class"] for one in media["duct"]["nearest"]] == ["IfcDamper"]  # the air is its own; this is where it leads to
    assert len(get(client, "/failures", network="mep", limit=5)["elements"]) == 5
    assert len(get(client, "/circuits")["circuits"]) == 32


def test_the_schematic_is_a_picture_that_can_be_read_aloud(client: TestClient) -> None:
    chilled = system(client, "Chilled Water Supply")
    answer = client.get(f"/api/networks/{chilled}/schematic.svg", params={"lang": "zh-Hant"})
    assert answer.headers["content-type"] == "image/svg+xml"
    root = ElementTree.fromstring(answer.content)
    assert (root.attrib["role"], root.attrib["lang"]) == ("img", "zh-Hant")
    assert root.find(f"{SVG}title").text == "系統圖: Chilled Water Supply 冷水供水系統"  # type: ignore[union-attr]
    drawn = get(client, f"/{chilled}/schematic")
    things = [one for one in root.iter(f"{SVG}g") if one.attrib.get("class") == "thing"]
    assert len(things) == len(drawn["symbols"])
    shown = {id for one in root.iter() for id in one.attrib.get("data-elements", "").split()}
    connected = {end["element"] for one in get(client, f"/{chilled}")["connections"] for end in one["ends"]}
    assert shown == connected


def test_an_answer_that_is_known_is_not_sent_again(client: TestClient) -> None:
    first = client.get("/api/networks/mep")
    again = client.get("/api/networks/mep", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(("path", "status"), [
    ("/nothing", 404), ("/trace", 400), ("/trace?element=mep:none", 404), ("/trace?element=mep:none&direction=up", 400),
    ("/isolate?element=a&far=1", 400), ("/failures?limit=0", 400), ("/failures?network=none", 404), ("?infer=wide", 400), ("?infer=-1", 400),
    ("/mep/schematic.svg?lang=de", 400), ("/isolate?element=a&lines=maybe", 400)])
def test_what_is_wrong_is_refused_with_a_reason(client: TestClient, path: str, status: int) -> None:
    answer = client.get(f"/api/networks{path}")
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert client.post(f"/api/networks{path.partition('?')[0]}").status_code == 405
