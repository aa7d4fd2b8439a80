"""pygeoapi as an engine: built from the live catalogue, rebuilt when the catalogue changes, called in a thread.

pygeoapi 0.21 reads files and the environment when its own web adapter is imported, keeps one configuration for ever, and
changes module globals on some requests. Here its API object is built in one place from a dictionary, its answers carry a
placeholder for the public URL, and the parts that mutate globals are not called.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from pygeoapi.api import API, APIRequest, describe_collections, landing_page

from csdi.access import ANYBODY, Action, may
from csdi.bootstrap import Services
from csdi.catalogue.features import CATALOGUE
from ogc_api.members import members, with_members
from ogc_api.providers.features import lend
from ogc_api.resources import PLACEHOLDER, configuration
from ogc_api.tilesets import landing_links

logging.getLogger("lark").setLevel(logging.CRITICAL)
"""pygeofilter, which pygeoapi brings, turns on the debug log of a parser that others use too."""

_NOT_SERVED = ("/TileMatrixSets", "/items?f=jsonld", "/collections/records?f=jsonld")
"""Ends of links that pygeoapi writes and this server does not have."""

_CATALOGUE = tuple({"rel": "http://www.opengis.net/def/rel/ogc/1.0/ogc-catalog", "type": media, "title": "Catalogue",
                    "href": f"{PLACEHOLDER}/collections/{CATALOGUE}/items?f={form}"}
                   for media, form in (("application/geo+json", "json"), ("text/html", "html")))
"""Where a landing page says that the catalogue is (OGC 20-004r1, /req/autodiscovery/links)."""

_FILTER_FUNCTIONS = {"rel": "http://www.opengis.net/def/rel/ogc/1.0/functions", "type": "application/json",
                     "title": "The functions that filters may use", "href": f"{PLACEHOLDER}/functions"}
"""Where a landing page says what filters may call."""
_STYLES = {"rel": "http://www.opengis.net/def/rel/ogc/1.0/styles", "type": "application/json", "title": "Styles",
           "href": f"{PLACEHOLDER}/styles"}
"""Where a landing page says how all of it may be drawn."""

CHECK_S = 0.25
"""How old the engine's knowledge of the catalogue may be."""

Answer = tuple[dict[str, str], int, bytes]
Members = dict[str, dict[str, Any]]
"""Further members of each Collection's document."""

_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "landing": landing_page, "collections": describe_collections, "collection": describe_collections,
}


class Engine:
    """pygeoapi over the current catalogue. Thread-safe."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._store = lend(services.store)
        self._lock = threading.Lock()
        self._checked = 0.0
        self._state: tuple[int, API, Members] | None = None

    def call(self, name: str, request: APIRequest, base: str, *arguments: str) -> Answer:
        """(headers, status, body) of one of pygeoapi's functions, with links under `base`."""
        api, known = self._current()
        headers, status, content = _FUNCTIONS[name](api, request, *arguments)
        content = with_members(content, known)
        more = (*_CATALOGUE, _FILTER_FUNCTIONS, _STYLES, *landing_links(PLACEHOLDER)) if name == "landing" else ()
        text = _without_what_is_not_served(content, more)
        shown = {str(name): str(value).replace(PLACEHOLDER, base) for name, value in headers.items()}
        return shown, int(status), text.replace(PLACEHOLDER, base).encode()

    @property
    def locales(self) -> Any:
        """The languages that a request is matched against."""
        return self._current()[0].locales

    def _current(self) -> tuple[API, Members]:
        """pygeoapi's object, and what its answers lack."""
        state = self._state
        if state is not None and time.monotonic() - self._checked < CHECK_S:
            return state[1:]
        with self._lock:
            change = self._services.store.change()
            if self._state is None or self._state[0] != change:
                self._state = (change, *self._build())
            self._checked = time.monotonic()
            return self._state[1:]

    def _build(self) -> tuple[API, Members]:
        shown = [c for c in self._services.store.collections() if may(ANYBODY, Action.READ, c)]
        known = {c.id: members(c, PLACEHOLDER) for c in shown}
        return API(configuration(self._services.settings, self._store, shown), {}), known


def _without_what_is_not_served(content: str | bytes, more: Sequence[dict[str, str]] = ()) -> str:
    """A landing page, Collection or list of Collections without links that lead nowhere here."""
    document = json.loads(content)
    for one in (document, *document.get("collections", ())):
        if "links" in one:
            one["links"] = [link for link in one["links"] if not any(part in link["href"] for part in _NOT_SERVED)]
    document["links"] = [*document.get("links", ()), *more]
    return json.dumps(document, ensure_ascii=False)
