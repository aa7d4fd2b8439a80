"""A Record as schema.org has it, in one language: what search engines read in a page."""

from __future__ import annotations

from typing import Any

from csdi.catalogue.record import Contact, Link, Record, words_in
from csdi.catalogue.renditions.links import Place, data_links
from csdi.collection import say
from csdi.extent import BBox, rfc3339

Json = dict[str, Any]


def schema_org(record: Record, links: tuple[Link, ...], place: Place, language: str = "en") -> Json:
    """The Record as schema.org JSON-LD."""
    here = place.record(record.id)
    title, span = say(record.title, language), record.interval
    whole: Json = {
        "@context": "https://schema.org/", "@type": "WebAPI" if record.type == "service" else "Dataset", "@id": here,
        "url": f"{here}?f=html&lang={language}",
        "name": title, "description": say(record.description, language) or title, "identifier": record.identifier or here,
        "alternateName": [words for tag, words in record.title.items() if words != title],
        "keywords": list(words_in(record.keywords, language)), "inLanguage": list(record.languages), "license": record.licence,
        "creditText": say(record.rights, language), "isAccessibleForFree": True,
        "dateCreated": rfc3339(record.created) if record.created else None,
        "dateModified": rfc3339(record.updated) if record.updated else None,
        "creator": [_agent(contact, language) for contact in record.contacts],
        "includedInDataCatalog": {"@type": "DataCatalog", "@id": place.catalogue, "url": place.catalogue},
        "spatialCoverage": _place(record.bbox, say(record.place, language)) if record.bbox or record.place else None,
        "temporalCoverage": span.text if span else None,
        "distribution": [_download(link, language) for link in data_links(links)],
        "isBasedOn": record.origin.url if record.origin else None,
    }
    return {name: value for name, value in whole.items() if value not in (None, "", [], {})}


def _agent(contact: Contact, language: str) -> Json:
    name = say(contact.organisation, language)
    whole: Json = {"@type": "Organization" if name else "Person", "name": name or contact.name, "url": contact.url,
                   "contactPoint": {"@type": "ContactPoint", "contactType": contact.role} | _reach(contact)}
    return {key: value for key, value in whole.items() if value}


def _reach(contact: Contact) -> Json:
    return {key: value for key, value in (("email", contact.email), ("telephone", contact.phone)) if value}


def _place(box: BBox | None, name: str) -> Json:
    """Latitude comes first in schema.org's box."""
    found: Json = {"@type": "Place"} | ({"name": name} if name else {})
    if box is None:
        return found
    if (box.minx, box.miny) == (box.maxx, box.maxy):
        return found | {"geo": {"@type": "GeoCoordinates", "latitude": box.miny, "longitude": box.minx}}
    return found | {"geo": {"@type": "GeoShape", "box": f"{box.miny} {box.minx} {box.maxy} {box.maxx}"}}


def _download(link: Link, language: str) -> Json:
    whole: Json = {"@type": "DataDownload", "contentUrl": link.href, "encodingFormat": link.type or link.format,
                   "name": say(link.title, language)}
    return {key: value for key, value in whole.items() if value}
