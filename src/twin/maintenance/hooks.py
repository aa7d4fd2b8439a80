"""Webhooks of maintenance: other systems are told when a work order comes, changes its state or ends."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from typing import Any

from bim.submissions.hooks import MOST_HOOKS
from csdi.access import Action, require
from csdi.bootstrap import Services
from csdi.errors import Conflict, NotFound
from csdi.feature import Feature
from csdi.jobs import JSON
from twin import tasks
from twin.maintenance.orders import Orders
from twin.maintenance.schemas import HOOKS

Json = dict[str, Any]
_TOLD = ("number", "title", "state", "priority", "origin", "asset", "asset_tag", "asset_class", "assignee", "reported_at", "due_at",
         "done_at", "external_id", "revision")


def add_hook(orders: Orders, url: str, judge: Callable[[str], object]) -> Json:
    """A new webhook, with the secret that signs what it is told and that nobody is told again.

    Args:
        judge: looks at the URL and raises where nothing may be sent there.

    Raises:
        AccessDenied: for editors only.
        ValueInvalid: the URL cannot be told anything.
        Conflict: there are too many.
    """
    require(orders.principal, Action.PUBLISH)
    judge(url)
    if len(hooks(orders)) >= MOST_HOOKS:
        raise Conflict(f"there are {MOST_HOOKS} webhooks already", remedy="remove one that is not needed")
    with orders.writing() as raising:
        row = {"url": url, "secret": secrets.token_urlsafe(32), "owner": orders.principal.id, "created": raising.write.now}
        made = raising.write.add(HOOKS, Feature(f"wh-{uuid.uuid4().hex[:12]}", None, row), "webhook-added")
    return {"id": made.id, **row}


def hooks(orders: Orders) -> list[Json]:
    """The webhooks, without their secrets. Raises AccessDenied."""
    require(orders.principal, Action.PUBLISH)
    return [{"id": row.id, **{name: value for name, value in row.properties.items() if name != "secret"}}
            for row in orders.register.every(HOOKS) if row.properties.get("url")]


def drop_hook(orders: Orders, id: str) -> None:
    """Tell nothing there any more. Raises AccessDenied, NotFound."""
    if all(one["id"] != id for one in hooks(orders)):
        raise NotFound(f"there is no webhook '{id}' here")
    with orders.writing() as raising:
        raising.write.edit(HOOKS, id, {"url": None, "secret": None}, "webhook-removed")


def announce(services: Services, orders: Orders, order: Feature, event: str) -> list[str]:
    """Queue what the webhooks are told of a work order; gives the ids of the jobs."""
    document: dict[str, JSON] = {"event": event, "order": order.id, **{name: order.properties.get(name) for name in _TOLD}}
    listed = [row.id for row in orders.register.every(HOOKS) if row.properties.get("url")]
    return [services.jobs.submit(tasks.SUBMISSION_TELL, {"hook": id, "hooks": HOOKS, "document": document}, user=f"webhook-{id}",
                                 key=f"{id}.{order.id}.{order.properties.get('revision')}.{event}") for id in listed]
