"""Sources: a catalogue elsewhere, how it is spoken to, and what was found in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from csdi.catalogue.reading.cleaning import plain_text
from csdi.errors import ValueInvalid
from csdi.finding import Finding

KINDS = ("records", "csw", "ckan", "dcat", "iso19139")
"""How a catalogue is spoken to: OGC API - Records, CSW 2.0.2, CKAN, a DCAT document or an ISO 19139 one."""
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


@dataclass(frozen=True, slots=True)
class Source:
    """A catalogue elsewhere.

    Attributes:
        id: 1 to 60 characters of a-z, 0-9 and -.
        url: its address, or the path of a file.
        kind: one of KINDS; "" for not known yet.
        limit: Records that are taken at most.
        every_s: after how many seconds it is harvested again, 0 for never by itself.
    """

    id: str
    url: str
    kind: str
    limit: int = 100_000
    every_s: int = 0

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ValueInvalid(f"'{self.id}' cannot be the id of a source", field="id", value=self.id,
                               remedy="1 to 60 characters of a-z, 0-9 and -")
        if self.kind and self.kind not in KINDS:
            raise ValueInvalid(f"there is no kind of source '{self.kind}'", field="kind", value=self.kind,
                               remedy=f"one of {', '.join(KINDS)}")
        if self.limit < 1 or self.every_s < 0:
            raise ValueInvalid("a source gives one record or more, and the time between two harvests is not negative",
                               field="limit" if self.limit < 1 else "every")


@dataclass(frozen=True, slots=True)
class Found:
    """One description in a source.

    Attributes:
        identifier: what it is called there.
        parts: the parts of a Record, not yet judged.
        url: where it is there, "" when it has no place of its own.
    """

    identifier: str
    parts: Mapping[str, Any]
    url: str = ""


@dataclass(slots=True)
class Watch:
    """What a reader of a source tells on the way.

    Attributes:
        complete: everything in the source was seen; only then is what is missing there gone.
        total: how many Records the source says it has, 0 when it does not say.
    """

    findings: list[Finding] = field(default_factory=list)
    complete: bool = True
    total: int = 0

    def miss(self, message: str, subject: str, cure: str = "") -> None:
        """Something could not be read; the harvest is not complete."""
        self.complete = False
        self.findings.append(Finding("harvest-incomplete", "warning", plain_text(message, 500), plain_text(subject, 500), cure=cure))


def source_id(url: str) -> str:
    """An id for a source, from its address.

    >>> source_id("https://data.gov.hk/en-data/api/3/action/package_search"), source_id("C:/data/catalogue.jsonld")
    ('data-gov-hk-en-data', 'catalogue')
    """
    file = re.split(r"[\\/]", url)[-1]
    plain = re.sub(r"^https?://(www\.)?", "", url) if "://" in url else file.rpartition(".")[0] or file
    plain = re.sub(r"(/api/3/action/\w+|/api/3|/csw|/ogc|/collections|/items|\?.*)+/?$", "", plain)
    return re.sub(r"[^a-z0-9]+", "-", plain.casefold()).strip("-")[:60] or "source"
