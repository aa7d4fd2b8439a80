"""SQL functions in Python that our connections know: GeoPackage's ST_..., spatial predicates, CQL2's text and arrays."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from csdi.filter import evaluate
from csdi.filter.nearness import Place, Solid
from csdi.filter.terms import ARRAYS, SPATIAL
from csdi.store.sqlite import blob


def register(connection: sqlite3.Connection) -> None:
    """Make the functions known to a connection."""
    def add(name: str, count: int, function: Callable[..., Any]) -> None:
        connection.create_function(name, count, _strict(function), deterministic=True)

    envelope = lru_cache(maxsize=1)(blob.envelope)  # a trigger asks all four of the same geometry
    for index, name in enumerate(("ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY")):
        add(name, 1, lambda b, index=index: box[index] if (box := envelope(b)) else None)
    add("ST_IsEmpty", 1, lambda b: int(blob.is_empty(b)))
    for name in SPATIAL:
        add(f"csdi_{name}", 2, lambda a, b, name=name: int(evaluate.spatial(name, _geometry(a), _geometry(b))))
    for name in ARRAYS:
        add(f"csdi_{name}", 2, lambda a, b, name=name: evaluate.arrays(name, json.loads(a), json.loads(b)))
    add("csdi_casei", 1, evaluate.casei)
    add("csdi_accenti", 1, evaluate.accenti)
    add("csdi_div", 2, evaluate.whole_divide)
    add("csdi_mod", 2, evaluate.modulo)
    add("csdi_pow", 2, evaluate.power)
    add("csdi_number", 1, repr)
    add("csdi_apart", 8, _apart)


def _strict(function: Callable[..., Any]) -> Callable[..., Any]:
    """NULL in, NULL out."""
    def strict(*args: Any) -> Any:
        return None if None in args else function(*args)
    return strict


def _apart(shape: bytes, west: float, south: float, east: float, north: float, mx: float, my: float, dz: float) -> float | None:
    """The square of the metres between the box of a stored geometry and another, which are `dz` apart in height."""
    own = Solid.around(blob.one(shape), 0.0)
    return None if own is None else Place(Solid(west, south, 0.0, east, north, 0.0), (mx, my)).distance(own) ** 2 + dz * dz


def _geometry(value: bytes) -> BaseGeometry:
    """A stored geometry, or a literal: those come again for every row, so they are kept prepared."""
    return blob.one(value) if value[:2] == b"GP" else _literal(value)


@lru_cache(maxsize=64)
def _literal(wkb: bytes) -> BaseGeometry:
    geometry = shapely.from_wkb(wkb)
    shapely.prepare(geometry)
    return geometry
