"""600 000 made-up buildings over Hong Kong with ten attributes, for benchmarks: the same every time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely

from csdi.collection import Collection
from csdi.feature import Feature, Field, FieldType, Schema

COUNT = 600_000
WEST, SOUTH, EAST, NORTH = 803_000.0, 806_000.0, 858_000.0, 845_000.0
"""Where they stand, metres in EPSG:2326."""
_KINDS = ("residential", "commercial", "industrial", "government", "school", "hospital", "hotel", "car park")
_STREETS = ("Nathan Road", "Queen's Road", "彌敦道", "皇后大道", "King's Road", "英皇道", "Castle Peak Road", "青山公路")
_BATCH = 20_000

SCHEMA = Schema((
    Field("name", text=True), Field("kind", indexed=True), Field("storeys", FieldType.INTEGER),
    Field("height", FieldType.NUMBER, indexed=True), Field("year", FieldType.INTEGER), Field("area", FieldType.NUMBER), Field("street"),
    Field("house", FieldType.INTEGER),
    Field("listed", FieldType.BOOLEAN), Field("surveyed", FieldType.DATE)), "polygon")


def collection(id: str = "buildings") -> Collection:
    """The Collection, in EPSG:2326."""
    return Collection(id, {"en": "Buildings", "zh-Hant": "建築物"}, SCHEMA, storage_crs="EPSG:2326")


def buildings(count: int = COUNT, seed: int = 2326) -> Iterator[Feature]:
    """Polygons of 5 to 13 vertices, 6 to 60 m across, in no spatial order. EPSG:2326, easting first."""
    rng = np.random.default_rng(seed)
    for first in range(0, count, _BATCH):
        yield from _some(rng, first, min(_BATCH, count - first))


def _some(rng: np.random.Generator, first: int, count: int) -> Iterator[Feature]:
    corners = rng.integers(5, 14, count)
    part = np.repeat(np.arange(count), corners)
    turn = (np.arange(len(part)) - np.repeat(np.cumsum(corners) - corners, corners)) / corners[part] * 2 * np.pi
    radius = np.exp(rng.normal(np.log(11), 0.45, count))[part] * rng.uniform(0.75, 1.25, len(part))
    centre = rng.uniform((WEST, SOUTH), (EAST, NORTH), (count, 2))[part]
    rings = shapely.linearrings(centre + radius[:, None] * np.column_stack([np.cos(turn), np.sin(turn)]), indices=part)
    shapes = shapely.polygons(rings)
    heights, areas = np.round(rng.gamma(2.0, 15.0, count), 1), np.round(shapely.area(shapes), 2)
    numbers = rng.integers(0, 1 << 30, (count, 5))
    for i, shape in enumerate(shapes):
        kind, street, house, year, day = (int(n) for n in numbers[i])
        yield Feature(str(first + i), shape, {
            "name": f"Building {first + i} 大廈", "kind": _KINDS[kind % 8], "storeys": int(heights[i] // 3) + 1,
            "height": float(heights[i]), "year": 1950 + year % 75, "area": float(areas[i]), "street": _STREETS[street % 8],
            "house": house % 900 + 1,
            "listed": house % 50 == 0, "surveyed": f"20{day % 24:02d}-{day % 12 + 1:02d}-{day % 28 + 1:02d}"})
