"""Bodies of faces: breps, shells, surface models, sets of surfaces."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bim.tessellation.body import Body, Refused, joined, present
from bim.tessellation.shells import UNREAD, FaceTables, Shells, Table
from bim.tessellation.surfaces import shell_of_faces

if TYPE_CHECKING:
    from bim.tessellation.instances import Instances
    from bim.tessellation.source import Source

_CACHE = "shells"
_REFERENCE = re.compile(rb"#(\d+)")
_SHELLS = ("IFCCLOSEDSHELL", "IFCOPENSHELL", "IFCCONNECTEDFACESET")
_SURFACES = frozenset({"IFCCURVEBOUNDEDPLANE", "IFCRECTANGULARTRIMMEDSURFACE", "IFCFACEBASEDSURFACEMODEL",
                       "IFCSHELLBASEDSURFACEMODEL", "IFCCURVEBOUNDEDSURFACE"})


def face_tables(source: Source) -> FaceTables:
    """What all plain faces of the file say.

    Raises:
        Refused: a point of the file cannot be read.
    """
    instances = source.instances
    loops = _table(instances, "IFCPOLYLOOP")
    point_ids = np.intersect1d(loops.targets, np.array(instances.of("IFCCARTESIANPOINT"), dtype=np.int64))
    bounds = _with_one_loop(_table(instances, "IFCFACEBOUND", "IFCFACEOUTERBOUND"))
    texts = instances.texts(bounds.ids)
    outer = np.isin(bounds.ids, np.array(instances.of("IFCFACEOUTERBOUND"), dtype=np.int64))
    forward = np.array([b".F." not in text for text in texts], dtype=bool)
    return FaceTables(point_ids, source.points(point_ids.tolist()), loops, bounds, forward, outer,
                      _table(instances, "IFCFACE"), _table(instances, *_SHELLS))


def _table(instances: Instances, *classes: str) -> Table:
    ids = np.sort(np.array(instances.of(*classes), dtype=np.int64))
    texts = instances.texts(ids)
    counts = np.array([text.count(b"#") for text in texts], dtype=np.int64)
    targets = np.array(_REFERENCE.findall(b",".join(texts)), dtype="S20").astype(np.int64)
    return Table(ids, targets, counts)


def _with_one_loop(bounds: Table) -> Table:
    """Without the bounds that have not exactly one loop, so that their faces count as broken."""
    one = bounds.counts == 1
    return Table(bounds.ids[one], bounds.targets[np.repeat(one, bounds.counts)], bounds.counts[one])


def shell(source: Source, number: int) -> Body:
    """IfcClosedShell, IfcOpenShell, IfcConnectedFaceSet; closed ones face outwards.

    Raises:
        Refused: it has no faces, or one that is not built here.
    """
    if source.class_of(number) not in _SHELLS:
        raise Refused(f"shell:{source.class_of(number)}")
    shells = _shells(source)
    if shells is not None:
        try:
            return shells.body(number)
        except Refused as refused:
            if refused.reason not in UNREAD:
                raise
    return shell_of_faces(source, source.args(number)[0], closed=source.class_of(number) == "IFCCLOSEDSHELL")


def _shells(source: Source) -> Shells | None:
    """The shells of the file, made at the first call; None where a broken point spoils the tables, so that they go one by one."""
    if _CACHE not in source.cache:
        try:
            source.cache[_CACHE] = Shells(face_tables(source), source.precision)
        except Refused:
            source.cache[_CACHE] = None
    found: Shells | None = source.cache[_CACHE]
    return found


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
