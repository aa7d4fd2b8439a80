"""CoverageJSON 1.0: grids and points with their values, parameters with unit and datum, and what coordinates refer to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from csdi.coverages.coverage import HKPD, RangeField
from csdi.coverages.frame import Frame
from csdi.crs import CRS, crs
from csdi.formats.pixels import Pixels

Json = dict[str, Any]
MEDIA = "application/prs.coverage+json"
UCUM = "http://www.opengis.net/def/uom/UCUM/"
_HKPD = {"en": "Height above Hong Kong Principal Datum, metres (mPD, EPSG:5738)", "zh-Hant": "香港主水平基準以上高程，米（mPD，EPSG:5738）",
         "zh-Hans": "香港主水平基准以上高程，米（mPD，EPSG:5738）"}
_HEIGHT = {"en": "Height", "zh-Hant": "高程", "zh-Hans": "高程"}
_METRE = {"en": "metre", "zh-Hant": "米", "zh-Hans": "米"}
_MPD = {"en": "metre above Hong Kong Principal Datum", "zh-Hant": "香港主水平基準以上米", "zh-Hans": "香港主水平基准以上米"}


def parameters(fields: Sequence[RangeField]) -> Json:
    """The fields as CoverageJSON parameters by name, which EDR's `parameter_names` are too."""
    return {one.name: parameter(one) for one in fields}


def parameter(one: RangeField) -> Json:
    """One field: what is observed, in which unit, and above which datum."""
    heights = bool(one.datum)
    body: Json = {"type": "Parameter", "id": one.name, "description": description(one),
                  "observedProperty": {"label": dict(_HEIGHT) if heights else {"en": one.title}}}
    if one.unit:
        body["unit"] = {"label": _MPD if one.datum == HKPD else _METRE if one.unit == "m" else {"en": one.unit},
                        "symbol": {"value": "m", "type": UCUM} if one.unit in ("m", "mPD") else one.unit}
    return body


def description(one: RangeField) -> dict[str, str]:
    """What a field is, by language."""
    if one.datum == HKPD:
        return dict(_HKPD)
    return {"en": f"Height above {crs(one.datum).name} ({one.datum}), {one.unit}" if one.datum else one.title}


def grid(frame: Frame, fields: Sequence[RangeField], pixels: Pixels) -> Json:
    """A coverage of a grid, rows from the north."""
    axes = {"x": _steps(frame.x), "y": _steps(frame.y)}
    ranges = {one.name: _range(pixels.values[i], pixels.known[i], ["y", "x"]) for i, one in enumerate(fields)}
    return _coverage(_domain("Grid", axes, frame.crs), fields, ranges)


def point(xy: NDArray[np.float64], reference: CRS, fields: Sequence[RangeField], values: NDArray[np.float64]) -> Json:
    """A coverage of one point: (2,) x and y, (fields,) values, NaN where none is known."""
    axes = {"x": {"values": [float(xy[0])]}, "y": {"values": [float(xy[1])]}}
    ranges = {one.name: _range(values[i:i + 1], None, []) for i, one in enumerate(fields)}
    return _coverage(_domain("Point", axes, reference), fields, ranges)


def points(xy: NDArray[np.float64], reference: CRS, fields: Sequence[RangeField], values: NDArray[np.float64], *,
           times: Sequence[str] | None = None) -> Json:
    """A coverage of (n, 2) points with (fields, n) values: a trajectory where there are times, else a set of points."""
    named = ["x", "y"] if times is None else ["t", "x", "y"]
    tuples = xy.tolist() if times is None else [[time, *place] for time, place in zip(times, xy.tolist(), strict=True)]
    axes = {"composite": {"dataType": "tuple", "coordinates": named, "values": tuples}}
    domain = _domain("MultiPoint" if times is None else "Trajectory", axes, reference)
    if times is not None:
        domain["referencing"].append({"coordinates": ["t"], "system": {"type": "TemporalRS", "calendar": "Gregorian"}})
    return _coverage(domain, fields, {one.name: _range(values[i], None, ["composite"]) for i, one in enumerate(fields)})


def numbers(values: NDArray[Any], known: NDArray[np.bool_] | None = None) -> NDArray[Any] | list[Any]:
    """Values in one row, ready for JSON: NaN, which JSON writes as null, or None where nothing is known."""
    flat = np.ascontiguousarray(values).ravel()
    flat = np.round(flat, 6) if flat.dtype == np.float64 else flat
    there = np.ones(flat.shape, bool) if known is None else known.ravel()
    if there.all():
        return flat
    if flat.dtype.kind == "f":
        return np.where(there, flat, np.asarray(np.nan, flat.dtype))
    return [value if is_known else None for value, is_known in zip(flat.tolist(), there.tolist(), strict=True)]


def encoded(document: Json) -> bytes:
    """A document with arrays in it as JSON."""
    return orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)


def _steps(axis: NDArray[np.float64]) -> Json:
    if len(axis) == 1:
        return {"values": [float(axis[0])]}
    return {"start": float(axis[0]), "stop": float(axis[-1]), "num": len(axis)}


def _domain(kind: str, axes: Mapping[str, Json], reference: CRS) -> Json:
    """x is east or longitude; the system's own order of axes is that of `coordinates`."""
    order = ["y", "x"] if reference.axis_order_authority == "ne" else ["x", "y"]
    system: Json = {"type": "GeographicCRS" if reference.is_geographic else "ProjectedCRS"}
    system |= {"id": reference.uri} if reference.uri else {"wkt": reference.wkt}
    return {"type": "Domain", "domainType": kind, "axes": dict(axes), "referencing": [{"coordinates": order, "system": system}]}


def _range(values: NDArray[Any], known: NDArray[np.bool_] | None, names: list[str]) -> Json:
    body: Json = {"type": "NdArray", "dataType": "integer" if values.dtype.kind in "iu" else "float"}
    return body | ({"axisNames": names, "shape": list(values.shape)} if names else {}) | {"values": numbers(values, known)}


def _coverage(domain: Json, fields: Sequence[RangeField], ranges: Json) -> Json:
    return {"type": "Coverage", "domain": domain, "parameters": parameters(fields), "ranges": ranges}
