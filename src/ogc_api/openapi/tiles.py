"""OGC API - Tiles as a part of the API: vector tiles of every Collection, and of all together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from csdi.collection import Collection
from csdi.tiles import SETS
from csdi.tiles.mvt import MEDIA
from ogc_api.openapi.components import formats, parameter
from ogc_api.openapi.part import Part, answers, get, ref
from ogc_api.tilesets import CONFORMANCE, GEOJSON, JSON, TILEJSON

Json = dict[str, Any]
_TAG = "tiles"
_TEXT: Json = {"type": "string"}
_HEADERS: Json = {
    "ETag": {"description": "Changes when the tile changes.", "schema": _TEXT},
    "Content-Crs": {"description": "URI of the CRS of the grid, in angle brackets.", "schema": _TEXT},
    "Tile-Features": {"description": "How many features the tile shows of those that lie in it.", "schema": _TEXT},
}


def _list_of(name: str) -> Json:
    listed: Json = {"type": "array", "items": {"type": "object"}}
    return {"type": "object", "required": [name], "properties": {name: listed, "links": {"type": "array", "items": ref("schemas", "link")}}}


SCHEMAS: dict[str, Json] = {
    "tileMatrixSets": _list_of("tileMatrixSets"),
    "tileMatrixSet": _list_of("tileMatrices"),
    "tileSets": _list_of("tilesets"),
    "tileSet": {"type": "object", "required": ["dataType", "crs", "tileMatrixSetURI", "links"], "properties": {
        "title": _TEXT, "dataType": {"type": "string", "enum": ["vector", "map", "coverage"]}, "crs": _TEXT, "tileMatrixSetURI": _TEXT,
        "links": {"type": "array", "items": ref("schemas", "link")}, "tileMatrixSetLimits": {"type": "array", "items": {"type": "object"}},
        "layers": {"type": "array", "items": {"type": "object"}}}},
    "tileJson": {"type": "object", "required": ["tilejson", "tiles"], "properties": {
        "tilejson": _TEXT, "tiles": {"type": "array", "items": _TEXT}}},
}
PARAMETERS: dict[str, Json] = {
    "tileMatrixSetId": parameter("tileMatrixSetId", "The grid.", {"type": "string", "enum": [grid.id for grid in SETS]}, of="path"),
    "tileMatrix": parameter("tileMatrix", "The level of the grid; 0 is the coarsest.",
                            {"type": "integer", "minimum": 0, "maximum": max(grid.levels for grid in SETS) - 1}, of="path"),
    "tileRow": parameter("tileRow", "Row, from the top.", {"type": "integer", "minimum": 0}, of="path"),
    "tileCol": parameter("tileCol", "Column, from the left.", {"type": "integer", "minimum": 0}, of="path"),
}


def _paths(collections: Sequence[Collection]) -> Json:
    lang, ids = ref("parameters", "lang"), [c.id for c in collections if c.schema.geometry]
    chosen = parameter("collections", "Only these collections.", {"type": "array", "minItems": 1, "items": {"type": "string", "enum": ids}})
    return {
        "/tileMatrixSets": get(_TAG, "getTileMatrixSetsList", "The grids that tiles are cut by", [formats("json"), lang],
                               answers("The grids.", {JSON: ref("schemas", "tileMatrixSets")}, found=False)),
        "/tileMatrixSets/{tileMatrixSetId}": get(
            _TAG, "getTileMatrixSet", "One grid", [ref("parameters", "tileMatrixSetId"), formats("json"), lang],
            answers("The grid.", {JSON: ref("schemas", "tileMatrixSet")})),
        **dict(_tiles("/tiles", "all.dataset.vector", "All collections", [chosen, lang] if ids else [lang])),
        **{path: item for c in collections if c.schema.geometry
           for path, item in _tiles(f"/collections/{c.id}/tiles", f"{c.id}.collection.vector", c.title_in("en"), [lang])},
    }


def _tiles(root: str, id: str, title: str, parameters: list[Json]) -> Iterator[tuple[str, Json]]:
    """Tilesets, tileset and tile below a path."""
    yield root, get(_TAG, f"{id}.getTileSetsList", f"{title}: tilesets", [formats("json"), *parameters],
                    answers("The tilesets, one for each grid.", {JSON: ref("schemas", "tileSets")}))
    grid = ref("parameters", "tileMatrixSetId")
    yield f"{root}/{{tileMatrixSetId}}", get(
        _TAG, f"{id}.getTileSet", f"{title}: one tileset", [grid, formats("json", "tilejson"), *parameters],
        answers("What the tiles hold.", {JSON: ref("schemas", "tileSet"), TILEJSON: ref("schemas", "tileJson")}))
    address = [ref("parameters", name) for name in ("tileMatrix", "tileRow", "tileCol")]
    known = {"304": {"description": "The tile is as the client has it.", "headers": _HEADERS}}
    yield f"{root}/{{tileMatrixSetId}}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}", get(
        _TAG, f"{id}.getTile", f"{title}: one tile", [grid, *address, formats("mvt", "json"), *parameters],
        answers("The tile.", {MEDIA: {"type": "string", "format": "binary"}, GEOJSON: {"type": "object"}}, headers=_HEADERS) | known)


PART = Part(tuple(CONFORMANCE), _paths, SCHEMAS, PARAMETERS, (_TAG, "Vector tiles: OGC API - Tiles."))
