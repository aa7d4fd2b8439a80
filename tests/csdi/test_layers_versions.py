"""Publishing again: what stays keeps its id and its beginning, what ends can be asked for by time and by version."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from csdi import history
from csdi.blobs import Blobs
from csdi.errors import CollectionMissing
from csdi.feature import Feature
from csdi.history import AsOf
from csdi.layers import LayerOptions, LayerResult, add_layers, drop_layer, versions_of
from csdi.query import Query
from csdi.store import Store, open_store

Row = tuple[str, float, float, str]
ONE: list[Row] = [("水泵房", 22.31, 113.93, "2024-01-01"), ("機場客運大樓", 22.315, 113.935, "1998-07-06"), ("井", 22.32, 113.94, "")]


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return open_store("memory:" if request.param == "memory" else f"sqlite:///{tmp_path}/site.gpkg")


@pytest.fixture
def publish(store: Store, tmp_path: Path) -> Callable[..., LayerResult]:
    def run(rows: list[Row], header: str = "name,lat,lon,built", **options: object) -> LayerResult:
        with (tmp_path / "assets.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header.split(","), *rows])
        (result,) = add_layers(store, Blobs(f"file://{tmp_path}/blobs"), tmp_path / "assets.csv",
                               LayerOptions(**options))  # type: ignore[arg-type]
        assert result.result == "published", result.error
        return result
    return run


def names(features: list[Feature]) -> dict[str, str]:
    return {f.id: str(f.properties["name"]) for f in features}


def then(store: Store, as_of: AsOf, query: Query | None = None) -> dict[str, str]:
    return names(history.search(store, store.collection("assets"), query or Query(limit=100), as_of).features)


def test_a_row_put_in_between_ends_nothing(store: Store, publish: Callable[..., LayerResult]) -> None:
    publish(ONE)
    before = names(store.search("assets", Query()).features)
    publish([ONE[0], ("新", 22.33, 113.95, "2025-01-01"), *ONE[1:]])
    after = names(store.search("assets", Query()).features)
    assert {id: after[id] for id in before} == before
    assert [(v["version"], v["count"], v.get("began"), v.get("ended")) for v in versions_of(store, "assets")] == [(1, 3, 3, 0), (2, 4, 1, 0)]


def test_the_state_before_is_given_by_time_and_by_version(store: Store, publish: Callable[..., LayerResult]) -> None:
    publish(ONE)
    time.sleep(0.01)
    middle = datetime.now(UTC)
    time.sleep(0.01)
    publish([ONE[0], ("機場客運大樓 (T1)", *ONE[1][1:])])
    assert sorted(names(store.search("assets", Query()).features).values()) == ["機場客運大樓 (T1)", "水泵房"]
    for as_of in (AsOf(moment=middle), AsOf(version=1)):
        assert sorted(then(store, as_of).values()) == ["井", "機場客運大樓", "水泵房"]
    assert sorted(then(store, AsOf(version=2)).values()) == ["機場客運大樓 (T1)", "水泵房"]
    assert [(v["began"], v["ended"]) for v in versions_of(store, "assets")] == [(3, 0), (1, 2)]


def test_the_same_file_again_is_no_new_version(store: Store, publish: Callable[..., LayerResult]) -> None:
    publish(ONE)
    publish(ONE)
    publish(ONE, title={"en": "Assets"})
    assert [v["version"] for v in versions_of(store, "assets")] == [1]
    assert store.collection("assets").title == {"en": "Assets"}


def test_states_of_five_versions_are_all_kept(store: Store, publish: Callable[..., LayerResult]) -> None:
    states = []
    for version in range(1, 6):
        rows = [(f"燈 {i}", 22.3 + i / 1000, 113.9, f"v{version if i % version == 0 else 1}") for i in range(20 + version)]
        publish(rows)
        states.append(sorted((r[0], r[3]) for r in rows))
    for version, state in enumerate(states, start=1):
        found = history.search(store, store.collection("assets"), Query(limit=100), AsOf(version=version))
        assert sorted((str(f.properties["name"]), str(f.properties["built"])) for f in found.features) == state
        assert found.matched == len(state)
    ids = [f.id for f in store.search("assets", Query(limit=100)).features]
    assert len(set(ids)) == 25


def test_columns_may_come_go_and_change_their_type(store: Store, publish: Callable[..., LayerResult]) -> None:
    publish([("a", 22.3, 113.9, "5"), ("b", 22.4, 113.9, "6")])
    publish([("a", 22.3, 113.9, "five"), ("b", 22.4, 113.9, "six")], header="name,lat,lon,built")
    publish([("a", 22.3, 113.9, "7")], header="name,lat,lon,floors")
    assert sorted(then(store, AsOf(version=1)).values()) == sorted(then(store, AsOf(version=2)).values()) == ["a", "b"]
    assert [f.properties["floors"] for f in store.search("assets", Query()).features] == [7]


def test_another_crs_begins_the_history_anew_and_says_so(store: Store, publish: Callable[..., LayerResult]) -> None:
    publish(ONE)
    publish(ONE[:1])
    result = publish([("a", 819000.0, 811000.0, "")], header="name,N,E,built", crs="EPSG:2326")
    assert "history-ended" in [f.code for f in result.findings]
    assert [v["version"] for v in versions_of(store, "assets")] == [1]
    assert not history.is_versioned(store.collection("assets"))
    assert [c.id for c in store.collections()] == ["assets"]


def test_a_withdrawn_layer_takes_its_history_with_it(store: Store, publish: Callable[..., LayerResult]) -> None:
    publish(ONE)
    publish(ONE[:1])
    drop_layer(store, "assets")
    assert not store.collections()
    with pytest.raises(CollectionMissing):
        versions_of(store, "assets")


def test_a_result_and_the_versions_are_json(store: Store, publish: Callable[..., LayerResult]) -> None:
    json.dumps(publish(ONE).to_dict())
    json.dumps(versions_of(store, "assets"))
