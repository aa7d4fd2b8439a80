"""The register of assets over HTTP: one asset with all that belongs to it, edits, proposals, history and building."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import orjson
import shapely
from shapely.geometry import shape
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from csdi.access import Action, require
from csdi.errors import NotFound, ValueInvalid
from csdi.extent import Interval
from csdi.feature import Feature
from ogc_api.calls import Call, download, route
from ogc_api.edge import only, origin
from ogc_api.openapi.assets import PART
from ogc_api.openapi.document import document as described
from ogc_api.tus import upload_id, uploads_of
from twin.register.editing import Editor, history, moment_of
from twin.register.following import BUILD, sources
from twin.register.handmade import change_place, create_place
from twin.register.keeping import Register, both, equals
from twin.register.proposals import decide
from twin.register.reading import asset_document, rules_document
from twin.register.rule_files import read_rules
from twin.register.schemas import ASSETS, LOCATIONS, PROPOSAL_KINDS, PROPOSAL_STATES, PROPOSALS

USUAL, MOST = 100, 10_000
_WHY = 1000

Json = dict[str, Any]


class AssetCall(Call):
    """One request about the register."""

    def __init__(self, request: Request, body: bytes) -> None:
        super().__init__(request, body)
        self.register = Register(self.services.store)
        self.rules = read_rules(self.services.settings.asset_rules)

    def may_read(self) -> None:
        """Refuse who may not read Assets. Raises AccessDenied."""
        require(self.principal, Action.READ, self.services.store.collection(ASSETS) if self.register.exists() else None)

    @property
    def why(self) -> str:
        """The reason that is given with a change."""
        return self.request.query_params.get("why", "")[:_WHY]

    def revision(self, collection: str, id: str) -> int:
        """The revision that a change is meant for (`If-Match`). Raises NotFound, PreconditionMissing, PreconditionFailed."""
        now = int(self.register.row(collection, id).properties["revision"])
        self.conditions.check(str(now), id)
        return now

    def changed(self, work: Callable[[Editor, str, int], Feature], status: int = 200) -> Response:
        """The Asset after a change of an editor, who says which state it is meant for."""
        require(self.principal, Action.EDIT)
        id = self.register.asset(self.id).id
        revision = self.revision(ASSETS, id)
        with self.register.writing(self.principal.id, self.why) as writing:
            work(Editor(writing, self.rules), id, revision)
        return self.told(id, status)

    def told(self, id: str, status: int = 200) -> Response:
        """An Asset as it is now."""
        document = asset_document(self.register, self.rules, id)
        where = {"Location": f"{origin(self.request)}/api/assets/{id}"} if status == 201 else None
        return self.answer(document, status, _mark(document), where)


def one(call: AssetCall) -> Response:
    """One Asset, by its id or its tag; with `datetime` as it was then."""
    call.may_read()
    only(call.request, "json", also=("datetime",))
    asked = call.request.query_params.get("datetime", "")
    if not asked:
        return call.told(call.id)
    moment = Interval.parse(asked).end
    document = asset_document(call.register, call.rules, call.id, moment)
    return call.answer(document)


def create(call: AssetCall) -> Response:
    """A new Asset that no model has."""
    require(call.principal, Action.EDIT)
    given = call.document()
    geometry = _geometry(given.pop("geometry", None))
    with call.register.writing(call.principal.id, call.why) as writing:
        made = Editor(writing, call.rules).create(given, geometry)
    return call.told(made.id, 201)


def change(call: AssetCall) -> Response:
    """An Asset after a merge patch (RFC 7396)."""
    return call.changed(lambda editor, id, revision: editor.change(id, call.document(), revision))


def retire(call: AssetCall) -> Response:
    """An Asset that is no longer there; it stays in the register."""
    return call.changed(lambda editor, id, revision: editor.retire(id, revision))


def replace_device(call: AssetCall) -> Response:
    """An Asset after another device took the place of the one before."""
    return call.changed(lambda editor, id, revision: editor.replace_device(id, call.document(), revision))


def restore(call: AssetCall) -> Response:
    """An Asset as it was after a numbered entry of its history, or at a moment."""
    given = call.fields("to").get("to")
    to = moment_of(str(given)) if given not in (None, "") else None
    if to is None:
        raise ValueInvalid("'to' is missing", field="to", remedy="the number of an entry, or a time")
    return call.changed(lambda editor, id, revision: editor.restore(id, to, revision))


def trail(call: AssetCall) -> Response:
    """All that happened to an Asset, the last first."""
    require(call.principal, Action.READ)
    return call.answer({"entries": history(call.register, call.id)})


def attach(call: AssetCall) -> Response:
    """An Asset with one more document: a link, or an upload that is complete."""
    require(call.principal, Action.EDIT)
    given = call.fields("title", "type", "url", "upload")
    if ("url" in given) == ("upload" in given):
        raise ValueInvalid("a document is a link or an upload", field="url", remedy="send url or upload, one of them")
    if "url" in given:
        return call.changed(lambda editor, id, revision: editor.attach(id, given, revision), 200)
    call.revision(ASSETS, call.register.asset(call.id).id)
    uploads, upload = uploads_of(call.request), upload_id(given.pop("upload"))
    found, path = uploads.upload(upload, call.principal.id), uploads.file(upload, call.principal.id)
    document = {**given, "file": found.file, "size": found.length, "blob": call.services.blobs.put_file(path)}
    answer = call.changed(lambda editor, id, revision: editor.attach(id, document, revision))
    uploads.delete(upload, call.principal.id)
    return answer


def detach(call: AssetCall) -> Response:
    """An Asset without one of its documents."""
    return call.changed(lambda editor, id, revision: editor.detach(id, call.part("document"), revision))


def content(call: AssetCall) -> Response:
    """The bytes of a document."""
    call.may_read()
    documents = call.register.asset(call.id).properties.get("documents") or []
    found = next((one for one in documents if one.get("id") == call.part("document") and one.get("blob")), None)
    if found is None:
        raise NotFound(f"'{call.id}' has no file '{call.part('document')}'", remedy="read the asset to see its documents")
    return download(call.services.blobs, found["blob"], int(found["size"]), str(found["file"]))


def proposals(call: AssetCall) -> Response:
    """Proposals that follow from new versions, the open ones unless another state is asked for."""
    require(call.principal, Action.READ)
    only(call.request, "json", also=("state", "kind", "model", "asset", "limit", "offset"))
    asked = {"state": "open"} | {name: value for name in ("state", "kind", "model", "asset")
                                 if (value := call.request.query_params.get(name))}
    _one_of("state", asked["state"], PROPOSAL_STATES)
    _one_of("kind", asked.get("kind", "new"), PROPOSAL_KINDS)
    where = both(*(equals(name, value) for name, value in asked.items()))
    rows = call.register.rows(PROPOSALS, where, (), call.number("limit", USUAL, MOST), call.number("offset", 0, 10**8))
    return call.answer({"proposals": [_proposal(row) for row in rows], "numberReturned": len(rows),
                        "numberMatched": call.register.count(PROPOSALS, where)})


def decisions(call: AssetCall) -> Response:
    """Accept or reject proposals, all that are named or none."""
    require(call.principal, Action.EDIT)
    given = call.fields("proposals", "decision", "reason")
    ids, decision = given.get("proposals"), given.get("decision")
    if not isinstance(ids, list) or not ids or len(ids) > MOST or not all(isinstance(one, str) for one in ids):
        raise ValueInvalid(f"'proposals' is a list of 1 to {MOST} ids", field="proposals")
    _one_of("decision", decision, ("accept", "reject"))
    made = decide(call.register, call.rules, dict.fromkeys(ids), call.principal.id, accept=decision == "accept",
                  why=str(given.get("reason") or "")[:_WHY])
    return call.answer({"proposals": [_proposal(row) for row in made]})


def rules(call: AssetCall) -> Response:
    """The classes with their templates."""
    only(call.request, "json")
    return call.answer(rules_document(call.rules))


def build(call: AssetCall) -> Response:
    """A job that builds models and layers, or proposes what changed where the register knows them."""
    require(call.principal, Action.PUBLISH)
    given = call.fields("sources", "public") if call.body else {}
    wanted, public = given.get("sources") or [], given.get("public", False)
    if not isinstance(wanted, list) or not isinstance(public, bool):
        raise ValueInvalid("'sources' is a list of ids, 'public' is true or false", field="sources")
    if unknown := [one for one in wanted if one not in sources(call.services)]:
        raise NotFound(f"there is no model and no layer of the rules '{str(unknown[0])[:80]}'", remedy="leave 'sources' out for all")
    job = call.services.jobs.submit(BUILD, {"sources": wanted, "public": public}, user=call.principal.id)
    return call.answer({"job": job}, 202, headers={"Location": f"{origin(call.request)}/ogc/jobs/{job}"})


def add_place(call: AssetCall) -> Response:
    """A new location."""
    require(call.principal, Action.EDIT)
    given = call.document()
    geometry = _geometry(given.pop("geometry", None))
    with call.register.writing(call.principal.id, call.why) as writing:
        made = create_place(writing, given, geometry)
    where = {"Location": f"{origin(call.request)}/api/asset-locations/{made.id}"}
    return call.answer(document := {"id": made.id, **made.properties}, 201, _mark(document), where)


def place(call: AssetCall) -> Response:
    """One location."""
    call.may_read()
    row = call.register.row(LOCATIONS, call.id)
    return call.answer(document := {"id": row.id, **row.properties}, mark=_mark(document))


def edit_place(call: AssetCall) -> Response:
    """A location after a change of its names."""
    require(call.principal, Action.EDIT)
    revision = call.revision(LOCATIONS, call.id)
    with call.register.writing(call.principal.id, call.why) as writing:
        change_place(writing, call.id, call.document(), revision)
    return place(call)


def _mark(document: Json) -> str:
    """The state of a row as edits name it, and after a dot that of all that is told with it."""
    return f"{document['revision']}.{hashlib.sha256(orjson.dumps(document)).hexdigest()[:16]}"


def _proposal(row: Feature) -> Json:
    """A proposal without shapes, which are read as items of their Collection."""
    p = {name: value for name, value in row.properties.items() if name not in ("before", "after")}
    told = {side: {name: value for name, value in (row.properties.get(side) or {}).items() if not name.startswith("@")}
            for side in ("before", "after")}
    return {"id": row.id, **p, **told}


def _one_of(name: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ValueInvalid(f"{name} is one of {', '.join(known)}", field=name, value=str(value)[:40])


def _geometry(said: Any) -> Any:
    """A GeoJSON geometry, longitude and latitude. Raises ValueInvalid."""
    if said is None:
        return None
    try:
        made = shape(said)
        if made.is_empty or not shapely.is_valid(made) or not all(abs(edge) <= limit for edge, limit in
                                                                  zip(made.bounds, (180, 90, 180, 90), strict=True)):
            raise ValueError
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, shapely.errors.ShapelyError):
        raise ValueInvalid("'geometry' is no GeoJSON geometry in longitude and latitude", field="geometry") from None
    return made


def api(call: AssetCall) -> Response:
    """The description of all this in OpenAPI."""
    return call.answer(described([PART], [], f"{origin(call.request)}/api", "Assets", "The register of assets."))


def _route(path: str, **works: Callable[[AssetCall], Response]) -> BaseRoute:
    return route(f"/api{path}", AssetCall, works)


def routes() -> list[BaseRoute]:
    """Everything about the register below `/api`."""
    this = "/assets/{id}"
    return [
        _route("/assets", POST=create), _route("/assets/openapi", GET=api), _route("/assets/rules", GET=rules),
        _route("/assets/build", POST=build), _route(this, GET=one, PATCH=change, DELETE=retire),
        _route(f"{this}/device", POST=replace_device),
        _route(f"{this}/restore", POST=restore), _route(f"{this}/history", GET=trail), _route(f"{this}/documents", POST=attach),
        _route(f"{this}/documents/{{document}}", GET=content, DELETE=detach), _route("/asset-proposals", GET=proposals),
        _route("/asset-proposals/decisions", POST=decisions), _route("/asset-locations", POST=add_place),
        _route("/asset-locations/{id}", GET=place, PATCH=edit_place)]


