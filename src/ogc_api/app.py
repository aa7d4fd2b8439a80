"""The application: every route, middleware and error handler put together."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from csdi.bootstrap import Services, open_services
from csdi.catalogue.keeping import Keeper
from csdi.errors import CsdiError, NotFound
from csdi.settings import Settings
from ogc_api import (
    asset_questions,
    assets,
    bcf_api,
    coverages,
    edr,
    edr_root,
    executions,
    exports,
    fault_pages,
    foundation,
    geovolumes,
    handover,
    harvests,
    maintenance,
    maps,
    networks,
    ogc,
    process_jobs,
    processes,
    records,
    report,
    site,
    sitemap,
    stac,
    styles,
    submission_files,
    submission_tiles,
    submissions,
    terrain,
    tiles3d,
    tus,
    twin_api,
    twin_versions,
    twin_viewpoints,
    uploads,
    vector_tiles,
    views,
    wayfinding,
    work_orders,
)
from ogc_api.compression import Compression
from ogc_api.edge import ogc_base, origin, wants_html
from ogc_api.engine import Engine
from ogc_api.exceptions import concerns, exception
from ogc_api.openapi import Description, core, tiles, transactions
from ogc_api.openapi import coverages as described_coverages
from ogc_api.openapi import edr as described_edr
from ogc_api.openapi import exports as described_exports
from ogc_api.openapi import maps as described_maps
from ogc_api.openapi import processes as described_processes
from ogc_api.openapi import records as described_records
from ogc_api.openapi import stac as described_stac
from ogc_api.openapi import styles as described_styles
from ogc_api.pages import problem_page
from ogc_api.problems import problem, status_of
from ogc_api.twin_kept import KeptColumns, Warmer
from ogc_api.ui_files import UiFiles

UI = Path(__file__).parent / "ui"
"""The built web UI; part of the wheel, and built by `make demo` in a checkout."""

PARTS = (core.PART, transactions.PART, described_styles.PART, described_stac.PART,
         tiles.PART, described_coverages.PART, described_edr.PART, described_maps.PART,
         described_processes.PART, described_records.PART, described_exports.INDOOR)
"""The parts of the OGC API, each with its conformance classes and paths."""

CATALOGUE_WAIT_S = 10.0
"""How long the start waits for the catalogue; a publication may be going on."""

_LOG = logging.getLogger("csdi")
_NO_UI = ("<!doctype html><title>CSDI Twin</title><h1>The web UI is not built</h1><p>Run <code>make ui</code>. "
          "The OGC API is at <a href='/ogc'>/ogc</a>.</p>")


def create_app(settings: Settings, services: Services | None = None) -> Starlette:
    """The ASGI application; opens its services when it starts, or uses those given (which stay open when it ends)."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        opened = services or open_services(settings)
        app.state.services, app.state.engine, app.state.description = opened, Engine(opened), Description(opened, PARTS)
        app.state.columns = KeptColumns(opened.blobs)
        app.state.keeper = keeper = Keeper(opened.store)
        keeper.catch_up(CATALOGUE_WAIT_S)
        warmer = Warmer(app.state.columns, opened.store)
        yield
        await executions.close(app)
        warmer.close()
        keeper.close()
        if services is None:
            opened.close()

    return Starlette(
        routes=[*records.routes(), *exports.routes(), *ogc.item_routes(),
                *vector_tiles.routes(), *coverages.routes(), *edr.routes(), *edr_root.routes(), *maps.routes(), *sitemap.routes(),
                *processes.routes(), *process_jobs.routes(), *styles.routes(), *stac.routes(),
                *(Route(f"/{api}/{{path:path}}/", without_slash) for api in ("ogc", "edr")), *ogc.routes(),
                *tiles3d.routes(), *geovolumes.routes(), *terrain.routes(), *site.routes(), *twin_api.routes(),
                *twin_versions.routes(), *twin_viewpoints.routes(), *uploads.routes(),
                *tus.routes(), *submissions.routes(), *submission_files.routes(), *submission_tiles.routes(),
                *harvests.routes(), *networks.routes(), *views.routes(),
                *work_orders.routes(), *maintenance.routes(), *handover.routes(), *fault_pages.routes(),
                *report.routes(), *wayfinding.routes(), *asset_questions.routes(), *assets.routes(),
                *foundation.routes(), *bcf_api.routes(),
                Route("/healthz", healthz), Route("/readyz", readyz), *_ui()],
        middleware=[
            Middleware(CORSMiddleware, allow_origins=["*"], allow_headers=["*"],
                       allow_methods=["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"],
                       expose_headers=["Allow", "Content-Crs", "ETag", "Link", "Preference-Applied", "Tile-Features", *tus.HEADERS]),
            Middleware(Compression),
        ],
        exception_handlers={CsdiError: _on_error, HTTPException: _on_http_error, Exception: _on_fault},
        lifespan=lifespan,
    )


async def healthz(request: Request) -> Response:  # noqa: ARG001
    """The process is alive."""
    return JSONResponse({"status": "ok"})


async def readyz(request: Request) -> Response:
    """The store answers."""
    services: Services = request.app.state.services
    return JSONResponse({"status": "ok", "change": services.store.change()})


async def without_slash(request: Request) -> Response:
    """An address with a slash at its end is that of the same thing without it; one that is part of an id is not meant."""
    if not request.scope.get("raw_path", b"/").endswith(b"/"):
        raise HTTPException(404)
    asked = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{origin(request)}{quote(request.url.path.rstrip('/'))}{asked}", 308)


async def _on_error(request: Request, error: Exception) -> Response:
    return _answer(request, cast(CsdiError, error))


async def _on_http_error(request: Request, error: Exception) -> Response:
    cause = cast(HTTPException, error)
    if cause.status_code == 404:
        return _answer(request, NotFound(f"there is nothing at {request.url.path}", remedy="start at / or /ogc"))
    answer = problem(CsdiError(str(cause.detail)), cause.status_code)
    answer.headers.update(cause.headers or {})
    return answer


def _answer(request: Request, error: CsdiError) -> Response:
    """A page for people who look at the API's pages, a problem document for programs, in the words of the standard that they use."""
    if foundation.concerns(request):
        return foundation.error_answer(error)
    if request.url.path.startswith(("/ogc", "/models/")) and wants_html(request):
        return problem_page(request, ogc_base(request), error, status_of(error))
    return exception(request, error) if concerns(request) else problem(error)


async def _on_fault(request: Request, error: Exception) -> Response:
    _LOG.error("fault in %s %s", request.method, request.url.path, exc_info=error)
    return problem(CsdiError("a fault of ours; it was logged", remedy="try again, and report it if it stays"), 500)


async def _no_ui(request: Request) -> Response:  # noqa: ARG001
    return HTMLResponse(_NO_UI, 200)


def _ui() -> list[BaseRoute]:
    if (UI / "index.html").is_file():
        return [Mount("/", UiFiles(directory=UI, html=True))]
    return [Route("/", _no_ui)]
