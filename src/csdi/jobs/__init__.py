"""Jobs: long work that survives a crash, run by worker processes from a queue on SQLite or PostgreSQL."""

from csdi.jobs.job import JSON, Job, Progress, State, error_from
from csdi.jobs.queue import Jobs
from csdi.jobs.task import Step, StepContext, Task, TaskRegistry
from csdi.jobs.worker import until_signal, work, work_until_idle

__all__ = [
    "JSON",
    "Job",
    "Jobs",
    "Progress",
    "State",
    "Step",
    "StepContext",
    "Task",
    "TaskRegistry",
    "error_from",
    "until_signal",
    "work",
    "work_until_idle",
]
