"""OGC API - Tiles in words: tile matrix sets, lists of tilesets, tileset metadata, TileJSON, links and conformance classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from csdi.collection import Collection
from csdi.crs import crs, to_authority_order
from csdi.extent import BBox
from csdi.feature import Field, FieldType
from csdi.tiles import SETS, TileMatrixSet
from csdi.tiles.draw import Place, id_key, shown_fields
from csdi.tiles.mvt import MEDIA
from ogc_api.schemas import field_schema

JSON = "application/json"
GEOJSON = "application/geo+json"
TILEJSON = "application/vnd.mapbox.tilejson+json"

_TILES, _TMS = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/", "http://www.opengis.net/spec/tms/2.0/conf/"
CONFORMANCE = [
    *(_TILES + name for name in ("core", "tileset", "tilesets-list", "dataset-tilesets", "geodata-tilesets", "collections-selection",
                                 "mvt", "geojson", "oas30")),
    *(_TMS + name for name in ("tilematrixset", "tilematrixsetlimits", "tilesetmetadata", "json-tilematrixset",
                               "json-tilematrixsetlimits", "json-tilesetmetadata")),
]
"""What is true of the tiles."""

_REL = "http://www.opengis.net/def/rel/ogc/1.0/"
_FINE_M = 0.02
"""Clients that draw nearer than where a tile unit is this small need no further tiles."""
_DIMENSIONS = {"point": 0, "multipoint": 0, "linestring": 1, "multilinestring": 1, "polygon": 2, "multipolygon": 2}


def landing_links(base: str) -> list[dict[str, Any]]:
    """What the landing page says of tiles; `base` is the URL of the OGC API."""
    return [_link(_REL + "tilesets-vector", f"{base}/tiles?f=json", "Vector tiles of all collections together"),
            _link(_REL + "tiling-schemes", f"{base}/tileMatrixSets?f=json", "Tile matrix sets")]


def collection_links(base: str, collection: Collection) -> list[dict[str, Any]]:
    """What a Collection's page says of its tiles."""
    if not collection.schema.geometry:
        return []
    return [_link(_REL + "tilesets-vector", f"{base}/collections/{collection.id}/tiles?f=json", "Vector tiles")]


def matrix_sets(base: str) -> dict[str, Any]:
    """Every tile matrix set."""
    listed = [{"id": grid.id, "title": grid.title, "uri": grid.uri or set_url(base, grid), "crs": grid.crs_uri,
               "links": [_link(rel, f"{set_url(base, grid)}?f=json", grid.title) for rel in ("self", "item")]} for grid in SETS]
    return {"tileMatrixSets": listed, "links": [_link("self", f"{base}/tileMatrixSets?f=json", "Tile matrix sets")]}


def matrix_set(base: str, grid: TileMatrixSet) -> dict[str, Any]:
    """One tile matrix set."""
    return grid.document(set_url(base, grid))


def set_url(base: str, grid: TileMatrixSet) -> str:
    """Where a tile matrix set is described."""
    return f"{base}/tileMatrixSets/{grid.id}"


def tilesets(base: str, root: str, title: str, chosen: str = "") -> dict[str, Any]:
    """The tilesets at `root` (the URL that ends with `/tiles`), one for each grid; `chosen` are parameters to be carried on.

    All links can be followed as they are: the templates of tiles are in each tileset.
    """
    listed = [_summary(base, grid, title) | {"links": [
        _link("self", _href(f"{root}/{grid.id}", "f=json", chosen), f"{title} in {grid.id}"),
        _link(_REL + "tiling-scheme", f"{set_url(base, grid)}?f=json", grid.title)]} for grid in SETS]
    return {"title": title, "links": [_link("self", _href(root, "f=json", chosen), title)], "tilesets": listed}


def tileset(base: str, root: str, grid: TileMatrixSet, title: str, shown: Sequence[Collection], language: str,
            chosen: str = "") -> dict[str, Any]:
    """Tileset metadata: where the tiles are, which of them hold anything, and what the layers are."""
    here, box = f"{root}/{grid.id}", extent_of(shown)
    links = [_link("self", _href(here, "f=json", chosen), title),
             _link(_REL + "tiling-scheme", f"{set_url(base, grid)}?f=json", grid.title), *_items(root, grid, chosen)]
    if grid.id == SETS[0].id:
        links.append(_link("describedby", _href(here, "f=tilejson", chosen), "TileJSON", TILEJSON))
    body = _summary(base, grid, title) | {"links": links, "tileMatrixSetLimits": limits(grid, box),
                                                "layers": [_layer(collection, base, language) for collection in shown]}
    return body | _bounds(grid, box)


def _bounds(grid: TileMatrixSet, extent: BBox | None) -> dict[str, Any]:
    """The box in the CRS of the grid, where clients expect it even when another is named; axes in the authority's order."""
    box = grid.box_of(extent)
    if box is None:
        return {}
    low, high = (list(corner) for corner in to_authority_order(np.array([box[:2], box[2:]]), crs(grid.crs)).tolist())
    return {"boundingBox": {"lowerLeft": low, "upperRight": high, "crs": grid.crs_uri, "orderedAxes": list(grid.axes)}}


def limits(grid: TileMatrixSet, extent: BBox | None) -> list[dict[str, Any]]:
    """Rows and columns of the tiles that can hold anything, level by level; none where the grid does not reach the extent."""
    box = grid.box_of(extent)
    if box is None:
        return []
    ranges = [grid.limits(box, level) for level in range(grid.levels)]
    return [{"tileMatrix": str(level), "minTileRow": first, "maxTileRow": last, "minTileCol": left, "maxTileCol": right}
            for level, (first, last, left, right) in enumerate(ranges)]


def is_within_limits(place: Place, shown: Sequence[Collection]) -> bool:
    """Whether a tile is among those that the tileset of these Collections names; where it names none, any of the grid is."""
    box = place.grid.box_of(extent_of(shown))
    if box is None:
        return True
    first, last, left, right = place.grid.limits(box, place.level)
    return first <= place.row <= last and left <= place.column <= right


def tilejson(root: str, grid: TileMatrixSet, title: str, shown: Sequence[Collection], language: str, chosen: str = "") -> dict[str, Any]:
    """TileJSON 3.0 for map libraries."""
    deepest, box = deepest_level(grid), extent_of(shown)
    layers = [{"id": c.id, "description": c.title_in(language), "minzoom": 0, "maxzoom": deepest,
               "fields": {id_key(c): "String", **{f.name: _tilejson_type(f) for f in shown_fields(c)}}} for c in shown]
    body: dict[str, Any] = {"tilejson": "3.0.0", "name": title, "scheme": "xyz", "minzoom": 0, "maxzoom": deepest,
                            "tiles": [_href(f"{root}/{grid.id}/{{z}}/{{y}}/{{x}}", "f=mvt", chosen)], "vector_layers": layers}
    attribution = "; ".join(dict.fromkeys(c.attribution for c in shown if c.attribution))
    if attribution:
        body["attribution"] = attribution
    if box is not None and box.minx <= box.maxx:
        body["bounds"] = list(box.xy)
        body["center"] = [(box.minx + box.maxx) / 2, (box.miny + box.maxy) / 2, 10]
    return body


def deepest_level(grid: TileMatrixSet) -> int:
    """The level from which on tiles are so fine that clients may enlarge them."""
    fine = (level for level in range(grid.levels) if grid.matrix(level).tile_size * grid.unit_m / 4096 <= _FINE_M)
    return next(fine, grid.levels - 1)


def extent_of(shown: Sequence[Collection]) -> BBox | None:
    """The box in CRS84 around all these Collections; None when there is nothing in them."""
    found: BBox | None = None
    for box in (c.extent.bbox for c in shown):
        if box is not None:
            flat = BBox(*box.xy) if box.minx <= box.maxx else BBox(-180.0, box.miny, 180.0, box.maxy)
            found = flat.union(found)
    return found


def _summary(base: str, grid: TileMatrixSet, title: str) -> dict[str, Any]:
    return {"title": title, "dataType": "vector", "crs": grid.crs_uri, "tileMatrixSetURI": grid.uri or set_url(base, grid)}


def _items(root: str, grid: TileMatrixSet, chosen: str) -> list[dict[str, Any]]:
    tile = f"{root}/{grid.id}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"
    return [_link("item", _href(tile, "f=mvt", chosen), "Tiles as Mapbox Vector Tiles", MEDIA) | {"templated": True},
            _link("item", _href(tile, "f=json", chosen), "Tiles as GeoJSON", GEOJSON) | {"templated": True}]


def _layer(collection: Collection, base: str, language: str) -> dict[str, Any]:
    body: dict[str, Any] = {"id": collection.id, "title": collection.title_in(language), "dataType": "vector"}
    dimension = _DIMENSIONS.get(collection.schema.geometry)
    if dimension is not None:
        body["geometryDimension"] = dimension
    properties = {id_key(collection): {"type": "string", "title": "Feature id"}}
    properties |= {f.name: field_schema(f, language) for f in shown_fields(collection)}
    url = f"{base}/collections/{collection.id}"
    return body | {"propertiesSchema": {"type": "object", "properties": properties},
                   "links": [_link(_REL + "geodata", f"{url}?f=json", collection.title_in(language))]}


def _tilejson_type(field: Field) -> str:
    if field.type is FieldType.BOOLEAN:
        return "Boolean"
    return "Number" if field.type in (FieldType.INTEGER, FieldType.NUMBER) else "String"


def _href(url: str, *parameters: str) -> str:
    return f"{url}?{'&'.join(filter(None, parameters))}"


def _link(rel: str, href: str, title: str, media: str = JSON) -> dict[str, Any]:
    return {"rel": rel, "type": media, "title": title, "href": href}
