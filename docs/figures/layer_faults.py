"""Draws `layer_faults.svg`: buildings of the sample under the faults that `csdi layers add` tells apart, all at one scale."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from csdi.crs import HK80, missing_shift

BUILDINGS = [(0, 0, 160, 60), (200, 30, 70, 70), (60, 110, 90, 40), (190, 140, 110, 50), (10, 190, 120, 45)]
ORIGIN = np.array([811_000.0, 819_300.0])
PANEL, GAP, SCALE = 230, 24, 0.3


def boxes(colour: str, offset: NDArray[np.float64], some: int = len(BUILDINGS), *, swapped: bool = False) -> str:
    """SVG of the buildings, metres to pixels, moved by `offset` metres east and north."""
    parts = []
    for x, y, width, height in BUILDINGS[:some]:
        left, low, w, h = (y, x, height, width) if swapped else (x, y, width, height)
        at = 40 + (left + offset[0]) * SCALE, 105 - (low + h + offset[1]) * SCALE
        parts.append(f'<rect x="{at[0]:.1f}" y="{at[1]:.1f}" width="{w * SCALE:.1f}" height="{h * SCALE:.1f}" fill="{colour}" '
                     f'fill-opacity="0.25" stroke="{colour}"/>')
    return "".join(parts)


def panel(column: int, title: str, cure: str, wrong: str) -> str:
    """One fault: where the features are (green) and where they were put (red)."""
    x = GAP + column * (PANEL + GAP)
    right = boxes("#0b6e4f", np.zeros(2))
    return (f'<g transform="translate({x},40)"><rect width="{PANEL}" height="190" fill="#fff" stroke="#999"/>{right}{wrong}'
            f'<text x="0" y="-12" font-weight="bold">{title}</text><text x="0" y="208" fill="#444">{cure}</text></g>')


def main() -> None:
    """Write the drawing beside this file."""
    shift = missing_shift(HK80, ORIGIN[None, :])[0]
    red = "#a3123a"
    panels = [
        panel(0, "datum-shift-missing", "all alike, 303 m", boxes(red, shift)),
        panel(1, "axes-swapped", "mirrored about the diagonal", boxes(red, np.array([60.0, -60.0]), swapped=True)),
        panel(2, "mixed-coordinates", "two of five, named by id", boxes(red, shift, 2)),
        panel(3, "coordinates-disagree", "single rows, 9 to 37 m", boxes(red, np.array([26.0, 26.0]), 1)),
    ]
    width = GAP + 4 * (PANEL + GAP)
    Path(__file__).with_suffix(".svg").write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} 270" font-family="sans-serif" font-size="13">'
        f'<rect width="{width}" height="270" fill="#fff"/>{"".join(panels)}</svg>\n', encoding="utf-8")


if __name__ == "__main__":
    main()
