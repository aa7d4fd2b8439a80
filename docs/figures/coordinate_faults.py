"""Draws `coordinate_faults.svg`: where a building at HKIA lands under common faults, computed with csdi.crs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from csdi.crs import CRS84, HK80, transform

ORIGIN = np.array([812345.0, 819012.0])
SIZE_M = (120.0, 60.0)
SCALE = 1.0  # pixels per metre
# From the transformation with the signs of its rotations turned round, at ORIGIN, metres east and north.
WRONG_SIGNS_M = np.array([17.9, 52.4])


def missing_shift(grid: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where (n, 2) grid coordinates land when HK1980 longitudes and latitudes are taken for WGS 84."""
    return transform(CRS84, HK80).points(transform(HK80, "EPSG:4611").points(grid))


def building(corner: NDArray[np.float64], colour: str, label: str) -> str:
    """SVG of a labelled rectangle whose lower left corner is at `corner`, metres."""
    x, y = (corner - ORIGIN) * SCALE
    width, height = (side * SCALE for side in SIZE_M)
    label_y = height + 18 if np.array_equal(corner, ORIGIN) else -8
    return (f'<g transform="translate({330 + x:.1f},{260 - y:.1f})"><rect width="{width}" height="{height}" fill="{colour}" '
            f'fill-opacity="0.25" stroke="{colour}" stroke-width="2"/><text x="0" y="{label_y:g}" fill="{colour}">{label}</text></g>')


def main() -> None:
    """Write the drawing beside this file."""
    shifted = missing_shift(ORIGIN[None, :])[0]
    off_m = float(np.hypot(*(shifted - ORIGIN)))
    drawing = "\n".join([
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 400" font-family="sans-serif" font-size="13">',
        '<rect width="640" height="400" fill="#ffffff"/>',
        building(ORIGIN, "#0b6e4f", "right"),
        building(ORIGIN + WRONG_SIGNS_M, "#b35c00", "rotation signs turned: 55 m"),
        building(shifted, "#a3123a", f"datum shift missing: {off_m:.0f} m"),
        '<path d="M40 360 h100 M40 354 v12 M140 354 v12" stroke="#333" fill="none"/><text x="68" y="350" fill="#333">100 m</text>',
        '<text x="600" y="40" fill="#333">N</text><path d="M605 80 V46 m-5 8 l5 -8 l5 8" stroke="#333" fill="none"/>',
        "</svg>", ""])
    Path(__file__).with_suffix(".svg").write_text(drawing, encoding="utf-8")


if __name__ == "__main__":
    main()
