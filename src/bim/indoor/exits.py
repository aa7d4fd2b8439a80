"""Exits: which doors of a model lead to safety."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bim.indoor.graph import Gate
from csdi.feature import Feature

_ONE_LEVEL_M = 1.2
"""Doors that lead outside, and lie no higher than this over the lowest of them, are taken to lead to the street."""


def exits_of(doors: Mapping[str, Gate], rows: Mapping[str, Feature]) -> tuple[list[str], str]:
    """Keys of the doors that are exits, and by what they were found: fire exits, else doors that lead outside on the lowest level.

    Args:
        rows: GlobalId -> row of the doors.
    """
    said = {key: _door_common(rows.get(key)) for key in doors}
    marked = [key for key, one in said.items() if one.get("FireExit") is True]
    if marked:
        return marked, "doors that are fire exits"
    external = {key for key, one in said.items() if one.get("IsExternal") is True} \
        or {key for key, one in said.items() if one.get("IsExternal") is None}
    outer = {key: gate.sides[0][1][2] for key, gate in doors.items() if len(gate.sides) == 1 and key in external}
    lowest = min(outer.values(), default=0.0)
    return [key for key, level in outer.items() if level <= lowest + _ONE_LEVEL_M], "doors that lead outside on the lowest level"


def _door_common(row: Feature | None) -> Mapping[str, Any]:
    return dict((row.properties.get("psets") or {}).get("Pset_DoorCommon") or {}) if row is not None else {}
