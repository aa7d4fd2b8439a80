"""Coats of paint for the aerial image: which shapes are laid over the bare ground, in which order and colour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely
from shapely import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from sample_models.gis_aprons import Stand, concrete, stand_plan
from sample_models.gis_buildings import Building, building_plan
from sample_models.gis_earthworks import PAVEMENT_HALF_WIDTH_M, taxiway_line
from sample_models.gis_files import geometries
from sample_models.gis_ground import AIRFIELD, AREA, Array, Frame, heights, platform, platform_distance
from sample_models.gis_land import lot_plan
from sample_models.gis_markings import rubber, runway_paint
from sample_models.gis_roads import WIDTH_M, Road, road_plan
from sample_models.gis_runways import bands, centre_line, surface, taxiway_plan
from sample_models.gis_town import plots
from sample_models.layout import AXIS_BEARING_DEG, Layout

Colour = tuple[int, int, int]

SUN_FROM_DEG = 128.0
SHADOW_PER_HEIGHT = 0.75
"""Length of a shadow per metre of height, for a sun at about 53 degrees."""

PAVING: Colour = (157, 155, 147)
CONCRETE: Colour = (171, 169, 161)
ASPHALT: Colour = (93, 94, 96)
RUNWAY: Colour = (70, 71, 75)
SHOULDER: Colour = (120, 121, 116)
ROAD: Colour = (88, 88, 90)
YELLOW: Colour = (205, 172, 66)
WHITE: Colour = (236, 236, 232)
LAWN: Colour = (96, 122, 66)
TREE: Colour = (52, 80, 44)
_ROOFS: dict[str, tuple[Colour, ...]] = {
    "Airport": ((214, 219, 222),), "Transport": ((196, 205, 210),), "Cargo": ((188, 198, 205), (176, 186, 190)),
    "Maintenance": ((150, 172, 190), (164, 180, 190)), "Utility": ((226, 226, 222),), "Car park": ((178, 176, 170),),
    "Hotel": ((186, 170, 152), (205, 200, 190)), "Office": ((158, 170, 178), (190, 192, 190)),
    "Retail": ((170, 162, 150), (140, 152, 122)), "Exhibition": ((204, 208, 204),), "Warehouse": ((176, 184, 186),),
    "Residential": ((192, 180, 168), (204, 196, 184), (178, 168, 160), (198, 184, 176)),
    "School": ((176, 120, 98), (190, 152, 128)), "Government": ((168, 134, 118), (190, 186, 176)),
    "Catering": ((190, 196, 192),), "Education": ((184, 150, 128),),
}  # fmt: skip
_TAILS: tuple[Colour, ...] = ((24, 104, 96), (168, 40, 48), (40, 72, 140), (214, 160, 40), (96, 48, 120), (30, 30, 36))


class Coat(NamedTuple):
    """Shapes laid on at once.

    Attributes:
        shapes: (n,) polygons, EPSG:2326.
        colours: (n, 3) or (1, 3) uint8.
        opacity: 0 to 1.
        grain: strength of the mottling, in levels of 255.
    """

    shapes: npt.NDArray[np.object_]
    colours: npt.NDArray[np.uint8]
    opacity: float = 1.0
    grain: float = 0.0


def coats(layout: Layout) -> list[Coat]:
    """Every coat from the ground up."""
    buildings = [row for row in building_plan(layout) if _on_site(row.shape)]
    placed = stand_plan(layout)
    return [
        *_grounds(layout), *_pavements(layout), *_road_coats(layout), *_greenery(layout, buildings),
        *_aircraft(placed), *_building_coats(layout, buildings), *_wakes(),
    ]  # fmt: skip


def one(shapes: Iterable[BaseGeometry], colour: Colour, opacity: float = 1.0, grain: float = 0.0) -> Coat:
    """A coat of a single colour."""
    return Coat(geometries(list(shapes)), np.array([colour], dtype=np.uint8), opacity, grain)


def _on_site(shape: BaseGeometry) -> bool:
    return bool(shapely.box(*AREA).intersects(shape))


def _grounds(layout: Layout) -> Iterator[Coat]:
    lots = {lot.number: lot.shape for lot in lot_plan(layout)}
    yield one([lots[number] for number in ("CLK-2", "CLK-3", "CLK-5")], PAVING, 0.9, 9)
    terminal = Frame(*layout.terminal_origin, AXIS_BEARING_DEG)
    yield one([terminal.rectangle(725, 0, 760, 800)], (142, 143, 124), 0.8, 14)
    dry = platform().buffer(-45)
    cargo = (AIRFIELD.rectangle(1390, -1430, 1120, 560), AIRFIELD.rectangle(2700, -1330, 720, 420))
    yield one([shape & dry for shape in cargo], PAVING, 0.9, 9)
    yield one([lots["CLK-23"].buffer(-8)], (150, 148, 134), 0.85, 8)
    town = [plot.shape.buffer(12, join_style="mitre") for plot in plots(layout.scale) if _on_site(plot.shape)]
    yield one([shapely.union_all(town)], (139, 141, 126), 0.9, 14)


def _pavements(layout: Layout) -> Iterator[Coat]:
    paved = surface(layout)
    runways = [band.pavement for band in bands(layout)]
    yield one([paved.buffer(9.0)], SHOULDER, 0.9, 6)
    yield one([runway.buffer(8.0, join_style="mitre") for runway in runways], SHOULDER, 1.0, 5)
    aprons = concrete(layout)
    yield one(aprons, CONCRETE, 1.0, 7)
    yield one(_joints(aprons), (148, 146, 139), 0.35)
    yield one([paved], ASPHALT, 0.92, 7)
    yield one(runways, RUNWAY, 1.0, 5)
    yield one(rubber(layout), (36, 36, 38), 0.42)
    yield one(runway_paint(layout), WHITE, 0.93)
    yield one([centre_line(row).buffer(0.55) for row in taxiway_plan(layout)], YELLOW, 0.85)
    lanes = Polygon(layout.footprint).buffer(128.0).simplify(4.0) & shapely.union_all(aprons).buffer(-20)
    yield one([part.exterior.buffer(0.5) for part in shapely.get_parts(lanes)], YELLOW, 0.7)


def _joints(aprons: list[Polygon]) -> Iterator[Polygon]:
    """Every eighth slab joint of the concrete, both ways."""
    for apron in aprons:
        corners = AIRFIELD.from_grid(np.asarray(apron.exterior.coords))
        (a0, c0), (a1, c1) = corners.min(axis=0), corners.max(axis=0)
        lines = [[(a, c0), (a, c1)] for a in np.arange(a0 + 60, a1, 60)]
        lines += [[(a0, c), (a1, c)] for c in np.arange(c0 + 60, c1, 60)]
        yield from (LineString(AIRFIELD.to_grid(line)).buffer(0.8) for line in lines)


def _road_coats(layout: Layout) -> Iterator[Coat]:
    rows = [row for row in road_plan(layout) if _on_site(row.line)]
    flyover = next(row for row in rows if row.name_en == "Airport Link Bridge")
    yield _shadow([_road_surface(flyover, 0.0)], [16.0])
    yield one([_road_surface(row, 3.0) for row in rows if row.kind != "airside"], (150, 149, 141), 0.9, 5)
    yield one([_road_surface(row, 0.0) for row in rows], ROAD, 1.0, 5)
    middle = [row.line.buffer(0.5) for row in rows if row.kind in ("expressway", "primary")]
    yield one(middle, WHITE, 0.6)
    deck = Polygon(layout.bridge_footprint)
    yield _shadow([deck], [6.5])
    yield one([deck], CONCRETE, 1.0, 5)
    yield one([LineString(taxiway_line(layout)[:, :2]).buffer(PAVEMENT_HALF_WIDTH_M, cap_style="flat")], ASPHALT, 1.0, 6)
    yield one([LineString(taxiway_line(layout)[:, :2]).buffer(0.55)], YELLOW, 0.85)


def _road_surface(road: Road, wider_m: float) -> Polygon:
    return road.line.buffer(WIDTH_M[road.kind] / 2 + wider_m, quad_segs=4)


def _greenery(layout: Layout, buildings: list[Building]) -> Iterator[Coat]:
    built = shapely.union_all([row.shape for row in buildings])
    gardens = [plot.shape.buffer(-3) for plot in plots(layout.scale) if _on_site(plot.shape)]
    gardens = [garden for garden in gardens if not garden.intersects(built)]
    yield one(gardens, LAWN, 1.0, 16)
    roads = shapely.union_all([_road_surface(row, 1.0) for row in road_plan(layout) if _on_site(row.line)])
    crowns = [Point(x, y).buffer(r, quad_segs=3) for x, y, r in _trees(layout, gardens)]
    blocked = shapely.union_all([built.buffer(3.0), roads])
    shapely.prepare(blocked)
    crowns = [crown for crown in crowns if not blocked.intersects(crown)]
    yield _shadow(crowns, [5.0] * len(crowns))
    draw = np.random.default_rng(5)
    shade = draw.integers(-12, 16, (len(crowns), 1)) + np.array([TREE])
    yield Coat(geometries(crowns), shade.astype(np.uint8), 1.0, 14)


def _trees(layout: Layout, gardens: list[Polygon]) -> Iterator[tuple[float, float, float]]:
    """Avenue trees beside town and landside roads, and groves in the gardens: x, y, radius."""
    draw = np.random.default_rng(11)
    for row in road_plan(layout):
        if row.kind in ("local", "distributor", "primary") and _on_site(row.line):
            for side in (-1, 1):
                line = shapely.offset_curve(row.line, side * (WIDTH_M[row.kind] / 2 + 5.5))
                for along in np.arange(8.0, line.length, 13.0):
                    point = shapely.line_interpolate_point(line, along)
                    yield point.x, point.y, float(draw.uniform(2.2, 4.2))
    for garden in gardens:
        x0, y0, x1, y1 = garden.bounds
        for x, y in draw.uniform((x0, y0), (x1, y1), (46, 2)):
            if garden.contains(Point(x, y)):
                yield float(x), float(y), float(draw.uniform(2.5, 5.5))


def _aircraft(placed: list[Stand]) -> Iterator[Coat]:
    yield one([LineString([row.at(0, 0), row.at(-110, 0)]).buffer(0.5) for row in placed], YELLOW, 0.8)
    flying = [row for i, row in enumerate(placed) if i % 7 != 3]
    outlines = [row.outline for row in flying]
    yield _shadow(outlines, [7.0] * len(outlines))
    yield one(outlines, (240, 241, 242), 1.0, 3)
    tails = [LineString([row.at(-0.83 * row.aircraft[2], 0), row.at(-0.97 * row.aircraft[2], 0)]) for row in flying]
    colours = np.array([_TAILS[(i * 5 + i // 6) % len(_TAILS)] for i in range(len(tails))], dtype=np.uint8)
    yield Coat(geometries([tail.buffer(1.5) for tail in tails]), colours)


def _building_coats(layout: Layout, rows: list[Building]) -> Iterator[Coat]:
    rows = sorted(rows, key=lambda row: row.top_mpd)
    yield _shadow([row.shape for row in rows], [row.top_mpd - row.base_mpd for row in rows])
    colours = np.array([_roof(i, row) for i, row in enumerate(rows)], dtype=np.uint8)
    shapes = geometries([row.shape for row in rows])
    yield Coat(shapes, np.clip(colours * 0.86, 0, 255).astype(np.uint8))
    yield Coat(shapely.buffer(shapes, -1.6, join_style="mitre"), colours, 1.0, 7)
    plant = [row for row in rows if row.use in ("Residential", "Office", "Hotel") and row.kind == "Tower"]
    yield one([_scaled(row.shape, 0.34) for row in plant], (132, 130, 126))
    yield one(_skylights(layout), (122, 156, 178), 0.8)


def _roof(index: int, row: Building) -> Colour:
    choice = _ROOFS.get(row.use, ((180, 176, 168),))
    return choice[(index * 7 + index // 3) % len(choice)]


def _scaled(shape: Polygon, factor: float) -> Polygon:
    centre = shape.centroid
    return shapely.transform(shape, lambda xy: (xy - (centre.x, centre.y)) * factor + (centre.x, centre.y))


def _skylights(layout: Layout) -> Iterator[Polygon]:
    """Bands of glass along the roof of every wing of the terminal."""
    frame = layout.frame
    for wing in layout.wings:
        step = wing.width / (wing.cross_bays + 1)
        for band in range(1, wing.cross_bays + 1):
            across = -wing.width / 2 + band * step
            line = LineString([frame.to_grid(*wing.at(u, across)) for u in (10.0, wing.length - 10.0)])
            yield line.buffer(1.7, cap_style="flat")


def _shadow(shapes: list[Polygon], heights_m: list[float]) -> Coat:
    """Ground shaded by prisms of the given heights, as one dark coat."""
    angle = np.radians(SUN_FROM_DEG + 180.0)
    away = np.array([np.sin(angle), np.cos(angle)]) * SHADOW_PER_HEIGHT
    cast = []
    for shape, height in zip(shapes, heights_m, strict=True):
        steps = np.linspace(0, 1, max(2, int(height / 3) + 1))
        cast.append(shapely.union_all([_moved(shape, away * height * step) for step in steps]))
    whole = shapely.union_all(cast) if cast else Polygon()
    return one(shapely.get_parts(whole), (18, 24, 34), 0.46)


def _moved(shape: BaseGeometry, by: Array) -> BaseGeometry:
    return shapely.transform(shape, lambda xy: xy + by)


def _wakes() -> Iterator[Coat]:
    """Ferries on their way to and from the sea pier: white hulls before long pale wakes."""
    routes = (
        (812_960, 820_560, 40), (813_290, 819_420, 15), (813_130, 818_300, 190), (810_900, 821_600, 262),
        (806_400, 817_350, 75), (809_700, 817_100, 80), (805_500, 818_700, 350),
    )  # fmt: skip
    hulls, wakes = [], []
    for east, north, course in routes:
        if platform_distance(np.array([east]), np.array([north]))[0] < 60 or heights(
            np.array([float(east)]), np.array([float(north)])
        )[0]:
            continue
        frame = Frame(float(east), float(north), float(course))
        hulls.append(Polygon(frame.to_grid([(20, 0), (8, 5), (-20, 5), (-20, -5), (8, -5)])))
        wakes += [Polygon(frame.to_grid([(-18, 4), (-18, -4), (-300, -11), (-300, 11)]))]
        wakes += [Polygon(frame.to_grid([(-18, 3), (-18, -3), (-90, -4), (-90, 4)]))]
        wakes += [Polygon(frame.to_grid([(-18, 2), (-18, -2), (-190, -5), (-190, 5)]))]
    yield one(wakes, (214, 230, 232), 0.16)
    yield one(hulls, WHITE)
