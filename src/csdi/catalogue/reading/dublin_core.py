"""csw:Record, Dublin Core with a box, as parts of a Record."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

from csdi.catalogue.codes import TOPICS
from csdi.catalogue.language import tag_of, text_of, words_of
from csdi.catalogue.reading.values import first, sides, span_of
from csdi.catalogue.reading.xml import all_of, attribute, word_at, words_at

Json = dict[str, Any]


def read_dublin_core(record: Element) -> Json:
    """The parts of a csw:Record (or csw:SummaryRecord) element."""
    language = tag_of(word_at(record, "language"), word_at(record, "title"))
    subjects = list(words_at(record, "subject"))
    created = first([word_at(record, "created"), word_at(record, "issued")])
    return {
        "identifier": word_at(record, "identifier"), "type": word_at(record, "type").rpartition("/")[2].casefold() or "dataset",
        "title": text_of(word_at(record, "title"), language),
        "description": text_of(word_at(record, "abstract") or word_at(record, "description"), language),
        "keywords": words_of(one for one in subjects if one not in TOPICS), "topics": [one for one in subjects if one in TOPICS],
        "licence": first([word_at(record, "license"), *words_at(record, "rights")]) or "",
        "lineage": text_of(word_at(record, "provenance"), language),
        "contacts": [{"organisation": text_of(name), "role": role} for element, role in (
            ("publisher", "publisher"), ("creator", "author"), ("contributor", "custodian")) for name in words_at(record, element)],
        "extent": {"bbox": _box(record), "time": _time(word_at(record, "temporal"))}, "created": created,
        "updated": first([word_at(record, "modified"), word_at(record, "date"), created]),
        "links": [_link(one) for name in ("references", "URI") for one in all_of(record, name)],
    }


def _box(record: Element) -> list[float] | None:
    """In degrees, longitude first. EPSG:4326 puts latitude first; many do not, which shows where latitudes are impossible."""
    for name in ("WGS84BoundingBox", "BoundingBox"):
        for one in all_of(record, name):
            low, high = word_at(one, "LowerCorner").split(), word_at(one, "UpperCorner").split()
            if len(low) < 2 or len(high) < 2:
                continue
            plain, turned = sides(low[0], low[1], high[0], high[1]), sides(low[1], low[0], high[1], high[0])
            system = attribute(one, "crs")
            if system and not system.endswith("4326") and "CRS84" not in system.upper():
                continue
            return (turned or plain) if system.endswith("4326") else plain
    return None


def _time(text: str) -> str | None:
    start, _, end = text.partition("/")
    return span_of(start, end or start) if text else None


def _link(element: Element) -> Json:
    scheme = attribute(element, "scheme") or attribute(element, "protocol")
    lower = scheme.casefold()
    rel = "service" if "ogc:w" in lower or "ogcapi" in lower else "enclosure" if "download" in lower else "item"
    return {"href": "".join(element.itertext()).strip(), "rel": rel, "format": scheme if ":" not in scheme else "",
            "title": text_of(attribute(element, "description") or attribute(element, "name"))}
