"""The tiler: a model's shapes in, a 3D Tiles 1.1 tileset out, named by content, every position accounted for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from bim.shapes import Shapes
from csdi.crs import HeightModel
from csdi.extent import BBox
from csdi.finding import Finding
from twin.assembly import Assembled, Stage, assemble
from twin.ellipsoid import Array, geodetic
from twin.frame import LOCAL, Frame, Georeferenced, frame_at, reprojection_of
from twin.gltf import write_glb
from twin.palette import SPACE_CLASSES
from twin.pieces import Pieces, pieces_of
from twin.refine import refined
from twin.split import TRIANGLE_BUDGET, Leaf, Storey, storeys
from twin.surface import surfaces
from twin.tileset import Tile, box_numbers, encoded, group, tileset_document

Sink = Callable[[str, bytes], None]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class BuiltTileset:
    """What was built.

    Attributes:
        root: name of the root document, "" when there is nothing to draw.
        frame: where the tiles stand: `enu` with its origin, or `local` for a model without a place.
        box: 12 numbers, a 3D Tiles box; EPSG:4978 metres, or the model's own for a local frame.
        bbox: longitude, latitude, ellipsoidal height of the content; None for a local frame.
        error_m: geometric error of the root.
        files: names of all files, root last.
        features: elements drawn; tiles: content files; triangles: drawn, copies counted; bytes: of all files, uncompressed.
        copies: placements drawn as copies of one mesh.
        residual_m: the largest distance between a stored position and reprojecting its vertex, metres.
        findings: what tiling found; the shapes' own are not repeated.
        spaces: the tileset of spaces; None when the model has none.
    """

    root: str
    frame: Frame
    box: tuple[float, ...] = ()
    bbox: BBox | None = None
    error_m: float = 0.0
    files: tuple[str, ...] = ()
    features: int = 0
    tiles: int = 0
    triangles: int = 0
    copies: int = 0
    bytes: int = 0
    residual_m: float = 0.0
    findings: tuple[Finding, ...] = ()
    spaces: BuiltTileset | None = None

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, without the list of files."""
        document = asdict(replace(self, files=(), findings=(), bbox=None, spaces=None))
        return document | {
            "files": len(self.files), "bbox": self.bbox.numbers if self.bbox else None,
            "findings": [finding.to_dict() for finding in self.findings],
            "spaces": self.spaces.to_dict() if self.spaces else None,
        }


def build_tileset(shapes: Shapes, elements: Iterable[Mapping[str, Any]], georeference: Georeferenced, heights: HeightModel,
                  sink: Sink, *, budget: int = TRIANGLE_BUDGET, instancing: bool = True,
                  progress: Progress | None = None) -> BuiltTileset:
    """Writes a model's tiles and says what they are.

    Args:
        shapes: the model's tessellated items and placements.
        elements: one mapping per element and space: id ("model:GlobalId"), global_id, name, ifc_class, storey.
        georeference: where the model stands; with an empty `crs` the tiles stay in the model's own frame.
        heights: the height model between HKPD and the ellipsoid.
        sink: takes each file's name and bytes, the root document last; names are content hashes.
        budget: triangles per tile.
        instancing: whether repeated items become copies of one mesh.
        progress: told (tiles done, tiles in all).
    """
    pieces, findings = pieces_of(shapes, surfaces(shapes.items), elements)
    stage, frame_findings = _stage(shapes, pieces, georeference, heights)
    if stage.reprojection is not None:
        pieces = pieces.with_surfaces([refined(surface) for surface in pieces.surfaces])
    is_space = np.array([row.ifc_class in SPACE_CLASSES for row in pieces.rows], dtype=bool)[pieces.row_of]
    bodies, spaces = pieces.where(~is_space), pieces.where(is_space)
    made = _Run(stage, sink, instancing, progress).build(bodies, budget)
    rooms = _Run(stage, sink, instancing, None).build(spaces, budget) if len(spaces) else None
    return replace(made, findings=(*findings, *frame_findings), spaces=rooms)


def _stage(shapes: Shapes, pieces: Pieces, georeference: Georeferenced,
           heights: HeightModel) -> tuple[Stage, list[Finding]]:
    """The frame at the middle of the content, not of its box: one stray element does not move it."""
    if not len(pieces):
        return Stage(shapes.items, LOCAL, None), []
    reprojection, findings = reprojection_of(georeference, heights, _corners(pieces.box))
    if reprojection is None:
        return Stage(shapes.items, LOCAL, None), findings
    centre = np.median(pieces.centres, axis=0)
    return Stage(shapes.items, frame_at(reprojection, centre), reprojection), findings


def _corners(box: Array) -> Array:
    return np.stack(np.meshgrid(*box.T), axis=-1).reshape(-1, 3)


@dataclass(slots=True)
class _Run:
    """One tileset on its way out."""

    stage: Stage
    sink: Sink
    instancing: bool
    progress: Progress | None
    files: list[str] = field(default_factory=list)
    size: int = 0
    residual_m: float = 0.0
    triangles: int = 0
    copies: int = 0
    total: int = 0

    def build(self, pieces: Pieces, budget: int) -> BuiltTileset:
        if not len(pieces):
            return BuiltTileset("", self.stage.frame)
        plan = storeys(pieces, budget)
        self.total = sum(len(storey.shell) + len(storey.detail) for storey in plan)
        root = group([self._storey(pieces, storey) for storey in plan])
        tiles = len(self.files)
        frame = self.stage.frame
        matrix = frame.matrix if frame.kind == "enu" else None
        name = self._write(encoded(tileset_document(root, matrix)), ".json")
        return BuiltTileset(name, frame, tuple(box_numbers(root.box, matrix)), self._bbox(root.box), root.error_m,
                            tuple(self.files), len(np.unique(pieces.row_of)), tiles, self.triangles, self.copies, self.size,
                            self.residual_m)

    def _storey(self, pieces: Pieces, storey: Storey) -> Tile:
        """The shell at once; detail as soon as its largest piece matters on the screen."""
        shell = [self._content(pieces, leaf) for leaf in storey.shell]
        detail = [group([self._content(pieces, leaf)], leaf.size_m) for leaf in storey.detail]
        return group([*shell, group(detail, max(tile.error_m for tile in detail))] if detail else shell)

    def _content(self, pieces: Pieces, leaf: Leaf) -> Tile:
        content = assemble(self.stage, pieces.where(leaf.pieces), instancing=self.instancing)
        glb = write_glb(content.parts, content.copies, content.table)
        self._count(content, glb.error_m)
        return Tile(content.box, 0.0, self._write(glb.data, ".glb"))

    def _count(self, content: Assembled, error_m: float) -> None:
        self.residual_m = max(self.residual_m, error_m, content.copy_error_m)
        self.triangles += content.triangles
        self.copies += sum(len(group.feature_of) for group in content.copies)

    def _write(self, data: bytes, suffix: str) -> str:
        name = hashlib.sha256(data).hexdigest()[:32] + suffix
        self.sink(name, data)
        self.files.append(name)
        self.size += len(data)
        if self.progress:
            self.progress(min(len(self.files), self.total), self.total)
        return name

    def _bbox(self, box: Array) -> BBox | None:
        if self.stage.frame.kind == "local":
            return None
        places = geodetic(self.stage.frame.to_ecef(_corners(box)))
        west, south, low = places.min(axis=0).tolist()
        east, north, high = places.max(axis=0).tolist()
        return BBox(west, south, east, north, low, high, crs="OGC:CRS84h")
