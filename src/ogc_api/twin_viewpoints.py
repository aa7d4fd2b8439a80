"""The viewer's view as a BCF archive, and the viewpoints of an archive as views of the twin; nothing is kept."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bim.bcf import Bcf, bytes_of, read_bcf
from bim.bcf.archive import Limits
from bim.bcf.model import HeaderFile, Project, Topic
from csdi.access import Action, require
from csdi.errors import CsdiError, FeatureMissing, ValueInvalid
from csdi.extent import rfc3339
from csdi.feature import Feature
from csdi.filter import Items, Literal, Op, Property
from csdi.query import Query
from csdi.store.base import has_collection
from ogc_api.edge import body_of, in_thread, principal_of, services_of
from ogc_api.methods import Handler, Methods
from ogc_api.site import describe_site, json_response
from ogc_api.twin_tree import Node, mask_of
from twin.model_place import ModelPlace
from twin.tasks import model_rows
from twin.viewpoints import Shown, archive_of, components_of, document_of, view_of

Json = dict[str, Any]
LARGEST_VIEW = 32 << 20
LARGEST_ARCHIVE = 64 << 20
MOST_NODES = 500
MOST_TOPICS = 500
_TRIED = 200
_PICTURES = 16 << 20
"""Bytes of pictures that an answer carries; what comes after has none."""


class _Asked:
    """A request of somebody who may read the models, with its body read."""

    def __init__(self, request: Request, body: bytes) -> None:
        self.request, self.body = request, body
        self.services = services_of(request)
        self.principal = principal_of(request)
        for id in ("models", "elements"):
            if has_collection(self.services.store, id):
                require(self.principal, Action.READ, self.services.store.collection(id))

    def model(self, id: Any) -> Feature:
        """A loaded model. Raises FeatureMissing, ValueInvalid."""
        if not isinstance(id, str) or not id:
            raise ValueInvalid("a viewpoint is of one model", field="model")
        if not has_collection(self.services.store, "models"):
            raise FeatureMissing(f"there is no model '{id}'", id=id)
        return self.services.store.feature("models", id)

    def place(self, model: Feature) -> ModelPlace:
        """Where the viewer draws a model."""
        lon, lat, height = describe_site(self.services, self.principal)["centre"]
        return ModelPlace.of(model, self.services.heights, (lon, lat, height))


def write(asked: _Asked) -> Response:
    """`POST /api/twin/viewpoints`: a view in, a BCF archive out.

    The body is what `twin.viewpoints.view_of` reads, with `model`, `title`, `version` (`2.1` or `3.0`), `selection` (GlobalIds),
    `only` and `hidden` (addresses of nodes of the tree), `spaces`, and `snapshot` (PNG, base64).

    Raises:
        FeatureMissing: no such model. ValueInvalid: something in it is not what it must be.
    """
    document = _document(asked.body)
    model = asked.model(document.get("model"))
    view = view_of(document, _shown(asked, document, model.id), asked.place(model))
    p = model.properties
    file = HeaderFile(filename=str(p.get("file") or model.id), date=str(p.get("valid_from") or p.get("added") or ""), is_external=True)
    project = Project(project_id=model.id, name=str(p.get("project") or p.get("name") or model.id))
    bcf = archive_of(view, document, [file], project, asked.principal.id, rfc3339(datetime.now(UTC)))
    content, _ = bytes_of(bcf, bcf.version)
    name = "view.bcfzip" if bcf.version == "2.1" else "view.bcf"
    return Response(content, media_type="application/octet-stream",
                    headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"})


def read(asked: _Asked) -> Response:
    """`POST /api/twin/viewpoints/read?model=`: an archive in, its viewpoints as views of the twin out.

    Without `model`, the one whose file a topic names, else the one that has most of the components that viewpoints name, else the only one.

    Raises:
        ValueInvalid: it is of no model that is loaded. Faults of the archive as `bim.bcf.read_bcf`.
    """
    bcf = read_bcf(asked.body, Limits(bytes=LARGEST_ARCHIVE, members=5000))
    model = _model_of(bcf, asked)
    place, pictures = asked.place(model), _Pictures(bcf)
    topics = [{"guid": topic.guid, "title": topic.title, "description": topic.description, "status": topic.topic_status,
               "viewpoints": _views(topic, place, pictures)} for topic in bcf.topics[:MOST_TOPICS]]
    return json_response({"model": model.id, "version": bcf.version, "count": len(bcf.topics), "topics": topics})


def _views(topic: Topic, place: ModelPlace, pictures: _Pictures) -> list[Json]:
    """The viewpoints of a topic that say something; one that cannot be carried to the earth says why."""
    found: list[Json] = []
    for one in topic.viewpoints:
        if one.view is None:
            continue
        try:
            view = document_of(one.view, place)
        except CsdiError as error:
            found.append({"guid": one.guid, "problem": error.message})
            continue
        found.append({**view, "guid": one.guid or view["guid"], "snapshot": pictures.of(topic, one.snapshot)})
    return found


class _Pictures:
    """The pictures of an archive as data addresses, as many as an answer may carry."""

    def __init__(self, bcf: Bcf) -> None:
        self._members, self._left = bcf.members, _PICTURES

    def of(self, topic: Topic, name: str) -> str:
        """A picture of a topic, "" without."""
        content = self._members.get(topic.path(name), b"") if name else b""
        kind = "png" if content.startswith(b"\x89PNG") else "jpeg" if content.startswith(b"\xff\xd8") else ""
        if not kind or len(content) > self._left:
            return ""
        self._left -= len(content)
        return f"data:image/{kind};base64,{b64encode(content).decode()}"


def _model_of(bcf: Bcf, asked: _Asked) -> Feature:
    named = asked.request.query_params.get("model")
    if named:
        return asked.model(named)
    models = {row.id: row for row in model_rows(asked.services.store)}
    files = {file.filename.rsplit("/", 1)[-1].rsplit("\\", 1)[-1].casefold() for topic in bcf.topics for file in topic.files} - {""}
    by_file = [id for id, row in models.items() if str(row.properties.get("file") or "").casefold() in files]
    by_parts = _models_with(components_of(bcf, _TRIED), asked) if len(by_file) != 1 else []
    found = next((id for id in (*by_file[:1 if len(by_file) == 1 else 0], *by_parts, *by_file, *models) if id in models), None)
    if found is None or (len(models) > 1 and not by_file and not by_parts):
        raise ValueInvalid("no viewpoint of this archive is of a model that is loaded", field="model", remedy="name the model")
    return models[found]


def _models_with(ids: list[str], asked: _Asked) -> list[str]:
    """The models that have elements of these GlobalIds, the one with most of them first."""
    if not ids:
        return []
    wanted = Op("in", (Property("global_id"), Items(tuple(map(Literal, ids)))))
    page = asked.services.store.search("elements", Query(filter=wanted, limit=2 * _TRIED, count=False))
    return [model for model, _ in Counter(str(feature.properties["model"]) for feature in page.features).most_common()]


def _shown(asked: _Asked, document: Json, model: str) -> Shown:
    """What the viewer shows of a model, told by the fewer: what is shown, or what is not."""
    selection = _texts(document, "selection")
    only, hidden = (_texts(document, name) for name in ("only", "hidden"))
    columns = asked.request.app.state.columns.one(asked.services.store, model)
    seen = columns.everything()
    for nodes, keeps in ((only, True), (hidden, False)):
        if nodes:
            meant = np.any([mask_of(Node.parse(node), columns) for node in nodes], axis=0)
            seen = seen & (meant if keeps else ~meant)
    count = int(seen.sum())
    default = count * 2 >= columns.size
    told = ~seen if default else seen
    return Shown(tuple(selection), default, tuple(columns.ids[row] for row in np.flatnonzero(told).tolist()), bool(document.get("spaces")))


def _texts(document: Json, name: str) -> list[str]:
    given = document.get(name) or []
    if not isinstance(given, list) or len(given) > MOST_NODES or not all(isinstance(one, str) and len(one) < 2000 for one in given):
        raise ValueInvalid(f"{name} is a list of at most {MOST_NODES} texts", field=name)
    return given


def _document(body: bytes) -> Json:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ValueInvalid(f"the view is no JSON: {error}", field="body") from error
    if not isinstance(document, dict):
        raise ValueInvalid("the view is a JSON object", field="body")
    return document


def _handler(work: Callable[[_Asked], Response], limit: int) -> Handler:
    async def handle(request: Request) -> Response:
        body = await body_of(request, limit, f"more than {limit >> 20} MB", remedy="send a smaller picture, or fewer topics")
        return await in_thread(lambda: work(_Asked(request, body)))
    return handle


def routes() -> list[BaseRoute]:
    """Everything below `/api/twin/viewpoints`."""
    return [Route("/api/twin/viewpoints", Methods(POST=_handler(write, LARGEST_VIEW))),
            Route("/api/twin/viewpoints/read", Methods(POST=_handler(read, LARGEST_ARCHIVE)))]
