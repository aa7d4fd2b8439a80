"""The process `zonal-statistics`: the values of a raster within each of several polygons, summed up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from csdi.errors import ValueInvalid
from csdi.formats.grid import inside
from csdi.processes.coverage import COVERAGE_INPUT, Coverage, described, open_coverage
from csdi.processes.description import Input, Json, Output, Process, Work, text
from csdi.processes.features import CRS_INPUT, FEATURES_OUTPUT, crs_of, features_input, read_features, written

Floats = NDArray[np.float64]
_MEASURES: dict[str, Callable[[Floats], float]] = {
    "min": lambda values: float(values.min()), "max": lambda values: float(values.max()), "mean": lambda values: float(values.mean()),
    "sum": lambda values: float(values.sum()), "std": lambda values: float(values.std()), "median": lambda values: float(np.median(values)),
    "range": lambda values: float(np.ptp(values)),
}
_USUAL = ["min", "max", "mean", "std"]


def run(inputs: Mapping[str, Any], work: Work) -> Mapping[str, Any]:
    """The zones, each with its statistics in the property `statistics`."""
    known = crs_of(inputs)
    zones = read_features(inputs["zones"], "zones", known, work)
    flat = np.flatnonzero(zones.there & (shapely.get_dimensions(zones.shapes) < 2))
    if len(flat):
        raise ValueInvalid(f"zones: geometry {flat[0]} is no polygon", field="zones", index=int(flat[0]), remedy="give polygons")
    asked = list(dict.fromkeys(inputs.get("statistics") or _USUAL))
    found = []
    with open_coverage(inputs, work) as coverage:
        shapes = zones.carried(coverage.crs)
        for number, shape in enumerate(shapes):
            values = np.empty(0) if shape is None or shape.is_empty else _values(shape, coverage, inputs)
            found.append(dict(zones.properties[number]) | {"statistics": _measured(values, asked, coverage)})
            work.progress("measure", (number + 1) / len(shapes))
        about = described(coverage)
    return {"features": written(replace(zones, properties=found), known), "raster": about | {"band": int(inputs.get("band", 1))}}


def _values(shape: Any, coverage: Coverage, inputs: Mapping[str, Any]) -> Floats:
    """Known values of the pixels in a polygon."""
    grid = coverage.grid(shape.bounds, band=int(inputs.get("band", 1)))
    if grid is None:
        return np.empty(0)
    values = grid.values[inside(grid, shape, touched=bool(inputs.get("touched", False)))]
    return np.asarray(values[np.isfinite(values)])


def _measured(values: Floats, asked: list[str], coverage: Coverage) -> Json:
    """Null where there is no pixel; `area` in square metres where the raster lies on a plane in metres."""
    found: Json = {"count": len(values)}
    if coverage.metric:
        found["area"] = len(values) * coverage.pixel[0] * coverage.pixel[1]
    return found | {name: _MEASURES[name](values) if len(values) else None for name in asked}


PROCESS = Process(
    "zonal-statistics", text("Zonal statistics", "分區統計", "分区统计"),
    text("The values of a raster within polygons: a pixel counts where its middle lies. Heights in Hong Kong are metres above Principal "
         "Datum (mPD).",
         "多邊形內的柵格值統計：像元中心在多邊形內即計入。香港的高程為主水平基準以上公尺（mPD）。",
         "多边形内的栅格值统计：像元中心在多边形内即计入。香港的高程为主水平基准以上米（mPD）。"),
    (features_input("zones", text("Zones", "分區", "分区")), COVERAGE_INPUT, CRS_INPUT,
     Input("band", text("Band", "波段", "波段"), {"type": "integer", "minimum": 1, "default": 1}, least=0),
     Input("statistics", text("Statistics", "統計值", "统计值"), {"type": "array", "items": {"type": "string", "enum": list(_MEASURES)},
                                                              "default": _USUAL}, least=0),
     Input("touched", text("All touched pixels", "所有相接像元", "所有相接像元"), {"type": "boolean", "default": False}, least=0,
           description=text("Count every pixel that a polygon touches.", "多邊形接觸到的像元全部計入。", "多边形接触到的像元全部计入。"))),
    (FEATURES_OUTPUT, Output("raster", text("Raster", "柵格", "栅格"), {"type": "object"})),
    run, keywords=("terrain", "statistics"))
