"""What a job looks like from outside: its state in the words of OGC API Processes, its progress and its end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias

from csdi.errors import CsdiError, JobFailed

JSON: TypeAlias = "dict[str, JSON] | list[JSON] | str | int | float | bool | None"


class State(StrEnum):
    """Where a job stands; the values are the status codes of OGC API Processes."""

    ACCEPTED = "accepted"
    RUNNING = "running"
    SUCCESSFUL = "successful"
    FAILED = "failed"
    DISMISSED = "dismissed"

    @property
    def ended(self) -> bool:
        """True when the job will not change any more."""
        return self not in (State.ACCEPTED, State.RUNNING)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is; `fraction` is 0..1 of the whole job, or None where nobody can tell."""

    fraction: float | None = None
    stage: str = ""
    message: str = ""
    done: int | None = None
    total: int | None = None


_SUBJECTS = ("model", "submission", "layer", "id", "file", "url")


@dataclass(frozen=True, slots=True)
class Job:
    """One launch of a task.

    Times are aware and in UTC; None means that the moment has not come. `error` has the form of
    `CsdiError.to_dict`; `result` is what the last step returned.
    """

    id: str
    kind: str
    state: State
    user: str
    created: datetime | None
    started: datetime | None
    finished: datetime | None
    updated: datetime | None
    progress: Progress | None = None
    result: JSON = None
    error: Mapping[str, Any] | None = None
    args: Mapping[str, JSON] | None = None

    @property
    def ended(self) -> bool:
        """True when the job will not change any more."""
        return self.state.ended

    @property
    def subject(self) -> str:
        """What the job is about, by the first argument that names it: a model, a submission, a layer, a file; "" where none does."""
        named = (self.args or {}).get
        return next((str(value) for name in _SUBJECTS if isinstance(value := named(name), str) and value), "")

    def failure(self) -> CsdiError | None:
        """The error that ended the job, as the class that its code names; None unless the job failed."""
        return None if self.error is None else error_from(self.error)


def error_from(described: Mapping[str, Any]) -> CsdiError:
    """Rebuild an error from the form of `CsdiError.to_dict`; a code that we do not know becomes `JobFailed`."""
    data = {name: value for name, value in described.items() if name not in ("code", "message", "remedy")}
    code = str(described.get("code", ""))
    known = {kind.code: kind for kind in _subclasses(CsdiError)}
    if code not in known:
        data["cause"] = code
    message, remedy = str(described.get("message", "")), str(described.get("remedy", ""))
    return known.get(code, JobFailed)(message, remedy=remedy, **data)


def _subclasses(kind: type[CsdiError]) -> Iterator[type[CsdiError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _subclasses(child)
