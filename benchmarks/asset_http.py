"""Questions about assets through a server: OGC API - Features for pages, our own API for the nearest."""

from __future__ import annotations

import http.client
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from benchmarks.bench_tiles import serving
from csdi.feature import Feature
from csdi.filter import Literal, Op, Property, to_text
from csdi.filter.nearness import Solid
from csdi.query import Page, Query


@dataclass(frozen=True, slots=True)
class Served:
    """A server that is asked as a store is, over one connection that stays open."""

    connection: http.client.HTTPConnection

    def search(self, id: str, query: Query) -> Page:
        """A page of items, as text, read as JSON."""
        if query.bbox and query.bbox.minz is not None and query.bbox.maxz is not None:  # six numbers of a bbox mean ellipsoidal heights
            levels = (Op("<=", (Property("base_level"), Literal(float(query.bbox.maxz)))),
                      Op(">=", (Property("top_level"), Literal(float(query.bbox.minz)))))
            query = replace(query, filter=Op("and", (*levels, *([query.filter] if query.filter else []))))
        said: dict[str, Any] = {"limit": query.limit, "f": "json", "properties": ",".join(query.fields or ()), "q": query.text,
                                "filter": to_text(query.filter) if query.filter else "", "cursor": query.cursor,
                                "skipGeometry": "" if query.geometry else "true", "sortby": ",".join(sort.field for sort in query.sort)}
        if query.bbox:
            said["bbox"] = ",".join(repr(float(number)) for number in query.bbox.xy)
        found = self._asked(f"/ogc/collections/{id}/items", said)
        return Page([Feature(one["id"], None, {}) for one in found["features"]], found.get("numberMatched"))

    def nearest(self, id: str, query: Query, solid: Solid) -> list[tuple[Feature, float]]:
        """The nearest, by our own API."""
        assert id == "asset-register"
        said = {"nearest": query.limit, "of": f"{solid.minx!r},{solid.miny!r},{solid.minz!r}"}
        match query.filter:
            case Op("=", (_, Literal(value))):
                said["asset_class"] = str(value)
        found = self._asked("/api/assets/find", said)
        return [(Feature(one["id"], None, {}), one["distance"]) for one in found["assets"]]

    def _asked(self, path: str, said: dict[str, Any]) -> Any:
        parameters = urlencode({name: value for name, value in said.items() if value != ""}, quote_via=quote)
        self.connection.request("GET", f"{path}?{parameters}", headers={"Accept-Encoding": "identity"})
        answer = self.connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (path, parameters, body[:500])
        return json.loads(body)


@contextmanager
def served(url: str, folder: Path) -> Iterator[Served]:
    """A server over a store."""
    environment = os.environ | {"CSDI_HOME": str(folder), "CSDI_STORE": url}
    with serving([sys.executable, "-m", "uvicorn", "ogc_api.serve:application", "--factory"], environment, "/healthz") as (port, _):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        try:
            yield Served(connection)
        finally:
            connection.close()
