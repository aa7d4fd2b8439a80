"""The contract of every store: a box finds what meets it, also shapes whose own box meets it where they do not."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from csdi.collection import Collection
from csdi.extent import BBox
from csdi.feature import Feature, Field, FieldType, Schema
from csdi.filter import parse
from csdi.query import Query
from csdi.store import Store
from tests.contract.stores import store, store_url

__all__ = ["store", "store_url"]

LEVELS = Schema((Field("base", FieldType.NUMBER), Field("top", FieldType.NUMBER), Field("kind", indexed=True), Field("state", indexed=True)),
                geometry="geometry", levels=("base", "top"))


def shapes(chance: np.random.Generator, count: int, unit: float, at: tuple[float, float]) -> list[shapely.Geometry]:
    """Hooks, lines and pairs of points: they fill little of their boxes."""
    made = []
    for number in range(count):
        x, y = np.array(at) + chance.uniform(0, 100, 2) * unit
        w, h = chance.uniform(0.1, 30, 2) * unit
        hook = shapely.Polygon([(x, y), (x + w, y), (x + w, y + h), (x + w * 0.9, y + h), (x + w * 0.9, y + h * 0.1), (x, y + h * 0.1)])
        line = shapely.LineString([(x, y), (x + w, y + h * 0.05), (x + w * 0.02, y + h)])
        made.append((hook, line, shapely.MultiPoint([(x, y + h), (x + w, y)]))[number % 3])
    return made


@pytest.mark.parametrize(("crs", "unit", "at"), [("EPSG:2326", 1.0, (811_000.0, 819_000.0)), ("OGC:CRS84", 1e-5, (113.9, 22.3))])
def test_a_box_with_heights_finds_what_meets_it(store: Store, crs: str, unit: float, at: tuple[float, float]) -> None:
    chance = np.random.default_rng(11)
    made = shapes(chance, 400, unit, at)
    base = np.round(chance.uniform(-20, 60, 400), 3)
    top = base + np.round(chance.uniform(0, 6, 400), 3)
    kind, state = chance.integers(0, 4, 400), chance.integers(0, 3, 400)
    with store.transaction() as change:
        change.replace(Collection("parts", {"en": "Parts"}, LEVELS, crs, "EPSG:5738"), [
            Feature(f"{n}", shape, {"base": float(base[n]), "top": float(top[n]), "kind": f"k{kind[n]}", "state": f"s{state[n]}"})
            for n, shape in enumerate(made)])
    for number in range(60):
        x, y = np.array(at) + chance.uniform(0, 110, 2) * unit
        w, h = chance.uniform(0.5, 40, 2) * unit
        low = float(base[number]) if number % 2 else float(chance.uniform(-25, 60))  # also heights that are just those of a part
        high = float(top[number + 9]) if number % 3 == 0 and top[number + 9] >= low else low + 5.0
        meets = shapely.intersects(made, shapely.box(x, y, x + w, y + h)) & (base <= high) & (top >= low)
        box = BBox(x, y, x + w, y + h, low, high, crs)
        for text, fits in ((None, meets), ("kind = 'k1'", meets & (kind == 1)), ("kind <> 'k1' AND state = 's2'", meets & (kind != 1) & (state == 2))):
            page = store.search("parts", Query(bbox=box, filter=parse(text) if text else None, limit=7))
            expected = [str(n) for n in np.flatnonzero(fits)]
            assert [one.id for one in page.features] == expected[:7]
            assert page.matched == len(expected)
