"""The whole document: all parts put together over the Collections that anybody may read."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import orjson

from csdi.access import ANYBODY, Action, may
from csdi.bootstrap import Services
from csdi.collection import Collection
from ogc_api.openapi.components import RESPONSES
from ogc_api.openapi.part import Part

VERSION = "1.0"
_BASE = "http://base-url.invalid/ogc"
"""Stands for the public URL of the API; replaced in each answer by the URL that was asked."""


def document(parts: Sequence[Part], collections: Sequence[Collection], base: str, title: str, description: str) -> dict[str, Any]:
    """The OpenAPI 3.0 document of these parts; `base` is the URL of the API."""
    tags = {name: text for name, text in (part.tag for part in parts) if name}
    return {
        "openapi": "3.0.3",
        "info": {"title": title, "description": description, "version": VERSION},
        "servers": [{"url": base}],
        "tags": [{"name": name, "description": text} for name, text in tags.items()],
        "paths": {path: item for part in parts for path, item in part.paths(collections).items()},
        "components": {"schemas": {name: schema for part in parts for name, schema in part.schemas.items()},
                       "parameters": {name: given for part in parts for name, given in part.parameters.items()},
                       "responses": RESPONSES},
    }


class Description:
    """The description of the API as it is now: written anew when the catalogue changes. Thread-safe."""

    def __init__(self, services: Services, parts: Sequence[Part]) -> None:
        self._services, self._parts = services, tuple(parts)
        self._lock = threading.Lock()
        self._written: tuple[int, bytes] | None = None

    @property
    def conforms(self) -> list[str]:
        """The conformance classes of all parts."""
        return list(dict.fromkeys(uri for part in self._parts for uri in part.conforms))

    def bytes_for(self, base: str) -> bytes:
        """The document as JSON, with the API at the URL `base`."""
        change = self._services.store.change()
        with self._lock:
            if self._written is None or self._written[0] != change:
                self._written = (change, self._write())
            return self._written[1].replace(_BASE.encode(), base.encode())

    def _write(self) -> bytes:
        shown = [c for c in self._services.store.collections() if may(ANYBODY, Action.READ, c)]
        name = self._services.settings.site_names.get("en") or "CSDI Twin"
        return orjson.dumps(document(self._parts, shown, _BASE, name, "GIS layers and building models in one coordinate system."))
