"""Jobs under bad luck: workers killed, stopped and replaced, and databases that go away."""

from __future__ import annotations

import random
import signal
import sqlite3
import time
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
import pytest

from csdi.jobs import Job, Jobs, State
from csdi.jobs.database import open_client, sqlite_path
from tests.csdi.jobs.house import Workers, eventually, gone, lines
from tests.services import PostgresAbsent, private_cluster, unavailable

MANY = 1_000_000
"""Attempts in tests that kill the same job's worker more often than life would."""


def ends(jobs: Jobs, ids: list[str], within_s: float = 60.0) -> list[Job]:
    ends_at = time.monotonic() + within_s
    return [jobs.wait(id, timeout_s=max(0.0, ends_at - time.monotonic())) for id in ids]


def assert_no_finished_step_ran_again(log: Path) -> None:
    """Per job, the steps start in order: one step may start again (its worker died), a finished one never does.

    And nobody who was replaced finishes: the processes of a dead worker are dead before its job goes on.
    """
    jobs: dict[str, list[dict[str, Any]]] = {}
    for line in lines(log):
        jobs.setdefault(line["job"], []).append(line)
    for said in jobs.values():
        starts = [line["step"] for line in said if line["what"] == "start"]
        assert all(after - before in (0, 1) for before, after in pairwise(starts))
        for line, before in zip(said[1:], said, strict=False):
            if line["what"] == "end":
                assert (before["what"], before["pid"], before["step"]) == ("start", line["pid"], line["step"])


def recorded_steps(url: str, id: str) -> list[str]:
    client = open_client(url)
    try:
        return [step["function_name"].rpartition(":")[2] for step in client.list_workflow_steps(id)]
    finally:
        client.destroy()


@pytest.mark.parametrize("kills", [5, pytest.param(100, marks=pytest.mark.slow)])
def test_every_job_ends_though_workers_are_killed(
    url: str, jobs: Jobs, workers: Workers, log: Path, kills: int
) -> None:
    """Three workers; each kill takes one at random, and either a new one comes or the others must do without."""
    chance = random.Random(20260)
    options = {"at_once": 2, "attempts": MANY}
    for _ in range(3):
        workers.start(**options)
    args = {"log": str(log), "seconds": 0.3}
    ids = [jobs.submit("chain", args, user=f"user-{n % 3}") for n in range(2 * kills)]
    eventually(lambda: lines(log, "start"))
    for _ in range(kills):
        time.sleep(chance.uniform(0.3, 1.0))
        victim = chance.choice(workers.living())
        victim.kill()
        victim.wait()
        if len(workers.living()) < 2 or chance.random() < 0.5:
            workers.start(**options)
    done = ends(jobs, ids, within_s=30 + 4 * kills)
    assert {(job.state, job.result) for job in done} == {(State.SUCCESSFUL, 4)}
    assert_no_finished_step_ran_again(log)
    if kills >= 100:
        assert len(lines(log, "start")) > 4 * len(ids) + kills / 4
    for id in ids[:6]:
        assert recorded_steps(url, id) == ["begin", "add", "add", "add", "add"]


def test_the_processes_of_a_killed_worker_die_with_it(jobs: Jobs, workers: Workers, log: Path) -> None:
    worker = workers.start(at_once=1)
    id = jobs.submit("family", {"log": str(log)}, user="a")
    (family,) = eventually(lambda: lines(log, "family"))
    worker.kill()
    eventually(lambda: gone(family["step"]) and gone(family["child"]), within_s=3)
    assert jobs.job(id).state is State.RUNNING
    jobs.cancel(id)
    assert jobs.job(id).state is State.DISMISSED


def test_sigterm_ends_a_worker_quickly_and_its_job_resumes(jobs: Jobs, workers: Workers, log: Path) -> None:
    first = workers.start(at_once=1)
    id = jobs.submit("chain", {"log": str(log), "seconds": 0.3}, user="a")
    eventually(lambda: len(lines(log, "start")) == 2)
    first.terminate()
    assert first.wait(5) == 0
    assert not jobs.worker_alive()
    assert jobs.job(id).state is State.RUNNING
    workers.start(at_once=1)
    assert jobs.wait(id, timeout_s=20).result == 4
    assert [line["step"] for line in lines(log, "start")] == [0, 1, 1, 2, 3]


def test_a_frozen_worker_that_was_replaced_changes_nothing(
    url: str, jobs: Jobs, workers: Workers, log: Path
) -> None:
    """The zombie: stopped, its slot lost, its job done by another; then it wakes up."""
    frozen = workers.start(at_once=1)
    id = jobs.submit("one", {"log": str(log), "seconds": 1.0}, user="a")
    eventually(lambda: lines(log, "start"))
    frozen.send_signal(signal.SIGSTOP)
    take_the_slot_away(url)
    workers.start(at_once=1)
    done = jobs.wait(id, timeout_s=20)
    assert (done.state, done.result) == (State.SUCCESSFUL, 1)
    frozen.send_signal(signal.SIGCONT)
    time.sleep(1.0)
    assert jobs.job(id) == done
    assert recorded_steps(url, id) == ["begin", "add"]
    assert len(lines(log, "start")) == 2
    again = [jobs.submit("one", {"log": str(log)}, user="a") for _ in range(6)]
    assert {job.state for job in ends(jobs, again)} == {State.SUCCESSFUL}


def take_the_slot_away(url: str) -> None:
    """What a lost network or a careless administrator does."""
    path = sqlite_path(url)
    if path is not None:
        path.with_name(f"{path.name}.slot-0.lock").unlink()
        return
    with psycopg.connect(url, autocommit=True) as server:
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'csdi slot'")


def test_a_job_that_kills_its_workers_is_given_up(jobs: Jobs, workers: Workers, log: Path) -> None:
    id = jobs.submit("poison", {"log": str(log)}, user="a")
    harmless = jobs.submit("one", {"log": str(log)}, user="b")
    for _ in range(8):
        worker = workers.start(at_once=1, attempts=3)
        eventually(lambda worker=worker: worker.poll() is not None or jobs.job(id).ended, within_s=10)
        if jobs.job(id).ended:
            break
    job = jobs.job(id)
    assert job.state is State.FAILED
    assert job.error is not None
    assert job.error["reason"] == "attempts"
    assert "3 times" in job.error["message"]
    assert len(lines(log, "poison")) == 3
    assert jobs.wait(harmless, timeout_s=10).state is State.SUCCESSFUL


def test_workers_hold_different_slots(jobs: Jobs, workers: Workers) -> None:
    for _ in range(2):
        workers.start(at_once=1)
    eventually(lambda: jobs._slots.held() == {"slot-0", "slot-1"})
    workers.all[0].kill()
    eventually(lambda: len(jobs._slots.held()) == 1)
    workers.start(at_once=1)
    eventually(lambda: jobs._slots.held() == {"slot-0", "slot-1"})


def test_a_temporary_worker_does_what_there_is_and_ends(jobs: Jobs, workers: Workers, log: Path) -> None:
    """Also what a dead worker has left; and it does not count as a worker that stays."""
    dead = workers.start(at_once=1)
    left = jobs.submit("chain", {"log": str(log), "seconds": 0.3}, user="a")
    eventually(lambda: lines(log, "start"))
    dead.kill()
    dead.wait()
    new = jobs.submit("one", {"log": str(log), "seconds": 0.1}, user="a")
    temporary = workers.start(at_once=2, idle_s=0.3)
    eventually(lambda: jobs._slots.held() == {"temp-0"})
    assert not jobs.worker_alive()
    assert temporary.wait(30) == 0
    assert [jobs.job(id).result for id in (left, new)] == [4, 1]


@pytest.mark.parametrize("seconds", [2.0, pytest.param(36.0, marks=pytest.mark.slow)])
def test_a_locked_sqlite_file_delays_and_loses_nothing(tmp_path: Path, log: Path, seconds: float) -> None:
    url = f"sqlite:///{tmp_path / 'jobs.sqlite'}"
    workers = Workers(url, tmp_path)
    try:
        with Jobs(url) as jobs:
            workers.start(at_once=2)
            ids = [jobs.submit("chain", {"log": str(log), "seconds": 0.2}, user=user) for user in "ab"]
            eventually(lambda: lines(log, "start"))
            with closing(sqlite3.connect(tmp_path / "jobs.sqlite", isolation_level=None)) as stranger:
                stranger.execute("BEGIN EXCLUSIVE")
                time.sleep(seconds)
                stranger.execute("ROLLBACK")
            assert {job.state for job in ends(jobs, ids)} == {State.SUCCESSFUL}
            assert_no_finished_step_ran_again(log)
    finally:
        workers.end()


@pytest.mark.slow
def test_a_restart_of_the_server_in_the_middle_loses_nothing(tmp_path: Path, log: Path) -> None:
    try:
        with private_cluster() as cluster:
            url = cluster.url
            workers = Workers(url, tmp_path)
            try:
                with Jobs(url) as jobs:
                    for _ in range(3):
                        workers.start(at_once=3)
                    args = {"log": str(log), "seconds": 0.2}
                    ids = [jobs.submit("chain", args, user=f"user-{n % 3}") for n in range(40)]
                    for _ in range(2):
                        eventually(lambda: lines(log, "start"))
                        time.sleep(2)
                        cluster.stop(immediate=True)
                        time.sleep(1)
                        cluster.start()
                    done = ends(jobs, ids, within_s=240)
                    assert {(job.state, job.result) for job in done} == {(State.SUCCESSFUL, 4)}
                    assert len(workers.living()) == 3
                    assert_no_finished_step_ran_again(log)
            finally:
                workers.end()
    except PostgresAbsent as absent:
        unavailable(str(absent))




def test_of_the_jobs_of_one_user_the_urgent_come_first(jobs: Jobs, workers: Workers, log: Path) -> None:
    args = {"log": str(log)}
    ids = [jobs.submit("one", args, user="a", priority=priority) for priority in (200, 100, 1)]
    worker = workers.start(at_once=1, idle_s=0.3)
    assert worker.wait(20) == 0
    assert [line["job"] for line in lines(log, "start")] == ids[::-1]


def test_a_worker_on_sqlite_opens_no_socket(tmp_path: Path, log: Path) -> None:
    url = f"sqlite:///{tmp_path / 'jobs.sqlite'}"
    workers = Workers(url, tmp_path)
    heard = tmp_path / "sockets"
    with Jobs(url) as jobs:
        id = jobs.submit("one", {"log": str(log)}, user="a")
        worker = workers.start(at_once=1, idle_s=1.0, sockets=str(heard))
        assert worker.wait(20) == 0
        assert jobs.job(id).state is State.SUCCESSFUL
    assert heard.read_text() == "listening\n"
