"""PostgreSQL as a store: servers out of reach, databases that are not ours, and indexes that are used."""

from __future__ import annotations

import json
from dataclasses import replace

import psycopg
import pytest

from csdi.errors import StoreIncompatible, StoreUnavailable
from csdi.feature import Field
from csdi.query import Query
from csdi.store import open_store
from tests.contract.stores import EVERY_TYPE, as_geojson, collection, door, fill

pytestmark = pytest.mark.postgis


def test_a_server_out_of_reach_is_named_without_the_password() -> None:
    with pytest.raises(StoreUnavailable) as refused:
        open_store("postgresql://somebody:secret@127.0.0.1:1/nothing")
    assert "secret" not in str(refused.value)
    assert "127.0.0.1:1" in refused.value.message


def test_the_shown_url_has_no_password(postgres_database: str) -> None:
    store = open_store(postgres_database)
    assert "@127.0.0.1" in store.url
    assert store.url.partition("//")[2].partition("@")[0].count(":") == 0
    store.close()


def test_another_version_is_refused(postgres_database: str) -> None:
    open_store(postgres_database).close()
    with psycopg.connect(postgres_database) as server:
        server.execute("UPDATE csdi.state SET version = 99")
    with pytest.raises(StoreIncompatible, match="version 99"):
        open_store(postgres_database)


def test_a_schema_of_others_is_refused(postgres_database: str) -> None:
    with psycopg.connect(postgres_database) as server:
        server.execute("CREATE SCHEMA csdi")
    with pytest.raises(StoreIncompatible, match="schema csdi"):
        open_store(postgres_database)


def test_every_index_is_there_and_old_tables_are_gone(postgres_database: str) -> None:
    store = open_store(postgres_database)
    solid = collection(schema=EVERY_TYPE.__class__(EVERY_TYPE.fields, has_z=True), vertical_crs="EPSG:5738")
    for _ in range(3):
        fill(store, [door(n, name="水泵") for n in range(10)], solid)
    store.close()
    with psycopg.connect(postgres_database) as server:
        definitions = " ".join(r[0] for r in server.execute("SELECT indexdef FROM pg_indexes WHERE schemaname = 'csdi'").fetchall())
        tables = server.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'csdi' AND tablename LIKE 'doors%'").fetchone()
    for part in ("gist (geom)", "solid_box", "gin (csdi_words)", "FireRating", "(floor)"):
        assert part in definitions
    assert tables == (1,)


def test_indexes_follow_the_schema(postgres_database: str) -> None:
    """A field that comes to be indexed joins the indexes on several; one that ceases to be leaves them."""
    store = open_store(postgres_database)
    fill(store, [door(1)])
    made = store.collection("doors")

    def indexes(**indexed: bool) -> set[str]:
        fields = tuple(replace(field, indexed=indexed.get(field.name, field.indexed)) for field in made.schema)
        with store.transaction() as change:
            change.describe(replace(made, schema=replace(made.schema, fields=fields)))
        with psycopg.connect(postgres_database) as server:
            return {row[0].partition(" USING ")[2] for row in
                    server.execute("SELECT indexdef FROM pg_indexes WHERE schemaname = 'csdi' AND tablename LIKE 'doors%'").fetchall()}

    before = indexes()
    assert "btree (name, floor, built, seen, fid)" in before
    fewer = indexes(floor=False)
    assert "btree (name, built, seen, fid)" in fewer
    assert "btree (floor)" not in fewer
    assert indexes(floor=True) == before
    store.close()


def test_tables_without_ready_made_features_go_on(postgres_database: str) -> None:
    """As they were made before: the geometry as GeoJSON, the properties only in their columns."""
    store = open_store(postgres_database)
    fill(store, [door(n, name="水泵", floor=n, seen="2024-05-01T08:00:00.25Z") for n in range(3)])
    expected = as_geojson(store, "doors", Query())
    store.close()
    with psycopg.connect(postgres_database) as server:
        server.execute("ALTER TABLE csdi.doors_1 RENAME COLUMN csdi_head TO csdi_geojson")
        server.execute("UPDATE csdi.doors_1 SET csdi_geojson = (csdi_geojson || 'null}')::json->>'geometry'")
        server.execute("ALTER TABLE csdi.doors_1 DROP COLUMN csdi_tail")
        server.execute("UPDATE csdi.collections SET layout = jsonb_set(layout::jsonb #- '{own,head}' #- '{own,tail}', '{own,geojson}', "
                       "'\"csdi_geojson\"')::text, revision = 0")
    old = open_store(postgres_database)
    assert as_geojson(old, "doors", Query()) == expected
    assert json.loads(old.feature_json("doors", "d1", lambda _: None).body) == expected[1]
    made, feature = old.collection("doors"), old.feature("doors", "d1")
    with old.transaction() as change:
        change.describe(replace(made, schema=replace(made.schema, fields=(*made.schema.fields, Field("colour")))))
        change.write("doors", [replace(feature, id="d9")])
    again = as_geojson(old, "doors", Query())
    assert [one["properties"] for one in again] == [one["properties"] | {"colour": None} for one in (*expected, expected[1])]
    old.close()


def test_a_new_field_is_in_ready_made_features(postgres_database: str) -> None:
    store = open_store(postgres_database)
    made = fill(store, [door(1)])
    before = as_geojson(store, "doors", Query())[0]["properties"]
    with store.transaction() as change:
        change.describe(replace(made, schema=replace(made.schema, fields=(*made.schema.fields, Field("colour")))))
    assert as_geojson(store, "doors", Query())[0]["properties"] == before | {"colour": None}
    store.close()
