"""Distribution networks over HTTP: systems, graphs, traces, what closing isolates, what shuts off, points of failure, schematics."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from csdi.errors import ValueInvalid
from ogc_api.edge import in_thread, only, principal_of, services_of
from ogc_api.etags import etag, is_known
from ogc_api.methods import Handler, Methods
from twin.networks.answers import Answers

USUAL, MOST = 100, 10_000

Work = Callable[["Asked"], Any]


class Asked:
    """One request, and the answers for who asks."""

    def __init__(self, request: Request, *known: str) -> None:
        only(request, "json", "svg", also=(*known, "infer"))
        self.request = request
        self.answers = Answers(services_of(request), principal_of(request), self._infer())

    def said(self, name: str, usual: str = "") -> str:
        """A parameter."""
        found: str = self.request.query_params.get(name, usual)
        return found

    def elements(self) -> list[str]:
        """Ids of elements: the parameter may come again, and hold several with commas between them."""
        return [one for said in self.request.query_params.getlist("element") for one in said.split(",") if one]

    def flag(self, name: str, usual: bool) -> bool:
        """Yes or no. Raises ValueInvalid."""
        said = self.said(name, str(usual).lower())
        if said not in ("true", "false"):
            raise ValueInvalid(f"{name} is true or false", field=name, value=said[:40])
        return said == "true"

    def number(self, name: str, usual: int, most: int) -> int:
        """A whole number from 1. Raises ValueInvalid."""
        said = self.said(name, str(usual))
        if not (said.isascii() and said.isdigit() and len(said) < 10 and 1 <= int(said) <= most):
            raise ValueInvalid(f"{name} is a number from 1 to {most}", field=name, value=said[:40])
        return int(said)

    def _infer(self) -> float | None:
        said = self.said("infer")
        try:
            return float(said) if said else None
        except ValueError:
            raise ValueInvalid("infer is a gap in millimetres", field="infer", value=said[:40]) from None

    @property
    def id(self) -> str:
        """The system or model."""
        found: str = self.request.path_params["network"]
        return found


def systems(asked: Asked) -> Any:
    """Models with a network, their systems and circuits."""
    return asked.answers.systems()


def circuits(asked: Asked) -> Any:
    """Electrical circuits."""
    return asked.answers.circuits()


def graph(asked: Asked) -> Any:
    """Elements and connections of a system or model."""
    return asked.answers.graph(asked.id)


def trace(asked: Asked) -> Any:
    """What elements feed, or what feeds them."""
    return asked.answers.trace(asked.elements(), asked.said("direction", "downstream"), beyond=asked.flag("beyond", False),
                               lines=asked.flag("lines", True))


def isolate(asked: Asked) -> Any:
    """What loses its medium when elements are closed."""
    return asked.answers.isolate(asked.elements(), lines=asked.flag("lines", True))


def shut(asked: Asked) -> Any:
    """What has to be closed to shut an element off."""
    return asked.answers.shut_off(",".join(asked.elements()))


def failing(asked: Asked) -> Any:
    """Single points of failure."""
    return asked.answers.failures(asked.said("network"), asked.number("limit", USUAL, MOST))


def schematic(asked: Asked) -> Any:
    """The schematic of a system as JSON: symbols with places, and lines."""
    return asked.answers.schematic(asked.id)


def schematic_svg(asked: Asked) -> Any:
    """The schematic of a system as a picture."""
    return asked.answers.schematic_svg(asked.id, asked.said("lang", "en"))


def routes() -> list[BaseRoute]:
    """Everything about networks below `/api`."""
    this = "/networks/{network}"
    return [
        _route("/networks", systems), _route("/networks/circuits", circuits),
        _route("/networks/trace", trace, "element", "direction", "beyond", "lines"),
        _route("/networks/isolate", isolate, "element", "lines"),
        _route("/networks/shut-off", shut, "element"), _route("/networks/failures", failing, "network", "limit"),
        _route(f"{this}/schematic.svg", schematic_svg), _route(f"{this}/schematic", schematic), _route(this, graph)]


def _route(path: str, work: Work, *known: str) -> Route:
    return Route(f"/api{path}", Methods(GET=_handler(work, known)))


def _handler(work: Work, known: tuple[str, ...]) -> Handler:
    async def handle(request: Request) -> Response:
        return await in_thread(lambda: _sent(request, work(Asked(request, *known))))
    return handle


def _sent(request: Request, answer: Any) -> Response:
    """JSON, or a picture; 304 where whoever reads has it already."""
    drawn = isinstance(answer, str)
    body = answer.encode() if drawn else orjson.dumps(answer, option=orjson.OPT_NON_STR_KEYS)
    tag = etag(hashlib.sha256(body).hexdigest()[:32])
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization"}
    if is_known(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    return Response(body, 200, headers, "image/svg+xml" if drawn else "application/json")
