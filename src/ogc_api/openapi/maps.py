"""OGC API - Maps as a part of the API: pictures of every Collection, whole and as tiles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from csdi.collection import Collection
from ogc_api.map_documents import CONFORMANCE, LONGEST
from ogc_api.openapi.components import formats, parameter
from ogc_api.openapi.coverages import NOTHING, PLACE, crs_parameter
from ogc_api.openapi.part import Part, answers, get, ref

Json = dict[str, Any]
_TAG = "maps"
_BINARY: Json = {"type": "string", "format": "binary"}
_PICTURES: Json = {"image/png": _BINARY, "image/jpeg": _BINARY}
_KNOWN: Json = {"304": {"description": "The picture is as the client has it."}}
_EMPTY: Json = {"204": {"description": "There is nothing of the collection in the tile."}}
_STYLE_ID: Json = {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"}
PARAMETERS: dict[str, Json] = {
    "width": parameter("width", "Pixels from left to right; without it as many as keep the shape of things.",
                       {"type": "integer", "minimum": 1, "maximum": LONGEST}),
    "height": parameter("height", "Pixels from top to bottom; without it as many as keep the shape of things.",
                        {"type": "integer", "minimum": 1, "maximum": LONGEST}),
    "bgcolor": parameter("bgcolor", "The colour of the ground: 0xRRGGBB or the name of a colour.",
                         {"type": "string", "pattern": "^(0x[0-9a-fA-F]{6}|white|black)$"}),
    "style": parameter("style", "Id of the style that the map is drawn in, of those below `/styles`.", _STYLE_ID),
    "styleId": parameter("styleId", "Id of the style.", _STYLE_ID, of="path"),
    "transparent": parameter("transparent", "Whether the ground is transparent; a JPEG's never is.", {"type": "boolean"}),
}


def _paths(collections: Sequence[Collection]) -> Json:
    return dict(path for collection in collections if collection.schema.geometry for path in _of(collection))


def _of(collection: Collection) -> Iterator[tuple[str, Json]]:
    root, id, title, lang = f"/collections/{collection.id}/map", collection.id, collection.title_in("en"), ref("parameters", "lang")
    yield from _pictures(collection, root, f"map_{id}", f"{id}.collection.map", [ref("parameters", "style")])
    grid = ref("parameters", "tileMatrixSetId")
    yield f"{root}/tiles", get(_TAG, f"{id}.collection.map.getTileSetsList", f"{title}: map tilesets", [formats("json"), lang],
                               answers("The tilesets, one for each grid.", {"application/json": ref("schemas", "tileSets")}))
    yield f"{root}/tiles/{{tileMatrixSetId}}", get(
        _TAG, f"{id}.collection.map.getTileSet", f"{title}: one map tileset", [grid, formats("json"), lang],
        answers("What the tiles show.", {"application/json": ref("schemas", "tileSet")}))
    yield from _pictures(collection, f"/collections/{id}/styles/{{styleId}}/map", f"styledMap_{id}", f"{id}.collection.styledMap", [],
                         [ref("parameters", "styleId")])


def _pictures(collection: Collection, root: str, operation: str, tiles: str, more: list[Json],
              in_path: Sequence[Json] = ()) -> Iterator[tuple[str, Json]]:
    """The map below an address, and its tiles."""
    title, lang = collection.title_in("en"), ref("parameters", "lang")
    where = [ref("parameters", "coverage-bbox"), ref("parameters", "subset"), ref("parameters", "coverage-datetime"),
             crs_parameter("bbox-crs", "The CRS of `bbox`, in its authority's order of axes.", collection),
             crs_parameter("subset-crs", "The CRS of `subset`; without it the names of the axes say which.", collection),
             crs_parameter("crs", "The CRS of the map; without it that of the box, else the collection's own.", collection)]
    shown, own = formats("png", "jpeg", "jpg"), [ref("parameters", name) for name in PARAMETERS if name not in ("style", "styleId")]
    yield root, get(_TAG, operation, f"{title}: a map", [*in_path, *where, *own, *more, shown, lang],
                    answers("The map.", _PICTURES, headers=PLACE) | _KNOWN | NOTHING)
    address = [*in_path, ref("parameters", "tileMatrixSetId"), *(ref("parameters", name) for name in ("tileMatrix", "tileRow", "tileCol"))]
    tile = f"{root}/tiles/{{tileMatrixSetId}}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"
    for suffix, name, parameters, content in (("", "", [shown, lang], _PICTURES), (".png", "Png", [], {"image/png": _BINARY}),
                                              (".jpg", "Jpeg", [], {"image/jpeg": _BINARY})):
        yield f"{tile}{suffix}", get(_TAG, f"{tiles}.getTile{name}", f"{title}: a map tile of 256 pixels",
                                     [*address, *parameters], answers("The tile.", content) | _KNOWN | _EMPTY)


PART = Part(tuple(CONFORMANCE), _paths, {}, PARAMETERS, (_TAG, "Pictures of collections: OGC API - Maps."))
