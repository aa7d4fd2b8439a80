"""OGC API - Features Part 4: items are created, replaced, updated and deleted, each against the state that the client saw."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from csdi.access import Action, require
from csdi.collection import Collection
from csdi.crs import CRS
from csdi.errors import AccessDenied, ReadOnly
from csdi.feature import Feature
from ogc_api import edits
from ogc_api.edge import body_of, in_thread, ogc_base, only, principal_of, services_of
from ogc_api.etags import Conditions
from ogc_api.feature_bodies import FEATURE_MEDIA, LONGEST, PATCH_MEDIA, new_feature, patched, read_content_crs, read_json
from ogc_api.items import item_answer, readable
from ogc_api.problems import problem

Work = Callable[[Request, Collection, bytes], Response]
READ = ("GET", "HEAD", "OPTIONS")
ON_ITEMS = (*READ, "POST")
ON_ITEM = (*READ, "PUT", "PATCH", "DELETE")


async def create(request: Request) -> Response:
    """POST on items: 201 with the new item and its Location."""
    return await _edit(request, _create)


async def replace(request: Request) -> Response:
    """PUT on an item: 200 with what it is now; 201 where it is new, which `If-None-Match: *` asks for."""
    return await _edit(request, _replace)


async def update(request: Request) -> Response:
    """PATCH on an item, a JSON Merge Patch: 200 with what it is now."""
    return await _edit(request, _update)


async def delete(request: Request) -> Response:
    """DELETE on an item: 204."""
    return await _edit(request, _delete)


async def options_of_items(request: Request) -> Response:
    """Which methods the items of this Collection take."""
    return await _options(request, ON_ITEMS)


async def options_of_item(request: Request) -> Response:
    """Which methods an item of this Collection takes."""
    return await _options(request, ON_ITEM)


def allowed(collection: Collection, methods: tuple[str, ...]) -> str:
    """The value of Allow: of these methods those that read, or all where items can be edited."""
    try:
        edits.check_editable(collection)
    except ReadOnly:
        return ", ".join(READ)
    return ", ".join(methods)


async def _options(request: Request, methods: tuple[str, ...]) -> Response:
    only(request)
    found = await in_thread(readable, services_of(request), principal_of(request), request.path_params["id"])
    accepted = {"Accept-Patch": ", ".join(sorted(PATCH_MEDIA))} if "PATCH" in (allow := allowed(found, methods)) else {}
    return Response(status_code=200, headers={"Allow": allow} | accepted)


async def _edit(request: Request, work: Work) -> Response:
    """The work on a Collection that the principal may edit; 405 with the methods there are where nobody may."""
    found = await in_thread(readable, services_of(request), principal_of(request), request.path_params["id"])
    try:
        edits.check_editable(found)
    except ReadOnly as error:
        answer = problem(error)
        answer.headers["Allow"] = ", ".join(READ)
        return answer
    _require(request, found)
    only(request)
    return await in_thread(work, request, found, await body_of(request, LONGEST, f"an item has at most {LONGEST} bytes"))


def _require(request: Request, collection: Collection) -> None:
    try:
        require(principal_of(request), Action.EDIT, collection)
    except AccessDenied as error:
        raise AccessDenied(error.message, remedy="send Authorization: Bearer and the value of CSDI_TOKEN", **error.data) from None


def _create(request: Request, collection: Collection, body: bytes) -> Response:
    services, source = services_of(request), _source(request, collection)
    document = read_json(body, _header(request, "content-type"), FEATURE_MEDIA)
    made = edits.create(services.store, collection, new_feature(document, collection, source, services.heights))
    return _answer(request, collection, made, source, 201)


def _replace(request: Request, collection: Collection, body: bytes) -> Response:
    services, source, conditions = services_of(request), _source(request, collection), _conditions(request)
    document = read_json(body, _header(request, "content-type"), FEATURE_MEDIA)
    wanted = new_feature(document, collection, source, services.heights, request.path_params["item"])
    made, is_new = edits.replace(services.store, collection, conditions, wanted)
    return _answer(request, collection, made, source, 201 if is_new else 200)


def _update(request: Request, collection: Collection, body: bytes) -> Response:
    services, source, conditions = services_of(request), _source(request, collection), _conditions(request)
    patch = read_json(body, _header(request, "content-type"), PATCH_MEDIA)
    made = edits.change(services.store, collection, request.path_params["item"], conditions,
                        lambda before: patched(before, patch, collection, source, services.heights))
    return _answer(request, collection, made, source, 200)


def _delete(request: Request, collection: Collection, body: bytes) -> Response:  # noqa: ARG001
    edits.delete(services_of(request).store, collection, request.path_params["item"], _conditions(request))
    return Response(status_code=204)


def _answer(request: Request, collection: Collection, made: Feature, source: CRS, status: int) -> Response:
    """The item in the CRS of the request's body, with where it is; nothing but that where the client prefers `return=minimal`."""
    base = ogc_base(request)
    body, headers = item_answer(made, collection, source, services_of(request).heights, base)
    place = f"{base}/collections/{collection.id}/items/{quote(made.id, safe=':$~')}"
    located = {"Location": place} if status == 201 else {}
    if "return=minimal" in _header(request, "prefer").replace(" ", "").lower():
        return Response(status_code=status if status == 201 else 204, headers=located | {"Preference-Applied": "return=minimal"})
    return Response(body, status, headers | located | {"Content-Location": place})


def _source(request: Request, collection: Collection) -> CRS:
    return read_content_crs(request.headers.get("content-crs"), collection)


def _conditions(request: Request) -> Conditions:
    return Conditions.of(_header(request, "if-match"), _header(request, "if-none-match"))


def _header(request: Request, name: str) -> str:
    return str(request.headers.get(name, ""))
