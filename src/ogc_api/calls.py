"""One request to our own API: its parts and parameters checked, and its answer with an entity tag."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import quote

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from csdi.access import Principal
from csdi.blobs import Blobs
from csdi.bootstrap import Services
from csdi.cli import job_dict
from csdi.errors import ValueInvalid
from csdi.jobs import Job
from ogc_api.edge import body_of, in_thread, principal_of, services_of
from ogc_api.etags import Conditions, etag, is_known
from ogc_api.methods import Handler, Methods

LONGEST = 1 << 20
"""Bytes of a document that is sent."""

_PIECE = 1 << 20

AGAIN_S = 1
"""Seconds after which whoever waits for what a job makes may ask again."""

Json = dict[str, Any]


class Call:
    """One request with its body read, and who asks."""

    def __init__(self, request: Request, body: bytes) -> None:
        self.request, self.body = request, body
        self.services: Services = services_of(request)
        self.principal: Principal = principal_of(request)

    @property
    def id(self) -> str:
        """Id of what is asked about."""
        return self.part("id")

    def part(self, name: str) -> str:
        """A part of the path."""
        found: str = self.request.path_params[name]
        return found

    def number(self, name: str, usual: int, most: int) -> int:
        """A whole number among the parameters. Raises ValueInvalid."""
        said = self.request.query_params.get(name, str(usual))
        if not (said.isascii() and said.isdigit() and len(said) < 10 and int(said) <= most):
            raise ValueInvalid(f"{name} is a number from 0 to {most}", field=name, value=said[:40])
        return int(said)

    def decimal(self, name: str, least: float, most: float) -> float | None:
        """A number among the parameters, None where it is not given. Raises ValueInvalid."""
        said = self.request.query_params.get(name, "")
        return decimal(name, said, least, most) if said else None

    def document(self) -> Json:
        """The JSON object that was sent. Raises ValueInvalid."""
        try:
            found = orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise ValueInvalid(f"the body is not JSON: {error}", field="body") from None
        if not isinstance(found, dict):
            raise ValueInvalid("the body is no JSON object", field="body")
        return found

    def fields(self, *known: str) -> Json:
        """The JSON object that was sent, which has these members and no others. Raises ValueInvalid."""
        found = self.document()
        if extra := sorted(set(found) - set(known)):
            raise ValueInvalid(f"there is no member '{extra[0][:60]}' here", field=extra[0][:60], remedy=f"known: {', '.join(known)}")
        return found

    @property
    def conditions(self) -> Conditions:
        """What the request says of the state that it changes (`If-Match`)."""
        return Conditions.of(self.request.headers.get("if-match", ""), "")

    def answer(self, document: Any, status: int = 200, mark: str = "", headers: Mapping[str, str] | None = None) -> Response:
        """A JSON document with its entity tag; 304 where whoever reads has it already."""
        body = orjson.dumps(document)
        tag = etag(mark or hashlib.sha256(body).hexdigest()[:32])
        sent = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization", **(headers or {})}
        if self.request.method in ("GET", "HEAD") and is_known(self.request.headers.get("if-none-match", ""), tag):
            return Response(status_code=304, headers=sent)
        return Response(body, status, sent, "application/json")


T = TypeVar("T", bound=Call)


def decimal(name: str, text: str, least: float, most: float) -> float:
    """The number that a parameter holds. Raises ValueInvalid."""
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        raise ValueInvalid(f"{name} is a number from {least:g} to {most:g}", field=name, value=text[:40])
    return value


def download(blobs: Blobs, sha256: str, size: int, name: str) -> Response:
    """A kept file of `size` bytes in pieces, to be saved under its name and never shown as a page of ours."""
    def parts() -> Iterator[bytes]:
        return (blobs.get_range(sha256, start, _PIECE) for start in range(0, size, _PIECE))
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\' else "_" for c in name)
    headers = {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
               "Content-Length": str(size), "ETag": etag(sha256[:32]), "X-Content-Type-Options": "nosniff",
               "Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "private, no-cache", "Vary": "Authorization"}
    return StreamingResponse(parts(), headers=headers, media_type="application/octet-stream")


def being_made(job: Job) -> Response:
    """What is asked for is still being made by this job: one asks again."""
    headers = {"Retry-After": str(AGAIN_S), "Cache-Control": "no-store"}
    return Response(orjson.dumps({"job": job_dict(job)}), 202, headers, "application/json")


class WorkRoute(Route):
    """A route that knows the work of each method, so that it can be described."""

    works: Mapping[str, Callable[..., Response]] = MappingProxyType({})


def handler(kind: Callable[[Request, bytes], T], work: Callable[[T], Response], longest: int = LONGEST) -> Handler:
    """The handler that reads the body, at most `longest` bytes, and does the work in a thread."""
    async def handle(request: Request) -> Response:
        sent = request.method in ("POST", "PUT", "PATCH")
        body = await body_of(request, longest, f"a body has at most {longest} bytes") if sent else b""
        return await in_thread(lambda: work(kind(request, body)))
    return handle


def route(path: str, kind: Callable[[Request, bytes], T], works: Mapping[str, Callable[[T], Response]], longest: int = LONGEST) -> Route:
    """A route with the work of each method."""
    made = WorkRoute(path, Methods(**{method: handler(kind, work, longest) for method, work in works.items()}))
    made.works = works
    return made
