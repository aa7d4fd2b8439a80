"""ISO 19139 XML (and what ISO 19115-3 has in common with it) as parts of a Record, in all its languages."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

from csdi.catalogue.codes import ROLES, TOPICS
from csdi.catalogue.language import LANGUAGES, language_of, tag_of
from csdi.catalogue.reading.values import first, frequency_of, sides, span_of
from csdi.catalogue.reading.xml import all_of, attribute, local, one_of, word_at, words_at
from csdi.crs import crs
from csdi.errors import CrsError

Json = dict[str, Any]

_RELATIONS = {"download": "enclosure", "offlineAccess": "item", "search": "service", "information": "about", "order": "about"}


class _Languages:
    """The languages of one document: the main one, and those that its locales stand for."""

    def __init__(self, root: Element) -> None:
        main = one_of(root, "language") if one_of(root, "language") is not None else one_of(root, "defaultLocale/PT_Locale/language")
        self._main = _code(main)
        self._locales = {attribute(one, "id"): _code(one_of(one, "languageCode")) or _code(one_of(one, "language"))
                         for one in all_of(root, ".//PT_Locale")}

    def main(self, words: str) -> str:
        return tag_of(self._main, words) or language_of(words)

    def of_locale(self, reference: str, words: str) -> str:
        id = reference.lstrip("#")
        named = tag_of(id.removeprefix("locale-"), words)
        return named if named in LANGUAGES else tag_of(self._locales.get(id, ""), words) or named or language_of(words)


def read_iso19139(root: Element) -> Json:
    """The parts of an MD_Metadata element."""
    tongues = _Languages(root)
    about = first([one_of(root, "identificationInfo/MD_DataIdentification"), one_of(root, "identificationInfo/SV_ServiceIdentification"),
                   one_of(root, "identificationInfo/*")])
    if about is None:
        about = Element("none")
    codes = list(_references(root))
    return {
        "identifier": word_at(root, "fileIdentifier") or word_at(root, "metadataIdentifier/MD_Identifier/code")
        or word_at(about, "citation/CI_Citation/identifier/*/code"),
        "type": _code(one_of(root, "hierarchyLevel")) or ("service" if local(about).startswith("SV_") else "dataset"),
        "title": _texts(one_of(about, "citation/CI_Citation/title"), tongues), "description": _texts(one_of(about, "abstract"), tongues),
        "keywords": _keywords(about, tongues),
        "topics": [topic for topic in words_at(about, "topicCategory/MD_TopicCategoryCode") if topic in TOPICS],
        "licence": _licence(about), "rights": _texts(one_of(about, "credit"), tongues),
        "contacts": [_contact(one, tongues) for one in _parties(root, about)],
        "lineage": _texts(one_of(root, ".//LI_Lineage/statement"), tongues),
        "quality": _quality(root, tongues),
        "update_frequency": frequency_of(_code(one_of(about, ".//maintenanceAndUpdateFrequency"))),
        "extent": {"bbox": _box(about), "place": _texts(one_of(about, ".//EX_Extent/description"), tongues), "time": _time(about)},
        "crs": next((code for code, vertical in codes if not vertical), None),
        "height_datum": next((code for code, vertical in codes if vertical), None),
        "created": _date(about, ("creation", "publication")), "updated": first([_date(about, ("revision",)), word_at(root, "dateStamp")]),
        "links": list(_links(root, tongues)),
    }


def _texts(element: Element | None, tongues: _Languages) -> dict[str, str]:
    """A text with its translations."""
    found: dict[str, str] = {}
    if element is None:
        return found
    words = word_at(element, "CharacterString") or word_at(element, "Anchor")
    if words:
        found[tongues.main(words)] = words
    for one in all_of(element, "PT_FreeText/textGroup/LocalisedCharacterString"):
        translated = "".join(one.itertext()).strip()
        if translated:
            found.setdefault(tongues.of_locale(attribute(one, "locale"), translated), translated)
    return found


def _quality(root: Element, tongues: _Languages) -> dict[str, str]:
    """What is said of the quality by itself, not of how the data conform to a named specification."""
    for one in all_of(root, ".//DQ_ConformanceResult"):
        if one_of(one, "specification/CI_Citation") is None and (found := _texts(one_of(one, "explanation"), tongues)):
            return found
    return {}


def _keywords(about: Element, tongues: _Languages) -> dict[str, list[str]]:
    """Words by language; a word in Chinese characters is Chinese, whatever the document's main language."""
    found: dict[str, list[str]] = {}
    for element in all_of(about, "descriptiveKeywords/MD_Keywords/keyword"):
        for tag, word in _texts(element, tongues).items():
            told = language_of(word)
            found.setdefault(told if told != "en" else tag if not tag.startswith("zh") else "en", []).append(word)
    return found


def _parties(root: Element, about: Element) -> list[Element]:
    """Those who answer for the data, else those who answer for the metadata."""
    for place, path in ((about, "pointOfContact/CI_ResponsibleParty"), (about, "pointOfContact/CI_Responsibility"),
                        (root, "contact/CI_ResponsibleParty"), (root, "contact/CI_Responsibility")):
        if found := all_of(place, path):
            return found
    return []


def _contact(party: Element, tongues: _Languages) -> Json:
    role = _code(one_of(party, "role"))
    organisation = _texts(one_of(party, "organisationName"), tongues) or _texts(one_of(party, ".//CI_Organisation/name"), tongues)
    return {
        "name": word_at(party, "individualName") or word_at(party, ".//CI_Individual/name"), "organisation": organisation,
        "position": _texts(one_of(party, ".//positionName"), tongues), "role": role if role in ROLES else "pointOfContact",
        "email": word_at(party, ".//electronicMailAddress"),
        "phone": word_at(party, ".//voice") or word_at(party, ".//CI_Telephone/number"),
        "url": word_at(party, ".//onlineResource//linkage"), "address": _texts(one_of(party, ".//deliveryPoint"), tongues)}


def _licence(about: Element) -> str:
    """The URI of a licence where one is named, else the first words that restrict the use."""
    stated = [*all_of(about, "resourceConstraints//otherConstraints"), *all_of(about, "resourceConstraints//useLimitation")]
    anchors = [attribute(anchor, "href") for one in stated for anchor in all_of(one, "Anchor")]
    words = ["".join(one.itertext()).strip() for one in stated]
    uris = [text for text in (*anchors, *words) if text.startswith(("http://", "https://")) and "LimitationsOnPublicAccess" not in text]
    return first([*uris, *words]) or ""


def _box(about: Element) -> list[float] | None:
    for one in all_of(about, ".//EX_GeographicBoundingBox"):
        limits = [word_at(one, name) for name in ("westBoundLongitude", "southBoundLatitude", "eastBoundLongitude", "northBoundLatitude")]
        if found := sides(*limits):
            return found
    return None


def _time(about: Element) -> str | None:
    for one in all_of(about, ".//EX_TemporalExtent//TimePeriod"):
        if found := span_of(first([word_at(one, "beginPosition"), word_at(one, "begin//timePosition")]),
                            first([word_at(one, "endPosition"), word_at(one, "end//timePosition")])):
            return found
    moment = word_at(about, ".//EX_TemporalExtent//TimeInstant/timePosition")
    return span_of(moment, moment) if moment else None


def _date(about: Element, kinds: tuple[str, ...]) -> str | None:
    for one in all_of(about, "citation/CI_Citation/date/CI_Date"):
        if _code(one_of(one, "dateType")) in kinds:
            return word_at(one, "date") or None
    return None


def _references(root: Element) -> list[tuple[str, bool]]:
    """(code, whether it is a height datum) of every CRS that can be resolved."""
    found = []
    for one in all_of(root, "referenceSystemInfo/MD_ReferenceSystem/referenceSystemIdentifier/*"):
        code, space = one_of(one, "code"), word_at(one, "codeSpace")
        words = word_at(one, "code")
        for name in (attribute(one_of(code, "Anchor"), "href"), words, f"{space}:{words}", f"EPSG:{words}"):
            try:
                known = crs(name)
            except CrsError:
                continue
            found.append((known.code, known.is_vertical))
            break
    return found


def _links(root: Element, tongues: _Languages) -> list[Json]:
    found = []
    for one in (*all_of(root, "distributionInfo//CI_OnlineResource"), *all_of(root, ".//connectPoint/CI_OnlineResource")):
        media, function = word_at(one, "description"), _code(one_of(one, "function"))
        found.append({"href": word_at(one, "linkage"), "rel": _RELATIONS.get(function, "item"),
                      "title": _texts(one_of(one, "name"), tongues),
                      "type": media if "/" in media and " " not in media.partition(";")[0] else ""})
    return found


def _code(element: Element | None) -> str:
    """The value of a code list, or the words in its place."""
    if element is None:
        return ""
    for one in element.iter():
        if value := attribute(one, "codeListValue"):
            return value
    return "".join(element.itertext()).strip()
