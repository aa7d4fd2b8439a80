"""OGC API Features: Collections and their items, by the `next` links of the server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from csdi.crs import crs as known_crs
from csdi.errors import CrsError, SourceUnavailable
from csdi.layers.services.page import Json, Page, json_of
from csdi.outgoing import Outgoing

_LIMIT = "1000"


@dataclass(frozen=True, slots=True)
class OapifLayer:
    """One Collection. `native` is the URI of its storage CRS when that is not CRS84: its coordinates are asked for unchanged."""

    url: str
    name: str
    title: str
    native: str = ""

    @property
    def source(self) -> str:
        """See `Service`."""
        return self.url

    def page(self, outgoing: Outgoing, at: str) -> Page:
        """See `Service`."""
        params = {"limit": _LIMIT, "f": "json"} | ({"crs": self.native} if self.native else {})
        answer = json_of(outgoing, at or f"{self.url}/items", None if at else params)
        features = answer.get("features")
        if not isinstance(features, list):
            raise SourceUnavailable(f"{self.url}: the items are no GeoJSON FeatureCollection", url=self.url)
        crs = known_crs(self.native).code if self.native else "OGC:CRS84"
        swapped = bool(self.native) and known_crs(crs).axis_order_authority == "ne"
        rows = [_row(feature, swapped) for feature in features]
        matched = answer.get("numberMatched")
        return Page(rows, _next(answer, at or self.url), matched if isinstance(matched, int) else None, crs)


def find(outgoing: Outgoing, url: str) -> list[OapifLayer]:
    """The Collections of Features at a URL: that of one of them, of its items, of `/collections`, or of the landing page.

    Raises:
        SourceUnavailable: there is none.
    """
    base = urlsplit(url)._replace(query="", fragment="").geturl().rstrip("/").removesuffix("/items")
    said = json_of(outgoing, base, {"f": "json"})
    if "collections" in said:
        found = said["collections"]
    elif "id" in said and "links" in said:
        return [_layer(said, base)]
    else:
        base = f"{base}/collections"
        found = json_of(outgoing, base, {"f": "json"}).get("collections", [])
    layers = [_layer(one, f"{base}/{one['id']}") for one in found if one.get("itemType", "feature") == "feature" and _has_items(one)]
    if not layers:
        raise SourceUnavailable(f"{url}: there are no collections of features", url=url, remedy="is it an OGC API Features?")
    return layers


def _has_items(said: Json) -> bool:
    return any(link.get("rel") == "items" for link in said.get("links", []))


def _layer(said: Json, url: str) -> OapifLayer:
    return OapifLayer(url, str(said["id"]), str(said.get("title") or ""), _native(said))


def _native(said: Json) -> str:
    """The storage CRS, if the server gives items in it and we know it."""
    uri = said.get("storageCrs", "")
    offered = [str(one) for one in said.get("crs", [])]
    try:
        code = known_crs(uri).code if uri else "OGC:CRS84"
    except CrsError:
        return ""
    return "" if code.startswith("OGC:CRS84") or (uri not in offered and "#/crs" not in offered) else uri


def _next(answer: Json, base: str) -> str:
    links = [link for link in answer.get("links", []) if link.get("rel") == "next" and link.get("href")]
    best = next((link for link in links if "json" in str(link.get("type", "json"))), None)
    return urljoin(base, str(best["href"])) if best and answer.get("features") else ""


def _row(feature: Json, swapped: bool) -> Json:
    geometry = feature.get("geometry")
    if swapped and geometry:
        geometry = _turned(geometry)
    return {"type": "Feature", "id": feature.get("id"), "geometry": geometry, "properties": feature.get("properties") or {}}


def _turned(geometry: Json) -> Json:
    if geometry["type"] == "GeometryCollection":
        return {**geometry, "geometries": [_turned(one) for one in geometry["geometries"]]}
    return {**geometry, "coordinates": _turn(geometry["coordinates"])}


def _turn(coordinates: Any) -> Any:
    if coordinates and isinstance(coordinates[0], int | float):
        return [coordinates[1], coordinates[0], *coordinates[2:]]
    return [_turn(one) for one in coordinates]
