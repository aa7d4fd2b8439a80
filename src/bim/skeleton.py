"""A large file without the insides of its shapes: what rows, placement and findings are read from, in a fraction of the memory.

An opened file takes about four times its size, most of it for faces and points that only tessellation needs, and that reads
the text itself. In the skeleton these instances are left out; one that something else refers to keeps its number and class.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from bim.statements import Ints, Statements

LARGE = 48 << 20
"""Bytes from which a file is opened as its skeleton: below, the whole file fits well enough."""

_INSIDES = frozenset(f"IFC{name}" for name in (
    "FACE", "FACESURFACE", "ADVANCEDFACE", "FACEBOUND", "FACEOUTERBOUND", "POLYLOOP", "EDGELOOP", "VERTEXLOOP", "ORIENTEDEDGE",
    "EDGECURVE", "EDGE", "SUBEDGE", "VERTEXPOINT", "VERTEX", "CLOSEDSHELL", "OPENSHELL", "CONNECTEDFACESET", "FACETEDBREP",
    "FACETEDBREPWITHVOIDS", "ADVANCEDBREP", "ADVANCEDBREPWITHVOIDS", "FACEBASEDSURFACEMODEL", "SHELLBASEDSURFACEMODEL",
    "INDEXEDPOLYGONALFACE", "INDEXEDPOLYGONALFACEWITHVOIDS", "POLYGONALFACESET", "TRIANGULATEDFACESET",
    "TRIANGULATEDIRREGULARNETWORK", "CARTESIANPOINTLIST2D", "CARTESIANPOINTLIST3D", "INDEXEDCOLOURMAP",
    "INDEXEDTRIANGLETEXTUREMAP", "INDEXEDPOLYGONALTEXTUREMAP", "TEXTUREVERTEXLIST", "BSPLINESURFACEWITHKNOTS",
    "RATIONALBSPLINESURFACEWITHKNOTS", "BSPLINECURVEWITHKNOTS", "RATIONALBSPLINECURVEWITHKNOTS", "PCURVE", "SURFACECURVE", "SEAMCURVE",
    "EXTRUDEDAREASOLID", "ARBITRARYCLOSEDPROFILEDEF", "ARBITRARYPROFILEDEFWITHVOIDS", "BOOLEANRESULT", "BOOLEANCLIPPINGRESULT",
    "HALFSPACESOLID", "POLYGONALBOUNDEDHALFSPACE", "POLYLINE", "TRIMMEDCURVE", "COMPOSITECURVESEGMENT", "SWEPTDISKSOLID"))
"""Classes that nothing but tessellation looks into."""
_POINTS = frozenset({"IFCCARTESIANPOINT", "IFCDIRECTION", "IFCVECTOR", "IFCAXIS2PLACEMENT2D", "IFCAXIS2PLACEMENT3D"})
"""Classes that come along where something that stays refers to them."""


@contextmanager
def skeleton(path: Path, *, large: int = LARGE) -> Iterator[Path]:
    """A path to open for reading everything but shapes, for the time of the context: the file itself where it is not large.

    Args:
        path: a file that `bim.scan` has found well formed.
        large: bytes from which the skeleton is made.
    """
    if path.stat().st_size < large:
        yield path
        return
    with TemporaryDirectory(prefix="csdi-ifc-") as folder:
        slim = Path(folder) / path.name
        _write(path, slim)
        yield slim


def _write(path: Path, slim: Path) -> None:
    statements = Statements.of_file(path)
    whole, hollow = _kept(statements)
    text, names = statements.text, [name.encode() for name in statements.names]
    with slim.open("wb") as file:
        file.write(text[:statements.begin] + b"\n")
        for rows in np.array_split(whole, len(whole) // 50_000 + 1):
            numbers, codes, starts, ends = (part[rows].tolist() for part in (
                statements.ids, statements.codes, statements.starts, statements.ends))
            file.writelines(b"#%d=%s(%s);\n" % (number, names[code], text[start:end])
                            for number, code, start, end in zip(numbers, codes, starts, ends, strict=True))
        file.writelines(b"#%d=%s($);\n" % (number, names[code]) for number, code in zip(
            statements.ids[hollow].tolist(), statements.codes[hollow].tolist(), strict=True))
        file.write(b"ENDSEC;\nEND-ISO-10303-21;\n")


def _kept(statements: Statements) -> tuple[Ints, Ints]:
    """Rows that stay whole, and rows of which only number and class stay."""
    inside, point = (_marked(statements, names) for names in (_INSIDES, _POINTS))
    stays = ~(inside | point)
    wanted = np.zeros(len(statements), bool)
    fresh = np.flatnonzero(stays)
    while len(fresh):
        referred = statements.referred(fresh)
        fresh = referred[~wanted[referred] & ~stays[referred]]
        wanted[fresh] = True
        fresh = fresh[point[fresh]]
    return np.flatnonzero(stays | (wanted & point)), np.flatnonzero(wanted & inside)


def _marked(statements: Statements, names: frozenset[str]) -> NDArray[np.bool_]:
    return np.array([name in names for name in statements.names] or [False])[statements.codes]
