"""Aprons: the concrete, the stands with their aircraft, and the jetways of the terminal, EPSG:2326."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from shapely import LineString, Point, Polygon

from sample_models.gis_earthworks import taxiway_line
from sample_models.gis_files import LONLAT, Layer, Names, geometries
from sample_models.gis_ground import AIRFIELD
from sample_models.layout import APRON_MPD, AXIS_BEARING_DEG, Layout

NOSE_GAP_M = 9.0
"""From a facade to the nose of a parked aircraft."""
_TYPES = (("A359", "E", 66.8, 64.7), ("B77W", "E", 73.9, 64.8), ("A333", "E", 63.7, 60.3), ("A21N", "C", 44.5, 35.8))
"""Aircraft type, code letter, length, span (m), largest first where it fits."""

_SILHOUETTE = (
    (0.0, 0.0), (0.03, 0.03), (0.33, 0.03), (0.36, 0.09), (0.60, 0.50), (0.65, 0.50), (0.52, 0.09), (0.54, 0.03),
    (0.84, 0.02), (0.94, 0.17), (0.98, 0.17), (0.95, 0.0),
)  # fmt: skip
"""Right half of an aircraft seen from above: share of length behind the nose, share of span from the axis."""


@dataclass(frozen=True, slots=True)
class Stand:
    """A parking stand: nose position (E, N) and the grid bearing the aircraft faces.

    Attributes:
        ident: stand identifier, `N24`, `W61`, `D203`.
        area: the apron it belongs to.
        gate: gate served by a jetway; empty for a remote stand.
    """

    ident: str
    area: str
    nose: tuple[float, float]
    facing_deg: float
    aircraft: tuple[str, str, float, float]
    gate: str = ""

    @property
    def outline(self) -> Polygon:
        """The parked aircraft from above."""
        _, _, length, span = self.aircraft
        half = [(u * length, v * span) for u, v in _SILHOUETTE]
        ring = half + [(u, -v) for u, v in reversed(half[1:-1])]
        return Polygon([self.at(-u, v) for u, v in ring])

    @property
    def clearance(self) -> Polygon:
        """The box of the aircraft with 3 m around it."""
        _, _, length, span = self.aircraft
        half = span / 2 + 3.0
        return Polygon([self.at(u, v) for u, v in ((2, -half), (2, half), (-length - 3, half), (-length - 3, -half))])

    def at(self, ahead_m: float, right_m: float) -> tuple[float, float]:
        """(E, N) of a point ahead of the nose and to the right of it."""
        sin, cos = math.sin(math.radians(self.facing_deg)), math.cos(math.radians(self.facing_deg))
        return self.nose[0] + sin * ahead_m + cos * right_m, self.nose[1] + cos * ahead_m - sin * right_m


def stands(layout: Layout) -> Layer:
    """Nose position of every stand."""
    rows = stand_plan(layout)
    areas = {"north": "北停機坪", "south": "南停機坪", "west": "西停機坪", "midfield": "中場停機坪"}
    return Layer(
        "stands", "stands.geojson", Names("Aircraft stands", "停機位", "停机位"),
        "Nose positions of aircraft stands with the largest type they take.",
        ("aerodrome", "stand", "停機位"),
        geometries([Point(row.nose) for row in rows]),
        {
            "stand_id": [row.ident for row in rows],
            "apron": [row.area for row in rows],
            "apron_tc": [areas[row.area] for row in rows],
            "kind": ["contact" if row.gate else "remote" for row in rows],
            "kind_tc": ["廊橋機位" if row.gate else "遠方機位" for row in rows],
            "gate": [row.gate for row in rows],
            "code_letter": [row.aircraft[1] for row in rows],
            "max_aircraft": [row.aircraft[0] for row in rows],
            "heading_grid_deg": [round(row.facing_deg % 360, 2) for row in rows],
            "level_mpd": [APRON_MPD] * len(rows),
        },
        crs=LONLAT, heights="HKPD",
    )  # fmt: skip


def jetways(layout: Layout) -> Layer:
    """Axis of every jetway from the facade to the aircraft door, Z at its floor."""
    gates = {gate.number: gate for gate in layout.gates}
    rows = [row for row in stand_plan(layout) if row.gate]
    lines = []
    for row in rows:
        east, north = layout.to_grid(*gates[row.gate].point)
        knee, door = row.at(4.0, -16.0), row.at(-9.0, -3.2)
        lines.append(LineString([(east, north, 12.0), (*knee, 11.2), (*door, 10.1)]))
    return Layer(
        "jetways", "jetways.fgb", Names("Jetways", "登機橋", "登机桥"),
        "Passenger boarding bridges as centre lines from the facade to the aircraft door; Z is the floor in mPD.",
        ("aerodrome", "jetway", "boarding bridge", "登機橋"),
        geometries(lines),
        {
            "jetway_id": [f"PBB-{row.ident}" for row in rows],
            "gate": [row.gate for row in rows],
            "stand_id": [row.ident for row in rows],
            "name_tc": [f"{row.gate}號登機橋" for row in rows],
            "length_m": [round(line.length, 2) for line in lines],
        },
        heights="HKPD",
    )  # fmt: skip


def stand_plan(layout: Layout) -> list[Stand]:
    """Contact stands at the gates, then remote stands; none touches a building or a neighbour."""
    obstacles = [Polygon(layout.footprint).buffer(2.0), Polygon(layout.bridge_footprint).buffer(40.0)]
    obstacles += [Polygon(layout.car_park_footprint).buffer(4.0), midfield_concourse(layout).buffer(2.0)]
    obstacles += [midfield_road(layout), *(Polygon(layout.frame.ring_to_grid(w.corners)) for w in layout.satellites)]
    placed: list[Stand] = []
    for options in _candidates(layout):
        for stand in options:
            if not any(shape.intersects(stand.clearance) for shape in obstacles):
                placed.append(stand)
                obstacles.append(stand.clearance)
                break
    return placed


def midfield_concourse(layout: Layout) -> Polygon:
    """Footprint of the concourse in the midfield, across the runways' direction."""
    a, c = _midfield(layout)
    return AIRFIELD.rectangle(a, c, 44.0, 660.0)


def midfield_road(layout: Layout) -> Polygon:
    """The taxilane corridor that the midfield stands must leave free, round the bridge's taxiway."""
    south = layout.taxiway.to_grid(-640.0, 0.0)
    return LineString([south, *taxiway_line(layout)[:, :2]]).buffer(48.0)


def concrete(layout: Layout) -> list[Polygon]:
    """Concrete aprons."""
    a, c = (float(v) for v in AIRFIELD.from_grid([layout.terminal_origin])[0])
    mid_a, mid_c = _midfield(layout)
    west, east = a - 1290.0, a + 125.0
    return [
        AIRFIELD.rectangle((west + east) / 2, c, east - west, 890.0),
        AIRFIELD.rectangle(mid_a, mid_c, 430.0, 760.0),
        AIRFIELD.rectangle(1560.0, -1060.0, 1500.0, 210.0),
        AIRFIELD.rectangle(-700.0, 1130.0, 900.0, 210.0),
    ]


def _midfield(layout: Layout) -> tuple[float, float]:
    a, c = AIRFIELD.from_grid([layout.terminal_origin])[0]
    return float(a) - 2060.0, float(c)


def _candidates(layout: Layout) -> Iterator[list[Stand]]:
    """For each stand its variants, largest aircraft first."""
    for gate in layout.gates:
        bearing = math.radians(AXIS_BEARING_DEG - gate.outward_deg)
        east, north = layout.to_grid(*gate.point)
        nose = (east + NOSE_GAP_M * math.sin(bearing), north + NOSE_GAP_M * math.cos(bearing))
        area = {"N": "north", "S": "south", "W": "west"}[gate.number[0]]
        facing = AXIS_BEARING_DEG - gate.outward_deg + 180.0
        yield [Stand(gate.number, area, nose, facing, kind, gate.number) for kind in _sizes(gate.u)]
    yield from _midfield_stands(layout)
    yield from _remote_stands()


def _sizes(seed: float) -> Iterable[tuple[str, str, float, float]]:
    shift = int(seed // 30) % 3
    return (*_TYPES[shift:3], *_TYPES[:shift], _TYPES[3])


def _midfield_stands(layout: Layout) -> Iterator[list[Stand]]:
    a, c = _midfield(layout)
    for index, across in enumerate(np.linspace(-290.0, 290.0, 10)):
        for side, first in ((-1, 201), (1, 202)):
            number = f"D{first + 2 * index}"
            nose = AIRFIELD.to_grid([(a + side * (22.0 + NOSE_GAP_M), c + across)])[0]
            facing = AXIS_BEARING_DEG + (180.0 if side > 0 else 0.0)
            yield [Stand(number, "midfield", (float(nose[0]), float(nose[1])), facing, kind) for kind in _sizes(across)]


def _remote_stands() -> Iterator[list[Stand]]:
    """Rows along the taxiways: south for cargo, north beyond the centre runway."""
    rows = (("S", "south", 101, 11, 880.0, 136.0, -1030.0, 180.0), ("N", "north", 141, 5, -1060.0, 180.0, 1100.0, 0.0))
    for letter, area, first, count, start, step, across, turn in rows:
        for index in range(count):
            nose = AIRFIELD.to_grid([(start + index * step, across)])[0]
            facing = AXIS_BEARING_DEG + 90.0 + turn
            place = (float(nose[0]), float(nose[1]))
            yield [Stand(f"{letter}{first + index}", area, place, facing, kind) for kind in _TYPES[1:]]
