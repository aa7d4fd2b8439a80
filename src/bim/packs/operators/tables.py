"""Numbers and tables among the arguments of operators, and the features that they choose."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from csdi.errors import ValueInvalid
from csdi.feature import Feature


def number_of(value: Any, field: str) -> float | None:
    """A number, or text that is one; None for nothing.

    Raises:
        ValueInvalid: it is neither.
    """
    if value is None or value == "":
        return None
    try:
        found = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        found = math.nan
    if math.isnan(found):
        raise ValueInvalid(f"{field}: '{value}' is no number", field=field, value=str(value))
    return found


def length_in(row: Feature, field: str) -> float | None:
    """A number among the properties of a feature; None where it has none there."""
    try:
        return number_of(row.properties.get(field), field)
    except ValueInvalid:
        return None


def rows_of(arguments: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    """The rows of a table among the arguments; none where it is not given.

    Raises:
        ValueInvalid: it is no table.
    """
    given = arguments.get(name) or ()
    if isinstance(given, (str, Mapping)) or not all(isinstance(row, Mapping) for row in given):
        raise ValueInvalid(f"{name}: a table is needed: a list of rows, or the name of one of the pack", field=name,
                           remedy=f"{name}: {{table: NAME}}, with tables/NAME.csv in the pack")
    return tuple(given)


def matching(features: Sequence[Feature], where: Mapping[str, Any] | None) -> list[Feature]:
    """The features whose fields have one of the values that `where` gives for each; all without it."""
    def fits(row: Feature) -> bool:
        return all(str(row.properties.get(name)) in _texts(values) for name, values in (where or {}).items())

    return [row for row in features if fits(row)]


def _texts(values: Any) -> set[str]:
    return {str(one) for one in values} if isinstance(values, (list, tuple)) else {str(values)}
