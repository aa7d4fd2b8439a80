"""Operators of shapes: whether they are valid, and whether elements clash, come too near each other or stand twice at one place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from bim.clash import HARD_M, SAME_M, Clash, Clashes, Limits, Member, Neighbours, Scene, Side, Test, find_clashes
from bim.footprints import content_box
from bim.packs.measurement import Measurement, unmeasured
from bim.packs.operators.operator import Operator
from bim.packs.operators.tables import number_of
from bim.packs.places import all_unmeasured, key_of, why_unplaced, without_shape
from bim.packs.subject import Subject
from bim.validity import FAULTS, Validity, validities
from csdi.errors import ValueInvalid
from csdi.extent import BBox
from csdi.feature import Feature

Rows = Sequence[Feature]
Arguments = Mapping[str, Any]

_OWN = "this model"
_GRAVE = ("empty", "open", "self-intersecting", "inverted", "zero-volume", "far")
_SECONDS = 120.0
_NO_SHAPES = "no shapes were made"


def _valid_shape(subject: Subject, rows: Rows, arguments: Arguments) -> Iterator[Measurement]:
    wanted = tuple(arguments.get("faults") or _GRAVE)
    if unknown := sorted(set(wanted) - set(FAULTS)):
        raise ValueInvalid(f"valid_shape: '{unknown[0]}' is no fault", field="measure.faults", value=unknown[0],
                           remedy=f"one of {', '.join(FAULTS)}")
    if subject.shapes is None:
        yield from all_unmeasured(rows, _NO_SHAPES)
        return
    keys = [key_of(row) for row in rows]
    found = validities(subject.shapes.part(set(keys)))
    yield from without_shape([key_of(row) for row in rows if not row.properties.get("parts")], found)
    for key in keys:
        if key in found:
            yield _validity(subject, found[key], wanted)


def _validity(subject: Subject, found: Validity, wanted: Sequence[str]) -> Measurement:
    faults = [fault for fault in found.faults if fault in wanted]
    if not faults and "self-intersecting" in wanted and any(item.crossings is None for item in found.items):
        return unmeasured(found.element, "it has too many triangles near each other to find whether it crosses itself")
    return Measurement(found.element, ", ".join(faults) or "valid", place=_place(subject, found.centre), data=found.to_dict())


def _clash(subject: Subject, rows: Rows, arguments: Arguments) -> Iterator[Measurement]:
    limit = _length(arguments, "tolerance", HARD_M)
    yield from _compared(subject, rows, arguments, "hard", limit)


def _clearance(subject: Subject, rows: Rows, arguments: Arguments) -> Iterator[Measurement]:
    yield from _compared(subject, rows, arguments, "clearance", _length(arguments, "distance", 0.0))


def _duplicate(subject: Subject, rows: Rows, arguments: Arguments) -> Iterator[Measurement]:
    """How many others there are of each."""
    times: Counter[str] = Counter()
    for one in _compared(subject, rows, arguments, "duplicate", _length(arguments, "tolerance", SAME_M)):
        if one.unknown or not one.other:
            yield one
        else:
            times[one.element] += 1
            yield Measurement(one.element, 1, "1", one.place, one.other, data=one.data)


def _compared(subject: Subject, rows: Rows, arguments: Arguments, kind: Any, limit_m: float) -> Iterator[Measurement]:
    """One measurement of each clash, on the selected element of the two; and one of each selected element that has none."""
    own = _own(subject)
    members = [own] if own is None or not arguments.get("neighbours") else _with_neighbours(subject, own, limit_m)
    if isinstance(members, str) or own is None:
        yield from all_unmeasured(rows, members if isinstance(members, str) else _NO_SHAPES)
        return
    chosen = _with_parts(subject, rows)
    test = Test(kind, limit_m, Side(models=(_OWN,), elements=chosen), Side(_classes(arguments)), bool(arguments.get("neighbours")))
    scene = Scene([one for one in members if one is not None])
    result = find_clashes(scene, [test], limits=Limits(seconds=_length(arguments, "seconds", _SECONDS)))
    yield from without_shape([key_of(row) for row in rows if not row.properties.get("parts")], {body.element for body in scene.bodies})
    yield from _told(subject, rows, result, chosen, 0.0 if kind != "clearance" else limit_m)


def _told(subject: Subject, rows: Rows, result: Clashes, chosen: frozenset[str], none: float) -> Iterator[Measurement]:
    clashing: set[str] = set()
    for clash in result.found:
        yield _measured(subject, clash, chosen)
        clashing.update((clash.a, clash.b))
    for pair in result.unmeasured:
        key, other = (pair.a, pair.b) if pair.a in chosen else (pair.b, pair.a)
        yield unmeasured(key, f"with {other}: {pair.why}")
        clashing.add(key)
    have = {placement.element for placement in subject.shapes.placements} if subject.shapes is not None else set()
    for row in rows:
        if key_of(row) in have - clashing:
            yield Measurement(key_of(row), none, "m", limit=none or None)


def _measured(subject: Subject, clash: Clash, chosen: frozenset[str]) -> Measurement:
    is_first = clash.a in chosen and clash.model_a == _OWN
    key, other, model = (clash.a, clash.b, clash.model_b) if is_first else (clash.b, clash.a, clash.model_a)
    value = clash.depth_m if clash.distance_m is None else clash.distance_m
    data = {name: value for name, value in clash.to_dict().items() if name in ("id", "kind", "group", "volume_m3", "by")}
    data["clash"] = data.pop("id")
    limit = clash.limit_m if clash.kind == "clearance" else None
    return Measurement(key, value or 0.0, "m", _place(subject, clash.point), other, limit=limit,
                       data={**data, **({"other_model": model} if model != _OWN else {})})


def _own(subject: Subject) -> Member | None:
    if subject.shapes is None:
        return None
    return Member.of(_OWN, subject.shapes, subject.tables.elements, subject.georeference)


def _with_neighbours(subject: Subject, own: Member, reach_m: float) -> list[Member | None] | str:
    """The model and those accepted around it; or why there are none."""
    if why := why_unplaced(subject):
        return why
    if not isinstance(subject.ground, Neighbours):
        return "the site gives no models that were accepted"
    box = content_box(own.shapes)
    if box is None or subject.georeference is None:
        return _NO_SHAPES
    x, y, z = box.T
    corners = subject.georeference.to_crs(np.array([[i, j, k] for i in x for j in y for k in z]))
    low, high = corners.min(axis=0) - reach_m, corners.max(axis=0) + reach_m
    return [own, *subject.ground.neighbours(BBox(float(low[0]), float(low[1]), float(high[0]), float(high[1]), crs="EPSG:2326"))]


def _with_parts(subject: Subject, rows: Rows) -> frozenset[str]:
    """The selected elements, and the parts of those that are wholes."""
    found: set[str] = set()
    left = [key_of(row) for row in rows]
    while left:
        key = left.pop()
        if key not in found:
            found.add(key)
            row = subject.rows.get(key)
            left += [str(part) for part in (row.properties.get("parts") or ())] if row is not None else []
    return frozenset(found)


def _classes(arguments: Arguments) -> tuple[str, ...]:
    given = arguments.get("against") or ()
    return (given,) if isinstance(given, str) else tuple(map(str, given))


def _length(arguments: Arguments, name: str, default: float) -> float:
    value = number_of(arguments.get(name), f"measure.{name}")
    return default if value is None else value


def _place(subject: Subject, point: tuple[float, float, float]) -> tuple[float, float, float] | None:
    if subject.georeference is None or not subject.is_on_grid:
        return None
    east, north, height = subject.georeference.to_crs(np.array([point]))[0].tolist()
    return east, north, height


_AGAINST = {"against": "IFC classes with wildcards of the others; all without it",
            "neighbours": "true: against the accepted models around, not inside the model", "seconds": "time limit, 120 without it"}

GEOMETRY_OPERATORS = (
    Operator("valid_shape", _valid_shape, "What is wrong with the shape of each object, or `valid`.",
             {"faults": f"only these of {', '.join(FAULTS)}; without it {', '.join(_GRAVE)}"}, stage="geometry"),
    Operator("clash", _clash, "How deep each object reaches into others that it has nothing to do with; 0 where it does not.",
             {"tolerance": f"thickness in m up to which it only touches, {HARD_M} without it", **_AGAINST}, unit="m", stage="geometry"),
    Operator("clearance_between", _clearance, "The distance to others that are nearer than asked; that distance where none is.",
             {"distance": "that is asked for, m", **_AGAINST}, ("distance",), "m", "geometry"),
    Operator("duplicate", _duplicate, "1 for each other that has the same shape at the same place, 0 where there is none.",
             {"tolerance": f"how far corners may lie apart, m, {SAME_M} without it", **_AGAINST}, unit="1", stage="geometry"),
)
