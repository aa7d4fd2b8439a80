"""Hypotheses: where a layer's coordinates would lie if one of the usual mistakes, or two, had been made with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from csdi.crs import crs, missing_shift, transform
from csdi.errors import CrsError

HK_GRID = "EPSG:2326"
HONG_KONG = (113.70, 22.08, 114.56, 22.63)
"""West, south, east, north, WGS 84 degrees, with a margin of 5 km."""
NEARBY = (HK_GRID, "OGC:CRS84", "EPSG:3857", "EPSG:32650", "EPSG:32649", "EPSG:4547", "EPSG:4526", "EPSG:4546", "EPSG:4548", "EPSG:8433")
"""CRSs that data of Hong Kong comes in, the likeliest first."""
_UNITS = ((1e-3, "millimetres"), (0.3048, "feet"), (1e-2, "centimetres"), (1e3, "kilometres"))
_WRONG_SIGNS_M = (17.9, 52.4)
"""East and north, metres, by which the rotations of EPSG:1825 with turned signs miss at Hong Kong."""
_TRUNCATED = 800_000.0


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """Coordinates after one or more mistakes are undone.

    Attributes:
        code: of the Finding that names the mistake.
        said: the mistake in words.
        cure: what to do at the source.
        crs: what the coordinates are in.
        xy: (n, 2) x first, in the unit of `crs`.
        cost: how much has to be wrong.
        regional: it may be believed on the area alone, without a witness.
    """

    code: str
    said: str
    cure: str
    crs: str
    xy: NDArray[np.float64]
    cost: float = 1.0
    regional: bool = True

    def lonlat(self) -> NDArray[np.float64]:
        """(n, 2) longitude and latitude in degrees, NaN where the CRS does not reach."""
        return lonlat_of(self.crs, self.xy)


def lonlat_of(code: str, xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 2) longitude and latitude (WGS 84 degrees) of (n, 2) coordinates, x first; NaN where the CRS does not reach."""
    reference = crs(code).horizontal
    found = np.full((len(xy), 2), np.nan)
    usable = np.isfinite(xy).all(axis=1)
    if reference.is_geographic:
        usable &= (np.abs(xy[:, 0]) <= 360.0) & (np.abs(xy[:, 1]) <= 90.0)
    else:
        usable &= (np.abs(xy) < 1e9).all(axis=1)
    rows = np.flatnonzero(usable)
    if len(rows):
        _into(found, reference.code, xy, rows)
    return found


def _into(found: NDArray[np.float64], code: str, xy: NDArray[np.float64], rows: NDArray[np.int64]) -> None:
    """Transforms rows; where some do not reach, halves are tried until the guilty ones are alone."""
    try:
        found[rows] = transform(code, "OGC:CRS84").points(xy[rows])
    except CrsError:
        if len(rows) > 1:
            _into(found, code, xy, rows[: len(rows) // 2])
            _into(found, code, xy, rows[len(rows) // 2 :])


def hypotheses(code: str, xy: NDArray[np.float64], z: NDArray[np.float64]) -> list[Hypothesis]:
    """All hypotheses about coordinates that are labelled `code`, the cheapest first.

    Args:
        xy: (n, 2) as in the file, x first.
        z: (n,) heights, NaN where there are none.
    """
    found = [*_single(code, xy, z)]
    first = [h for h in found if h.code in ("axes-swapped", "digits-missing", "unit-wrong")]
    return sorted([*found, *(pair for one in first for pair in _pairs(one, z))], key=lambda h: h.cost)


def _pairs(one: Hypothesis, z: NDArray[np.float64]) -> Iterator[Hypothesis]:
    """A mistake with a second one on top of it."""
    for more in _single(one.crs, one.xy, z):
        if more.code not in (one.code, "landsd-axes", "axes-swapped"):
            regional = more.regional and {one.code, more.code} != {"unit-wrong", "digits-missing"}
            code = more.code if one.code == "unit-wrong" else one.code
            yield replace(
                more,
                code=code,
                said=f"{one.said}, and {more.said}",
                cure=f"{one.cure}; {more.cure}",
                cost=one.cost + more.cost,
                regional=regional,
            )


def _single(code: str, xy: NDArray[np.float64], z: NDArray[np.float64]) -> Iterator[Hypothesis]:
    label = crs(code).horizontal
    yield Hypothesis("axes-swapped", "x and y are swapped", "exchange the two: east or longitude first", label.code, xy[:, ::-1])
    yield from _in_another_crs(label.code, xy)
    if not label.is_geographic:
        yield from _of_grid(label.code, xy)
    yield from _signs(label.code, xy)
    yield from _shifts(label.code, xy)
    if np.isfinite(z).any():
        yield Hypothesis(
            "landsd-axes",
            "the axes are those of the Lands Department's 3D sheets: X = east, Y = level, Z = -north",
            "read x = X, y = -Z, height = Y",
            HK_GRID,
            np.column_stack([xy[:, 0], -z]),
            1.1,
        )


def _in_another_crs(code: str, xy: NDArray[np.float64]) -> Iterator[Hypothesis]:
    geographic = crs(code).is_geographic
    for rank, other in enumerate(NEARBY):
        if other == code or (geographic and other == "OGC:CRS84"):
            continue
        degrees = other == "OGC:CRS84"
        kind = "degrees-as-metres" if degrees else "metres-as-degrees" if geographic else "crs-contradicted"
        said = (
            f"the coordinates are longitude and latitude, not metres of {code}"
            if degrees
            else f"the coordinates are in {other}, not in {code}"
        )
        yield Hypothesis(
            kind,
            said,
            f"label them {'EPSG:4326' if degrees else other}: --crs {'EPSG:4326' if degrees else other}",
            other,
            xy,
            1.0 + rank / 50,
        )


def _of_grid(code: str, xy: NDArray[np.float64]) -> Iterator[Hypothesis]:
    for factor, unit in _UNITS:
        yield Hypothesis(
            "unit-wrong", f"the coordinates are in {unit}, not in the unit of {code}", f"multiply by {factor:g}", code, xy * factor, 1.2
        )
    if code == HK_GRID:
        short = (xy >= 1e3) & (xy < 1e5)
        if short.any():
            yield Hypothesis(
                "digits-missing",
                "the leading 8 of the coordinates is missing (truncated)",
                "add 800 000 m where it is missing",
                code,
                np.where(short, xy + _TRUNCATED, xy),
            )


def _signs(code: str, xy: NDArray[np.float64]) -> Iterator[Hypothesis]:
    for sign, said in (((-1.0, 1.0), "x"), ((1.0, -1.0), "y"), ((-1.0, -1.0), "x and y")):
        yield Hypothesis("sign-turned", f"the sign of {said} is turned", f"turn the sign of {said}", code, xy * np.array(sign), 1.5)


def _shifts(code: str, xy: NDArray[np.float64]) -> Iterator[Hypothesis]:
    """The datum shift left out or made twice, and the one with turned rotations; only a witness can tell."""
    grid = HK_GRID if crs(code).is_geographic else code
    try:
        there = xy if grid == code else transform(code, grid).points(xy)
        vector = missing_shift(crs(grid), there)
    except CrsError:
        return
    if not np.isfinite(vector).all() or np.abs(vector).max(initial=0.0) < 1.0:
        return
    dx, dy = np.median(vector, axis=0)
    for sign, how in ((1.0, "left out"), (-1.0, "made twice, or left out of the other coordinates")):
        yield Hypothesis(
            "datum-shift-missing",
            f"the datum shift between WGS 84 and {grid} was {how}: {sign * dx:+.0f} m east, {sign * dy:+.0f} m north",
            "transform with the datum shift (in Hong Kong EPSG:1825), not by the map projection alone",
            grid,
            there - sign * vector,
            1.0 if sign > 0 else 1.1,
            regional=False,
        )
    if grid == HK_GRID:
        for sign in (1.0, -1.0):
            yield Hypothesis(
                "datum-shift-missing",
                "the datum shift was made with the signs of its rotations turned: 55 m off",
                "use EPSG:1825 with the coordinate frame convention",
                grid,
                there - sign * np.array(_WRONG_SIGNS_M),
                1.2,
                regional=False,
            )
