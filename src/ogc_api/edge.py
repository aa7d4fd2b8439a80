"""The edge of HTTP: base URLs, who asks, which rendition, and blocking work kept off the event loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from csdi.access import Principal, principal_of_token
from csdi.bootstrap import Services
from csdi.errors import FileTooLarge, ValueInvalid
from ogc_api.threads import Threads

P = ParamSpec("P")
T = TypeVar("T")
_THREADS = Threads()


def services_of(request: Request) -> Services:
    """The opened services of this application."""
    found: Services = request.app.state.services
    return found


def origin(request: Request) -> str:
    """The public URL of the server without a trailing slash: as set, else as this request came in."""
    stated = services_of(request).settings.base_url
    return stated.rstrip("/") if stated else f"{request.url.scheme}://{request.url.netloc}"


def ogc_base(request: Request) -> str:
    """The public URL of the OGC API."""
    return f"{origin(request)}/ogc"


def principal_of(request: Request) -> Principal:
    """Who asks. Raises AccessDenied for a wrong token."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return principal_of_token(services_of(request).settings, token.strip() if scheme.lower() == "bearer" else None)


async def body_of(request: Request, limit: int, too_long: str, *, remedy: str = "") -> bytes:
    """The body of a request, which is not read further than `limit` bytes.

    Raises:
        FileTooLarge: with this message and remedy.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise FileTooLarge(too_long, limit=limit, remedy=remedy)
    return bytes(body)


def wants_html(request: Request) -> bool:
    """Whether the answer is to be a page for people."""
    asked = request.query_params.get("f", "")
    if asked:
        return asked == "html"
    accept = request.headers.get("accept", "*/*")
    html, json = accept.find("text/html"), accept.find("json")
    return html >= 0 and not 0 <= json < html


def only(request: Request, *formats: str, also: tuple[str, ...] = ()) -> None:
    """Refuse parameters other than `f` in these renditions, `lang` and those in `also`; without renditions, every parameter.

    Raises:
        ValueInvalid: naming the parameter.
    """
    known = {"f", "lang", *also} if formats else set()
    if extra := sorted(set(request.query_params) - known):
        raise ValueInvalid(f"there is no parameter '{extra[0]}' here", field=extra[0],
                           remedy=f"known: {', '.join(sorted(known)) or 'none'}")
    rendition(request, *formats)


def rendition(request: Request, *formats: str) -> None:
    """Refuse a rendition `f` that is not among these.

    Raises:
        ValueInvalid: with what is offered.
    """
    for asked in request.query_params.getlist("f"):
        if asked not in formats:
            raise ValueInvalid(f"there is no rendition '{asked}' of this", field="f", value=asked, remedy=f"one of {', '.join(formats)}")


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of blocking work, done in a thread."""
    return await _THREADS.run(lambda: function(*args, **kwargs))


def bytes_answer(body: bytes, headers: dict[str, str], status: int = 200) -> Response:
    """A response of ready-made bytes."""
    return Response(body, status, headers=headers)
