"""The process `height-limit`: how high one may build at a place, as far as runways and published height limits say."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from csdi.crs import HK80, transform
from csdi.errors import CollectionMissing, CrsError, ValueInvalid
from csdi.feature import Feature
from csdi.limits import KINDS, NOTICE, Lowest, Surface, limit_surfaces, lowest_limits, read_runways, surfaces_of, table_ids, table_set
from csdi.processes.coverage import COVERAGE_INPUT, HKPD, Coverage, lonlat_of, open_coverage
from csdi.processes.description import GEOJSON, Input, Json, Output, Process, Work, text
from csdi.processes.features import COLLECTION, CRS_INPUT, FeatureSet, crs_of, features_input, read_features, written

MOST = 10_000
RUNWAYS, TABLES, LIMIT_FIELD = "runways", "icao-annex14-ols", "limit_mpd"


def run(inputs: Mapping[str, Any], work: Work) -> Mapping[str, Any]:
    """Of each place the lowest limit, all surfaces over it, and the ground there."""
    known = crs_of(inputs)
    places = read_features(inputs["places"], "places", known, work)
    if not places.there.all() or not 0 < len(places.ids) <= MOST:
        raise ValueInvalid(f"places: 1 to {MOST} features with a geometry are needed", field="places", limit=MOST)
    shapes = [shapely.force_2d(shapely.make_valid(shape)) for shape in places.carried(HK80)]
    surfaces = [*_of_runways(inputs, work), *_restricted(inputs, work)]
    found = [lowest_limits(surfaces, shape) for shape in shapes]
    ground = _grounds(inputs, work, [limits[0].place if limits else _middle(shape) for limits, shape in zip(found, shapes, strict=True)])
    answers = [_answer(limits, level) for limits, level in zip(found, ground, strict=True)]
    shown = FeatureSet(places.ids, places.shapes, [own | _short(answer) for own, answer in zip(places.properties, answers, strict=True)],
                       places.crs)
    return {"limits": {"notice": NOTICE, "tables": str(inputs.get("tables", TABLES)),
                       "places": [{"id": id} | answer for id, answer in zip(places.ids, answers, strict=True)]},
            "features": written(shown, known)}


def _of_runways(inputs: Mapping[str, Any], work: Work) -> list[Surface]:
    """The surfaces around the site's runways; none where it has no layer of them and none was named."""
    tables = table_set(str(inputs.get("tables", TABLES)))
    try:
        features = _layer(str(inputs.get("runways", RUNWAYS)), "runways", work)
    except CollectionMissing:
        if "runways" in inputs or "limits" not in inputs:
            raise
        return []
    runways, level = read_runways(features)
    return surfaces_of(runways, tables, level)


def _restricted(inputs: Mapping[str, Any], work: Work) -> list[Surface]:
    if "limits" not in inputs:
        return []
    field = str(inputs.get("limit_field", LIMIT_FIELD))
    features = _layer(str(inputs["limits"]), "limits", work)
    if features and not any(field in one.properties for one in features):
        raise ValueInvalid(f"limit_field: '{inputs['limits']}' has no field '{field}'", field="limit_field", value=field)
    return limit_surfaces(features, field, str(inputs["limits"]))


def _layer(id: str, name: str, work: Work) -> Sequence[Feature]:
    """A Collection's Features on HK1980 Grid."""
    found = read_features({"collection": id}, name, HK80, work)
    rows = zip(found.ids, found.carried(HK80), found.properties, strict=True)
    return [Feature(str(key), shape, properties) for key, shape, properties in rows]


def _middle(shape: BaseGeometry) -> tuple[float, float]:
    point = shapely.point_on_surface(shape)
    return float(point.x), float(point.y)


def _grounds(inputs: Mapping[str, Any], work: Work, places: Sequence[tuple[float, float]]) -> list[float]:
    """Ground levels, mPD, at places of HK1980 Grid; NaN where nothing is known of them, or no terrain model is."""
    try:
        with open_coverage(inputs, work) as coverage:
            if coverage.datum != HKPD:
                raise ValueInvalid(f"coverage: heights of '{coverage.collection.id}' are not above Principal Datum", field="coverage",
                                   remedy="name a terrain model in mPD")
            return [_ground(coverage, place) for place in places]
    except (CollectionMissing, ValueInvalid):
        if "coverage" in inputs:
            raise
        return [math.nan] * len(places)


def _ground(coverage: Coverage, place: tuple[float, float]) -> float:
    """Read around each place alone: places may lie far apart."""
    try:
        xy = transform(HK80, coverage.crs).points(np.array([place]))
    except CrsError:
        return math.nan
    (x, y), (width, height) = xy[0], coverage.pixel
    grid = coverage.grid((x - 2 * width, y - 2 * height, x + 2 * width, y + 2 * height))
    return math.nan if grid is None else float(grid.at(xy)[0])


def _answer(limits: Sequence[Lowest], ground: float) -> Json:
    lowest = limits[0] if limits else None
    level = None if math.isnan(ground) else round(ground, 3)
    return {
        "limit_mpd": round(lowest.limit, 3) if lowest else None,
        "surface": lowest.surface.id if lowest else "",
        "place": _place(lowest.place) if lowest else None,
        "ground_mpd": level,
        "height_above_ground_m": round(lowest.limit - level, 3) if lowest and level is not None else None,
        "surfaces": [_told(one) for one in limits],
    }


def _told(one: Lowest) -> Json:
    surface = one.surface
    return {"id": surface.id, "kind": surface.kind, "title": dict(KINDS[surface.kind]), "runway": surface.runway, "end": surface.end,
            "limit_mpd": round(one.limit, 3), "place": _place(one.place), "tables": surface.table, "source": surface.source,
            "confidence": surface.confidence}


def _place(place: tuple[float, float]) -> Json:
    longitude, latitude = lonlat_of(np.array([place]), HK80)[0].tolist()
    return {"easting": round(place[0], 3), "northing": round(place[1], 3), "longitude": round(longitude, 8), "latitude": round(latitude, 8)}


def _short(answer: Json) -> Json:
    return {name: answer[name] for name in ("limit_mpd", "surface", "ground_mpd", "height_above_ground_m")}


def _named(id: str, title: Mapping[str, str], about: Mapping[str, str]) -> Input:
    return Input(id, title, {"type": "string", "minLength": 1}, least=0, description=about)


PROCESS = Process(
    "height-limit", text("Height limit", "高度限制", "高度限制"),
    text("How high one may build at points, along lines or in areas: the lowest surface around the runways there (and the lowest "
         "published limit, where a layer of them is named), every other surface, and the ground, in metres above Principal Datum. "
         "Calculated; not the legal limit.",
         "某點、線或範圍內可建多高：當地跑道周圍最低的限制面（如指定了高度限制圖層，則包括其最低限制）、其他各面及地面高程，"
         "以主水平基準以上公尺表示。屬計算結果，並非法定限制。",
         "某点、线或范围内可建多高：当地跑道周围最低的限制面（如指定了高度限制图层，则包括其最低限制）、其他各面及地面高程，"
         "以主水平基准以上米表示。属计算结果，并非法定限制。"),
    (features_input("places", text("Places", "地點", "地点")), CRS_INPUT,
     Input("tables", text("Set of tables", "尺寸表", "尺寸表"), {"type": "string", "enum": list(table_ids()), "default": TABLES}, least=0),
     _named("runways", text("Runways", "跑道", "跑道"),
            text("Id of the collection of runways; 'runways' without it.", "跑道資料集的識別碼；不填則為 runways。",
                 "跑道数据集的标识；不填则为 runways。")),
     _named("limits", text("Published limits", "公布的限制", "公布的限制"),
            text("Id of a collection of polygons with a restricted height, mPD, to be counted too.",
                 "另計的高度限制（mPD）範圍資料集的識別碼。",
                 "另计的高度限制（mPD）范围数据集的标识。")),
     _named("limit_field", text("Field of the limit", "限制欄位", "限制字段"),
            text(f"Field with the restricted height; '{LIMIT_FIELD}' without it.", f"限制高度的欄位；不填則為 {LIMIT_FIELD}。",
                 f"限制高度的字段；不填则为 {LIMIT_FIELD}。")),
     COVERAGE_INPUT),
    (Output("limits", text("Limits", "限制", "限制"), {"type": "object", "required": ["notice", "places"], "properties": {
        "notice": {"type": "object"}, "places": {"type": "array", "items": {"type": "object"}}}}),
     Output("features", text("Places with their limit", "地點及其限制", "地点及其限制"), COLLECTION, media=GEOJSON)),
    run, keywords=("aerodrome", "height restriction"))
