"""Land: lots with their conditions, and planning districts, EPSG:2326."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import shapely
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from sample_models.gis_files import LONLAT, Layer, Names, geometries
from sample_models.gis_ground import AIRFIELD, AREA, lantau, platform, polygon, shore_north
from sample_models.gis_limits import limit_at
from sample_models.gis_runways import bands
from sample_models.gis_town import plots
from sample_models.layout import Layout


class LandLot(NamedTuple):
    """A lot: `model` is the building model that stands on it, if any."""

    number: str
    name_en: str
    name_tc: str
    use: str
    use_tc: str
    shape: Polygon
    model: str = ""


_SERVICE_LOTS = (  # west, south, east, north in the airfield frame
    ("CLK-21", "Cargo Area", "貨運區", 780.0, -1800.0, 1960.0, -930.0),
    ("CLK-22", "Maintenance Area", "飛機維修區", 1980.0, -1800.0, 3480.0, -930.0),
    ("CLK-23", "North Aviation Fuel Farm", "北航空燃油庫", 1560.0, 1060.0, 2000.0, 1240.0),
    ("CLK-24", "Third Runway Midfield", "第三跑道中場", -1500.0, 1000.0, 700.0, 2080.0),
)
_MODEL_OF = {"CLK-1": "terminal-arch", "CLK-8": "taxiway-bridge"}
_CAR_PARK_MARGIN_M = 10.0


def lots(layout: Layout) -> Layer:
    """Every lot with its conditions: use, plot ratio, site coverage and height limit."""
    rows = lot_plan(layout)
    granted = [date(1995, 12, 1) + timedelta(days=137 * i % 9000) for i in range(len(rows))]
    return Layer(
        "lots", "lots.gpkg", Names("Land lots", "土地地段", "土地地段"),
        "Land lots with user, plot ratio, site coverage and the lowest airport height limit over the lot in mPD.",
        ("cadastre", "lot", "land parcel", "地段"),
        geometries([row.shape for row in rows]),
        {
            "LOTID": [f"LOT-{i:06d}" for i in range(1, len(rows) + 1)],
            "LOTNUMBER": [row.number for row in rows],
            "NAMEEN": [row.name_en for row in rows],
            "NAMETC": [row.name_tc for row in rows],
            "LANDUSEEN": [row.use for row in rows],
            "LANDUSETC": [row.use_tc for row in rows],
            "AREASQM": [round(row.shape.area, 1) for row in rows],
            "MAXPLOTRATIO": [2.5 if row.use == "Airport" else 5.0 for row in rows],
            "MAXSITECOVERAGE": [60.0 if row.use == "Airport" else 80.0 for row in rows],
            "HEIGHTLIMITMPD": [_limit(row.shape) for row in rows],
            "GRANTDATE": np.array(granted, dtype="datetime64[D]"),
            "MODELID": [row.model for row in rows],
        },
        heights="HKPD",
    )  # fmt: skip


def _limit(shape: Polygon) -> float:
    limit = limit_at(shape)
    return limit if np.isfinite(limit) else float("nan")


def lot_plan(layout: Layout) -> list[LandLot]:
    """All lots; none overlaps another."""
    taken: list[Polygon] = []
    result = []
    for lot in (*_airport_lots(layout), *_town_lots(layout.scale)):
        near = [shape for shape in taken if shape.intersects(lot.shape)] if not lot.number.startswith("NSTL") else []
        free = shapely.difference(lot.shape, shapely.union_all(near)) if near else lot.shape
        shape = polygon(free)
        taken.append(shape)
        result.append(lot._replace(shape=shape))
    return result


def _airport_lots(layout: Layout) -> Iterator[LandLot]:
    """The car park first: it is cut out of the lot of the terminal."""
    car_park = Polygon(layout.car_park_footprint).buffer(_CAR_PARK_MARGIN_M, join_style="mitre")
    yield LandLot("CLK-9", layout.car_park.name, layout.car_park.name_zh, "Airport", "機場", car_park, "carpark")
    for lot in layout.lots:
        yield LandLot(lot.number, lot.name, lot.name_zh, "Airport", "機場", Polygon(lot.ring), _MODEL_OF.get(lot.number, ""))
    names = {"07L/25R": "北跑道", "07C/25C": "中跑道", "07R/25L": "南跑道"}
    for index, band in enumerate(bands(layout), start=11):
        yield LandLot(f"CLK-{index}", f"Runway {band.name}", names[band.name], "Airport", "機場", band.strip)
    ground = platform()
    for number, name_en, name_tc, west, south, east, north in _SERVICE_LOTS:
        shape = AIRFIELD.rectangle((west + east) / 2, (south + north) / 2, east - west, north - south)
        yield LandLot(number, name_en, name_tc, "Airport", "機場", polygon(shape & ground))


def _town_lots(scale: float) -> Iterator[LandLot]:
    for plot in plots(scale):
        name_en, name_tc = plot.address
        yield LandLot(f"NSTL {plot.number}", name_en, name_tc, "Residential", "住宅", plot.shape)


def districts(_layout: Layout) -> Layer:
    """Planning districts that tile the site, sea included; the same at every scale."""
    rows = list(_districts())
    return Layer(
        "districts", "districts.geojson", Names("Planning districts", "規劃分區", "规划分区"),
        "Planning districts of the sample site. They tile its area without overlap.",
        ("administrative", "district", "分區"),
        geometries([shape for _, _, shape in rows]),
        {
            "district_id": [code for code, _, _ in rows],
            "name_en": [names.en for _, names, _ in rows],
            "name_tc": [names.zh_hant for _, names, _ in rows],
            "name_sc": [names.zh_hans for _, names, _ in rows],
            "area_km2": [round(shape.area / 1e6, 4) for _, _, shape in rows],
        },
        crs=LONLAT,
    )  # fmt: skip


def _districts() -> Iterator[tuple[str, Names, BaseGeometry]]:
    site, airport, land = shapely.box(*AREA), platform(), lantau()
    north = AIRFIELD.rectangle(0.0, 3100.0, 12_000.0, 3600.0)
    east = AIRFIELD.rectangle(4307.0, 0.0, 4000.0, 2600.0)
    yield "D1", Names("North Platform", "北人工島", "北人工岛"), airport & north
    yield "D2", Names("Airport City", "航天城", "航天城"), (airport - north) & east
    yield "D3", Names("Terminals and Midfield", "客運大樓及中場", "客运大楼及中场"), airport - north - east
    flat = _shore_band() & land
    town = flat & shapely.box(810_300.0, 0.0, 813_600.0, 900_000.0)
    yield "D4", Names("New Shore Town", "新岸新市鎮", "新岸新市镇"), town
    yield "D5", Names("West Coast Villages", "西岸鄉村", "西岸乡村"), flat - town
    yield "D6", Names("Southern Hills", "南山郊野", "南山郊野"), land - flat
    sea = site - airport - land
    split = shapely.box(0.0, 0.0, 809_300.0, 900_000.0)
    for code, names, part in (
        ("D7", Names("Western Waters", "西部水域", "西部水域"), sea & split),
        ("D8", Names("Eastern Waters", "東部水域", "东部水域"), sea - split),
    ):
        yield code, names, polygon(part)


def _shore_band() -> Polygon:
    east = np.linspace(AREA[0] - 10, AREA[2] + 10, 60)
    shore = shore_north(east)
    upper, lower = np.column_stack((east, shore + 300)), np.column_stack((east, shore - 820))
    return Polygon(np.vstack((upper, lower[::-1])))
