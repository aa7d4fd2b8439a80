"""Tasks: the named functions that jobs launch, and what a step is given when it runs."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, cast

from csdi.errors import ValueInvalid
from csdi.jobs.job import JSON, Progress

KIND = re.compile(r"[a-z][a-z0-9-]{0,62}")
"""What a kind looks like: `models-add`."""

_DOTTED = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class StepContext:
    """What a step knows besides its arguments, and how it tells its progress.

    `previous` is the result of the step before (None in the first). A step may run again after a crash, so it writes
    under a name or key that depends on its input only, and renames or upserts at its end.
    """

    job: str = ""
    kind: str = ""
    user: str = ""
    previous: JSON = None
    report: Callable[[Progress], None] = field(default=lambda _: None, repr=False)

    def progress(
        self,
        stage: str,
        *,
        done: int | None = None,
        total: int | None = None,
        fraction: float | None = None,
        message: str = "",
    ) -> None:
        """Tell how far this step is; cheap, may be called for every item.

        Args:
            stage: short name of what is going on, for example `tessellate`.
            done: items finished.
            total: items to finish; with `done` it gives the fraction.
            fraction: 0..1 of this step, where items cannot be counted.
            message: one line for people.
        """
        if fraction is None and done is not None and total:
            fraction = done / total
        if fraction is not None:
            fraction = min(max(fraction, 0.0), 1.0)
        self.report(Progress(fraction, stage, message, done, total))


Step: TypeAlias = Callable[[dict[str, JSON], StepContext], JSON]
"""A plain function: arguments and context in, a small JSON value out."""


@dataclass(frozen=True, slots=True)
class Task:
    """A named piece of work: steps that run one after the other, each in a process of its own.

    Attributes:
        kind: the name that jobs are submitted under: lower case letters, digits, hyphens.
        steps: dotted names `package.module:function` of functions `run(args, context)`. A step that finished is
            never run again, so a job resumes at the step that was running.
        limit_s: seconds that one run of one step may take.
        memory_mb: address space that a step may use; None means no limit.
        afterwards: a step that runs when the job has failed, "" for none; `previous` is the error. It has a minute, its result
            counts for nothing, and it does not run for a dismissed job or one that took its workers with it.
    """

    kind: str
    steps: tuple[str, ...]
    limit_s: float = 3600.0
    memory_mb: int | None = None
    afterwards: str = ""

    def __post_init__(self) -> None:
        if not KIND.fullmatch(self.kind):
            raise ValueInvalid(f"task kind {self.kind!r}: lower case letters, digits and hyphens only", field="kind")
        if not self.steps:
            raise ValueInvalid(f"task {self.kind}: it has no steps", field="steps")
        for step in (*self.steps, *((self.afterwards,) if self.afterwards else ())):
            if not _DOTTED.fullmatch(step):
                raise ValueInvalid(f"task {self.kind}: step {step!r} is not package.module:function", field="steps")
        if self.limit_s <= 0:
            raise ValueInvalid(f"task {self.kind}: limit_s {self.limit_s} is not positive", field="limit_s")


class TaskRegistry(Mapping[str, Task]):
    """The tasks that a worker can run, by kind; frozen."""

    def __init__(self, tasks: Iterable[Task]) -> None:
        self._tasks: dict[str, Task] = {}
        for task in tasks:
            if task.kind in self._tasks:
                raise ValueInvalid(f"task kind {task.kind}: registered twice", field="kind", value=task.kind)
            self._tasks[task.kind] = task

    def __getitem__(self, kind: str) -> Task:
        return self._tasks[kind]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tasks)

    def __len__(self) -> int:
        return len(self._tasks)


def resolve(dotted: str) -> Step:
    """The function that `package.module:function` names; raises what the import raises."""
    module, _, name = dotted.partition(":")
    return cast("Step", getattr(importlib.import_module(module), name))
