"""A Record as OGC API - Records has it (OGC 20-004r1): a GeoJSON Feature in one language."""

from __future__ import annotations

import json
from typing import Any

import shapely

from csdi.catalogue.completeness import assess
from csdi.catalogue.features import outline
from csdi.catalogue.record import Contact, Link, Record, reference_name, words_in
from csdi.catalogue.renditions.links import GEOJSON, ISO, JSONLD, Place, data_links
from csdi.collection import say
from csdi.extent import Interval, rfc3339

Json = dict[str, Any]

CONFORMS = "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-core"
TOPIC_SCHEME = "http://standards.iso.org/iso/19139/resources/gmxCodelists.xml#MD_TopicCategoryCode"


def ogc_record(record: Record, links: tuple[Link, ...], place: Place, language: str = "en") -> Json:
    """The Record as a GeoJSON Feature; coordinates in CRS84, longitude first, to 8 decimals."""
    shape = outline(record.bbox)
    return {
        "id": record.id, "type": "Feature", "conformsTo": [CONFORMS],
        "time": _time(record.interval) if record.interval else None,
        "geometry": None if shape is None else json.loads(shapely.to_geojson(shape)),
        "properties": _properties(record, links, language),
        "links": [*own_links(record, place, language), *(link_document(link, language) for link in links)],
    }


def own_links(record: Record, place: Place, language: str) -> list[Json]:
    """Links to the Record's own forms, its catalogue, licence and origin."""
    here = place.record(record.id)
    forms = ((GEOJSON, "json", "self"), ("text/html", "html", "alternate"), (ISO, "iso19139", "alternate"),
             (JSONLD, "dcat", "alternate"), (JSONLD, "jsonld", "alternate"))
    names = {"json": "This record", "html": "This record as a page", "iso19139": "This record as ISO 19139",
             "dcat": "This record as DCAT-AP", "jsonld": "This record as schema.org"}
    found: list[Json] = [{"rel": rel, "type": media, "title": names[form], "href": here if rel == "self" else f"{here}?f={form}"}
                         for media, form, rel in forms]
    found.append({"rel": "collection", "type": "application/json", "title": "The catalogue", "href": place.catalogue})
    if record.licence.startswith(("http://", "https://")):
        found.append({"rel": "license", "title": "Licence", "href": record.licence})
    if record.origin and record.origin.url.startswith(("http://", "https://")):
        found.append({"rel": "canonical", "title": "The record at its source", "href": record.origin.url})
    return [link | {"hreflang": language} if link["rel"] == "self" else link for link in found]


def link_document(link: Link, language: str) -> Json:
    """A link as OGC API has it."""
    title = say(link.title, language)
    return {"rel": link.rel, "href": link.href} | ({"type": link.type} if link.type else {}) | ({"title": title} if title else {})


def _time(span: Interval) -> Json:
    return {"interval": [rfc3339(moment) if moment else ".." for moment in (span.start, span.end)]}


def _properties(record: Record, links: tuple[Link, ...], language: str) -> Json:
    keywords = words_in(record.keywords, language)
    whole: Json = {
        "type": record.type, "title": say(record.title, language), "description": say(record.description, language),
        "created": rfc3339(record.created) if record.created else None, "updated": rfc3339(record.updated) if record.updated else None,
        "keywords": list(keywords), "themes": [{"concepts": [{"id": topic} for topic in record.topics], "scheme": TOPIC_SCHEME}]
        if record.topics else [],
        "language": {"code": language if record.title.get(language) else next(iter(record.languages), "en")},
        "languages": [{"code": tag} for tag in record.languages],
        "externalIds": [_external(record.identifier)] if record.identifier else [],
        "formats": [{"name": name} for name in dict.fromkeys(link.format or link.type for link in data_links(links)) if name],
        "contacts": [_contact(contact, language) for contact in record.contacts],
        "license": record.licence, "rights": say(record.rights, language), "lineage": say(record.lineage, language),
        "quality": say(record.quality, language), "updateFrequency": record.update_frequency, "place": say(record.place, language),
        "storageCrs": record.crs, "storageCrsName": reference_name(record.crs, language), "heightDatum": record.height_datum,
        "heightDatumName": reference_name(record.height_datum, language), "epoch": record.epoch, "collection": record.collection,
        "kind": record.kind, "source": record.origin.source if record.origin else "",
        "harvested": rfc3339(record.origin.harvested) if record.origin and record.origin.harvested else None,
    }
    kept = {name: value for name, value in whole.items() if value not in ("", None, [])}
    return kept | {"completeness": assess(record).to_dict()}


def _external(identifier: str) -> Json:
    return {"value": identifier}


def _contact(contact: Contact, language: str) -> Json:
    whole: Json = {
        "name": contact.name, "organization": say(contact.organisation, language), "position": say(contact.position, language),
        "emails": [{"value": contact.email}] if contact.email else [], "phones": [{"value": contact.phone}] if contact.phone else [],
        "addresses": [{"deliveryPoint": [say(contact.address, language)]}] if contact.address else [],
        "links": [{"rel": "about", "type": "text/html", "href": contact.url}] if contact.url else [], "roles": [contact.role],
    }
    return {name: value for name, value in whole.items() if value}
