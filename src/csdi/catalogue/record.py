"""Record: what is known of a Collection, or of data elsewhere, so that people find it and may use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from csdi.catalogue.codes import REFERENCE_NAMES
from csdi.catalogue.language import LANGUAGES
from csdi.collection import Text, say
from csdi.crs import crs
from csdi.errors import CrsError
from csdi.extent import BBox, Interval

Words = Mapping[str, tuple[str, ...]]
"""Single words by language tag."""


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody who answers for the data; it has at least a name or an organisation.

    Attributes:
        role: a CI_RoleCode of ISO 19115.
    """

    organisation: Text = field(default_factory=dict)
    name: str = ""
    position: Text = field(default_factory=dict)
    role: str = "pointOfContact"
    email: str = ""
    phone: str = ""
    url: str = ""
    address: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Link:
    """Where something is: an absolute URL of http or https.

    Attributes:
        rel: an IANA link relation, or a URI.
        type: the media type, "" when it is not known.
        format: the format's name where that says more than the media type: `GeoPackage`.
    """

    href: str
    rel: str = "item"
    type: str = ""
    title: Text = field(default_factory=dict)
    format: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a Record was harvested from.

    Attributes:
        source: id of the source.
        identifier: what the Record is called there.
        url: the Record there, or the place it was read from.
        harvested: when it came in as it is now.
    """

    source: str
    kind: str
    url: str
    identifier: str
    harvested: datetime | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """The description of one resource.

    Attributes:
        id: that of the Collection, or one made from the source and the identifier there.
        type: what is described, mostly `dataset`.
        topics: ISO 19115 topic categories.
        licence: the URI of a licence, or its name.
        rights: who must be named, and how.
        update_frequency: MD_MaintenanceFrequencyCode of ISO 19115, "" when nobody has said.
        bbox: in CRS84 degrees, x = longitude first, heights in metres above the height datum; None for no place.
        place: the name of the area.
        crs: code of the CRS that the data are kept in; height_datum: code of that of its heights.
        epoch: the year that coordinates of a moving CRS belong to, as a decimal year.
        collection: id of the Collection that is described, "" for data elsewhere.
        kind: that of the Collection: layer, coverage, bim; "" for data elsewhere.
        origin: where it was harvested, None for Collections.
    """

    id: str
    type: str = "dataset"
    title: Text = field(default_factory=dict)
    description: Text = field(default_factory=dict)
    keywords: Words = field(default_factory=dict)
    topics: tuple[str, ...] = ()
    licence: str = ""
    rights: Text = field(default_factory=dict)
    contacts: tuple[Contact, ...] = ()
    lineage: Text = field(default_factory=dict)
    quality: Text = field(default_factory=dict)
    update_frequency: str = ""
    place: Text = field(default_factory=dict)
    bbox: BBox | None = None
    interval: Interval | None = None
    crs: str = ""
    height_datum: str = ""
    epoch: float | None = None
    links: tuple[Link, ...] = ()
    created: datetime | None = None
    updated: datetime | None = None
    identifier: str = ""
    collection: str = ""
    kind: str = ""
    origin: Origin | None = None

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that the Record is in: those of its title."""
        there = [tag for tag in LANGUAGES if self.title.get(tag)]
        return (*there, *(tag for tag in self.title if tag not in LANGUAGES))


def words_in(words: Words, language: str) -> tuple[str, ...]:
    """The words in the language, chosen as `csdi.collection.say` chooses a text."""
    chosen = say({tag: tag for tag, listed in words.items() if listed}, language)
    return words.get(chosen, ())


def every_word(words: Words) -> tuple[str, ...]:
    """The words of all languages, each once."""
    return tuple(dict.fromkeys(word for listed in words.values() for word in listed))


def reference_name(code: str, language: str = "en") -> str:
    """The name of a CRS or height datum for people; the code itself where it has none."""
    named = REFERENCE_NAMES.get(code, {}).get(language)
    if named or not code:
        return named or ""
    try:
        return crs(code).name
    except CrsError:
        return code


def reference_uri(code: str) -> str:
    """The URI of a CRS or height datum; the code itself where it has none."""
    try:
        return crs(code).uri
    except CrsError:
        return code
