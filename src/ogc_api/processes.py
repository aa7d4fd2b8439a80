"""Routes of OGC API - Processes: the processes, what each says of itself, and its execution."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from csdi.collection import say
from csdi.errors import FormatUnknown, ValueInvalid
from csdi.processes.description import JSON_MEDIA, Input, Json, Output, Process
from csdi.processes.registry import PROCESSES, process
from csdi.processes.request import is_link, read_request
from csdi.processes.status import status_info
from ogc_api import pages
from ogc_api.edge import body_of, in_thread, ogc_base, only, services_of, wants_html
from ogc_api.executions import forget, submit, wait_for
from ogc_api.methods import Methods
from ogc_api.parameters import MAX_WHOLE
from ogc_api.results import answer

LARGEST_BODY = 64 * 2**20
MOST = 1000
EXECUTE = "http://www.opengis.net/def/rel/ogc/1.0/execute"


async def process_list(request: Request) -> Response:
    """All processes in short."""
    limit = read_limit(request, MOST)
    only(request, "json", "html", also=("limit",))
    base, language = ogc_base(request), pages.language_of(request)
    shown = [summary(one, base, language) for one in list(PROCESSES.values())[:limit]]
    document = {"processes": shown, "links": _links(f"{base}/processes")}
    return _document(request, "processes", document)


async def describe(request: Request) -> Response:
    """One process with its inputs and outputs."""
    only(request, "json", "html")
    found = process(request.path_params["id"])
    return _document(request, "process", description(found, ogc_base(request), pages.language_of(request)))


async def execute(request: Request) -> Response:
    """Run a process: now, or as a job with `Prefer: respond-async`."""
    only(request)
    found = process(request.path_params["id"])
    asked = read_request(found, _at_home(await _body(request), ogc_base(request)))
    if "respond-async" in _preferences(request):
        job = await submit(request, found, asked)
        about = status_info(job, ogc_base(request))
        headers = {"Location": f"{ogc_base(request)}/jobs/{job.id}", "Preference-Applied": "respond-async"}
        return Response(orjson.dumps(about), 201, headers, JSON_MEDIA)
    finished = await wait_for(request, found, asked)
    root = f"{ogc_base(request)}/jobs/{finished.job}"
    made = await in_thread(answer, request, asked, finished.outputs, services_of(request).blobs, f"{root}/results")
    await forget(request, finished)
    if finished.job:
        made.headers.append("Link", f"<{root}>; rel=monitor")
    return made


def summary(one: Process, base: str, language: str) -> Json:
    """A process in short, in a language."""
    here = f"{base}/processes/{one.id}"
    return {"id": one.id, "version": one.version, "title": say(one.title, language), "description": say(one.description, language),
            "keywords": list(one.keywords), "jobControlOptions": ["sync-execute", "async-execute", "dismiss"],
            "outputTransmission": ["value", "reference"],
            "links": [*_links(here), {"href": f"{here}/execution", "rel": EXECUTE, "type": JSON_MEDIA, "title": "Execution"}]}


def description(one: Process, base: str, language: str) -> Json:
    """A process with its inputs and outputs, in a language."""
    return summary(one, base, language) | {"inputs": {given.id: _input(given, language) for given in one.inputs},
                                           "outputs": {made.id: _described(made, language) for made in one.outputs}}


def _input(one: Input, language: str) -> Json:
    return _described(one, language) | {"minOccurs": one.least, "maxOccurs": one.most, "valuePassing": ["byValue", "byReference"]}


def _described(one: Input | Output, language: str) -> Json:
    about = {"title": say(one.title, language), "description": say(one.description, language)}
    return {name: text for name, text in about.items() if text} | {"schema": one.schema}


def read_limit(request: Request, most: int) -> int:
    """The parameter `limit`; a larger one is served as the largest.

    Raises:
        ValueInvalid: it is no whole number from 1 to `MAX_WHOLE`.
    """
    asked = request.query_params.get("limit", str(most))
    if not (asked.isascii() and asked.isdigit() and len(asked) <= len(str(MAX_WHOLE)) and 1 <= int(asked) <= MAX_WHOLE):
        raise ValueInvalid(f"limit is a whole number, 1 to {MAX_WHOLE}, not '{asked}'", field="limit", value=asked)
    return min(int(asked), most)


def _links(here: str) -> list[Json]:
    return [{"href": here, "rel": "self", "type": JSON_MEDIA, "title": "This document"},
            {"href": f"{here}?f=html", "rel": "alternate", "type": "text/html", "title": "This document as HTML"}]


def _document(request: Request, template: str, document: Json) -> Response:
    if wants_html(request):
        return pages.page(request, template, ogc_base(request), document=document)
    return Response(orjson.dumps(document), media_type=JSON_MEDIA,
                    headers={"Content-Language": pages.language_of(request), "Vary": "Accept, Accept-Language"})


async def _body(request: Request) -> Any:
    """The JSON of a request.

    Raises:
        FormatUnknown: it says that it is something else.
        FileTooLarge: there is too much of it.
        ValueInvalid: it is no JSON.
    """
    media = request.headers.get("content-type", JSON_MEDIA).partition(";")[0].strip().lower()
    if media != JSON_MEDIA and not media.endswith("+json"):
        raise FormatUnknown(f"the body is {media}", field="Content-Type", remedy=f"send {JSON_MEDIA}")
    body = await body_of(request, LARGEST_BODY, f"the body has more than {LARGEST_BODY} bytes",
                         remedy="publish the data as a layer, and refer to the collection")
    try:
        return await in_thread(orjson.loads, body)
    except orjson.JSONDecodeError as error:
        raise ValueInvalid(f"the body is no JSON: {error}", field="body") from None


def _preferences(request: Request) -> set[str]:
    """The preferences of `Prefer` headers (RFC 7240), without their values."""
    stated = ",".join(request.headers.getlist("prefer"))
    return {part.partition(";")[0].partition("=")[0].strip().lower() for part in stated.split(",")}


def _at_home(body: Any, base: str) -> Any:
    """The body with links to items of our own Collections as references to them: nothing of ours is fetched over HTTP."""
    if not isinstance(body, dict) or not isinstance(body.get("inputs"), dict):
        return body
    return body | {"inputs": {id: _own(value, base, id) for id, value in body["inputs"].items()}}


def _own(value: Any, base: str, id: str) -> Any:
    if not is_link(value) or not value["href"].startswith(f"{base}/collections/"):
        return value
    parts = urlsplit(value["href"])
    collection, _, rest = parts.path.rpartition("/collections/")[2].partition("/")
    items, _, item = rest.partition("/")
    asked = dict(parse_qsl(parts.query))
    if items != "items" or (unknown := sorted(set(asked) - {"f", "filter", "filter-lang", "limit"})):
        raise ValueInvalid(f"inputs.{id}: of our own collections only items can be used, with a filter", field=f"inputs.{id}.href",
                           value=value["href"], remedy=f"leave out {unknown[0]}" if items == "items" else "/collections/{id}/items")
    found: Json = {"collection": unquote(collection)} | ({"ids": [unquote(item)]} if item else {})
    if "filter" in asked:
        found["filter"] = _json(asked["filter"]) if asked.get("filter-lang") == "cql2-json" else asked["filter"]
    return found


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def routes() -> list[BaseRoute]:
    """Everything below `/ogc/processes`."""
    return [Route("/ogc/processes", Methods(GET=process_list)), Route("/ogc/processes/{id}", Methods(GET=describe)),
            Route("/ogc/processes/{id}/execution", Methods(POST=execute))]
