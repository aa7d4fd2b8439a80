"""Buildings of the site with the attributes of the Lands Department's building data set, EPSG:2326 and mPD."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import shapely
from shapely import Polygon

from sample_models.gis_aprons import midfield_concourse
from sample_models.gis_files import Layer, Names, geometries
from sample_models.gis_ground import AIRFIELD, TOWN, Frame, heights
from sample_models.gis_limits import limit_at
from sample_models.gis_town import ESTATES, Plot, plots
from sample_models.ifc_files import CONCOURSES_PER_FILE
from sample_models.layout import APRON_MPD, AXIS_BEARING_DEG, CONCOURSE_TOP_MPD, PROCESSOR_TOP_MPD, Layout

STOREY_M = 3.1


class Building(NamedTuple):
    """One structure: `kind` is Tower or Podium, heights in mPD, `model` the building model that shows it."""

    shape: Polygon
    kind: str
    base_mpd: float
    top_mpd: float
    name_en: str
    name_tc: str
    use: str
    storeys: int
    basements: int = 0
    model: str = ""


def buildings(layout: Layout) -> Layer:
    """Every structure: airport, town, and the footprints of the modelled buildings."""
    rows = building_plan(layout)
    built = [date(1998, 7, 6) + timedelta(days=_seed(row) % 9000) for row in rows]
    return Layer(
        "city-buildings", "city_buildings.gpkg", Names("City buildings", "城市建築物", "城市建筑物"),
        "Building structures with base and top level in mPD and CSUID; those shown by a building model carry its id.",
        ("building", "CSUID", "建築物"),
        geometries([row.shape for row in rows]),
        {
            "BUILDINGSTRUCTUREID": [1_400_000_000 + i for i in range(1, len(rows) + 1)],
            "BUILDINGCSUID": [csuid(row.shape, row.kind, day) for row, day in zip(rows, built, strict=True)],
            "BUILDINGSTRUCTURETYPE": [row.kind for row in rows],
            "CATEGORY": [row.use for row in rows],
            "STATUS": ["Active"] * len(rows),
            "OFFICIALBUILDINGNAMEEN": [row.name_en for row in rows],
            "OFFICIALBUILDINGNAMETC": [row.name_tc for row in rows],
            "NUMABOVEGROUNDSTOREYS": [row.storeys for row in rows],
            "NUMBASEMENTSTOREYS": [row.basements for row in rows],
            "BASEHEIGHT": [round(row.base_mpd, 1) for row in rows],
            "TOPHEIGHT": [round(row.top_mpd, 1) for row in rows],
            "GROSSFLOORAREA": [round(row.shape.area * row.storeys, 1) for row in rows],
            "RECORDCREATIONDATE": np.array(built, dtype="datetime64[D]"),
            "MODELID": [row.model for row in rows],
        },
        heights="HKPD",
    )  # fmt: skip


def csuid(shape: Polygon, kind: str, day: date) -> str:
    """Easting - 800 000 and northing - 800 000 of a point inside, five digits each, T or P, and a date.

    >>> csuid(Polygon([(811000, 819000), (811009, 819000), (811009, 819009), (811000, 819009)]), "Podium", date(2026, 1, 2))
    '1100419004P20260102'
    """
    inside = shapely.point_on_surface(shape)
    east, north = int(inside.x), int(inside.y)
    return f"{east - 800_000:05d}{north - 800_000:05d}{'P' if kind == 'Podium' else 'T'}{day:%Y%m%d}"


def building_plan(layout: Layout) -> list[Building]:
    """Modelled buildings first, then the airport's, then the town's, plot by plot."""
    return [*_modelled(layout), *_airport(layout), *_town(layout.scale)]


def base_of(shape: Polygon) -> float:
    """Lowest ground level at the corners of `shape`, mPD, never below 0.5 (at large scales plots run over water)."""
    corners = shapely.get_coordinates(shape)
    return max(0.5, round(float(heights(corners[:, 0], corners[:, 1]).min()), 1))


def _modelled(layout: Layout) -> Iterator[Building]:
    wings = {wing.key: wing for wing in layout.wings}
    name = ("Passenger Terminal 1", "一號客運大樓")
    yield Building(
        Polygon(layout.main_footprint), "Tower", APRON_MPD, PROCESSOR_TOP_MPD, f"{name[0]} Main Building",
        f"{name[1]}主樓", "Airport", 4, 1, "terminal-arch",
    )  # fmt: skip
    for key, ring in layout.concourse_footprints.items():
        wing = wings.get(key)
        names = (wing.name, wing.name_zh) if wing else ("West Hall", "西大堂")
        yield Building(
            Polygon(ring), "Tower", APRON_MPD, CONCOURSE_TOP_MPD, f"{name[0]} {names[0]}", f"{name[1]}{names[1]}",
            "Airport", 3, 1, "terminal-arch",
        )  # fmt: skip
    park = layout.car_park
    yield Building(
        Polygon(layout.car_park_footprint), "Tower", 5.3, park.top_mpd, park.name, park.name_zh, "Car park", 5,
        model="carpark",
    )  # fmt: skip
    for index, wing in enumerate(layout.satellites):
        ring, model = layout.frame.ring_to_grid(wing.corners), f"remote-arch-{index // CONCOURSES_PER_FILE + 1:02d}"
        yield Building(Polygon(ring), "Tower", APRON_MPD, wing.top_mpd, wing.name, wing.name_zh, "Airport", 3, 1, model)


_LANDSIDE = (  # x, y, length, width in the terminal frame; top mPD; storeys; kind; names; use
    (196, 0, 72, 230, 25.0, 4, "Tower", "Airport Station", "機場鐵路站", "Transport"),
    (450, 0, 220, 270, 25.7, 4, "Podium", "Passenger Terminal 2", "二號客運大樓", "Airport"),
    (450, 0, 190, 210, 49.0, 8, "Tower", "Passenger Terminal 2", "二號客運大樓", "Airport"),
    (286, 142, 46, 46, 46.0, 10, "Tower", "Airport Tower", "機場行政大樓", "Office"),
    (202, 343, 50, 50, 36.7, 7, "Tower", "Airport Tower Two", "機場第二行政大樓", "Office"),
    (275, 300, 76, 100, 16.5, 4, "Tower", "Car Park 1", "一號停車場", "Car park"),
    (190, 275, 60, 50, 13.0, 3, "Tower", "Coach Hall", "旅遊車候車大堂", "Transport"),
    (668, 155, 60, 110, 18.0, 3, "Podium", "Runway View Hotel", "跑道景酒店", "Hotel"),
    (668, 155, 26, 102, 50.8, 13, "Tower", "Runway View Hotel", "跑道景酒店", "Hotel"),
    (835, 150, 230, 120, 27.5, 3, "Tower", "Sky Exhibition Hall", "航天展覽館", "Exhibition"),
    (760, -118, 250, 180, 29.5, 6, "Podium", "Sky Walk Mall", "天際廊商場", "Retail"),
    (690, -118, 52, 120, 50.2, 11, "Tower", "Sky Walk Office East", "天際廊東座", "Office"),
    (812, -118, 52, 120, 51.3, 11, "Tower", "Sky Walk Office West", "天際廊西座", "Office"),
    (1095, -60, 100, 75, 18.8, 2, "Tower", "Sea Pier Terminal", "海天客運碼頭", "Transport"),
    (660, -320, 170, 90, 33.0, 6, "Tower", "Logistics Centre", "物流中心", "Warehouse"),
    (900, -320, 180, 96, 31.0, 5, "Tower", "Parcel Hub", "包裹中心", "Warehouse"),
    (420, -305, 120, 80, 22.0, 4, "Tower", "Airport Police Station", "機場警署", "Government"),
    (410, 310, 130, 86, 24.0, 5, "Tower", "Crew Centre", "機組人員中心", "Office"),
    (600, 330, 110, 60, 33.0, 8, "Tower", "Harbour Light Hotel", "港燈酒店", "Hotel"),
    (1065, 320, 120, 90, 21.0, 4, "Tower", "Training Academy", "航空學院", "Education"),
    (175, -300, 60, 90, 17.5, 3, "Tower", "Fire Station East", "東消防局", "Government"),
    (265, -310, 80, 110, 20.0, 4, "Tower", "Ground Services Base", "地勤基地", "Airport"),
    (-1478, -60, 30, 60, 14.0, 2, "Podium", "Air Traffic Control Tower", "航空交通管制塔", "Airport"),
    (-1478, -60, 15, 15, 52.0, 12, "Tower", "Air Traffic Control Tower", "航空交通管制塔", "Airport"),
    (-1478, 250, 60, 44, 15.5, 3, "Tower", "Midfield Plant Building", "中場機電大樓", "Utility"),
)

_AIRSIDE = (  # a, c, length, width in the airfield frame
    (1110, -1370, 330, 130, 42.0, 6, "Tower", "Cargo Terminal One", "一號貨運站", "Cargo"),
    (1480, -1380, 280, 130, 40.0, 6, "Tower", "Cargo Terminal Two", "二號貨運站", "Cargo"),
    (1790, -1350, 220, 110, 33.0, 5, "Tower", "Express Cargo Centre", "速遞貨運中心", "Cargo"),
    (1030, -1580, 180, 90, 27.0, 4, "Tower", "Air Mail Centre", "空郵中心", "Cargo"),
    (1330, -1610, 220, 90, 30.0, 5, "Tower", "Forwarders' Building", "貨運代理大樓", "Cargo"),
    (2450, -1270, 150, 100, 39.0, 2, "Tower", "Hangar One", "一號飛機維修庫", "Maintenance"),
    (2630, -1270, 150, 100, 39.0, 2, "Tower", "Hangar Two", "二號飛機維修庫", "Maintenance"),
    (2810, -1270, 150, 100, 36.0, 2, "Tower", "Hangar Three", "三號飛機維修庫", "Maintenance"),
    (2440, -1450, 130, 90, 24.0, 4, "Tower", "Flight Kitchen North", "北航膳中心", "Catering"),
    (2600, -1450, 130, 90, 26.0, 4, "Tower", "Flight Kitchen South", "南航膳中心", "Catering"),
    (2780, -1460, 150, 80, 21.0, 4, "Tower", "Engineering Workshops", "工程車間", "Maintenance"),
    (2895, -1475, 50, 90, 18.0, 3, "Tower", "Cooling Sea-water Plant", "海水冷卻機房", "Utility"),
    (-250, 1700, 130, 60, 18.0, 3, "Tower", "Fire Station North", "北消防局", "Government"),
    (80, 1740, 160, 90, 21.0, 4, "Tower", "North Baggage Hall", "北行李處理大樓", "Airport"),
    (250, -1010, 70, 40, 14.0, 2, "Tower", "Fire Station South", "南消防局", "Government"),
    (-2300, 900, 60, 40, 13.0, 2, "Tower", "Sea Rescue Berth West", "西海上救援泊位", "Government"),
)
_TANK_FARM = (1640.0, 1120.0, 5, 2, 58.0, 36.0, 21.5)
"""Airfield frame a, c of the first tank, columns, rows, pitch, diameter, top."""


def _airport(layout: Layout) -> Iterator[Building]:
    terminal = Frame(*layout.terminal_origin, AXIS_BEARING_DEG)
    for frame, table in ((terminal, _LANDSIDE), (AIRFIELD, _AIRSIDE)):
        for along, across, length, width, top, storeys, kind, name_en, name_tc, use in table:
            shape = frame.rectangle(along, across, length, width)
            yield Building(shape, kind, base_of(shape), top, name_en, name_tc, use, storeys)
    yield Building(
        midfield_concourse(layout), "Tower", APRON_MPD, 25.5, "Midfield Concourse", "中場客運廊", "Airport", 4, 1
    )
    yield from _tanks()


def _tanks() -> Iterator[Building]:
    along, across, columns, rows, pitch, diameter, top = _TANK_FARM
    for i in range(columns * rows):
        centre = AIRFIELD.to_grid([(along + i % columns * pitch, across + i // columns * pitch)])[0]
        shape = shapely.Point(centre).buffer(diameter / 2, quad_segs=5)
        yield Building(shape, "Tower", base_of(shape), top, f"Fuel Tank {i + 1}", f"{i + 1}號燃油庫", "Utility", 1)


def _town(scale: float) -> Iterator[Building]:
    for plot in plots(scale):
        yield from _on_plot(plot)


def _on_plot(plot: Plot) -> Iterator[Building]:
    """What stands on one plot: a tower on a podium, a slab, two blocks, something low, or a garden."""
    draw = np.random.default_rng(plot.number * 7919)
    a, c = plot.centre
    base = base_of(plot.shape)
    estate_en, estate_tc = ESTATES[(plot.block[0] * 3 + plot.block[1]) % len(ESTATES)]
    number = plot.number
    name = (f"{estate_en} Court Block {number}", f"{estate_tc}苑{number}座")
    storeys = int(draw.integers(10, 15))
    kind = draw.random()
    if kind < 0.34:
        low = int(draw.integers(2, 5))
        yield _town_building(TOWN.rectangle(a, c, 52, 50), "Podium", base, low, *name, "Retail")
        yield _town_building(TOWN.rectangle(a, c, 30, 27), "Tower", base, storeys, *name, "Residential")
    elif kind < 0.58:
        size = (52.0, 17.0) if draw.random() < 0.5 else (17.0, 52.0)
        yield _town_building(TOWN.rectangle(a, c, *size), "Tower", base, storeys, *name, "Residential")
    elif kind < 0.80:
        for side, suffix_en, suffix_tc in ((-14.5, "A", "甲"), (14.5, "B", "乙")):
            shape = TOWN.rectangle(a + side, c, 19, 44)
            yield _town_building(shape, "Tower", base, storeys - 4, name[0] + suffix_en, name[1] + suffix_tc, "Residential")
    elif kind < 0.93:
        school = (f"{estate_en} Primary School {number}", f"{estate_tc}小學第{number}校")
        yield _town_building(TOWN.rectangle(a, c, 48, 28), "Tower", base, int(draw.integers(3, 8)), *school, "School")


def _town_building(shape: Polygon, kind: str, base: float, storeys: int, name_en: str, name_tc: str, use: str) -> Building:
    """Storeys are cut so that the roof and its plant stay under the airport height limit."""
    allowed = (limit_at(shape) - base - 4.0) / STOREY_M
    storeys = max(1, int(min(storeys, allowed)))
    return Building(shape, kind, base, base + storeys * STOREY_M + 3.0, name_en, name_tc, use, storeys)


def _seed(row: Building) -> int:
    return int.from_bytes(hashlib.sha256(row.shape.wkb).digest()[:4], "big")
