"""Stores to test: one of each kind, empty, and Collections with real words in them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely

from csdi.collection import Collection
from csdi.feature import Feature, Field, FieldType, Schema
from csdi.query import Query
from csdi.store import Reader, Store, open_store

KINDS = ["memory", "sqlite", pytest.param("postgis", marks=pytest.mark.postgis)]


@pytest.fixture(params=KINDS)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "memory":
        return "memory:"
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/site.gpkg"
    return str(request.getfixturevalue("postgres_database"))


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()


@pytest.fixture
def another(store: Store, store_url: str) -> Iterator[Callable[[], Store]]:
    """Opens the same store a second time, as another process would."""
    if not store.capabilities.many_processes:
        pytest.skip("this store lives in one process")
    opened: list[Store] = []

    def again() -> Store:
        opened.append(open_store(store_url))
        return opened[-1]

    yield again
    for one in opened:
        one.close()


EVERY_TYPE = Schema((
    Field("name", text=True, indexed=True),
    Field("note", text=True),
    Field("floor", FieldType.INTEGER, indexed=True),
    Field("height", FieldType.NUMBER, unit="m"),
    Field("open", FieldType.BOOLEAN),
    Field("built", FieldType.DATE, indexed=True),
    Field("seen", FieldType.DATETIME, indexed=True),
    Field("psets", FieldType.JSON),
    Field("tags", FieldType.JSON),
    Field("fire", FieldType.STRING, path=("psets", "Pset_DoorCommon", "FireRating"), indexed=True),
    Field("width", FieldType.NUMBER, path=("psets", "Qto", "Width")),
    Field("checked", FieldType.DATETIME, path=("psets", "Check", "at"), indexed=True),
    Field("smart", FieldType.BOOLEAN, path=("psets", "Pset_DoorCommon", "Smart")),
))


def collection(id: str = "doors", schema: Schema = EVERY_TYPE, **more: Any) -> Collection:
    return Collection(id, {"en": "Doors", "zh-Hant": "門"}, schema, **more)


def nothing(schema: Schema = EVERY_TYPE) -> dict[str, Any]:
    """Properties that are all null."""
    return dict.fromkeys(f.name for f in schema.stored)


def door(number: int, **properties: Any) -> Feature:
    """A point feature; unnamed properties are null."""
    geometry = properties.pop("geometry", shapely.Point(113.9 + number * 0.001, 22.3))
    return Feature(f"d{number}", geometry, nothing() | properties)


def fill(store: Store, features: list[Feature], made: Collection | None = None) -> Collection:
    made = made or collection()
    with store.transaction() as change:
        change.replace(made, features)
    return store.collection(made.id)


def as_geojson(store: Reader, id: str, query: Query) -> list[dict[str, Any]]:
    """The Features of a page that the store puts together as GeoJSON; what it says of their number is right."""
    page = store.search_json(id, query)
    features: list[dict[str, Any]] = json.loads(b"[" + page.body + b"]")
    assert len(features) == page.returned
    return features


def varied(count: int, seed: int = 1) -> list[Feature]:
    """Features with many ties and nulls."""
    chance = random.Random(seed)
    names = ["水泵", "風機", "Pump", "pump", "Zähler", "", None, "Ärmel", "機場客運大樓", "a'b", '"quoted"', "100%", "a_b", "é"]
    moments = ["2024-05-01T08:00:00Z", "2024-05-01T08:00:00.500Z", "2023-12-31T16:00:00Z", "2024-05-01T08:00:00.000250Z", None]
    return [door(n, name=chance.choice(names), note=chance.choice(names), floor=chance.choice([None, 0, 1, 2, -3, 2**53 + 1]),
                 height=chance.choice([None, 0.1, 0.2, 2.5, -1e-9, 1e300]), open=chance.choice([None, True, False]),
                 built=chance.choice([None, "1998-07-06", "2024-02-29", "2007-01-01"]), seen=chance.choice(moments),
                 psets=chance.choice([None, {}, {"Pset_DoorCommon": {"FireRating": chance.choice(["FRR60", "", 60, None]),
                                                                     "Smart": chance.choice([True, 1, "yes"])},
                                                 "Qto": {"Width": chance.choice([0.9, 1, "wide", None])},
                                                 "Check": {"at": chance.choice(["2024-05-01T16:00:00+08:00", "soon", 7])}}]),
                 tags=chance.choice([None, [], ["a"], ["a", "b"], ["b", 1, True], "a", {"a": 1}]),
                 geometry=chance.choice([None, shapely.Point(chance.uniform(113, 115), chance.uniform(22, 23)),
                                         shapely.box(113, 22, 114, 22.5), shapely.Point()]))
            for n in range(count)]
