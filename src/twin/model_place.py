"""A loaded model's place on the earth: its own metres to the earth's centre and back, points and directions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from bim.georeference import Georeference
from csdi import crs
from csdi.errors import CsdiError, ValueInvalid
from csdi.feature import Feature
from twin.ellipsoid import Array
from twin.frame import Frame, Reprojection, reprojection_of

_EARTH = Frame("local")
"""Coordinates from the earth's centre as they are: EPSG:4978."""
_STEP_M = 0.5
_CLOSE_M = 1e-6
_MOST_TURNS = 12
_FARTHEST_M = 5e6


@dataclass(frozen=True, slots=True)
class ModelPlace:
    """The way between a model's frame (metres, as its file has them) and EPSG:4978.

    Attributes:
        reprojection: None for a model that has no place; then it stands in `frame`, as the viewer draws it.
        frame: where a model without a place stands.
        start: (3,) a model point inside the model.
    """

    reprojection: Reprojection | None
    frame: Frame
    start: Array

    @classmethod
    def of(cls, model: Feature, heights: crs.HeightModel, anchor: tuple[float, float, float]) -> Self:
        """The place of a model by its own Feature.

        Args:
            anchor: longitude, latitude (degrees), ellipsoidal height (metres) at which a model without a place is drawn.
        """
        frame = Frame("enu", anchor)
        told = model.properties.get("georeference")
        if model.properties.get("placement") != "georeferenced" or not told or model.geometry is None:
            return cls(None, frame, np.zeros(3))
        georeference = Georeference.read(dict(told))
        centre = model.geometry.centroid
        level = float(model.properties.get("base_level") or 0.0)
        try:
            east, north = crs.transform("OGC:CRS84", georeference.crs).points([[centre.x, centre.y]])[0][:2]
        except CsdiError:
            return cls(None, frame, np.zeros(3))
        affine = georeference.affine
        start = np.asarray(np.linalg.solve(affine[:3, :3], np.array([east, north, level]) - affine[:3, 3]), dtype=np.float64)
        return cls(reprojection_of(georeference, heights, start[None])[0], frame, start)

    def to_earth(self, points: Array) -> Array:
        """(n, 3) model points in EPSG:4978 metres. Raises CrsError outside of the CRS's area of use."""
        return self.frame.to_ecef(points) if self.reprojection is None else self.reprojection.into(_EARTH, points)

    def from_earth(self, points: Array) -> Array:
        """(n, 3) EPSG:4978 metres as model points, by Newton's steps back along `to_earth`, to a thousandth of a millimetre.

        Raises:
            ValueInvalid: too far from the model for its coordinate system.
        """
        if self.reprojection is None:
            return self.frame.from_ecef(points)
        if not len(points):
            return np.zeros((0, 3))
        at = np.broadcast_to(self.start, points.shape).copy()
        for _ in range(_MOST_TURNS):
            left = points - self.to_earth(at)
            if not np.isfinite(left).all() or np.abs(left).max() > _FARTHEST_M:
                break
            if np.abs(left).max() <= _CLOSE_M:
                return at
            at += np.linalg.solve(self._slopes(at), left[:, :, None])[:, :, 0]
        raise ValueInvalid("a place is too far from the model for its coordinate system", field="position",
                           remedy="look at the model before the view is kept")

    def directions_to_earth(self, at: Array, directions: Array) -> Array:
        """(n, 3) unit directions from the earth's centre of model directions at model points."""
        return _unit(np.einsum("nij,nj->ni", self._slopes(at), directions))

    def directions_from_earth(self, at: Array, directions: Array) -> Array:
        """(n, 3) unit model directions at model points of directions in EPSG:4978."""
        return _unit(np.linalg.solve(self._slopes(at), directions[:, :, None])[:, :, 0])

    def normals_to_earth(self, at: Array, normals: Array) -> Array:
        """(n, 3) unit normals in EPSG:4978 of planes with these model normals."""
        return _unit(np.linalg.solve(self._slopes(at).transpose(0, 2, 1), normals[:, :, None])[:, :, 0])

    def normals_from_earth(self, at: Array, normals: Array) -> Array:
        """(n, 3) unit model normals of planes with these normals in EPSG:4978."""
        return _unit(np.einsum("nji,nj->ni", self._slopes(at), normals))

    def scale_at(self, at: Array) -> float:
        """Metres on the earth of one metre of the model, around a model point (3,)."""
        return float(np.cbrt(abs(np.linalg.det(self._slopes(at[None])[0]))))

    def _slopes(self, at: Array) -> Array:
        """(n, 3, 3) how EPSG:4978 moves with the model point."""
        if self.reprojection is None:
            return np.broadcast_to(self.frame.matrix[:3, :3], (len(at), 3, 3))
        return self.reprojection.affines(_EARTH, at, _STEP_M)[:, :3, :3]


def _unit(vectors: NDArray[np.floating[Any]]) -> Array:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not (lengths > 0).all():
        raise ValueInvalid("a direction has no length", field="direction")
    return np.asarray(vectors / lengths, dtype=np.float64)
