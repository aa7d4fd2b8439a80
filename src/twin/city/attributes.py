"""Attributes as tables of buildings have them: lengths with units and commas, lists of a program written as text."""

from __future__ import annotations

import re
from typing import Any

FOOT_M = 0.3048
_UNITS = ((re.compile(r"m|metres?|meters?|m\.?\s*p\.?d\.?|m\s*hkpd|米|公尺|公呎"), 1.0), (re.compile(r"ft|feet|foot|'|′|呎|英尺"), FOOT_M))
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?")
_LENGTH = re.compile(r"([-+]?(?:\d[\d,]*(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?)\s*(\D{0,20})")
_FEET_AND_INCHES = re.compile(r"(\d+)\s*(?:'|′|ft)\s*(\d+(?:\.\d+)?)\s*(?:\"|″|in)")
_ITEM = re.compile(r"""'([^']*)'|"([^"]*)"|(?:np\.)?[a-z]{1,12}\d{0,3}\(([^()]{0,60})\)|([-+.\deE]+|None|null|nan)""")
_LONGEST = 60
_NOTHING = {"", "none", "null", "nan"}


def lengths(value: Any, factor: float) -> list[float]:
    """The lengths that a value states, metres; none for words, truth values and nothing.

    Args:
        value: a number, text such as `20`, `1,234.5`, `20,5`, `20 mPD` or `66 ft`, or a list of such, also one that was written as text.
        factor: metres for one unit, where the value names none.
    """
    if isinstance(value, bool) or value is None:
        return []
    if isinstance(value, int | float):
        return [value * factor]
    return [found for item in items(value) if (found := _length(item, factor)) is not None]


def items(value: Any) -> list[str]:
    """The texts of a value: of each item where it is a list, or text that is one, such as `['T' 'P']` or `[np.float64(34.0)]`."""
    if isinstance(value, list | tuple):
        return [text for one in value for text in items(one)]
    text = "" if value is None else str(value).strip()
    if text.startswith("[") and text.endswith("]") and not _ITEM.sub("", text[1:-1]).strip(" \t\r\n,"):
        found = ["".join(one).strip() for one in _ITEM.findall(text)]
        return [one for one in found if one.casefold() not in _NOTHING]
    return [text] if text else []


def _length(text: str, factor: float) -> float | None:
    plain = text.strip().casefold()[:_LONGEST]
    if both := _FEET_AND_INCHES.fullmatch(plain):
        return (float(both[1]) + float(both[2]) / 12) * FOOT_M
    found = _LENGTH.fullmatch(plain)
    if not found:
        return None
    unit = found[2].strip()
    metres = factor if not unit else next((each for names, each in _UNITS if names.fullmatch(unit)), None)
    digits = found[1].replace(",", "") if _THOUSANDS.fullmatch(found[1]) else found[1].replace(",", ".")
    try:
        return None if metres is None else float(digits) * metres
    except ValueError:
        return None
