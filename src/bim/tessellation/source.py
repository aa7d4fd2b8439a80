"""A file as the builders see it: its instances, its units, and everything that was computed once already."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from bim.tessellation.body import Body, Refused
from bim.tessellation.instances import Instances, Ref

if TYPE_CHECKING:
    from bim.tessellation.profiles import Profile

Floats = NDArray[np.float64]
Builder = Callable[["Source", int], Body]
_T = TypeVar("_T")

_SAGITTA_M = 1e-3
_PRECISION_M = 1e-5
_DEEPEST = 40
_TINY = 1e-12
_TOGETHER = 100_000
"""Points whose texts are read at once."""
_MALFORMED = (TypeError, ValueError, IndexError, KeyError, AttributeError, OverflowError, ZeroDivisionError, FloatingPointError)


class Source:
    """What builders are given. Lengths are in the file's unit, angles in radians.

    Attributes:
        length_m: metres in one length unit of the file.
        angle_rad: radians in one plane angle unit.
        sagitta: 1 mm in the file's unit: how far a chord may lie from its arc.
        precision: distance below which two points are one, in the file's unit.
        cache: for builders that prepare something once for the whole file.
    """

    def __init__(self, instances: Instances, length_m: float = 1.0, angle_rad: float = 1.0) -> None:
        self.instances = instances
        self.length_m, self.angle_rad = length_m, angle_rad
        self.sagitta, self.precision = _SAGITTA_M / length_m, _PRECISION_M / length_m
        self.cache: dict[str, Any] = {}
        self._bodies: dict[int, Body | Refused] = {}
        self._profiles: dict[int, Profile | Refused] = {}
        self._curves: dict[int, Floats | Refused] = {}
        self._axes: dict[int, Floats] = {}
        self._directions: dict[int, Floats] = {}
        self._open: list[int] = []
        self._builders: dict[str, Builder] | None = None
        self._table: tuple[NDArray[np.int64], Floats] | None = None

    def class_of(self, id: int) -> str:
        """Upper-case class name, "" where there is no such instance."""
        return self.instances.class_of(id)

    def args(self, id: int) -> list[Any]:
        """Parsed arguments. Raises Refused."""
        return self.instances.args(id)

    def point(self, id: int) -> Floats:
        """(3,) of an IfcCartesianPoint; z is 0 where it has two coordinates.

        Raises:
            Refused: another class, or numbers that are not finite.
        """
        kind = self.class_of(id)
        if kind != "IFCCARTESIANPOINT":
            raise Refused(f"point:{kind or 'missing'}")
        return self._coordinates(id)

    def points(self, ids: Sequence[int]) -> Floats:
        """(n, 3) of Cartesian points.

        Raises:
            Refused: one of them is not one.
        """
        if len(ids) < 64:
            return np.array([self.point(id) for id in ids], dtype=np.float64).reshape(-1, 3)
        known, table = self._point_table()
        wanted = np.asarray(ids, dtype=np.int64)
        at = np.searchsorted(known, wanted)
        at[at == len(known)] = 0
        if not len(known) or (known[at] != wanted).any():
            raise Refused("point:missing")
        return table[at]

    def point_list(self, id: int) -> Floats:
        """(n, 2) or (n, 3) of an IfcCartesianPointList.

        Raises:
            Refused: not one, or ragged.
        """
        if not self.class_of(id).startswith("IFCCARTESIANPOINTLIST"):
            raise Refused(f"points:{self.class_of(id) or 'missing'}")
        try:
            found = np.array(self.args(id)[0], dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise Refused("points:ragged", f"#{id}") from error
        if found.ndim != 2 or found.shape[1] not in (2, 3) or not np.isfinite(found).all():
            raise Refused("points:ragged", f"#{id}")
        return found

    def direction(self, id: int) -> Floats:
        """(3,) unit vector of an IfcDirection.

        Raises:
            Refused: not one, or of no length.
        """
        if id not in self._directions:
            if self.class_of(id) != "IFCDIRECTION":
                raise Refused(f"direction:{self.class_of(id) or 'missing'}")
            found = self._coordinates(id)
            length = math.sqrt(float(found @ found))
            if length < _TINY:
                raise Refused("direction:zero", f"#{id}")
            self._directions[id] = found / length
        return self._directions[id]

    def _coordinates(self, id: int) -> Floats:
        """(3,) of an instance with one list of numbers; what it does not state is 0."""
        values = _listed(self.instances.text(id))
        return _vector(self.args(id)[0] if values is None else values, f"#{id}")

    def axes(self, id: int | None) -> Floats:
        """(4, 4) of an axis placement or a transformation operator; identity for None.

        Raises:
            Refused: another kind of placement.
        """
        if id is None:
            return np.eye(4)
        if id not in self._axes:
            from bim.tessellation.placements import axes_of
            self._axes[id] = self._guarded(id, lambda: axes_of(self, id))
        return self._axes[id]

    def profile(self, id: int) -> Profile:
        """The profile, triangulated once. Raises Refused."""
        from bim.tessellation.profiles import profile_of
        return self._once(self._profiles, id, lambda: profile_of(self, id))

    def curve(self, id: int) -> Floats:
        """(n, 3) polyline of a curve; a closed curve does not repeat its first point. Raises Refused."""
        from bim.tessellation.curves import curve_of
        return self._once(self._curves, id, lambda: curve_of(self, id))

    def body(self, id: int) -> Body:
        """The body of a representation item, built once.

        Raises:
            Refused: nothing here builds this class, or this instance of it.
        """
        kind = self.class_of(id)
        build = self.builders.get(kind)
        if build is None:
            raise Refused(f"item:{kind or 'missing'}")
        return self._once(self._bodies, id, lambda: build(self, id))

    @property
    def builders(self) -> dict[str, Builder]:
        """Builder of each class of representation item."""
        if self._builders is None:
            from bim.tessellation.builders import builders
            self._builders = builders()
        return self._builders

    def _once(self, known: dict[int, _T | Refused], id: int, make: Callable[[], _T]) -> _T:
        """The value, made the first time; a refusal is kept and raised again."""
        if id not in known:
            try:
                known[id] = self._guarded(id, make)
            except Refused as refused:
                known[id] = refused
        found = known[id]
        if isinstance(found, Refused):
            raise found
        return found

    def _guarded(self, id: int, make: Callable[[], _T]) -> _T:
        """What `make` gives; cycles, depth and malformed instances become refusals."""
        if id in self._open:
            raise Refused("cycle", f"#{id}")
        if len(self._open) > _DEEPEST:
            raise Refused("too-deep", f"#{id}")
        self._open.append(id)
        try:
            return make()
        except _MALFORMED as error:
            raise Refused("malformed", f"#{id}: {type(error).__name__} {error}") from error
        finally:
            self._open.pop()

    def _point_table(self) -> tuple[NDArray[np.int64], Floats]:
        """All Cartesian points of the file: sorted ids and (n, 3) coordinates."""
        if self._table is None:
            ids = np.array(self.instances.of("IFCCARTESIANPOINT"), dtype=np.int64)
            table = np.concatenate([np.zeros((0, 3)), *(_coordinates(self.instances.texts(ids[at:at + _TOGETHER]))
                                                       for at in range(0, len(ids), _TOGETHER))])
            self.instances.let_go()
            order = np.argsort(ids, kind="stable")
            self._table = ids[order], table[order]
        return self._table


def reference(value: Any, what: str) -> int:
    """The id of a reference.

    Raises:
        Refused: the value is none.
    """
    if not isinstance(value, Ref):
        raise Refused(f"{what}:missing")
    return int(value)


def _coordinates(texts: list[bytes]) -> Floats:
    """(n, 3) from the arguments of Cartesian points; what a point does not state is 0."""
    commas = np.fromiter((text.count(b",") for text in texts), np.int64, len(texts))
    numbers = _numbers(b",".join(texts))
    if len(numbers) != int((commas + 1).sum()):
        raise Refused("points:malformed")
    table = np.zeros((len(texts), 3))
    first = np.concatenate([[0], np.cumsum(commas + 1)[:-1]]).astype(np.int64)
    for axis in range(3):
        has = commas >= axis
        table[has, axis] = numbers[first[has] + axis]
    return table


def _numbers(text: bytes) -> Floats:
    plain = text.translate(None, b"() \t\r\n")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return np.fromstring(plain, sep=",") if plain else np.zeros(0)
    except (ValueError, DeprecationWarning) as error:
        raise Refused("points:malformed", str(error)[:80]) from error


def _listed(text: bytes) -> list[float] | None:
    """The numbers of `(1.,2.,3.)`; None where anything else is written."""
    if text[:1] != b"(" or text[-1:] != b")":
        return None
    try:
        return [float(number) for number in text[1:-1].split(b",")]
    except ValueError:
        return None


def _vector(values: Any, where: str) -> Floats:
    if not isinstance(values, list) or not 1 <= len(values) <= 3 or not all(isinstance(v, int | float) for v in values):
        raise Refused("coordinates:malformed", where)
    found = np.zeros(3)
    found[:len(values)] = values
    if not all(map(math.isfinite, values)):
        raise Refused("coordinates:not-finite", where)
    return found
