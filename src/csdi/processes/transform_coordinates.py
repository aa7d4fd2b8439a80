"""The process `transform-coordinates`: points or features from one CRS to another, and how well that is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from csdi.crs import CRS, crs, transform
from csdi.errors import CrsError, ValueInvalid
from csdi.processes.description import Input, Output, Process, Work, text
from csdi.processes.features import FEATURES_OUTPUT, MOST, FeatureSet, features_input, read_features, written

_POINT = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 3}
_POINTS = {"type": "array", "items": _POINT, "minItems": 1, "maxItems": MOST}


def run(inputs: Mapping[str, Any], work: Work) -> Mapping[str, Any]:
    """The given coordinates and Features in the target, and the operation that takes them there."""
    source, target = _named(inputs, "source"), _named(inputs, "target")
    found: dict[str, Any] = {"operation": _operation(inputs, source, target, work)}
    if "coordinates" in inputs:
        found["coordinates"] = _points(inputs, source, target, work)
    if "features" in inputs:
        features = read_features(inputs["features"], "features", source, work)
        found["features"] = written(_moved(features, inputs, target, work), target)
        if "coordinates" not in inputs:
            found["operation"] = _operation(inputs, features.crs, target, work)
    return found


def _points(inputs: Mapping[str, Any], source: CRS, target: CRS, work: Work) -> list[list[float]]:
    rows = inputs["coordinates"]
    if len({len(row) for row in rows}) > 1:
        raise ValueInvalid("coordinates: all of them need two numbers, or all of them three", field="coordinates")
    moved = transform(source, target, epoch=inputs.get("epoch"), heights=work.services.heights).points(np.array(rows, np.float64))
    return [[float(number) for number in row] for row in moved]


def _moved(features: FeatureSet, inputs: Mapping[str, Any], target: CRS, work: Work) -> FeatureSet:
    shapes = features.shapes.copy()
    there = features.there
    if there.any():
        shapes[there] = transform(features.crs, target, epoch=inputs.get("epoch"), heights=work.services.heights).geometry(shapes[there])
    return FeatureSet(features.ids, shapes, features.properties, target)


def _operation(inputs: Mapping[str, Any], source: CRS, target: CRS, work: Work) -> dict[str, Any]:
    known = transform(source, target, epoch=inputs.get("epoch"), heights=work.services.heights)
    return {"source": source.code, "target": target.code} | known.operation.to_dict()


def _named(inputs: Mapping[str, Any], name: str) -> CRS:
    try:
        return crs(inputs.get(name, "OGC:CRS84"))
    except CrsError as error:
        raise ValueInvalid(f"{name}: {error.message}", field=name, value=inputs.get(name), remedy=error.remedy) from None


PROCESS = Process(
    "transform-coordinates", text("Transform coordinates", "坐標轉換", "坐标转换"),
    text("Points or features in another CRS, by the operation that the authorities publish; refused where none of known accuracy exists. "
         "Coordinates are always east or longitude first, heights third. Hong Kong's grid with HKPD heights is EPSG:2326+5738.",
         "按官方公布的轉換方法，把點或要素轉換到另一坐標系；沒有已知精度的方法時會拒絕。坐標一律東向或經度在前，高程在第三位。"
         "香港方格網連香港主水平基準高程為 EPSG:2326+5738。",
         "按官方公布的转换方法，把点或要素转换到另一坐标系；没有已知精度的方法时会拒绝。坐标一律东向或经度在前，高程在第三位。"
         "香港方格网连香港主水平基准高程为 EPSG:2326+5738。"),
    (Input("coordinates", text("Coordinates", "坐標", "坐标"), _POINTS, least=0,
           description=text("Points [x, y] or [x, y, z].", "點 [x, y] 或 [x, y, z]。", "点 [x, y] 或 [x, y, z]。")),
     features_input("features", text("Features", "要素", "要素"), least=0),
     Input("source", text("From", "來源坐標系", "来源坐标系"), {"type": "string", "minLength": 1, "default": "OGC:CRS84"}, least=0,
           description=text("CRS of the input; features by reference know theirs.", "輸入的坐標系；參照的資料集已知其坐標系。",
                            "输入的坐标系；引用的数据集已知其坐标系。")),
     Input("target", text("To", "目標坐標系", "目标坐标系"), {"type": "string", "minLength": 1}),
     Input("epoch", text("Epoch", "曆元", "历元"), {"type": "number", "minimum": 1980, "maximum": 2100}, least=0,
           description=text("Decimal year of coordinates in a moving frame (WGS 84, ITRF).", "動態坐標框架（WGS 84、ITRF）坐標的年份。",
                            "动态坐标框架（WGS 84、ITRF）坐标的年份。"))),
    (Output("coordinates", text("Coordinates", "坐標", "坐标"), _POINTS), FEATURES_OUTPUT,
     Output("operation", text("Operation", "轉換方法", "转换方法"), {"type": "object", "properties": {
         "name": {"type": "string"}, "code": {"type": "string"}, "accuracy_m": {"type": "number", "nullable": True}}})),
    run, keywords=("geodesy",))
