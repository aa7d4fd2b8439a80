"""Tilesets: the 3D Tiles 1.1 documents that name the content files, where they are, and what is left out above them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from twin.ellipsoid import Array

Json = dict[str, Any]
_MARGIN_M = 0.01


@dataclass(frozen=True, slots=True)
class Tile:
    """A node of a tileset.

    Attributes:
        box: (2, 3) float64, metres, in the tileset's frame; holds the content and every child.
        error_m: the largest dimension of what is not drawn until the children are; 0 for a leaf.
        uri: the content's name, "" for none.
        children: finer tiles, drawn in addition.
    """

    box: Array
    error_m: float
    uri: str = ""
    children: tuple[Tile, ...] = field(default=())


def group(children: Sequence[Tile], error_m: float | None = None) -> Tile:
    """A tile without content around others; all of them is left out until they load."""
    box = np.stack([np.min([child.box[0] for child in children], axis=0), np.max([child.box[1] for child in children], axis=0)])
    own = float((box[1] - box[0]).max()) if error_m is None else error_m
    return Tile(box, max(own, *(child.error_m for child in children)), "", tuple(children))


def tileset_document(root: Tile, matrix: Array | None) -> Json:
    """`tileset.json` of one model.

    Args:
        root: the tree in the tileset's frame.
        matrix: (4, 4) float64 frame to EPSG:4978; None for a model in its own frame.
    """
    tree = _tile(root)
    tree["refine"] = "ADD"
    if matrix is not None:
        tree["transform"] = matrix.T.reshape(-1).tolist()
    return {"asset": {"version": "1.1"}, "geometricError": tree["geometricError"], "root": tree}


def _tile(tile: Tile) -> Json:
    document: Json = {"boundingVolume": {"box": box_numbers(tile.box)}, "geometricError": round(tile.error_m, 3)}
    if tile.uri:
        document["content"] = {"uri": tile.uri}
    if tile.children:
        document["children"] = [_tile(child) for child in tile.children]
    return document


def box_numbers(box: Array, matrix: Array | None = None) -> list[float]:
    """The 12 numbers of a 3D Tiles box: centre, then three half axes; turned by `matrix` where given."""
    low, high = box[0] - _MARGIN_M, box[1] + _MARGIN_M
    centre, half = (low + high) / 2, np.diag((high - low) / 2)
    if matrix is not None:
        centre, half = matrix[:3, :3] @ centre + matrix[:3, 3], half @ matrix[:3, :3].T
    return [round(float(number), 6) for number in (*centre, *half.reshape(-1))]


@dataclass(frozen=True, slots=True)
class SiteModel:
    """A model's tileset as a site refers to it.

    Attributes:
        uri: of its root document, relative to the site's.
        box: 12 numbers, EPSG:4978 metres, as `BuiltTileset.box` gives them.
        error_m: the geometric error of its root.
    """

    uri: str
    box: Sequence[float]
    error_m: float


def site_tileset(models: Sequence[SiteModel]) -> Json:
    """The document that shows all models of a site, each an external tileset; without models it is empty but valid."""
    if not models:
        return {"asset": {"version": "1.1"}, "geometricError": 0.0,
                "root": {"boundingVolume": {"sphere": [0.0, 0.0, 0.0, 1.0]}, "geometricError": 0.0, "refine": "ADD"}}
    children = [{"boundingVolume": {"box": list(model.box)}, "geometricError": round(model.error_m, 3),
                 "content": {"uri": model.uri}} for model in models]
    sphere = _sphere(np.array([model.box for model in models], dtype=np.float64))
    error_m = round(max(2 * sphere[3], *(model.error_m for model in models)), 3)
    return {"asset": {"version": "1.1"}, "geometricError": error_m,
            "root": {"boundingVolume": {"sphere": sphere}, "geometricError": error_m, "refine": "ADD", "children": children}}


def _sphere(boxes: Array) -> list[float]:
    """Around the corners of (n, 12) boxes."""
    signs = np.array(np.meshgrid([-1, 1], [-1, 1], [-1, 1])).reshape(3, 8).T
    corners = (boxes[:, None, :3] + np.einsum("sa,naj->nsj", signs, boxes[:, 3:].reshape(-1, 3, 3))).reshape(-1, 3)
    centre = (corners.min(axis=0) + corners.max(axis=0)) / 2
    return [*(round(float(c), 3) for c in centre), round(float(np.linalg.norm(corners - centre, axis=1).max()) + 0.01, 3)]


def encoded(document: Json) -> bytes:
    """The document's bytes: the same for the same content."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
