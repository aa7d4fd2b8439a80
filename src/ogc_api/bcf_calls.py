"""A call to the BCF API: who asks which project in which version, what was sent, and answers with entity tags."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bim.bcf.as_json import to_json
from bim.bcf.keeping import Board, KeptProject, KeptTopic
from bim.bcf.model import Topic
from csdi.access import Action, Principal, may
from csdi.errors import AccessDenied, NotFound, ValueInvalid
from csdi.extent import rfc3339
from csdi.feature import Schema
from ogc_api.edge import body_of, in_thread, principal_of, services_of
from ogc_api.etags import Conditions, etag, is_known
from ogc_api.foundation import BCF_VERSIONS
from ogc_api.methods import Handler, Methods
from ogc_api.odata import Question, read_question

Json = dict[str, Any]
Work = Callable[["Call"], Response]

LONGEST_JSON = 64 << 20
"""Bytes of a document; pictures come inside of them."""


class Call:
    """One request, with its body read.

    Attributes:
        version: of the API, `2.1` or `3.0`.
        principal: who asks.
        board: the projects of the site.
    """

    def __init__(self, request: Request, body: bytes) -> None:
        self.request = request
        self.body = body
        self.version: str = request.path_params["version"]
        if self.version not in BCF_VERSIONS:
            raise NotFound(f"there is no version '{self.version}'", remedy=f"one of {', '.join(BCF_VERSIONS)}")
        self.principal: Principal = principal_of(request)
        services = services_of(request)
        self.board = Board(services.store, services.blobs)

    def part(self, name: str) -> str:
        """A part of the path; guids in small letters."""
        text: str = self.request.path_params[name]
        return text if name == "project" else text.lower()

    @property
    def edits(self) -> bool:
        """Whether the client may change projects."""
        return may(self.principal, Action.EDIT)

    def readable(self) -> KeptProject:
        """The project of the path. Raises NotFound, AccessDenied where it is not public and nobody is signed in."""
        project = self._project()
        if not project.public and not may(self.principal, Action.READ):
            raise AccessDenied("this project is not public", remedy="send Authorization: Bearer and the value of CSDI_TOKEN")
        return project

    def editable(self) -> KeptProject:
        """The project of the path, for a change. Raises NotFound, AccessDenied."""
        self.check_edits()
        return self._project()

    def check_edits(self) -> None:
        """Do nothing where the client may change projects. Raises AccessDenied."""
        if not self.edits:
            raise AccessDenied(f"{self.principal.id} may not change projects",
                               remedy="send Authorization: Bearer and the value of CSDI_TOKEN")

    def topic(self) -> KeptTopic:
        """The topic of the path. Raises NotFound."""
        return self.board.topic(self.part("project"), self.part("topic"))

    def document(self) -> Json:
        """The JSON object that was sent. Raises ValueInvalid."""
        found = self._json()
        if not isinstance(found, dict):
            raise ValueInvalid("the body is no JSON object", field="body")
        return found

    def documents(self) -> list[Any]:
        """The JSON list that was sent. Raises ValueInvalid."""
        found = self._json()
        if not isinstance(found, list):
            raise ValueInvalid("the body is no JSON list", field="body")
        return found

    def question(self, schema: Schema, names: tuple[str, ...]) -> Question:
        """What is asked of a list. Raises QueryError, ValueInvalid."""
        return read_question(self.request.query_params, schema, names)

    @property
    def authorization(self) -> bool:
        """Whether the client wants to know what it may do."""
        return self.request.query_params.get("includeAuthorization", "").lower() == "true"

    def check_state(self, kept: KeptTopic) -> None:
        """Do nothing where no `If-Match` is sent, or it names the topic as it is. Raises PreconditionFailed."""
        stated = self.request.headers.get("if-match", "")
        if stated:
            Conditions.of(stated, "").check(state_of(kept), kept.topic.guid)

    def answer(self, document: Any, status: int = 200, state: str = "", headers: dict[str, str] | None = None) -> Response:
        """A JSON document with its entity tag; 304 where a client that reads has it already."""
        body = orjson.dumps(document)
        tag = etag(state or hashlib.sha256(body).hexdigest()[:32], self.version, *(["auth"] if self.authorization else []))
        return self._tagged(body, "application/json", status, tag, headers or {})

    def file(self, content: bytes, media: str, name: str = "") -> Response:
        """The bytes of a file with their entity tag."""
        named = {"Content-Disposition": f'attachment; filename="{ascii_name(name)}"'} if name else {}
        return self._tagged(content, media, 200, etag(hashlib.sha256(content).hexdigest()[:32]),
                            named | {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"})

    def _tagged(self, body: bytes, media: str, status: int, tag: str, headers: dict[str, str]) -> Response:
        headers = headers | {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization"}
        if self.request.method in ("GET", "HEAD") and is_known(self.request.headers.get("if-none-match", ""), tag):
            return Response(status_code=304, headers=headers)
        return Response(body, status, headers, media)

    def _project(self) -> KeptProject:
        return self.board.project(self.part("project"))

    def _json(self) -> Any:
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise ValueInvalid(f"the body is not JSON: {error}", field="body") from None


def now() -> str:
    """This moment, RFC 3339."""
    return rfc3339(datetime.now(UTC))


def touched(call: Call, topic: Topic) -> Topic:
    """The topic, changed now by who asks."""
    return replace(topic, modified_date=now(), modified_author=call.principal.id)


def state_of(kept: KeptTopic) -> str:
    """A digest of all that a topic is."""
    said = orjson.dumps([to_json(kept.topic), dict(kept.files)], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(said).hexdigest()[:32]


def ascii_name(name: str) -> str:
    """A file name that can stand in a header."""
    return "".join(c if c.isascii() and c.isprintable() and c not in '"\\/' else "_" for c in name) or "file"


def route(path: str, *, longest: int = LONGEST_JSON, **works: Work) -> Route:
    """A route below `/bcf/{version}` with the work for each method, done in a thread."""
    return Route(f"/bcf/{{version}}{path}", Methods(**{method: _handler(work, longest) for method, work in works.items()}))


def _handler(work: Work, longest: int) -> Handler:
    async def handle(request: Request) -> Response:
        sent = request.method in ("POST", "PUT")
        body = await body_of(request, longest, f"a body has at most {longest} bytes") if sent else b""
        return await in_thread(lambda: work(Call(request, body)))

    return handle
