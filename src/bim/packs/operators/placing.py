"""Operators of the place of a model: its CRS, heights, the numbers of its map conversion, and whether its carriers agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from bim.georeference import Georeference
from bim.packs.measurement import Measurement
from bim.packs.operators.operator import Operator
from bim.packs.subject import Subject
from csdi.errors import ValueInvalid
from csdi.feature import Feature

Read = Callable[[Georeference], float | str | None]


def _number(at: int) -> Read:
    """Easting, northing or height of the model's origin; nothing where it has no place."""
    return lambda place: float(place.affine[at, 3]) if place.placed else None


def _faults(place: Georeference) -> float | None:
    return sum(one.severity == "error" for one in place.findings)


_FIELDS: Mapping[str, tuple[Read, str]] = {
    "crs": (lambda place: place.crs or None, ""),
    "vertical_crs": (lambda place: (place.vertical_crs or None) if place.placed else None, ""),
    "method": (lambda place: place.method or None, ""),
    "easting": (_number(0), "m"), "northing": (_number(1), "m"), "height": (_number(2), "m"),
    "faults": (_faults, "1"),
}


def _georeference(subject: Subject, _rows: Sequence[Feature], arguments: Mapping[str, Any]) -> Iterator[Measurement]:
    name = str(arguments["field"])
    if name not in _FIELDS:
        raise ValueInvalid(f"georeference: '{name}' is not known", field="measure.field", value=name, remedy=f"one of {', '.join(_FIELDS)}")
    read, unit = _FIELDS[name]
    place = subject.georeference
    if place is None:
        yield Measurement("", None, unit, unknown="the place of the model was not asked for")
        return
    said = [f"{one.code}: {one.message}" for one in place.findings if one.severity == "error"] if name == "faults" else []
    yield Measurement("", read(place), unit, data={"faults": said} if said else {})


PLACING_OPERATORS = (
    Operator("georeference", _georeference, "Where the model lies, as a whole: one value.",
             {"field": "crs, vertical_crs, method, faults (how many of its particulars contradict each other or the standard), or "
                       "easting, northing, height of the model's origin in that CRS"}, ("field",)),
)
