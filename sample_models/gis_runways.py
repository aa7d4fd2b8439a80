"""Runways, their strips and the taxiways between them: shapes of the manoeuvring area, EPSG:2326."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely
from shapely import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from sample_models.gis_earthworks import taxiway_line
from sample_models.gis_files import Layer, Names, geometries
from sample_models.gis_ground import AIRFIELD, Array
from sample_models.layout import Layout, Point, Runway

STRIP_HALF_WIDTH_M = 140.0
STRIP_BEYOND_END_M = 60.0
TAXIWAY_WIDTH_M = 25.0
_NAMES_TC = {"07L/25R": "北跑道", "07C/25C": "中跑道", "07R/25L": "南跑道"}
_THRESHOLDS_MPD = {"07L": 7.10, "25R": 7.04, "07C": 6.95, "25C": 7.0, "07R": 8.5, "25L": 8.4}


@dataclass(frozen=True, slots=True)
class Band:
    """A runway as a ruler: metres from its west end, metres to the left of its axis."""

    runway: Runway

    @property
    def name(self) -> str:
        """Both designators: `07L/25R`."""
        return "/".join(self.runway.designators)

    @property
    def length_m(self) -> float:
        """Pavement length."""
        return math.dist(self.runway.west, self.runway.east)

    def point(self, along_m: float, across_m: float = 0.0) -> Point:
        """(E, N) of a place on the ruler."""
        (e0, n0), (e1, n1) = self.runway.west, self.runway.east
        de, dn = (e1 - e0) / self.length_m, (n1 - n0) / self.length_m
        return e0 + de * along_m - dn * across_m, n0 + dn * along_m + de * across_m

    def rectangle(self, start_m: float, end_m: float, width_m: float, across_m: float = 0.0) -> Polygon:
        """The band from `start_m` to `end_m`, its axis `across_m` to the left of the runway's."""
        low, high = across_m - width_m / 2, across_m + width_m / 2
        corners = ((start_m, low), (end_m, low), (end_m, high), (start_m, high))
        return Polygon([self.point(a, c) for a, c in corners])

    @property
    def pavement(self) -> Polygon:
        """The runway from end to end."""
        return self.rectangle(0, self.length_m, self.runway.width_m)

    @property
    def strip(self) -> Polygon:
        """The graded strip around it."""
        beyond = STRIP_BEYOND_END_M
        return self.rectangle(-beyond, self.length_m + beyond, 2 * STRIP_HALF_WIDTH_M)


class Taxiway(NamedTuple):
    """One taxiway: its centre line in (a, c) of the airfield frame."""

    name: str
    kind: str
    line: tuple[Point, ...]
    width_m: float = TAXIWAY_WIDTH_M


def threshold_mpd(designator: str) -> float:
    """Level of a landing threshold, mPD."""
    return _THRESHOLDS_MPD[designator]


def bands(layout: Layout) -> tuple[Band, ...]:
    """The three runways, north to south."""
    return tuple(Band(runway) for runway in layout.runways)


def runways(layout: Layout) -> Layer:
    """Pavement of each runway from end to end."""
    rows = bands(layout)
    ends = [row.runway.designators for row in rows]
    return Layer(
        "runways", "runways.gpkg", Names("Runways", "跑道", "跑道"),
        "Runway pavements between their published ends, with thresholds and elevations.",
        ("aerodrome", "runway", "跑道"),
        geometries([row.pavement for row in rows]),
        {
            "designator": [row.name for row in rows],
            "name_en": [f"Runway {row.name}" for row in rows],
            "name_tc": [_NAMES_TC[row.name] for row in rows],
            "length_m": [round(row.length_m, 1) for row in rows],
            "width_m": [row.runway.width_m for row in rows],
            "grid_bearing_deg": [71.0] * 3,
            "displaced_threshold_m": [row.runway.displaced_m for row in rows],
            "threshold_low_mpd": [_THRESHOLDS_MPD[low] for low, _ in ends],
            "threshold_high_mpd": [_THRESHOLDS_MPD[high] for _, high in ends],
            "surface": ["ASPHALT"] * 3,
            "pcr": ["PCR 1080/F/B/W/T"] * 3,
        },
        heights="HKPD",
    )  # fmt: skip


def runway_strips(layout: Layout) -> Layer:
    """Strip of each runway: 140 m each side, 60 m beyond each end."""
    rows = bands(layout)
    return Layer(
        "runway-strips", "runway_strips.gpkg", Names("Runway strips", "跑道升降帶", "跑道升降带"),
        "Cleared and graded ground around each runway: 140 m each side of the axis, 60 m beyond the ends.",
        ("aerodrome", "runway strip", "升降帶"),
        geometries([row.strip for row in rows]),
        {
            "designator": [row.name for row in rows],
            "name_tc": [_NAMES_TC[row.name] + "升降帶" for row in rows],
            "half_width_m": [STRIP_HALF_WIDTH_M] * 3,
            "beyond_end_m": [STRIP_BEYOND_END_M] * 3,
            "code_number": [4] * 3,
        },
    )  # fmt: skip


def taxiways(layout: Layout) -> Layer:
    """Pavement of each taxiway, 25 m wide."""
    rows = taxiway_plan(layout)
    kinds = {"parallel": "平行滑行道", "exit": "快速出口滑行道", "link": "聯絡滑行道", "entry": "跑道入口滑行道"}
    return Layer(
        "taxiways", "taxiways.fgb", Names("Taxiways", "滑行道", "滑行道"),
        "Taxiway pavements by designator: parallel, link, entry and rapid exit taxiways.",
        ("aerodrome", "taxiway", "滑行道"),
        geometries([centre_line(row).buffer(row.width_m / 2, quad_segs=4, cap_style="flat") for row in rows]),
        {
            "designator": [row.name for row in rows],
            "kind": [row.kind for row in rows],
            "name_en": [f"Taxiway {row.name}" for row in rows],
            "name_tc": [f"{kinds[row.kind]}{row.name}" for row in rows],
            "width_m": [row.width_m for row in rows],
            "code_letter": ["F"] * len(rows),
        },
    )  # fmt: skip


def centre_line(taxiway: Taxiway) -> LineString:
    """Its centre line with corners rounded, EPSG:2326."""
    return LineString(AIRFIELD.to_grid(rounded(np.array(taxiway.line), 60.0)))


def taxiway_plan(layout: Layout) -> list[Taxiway]:
    """Every taxiway with its centre line in (a, c)."""
    return [*_parallels(), *_links(layout), *_runway_turnoffs(layout)]


def rounded(line: Array, radius_m: float) -> Array:
    """The polyline (n, 2) with each inner corner replaced by a short curve of about `radius_m`."""
    points = [line[:1]]
    for before, corner, after in zip(line[:-2], line[1:-1], line[2:], strict=True):
        reach_in = min(radius_m, float(np.hypot(*(before - corner))) / 2)
        reach_out = min(radius_m, float(np.hypot(*(after - corner))) / 2)
        start = corner + (before - corner) / np.hypot(*(before - corner)) * reach_in
        end = corner + (after - corner) / np.hypot(*(after - corner)) * reach_out
        t = np.linspace(0, 1, 7)[:, None]
        points.append((1 - t) ** 2 * start + 2 * t * (1 - t) * corner + t**2 * end)
    return np.vstack([*points, line[-1:]])


def _parallels() -> Iterator[Taxiway]:
    rows = (
        ("J", -578, -2045, 1690), ("L", -470, -1500, 2330), ("A", 592, -1690, 2045), ("B", 480, -1300, 2330),
        ("C", 962, -1690, 2045), ("E", 2238, -2830, 890), ("F", 2110, -2300, 880),
    )  # fmt: skip
    for name, across, west, east in rows:
        yield Taxiway(name, "parallel", ((west, across), (east, across)))


def _links(layout: Layout) -> Iterator[Taxiway]:
    modelled = AIRFIELD.from_grid(taxiway_line(layout)[:, :2])
    (a0, _), (a1, c1), direction = modelled[0], modelled[-1], modelled[-1] - modelled[-2]
    joins_a = (a1 + direction[0] / direction[1] * (592.0 - c1), 592.0)
    yield Taxiway("K", "link", tuple((float(a), float(c)) for a, c in [(a0, -578.0), *modelled, joins_a]))
    yield Taxiway("M", "link", ((-1180, -578), (-1180, 592)))
    yield Taxiway("W", "link", ((800, -470), (800, 480)))
    for number, along in enumerate((-1560, -420, 720), start=1):
        yield Taxiway(f"H{number}", "link", ((along, 962), (along, 2238)))
    for number, along in enumerate((-900, 300, 1300, 2000), start=1):
        if along < 1690:
            yield Taxiway(f"L{number}", "link", ((along, -578), (along, -470)))
        yield Taxiway(f"B{number}", "link", ((along, 480), (along, 592)))


def _runway_turnoffs(layout: Layout) -> Iterator[Taxiway]:
    """Two entries at each end and two rapid exits each way, towards the taxiways beside the runway."""
    sides = {"07L/25R": ("E", (-185,)), "07C/25C": ("A", (-185, 185)), "07R/25L": ("J", (185,))}
    for band in bands(layout):
        letter, offsets = sides[band.name]
        west, across = (float(v) for v in AIRFIELD.from_grid([band.runway.west])[0])
        for side in offsets:
            prefix = letter if side < 0 or len(offsets) == 1 else "C"
            plan = _turnoffs_of(band.length_m, side)
            for number, (kind, line) in enumerate(plan, start=1):
                yield Taxiway(f"{prefix}{number}", kind, tuple((west + a, across + c) for a, c in line))


def _turnoffs_of(length: float, side: float) -> list[tuple[str, list[Point]]]:
    run = abs(side) / math.tan(math.radians(30))
    entries = [("entry", [(a, 0.0), (a, side)]) for a in (30.0, 150.0, length - 150.0, length - 30.0)]
    exits: list[tuple[str, list[Point]]] = []
    for touchdown in (1650.0, 2250.0):
        exits.append(("exit", [(touchdown - 90, 0.0), (touchdown, 0.0), (touchdown + run, side)]))
        back = length - touchdown
        exits.append(("exit", [(back + 90, 0.0), (back, 0.0), (back - run, side)]))
    return entries + exits


def surface(layout: Layout) -> BaseGeometry:
    """All taxiway pavement as one shape, its junctions filleted."""
    rows = [centre_line(row).buffer(row.width_m / 2, quad_segs=4) for row in taxiway_plan(layout)]
    return shapely.union_all([*rows, *(band.pavement for band in bands(layout))]).buffer(28).buffer(-28)
