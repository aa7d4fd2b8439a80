"""The process `viewshed`: what can be seen from a point over the ground."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from csdi.crs import CRS, CRS84, transform
from csdi.errors import ValueInvalid
from csdi.formats.grid import Grid, as_geotiff, outlines
from csdi.processes.coverage import COVERAGE_INPUT, Coverage, described, open_coverage
from csdi.processes.description import GEOJSON, Content, Input, Json, Output, Process, Work, text
from csdi.processes.features import CRS_INPUT, FEATURE, FeatureSet, crs_of, features_input, read_features, written
from csdi.processes.plane import plane_at
from csdi.processes.sight import Sight, seen

FARTHEST_M = 50_000.0
MOST_CELLS = 16_000_000
REFRACTION = 0.13
"""Usual coefficient of refraction of light near the ground."""
TIFF = "image/tiff; application=geotiff"


def run(inputs: Mapping[str, Any], work: Work) -> Mapping[str, Any]:
    """The seen area as polygons, as a raster, and in numbers."""
    known = crs_of(inputs)
    with open_coverage(inputs, work) as coverage:
        place, plane = _observer(inputs, known, coverage, work)
        grid = _ground(place, plane, float(inputs["radius"]), coverage)
        about = described(coverage)
    sight = _sight(inputs, place, grid)
    visible = seen(grid, sight, lambda fraction: work.progress("look", 0.9 * fraction))
    return {"visible": _outline(visible, grid, plane, known, about), "raster": _raster(visible, grid, plane, sight),
            "summary": about | _summary(visible, grid, sight)}


def _observer(inputs: Mapping[str, Any], known: CRS, coverage: Coverage, work: Work) -> tuple[tuple[float, float], CRS]:
    """The observer on a plane in metres, and that plane: the raster's own where it is one."""
    features = read_features(inputs["observer"], "observer", known, work)
    if len(features.ids) != 1 or not features.there[0] or features.shapes[0].geom_type != "Point":
        raise ValueInvalid("observer: one Point is needed", field="observer", remedy="give a GeoJSON Point")
    xy = shapely.get_coordinates(features.shapes[0])
    lonlat = transform(features.crs, CRS84).points(xy)[0]
    plane = coverage.crs if coverage.metric else plane_at(float(lonlat[0]), float(lonlat[1]))
    there = transform(features.crs, plane).points(xy)[0]
    return (float(there[0]), float(there[1])), plane


def _ground(place: tuple[float, float], plane: CRS, radius: float, coverage: Coverage) -> Grid:
    x, y = place
    box = (x - radius, y - radius, x + radius, y + radius)
    cells = (2 * radius / coverage.step_m(plane, box)) ** 2
    if cells > MOST_CELLS:
        raise ValueInvalid(f"radius: {cells:.0f} pixels lie within it, the limit is {MOST_CELLS}", field="radius", limit=MOST_CELLS,
                           remedy=f"at most {radius * math.sqrt(MOST_CELLS / cells):.0f} m on this raster")
    grid = coverage.on(plane, box)
    if grid is None:
        raise _outside(coverage)
    return grid


def _sight(inputs: Mapping[str, Any], place: tuple[float, float], grid: Grid) -> Sight:
    ground = float(grid.at(np.array([place]))[0])
    if not math.isfinite(ground):
        raise ValueInvalid("observer: the raster knows no height there", field="observer", remedy="place the observer on the raster")
    curvature = 1 - float(inputs.get("refraction", REFRACTION)) if inputs.get("curvature", True) else 0.0
    return Sight(*place, ground + float(inputs.get("observer_height", 1.6)), float(inputs.get("target_height", 0.0)),
                 float(inputs["radius"]), curvature)


def _outline(visible: NDArray[np.bool_], grid: Grid, plane: CRS, known: CRS, about: Json) -> Json:
    area = shapely.union_all(np.array(outlines(visible, grid.affine), dtype=object))
    shapes = np.array([area], dtype=object)
    found = written(FeatureSet([None], shapes, [{"coverage": about["coverage"]}], plane), known)
    feature: Json = found["features"][0]
    return feature | ({"coordRefSys": found["coordRefSys"]} if "coordRefSys" in found else {})


def _raster(visible: NDArray[np.bool_], grid: Grid, plane: CRS, sight: Sight) -> Content:
    """1 where seen, 0 where hidden, 255 where unknown or beyond the radius."""
    rows, columns = np.indices(visible.shape).reshape(2, -1)
    offsets = grid.centres(rows, columns) - [sight.x, sight.y]
    beyond = (np.hypot(offsets[:, 0], offsets[:, 1]) > sight.radius).reshape(visible.shape)
    values = np.where(np.isnan(grid.values) | beyond, 255, visible).astype(np.uint8)
    return Content(as_geotiff(values, grid.affine, plane.wkt, nodata=255), TIFF)


def _summary(visible: NDArray[np.bool_], grid: Grid, sight: Sight) -> Json:
    pixel = grid.pixel[0] * grid.pixel[1]
    area = float(visible.sum()) * pixel
    return {"eye": round(sight.eye, 3), "area": area, "share": round(area / (math.pi * sight.radius**2), 6)}


def _outside(coverage: Coverage) -> ValueInvalid:
    return ValueInvalid(f"observer: it lies outside the raster '{coverage.collection.id}'", field="observer",
                        remedy="is it in the CRS that is named, longitude or east first?")


def _metres(least: float, most: float, default: float | None = None) -> Json:
    return {"type": "number", "minimum": least, "maximum": most} | ({} if default is None else {"default": default})


PROCESS = Process(
    "viewshed", text("Viewshed", "視域分析", "可视域分析"),
    text("What can be seen from a point over a terrain or surface model, with the curvature of the Earth and refraction.",
         "由一點在地形或地表模型上可見的範圍，計入地球曲率及大氣折射。", "由一点在地形或地表模型上可见的范围，计入地球曲率及大气折射。"),
    (features_input("observer", text("Observer", "觀察點", "观察点")),
     Input("radius", text("Radius", "半徑", "半径"), {"type": "number", "minimum": 1, "maximum": FARTHEST_M},
           text("Metres to look.", "觀察距離（公尺）。", "观察距离（米）。")),
     Input("observer_height", text("Eye height", "視點高度", "视点高度"), _metres(0, 10_000, 1.6), least=0,
           description=text("Metres above the ground.", "離地公尺。", "离地米。")),
     Input("target_height", text("Target height", "目標高度", "目标高度"), _metres(0, 10_000, 0.0), least=0,
           description=text("Metres above the ground.", "離地公尺。", "离地米。")),
     COVERAGE_INPUT, CRS_INPUT,
     Input("curvature", text("Curvature", "地球曲率", "地球曲率"), {"type": "boolean", "default": True}, least=0),
     Input("refraction", text("Refraction", "大氣折射係數", "大气折射系数"),
           {"type": "number", "minimum": 0, "maximum": 1, "default": REFRACTION}, least=0)),
    (Output("visible", text("Visible area", "可見範圍", "可见范围"), FEATURE, media=GEOJSON),
     Output("raster", text("Raster", "柵格", "栅格"), {"type": "string", "contentEncoding": "base64", "contentMediaType": TIFF}, media=TIFF,
            description=text("1 seen, 0 hidden, 255 unknown or beyond the radius.", "1 可見，0 不可見，255 不明或在半徑外。",
                             "1 可见，0 不可见，255 不明或在半径外。")),
     Output("summary", text("Summary", "摘要", "摘要"), {"type": "object"})),
    run, keywords=("terrain", "visibility"))
