"""Links of a Record: to the data where they are ours, and to what its source said."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from csdi.catalogue.features import CATALOGUE
from csdi.catalogue.record import Link, Record
from csdi.collection import Collection

GEOJSON = "application/geo+json"
ISO = "application/vnd.iso.19139+xml"
JSONLD = "application/ld+json"
GEOTIFF = "image/tiff; application=geotiff; profile=cloud-optimized"
_OGC = "http://www.opengis.net/def/rel/ogc/1.0/"

DATA_RELATIONS = frozenset({"items", "enclosure", "data", "item", "service", "preview", _OGC + "tilesets-vector"})
"""Relations of links that lead to the data themselves."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where Records are served: `base` is the URL of the OGC API without a slash at its end."""

    base: str

    @property
    def catalogue(self) -> str:
        """The URL of the catalogue."""
        return f"{self.base}/collections/{CATALOGUE}"

    def record(self, id: str) -> str:
        """The URL of a Record."""
        return f"{self.catalogue}/items/{quote(id, safe=':$~')}"

    def collection(self, id: str) -> str:
        """The URL of a Collection."""
        return f"{self.base}/collections/{id}"


def links_of(record: Record, place: Place, collection: Collection | None) -> tuple[Link, ...]:
    """The data of the Record: of its Collection where it is ours, then what the Record itself has."""
    ours = _collection_links(place, collection) if collection else ()
    return (*ours, *record.links)


def data_links(links: tuple[Link, ...]) -> tuple[Link, ...]:
    """Those links that lead to the data."""
    return tuple(link for link in links if link.rel in DATA_RELATIONS)


def _collection_links(place: Place, collection: Collection) -> tuple[Link, ...]:
    root = place.collection(collection.id)
    found = [
        Link(root, "describes", "application/json", _text("The collection", "資料集", "数据集")),
        Link(f"{root}/items?f=json", "items", GEOJSON, _text("Features as GeoJSON", "GeoJSON 要素", "GeoJSON 要素"), "GeoJSON"),
        Link(f"{root}/items?f=html", "items", "text/html", _text("Features as pages", "網頁要素", "网页要素"), "HTML"),
    ]
    if collection.schema.geometry:
        found.append(Link(f"{root}/tiles/WebMercatorQuad?f=tilejson", _OGC + "tilesets-vector", "application/vnd.mapbox.tilejson+json",
                          _text("Vector tiles", "向量圖磚", "矢量瓦片"), "MVT"))
    if collection.details.get("blob"):
        found.append(Link(f"{root}/coverage.tif", "enclosure", GEOTIFF, _text("The raster", "柵格檔案", "栅格文件"), "GeoTIFF"))
    return tuple(found)


def _text(en: str, hant: str, hans: str) -> dict[str, str]:
    return {"en": en, "zh-Hant": hant, "zh-Hans": hans}
