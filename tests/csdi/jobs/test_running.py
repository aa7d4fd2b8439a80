"""What a job goes through while a worker is alive; one worker per store for the whole module."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from csdi.errors import Conflict, FileBroken, JobFailed, JobMissing
from csdi.jobs import Jobs, Progress, State
from tests.csdi.jobs.house import STORES, Workers, database, eventually, gone, lines

USER = "陳大文"


@pytest.fixture(scope="module", params=STORES)
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jobs]:
    folder = tmp_path_factory.mktemp("jobs")
    with database(request.param, folder, request) as url, Jobs(url) as jobs:
        workers = Workers(url, folder)
        workers.start(at_once=3, environment={"CSDI_HOME": "/site"})
        yield jobs
        workers.end()


def end_of(jobs: Jobs, kind: str, args: dict[str, Any] | None = None, **options: Any) -> Any:
    job = jobs.wait(jobs.submit(kind, args or {}, user=USER, **options), timeout_s=20)
    assert job.ended
    return job


def test_a_job_gives_its_result_back(running: Jobs) -> None:
    args = {"file": "機場客運大樓.ifc", "levels": [1, 2.5, None, True]}
    job = end_of(running, "echo", args)
    assert job.state is State.SUCCESSFUL
    assert job.result == {"args": args, "user": USER, "kind": "echo", "home": "/site"}
    assert (job.kind, job.user, job.args, job.error) == ("echo", USER, args, None)


def test_its_times_are_aware_and_in_order(running: Jobs) -> None:
    job = end_of(running, "echo")
    assert job.created.tzinfo is UTC
    assert job.created <= job.started <= job.finished <= datetime.now(UTC)
    assert datetime.now(UTC) - job.created < timedelta(minutes=1)


def test_each_step_gets_the_result_of_the_step_before(running: Jobs, log: Path) -> None:
    assert end_of(running, "chain", {"log": str(log)}).result == 4
    assert [line["step"] for line in lines(log, "start")] == [0, 1, 2, 3]
    assert len({line["pid"] for line in lines(log)}) == 4


def test_progress_is_seen_over_all_steps(running: Jobs) -> None:
    seen: list[Progress] = []
    id = running.submit("count", {"items": 40, "seconds": 0.7}, user=USER)
    job = running.wait(id, timeout_s=20, on_progress=seen.append)
    fractions = [progress.fraction or 0.0 for progress in seen]
    assert fractions == sorted(fractions)
    assert [fraction for fraction in fractions if 0 < fraction < 0.5]
    assert [fraction for fraction in fractions if 0.5 < fraction < 1]
    assert job.progress == Progress(1.0, "count", "水泵", 40, 40)


def test_progress_is_listed_while_a_job_runs(running: Jobs) -> None:
    id = running.submit("count", {"items": 40, "seconds": 20.0}, user=USER)
    eventually(lambda: [job for job in running.jobs(state=State.RUNNING) if job.id == id and job.progress])
    running.cancel(id)


def test_an_error_keeps_its_class_and_its_particulars(running: Jobs) -> None:
    job = end_of(running, "broken")
    error = job.failure()
    assert job.state is State.FAILED
    assert isinstance(error, FileBroken)
    assert error.data == {"file": "a.ifc", "line": 7}
    assert error.to_dict() == job.error
    assert "機場客運大樓.ifc" in error.message


def test_a_fault_of_the_program_says_where(running: Jobs) -> None:
    job = end_of(running, "fault", {"zero": 0})
    assert job.error["code"] == "internal-error"
    assert job.error["message"] == "ZeroDivisionError: division by zero"
    assert job.error["where"].endswith("in fault")
    assert "Traceback" in job.error["stderr"]
    assert isinstance(job.failure(), JobFailed)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("hungry", "ran out of memory within 300 MB"),
        ("crash", "was killed by Segmentation fault"),
        ("wordy", "the limit is 1000000"),
        ("missing", "nothing_here"),
        ("unheard-of", "no task of kind unheard-of"),
    ],
)
def test_a_step_that_cannot_answer_fails_with_the_reason(running: Jobs, kind: str, said: str) -> None:
    job = end_of(running, kind)
    assert job.state is State.FAILED
    assert said in job.error["message"]


def test_what_a_step_prints_is_not_taken_for_an_answer(running: Jobs) -> None:
    assert end_of(running, "noisy").result == "真"


@pytest.mark.parametrize(("kind", "limit_s"), [("short", 3600.0), ("family", 1.0)])
def test_the_time_limit_ends_a_job_as_failed(running: Jobs, log: Path, kind: str, limit_s: float) -> None:
    job = end_of(running, kind, {"log": str(log)}, limit_s=limit_s)
    assert job.state is State.FAILED
    assert job.error["reason"] == "time limit"
    (family,) = lines(log, "family")
    assert gone(family["step"])
    assert gone(family["child"])


def test_cancel_kills_the_processes_of_the_job(running: Jobs, log: Path) -> None:
    id = running.submit("family", {"log": str(log)}, user=USER)
    (family,) = eventually(lambda: lines(log, "family"))
    assert not gone(family["child"])
    running.cancel(id)
    assert running.job(id).state is State.DISMISSED
    assert running.job(id).error is None
    eventually(lambda: gone(family["step"]) and gone(family["child"]), within_s=5)


def test_a_job_that_has_ended_cannot_be_cancelled(running: Jobs) -> None:
    job = end_of(running, "echo")
    running.cancel(job.id)
    assert running.job(job.id).state is State.SUCCESSFUL


def test_only_a_job_that_has_ended_can_be_deleted(running: Jobs, log: Path) -> None:
    id = running.submit("family", {"log": str(log)}, user=USER)
    with pytest.raises(Conflict, match="cancel it first"):
        running.delete(id)
    running.cancel(id)
    running.delete(id)
    with pytest.raises(JobMissing):
        running.job(id)


def test_a_key_leads_to_a_new_job_only_after_a_failure(running: Jobs, log: Path) -> None:
    first = end_of(running, "one", {"log": str(log)}, key="sha256:水泵")
    again = running.submit("one", {"log": str(log)}, user=USER, key="sha256:水泵")
    assert again == first.id
    failed = end_of(running, "broken", key="sha256:水泵")
    assert end_of(running, "broken", key="sha256:水泵").id != failed.id
    assert len(lines(log, "start")) == 1


def test_one_user_does_not_keep_another_waiting(running: Jobs, log: Path) -> None:
    args = {"log": str(log), "seconds": 0.1}
    many = [running.submit("one", args, user="甲") for _ in range(24)]
    one = running.submit("one", args, user="乙")
    assert running.wait(one, timeout_s=20).state is State.SUCCESSFUL
    waiting = [job for job in running.jobs(user="甲", limit=24) if job.state is State.ACCEPTED]
    assert len(waiting) > 8
    for id in many:
        running.cancel(id)


def test_a_living_worker_is_known(running: Jobs) -> None:
    assert running.worker_alive()


def test_waiting_stops_at_its_limit(running: Jobs, log: Path) -> None:
    id = running.submit("family", {"log": str(log)}, user=USER)
    started = time.monotonic()
    assert not running.wait(id, timeout_s=0.5).ended
    assert time.monotonic() - started < 2
    running.cancel(id)
