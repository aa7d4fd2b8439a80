"""Work orders: raising one, changing it, leading it through its states; each change is an entry of the register's history."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

from bim.submissions.submission import text
from csdi.access import Action, Principal, may, require
from csdi.errors import AccessDenied, Conflict, NotFound, ValueInvalid
from csdi.extent import rfc3339
from csdi.feature import Feature
from csdi.filter import Expression, Items, Op, Property
from csdi.filter import Literal as Value
from csdi.query import Sort
from csdi.store.base import Store
from twin.maintenance.agreed import Agreed
from twin.maintenance.moments import day, moment
from twin.maintenance.schemas import ORDERS, ORIGINS, PRIORITIES, collections
from twin.maintenance.states import BACKLOG, ENDED, Actor, State, check_change, ways
from twin.register.keeping import Register, Writing, equals
from twin.register.schemas import ASSETS

Json = dict[str, Any]
EDITABLE = ("title", "description", "priority", "assignee", "starts_on", "due_at", "cause", "remedy", "estimate_minutes", "finding")
"""Fields of an order that are changed by hand; states, parts, labour and comments have ways of their own."""
MOST_COMMENTS, MOST_LABOUR_MINUTES = 1000, 7 * 24 * 60


class Raising:
    """Makes orders inside one block of writing: they get the next numbers, and what they say of their Asset."""

    def __init__(self, write: Writing, agreed: Agreed) -> None:
        self.write, self._agreed = write, agreed
        self._last: dict[int, int] = {}

    def order(self, asset: Feature | None, given: Mapping[str, Any], *, state: State = State.OPEN, id: str = "") -> Feature:
        """A new order.

        Args:
            asset: row of the register; None for work at no Asset in particular.
            given: fields of the order that are known; `title` and `origin` at least.
            id: where it follows from something else, so that it is not made twice; "" for a new one.

        Raises:
            Conflict: there is an order with this id.
        """
        write = self.write
        priority = str(given.get("priority") or self._agreed.priority(asset))
        due = write.moment + timedelta(hours=self._agreed.hours_to_do(priority))
        fields = {"priority": priority, "due_at": rfc3339(due), "reported_at": write.now, "reported_by": write.who,
                  **of_asset(asset), **{name: value for name, value in given.items() if value is not None}}
        if state is State.OPEN and fields.get("assignee"):
            state = State.ASSIGNED
        fields |= {"number": self._number(write.moment.year), "state": str(state), "reopened": 0, "labour_minutes": 0}
        return write.add(ORDERS, Feature(id or f"wo-{uuid.uuid4().hex[:12]}", asset.geometry if asset is not None else None, fields))

    def _number(self, year: int) -> str:
        if year not in self._last:
            begun = Op("like", (Property("number"), Value(f"WO-{year}-%")))
            rows = self.write.register.rows(ORDERS, begun, (Sort("number", True),), 1)
            self._last[year] = int(rows[0].properties["number"].rpartition("-")[2]) if rows else 0
        self._last[year] += 1
        return f"WO-{year}-{self._last[year]:06d}"


class Orders:
    """The work orders of a site, for one principal.

    Readers see them; editors raise, assign, close and cancel them; who is to do one works on it whatever the role.
    Every method raises NotFound where there is no such order, and AccessDenied where the principal may not do this.
    """

    def __init__(self, store: Store, principal: Principal, agreed: Agreed) -> None:
        self.register, self.principal, self.agreed = Register(store), principal, agreed

    @contextmanager
    def writing(self, why: str = "") -> Iterator[Raising]:
        """Changes that are kept together; the Collections of maintenance are made where they are not there."""
        with self.register.writing(self.principal.id, why, collections()) as write:
            yield Raising(write, self.agreed)

    def order(self, id: str) -> Feature:
        """One order, by its id or its number."""
        require(self.principal, Action.READ)
        if id.startswith("WO-"):
            rows = self.register.rows(ORDERS, equals("number", id), limit=1)
            if rows:
                return rows[0]
        with suppress(NotFound):
            return self.register.store.feature(ORDERS, id)
        raise NotFound(f"there is no work order '{id}'", remedy="list the work orders to see their numbers", order=id)

    def orders(self, where: Expression | None = None, limit: int = 100, offset: int = 0) -> tuple[list[Feature], int]:
        """Orders, the most pressing first, and how many match."""
        require(self.principal, Action.READ)
        return (self.register.rows(ORDERS, where, (Sort("due_at"), Sort("number")), limit, offset), self.register.count(ORDERS, where))

    def raise_order(self, given: Mapping[str, Any]) -> Feature:
        """A new order by hand. Raises ValueInvalid, and NotFound for an Asset that is not there."""
        require(self.principal, Action.EDIT)
        asset = self.register.asset(text(given["asset"], "asset")) if given.get("asset") else None
        fields = self._checked({name: value for name, value in given.items() if name not in ("asset", "origin", "checklist")})
        text(fields.get("title", ""), "title", needed=True)
        if given.get("checklist"):
            fields["checklist"] = self.agreed.checklist(text(given["checklist"], "checklist")).begun()
        origin = given.get("origin") or "manual"
        if origin not in ORIGINS:
            raise ValueInvalid(f"there is no origin '{origin}'", field="origin", remedy=f"one of {', '.join(ORIGINS)}")
        with self.writing() as raising:
            return raising.order(asset, {**fields, "origin": origin})

    def change(self, id: str, given: Mapping[str, Any], revision: int | None = None) -> Feature:
        """Other fields of an order. Raises ValueInvalid, PreconditionFailed."""
        require(self.principal, Action.EDIT)
        fields = self._checked(given)
        before = self.order(id)
        if fields.get("assignee") and before.properties["state"] == State.OPEN:
            fields["state"] = str(State.ASSIGNED)
        if "assignee" in fields and not fields["assignee"] and before.properties["state"] == State.ASSIGNED:
            fields["state"] = str(State.OPEN)
        with self.writing() as raising:
            return raising.write.edit(ORDERS, before.id, fields, "order-changed", revision=revision)

    def lead(self, id: str, wanted: str, given: Mapping[str, Any] | None = None, revision: int | None = None) -> Feature:
        """Lead an order to another state.

        Args:
            given: what is told with it: `reason` (why it waits, is cancelled or opened again), `cause` and `remedy` (of what is
                done), `assignee`.

        Raises:
            ValueInvalid: there is no such state, or something must be told with it.
            Conflict: nothing leads there from where it stands; or a checklist is not filled in.
        """
        said = {name: text(value, name) for name, value in (given or {}).items()}
        before = self.order(id)
        now, state = State(before.properties["state"]), _state(wanted)
        check_change(now, state, self._actors(before))
        _check_told(before, state, said)
        with self.writing(said.get("reason", "")) as raising:
            return raising.write.edit(ORDERS, before.id, _led(before, now, state, said, raising.write.now), f"order-{state}",
                                      revision=revision)

    def comment(self, id: str, said: Any) -> Feature:
        """A comment on an order."""
        line = {"text": text(said, "text", needed=True)}
        return self._appended(id, "comments", line, "order-commented", MOST_COMMENTS)

    def labour(self, id: str, minutes: Any, note: Any = "") -> Feature:
        """Time that was spent on an order, in minutes. Raises ValueInvalid."""
        if not isinstance(minutes, int) or isinstance(minutes, bool) or not 0 < minutes <= MOST_LABOUR_MINUTES:
            raise ValueInvalid(f"minutes are a whole number from 1 to {MOST_LABOUR_MINUTES}", field="minutes")
        line = {"minutes": minutes, "note": text(note, "note")}
        return self._appended(id, "labour", line, "labour-noted", MOST_COMMENTS,
                              lambda old: {"labour_minutes": (old.get("labour_minutes") or 0) + minutes})

    def attach(self, id: str, attachment: Mapping[str, Any]) -> Feature:
        """A photo or document of an order, as `files.kept` describes it."""
        return self._appended(id, "attachments", dict(attachment), "order-attached", 100)

    def tick(self, id: str, answers: Mapping[str, Any]) -> Feature:
        """Answers to items of an order's checklist. Raises ValueInvalid where one does not fit, Conflict where there is none."""
        before = self._mine(id)
        listed = before.properties.get("checklist")
        if not listed:
            raise Conflict(f"{before.properties['number']} has no checklist", order=before.id, remedy="raise it with one")
        checklist = self.agreed.checklist(listed["id"])
        filled = checklist.filled(listed, answers)
        with self.writing() as raising:
            return raising.write.edit(ORDERS, before.id, {"checklist": filled}, "order-ticked")

    def use_part(self, id: str, number: Any, count: Any = 1) -> Feature:
        """A spare part that went into an order: taken from what the Asset's row says is in stock. Raises Conflict where that is less."""
        before, part = self._mine(id), text(number, "part", needed=True)
        if not isinstance(count, int) or isinstance(count, bool) or not 0 < count <= 10_000:
            raise ValueInvalid("count is a whole number from 1 to 10 000", field="count")
        with self.writing() as raising:
            write = raising.write
            asset = before.properties.get("asset")
            if asset:
                stock = _taken(write.row(ASSETS, asset), part, count)
                if stock is not None:
                    write.edit(ASSETS, asset, {"spare_parts": stock}, "part-used")
            used = [*(before.properties.get("parts") or ()), {"part": part, "count": count, "by": write.who, "at": write.now}]
            return write.edit(ORDERS, before.id, {"parts": used}, "part-used")

    def ways(self, order: Feature) -> list[State]:
        """Where the principal may lead this order to."""
        return ways(State(order.properties["state"]), self._actors(order))

    def _actors(self, order: Feature) -> frozenset[Actor]:
        found = {Actor.MANAGER} if may(self.principal, Action.EDIT) else set()
        return frozenset(found | ({Actor.ASSIGNEE} if order.properties.get("assignee") == self.principal.id else set()))

    def _mine(self, id: str) -> Feature:
        """An order that the principal may work on. Raises AccessDenied, and Conflict where it has ended."""
        found = self.order(id)
        if not self._actors(found):
            raise AccessDenied(f"only the assignee or an editor may work on {found.properties['number']}",
                               remedy="have it assigned to you", needs="editor")
        if found.properties["state"] in (State.CLOSED, State.CANCELLED):
            raise Conflict(f"{found.properties['number']} is {found.properties['state']}", order=found.id, remedy="open it again first")
        return found

    def _appended(self, id: str, field: str, line: Json, what: str, most: int,
                  more: Callable[[Mapping[str, Any]], Json] = lambda _: {}) -> Feature:
        before = self._mine(id) if field != "comments" else self.order(id)
        with self.writing() as raising:
            write = raising.write
            present = write.row(ORDERS, before.id).properties
            lines = list(present.get(field) or ())
            if len(lines) >= most:
                raise Conflict(f"{present['number']} has {most} {field} already", order=before.id, remedy="go on in a new work order")
            lines.append({**line, "by": write.who, "at": write.now})
            return write.edit(ORDERS, before.id, {field: lines, **more(present)}, what)

    def _checked(self, given: Mapping[str, Any]) -> Json:
        """Fields that may be set by hand, in their form. Raises ValueInvalid."""
        if extra := sorted(set(given) - set(EDITABLE)):
            raise ValueInvalid(f"there is no field '{extra[0][:60]}' that can be set", field=extra[0][:60],
                               remedy=f"one of {', '.join(EDITABLE)}")
        return {name: self._one(name, value) for name, value in given.items()}

    def _one(self, name: str, value: Any) -> Any:
        if value is None or value == "":
            if name in ("title", "priority"):
                raise ValueInvalid(f"'{name}' cannot be empty", field=name, remedy="say it, or leave it out")
            return None
        if name == "priority" and value not in PRIORITIES:
            raise ValueInvalid(f"there is no priority '{str(value)[:40]}'", field=name, remedy=f"one of {', '.join(PRIORITIES)}")
        if name == "estimate_minutes" and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
            raise ValueInvalid("estimate_minutes is a whole number", field=name)
        if name == "due_at":
            return rfc3339(moment(value, name))
        if name == "starts_on":
            return day(value, name).isoformat()
        return value if name == "estimate_minutes" else text(value, name)


def of_asset(asset: Feature | None) -> Json:
    """What an order, an inspection or a report says of its Asset, as it is at that time."""
    if asset is None:
        return {}
    p = asset.properties
    return {"asset": asset.id, "asset_tag": p.get("tag"), "asset_name": p.get("name"),
            **{name: p.get(name) for name in ("asset_class", "device", "location", "location_path", "storey_name", "space_name")}}


def in_backlog() -> Expression:
    """The condition that something is left to be done."""
    return one_of("state", sorted(BACKLOG))


def one_of(name: str, values: Iterable[str]) -> Expression:
    """The condition that a property has one of these values."""
    return Op("in", (Property(name), Items(tuple(Value(str(value)) for value in values))))


def is_overdue(order: Mapping[str, Any], now: datetime) -> bool:
    """Whether something is left to be done that should be done by now."""
    due = order.get("due_at")
    return bool(due) and State(order["state"]) not in ENDED and datetime.fromisoformat(str(due)) < now


def _led(before: Feature, now: State, state: State, said: Mapping[str, str], at: str) -> Json:
    """What changes in an order that is led to a state."""
    p = before.properties
    patch: Json = {"state": str(state), **{name: said[name] for name in ("cause", "remedy", "assignee") if said.get(name)}}
    patch["hold_reason"] = said.get("reason") if state is State.ON_HOLD else None
    if state is State.OPEN and now is not State.REPORTED:
        patch |= {"assignee": None}
    if state is State.IN_PROGRESS and not p.get("started_at"):
        patch["started_at"] = at
    if state is State.DONE:
        patch["done_at"] = at
    if state is State.CLOSED:
        patch["closed_at"] = at
    if now in ENDED and state not in ENDED:
        patch |= {"done_at": None, "closed_at": None, "reopened": (p.get("reopened") or 0) + 1}
    return patch


def _check_told(order: Feature, state: State, said: Mapping[str, str]) -> None:
    """Raises ValueInvalid where something must be told with the change, Conflict where a checklist is not filled in."""
    if extra := sorted(set(said) - {"reason", "cause", "remedy", "assignee"}):
        raise ValueInvalid(f"nothing is known of '{extra[0]}' here", field=extra[0], remedy="reason, cause, remedy, assignee")
    if state in (State.ON_HOLD, State.CANCELLED) and not said.get("reason"):
        raise ValueInvalid(f"say why it is {state}", field="reason", remedy="send a reason")
    if state is State.ASSIGNED and not (said.get("assignee") or order.properties.get("assignee")):
        raise ValueInvalid("say who is to do it", field="assignee", remedy="send an assignee")
    listed = order.properties.get("checklist")
    if state is State.DONE and listed:
        left = [one["key"] for one in listed["items"] if one.get("required") and one.get("value") is None]
        if left:
            raise Conflict(f"{order.properties['number']} has {len(left)} checklist items without an answer", items=left[:20],
                           remedy="answer them first")


def _taken(asset: Feature, part: str, count: int) -> list[Any] | None:
    """The Asset's spare parts without those that were used; None where it keeps no stock of this one."""
    stock = [dict(one) for one in asset.properties.get("spare_parts") or () if isinstance(one, Mapping)]
    for one in stock:
        if part in (one.get("number"), one.get("name")) and isinstance(one.get("stock"), int):
            if one["stock"] < count:
                raise Conflict(f"there are {one['stock']} of '{part}' in stock, not {count}", part=part, stock=one["stock"],
                               remedy="bring the stock up to date first")
            one["stock"] -= count
            return stock
    return None


def _state(wanted: str) -> State:
    try:
        return State(wanted)
    except ValueError:
        raise ValueInvalid(f"there is no state '{str(wanted)[:40]}'", field="state", remedy=f"one of {', '.join(State)}") from None

