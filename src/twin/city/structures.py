"""Structures: footprints made fit to be built, each with its base and top; what cannot be built is told."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from csdi import crs
from csdi.errors import CrsError, ValueInvalid
from csdi.feature import Feature
from csdi.finding import Finding, Severity
from twin.city.roles import STOREY_M, Roles
from twin.dtm import Sample
from twin.ellipsoid import Array
from twin.metadata import Columns

IDS_TOLD = 20
COLUMNS = Columns("building", ("id", "csuid", "name"), ("kind",), ("base", "top", "height"))
_LEAST_HEIGHT_M = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Structure:
    """One building or part of one.

    Attributes:
        id: of its Feature.
        csuid, name, kind: "" where not known; a kind is such as `Tower` or `Podium`.
        base, top: metres of the Collection's height datum.
        shape: valid polygon or polygons in the storage CRS, x = east or longitude first, outer rings anticlockwise.
        body: (m, 3, 3) float64, its own triangles in the storage CRS, x first, metres of the height datum; None where it is extruded.
    """

    id: str
    csuid: str
    name: str
    kind: str
    base: float
    top: float
    shape: Any
    body: Array | None = None

    @property
    def height(self) -> float:
        """Metres from base to top."""
        return self.top - self.base

    @property
    def triangles(self) -> int:
        """How many it is drawn with."""
        if self.body is not None:
            return len(self.body)
        return 3 * int(shapely.get_num_coordinates(self.shape))

    def places(self) -> Array:
        """(n, 3) all of its corners in the storage CRS, x first, with their heights."""
        if self.body is not None:
            return self.body.reshape(-1, 3)
        flat = shapely.get_coordinates(self.shape)
        return np.column_stack([np.tile(flat, (2, 1)), np.repeat([self.base, self.top], len(flat))])

    @property
    def digest(self) -> bytes:
        """16 bytes that tell it from every other one."""
        told = hashlib.blake2b(repr((self.id, self.csuid, self.name, self.kind, self.base, self.top)).encode(), digest_size=16)
        told.update(shapely.to_wkb(self.shape) if self.body is None else np.ascontiguousarray(self.body, dtype="<f8").tobytes())
        return told.digest()


_SAID: Mapping[str, tuple[Severity, str, str]] = {
    "CTY-001": ("warning", "footprints cross themselves; they were repaired", "mend them at the source"),
    "CTY-002": ("error", "footprints without area were left out", "give an area to each"),
    "CTY-003": ("error", "tops are not above their bases; those were left out", "check whether base and top are swapped"),
    "CTY-004": ("error", "no height is known; those were left out", "give a top level, a height or a number of storeys"),
    "CTY-005": ("note", "bases are not known; they were taken from the terrain", ""),
    "CTY-006": ("warning", "bases are not known, and there is no terrain there; they were taken at 0 m", "publish a terrain model"),
    "CTY-007": ("error", "positions cannot be carried to the globe; those were left out", "check the coordinates and the CRS"),
    "CTY-008": ("note", "heights were taken from the number of storeys", "give a top level or a height"),
    "CTY-009": ("warning", "solids are not readable; those were extruded from their footprints", "export the solids again"),
    "CTY-010": ("error", "more buildings stand on one spot than a tile can hold; the smallest were left out", "look for duplicates"),
    "CTY-011": ("error", "buildings lie more than 100 km from the others; those were left out", "check the coordinates"),
}


@dataclass(slots=True)
class Tally:
    """What was found on structures, by code: how often, and the first ids."""

    counts: dict[str, int] = field(default_factory=dict)
    ids: dict[str, list[str]] = field(default_factory=dict)

    def add(self, code: str, id: str) -> None:
        """One more."""
        self.counts[code] = self.counts.get(code, 0) + 1
        told = self.ids.setdefault(code, [])
        if len(told) < IDS_TOLD:
            told.append(id)

    def findings(self, subject: str) -> list[Finding]:
        """One Finding for each code."""
        return [Finding(code, _SAID[code][0], f"{count} buildings: {_SAID[code][1]}", subject, measured=str(count), cure=_SAID[code][2],
                        data={"count": count, "ids": self.ids[code]}) for code, count in sorted(self.counts.items())]


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes structures of Features.

    Attributes:
        roles: of the Collection's properties.
        storage_crs: of its geometries.
        ground: metres HKPD of the terrain at longitudes and latitudes; None where there is no terrain.
        bodies: Feature id -> (m, 3, 3) triangles of its own in the storage CRS.
    """

    roles: Roles
    storage_crs: str
    ground: Sample | None = None
    bodies: Callable[[Feature], Array | None] = lambda _: None

    def structures(self, features: Sequence[Feature], tally: Tally) -> list[Structure]:
        """Those that can be built, in order; the others are in the tally."""
        made = []
        for feature in features:
            body = self._body(feature, tally)
            shape = None if body is not None else self._shape(feature, tally)
            if body is None and shape is None:
                continue
            levels = (float(body[..., 2].min()), float(body[..., 2].max())) if body is not None else self._levels(feature, shape, tally)
            if levels is not None:
                p, roles = feature.properties, self.roles
                made.append(Structure(feature.id, roles.text(roles.csuid, p), roles.text(roles.name, p), roles.text(roles.kind, p)[:60],
                                      *levels, shape, body))
        return made

    def _body(self, feature: Feature, tally: Tally) -> Array | None:
        body = self.bodies(feature)
        if body is None or not len(body):
            return None
        if np.isfinite(body).all():
            return body
        tally.add("CTY-009", feature.id)
        return None

    def _shape(self, feature: Feature, tally: Tally) -> Any:
        """The polygons of a geometry, valid and with outer rings anticlockwise; None where there are none."""
        shape = None if feature.geometry is None else shapely.force_2d(feature.geometry)
        if shape is None or shape.is_empty or not np.isfinite(shapely.get_coordinates(shape)).all():
            tally.add("CTY-002", feature.id)
            return None
        if not shapely.is_valid(shape):
            tally.add("CTY-001", feature.id)
            shape = shapely.make_valid(shape)
        kept = [part for part in _polygons(shape) if part.area > 0]
        if not kept:
            tally.add("CTY-002", feature.id)
            return None
        return shapely.orient_polygons(kept[0] if len(kept) == 1 else shapely.MultiPolygon(kept))

    def _levels(self, feature: Feature, shape: Any, tally: Tally) -> tuple[float, float] | None:
        """Base and top; None where the top is not known or not above the base."""
        base, top, height = self._said(feature, tally)
        if top is None and height is None:
            tally.add("CTY-004", feature.id)
            return None
        if base is None:
            base = top - height if top is not None and height is not None else self._ground(feature, shape, tally)
        top = base + (height or 0.0) if top is None else top
        if top - base < _LEAST_HEIGHT_M:
            tally.add("CTY-003", feature.id)
            return None
        return base, top

    def _said(self, feature: Feature, tally: Tally) -> tuple[float | None, float | None, float | None]:
        """Base, top and height as the properties or the geometry have them."""
        roles, p = self.roles, feature.properties
        base, top, height = (role.number(p) if role else None for role in (roles.base, roles.top, roles.height))
        if base is None and feature.geometry is not None and feature.geometry.has_z:
            z = shapely.get_coordinates(feature.geometry, include_z=True)[:, 2]
            base = float(z.min()) if np.isfinite(z).all() and z.any() else None
        if height is not None and height <= 0:
            height = None
        storeys = roles.storeys.number(p) if roles.storeys and top is None and height is None else None
        if storeys is not None and storeys > 0:
            tally.add("CTY-008", feature.id)
            height = storeys * STOREY_M
        return base, top, height

    def _ground(self, feature: Feature, shape: Any, tally: Tally) -> float:
        """The lowest ground below the corners of a footprint."""
        if self.ground is not None:
            try:
                found = self.ground(crs.transform(self.storage_crs, crs.CRS84).points(shapely.get_coordinates(shape)))
            except (CrsError, ValueInvalid):
                found = np.array([])
            known = found[np.isfinite(found)]
            if len(known):
                tally.add("CTY-005", feature.id)
                return float(known.min())
        tally.add("CTY-006", feature.id)
        return 0.0


def _polygons(shape: Any) -> list[Any]:
    parts: NDArray[np.object_] = shapely.get_parts(shape)
    return [inner for part in parts for inner in (_polygons(part) if part.geom_type in ("GeometryCollection", "MultiPolygon") else [part])
            if inner.geom_type == "Polygon"]
