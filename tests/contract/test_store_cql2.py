"""The predicates of CQL2's abstract test suite, with their published counts, on every store."""

from __future__ import annotations

import csv
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely

from csdi.collection import Collection
from csdi.feature import Feature, Field, FieldType, Schema
from csdi.filter import parse, parse_json, to_json, to_text
from csdi.query import Query
from csdi.store import Store, open_store
from tests.contract.stores import KINDS
from tests.services import drop_database, fresh_database

CORPUS = Path(os.environ.get("CSDI_CORPUS", Path(__file__).parents[3] / "shared" / "data")) / "cql2"
pytestmark = [pytest.mark.corpus, pytest.mark.skipif(not CORPUS.is_dir(), reason=f"no CQL2 corpus at {CORPUS}: set CSDI_CORPUS")]

DISPUTED = {"ACCENTI(name) LIKE accenti('Ch%')": 3, "ACCENTI(CASEI(name)) LIKE accenti(casei('Chiș%'))": 1,
            "ACCENTI(CASEI(name)) LIKE accenti(casei('cHis%'))": 1}
"""Counts that contradict the published data, which has Chișinău, Chicago and Chengdu: opengeospatial/ogcapi-features#1011.
What the data says is asked for instead."""

_TYPES = {"TEXT": FieldType.STRING, "REAL": FieldType.NUMBER, "DOUBLE": FieldType.NUMBER, "INTEGER": FieldType.INTEGER,
          "MEDIUMINT": FieldType.INTEGER, "DATE": FieldType.DATE, "DATETIME": FieldType.DATETIME, "BOOLEAN": FieldType.BOOLEAN}
_ENVELOPES = (0, 32, 48, 48, 64)


def predicates() -> list[dict[str, str]]:
    file = CORPUS / "predicates.csv"
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines())) if file.exists() else []


@pytest.fixture(scope="module", params=KINDS)
def natural_earth(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    url, server = "memory:", ""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('cql2')}/site.gpkg"
    elif request.param == "postgis":
        server = str(request.getfixturevalue("postgres_url"))
        url = fresh_database(server)
    store = open_store(url)
    source = sqlite3.connect(f"file:{CORPUS / 'ne110m4cql2.gpkg'}?mode=ro&immutable=1", uri=True)
    source.row_factory = sqlite3.Row
    for (table,) in source.execute("SELECT table_name FROM gpkg_contents").fetchall():
        _publish(store, source, table)
    source.close()
    yield store
    store.close()
    if server:
        drop_database(server, url)


def _publish(store: Store, source: sqlite3.Connection, table: str) -> None:
    columns = [row for row in source.execute(f"PRAGMA table_info({table})") if row["name"] not in ("fid", "geom")]
    fields = tuple(Field(c["name"], _TYPES[c["type"].partition("(")[0]]) for c in columns)
    with store.transaction() as change:
        change.replace(Collection(table, {"en": table}, Schema(fields)),
                       (_feature(row, fields) for row in source.execute(f"SELECT * FROM {table}")))


def _feature(row: sqlite3.Row, fields: tuple[Field, ...]) -> Feature:
    blob = row["geom"]
    properties: dict[str, Any] = {f.name: row[f.name] for f in fields}
    for field in fields:
        if field.type is FieldType.BOOLEAN and properties[field.name] is not None:
            properties[field.name] = bool(properties[field.name])
    return Feature(str(row["fid"]), shapely.from_wkb(blob[8 + _ENVELOPES[(blob[3] >> 1) & 7]:]), properties)


def test_all_predicates_give_their_counts(natural_earth: Store) -> None:
    wrong = {}
    for row in predicates():
        expected = DISPUTED.get(row["filter"], int(row["expected_count"]))
        found = natural_earth.count(row["collection"], Query(filter=parse(row["filter"])))
        if found != expected:
            wrong[row["filter"]] = (found, expected)
    assert not wrong
    assert len(predicates()) == 160


def test_negated_predicates_give_the_rest_but_for_nulls(natural_earth: Store) -> None:
    for row in predicates():
        matched = natural_earth.count(row["collection"], Query(filter=parse(row["filter"])))
        negated = natural_earth.count(row["collection"], Query(filter=parse(f"NOT ({row['filter']})")))
        assert matched + negated <= natural_earth.collection(row["collection"]).count


@pytest.mark.parametrize("row", predicates(), ids=lambda row: row["filter"][:60])
def test_predicates_are_written_as_they_are_read(row: dict[str, str]) -> None:
    tree = parse(row["filter"])
    assert parse(to_text(tree)) == tree
    assert parse_json(to_json(tree)) == tree
