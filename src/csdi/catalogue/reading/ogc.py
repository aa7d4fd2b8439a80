"""OGC API Records (OGC 20-004r1, and drafts before it) as parts of a Record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from csdi.catalogue.codes import ROLES, TOPICS
from csdi.catalogue.language import tag_of, text_of, words_of
from csdi.catalogue.reading.values import box_of, first, frequency_of, span_of

Json = dict[str, Any]

_NOT_DATA = frozenset({"self", "collection", "root", "parent", "prev", "next", "alternate", "canonical", "license",
                       "describedby", "describes"})


def read_ogc(feature: Mapping[str, Any]) -> Json:
    """The parts of a GeoJSON record; texts are in the language that it names, else in the one that their characters tell."""
    p = _mapping(feature.get("properties"))
    language = tag_of(_code(p.get("language")))
    keywords = _keywords(p.get("keywords"))
    return {
        "identifier": str(first([*_external(p), feature.get("id")]) or ""),
        "type": p.get("type") if isinstance(p.get("type"), str) else "dataset",
        "title": text_of(p.get("title"), language), "description": text_of(p.get("description"), language),
        "keywords": words_of(keywords), "topics": _topics(p.get("themes")), "licence": _licence(p, feature),
        "rights": text_of(p.get("rights"), language), "lineage": text_of(p.get("lineage"), language),
        "quality": text_of(p.get("quality"), language), "update_frequency": frequency_of(p.get("updateFrequency")),
        "contacts": [_contact(one, language) for one in [*_list(p.get("contacts")), *_list(p.get("providers"))]],
        "extent": {"bbox": box_of(feature.get("geometry")) or box_of(feature.get("bbox")), "place": text_of(p.get("place"), language),
                   "time": _time(first([feature.get("time"), _mapping(p.get("extent")).get("temporal")]))},
        "crs": first(value for value in (p.get("storageCrs"), p.get("crs")) if isinstance(value, str)),
        "height_datum": p.get("heightDatum"), "epoch": p.get("epoch"),
        "created": first([p.get("created"), p.get("recordCreated")]), "updated": first([p.get("updated"), p.get("recordUpdated")]),
        "links": [_link(link, language) for link in [*_list(feature.get("links")), *_list(p.get("associations"))]
                  if link.get("rel") not in _NOT_DATA],
    }


def own_url(feature: Mapping[str, Any]) -> str:
    """Where the record says that it is itself, "" when it does not."""
    links = {link.get("rel"): link.get("href") for link in reversed(_list(feature.get("links")))}
    return str(links.get("canonical") or links.get("self") or "")


def _external(p: Mapping[str, Any]) -> list[Any]:
    return [one.get("value") for one in _list(p.get("externalIds"))]


def _keywords(value: Any) -> list[str]:
    """Keywords as a list, or as blocks of them."""
    if isinstance(value, str):
        return [word.strip() for word in value.split(",")]
    if not isinstance(value, list):
        return []
    found: list[str] = []
    for one in value:
        found += [one] if isinstance(one, str) else _keywords(one.get("keywords")) if isinstance(one, dict) else []
    return found


def _topics(themes: Any) -> list[str]:
    concepts = [concept for theme in _list(themes) for concept in theme.get("concepts") or () if concept]
    ids = [concept.get("id") if isinstance(concept, dict) else concept for concept in concepts]
    return [str(one) for one in ids if one in TOPICS]


def _licence(p: Mapping[str, Any], feature: Mapping[str, Any]) -> str:
    link = next((link.get("href") for link in _list(feature.get("links")) if link.get("rel") == "license"), None)
    stated = p.get("license")
    return str(link or (stated if isinstance(stated, str) else "") or "")


def _contact(one: Mapping[str, Any], language: str) -> Json:
    links = [link.get("href") for link in _list(one.get("links"))]
    info = _mapping(one.get("contactInfo"))
    return {
        "name": one.get("name"), "organisation": text_of(first([one.get("organization"), one.get("organisation")]), language),
        "position": text_of(first([one.get("position"), one.get("positionName")]), language), "role": _role(one),
        "email": first([*(mail.get("value") for mail in _list(one.get("emails"))), _mapping(info.get("email")).get("office")]),
        "phone": first([*(phone.get("value") for phone in _list(one.get("phones"))), _mapping(info.get("phone")).get("office")]),
        "url": first(links), "address": text_of(_address(one), language),
    }


def _role(one: Mapping[str, Any]) -> str:
    roles = one.get("roles")
    named = [role.get("name") if isinstance(role, dict) else role for role in roles] if isinstance(roles, list) else [one.get("role")]
    return next((str(role) for role in named if role in ROLES), "pointOfContact")


def _address(one: Mapping[str, Any]) -> str:
    for address in _list(one.get("addresses")):
        lines = address.get("deliveryPoint")
        parts = [*(lines if isinstance(lines, list) else [lines]),
                 *(address.get(name) for name in ("city", "administrativeArea", "country"))]
        return ", ".join(str(part) for part in parts if part)
    return ""


def _time(value: Any) -> str | None:
    """`time` as the standard has it ({interval | date | timestamp}), as drafts had it (a list or text), and as collections have it."""
    if isinstance(value, str):
        start, _, end = value.partition("/")
        return span_of(start, end or start)
    if isinstance(value, list) and len(value) == 2:
        return span_of(*(None if one in ("..", None) else one for one in value))
    if isinstance(value, dict):
        interval = value.get("interval")
        if isinstance(interval, list) and interval:
            return _time(interval[0] if isinstance(interval[0], list) else interval)
        moment = first([value.get("timestamp"), value.get("date")])
        return span_of(moment, moment) if moment else None
    return None


def _link(link: Mapping[str, Any], language: str) -> Json:
    return {"href": link.get("href"), "rel": link.get("rel") or "item", "type": link.get("type"),
            "title": text_of(first([link.get("title"), link.get("name")]), language)}


def _code(language: Any) -> str:
    return str(language.get("code", "")) if isinstance(language, dict) else str(language or "")


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
