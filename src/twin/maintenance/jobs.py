"""The job that turns plans into work orders, and when it is due: once a day, and after a night without a server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

from csdi.access import Principal, Role
from csdi.bootstrap import Services, open_services
from csdi.jobs import JSON, StepContext
from csdi.schedule import Launch
from csdi.settings import read_settings
from csdi.store.base import has_collection
from twin import tasks
from twin.maintenance.agreed import Agreed
from twin.maintenance.hooks import announce
from twin.maintenance.moments import today
from twin.maintenance.orders import Orders
from twin.maintenance.plans import Generated, Plans
from twin.maintenance.schemas import PLANS

SCHEDULE = Principal("schedule", Role.EDITOR)
"""Who raises what plans ask for."""


def due(services: Services, now: datetime) -> Iterator[tuple[str, Launch]]:
    """The plans are looked at once on each day in Hong Kong; see `csdi.schedule`."""
    if has_collection(services.store, PLANS):
        key = today(now).isoformat()
        yield f"{tasks.MAINTENANCE_PLANS} {key}", partial(submit, services, key)


def submit(services: Services, key: str) -> str:
    """Put the job into the queue; gives its id. The same key is not done twice."""
    return services.jobs.submit(tasks.MAINTENANCE_PLANS, {}, user="", key=key)


def execute(args: dict[str, JSON], context: StepContext) -> JSON:  # noqa: ARG001
    """The step: all plans, as of now."""
    with open_services(read_settings()) as services:
        made = generate(services, datetime.now(UTC), SCHEDULE)
    return {"orders": [*made.orders], "merged": made.merged, "assets": made.assets}


def generate(services: Services, now: datetime, principal: Principal) -> Generated:
    """Orders for all that is due, and word of them to webhooks. Raises AccessDenied."""
    agreed = Agreed.of(services.store)
    made, orders = Plans(services.store, principal, agreed).generate(now), Orders(services.store, principal, agreed)
    for id in made.orders:
        announce(services, orders, orders.order(id), "order-raised")
    return made
