"""Collection: a named set of Features with one Schema and a storage CRS, and its description for people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from csdi.errors import ValueInvalid
from csdi.extent import Extent
from csdi.feature import Schema

COLLECTION_ID = re.compile(r"^[a-z][a-z0-9_-]{0,62}$")

Text = Mapping[str, str]
"""Text for people by language tag: `en`, `zh-Hant`, `zh-Hans`."""

_OTHER_SCRIPT = {"zh-Hant": "zh-Hans", "zh-Hans": "zh-Hant"}


class Kind(StrEnum):
    """What a Collection is for."""

    LAYER = "layer"
    """A GIS vector layer."""
    COVERAGE = "coverage"
    """A raster layer: each Feature is the footprint of one raster, its bytes a blob (property `blob`)."""
    BIM = "bim"
    """Parts of building models: elements, spaces, storeys, models."""
    CATALOGUE = "catalogue"
    """Records: descriptions of the other Collections and of data elsewhere."""
    SYSTEM = "system"
    """Kept by the server for itself: not listed to the public."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a Collection's Features.

    Attributes:
        version: of the Collection after it.
        at: when; together with the version it tells this Collection from another one of the same name before it.
        area: box around all Features that came, went or were changed, as they were before and as they are after: minx, miny,
            maxx, maxy in the storage CRS, x = east or longitude first; None when none of them has a place.
    """

    version: int
    at: datetime
    area: tuple[float, float, float, float] | None


@dataclass(frozen=True, slots=True)
class Collection:
    """What is known of a set of Features besides the Features.

    Attributes:
        id: 1 to 63 characters of a-z, 0-9, _ and -, starting with a letter.
        storage_crs: code of the CRS that geometries are kept in, unchanged: `EPSG:2326`, `EPSG:2326+5738`, `OGC:CRS84`.
        vertical_crs: code of the height datum of z values or of `Schema.levels`, "" when there are no heights.
        extent: in CRS84; kept up to date by the store.
        version: grows with every change of the Features; kept by the store.
        changes: the latest changes without a gap, the last one that of `version`; kept by the store.
        details: particulars by kind: raster band names, model file digest, ...
    """

    id: str
    title: Text
    schema: Schema
    storage_crs: str = "OGC:CRS84"
    vertical_crs: str = ""
    kind: Kind = Kind.LAYER
    description: Text = field(default_factory=dict)
    keywords: tuple[str, ...] = ()
    licence: str = ""
    attribution: str = ""
    provenance: Mapping[str, Any] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    extent: Extent = field(default_factory=Extent)
    public: bool = True
    version: int = 0
    count: int = 0
    updated: datetime | None = None
    changes: tuple[Change, ...] = ()

    def __post_init__(self) -> None:
        if not COLLECTION_ID.match(self.id):
            raise ValueInvalid(f"'{self.id}' cannot be a collection id", field="id", value=self.id,
                               remedy="1 to 63 characters of a-z, 0-9, _ and -, starting with a letter")

    def title_in(self, language: str) -> str:
        """The title in the language, else in English, else in any, else the id."""
        return say(self.title, language) or self.id


def say(text: Text, language: str) -> str:
    """The text in the language; else, for Chinese, in its other script; else in English; else in any language there is; else ''."""
    other = _OTHER_SCRIPT.get(language, "en")
    return text.get(language) or text.get(other) or text.get("en") or next((words for words in text.values() if words), "")
