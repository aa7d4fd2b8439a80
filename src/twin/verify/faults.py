"""Faults of tilesets: one code for each kind, the same whether a document or a file is to blame."""

from __future__ import annotations

from typing import Literal

from csdi.finding import Finding

ERRORS_GROW = "TIL-101"
OUT_OF_PARENT = "TIL-102"
UNREADABLE = "TIL-103"
NOT_FINITE = "TIL-104"
OUT_OF_VOLUME = "TIL-105"
INDEX_OUT_OF_RANGE = "TIL-106"
ROWS_DIFFER = "TIL-107"
NOT_THERE = "TIL-108"
AVAILABILITY = "TIL-109"
GROUPS = "TIL-110"
FEATURE_OUT_OF_RANGE = "TIL-111"
NOT_A_TILE = "TIL-112"
ROW_TWICE = "TIL-113"
NOT_DRAWN = "TIL-201"
NO_SUCH_ROW = "TIL-202"
MISPLACED = "TIL-203"
TABLE_DIFFERS = "TIL-204"
STOREY_DIFFERS = "TIL-205"
COUNTS_DIFFER = "TIL-206"
COARSE = "TIL-207"

_CURE = "build the tileset again: `csdi twin build`"


def fault(code: str, subject: str, message: str, measured: object = "", expected: object = "", *,
          severity: Literal["error", "warning"] = "error") -> Finding:
    """A Finding on a tileset; `subject` is a file or a Feature."""
    return Finding(code, severity, message, subject=subject, measured=str(measured), expected=str(expected), cure=_CURE)
