"""The process `buffer`: everything within a distance of features, in metres on the ground."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely

from csdi.crs import CRS, CRS84, transform
from csdi.processes.description import Input, Process, Work, text
from csdi.processes.features import CRS_INPUT, FEATURES_OUTPUT, FeatureSet, crs_of, features_input, read_features, written
from csdi.processes.meridian import whole
from csdi.processes.plane import Shapes, by_plane, carry

FARTHEST_M = 50_000.0


def run(inputs: Mapping[str, Any], work: Work) -> Mapping[str, Any]:
    """Buffers of the Features, each with the id and properties of its Feature; nothing left is a null geometry."""
    target = crs_of(inputs)
    features = read_features(inputs["features"], "features", target, work)
    buffered = _buffered(features, inputs, target, work)
    if inputs.get("dissolve", False):
        there = ~shapely.is_missing(buffered)
        merged = np.array([shapely.union_all(buffered[there]) if there.any() else None], dtype=object)
        found = FeatureSet([None], merged, [{"features": len(features.ids)}], target)
    else:
        found = FeatureSet(features.ids, buffered, features.properties, target)
    return {"features": written(found, target)}


def _buffered(features: FeatureSet, inputs: Mapping[str, Any], target: CRS, work: Work) -> Shapes:
    """(n,) polygons in `target`, None where nothing is left."""
    found = np.full(len(features.ids), None, dtype=object)
    numbers = np.flatnonzero(features.there)
    if not len(numbers):
        return found
    done = 0
    for chosen, shapes, plane in by_plane(shapely.force_2d(features.shapes[numbers]), features.crs):
        areas = shapely.buffer(shapes, float(inputs["distance"]), quad_segs=int(inputs.get("segments", 16)),
                               cap_style=inputs.get("cap", "round"), join_style=inputs.get("join", "round"))
        kept = ~shapely.is_empty(areas)
        if kept.any():
            found[numbers[chosen[kept]]] = _carried(areas[kept], plane, target)
        done += len(chosen)
        work.progress("buffer", done / len(numbers))
    return found


def _carried(areas: Shapes, plane: CRS, target: CRS) -> Shapes:
    if plane == target:
        return areas
    middle = transform(plane, CRS84).points(shapely.get_coordinates(shapely.centroid(areas[0])))[0]
    return carry(whole(carry(areas, plane, CRS84), float(middle[0])), CRS84, target)


PROCESS = Process(
    "buffer", text("Buffer", "緩衝區", "缓冲区"),
    text("Everything within a distance of each feature. Distances are metres on the ground: on HK1980 Grid in Hong Kong, elsewhere on a "
         "plane around the feature.",
         "每個要素在指定距離內的範圍。距離為地面公尺：香港境內按香港1980方格網，其他地方按要素附近的平面。",
         "每个要素在指定距离内的范围。距离为地面米：香港境内按香港1980方格网，其他地方按要素附近的平面。"),
    (features_input("features", text("Features", "要素", "要素")),
     Input("distance", text("Distance", "距離", "距离"), {"type": "number", "minimum": -FARTHEST_M, "maximum": FARTHEST_M},
           text("Metres; a negative distance shrinks polygons.", "公尺；負值使多邊形縮小。", "米；负值使多边形缩小。")),
     CRS_INPUT,
     Input("segments", text("Segments", "分段數", "分段数"), {"type": "integer", "minimum": 1, "maximum": 128, "default": 16},
           text("Straight pieces in a quarter of a circle.", "四分之一圓的直線段數。", "四分之一圆的直线段数。"), least=0),
     Input("cap", text("Line ends", "線端", "线端"), {"type": "string", "enum": ["round", "flat", "square"], "default": "round"}, least=0),
     Input("join", text("Corners", "轉角", "转角"), {"type": "string", "enum": ["round", "mitre", "bevel"], "default": "round"}, least=0),
     Input("dissolve", text("Merge", "合併", "合并"), {"type": "boolean", "default": False},
           text("One feature with the union of all.", "合併為一個要素。", "合并为一个要素。"), least=0)),
    (FEATURES_OUTPUT,), run, keywords=("geometry",))
