"""Inspection: a tileset read whole, every content decoded, counted and held against its document."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from csdi.errors import CsdiError
from csdi.finding import Finding
from twin.ellipsoid import Array
from twin.gltf_reader import Decoded, read_glb
from twin.verify import faults
from twin.verify.faults import fault
from twin.verify.files import Files, named, read_or_none
from twin.verify.walking import Content, Walk

Seen = Callable[[Content, Decoded], None]


@dataclass(frozen=True, slots=True)
class Counted:
    """What one content file holds.

    Attributes:
        level: of its tile, 1 for the root.
        gzip_bytes: its size as sent; None where that was not asked for.
        triangles: as drawn, copies counted; copies: placements of meshes that are stored once.
        error_m: geometric error of its tile.
        is_replaced: whether finer tiles are drawn in its place.
    """

    uri: str
    level: int
    bytes: int
    gzip_bytes: int | None
    triangles: int
    copies: int
    features: int
    error_m: float
    is_replaced: bool


@dataclass(slots=True)
class Inspection:
    """What a tileset holds, and what is wrong with it.

    Attributes:
        contents: one line for each content file.
        tilesets: documents read, the root first.
        features: ids drawn.
        deepest: levels of the tree.
        errors_m: geometric errors of tiles by level.
        extensions: of glTF, with the number of files that use them.
        findings: empty when the tileset is sound.
    """

    contents: list[Counted] = field(default_factory=list)
    tilesets: list[str] = field(default_factory=list)
    features: set[str] = field(default_factory=set)
    deepest: int = 0
    errors_m: dict[int, list[float]] = field(default_factory=dict)
    extensions: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def tiles(self) -> int:
        """Content files."""
        return len(self.contents)

    @property
    def triangles(self) -> int:
        """As drawn when all is refined."""
        return sum(one.triangles for one in self.contents if not one.is_replaced)

    @property
    def copies(self) -> int:
        """Placements of meshes that are stored once."""
        return sum(one.copies for one in self.contents)

    @property
    def bytes(self) -> int:
        """Of content."""
        return sum(one.bytes for one in self.contents)

    def levels(self) -> list[dict[str, Any]]:
        """Counts by level of the tree, the root's first; `error_m` is the range of geometric errors."""
        rows = []
        for level, errors in sorted(self.errors_m.items()):
            here = [one for one in self.contents if one.level == level]
            packed = [one.gzip_bytes for one in here if one.gzip_bytes is not None]
            rows.append({"level": level, "tiles": len(here), "bytes": sum(one.bytes for one in here),
                         "gzip_bytes": sum(packed) if len(packed) == len(here) else None,
                         "triangles": sum(one.triangles for one in here), "copies": sum(one.copies for one in here),
                         "error_m": [min(errors), max(errors)]})
        return rows

    def largest(self, count: int = 5) -> list[Counted]:
        """The largest content files."""
        return sorted(self.contents, key=lambda one: (-one.bytes, one.uri))[:count]

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, with the number of features in place of their ids."""
        packed = [one.gzip_bytes for one in self.contents if one.gzip_bytes is not None]
        return {"tilesets": len(self.tilesets), "tiles": self.tiles, "triangles": self.triangles, "copies": self.copies,
                "bytes": self.bytes, "gzip_bytes": sum(packed) if len(packed) == self.tiles else None,
                "features": len(self.features), "deepest": self.deepest, "levels": self.levels(),
                "largest": [{"file": one.uri, "bytes": one.bytes, "triangles": one.triangles} for one in self.largest()],
                "extensions": dict(sorted(self.extensions.items())), "findings": [finding.to_dict() for finding in self.findings]}


def inspect_tileset(read: Callable[[str], bytes] | Files, root: str, *, seen: Seen | None = None, packed: bool = False,
                    progress: Callable[[int], None] | None = None) -> Inspection:
    """Reads a tileset with all tilesets inside it and checks all of it.

    Args:
        read: gives the bytes of a file by its name, raising CsdiError or KeyError where there is none.
        root: name of the root document; addresses in it are relative to that.
        seen: takes each content with what it decodes to.
        packed: whether content is also measured as sent with gzip.
        progress: told the number of content files read so far.

    Raises:
        FileBroken: the root document is not JSON of a 3D Tiles 1.1 tileset.
    """
    files = named(read) if callable(read) else read
    walk, result = Walk(files), Inspection()
    for content in walk.tileset(root):
        _inspect(files, content, result, seen, packed)
        if progress is not None:
            progress(len(result.contents))
    result.findings += walk.findings
    result.tilesets, result.errors_m = walk.tilesets, walk.errors_m
    result.deepest = max(walk.errors_m, default=0)
    return result


def _inspect(files: Files, content: Content, result: Inspection, seen: Seen | None, packed: bool) -> None:
    data = read_or_none(files, content.uri)
    if data is None:
        result.findings.append(fault(faults.NOT_THERE, content.uri, "a content that is referred to is not there"))
        return
    try:
        decoded = read_glb(data)
    except CsdiError as error:
        result.findings.append(fault(faults.UNREADABLE, content.uri, error.message))
        return
    result.contents.append(Counted(content.uri, content.level, len(data), len(gzip.compress(data, 6)) if packed else None,
                                   sum(len(part.triangles) for part in decoded.drawn), _copies(decoded), len(decoded.table),
                                   content.error_m, content.is_replaced))
    result.features |= {str(row["id"]) for row in decoded.table}
    for name in decoded.document.get("extensionsUsed", []):
        result.extensions[name] = result.extensions.get(name, 0) + 1
    result.findings += content_faults(content, decoded)
    if seen is not None:
        seen(content, decoded)


def content_faults(content: Content, decoded: Decoded) -> Iterator[Finding]:
    """What is wrong with a content: numbers, indices, volumes and features."""
    points = [part.positions for part in decoded.drawn]
    if any(not np.isfinite(part.positions).all() or not np.isfinite(part.normals).all() for part in decoded.drawn):
        yield fault(faults.NOT_FINITE, content.uri, "a position or normal is not a finite number")
    elif points:
        yield from _volume_faults(content, np.concatenate(points))
    if any(len(part.triangles) and not 0 <= part.triangles.min() <= part.triangles.max() < len(part.positions) for part in decoded.drawn):
        yield fault(faults.INDEX_OUT_OF_RANGE, content.uri, "a triangle refers to a vertex that is not there")
    yield from _feature_faults(content, decoded)


def _volume_faults(content: Content, points: Array) -> Iterator[Finding]:
    """Content lies inside its own volume, that of its tile and those of all tiles above."""
    placed = points @ content.matrix[:3, :3].T + content.matrix[:3, 3]
    wrong = next((volume for volume in content.volumes if not volume.holds(placed)), None)
    if wrong is not None:
        yield fault(faults.OUT_OF_VOLUME, content.uri, "content reaches out of its tile's volume", wrong.numbers.tolist())
    above = next((volume for volume in content.above if not volume.holds(placed)), None)
    if above is not None:
        yield fault(faults.OUT_OF_PARENT, content.uri, "content reaches out of the volume of a tile above it", above.numbers.tolist())


def _feature_faults(content: Content, decoded: Decoded) -> Iterator[Finding]:
    drawn = set().union(*(np.unique(part.feature_of).tolist() for part in decoded.drawn))
    rows = len(decoded.table)
    if wrong := sorted(number for number in drawn if not 0 <= number < rows):
        yield fault(faults.FEATURE_OUT_OF_RANGE, content.uri, "a feature id is beyond the property table", wrong[:3], f"below {rows}")
    elif len(drawn) != rows:
        yield fault(faults.ROWS_DIFFER, content.uri, "features drawn and rows of the property table differ", len(drawn), rows)
    for said, there in _feature_counts(decoded):
        if said != there:
            yield fault(faults.ROWS_DIFFER, content.uri, "a set of feature ids has another number of features than it says", there, said)
    ids = [row["id"] for row in decoded.table]
    if len(set(ids)) != len(ids):
        yield fault(faults.ROW_TWICE, content.uri, "a property table has an id twice", len(ids) - len(set(ids)), 0)


def _feature_counts(decoded: Decoded) -> Iterator[tuple[int, int]]:
    """For each set of feature ids the number of features that it says, and the number that there are."""
    drawn = iter(decoded.drawn)
    for node in decoded.document["nodes"]:
        copies = _copies_of(decoded, node)
        for primitive in decoded.document["meshes"][node["mesh"]]["primitives"]:
            holder, name = (node, "EXT_instance_features") if copies else (primitive, "EXT_mesh_features")
            ids = np.concatenate([next(drawn).feature_of for _ in range(copies or 1)])
            for one in holder.get("extensions", {}).get(name, {}).get("featureIds", []):
                yield int(one["featureCount"]), len(np.unique(ids))


def _copies(decoded: Decoded) -> int:
    return sum(_copies_of(decoded, node) for node in decoded.document["nodes"])


def _copies_of(decoded: Decoded, node: dict[str, Any]) -> int:
    told = node.get("extensions", {}).get("EXT_mesh_gpu_instancing")
    return int(decoded.document["accessors"][told["attributes"]["TRANSLATION"]]["count"]) if told else 0
