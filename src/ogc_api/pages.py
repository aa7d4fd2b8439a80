"""HTML pages of the OGC API: rendered here, in three languages, with nothing from another host."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import Response

from csdi.errors import CsdiError
from ogc_api.problems import describe
from ogc_api.words import WORDS

LANGUAGES = ("en", "zh-Hant", "zh-Hans")
SCRIPTS = Path(__file__).parent / "ui" / "pages"
"""What makes maps and try-outs of pages live: part of the built web UI. Without it the pages do with pictures and forms."""
_NAMES = {"en": "English", "zh-Hant": "繁體中文", "zh-Hans": "简体中文"}

_TEMPLATES = Environment(loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=select_autoescape(default=True),
                         undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def language_of(request: Request) -> str:
    """`lang` decides, then Accept-Language; English for anybody else."""
    asked = [request.query_params.get("lang", ""), *(part.split(";")[0].strip() for part in
                                                     request.headers.get("accept-language", "").split(","))]
    return next((found for tag in asked if (found := _matched(tag))), "en")


def page(request: Request, template: str, base: str, status: int = 200, **values: Any) -> Response:
    """A page in the language of the request; `base` is the URL of the OGC API."""
    language = language_of(request)
    words = WORDS[language]
    body = _TEMPLATES.get_template(f"{template}.html").render(
        t=words, scripts=(SCRIPTS / "map.js").is_file(),
        language=language, base=base, here=str(request.url.path), pretty=_pretty, fold=_is_nested,
        languages=[(tag, _NAMES[tag], _with(request, lang=tag)) for tag in LANGUAGES], json_link=_with(request, f="json"), **values)
    headers = {"Vary": "Accept, Accept-Language", "Content-Language": language, "Content-Security-Policy": _policy(base)}
    return Response(body, status, headers, "text/html; charset=utf-8")


def problem_page(request: Request, base: str, error: CsdiError, status: int) -> Response:
    """An error for people: what, its code, and what to do."""
    return page(request, "problem", base, status, problem=describe(error, status))


def _policy(base: str) -> str:
    """What a page may load: scripts and data of this host alone, and pictures by its public URL."""
    public = urlsplit(base)
    return ("default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; connect-src 'self'; "
            f"img-src 'self' data: blob: {public.scheme}://{public.netloc}; object-src 'none'; base-uri 'none'")


def _matched(tag: str) -> str:
    plain = tag.lower()
    if plain in ("zh-hans", "zh-cn", "zh-sg", "zh-hans-cn"):
        return "zh-Hans"
    if plain.startswith("zh"):
        return "zh-Hant"
    return "en" if plain.startswith("en") else ""


def _with(request: Request, **changed: str) -> str:
    return f"{request.url.path}?{urlencode(dict(request.query_params) | changed)}"


def _is_nested(value: Any) -> bool:
    return isinstance(value, dict | list) and bool(value)


def _pretty(value: Any) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, indent=1)
    return "" if value is None else str(value)
