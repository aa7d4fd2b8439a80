"""A Record as one JSON or YAML document: how it is kept, shown for editing, and edited."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import yaml

from csdi.catalogue.changes import read_changes
from csdi.catalogue.record import Contact, Link, Origin, Record
from csdi.errors import ValueInvalid
from csdi.extent import BBox, Interval, rfc3339

Json = dict[str, Any]

FIXED = ("id", "collection", "kind", "identifier", "crs")
"""Parts that follow from the data; a document may state them as they are, not change them."""

TOLD = ("created", "updated", "origin", "completeness")
"""Parts that a document is shown with and that count for nothing in an edited one."""

LONGEST = 1_000_000
"""Characters of a document that are read."""

_TEXTS = ("title", "description", "rights", "lineage", "quality")
_PLAIN = ("type", "licence", "update_frequency", "crs", "height_datum")


def to_document(record: Record) -> Json:
    """All that a Record says, JSON-compatible; empty parts are left out."""
    whole: Json = {
        "id": record.id, **{name: getattr(record, name) for name in ("collection", "kind", "identifier")},
        **{name: dict(getattr(record, name)) for name in _TEXTS}, **{name: getattr(record, name) for name in _PLAIN},
        "keywords": {tag: list(words) for tag, words in record.keywords.items()}, "topics": list(record.topics),
        "contacts": [_contact_document(contact) for contact in record.contacts],
        "extent": _without_empty({"place": dict(record.place), "bbox": record.bbox and record.bbox.numbers,
                                  "time": record.interval and record.interval.text}),
        "epoch": record.epoch, "links": [_link_document(link) for link in record.links],
        "created": record.created and rfc3339(record.created), "updated": record.updated and rfc3339(record.updated),
        "origin": record.origin and _origin_document(record.origin),
    }
    return _without_empty(whole)


def from_document(document: Mapping[str, Any]) -> Record:
    """The Record that `to_document` wrote, or one that `merged` made."""
    d, extent = document, document.get("extent", {})
    return Record(
        id=d["id"], collection=d.get("collection", ""), kind=d.get("kind", ""), identifier=d.get("identifier", ""),
        title=d.get("title", {}), description=d.get("description", {}), rights=d.get("rights", {}), lineage=d.get("lineage", {}),
        quality=d.get("quality", {}), type=d.get("type", "dataset"), licence=d.get("licence", ""),
        update_frequency=d.get("update_frequency", ""), crs=d.get("crs", ""), height_datum=d.get("height_datum", ""),
        keywords={tag: tuple(words) for tag, words in d.get("keywords", {}).items()}, topics=tuple(d.get("topics", ())),
        contacts=tuple(Contact(**contact) for contact in d.get("contacts", ())),
        place=extent.get("place", {}), bbox=BBox.of(extent["bbox"]) if extent.get("bbox") else None,
        interval=Interval.parse(extent["time"]) if extent.get("time") else None, epoch=d.get("epoch"),
        links=tuple(Link(**link) for link in d.get("links", ())), created=_moment(d.get("created")), updated=_moment(d.get("updated")),
        origin=_origin(d["origin"]) if d.get("origin") else None)


def read_yaml(text: str, name: str = "record") -> Json:
    """The document in a YAML (or JSON) text, not yet judged.

    Raises:
        ValueInvalid: not YAML, or not a mapping; with the line.
    """
    if len(text) > LONGEST:
        raise ValueInvalid(f"{name}: longer than {LONGEST} characters", field="body")
    try:
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text)):
            raise ValueInvalid(f"{name}: YAML aliases are not read", field="body", remedy="write each part out")
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise ValueInvalid(f"{name}{where}: {getattr(error, 'problem', None) or 'this is not YAML'}", field="body",
                           line=mark.line + 1 if mark else None, remedy="see:  csdi records show ID --yaml") from None
    except RecursionError:
        raise ValueInvalid(f"{name}: nested too deep", field="body") from None
    if not isinstance(found, dict):
        raise ValueInvalid(f"{name}: a record is a mapping of its parts", field="body", remedy="see:  csdi records show ID --yaml")
    return found


def write_yaml(document: Mapping[str, Any]) -> str:
    """The document as YAML for people, in the order of its parts."""
    return str(yaml.safe_dump(dict(document), allow_unicode=True, sort_keys=False, width=120))


def edited(base: Mapping[str, Any], before: Mapping[str, Any], given: Mapping[str, Any], *, replace: bool) -> Json:
    """What a person has changed of a Record in all, after one more change.

    Args:
        base: the document of the Record as the data or its source have it.
        before: what had been changed before.
        given: the parts to change; null takes a change back.
        replace: everything not given is as in the base again; else it stays as it was.

    Raises:
        ValueInvalid: naming the part that cannot be so.
    """
    fixed = {*FIXED, "height_datum"} if base.get("height_datum") else set(FIXED)
    for name, value in ((name, value) for name, value in given.items() if name in fixed):
        if value is not None and value != base.get(name):
            raise ValueInvalid(f"record {base['id']}: {name} follows from the data and cannot be changed", field=name, value=str(value),
                               remedy=f"leave it out, or as it is: {base.get(name)}")
    changes = read_changes({name: value for name, value in given.items() if name not in fixed and name not in TOLD})
    whole = merged({} if replace else before, changes)
    kept = different(base, _without_nulls(whole))
    if not merged(base, kept).get("title"):
        raise ValueInvalid(f"record {base['id']}: a record needs a title", field="title")
    return kept


def merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> Json:
    """The base with the changes over it, mapping by mapping; null removes."""
    found = dict(base)
    for name, value in changes.items():
        if value is None:
            found.pop(name, None)
        elif isinstance(value, Mapping) and isinstance(found.get(name), Mapping):
            found[name] = merged(found[name], value)
        else:
            found[name] = value
    return found


def different(base: Mapping[str, Any], changes: Mapping[str, Any]) -> Json:
    """Only those changes that do change the base."""
    found: Json = {}
    for name, value in changes.items():
        was = base.get(name)
        if isinstance(value, Mapping) and isinstance(was, Mapping):
            if inner := different(was, value):
                found[name] = inner
        elif value != was and (value or was):
            found[name] = value
    return found


def _without_nulls(document: Mapping[str, Any]) -> Json:
    return {name: _without_nulls(value) if isinstance(value, Mapping) else value for name, value in document.items() if value is not None}


def _without_empty(document: Json) -> Json:
    return {name: value for name, value in document.items() if value not in (None, "", (), [], {})}


def _contact_document(contact: Contact) -> Json:
    return _without_empty({
        "organisation": dict(contact.organisation), "name": contact.name, "position": dict(contact.position), "role": contact.role,
        "email": contact.email, "phone": contact.phone, "url": contact.url, "address": dict(contact.address)})


def _link_document(link: Link) -> Json:
    return _without_empty({"href": link.href, "rel": link.rel, "type": link.type, "title": dict(link.title), "format": link.format})


def _origin_document(origin: Origin) -> Json:
    return _without_empty({"source": origin.source, "kind": origin.kind, "url": origin.url, "identifier": origin.identifier,
                           "harvested": origin.harvested and rfc3339(origin.harvested)})


def _origin(d: Mapping[str, Any]) -> Origin:
    return Origin(d["source"], d["kind"], d.get("url", ""), d.get("identifier", ""), _moment(d.get("harvested")))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
