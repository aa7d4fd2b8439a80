"""Ways through the site over HTTP, below `/api/routes`: routes, exits, reach, the network itself, and closures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from csdi.errors import ValueInvalid
from csdi.extent import instant
from ogc_api.calls import Call
from ogc_api.calls import route as answered
from ogc_api.edge import only, origin
from ogc_api.etags import etag
from ogc_api.openapi.document import document as described
from ogc_api.openapi.wayfinding import PART
from twin.wayfinding.asking import Asking, Wish
from twin.wayfinding.closures import Closure
from twin.wayfinding.documents import network_document, points_csv, table, ways_csv

Json = dict[str, Any]
LONGEST = 1 << 16
"""Bytes of a document that is sent."""
GEOJSON, CSV = "application/geo+json", "text/csv; charset=utf-8"
_COMMON = ("profile", "crs", "at", "door-width", "steepest")
_EVACUATION = ("id", "name", "level", "model", "area_m2", "occupants", "metres_to_exit", "farthest_m", "exit", "exit_name")


class Asked(Call):
    """One request with its body read, and what may be asked on behalf of who sent it."""

    def __init__(self, request: Request, body: bytes) -> None:
        super().__init__(request, body)
        self.asking = Asking.of(self.services, self.principal)

    def said(self, name: str, usual: str = "") -> str:
        """A parameter."""
        return str(self.request.query_params.get(name, usual))

    def wish(self, begin: str = "", end: str = "exit") -> Wish:
        """What is wanted, by the parameters that all questions have. Raises ValueInvalid."""
        return Wish(begin, end, self.said("profile", "walking"), self.said("lang", "en"), self.said("crs"),
                    instant(self.said("at"), field="at"), self.decimal("door-width", 0.0, 10.0), self.decimal("steepest", 0.0, 1.0))

    def texts(self, *known: str) -> Json:
        """The JSON object that was sent, with these members and no others, all of them texts. Raises ValueInvalid."""
        found = self.fields(*known)
        if wrong := next((name for name, value in found.items() if value is not None and not isinstance(value, str)), ""):
            raise ValueInvalid(f"{wrong} is a text", field=wrong)
        return found


Work = Callable[[Asked], Response]


def _json(found: Any, status: int = 200, media: str = "application/json", headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(found), status, {"Cache-Control": "private, no-cache", "Vary": "Authorization", **(headers or {})}, media)


def route(asked: Asked) -> Response:
    """The quickest way from one place to another, or to the nearest of several."""
    only(asked.request, "json", "geojson", also=("from", "to", *_COMMON))
    begin, end = asked.said("from"), asked.said("to", "exit")
    if not begin or not end:
        raise ValueInvalid("a route needs from, and to where it is not the nearest exit", field="from" if not begin else "to",
                           remedy="for example  ?from=ID&to=exit")
    return _json(asked.asking.route(asked.wish(begin, end)), media=GEOJSON)


def profiles(asked: Asked) -> Response:
    """The profiles of the installation."""
    only(asked.request, "json")
    return _json({"profiles": [one.to_dict() for one in asked.asking.ways.rules.profiles.values()]})


def evacuation(asked: Asked) -> Response:
    """Of every space how far the nearest exit is."""
    only(asked.request, "json", "geojson", "csv", also=("farthest", *_COMMON))
    wish = asked.wish()
    if not asked.said("profile"):
        wish = Wish(wish.begin, wish.end, "emergency", wish.language, wish.crs, wish.at, wish.least_door_width_m, wish.steepest)
    found = asked.asking.evacuation(wish, farthest=asked.said("farthest").lower() == "true")
    if asked.said("f") == "csv":
        return Response(table(({"id": one["id"], **one["properties"]} for one in found["features"]), _EVACUATION), media_type=CSV)
    return _json(found, media=GEOJSON)


def service_area(asked: Asked) -> Response:
    """The spaces that are reached from a place in some minutes."""
    only(asked.request, "json", "geojson", also=("from", "minutes", *_COMMON))
    if not asked.said("from"):
        raise ValueInvalid("a service area needs from", field="from")
    minutes = asked.decimal("minutes", 0.0, 240.0)
    return _json(asked.asking.service_area(asked.wish(asked.said("from")), 60.0 * (5.0 if minutes is None else minutes)), media=GEOJSON)


def check(asked: Asked) -> Response:
    """What is not part of the network, and why; which spaces are cut off for each profile."""
    only(asked.request, "json", also=("model",))
    return _json(asked.asking.check(asked.request.query_params.getlist("model")))


def network(asked: Asked) -> Response:
    """The network as GeoJSON."""
    only(asked.request, "json", "geojson", also=("crs",))
    return _json(network_document(asked.asking.ways.router.network, asked.asking.frame(asked.said("crs")), asked.said("lang", "en")),
                 media=GEOJSON)


def points(asked: Asked) -> Response:
    """The points of the network as CSV."""
    only(asked.request, "csv")
    return Response(points_csv(asked.asking.ways.router.network), media_type=CSV)


def ways(asked: Asked) -> Response:
    """The ways of the network as CSV."""
    only(asked.request, "csv")
    return Response(ways_csv(asked.asking.ways.router.network, asked.said("lang", "en")), media_type=CSV)


def closures(asked: Asked) -> Response:
    """Closures: those that hold now, or at a moment; all of them with `at=any`."""
    only(asked.request, "json", also=("at",))
    at = asked.said("at")
    when = None if at == "any" else instant(at, field="at") or datetime.now(UTC)
    found = [one.to_dict() for one in asked.asking.ways.closed if when is None or one.holds(when)]
    return _json({"closures": found, "out_of_service": sorted(asked.asking.ways.out)})


def close(asked: Asked) -> Response:
    """Take a passage out of service."""
    given = asked.texts("passage", "reason", "since", "until")
    made = asked.asking.close(given.get("passage") or "", given.get("reason") or "", instant(given.get("since") or "", field="since"),
                              instant(given.get("until") or "", field="until"))
    return _told(made, 201, {"Location": f"{origin(asked.request)}/api/routes/closures/{made.id}"})


def reopen(asked: Asked) -> Response:
    """Put a passage into service again; `If-Match` says which state of the closure is meant."""
    id = asked.id
    stated = "if-match" in asked.request.headers
    known = next((one for one in asked.asking.ways.closed if one.id == id), None)
    if known is None or not stated:
        return _told(asked.asking.reopen(id))
    asked.conditions.check(str(known.revision), id)
    return _told(asked.asking.reopen(id, known.revision))


def _told(one: Closure, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return _json(one.to_dict(), status, headers={"ETag": etag(str(one.revision)), **(headers or {})})


def api(asked: Asked) -> Response:
    """What can be asked here, as OpenAPI."""
    return _json(described([PART], [], f"{origin(asked.request)}/api", "Routes", "Ways through buildings and along the paths outside."))


def _route(path: str, **works: Work) -> Route:
    return answered(f"/api/routes{path}", Asked, works, LONGEST)


def routes() -> list[BaseRoute]:
    """Everything below `/api/routes`."""
    return [_route("", GET=route), _route("/profiles", GET=profiles), _route("/evacuation", GET=evacuation),
            _route("/service-area", GET=service_area), _route("/check", GET=check), _route("/network", GET=network),
            _route("/network/points", GET=points), _route("/network/ways", GET=ways), _route("/openapi", GET=api),
            _route("/closures", GET=closures, POST=close), _route("/closures/{id}", DELETE=reopen)]
