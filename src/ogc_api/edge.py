"""The edge of HTTP: base URLs, who asks, which rendition, and blocking work kept off the event loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from csdi.access import Principal, principal_of_token
from csdi.bootstrap import Services

P = ParamSpec("P")
T = TypeVar("T")


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


def wants_json(request: Request) -> bool:
    """Whether the answer is to be JSON: `f` decides, then Accept; browsers get HTML, everything else JSON."""
    asked = request.query_params.get("f", "")
    return asked in ("json", "geojson") if asked else not wants_html(request)


def wants_html(request: Request) -> bool:
    """Whether the answer is to be a page for people."""
    asked = request.query_params.get("f", "")
    if asked:
        return asked == "html"
    accept = request.headers.get("accept", "*/*")
    html, json = accept.find("text/html"), accept.find("json")
    return html >= 0 and not 0 <= json < html


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of blocking work, done in a thread."""
    return await to_thread.run_sync(lambda: function(*args, **kwargs))


def bytes_answer(body: bytes, headers: dict[str, str], status: int = 200) -> Response:
    """A response of ready-made bytes."""
    return Response(body, status, headers=headers)
