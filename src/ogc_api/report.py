"""The report on one model: what came in, what did not, where it lies and why; for people and for programs."""

from __future__ import annotations

from collections import Counter
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from csdi.access import Action, require
from ogc_api.edge import in_thread, ogc_base, principal_of, services_of, wants_html
from ogc_api.pages import page
from ogc_api.site import json_response

_SEVERITIES = ("error", "warning", "note")
_ROWS = ("elements", "spaces", "storeys", "buildings", "systems", "zones", "types")


async def report(request: Request) -> Response:
    """`/models/{id}/report`: HTML for browsers, JSON otherwise; `f` decides."""
    services, principal = services_of(request), principal_of(request)
    collection = await in_thread(services.store.collection, "models")
    require(principal, Action.READ, collection)
    row = (await in_thread(services.store.feature, "models", request.path_params["id"])).properties
    document = described(request.path_params["id"], dict(row))
    if wants_html(request):
        return page(request, "report", ogc_base(request), document=document)
    return json_response(document)


def described(id: str, row: dict[str, Any]) -> dict[str, Any]:
    """The report as a document.

    Args:
        row: the properties of the model's Feature.
    """
    counts = dict(row.get("counts") or {})
    place = dict(row.get("georeference") or {})
    findings = sorted(row.get("findings") or [], key=lambda f: _SEVERITIES.index(f["severity"]))
    return {
        "model": id, "name": row.get("name"), "file": row.get("file"), "sha256": row.get("sha256"), "schema": row.get("schema"),
        "originating_system": row.get("originating_system"), "added": row.get("added"), "result": counts.get("result", "loaded"),
        "shapes": {key: counts.get(key) for key in ("wanted", "shapes", "fallbacks", "wanted_spaces", "space_shapes", "space_fallbacks")},
        "rows": {key: counts[key] for key in _ROWS if counts.get(key)},
        "classes": counts.get("classes") or {},
        "place": {"placement": row.get("placement"), "crs": row.get("crs"), "vertical_crs": row.get("vertical_crs"),
                  "accuracy_class": row.get("accuracy_class"), "reasons": place.get("reasons") or [], "rules": place.get("rules") or {},
                  "candidates": place.get("candidates") or []},
        "version": row.get("version") or 1, "changes": row.get("changes"),
        "findings": findings, "finding_count": row.get("finding_count", len(findings)),
        "finding_codes": dict(Counter(f["code"] for f in findings).most_common()),
        "severities": dict(Counter(f["severity"] for f in findings)),
    }


def routes() -> list[BaseRoute]:
    """The report of each model."""
    return [Route("/models/{id}/report", report)]
