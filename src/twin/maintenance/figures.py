"""Figures of maintenance: the backlog, how long repairs take, what is overdue; by month, place and equipment type."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from statistics import fmean, median
from typing import Any

from csdi.feature import Feature
from twin.maintenance.orders import is_overdue
from twin.maintenance.schemas import PRIORITIES
from twin.maintenance.states import BACKLOG, State

Json = dict[str, Any]
_AGES = ((1, "under-1-day"), (7, "under-1-week"), (30, "under-1-month"), (90, "under-3-months"))
_REPAIRS = frozenset({"fault", "inspection"})
_HOUR = 3600.0
FIELDS = ("state", "priority", "origin", "asset", "asset_class", "location_path", "reported_at", "due_at", "started_at", "done_at",
          "reopened", "labour_minutes", "number")
"""Fields of an order that figures are made from."""


def figures(orders: Iterable[Feature], now: datetime, *, months: int = 12) -> Json:
    """The figures of these orders.

    Returns:
        backlog: how many are left to be done, by state, priority and age of the report.
        overdue: how many of those should be done by now, and by how many hours the median one is late.
        repairs: of faults and failed inspections that are done: count, mean and median hours from the report until it was done
            (`mttr_h`, the usual sense of mean time to repair), from the report until somebody began (`response_h`), how many were done in
            time, how many were done at the first attempt (never opened again).
        mtbf_h: mean hours between two faults of the same Asset, over Assets with two or more; None where there are none.
        planned_share: of all that was done, what a plan asked for.
        labour_h: hours that were noted.
        months: for each of the last months: reported, done, mttr_h.
        by_class, by_location: backlog, overdue and done; a location counts what is in its child locations too.
    """
    rows = [order.properties for order in orders]
    done = [row for row in rows if row.get("done_at") and row["state"] in (State.DONE, State.CLOSED)]
    left = [row for row in rows if row["state"] in BACKLOG]
    late = [row for row in left if is_overdue(row, now)]
    return {
        "at": now.astimezone(UTC).isoformat(timespec="seconds"), "orders": len(rows),
        "backlog": {"count": len(left), "by_state": dict(Counter(str(row["state"]) for row in left)),
                    "by_priority": {name: sum(row["priority"] == name for row in left) for name in PRIORITIES},
                    "by_age": dict(Counter(_age(row, now) for row in left))},
        "overdue": {"count": len(late), "median_late_h": _middle([_hours(row["due_at"], now) for row in late])},
        "repairs": _repairs([row for row in done if row["origin"] in _REPAIRS]),
        "mtbf_h": _between_faults(rows),
        "planned_share": round(sum(row["origin"] == "plan" for row in done) / len(done), 3) if done else None,
        "labour_h": round(sum(row.get("labour_minutes") or 0 for row in rows) / 60, 2),
        "months": _months(rows, done, now, months),
        "by_class": _grouped(rows, now, lambda row: [row.get("asset_class") or ""]),
        "by_location": _grouped(rows, now, _places),
    }


def _repairs(done: list[Mapping[str, Any]]) -> Json:
    took = [_between(row, "reported_at", "done_at") for row in done]
    began = [_between(row, "reported_at", "started_at") for row in done if row.get("started_at")]
    in_time = [row for row in done if row.get("due_at") and _moment(row["done_at"]) <= _moment(row["due_at"])]
    first = [row for row in done if not row.get("reopened")]
    return {"count": len(done), "mttr_h": _mean(took), "median_h": _middle(took), "response_h": _mean(began),
            "in_time_share": round(len(in_time) / len(done), 3) if done else None,
            "first_time_share": round(len(first) / len(done), 3) if done else None}


def _between_faults(rows: Iterable[Mapping[str, Any]]) -> float | None:
    faults: dict[str, list[datetime]] = defaultdict(list)
    for row in rows:
        if row["origin"] == "fault" and row.get("asset") and row["state"] != State.CANCELLED:
            faults[row["asset"]].append(_moment(row["reported_at"]))
    gaps = [(max(times) - min(times)).total_seconds() / _HOUR / (len(times) - 1) for times in faults.values() if len(times) > 1]
    return _mean(gaps)


def _months(rows: list[Mapping[str, Any]], done: list[Mapping[str, Any]], now: datetime, count: int) -> list[Json]:
    names, first = [], now.astimezone(UTC).replace(day=1)
    for _ in range(count):
        names.append(first.strftime("%Y-%m"))
        first = (first - timedelta(days=1)).replace(day=1)
    reported = Counter(_month(row["reported_at"]) for row in rows)
    ended: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in done:
        ended[_month(row["done_at"])].append(row)
    return [{"month": name, "reported": reported[name], "done": len(ended[name]),
             "mttr_h": _mean([_between(row, "reported_at", "done_at") for row in ended[name] if row["origin"] in _REPAIRS])}
            for name in reversed(names)]


def _grouped(rows: Iterable[Mapping[str, Any]], now: datetime, keys: Any) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for row in rows:
        for key in keys(row):
            one = found.setdefault(key, {"backlog": 0, "overdue": 0, "done": 0})
            one["backlog"] += row["state"] in BACKLOG
            one["overdue"] += is_overdue(row, now)
            one["done"] += row["state"] in (State.DONE, State.CLOSED)
    return dict(sorted(found.items(), key=lambda item: (-item[1]["backlog"], item[0])))


def _places(row: Mapping[str, Any]) -> list[str]:
    """The locations that an order lies in, from the outermost in."""
    return str(row["location_path"]).split("/") if row.get("location_path") else []


def _age(row: Mapping[str, Any], now: datetime) -> str:
    days = _hours(row["reported_at"], now) / 24
    return next((name for limit, name in _AGES if days < limit), "older")


def _moment(value: Any) -> datetime:
    return datetime.fromisoformat(str(value))


def _month(value: Any) -> str:
    return _moment(value).astimezone(UTC).strftime("%Y-%m")


def _hours(since: Any, until: datetime) -> float:
    return (until - _moment(since)).total_seconds() / _HOUR


def _between(row: Mapping[str, Any], first: str, last: str) -> float:
    return (_moment(row[last]) - _moment(row[first])).total_seconds() / _HOUR


def _mean(values: list[float]) -> float | None:
    return round(fmean(values), 2) if values else None


def _middle(values: list[float]) -> float | None:
    return round(median(values), 2) if values else None
