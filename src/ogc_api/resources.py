"""The live catalogue as pygeoapi's configuration: nobody edits pygeoapi YAML by hand."""

from __future__ import annotations

from typing import Any

from csdi.catalogue.derive import described
from csdi.catalogue.renditions.links import ISO, JSONLD, Place
from csdi.collection import Collection, Kind
from csdi.extent import rfc3339
from csdi.settings import Settings
from ogc_api import coverage_documents, map_documents
from ogc_api.parameters import DEFAULT_LIMIT, MAX_LIMIT, crs_of
from ogc_api.tilesets import collection_links

PLACEHOLDER = "http://base-url.invalid/ogc"
"""Stands for the public URL of the OGC API in what pygeoapi writes; replaced in each answer by the URL that was asked."""
LANGUAGES = ["en", "zh-Hant", "zh-Hans"]
WORLD = [-180.0, -90.0, 180.0, 90.0]
_DECIMALS = 7
"""Of the boxes that Collections are said to lie in, a centimetre: a client that writes no more finds everything with them."""


def configuration(settings: Settings, store: str, collections: list[Collection]) -> dict[str, Any]:
    """pygeoapi's configuration dictionary for these Collections of the store lent under a name."""
    return {
        "server": {"bind": {"host": settings.host, "port": settings.port}, "url": PLACEHOLDER, "mimetype": "application/json",
                   "encoding": "utf-8", "gzip": False, "languages": LANGUAGES, "pretty_print": False, "admin": False,
                   "limits": {"default_items": DEFAULT_LIMIT, "max_items": MAX_LIMIT},
                   "map": {"url": "", "attribution": ""}},
        "logging": {"level": "CRITICAL"},
        "metadata": _metadata(settings),
        "resources": {collection.id: _resource(store, collection) for collection in collections},
    }


def _metadata(settings: Settings) -> dict[str, Any]:
    title = {"en": "Spatial data and building models", "zh-Hant": "空間數據及建築模型", "zh-Hans": "空间数据及建筑模型"}
    title = {language: f"{settings.site_names[language]} · {text}" if settings.site_name else text for language, text in title.items()}
    description = {"en": "GIS layers and IFC building models in one coordinate system, through OGC APIs.",
                   "zh-Hant": "以單一坐標系統經 OGC API 發佈的地理圖層及 IFC 建築模型。",
                   "zh-Hans": "以单一坐标系统经 OGC API 发布的地理图层及 IFC 建筑模型。"}
    return {
        "identification": {"title": title, "description": description, "keywords": {"en": ["IFC", "BIM", "GIS", "OGC API", "3D Tiles"]},
                           "keywords_type": "theme", "terms_of_service": "", "url": PLACEHOLDER},
        "license": {"name": "As stated by each collection", "url": ""},
        "provider": {"name": settings.site_names.get("en", "CSDI Twin"), "url": PLACEHOLDER},
        "contact": {"name": "", "position": "", "address": "", "city": "", "stateorprovince": "", "postalcode": "", "country": "",
                    "phone": "", "fax": "", "email": "", "url": PLACEHOLDER, "hours": "", "instructions": "", "role": "pointOfContact"},
    }


def _resource(store: str, collection: Collection) -> dict[str, Any]:
    extent = collection.extent
    extents: dict[str, Any] = {"spatial": {"bbox": list(extent.bbox.outward(_DECIMALS).xy) if extent.bbox else WORLD,
                                           "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}}
    if extent.interval and (extent.interval.start or extent.interval.end):
        extents["temporal"] = {"begin": rfc3339(extent.interval.start) if extent.interval.start else None,
                               "end": rfc3339(extent.interval.end) if extent.interval.end else None}
    title = dict(collection.title) or {"en": collection.id}
    return {
        "type": "collection", "title": title, "description": dict(collection.description) or title,
        "keywords": {"en": list(collection.keywords)}, "links": _links(collection), "extents": extents,
        "providers": [{"type": "record" if collection.kind is Kind.CATALOGUE else "feature",
                       "name": "ogc_api.providers.features.StoreProvider", "data": store,
                       "collection": collection.id, "id_field": "id", "title_field": _title_field(collection),
                       "crs": [known.uri for known in crs_of(collection)], "storage_crs": _storage_uri(collection)}],
    }


def _storage_uri(collection: Collection) -> str:
    return next(known.uri for known in crs_of(collection) if known.code == collection.storage_crs)


def _title_field(collection: Collection) -> str:
    names = [f.name for f in collection.schema]
    return next((name for name in ("name", "title", "name_en", "NAME") if name in names), "id")


def _links(collection: Collection) -> list[dict[str, str]]:
    links = [*collection_links(PLACEHOLDER, collection), *map_documents.links(collection, PLACEHOLDER)]
    if collection.details.get("blob"):
        root = f"{PLACEHOLDER}/collections/{collection.id}"
        links += coverage_documents.links(collection, PLACEHOLDER)
        links += [{"type": "image/tiff; application=geotiff; profile=cloud-optimized", "rel": "data", "title": "Cloud Optimized GeoTIFF",
                  "href": f"{root}/coverage.tif"},
                 {"type": "image/png", "rel": "item", "title": "Map tiles in WebMercatorQuad",
                  "href": f"{root}/map/tiles/WebMercatorQuad/{{tileMatrix}}/{{tileRow}}/{{tileCol}}.png"}]
    if collection.licence.startswith("http"):
        links.append({"type": "text/html", "rel": "license", "title": "Licence", "href": collection.licence})
    if described(collection):
        record = Place(PLACEHOLDER).record(collection.id)
        links += [{"type": media, "rel": "describedby", "title": "The record in the catalogue", "href": f"{record}?f={form}"}
                  for media, form in (("application/geo+json", "json"), (ISO, "iso19139"), (JSONLD, "dcat"))]
    return links
