"""Refreshing: the job that reads a layer from its source again, and the schedule by which a worker launches it."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime
from typing import Any

from csdi.bootstrap import Services, open_services
from csdi.errors import CsdiError
from csdi.jobs import JSON, StepContext, Task
from csdi.layers.refresh import due, refresh
from csdi.settings import Settings, read_settings

LAYER_REFRESH = "layer-refresh"
REFRESH_TASK = Task(LAYER_REFRESH, ("csdi.refreshing:execute",), limit_s=4 * 3600.0)
_LOOK_EVERY_S = 300.0
"""Between two looks; also the wait until a layer whose source was down is tried again."""
_log = logging.getLogger(__name__)


def execute(args: dict[str, Any], context: StepContext) -> JSON:
    """The step: one layer. Raises CsdiError when it is refused."""
    with open_services(read_settings()) as services:
        result = refresh(services.store, services.blobs, args["layer"], services.settings.home / "remote",
                         lambda stage, done, total: context.progress(stage, done=done, total=total or None),
                         internal=services.settings.outgoing_internal, limit_mb=services.settings.upload_limit_mb)
    if result.error:
        raise result.error
    return {"layer": result.collection, "count": result.count}


def launch_due(services: Services, now: datetime) -> list[str]:
    """Puts a job into the queue for every layer that is due; gives their ids. A job that waits or runs is not doubled."""
    launched = []
    for id in due(services.store, now):
        published = services.store.collection(id).provenance.get("published")
        launched.append(services.jobs.submit(LAYER_REFRESH, {"layer": id}, user="", key=f"{id} {published}"))
    return launched


def keep_refreshing(settings: Settings, stop: threading.Event, every_s: float = _LOOK_EVERY_S) -> threading.Thread:
    """Looks for layers that are due until told to stop, in a thread of its own."""
    def look() -> None:
        while not stop.wait(every_s):
            try:
                with open_services(settings) as services:
                    launch_due(services, datetime.now(UTC))
            except CsdiError as error:
                _log.warning("refresh: %s", error)
    thread = threading.Thread(target=look, name="refresh", daemon=True)
    thread.start()
    return thread
