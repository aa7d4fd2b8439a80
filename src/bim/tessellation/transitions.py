"""Curves in the plane by their curvature: lines, arcs and every spiral of IFC 4.3 are the integral of one kind of law.

All parent curves of alignment segments but one state their curvature as a function of arc length (ISO 16739-1:2024, IfcSpiral and
its subtypes, with each term a length A): a polynomial whose term of degree n is sign(A) s^n / |A|^(n + 1), and for the sine and
cosine spirals one wave over the length of the segment. The heading is its integral in closed form; the point is the integral of
(cos, sin) of the heading, by Gauss-Legendre.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.polynomial import polynomial
from numpy.typing import NDArray

from bim.tessellation.body import Refused

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)
_TURN_PER_PIECE = 1.0
_SAMPLES = np.linspace(0.0, 1.0, 9)
_NEWTON = 40

SPIRALS: dict[str, tuple[str, ...]] = {
    "IFCCLOTHOID": ("1",),
    "IFCSECONDORDERPOLYNOMIALSPIRAL": ("2", "1", "0"),
    "IFCTHIRDORDERPOLYNOMIALSPIRAL": ("3", "2", "1", "0"),
    "IFCSEVENTHORDERPOLYNOMIALSPIRAL": ("7", "6", "5", "4", "3", "2", "1", "0"),
    "IFCSINESPIRAL": ("sine", "1", "0"),
    "IFCCOSINESPIRAL": ("cosine", "0"),
}
"""Class -> what its attributes after Position mean: the degree of a term, or a wave."""


@dataclass(frozen=True, slots=True)
class Law:
    """Curvature k(s) = sum of terms[n] s^n + amplitude sin(frequency s + phase), positive to the left, 1 / length unit."""

    terms: tuple[float, ...] = ()
    amplitude: float = 0.0
    frequency: float = 0.0
    phase: float = 0.0

    def from_point(self, start: float, sense: float) -> Law:
        """The law seen from `start`, s then running forwards (sense 1) or backwards (sense -1), which turns left into right."""
        moved: NDArray[Any] = np.zeros(1)
        for term in reversed(self.terms):
            moved = polynomial.polyadd(polynomial.polymul(moved, [start, sense]), [term])
        return Law(tuple(float(one) * sense for one in moved), self.amplitude * sense, self.frequency * sense,
                   self.phase + self.frequency * start)


def law_of(kind: str, args: Sequence[Any], length: float) -> Law | None:
    """The law of a parent curve by its own arc length; None for a class that states no curvature.

    Args:
        kind: upper-case class name.
        args: its attributes, Position first.
        length: of the segment, over which a sine spiral has a whole wave and a cosine spiral half a wave.
    """
    if kind == "IFCLINE":
        return Law()
    if kind == "IFCCIRCLE":
        radius = float(args[1])
        if radius <= 0:
            raise Refused("alignment-segment:radius")
        return Law((1.0 / radius,))
    if kind not in SPIRALS:
        return None
    stated = {meaning: float(value) for meaning, value in zip(SPIRALS[kind], args[1:], strict=False) if value}
    wave = next((meaning for meaning in ("sine", "cosine") if meaning in stated), "")
    if (wave and length <= 0) or (not stated and length > 0):
        raise Refused("alignment-segment:no-term")
    terms = [0.0] * 8
    for meaning, value in stated.items():
        if meaning != wave:
            terms[int(meaning)] = math.copysign(abs(value) ** -(int(meaning) + 1), value)
    if not wave:
        return Law(tuple(terms))
    half = math.pi / length
    return Law(tuple(terms), 1.0 / stated[wave], *((2 * half, 0.0) if wave == "sine" else (half, math.pi / 2)))


@dataclass(frozen=True, slots=True)
class Laws:
    """Many laws as a table: terms (m, degree + 1), wave (m, 3) of amplitude, frequency and phase."""

    terms: Floats
    wave: Floats

    @classmethod
    def of(cls, laws: Sequence[Law]) -> Laws:
        """A table of these."""
        degrees = max((len(law.terms) for law in laws), default=0)
        table = np.zeros((len(laws), max(1, degrees)))
        for row, law in enumerate(laws):
            table[row, :len(law.terms)] = law.terms
        used = np.flatnonzero(table.any(axis=0))
        return cls(table[:, :int(used[-1]) + 1 if len(used) else 1],
                   np.array([[law.amplitude, law.frequency, law.phase] for law in laws]).reshape(-1, 3))

    def curvature(self, row: Rows, s: Floats, derivative: int = 0) -> Floats:
        """(n,) of the law of each row, or its first or second derivative."""
        terms = self.terms
        for _ in range(derivative):
            terms = terms[:, 1:] * np.arange(1, terms.shape[1])
        return _horner(terms[row], s) + self._wave(row, s, derivative)

    def turned(self, row: Rows, s: Floats) -> Floats:
        """Radians turned from 0 to s; `s` (n,) or (n, k) against `row` (n,)."""
        found = _horner(self.terms[row] / np.arange(1, self.terms.shape[1] + 1), s) * s
        if self.wave[:, 0].any():
            a, f, p = (_against(self.wave[row, k], s) for k in range(3))
            found = found + np.where(a == 0, 0.0, a * (np.cos(p) - np.cos(f * s + p)) / np.where(a == 0, 1.0, f))
        return found

    def moved(self, row: Rows, s: Floats, heading: Floats) -> Floats:
        """(n, 2) way from 0 to s of curves that leave with these headings (radians)."""
        sampled = np.abs(self.curvature(np.repeat(row, len(_SAMPLES)), np.outer(s, _SAMPLES).ravel())).reshape(-1, len(_SAMPLES))
        turn = 1.25 * sampled.max(axis=1, initial=0.0) * np.abs(s)
        pieces = max(1, math.ceil(float(turn.max(initial=0.0)) / _TURN_PER_PIECE))
        if pieces > 10_000:
            raise Refused("alignment-segment:winds")
        way = np.zeros((len(s), 2))
        for piece in range(pieces):
            low, width = s * piece / pieces, s / pieces
            t = low[:, None] + width[:, None] * (_NODES + 1) / 2
            angle = heading[:, None] + self.turned(row, t)
            way += np.column_stack([np.cos(angle) @ _WEIGHTS, np.sin(angle) @ _WEIGHTS]) * (width / 2)[:, None]
        return way

    def _wave(self, row: Rows, s: Floats, derivative: int) -> Floats:
        a, f, p = (_against(self.wave[row, k], s) for k in range(3))
        found: Floats = a * f**derivative * np.sin(f * s + p + derivative * math.pi / 2)
        return found


@dataclass(frozen=True, slots=True)
class Graph:
    """A plane curve y = p(x), which an IfcPolynomialCurve with the coefficients (0, 1) for x is.

    Attributes:
        terms: of p, lowest degree first.
    """

    terms: tuple[float, ...]

    def at(self, start: float, s: Floats) -> tuple[Floats, Floats, Floats]:
        """Points (n, 2), headings and curvatures at arc lengths s from the point at arc length `start` of x = 0, which becomes
        the origin, its tangent the x axis."""
        x0 = float(self._abscissa(np.array([start]))[0])
        x = self._abscissa(start + s)
        slope0 = float(self._p(np.array([x0]), 1)[0])
        dx, dy = x - x0, self._p(x) - self._p(np.array([x0]))
        c, n = 1.0 / math.hypot(1.0, slope0), slope0 / math.hypot(1.0, slope0)
        slope = self._p(x, 1)
        return np.column_stack([c * dx + n * dy, c * dy - n * dx]), np.arctan(slope) - math.atan(slope0), self._bend(x)

    def over(self, x0: float, tilt: float, d: Floats) -> tuple[Floats, Floats, Floats]:
        """Heights, grades and curvatures at horizontal distances d from the point at x0, the curve turned by `tilt` about it."""
        c, n = math.cos(tilt), math.sin(tilt)
        x = x0 + d
        base = self._p(np.array([x0]))
        for _ in range(_NEWTON if tilt else 0):
            step = (c * (x - x0) - n * (self._p(x) - base) - d) / (c - n * self._p(x, 1))
            x = x - step
            if np.abs(step).max(initial=0.0) < 1e-12 * (1.0 + float(np.abs(d).max(initial=0.0))):
                break
        angle = np.arctan(self._p(x, 1)) + tilt
        if (np.abs(angle) >= math.pi / 2).any():
            raise Refused("alignment:beyond-arc")
        return n * (x - x0) + c * (self._p(x) - base), np.tan(angle), self._bend(x)

    def slope(self, x: float) -> float:
        """Tangent there."""
        return float(self._p(np.array([x]), 1)[0])

    def _p(self, x: Floats, derivative: int = 0) -> Floats:
        return np.asarray(polynomial.polyval(x, polynomial.polyder(np.array(self.terms), derivative)), np.float64)

    def _bend(self, x: Floats) -> Floats:
        found: Floats = self._p(x, 2) / (1.0 + self._p(x, 1) ** 2) ** 1.5
        return found

    def _abscissa(self, s: Floats) -> Floats:
        """x at arc lengths from x = 0, by Newton on the integral of sqrt(1 + p'^2)."""
        x = s / math.hypot(1.0, self.slope(0.0))
        for _ in range(_NEWTON):
            t = x[:, None] * (_NODES + 1) / 2
            length = np.hypot(1.0, self._p(t, 1)) @ _WEIGHTS * x / 2
            step = (length - s) / np.hypot(1.0, self._p(x, 1))
            x = x - step
            if np.abs(step).max(initial=0.0) < 1e-11 * (1.0 + float(np.abs(s).max(initial=0.0))):
                return x
        raise Refused("alignment-segment:polynomial")


def _horner(terms: Floats, s: Floats) -> Floats:
    found = np.zeros_like(s)
    for degree in range(terms.shape[1] - 1, -1, -1):
        found = found * s + _against(terms[:, degree], s)
    return found


def _against(values: Floats, s: Floats) -> Floats:
    return values if s.ndim == 1 else values[:, None]
