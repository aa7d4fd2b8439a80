"""ArcGIS FeatureServer and MapServer: layers by their row ids, so that a page is the same whenever it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import shapely
from shapely.geometry import mapping

from csdi.errors import SourceUnavailable
from csdi.extent import rfc3339
from csdi.layers.services.page import Json, Page, json_of
from csdi.outgoing import Outgoing

_MOST = 1000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OLD_CODES = {102100: 3857, 102113: 3857, 102140: 2326}
"""Well-known ids of Esri that have codes of EPSG now."""


@dataclass(frozen=True, slots=True)
class ArcgisLayer:
    """One layer or table.

    Attributes:
        key: the column of row ids.
        size: rows that the server gives at once.
        kinds: field name -> Esri type.
        codes: field name -> its coded values and their meanings.
    """

    url: str
    name: str
    title: str
    key: str
    size: int
    kinds: Mapping[str, str]
    codes: Mapping[str, Mapping[Any, str]]

    @property
    def source(self) -> str:
        """See `Service`."""
        return self.url

    def page(self, outgoing: Outgoing, at: str) -> Page:
        """See `Service`; the place is the last row id before the page."""
        where = f"{self.key}>{int(at)}" if at else "1=1"
        asked = {"where": where, "outFields": "*", "orderByFields": self.key, "resultRecordCount": str(self.size), "returnZ": "true",
                 "f": "json"}
        answer = _answer(outgoing, f"{self.url}/query", asked)
        rows = answer.get("features", [])
        total = None
        if not at:
            total = _answer(outgoing, f"{self.url}/query", {"where": "1=1", "returnCountOnly": "true", "f": "json"}).get("count")
        more = bool(rows) and (bool(answer.get("exceededTransferLimit")) or len(rows) >= self.size)
        last = str(max(int(row["attributes"][self.key]) for row in rows)) if more else ""
        return Page([self._row(row) for row in rows], last, total, _crs(answer.get("spatialReference", {})))

    def _row(self, row: Json) -> Json:
        said: Json = {}
        for name, value in row["attributes"].items():
            said[name] = _moment(value) if self.kinds.get(name) == "esriFieldTypeDate" else value
            if name in self.codes and value is not None:
                said[f"{name}_text"] = self.codes[name].get(value)
        shape = geometry(row.get("geometry"))
        return {"type": "Feature", "id": row["attributes"][self.key], "geometry": None if shape is None else mapping(shape),
                "properties": said}


def find(outgoing: Outgoing, url: str) -> list[ArcgisLayer]:
    """The layers of a service, or the one that the URL names.

    Raises:
        SourceUnavailable: there is none, or the server wants a token.
    """
    base = urlsplit(url)._replace(query="", fragment="").geturl().rstrip("/").removesuffix("/query")
    said = _answer(outgoing, base, {"f": "json"})
    if "fields" in said:
        return [_layer(said, base)]
    listed = [*said.get("layers", []), *said.get("tables", [])]
    found = [(f"{base}/{one['id']}", _answer(outgoing, f"{base}/{one['id']}", {"f": "json"})) for one in listed]
    layers = [_layer(one, place) for place, one in found if one.get("type") in ("Feature Layer", "Table")]
    if not layers:
        raise SourceUnavailable(f"{url}: the service has no layers of features", url=url,
                                remedy="name one of its layers: .../FeatureServer/0")
    return layers


def geometry(said: Json | None) -> Any:
    """A geometry of Esri JSON, x first, with z where it is there; None for none.

    Outer rings run clockwise and holes the other way round; a hole belongs to the outer ring that it lies in.
    """
    if not said:
        return None
    if "x" in said:
        return None if said["x"] in (None, "NaN") else shapely.Point([said[axis] for axis in ("x", "y", "z") if said.get(axis) is not None])
    depth = 3 if said.get("hasZ") else 2
    if "points" in said:
        return shapely.MultiPoint([point[:depth] for point in said["points"]])
    if "paths" in said:
        lines = [shapely.LineString([point[:depth] for point in path]) for path in said["paths"] if len(path) > 1]
        return None if not lines else lines[0] if len(lines) == 1 else shapely.MultiLineString(lines)
    return _areas([[point[:depth] for point in ring] for ring in said.get("rings", []) if len(ring) > 3])


def _areas(rings: list[list[list[float]]]) -> Any:
    made = [shapely.LinearRing(ring) for ring in rings]
    outer = [ring for ring in made if not ring.is_ccw] or made
    holes: dict[int, list[Any]] = {at: [] for at in range(len(outer))}
    for hole in (ring for ring in made if ring not in outer):
        at = next((i for i, ring in enumerate(outer) if shapely.Polygon(ring).contains(shapely.Point(hole.coords[0]))), None)
        if at is not None:
            holes[at].append(hole)
    polygons = [shapely.Polygon(ring, holes[at]) for at, ring in enumerate(outer)]
    return None if not polygons else polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def _layer(said: Json, url: str) -> ArcgisLayer:
    fields = said["fields"] or []
    key = said.get("objectIdField") or next((f["name"] for f in fields if f["type"] == "esriFieldTypeOID"), "")
    if not key:
        raise SourceUnavailable(f"{url}: the layer has no row ids", url=url, remedy="export it to a file and add that")
    codes = {f["name"]: {one["code"]: str(one["name"]) for one in f["domain"]["codedValues"]}
             for f in fields if (f.get("domain") or {}).get("type") == "codedValue"}
    size = max(1, min(_MOST, int(said.get("maxRecordCount") or _MOST)))
    return ArcgisLayer(url, str(said.get("name") or said.get("id")), str(said.get("name") or ""), key, size,
                       {f["name"]: f["type"] for f in fields}, codes)


def _answer(outgoing: Outgoing, url: str, params: Mapping[str, str]) -> Json:
    """The answer; the server says faults with status 200."""
    said = json_of(outgoing, url, params)
    if "error" in said:
        error = said["error"] if isinstance(said["error"], dict) else {}
        raise SourceUnavailable(f"{url}: {error.get('message') or 'the server says that it failed'} (code {error.get('code')})", url=url,
                                status=error.get("code"), remedy="does the layer need a token?" if error.get("code") in (498, 499) else "")
    return said


def _crs(said: Mapping[str, Any]) -> str:
    code = said.get("latestWkid") or said.get("wkid")
    return f"EPSG:{_OLD_CODES.get(int(code), int(code))}" if code else str(said.get("wkt") or "")


def _moment(value: Any) -> str | None:
    """Milliseconds since 1970 as a time."""
    return rfc3339(_EPOCH + timedelta(milliseconds=value)) if isinstance(value, int | float) else None
