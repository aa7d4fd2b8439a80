"""Schedule: a worker looks now and then which layers and catalogues are due, and puts their jobs into the queue."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial

from csdi import harvesting, refreshing
from csdi.bootstrap import Services, open_services
from csdi.errors import CsdiError
from csdi.settings import Settings

RETRY_S = 300.0
"""Until work whose source could not be read is tried again."""
Launch = Callable[[], str]
"""Puts a job into the queue and gives its id. One of the same key that waits, runs or has succeeded is not doubled."""
Due = Callable[[Services, datetime], Iterable[tuple[str, Launch]]]
"""What is due at a moment: a name that is another one once it has been done, and how it is launched."""
_log = logging.getLogger(__name__)


def due(services: Services, now: datetime) -> Iterator[tuple[str, Launch]]:
    """Layers and catalogues that are due, as `Due` says."""
    for id, published in refreshing.due_layers(services.store, now):
        key = f"{id} {published}"
        yield f"{refreshing.LAYER_REFRESH} {key}", partial(refreshing.submit, services, id, key)
    for source, last in harvesting.due(services.store, now):
        key = f"{source.id} {last}"
        yield f"{harvesting.HARVEST} {key}", partial(harvesting.submit, services, source, user="", key=key)


class Schedule:
    """What was launched, and when: work that fails is not tried at every look."""

    def __init__(self, services: Services, more: Sequence[Due] = ()) -> None:
        self._services = services
        self._due = (due, *more)
        self._launched: dict[str, float] = {}

    def launch_due(self, now: datetime) -> list[str]:
        """Puts everything into the queue that is due and was not tried just now; gives the ids of the jobs."""
        found, clock = [one for due in self._due for one in due(self._services, now)], time.monotonic()
        names = {name for name, _ in found}
        self._launched = {name: at for name, at in self._launched.items() if name in names and clock - at < RETRY_S}
        jobs = []
        for name, launch in found:
            if name not in self._launched:
                jobs.append(launch())
                self._launched[name] = clock
        return jobs


def keep_schedule(settings: Settings, stop: threading.Event, more: Sequence[Due] = ()) -> threading.Thread:
    """Looks every `schedule_s` seconds what is due until told to stop, in a thread of its own; `more` is looked at besides."""
    thread = threading.Thread(target=_look, args=(settings, stop, more), name="schedule", daemon=True)
    thread.start()
    return thread


def _look(settings: Settings, stop: threading.Event, more: Sequence[Due]) -> None:
    """A store that cannot be reached now is opened again at the next look."""
    while not stop.wait(settings.schedule_s):
        try:
            with open_services(settings) as services:
                schedule = Schedule(services, more)
                schedule.launch_due(datetime.now(UTC))
                while not stop.wait(settings.schedule_s):
                    schedule.launch_due(datetime.now(UTC))
        except CsdiError as error:
            _log.warning("schedule: %s", error)
