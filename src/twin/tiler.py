"""The tiler: a model's shapes in, a 3D Tiles 1.1 tileset out, named by content, every position accounted for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from bim.shapes import Shapes
from csdi.crs import HeightModel
from csdi.errors import CsdiError
from csdi.extent import BBox
from csdi.finding import Finding
from twin.assembly import Stage, assemble, table_of
from twin.ellipsoid import Array, geodetic
from twin.envelope import BUDGET as ENVELOPE_BUDGET
from twin.envelope import drawn_envelope, envelope
from twin.frame import LOCAL, Frame, Georeferenced, frame_at, reprojection_of
from twin.gltf import Packs, with_table, write_glb
from twin.palette import SPACE_CLASSES
from twin.pieces import Pieces, pieces_of
from twin.prepared import Surfaces
from twin.shelf import Kept, Keys, Shelf, way_of
from twin.split import TRIANGLE_BUDGET, Storey, StoreyCuts, storeys
from twin.tileset import Tile, box_numbers, encoded, group, lead, tileset_document

Sink = Callable[[str, bytes], None]
Source = Callable[[str], bytes]
Progress = Callable[[int, int], None]

_FRAME_REACH_M = 500.0
"""A frame serves the next version while the middle of its content lies within this of the origin: turned by less than 0.005 degrees."""


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
        reused: tiles taken over from the version before; built: all others; renamed: those of them that kept their geometry.
        shelf: what the next version takes over, for bodies and spaces.
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
    reused: int = 0
    built: int = 0
    renamed: int = 0
    shelf: Shelf | None = field(default=None, compare=False, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, without the list of files and the shelf."""
        document = asdict(replace(self, files=(), findings=(), bbox=None, spaces=None, shelf=None))
        del document["shelf"]
        return document | {
            "files": len(self.files), "bbox": self.bbox.numbers if self.bbox else None,
            "findings": [finding.to_dict() for finding in self.findings],
            "spaces": self.spaces.to_dict() if self.spaces else None,
        }


def build_tileset(shapes: Shapes, elements: Iterable[Mapping[str, Any]], georeference: Georeferenced, heights: HeightModel,
                  sink: Sink, *, budget: int = TRIANGLE_BUDGET, far: int = ENVELOPE_BUDGET, instancing: bool = True,
                  progress: Progress | None = None, shelf: Shelf | None = None, source: Source | None = None,
                  edges: bool = False) -> BuiltTileset:
    """Writes a model's tiles and says what they are.

    Args:
        shapes: the model's tessellated items and placements.
        elements: one mapping per element and space: id ("model:GlobalId"), global_id, name, ifc_class, storey.
        georeference: where the model stands; with an empty `crs` the tiles stay in the model's own frame.
        heights: the height model between HKPD and the ellipsoid.
        sink: takes each new file's name and bytes, the root document last; names are content hashes.
        budget: triangles that a tile stores.
        far: triangles of an envelope, for shells of at least four times as many.
        instancing: whether repeated items become copies of one mesh.
        progress: told (tiles done, tiles in all).
        shelf: of the version before; its tiles are taken over where they are the same, and are not given to `sink` again.
        source: gives the bytes of a file of the version before, raising a CsdiError where it is gone; without it a tile in
            which only names changed is built anew.
        edges: whether tiles mark the edges that are worth a line; envelopes never do.
    """
    shelf = shelf or Shelf()
    surfaces = Surfaces(shapes.items, shelf.extents)
    pieces, findings = pieces_of(shapes, surfaces, elements)
    stage, frame_findings = _stage(shapes, pieces, georeference, heights, shelf)
    pieces = pieces.finished(cut=stage.reprojection is not None)
    keys = Keys(stage, surfaces.digests, instancing=instancing, edges=edges)
    is_space = np.array([row.ifc_class in SPACE_CLASSES for row in pieces.rows], dtype=bool)[pieces.row_of]
    bodies, spaces = pieces.where(~is_space), pieces.where(is_space)
    runs = [_Run(stage, keys, shelf, sink, source, far, instancing, edges, told) for told in (progress, None)]
    made = runs[0].build(bodies, budget, "bodies")
    rooms = runs[1].build(spaces, budget, "spaces") if len(spaces) else None
    kept = Shelf(stage.frame, way_of(stage.reprojection), budget, surfaces.extents(),
                 {"bodies": runs[0].cuts, "spaces": runs[1].cuts}, runs[0].tiles | runs[1].tiles)
    return replace(made, findings=(*findings, *frame_findings), spaces=rooms, shelf=kept)


def _stage(shapes: Shapes, pieces: Pieces, georeference: Georeferenced, heights: HeightModel,
           shelf: Shelf) -> tuple[Stage, list[Finding]]:
    """The frame at the middle of the content, not of its box: one stray element does not move it; that of before while it is near."""
    if not len(pieces):
        return Stage(shapes.items, LOCAL, None), []
    reprojection, findings = reprojection_of(georeference, heights, _corners(pieces.box))
    if reprojection is None:
        return Stage(shapes.items, LOCAL, None), findings
    centre = np.median(pieces.centres, axis=0)
    frame = shelf.frame
    if shelf.way != way_of(reprojection) or np.linalg.norm(reprojection.into(frame, centre[None])) > _FRAME_REACH_M:
        frame = frame_at(reprojection, centre)
    return Stage(shapes.items, frame, reprojection), findings


def _corners(box: Array) -> Array:
    return np.stack(np.meshgrid(*box.T), axis=-1).reshape(-1, 3)


@dataclass(slots=True)
class _Run:
    """One tileset on its way out."""

    stage: Stage
    keys: Keys
    shelf: Shelf
    sink: Sink
    source: Source | None
    far: int
    instancing: bool
    edges: bool
    progress: Progress | None
    cuts: dict[str, StoreyCuts] = field(default_factory=dict)
    tiles: dict[str, Kept] = field(default_factory=dict)
    packs: Packs = field(default_factory=dict)
    reused: int = 0
    renamed: int = 0

    def build(self, pieces: Pieces, budget: int, part: str) -> BuiltTileset:
        if not len(pieces):
            return BuiltTileset("", self.stage.frame)
        plan = storeys(pieces, budget, self.shelf.plan(part, budget), instancing=self.instancing)
        self.cuts = {storey.name: storey.cuts for storey in plan}
        drawn = self._tiles([pieces.where(leaf.pieces) for storey in plan for leaf in (*storey.shell, *storey.detail)])
        root, envelopes = self._tree(pieces, plan, drawn)
        tiles = [*drawn, *envelopes]
        frame = self.stage.frame
        matrix = frame.matrix if frame.kind == "enu" else None
        document = encoded(tileset_document(root, matrix))
        name = self._write(document, ".json")
        return BuiltTileset(
            name, frame, tuple(box_numbers(root.box, matrix)), self._bbox(root.box), root.error_m, (*(tile.name for tile in tiles), name),
            len(np.unique(pieces.row_of)), len(tiles), sum(tile.triangles for tile in drawn), sum(tile.copies for tile in drawn),
            sum(tile.bytes for tile in tiles) + len(document), max(tile.residual_m for tile in tiles), reused=self.reused,
            built=len(tiles) - self.reused, renamed=self.renamed)

    def _tiles(self, contents: list[Pieces]) -> list[Kept]:
        """A tile for each of these sets of pieces; surfaces are prepared for all that are assembled at once."""
        keys = [self.keys.of(content) for content in contents]
        alike = self.shelf.by_drawn() if self.source else {}
        new = [content.item_of for content, (key, drawn) in zip(contents, keys, strict=True)
               if key not in self.shelf.tiles and drawn not in alike]
        if new:
            contents[0].surfaces.prepare(np.unique(np.concatenate(new)).tolist())
        for done, (content, (key, drawn)) in enumerate(zip(contents, keys, strict=True), start=1):
            tile = self.shelf.tiles.get(key)
            self.reused += tile is not None
            self.tiles[key] = tile or self._renamed(content, alike.get(drawn)) or self._assembled(content, drawn)
            if self.progress:
                self.progress(done, len(contents))
        return [self.tiles[key] for key, _ in keys]

    def _tree(self, pieces: Pieces, plan: list[Storey], drawn: list[Kept]) -> tuple[Tile, list[Kept]]:
        """The tiles as a tree: from afar one envelope, then one for each large storey, then things as they are."""
        placed, children, envelopes = iter(drawn), list[Tile](), list[Kept]()
        for storey in plan:
            tiles = _storey(storey, placed)
            far = self._envelope(pieces, [storey]) if len(storey.shell) > 1 and len(plan) > 1 else None
            envelopes += [far] if far else []
            children += [lead(_content(far, storey.name), tiles, far.error_m, replaced=True)] if far else tiles
        far = self._envelope(pieces, plan)
        envelopes += [far] if far else []
        return (lead(_content(far, None), children, far.error_m, replaced=True) if far else group(children)), envelopes

    def _envelope(self, pieces: Pieces, plan: list[Storey]) -> Kept | None:
        """The shell of these storeys from afar; None where it is hardly less than the shell itself."""
        shell = pieces.where(np.sort(np.concatenate([storey.seen for storey in plan])))
        key = self.keys.of_envelope(shell, self.far)
        old = self.shelf.tiles.get(key)
        if old is not None:
            self.reused += 1
            self.tiles[key] = old
            return old
        made = envelope(self.stage.items, shell, self.far)
        if made is None:
            return None
        content = drawn_envelope(self.stage, shell, made)
        glb = write_glb(content.parts, (), content.table, axes=content.axes)
        low, high = content.box.tolist()
        self.tiles[key] = Kept("", self._write(glb.data, ".glb"), (tuple(low), tuple(high)), content.triangles, 0, len(glb.data),
                               glb.error_m, made.error_m)
        return self.tiles[key]

    def _renamed(self, pieces: Pieces, old: Kept | None) -> Kept | None:
        """The old tile with what its elements are called now; None where its file is gone or is not what it was."""
        if old is None or self.source is None:
            return None
        try:
            data = self.source(old.name)
        except CsdiError:
            return None
        if _name_of(data, ".glb") != old.name:
            return None
        self.renamed += 1
        made = with_table(data, table_of(pieces))
        return replace(old, name=self._write(made, ".glb"), bytes=len(made))

    def _assembled(self, pieces: Pieces, drawn: str) -> Kept:
        content = assemble(self.stage, pieces, instancing=self.instancing)
        glb = write_glb(content.parts, content.copies, content.table, axes=content.axes, packs=self.packs, edges=self.edges)
        low, high = content.box.tolist()
        copies = sum(len(group.feature_of) for group in content.copies)
        return Kept(drawn, self._write(glb.data, ".glb"), (tuple(low), tuple(high)), content.triangles, copies, len(glb.data),
                    max(glb.error_m, content.copy_error_m + glb.copy_error_m))

    def _write(self, data: bytes, suffix: str) -> str:
        name = _name_of(data, suffix)
        self.sink(name, data)
        return name

    def _bbox(self, box: Array) -> BBox | None:
        if self.stage.frame.kind == "local":
            return None
        places = geodetic(self.stage.frame.to_ecef(_corners(box)))
        west, south, low = places.min(axis=0).tolist()
        east, north, high = places.max(axis=0).tolist()
        return BBox(west, south, east, north, low, high, crs="OGC:CRS84h")


def _name_of(data: bytes, suffix: str) -> str:
    """A file's name by its content."""
    return hashlib.sha256(data).hexdigest()[:32] + suffix


def _storey(storey: Storey, tiles: Iterator[Kept]) -> list[Tile]:
    """The shell at once, one tile or more; detail under the first of them, as soon as its largest piece matters on the screen."""
    first, *shell = [_content(next(tiles), storey.name) for _ in storey.shell]
    detail = [group([_content(next(tiles), storey.name)], leaf.size_m) for leaf in storey.detail]
    return [lead(first, detail, max((tile.error_m for tile in detail), default=0.0)), *shell]


def _content(tile: Kept, storey: str | None) -> Tile:
    return Tile(np.array(tile.box), 0.0, tile.name, storey=storey)
