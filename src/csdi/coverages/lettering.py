"""Lettering: texts on a picture, in a font of this machine that has the letters, none over another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
_FONTS = ("NotoSansCJK-Regular.ttc", "NotoSansHK-Regular.otf", "NotoSerifCJK-Regular.ttc", "wqy-zenhei.ttc", "msjh.ttc", "PingFang.ttc")
"""Fonts with Chinese letters, the first that is there is taken; a built-in one with Latin letters is used without any of them."""
_LONGEST = 120
MOST = 2000
"""Texts on one picture."""


@dataclass(frozen=True, slots=True)
class Text:
    """Letters around a place.

    Attributes:
        place: x to the right and y downwards, in pixels: the middle of the text.
        size: height of the letters in pixels.
        colour: red, green and blue from 0 to 255, and opacity from 0 to 1.
        halo: colour around the letters, as `colour`; None without one.
        halo_size: pixels around the letters.
    """

    text: str
    place: tuple[float, float]
    size: float
    colour: tuple[float, float, float, float]
    halo: tuple[float, float, float, float] | None = None
    halo_size: float = 0.0


def lettered(texts: Sequence[Text], rows: int, columns: int) -> Iterator[tuple[NDArray[np.float64], tuple[int, int]]]:
    """Paint of each text that finds room, (rows, columns, 4) of colours times opacity and opacity, and its first row and column.

    Earlier texts go before later ones; one that would reach over the edge of the picture has no room.
    """
    taken = np.zeros((rows, columns), bool)
    for one in texts[:MOST]:
        paint = _paint(one)
        height, width = paint.shape[:2]
        top, left = round(one.place[1] - height / 2), round(one.place[0] - width / 2)
        if top < 0 or left < 0 or top + height > rows or left + width > columns or taken[top:top + height, left:left + width].any():
            continue
        taken[top:top + height, left:left + width] = True
        yield paint, (top, left)


def _paint(one: Text) -> NDArray[np.float64]:
    letters, font = one.text[:_LONGEST], _font(max(1, round(one.size)))
    around = max(0, round(one.halo_size)) if one.halo else 0
    probe = ImageDraw.Draw(Image.new("L", (1, 1)))
    x, y, right, bottom = probe.multiline_textbbox((0, 0), letters, font=font, stroke_width=around)
    size, at = (max(1, int(right - x) + 1), max(1, int(bottom - y) + 1)), (-x, -y)
    paint = np.zeros((size[1], size[0], 4))
    for colour, stroke in ((one.halo, around), (one.colour, 0)):
        if colour is None:
            continue
        mask = Image.new("L", size)
        ImageDraw.Draw(mask).multiline_text(at, letters, fill=255, font=font, stroke_width=stroke)
        share = np.asarray(mask, np.float64)[..., None] / 255 * colour[3]
        paint = paint * (1 - share) + np.array((*colour[:3], 1.0)) * share
    return paint


@cache
def _font(size: int) -> Font:
    for name in _FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.load_default(size)
