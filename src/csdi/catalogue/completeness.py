"""Completeness: how much of what a Record should say it says, from 0 to 100, and what is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from csdi.catalogue.language import LANGUAGES
from csdi.catalogue.record import Record
from csdi.crs import needs_epoch

WEIGHTS: Mapping[str, int] = {
    "title": 12, "description": 12, "keywords": 8, "licence": 10, "contacts": 10, "lineage": 8, "quality": 8,
    "update_frequency": 6, "extent.bbox": 8, "extent.time": 4, "crs": 6, "height_datum": 4, "epoch": 4,
}
"""What each part counts; together 100. A part that does not apply is left out, and the others are scaled up to 100."""

IN_LANGUAGES = ("title", "description", "keywords", "lineage", "quality")
"""Parts that count a third for each language."""


@dataclass(frozen=True, slots=True)
class Completeness:
    """How complete a Record is.

    Attributes:
        score: 0 to 100.
        missing: the parts that would raise it: `contacts`, `title.zh-Hant`.
    """

    score: int
    missing: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {"score": self.score, "missing": list(self.missing)}


def assess(record: Record) -> Completeness:
    """The completeness of a Record.

    >>> assess(Record("roads", title={"en": "Roads"})).score
    4
    """
    got, due, missing = 0.0, 0, list[str]()
    for part, weight in WEIGHTS.items():
        if not _APPLIES.get(part, _always)(record):
            continue
        due += weight
        if part in IN_LANGUAGES:
            text = getattr(record, part)
            lacking = [tag for tag in LANGUAGES if not text.get(tag)]
            missing += [part] if len(lacking) == len(LANGUAGES) else [f"{part}.{tag}" for tag in lacking]
            got += weight * (1 - len(lacking) / len(LANGUAGES))
        elif _THERE[part](record):
            got += weight
        else:
            missing.append(part)
    return Completeness(round(100 * got / due), tuple(missing))


def _always(record: Record) -> bool:  # noqa: ARG001
    return True


def _epoch_applies(record: Record) -> bool:
    return record.epoch is not None or bool(record.crs and needs_epoch(record.crs))


def _heights_apply(record: Record) -> bool:
    return bool(record.height_datum) or (record.bbox is not None and record.bbox.is_3d)


_APPLIES: Mapping[str, Callable[[Record], bool]] = {"epoch": _epoch_applies, "height_datum": _heights_apply}
_THERE: Mapping[str, Callable[[Record], bool]] = {
    "licence": lambda r: bool(r.licence),
    "contacts": lambda r: any(c.email or c.phone or c.url or c.organisation or c.name for c in r.contacts),
    "update_frequency": lambda r: bool(r.update_frequency),
    "extent.bbox": lambda r: r.bbox is not None,
    "extent.time": lambda r: r.interval is not None,
    "crs": lambda r: bool(r.crs),
    "height_datum": lambda r: bool(r.height_datum),
    "epoch": lambda r: r.epoch is not None,
}
