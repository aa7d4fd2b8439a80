"""The picture of the site in its README: the aerial image with names, kilometre marks, a scale bar and a north arrow.

Run `python -m sample_models.gis_overview PICTURE`. Needs Pillow and fontconfig; Chinese names need a CJK font.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from sample_models.gis_ground import AIRFIELD, AREA
from sample_models.gis_rasters import aerial_image
from sample_models.gis_runways import bands
from sample_models.layout import Layout

CELL_M = 6.0
_DRAWN_AT = 2
"""Text and lines are drawn twice as large and reduced, so that their edges are smooth."""
_INK, _PAPER = (255, 255, 255), (12, 30, 44)


class Label(NamedTuple):
    """A name on the picture: (E, N) of its middle."""

    at: tuple[float, float]
    name: str
    name_zh: str
    size: int


def draw(path: Path) -> None:
    """Draw the picture at scale 1 and write it to `path` as PNG."""
    layout = Layout(1.0)
    ground = Image.fromarray(aerial_image(layout, CELL_M / _DRAWN_AT))
    ink = Image.new("L", ground.size, 0)
    pen = ImageDraw.Draw(ink)
    for label in _labels(layout):
        _write(pen, label)
    _kilometres(pen)
    _scale_bar(pen)
    halo = ink.filter(ImageFilter.GaussianBlur(5)).point(lambda v: min(255, int(v * 2.1)))
    ground.paste(_PAPER, mask=halo.point(lambda v: int(v * 0.62)))
    ground.paste(_INK, mask=ink)
    small = ground.resize((ground.width // _DRAWN_AT, ground.height // _DRAWN_AT), Image.Resampling.LANCZOS)
    small.quantize(256, method=Image.Quantize.MEDIANCUT, kmeans=4, dither=Image.Dither.FLOYDSTEINBERG).save(path, optimize=True)


def _labels(layout: Layout) -> list[Label]:
    field = [
        ((1480, -265), "Passenger terminal", "機場客運大樓", 19), ((2850, -20), "Airport city", "航天城", 17),
        ((-420, -60), "Midfield", "中場", 15), ((1600, -1650), "Cargo", "貨運區", 15),
        ((2760, -1640), "Maintenance", "飛機維修區", 15), ((1740, 1290), "Fuel farm", "燃油庫", 14),
        ((-420, 1480), "Third runway midfield", "第三跑道中場", 15),
    ]  # fmt: skip
    rows = [Label(_grid(point), *rest) for point, *rest in field]  # type: ignore[arg-type]
    rows += [
        Label((811_640, 816_230), "New Shore Town", "新岸新市鎮", 18),
        Label((808_300, 815_160), "Southern Hills", "南山郊野", 18),
        Label((809_300, 816_720), "Channel", "海峽", 15),
    ]
    for band in bands(layout):
        low, high = band.runway.designators
        rows += [Label(band.point(-150.0), low, "", 17), Label(band.point(band.length_m + 150.0), high, "", 17)]
    return rows


def _grid(point: tuple[float, float]) -> tuple[float, float]:
    east, north = AIRFIELD.to_grid([point])[0]
    return float(east), float(north)


def _write(pen: ImageDraw.ImageDraw, label: Label) -> None:
    x, y = _pixel(*label.at)
    size = label.size * _DRAWN_AT
    if not label.name_zh:
        pen.text((x, y), label.name, 255, _font("DejaVu Sans:bold", size), anchor="mm")
        return
    pen.text((x, y - size * 0.08), label.name, 255, _font("DejaVu Sans:bold", size), anchor="mb")
    pen.text((x, y + size * 0.08), label.name_zh, 255, _font(":lang=zh-hk:bold", round(size * 0.95)), anchor="mt")


def _kilometres(pen: ImageDraw.ImageDraw) -> None:
    """Ticks with easting and northing every kilometre along the lower and left edges."""
    west, south, east, north = (round(v) for v in AREA)
    font = _font("DejaVu Sans", 10 * _DRAWN_AT)
    _, bottom = _pixel(west, south)
    for easting in range(-(-west // 1000) * 1000 + 1000, east, 1000):
        x, _ = _pixel(easting, south)
        pen.line([(x, bottom), (x, bottom - 10 * _DRAWN_AT)], 255, _DRAWN_AT)
        pen.text((x, bottom - 12 * _DRAWN_AT), f"{easting:,} E".replace(",", " "), 255, font, anchor="mb")
    for northing in range(-(-south // 1000) * 1000 + 1000, north, 1000):
        _, y = _pixel(west, northing)
        pen.line([(0, y), (10 * _DRAWN_AT, y)], 255, _DRAWN_AT)
        pen.text((13 * _DRAWN_AT, y), f"{northing:,} N".replace(",", " "), 255, font, anchor="lm")


def _scale_bar(pen: ImageDraw.ImageDraw) -> None:
    """One kilometre and grid north, in the upper right corner."""
    right, top = _pixel(AREA[2], AREA[3])
    x1, y = right - 30 * _DRAWN_AT, top + 62 * _DRAWN_AT
    x0 = x1 - 1000 / CELL_M * _DRAWN_AT
    pen.line([(x0, y), (x1, y)], 255, 3 * _DRAWN_AT)
    for x in (x0, (x0 + x1) / 2, x1):
        pen.line([(x, y - 6 * _DRAWN_AT), (x, y)], 255, 2 * _DRAWN_AT)
    font = _font("DejaVu Sans", 12 * _DRAWN_AT)
    pen.text(((x0 + x1) / 2, y + 6 * _DRAWN_AT), "1 km   EPSG:2326", 255, font, anchor="mt")
    middle, d = x1 - 8 * _DRAWN_AT, _DRAWN_AT
    arrow = [(middle, y - 46 * d), (middle - 7 * d, y - 24 * d), (middle, y - 29 * d), (middle + 7 * d, y - 24 * d)]
    pen.polygon(arrow, 255)
    pen.text((middle, y - 22 * d), "N", 255, _font("DejaVu Sans:bold", 12 * d), anchor="mt")


def _pixel(east: float, north: float) -> tuple[float, float]:
    cell = CELL_M / _DRAWN_AT
    return (east - AREA[0]) / cell, (AREA[3] - north) / cell


def _font(pattern: str, size: int) -> ImageFont.FreeTypeFont:
    found = subprocess.run(["fc-match", "--format=%{file}|%{index}", pattern], capture_output=True, text=True, check=True)
    file, index = found.stdout.split("|")
    return ImageFont.truetype(file, size, int(index) & 0xFFFF)


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
