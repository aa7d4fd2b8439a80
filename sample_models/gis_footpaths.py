"""Footpaths: where people walk on the landside, from the entrances of the terminal to the car park and the approach road."""

from __future__ import annotations

from typing import NamedTuple

from shapely import LineString

from sample_models.gis_files import LONLAT, Layer, Names, geometries
from sample_models.layout import Layout, Point

APART_M = 6.0
"""Of the forecourt's pavement from the facade."""
_TAXI_RANK_X = 160.0
_APPROACH_X = 310.0
_WIDTH_M = {"footway": 6.0, "crossing": 4.0, "covered walkway": 3.5}


class Footpath(NamedTuple):
    """One footpath by its centre line, terminal frame."""

    kind: str
    name_en: str
    name_tc: str
    line: tuple[Point, ...]


def footpath_plan(layout: Layout) -> list[Footpath]:
    """The pavement before the public halls, and what leads from it; they meet end to end."""
    main, park = layout.wing("main"), layout.car_park
    kerb, half = main.length / 2 + APART_M, main.width / 2
    quarter, middle, gate = (kerb, half / 2), (kerb, 0.0), (park.start[0] + park.length / 2, park.start[1] - park.width / 2)
    corner, aside = (kerb, half), (kerb, gate[1] - APART_M)
    rank = (max(_TAXI_RANK_X, kerb + 18.0), 0.0)
    return [
        Footpath("footway", "Forecourt Pavement South", "客運大樓前廣場南行人路", ((kerb, -half), (kerb, -half / 2), middle)),
        Footpath("footway", "Forecourt Pavement North", "客運大樓前廣場北行人路", (middle, quarter, corner)),
        Footpath("covered walkway", "Car Park 4 Walkway", "四號停車場有蓋行人通道", (corner, aside, (gate[0], aside[1]), gate)),
        Footpath("crossing", "Taxi Rank Crossing", "的士站過路處", (middle, rank)),
        Footpath("footway", "Approach Road Footway", "客運大樓通道行人路", (rank, (_APPROACH_X, 0.0))),
    ]


def footpaths(layout: Layout) -> Layer:
    """Centre lines of all footpaths."""
    rows = footpath_plan(layout)
    return Layer(
        "footpaths", "footpaths.geojson", Names("Footpaths", "行人路", "人行道"),
        "Centre lines of where people walk outside the buildings, without heights.",
        ("pedestrian", "transport", "行人"),
        geometries([LineString([layout.to_grid(*point) for point in row.line]) for row in rows]),
        {
            "path_id": [f"FP-{i:04d}" for i in range(1, len(rows) + 1)],
            "name_en": [row.name_en for row in rows],
            "name_tc": [row.name_tc for row in rows],
            "class": [row.kind for row in rows],
            "width_m": [_WIDTH_M[row.kind] for row in rows],
            "lit": [True] * len(rows),
        },
        crs=LONLAT,
    )  # fmt: skip
