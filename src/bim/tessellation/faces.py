"""Bodies of faces: breps, shells, surface models, sets of surfaces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bim.tessellation.body import Body, Refused, joined, present
from bim.tessellation.shells import UNREAD, FaceTables, Shells, Table
from bim.tessellation.surfaces import shell_of_faces

if TYPE_CHECKING:
    from bim.tessellation.instances import Instances
    from bim.tessellation.source import Source

_CACHE = "shells"
_TOGETHER = 100_000
"""Faces of a batch."""
_SHELLS = ("IFCCLOSEDSHELL", "IFCOPENSHELL", "IFCCONNECTEDFACESET")
_SURFACES = frozenset({"IFCCURVEBOUNDEDPLANE", "IFCRECTANGULARTRIMMEDSURFACE", "IFCFACEBASEDSURFACEMODEL",
                       "IFCSHELLBASEDSURFACEMODEL", "IFCCURVEBOUNDEDSURFACE"})


class ShellBatches:
    """The plain shells of a file, some tens of thousands of faces at a time, each batch when it is first asked for."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._shells, _ = _table(source.instances, np.unique(np.array(source.instances.of(*_SHELLS), dtype=np.int64)))
        self._batch = self._shells.starts // _TOGETHER
        self._made: dict[int, Shells | None] = {}

    def of(self, number: int) -> Shells | None:
        """The batch with that shell; None where a broken point spoils the tables, so that its shells go one by one."""
        row = int(self._shells.rows(np.array([number]))[0])
        if row < 0:
            return None
        batch = int(self._batch[row])
        if batch not in self._made:
            self._made[batch] = self._make(batch)
        return self._made[batch]

    def _make(self, batch: int) -> Shells | None:
        try:
            return Shells(face_tables(self._source, self._shells.picked(np.flatnonzero(self._batch == batch))), self._source.precision)
        except Refused:
            return None
        finally:
            self._source.instances.let_go()


def face_tables(source: Source, shells: Table) -> FaceTables:
    """What the plain faces of these shells say.

    Raises:
        Refused: a point of the file cannot be read.
    """
    instances = source.instances
    faces, _ = _table(instances, instances.among(shells.targets, "IFCFACE"))
    bounds, backward = _table(instances, instances.among(faces.targets, "IFCFACEBOUND", "IFCFACEOUTERBOUND"), b"F")
    one = bounds.counts == 1
    bounds, forward = bounds.picked(np.flatnonzero(one)), ~backward[one]
    outer = np.isin(bounds.ids, instances.among(bounds.ids, "IFCFACEOUTERBOUND"))
    loops, _ = _table(instances, instances.among(bounds.targets, "IFCPOLYLOOP"))
    point_ids = instances.among(loops.targets, "IFCCARTESIANPOINT")
    return FaceTables(point_ids, source.points(point_ids.tolist()), loops, bounds, forward, outer, faces, shells)


def _table(instances: Instances, ids: NDArray[np.int64], mark: bytes = b"T") -> tuple[Table, NDArray[np.bool_]]:
    """What instances with ascending ids refer to, and whether the mark is in them."""
    targets, counts, marked = instances.references(ids, mark)
    return Table(ids, targets, counts), marked


def shell(source: Source, number: int) -> Body:
    """IfcClosedShell, IfcOpenShell, IfcConnectedFaceSet; closed ones face outwards.

    Raises:
        Refused: it has no faces, or one that is not built here.
    """
    if source.class_of(number) not in _SHELLS:
        raise Refused(f"shell:{source.class_of(number)}")
    shells = _shells(source, number)
    if shells is not None:
        try:
            return shells.body(number)
        except Refused as refused:
            if refused.reason not in UNREAD:
                raise
    return shell_of_faces(source, source.args(number)[0], closed=source.class_of(number) == "IFCCLOSEDSHELL")


def _shells(source: Source, number: int) -> Shells | None:
    if _CACHE not in source.cache:
        source.cache[_CACHE] = ShellBatches(source)
    batches: ShellBatches = source.cache[_CACHE]
    return batches.of(number)


def brep(source: Source, number: int) -> Body:
    """IfcFacetedBrep and IfcAdvancedBrep, with voids too: those face inwards.

    Raises:
        Refused: a face of a shell is not built here.
    """
    outer, voids = [*source.args(number), None][:2]
    hollows = [source.body(void) for void in voids or []]
    return present(joined([source.body(outer), *(_inwards(hollow) for hollow in hollows)]))


def _inwards(body: Body) -> Body:
    if not body.closed:
        raise Refused("brep:open-void")
    return Body(body.vertices, np.ascontiguousarray(body.triangles[:, ::-1]), True, body.style_of)


def surface_model(source: Source, number: int) -> Body:
    """IfcFaceBasedSurfaceModel and IfcShellBasedSurfaceModel: all their shells.

    Raises:
        Refused: a face of a shell is not built here.
    """
    return _all(source, source.args(number)[0])


def geometric_set(source: Source, number: int) -> Body:
    """The surfaces of an IfcGeometricSet; its points and curves have no surface.

    Raises:
        Refused: it has no surfaces, or one that is not built here.
    """
    members = source.args(number)[0]
    flat = [member for member in members if source.class_of(member) in _SURFACES]
    if not flat or any("SURFACE" in source.class_of(member) for member in members if member not in flat):
        raise Refused("geometric-set")
    return _all(source, flat)


def _all(source: Source, members: Sequence[Any]) -> Body:
    if not members:
        raise Refused("surface-model:empty")
    return present(joined([source.body(member) for member in members]))


BUILDERS: dict[str, Callable[[Source, int], Body]] = {
    **dict.fromkeys(_SHELLS, shell),
    **dict.fromkeys(("IFCFACETEDBREP", "IFCFACETEDBREPWITHVOIDS", "IFCADVANCEDBREP", "IFCADVANCEDBREPWITHVOIDS"), brep),
    **dict.fromkeys(("IFCFACEBASEDSURFACEMODEL", "IFCSHELLBASEDSURFACEMODEL"), surface_model),
    "IFCGEOMETRICSET": geometric_set,
}
