"""Harvesting: the job that takes in the Records of a catalogue elsewhere, and which of those are due."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from csdi.bootstrap import Services, open_services
from csdi.catalogue.harvest import Source, harvest, kind_of, source_id, sources
from csdi.errors import ValueInvalid
from csdi.jobs import JSON, StepContext, Task
from csdi.outgoing import Outgoing
from csdi.settings import read_settings
from csdi.store.base import Reader

HARVEST = "harvest"
HARVEST_TASK = Task(HARVEST, ("csdi.harvesting:execute",), limit_s=4 * 3600.0)
_TOLD = 50
"""Findings that the job tells."""


def execute(args: dict[str, Any], context: StepContext) -> JSON:
    """The step: one source. Raises SourceUnavailable, ValueInvalid."""
    with open_services(read_settings()) as services, Outgoing(internal=services.settings.outgoing_internal) as asker:
        source = Source(**{**args, "kind": args["kind"] or kind_of(args["url"], asker)})
        result = harvest(services.store, source, asker,
                         lambda stage, done, total: context.progress(stage, done=done, total=total or None))
    told = result.to_dict()
    return told | {"findings": told["findings"][:_TOLD]}


def submit(services: Services, source: Source, *, user: str, key: str | None = None) -> str:
    """Put the job into the queue that harvests a source; gives its id. Without a kind, the job finds it out."""
    return services.jobs.submit(HARVEST, asdict(source), user=user, key=key, limit_s=HARVEST_TASK.limit_s)


def remote(url: str, kind: str = "", id: str = "", limit: int = 100_000, every_s: int = 0) -> Source:
    """A source that anybody may name: an address, never a file of this machine. Raises ValueInvalid."""
    if not url.startswith(("http://", "https://")):
        raise ValueInvalid(f"'{url[:200]}' is no address of a catalogue", field="url", value=url[:200], remedy="give one with https://")
    return Source(id or source_id(url), url, kind, limit, every_s)


def due(store: Reader, now: datetime) -> list[tuple[Source, str]]:
    """The sources whose time has come, each with the moment of its latest harvest."""
    return [(Source(one["id"], one["url"], one["kind"], one["limit"], one["every"]), str(one["last"])) for one in sources(store)
            if one.get("every") and datetime.fromisoformat(one["last"]) + timedelta(seconds=one["every"]) <= now]
