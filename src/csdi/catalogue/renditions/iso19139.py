"""A Record as ISO 19139 XML (ISO 19115:2003), in all its languages, elements in the order of the schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from csdi.catalogue.language import LANGUAGES
from csdi.catalogue.record import Contact, Link, Record, Words, reference_name, reference_uri
from csdi.catalogue.renditions.links import Place, data_links
from csdi.catalogue.renditions.xml import document, element, text
from csdi.collection import Text, say
from csdi.extent import BBox, Interval, rfc3339

_LISTS = "http://standards.iso.org/iso/19139/resources/gmxCodelists.xml#"
_CODES = {"en": "eng", "zh-Hant": "chi", "zh-Hans": "chi", "fr": "fre", "de": "ger", "pt": "por", "ja": "jpn", "ko": "kor"}
_LOCATION = ("http://www.isotc211.org/2005/gmd http://schemas.opengis.net/iso/19139/20070417/gmd/gmd.xsd "
             "http://www.isotc211.org/2005/srv http://schemas.opengis.net/iso/19139/20070417/srv/1.0/srv.xsd")
_SCOPES = frozenset({"dataset", "series", "service", "model", "tile", "software", "nonGeographicDataset"})
_FUNCTIONS = {"enclosure": "download", "items": "download", "service": "search"}


def iso19139(record: Record, links: tuple[Link, ...], place: Place) -> bytes:
    """The Record as gmd:MD_Metadata."""
    main = next(iter(record.languages), "en")
    stamp = record.updated or record.created
    scope = record.type if record.type in _SCOPES else "dataset"
    parts = [
        _string("gmd:fileIdentifier", record.id), _language(main),
        element("gmd:characterSet", _code("MD_CharacterSetCode", "utf8")), element("gmd:hierarchyLevel", _code("MD_ScopeCode", scope)),
        *([element("gmd:contact", _contact(contact, main)) for contact in record.contacts] or [_unstated("gmd:contact")]),
        element("gmd:dateStamp", _moment(stamp)) if stamp else _unstated("gmd:dateStamp"),
        _string("gmd:metadataStandardName", "ISO 19115:2003/19139"), _string("gmd:metadataStandardVersion", "1.0"),
        _string("gmd:dataSetURI", place.record(record.id)),
        *(element("gmd:locale", _locale(tag)) for tag in _tags(record) if tag != main),
        *(element("gmd:referenceSystemInfo", _reference(code)) for code in (record.crs, record.height_datum) if code),
        element("gmd:identificationInfo", _identification(record, links, main)),
        element("gmd:distributionInfo", _distribution(record, links, place, main)),
        element("gmd:dataQualityInfo", _quality(record, scope, main)),
    ]
    return document("gmd:MD_Metadata", parts, {"xsi:schemaLocation": _LOCATION})


def _identification(record: Record, links: tuple[Link, ...], main: str) -> str:
    service = record.type == "service"
    shared = [
        element("gmd:citation", _citation(record, main)), _texts("gmd:abstract", record.description or record.title, main),
        _texts("gmd:credit", record.rights, main),
        *(element("gmd:pointOfContact", _contact(contact, main)) for contact in record.contacts),
        element("gmd:resourceMaintenance", _maintenance(record.update_frequency)),
        *(element("gmd:descriptiveKeywords", one) for one in _keywords(record.keywords, main)),
        element("gmd:resourceConstraints", _constraints(record.licence, record.rights, main)),
    ]
    if service:
        return element("srv:SV_ServiceIdentification", *shared, element("srv:serviceType", element("gco:LocalName", "other")),
                       element("srv:extent", _extent(record, main)), element("srv:couplingType", _code("SV_CouplingType", "loose", "srv")),
                       *(_operation(link) for link in data_links(links)))
    kind = {"coverage": "grid"}.get(record.kind, "vector")
    return element(
        "gmd:MD_DataIdentification", *shared,
        element("gmd:spatialRepresentationType", _code("MD_SpatialRepresentationTypeCode", kind)) if record.collection else "",
        *dict.fromkeys(_language(tag) for tag in record.languages or ("en",)),
        element("gmd:characterSet", _code("MD_CharacterSetCode", "utf8")),
        *(element("gmd:topicCategory", element("gmd:MD_TopicCategoryCode", text(topic))) for topic in record.topics),
        element("gmd:extent", _extent(record, main)),
        _texts("gmd:supplementalInformation", {main: f"Coordinate epoch {record.epoch:g}"}, main) if record.epoch else "")


def _citation(record: Record, main: str) -> str:
    dates = [(record.created, "creation"), (record.updated, "revision")]
    stated = [element("gmd:date", element("gmd:CI_Date", element("gmd:date", _moment(moment)),
                                          element("gmd:dateType", _code("CI_DateTypeCode", kind))))
              for moment, kind in dates if moment]
    identifier = element("gmd:identifier", element("gmd:MD_Identifier", _string("gmd:code", record.identifier)))
    return element("gmd:CI_Citation", _texts("gmd:title", record.title, main),
                   *(stated or [_unstated("gmd:date")]), identifier)


def _contact(contact: Contact, main: str) -> str:
    reach = element("gmd:contactInfo", element(
        "gmd:CI_Contact",
        element("gmd:phone", element("gmd:CI_Telephone", _string("gmd:voice", contact.phone))),
        element("gmd:address", element("gmd:CI_Address", _texts("gmd:deliveryPoint", contact.address, main),
                                       _string("gmd:electronicMailAddress", contact.email))),
        element("gmd:onlineResource", element("gmd:CI_OnlineResource", _url("gmd:linkage", contact.url)))))
    return element("gmd:CI_ResponsibleParty", _string("gmd:individualName", contact.name),
                   _texts("gmd:organisationName", contact.organisation, main), _texts("gmd:positionName", contact.position, main), reach,
                   element("gmd:role", _code("CI_RoleCode", contact.role)))


def _maintenance(frequency: str) -> str:
    if not frequency:
        return ""
    code = _code("MD_MaintenanceFrequencyCode", frequency)
    return element("gmd:MD_MaintenanceInformation", element("gmd:maintenanceAndUpdateFrequency", code))


def _keywords(words: Words, main: str) -> Iterable[str]:
    """One block for each language: keywords are not translations of each other."""
    for tag, listed in words.items():
        yield element("gmd:MD_Keywords", *(_texts("gmd:keyword", {tag: word}, main) for word in listed),
                      element("gmd:type", _code("MD_KeywordTypeCode", "theme")))


def _constraints(licence: str, rights: Text, main: str) -> str:
    if not licence and not rights:
        return ""
    stated = _anchor("gmd:otherConstraints", licence) if licence.startswith("http") else _string("gmd:otherConstraints", licence)
    return element("gmd:MD_LegalConstraints", element("gmd:accessConstraints", _code("MD_RestrictionCode", "otherRestrictions")),
                   element("gmd:useConstraints", _code("MD_RestrictionCode", "license")) if licence else "", stated,
                   _texts("gmd:otherConstraints", rights, main))


def _extent(record: Record, main: str) -> str:
    box = record.bbox
    return element("gmd:EX_Extent", _texts("gmd:description", record.place, main), _box(box) if box else "",
                   _temporal(record.interval) if record.interval else "", _vertical(box, record.height_datum) if box else "")


def _box(box: BBox) -> str:
    """Longitudes and latitudes in degrees; a box over the antimeridian keeps its west above its east."""
    sides = (("westBoundLongitude", box.minx), ("eastBoundLongitude", box.maxx), ("southBoundLatitude", box.miny),
             ("northBoundLatitude", box.maxy))
    return element("gmd:geographicElement", element("gmd:EX_GeographicBoundingBox", *(
        element(f"gmd:{side}", element("gco:Decimal", f"{degrees:.8f}")) for side, degrees in sides)))


def _temporal(span: Interval) -> str:
    period = element("gml:TimePeriod", _position("gml:beginPosition", span.start), _position("gml:endPosition", span.end),
                     attributes={"gml:id": "time"})
    return element("gmd:temporalElement", element("gmd:EX_TemporalExtent", element("gmd:extent", period)))


def _position(name: str, moment: datetime | None) -> str:
    return element(name, text(rfc3339(moment))) if moment else element(name, attributes={"indeterminatePosition": "unknown"})


def _vertical(box: BBox, datum: str) -> str:
    if box.minz is None or box.maxz is None:
        return ""
    crs = element("gmd:verticalCRS", attributes={"xlink:href": reference_uri(datum)} if datum else {"gco:nilReason": "unknown"})
    low, high = (element(f"gmd:{name}Value", element("gco:Real", f"{metres:.3f}"))
                 for name, metres in (("minimum", box.minz), ("maximum", box.maxz)))
    return element("gmd:verticalElement", element("gmd:EX_VerticalExtent", low, high, crs))


def _distribution(record: Record, links: tuple[Link, ...], place: Place, main: str) -> str:
    named = dict.fromkeys(link.format or link.type for link in data_links(links) if link.format or link.type)
    formats = [element("gmd:distributionFormat", element("gmd:MD_Format", _string("gmd:name", name), _unstated("gmd:version")))
               for name in named]
    shown = [*links, Link(f"{place.record(record.id)}?f=html", "alternate", "text/html", {"en": "The record as a page"})]
    options = [element("gmd:onLine", _online(link, main)) for link in shown]
    return element("gmd:MD_Distribution", *formats,
                   element("gmd:transferOptions", element("gmd:MD_DigitalTransferOptions", *options)))


def _online(link: Link, main: str) -> str:
    return element("gmd:CI_OnlineResource", _url("gmd:linkage", link.href), _string("gmd:protocol", "WWW:LINK"),
                   _texts("gmd:name", link.title, main), _string("gmd:description", link.type or link.format),
                   element("gmd:function", _code("CI_OnLineFunctionCode", _FUNCTIONS.get(link.rel, "information"))))


def _operation(link: Link) -> str:
    online = element("gmd:CI_OnlineResource", _url("gmd:linkage", link.href))
    return element("srv:containsOperations", element(
        "srv:SV_OperationMetadata", element("srv:operationName", element("gco:CharacterString", "access")),
        element("srv:DCP", _code("DCPList", "WebServices", "srv")), element("srv:connectPoint", online)))


def _quality(record: Record, scope: str, main: str) -> str:
    report = ""
    if record.quality:
        result = element("gmd:DQ_ConformanceResult", element("gmd:specification", attributes={"gco:nilReason": "inapplicable"}),
                         _texts("gmd:explanation", record.quality, main), element("gmd:pass", attributes={"gco:nilReason": "unknown"}))
        report = element("gmd:report", element("gmd:DQ_DomainConsistency", element("gmd:result", result)))
    lineage = element("gmd:lineage", element("gmd:LI_Lineage", _texts("gmd:statement", record.lineage, main))) if record.lineage else ""
    if not report and not lineage:
        return ""
    return element("gmd:DQ_DataQuality", element("gmd:scope", element("gmd:DQ_Scope", element("gmd:level", _code("MD_ScopeCode", scope)))),
                   report, lineage)


def _reference(code: str) -> str:
    identifier = element("gmd:RS_Identifier", _anchor("gmd:code", reference_uri(code), reference_name(code)),
                         _string("gmd:codeSpace", code.partition(":")[0]))
    return element("gmd:MD_ReferenceSystem", element("gmd:referenceSystemIdentifier", identifier))


def _tags(record: Record) -> tuple[str, ...]:
    """Every language that one of the Record's texts is in."""
    texts: list[Mapping[str, object]] = [record.title, record.description, record.rights, record.lineage, record.quality, record.place,
                                         record.keywords]
    texts += [text for contact in record.contacts for text in (contact.organisation, contact.position, contact.address)]
    texts += [link.title for link in record.links]
    return tuple(dict.fromkeys([*LANGUAGES, *(tag for one in texts for tag in one)]))


def _locale(tag: str) -> str:
    return element("gmd:PT_Locale", element("gmd:languageCode", _code("LanguageCode", _CODES.get(tag, tag))),
                   element("gmd:characterEncoding", _code("MD_CharacterSetCode", "utf8")), attributes={"id": _locale_id(tag)})


def _locale_id(tag: str) -> str:
    return f"locale-{tag}"


def _language(tag: str) -> str:
    return element("gmd:language", _code("LanguageCode", _CODES.get(tag, tag)))


def _texts(name: str, words: Mapping[str, str], main: str) -> str:
    """A text with its translations."""
    chosen = say(words, main)
    if not chosen:
        return ""
    others = [element("gmd:textGroup", element("gmd:LocalisedCharacterString", text(one), attributes={"locale": f"#{_locale_id(tag)}"}))
              for tag, one in words.items() if tag != main and one]
    free = element("gmd:PT_FreeText", *others)
    return element(name, element("gco:CharacterString", text(chosen)), free,
                   attributes={"xsi:type": "gmd:PT_FreeText_PropertyType"} if free else None)


def _string(name: str, words: str) -> str:
    return element(name, element("gco:CharacterString", text(words)))


def _anchor(name: str, uri: str, words: str = "") -> str:
    return element(name, element("gmx:Anchor", text(words or uri), attributes={"xlink:href": uri}))


def _url(name: str, url: str) -> str:
    return element(name, element("gmd:URL", text(url)))


def _code(listed: str, value: str, prefix: str = "gmd") -> str:
    return element(f"{prefix}:{listed}", text(value), attributes={"codeList": _LISTS + listed, "codeListValue": value})


def _moment(moment: datetime) -> str:
    return element("gco:DateTime", text(rfc3339(moment)))


def _unstated(name: str) -> str:
    """What the standard wants and nobody has said."""
    return element(name, attributes={"gco:nilReason": "missing"})
