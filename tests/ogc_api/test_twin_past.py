"""The tree, the values and the search at moments of the past, over both stores, against the elements as they were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from csdi.bootstrap import Services, open_services
from csdi.collection import Collection, Kind
from csdi.feature import Feature, Field, Schema
from csdi.history import PRESENT_FIELDS, AsOf, begun, ended, history_id, history_of
from csdi.settings import read_settings
from ogc_api.app import create_app
from ogc_api.twin_kept import KeptColumns
from ogc_api.twin_values import values_of
from tests.bim.plants import Planted, planted, raise_storey, remove_slab
from tests.corpus import corpus
from tests.ogc_api.test_twin_tree import HOUSE, leaves, said, told
from tests.services import drop_database, fresh_database
from tests.taking_in import take_in
from twin.versions import versions_of

OLD_NAME, NEW_NAME = "Zugspitzpfosten", "Watzmannpfosten"


@dataclass(frozen=True)
class Past:
    """A site with a past: a house of three versions, and a copy of it that came after the first.

    Attributes:
        begins: when each version of the house began.
        renamed, gone: GlobalIds of a member that has other names in versions 1 and 2, and of a slab that version 3 does not have.
    """

    client: TestClient
    services: Services
    begins: list[str]
    renamed: str
    gone: str

    def items(self, **query: Any) -> dict[str, dict[str, Any]]:
        """Physical elements by GlobalId as the OGC API has them."""
        asked = {"limit": 1000, "filter": "role='element'", **query}
        return {one["properties"]["global_id"]: one["properties"] | {"id": one["id"]}
                for one in self.client.get("/ogc/collections/elements/items", params=asked).json()["features"]}

    def get(self, path: str, **query: Any) -> Any:
        """What the viewer is told."""
        answer = self.client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgis", marks=pytest.mark.postgis)])
def past(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    """The site in a store of each kind."""
    server = request.getfixturevalue("postgres_url") if request.param == "postgis" else ""
    store, home = fresh_database(server) if server else "", tmp_path_factory.mktemp("past")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CSDI_HOME", str(home))
        patch.setenv("CSDI_STORE", store)
        with open_services(read_settings()) as services:
            (renamed,) = planted(corpus("ifc", HOUSE), home / "v1.ifc", lambda model: called(model, OLD_NAME))
            planted(home / "v1.ifc", home / "v2.ifc", lambda model: called(model, NEW_NAME), raise_storey)
            (gone,) = planted(home / "v2.ifc", home / "v3.ifc", remove_slab)
            for model, file in (("house", "v1"), ("copy", "v1"), ("house", "v2"), ("house", "v3")):
                add(services, home / f"{file}.ifc", model)
            begins = [str(row["valid_from"]) for row in reversed(versions_of(services.store, "house"))]
            with TestClient(create_app(services.settings, services), raise_server_exceptions=False) as client:
                yield Past(client, services, begins, renamed, gone)
    if server:
        drop_database(server, store)


def called(model: Any, name: str) -> Planted:
    member = model.by_type("IfcMember")[0]
    member.Name = name
    return {str(member.GlobalId)}


def add(services: Services, path: Path, model: str) -> None:
    take_in(services, path, model, f"job-{model}-{path.stem}")


@pytest.mark.parametrize("by", ["place", "model", "class", "type", "material"])
def test_a_tree_of_the_past_counts_the_elements_of_then(past: Past, by: str) -> None:
    for begin in past.begins:
        house, copy = (past.items(datetime=begin, model=model) for model in ("house", "copy"))
        assert past.get("/api/twin/tree", node=by, datetime=begin)["count"] == len(house) + len(copy)
        if by == "class":
            found = past.get("/api/twin/tree", node=by, model="house", datetime=begin)["children"]
            assert {one["label"]: one["count"] for one in found} == Counter(one["ifc_class"] for one in house.values())


def test_models_that_came_later_are_in_no_tree_of_the_past(past: Past) -> None:
    models = [[one["label"] for one in past.get("/api/twin/tree", node="model", datetime=begin)["children"]] for begin in past.begins]
    assert models == [["house"], ["copy", "house"], ["copy", "house"]]


def test_a_version_is_asked_for_by_its_number_too(past: Past) -> None:
    for number, begin in enumerate(past.begins, 1):
        by_number = past.get("/api/twin/tree", node="class", model="house", version=number)
        assert by_number == past.get("/api/twin/tree", node="class", model="house", datetime=begin)


def test_what_is_gone_is_a_leaf_of_the_tree_of_then(past: Past) -> None:
    for begin, there in zip(past.begins, (True, True, False), strict=True):
        then = TestClientThen(past, begin)
        assert (f"house:{past.gone}" in leaves(then, "class")) is there  # type: ignore[arg-type]
    assert f"house:{past.gone}" not in leaves(past.client, "class")


class TestClientThen:
    """Asks everything as of one moment."""

    __test__ = False

    def __init__(self, past: Past, moment: str) -> None:
        self._past, self._moment = past, moment

    def get(self, path: str, params: dict[str, Any]) -> Any:
        """The answer of then."""
        return self._past.client.get(path, params={**params, "datetime": self._moment})


def test_a_storey_stood_where_it_stood_then(past: Past) -> None:
    levels = []
    for begin in past.begins:
        site = past.get("/api/twin/tree", node="place", model="house", datetime=begin)["children"][0]["node"]
        building = past.get("/api/twin/tree", node=site, model="house", datetime=begin)["children"][0]["node"]
        storey = [one for one in past.get("/api/twin/tree", node=building, model="house", datetime=begin)["children"]
                  if one["class"] == "IfcBuildingStorey"][-1]
        levels.append(storey["elevation"])
    assert levels[1] - levels[0] == pytest.approx(0.5, abs=1e-6)
    assert levels[2] == levels[1]


@pytest.mark.parametrize("of", ["class", "height", "base_level", "storey", "finding", "psets/Pset_WallCommon/IsExternal"])
def test_values_of_the_past_are_those_of_the_elements_of_then(past: Past, of: str) -> None:
    for begin in past.begins:
        elements = past.items(datetime=begin, model="house")
        ids = past.get("/api/twin/models/house/ids", datetime=begin)
        found = past.get("/api/twin/models/house/values", of=of, datetime=begin)
        assert ids["ids"] == sorted(elements)
        assert found["state"] == ids["state"]
        if of not in ("storey", "finding"):
            assert told(found) == pytest.approx([said(elements[id], of) for id in ids["ids"]])
        elif of == "storey":
            assert told(found) == [elements[id]["storey_name"] for id in ids["ids"]]


def test_offered_properties_are_those_of_then(past: Past) -> None:
    for begin in past.begins:
        elements = past.items(datetime=begin, model="house").values()
        offered = past.get("/api/twin/models/house/properties", datetime=begin)["properties"]
        counted = Counter(f"psets/{set_name}/{name}" for one in elements for set_name, own in (one["psets"] or {}).items() for name in own)
        assert {one["of"]: one["count"] for one in offered if one["of"].startswith("psets/")} == counted


def test_what_a_node_stands_for_is_that_of_then(past: Past) -> None:
    now, then = (past.get("/api/twin/selection", node=f"class/id=house:{past.gone}", **query)["models"] for query in ({}, {"version": 2}))
    assert (now, then) == ({}, {"house": {"pairs": {"Erdgeschoss": ["IfcSlab"]}}})
    assert [id for id, one in past.items(version=2, model="house", ifc_class="IfcSlab").items() if one["storey_name"] == "Erdgeschoss"] == [past.gone]


def test_the_search_finds_what_things_were_called_then(past: Past) -> None:
    def found(text: str, **query: Any) -> list[str]:
        return [one["id"] for one in past.get("/api/search", q=text, **query)["results"] if one["collection"] == "elements"]

    house, copy = f"house:{past.renamed}", f"copy:{past.renamed}"
    assert found(OLD_NAME, datetime=past.begins[0]) == [house]
    assert found(NEW_NAME, datetime=past.begins[0]) == []
    assert found(OLD_NAME, datetime=past.begins[1]) == found(OLD_NAME) == [copy]
    assert found(NEW_NAME, datetime=past.begins[2]) == found(NEW_NAME) == [house]


def test_words_narrow_the_tree_of_then(past: Past) -> None:
    counts = [past.get("/api/twin/tree", node="class", q=OLD_NAME, model="house", datetime=begin)["count"] for begin in past.begins]
    assert counts == [1, 0, 0]


def test_before_everything_there_was_nothing(past: Past) -> None:
    assert past.get("/api/twin/tree", node="place", datetime="1999-01-01") == {"node": "place", "count": 0, "children": []}
    assert past.get("/api/search", q=OLD_NAME, datetime="1999-01-01")["results"] == []
    answer = past.client.get("/api/twin/models/house/ids", params={"datetime": "1999-01-01"})
    assert (answer.status_code, answer.json()["code"]) == (404, "feature-missing")


@pytest.mark.parametrize("query", ["datetime=yesterday", "datetime=", "version=0", "version=two"])
def test_no_moment_at_all_is_refused(past: Past, query: str) -> None:
    answer = past.client.get(f"/api/twin/tree?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "value-invalid")


def test_answers_of_two_moments_have_tags_of_their_own(past: Past) -> None:
    tags = [past.client.get("/api/twin/models/house/values", params={"of": "class", "datetime": begin}).headers["etag"] for begin in past.begins]
    assert len(set(tags)) == 3
    assert tags[2] == past.client.get("/api/twin/models/house/values", params={"of": "class"}).headers["etag"]


def test_a_version_that_still_holds_has_the_columns_of_the_present(past: Past) -> None:
    kept, store = KeptColumns(past.services.blobs), past.services.store
    present = {one.model: one for one in kept.all(store)}
    second = {one.model: one for one in kept.all(store, AsOf(datetime.fromisoformat(past.begins[1])))}
    assert second["copy"] is present["copy"]
    assert second["house"].version == 2
    again = {one.model: one for one in kept.all(store, AsOf(datetime.fromisoformat(past.begins[1])))}
    assert again["house"] is second["house"]


def test_columns_of_a_past_version_are_taken_over_from_their_file(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = AsOf(datetime.fromisoformat(past.begins[0]))
    made = KeptColumns(past.services.blobs).one(past.services.store, "house", moment)
    monkeypatch.setattr("ogc_api.twin_kept.read_columns", lambda *_: pytest.fail("read again"))
    back = KeptColumns(past.services.blobs).one(past.services.store, "house", moment)
    assert (back.ids, back.version, back.state) == (made.ids, 1, made.state)


def test_fields_of_assets_are_those_of_the_moment(past: Past) -> None:
    """A register with one asset that was out of order until an hour ago."""
    store = past.services.store
    now = datetime.fromisoformat(past.begins[2])
    element = f"copy:{past.renamed}"
    register = Collection("asset-register", {"en": "Assets"}, Schema((Field("element"), Field("status"), *PRESENT_FIELDS)), kind=Kind.LAYER)
    early, late = now - timedelta(hours=2), now - timedelta(hours=1)
    (old,) = begun([Feature("a1", None, {"element": element, "status": "faulty"})], 1, early)
    (new,) = begun([Feature("a1", None, {"element": element, "status": "fine"})], 2, late)
    with store.transaction() as change:
        change.create(register)
        change.create(history_of(register))
        change.write(history_id("asset-register"), ended([old], 1, late))
        change.write("asset-register", [new])
    try:
        columns = KeptColumns().one(store, "copy")
        for moment, status in ((None, "fine"), (late, "fine"), (late - timedelta(seconds=1), "faulty"), (early - timedelta(seconds=1), None)):
            values = values_of(store, columns, "asset:status", moment)
            assert values.words == ([status] if status else [])
            assert (int(values.codes[columns.rows[past.renamed]]) == 0) is (status is not None)
    finally:
        with store.transaction() as change:
            change.drop("asset-register")
            change.drop(history_id("asset-register"))
