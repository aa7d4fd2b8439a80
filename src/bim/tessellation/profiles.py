"""Profiles: rings in the plane with their caps, from every parameterised profile without sloped flanges and from closed curves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import mapbox_earcut
import numpy as np
from numpy.typing import NDArray

from bim.tessellation import outlines
from bim.tessellation.body import Refused
from bim.tessellation.instances import Ref
from bim.tessellation.source import reference

if TYPE_CHECKING:
    from bim.tessellation.source import Source

Floats = NDArray[np.float64]
_LEAST_AREA_M2 = 1e-10


@dataclass(frozen=True, slots=True)
class Part:
    """One area with holes.

    Attributes:
        points: (n, 2) all rings, the outer one first and counter-clockwise, holes clockwise.
        sizes: number of points of each ring.
        cap: (m, 3) int32 triangles, counter-clockwise.
    """

    points: Floats
    sizes: tuple[int, ...]
    cap: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Profile:
    """The areas of a profile definition, in its own frame and the file's length unit."""

    parts: tuple[Part, ...]

    @property
    def box(self) -> Floats:
        """(2, 2) lowest and highest corner."""
        points = np.concatenate([part.points for part in self.parts])
        return np.array([points.min(axis=0), points.max(axis=0)])


def part(outer: Floats, holes: list[Floats] | None = None, *, least_area: float = 0.0) -> Part:
    """An area from its rings, (n, 2) each, in whatever direction they run.

    Raises:
        Refused: `profile:degenerate` or `profile:self-intersecting`: the cap does not have the area of the rings.
    """
    rings = [_turned(outer, True), *(_turned(hole, False) for hole in holes or [])]
    if any(len(ring) < 3 for ring in rings):
        raise Refused("profile:degenerate")
    area = sum(map(signed_area, rings))
    if area <= least_area:
        raise Refused("profile:degenerate")
    points = np.ascontiguousarray(np.concatenate(rings))
    sizes = tuple(map(len, rings))
    cap = mapbox_earcut.triangulate_float64(points, np.cumsum(sizes).astype(np.uint32)).astype(np.int32).reshape(-1, 3)
    a, b, c = (points[cap[:, k]] for k in range(3))
    signed = ((b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])) / 2
    if abs(float(np.abs(signed).sum()) - area) > 1e-6 * area:
        raise Refused("profile:self-intersecting")
    turned = cap[:, ::-1] if signed.sum() < 0 else cap
    return Part(points, sizes, np.ascontiguousarray(turned))


def signed_area(ring: Floats) -> float:
    """Area of an (n, 2) ring, positive counter-clockwise."""
    x, y = (ring - ring[0]).T  # the first corner is the origin: the edge that closes the ring adds nothing
    return float(x[:-1] @ y[1:] - y[:-1] @ x[1:]) / 2


def profile_of(source: Source, id: int) -> Profile:
    """The profile of an IfcProfileDef.

    Raises:
        Refused: a class or a shape that is not built here.
    """
    kind, args = source.class_of(id), source.args(id)
    if args and args[0] != "AREA" and kind not in ("IFCARBITRARYOPENPROFILEDEF", "IFCCENTERLINEPROFILEDEF"):
        raise Refused("profile:curve")
    if kind in _COMPOUND:
        return _COMPOUND[kind](source, args)
    if kind in outlines.OUTLINES:
        return _parameterised(source, kind, args)
    raise Refused(f"profile:{kind or 'missing'}")


def _parameterised(source: Source, kind: str, args: list[Any]) -> Profile:
    rings = outlines.OUTLINES[kind]([0.0 if v is None else v for v in args[3:]], source.sagitta)
    frame = source.axes(args[2]) if isinstance(args[2], Ref) else np.eye(4)
    outer, *holes = [ring @ frame[:2, :2].T + frame[:2, 3] for ring in rings]
    return Profile((part(outer, holes, least_area=_least(source)),))


def _closed(source: Source, args: list[Any]) -> Profile:
    outer = _ring(source, args[2])
    holes = [_ring(source, hole) for hole in (args[3] if len(args) > 3 and isinstance(args[3], list) else [])]
    return Profile((part(outer, holes, least_area=_least(source)),))


def _ring(source: Source, curve: Any) -> Floats:
    return source.curve(reference(curve, "curve"))[:, :2]


def _least(source: Source) -> float:
    return _LEAST_AREA_M2 / source.length_m**2


def _composite(source: Source, args: list[Any]) -> Profile:
    return Profile(tuple(one for member in args[2] for one in source.profile(reference(member, "profile")).parts))


def _derived(source: Source, args: list[Any]) -> Profile:
    return _moved(source.profile(reference(args[2], "profile")), source.axes(reference(args[3], "operator")))


def _mirrored(source: Source, args: list[Any]) -> Profile:
    return _moved(source.profile(reference(args[2], "profile")), np.diag([-1.0, 1.0, 1.0, 1.0]))


def _moved(profile: Profile, matrix: Floats) -> Profile:
    moved = []
    for one in profile.parts:
        rings = np.split(one.points @ matrix[:2, :2].T + matrix[:2, 3], np.cumsum(one.sizes)[:-1])
        moved.append(part(rings[0], rings[1:]))
    return Profile(tuple(moved))


def _turned(ring: Floats, left: bool) -> Floats:
    return ring if (signed_area(ring) > 0) == left else ring[::-1]


_COMPOUND: dict[str, Callable[[Source, list[Any]], Profile]] = {
    "IFCARBITRARYCLOSEDPROFILEDEF": _closed, "IFCARBITRARYPROFILEDEFWITHVOIDS": _closed, "IFCCOMPOSITEPROFILEDEF": _composite,
    "IFCDERIVEDPROFILEDEF": _derived, "IFCMIRROREDPROFILEDEF": _mirrored,
}
