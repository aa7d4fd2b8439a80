"""Roads: the airport's own, the link over the channel and the streets of the town, EPSG:2326."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from shapely import LineString

from sample_models.gis_files import LONLAT, Layer, Names, geometries
from sample_models.gis_ground import AIRFIELD, TOWN, Array, Frame, platform, shore_north
from sample_models.gis_runways import rounded
from sample_models.gis_town import streets
from sample_models.layout import AXIS_BEARING_DEG, Layout


class Road(NamedTuple):
    """One road section by its centre line."""

    kind: str
    name_en: str
    name_tc: str
    line: LineString


LANES = {"expressway": 6, "primary": 4, "distributor": 2, "local": 2, "airside": 2}
WIDTH_M = {"expressway": 24.0, "primary": 15.0, "distributor": 10.5, "local": 8.0, "airside": 9.0}
SPEED_KMH = {"expressway": 80, "primary": 70, "distributor": 50, "local": 50, "airside": 40}

_TERMINAL_ROADS = (  # terminal frame
    ("primary", "Airport Road", "機場路",
     [(1000, -225), (345, -225), (142, -170), (142, 160), (142, 218), (330, 232), (620, 232), (960, 255), (1040, 60), (1000, -225)]),
    ("primary", "Terminal Approach", "客運大樓通道", [(330, -221), (316, -180), (316, 120), (330, 232)]),
    ("distributor", "Sky Walk Road", "天際廊路", [(598, -225), (598, 60), (598, 232)]),
    ("distributor", "Exhibition Road", "展覽路", [(598, 60), (1030, 60)]),
    ("distributor", "Logistics Road", "物流路", [(345, -225), (345, -385), (560, -400), (1010, -395), (1000, -225)]),
    ("distributor", "North Car Park Road", "北停車場路", [(142, 218), (142, 385), (330, 395), (520, 395), (520, 232)]),
)  # fmt: skip
_AIRFIELD_ROADS = (  # airfield frame
    ("primary", "South Cargo Road", "南貨運路",
     [(3187, -225), (3280, -700), (3080, -1150), (2360, -1180), (2180, -1180), (1960, -1460), (880, -1480)]),
    ("distributor", "Maintenance Road", "維修區路", [(2360, -1180), (2340, -1360), (2900, -1365), (3040, -1150)]),
    ("distributor", "Fuel Farm Road", "燃油庫路", [(3187, 232), (2880, 1000), (2500, 1200), (1950, 1210), (1600, 1210)]),
    ("airside", "Midfield Service Road", "中場服務路", [(-40, -420), (-40, 420), (340, 420)]),
    ("airside", "North Infield Road", "北內場路", [(-1500, 1040), (640, 1040), (640, 2060), (-1480, 2060), (-1500, 1040)]),
)  # fmt: skip


def roads(layout: Layout) -> Layer:
    """Centre lines of all roads."""
    rows = road_plan(layout)
    return Layer(
        "roads", "roads.geojson", Names("Roads", "道路", "道路"),
        "Road centre lines with class, lanes, width and speed limit.",
        ("transport", "road", "道路"),
        geometries([row.line for row in rows]),
        {
            "road_id": [f"RD-{i:06d}" for i in range(1, len(rows) + 1)],
            "name_en": [row.name_en for row in rows],
            "name_tc": [row.name_tc for row in rows],
            "class": [row.kind for row in rows],
            "lanes": [LANES[row.kind] for row in rows],
            "width_m": [WIDTH_M[row.kind] for row in rows],
            "speed_kmh": [SPEED_KMH[row.kind] for row in rows],
            "airside": [row.kind == "airside" for row in rows],
        },
        crs=LONLAT,
    )  # fmt: skip


def road_plan(layout: Layout) -> list[Road]:
    """Airport roads, the link bridge, the coast road, then the town."""
    return [*_airport(layout), *_coast(), *(Road(*row) for row in streets(layout.scale))]


def _airport(layout: Layout) -> Iterator[Road]:
    terminal = Frame(*layout.terminal_origin, AXIS_BEARING_DEG)
    for frame, table in ((terminal, _TERMINAL_ROADS), (AIRFIELD, _AIRFIELD_ROADS)):
        for kind, name_en, name_tc, points in table:
            yield Road(kind, name_en, name_tc, _smooth(frame.to_grid(points)))
    first, last = layout.BRIDGE_STATION_M
    for station, heading in ((first + (last - first) / 4, "West"), (first + (last - first) * 3 / 4, "East")):
        line = LineString([layout.taxiway.to_grid(station, across) for across in (210.0, -210.0)])
        yield Road("airside", f"Midfield Underpass {heading}", "中場地下通道", line)
    edge = platform().buffer(-38.0).exterior.simplify(6.0)
    yield Road("airside", "Perimeter Road", "機場周邊路", LineString(np.asarray(edge.coords)[:, :2]))


def _coast() -> Iterator[Road]:
    link = [*AIRFIELD.to_grid([(3280, -700), (3180, -1400)]), (812_890.0, 817_330.0), (812_760.0, 817_000.0)]
    yield Road("expressway", "Airport Link Bridge", "機場連接橋", _smooth(np.array(link), 140.0))
    east = np.linspace(805_000.0, 810_400.0, 60)
    shore = np.column_stack((east, shore_north(east) - 130.0))
    inner = TOWN.to_grid([(-1000, -410), (-500, -478), (200, -490), (900, -478), (1500, -410), (2050, -330)])
    yield Road("expressway", "Coast Highway", "沿岸公路", _smooth(np.vstack((_thin(shore), inner)), 90.0))
    for along in (-422, -10, 402):
        stem = TOWN.to_grid([(along, -442), (along, -484)])
        yield Road("distributor", "Town Approach", "市中心引道", LineString(stem))
    yield Road("primary", "Bridge Approach", "連接橋引道", _smooth(np.array([link[-1], TOWN.to_grid([(1180, -448)])[0]])))


def _thin(line: Array) -> Array:
    return np.asarray(LineString(line).simplify(14.0).coords)


def _smooth(points: Array, radius_m: float = 30.0) -> LineString:
    return LineString(rounded(np.asarray(points, dtype=float), radius_m).round(3))
