"""Axis placements, transformation operators and the placements of products, as matrices in the file's length unit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bim.tessellation.body import Refused
from bim.tessellation.instances import Ref
from bim.tessellation.linear_placement import linear_axes

if TYPE_CHECKING:
    from bim.tessellation.source import Source

Floats = NDArray[np.float64]
_PARALLEL = 1e-9
_CHAIN = 1000


def axes_of(source: Source, id: int) -> Floats:
    """(4, 4) of an axis placement or a Cartesian transformation operator (ISO 16739-1, 8.9.3).

    Raises:
        Refused: another class.
    """
    kind, args = source.class_of(id), source.args(id)
    if kind == "IFCAXIS2PLACEMENT3D":
        return frame(_origin(source, args[0]), _given(source, args[1]), _given(source, args[2]))
    if kind == "IFCAXIS2PLACEMENT2D":
        return flat_frame(_origin(source, args[0]), _given(source, args[1]))
    if kind == "IFCAXIS1PLACEMENT":
        return frame(_origin(source, args[0]), _given(source, args[1]), None)
    if kind == "IFCAXIS2PLACEMENTLINEAR":
        return linear_axes(source, id)
    if kind.startswith("IFCCARTESIANTRANSFORMATIONOPERATOR"):
        return _operator(source, kind, args)
    raise Refused(f"placement:{kind or 'missing'}")


def frame(origin: Floats, z: Floats | None, x: Floats | None) -> Floats:
    """(4, 4) right-handed frame: z as given (default up), x as near as it can be to the one given."""
    z = np.array([0.0, 0.0, 1.0]) if z is None else z
    if x is None or abs(abs(float(x @ z)) - 1.0) < _PARALLEL:
        x = np.array([1.0, 0.0, 0.0]) if abs(z[0]) < 0.999999 else np.array([0.0, 0.0, 1.0])
    x = x - z * float(x @ z)
    x = x / math.sqrt(float(x @ x))
    y = (z[1] * x[2] - z[2] * x[1], z[2] * x[0] - z[0] * x[2], z[0] * x[1] - z[1] * x[0])
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2], matrix[:3, 3] = x, y, z, origin
    return matrix


def flat_frame(origin: Floats, x: Floats | None) -> Floats:
    """(4, 4) frame in the plane: x as given (default (1, 0)), y to its left."""
    matrix = np.eye(4)
    if x is not None:
        matrix[:2, 0], matrix[:2, 1] = x[:2], [-x[1], x[0]]
    matrix[:2, 3] = origin[:2]
    return matrix


class ObjectPlacements:
    """Matrices of IfcObjectPlacements, each evaluated once."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._known: dict[int, Floats] = {}

    def matrix(self, placement: Any) -> Floats:
        """(4, 4) of a placement with all that it is relative to; identity for none.

        Raises:
            Refused: a grid placement, or a chain that runs in a circle.
        """
        chain: list[int] = []
        while isinstance(placement, Ref) and int(placement) not in self._known:
            if len(chain) > _CHAIN or int(placement) in chain:
                raise Refused("placement:cycle")
            chain.append(int(placement))
            placement = self._parent(int(placement))
        matrix = self._known[int(placement)] if isinstance(placement, Ref) else np.eye(4)
        for id in reversed(chain):
            matrix = self._known[id] = matrix @ self._own(id)
        return matrix

    def _parent(self, id: int) -> Any:
        """What a placement is relative to: the second attribute came before the others in local placements of every schema."""
        kind, args = self._source.class_of(id), self._source.args(id)
        if kind == "IFCLOCALPLACEMENT":
            return args[0]
        if kind == "IFCLINEARPLACEMENT" and len(args) == 3 and self._source.class_of(args[1]) == "IFCAXIS2PLACEMENTLINEAR":
            return args[0]
        raise Refused(f"placement:{kind or 'missing'}")

    def _own(self, id: int) -> Floats:
        args = self._source.args(id)
        return self._source.axes(args[1])


def _operator(source: Source, kind: str, args: list[Any]) -> Floats:
    axis1, axis2, origin, scale, *more = [*args, None, None, None]
    factor = 1.0 if scale is None else float(scale)
    if "3D" in kind:
        axis3, second, third = [*more, None, None, None][:3]
        matrix = _operator_axes(_given(source, axis1), _given(source, axis2), _given(source, axis3))
        factors = [factor, factor, factor]
        if kind.endswith("NONUNIFORM"):
            factors = [factor, factor if second is None else float(second), factor if third is None else float(third)]
    else:
        matrix = flat_operator_axes(_given(source, axis1), _given(source, axis2))
        second = more[0] if kind.endswith("NONUNIFORM") else None
        factors = [factor, factor if second is None else float(second), 1.0]
    if not all(np.isfinite(factors)) or min(map(abs, factors)) < 1e-12:
        raise Refused("operator:scale")
    matrix[:3, :3] *= factors
    matrix[:3, 3] = _origin(source, origin)
    return matrix


def _operator_axes(x: Floats | None, y: Floats | None, z: Floats | None) -> Floats:
    """Base axes by IfcBaseAxis: z first, x made normal to it, y as near as it can be to the one given (its side may mirror)."""
    matrix = frame(np.zeros(3), z, x)
    if y is not None and float(matrix[:3, 1] @ y) < 0:
        matrix[:3, 1] = -matrix[:3, 1]
    return matrix


def flat_operator_axes(x: Floats | None, y: Floats | None) -> Floats:
    """Base axes in the plane by IfcBaseAxis: y may turn the frame over."""
    if x is None and y is not None:
        x = np.array([y[1], -y[0], 0.0])
    matrix = flat_frame(np.zeros(3), x)
    if y is not None and float(matrix[:2, 1] @ y[:2]) < 0:
        matrix[:2, 1] = -matrix[:2, 1]
    return matrix


def _origin(source: Source, value: Any) -> Floats:
    return source.point(value) if isinstance(value, Ref) else np.zeros(3)


def _given(source: Source, value: Any) -> Floats | None:
    return source.direction(value) if isinstance(value, Ref) else None
