"""A description of routes from what they say of themselves: each method's work, its name and the first line of its docstring."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.routing import BaseRoute, Route

from csdi.collection import Collection
from ogc_api.openapi.components import parameter
from ogc_api.openapi.part import Part, ref

Json = dict[str, Any]
_PROBLEMS = {"400": "invalid", "403": "denied", "404": "missing", "500": "fault", "503": "unavailable"}
_PLACE = re.compile(r"\{(\w+)(?::\w+)?\}")
_SENT = ("POST", "PUT", "PATCH")


def part_of(routes: Sequence[BaseRoute], tag: tuple[str, str], under: str = "/api") -> Part:
    """The part of these routes that lie below `under`; those that do not tell their works are left out."""
    def paths(_: Sequence[Collection]) -> Json:
        found: Json = {}
        for route in routes:
            works: Mapping[str, Any] = getattr(route, "works", {})
            if isinstance(route, Route) and works and route.path.startswith(under + "/"):
                text = {"type": "string", "minLength": 1}
                asks = [parameter(name, f"The {name}.", text, of="path") for name in _PLACE.findall(route.path)]
                path = _PLACE.sub(r"{\1}", route.path.removeprefix(under))
                found[path] = {method.lower(): _operation(method, path, work, tag[0], asks) for method, work in works.items()}
        return found
    return Part((), paths, {}, {}, tag)


def _operation(method: str, path: str, work: Any, tag: str, asks: Sequence[Json]) -> Json:
    name = "-".join([method.lower(), *re.findall(r"[A-Za-z0-9]+", path)])
    said = (inspect.getdoc(work) or work.__name__).partition("\n")[0]
    done: Json = {"default": {"description": "What was asked for."}}
    body: Json = {"requestBody": {"content": {"application/json": {"schema": {}}, "application/octet-stream": {"schema": {}}}}}
    return {"tags": [tag], "operationId": name, "summary": said, "parameters": list(asks),
            "responses": {status: ref("responses", problem) for status, problem in _PROBLEMS.items()} | done,
            **(body if method in _SENT else {})}
