"""What a client sees of a run: the status of its job, in the words of OGC API - Processes."""

from __future__ import annotations

from datetime import datetime

from csdi.extent import rfc3339
from csdi.jobs import Job, State
from csdi.processes.description import JSON_MEDIA, Json
from csdi.processes.registry import PROCESSES

_KIND, _TOLD = "process-", "told-process-"
RESULTS = "http://www.opengis.net/def/rel/ogc/1.0/results"
MONITOR = "monitor"
"""RFC 5989: where clients look again until the job has ended."""
EXCEPTIONS = "http://www.opengis.net/def/rel/ogc/1.0/exceptions"


def kind_of(process: str, *, told: bool = False) -> str:
    """The kind of the jobs of a process; another for those whose end somebody is told of."""
    return f"{_TOLD if told else _KIND}{process}"


def kinds(processes: list[str] | None = None) -> list[str]:
    """The kinds of the jobs of these processes, or of all."""
    return [kind_of(id, told=told) for id in (PROCESSES if processes is None else processes) for told in (False, True)]


def process_of(kind: str) -> str:
    """The id of the process whose jobs are of this kind; "" for other jobs."""
    id = kind.removeprefix(_TOLD) if kind.startswith(_TOLD) else kind.removeprefix(_KIND) if kind.startswith(_KIND) else ""
    return id if id in PROCESSES else ""


def status_info(job: Job, base: str) -> Json:
    """The status of a job as `statusInfo`; `base` is the URL of the API."""
    here = f"{base}/jobs/{job.id}"
    links = [{"href": here, "rel": "self", "type": JSON_MEDIA, "title": "Status of the job"}]
    if not job.ended:
        links.append({"href": here, "rel": MONITOR, "type": JSON_MEDIA, "title": "How the job gets on"})
    if job.state is State.SUCCESSFUL:
        links.append({"href": f"{here}/results", "rel": RESULTS, "type": JSON_MEDIA, "title": "Results of the job"})
    if job.state is State.FAILED:
        links.append({"href": f"{here}/results", "rel": EXCEPTIONS, "type": JSON_MEDIA, "title": "Why the job failed"})
    times = {"created": job.created, "started": job.started, "finished": job.finished, "updated": job.updated}
    return {"jobID": job.id, "processID": process_of(job.kind), "type": "process", "status": str(job.state), "message": _message(job),
            "progress": _progress(job)} | {name: _time(moment) for name, moment in times.items() if moment is not None} | {"links": links}


def _message(job: Job) -> str:
    if job.error is not None:
        return str(job.error.get("message", ""))
    if job.state is State.RUNNING and job.progress is not None:
        return job.progress.message or job.progress.stage
    return str(job.state)


def _progress(job: Job) -> int:
    if job.state is State.SUCCESSFUL:
        return 100
    fraction = job.progress.fraction if job.progress is not None else None
    return min(99, int(100 * fraction)) if fraction is not None else 0


def _time(moment: datetime) -> str:
    return rfc3339(moment)
