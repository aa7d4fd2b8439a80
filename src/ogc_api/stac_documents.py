"""STAC documents: the catalogue, a Collection, and a raster or a building model as an Item with its files as assets."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import numpy as np
import orjson
import shapely

from csdi.collection import Collection, Kind, say
from csdi.crs import CRS84, HeightModel
from csdi.extent import rfc3339
from csdi.feature import Feature
from ogc_api import geojson
from ogc_api.coverage_documents import is_raster

Json = dict[str, Any]
VERSION = "1.1.0"
MODELS = "models"
GEOJSON = "application/geo+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
_JSON = "application/json"
_SPEC = "https://api.stacspec.org/v1.0.0"
CONFORMS = (f"{_SPEC}/core", f"{_SPEC}/collections", f"{_SPEC}/ogcapi-features", f"{_SPEC}/item-search")
"""Conformance classes of the STAC API."""
_PROJECTION = "https://stac-extensions.github.io/projection/v2.0.0/schema.json"
_COG = "image/tiff; application=geotiff; profile=cloud-optimized"
_ID = "csdi"


def offered(collections: Iterable[Collection]) -> list[Collection]:
    """The Collections whose Features are assets: rasters and building models."""
    return [one for one in collections if is_raster(one) or (one.kind is Kind.BIM and one.id == MODELS)]


def catalog(shown: Iterable[Collection], base: str, title: str) -> Json:
    """The root: a catalogue with a child for each Collection that is offered, and how items are searched."""
    here = f"{base}/stac"
    ways = [link("search", f"{here}/search", "Search", GEOJSON) | {"method": method} for method in ("GET", "POST")]
    links = [link("self", here, title), link("root", here, title), *ways, link("data", f"{here}/collections", "Collections"),
             link("conformance", f"{base}/conformance", "Conformance"), link("service-desc", f"{base}/openapi", "API definition", OPENAPI),
             link("service-doc", f"{base}/openapi?f=html", "API documentation", "text/html"),
             *(link("child", f"{here}/collections/{one.id}", one.title_in("en")) for one in offered(shown))]
    return {"type": "Catalog", "stac_version": VERSION, "id": _ID, "title": title, "links": links, "conformsTo": list(CONFORMS),
            "description": "Rasters and building models, with their files."}


def collections(shown: Iterable[Collection], base: str) -> Json:
    """The Collections that are offered, as STAC has them."""
    here = f"{base}/stac"
    return {"collections": [collection(one, base) for one in offered(shown)],
            "links": [link("self", f"{here}/collections", "Collections"), link("root", here, "Catalogue")]}


def items(found: Iterable[tuple[Feature, Collection]], links: list[Json], matched: int, base: str, site: str, heights: HeightModel) -> Json:
    """A page of Items. `site` is the URL of the server."""
    features = [item(feature, one, base, site, heights) for feature, one in found]
    return {"type": "FeatureCollection", "features": features, "links": [*links, link("root", f"{base}/stac", "Catalogue")],
            "numberMatched": matched, "numberReturned": len(features)}


def collection(found: Collection, base: str) -> Json:
    """A Collection as STAC has it: extents in CRS84 and UTC, licence, and where its items are."""
    here, box, interval = f"{base}/stac/collections/{found.id}", found.extent.bbox, found.extent.interval
    moments = (interval.start, interval.end) if interval else (moment_of(found), None)
    times = [None if moment is None else rfc3339(moment) for moment in moments]
    title = found.title_in("en")
    links = [link("self", here, title), link("root", f"{base}/stac", "Catalogue"), link("parent", f"{base}/stac", "Catalogue"),
             link("items", f"{here}/items", "Items", GEOJSON), link("via", f"{base}/collections/{found.id}", title)]
    if found.licence.startswith("http"):
        links.append(link("license", found.licence, "Licence", "text/html"))
    return {"type": "Collection", "stac_version": VERSION, "id": found.id, "title": title,
            "description": say(found.description, "en") or title, "keywords": list(found.keywords), "license": "other", "links": links,
            "extent": {"spatial": {"bbox": [list(box.xy) if box else [-180.0, -90.0, 180.0, 90.0]]}, "temporal": {"interval": [times]}}}


def item(feature: Feature, found: Collection, base: str, site: str, heights: HeightModel) -> Json:
    """A raster or a model as an Item: footprint in CRS84, when it was published, and its files. `site` is the URL of the server."""
    root, parent = f"{base}/stac", f"{base}/stac/collections/{found.id}"
    raster = is_raster(found)
    said = _of_raster(found) if raster else _of_model(feature)
    here, title = link("self", f"{parent}/items/{quote(feature.id, safe=':$~')}", feature.id, GEOJSON), found.title_in("en")
    body: Json = {"type": "Feature", "stac_version": VERSION, "id": feature.id, "collection": found.id, "geometry": None,
                  "properties": {name: value for name, value in said.items() if value is not None},
                  "stac_extensions": [_PROJECTION] if "proj:code" in said else [],
                  "assets": _raster_files(found, base) if raster else _model_files(feature, site),
                  "links": [here, link("root", root, "Catalogue"), link("parent", parent, title), link("collection", parent, title)]}
    (shape,) = geojson.in_crs([feature], found, CRS84, heights)
    if shape is not None and not shape.is_empty:
        flat = shapely.force_2d(shape)
        body |= {"geometry": orjson.loads(shapely.to_geojson(flat)), "bbox": [float(number) for number in np.round(flat.bounds, 8)]}
    return body


def _of_raster(found: Collection) -> Json:
    said: Json = {"title": found.title_in("en"), "datetime": rfc3339(moment_of(found))}
    return said | ({"proj:code": found.storage_crs} if found.storage_crs.startswith("EPSG:") and "+" not in found.storage_crs else {})


def _of_model(feature: Feature) -> Json:
    p = feature.properties
    title = p.get("title") if isinstance(p.get("title"), dict) else {}
    return {"title": say(title or {}, "en") or p.get("name") or feature.id, "datetime": p.get("added") or rfc3339(datetime.now(UTC)),
            "csdi:schema": p.get("schema"), "csdi:placement": p.get("placement"), "csdi:elements": p.get("elements"),
            "version": None if p.get("version") is None else str(p["version"])}


def _raster_files(found: Collection, base: str) -> Json:
    root = f"{base}/collections/{found.id}"
    return {"data": {"href": f"{root}/coverage.tif", "type": _COG, "title": "Cloud Optimized GeoTIFF", "roles": ["data"]},
            "thumbnail": {"href": f"{root}/map?f=png&width=512", "type": "image/png", "title": "A map", "roles": ["thumbnail"]}}


def _model_files(feature: Feature, site: str) -> Json:
    files = {"report": {"href": f"{site}/models/{quote(feature.id, safe='')}/report?f=json", "type": _JSON,
                        "title": "Report on the model", "roles": ["metadata"]}}
    if feature.properties.get("tileset"):
        files["tiles"] = {"href": f"{site}/{feature.properties['tileset']}", "type": _JSON, "title": "3D Tiles", "roles": ["data"]}
    return files


def moment_of(found: Collection) -> datetime:
    """When a raster was published."""
    return found.updated or datetime.now(UTC)


def link(rel: str, href: str, title: str, media: str = _JSON) -> Json:
    """A link; of a JSON document without a media type."""
    return {"rel": rel, "href": href, "type": media, "title": title}
