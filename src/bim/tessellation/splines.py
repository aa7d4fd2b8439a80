"""B-spline curves by de Boor's algorithm (C. de Boor, A Practical Guide to Splines, 1978), refined until chords are close enough."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bim.tessellation.body import Refused

Floats = NDArray[np.float64]
_MOST_PER_SPAN = 512


def bspline(degree: int, control: Floats, knots: Floats, weights: Floats | None, sagitta: float) -> Floats:
    """(n, 3) points along a B-spline curve.

    Args:
        control: (m, 3) control points.
        knots: (m + degree + 1,), repeated by their multiplicity.
        weights: (m,) of a rational curve, None for a plain one.
        sagitta: how far a chord may lie from the curve.

    Raises:
        Refused: numbers that do not fit together.
    """
    fits = len(knots) == len(control) + degree + 1 and (weights is None or len(weights) == len(control))
    if degree < 1 or not fits or (np.diff(knots) < 0).any():
        raise Refused("curve:spline-malformed")
    spans = np.unique(knots[degree:len(knots) - degree])
    if len(spans) < 2:
        raise Refused("curve:spline-malformed")
    homogeneous = np.column_stack([control, np.ones(len(control))]) if weights is None else \
        np.column_stack([control * weights[:, None], weights])
    count = 8
    points = _sampled(degree, homogeneous, knots, spans, count)
    while count < _MOST_PER_SPAN:
        finer = _sampled(degree, homogeneous, knots, spans, 2 * count)
        middle = (points[:-1] + points[1:]) / 2
        if np.linalg.norm(finer[1::2] - middle, axis=1).max() <= sagitta:
            return points
        points, count = finer, 2 * count
    return points


def _sampled(degree: int, control: Floats, knots: Floats, spans: Floats, count: int) -> Floats:
    t = np.concatenate([*(np.linspace(a, b, count, endpoint=False) for a, b in pairwise(spans)), [spans[-1]]])
    span = np.clip(np.searchsorted(knots, t, side="right") - 1, degree, len(control) - 1)
    points = np.stack([control[span - degree + j] for j in range(degree + 1)])
    for r in range(1, degree + 1):
        for j in range(degree, r - 1, -1):
            low, high = knots[span - degree + j], knots[span + 1 + j - r]
            width = np.where(high > low, high - low, 1.0)
            share = np.where(high > low, (t - low) / width, 0.0)[:, None]
            points[j] = (1.0 - share) * points[j - 1] + share * points[j]
    found = points[degree]
    return np.asarray(found[:, :3] / found[:, 3:])
