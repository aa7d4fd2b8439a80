"""OpenCDE Foundation API 1.1: which APIs of buildingSMART there are, how to be let in, and who one is."""

from __future__ import annotations

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from csdi.errors import AccessDenied, CsdiError, NotFound
from ogc_api.edge import origin, principal_of
from ogc_api.problems import describe, status_of

VERSIONS = ("1.0", "1.1")
BCF_VERSIONS = ("2.1", "3.0")
_DESCRIBED = {"foundation": "https://github.com/buildingSMART/foundation-API/tree/release_1_1",
              "bcf 2.1": "https://github.com/buildingSMART/BCF-API/tree/release_2_1",
              "bcf 3.0": "https://github.com/buildingSMART/BCF-API/tree/release_3_0"}


def concerns(request: Request) -> bool:
    """Whether a request is one of these standards."""
    return request.url.path.startswith(("/foundation/", "/bcf/"))


def error_answer(error: CsdiError) -> Response:
    """The answer for an error: `{message}`, with code and remedy; who may not is asked who they are."""
    status = 401 if isinstance(error, AccessDenied) else status_of(error)
    told = describe(error, status)
    body = {"message": str(error), "code": told["code"], "remedy": told["remedy"], **({"field": error.data["field"]} if "field" in
                                                                                       error.data else {})}
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return Response(orjson.dumps(body, default=str), status, headers, "application/json")


async def versions(request: Request) -> Response:
    """The APIs that are offered, each with its address."""
    base = origin(request)
    offered = [("foundation", one, f"{base}/foundation/{one}") for one in VERSIONS]
    offered += [("bcf", one, f"{base}/bcf/{one}") for one in BCF_VERSIONS]
    return json_answer({"versions": [
        {"api_id": api, "version_id": version, "detailed_version": _DESCRIBED.get(f"{api} {version}", _DESCRIBED["foundation"]),
         "api_base_url": address} for api, version, address in offered]})


async def bcf_versions(request: Request) -> Response:
    """The versions of the BCF API, as its version 2.1 lists them."""
    base = origin(request)
    return json_answer({"versions": [{"version_id": one, "detailed_version": _DESCRIBED[f"bcf {one}"], "api_base_url": f"{base}/bcf/{one}"}
                                     for one in BCF_VERSIONS]})


async def auth(request: Request) -> Response:
    """How to be let in: with the bearer token that the installation was given; no flow of OAuth 2 hands it out."""
    _check_version(request)
    return json_answer({"http_basic_supported": False, "supported_oauth2_flows": []})


async def current_user(request: Request) -> Response:
    """Who asks. Raises AccessDenied for nobody."""
    _check_version(request)
    principal = principal_of(request)
    if principal.role is None:
        raise AccessDenied("nobody is signed in", remedy="send Authorization: Bearer and the value of CSDI_TOKEN")
    return json_answer({"id": principal.id, "name": principal.id})


def json_answer(document: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON document."""
    return Response(orjson.dumps(document), status, headers, "application/json")


def _check_version(request: Request) -> None:
    known = BCF_VERSIONS if request.url.path.startswith("/bcf/") else VERSIONS
    if request.path_params["version"] not in known:
        raise NotFound(f"there is no version '{request.path_params['version']}'", remedy=f"one of {', '.join(known)}")


def routes() -> list[BaseRoute]:
    """Everything below `/foundation`, and what version 2.1 of the BCF API has in its own place."""
    return [Route("/foundation/versions", versions), Route("/bcf/versions", bcf_versions),
            *(Route(f"/{api}/{{version}}/{name}", endpoint) for api in ("foundation", "bcf")
              for name, endpoint in (("auth", auth), ("current-user", current_user)))]
