"""Sources that speak CSW 2.0.2: ISO 19139 where they have it, Dublin Core else, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit
from xml.etree.ElementTree import Element

from csdi.catalogue.harvest.fetching import XML, fetched, xml_of
from csdi.catalogue.harvest.source import Found, Source, Watch
from csdi.catalogue.reading.dublin_core import read_dublin_core
from csdi.catalogue.reading.iso19139 import read_iso19139
from csdi.catalogue.reading.xml import all_of, attribute, local, one_of, words_at
from csdi.errors import SourceUnavailable
from csdi.outgoing import Outgoing

PAGE = 50
GMD = "http://www.isotc211.org/2005/gmd"
CSW = "http://www.opengis.net/cat/csw/2.0.2"
_OWN = frozenset({"service", "version", "request", "acceptversions", "sections"})


def read_csw(source: Source, asker: Outgoing, watch: Watch) -> Iterator[Found]:
    """Every record there.

    Raises:
        SourceUnavailable: the server cannot be reached, or says that it cannot answer.
        ValueInvalid: it lies inside this network.
    """
    base = plain_url(source.url)
    offered = xml_of(fetched(with_params(base, {"service": "CSW", "version": "2.0.2", "request": "GetCapabilities"}), asker, accept=XML))
    schemas = {words for one in all_of(offered, ".//Parameter") if attribute(one, "name").casefold() == "outputschema"
               for words in words_at(one, ".//Value")}
    schema, position = GMD if GMD in schemas or not schemas else CSW, 1
    while position:
        try:
            results = one_of(xml_of(fetched(_page(base, schema, position), asker, accept=XML)), "SearchResults")
        except SourceUnavailable as error:
            if position == 1:
                raise
            watch.miss(f"records from {position} on could not be read: {error.message}", source.url, cure="harvest again")
            return
        if results is None:
            raise SourceUnavailable(f"{source.url}: the answer has no SearchResults", url=source.url)
        watch.total = _number(results, "numberOfRecordsMatched")
        yield from (_found(one, base) for one in results)
        following = _number(results, "nextRecord")
        position = following if position < following <= max(watch.total, following - 1) and len(results) else 0


def with_params(url: str, params: Mapping[str, str]) -> str:
    """The URL with further parameters."""
    return f"{url}{'&' if '?' in url else '?'}{urlencode(params)}"


def plain_url(url: str) -> str:
    """The address of a CSW without what a request adds to it."""
    parts = urlsplit(url)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name.casefold() not in _OWN]
    return urlunsplit(parts._replace(query=urlencode(kept), fragment=""))


def _page(base: str, schema: str, position: int) -> str:
    names = {"typeNames": "gmd:MD_Metadata", "namespace": f"xmlns(gmd={GMD})"} if schema == GMD else {
        "typeNames": "csw:Record", "namespace": f"xmlns(csw={CSW})"}
    return with_params(base, {
        "service": "CSW", "version": "2.0.2", "request": "GetRecords", **names, "resultType": "results", "elementSetName": "full",
        "outputSchema": schema, "outputFormat": "application/xml", "startPosition": str(position), "maxRecords": str(PAGE)})


def _found(element: Element, base: str) -> Found:
    parts = read_iso19139(element) if local(element) == "MD_Metadata" else read_dublin_core(element)
    identifier = str(parts["identifier"])
    by_id = with_params(base, {"service": "CSW", "version": "2.0.2", "request": "GetRecordById", "elementSetName": "full"})
    return Found(identifier, parts, f"{by_id}&id={quote(identifier, safe='')}" if identifier else "")


def _number(element: Element, name: str) -> int:
    text = attribute(element, name)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
