"""OGC API - Records: the catalogue and its Records in every rendition, and edits by those who may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from csdi.access import Action, require
from csdi.catalogue import assess
from csdi.catalogue.document import LONGEST, read_yaml, to_document, write_yaml
from csdi.catalogue.features import CATALOGUE, FACETS, SORTABLE, of_feature
from csdi.catalogue.keeping import Keeper, change_record, record_feature
from csdi.catalogue.record import Link, Record
from csdi.catalogue.renditions import Place, dcat_catalogue, dcat_dataset, iso19139, links_of, ogc_record, schema_org
from csdi.catalogue.renditions.links import GEOJSON, ISO, JSONLD
from csdi.collection import Collection, say
from csdi.errors import FormatUnknown, ValueInvalid
from csdi.feature import Feature
from csdi.store.base import Reader
from ogc_api import figures, pages, views
from ogc_api.catalogue import RecordsPage, RecordsRequest, catalogue_of, read_request, search
from ogc_api.edge import body_of, in_thread, ogc_base, only, principal_of, services_of, wants_html
from ogc_api.etags import Conditions, etag, is_known
from ogc_api.methods import Methods
from ogc_api.schemas import MEDIA as SCHEMA
from ogc_api.schemas import queryables

Json = dict[str, Any]

YAML = "application/yaml"
LIST_FORMS = ("json", "geojson", "html", "dcat")
FORMS = (*LIST_FORMS, "jsonld", "iso19139", "yaml")
_ACCEPTED = ((ISO, "iso19139"), ("application/xml", "iso19139"), (JSONLD, "dcat"), (YAML, "yaml"))
_BODIES = frozenset({"", "application/json", "application/merge-patch+json", YAML, "application/x-yaml", "text/yaml"})
_SORTABLES_REL = "http://www.opengis.net/def/rel/ogc/1.0/sortables"


async def catalogue(request: Request) -> Response:
    """What the catalogue is."""
    only(request, "json", "html")
    found = await in_thread(_kept, request)
    document = _catalogue_document(found, ogc_base(request), pages.language_of(request))
    if wants_html(request):
        return await views.collection_page(request, found, document)
    return _json(document, "application/json", request)


async def sortables(request: Request) -> Response:
    """What Records can be sorted by."""
    only(request, "json")
    found = await in_thread(_kept, request)
    whole = queryables(found, ogc_base(request), pages.language_of(request))
    properties = {name: schema for name, schema in whole["properties"].items() if name in SORTABLE}
    return _json(whole | {"$id": f"{Place(ogc_base(request)).catalogue}/sortables", "properties": properties}, SCHEMA, request)


async def records(request: Request) -> Response:
    """A page of Records."""
    form, place, language = _form(request, LIST_FORMS), Place(ogc_base(request)), pages.language_of(request)
    found, asked, page, shown = await in_thread(_search, request, form, language)
    if form == "dcat":
        name = services_of(request).settings.site_names.get("en") or "CSDI Twin"
        return _json(dcat_catalogue(found, name, place, [(one, _links(one, place, shown)) for one in page.records]), JSONLD, request)
    document = _page_document(asked, page, place, language, shown)
    if form == "html":
        return _html_list(request, document, found, language)
    return _json(document, GEOJSON, request)


async def record(request: Request) -> Response:
    """One Record."""
    only(request, *FORMS)
    form = _form(request, FORMS)
    feature, shown = await in_thread(_find, request)
    tag = etag(feature.properties["digest"], form, pages.language_of(request))
    if is_known(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers={"ETag": tag, "Vary": "Accept, Accept-Language"})
    answer = _rendered(request, of_feature(feature), form, shown)
    answer.headers["ETag"] = tag
    return answer


def _rendered(request: Request, found: Record, form: str, shown: Mapping[str, Collection]) -> Response:
    place, language = Place(ogc_base(request)), pages.language_of(request)
    links = _links(found, place, shown)
    if form == "iso19139":
        return Response(iso19139(found, links, place), media_type=ISO, headers=_vary(request))
    if form == "dcat":
        return _json(dcat_dataset(found, links, place), JSONLD, request)
    if form == "jsonld":
        return _json(schema_org(found, links, place, language), JSONLD, request)
    if form == "yaml":
        return Response(yaml_of(found), media_type=YAML, headers=_vary(request))
    document = ogc_record(found, links, place, language)
    if form == "html":
        box = found.bbox.xy if found.bbox else None
        figure = _figure(found, shown, place.base)
        return pages.page(request, "record", place.base, document=document, id=CATALOGUE, titles=dict(found.title), box=box, figure=figure,
                          described=schema_org(found, links, place, language), completeness=assess(found))
    return _json(document, GEOJSON, request)


def _figure(found: Record, shown: Mapping[str, Collection], base: str) -> Json | None:
    """The map of what a Record describes: the data where they are ours, else their extent."""
    public, ours = [one for one in shown.values() if one.public], shown.get(found.collection)
    figure = figures.of_collection(public, ours, base) if ours and ours.public else None
    if figure is None and found.bbox:
        figure = figures.of_extent(found.bbox.xy)
    return asdict(figure) if figure else None


def yaml_of(found: Record) -> str:
    """The Record for editing, headed by what it lacks."""
    complete = assess(found)
    lacks = f"# It lacks: {', '.join(complete.missing)}\n" if complete.missing else ""
    return f"# Completeness {complete.score} of 100\n{lacks}{write_yaml(to_document(found))}"


async def document(request: Request) -> Response:
    """`/api/records/{id}`: a Record as the document to edit, in all languages, with its completeness; the ETag is good for If-Match."""
    only(request, "json")
    feature, _ = await in_thread(_find, request)
    found = of_feature(feature)
    complete = assess(found)
    body = {"document": to_document(found), "completeness": {"score": complete.score, "missing": complete.missing}}
    return Response(orjson.dumps(body), media_type="application/json",
                    headers={"ETag": etag(feature.properties["digest"], "json"), "Cache-Control": "no-cache"})


async def edit(request: Request) -> Response:
    """PUT and PATCH: an edit of a Record against the state that the client saw; 200 with what it is now."""
    only(request)
    services = services_of(request)
    require(principal_of(request), Action.EDIT, await in_thread(_kept, request))
    given = read_body(await body_of(request, LONGEST, f"a record has at most {LONGEST} bytes"), request.headers.get("content-type", ""))
    conditions = Conditions.of(request.headers.get("if-match", ""), request.headers.get("if-none-match", ""))
    feature = await in_thread(change_record, services.store, request.path_params["item"], given,
                              replace_all=request.method == "PUT", check=conditions.check)
    shown = {c.id: c for c in await in_thread(services.store.collections)}
    answer = _rendered(request, of_feature(feature), "json", shown)
    answer.headers["ETag"] = etag(feature.properties["digest"], "json", pages.language_of(request))
    return answer


async def options_of_items(request: Request) -> Response:
    """Which methods the list of Records takes."""
    only(request)
    return Response(headers={"Allow": "GET, HEAD, OPTIONS"})


async def options_of_item(request: Request) -> Response:
    """Which methods a Record takes."""
    only(request)
    return Response(headers={"Allow": "GET, HEAD, OPTIONS, PUT, PATCH", "Accept-Patch": ", ".join(sorted(_BODIES - {""}))})


def read_body(body: bytes, content_type: str) -> Json:
    """The parts of a Record in a request: a document in JSON or YAML, as the rendition `yaml` shows it.

    Raises:
        FormatUnknown, ValueInvalid: another media type, not UTF-8, or not a document.
    """
    media = content_type.partition(";")[0].strip().lower()
    if media not in _BODIES:
        raise FormatUnknown(f"a record is not read from {media}", field="Content-Type", value=media,
                            remedy=f"{' or '.join(sorted(_BODIES - {''}))}; see the rendition f=yaml")
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise ValueInvalid(f"the body is not UTF-8 at byte {error.start}", field="body") from None
    return read_yaml(text, "the body")


def _kept(request: Request) -> Collection:
    """The catalogue, as the Collections are now."""
    keeper: Keeper = request.app.state.keeper
    keeper.catch_up()
    return catalogue_of(services_of(request), principal_of(request))


def _search(request: Request, form: str, language: str) -> tuple[Collection, RecordsRequest, RecordsPage, dict[str, Collection]]:
    found, store = _kept(request), services_of(request).store
    asked = read_request(store, request.query_params, found)
    if form == "html" and not asked.facets:
        asked = RecordsRequest(asked.asked, FACETS, asked.shown)
    return found, asked, search(store, asked, language), _collections(store)


def _find(request: Request) -> tuple[Feature, dict[str, Collection]]:
    _kept(request)
    store = services_of(request).store
    return record_feature(store, request.path_params["item"]), _collections(store)


def _collections(store: Reader) -> dict[str, Collection]:
    return {collection.id: collection for collection in store.collections()}


def _links(found: Record, place: Place, shown: Mapping[str, Collection]) -> tuple[Link, ...]:
    return links_of(found, place, shown.get(found.collection))


def _page_document(asked: RecordsRequest, page: RecordsPage, place: Place, language: str, shown: Mapping[str, Collection]) -> Json:
    features = [_chosen(ogc_record(one, _links(one, place, shown), place, language), asked) for one in page.records]
    document: Json = {
        "type": "FeatureCollection", "numberReturned": len(features), "timeStamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "links": _page_links(asked, page, place), "features": features}
    return document | ({} if page.matched is None else {"numberMatched": page.matched}) | ({"facets": page.facets} if page.facets else {})


def _chosen(feature: Json, asked: RecordsRequest) -> Json:
    """The Record with those properties that were asked for, and without its geometry where that was not."""
    if asked.shown is not None:
        feature["properties"] = {name: value for name, value in feature["properties"].items() if name in asked.shown}
    if not asked.asked.query.geometry:
        feature["geometry"] = None
    return feature


def _page_links(asked: RecordsRequest, page: RecordsPage, place: Place) -> list[Json]:
    here = f"{place.catalogue}/items"
    kept = {name: value for name, value in asked.asked.parameters.items() if name != "f"}
    first = {name: value for name, value in kept.items() if name not in ("cursor", "offset")}
    links = [{"rel": "self", "type": GEOJSON, "title": "This document", "href": _href(here, kept)},
             {"rel": "alternate", "type": "text/html", "title": "These records as a page", "href": _href(here, kept | {"f": "html"})},
             {"rel": "alternate", "type": JSONLD, "title": "These records as DCAT-AP", "href": _href(here, kept | {"f": "dcat"})},
             {"rel": "collection", "type": "application/json", "title": "The catalogue", "href": place.catalogue}]
    if page.next:
        links.append({"rel": "next", "type": GEOJSON, "title": "Next page", "href": _href(here, first | {"cursor": page.next})})
    return links


def _html_list(request: Request, document: Json, found: Collection, language: str) -> Response:
    following = next((link["href"] for link in document["links"] if link["rel"] == "next"), "")
    params = {name: value for name, value in request.query_params.items() if name not in ("cursor", "offset")}

    def narrowed(name: str, value: str) -> str:
        return f"{request.url.path}?{urlencode(params | {'f': 'html', name: value})}"

    def widened(name: str) -> str:
        return f"{request.url.path}?{urlencode({key: kept for key, kept in params.items() if key != name} | {'f': 'html'})}"

    facets = {name: facet for name, facet in document.get("facets", {}).items() if len(facet["buckets"]) > 1 or name in params}
    labels = {one.name: one.title.get(language, one.name) for one in found.schema}
    return pages.page(request, "records", ogc_base(request), document=document, id=CATALOGUE, title=found.title_in(language), facets=facets,
                      labels=labels, params=params, narrowed=narrowed, widened=widened, q=params.get("q", ""),
                      following=f"{following}&f=html" if following else "", scalar=[n for n in facets if n not in ("keywords", "topics")])


def _catalogue_document(found: Collection, base: str, language: str) -> Json:
    place, box = Place(base), found.extent.bbox
    here = place.catalogue

    def link(rel: str, href: str, media: str, title: str) -> Json:
        return {"rel": rel, "type": media, "title": title, "href": href}

    crs84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
    return {
        "id": found.id, "type": "Catalog", "itemType": "record", "title": found.title_in(language),
        "description": say(found.description, language),
        "keywords": list(found.keywords), "language": {"code": language}, "languages": [{"code": tag} for tag in found.title],
        "recordLanguages": [{"code": tag} for tag in found.title], "crs": [crs84], "storageCrs": crs84,
        "conformsTo": ["http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-collection"],
        "extent": {"spatial": {"bbox": [list(box.xy) if box else [-180.0, -90.0, 180.0, 90.0]], "crs": crs84}},
        "links": [
            link("self", here, "application/json", "This document"),
            link("alternate", f"{here}?f=html", "text/html", "The catalogue as a page"),
            link("items", f"{here}/items?f=json", GEOJSON, "Records"),
            link("items", f"{here}/items?f=html", "text/html", "Records as pages"),
            link("items", f"{here}/items?f=dcat", JSONLD, "Records as DCAT-AP"),
            link("http://www.opengis.net/def/rel/ogc/1.0/queryables", f"{here}/queryables", SCHEMA, "What a filter may name"),
            link(_SORTABLES_REL, f"{here}/sortables", SCHEMA, "What records can be sorted by"),
            link("http://www.opengis.net/def/rel/ogc/1.0/schema", f"{here}/schema", SCHEMA, "The properties as they are kept"),
            link("sitemap", base.removesuffix("/ogc") + "/sitemap.xml", "application/xml", "All records for crawlers")],
    }


def _form(request: Request, known: tuple[str, ...]) -> str:
    """The rendition that `f` names, else the one that Accept prefers."""
    asked = request.query_params.getlist("f")
    if asked:
        if len(asked) > 1 or asked[0] not in known:
            raise ValueInvalid(f"there is no rendition '{asked[-1]}' of this", field="f", value=asked[-1],
                               remedy=f"one of {', '.join(known)}")
        return "json" if asked[0] == "geojson" else asked[0]
    if wants_html(request):
        return "html"
    accept = request.headers.get("accept", "")
    return next((form for media, form in _ACCEPTED if media in accept and form in known), "json")


def _href(url: str, parameters: Mapping[str, str]) -> str:
    return f"{url}?{urlencode(parameters)}" if parameters else url


def _vary(request: Request) -> dict[str, str]:
    return {"Vary": "Accept, Accept-Language", "Content-Language": pages.language_of(request)}


def _json(document: Json, media: str, request: Request) -> Response:
    return Response(orjson.dumps(document), media_type=media, headers=_vary(request))


def routes() -> list[BaseRoute]:
    """Everything below `/ogc/collections/records` that is not as for every Collection."""
    root = f"/ogc/collections/{CATALOGUE}"
    return [Route(root, catalogue), Route(f"{root}/sortables", sortables),
            Route("/api/records/{item:path}", document),
            Route(f"{root}/items", Methods(GET=records, OPTIONS=options_of_items)),
            Route(f"{root}/items/{{item:path}}", Methods(GET=record, PUT=edit, PATCH=edit, OPTIONS=options_of_item))]
