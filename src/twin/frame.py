"""Frames: from a model's own metres to its CRS, to the earth's centre, to a local tangent frame; float64 throughout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from csdi import crs
from csdi.errors import CrsError, ValueInvalid
from csdi.finding import Finding
from twin.ellipsoid import Array, ecef, enu_matrix

ONE_MATRIX_RADIUS_M = 250.0
"""Up to here the earth's curvature bends a rigid model by less than 5 mm (d²/2R)."""

Method = Literal["matrix", "tiles", "vertices"]


class Georeferenced(Protocol):
    """What placing a model needs to know of its georeference."""

    @property
    def crs(self) -> str:
        """The CRS of `affine`'s target, "" when the model cannot be placed."""

    @property
    def vertical_crs(self) -> str:
        """The CRS of its heights, "" when unknown."""

    @property
    def affine(self) -> Array:
        """(4, 4) float64, model frame in metres to easting, northing, height in metres."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A Cartesian frame in metres, x east, y north, z up at its origin.

    Attributes:
        kind: `enu` at a place on the earth, or `local` for a model that has no place.
        origin: longitude, latitude (degrees), ellipsoidal height (metres); zeros for a local frame.
    """

    kind: Literal["enu", "local"]
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @property
    def matrix(self) -> Array:
        """(4, 4) float64, this frame to EPSG:4978; the identity for a local frame."""
        return np.eye(4) if self.kind == "local" else enu_matrix(*self.origin)

    def from_ecef(self, points: Array) -> Array:
        """(n, 3) EPSG:4978 metres in this frame's coordinates."""
        matrix = self.matrix
        return (points - matrix[:3, 3]) @ matrix[:3, :3]

    def to_ecef(self, points: Array) -> Array:
        """(n, 3) points of this frame in EPSG:4978 metres."""
        matrix = self.matrix
        return points @ matrix[:3, :3].T + matrix[:3, 3]


LOCAL = Frame("local")


@dataclass(frozen=True, slots=True)
class Reprojection:
    """Carries points of a model to the earth, each on its own: no tangent plane, no common matrix.

    Attributes:
        affine: (4, 4) float64, model frame to the CRS, in its unit; heights in metres.
        source: the CRS code, compound where heights have their own datum.
        heights: the height model between HKPD and the ellipsoid.
    """

    affine: Array
    source: str
    heights: crs.HeightModel

    def in_crs(self, points: Array) -> Array:
        """(n, 3) easting and northing in the unit of the source CRS, height in metres."""
        return points @ self.affine[:3, :3].T + self.affine[:3, 3]

    def geodetic(self, points: Array) -> Array:
        """(n, 3) longitude, latitude in degrees and ellipsoidal height in metres of model points.

        Raises:
            CrsError: no transformation of known accuracy, or points outside the CRS's area of use.
        """
        if not len(points):
            return np.zeros((0, 3))
        return crs.transform(self.source, crs.WGS84_3D, heights=self.heights).points(self.in_crs(points))

    def into(self, frame: Frame, points: Array) -> Array:
        """(n, 3) model points in the frame's coordinates, metres."""
        return frame.from_ecef(ecef(self.geodetic(points)))

    def affines(self, frame: Frame, at: Array, reach_m: float = 1.0) -> Array:
        """(k, 4, 4) float64 model frame to `frame`, each exact at its point of `at` and nearly so around it.

        The slopes are differences over `reach_m`: over a metre the curve of the earth turns them by less than a ten-millionth,
        a hundredth of a millimetre in a hundred metres.
        """
        steps = np.vstack([np.zeros((1, 3)), reach_m * np.eye(3)])
        moved = self.into(frame, (at[:, None, :] + steps).reshape(-1, 3)).reshape(-1, 4, 3)
        result = np.zeros((len(at), 4, 4))
        result[:, :3, :3] = ((moved[:, 1:] - moved[:, :1]) / reach_m).transpose(0, 2, 1)
        result[:, :3, 3] = moved[:, 0] - np.einsum("kij,kj->ki", result[:, :3, :3], at)
        result[:, 3, 3] = 1
        return result


def method_for(radius_m: float) -> Method:
    """The least work that keeps a model of this radius within 5 mm of reprojecting every vertex."""
    return "matrix" if radius_m <= ONE_MATRIX_RADIUS_M else "vertices"


def residual_m(reprojection: Reprojection, frame: Frame, matrix: Array, points: Array) -> float:
    """The largest distance between one matrix and per-vertex reprojection at these model points, metres."""
    if not len(points):
        return 0.0
    placed = points @ matrix[:3, :3].T + matrix[:3, 3]
    return float(np.linalg.norm(placed - reprojection.into(frame, points), axis=1).max())


def frame_at(reprojection: Reprojection, centre: Array) -> Frame:
    """The tangent frame at a model point, its origin rounded to 1e-9 degrees and 0.1 mm."""
    lon, lat, height = reprojection.geodetic(centre.reshape(1, 3))[0]
    return Frame("enu", (round(float(lon), 9), round(float(lat), 9), round(float(height), 4)))


def reprojection_of(georeference: Georeferenced, heights: crs.HeightModel,
                    corners: Array) -> tuple[Reprojection | None, list[Finding]]:
    """How this model gets to the earth, tried on the corners of its content; None when it stays in its own frame.

    Heights without a known relation to the ellipsoid are carried unchanged, and a Finding says so.

    Args:
        georeference: the model's resolved georeference.
        heights: the height model between HKPD and the ellipsoid.
        corners: (n, 3) float64, metres, model frame.
    """
    if not georeference.crs:
        return None, []
    findings: list[Finding] = []
    for source in _candidates(georeference, findings):
        attempt = Reprojection(_in_units(georeference.affine, source), source, heights)
        try:
            reached = attempt.geodetic(corners)
        except (CrsError, ValueInvalid) as error:
            findings.append(_refused(source, error))
            continue
        if np.isfinite(reached).all():
            return attempt, findings
    return None, findings


def _in_units(affine: Array, code: str) -> Array:
    """An affine whose target is in metres, with easting and northing in the CRS's own unit, such as feet."""
    horizontal = crs.crs(code).horizontal
    return affine if horizontal.is_geographic else np.diag([1 / horizontal.unit_to_metre] * 2 + [1.0, 1.0]) @ affine


def _candidates(georeference: Georeferenced, findings: list[Finding]) -> list[str]:
    """The CRS with its heights' datum, then without."""
    try:
        horizontal = crs.crs(georeference.crs).horizontal
        if not georeference.vertical_crs and horizontal == crs.HK80 and crs.crs(georeference.crs) == horizontal:
            findings.append(Finding("TIL-002", "note", "the model names no height datum; in Hong Kong that means HKPD",
                                    expected="EPSG:5738", cure="name EPSG:5738 as the vertical datum"))
            return [crs.HK80_HKPD.code, horizontal.code]
        if not georeference.vertical_crs:
            return [georeference.crs]
        return [crs.compound(horizontal, crs.crs(georeference.vertical_crs)).code, horizontal.code]
    except CrsError as error:
        findings.append(_refused(georeference.crs, error))
        return []


def _refused(source: str, error: CrsError | ValueInvalid) -> Finding:
    return Finding("TIL-001", "warning", f"tiles cannot use {source}: {error.message}", measured=source,
                   cure=error.remedy or "give a CRS and a height model that reach the globe")
