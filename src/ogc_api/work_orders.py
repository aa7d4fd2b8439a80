"""Work orders over HTTP: raising, working, leading, figures, and what other systems are told of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import orjson
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bim.submissions.submission import text
from csdi.access import Action, require
from csdi.errors import NotFound
from csdi.extent import rfc3339
from csdi.filter import Expression, Instant, Op, Property
from csdi.outgoing import checked
from csdi.query import Sort
from ogc_api.calls import LONGEST, route
from ogc_api.edge import only
from ogc_api.maintenance_calls import CSV, MOST, USUAL, Asked, attachment_of, file_answer, with_id
from twin.maintenance import exchange, files
from twin.maintenance.figures import FIELDS, figures
from twin.maintenance.hooks import add_hook, drop_hook, hooks
from twin.maintenance.moments import ZONE, day
from twin.maintenance.orders import in_backlog, is_overdue, one_of
from twin.maintenance.schemas import ORDERS
from twin.register.entries import entry_of
from twin.register.keeping import both, equals, inside
from twin.register.schemas import CHANGES

_EQUAL = ("priority", "assignee", "asset", "asset_class", "origin", "plan", "inspection", "report", "external_id")
_NARROW = (*_EQUAL, "state", "location", "overdue", "since", "until")


def _where(asked: Asked) -> Expression | None:
    """The condition of the parameters that narrow a list of orders. Raises ValueInvalid, NotFound."""
    tests: list[Expression | None] = [equals(name, _meant(asked, name)) for name in _EQUAL if asked.param(name)]
    if states := [one for one in asked.param("state").split(",") if one]:
        tests.append(in_backlog() if states == ["backlog"] else one_of("state", states))
    if place := asked.param("location"):
        tests.append(inside(place))
    now = rfc3339(datetime.now(UTC))
    if asked.param("overdue") in ("1", "true"):
        tests += [in_backlog(), Op("<", (Property("due_at"), Instant(now)))]
    for name, sign in (("since", ">="), ("until", "<")):
        if asked.param(name):
            from_day = datetime.combine(day(asked.param(name), name), datetime.min.time(), ZONE)
            tests.append(Op(sign, (Property("reported_at"), Instant(rfc3339(from_day)))))
    return both(*tests)


def _meant(asked: Asked, name: str) -> str:
    """The value that a parameter stands for: an Asset may be named by its tag."""
    said = asked.param(name)
    if name == "asset":
        with suppress(NotFound):
            return asked.register.asset(said).id
    return said


def orders(asked: Asked) -> Response:
    """Work orders that match, the most pressing first; as JSON or CSV."""
    only(asked.request, "json", "csv", also=(*_NARROW, "limit", "offset"))
    where = _where(asked)
    if asked.param("f") == "csv":
        require(asked.principal, Action.READ)
        return file_answer(exchange.to_csv(asked.register.every(ORDERS, where)), CSV, "work-orders.csv")
    rows, matched = asked.orders.orders(where, asked.number("limit", USUAL, MOST), asked.number("offset", 0, 10**8))
    now = datetime.now(UTC)
    return asked.answer({"orders": [with_id(row) | {"overdue": is_overdue(row.properties, now),
                                                    "ways": [str(one) for one in asked.orders.ways(row)]} for row in rows],
                         "numberMatched": matched, "numberReturned": len(rows)})


def raise_order(asked: Asked) -> Response:
    """A new order."""
    return asked.order(asked.orders.raise_order(asked.document()), 201, "order-raised")


def order(asked: Asked) -> Response:
    """One order."""
    return asked.order(asked.orders.order(asked.id))


def change_order(asked: Asked) -> Response:
    """Other fields of an order."""
    before = asked.orders.order(asked.id)
    return asked.order(asked.orders.change(before.id, asked.document(), asked.revision(before)), event="order-changed")


def lead(asked: Asked) -> Response:
    """Lead an order to another state."""
    given, before = asked.document(), asked.orders.order(asked.id)
    wanted = text(given.pop("state", ""), "state", needed=True)
    return asked.order(asked.orders.lead(before.id, wanted, given, asked.revision(before)), event="state-changed")


def comment(asked: Asked) -> Response:
    """A comment."""
    return asked.order(asked.orders.comment(asked.id, asked.fields("text").get("text", "")))


def labour(asked: Asked) -> Response:
    """Time that was spent."""
    given = asked.fields("minutes", "note")
    return asked.order(asked.orders.labour(asked.id, given.get("minutes"), given.get("note", "")))


def part(asked: Asked) -> Response:
    """A spare part that was used."""
    given = asked.fields("part", "count")
    return asked.order(asked.orders.use_part(asked.id, given.get("part"), given.get("count", 1)))


def tick(asked: Asked) -> Response:
    """Answers to the checklist of an order."""
    return asked.order(asked.orders.tick(asked.id, asked.document()))


def attach(asked: Asked) -> Response:
    """A photo or a PDF: the body is the file, `name` its name."""
    asked.orders.order(asked.id)
    return asked.order(asked.orders.attach(asked.id, files.kept(asked.services.blobs, asked.body, asked.param("name"))))


def attachment(asked: Asked) -> Response:
    """The bytes of an attachment of an order."""
    row = asked.orders.order(asked.id)
    return attachment_of(asked, row)


def history(asked: Asked) -> Response:
    """Who did what to an order, and why."""
    row = asked.orders.order(asked.id)
    rows = asked.register.rows(CHANGES, both(equals("collection", ORDERS), equals("feature", row.id)), (Sort("number"),), MOST)
    return asked.answer({"entries": [entry_of(one).to_dict() for one in rows]})


def kpis(asked: Asked) -> Response:
    """Figures of the orders that match; `f=csv` gives those by month."""
    only(asked.request, "json", "csv", also=(*_NARROW, "months"))
    require(asked.principal, Action.READ)
    found = figures(asked.register.every(ORDERS, _where(asked), FIELDS), datetime.now(UTC), months=asked.number("months", 12, 120) or 1)
    if asked.param("f") != "csv":
        return asked.answer(found)
    lines = ["month,reported,done,mttr_h", *(f"{one['month']},{one['reported']},{one['done']},{_blank(one['mttr_h'])}"
                                             for one in found["months"])]
    return file_answer("\r\n".join(lines).encode() + b"\r\n", CSV, "maintenance.csv")


def import_orders(asked: Asked) -> Response:
    """Orders from another system: the body is a CSV, `columns` a JSON object field -> column."""
    names = orjson.loads(asked.param("columns")) if asked.param("columns").startswith("{") else {}
    taken = exchange.take_csv(asked.orders, asked.body, asked.param("system"), names, theirs=asked.param("theirs") in ("1", "true"))
    return asked.answer(taken.to_dict())


def hook_list(asked: Asked) -> Response:
    """Webhooks."""
    return asked.answer({"webhooks": hooks(asked.orders)})


def create_hook(asked: Asked) -> Response:
    """A new webhook; its secret is told this once."""
    return asked.answer(add_hook(asked.orders, text(asked.fields("url").get("url", ""), "url", needed=True), checked), 201)


def delete_hook(asked: Asked) -> Response:
    """Tell nothing there any more."""
    drop_hook(asked.orders, asked.id)
    return Response(status_code=204)


def _blank(value: float | None) -> str:
    return "" if value is None else str(value)


def _at(path: str, longest: int = LONGEST, **works: Callable[[Asked], Response]) -> Route:
    return route(f"/api{path}", Asked, works, longest)


def routes() -> list[BaseRoute]:
    """`/api/work-orders`."""
    this = "/work-orders/{id}"
    return [
        _at("/work-orders", GET=orders, POST=raise_order), _at("/work-orders/figures", GET=kpis),
        _at("/work-orders/import", exchange.MOST_BYTES + 1, POST=import_orders),
        _at("/work-orders/webhooks", GET=hook_list, POST=create_hook), _at("/work-orders/webhooks/{id}", DELETE=delete_hook),
        _at(this, GET=order, PATCH=change_order), _at(f"{this}/state", POST=lead), _at(f"{this}/comments", POST=comment),
        _at(f"{this}/labour", POST=labour), _at(f"{this}/parts", POST=part), _at(f"{this}/checklist", POST=tick),
        _at(f"{this}/attachments", files.MOST_BYTES + 1, POST=attach), _at(f"{this}/attachments/{{sha256}}", GET=attachment),
        _at(f"{this}/history", GET=history)]
