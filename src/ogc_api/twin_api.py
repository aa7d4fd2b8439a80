"""What the viewer asks about the elements of all models at once: the tree, what a node stands for, and values to colour by.

All of it can be asked for as it was: `datetime` for a moment, `version` for versions of that number, as on items.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from csdi.access import Action, require
from csdi.crs import transform
from csdi.errors import ValueInvalid
from csdi.store.base import Reader, has_collection
from ogc_api.edge import in_thread, principal_of, services_of
from ogc_api.etags import etag, is_known
from ogc_api.parameters import asked_state
from ogc_api.twin_columns import ModelColumns
from ogc_api.twin_kept import KeptColumns
from ogc_api.twin_tree import Node, box_of, children, element_page, selection
from ogc_api.twin_values import document_of, properties_of, values_of

Json = dict[str, Any]
MOST_ELEMENTS = 1000
LONGEST_TEXT = 200
MOST_NODES = 500


class _Asked:
    """A request for columns, by somebody who may read the elements."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.store: Reader = services_of(request).store
        self.kept: KeptColumns = request.app.state.columns
        self.as_of = asked_state(request.query_params)
        if has_collection(self.store, "elements"):
            require(principal_of(request), Action.READ, self.store.collection("elements"))

    @property
    def models(self) -> list[ModelColumns]:
        """The models that are meant: those named by `model`, else all."""
        named = set(self.request.query_params.getlist("model"))
        return [one for one in self.kept.all(self.store, self.as_of) if not named or one.model in named]

    @property
    def model(self) -> ModelColumns:
        """The one model of the path."""
        return self.kept.one(self.store, self.request.path_params["model"], self.as_of)

    @property
    def text(self) -> str:
        """Words that elements are narrowed to."""
        return self.request.query_params.get("q", "").strip()[:LONGEST_TEXT]

    def number(self, name: str, preset: int, most: int) -> int:
        """A whole number from 0 to `most`. Raises ValueInvalid."""
        text = self.request.query_params.get(name, str(preset))
        if not text.isascii() or not text.isdigit() or int(text) > most:
            raise ValueInvalid(f"{name} is a whole number from 0 to {most}", field=name, value=text)
        return int(text)

    def answer(self, document: Json) -> Response:
        """The document, with a tag by which a browser asks whether it still stands."""
        body = orjson.dumps(document)
        return self._tagged(lambda: body, orjson.dumps(document, option=orjson.OPT_SORT_KEYS))

    def kept_answer(self, body: bytes) -> Response:
        """A document that is made already."""
        return self._tagged(lambda: body, body)

    def answer_of_state(self, columns: ModelColumns, what: str, make: Callable[[], Json]) -> Response:
        """A document that follows from the state of a model, so that it is not made for a browser that has it."""
        return self._tagged(lambda: self.kept.derived(columns, what, lambda: orjson.dumps(make())), f"{columns.state} {what}".encode())

    def _tagged(self, body: Callable[[], bytes], said: bytes) -> Response:
        tag = etag(hashlib.sha256(said).hexdigest()[:32], "json")
        headers = {"Cache-Control": "no-cache", "ETag": tag}
        if is_known(self.request.headers.get("if-none-match", ""), tag):
            return Response(status_code=304, headers=headers)
        return Response(body(), media_type="application/json", headers=headers)


def tree(asked: _Asked) -> Response:
    """`/api/twin/tree?node=`: what is below a node, with counts; `q` narrows, `offset` and `limit` page through elements."""
    node, models, text = Node.parse(asked.request.query_params.get("node", "place")), asked.models, asked.text
    offset, limit = asked.number("offset", 0, 10**9), asked.number("limit", 200, MOST_ELEMENTS)

    def made() -> bytes:
        found, count = children(models, node, text)
        document: Json = {"node": str(node), "count": count, "children": found}
        if not node.next or (not found and count):
            document["elements"] = element_page(models, node, text, offset, limit)
        return orjson.dumps(document)

    return asked.kept_answer(asked.kept.answered(models, f"{node} {offset} {limit} {text}", made))


def chosen(asked: _Asked) -> Response:
    """`/api/twin/selection?node=&node=`: the elements of nodes, by model."""
    named = asked.request.query_params.getlist("node")
    if len(named) > MOST_NODES:
        raise ValueInvalid(f"at most {MOST_NODES} nodes are asked for at once", field="node")
    return asked.answer({"models": selection(asked.models, map(Node.parse, named), asked.text)})


def box(asked: _Asked) -> Response:
    """`/api/twin/box?node=`: where the elements of a node are: `bbox` in degrees (CRS84) and `levels` in mPD, null for nowhere."""
    found = box_of(asked.models, Node.parse(asked.request.query_params.get("node", "place")))
    if found is None:
        return asked.answer({"bbox": None, "levels": None})
    minx, miny, low, maxx, maxy, high = found
    around = transform("EPSG:2326", "OGC:CRS84").bbox((minx, miny, maxx, maxy))
    return asked.answer({"bbox": [round(one, 8) for one in around[:4]], "levels": [low, high]})


def ids(asked: _Asked) -> Response:
    """`/api/twin/models/{model}/ids`: GlobalIds in the order in which values come."""
    columns = asked.model
    return asked.answer_of_state(columns, "ids", lambda: {"state": columns.state, "ids": columns.ids})


def properties(asked: _Asked) -> Response:
    """`/api/twin/models/{model}/properties`: what its elements' sets hold."""
    columns = asked.model
    return asked.answer_of_state(columns, "properties", lambda: {"state": columns.state, "properties": properties_of(asked.store, columns)})


def values(asked: _Asked) -> Response:
    """`/api/twin/models/{model}/values?of=`: one property of each element."""
    columns, of = asked.model, asked.request.query_params.get("of", "class")
    if of.startswith("asset:"):
        moment = asked.as_of.moment if asked.as_of else None
        return asked.answer(document_of(columns, of, values_of(asked.store, columns, of, moment)))
    return asked.answer_of_state(columns, f"values {of}", lambda: document_of(columns, of, values_of(asked.store, columns, of)))


def _handler(work: Callable[[_Asked], Response]) -> Callable[[Request], Any]:
    async def handle(request: Request) -> Response:
        return await in_thread(lambda: work(_Asked(request)))
    return handle


def routes() -> list[BaseRoute]:
    """Everything below `/api/twin`."""
    model = "/api/twin/models/{model}"
    return [Route("/api/twin/tree", _handler(tree)), Route("/api/twin/selection", _handler(chosen)), Route("/api/twin/box", _handler(box)),
            Route(f"{model}/ids", _handler(ids)),
            Route(f"{model}/properties", _handler(properties)), Route(f"{model}/values", _handler(values))]
