"""Setup: the extensions, functions and tables of an empty database, and the checks of one that is not."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import Connection

from csdi.errors import StoreIncompatible

STORE_VERSION = 1
"""Version of our tables, in `csdi.state`."""
LOCK = 0x63736469
"""Advisory lock of the one writer, and of setup."""

_DOOMED = 'CREATE TABLE IF NOT EXISTS csdi.doomed (name text COLLATE "C" PRIMARY KEY)'
"""Tables that no Collection has any more, and that somebody may still be reading."""

_SCALED_BOX = """
CREATE FUNCTION csdi.solid_box(shape geometry, low float8, high float8, scale float8) RETURNS cube LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  SELECT CASE WHEN shape IS NULL OR ST_IsEmpty(shape) THEN NULL ELSE cube(
    ARRAY[ST_XMin(shape) * scale, ST_YMin(shape) * scale, coalesce(low, -1e9)],
    ARRAY[ST_XMax(shape) * scale, ST_YMax(shape) * scale, coalesce(high, 1e9)]) END $$;
"""
"""A box whose x and y are multiplied, so that degrees weigh as much as metres of height."""

_TABLES = """
CREATE SCHEMA csdi;
CREATE TABLE csdi.state (one integer PRIMARY KEY CHECK (one = 1), version integer NOT NULL, change bigint NOT NULL);
CREATE TABLE csdi.collections (
  id text COLLATE "C" PRIMARY KEY, revision bigint NOT NULL, layout text NOT NULL, document text NOT NULL);
CREATE SEQUENCE csdi.table_number;
CREATE FUNCTION csdi.instant(value text) RETURNS timestamptz LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
  SET timezone = 'UTC' AS $$
BEGIN
  IF value !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}' THEN RETURN NULL; END IF;
  RETURN date_trunc('milliseconds', value::timestamptz);
EXCEPTION WHEN others THEN RETURN NULL;
END $$;
CREATE FUNCTION csdi.modulo(a float8, b float8) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT a - b * trunc(a / nullif(b, 0)) $$;
CREATE FUNCTION csdi.accenti(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT normalize(regexp_replace(normalize(value, NFD), '[\\u0300-\\u036F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u20D0-\\u20FF\\uFE20-\\uFE2F]',
                                  '', 'g'), NFC) COLLATE "C" $$;
CREATE FUNCTION csdi.casei(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT lower(value COLLATE {collation}) COLLATE "C" $$;
CREATE FUNCTION csdi.solid_box(shape geometry, low float8, high float8) RETURNS cube LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN shape IS NULL OR ST_IsEmpty(shape) THEN NULL ELSE cube(
    ARRAY[ST_XMin(shape), ST_YMin(shape), coalesce(low, -1e9)], ARRAY[ST_XMax(shape), ST_YMax(shape), coalesce(high, 1e9)]) END $$;
CREATE FUNCTION csdi.a_contains(a jsonb, b jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT CASE WHEN jsonb_typeof(a) = 'array' AND jsonb_typeof(b) = 'array' THEN a @> b END $$;
CREATE FUNCTION csdi.a_containedby(a jsonb, b jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT csdi.a_contains(b, a) $$;
CREATE FUNCTION csdi.a_equals(a jsonb, b jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT csdi.a_contains(a, b) AND csdi.a_contains(b, a) $$;
CREATE FUNCTION csdi.a_overlaps(a jsonb, b jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN jsonb_typeof(a) = 'array' AND jsonb_typeof(b) = 'array' THEN EXISTS (
    SELECT 1 FROM jsonb_array_elements(a) x JOIN jsonb_array_elements(b) y ON x.value = y.value) END $$;
"""


def prepare(connection: Connection[Any]) -> None:
    """Make what is missing and check what is there, in one transaction.

    Raises:
        StoreIncompatible: an extension that cannot be had, another encoding, or tables of another version.
    """
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        encoding = _one(connection, "SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()")
        if encoding != "UTF8":
            raise StoreIncompatible(f"the database has the encoding {encoding}, not UTF8",
                                    remedy="create it with ENCODING 'UTF8' TEMPLATE template0")
        for name in ("postgis", "cube"):
            _extension(connection, name)
        connection.execute(f"SET LOCAL search_path = {search_path(connection)}")
        if _one(connection, "SELECT to_regclass('csdi.state') IS NULL"):
            _make(connection)
        if _one(connection, "SELECT to_regclass('csdi.doomed') IS NULL"):
            connection.execute(_DOOMED.encode())
        if _one(connection, "SELECT to_regprocedure('csdi.solid_box(geometry, float8, float8, float8)') IS NULL"):
            connection.execute(_SCALED_BOX.encode())
        version = _one(connection, "SELECT version FROM csdi.state")
        if version != STORE_VERSION:
            raise StoreIncompatible(f"the database has version {version} of the store's tables, this program knows {STORE_VERSION}",
                                    remedy="use the program version that wrote it, or make a new database")


def search_path(connection: Connection[Any]) -> str:
    """Where the extensions live, so that their functions are found."""
    found = connection.execute("SELECT DISTINCT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n "
                               "ON n.oid = e.extnamespace WHERE e.extname IN ('postgis', 'cube') ORDER BY 1").fetchall()
    return ", ".join(["csdi", *(row[0] for row in found)])


def _extension(connection: Connection[Any], name: str) -> None:
    if _one(connection, "SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = %s)", name):
        return
    try:
        with connection.transaction():
            connection.execute(f"CREATE EXTENSION IF NOT EXISTS {name}".encode())
    except psycopg.Error as error:
        reason = str(error.diag.message_primary or error)
        raise StoreIncompatible(f"the database lacks the extension {name}: {reason}", extension=name,
                                remedy=f"install it on the server, then run as superuser: CREATE EXTENSION {name}") from error


def _make(connection: Connection[Any]) -> None:
    unicode_rules = _one(connection, "SELECT EXISTS (SELECT 1 FROM pg_collation WHERE collname = 'und-x-icu')")
    try:
        with connection.transaction():
            connection.execute(_TABLES.replace("{collation}", '"und-x-icu"' if unicode_rules else '"default"').encode())
            connection.execute("INSERT INTO csdi.state VALUES (1, %s, 0)", (STORE_VERSION,))
    except (psycopg.errors.DuplicateSchema, psycopg.errors.InsufficientPrivilege) as error:
        raise StoreIncompatible(f"the schema csdi cannot be made: {error.diag.message_primary}",
                                remedy="give the user CREATE on an otherwise unused database") from error


def _one(connection: Connection[Any], statement: str, *params: Any) -> Any:
    row = connection.execute(statement.encode(), params).fetchone()
    return row[0] if row else None
