"""The shelf: what the next version of a model takes over from this one, so that only tiles that differ are built.

A tile is a function of its pieces, the frame, the way into it and this program. A digest of all that is its key; a tile whose
key is on the shelf of the version before has its file already. A second key leaves out what is merely told of the elements:
where that one is found, the file gets a new property table and keeps its geometry. Items count as the same when they agree to a
micrometre, which is a hundredth of the finest step in which tiles store positions.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson

from twin.assembly import Stage
from twin.frame import LOCAL, Frame, Reprojection
from twin.pieces import Pieces
from twin.prepared import NOTHING_KNOWN, Extents
from twin.split import StoreyCuts

Json = dict[str, Any]
Plan = Mapping[str, StoreyCuts]

FORMAT = 10
"""Raised whenever the same pieces are to give other tiles than before: then none of the old ones is taken over."""

_DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class Kept:
    """A tile that was built.

    Attributes:
        drawn: the key of what is drawn in it.
        name: of its file.
        box: lowest and highest corner, metres, the tileset's frame.
        triangles, copies: as `BuiltTileset` counts them.
        bytes: of its file.
        residual_m: metres, as in `BuiltTileset`.
        error_m: of an envelope, metres: how far it is from what it stands for; 0 for a tile that draws things as they are.
    """

    drawn: str
    name: str
    box: tuple[tuple[float, float, float], tuple[float, float, float]]
    triangles: int
    copies: int
    bytes: int
    residual_m: float
    error_m: float = 0.0

    def to_list(self) -> list[Any]:
        """The JSON form."""
        return [self.drawn, self.name, self.box, self.triangles, self.copies, self.bytes, self.residual_m, self.error_m]

    @classmethod
    def read(cls, written: Sequence[Any]) -> Kept:
        """What `to_list` wrote."""
        drawn, name, (low, high), triangles, copies, size, residual_m, error_m = written
        return cls(drawn, name, (tuple(low), tuple(high)), triangles, copies, size, residual_m, error_m)


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """What was built of a model.

    Attributes:
        frame: where its tiles stand.
        way: digest of the way from the model into EPSG:4978, "" for a model in its own frame.
        budget: triangles per tile.
        extents: of its items.
        cuts: `bodies` and `spaces` -> storey -> how it was cut.
        tiles: key -> tile.
    """

    frame: Frame = LOCAL
    way: str = ""
    budget: int = 0
    extents: Extents = NOTHING_KNOWN
    cuts: Mapping[str, Plan] = field(default_factory=dict)
    tiles: Mapping[str, Kept] = field(default_factory=dict)

    def to_dict(self) -> Json:
        """The JSON form; columns as base64 of little-endian numbers."""
        known = self.extents
        return {
            "format": FORMAT, "frame": {"kind": self.frame.kind, "origin": self.frame.origin}, "way": self.way, "budget": self.budget,
            "items": {"digests": _text(b"".join(known.lines)), "boxes": _text(known.boxes.astype("<f8").tobytes()),
                      "triangles": _text(known.triangles.astype("<i8").tobytes()), "refined": known.refined},
            "cuts": {part: {storey: cuts.to_list() for storey, cuts in plan.items()} for part, plan in self.cuts.items()},
            "tiles": {key: tile.to_list() for key, tile in self.tiles.items()},
        }

    @classmethod
    def read(cls, document: Mapping[str, Any] | None, exists: Callable[[str], bool] = lambda _: True) -> Shelf | None:
        """What `to_dict` wrote, without tiles whose files are gone; None where there is nothing, or of another format.

        Args:
            exists: whether there is a file of this name.
        """
        if not document or document.get("format") != FORMAT:
            return None
        frame, items = document["frame"], document["items"]
        digests = b64decode(items["digests"])
        lines = {digests[at:at + _DIGEST_BYTES]: at // _DIGEST_BYTES for at in range(0, len(digests), _DIGEST_BYTES)}
        extents = Extents(lines, np.frombuffer(b64decode(items["boxes"]), "<f8").reshape(-1, 2, 3),
                          np.frombuffer(b64decode(items["triangles"]), "<i8"), items["refined"])
        cuts = {part: {storey: StoreyCuts.read(written) for storey, written in plan.items()} for part, plan in document["cuts"].items()}
        tiles = {key: Kept.read(written) for key, written in document["tiles"].items()}
        return cls(Frame(frame["kind"], tuple(frame["origin"])), document["way"], document["budget"], extents, cuts,
                   {key: tile for key, tile in tiles.items() if exists(tile.name)})

    def plan(self, part: str, budget: int) -> Plan:
        """The cuts of `bodies` or `spaces`, where they were made with this budget."""
        return self.cuts.get(part, {}) if budget == self.budget else {}

    def by_drawn(self) -> dict[str, Kept]:
        """The tiles by what is drawn in them."""
        return {tile.drawn: tile for tile in self.tiles.values() if tile.drawn}


def way_of(reprojection: Reprojection | None) -> str:
    """The digest of how model points reach EPSG:4978; "" for a model in its own frame."""
    if reprojection is None:
        return ""
    heights = reprojection.heights
    told = orjson.dumps([reprojection.source, heights.name, heights.steps, heights.grid])
    return hashlib.blake2b(told + np.ascontiguousarray(reprojection.affine, dtype="<f8").tobytes(), digest_size=16).hexdigest()


class Keys:
    """The keys of tiles of one tileset."""

    def __init__(self, stage: Stage, digests: Sequence[bytes], *, instancing: bool, edges: bool = False) -> None:
        self._context = orjson.dumps([FORMAT, stage.frame.kind, stage.frame.origin, way_of(stage.reprojection), instancing, edges])
        self._digests = np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(-1, _DIGEST_BYTES)

    def of(self, pieces: Pieces) -> tuple[str, str]:
        """A tile's key, and that of what is drawn in it: its pieces in order, without names, storeys and ids of elements."""
        used, feature_of = np.unique(pieces.row_of, return_inverse=True)
        rows = [pieces.rows[row] for row in used.tolist()]
        drawn = hashlib.blake2b(self._context, digest_size=16)
        drawn.update(orjson.dumps([len(pieces), [row.ifc_class for row in rows]]))
        for column in (feature_of.astype("<i8"), self._digests[pieces.item_of], pieces.matrices.astype("<f8")):
            drawn.update(np.ascontiguousarray(column).tobytes())
        told = orjson.dumps([[row.id, row.global_id, row.name, row.storey] for row in rows])
        return hashlib.blake2b(drawn.digest() + told, digest_size=16).hexdigest(), drawn.hexdigest()

    def of_envelope(self, pieces: Pieces, budget: int) -> str:
        """The key of the envelope of these pieces."""
        return f"{self.of(pieces)[0]}-{budget}"


def _text(data: bytes) -> str:
    return b64encode(data).decode("ascii")
