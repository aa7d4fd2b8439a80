"""Calendars: work orders and what plans will ask for, as iCalendar (RFC 5545) behind an address that only its owner knows."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from icalendar import Calendar, Event, Todo

from bim.submissions.submission import text
from csdi.access import Action, Principal, require
from csdi.errors import AccessDenied, Conflict, NotFound
from csdi.feature import Feature
from twin.maintenance.moments import ZONE, day, today
from twin.maintenance.orders import Orders
from twin.maintenance.plans import Plans
from twin.maintenance.schemas import FEEDS, ORDERS
from twin.maintenance.states import ENDED, State
from twin.register.keeping import both, equals, inside

Json = dict[str, Any]
MOST_FEEDS = 50
AHEAD_DAYS = 366
"""How far ahead of today what plans will ask for is shown."""
PAST_DAYS = 90
"""How long ended orders stay in a calendar."""
_STATUS = {State.IN_PROGRESS: "IN-PROCESS", State.DONE: "COMPLETED", State.CLOSED: "COMPLETED", State.CANCELLED: "CANCELLED"}
_PRIORITY = {"emergency": 1, "urgent": 3, "normal": 5, "low": 9}
_NAMES = {"en": "Maintenance", "zh-Hant": "維修及保養", "zh-Hans": "维修与保养"}


class Calendars:
    """The feeds of a site, for one principal. Methods raise NotFound and AccessDenied."""

    def __init__(self, orders: Orders, plans: Plans) -> None:
        self._orders, self._plans, self.register = orders, plans, orders.register

    def add(self, given: Mapping[str, Any], principal: Principal) -> Json:
        """A new feed of the orders of an assignee, an Asset or a location (all of them where nothing is said), with its secret key."""
        require(principal, Action.READ)
        key = secrets.token_urlsafe(24)
        row = {name: text(given.get(name) or "", name) or None for name in ("title", "assignee", "asset", "location_path", "language")}
        if len(self.feeds(principal)) >= MOST_FEEDS:
            raise Conflict(f"you have {MOST_FEEDS} feeds already", remedy="remove one that is not needed")
        with self._orders.writing() as raising:
            kept = Feature(_id(key), None, {**row, "owner": principal.id, "created": raising.write.now})
            made = raising.write.add(FEEDS, kept, "feed-made")
        return {"id": made.id, "key": key, **made.properties}

    def feeds(self, principal: Principal) -> list[Json]:
        """The principal's own feeds, without their keys."""
        require(principal, Action.READ)
        return [{"id": row.id, **row.properties} for row in self.register.every(FEEDS, equals("owner", principal.id))]

    def drop(self, id: str, principal: Principal) -> None:
        """Let a feed's key be worth nothing any more."""
        require(principal, Action.READ)
        row = next((one for one in self.feeds(principal) if one["id"] == id), None)
        if row is None:
            raise AccessDenied(f"'{id}' is no feed of yours", remedy="list your feeds")
        with self._orders.writing() as raising:
            raising.write.edit(FEEDS, id, {"owner": "-"}, "feed-dropped")

    def feed(self, key: str, now: datetime) -> bytes:
        """The calendar behind a key. Raises NotFound."""
        try:
            row = self.register.store.feature(FEEDS, _id(key))
        except NotFound:
            row = None
        if row is None or row.properties["owner"] == "-":
            raise NotFound("there is no such calendar", remedy="make a new feed")
        p = row.properties
        calendar = Calendar()
        title = p.get("title") or _NAMES.get(p.get("language") or "en", _NAMES["en"])
        for name, value in (("prodid", "-//CSDI//maintenance//EN"), ("version", "2.0"), ("x-wr-calname", title),
                            ("x-wr-timezone", str(ZONE)), ("refresh-interval;value=duration", "PT1H")):
            calendar.add(name, value)
        for one in self._todos(p, today(now)):
            calendar.add_component(one)
        for event in self._events(p, today(now), now):
            calendar.add_component(event)
        return bytes(calendar.to_ical())

    def _todos(self, feed: Mapping[str, Any], now: date) -> Iterator[Todo]:
        where = both(*(equals(name, feed[name]) for name in ("assignee", "asset") if feed.get(name)),
                     inside(feed["location_path"]) if feed.get("location_path") else None)
        oldest = now - timedelta(days=PAST_DAYS)
        for row in self.register.every(ORDERS, where):
            p = row.properties
            state = State(p["state"])
            if state in ENDED and datetime.fromisoformat(str(p.get("done_at") or p["reported_at"])).date() < oldest:
                continue
            yield _todo(row, state)

    def _events(self, feed: Mapping[str, Any], now: date, at: datetime) -> Iterator[Event]:
        for plan in self._plans.plans():
            p = plan.properties
            if any(feed.get(name) and feed[name] != p.get(name) for name in ("assignee", "asset")):
                continue
            first = max(now, day(p["done_to"], "done_to") + timedelta(days=1)) if p.get("done_to") else now
            for one in self._plans.upcoming(plan, first, now + timedelta(days=AHEAD_DAYS)):
                event = Event()
                event.add("uid", f"{plan.id}-{one.isoformat()}@csdi")
                event.add("dtstamp", at)
                event.add("dtstart", one)
                event.add("summary", p["title"])
                if p.get("instructions"):
                    event.add("description", p["instructions"])
                yield event


def _todo(row: Feature, state: State) -> Todo:
    p, todo = row.properties, Todo()
    todo.add("uid", f"{row.id}@csdi")
    todo.add("dtstamp", datetime.fromisoformat(str(p.get("valid_from") or p["reported_at"])))
    todo.add("sequence", int(p.get("revision") or 1))
    todo.add("summary", f"{p['number']} {p['title']}")
    todo.add("priority", _PRIORITY.get(p["priority"], 5))
    todo.add("status", _STATUS.get(state, "NEEDS-ACTION"))
    if p.get("due_at"):
        todo.add("due", datetime.fromisoformat(str(p["due_at"])).astimezone(ZONE))
    if p.get("done_at"):
        todo.add("completed", datetime.fromisoformat(str(p["done_at"])))
    place = " / ".join(str(p[name]) for name in ("asset_tag", "asset_name", "storey_name", "space_name") if p.get(name))
    if place:
        todo.add("location", place)
    if p.get("description"):
        todo.add("description", p["description"])
    return todo


def _id(key: str) -> str:
    """The id of a feed: a digest of its key, so that the store holds no key."""
    return "wf-" + hashlib.sha256(key.encode()).hexdigest()[:24]
