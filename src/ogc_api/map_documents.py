"""Maps in words: map tilesets, links and conformance classes."""

from __future__ import annotations

from typing import Any

from csdi.collection import Collection
from csdi.crs import CRS84
from csdi.tiles import SETS, TileMatrixSet
from ogc_api.tilesets import extent_of, limits, set_url

Json = dict[str, Any]
_MAPS = "http://www.opengis.net/spec/ogcapi-maps-1/1.0/conf/"
CONFORMANCE = [_MAPS + name for name in ("core", "collection-map", "styled-map", "background", "scaling", "crs", "tilesets", "png",
                                         "jpeg", "oas30")]
"""What is true of the maps (OGC 20-058)."""
LONGEST = 2048
"""Pixels along the longer side of the largest map."""
_REL = "http://www.opengis.net/def/rel/ogc/1.0/"
_JSON, _FORMATS = "application/json", (("image/png", "png"), ("image/jpeg", "jpeg"))


def links(collection: Collection, base: str) -> list[Json]:
    """Where pictures of a Collection are, for its document; none of one that has no geometries."""
    if not collection.schema.geometry:
        return []
    root = f"{base}/collections/{collection.id}/map"
    return [*(_link(_REL + "map", f"{root}?f={form}", f"A map as {form.upper()}", media) for media, form in _FORMATS),
            _link(_REL + "tilesets-map", f"{root}/tiles?f=json", "Map tiles")]


def styled(collection: Collection, here: str, title: str) -> list[Json]:
    """Where the map of a Collection in a style is; `here` is the address of the style."""
    return [_link(_REL + "map", f"{here}/map?f=png", title, "image/png")] if collection.schema.geometry else []


def tilesets(base: str, collection: Collection, language: str) -> Json:
    """The map tilesets of a Collection."""
    here = f"{base}/collections/{collection.id}/map/tiles"
    title = collection.title_in(language)
    return {"title": title, "links": [_link("self", f"{here}?f=json", title)],
            "tilesets": [_summary(base, grid, title) | {"links": _about(base, here, grid, title)} for grid in SETS]}


def tileset(base: str, collection: Collection, grid: TileMatrixSet, language: str) -> Json:
    """One map tileset: where the tiles are, and which of them show anything."""
    here, title, box = f"{base}/collections/{collection.id}/map/tiles", collection.title_in(language), extent_of([collection])
    links = [*_about(base, here, grid, title), *_items(here, grid)]
    body = _summary(base, grid, title) | {"links": links, "tileMatrixSetLimits": limits(grid, box)}
    if box is not None:
        west, south, east, north = box.xy
        body["boundingBox"] = {"lowerLeft": [west, south], "upperRight": [east, north], "crs": CRS84.uri}
    return body


def _summary(base: str, grid: TileMatrixSet, title: str) -> Json:
    return {"title": title, "dataType": "map", "crs": grid.crs_uri, "tileMatrixSetURI": grid.uri or set_url(base, grid)}


def _about(base: str, here: str, grid: TileMatrixSet, title: str) -> list[Json]:
    """Links that can be followed as they are."""
    return [_link("self", f"{here}/{grid.id}?f=json", title), _link(_REL + "tiling-scheme", f"{set_url(base, grid)}?f=json", grid.title)]


def _items(here: str, grid: TileMatrixSet) -> list[Json]:
    """Templates of the addresses of tiles."""
    tile = f"{here}/{grid.id}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"
    return [_link("item", f"{tile}?f={form}", f"Tiles as {form.upper()}", media) | {"templated": True} for media, form in _FORMATS]


def _link(rel: str, href: str, title: str, media: str = _JSON) -> Json:
    return {"rel": rel, "type": media, "title": title, "href": href}
