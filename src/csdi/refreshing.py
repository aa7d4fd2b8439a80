"""Refreshing: the job that reads a layer from its source again, and which layers are due."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from csdi.bootstrap import Services, open_services
from csdi.jobs import JSON, StepContext, Task
from csdi.layers.refresh import due, refresh
from csdi.settings import read_settings
from csdi.store.base import Reader

LAYER_REFRESH = "layer-refresh"
REFRESH_TASK = Task(LAYER_REFRESH, ("csdi.refreshing:execute",), limit_s=4 * 3600.0)


def execute(args: dict[str, Any], context: StepContext) -> JSON:
    """The step: one layer. Raises CsdiError when it is refused."""
    with open_services(read_settings()) as services:
        result = refresh(services.store, services.blobs, args["layer"], services.settings.home / "remote",
                         lambda stage, done, total: context.progress(stage, done=done, total=total or None),
                         internal=services.settings.outgoing_internal, limit_mb=services.settings.upload_limit_mb)
    if result.error:
        raise result.error
    return {"layer": result.collection, "count": result.count}


def submit(services: Services, id: str, key: str) -> str:
    """Put the job into the queue that refreshes a layer; gives its id."""
    return services.jobs.submit(LAYER_REFRESH, {"layer": id}, user="", key=key, limit_s=REFRESH_TASK.limit_s)


def due_layers(store: Reader, now: datetime) -> list[tuple[str, str]]:
    """Ids of the layers whose time has come, each with the moment of its latest publication."""
    return [(id, str(store.collection(id).provenance.get("published"))) for id in due(store, now)]
