"""Features that a process works on: GeoJSON by value, or a reference to one of our Collections with a CQL2 filter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray
from shapely.errors import GEOSException

from csdi.access import Action, Principal, may
from csdi.collection import Collection
from csdi.crs import CRS, CRS84, crs
from csdi.errors import CollectionMissing, CrsError, ValueInvalid
from csdi.extent import BBox
from csdi.feature import Feature
from csdi.filter import Expression, parse_json, parse_text
from csdi.finding import Finding
from csdi.processes.description import GEOJSON, Input, Json, Output, Work, text
from csdi.processes.plane import Shapes, carry
from csdi.query import Query
from csdi.store.base import Reader, scan

MOST = 100_000
"""How many Features one run takes."""
DIGITS = 8
"""Decimals of degrees in results: about a millimetre."""

_TYPES = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection")
GEOMETRY: Json = {"type": "object", "format": "geojson-geometry", "required": ["type"],
                  "properties": {"type": {"type": "string", "enum": list(_TYPES)}, "coordinates": {"type": "array"},
                                 "geometries": {"type": "array"}}}
FEATURE: Json = {"type": "object", "format": "geojson-feature", "required": ["type", "geometry"],
                 "properties": {"type": {"type": "string", "enum": ["Feature"]}, "geometry": {"anyOf": [GEOMETRY, {"enum": [None]}]},
                                "properties": {"anyOf": [{"type": "object"}, {"enum": [None]}]}}}
COLLECTION: Json = {"type": "object", "format": "geojson-feature-collection", "required": ["type", "features"],
                    "properties": {"type": {"type": "string", "enum": ["FeatureCollection"]},
                                   "features": {"type": "array", "items": FEATURE, "maxItems": MOST}}}
REFERENCE: Json = {"type": "object", "required": ["collection"], "additionalProperties": False, "properties": {
    "collection": {"type": "string", "minLength": 1}, "filter": {"anyOf": [{"type": "string"}, {"type": "object"}, {"type": "boolean"}]},
    "bbox": {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4},
    "ids": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": MOST}}}

_ABOUT = text(
    "GeoJSON (geometry, Feature or FeatureCollection), x = east or longitude first, in the CRS of `crs`; or a reference to a collection "
    "here: {\"collection\": id, \"filter\": CQL2 text or JSON, \"bbox\": [west, south, east, north], \"ids\": [...]}.",
    "GeoJSON（幾何、Feature 或 FeatureCollection），東向或經度在前，坐標系由 `crs` 指定；或參照本伺服器的資料集："
    "{\"collection\": 識別碼, \"filter\": CQL2 文字或 JSON, \"bbox\": [西, 南, 東, 北], \"ids\": [...]}。",
    "GeoJSON（几何、Feature 或 FeatureCollection），东向或经度在前，坐标系由 `crs` 指定；或引用本服务器的数据集："
    "{\"collection\": 标识, \"filter\": CQL2 文本或 JSON, \"bbox\": [西, 南, 东, 北], \"ids\": [...]}。")

CRS_INPUT = Input(
    "crs", text("CRS", "坐標系", "坐标系"), {"type": "string", "default": CRS84.uri, "minLength": 1}, least=0,
    description=text("CRS of GeoJSON by value and of the results: a URI or code. Coordinates are always east or longitude first. "
                     "The default is longitude, latitude (CRS84).",
                     "輸入的 GeoJSON 及結果的坐標系：URI 或代碼。坐標一律東向或經度在前。預設為經度、緯度（CRS84）。",
                     "输入的 GeoJSON 及结果的坐标系：URI 或代码。坐标一律东向或经度在前。默认为经度、纬度（CRS84）。"))
FEATURES_OUTPUT = Output("features", text("Features", "要素", "要素"), COLLECTION, media=GEOJSON)


def features_input(id: str, title: Mapping[str, str], *, least: int = 1) -> Input:
    """An input that takes Features by value or by reference."""
    return Input(id, title, {"anyOf": [COLLECTION, FEATURE, GEOMETRY, REFERENCE]}, _ABOUT, least)


@dataclass(frozen=True, slots=True, eq=False)
class FeatureSet:
    """Features side by side.

    Attributes:
        ids: n ids, None where GeoJSON has none.
        shapes: (n,) geometries in `crs`, x = east or longitude first; None where a Feature has none.
        properties: n JSON objects.
    """

    ids: Sequence[str | int | None]
    shapes: Shapes
    properties: Sequence[Json]
    crs: CRS
    findings: tuple[Finding, ...] = ()

    @property
    def there(self) -> NDArray[np.bool_]:
        """(n,) which Features have a geometry that is not empty."""
        return ~(shapely.is_missing(self.shapes) | shapely.is_empty(self.shapes))

    def carried(self, target: CRS) -> Shapes:
        """(n,) geometries in another CRS, x = east or longitude first; None where there is none."""
        found = self.shapes.copy()
        there = self.there
        found[there] = carry(found[there], self.crs, target)
        return found

    def some(self, chosen: NDArray[Any]) -> FeatureSet:
        """Those Features that a mask of n marks, or of these numbers."""
        numbers = np.arange(len(self.ids))[chosen]
        return replace(self, ids=[self.ids[i] for i in numbers], shapes=self.shapes[numbers],
                       properties=[self.properties[i] for i in numbers])


def crs_of(inputs: Mapping[str, Any], name: str = "crs") -> CRS:
    """The CRS that an input names; CRS84 without it.

    Raises:
        ValueInvalid: it names none that geometries can have.
    """
    try:
        found = crs(inputs.get(name, CRS84.code))
    except CrsError as error:
        raise ValueInvalid(f"{name}: {error.message}", field=name, value=inputs.get(name), remedy=error.remedy) from None
    if found.is_geocentric or found.is_vertical:
        raise ValueInvalid(f"{name}: geometries have no place in {found.code}", field=name, remedy="name a CRS of east and north")
    return found


def read_features(value: Json, name: str, known: CRS, work: Work, *, lenient: bool = False) -> FeatureSet:
    """The Features of an input.

    Args:
        value: checked by the schema of `features_input`.
        name: of the input, for errors.
        known: CRS of GeoJSON by value; Features by reference come in the CRS that they are kept in.
        lenient: a geometry that cannot be read is a Finding and None, not an error.

    Raises:
        ValueInvalid: a geometry cannot be read, or there are too many Features; names the input and the number.
        CollectionMissing: no such Collection, or the principal may not read it.
        FilterInvalid, PropertyUnknown: the filter is not CQL2, or does not fit the Collection.
    """
    if "collection" in value:
        return _by_reference(value, name, work)
    members: list[Json] = value["features"] if value["type"] == "FeatureCollection" else \
        [value if value["type"] == "Feature" else {"type": "Feature", "geometry": value}]
    shapes, findings = _geometries([member.get("geometry") for member in members], name, lenient)
    return FeatureSet([member.get("id") for member in members], shapes, [dict(member.get("properties") or {}) for member in members],
                      known, tuple(findings))


def readable(id: str, name: str, work: Work) -> Collection:
    """The Collection of this id, if the principal may read it.

    Raises:
        CollectionMissing: there is none, or not for this principal; names the input.
    """
    try:
        found = work.services.store.collection(id)
    except CollectionMissing:
        found = None
    if found is None or not _may_read(work.principal, found):
        raise CollectionMissing(f"{name}: there is no collection '{id}'", field=name, collection=id, remedy="see /ogc/collections")
    return found


def written(features: FeatureSet, target: CRS) -> Json:
    """A GeoJSON FeatureCollection in `target`, x = east or longitude first; degrees are rounded to a millimetre.

    Outside CRS84 it names its CRS in `coordRefSys`, as JSON-FG does.
    """
    shapes = features.carried(target)
    there = ~shapely.is_missing(shapes)
    digits = DIGITS if target.is_geographic else 4
    encoded = np.full(len(shapes), None, dtype=object)
    if there.any():
        encoded[there] = shapely.to_geojson(_rounded(shapes[there], digits))
    members = []
    for id, properties, shape in zip(features.ids, features.properties, encoded, strict=True):
        member: Json = {"type": "Feature", "geometry": None if shape is None else orjson.loads(shape), "properties": properties}
        members.append(member if id is None else {"type": "Feature", "id": id} | member)
    known = {} if target == CRS84 else {"coordRefSys": target.uri or target.code}
    return {"type": "FeatureCollection"} | known | {"features": members}


def _rounded(shapes: Shapes, digits: int) -> Shapes:
    found = shapes.copy()
    for solid in (False, True):
        chosen = shapely.has_z(shapes) == solid
        if chosen.any():
            found[chosen] = shapely.transform(shapes[chosen], lambda xyz: np.round(xyz, digits), include_z=solid)
    return found


def _may_read(principal: Principal, collection: Collection) -> bool:
    return may(principal, Action.READ, collection)


def _by_reference(value: Json, name: str, work: Work) -> FeatureSet:
    id = readable(value["collection"], name, work).id
    with work.services.store.snapshot() as reader:
        collection = reader.collection(id)
        if not collection.schema.geometry:
            raise ValueInvalid(f"{name}: the collection '{id}' has no geometries", field=name, collection=id)
        found = _chosen(reader, id, value, name)
    shapes = np.empty(len(found), dtype=object)
    shapes[:] = [feature.geometry for feature in found]
    return FeatureSet([feature.id for feature in found], shapes, [dict(feature.properties) for feature in found],
                      crs(collection.storage_crs))


def _chosen(reader: Reader, id: str, value: Json, name: str) -> list[Feature]:
    """The Features of a Collection that a reference names."""
    if "ids" in value:
        return [reader.feature(id, one) for one in value["ids"]]
    query = Query(bbox=BBox.of(value["bbox"]) if "bbox" in value else None, filter=_filter(value.get("filter")))
    matched = reader.count(id, query)
    if matched > MOST:
        raise ValueInvalid(f"{name}: {matched} features match, the limit is {MOST}", field=name, limit=MOST, value=matched,
                           remedy="narrow the filter or the bbox")
    return list(scan(reader, id, query))


def _filter(stated: Any) -> Expression | None:
    if stated is None or isinstance(stated, str):
        return parse_text(stated) if stated else None
    return parse_json(stated)


def _geometries(stated: Iterable[Json | None], name: str, lenient: bool) -> tuple[Shapes, list[Finding]]:
    texts = [None if geometry is None else orjson.dumps(geometry).decode() for geometry in stated]
    shapes = np.full(len(texts), None, dtype=object)
    findings: list[Finding] = []
    for number, geojson in enumerate(texts):
        try:
            shapes[number] = None if geojson is None else _finite(shapely.from_geojson(geojson))
        except (GEOSException, ValueError) as error:
            reason = str(error).partition(": ")[2] or str(error)
            if not lenient:
                raise ValueInvalid(f"{name}: geometry {number} cannot be read: {reason}", field=name, index=number,
                                   remedy="give GeoJSON geometries with closed rings and numbers") from None
            findings.append(Finding("geometry-unreadable", "error", f"the geometry cannot be read: {reason}", f"{name}[{number}]",
                                    data={"index": number}))
    return shapes, findings


def _finite(shape: Any) -> Any:
    if shape is None or not np.isfinite(shapely.get_coordinates(shape)).all():
        raise ValueError("GeoJSON: a coordinate is not a finite number")
    return shape

