"""The process `validate-geometry`: what is wrong with geometries, where, and the same features repaired."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from csdi.crs import CRS
from csdi.finding import Finding
from csdi.geometry import mended
from csdi.processes.description import Output, Process, Work, text
from csdi.processes.features import CRS_INPUT, FEATURES_OUTPUT, FeatureSet, crs_of, features_input, read_features, written
from csdi.processes.plane import Shapes

_PLACE = re.compile(r"(?P<what>.*)\[(?P<x>\S+) (?P<y>\S+)\]$")


def run(inputs: Mapping[str, Any], work: Work) -> Mapping[str, Any]:
    """Findings of each Feature, whether there is none of an error, and the Features with their geometries repaired."""
    target = crs_of(inputs)
    features = read_features(inputs["features"], "features", target, work, lenient=True)
    broken = {finding.data["index"] for finding in features.findings}
    findings = [*features.findings]
    for number, shape in enumerate(features.shapes):
        if number not in broken:
            findings += _judged(shape, number, features.crs, features.ids[number])
        if number % 1000 == 0:
            work.progress("judge", number / len(features.shapes))
    repaired, count = _repaired(features)
    return {"valid": not any(finding.severity == "error" for finding in findings), "repaired": count,
            "findings": [finding.to_dict() for finding in sorted(findings, key=lambda f: f.data["index"])],
            "features": written(replace(features, shapes=repaired), target)}


def _judged(shape: BaseGeometry | None, number: int, known: CRS, id: Any) -> Iterator[Finding]:
    """Findings of one geometry; x = east or longitude first."""
    def found(code: str, severity: Any, message: str, cure: str = "", **data: Any) -> Finding:
        return Finding(code, severity, message, f"features[{number}]", cure=cure, data={"index": number, "id": id} | data)

    if shape is None or shape.is_empty:
        yield found("geometry-missing", "warning", "there is no geometry")
        return
    if reason := _reason(shape):
        yield found("geometry-invalid", "error", reason[0], "use the repaired feature, or mend it at the source", location=reason[1])
    if known.is_geographic and _beyond(shape):
        yield found("coordinates-impossible", "error", "a longitude is beyond 180 or a latitude beyond 90 degrees",
                    "are the axes swapped, or is it another CRS?", bounds=list(shape.bounds))
    if doubled := _doubled(shape):
        yield found("vertices-repeated", "note", f"{doubled} vertices repeat the one before", count=doubled)
    if _turned(shape):
        yield found("ring-turned", "note", "a ring does not turn the way RFC 7946 wants: outer rings counterclockwise, holes clockwise",
                    "use the repaired feature")


def _reason(shape: BaseGeometry) -> tuple[str, list[float] | None] | None:
    """What makes it invalid by OGC Simple Features, and where; None if it is valid."""
    if shapely.is_valid(shape):
        return None
    stated = shapely.is_valid_reason(shape)
    place = _PLACE.match(stated)
    return (place["what"], [float(place["x"]), float(place["y"])]) if place else (stated, None)


def _beyond(shape: BaseGeometry) -> bool:
    west, south, east, north = shape.bounds
    return west < -180 or east > 180 or south < -90 or north > 90


def _doubled(shape: BaseGeometry) -> int:
    """How many vertices of lines and rings are where the one before is."""
    parts = shapely.get_parts(shape)
    lines = [*shapely.get_rings(parts), *parts[shapely.get_type_id(parts) == 1]]
    if not lines:
        return 0
    xy, line = shapely.get_coordinates(lines, return_index=True)
    return int(((np.diff(xy, axis=0) == 0).all(axis=1) & (np.diff(line) == 0)).sum())


def _turned(shape: BaseGeometry) -> bool:
    if not shapely.is_valid(shape):
        return False
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return any(not part.exterior.is_ccw or any(hole.is_ccw for hole in part.interiors) for part in parts)


def _repaired(features: FeatureSet) -> tuple[Shapes, int]:
    """(geometries, how many changed what they cover): valid, without repeated vertices, rings turned as RFC 7946 wants."""
    shapes = features.shapes.copy()
    there = features.there
    bad = there & ~shapely.is_valid(shapes)
    shapes[bad] = mended(shapes[bad])
    shapes[there] = shapely.remove_repeated_points(shapes[there], 0)
    areas = there & (shapely.get_dimensions(shapes) == 2)
    shapes[areas] = shapely.orient_polygons(shapes[areas])
    return np.asarray(shapes, dtype=object), int(bad.sum())


PROCESS = Process(
    "validate-geometry", text("Validate geometry", "檢查幾何", "检查几何"),
    text("Whether geometries are valid by OGC Simple Features and RFC 7946, what is wrong and where, and the same features repaired.",
         "檢查幾何是否符合 OGC 簡單要素及 RFC 7946，指出問題及位置，並提供修正後的要素。",
         "检查几何是否符合 OGC 简单要素及 RFC 7946，指出问题及位置，并提供修正后的要素。"),
    (features_input("features", text("Features", "要素", "要素")), CRS_INPUT),
    (Output("valid", text("Valid", "有效", "有效"), {"type": "boolean"}),
     Output("repaired", text("Repaired", "已修正", "已修正"), {"type": "integer"}),
     Output("findings", text("Findings", "檢查結果", "检查结果"), {"type": "array", "items": {"type": "object"}}),
     FEATURES_OUTPUT),
    run, keywords=("geometry", "quality"))
