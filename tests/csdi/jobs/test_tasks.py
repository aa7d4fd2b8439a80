"""Tasks, their registry, and what a step is given."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csdi.errors import CsdiError, FileBroken, JobFailed, ValueInvalid
from csdi.jobs import Progress, State, StepContext, Task, TaskRegistry, error_from


@pytest.mark.parametrize(
    ("kind", "steps", "limit_s"),
    [
        ("Models", ("a:b",), 1.0),
        ("models", (), 1.0),
        ("models", ("no-colon",), 1.0),
        ("models", ("a:b; rm",), 1.0),
        ("models", ("a:b",), 0.0),
    ],
)
def test_a_task_that_cannot_run_is_refused(kind: str, steps: tuple[str, ...], limit_s: float) -> None:
    with pytest.raises(ValueInvalid):
        Task(kind, steps, limit_s=limit_s)


def test_a_kind_is_registered_once() -> None:
    task = Task("models-add", ("bim.intake:read", "bim.intake:publish"))
    assert TaskRegistry([task])["models-add"] is task
    with pytest.raises(ValueInvalid, match="twice"):
        TaskRegistry([task, task])


def test_a_step_can_be_called_without_a_job() -> None:
    StepContext().progress("read", done=1, total=2)


@given(done=st.integers(-5, 50), total=st.integers(0, 20), fraction=st.none() | st.floats(-2, 2))
def test_a_fraction_stays_between_0_and_1(done: int, total: int, fraction: float | None) -> None:
    told: list[Progress] = []
    StepContext(report=told.append).progress("讀取", done=done, total=total, fraction=fraction)
    (progress,) = told
    assert progress.fraction is None or 0 <= progress.fraction <= 1
    assert (progress.fraction is None) == (fraction is None and total == 0)


def test_an_error_comes_back_as_what_it_was() -> None:
    error = FileBroken("水泵.ifc: line 3", remedy="export it again", file="水泵.ifc", line=3)
    again = error_from(error.to_dict())
    assert type(again) is FileBroken
    assert again.to_dict() == error.to_dict()


def test_an_error_of_an_unknown_code_is_a_failed_job() -> None:
    error: CsdiError = error_from({"code": "from-the-future", "message": "?", "line": 3})
    assert type(error) is JobFailed
    assert error.data == {"line": 3, "cause": "from-the-future"}


def test_the_states_are_those_of_ogc_api_processes() -> None:
    assert {str(state): state.ended for state in State} == {
        "accepted": False,
        "running": False,
        "successful": True,
        "failed": True,
        "dismissed": True,
    }
