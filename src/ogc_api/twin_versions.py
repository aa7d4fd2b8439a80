"""What the viewer asks about time: versions of models, moments at which layers changed, and what a version changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from csdi import crs
from csdi.access import Action, Principal, may, require
from csdi.bootstrap import Services
from csdi.cli import job_dict
from csdi.collection import Kind
from csdi.errors import CsdiError, NotFound, ValueInvalid
from csdi.feature import Feature
from csdi.history import VALID_FROM, VALID_TO, AsOf, history_id
from csdi.history import feature as as_it_was
from csdi.query import Query
from csdi.store.base import has_collection, scan
from ogc_api.edge import in_thread, principal_of, services_of
from ogc_api.site import describe_site, json_response
from twin.comparing import Pair, known_changes, number_of
from twin.ellipsoid import Array, ecef
from twin.model_place import ModelPlace
from twin.tasks import MODEL_COMPARE, model_rows
from twin.versions import states_of, stored_changes

Json = dict[str, Any]
AGAIN_S = 1
"""Seconds after which whoever waits for a comparison may ask again."""
MOST_MOMENTS = 500
MOST_ARROWS = 500
"""Ways of what moved; what moved by itself comes first."""


def versions(request: Request) -> Response:
    """`/api/twin/versions`: the versions of every model, the newest first, and the moments at which layers changed.

    `models` by id: `version`, `valid_from`, `valid_to` (null for the present), `tileset`, `spaces`, `placement`, `bbox` (CRS84), `count`,
    and `changes`: whether it is known what the version changed. `layers` by id: moments, the oldest first.
    """
    services, principal = services_of(request), principal_of(request)
    shown = [c for c in services.store.collections() if may(principal, Action.READ, c)]
    models = {row.id: [_version(state) for state in _ordered(states_of(services.store, row.id))] for row in
              model_rows(services.store)} if any(c.id == "models" for c in shown) else {}
    layers = {c.id: _moments(services, c.id) for c in shown if c.kind is Kind.LAYER}
    return json_response({"models": models, "layers": {id: moments for id, moments in layers.items() if moments}})


def changes(request: Request) -> Response:
    """`/api/twin/models/{model}/changes?version=&since=`: what is other in a version (the present one unless told) than in another one
    (the one before unless told), or 202 with the job that finds out; then one asks again.

    As `csdi models changes` tells it, with `before` and `after` as in `versions`, and `arrow` of what moved: where its middle was and is,
    EPSG:4978 metres.

    Raises:
        FeatureMissing: no such model. NotFound: no such version, or nothing is kept of what it changed. ValueInvalid: no version number.
    """
    services, principal = services_of(request), principal_of(request)
    for id in ("models", "elements"):
        if has_collection(services.store, id):
            require(principal, Action.READ, services.store.collection(id))
    model, version, since = request.path_params["model"], _number(request, "version"), _number(request, "since")
    if since:
        pair = Pair.of(services.store, model, since, version or number_of(services.store.feature("models", model)))
        told = known_changes(services.store, services.blobs, pair)
        return _asked(services, pair) if told is None else _placed(services, principal, told, pair)
    told = stored_changes(services.store, services.blobs, model, version)
    return _placed(services, principal, told, Pair.of(services.store, model, told["version"] - 1, told["version"]))


def _asked(services: Services, pair: Pair) -> Response:
    """Says that a job compares the two, the same one to all who ask."""
    before, after = pair.numbers
    args: Json = {"model": pair.model, "before": before, "after": after}
    job = services.jobs.submit(MODEL_COMPARE, args, user="", key=pair.blob)
    answer = json_response({"job": job_dict(services.jobs.job(job))})
    answer.status_code = 202
    answer.headers.update({"Retry-After": str(AGAIN_S), "Cache-Control": "no-store"})
    return answer


def _placed(services: Services, principal: Principal, told: Json, pair: Pair) -> Response:
    """The changes with both versions and with the ways of what moved."""
    place = ModelPlace.of(pair.after, services.heights, tuple(describe_site(services, principal)["centre"]))
    arrows = _arrows(services, told, pair.model, place)
    listed = [{**change, "arrow": arrows.get(change["global_id"])} for change in told["changes"]]
    both = {"before": _version(pair.before), "after": _version(pair.after)}
    return json_response({**told, "since": pair.numbers[0], "changes": listed, **both})


def _version(state: Feature) -> Json:
    p = state.properties
    spaces = ((p.get("tiles") or {}).get("spaces") or {}).get("root")
    return {"version": number_of(state), "valid_from": p.get(VALID_FROM) or p.get("added"), "valid_to": p.get(VALID_TO),
            "tileset": f"/{p['tileset']}" if p.get("tileset") else None, "spaces": f"/{spaces}" if spaces else None,
            "placement": p.get("placement"), "bbox": None if state.geometry is None else [round(n, 8) for n in state.geometry.bounds],
            "count": p.get("elements", 0), "changes": bool(p.get("changes"))}


def _ordered(states: Iterable[Feature]) -> list[Feature]:
    return sorted(states, key=lambda state: -number_of(state))


def _moments(services: Services, layer: str) -> list[str]:
    """When Features of a layer ended, the latest of them."""
    past = history_id(layer)
    if not has_collection(services.store, past):
        return []
    ended = {str(feature.properties[VALID_TO]) for feature in scan(services.store, past, Query()) if feature.properties.get(VALID_TO)}
    return sorted(ended)[-MOST_MOMENTS:]


def _arrows(services: Services, told: Json, model: str, place: ModelPlace) -> dict[str, list[list[float]]]:
    """By GlobalId, from where to where the middle of what moved went; what has no footprint and levels has none."""
    moved = [change for change in told["changes"] if change["vector_m"] and change["collection"] in ("elements", "spaces")]
    moved.sort(key=lambda change: bool(change["cause"]))
    middles = ((change, _middle(services, change["collection"], f"{model}:{change['global_id']}", int(told["version"] or 1)))
               for change in moved[:MOST_ARROWS])
    found = [(change["global_id"], middle, change["vector_m"]) for change, middle in middles if middle is not None]
    if not found:
        return {}
    try:
        ends = _on_earth(services, np.array([middle for _, middle, _ in found]))
        starts = place.to_earth(place.from_earth(ends) - np.array([vector for _, _, vector in found]))
    except CsdiError:
        return {}
    return {id: [start.round(4).tolist(), end.round(4).tolist()] for (id, _, _), start, end in zip(found, starts, ends, strict=True)}


def _middle(services: Services, part: str, id: str, version: int) -> list[float] | None:
    """Longitude, latitude and mPD of the middle of a Feature in a version of its model."""
    collection = services.store.collection(part)
    try:
        feature = as_it_was(services.store, collection, id, AsOf(version=version))
    except NotFound:
        return None
    low, high = (feature.properties.get(name) for name in ("base_level", "top_level"))
    if feature.geometry is None or low is None or high is None:
        return None
    middle = feature.geometry.centroid
    return [middle.x, middle.y, (low + high) / 2]


def _on_earth(services: Services, points: Array) -> Array:
    """(n, 3) longitude, latitude and mPD in EPSG:4978 metres."""
    return ecef(crs.transform("EPSG:4326+5738", crs.WGS84_3D, heights=services.heights).points(points))


def _number(request: Request, name: str) -> int:
    text = request.query_params.get(name, "0")
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        raise ValueInvalid("a version is a whole number", field=name, value=text[:50])
    return int(text)


def _handler(work: Callable[[Request], Response]) -> Callable[[Request], Any]:
    async def handle(request: Request) -> Response:
        return await in_thread(work, request)
    return handle


def routes() -> list[BaseRoute]:
    """The versions and what they changed."""
    return [Route("/api/twin/versions", _handler(versions)), Route("/api/twin/models/{model}/changes", _handler(changes))]
