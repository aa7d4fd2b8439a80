"""Operators of floor areas: what spaces state against what they measure, storeys, site coverage and plot ratio."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from bim.areas import AreaClass, Areas, SpaceArea, StoreyArea
from bim.packs.measurement import Measurement, unmeasured
from bim.packs.operators.operator import Operator
from bim.packs.operators.site import Lot, lot_of
from bim.packs.operators.tables import length_in, number_of, rows_of
from bim.packs.places import all_unmeasured, corners_of, key_of, why_unplaced
from bim.packs.subject import Subject
from csdi.errors import ValueInvalid
from csdi.feature import Feature

Rows = Sequence[Feature]
Arguments = Mapping[str, Any]

_ABSOLUTE_M2 = 0.1
_SHARE = 0.01
_NO_SHAPES = "no shapes were made"
_OF = ("gross", "accountable", "usable", "difference")
_LOT = {"layer": "Collection of lots, lots without it",
        "where": "field: value of the lots that count; without it the one under the model",
        "lot_area": "m2, in place of a lot of the layer",
        "area_field": "field of the lots with their area, m2; without it they are measured",
        "limit_field": "field of the lots with what is allowed"}


def _space_area(subject: Subject, rows: Rows, arguments: Arguments) -> Iterator[Measurement]:
    areas = _areas(subject, arguments)
    if areas is None:
        yield from all_unmeasured(rows, _NO_SHAPES)
        return
    absolute, share = (_number(arguments, name, value) for name, value in (("absolute", _ABSOLUTE_M2), ("share", _SHARE)))
    for row in rows:
        found = areas.spaces.get(key_of(row))
        yield unmeasured(key_of(row), "it is no space") if found is None else _of_space(found, absolute, share)


def _of_space(found: SpaceArea, absolute: float, share: float) -> Measurement:
    if found.measured is None or found.stated is None or found.difference is None:
        return unmeasured(found.space, "it has no shape" if found.measured is None else "it states no floor area")
    return Measurement(found.space, abs(found.difference), "m2", limit=max(absolute, share * found.measured), source=found.stated_by,
                       data={"stated_m2": found.stated, "stated_by": found.stated_by, "measured_m2": round(found.measured, 4),
                             "measured_by": found.measured_by})


def _storey_area(subject: Subject, rows: Rows, arguments: Arguments) -> Iterator[Measurement]:
    areas, of = _areas(subject, arguments), str(arguments.get("of", _OF[0]))
    if of not in _OF:
        raise ValueInvalid(f"storey_area: '{of}' is not known", field="measure.of", value=of, remedy=f"one of {', '.join(_OF)}")
    if areas is None:
        yield from all_unmeasured(rows, _NO_SHAPES)
        return
    for row in rows:
        found = areas.storeys.get(key_of(row))
        yield unmeasured(key_of(row), "it is no storey") if found is None else _of_storey(found, of)


def _of_storey(found: StoreyArea, of: str) -> Measurement:
    value = {"gross": found.gross, "accountable": found.accountable, "usable": found.usable,
             "difference": None if found.difference is None else abs(found.difference)}[of]
    if not found.gross_by and of != "usable":
        return unmeasured(found.storey, "it has no walls, spaces or slabs with a shape")
    if value is None:
        return unmeasured(found.storey, "it states no gross floor area")
    return Measurement(found.storey, value, "m2", source=found.stated_by or found.gross_by, data=_told(found))


def _told(found: StoreyArea) -> dict[str, Any]:
    areas = {"gross_m2": found.gross, "accountable_m2": found.accountable, "usable_m2": found.usable, "stated_m2": found.stated}
    return {"storey": found.name, "gross_by": found.gross_by,
            **{name: round(area, 4) for name, area in areas.items() if area is not None},
            "by_class_m2": {kind: round(area, 4) for kind, area in found.by_class.items()}}


def _site_coverage(subject: Subject, rows: Rows, arguments: Arguments) -> Iterator[Measurement]:
    areas = _areas(subject, arguments)
    if areas is None:
        yield unmeasured("", _NO_SHAPES)
        return
    covered = areas.footprint([key_of(row) for row in rows] or None)
    if covered.is_empty:
        yield unmeasured("", "nothing that covers the ground has a shape")
        return
    yield _per_lot(subject, arguments, covered.area, covered, "%", {"covered_m2": round(covered.area, 3)})


def _plot_ratio(subject: Subject, rows: Rows, arguments: Arguments) -> Iterator[Measurement]:
    areas = _areas(subject, arguments)
    if areas is None:
        yield unmeasured("", _NO_SHAPES)
        return
    keys = [key_of(row) for row in rows] or list(areas.storeys)
    storeys = [areas.storeys[key] for key in keys if key in areas.storeys and areas.storeys[key].gross_by]
    if not storeys:
        yield unmeasured("", "no storey has walls, spaces or slabs with a shape")
        return
    total = sum(one.accountable for one in storeys)
    told = {"gross_floor_area_m2": round(total, 3), "storeys": {one.name or one.storey: round(one.accountable, 3) for one in storeys}}
    yield _per_lot(subject, arguments, total, shapely.union_all([one.outline for one in storeys]), "1", told)


def _per_lot(subject: Subject, arguments: Arguments, area: float, outline: BaseGeometry, unit: str, told: dict[str, Any]) -> Measurement:
    """An area over that of the lot, as a share or in per cent."""
    lot_area, lot = number_of(arguments.get("lot_area"), "measure.lot_area"), None
    if lot_area is None:
        found = _lot(subject, arguments)
        if isinstance(found, str):
            return unmeasured("", found)
        lot, lot_area = found, _area_of(found, arguments.get("area_field"))
    if lot_area is None or lot_area <= 0:
        return unmeasured("", "the area of the lot is not known")
    field = arguments.get("limit_field")
    limits = [value for row in (lot.rows if lot else ()) if field and (value := length_in(row, str(field))) is not None]
    return Measurement("", area / lot_area * (100.0 if unit == "%" else 1.0), unit, _place(subject, outline), lot.id if lot else "",
                       limit=min(limits, default=None), source=lot.source if lot else "lot area of the rule",
                       data={"lot_area_m2": round(lot_area, 3), **told})


def _lot(subject: Subject, arguments: Arguments) -> Lot | str:
    if why := why_unplaced(subject):
        return why
    keys = [str(row.properties["global_id"]) for row in subject.tables.elements if row.properties.get("storey")]
    return lot_of(subject, corners_of(subject, keys), {"layer": arguments.get("layer", "lots"), "where": arguments.get("where")})


def _area_of(lot: Lot, field: Any) -> float | None:
    """As its features state it, else as it is measured on the grid."""
    if not field:
        return float(lot.shape.area)
    stated = [length_in(row, str(field)) for row in lot.rows]
    return sum(value for value in stated if value is not None) if all(value is not None for value in stated) else None


def _areas(subject: Subject, arguments: Arguments) -> Areas | None:
    if subject.shapes is None or subject.space_shapes is None:
        return None
    return Areas(subject.tables, subject.shapes, subject.space_shapes, tuple(AreaClass.of(row) for row in rows_of(arguments, "classes")))


def _number(arguments: Arguments, name: str, default: float) -> float:
    value = number_of(arguments.get(name), f"measure.{name}")
    return default if value is None else value


def _place(subject: Subject, outline: BaseGeometry) -> tuple[float, float, float] | None:
    if subject.georeference is None or not subject.is_on_grid:
        return None
    inside = shapely.point_on_surface(outline)
    east, north, height = subject.georeference.to_crs(np.array([[inside.x, inside.y, 0.0]]))[0].tolist()
    return east, north, height


_CLASSES = {"classes": "table of area classes: field, like, class (accountable or not), usable"}

AREA_OPERATORS = (
    Operator("space_area", _space_area, "Difference between the floor area that each space states and that of its shape.",
             {"absolute": f"m2 that are allowed, {_ABSOLUTE_M2} without it", "share": f"of the area that is allowed, {_SHARE} without it; "
              "the larger of both is the limit"}, unit="m2", stage="geometry"),
    Operator("storey_area", _storey_area, "Floor area of each storey, to the outside of its walls.",
             {"of": f"{', '.join(_OF)} (between stated and measured); gross without it", **_CLASSES}, unit="m2", stage="geometry"),
    Operator("site_coverage", _site_coverage, "What the model, or the selected elements, cover of their lot, in per cent.", _LOT, unit="%",
             stage="gis"),
    Operator("plot_ratio", _plot_ratio, "Accountable floor area of all storeys, or the selected ones, over the area of the lot.",
             {**_LOT, **_CLASSES}, unit="1", stage="gis"),
)
