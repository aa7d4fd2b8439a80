"""Questions to the register over HTTP, lean: pages of assets that answer plain criteria, and how many have which values."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from csdi.access import Action, may
from csdi.errors import ValueInvalid
from csdi.query import Sort
from csdi.store.base import Reader
from ogc_api.calls import Call, route
from twin.questions.expanding import Asker
from twin.questions.finding import FACETS, MOST, SHOWN, USUAL, Criteria, facets, found, position

_OWN = frozenset({"limit", "cursor", "offset", "sortby", "count", "facet", "at"})
"""Parameters that are no criteria."""
_LONGEST = 200


class Question(Call):
    """One question about assets."""

    def __init__(self, request: Request, body: bytes) -> None:
        super().__init__(request, body)
        said = request.query_params
        if twice := [name for name in said if len(said.getlist(name)) > 1]:
            raise ValueInvalid(f"{twice[0]} is given twice", field=twice[0])
        self.said = said
        self.criteria = Criteria.of_texts({name: value for name, value in said.items() if name not in _OWN and value})

    def asker(self, reader: Reader) -> Asker:
        """Who asks, of a state."""
        return Asker(reader, lambda collection: may(self.principal, Action.READ, collection), self.services.blobs)

    @property
    def sort(self) -> tuple[Sort, ...]:
        """`sortby`: field names, `-` in front for downwards. Raises ValueInvalid."""
        made = tuple(Sort(one.lstrip("+-"), one.startswith("-")) for one in self.said.get("sortby", "").split(",") if one.strip("+- "))
        for one in made:
            if one.field not in SHOWN:
                raise ValueInvalid(f"assets are not sorted by '{one.field}'", field="sortby", remedy=f"known: {', '.join(SHOWN)}")
        return made


def find(asked: Question) -> Response:
    """One page of the assets that answer, from a `cursor` or behind an `offset`."""
    limit, offset = asked.number("limit", USUAL, MOST), asked.number("offset", 0, 10**8)
    with asked.services.store.snapshot() as reader:
        return asked.answer(found(asked.criteria, asked.asker(reader), sort=asked.sort, limit=limit, cursor=asked.said.get("cursor", ""),
                                  offset=offset, count=asked.said.get("count", "true") != "false"))


def place(asked: Question) -> Response:
    """Where a value, or the beginning of a text, begins in the order of `sortby`, which is one field: how many come before it."""
    sort, at = asked.sort or (Sort("tag"),), asked.said.get("at", "")
    if len(sort) != 1 or not at or len(at) > _LONGEST:
        raise ValueInvalid("a position is that of a value in the order of one field", field="at", remedy="such as ?sortby=tag&at=T1-L02")
    with asked.services.store.snapshot() as reader:
        return asked.answer(position(asked.criteria, asked.asker(reader), sort[0], at))


def count(asked: Question) -> Response:
    """How many of the assets that answer have which values."""
    names = tuple(name for name in asked.said.get("facet", ",".join(FACETS)).split(",") if name)
    with asked.services.store.snapshot() as reader:
        return asked.answer(facets(asked.criteria, asked.asker(reader), names))


def routes() -> list[BaseRoute]:
    """Everything about questions below `/api`."""
    return [route("/api/assets/find", Question, {"GET": find}), route("/api/assets/position", Question, {"GET": place}),
            route("/api/assets/facets", Question, {"GET": count})]
