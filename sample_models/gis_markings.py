"""Paint and rubber on the runways: thresholds, designators, centre lines, aiming points; EPSG:2326."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from shapely import LineString, Polygon

from sample_models.gis_runways import Band, bands
from sample_models.layout import Layout

_STROKES: dict[str, list[list[tuple[float, float]]]] = {
    "0": [[(0, 0), (0, 4), (2, 4), (2, 0), (0, 0)]],
    "2": [[(0, 4), (2, 4), (2, 2), (0, 2), (0, 0), (2, 0)]],
    "5": [[(2, 4), (0, 4), (0, 2), (2, 2), (2, 0), (0, 0)]],
    "7": [[(0, 4), (2, 4), (1, 0)]],
    "L": [[(0, 4), (0, 0), (2, 0)]],
    "C": [[(2, 4), (0, 4), (0, 0), (2, 0)]],
    "R": [[(0, 0), (0, 4), (2, 4), (2, 2), (0, 2)], [(0.8, 2), (2, 0)]],
}
"""Glyphs as polylines in a cell 2 wide and 4 high."""
_GLYPH_UNIT_M = 4.5


def runway_paint(layout: Layout) -> list[Polygon]:
    """All white paint on the runways."""
    return [shape for band in bands(layout) for shape in _paint(band)]


def rubber(layout: Layout) -> list[Polygon]:
    """Dark tyre marks in the touchdown zones."""
    result = []
    for band in bands(layout):
        start = band.runway.displaced_m
        for near, far, width in ((220.0, 950.0, 15.0), (300.0, 760.0, 9.0), (380.0, 620.0, 18.0)):
            result.append(band.rectangle(start + near, start + far, width))
            result.append(band.rectangle(band.length_m - start - far, band.length_m - start - near, width))
    return result


def _paint(band: Band) -> Iterator[Polygon]:
    length, displaced = band.length_m, band.runway.displaced_m
    for side in (-29.0, 29.0):
        yield band.rectangle(0, length, 1.0, side)
    for dash in np.arange(displaced + 140.0, length - displaced - 140.0, 50.0):
        yield band.rectangle(float(dash), float(dash) + 30.0, 1.0)
    for end, designator in enumerate(band.runway.designators):
        yield from _landing_end(band, end, displaced)
        yield from _designator(band, end, displaced, designator)


def _landing_end(band: Band, end: int, displaced: float) -> Iterator[Polygon]:
    """Threshold stripes, touchdown zone bars and the aiming point of one end."""
    for stripe in (*np.arange(-26.1, -2, 3.6), *np.arange(4.5, 27, 3.6)):
        yield _bar(band, end, displaced + 6, displaced + 36, 1.8, float(stripe))
    for distance, bars in ((150.0, 3), (300.0, 3), (450.0, 2), (600.0, 2), (750.0, 1), (900.0, 1)):
        for side in (-1.0, 1.0):
            for bar in range(bars):
                across = side * (10.5 + 3.3 * bar)
                yield _bar(band, end, displaced + distance, displaced + distance + 22.5, 1.8, across)
    for side in (-13.5, 13.5):
        yield _bar(band, end, displaced + 400, displaced + 460, 9.0, side)
    if displaced:
        yield _bar(band, end, displaced, displaced + 1.8, 60.0, 0.0)
        for dash in np.arange(15.0, displaced - 30.0, 50.0):
            yield _bar(band, end, float(dash), float(dash) + 26.0, 1.0, 0.0)


def _bar(band: Band, end: int, near: float, far: float, width: float, across: float) -> Polygon:
    if end == 0:
        return band.rectangle(near, far, width, across)
    return band.rectangle(band.length_m - far, band.length_m - near, width, -across)


def _designator(band: Band, end: int, displaced: float, text: str) -> Iterator[Polygon]:
    """Two digits with the letter before them, to be read by who lands."""
    unit = _GLYPH_UNIT_M
    rows = ((text[2], -1.0, 48.0), (text[0], -2.7, 48.0 + 5.5 * unit), (text[1], 0.7, 48.0 + 5.5 * unit))
    for glyph, right, distance in rows:
        for stroke in _STROKES[glyph]:
            points = []
            for x, y in stroke:
                along, across = displaced + distance + y * unit, -(x + right) * unit
                points.append(band.point(along, across) if end == 0 else band.point(band.length_m - along, -across))
            yield LineString(points).buffer(1.1, cap_style="square", join_style="mitre")
