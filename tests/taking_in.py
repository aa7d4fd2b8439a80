"""Models taken in as the job of `csdi models add` does it, step by step in this process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from csdi.bootstrap import Services
from csdi.jobs import StepContext
from twin import tasks


def take_in(services: Services, path: Path, model: str, job: str) -> Any:
    """What the last step returned of a model that was read, tiled and published; a job of the same name is not done twice."""
    args: dict[str, Any] = {"model": model, "file": path.name, "blob": services.blobs.put_file(path), "title": {}}
    previous: Any = None
    for step in (tasks.take_in, tasks.make_tiles, tasks.publish):
        previous = step(args, StepContext(job=job, previous=previous))
    return previous
