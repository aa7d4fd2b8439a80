"""Draws `model_faults.svg`: how far each fault in a map conversion moves the sample's terminal, on a logarithmic scale."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from csdi.crs import ECEF, HK80, crs, missing_shift, transform

PLACE = np.array([811324.0, 819615.0])
TURN_DEG = 19.0
FAR_CORNER_M = 170.0
WIDTH, LEFT, ROW = 720, 300, 26
LOWEST_M, HIGHEST_M = 0.1, 2e7


def apart_m(code: str, numbers: NDArray[np.float64]) -> float:
    """Metres between PLACE in HK1980 Grid and `numbers` (east, north) in another CRS."""
    here = transform(HK80, "OGC:CRS84").points(PLACE[None, :])[0]
    there = transform(crs(code), "OGC:CRS84").points(numbers[None, :])[0]
    both = transform("OGC:CRS84h", ECEF).points(np.array([[*here, 0.0], [*there, 0.0]]))
    return float(np.linalg.norm(both[1] - both[0]))


def faults() -> list[tuple[str, float]]:
    """Label and metres, smallest first."""
    shift = float(np.linalg.norm(missing_shift(HK80, PLACE[None, :])[0]))
    found = [
        ("OrthogonalHeight above chart datum", 0.146),
        ("true north taken for grid north, at 170 m", FAR_CORNER_M * math.radians(0.09)),
        ("OrthogonalHeight above the ellipsoid", 3.6),
        ("rotation of the wrong sign, at 170 m", 2 * FAR_CORNER_M * math.sin(math.radians(TURN_DEG))),
        ("site position in whole seconds", 30.9),
        ("datum shift left out", shift),
        ("eastings and northings swapped", math.hypot(*(PLACE - PLACE[::-1]))),
        ("leading 8 missing", 800_000.0 * math.sqrt(2)),
        ("georeferenced twice", float(np.linalg.norm(PLACE))),
        ("HK1980 numbers named Web Mercator", apart_m("EPSG:3857", PLACE)),
    ]
    return sorted(found, key=lambda one: one[1])


def bar(row: int, label: str, metres: float) -> str:
    """One labelled bar."""
    length = (math.log10(metres) - math.log10(LOWEST_M)) / (math.log10(HIGHEST_M) - math.log10(LOWEST_M)) * (WIDTH - LEFT - 90)
    y = 24 + row * ROW
    said = f"{metres:.2g} m" if metres < 10 else f"{metres:,.0f} m" if metres < 10_000 else f"{metres / 1000:,.0f} km"
    return (f'<text x="{LEFT - 10}" y="{y + 13}" text-anchor="end" fill="#222">{label}</text>'
            f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="18" fill="#a3123a" fill-opacity="0.75"/>'
            f'<text x="{LEFT + length + 6:.1f}" y="{y + 13}" fill="#222">{said}</text>')


def main() -> None:
    """Write the drawing beside this file."""
    shown = faults()
    height = 40 + ROW * len(shown)
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="13">',
             f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
             *(bar(row, label, metres) for row, (label, metres) in enumerate(shown)), "</svg>", ""]
    Path(__file__).with_suffix(".svg").write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
