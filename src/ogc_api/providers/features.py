"""A pygeoapi feature provider over the store, for the renditions that pygeoapi makes (HTML, CSV, JSON-LD, schemas).

pygeoapi builds one per request, so the constructor does no I/O: the store is opened once per process.
"""

from __future__ import annotations

from typing import Any

import orjson
from pygeoapi.provider.base import BaseProvider, ProviderInvalidQueryError, ProviderItemNotFoundError

from csdi.errors import CsdiError, NotFound
from csdi.extent import BBox, Interval
from csdi.filter import Expression, Literal, Op, Property
from csdi.query import Query, Sort
from csdi.store.base import Store
from ogc_api.schemas import field_schema

_STORES: dict[str, Store] = {}
"""Opened stores by name: pygeoapi hands a provider nothing but a dictionary of plain values."""


def lend(store: Store) -> str:
    """The name under which providers of this process find an opened store."""
    name = f"store-{id(store):x}"
    _STORES[name] = store
    return name


class StoreProvider(BaseProvider):  # type: ignore[misc]
    """Reads the Collection `collection` of the store that was lent under the name `data`."""

    def __init__(self, provider_def: dict[str, Any]) -> None:
        super().__init__(provider_def)
        self._store = _STORES[provider_def["data"]]
        self._id = str(provider_def["collection"])

    def get_fields(self) -> dict[str, dict[str, Any]]:
        """Property name -> JSON Schema."""
        return {f.name: field_schema(f) for f in self._store.collection(self._id).schema}

    @property
    def fields(self) -> dict[str, dict[str, Any]]:
        """As `get_fields`; asked for on every request, since the schema may change."""
        return self.get_fields()

    def query(self, offset: int = 0, limit: int = 10, resulttype: str = "results", bbox: list[float] | None = None,
              datetime_: str | None = None, properties: list[tuple[str, str]] | None = None,
              sortby: list[dict[str, str]] | None = None, select_properties: list[str] | None = None,
              skip_geometry: bool = False, q: str | None = None, **_: Any) -> dict[str, Any]:
        """A FeatureCollection in CRS84."""
        try:
            query = Query(
                bbox=BBox.of(bbox) if bbox else None, interval=Interval.parse(datetime_) if datetime_ else None,
                filter=equalities(properties or []), text=q or "", fields=tuple(select_properties) if select_properties else None,
                sort=tuple(Sort(s["property"], s["order"] == "-") for s in sortby or []),
                limit=0 if resulttype == "hits" else limit, offset=offset, geometry=not skip_geometry)
            page = self._store.search_json(self._id, query)
        except CsdiError as error:
            raise ProviderInvalidQueryError(str(error), user_msg=str(error)) from error
        return {"type": "FeatureCollection", "numberMatched": page.matched, "numberReturned": page.returned,
                "features": orjson.loads(b"[" + page.body + b"]")}

    def get(self, identifier: str, **_: Any) -> dict[str, Any]:
        """One Feature in CRS84."""
        try:
            self._store.feature(self._id, identifier)
        except NotFound as error:
            raise ProviderItemNotFoundError(str(error)) from error
        return dict(orjson.loads(self._store.search_json(self._id, Query(filter=by_id(identifier), limit=1, count=False)).body))

    def __repr__(self) -> str:
        return f"<StoreProvider {self._id}>"


def equalities(pairs: list[tuple[str, str]]) -> Expression | None:
    """`property=value` request parameters as one filter."""
    tests: list[Expression] = [Op("=", (Property(name), Literal(value))) for name, value in pairs]
    if not tests:
        return None
    return tests[0] if len(tests) == 1 else Op("and", tuple(tests))


def by_id(id: str) -> Expression:
    """The filter that one Feature id answers."""
    return Op("=", (Property("id"), Literal(id)))
