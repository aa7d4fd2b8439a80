"""Resources that are asked with more than GET: one route for all methods, and 405 with those that are offered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

Handler = Callable[[Request], Awaitable[Response]]


class Methods:
    """The endpoint of a route, with a handler for each method; HEAD is answered by that of GET.

    A route that names its methods would leave the others to the route that catches everything.
    """

    def __init__(self, **handlers: Handler) -> None:
        self._handlers = handlers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        request = Request(scope, receive)
        handler = self._handlers.get("GET" if request.method == "HEAD" else request.method)
        if handler is None:
            offered = [*self._handlers, *(("HEAD",) if "GET" in self._handlers else ())]
            raise HTTPException(405, headers={"Allow": ", ".join(offered)})
        response = await handler(request)
        await response(scope, receive, send)
