"""CRSs that a file or layer has in its name, against the one that it is labelled with."""

from __future__ import annotations

import re

from csdi.crs import crs
from csdi.errors import CrsError
from csdi.finding import Finding

_WORDS = (
    (re.compile(r"(?<![a-z])(?:wgs ?_?84|crs84)(?![a-z0-9])", re.IGNORECASE), "EPSG:4326"),
    (re.compile(r"(?<![a-z])hk ?_?(?:19)?80(?:_?grid)?(?![a-z0-9])|香港1980", re.IGNORECASE), "EPSG:2326"),
    (re.compile(r"(?<![a-z])(?:web_?mercator|3857)(?![a-z0-9])", re.IGNORECASE), "EPSG:3857"),
    (re.compile(r"(?<![a-z])cgcs ?_?2000(?![a-z0-9])", re.IGNORECASE), "EPSG:4490"),
)
_CODE = re.compile(r"(?:^|[_\s.-])(?:epsg[_:\s-]?)?(\d{4,5})(?=$|[_\s.-])", re.IGNORECASE)
_YEAR = re.compile(r"(?:19|20)\d\d")
_SAME = ({"EPSG:4326", "OGC:CRS84", "EPSG:4979", "OGC:CRS84h"}, {"EPSG:2326", "EPSG:4611"})


def named_crs(name: str) -> str:
    """The CRS that a name of a file or layer ends in or contains, "" if none: `parks_4326`, `lots HK80`.

    >>> named_crs("parks_4326"), named_crs("roads_WGS84"), named_crs("survey_2019"), named_crs("lots.hk80grid")
    ('EPSG:4326', 'EPSG:4326', '', 'EPSG:2326')
    """
    for pattern, code in _WORDS:
        if pattern.search(name):
            return code
    for number in reversed(_CODE.findall(name)):
        if _YEAR.fullmatch(number) and number not in ("2056",):
            continue
        try:
            return crs(f"EPSG:{number}").code if not crs(f"EPSG:{number}").is_vertical else ""
        except CrsError:
            continue
    return ""


def name_findings(name: str, code: str) -> list[Finding]:
    """One Finding when the name says another CRS than the label."""
    said = named_crs(name)
    if not said or said == code or any({said, code} <= same for same in _SAME):
        return []
    return [
        Finding(
            "crs-name-contradicts",
            "warning",
            f"the name says {said}, the file says {code}; the file was believed",
            name,
            said,
            code,
            f"rename it, or name the right CRS: --crs {said}",
        )
    ]
