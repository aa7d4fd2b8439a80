"""Verification of tilesets: what the documents promise against what the content holds, decoded tile by tile."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from csdi.errors import CsdiError, FileBroken
from csdi.finding import Finding
from twin.ellipsoid import Array
from twin.gltf_reader import Decoded, read_glb

Json = dict[str, Any]
Read = Callable[[str], bytes]
_SLACK_M = 0.02


@dataclass(slots=True)
class Inspection:
    """What a tileset holds, and what is wrong with it.

    Attributes:
        tiles: content files; triangles: as drawn when all is refined; bytes: of content.
        features: ids drawn.
        deepest: levels of the tree.
        findings: errors; empty when the tileset is sound.
    """

    tiles: int = 0
    triangles: int = 0
    bytes: int = 0
    features: set[str] = field(default_factory=set)
    deepest: int = 0
    findings: list[Finding] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, with the number of features in place of their ids."""
        return {"tiles": self.tiles, "triangles": self.triangles, "bytes": self.bytes, "features": len(self.features),
                "deepest": self.deepest, "findings": [finding.to_dict() for finding in self.findings]}


def inspect_tileset(read: Read, root: str) -> Inspection:
    """Reads a model's tileset and checks all of it.

    Args:
        read: gives the bytes of a file by its name.
        root: name of the root document.

    Raises:
        FileBroken: the root document is not JSON of a 3D Tiles 1.1 tileset.
    """
    document = _root_document(read, root)
    result = Inspection()
    for found in _walk(document["root"], document["geometricError"], 1):
        result.deepest = max(result.deepest, found.depth)
        if found.error_m > found.parent_error_m:
            result.findings.append(_fault("TIL-101", root, "a tile's geometric error is above its parent's",
                                          f"{found.error_m} m", f"at most {found.parent_error_m} m"))
        if not _holds(found.parent_box, _corners(found.box)):
            result.findings.append(_fault("TIL-102", root, "a tile reaches out of its parent's box", str(found.box)))
        if found.uri:
            _inspect_content(read, found, result)
    return result


@dataclass(frozen=True, slots=True)
class _Found:
    uri: str
    box: list[float]
    content_box: list[float]
    parent_box: list[float]
    error_m: float
    parent_error_m: float
    depth: int
    is_replaced: bool


def _root_document(read: Read, root: str) -> Json:
    try:
        document: Json = json.loads(read(root))
        if document["asset"]["version"] != "1.1" or "boundingVolume" not in document["root"]:
            raise ValueError("not a 3D Tiles 1.1 tileset")
    except (KeyError, TypeError, ValueError) as error:
        raise FileBroken(f"{root}: {error!r}", remedy="build the tileset again", file=root) from error
    return document


def _walk(tile: Json, parent_error_m: float, depth: int, parent_box: list[float] | None = None) -> Iterator[_Found]:
    box = tile["boundingVolume"]["box"]
    content = tile.get("content", {})
    yield _Found(content.get("uri", ""), box, content.get("boundingVolume", {}).get("box", box), parent_box or box,
                 tile["geometricError"], parent_error_m, depth,
                 tile.get("refine") == "REPLACE" and bool(tile.get("children")))
    for child in tile.get("children", []):
        yield from _walk(child, tile["geometricError"], depth + 1, box)


def _inspect_content(read: Read, found: _Found, result: Inspection) -> None:
    try:
        data = read(found.uri)
        decoded = read_glb(data)
    except CsdiError as error:
        result.findings.append(_fault("TIL-103", found.uri, error.message))
        return
    result.tiles += 1
    result.bytes += len(data)
    result.triangles += 0 if found.is_replaced else sum(len(part.triangles) for part in decoded.drawn)
    result.features |= {str(row["id"]) for row in decoded.table}
    result.findings += _content_faults(found, decoded)


def _content_faults(found: _Found, decoded: Decoded) -> Iterator[Finding]:
    seen: set[int] = set()
    for part in decoded.drawn:
        seen.update(np.unique(part.feature_of).tolist())
        if not np.isfinite(part.positions).all() or not np.isfinite(part.normals).all():
            yield _fault("TIL-104", found.uri, "a position or normal is not a finite number")
        elif not (_holds(found.box, part.positions) and _holds(found.content_box, part.positions)):
            yield _fault("TIL-105", found.uri, "content reaches out of its tile's box", str(found.content_box))
        if len(part.triangles) and part.triangles.max() >= len(part.positions):
            yield _fault("TIL-106", found.uri, "a triangle refers to a vertex that is not there")
    if seen != set(range(len(decoded.table))):
        yield _fault("TIL-107", found.uri, "features drawn and rows of the property table differ", str(len(seen)),
                     str(len(decoded.table)))


def _holds(box: list[float], points: Array) -> bool:
    """Whether points lie in a 3D Tiles box, with 2 cm of slack."""
    centre, axes = np.array(box[:3]), np.array(box[3:]).reshape(3, 3)
    lengths = np.linalg.norm(axes, axis=1)
    along = np.abs((points - centre) @ (axes / np.where(lengths > 0, lengths, 1)[:, None]).T)
    return bool((along <= lengths + _SLACK_M).all())


def _corners(box: list[float]) -> Array:
    signs = np.array(np.meshgrid([-1, 1], [-1, 1], [-1, 1])).reshape(3, 8).T
    return np.asarray(np.array(box[:3]) + signs @ np.array(box[3:]).reshape(3, 3))


def _fault(code: str, subject: str, message: str, measured: str = "", expected: str = "") -> Finding:
    return Finding(code, "error", message, subject=subject, measured=measured, expected=expected, cure="build the tileset again")
