"""Buried utilities under the roads and aprons, and the manholes on their sewers and drains; EPSG:2326, Z in mPD."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import shapely
from shapely import LineString, Point
from shapely.ops import substring

from sample_models.gis_files import Layer, Names, geometries
from sample_models.gis_ground import AIRFIELD, Array, heights
from sample_models.gis_roads import road_plan
from sample_models.gis_runways import bands
from sample_models.layout import Layout

MANHOLE_SPACING_M = 60.0
SEWER_FALL = 1 / 200
SECTION_M = 360.0
_LEAST_GROUND_MPD = 2.0


@dataclass(frozen=True, slots=True)
class Service:
    """A class of utility: where it lies in the cross-section of a road and what it is made of.

    Attributes:
        offset_m: to the left of the road's centre line.
        cover_m: from the ground to the crown of the pipe, at its upper end if it falls.
        falls: whether it runs by gravity.
    """

    key: str
    name_en: str
    name_tc: str
    offset_m: float
    cover_m: float
    diameter_mm: int
    material: str
    owner: str
    falls: bool = False


_STREET_SERVICES = (
    Service("fresh-water", "Fresh water main", "食水管", -2.6, 1.0, 300, "DI", "WSD"),
    Service("gas", "Gas main", "煤氣管", -3.4, 1.1, 200, "PE", "GAS"),
    Service("sewer", "Sewer", "污水渠", 0.0, 1.7, 450, "VC", "DSD", falls=True),
    Service("drain", "Storm-water drain", "雨水渠", 1.8, 1.4, 900, "RC", "DSD", falls=True),
    Service("power", "11 kV cable duct", "電纜管道", 3.2, 0.9, 150, "PVC", "PWR"),
    Service("telecom", "Telecom duct", "電訊管道", 3.7, 0.7, 110, "PVC", "TEL"),
)
_FUEL = Service("jet-fuel", "Fuel hydrant main", "航空燃油管", 0.0, 1.3, 500, "STEEL", "AVF")
_CULVERT = Service("drain", "Platform culvert", "平台雨水暗渠", 0.0, 1.0, 2400, "RC", "AIR", falls=True)
_LIGHTING = Service("power", "Airfield lighting duct", "助航燈電纜管道", 0.0, 0.6, 150, "PVC", "AIR")


@dataclass(frozen=True, slots=True)
class Pipe:
    """One run: `axis` (n, 3) is its centre line in EPSG:2326 and mPD, `ground` (n,) the level above it."""

    number: int
    service: Service
    axis: Array
    ground: Array

    @property
    def ident(self) -> str:
        """`FW-000012`: class initials and number."""
        initials = "".join(part[0] for part in self.service.key.split("-")).upper()
        return f"{initials}-{self.number:06d}"


def utilities(layout: Layout) -> Layer:
    """Centre lines of all pipes, cables and ducts."""
    rows = pipes(layout)
    depths = [row.ground - row.axis[:, 2] for row in rows]
    return Layer(
        "utilities", "utilities.gpkg", Names("Buried utilities", "地下管線", "地下管线"),
        "Centre lines of buried pipes, cables and ducts with Z in mPD; depth is from the ground to the centre line.",
        ("utility", "pipe", "underground", "地下管線"),
        geometries([LineString(row.axis) for row in rows]),
        {
            "utility_id": [row.ident for row in rows],
            "class": [row.service.key for row in rows],
            "name_en": [row.service.name_en for row in rows],
            "name_tc": [row.service.name_tc for row in rows],
            "diameter_mm": [row.service.diameter_mm for row in rows],
            "material": [row.service.material for row in rows],
            "owner": [row.service.owner for row in rows],
            "depth_min_m": [round(float(d.min()), 2) for d in depths],
            "depth_max_m": [round(float(d.max()), 2) for d in depths],
            "installed": [1996 + row.number * 7 % 29 for row in rows],
            "quality_level": ["ABCD"[row.number % 4] for row in rows],
        },
        heights="HKPD",
    )  # fmt: skip


def manholes(layout: Layout) -> Layer:
    """Manholes on sewers and drains, one at each vertex."""
    rows = [(pipe, i) for pipe in pipes(layout) if pipe.service.falls for i in range(len(pipe.axis))]
    kinds = {"sewer": "污水沙井", "drain": "雨水沙井"}
    cover = [round(float(pipe.ground[i]), 3) for pipe, i in rows]
    invert = [round(float(pipe.axis[i, 2]) - pipe.service.diameter_mm / 2000, 3) for pipe, i in rows]
    return Layer(
        "manholes", "manholes.shp", Names("Manholes", "沙井", "沙井"),
        "Manholes on sewers and drains with cover and invert level in mPD. A Shapefile with Big5 attributes.",
        ("utility", "manhole", "沙井"),
        geometries([Point(pipe.axis[i, :2]) for pipe, i in rows]),
        {
            "MH_ID": [f"{pipe.ident}-{i + 1:02d}" for pipe, i in rows],
            "CLASS": [pipe.service.key for pipe, _ in rows],
            "NAME_EN": [f"{pipe.service.name_en} manhole" for pipe, _ in rows],
            "NAME_TC": [kinds[pipe.service.key] for pipe, _ in rows],
            "COVER_MPD": cover,
            "INVERT_MPD": invert,
            "DEPTH_M": [round(c - i, 3) for c, i in zip(cover, invert, strict=True)],
            "UTIL_ID": [pipe.ident for pipe, _ in rows],
        },
        heights="HKPD", encoding="BIG5",
    )  # fmt: skip


def pipes(layout: Layout) -> list[Pipe]:
    """Every run, numbered."""
    return list(_pipes(layout.scale))


@lru_cache(maxsize=2)
def _pipes(scale: float) -> tuple[Pipe, ...]:
    runs = [(service, part) for service, line in _runs(Layout(scale)) for part in _sections(service, line)]
    vertices = [_vertices(line) for _, line in runs]
    flat = np.vstack(vertices)
    ground = np.split(heights(flat[:, 0], flat[:, 1]), np.cumsum([len(v) for v in vertices])[:-1])
    dry = [row for row in zip(runs, vertices, ground, strict=True) if row[2].min() > _LEAST_GROUND_MPD]
    return tuple(_pipe(number, service, *_downhill(plan, level)) for number, ((service, _), plan, level) in enumerate(dry, start=1))


def _pipe(number: int, service: Service, plan: Array, ground: Array) -> Pipe:
    axis = np.column_stack((plan, _centre_levels(service, plan, ground)))
    return Pipe(number, service, axis.round(3), ground.round(3))


def _downhill(plan: Array, ground: Array) -> tuple[Array, Array]:
    return (plan, ground) if ground[0] >= ground[-1] else (plan[::-1], ground[::-1])


def _runs(layout: Layout) -> Iterator[tuple[Service, LineString]]:
    for road in road_plan(layout):
        if road.kind in ("local", "distributor", "primary"):
            for service in _STREET_SERVICES:
                line = shapely.offset_curve(road.line, service.offset_m, join_style="mitre")
                if isinstance(line, LineString):
                    yield service, line
    ring = shapely.Polygon(layout.footprint).buffer(42.0, join_style="mitre").exterior
    yield _FUEL, LineString(ring.coords)
    for along in (-2200, -1000, 200, 1250):
        yield _CULVERT, LineString(AIRFIELD.to_grid([(along, -600), (along, -1055)]))
        yield _CULVERT, LineString(AIRFIELD.to_grid([(along - 600, 2570), (along - 600, 2860)]))
    for band in bands(layout):
        for side in (-36.0, 36.0):
            yield _LIGHTING, LineString([band.point(a, side) for a in np.linspace(0, band.length_m, 20)])


def _sections(service: Service, line: LineString) -> list[LineString]:
    """The line itself, or where it falls, sections short enough to reach an outfall or a pump before it is too deep."""
    longest = SECTION_M if service.falls else line.length
    count = max(1, round(line.length / longest))
    if line.length < 20.0 or count == 1:
        return [line] if line.length >= 20.0 else []
    edges = np.linspace(0, line.length, count + 1)
    parts = [substring(line, start, end) for start, end in pairwise(edges)]
    return [part for part in parts if isinstance(part, LineString)]


def _vertices(line: LineString) -> Array:
    """(n, 2) points: the line's own corners, and one at least every `MANHOLE_SPACING_M`."""
    return shapely.get_coordinates(shapely.segmentize(shapely.simplify(line, 0.2), MANHOLE_SPACING_M))


def _centre_levels(service: Service, plan: Array, ground: Array) -> Array:
    """Level of the centre line, mPD: a constant cover, or an even fall that keeps the least cover everywhere."""
    under = service.cover_m + service.diameter_mm / 2000
    if not service.falls:
        return ground - under
    run = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(plan, axis=0).T))))
    fall = max(SEWER_FALL, float(ground[0] - ground[-1]) / float(run[-1]))
    return float(np.min(ground - under + run * fall)) - run * fall
