"""Preventive plans: work that comes again by the calendar or by hours run, and the orders that follow from it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from dateutil.rrule import rrulestr

from bim.submissions.submission import text
from csdi.access import Action, Principal, require
from csdi.errors import NotFound, ValueInvalid
from csdi.extent import rfc3339
from csdi.feature import Feature
from csdi.filter import Expression, Op, Property
from csdi.filter import Literal as Value
from csdi.store.base import Store
from twin.maintenance.agreed import Agreed
from twin.maintenance.moments import day, end_of, today
from twin.maintenance.orders import Orders, Raising, in_backlog, one_of
from twin.maintenance.schemas import ORDERS, PLANS, PRIORITIES
from twin.register.keeping import both, equals, inside
from twin.register.schemas import ASSETS, DEVICES

Json = dict[str, Any]
FIELDS = ("title", "asset", "asset_class", "location_path", "rule", "starts_on", "ends_on", "every_hours", "lead_days", "priority",
          "assignee", "checklist", "instructions", "estimate_minutes", "active")
_NUMBER, _WEEKDAY = r"[+-]?[0-9]{1,3}", r"[+-]?[0-9]{0,2}(MO|TU|WE|TH|FR|SA|SU)"
_MONTH, _MONTH_DAY = "(1[0-2]|[1-9])", "-?(3[01]|[12][0-9]|[1-9])"
_PARTS = re.compile(rf"FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)|(INTERVAL|COUNT)=[0-9]{{1,4}}|BYSETPOS={_NUMBER}(,{_NUMBER})*|"
                    rf"BYMONTH={_MONTH}(,{_MONTH})*|BYMONTHDAY={_MONTH_DAY}(,{_MONTH_DAY})*|BYDAY={_WEEKDAY}(,{_WEEKDAY})*")
_OF_LONG_PERIODS = ("BYMONTHDAY", "BYSETPOS")
"""Parts that a rule of days or weeks does not have: it could ask for days that never come, and be searched for ever."""
USUAL_LEAD_DAYS, MOST_LEAD_DAYS = 14, 400
LONGEST_RULE = 200
_ORDERS = uuid.UUID("6f0d3a8e-5c1b-4d5e-9f57-2f3b8f7d9a10")


@dataclass(slots=True)
class Generated:
    """What came of a look at the plans.

    Attributes:
        orders: ids of new orders.
        merged: occurrences that an order which is still to be done stands for.
        assets: how many Assets the plans cover.
    """

    orders: list[str] = field(default_factory=list)
    merged: int = 0
    assets: int = 0

    def to_dict(self) -> Json:
        """The JSON form."""
        return {"orders": self.orders, "merged": self.merged, "assets": self.assets}


class Plans:
    """The preventive plans of a site, for one principal. Methods raise NotFound, AccessDenied and ValueInvalid."""

    def __init__(self, store: Store, principal: Principal, agreed: Agreed) -> None:
        self._orders = Orders(store, principal, agreed)
        self.register, self.principal, self.agreed = self._orders.register, principal, agreed

    def plan(self, id: str) -> Feature:
        """One plan."""
        require(self.principal, Action.READ)
        try:
            return self.register.store.feature(PLANS, id)
        except NotFound:
            raise NotFound(f"there is no maintenance plan '{id}'", remedy="list the plans to see their ids", plan=id) from None

    def plans(self, where: Expression | None = None) -> list[Feature]:
        """All plans that match."""
        require(self.principal, Action.READ)
        return list(self.register.every(PLANS, where))

    def add(self, given: Mapping[str, Any]) -> Feature:
        """A new plan."""
        require(self.principal, Action.EDIT)
        with self._orders.writing() as raising:
            row = {"active": True, "priority": "normal", "lead_days": USUAL_LEAD_DAYS,
                   "starts_on": today(raising.write.moment).isoformat(), **self._checked(given)}
            _check_whole(row)
            return raising.write.add(PLANS, Feature(f"mp-{uuid.uuid4().hex[:12]}", None, row), "plan-added")

    def change(self, id: str, given: Mapping[str, Any], revision: int | None = None) -> Feature:
        """Other fields of a plan."""
        require(self.principal, Action.EDIT)
        before, patch = self.plan(id), self._checked(given)
        _check_whole({**before.properties, **patch})
        if {"rule", "starts_on"} & set(patch):
            patch["done_to"] = None  # it is looked at from its beginning again; what was ordered has the same ids
        with self._orders.writing() as raising:
            return raising.write.edit(PLANS, id, patch, "plan-changed", revision=revision)

    def usual(self) -> list[Feature]:
        """Plans that are usual for the equipment types of the register and are not there yet; gives those that were made.

        They begin as if all had been looked at today.
        """
        require(self.principal, Action.EDIT)
        now = today(datetime.now(UTC))
        there = {(row.properties.get("asset_class"), row.properties.get("title")) for row in self.plans()}
        made = []
        for asset_class, listed in self.agreed.plans.items():
            if not self.register.count(ASSETS, both(equals("asset_class", asset_class), _in_use())):
                continue
            made += [self.add({**one, "asset_class": asset_class, "starts_on": _second(one["rule"], now)})
                     for one in listed if (asset_class, one["title"]) not in there]
        return made

    def covered(self, plan: Feature) -> Iterator[Feature]:
        """The Assets that a plan is for."""
        p = plan.properties
        if p.get("asset"):
            try:
                yield self.register.row(ASSETS, p["asset"])
            except NotFound:
                return
        else:
            tests = (equals("asset_class", p["asset_class"]) if p.get("asset_class") else None,
                     inside(p["location_path"]) if p.get("location_path") else None, _in_use())
            yield from self.register.every(ASSETS, both(*tests))

    def upcoming(self, plan: Feature, first: date, last: date) -> list[date]:
        """The days on which a plan's work is due, both ends included."""
        p = plan.properties
        if not p.get("rule") or not p.get("active"):
            return []
        begin = day(p["starts_on"], "starts_on")
        last = min(last, day(p["ends_on"], "ends_on")) if p.get("ends_on") else last
        found = _rule(p["rule"], begin).between(_noon(first), _noon(last), inc=True)
        return [one.date() for one in found]

    def generate(self, now: datetime) -> Generated:
        """Orders for all that is due within the lead time of its plan; the same orders however often it is asked.

        Work that an Asset has an order for which is still to be done is not ordered twice. Days that nobody looked at are
        caught up on with one order.
        """
        require(self.principal, Action.EDIT)
        result = Generated()
        for plan in self.plans(Op("=", (Property("active"), Value(True)))):
            with self._orders.writing(plan.properties["title"]) as raising:
                self._generate(raising, plan, today(now), result)
        return result

    def _generate(self, raising: Raising, plan: Feature, now: date, result: Generated) -> None:
        p = plan.properties
        until = now + timedelta(days=p.get("lead_days") or 0)
        begin = day(p["done_to"], "done_to") + timedelta(days=1) if p.get("done_to") else day(p["starts_on"], "starts_on")
        days = self.upcoming(plan, begin, until)
        days = [*[one for one in days if one < now][-1:], *(one for one in days if one >= now)]
        open_ones = {row.properties["asset"] for row in self.register.every(ORDERS, both(equals("plan", plan.id), in_backlog()))}
        hours = dict(p.get("hours_at") or {})
        for asset in self.covered(plan):
            result.assets += 1
            due = [*days, *self._by_hours(plan, asset, hours, now)]
            if not due:
                continue
            if asset.id in open_ones:
                result.merged += len(due)
                continue
            result.merged += len(due) - 1
            id = f"wo-{uuid.uuid5(_ORDERS, f'{plan.id} {asset.id} {due[0].isoformat()}').hex[:12]}"
            if raising.write.find(ORDERS, id) is None:
                result.orders.append(self._order(raising, plan, asset, due[0], id).id)
        raising.write.edit(PLANS, plan.id, {"done_to": until.isoformat() if p.get("rule") else None, "hours_at": hours or None},
                           "plan-looked-at")

    def _by_hours(self, plan: Feature, asset: Feature, hours: dict[str, float], now: date) -> list[date]:
        """Today where the Asset's device has run for so long again; `hours` is brought up to date."""
        every, device = plan.properties.get("every_hours"), asset.properties.get("device")
        if not every or not device:
            return []
        run = float(self.register.row(DEVICES, device).properties.get("run_hours") or 0)
        at = hours.setdefault(device, run if run < every else 0.0)
        if run < at:
            hours[device] = at = 0.0
        if run - at < every:
            return []
        hours[device] = run
        return [now]

    def _order(self, raising: Raising, plan: Feature, asset: Feature, due: date, id: str) -> Feature:
        p = plan.properties
        checklist = self.agreed.checklist(p["checklist"]).begun() if p.get("checklist") else None
        return raising.order(asset, {"title": p["title"], "description": p.get("instructions"), "origin": "plan", "plan": plan.id,
                                     "priority": p.get("priority"), "assignee": p.get("assignee"), "checklist": checklist,
                                     "starts_on": due.isoformat(), "due_at": rfc3339(end_of(due)),
                                     "estimate_minutes": p.get("estimate_minutes")}, id=id)

    def _checked(self, given: Mapping[str, Any]) -> Json:
        if extra := sorted(set(given) - set(FIELDS)):
            raise ValueInvalid(f"a plan has no field '{extra[0][:60]}'", field=extra[0][:60], remedy=f"one of {', '.join(FIELDS)}")
        return {name: None if value in (None, "") else self._one(name, value) for name, value in given.items()}

    def _one(self, name: str, value: Any) -> Any:
        if name in ("starts_on", "ends_on"):
            return day(value, name).isoformat()
        if name in ("lead_days", "estimate_minutes", "every_hours"):
            return _positive(value, name, MOST_LEAD_DAYS if name == "lead_days" else 10**6)
        if name == "active":
            return bool(value)
        said = text(value, name)
        if name == "rule":
            _rule(said, date(2000, 1, 1))
        elif name == "priority" and said not in PRIORITIES:
            raise ValueInvalid(f"there is no priority '{said[:40]}'", field=name, remedy=f"one of {', '.join(PRIORITIES)}")
        elif name == "asset":
            said = self.register.asset(said).id
        elif name == "checklist":
            self.agreed.checklist(said)
        return said


def _check_whole(row: Mapping[str, Any]) -> None:
    """Raises ValueInvalid for a plan that could never order anything."""
    if not row.get("title"):
        raise ValueInvalid("a plan has a title", field="title", remedy="say what is to be done")
    if not (row.get("rule") or row.get("every_hours")):
        raise ValueInvalid("a plan says when: a recurrence rule, or hours run", field="rule", remedy="such as FREQ=MONTHLY;INTERVAL=3")
    if not (row.get("asset") or row.get("asset_class") or row.get("location_path")):
        raise ValueInvalid("a plan says what for: an asset, an equipment type or a location", field="asset")


def _rule(said: str, begin: date) -> Any:
    """A recurrence rule of RFC 5545, section 3.3.10, of whole days, counted from `begin`. Raises ValueInvalid."""
    parts = said.removeprefix("RRULE:").split(";")
    named = dict(part.split("=", 1) for part in parts if "=" in part)
    if len(said) > LONGEST_RULE or not all(_PARTS.fullmatch(part) for part in parts) or "FREQ" not in named:
        raise ValueInvalid(f"'{said[:60]}' is no recurrence rule of days", field="rule",
                           remedy="FREQ=DAILY, WEEKLY, MONTHLY or YEARLY with INTERVAL, BYMONTH, BYMONTHDAY, BYDAY, BYSETPOS, COUNT")
    if not 1 <= int(named.get("INTERVAL", "1")) <= 1000:
        raise ValueInvalid("INTERVAL is 1 to 1000", field="rule")
    if named["FREQ"] in ("DAILY", "WEEKLY") and any(name in named for name in _OF_LONG_PERIODS):
        raise ValueInvalid(f"a {named['FREQ'].lower()} rule has no {' or '.join(_OF_LONG_PERIODS)}", field="rule",
                           remedy="FREQ=MONTHLY with BYMONTHDAY")
    try:
        return rrulestr(";".join(parts), dtstart=_noon(begin))
    except (ValueError, TypeError) as error:
        raise ValueInvalid(f"'{said[:60]}' is no recurrence rule: {error}", field="rule", remedy="see RFC 5545, 3.3.10") from None


def _second(said: str, begin: date) -> str:
    """The day after `begin` on which a rule that begins there asks for work again."""
    found: datetime = _rule(said, begin).after(_noon(begin))
    return found.date().isoformat()


def _noon(one: date) -> datetime:
    return datetime(one.year, one.month, one.day, 12)


def _positive(value: Any, name: str, most: int) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise ValueInvalid(f"'{name}' is a number from 0 to {most}", field=name)
    return value if name == "every_hours" else int(value)


def _in_use() -> Expression:
    """The condition that an Asset is looked after: neither planned nor retired."""
    return one_of("status", ("in-service", "under-repair", "out-of-service"))

