"""The worker: takes a slot, runs jobs from the queue, and rescues the jobs of dead workers."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from datetime import timedelta

from csdi.errors import StoreError, StoreUnavailable
from csdi.jobs.queue import Jobs
from csdi.jobs.slots import SERVER, TEMPORARY, Lease, Slots, names, slots_of
from csdi.jobs.task import TaskRegistry

_log = logging.getLogger(__name__)

_WATCH_EVERY_S = 5.0
_SWEEP_EVERY_S = 24 * 3600.0
_LEASE_PATIENCE_S = 30.0
_RESCUE_LIMIT_S = 90.0
_LEAVE_WITHIN_S = 10.0


def work(
    url: str,
    registry: TaskRegistry,
    *,
    at_once: int = 0,
    poll_s: float = 0.5,
    stop: threading.Event | None = None,
    environment: Mapping[str, str] | None = None,
    attempts: int = 5,
    keep: timedelta | None = timedelta(days=30),
    watch_s: float = _WATCH_EVERY_S,
) -> None:
    """Run jobs until told to stop; owns its process, which must not do anything else.

    Crash-only: jobs that run when it stops, by SIGTERM or by kill -9, are resumed at their running step by the next
    worker. When it returns, no child process is left; the process should then end.

    Args:
        url: the job database.
        registry: the tasks that it can run.
        at_once: jobs at the same time; 0 means one per core, and one more because no user gets the last place while
            there are two or more. Workers of one installation should agree: the last one to start sets it for all.
        poll_s: seconds between two looks into the queue.
        stop: ends the worker when set; by default SIGTERM and SIGINT do (see `until_signal`).
        environment: variables that steps see besides those of this process, for example `CSDI_HOME`.
        attempts: times that a job is started before it is given up as one that kills its workers.
        keep: how long ended jobs are kept; None keeps them for ever.
        watch_s: seconds between two looks for dead workers.

    Raises:
        StoreUnavailable: the job database cannot be reached at the start, or the slot was lost.
    """
    worker = _Worker(url, registry, SERVER, stop, keep=keep, watch_s=watch_s)
    worker.run(at_once=at_once, poll_s=poll_s, environment=environment, attempts=attempts)


def work_until_idle(
    url: str,
    registry: TaskRegistry,
    *,
    idle_s: float = 2.0,
    at_once: int = 0,
    poll_s: float = 0.2,
    stop: threading.Event | None = None,
    environment: Mapping[str, str] | None = None,
    attempts: int = 5,
) -> None:
    """As `work`, but return when no job has waited or run for `idle_s` seconds; for commands without a server."""
    worker = _Worker(url, registry, TEMPORARY, stop, keep=None, watch_s=1.0, idle_s=idle_s)
    worker.run(at_once=at_once, poll_s=poll_s, environment=environment, attempts=attempts)


def until_signal() -> threading.Event:
    """An event that SIGTERM and SIGINT set; to be made in the main thread."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


class _Worker:
    """One slot, and the watch over itself and the others."""

    def __init__(
        self,
        url: str,
        registry: TaskRegistry,
        slot_kind: str,
        stop: threading.Event | None,
        *,
        keep: timedelta | None,
        watch_s: float,
        idle_s: float | None = None,
    ) -> None:
        self._url = url
        self._registry = registry
        self._slot_kind = slot_kind
        self._stop = stop or until_signal()
        self._keep = keep
        self._watch_s = watch_s
        self._idle_s = idle_s
        self._slots: Slots = slots_of(url)
        self._swept_at: float | None = None

    def run(self, *, at_once: int, poll_s: float, environment: Mapping[str, str] | None, attempts: int) -> None:
        from dbos import DBOS

        from csdi.jobs import executor

        with Jobs(self._url) as jobs:
            lease = self._take_slot()
            executor.configure(self._url, lease.name)
            places = at_once or _cores() + 1
            executor.launch(
                self._url,
                self._registry,
                at_once=places,
                poll_s=poll_s,
                attempts=attempts,
                environment=environment,
            )
            _log.info("worker %s: up to %d jobs at once", lease.name, places)
            try:
                lease = self._watch(jobs, lease)
            finally:
                _leave_soon()
                DBOS.destroy()
            lease.release()

    def _take_slot(self) -> Lease:
        lease = self._slots.take(names(self._slot_kind))
        if lease is None:
            raise StoreUnavailable("all worker slots are taken", remedy="stop a worker first")
        return lease

    def _watch(self, jobs: Jobs, lease: Lease) -> Lease:
        """Until told to stop (or idle): keep the slot, rescue the dead, sweep. Returns the lease, which may be new."""
        idle_since: float | None = None
        while True:
            if not lease.holds():
                lease = self._take_back(lease)
            try:
                self._rescue_dead(jobs, lease.name)
                self._sweep(jobs)
                idle_since = (idle_since or time.monotonic()) if self._idle_s is not None and jobs.idle() else None
            except StoreError as error:
                _log.warning("worker %s: %s", lease.name, error)
            if idle_since is not None and time.monotonic() - idle_since >= (self._idle_s or 0):
                return lease
            if self._stop.wait(self._watch_s if self._idle_s is None else min(self._watch_s, 0.2)):
                return lease

    def _take_back(self, lost: Lease) -> Lease:
        """Hold the slot again after its lock was lost, as in a restart of the server.

        Nothing wrong can have happened meanwhile but double work: DBOS refuses results of a former owner.
        """
        _log.warning("worker %s: its slot was lost", lost.name)
        lost.release()
        ends_at = time.monotonic() + _LEASE_PATIENCE_S
        while time.monotonic() < ends_at:
            if self._stop.wait(0.2):
                return lost
            try:
                lease = self._slots.take([lost.name])
            except StoreUnavailable:
                continue
            if lease is not None:
                return lease
        raise StoreUnavailable(f"worker {lost.name}: its slot is lost", remedy="start the worker again")

    def _rescue_dead(self, jobs: Jobs, own: str) -> None:
        others = jobs.executors() - {own}
        for slot in sorted(others - self._slots.held()) if others else ():
            lease = self._slots.take([slot])
            if lease is None:
                continue
            try:
                _log.warning("worker %s: %s is dead, its jobs go back into the queue", own, slot)
                _rescue(self._url, slot)
            finally:
                lease.release()

    def _sweep(self, jobs: Jobs) -> None:
        now = time.monotonic()
        if self._keep is not None and (self._swept_at is None or now - self._swept_at > _SWEEP_EVERY_S):
            self._swept_at = now
            jobs.sweep(self._keep)


def _rescue(url: str, slot: str) -> None:
    """Run the rescue process to its end; what it leaves is tried again at the next look."""
    command = [sys.executable, "-P", "-m", "csdi.jobs.rescue"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps({"url": url, "slot": slot}) + "\n")
            process.stdin.flush()
            process.wait(_RESCUE_LIMIT_S)
        except (subprocess.TimeoutExpired, BrokenPipeError):
            process.kill()
        if process.wait() != 0:
            _log.warning("the rescue of %s ended with %d", slot, process.returncode)


def _cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _leave_soon() -> None:
    """End the process even if a thread of DBOS waits for a database that is gone; jobs resume elsewhere."""
    last_resort = threading.Timer(_LEAVE_WITHIN_S, os._exit, [1])
    last_resort.daemon = True
    last_resort.start()
