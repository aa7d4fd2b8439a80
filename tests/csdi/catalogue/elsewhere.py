"""Catalogues elsewhere: a small server with an OGC API Records, a CSW, a CKAN in three languages, and DCAT documents."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from csdi.catalogue.renditions import Place, iso19139
from tests import loopback
from tests.csdi.catalogue.examples import TERMINAL

TITLES = {"en": "Bus stop {n}", "tc": "巴士站 {n}", "sc": "巴士站点 {n}"}


@dataclass
class Shelf:
    """What the server has now, and how it behaves.

    Attributes:
        names: of the things that are described, in order.
        broken: everything after the first page fails.
    """

    names: list[str] = field(default_factory=lambda: [f"stop-{n:03}" for n in range(250)])
    note: str = "first"
    broken: bool = False
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str, query: dict[str, str], base: str) -> tuple[int, str, bytes]:
        """(status, media type, body)."""
        if path.startswith("/ogc"):
            return self.ogc(path, query, base)
        if path == "/csw":
            return self.csw(query)
        if "/api/3/action/package_search" in path:
            return self.ckan(path.split("/")[1].removesuffix("-data"), query)
        if path.startswith("/dcat"):
            return self.dcat(query, base)
        if path == "/away":
            return 302, "", b"http://10.0.0.1/"
        return 404, "text/plain", b"nothing"

    def ogc(self, path: str, query: dict[str, str], base: str) -> tuple[int, str, bytes]:
        root = f"{base}/ogc"
        if path == "/ogc":
            return reply({"title": "Elsewhere", "links": [{"rel": "data", "href": "/ogc/collections", "type": "application/json"}]})
        if path == "/ogc/collections":
            return reply({"collections": [
                {"id": "metadata", "itemType": "record", "links": [
                    {"rel": "items", "type": "text/html", "href": f"{root}/collections/metadata/items?f=html"},
                    {"rel": "items", "type": "application/geo+json", "href": "collections/metadata/items"}]},
                {"id": "roads", "itemType": "feature", "links": []}], "links": []})
        start, limit = int(query.get("offset", 0)), int(query.get("limit", 10))
        if self.broken and start:
            return 500, "text/plain", b"out of order"
        page = self.names[start:start + limit]
        links = [{"rel": "next", "type": "application/geo+json", "href": f"?limit={limit}&offset={start + limit}"}] \
            if start + limit < len(self.names) else []
        return reply({"type": "FeatureCollection", "numberMatched": len(self.names), "links": links,
                      "features": [self.record(name, root) for name in page]})

    def record(self, name: str, root: str) -> dict[str, Any]:
        return {
            "type": "Feature", "id": name, "geometry": {"type": "Polygon", "coordinates": [[[114, 22.2], [114.1, 22.2], [114.1, 22.3],
                                                                                            [114, 22.3], [114, 22.2]]]},
            "time": {"interval": ["2023-01-01", ".."]},
            "properties": {"type": "dataset", "title": f"巴士站 {name}", "description": self.note, "keywords": ["bus", "巴士"],
                           "language": {"code": "zh-Hant"}, "themes": [{"concepts": [{"id": "transportation"}], "scheme": "iso"}],
                           "contacts": [{"organization": "運輸署", "emails": [{"value": "a@td.example.hk"}], "roles": ["publisher"]}],
                           "license": "CC-BY-4.0", "externalIds": [], "updated": "2024-05-01T00:00:00Z"},
            "links": [{"rel": "self", "href": f"{root}/collections/metadata/items/{name}"},
                      {"rel": "enclosure", "href": f"https://td.example.hk/{name}.geojson", "type": "application/geo+json", "title": "GeoJSON"},
                      {"rel": "item", "href": "javascript:alert(1)"}, {"rel": "item", "href": "file:///etc/passwd"}]}

    def csw(self, query: dict[str, str]) -> tuple[int, str, bytes]:
        if query.get("request") == "GetCapabilities":
            return 200, "application/xml", (
                b'<csw:Capabilities xmlns:csw="http://www.opengis.net/cat/csw/2.0.2" xmlns:ows="http://www.opengis.net/ows"><ows:Operation name='
                b'"GetRecords"><ows:Parameter name="outputSchema"><ows:Value>http://www.opengis.net/cat/csw/2.0.2</ows:Value><ows:Value>'
                b'http://www.isotc211.org/2005/gmd</ows:Value></ows:Parameter></ows:Operation></csw:Capabilities>')
        start, most = int(query["startPosition"]), int(query["maxRecords"])
        if self.broken and start > 1:
            return 200, "application/xml", (b'<ExceptionReport xmlns="http://www.opengis.net/ows"><Exception><ExceptionText>no'
                                            b'</ExceptionText></Exception></ExceptionReport>')
        page = self.names[start - 1:start - 1 + most]
        following = start + most if start - 1 + most < len(self.names) else 0
        make = self.iso if query["outputSchema"].endswith("gmd") else self.dublin
        return 200, "application/xml", (
            f'<csw:GetRecordsResponse xmlns:csw="http://www.opengis.net/cat/csw/2.0.2"><csw:SearchResults numberOfRecordsMatched="{len(self.names)}"'
            f' numberOfRecordsReturned="{len(page)}" nextRecord="{following}">{"".join(map(make, page))}</csw:SearchResults>'
            f'</csw:GetRecordsResponse>').encode()

    def iso(self, name: str) -> str:
        from dataclasses import replace
        one = replace(TERMINAL, id=name, identifier="", description={"en": self.note, "zh-Hant": "說明"})
        return iso19139(one, one.links, Place("https://csw.example.hk/ogc")).decode().partition("?>\n")[2]

    def dublin(self, name: str) -> str:
        return (f'<csw:Record xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dct="http://purl.org/dc/terms/" '
                f'xmlns:ows="http://www.opengis.net/ows"><dc:identifier>{name}</dc:identifier><dc:title>{escape("機場 & " + name)}</dc:title>'
                f'<dc:subject>transportation</dc:subject><dc:subject>airport</dc:subject><dct:abstract>{self.note}</dct:abstract>'
                f'<ows:BoundingBox crs="urn:x-ogc:def:crs:EPSG:6.11:4326"><ows:LowerCorner>22.2 113.9</ows:LowerCorner>'
                f'<ows:UpperCorner>22.4 114.0</ows:UpperCorner></ows:BoundingBox></csw:Record>')

    def ckan(self, language: str, query: dict[str, str]) -> tuple[int, str, bytes]:
        start, rows = int(query.get("start", 0)), int(query["rows"])
        if self.broken and (start or language == "sc"):
            return 200, "application/json", b'{"success": false, "error": {"message": "busy"}}'
        return reply({"help": "", "success": True, "result": {"count": len(self.names), "results": [
            self.package(name, n, language) for n, name in enumerate(self.names)][start:start + rows]}})

    def package(self, name: str, n: int, language: str) -> dict[str, Any]:
        owner = {"en": "Transport Department", "tc": "運輸署", "sc": "运输署"}[language]
        return {
            "id": f"id-{name}", "name": name, "title": TITLES[language].format(n=n), "notes": self.note, "organization": {"name": "td", "title": owner},
            "maintainer": "The Desk", "maintainer_email": "desk@td.example.hk", "license_title": "Terms", "license_url":
            "https://data.gov.hk/en/terms-and-conditions", "update_frequency": "As and when necessary", "metadata_created": "2020-01-01T00:00:00.123456",
            "metadata_modified": "2024-01-01T00:00:00", "tags": [{"name": "bus", "display_name": {"en": "bus", "tc": "巴士", "sc": "巴士"}[language]}],
            "extras": [{"key": "spatial", "value": '{"type":"Polygon","coordinates":[[[114,22],[115,22],[115,23],[114,22]]]}'}],
            "resources": [{"url": f"https://td.example.hk/{name}.csv", "format": "CSV", "name": {"en": "Table", "tc": "表", "sc": "表格"}[language]}]}

    def dcat(self, query: dict[str, str], base: str) -> tuple[int, str, bytes]:
        start = int(query.get("page", 1)) - 1
        if self.broken and start:
            return 500, "text/plain", b""
        page = self.names[start * 100:start * 100 + 100]
        view = {"@id": f"{base}/dcat?page={start + 1}", "@type": "hydra:PartialCollectionView"} | (
            {"hydra:next": {"@id": f"/dcat?page={start + 2}"}} if (start + 1) * 100 < len(self.names) else {})
        return reply({"@context": {"dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "naam": "dct:title"}, "@graph": [
            {"@id": f"{base}/cat", "@type": "dcat:Catalog", "dcat:dataset": [{"@id": f"urn:x:{name}"} for name in page]}, view,
            *({"@id": f"urn:x:{name}", "@type": "dcat:Dataset", "naam": [{"@value": f"巴士站 {name}", "@language": "zh-HK"},
                                                                        {"@value": f"Bus stop {name}", "@language": "en"}],
               "dct:description": self.note, "dct:publisher": {"@id": "urn:x:td"}} for name in page),
            {"@id": "urn:x:td", "@type": "foaf:Agent", "http://xmlns.com/foaf/0.1/name": "運輸署"}]})


def reply(document: Any) -> tuple[int, str, bytes]:
    return 200, "application/json", json.dumps(document, ensure_ascii=False).encode()


@contextmanager
def serving(shelf: Shelf) -> Iterator[str]:
    """The URL of a server with a shelf, on loopback."""

    class Site(loopback.Handler):
        def get(self) -> None:
            parts = urlsplit(self.path)
            shelf.asked.append(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
            status, media, body = shelf.answer(parts.path.rstrip("/"), query, f"http://{self.headers['Host']}")
            if status == 302:
                self.answer(status, headers={"Location": body.decode()})
            else:
                self.answer(status, body, {"Content-Type": media})

    with loopback.serving(Site) as url:
        yield url
