"""Records in DCAT-AP 3, with GeoDCAT-AP's terms for place and CRS, as JSON-LD that refers to no context elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import shapely

from csdi.catalogue.features import outline
from csdi.catalogue.record import Contact, Link, Record, Words, reference_name, reference_uri
from csdi.catalogue.renditions.links import Place, data_links
from csdi.collection import Collection, Text
from csdi.extent import BBox, Interval, rfc3339

Json = dict[str, Any]

CONTEXT: Mapping[str, str] = {
    "dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#", "locn": "http://www.w3.org/ns/locn#", "gsp": "http://www.opengis.net/ont/geosparql#",
    "xsd": "http://www.w3.org/2001/XMLSchema#", "skos": "http://www.w3.org/2004/02/skos/core#", "adms": "http://www.w3.org/ns/adms#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#", "dqv": "http://www.w3.org/ns/dqv#", "oa": "http://www.w3.org/ns/oa#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "prov": "http://www.w3.org/ns/prov#",
}
_EU = "http://publications.europa.eu/resource/authority/"
_FREQUENCY = {"continual": "CONT", "daily": "DAILY", "weekly": "WEEKLY", "fortnightly": "BIWEEKLY", "monthly": "MONTHLY",
              "quarterly": "QUARTERLY", "biannually": "ANNUAL_2", "annually": "ANNUAL", "asNeeded": "OTHER", "irregular": "IRREG",
              "notPlanned": "NEVER", "unknown": "UNKNOWN"}
_THEME = {"farming": "AGRI", "biota": "ENVI", "boundaries": "REGI", "climatologyMeteorologyAtmosphere": "ENVI", "economy": "ECON",
          "elevation": "REGI", "environment": "ENVI", "geoscientificInformation": "ENVI", "health": "HEAL",
          "imageryBaseMapsEarthCover": "REGI", "inlandWaters": "ENVI", "location": "REGI", "oceans": "ENVI",
          "planningCadastre": "REGI", "society": "SOCI", "structure": "REGI", "transportation": "TRAN"}
_LANGUAGE = {"en": "ENG", "zh-Hant": "ZHO", "zh-Hans": "ZHO"}
_MEDIA = "https://www.iana.org/assignments/media-types/"


def dcat_dataset(record: Record, links: tuple[Link, ...], place: Place) -> Json:
    """One Record as a document of its own, with its dcat:Dataset (or dcat:DataService)."""
    return {"@context": dict(CONTEXT)} | _dataset(record, links, place)


def dcat_catalogue(catalogue: Collection, publisher: str, place: Place, listed: Iterable[tuple[Record, tuple[Link, ...]]]) -> Json:
    """A dcat:Catalog with the Records that are given."""
    datasets = [_dataset(record, links, place) for record, links in listed]
    whole: Json = {
        "@context": dict(CONTEXT), "@id": place.catalogue, "@type": "dcat:Catalog", "dct:title": _texts(catalogue.title),
        "dct:description": _texts(catalogue.description) or _texts(catalogue.title),
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": publisher}, "foaf:homepage": {"@id": place.base},
        "dct:language": _languages(tuple(catalogue.title)),
        "dct:modified": _moment(rfc3339(catalogue.updated)) if catalogue.updated else None,
        "dcat:dataset": [one for one in datasets if one["@type"] == "dcat:Dataset"],
        "dcat:service": [one for one in datasets if one["@type"] == "dcat:DataService"],
    }
    return _full(whole) | {"dcat:dataset": whole["dcat:dataset"]}


def _dataset(record: Record, links: tuple[Link, ...], place: Place) -> Json:
    here, service = place.record(record.id), record.type == "service"
    whole: Json = {
        "@id": here, "@type": "dcat:DataService" if service else "dcat:Dataset", "dct:identifier": record.identifier or here,
        "dct:title": _texts(record.title), "dct:description": _texts(record.description) or _texts(record.title),
        "dcat:keyword": _keywords(record.keywords), "dcat:theme": [{"@id": f"{_EU}data-theme/{code}"} for code in dict.fromkeys(
            _THEME[topic] for topic in record.topics if topic in _THEME)],
        "dct:subject": [{"@type": "skos:Concept", "skos:notation": topic} for topic in record.topics],
        "dct:issued": _moment(rfc3339(record.created)) if record.created else None,
        "dct:modified": _moment(rfc3339(record.updated)) if record.updated else None, "dct:language": _languages(record.languages),
        "dct:license": _license(record.licence), "dct:accessRights": {"@id": f"{_EU}access-right/PUBLIC"},
        "dct:rights": {"@type": "dct:RightsStatement", "rdfs:label": _texts(record.rights)} if record.rights else None,
        "dct:publisher": _publisher(record.contacts), "dcat:contactPoint": [_contact(contact) for contact in record.contacts],
        "dct:accrualPeriodicity": _frequency(record.update_frequency),
        "dct:provenance": {"@type": "dct:ProvenanceStatement", "rdfs:label": _texts(record.lineage)} if record.lineage else None,
        "dqv:hasQualityAnnotation": _quality(record.quality), "dct:spatial": _place(record.bbox, record.place),
        "dct:temporal": _period(record.interval) if record.interval else None,
        "dct:conformsTo": [_reference(code) for code in (record.crs, record.height_datum) if code],
        "dcat:landingPage": {"@id": f"{here}?f=html"},
        "dcat:endpointURL": [{"@id": link.href} for link in data_links(links)] if service else None,
        "dcat:distribution": None if service else [_distribution(link, record.licence) for link in data_links(links)],
        "prov:wasDerivedFrom": {"@id": record.origin.url} if record.origin and record.origin.url.startswith("http") else None,
    }
    return _full(whole)


def _distribution(link: Link, licence: str) -> Json:
    whole: Json = {
        "@type": "dcat:Distribution", "dct:title": _texts(link.title), "dcat:accessURL": {"@id": link.href},
        "dcat:downloadURL": {"@id": link.href} if link.rel in ("enclosure", "items") else None,
        "dcat:mediaType": {"@id": _MEDIA + link.type.partition(";")[0].strip()} if link.type else None,
        "dct:format": {"@type": "dct:MediaTypeOrExtent", "rdfs:label": link.format} if link.format else None,
        "dct:license": _license(licence),
    }
    return _full(whole)


def _contact(contact: Contact) -> Json:
    whole: Json = {
        "@type": "vcard:Kind", "vcard:fn": contact.name or _texts(contact.organisation),
        "vcard:organization-name": _texts(contact.organisation) if contact.name else None, "vcard:title": _texts(contact.position),
        "vcard:hasEmail": {"@id": f"mailto:{contact.email}"} if contact.email else None,
        "vcard:hasTelephone": {"@id": f"tel:{''.join(contact.phone.split())}"} if contact.phone else None,
        "vcard:hasURL": {"@id": contact.url} if contact.url else None,
        "vcard:hasAddress": {"@type": "vcard:Address", "vcard:street-address": _texts(contact.address)} if contact.address else None,
    }
    return _full(whole)


def _publisher(contacts: tuple[Contact, ...]) -> Json | None:
    first = next((c for role in ("publisher", "owner", "distributor", "") for c in contacts if c.role == role or not role), None)
    if first is None:
        return None
    named: Json = {"@type": "foaf:Agent", "foaf:name": _texts(first.organisation) or first.name}
    return named | ({"foaf:homepage": {"@id": first.url}} if first.url else {})


def _place(box: BBox | None, name: Text) -> Json | None:
    """A place with its box as WKT and GeoJSON in CRS84, longitude first."""
    if box is None and not name:
        return None
    shape = outline(box)
    found: Json = {"@type": "dct:Location"}
    if shape is not None:
        wkt = {"@type": "gsp:wktLiteral", "@value": shapely.to_wkt(shape, rounding_precision=8)}
        written = json.dumps(json.loads(shapely.to_geojson(shape)), separators=(",", ":"))
        found |= {"dcat:bbox": wkt, "locn:geometry": [wkt, {"@type": "gsp:geoJSONLiteral", "@value": written}]}
    return found | ({"skos:prefLabel": _texts(name)} if name else {})


def _period(span: Interval) -> Json:
    return _full({"@type": "dct:PeriodOfTime", "dcat:startDate": _moment(rfc3339(span.start)) if span.start else None,
                  "dcat:endDate": _moment(rfc3339(span.end)) if span.end else None})


def _reference(code: str) -> Json:
    return {"@id": reference_uri(code), "@type": "dct:Standard", "rdfs:label": reference_name(code),
            "dct:type": {"@id": "http://inspire.ec.europa.eu/glossary/SpatialReferenceSystem"}}


def _quality(text: Text) -> Json | None:
    return {"@type": "dqv:QualityAnnotation", "oa:hasBody": {"@type": "oa:TextualBody", "rdf:value": _texts(text)}} if text else None


def _frequency(code: str) -> Json | None:
    return {"@id": f"{_EU}frequency/{_FREQUENCY[code]}"} if code in _FREQUENCY else None


def _license(licence: str) -> Json | None:
    if licence.startswith(("http://", "https://")):
        return {"@id": licence, "@type": "dct:LicenseDocument"}
    return {"@type": "dct:LicenseDocument", "rdfs:label": licence} if licence else None


def _languages(tags: tuple[str, ...]) -> list[Json]:
    return [{"@id": f"{_EU}language/{code}"} for code in dict.fromkeys(_LANGUAGE[tag] for tag in tags if tag in _LANGUAGE)]


def _texts(text: Text) -> list[Json]:
    return [{"@language": tag, "@value": words} for tag, words in text.items() if words]


def _keywords(words: Words) -> list[Json]:
    return [{"@language": tag, "@value": word} for tag, listed in words.items() for word in listed]


def _moment(text: str) -> Json:
    return {"@type": "xsd:dateTime", "@value": text}


def _full(document: Json) -> Json:
    return {name: value for name, value in document.items() if value not in (None, "", [], {})}
