"""Changes to a Record as a person writes them: each part judged, with its name when it cannot be so."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from csdi.catalogue.codes import FREQUENCIES, ROLES, TOPICS
from csdi.catalogue.language import language_of, tag_of
from csdi.crs import crs
from csdi.errors import CrsError, CsdiError, ValueInvalid
from csdi.extent import BBox, Interval, rfc3339

Json = dict[str, Any]

LONGEST = 20_000
"""Characters of one text."""
MOST = 500
"""Members of one list."""
_EMAIL = re.compile(r"^[^@\s<>\"]+@[^@\s<>\"]+\.[^@\s<>\"]+$")
_REL = re.compile(r"^[a-z][a-z0-9.-]*$|^https?://\S+$")
UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
"""Characters that no text may have: control characters and halves of surrogate pairs."""
_TYPE = re.compile(r"^[A-Za-z][\w.:/#-]{0,99}$")
_MEDIA = re.compile(r"^[\w.+-]+/[\w.+-]+(\s*;.*)?$")


def read_changes(given: Mapping[str, Any]) -> Json:
    """The changes, in the one form in which they are kept. Null stays null: it takes a change back.

    Texts may be plain strings, whose language their characters tell, or mappings from language to text.

    Raises:
        ValueInvalid: naming the part and what is allowed there.
    """
    return _parts(given, "", _READERS)


def _parts(given: Mapping[Any, Any], path: str, readers: Mapping[str, Callable[[Any, str], Any]]) -> Json:
    found: Json = {}
    for name, value in given.items():
        where = f"{path}.{name}" if path else str(name)
        if name not in readers:
            raise _wrong(where, "there is no such part", value, f"known: {', '.join(readers)}")
        found[str(name)] = None if value is None else readers[str(name)](value, where)
    return found


def _text(value: Any, path: str) -> Json:
    if isinstance(value, Mapping):
        return {_tag(name, path): None if words is None else _string(words, f"{path}.{name}") or None for name, words in value.items()}
    text = _string(value, path)
    return {language_of(text): text} if text else {}


def _words(value: Any, path: str) -> Json:
    if isinstance(value, Mapping):
        return {_tag(name, path): None if words is None else _list(words, f"{path}.{name}", _string) for name, words in value.items()}
    found: dict[str, list[str]] = {}
    for word in _list(value, path, _string):
        found.setdefault(language_of(word), []).append(word)
    return dict(found)


def _tag(name: Any, path: str) -> str:
    tag = tag_of(str(name))
    if not tag:
        raise _wrong(f"{path}.{name}", "there is no such language", name, "en, zh-Hant or zh-Hans")
    return tag


def _string(value: Any, path: str) -> str:
    if isinstance(value, bool | Mapping | list) or value is None:
        raise _wrong(path, "a text is expected", value, "write words")
    text = rfc3339(value) if isinstance(value, datetime) and value.tzinfo else str(value).strip()
    if len(text) > LONGEST:
        raise _wrong(path, f"a text has at most {LONGEST} characters", f"{text[:40]}...", "shorten it")
    if UNFIT.search(text):
        raise _wrong(path, "a text has no control characters", ascii(text[:40]), "take them out")
    return text


def _list(value: Any, path: str, read: Callable[[Any, str], Any]) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise _wrong(path, "a list is expected", value, "write [one, two]")
    if len(value) > MOST:
        raise _wrong(path, f"a list has at most {MOST} members", len(value), "shorten it")
    found = [read(one, f"{path}[{at}]") for at, one in enumerate(value)]
    return [one for at, one in enumerate(found) if one not in found[:at]]


def _one_of(known: Mapping[str, Any] | frozenset[str]) -> Callable[[Any, str], str]:
    def read(value: Any, path: str) -> str:
        if value not in known:
            raise _wrong(path, f"'{value}' is not known here", value, f"one of {', '.join(sorted(known))}")
        return str(value)
    return read


def _contacts(value: Any, path: str) -> list[Json]:
    return _list(value, path, _contact)


def _contact(value: Any, path: str) -> Json:
    contact = {name: part for name, part in _parts(_mapping(value, path), path, _CONTACT).items() if part}
    if not (contact.get("name") or contact.get("organisation")):
        raise _wrong(path, "a contact has a name or an organisation", value, "add one")
    return {"role": "pointOfContact"} | contact


def _links(value: Any, path: str) -> list[Json]:
    return _list(value, path, _link)


def _link(value: Any, path: str) -> Json:
    link = {name: part for name, part in _parts(_mapping(value, path), path, _LINK).items() if part}
    if not link.get("href"):
        raise _wrong(path, "a link has an href", value, "add one")
    return {"rel": "item"} | link


def _mapping(value: Any, path: str) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise _wrong(path, "a mapping is expected", value, "write name: value")
    return value


def _extent(value: Any, path: str) -> Json:
    return _parts(_mapping(value, path), path, {"place": _text, "bbox": _bbox, "time": _time})


def _bbox(value: Any, path: str) -> list[float]:
    numbers = _list_of_numbers(value, path)
    try:
        box = BBox.of(numbers)
    except CsdiError as error:
        raise _wrong(path, error.message, value, "west, south, east, north in degrees") from None
    if not (-180 <= box.minx <= 180 and -180 <= box.maxx <= 180 and box.miny >= -90 and box.maxy <= 90):
        raise _wrong(path, "the box does not lie on the Earth", value, "west, south, east, north in degrees, longitude first")
    return box.numbers


def _list_of_numbers(value: Any, path: str) -> list[float]:
    if not isinstance(value, list | tuple) or any(isinstance(n, bool) or not isinstance(n, int | float) for n in value):
        raise _wrong(path, "a list of numbers is expected", value, "write [west, south, east, north]")
    return [float(number) for number in value]


def _time(value: Any, path: str) -> str:
    try:
        return Interval.parse(value.isoformat() if isinstance(value, date) else _string(value, path)).text
    except CsdiError as error:
        raise _wrong(path, error.message, value, "2024-05-01/2024-12-31, with .. for an open end") from None


def _datum(value: Any, path: str) -> str:
    text = _string(value, path)
    try:
        found = crs(text)
    except CrsError as error:
        raise _wrong(path, error.message, value, "EPSG:5738 for Hong Kong Principal Datum") from None
    if not found.is_vertical:
        raise _wrong(path, f"{found.code} is not a height datum", value, "EPSG:5738 for Hong Kong Principal Datum")
    return found.code


def _epoch(value: Any, path: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1900 <= value <= 2200:
        raise _wrong(path, "an epoch is a decimal year", value, "2021.5 for the middle of 2021")
    return float(value)


def _url(value: Any, path: str) -> str:
    text = _string(value, path)
    if not re.match(r"^https?://[^\s<>\"]+$", text):
        raise _wrong(path, "a URL of http or https is expected", value, "write https://host/path")
    return text


def _matching(pattern: re.Pattern[str], what: str) -> Callable[[Any, str], str]:
    def read(value: Any, path: str) -> str:
        text = _string(value, path)
        if text and not pattern.match(text):
            raise _wrong(path, f"{what} is expected", value, "")
        return text
    return read


def _wrong(path: str, what: str, value: Any, remedy: str) -> ValueInvalid:
    where = _shown(path)
    return ValueInvalid(f"record: {where}: {_shown(what)}", field=where, value=_shown(str(value)[:200]), remedy=remedy)


def _shown(text: str) -> str:
    """The text as it can be written anywhere."""
    return text.encode("utf-8", "replace").decode()


_READERS: Mapping[str, Callable[[Any, str], Any]] = {
    "type": _matching(_TYPE, "a type such as dataset or service"), "title": _text, "description": _text, "keywords": _words,
    "topics": lambda value, path: _list(value, path, _one_of(TOPICS)), "licence": _string, "rights": _text, "contacts": _contacts,
    "lineage": _text, "quality": _text, "update_frequency": _one_of(FREQUENCIES), "extent": _extent, "height_datum": _datum,
    "epoch": _epoch, "links": _links,
}
_CONTACT: Mapping[str, Callable[[Any, str], Any]] = {
    "organisation": _text, "name": _string, "position": _text, "role": _one_of(ROLES), "email": _matching(_EMAIL, "an e-mail address"),
    "phone": _string, "url": _url, "address": _text,
}
_LINK: Mapping[str, Callable[[Any, str], Any]] = {
    "href": _url, "rel": _matching(_REL, "a link relation"), "type": _matching(_MEDIA, "a media type"), "title": _text, "format": _string,
}
