"""Verbs of building models: add, list, show, drop."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bim.check_cli import diff, tell_changes
from csdi.access import Action, principal_of_shell, require
from csdi.bootstrap import Services
from csdi.cli import Json
from csdi.console import Bars, emit_json, emit_table, opened, say
from csdi.errors import CsdiError, ValueInvalid
from csdi.exits import PARTLY, exit_code

if TYPE_CHECKING:
    from csdi.jobs import Job, Progress

models = typer.Typer(no_args_is_help=True, help="Building models (IFC): load, list, compare, withdraw.")
WORKER_PATIENCE_S = 15.0
AT_ONCE = 4
"""Files that one command has in work at the same time."""



@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file to load, and under which model id."""

    path: Path
    model: str
    title: dict[str, str] = field(default_factory=dict)


@models.command("add", epilog="Example:  csdi models add terminal-arch.ifc --json")
def add(
    files: Annotated[list[Path], typer.Argument(help="IFC files: .ifc or .ifczip.", show_default=False)],
    id: Annotated[str, typer.Option("--id", help="Model id; only for one file. Otherwise the file's name.")] = "",
    title: Annotated[str, typer.Option("--title", help="Title for people.")] = "",
    as_json: Json = False,
) -> None:
    """Load building models; one of the same id is replaced, whole or not at all. Ctrl+C cancels what is not loaded yet."""
    from csdi.layers import slug
    with opened() as services, Bars(quiet=as_json) as bars:
        require(principal_of_shell(), Action.PUBLISH)
        if id and len(files) > 1:
            raise ValueInvalid("one id cannot name several files", field="id", value=id, remedy="leave --id out")
        wanted = [ModelFile(path, id or slug(path.stem), {"en": title} if title else {}) for path in files]
        results = load_models(services, wanted, bars.show, None if as_json else _tell)
    if as_json:
        emit_json([{key: value for key, value in result.items() if key != "exit"} for result in results])
    refused = [int(result["exit"]) for result in results if result["result"] == "refused"]
    raise typer.Exit(0 if not refused else refused[0] if len(refused) == len(results) else PARTLY)


@models.command("georeference", epilog="Example:  csdi models georeference terminal-arch.ifc --json")
def georeference(
    file: Annotated[Path, typer.Argument(help="IFC file.", show_default=False)],
    witness: Annotated[list[str] | None, typer.Option("--witness", show_default=False, help="What you know of the place: Building CSUID, "
                       "E,N (HK1980 Grid), longitude,latitude, a GIS file with lot or footprint, a district.")] = None,
    write: Annotated[Path | None, typer.Option("--write", show_default=False,
                                               help="Write the file again with the place that was found; geometry stays as it is.")] = None,
    as_json: Json = False,
) -> None:
    """Say where a model lies and how that was found, without loading it."""
    from bim.georeference import georeference_of, read_witness
    found, scanned = georeference_of(file, witnesses=[read_witness(one) for one in witness or ()], write=write)
    if as_json:
        emit_json({"file": str(file), "schema": scanned.schema, "written": str(write) if write else None, **found.to_dict()})
        return
    emit_table(["what", "value"], [("CRS", found.crs or "none: the model stays in its own local frame"), ("heights", found.vertical_crs),
                                   ("level (LoGeoRef)", found.level), ("accuracy", found.accuracy_class), ("found by", found.method)])
    for reason in found.reasons:
        say(f"  {reason}")
    if not found.crs and found.candidates:
        emit_table(["candidate", "CRS", "E", "N", "agrees with"],
                   [(one.reading.label, one.crs, f"{one.place[0]:.1f}", f"{one.place[1]:.1f}",
                     ", ".join(a.witness.label for a in one.agreements if a.agrees)) for one in found.candidates], right=["E", "N"])
    for one in found.disagreements:
        if one.metres > 1.0:
            say(f"  {one.first} and {one.second} are {one.metres:.1f} m apart")
    for finding in found.findings:
        say(f"{finding.severity} {finding.code}: {finding.message}" + (f" ({finding.cure})" if finding.cure else ""))
    if write is not None:
        say(f"wrote {write}")


@models.command("list", epilog="Example:  csdi models list --json")
def show_all(as_json: Json = False) -> None:
    """All models."""
    from twin.tasks import model_rows
    with opened() as services:
        rows = [(f.id, f.properties) for f in model_rows(services.store)]
    if as_json:
        emit_json([{"id": id, **{k: p.get(k) for k in ("name", "title", "file", "schema", "placement", "crs", "elements", "finding_count",
                                                       "added")}} for id, p in rows])
    elif rows:
        emit_table(["model", "file", "schema", "placement", "elements", "findings"],
                   [(id, p.get("file"), p.get("schema"), p.get("crs") or p.get("placement"), p.get("elements"), p.get("finding_count"))
                    for id, p in rows], right=["elements", "findings"])
    else:
        say("There are no models yet. Load one:  csdi models add FILE.ifc")


@models.command("show", epilog="Example:  csdi models show terminal-arch --json")
def show(id: str, as_json: Json = False) -> None:
    """One model: where it came from, where it stands, what was found."""
    with opened() as services:
        row = services.store.feature("models", id).properties
    if as_json:
        emit_json({"id": id, **row})
        return
    emit_table(["field", "value"], [(name, value) for name, value in row.items()
                                    if value not in (None, "", {}, []) and name not in ("findings", "tiles", "georeference")])
    for finding in row.get("findings") or []:
        say(f"{finding['severity']}: {finding['message']}" + (f" ({finding['cure']})" if finding.get("cure") else ""))


@models.command("versions", epilog="Example:  csdi models versions terminal-arch --json")
def versions(id: Annotated[str, typer.Argument(help="Model id.", show_default=False)], as_json: Json = False) -> None:
    """All versions of a model, the newest first, with what changed in each."""
    from twin.versions import versions_of
    with opened() as services:
        rows = versions_of(services.store, id)
    if as_json:
        emit_json(rows)
        return
    emit_table(["version", "file", "valid from", "valid to", "elements", "changes"],
               [(row["version"], row["file"], _second(row["valid_from"]), _second(row["valid_to"]) or "now", row["elements"],
                 _told(row["changes"])) for row in rows], right=["version", "elements"])


@models.command("changes", epilog="Example:  csdi models changes terminal-arch --version 4 --since 2 --json")
def changes(
    id: Annotated[str, typer.Argument(help="Model id.", show_default=False)],
    version: Annotated[int, typer.Option("--version", help="The version whose changes are asked for; 0 for the present one.")] = 0,
    since: Annotated[int, typer.Option("--since", help="The version that it is compared with; 0 for the one before.")] = 0,
    as_json: Json = False,
) -> None:
    """What changed in a version of a model since the one before, or since any other."""
    from csdi.jobs import StepContext
    from twin.comparing import Pair, compared, number_of
    from twin.versions import stored_changes
    with opened() as services:
        if since:
            pair = Pair.of(services.store, id, since, version or number_of(services.store.feature("models", id)))
            found = compared(services, pair, StepContext())
        else:
            found = stored_changes(services.store, services.blobs, id, version)
    if as_json:
        emit_json(found)
    else:
        tell_changes(found)


models.command("compare", epilog="Example:  csdi models compare terminal-arch-v1.ifc terminal-arch-v2.ifc --json")(diff)


def _second(moment: str | None) -> str:
    return f"{moment[:19]}Z" if moment else ""


def _told(counts: dict[str, dict[str, int]] | None) -> str:
    if not counts:
        return ""
    one = counts.get("elements") or {}
    return ", ".join(f"{number} {status}" for status, number in one.items() if status != "unchanged") or "nothing"


@models.command("drop", epilog="Example:  csdi models drop terminal-arch")
def drop(ids: Annotated[list[str], typer.Argument(help="Model ids.", show_default=False)]) -> None:
    """Withdraw models with all their parts."""
    from twin.tasks import drop_model
    with opened() as services:
        require(principal_of_shell(), Action.WITHDRAW)
        for id in ids:
            drop_model(services, id)
            say(f"withdrew {id}")


def load_models(services: Services, files: list[ModelFile], show: Callable[[str, str, int, int], None],
                tell: Callable[[dict[str, Any]], None] | None = None) -> list[dict[str, Any]]:
    """Load files as jobs, in the running server's worker or in one of our own; one result per file, in their order.

    A file that cannot be taken is a result with `result: refused` and its exit code; the others go on.
    """
    submitted: list[str] = []
    twice = {f.model for f in files if sum(g.model == f.model for g in files) > 1}

    def one(file: ModelFile) -> dict[str, Any]:
        begin = time.perf_counter()
        try:
            if file.model in twice:
                raise ValueInvalid(f"{file.path.name}: several files would be the model '{file.model}'", field="id", file=str(file.path),
                                   remedy="load them one by one with --id")
            result = _load(services, file, show, submitted)
        except CsdiError as error:
            result = _refused(file, error)
        result = {"file": str(file.path), **result, "seconds": round(time.perf_counter() - begin, 2)}
        if tell:
            tell(result)
        return result

    with _Worker(services):
        pool = ThreadPoolExecutor(AT_ONCE)
        try:
            return list(pool.map(one, files))
        except KeyboardInterrupt:
            for job in submitted:
                services.jobs.cancel(job)
            raise
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _load(services: Services, file: ModelFile, show: Callable[[str, str, int, int], None], submitted: list[str]) -> dict[str, Any]:
    from bim.receive import Limits, received
    from twin.tasks import MODEL_ADD
    name = file.path.name
    with received(file.path, Limits(bytes=services.settings.upload_limit_mb << 20)):
        pass
    show(name, "store", 0, 0)
    args: dict[str, Any] = {"model": file.model, "file": name, "blob": services.blobs.put_file(file.path), "title": file.title}
    job = services.jobs.submit(MODEL_ADD, args, user=principal_of_shell().id)
    submitted.append(job)
    return _outcome(file, services.jobs.wait(job, on_progress=lambda p: show(name, *_shown(p))))


def _outcome(file: ModelFile, job: Job) -> dict[str, Any]:
    from csdi.jobs import error_from
    if isinstance(job.result, dict):
        return dict(job.result)
    return _refused(file, error_from(job.error or {"code": "job-failed", "message": f"{file.path.name}: the job was dismissed"}))


def _refused(file: ModelFile, error: CsdiError) -> dict[str, Any]:
    return {"model": file.model, "result": "refused", "reason": str(error), "error": error.to_dict(), "counts": {}, "findings": [],
            "exit": exit_code(error)}


def _shown(progress: Progress) -> tuple[str, int, int]:
    if progress.done is None and progress.fraction is not None:
        return progress.stage, round(100 * progress.fraction), 100
    return progress.stage, progress.done or 0, progress.total or 0


def _tell(result: dict[str, Any]) -> None:
    if result["result"] == "refused":
        say(f"refused    {result['file']}: {result['reason']}")
        return
    counts = result["counts"]
    said = ", ".join(f"{counts[name]} {name}" for name in ("elements", "spaces", "storeys") if counts.get(name) is not None)
    say(f"{'loaded' if result['result'] == 'loaded' else 'loaded with losses'}  {result['model']}  {said}  "
        f"{result['crs'] or 'in its own local frame'}  {result['seconds']:.1f} s")
    for finding in result["findings"][:10]:
        if finding["severity"] != "note":
            say(f"  {finding['severity']}: {finding['message']}")
    if len(result["findings"]) > 10:
        say(f"  and more: csdi models show {result['model']}")


class _Worker:
    """A worker of our own for as long as the context lasts, when no server has one."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> None:
        if not self._services.jobs.worker_alive():
            self._process = subprocess.Popen([sys.executable, "-m", "ogc_api", "worker", "--idle-s", "3600", "--with-parent"],
                                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(WORKER_PATIENCE_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
