"""Sensors and equipment in the open: airfield lights, weather and tide sensors, cameras, lamp posts. A CSV with E and N."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import shapely
from shapely import LineString, Point

from sample_models.gis_files import Layer, Names, geometries
from sample_models.gis_ground import AIRFIELD, heights, platform
from sample_models.gis_roads import WIDTH_M, road_plan
from sample_models.gis_runways import bands
from sample_models.layout import Layout

LAMP_SPACING_M = 45.0
LIGHT_SPACING_M = 60.0


class Kind(NamedTuple):
    """A class of asset: names, height of its head above the ground, and what it observes, if anything."""

    key: str
    name_en: str
    name_tc: str
    above_ground_m: float
    observes: str = ""
    unit: str = ""


_KINDS = {
    kind.key: kind
    for kind in (
        Kind("runway-light", "Runway edge light", "跑道邊燈", 0.35),
        Kind("papi", "Precision approach path indicator", "精確進近航道指示器", 0.9),
        Kind("wind-cone", "Wind cone", "風向袋", 6.0),
        Kind("anemometer", "Anemometer", "風速計", 10.0, "wind speed", "m/s"),
        Kind("transmissometer", "Transmissometer", "能見度儀", 2.5, "runway visual range", "m"),
        Kind("noise-monitor", "Noise monitor", "噪音監測器", 4.0, "sound level", "dB(A)"),
        Kind("tide-gauge", "Tide gauge", "潮位計", 2.0, "sea level", "mPD"),
        Kind("settlement-marker", "Settlement marker", "沉降監測點", 0.1, "settlement", "mm"),
        Kind("camera", "Camera", "攝影機", 8.0),
        Kind("lamp-post", "Smart lamp post", "智慧燈柱", 9.0, "illuminance", "lx"),
    )
}


def assets(layout: Layout) -> Layer:
    """All assets as points with easting, northing and height in columns of their own."""
    rows = list(_assets(layout))
    plan = np.array([point for _, point in rows])
    above = np.array([_KINDS[key].above_ground_m for key, _ in rows])
    level = (heights(plan[:, 0], plan[:, 1]) + above).round(3)
    counts: dict[str, int] = {}
    numbers = [counts.setdefault(key, 0) or 0 for key, _ in rows]
    for i, (key, _) in enumerate(rows):
        counts[key] += 1
        numbers[i] = counts[key]
    kinds = [_KINDS[key] for key, _ in rows]
    installed = [date(2016, 3, 1) + timedelta(days=53 * i % 3500) for i in range(len(rows))]
    return Layer(
        "assets", "assets.csv", Names("Sensors and equipment", "感測器及設備", "传感器及设备"),
        "Sensors and outdoor equipment as a table: easting and northing in EPSG:2326, height of the head in mPD.",
        ("asset", "sensor", "equipment", "感測器"),
        geometries([Point(xy) for xy in plan]),
        {
            "asset_id": [f"{kind.key.upper()}-{n:05d}" for kind, n in zip(kinds, numbers, strict=True)],
            "class": [kind.key for kind in kinds],
            "name_en": [f"{kind.name_en} {n}" for kind, n in zip(kinds, numbers, strict=True)],
            "name_tc": [f"{kind.name_tc}{n}號" for kind, n in zip(kinds, numbers, strict=True)],
            "easting": [f"{e:.3f}" for e in plan[:, 0]],
            "northing": [f"{n:.3f}" for n in plan[:, 1]],
            "height_mpd": [f"{h:.3f}" for h in level],
            "installed": [day.isoformat() for day in installed],
            "status": ["in service" if i % 41 else "under repair" for i in range(len(rows))],
            "observes": [kind.observes for kind in kinds],
            "unit": [kind.unit for kind in kinds],
        },
        heights="HKPD",
    )  # fmt: skip


def _assets(layout: Layout) -> Iterator[tuple[str, tuple[float, float]]]:
    yield from _on_airfield(layout)
    yield from _on_shore()
    for road in road_plan(layout):
        if road.kind in ("local", "distributor", "primary"):
            yield from (("lamp-post", p) for p in _beside(road.line, WIDTH_M[road.kind] / 2 + 1.0, LAMP_SPACING_M))
        if road.kind == "primary":
            yield from (("camera", p) for p in _beside(road.line, -WIDTH_M[road.kind] / 2 - 1.0, 300.0))


def _on_airfield(layout: Layout) -> Iterator[tuple[str, tuple[float, float]]]:
    spacing = LIGHT_SPACING_M / min(1.0, max(layout.scale, 0.2))
    for band in bands(layout):
        for along in np.arange(0.0, band.length_m + 1.0, spacing):
            for side in (-32.0, 32.0):
                yield "runway-light", band.point(float(along), side)
        for along in (300.0, band.length_m - 300.0):
            yield "papi", band.point(along, 45.0)
            yield "wind-cone", band.point(along, -100.0)
            yield "anemometer", band.point(along, -115.0)
        for share in (0.1, 0.5, 0.9):
            yield "transmissometer", band.point(share * band.length_m, 120.0)
    for along in range(-2000, 2001, 500):
        for across in (-450, 350, 1400):
            east, north = AIRFIELD.to_grid([(along, across)])[0]
            yield "settlement-marker", (float(east), float(north))


def _on_shore() -> Iterator[tuple[str, tuple[float, float]]]:
    shore = platform().buffer(-6.0).exterior
    for index in range(24):
        point = shapely.line_interpolate_point(shore, index / 24, normalized=True)
        yield ("tide-gauge" if index % 8 == 0 else "noise-monitor"), (point.x, point.y)


def _beside(line: LineString, offset_m: float, spacing_m: float) -> Iterator[tuple[float, float]]:
    side = shapely.offset_curve(line, offset_m, join_style="mitre")
    for distance in np.arange(spacing_m / 2, side.length, spacing_m):
        point = shapely.line_interpolate_point(side, distance)
        yield point.x, point.y
