"""Plans, checklists, inspections, labels and calendars over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bim.submissions.submission import text
from csdi.access import Action, Principal, Role, require
from csdi.errors import ValueInvalid
from csdi.extent import rfc3339
from csdi.filter import Instant, Op, Property
from csdi.query import Sort
from ogc_api.calls import LONGEST, route
from ogc_api.edge import only, origin
from ogc_api.maintenance_calls import HTML, MOST, PDF, USUAL, Asked, attachment_of, file_answer, with_id
from twin.maintenance import files, labels
from twin.maintenance.calendars import Calendars
from twin.maintenance.hooks import announce
from twin.maintenance.jobs import generate
from twin.maintenance.moments import ZONE, day, today
from twin.maintenance.orders import Orders, is_overdue, one_of
from twin.maintenance.plans import Plans
from twin.maintenance.schemas import ORDERS
from twin.register.keeping import both, equals, inside
from twin.register.schemas import ASSETS

SVG, PNG, CALENDAR = "image/svg+xml", "image/png", "text/calendar; charset=utf-8"
LONGEST_LOOK_DAYS = 800
_FEED = Principal("calendar", Role.READER)
"""Who a calendar is made for: the key has said who may see it."""


def plan_list(asked: Asked) -> Response:
    """Preventive plans."""
    only(asked.request, "json", also=("asset", "asset_class"))
    where = both(*(equals(name, asked.param(name)) for name in ("asset", "asset_class") if asked.param(name)))
    return asked.answer({"plans": [with_id(row) for row in asked.plans.plans(where)]})


def add_plan(asked: Asked) -> Response:
    """A new plan."""
    return asked.told(asked.plans.add(asked.document()), 201, at="maintenance-plans")


def usual_plans(asked: Asked) -> Response:
    """The plans that are usual for what the register holds."""
    return asked.answer({"plans": [with_id(row) for row in asked.plans.usual()]}, 201)


def plan(asked: Asked) -> Response:
    """One plan, and how many Assets it covers."""
    row = asked.plans.plan(asked.id)
    return asked.told(row, more={"assets": sum(1 for _ in asked.plans.covered(row))})


def change_plan(asked: Asked) -> Response:
    """Other fields of a plan."""
    before = asked.plans.plan(asked.id)
    return asked.told(asked.plans.change(asked.id, asked.document(), asked.revision(before)))


def run_plans(asked: Asked) -> Response:
    """Orders for all that plans ask for by now."""
    return asked.answer(generate(asked.services, datetime.now(UTC), asked.principal).to_dict())


def upcoming(asked: Asked) -> Response:
    """Days on which plans ask for work, and orders that are due, between two days."""
    only(asked.request, "json", also=("from", "to"))
    first = day(asked.param("from"), "from") if asked.param("from") else today(datetime.now(UTC))
    last = day(asked.param("to"), "to") if asked.param("to") else first + timedelta(days=31)
    if not 0 <= (last - first).days <= LONGEST_LOOK_DAYS:
        raise ValueInvalid(f"from and to are 0 to {LONGEST_LOOK_DAYS} days apart", field="to")
    planned = [{"plan": row.id, "title": row.properties["title"], "day": one.isoformat()}
               for row in asked.plans.plans() for one in asked.plans.upcoming(row, first, last)]
    ends = [datetime.combine(one, datetime.min.time(), ZONE) for one in (first, last + timedelta(days=1))]
    due = Op("and", tuple(Op(sign, (Property("due_at"), Instant(rfc3339(end)))) for sign, end in zip((">=", "<"), ends, strict=True)))
    rows = asked.register.rows(ORDERS, due, (Sort("due_at"),), MOST)
    now = datetime.now(UTC)
    return asked.answer({"planned": sorted(planned, key=lambda one: (one["day"], one["plan"])),
                         "orders": [with_id(row) | {"overdue": is_overdue(row.properties, now)} for row in rows]})


def checklist_list(asked: Asked) -> Response:
    """All checklists."""
    require(asked.principal, Action.READ)
    return asked.answer({"checklists": [one.to_dict() for one in asked.agreed.checklists.values()]})


def put_checklist(asked: Asked) -> Response:
    """A checklist of the site's own."""
    return asked.answer(asked.inspections.checklist({**asked.document(), "id": asked.id}).to_dict())


def inspection_list(asked: Asked) -> Response:
    """Inspections, the last one first."""
    only(asked.request, "json", also=("asset", "checklist", "outcome", "order", "location", "limit", "offset"))
    tests = [equals(name, asked.param(name)) for name in ("asset", "checklist", "outcome", "order") if asked.param(name)]
    where = both(*tests, inside(asked.param("location")) if asked.param("location") else None)
    rows, matched = asked.inspections.inspections(where, asked.number("limit", USUAL, MOST), asked.number("offset", 0, 10**8))
    return asked.answer({"inspections": [with_id(row) for row in rows], "numberMatched": matched, "numberReturned": len(rows)})


def inspect(asked: Asked) -> Response:
    """An inspection that was carried out; failures have become orders."""
    given = asked.fields("asset", "checklist", "answers", "order", "attachments", "remarks")
    answers, attachments = given.get("answers"), given.get("attachments") or []
    if not isinstance(answers, dict) or not isinstance(attachments, list) or not all(isinstance(one, dict) for one in attachments):
        raise ValueInvalid("answers are an object: item -> answer; attachments are what their upload answered", field="answers")
    row = asked.inspections.inspect(text(given.get("asset"), "asset", needed=True), text(given.get("checklist"), "checklist", needed=True),
                                    answers, order=text(given.get("order") or "", "order"), attachments=attachments,
                                    remarks=text(given.get("remarks") or "", "remarks"))
    for id in row.properties["orders"]:
        announce(asked.services, asked.orders, asked.orders.order(id), "order-raised")
    return asked.told(row, 201, at="inspections")


def keep_photo(asked: Asked) -> Response:
    """A photo that an inspection will name: the body is the file."""
    require(asked.principal, Action.READ)
    return asked.answer(files.kept(asked.services.blobs, asked.body, asked.param("name")), 201)


def inspection(asked: Asked) -> Response:
    """One inspection."""
    return asked.told(asked.inspections.inspection(asked.id))


def inspection_file(asked: Asked) -> Response:
    """The bytes of an attachment of an inspection."""
    return attachment_of(asked, asked.inspections.inspection(asked.id))


def label(asked: Asked) -> Response:
    """The QR code of an Asset as SVG or PNG, and as JSON where it leads."""
    only(asked.request, "svg", "png", "json")
    url = _address(asked, asked.faults.code(asked.id, asked.principal))
    kind = asked.param("f") or "svg"
    if kind == "json":
        return asked.answer({"url": url})
    return Response(labels.qr_svg(url) if kind == "svg" else labels.qr_png(url), media_type=SVG if kind == "svg" else PNG,
                    headers={"Cache-Control": "private, no-cache"})


def sheet(asked: Asked) -> Response:
    """Sheets of labels of the Assets that match, as PDF or HTML."""
    narrow = ("asset_class", "location", "model", "system", "status", "storey")
    only(asked.request, "pdf", "html", also=(*narrow, "tags", "size"))
    tests = [equals(name, asked.param(name)) for name in narrow if name != "location" and asked.param(name)]
    tags = [one for one in asked.param("tags").split(",") if one]
    where = both(*tests, one_of("tag", tags) if tags else None, inside(asked.param("location")) if asked.param("location") else None)
    rows = asked.register.rows(ASSETS, where, (Sort("tag"),), labels.MOST_LABELS + 1)
    codes = asked.faults.codes(rows, asked.principal)
    made = [labels.label_of(row.properties, _address(asked, code)) for row, code in zip(rows, codes, strict=True)]
    size = asked.param("size") or "medium"
    if asked.param("f") == "html":
        return Response(labels.sheet_html(made, size), media_type=HTML)
    return file_answer(labels.sheet_pdf(made, size), PDF, "labels.pdf")


def revoke(asked: Asked) -> Response:
    """Let a label be worth nothing any more; the next one has another code."""
    asked.faults.revoke(asked.faults.code(asked.id, asked.principal), asked.principal)
    return Response(status_code=204)


def feed_list(asked: Asked) -> Response:
    """Calendar feeds of whoever asks."""
    return asked.answer({"feeds": Calendars(asked.orders, asked.plans).feeds(asked.principal)})


def add_feed(asked: Asked) -> Response:
    """A new feed; its address is told this once."""
    given = asked.fields("title", "assignee", "asset", "location_path", "language")
    made = Calendars(asked.orders, asked.plans).add(given, asked.principal)
    return asked.answer({**made, "url": f"{origin(asked.request)}/calendar/{made['key']}.ics"}, 201)


def drop_feed(asked: Asked) -> Response:
    """A feed less."""
    Calendars(asked.orders, asked.plans).drop(asked.id, asked.principal)
    return Response(status_code=204)


def calendar(asked: Asked) -> Response:
    """The calendar behind a key, for whoever knows it."""
    store = asked.services.store
    calendars = Calendars(Orders(store, _FEED, asked.agreed), Plans(store, _FEED, asked.agreed))
    return Response(calendars.feed(asked.part("key"), datetime.now(UTC)), media_type=CALENDAR,
                    headers={"Cache-Control": "private, max-age=300"})


def _address(asked: Asked, code: str) -> str:
    """Where a label leads."""
    return f"{origin(asked.request)}/a/{code}"


def _at(path: str, longest: int = LONGEST, **works: Callable[[Asked], Response]) -> Route:
    return route(f"/api{path}", Asked, works, longest)


def routes() -> list[BaseRoute]:
    """Everything about maintenance below `/api` besides work orders, and calendars for those who know their address."""
    return [
        _at("/maintenance-plans", GET=plan_list, POST=add_plan), _at("/maintenance-plans/usual", POST=usual_plans),
        _at("/maintenance-plans/generate", POST=run_plans), _at("/maintenance-plans/upcoming", GET=upcoming),
        _at("/maintenance-plans/{id}", GET=plan, PATCH=change_plan),
        _at("/checklists", GET=checklist_list), _at("/checklists/{id}", PUT=put_checklist),
        _at("/inspections", GET=inspection_list, POST=inspect), _at("/inspections/photos", files.MOST_BYTES + 1, POST=keep_photo),
        _at("/inspections/{id}", GET=inspection), _at("/inspections/{id}/attachments/{sha256}", GET=inspection_file),
        _at("/asset-labels", GET=sheet), _at("/asset-labels/{id}", GET=label, DELETE=revoke),
        _at("/calendar-feeds", GET=feed_list, POST=add_feed), _at("/calendar-feeds/{id}", DELETE=drop_feed),
        route("/calendar/{key}.ics", Asked, {"GET": calendar})]
