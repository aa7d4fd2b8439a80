"""The tree of the twin over two models of one house: counts agree with the elements, whatever they are grouped by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from csdi.bootstrap import open_services
from csdi.settings import read_settings
from ogc_api.app import create_app
from ogc_api.class_words import classes_called
from tests.corpus import corpus
from tests.taking_in import take_in

HOUSE = "arch-fzk-haus-ifc4.ifc"
Element = dict[str, Any]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The same house twice, as two models."""
    home = tmp_path_factory.mktemp("tree")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CSDI_HOME", str(home))
        settings = read_settings()
        with open_services(settings) as services:
            for name in ("one", "two"):
                add(services, corpus("ifc", HOUSE), name)
            with TestClient(create_app(settings, services), raise_server_exceptions=False) as made:
                yield made


def add(services: Any, path: Path, model: str) -> None:
    take_in(services, path, model, f"job-{model}")


@pytest.fixture(scope="module")
def elements(client: TestClient) -> list[Element]:
    """All physical elements as the OGC API has them."""
    answer = client.get("/ogc/collections/elements/items?f=json&limit=1000&filter=role='element'").json()
    return [feature["properties"] | {"id": feature["id"]} for feature in answer["features"]]


def tree(client: TestClient, node: str, **more: Any) -> dict[str, Any]:
    answer = client.get("/api/twin/tree", params={"node": node, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def leaves(client: TestClient, node: str) -> list[str]:
    """Ids of all elements below a node, met by opening every node."""
    found = tree(client, node)
    here = [one["id"] for one in found.get("elements", ())]
    return here + [id for child in found["children"] for id in leaves(client, child["node"])]


@pytest.mark.parametrize("by", ["place", "model", "class", "type"])
def test_every_element_is_met_once_whatever_the_tree_is_by(client: TestClient, elements: list[Element], by: str) -> None:
    assert sorted(leaves(client, by)) == sorted(one["id"] for one in elements)


def test_two_models_of_a_building_share_its_places(client: TestClient, elements: list[Element]) -> None:
    site = tree(client, "place")["children"][0]
    assert site["count"] == sum(bool(one["containment"]) for one in elements)
    (building,) = tree(client, site["node"])["children"]
    storeys = [child for child in tree(client, building["node"])["children"] if child["class"] == "IfcBuildingStorey"]
    assert [one["elevation"] for one in storeys] == sorted(one["elevation"] for one in storeys)
    counted = Counter(one["storey_name"] for one in elements)
    assert {one["label"]: one["count"] for one in storeys} == {name: counted[name] for name in counted if name}
    assert {feature["id"].split(":")[0] for feature in storeys[0]["features"]} == {"one", "two"}


def test_an_element_is_a_node_too(client: TestClient, elements: list[Element]) -> None:
    (one, *_) = tree(client, "class/class=IfcDoor")["children"]
    first = tree(client, one["node"])["elements"][0]
    chosen = client.get("/api/twin/selection", params={"node": first["node"]}).json()["models"]
    model, _, id = first["id"].rpartition(":")
    assert chosen == {model: {"ids": [id]}}


def test_elements_come_page_by_page_by_name(client: TestClient, elements: list[Element]) -> None:
    whole = tree(client, "model/model=one/class=IfcMember", limit=1000)["elements"]
    pages = [one for at in range(0, len(whole), 7) for one in tree(client, "model/model=one/class=IfcMember", offset=at, limit=7)["elements"]]
    assert pages == whole
    assert len(whole) == sum(one["model"] == "one" and one["ifc_class"] == "IfcMember" for one in elements)


def test_counts_by_class_are_those_of_the_elements(client: TestClient, elements: list[Element]) -> None:
    found = {one["label"]: one["count"] for one in tree(client, "class")["children"]}
    assert found == Counter(one["ifc_class"] for one in elements)


def test_the_filter_finds_in_three_languages_and_leaves_out_what_has_nothing(client: TestClient, elements: list[Element]) -> None:
    walls = sum(one["ifc_class"].startswith("IfcWall") for one in elements)
    for text in ("牆", "墙", "Wall", "ＷＡＬＬ"):
        found = tree(client, "class", q=text)
        assert {"IfcWall", "IfcWallStandardCase"} & {one["label"] for one in found["children"]}, text
        assert found["count"] >= walls
    assert tree(client, "class", q="no-such-thing")["children"] == []


def test_a_storey_is_told_as_classes_of_storeys_and_its_members_are_exact(client: TestClient, elements: list[Element]) -> None:
    site = tree(client, "place")["children"][0]
    (building,) = tree(client, site["node"])["children"]
    storey = next(one for one in tree(client, building["node"])["children"] if one["class"] == "IfcBuildingStorey")
    chosen = client.get("/api/twin/selection", params={"node": storey["node"]}).json()["models"]
    for model in ("one", "two"):
        pairs = {(key, name) for key, classes in chosen[model]["pairs"].items() for name in classes}
        meant = {one["id"] for one in elements if one["model"] == model and (one["storey_name"] or "", one["ifc_class"]) in pairs}
        assert meant == {one["id"] for one in elements if one["model"] == model and one["storey_name"] == storey["label"]}


def test_a_type_is_told_as_ids_where_classes_cannot_tell_it(client: TestClient, elements: list[Element]) -> None:
    types = [one["label"] for one in tree(client, "type")["children"]]
    for name in types:
        chosen = client.get("/api/twin/selection", params={"node": f"type/type={quote(name)}", "model": "one"}).json()["models"]["one"]
        wanted = {one["global_id"] for one in elements if one["model"] == "one" and (one["type_name"] or "") == name}
        if "ids" in chosen:
            assert set(chosen["ids"]) == wanted
        elif chosen != "all":
            pairs = {(key, kind) for key, classes in chosen["pairs"].items() for kind in classes}
            assert {one["global_id"] for one in elements if one["model"] == "one" and (one["storey_name"] or "", one["ifc_class"]) in pairs} == wanted


def test_values_of_any_property_are_those_of_the_elements(client: TestClient, elements: list[Element]) -> None:
    ids = client.get("/api/twin/models/one/ids").json()
    by_id = {one["global_id"]: one for one in elements if one["model"] == "one"}
    assert sorted(by_id) == ids["ids"]
    offered = client.get("/api/twin/models/one/properties").json()["properties"]
    assert offered
    for one in [*offered[:12], {"of": "class"}, {"of": "height"}]:
        found = client.get("/api/twin/models/one/values", params={"of": one["of"]}).json()
        assert found["state"] == ids["state"]
        for id, value in zip(ids["ids"], told(found), strict=True):
            assert value == pytest.approx(said(by_id[id], one["of"])), one


def told(document: dict[str, Any]) -> list[Any]:
    if "numbers" in document:
        return list(document["numbers"])
    return [None if code < 0 else document["words"][code] for code in document["codes"]]


def said(element: Element, of: str) -> Any:
    field, _, rest = of.partition("/")
    if not rest:
        return element["ifc_class" if of == "class" else of]
    value = (element[field].get(rest.split("/")[0]) or {}).get(rest.split("/", 1)[1])
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return None if value == "" else value


def test_values_are_not_sent_again_to_who_has_them(client: TestClient) -> None:
    path = "/api/twin/models/one/values?of=class"
    tag = client.get(path).headers["etag"]
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    assert client.get("/api/twin/models/two/values?of=class").headers["etag"] != tag


@pytest.mark.parametrize("path", ["tree?node=nothing", "tree?node=class/storey=B1", "tree?node=class&limit=-1", "models/one/values?of=psets",
                                  "selection?node=place/in"])
def test_what_is_asked_wrongly_is_refused(client: TestClient, path: str) -> None:
    answer = client.get(f"/api/twin/{path}")
    assert 400 <= answer.status_code < 500
    assert answer.json()["remedy"] or answer.json()["detail"]


def test_no_such_model_is_not_found(client: TestClient) -> None:
    assert client.get("/api/twin/models/three/ids").status_code == 404


@pytest.mark.parametrize("text", ["水泵", "水 泵", "Pumps", "ＰＵＭＰ"])
def test_a_class_is_known_by_what_people_call_it(text: str) -> None:
    assert classes_called(text) == ["IfcPump"]


@pytest.mark.parametrize("text", ["門", "门", "door", "Doors"])
def test_the_search_finds_elements_by_what_their_class_is_called(client: TestClient, text: str) -> None:
    found = client.get("/api/search", params={"q": text, "limit": 40}).json()["results"]
    assert any("IfcDoor" in one["subtitle"] for one in found)
    assert len({(one["collection"], one["id"]) for one in found}) == len(found)


def test_the_search_does_not_tell_an_element_again_because_it_is_in_a_plan(client: TestClient) -> None:
    drawn = client.get("/ogc/collections/storey-plans/items?f=json&limit=100").json()["features"]
    name = next(one["properties"]["name"] for one in drawn if one["properties"]["name"])
    found = {one["collection"] for one in client.get("/api/search", params={"q": name, "limit": 50}).json()["results"]}
    assert found & {"elements", "spaces"}
    assert "storey-plans" not in found
