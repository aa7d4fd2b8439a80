"""Records in step with their Collections, and edited."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import shapely

from csdi.catalogue import keeping
from csdi.catalogue.features import CATALOGUE, of_feature
from csdi.catalogue.keeping import Keeper, bring_in_step, change_record, record, record_feature, steps
from csdi.catalogue.record import Record
from csdi.collection import Collection, Kind
from csdi.errors import FeatureMissing, PreconditionFailed, ValueInvalid
from csdi.feature import Feature, Field, Schema
from csdi.query import Query
from csdi.store import open_store
from csdi.store.base import Store


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgis", marks=pytest.mark.postgis)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    urls = {"memory": lambda: "memory:", "sqlite": lambda: f"sqlite:///{tmp_path / 'site.gpkg'}",
            "postgis": lambda: request.getfixturevalue("postgres_database")}
    opened = open_store(urls[request.param]())
    yield opened
    opened.close()


def roads(**changed: Any) -> Collection:
    whole: dict[str, Any] = {"id": "roads", "title": {"en": "Roads"}, "schema": Schema((Field("name", text=True),), "point"),
                             "storage_crs": "EPSG:2326", "keywords": ("transport",),
                             "provenance": {"file": "roads.gpkg", "layer": "centre lines", "published": "2024-05-01T08:00:00Z"},
                             "details": {"findings": []}} | changed
    return Collection(**whole)


def publish(store: Store, collection: Collection, *places: tuple[float, float]) -> None:
    with store.transaction() as change:
        change.replace(collection, [Feature(str(i), shapely.Point(*place), {"name": "駿運路"}) for i, place in enumerate(places)])


def ids(store: Store, **query: Any) -> list[str]:
    return sorted(f.id for f in store.search(CATALOGUE, Query(limit=100, **query)).features)


def test_every_public_collection_has_a_record_and_nothing_else_has(store: Store) -> None:
    publish(store, roads(), (810000, 818000), (811000, 819000))
    publish(store, roads(id="secret", public=False), (1, 1))
    publish(store, roads(id="inner", kind=Kind.SYSTEM), (1, 1))
    assert bring_in_step(store) == 1
    assert ids(store) == ["roads"]
    found = record(store, "roads")
    assert found.title == {"en": "Roads"}
    assert found.crs == "EPSG:2326"
    assert found.bbox is not None
    assert 113.9 < found.bbox.minx < found.bbox.maxx < 114.0
    assert 22.2 < found.bbox.miny < found.bbox.maxy < 22.4
    assert found.lineage["zh-Hant"] == "於 2024-05-01 由檔案 roads.gpkg 發佈。 圖層 centre lines。"
    assert found.quality["en"] == "Checked when it was published: nothing was found."
    assert found.keywords == {"en": ("transport",)}


def test_what_is_in_step_is_not_written_again(store: Store) -> None:
    publish(store, roads(), (810000, 818000))
    bring_in_step(store)
    change = store.change()
    assert bring_in_step(store) == 0
    assert store.change() == change


def test_a_record_follows_the_data_and_goes_with_the_collection(store: Store) -> None:
    publish(store, roads(), (810000, 818000))
    bring_in_step(store)
    before = record(store, "roads").bbox
    publish(store, roads(title={"en": "All roads"}), (810000, 818000), (830000, 830000))
    assert bring_in_step(store) == 1
    after = record(store, "roads")
    assert after.title == {"en": "All roads"}
    assert before is not None
    assert after.bbox is not None
    assert after.bbox.maxx > before.maxx
    with store.transaction() as change:
        change.drop("roads")
    assert bring_in_step(store) == 1
    assert ids(store) == []


def test_a_collection_that_is_hidden_leaves_the_catalogue(store: Store) -> None:
    publish(store, roads(), (810000, 818000))
    bring_in_step(store)
    with store.transaction() as change:
        change.describe(replace(store.collection("roads"), public=False))
    bring_in_step(store)
    assert ids(store) == []


def test_an_edited_record_changes_what_the_collection_says_of_itself(store: Store) -> None:
    publish(store, roads(), (810000, 818000))
    bring_in_step(store)
    change_record(store, "roads", {"title": {"zh-Hant": "道路"}, "licence": "https://data.gov.hk/en/terms-and-conditions",
                                   "contacts": [{"organisation": {"zh_HK": "運輸署"}, "email": "a@td.gov.hk"}],
                                   "keywords": {"zh-Hant": ["運輸"]}}, replace_all=False)
    collection = store.collection("roads")
    assert collection.title == {"en": "Roads", "zh-Hant": "道路"}
    assert collection.licence == "https://data.gov.hk/en/terms-and-conditions"
    assert collection.keywords == ("transport", "運輸")
    assert collection.count == 1
    assert record(store, "roads").contacts[0].organisation == {"zh-Hant": "運輸署"}
    assert ids(store, text="運輸署") == ["roads"]


def settled(store: Store) -> None:
    for _ in range(4):
        if not bring_in_step(store):
            return
    pytest.fail("the catalogue does not come to rest")


def test_what_was_edited_outlives_a_new_publication_and_can_be_taken_back(store: Store) -> None:
    publish(store, roads(), (810000, 818000))
    settled(store)
    change_record(store, "roads", {"title": {"en": "Road network", "zh-Hant": "道路網"}, "update_frequency": "weekly"}, replace_all=False)
    settled(store)
    publish(store, roads(), (810000, 818000), (811000, 818000))
    settled(store)
    assert record(store, "roads").title == {"en": "Road network", "zh-Hant": "道路網"}
    assert store.collection("roads").title == {"en": "Road network", "zh-Hant": "道路網"}
    assert store.collection("roads").count == 2
    change_record(store, "roads", {"title": None}, replace_all=False)
    settled(store)
    assert record(store, "roads").title == {"en": "Roads"}
    assert record(store, "roads").update_frequency == "weekly"
    assert store.collection("roads").title == {"en": "Roads"}
    change_record(store, "roads", {}, replace_all=True)
    settled(store)
    assert record(store, "roads").update_frequency == ""


def test_a_new_title_in_the_file_shows_where_nobody_edited_it(store: Store) -> None:
    publish(store, roads(), (810000, 818000))
    settled(store)
    change_record(store, "roads", {"title": {"zh-Hant": "道路"}}, replace_all=False)
    settled(store)
    publish(store, roads(title={"en": "Streets"}), (810000, 818000))
    settled(store)
    assert record(store, "roads").title == {"en": "Streets", "zh-Hant": "道路"}


def test_stating_the_whole_record_as_it_is_changes_nothing(store: Store) -> None:
    from csdi.catalogue.document import read_yaml, to_document, write_yaml
    publish(store, roads(), (810000, 818000))
    settled(store)
    text = write_yaml(to_document(record(store, "roads")))
    after = change_record(store, "roads", read_yaml(text), replace_all=True)
    assert after.properties["changes"] in (None, {})
    changed = change_record(store, "roads", read_yaml(text.replace("Roads", "Roads of Lantau")), replace_all=True)
    assert {name for name in changed.properties["changes"] if name != "updated"} == {"title"}


def test_an_edit_of_a_record_that_changed_meanwhile_is_refused(store: Store) -> None:
    publish(store, roads(), (810000, 818000))
    settled(store)
    seen = record_feature(store, "roads").properties["digest"]

    def as_seen(digest: str, id: str) -> None:
        if digest != seen:
            raise PreconditionFailed(f"{id} has changed")

    change_record(store, "roads", {"lineage": "Surveyed in 2023"}, replace_all=False, check=as_seen)
    with pytest.raises(PreconditionFailed, match="roads has changed"):
        change_record(store, "roads", {"lineage": "Bought"}, replace_all=False, check=as_seen)
    assert record(store, "roads").lineage["en"] == "Surveyed in 2023"


@pytest.mark.parametrize(("given", "field"), [
    ({"crs": "EPSG:4326"}, "crs"), ({"id": "other"}, "id"), ({"titel": "x"}, "titel"), ({"title": 5.5, "epoch": "soon"}, "epoch"),
    ({"update_frequency": "sometimes"}, "update_frequency"), ({"contacts": [{"email": "a@b.hk"}]}, "contacts[0]"),
    ({"contacts": [{"name": "A", "email": "not one"}]}, "contacts[0].email"), ({"extent": {"bbox": [200, 0, 210, 1]}}, "extent.bbox"),
    ({"extent": {"bbox": [1, 2, 3]}}, "extent.bbox"), ({"extent": {"time": "yesterday"}}, "extent.time"), ({"title": {"!": "x"}}, "title.!"),
    ({"links": [{"href": "javascript:alert(1)"}]}, "links[0].href"), ({"topics": ["roads"]}, "topics[0]"),
    ({"height_datum": "EPSG:2326"}, "height_datum"), ({"contacts": {"name": "A"}}, "contacts"), ({"title": ["x"]}, "title"),
    ({"lineage": "a\x00b"}, "lineage"), ({"description": "x" * 20_001}, "description"), ({"extent": {"area": 1}}, "extent.area"),
])
def test_an_edit_that_cannot_be_is_refused_by_the_name_of_its_part_and_changes_nothing(store: Store, given: dict[str, Any], field: str) -> None:
    publish(store, roads(), (810000, 818000))
    settled(store)
    before = record_feature(store, "roads")
    with pytest.raises(ValueInvalid) as refused:
        change_record(store, "roads", given, replace_all=False)
    assert refused.value.data["field"] == field
    assert record_feature(store, "roads") == before


def test_a_title_cannot_be_taken_away_altogether(store: Store) -> None:
    publish(store, roads(title={}), (810000, 818000))
    settled(store)
    assert record(store, "roads").title == {"en": "roads"}


def test_a_record_that_is_not_there_is_named(store: Store) -> None:
    with pytest.raises(FeatureMissing, match="there is no record 'roads'"):
        change_record(store, "roads", {}, replace_all=True)


def test_a_record_in_the_store_is_the_record(store: Store) -> None:
    publish(store, roads(description={"zh-Hans": "机场道路"}), (810000, 818000))
    settled(store)
    given = {"epoch": 2021.5, "extent": {"place": {"zh-Hant": "大嶼山"}, "time": "2020-01-01/.."}, "topics": ["transportation"],
             "links": [{"href": "https://td.gov.hk/x.zip", "type": "application/zip"}], "height_datum": "EPSG:5738", "rights": "© 運輸署"}
    after = change_record(store, "roads", given, replace_all=False)
    found = of_feature(store.feature(CATALOGUE, "roads"))
    assert found == of_feature(after)
    assert isinstance(found, Record)
    assert found.interval is not None
    assert (found.epoch, found.place, found.interval.text) == (2021.5, {"zh-Hant": "大嶼山"}, "2020-01-01T00:00:00Z/..")
    assert found.height_datum == "EPSG:5738"
    assert ids(store, text="大屿山") == ["roads"]


def test_one_collection_that_cannot_be_described_does_not_take_the_catalogue_from_the_others(
        store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    publish(store, roads(), (810000, 818000))
    publish(store, roads(id="lots"), (810000, 818000))
    whole = keeping.derive
    monkeypatch.setattr(keeping, "derive", lambda collection: whole(collection) if collection.id == "roads" else 1 / 0)
    assert bring_in_step(store) == 1
    assert ids(store) == ["roads"]
    assert "collection lots has no record" in caplog.text


def test_readers_are_not_held_up_by_a_long_publication(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'site.gpkg'}")
    publish(store, roads(), (810000, 818000))
    keeper = Keeper(store)
    assert keeper.catch_up(10)
    publish(store, roads(id="lots"), (810000, 818000))
    began, end = threading.Event(), threading.Event()

    def long() -> None:
        with store.transaction():
            began.set()
            end.wait(20)

    publisher = threading.Thread(target=long)
    publisher.start()
    assert began.wait(10)
    assert not keeper.catch_up(0.2)
    assert ids(store) == ["roads"]
    end.set()
    publisher.join()
    assert keeper.catch_up(10)
    assert ids(store) == ["lots", "roads"]
    keeper.close()
    assert not steps(store)
    store.close()
