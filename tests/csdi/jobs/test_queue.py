"""The port without any worker: what is submitted waits, is listed, dismissed and swept."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from csdi.errors import JobMissing, SettingsInvalid, StoreUnavailable, ValueInvalid
from csdi.jobs import Jobs, State


def test_a_job_waits_for_a_worker(jobs: Jobs) -> None:
    job = jobs.job(jobs.submit("models-add", {"file": "水泵.ifc"}, user="a"))
    assert (job.state, job.kind, job.user) == (State.ACCEPTED, "models-add", "a")
    assert (job.started, job.finished, job.result, job.progress) == (None, None, None, None)
    assert job.args == {"file": "水泵.ifc"}
    assert not jobs.worker_alive()
    assert not jobs.idle()


def test_a_waiting_job_can_be_dismissed(jobs: Jobs) -> None:
    id = jobs.submit("echo", {}, user="a")
    jobs.cancel(id)
    assert jobs.job(id).state is State.DISMISSED
    assert jobs.idle()


def test_the_same_key_submits_once_however_many_ask(jobs: Jobs) -> None:
    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(lambda _: jobs.submit("echo", {}, user="a", key="k"), range(32)))
    assert len(ids) == 1
    assert len(jobs.jobs()) == 1


def test_keys_belong_to_a_user_and_a_kind(jobs: Jobs) -> None:
    ids = [jobs.submit(kind, {}, user=user, key="k") for kind in ("echo", "one") for user in ("a", "b")]
    assert len(set(ids)) == 4


def test_a_dismissed_job_frees_its_key(jobs: Jobs) -> None:
    first = jobs.submit("echo", {}, user="a", key="k")
    jobs.cancel(first)
    second = jobs.submit("echo", {}, user="a", key="k")
    assert second != first
    assert jobs.submit("echo", {}, user="a", key="k") == second


def test_jobs_are_listed_by_user_kind_and_state(jobs: Jobs) -> None:
    made = [jobs.submit(kind, {}, user=user) for kind in ("echo", "echo-not") for user in ("甲", "乙")]
    jobs.cancel(made[0])
    assert {job.id for job in jobs.jobs()} == set(made)
    assert {job.id for job in jobs.jobs(user="甲")} == {made[0], made[2]}
    assert {job.id for job in jobs.jobs(kind="echo")} == {made[0], made[1]}
    assert [job.id for job in jobs.jobs(state=State.DISMISSED)] == [made[0]]
    assert jobs.jobs(state=State.RUNNING) == []
    pages = [job.id for offset in range(0, 4, 2) for job in jobs.jobs(limit=2, offset=offset)]
    assert sorted(pages) == sorted(made)


def test_ended_jobs_are_swept_and_waiting_ones_stay(jobs: Jobs) -> None:
    made = [jobs.submit("echo", {}, user="a") for _ in range(3)]
    for id in made[:2]:
        jobs.cancel(id)
    assert jobs.sweep(timedelta(hours=1)) == 0
    assert jobs.sweep(timedelta(seconds=-2)) == 2
    assert [job.id for job in jobs.jobs()] == made[2:]


def test_an_unknown_job_is_missing(jobs: Jobs) -> None:
    for ask in (jobs.job, jobs.cancel, jobs.delete, jobs.wait):
        with pytest.raises(JobMissing, match="水泵"):
            ask("水泵")


def test_arguments_are_small_json(jobs: Jobs) -> None:
    for args in ({"a": object()}, {"a": float("nan")}, {"a": "x" * 1_000_001}, {"a": b"x"}):
        with pytest.raises(ValueInvalid, match="job arguments"):
            jobs.submit("echo", args, user="a")
    assert jobs.jobs() == []


def test_a_kind_is_a_plain_name(jobs: Jobs) -> None:
    for kind in ("", "Echo", "a.b", "a_b", "水", "1a", "a" * 64):
        with pytest.raises(ValueInvalid, match="job kind"):
            jobs.submit(kind, {}, user="a")
        assert jobs.jobs(kind=kind) == []


def test_processes_may_open_a_new_database_at_once(url: str) -> None:
    code = "import sys; from csdi.jobs import Jobs; Jobs(sys.argv[1]).submit('echo', {}, user='a')"
    openers = [subprocess.Popen([sys.executable, "-c", code, url]) for _ in range(6)]
    assert [opener.wait(60) for opener in openers] == [0] * 6
    with Jobs(url) as jobs:
        assert len(jobs.jobs()) == 6


def test_the_sqlite_file_is_private_and_in_wal(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "jobs.sqlite"
    with Jobs(f"sqlite:///{file}"):
        assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
        with closing(sqlite3.connect(file)) as database:
            assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "jobs.sqlite"
    file.write_text("水泵" * 1000)
    with pytest.raises(StoreUnavailable, match=r"jobs\.sqlite: file is not a database"):
        Jobs(f"sqlite:///{file}")


def test_an_absent_server_is_named_without_its_password() -> None:
    with pytest.raises(StoreUnavailable) as caught:
        Jobs("postgresql://user:secret@127.0.0.1:1/csdi")
    assert "127.0.0.1:1/csdi" in caught.value.message
    assert "secret" not in str(caught.value)


def test_a_url_of_another_kind_is_refused() -> None:
    with pytest.raises(SettingsInvalid, match="mysql"):
        Jobs("mysql://host/csdi")


def test_importing_the_port_does_not_load_dbos() -> None:
    code = "import sys, csdi.jobs, csdi.jobs.child; sys.exit('dbos' in sys.modules or 'sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
