"""Pictures of findings, drawn with rays: what is spoken of in colour, all else grey, with a scale bar and the grid's north."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from bim.bcf.cameras import Box, perspective_on, section_above
from bim.finding import Severity
from bim.reports.camera import HEIGHT, WIDTH, Lens

if TYPE_CHECKING:
    from bim.reports.scene import Body, Floats, Hits, Scene

ASPECT = WIDTH / HEIGHT
_SAMPLES = 2
"""Rays along each side of a pixel."""
_COLORS: dict[Severity, tuple[int, int, int]] = {"error": (211, 47, 47), "warning": (245, 124, 0), "note": (25, 118, 210)}
_SECOND = (21, 101, 192)
_LIMIT = (66, 133, 220)
_GREY, _CUT, _PAPER, _INK = (224, 227, 230), (192, 198, 204), (255, 255, 255), (52, 58, 64)
_THROUGH = 0.55
"""How much of a marked element is seen through what stands before it."""
_LIGHT = (np.array([-0.35, -0.6, 0.72]) / np.linalg.norm([-0.35, -0.6, 0.72])).astype(np.float32)
_RUN = 3
"""Samples that a part must be seen in, side by side, to have a border."""
_BAR_PX = 110
_PALETTES = (128, 64, 32, 16)
_MOST_BYTES = 60_000
_ROOM = 2.0
"""Side of the limit's square, times that of the box in plan."""


@dataclass(frozen=True, slots=True)
class Shot:
    """What a picture shows; places in the frame of the model, metres.

    Attributes:
        box: what the camera is fitted to, as that of a BCF viewpoint.
        marked: GlobalIds of what is spoken of.
        others: GlobalIds of what it is held against.
        severity: gives the colour.
        place: (x, y, z) of the spot that decides; None without.
        limit: (a, b, c, d) of the plane a x + b y + c z = d that nothing may stand above, normal of length 1; None without.
        north: (x, y, z) the way to the grid's north; None where the model has no place.
    """

    box: Box
    marked: tuple[str, ...]
    others: tuple[str, ...] = ()
    severity: Severity = "error"
    place: tuple[float, float, float] | None = None
    limit: tuple[float, float, float, float] | None = None
    north: tuple[float, float, float] | None = None


def picture(scene: Scene, shot: Shot) -> bytes:
    """A PNG picture of 640 x 400; the same bytes for the same scene and shot."""
    lens = Lens.of(perspective_on(shot.box, aspect=ASPECT), scene.origin)
    canvas = _Canvas(scene, shot, lens)
    size = (HEIGHT, _SAMPLES, WIDTH, _SAMPLES, 3)
    small = canvas.colours().reshape(size).mean(axis=(1, 3))
    image = Image.fromarray(np.clip(small + 0.5, 0, 255).astype(np.uint8))
    _annotate(image, shot, lens, scene.origin)
    return _png(image)


class _Canvas:
    """The rays of one picture."""

    def __init__(self, scene: Scene, shot: Shot, lens: Lens) -> None:
        self._scene, self._shot, self._lens = scene, shot, lens
        self._ways = lens.ways(_SAMPLES)
        self._top = section_above(shot.box).location[2] - scene.origin[2]
        self._starts, self._near = self._cut()

    def colours(self) -> NDArray[np.float32]:
        """(n, 3) the colour of each ray, 0 to 255."""
        hits = self._hits(self._scene.body)
        element = np.where(hits.triangle >= 0, self._scene.element_of[hits.triangle] if len(self._scene.element_of) else -1, -1)
        colours = self._drawn(hits, element, _GREY)
        inner = (hits.triangle >= 0) & (self._near > 0) & (_dot(hits.normal, self._ways) > 0)
        colours[inner] = _CUT
        nearest = hits.distance
        for names, colour in ((self._shot.others, _SECOND), (self._shot.marked, _COLORS[self._shot.severity])):
            nearest = np.minimum(nearest, self._mark(colours, self._scene.part(names), nearest, colour))
        if self._shot.limit is not None:
            self._lay_limit(colours, nearest)
        return colours

    def _hits(self, body: Body) -> Hits:
        """The first thing behind the section plane; what the camera sees past the plane from below is not there either."""
        found = body.hits(self._starts, self._ways)
        heights = self._starts[:, 2] + np.where(np.isfinite(found.distance), found.distance, 0) * self._ways[:, 2]
        gone = (heights > self._top + 1e-3) | ~np.isfinite(self._near)
        return found._replace(distance=np.where(gone, np.inf, found.distance + np.where(gone, 0, self._near)).astype(np.float32),
                              triangle=np.where(gone, -1, found.triangle))

    def _cut(self) -> tuple[Floats, Floats]:
        """(n, 3) where rays start: at the section plane where the camera stands over it; (n,) how far from the camera that is."""
        over = self._lens.place[2] - self._top
        if over <= 0:
            return np.tile(self._lens.place.astype(np.float32), (len(self._ways), 1)), np.zeros(len(self._ways), np.float32)
        down = -self._ways[:, 2]
        with np.errstate(divide="ignore"):
            near = np.where(down > 1e-9, over / down, np.inf).astype(np.float32)
        reached = np.where(np.isfinite(near), near, 0)[:, None]
        return (self._lens.place + reached * self._ways).astype(np.float32), near

    def _drawn(self, hits: Hits, part: NDArray[np.int32], colour: tuple[int, int, int]) -> NDArray[np.float32]:
        """(n, 3) a colour as it is lit, with dark edges."""
        facing = hits.normal * np.where(_dot(hits.normal, self._ways) > 0, np.float32(-1), np.float32(1))[:, None]
        light = np.minimum(np.float32(0.68) + np.float32(0.34) * np.maximum(facing @ _LIGHT, np.float32(0)), np.float32(1))
        light[self._edges(hits, facing, part)] *= np.float32(0.62)
        shown: Floats = light[:, None] * np.asarray(colour, np.float32)
        shown[hits.triangle < 0] = _PAPER
        return shown

    def _edges(self, hits: Hits, normal: Floats, part: NDArray[np.int32]) -> NDArray[np.bool_]:
        """(n,) rays beside which another element begins, a surface turns, or the distance leaps."""
        shape = (HEIGHT * _SAMPLES, WIDTH * _SAMPLES)
        edges = np.zeros(shape, bool)
        for axis in (0, 1):
            rows, parts = np.moveaxis(edges, axis, 0), np.moveaxis(part.reshape(shape), axis, 0)
            distance, normals = np.moveaxis(hits.distance.reshape(shape), axis, 0), np.moveaxis(normal.reshape(*shape, 3), axis, 0)
            turned = np.einsum("...i,...i->...", normals[:-1], normals[1:]) < 0.85
            with np.errstate(invalid="ignore"):
                leapt = np.abs(distance[:-1] - distance[1:]) > 0.05 * np.minimum(distance[:-1], distance[1:])
            rows[:-1] |= turned | leapt
            rows[_RUN - 1:-_RUN] |= _borders(parts)
        return edges.reshape(-1)

    def _mark(self, colours: NDArray[np.float32], body: Body, nearest: Floats, colour: tuple[int, int, int]) -> Floats:
        """Draws a body into the picture: whole where it is in front, showing through where it is behind; its distances."""
        if not len(body.corners):
            return nearest
        hits = self._hits(body)
        seen = hits.triangle >= 0
        drawn = self._drawn(hits, np.where(seen, 0, -1).astype(np.int32), colour)
        before = seen & (hits.distance <= nearest * (1 + 1e-4) + 2e-3)
        behind = seen & ~before
        colours[before] = drawn[before]
        colours[behind] = _THROUGH * drawn[behind] + (1 - _THROUGH) * colours[behind]
        return np.where(before, hits.distance, np.inf).astype(np.float32)

    def _lay_limit(self, colours: NDArray[np.float32], nearest: Floats) -> None:
        """Lays the limit over the picture where nothing stands before it, as a square around the box."""
        assert self._shot.limit is not None
        normal, level = np.asarray(self._shot.limit[:3]), self._shot.limit[3]
        level -= float(normal @ self._scene.origin)
        with np.errstate(divide="ignore", invalid="ignore"):
            distance = (level - normal @ self._lens.place) / (self._ways @ normal)
            met = self._lens.place + distance[:, None] * self._ways
        half = _ROOM / 2 * max(np.subtract(self._shot.box.highest, self._shot.box.lowest)[:2].max(), 2.0)
        middle = self._shot.box.centre - self._scene.origin
        with np.errstate(invalid="ignore"):
            inside = (distance > 0) & (distance < nearest) & (np.abs(met - middle)[:, :2] <= half).all(axis=1)
        colours[inside] = 0.3 * np.asarray(_LIMIT, np.float32) + 0.7 * colours[inside]


def _borders(parts: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Where, along the first axis, one part ends and another begins, each some samples long: faces of two elements that lie in one
    plane hide each other at random, and are no border."""
    same = parts[:-1] == parts[1:]
    steady = np.asarray(np.lib.stride_tricks.sliding_window_view(same, _RUN - 1, axis=0).all(axis=-1))
    border: NDArray[np.bool_] = ~same[_RUN - 1:1 - _RUN] & steady[:-_RUN] & steady[_RUN:]
    return border


def _dot(one: Floats, other: Floats) -> Floats:
    dots: Floats = np.einsum("ij,ij->i", one, other)
    return dots


def _annotate(image: Image.Image, shot: Shot, lens: Lens, origin: NDArray[np.float64]) -> None:
    """Draws the place that decides, a scale bar that is true at the middle of the box, and an arrow to the grid's north."""
    draw = ImageDraw.Draw(image)
    middle = shot.box.centre - origin
    if shot.place is not None and (at := lens.pixel(np.asarray(shot.place) - origin)) is not None:
        for radius, colour in ((8, _PAPER), (7, _INK), (6, _INK), (5, _PAPER)):
            draw.ellipse([at[0] - radius, at[1] - radius, at[0] + radius, at[1] + radius], outline=colour)
    _scale_bar(draw, lens.metre(middle))
    if shot.north is not None:
        _north(draw, lens.axes @ np.asarray(shot.north))


def _scale_bar(draw: ImageDraw.ImageDraw, metre_px: float) -> None:
    length = _round_length(_BAR_PX / metre_px)
    right, base = 12 + length * metre_px, HEIGHT - 14
    draw.rectangle([6, base - 28, max(right, 62) + 6, base + 8], fill=_PAPER)
    draw.line([12, base - 4, 12, base + 2, right, base + 2, right, base - 4], fill=_INK, width=2)
    text = f"{length:g} m" if length >= 0.1 else f"{length * 1000:g} mm"
    draw.text((12, base - 25), text, fill=_INK, font=ImageFont.load_default(16))


def _round_length(most: float) -> float:
    """The longest of 1, 2, 5 times a power of ten that is not over `most`."""
    power = 10.0 ** np.floor(np.log10(most))
    return float(max(step * power for step in (1, 2, 5) if step * power <= most * (1 + 1e-9)))


def _north(draw: ImageDraw.ImageDraw, seen: NDArray[np.float64]) -> None:
    """An arrow in the lower right corner along (right, up, forward) `seen`, as long as north is seen."""
    way = np.array([seen[0], -seen[1]])
    middle, tip = np.array([WIDTH - 32.0, HEIGHT - 34.0]), way * 20
    side = np.array([-way[1], way[0]]) / max(float(np.linalg.norm(way)), 1e-9) * 5
    draw.ellipse([*(middle - 26), *(middle + 26)], fill=_PAPER)
    draw.line([tuple(middle - tip), tuple(middle + tip * 0.4)], fill=_INK, width=2)
    draw.polygon([tuple(middle + tip), tuple(middle + tip * 0.3 + side), tuple(middle + tip * 0.3 - side)], fill=_INK)
    at = middle + tip * 1.0 + way * 7 - np.array([4.0, 8.0])
    draw.text((float(at[0]), float(at[1])), "N", fill=_INK, font=ImageFont.load_default(12))


def _png(image: Image.Image) -> bytes:
    """The picture with few colours, and smoothed where it is noise: below 60 kB, and the same bytes for the same picture."""
    made = b""
    for colours, smoothed in (*((number, 0) for number in _PALETTES), *((_PALETTES[-1], size) for size in (3, 5, 9))):
        file = BytesIO()
        shown = image.filter(ImageFilter.MedianFilter(smoothed)) if smoothed else image
        shown.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
        made = file.getvalue()
        if len(made) < _MOST_BYTES:
            break
    return made
