"""Tilesets: the 3D Tiles 1.1 documents that name the content files, where they are, and what is left out above them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
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
        children: finer tiles.
        storey: the storey whose content this is; None for content of several.
        content_box: (2, 3) around the content alone; None where that is `box`.
        replaced: whether the children are drawn in place of the content, not in addition.
    """

    box: Array
    error_m: float
    uri: str = ""
    children: tuple[Tile, ...] = field(default=())
    storey: str | None = None
    content_box: Array | None = None
    replaced: bool = False


def lead(tile: Tile, children: Sequence[Tile], error_m: float, *, replaced: bool = False) -> Tile:
    """A tile with its content and these children under it; the same tile where there are none.

    No child counts for more than its parent: what an envelope hides need not be seen before the envelope is too coarse.
    """
    if not children:
        return tile
    children = [_capped(child, error_m) for child in children]
    around = group([tile, *children], error_m)
    return replace(tile, box=around.box, error_m=around.error_m, children=tuple(children), content_box=tile.box, replaced=replaced)


def _capped(tile: Tile, error_m: float) -> Tile:
    return replace(tile, error_m=min(tile.error_m, error_m), children=tuple(_capped(child, error_m) for child in tile.children))


def group(children: Sequence[Tile], error_m: float | None = None) -> Tile:
    """A tile without content around others; all of them is left out until they load."""
    box = np.stack([np.min([child.box[0] for child in children], axis=0), np.max([child.box[1] for child in children], axis=0)])
    own = float((box[1] - box[0]).max()) if error_m is None else error_m
    return Tile(box, max(own, *(child.error_m for child in children)), "", tuple(children))


def tileset_document(root: Tile, matrix: Array | None) -> Json:
    """`tileset.json` of one model; the content of each storey is a metadata group, so that a viewer can leave storeys out.

    Args:
        root: the tree in the tileset's frame.
        matrix: (4, 4) float64 frame to EPSG:4978; None for a model in its own frame.
    """
    storeys = {name: k for k, name in enumerate(sorted(_storeys(root)))}
    tree = _tile(root, storeys)
    tree.setdefault("refine", "ADD")
    if matrix is not None:
        tree["transform"] = matrix.T.reshape(-1).tolist()
    document: Json = {"asset": {"version": "1.1"}, "geometricError": max(tree["geometricError"], _extent(root)), "root": tree}
    if storeys:
        document["schema"] = _SCHEMA
        document["groups"] = [{"class": "storey", "properties": {"storey": name}} for name in storeys]
    return document


_SCHEMA: Json = {"id": "csdi", "classes": {"storey": {"properties": {"storey": {"type": "STRING", "required": True}}}}}


def _storeys(tile: Tile) -> set[str]:
    return ({tile.storey} if tile.storey is not None else set()).union(*map(_storeys, tile.children))


def _extent(tile: Tile) -> float:
    """The largest dimension: what is left out where nothing is drawn."""
    return round(float((tile.box[1] - tile.box[0]).max()), 3)


def _tile(tile: Tile, storeys: Mapping[str, int]) -> Json:
    document: Json = {"boundingVolume": {"box": box_numbers(tile.box)}, "geometricError": round(tile.error_m, 3)}
    if tile.uri:
        document["content"] = {"uri": tile.uri}
        if tile.content_box is not None:
            document["content"]["boundingVolume"] = {"box": box_numbers(tile.content_box)}
        if tile.storey is not None:
            document["content"]["group"] = storeys[tile.storey]
    if tile.children:
        if tile.uri:
            document["refine"] = "REPLACE" if tile.replaced else "ADD"
        document["children"] = [_tile(child, storeys) for child in tile.children]
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
    children = [{"boundingVolume": {"box": list(model.box)}, "geometricError": _left_out(model),
                 "content": {"uri": model.uri}} for model in models]
    sphere = _sphere(np.array([model.box for model in models], dtype=np.float64))
    error_m = round(max(2 * sphere[3], *map(_left_out, models)), 3)
    return {"asset": {"version": "1.1"}, "geometricError": error_m,
            "root": {"boundingVolume": {"sphere": sphere}, "geometricError": error_m, "refine": "ADD", "children": children}}


def _left_out(model: SiteModel) -> float:
    """The error of a tile that draws nothing itself: all of the model. With less, some clients stop there and draw nothing."""
    sides = 2 * np.linalg.norm(np.array(model.box[3:]).reshape(3, 3), axis=1)
    return round(max(model.error_m, float(sides.max())), 3)


def _sphere(boxes: Array) -> list[float]:
    """Around the corners of (n, 12) boxes."""
    signs = np.array(np.meshgrid([-1, 1], [-1, 1], [-1, 1])).reshape(3, 8).T
    corners = (boxes[:, None, :3] + np.einsum("sa,naj->nsj", signs, boxes[:, 3:].reshape(-1, 3, 3))).reshape(-1, 3)
    centre = (corners.min(axis=0) + corners.max(axis=0)) / 2
    return [*(round(float(c), 3) for c in centre), round(float(np.linalg.norm(corners - centre, axis=1).max()) + 0.01, 3)]


def encoded(document: Json) -> bytes:
    """The document's bytes: the same for the same content."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
