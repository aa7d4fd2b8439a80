"""The sitemap: the page of every Record, for crawlers, and where they find it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from xml.sax.saxutils import escape

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from csdi.access import ANYBODY
from csdi.catalogue.features import CATALOGUE
from csdi.catalogue.keeping import Keeper
from csdi.catalogue.renditions import Place
from csdi.errors import NotFound, ValueInvalid
from csdi.query import Query
from csdi.store.base import scan
from ogc_api.catalogue import catalogue_of
from ogc_api.edge import in_thread, ogc_base, origin, services_of

MOST = 50_000
"""Pages that one sitemap may name (sitemaps.org)."""
_NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


async def sitemap(request: Request) -> Response:
    """The pages of all Records; where they are too many for one sitemap, an index of sitemaps."""
    body = await in_thread(_body, request)
    return Response(body, media_type="application/xml")


async def robots(request: Request) -> Response:
    """Where the sitemap is, and what is not worth crawling."""
    text = f"User-agent: *\nDisallow: /tiles3d/\nDisallow: /terrain/\nSitemap: {origin(request)}/sitemap.xml\n"
    return Response(text, media_type="text/plain; charset=utf-8")


def _body(request: Request) -> str:
    services, keeper = services_of(request), request.app.state.keeper
    assert isinstance(keeper, Keeper)
    keeper.catch_up()
    catalogue_of(services, ANYBODY)
    part, pages = _part(request), -(-services.store.count(CATALOGUE, Query()) // MOST)
    if part is None and pages > 1:
        return index(f"{origin(request)}/sitemap.xml?part={number}" for number in range(1, pages + 1))
    if part is not None and part > pages:
        raise NotFound(f"the sitemap has {pages} parts", remedy="see /sitemap.xml")
    place = Place(ogc_base(request))
    found = scan(services.store, CATALOGUE, Query(fields=("recordId", "updated"), geometry=False))
    begin = MOST * ((part or 1) - 1)
    return listed((f"{place.record(feature.id)}?f=html", feature.properties.get("updated") or "")
                  for feature in islice(found, begin, begin + MOST))


def listed(pages: Iterable[tuple[str, str]]) -> str:
    """A sitemap of (URL, time of the last change or "")."""
    entries = "".join(f"<url><loc>{escape(url)}</loc>{f'<lastmod>{when}</lastmod>' if when else ''}</url>\n" for url, when in pages)
    return f"{_HEAD}<urlset {_NS}>\n{entries}</urlset>\n"


def index(sitemaps: Iterable[str]) -> str:
    """An index of sitemaps by their URLs."""
    entries = "".join(f"<sitemap><loc>{escape(url)}</loc></sitemap>\n" for url in sitemaps)
    return f"{_HEAD}<sitemapindex {_NS}>\n{entries}</sitemapindex>\n"


def _part(request: Request) -> int | None:
    if extra := sorted(set(request.query_params) - {"part"}):
        raise ValueInvalid(f"there is no parameter '{extra[0]}' here", field=extra[0], remedy="known: part")
    text = request.query_params.get("part")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and int(text[:9]) > 0 and len(text) <= 9):
        raise ValueInvalid(f"part '{text}' is not a number from 1", field="part", value=text)
    return int(text)


def routes() -> list[BaseRoute]:
    """What crawlers ask for."""
    return [Route("/sitemap.xml", sitemap), Route("/robots.txt", robots)]
