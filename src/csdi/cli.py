"""Verbs of the ground: layers and jobs."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from csdi.access import Action, principal_of_shell, require
from csdi.collection import Kind
from csdi.console import Bars, emit_json, emit_table, opened, say
from csdi.errors import CollectionMissing
from csdi.exits import PARTLY, exit_code
from csdi.extent import rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterator

    from csdi.bootstrap import Services
    from csdi.jobs import Job
    from csdi.layers import LayerOptions, LayerResult

layers = typer.Typer(no_args_is_help=True, help="GIS layers: publish, list, withdraw.")
jobs = typer.Typer(no_args_is_help=True, help="Long work: list, look, cancel.")

Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
RESERVED = frozenset({"elements", "spaces", "storeys", "buildings", "systems", "zones", "types", "models", "records", "harvests",
                      "submissions", "findings", "submission-decisions", "audit-trail", "webhooks", "asset-register", "asset-devices",
                      "asset-locations", "asset-proposals", "asset-changes", "asset-closures"})


@layers.command("add", epilog="Example:  csdi layers add roads.gpkg --title 'Roads' --json")
def add(
    files: Annotated[list[str], typer.Argument(help="GeoPackage, GeoJSON, Shapefile, FlatGeobuf, GeoParquet, GML, KML, CSV, "
                                                    "File Geodatabase, DXF, CityJSON, glTF sheet, GeoTIFF, ASCII grid, zipped or not; "
                                                    "or the URL of an OGC API Features, WFS or ArcGIS FeatureServer.",
                                               show_default=False)],
    id: Annotated[str, typer.Option("--id", help="Collection id; only for one layer.")] = "",
    title: Annotated[str, typer.Option("--title", help="Title for people.")] = "",
    crs: Annotated[str, typer.Option("--crs", help="The CRS, where the file does not say it or is wrong: EPSG:2326.")] = "",
    refresh_every: Annotated[str, typer.Option("--refresh-every", help="Read a remote layer again after 30m, 24h, 7d.")] = "",
    as_json: Json = False,
) -> None:
    """Publish every layer of the files; a layer of the same id is replaced, whole or not at all."""
    from csdi.layers import LayerOptions, seconds_of
    results: list[LayerResult] = []
    with opened() as services, Bars(quiet=as_json) as bars:
        require(principal_of_shell(), Action.PUBLISH)
        options = LayerOptions(id=id, crs=crs, title={"en": title} if title else {}, limit_mb=services.settings.upload_limit_mb,
                               reserved=RESERVED, refresh_every_s=seconds_of(refresh_every))
        for name in files:
            for result in _added(services, name, options, bars):
                results.append(result)
                if not as_json:
                    _tell(result)
    if as_json:
        emit_json([result.to_dict() for result in results])
    raise typer.Exit(_code(results))


@layers.command("list", epilog="Example:  csdi layers list --json")
def show_all(as_json: Json = False) -> None:
    """All layers with their counts and CRSs."""
    with opened() as services:
        found = [c for c in services.store.collections() if c.kind in (Kind.LAYER, Kind.COVERAGE)]
    if as_json:
        emit_json([{"id": c.id, "title": dict(c.title), "kind": str(c.kind), "count": c.count, "crs": c.storage_crs,
                    "geometry": c.schema.geometry, "bbox": c.extent.bbox.numbers if c.extent.bbox else None} for c in found])
    elif found:
        emit_table(["layer", "title", "kind", "features", "crs"],
                   [(c.id, c.title_in("en"), c.schema.geometry or c.kind, c.count, c.storage_crs) for c in found], right=["features"])
    else:
        say("There are no layers yet. Publish one:  csdi layers add FILE")


@layers.command("refresh", epilog="Example:  csdi layers refresh lamps --json")
def refresh_now(ids: Annotated[list[str] | None, typer.Argument(help="Collection ids; without any, all layers that are due.",
                                                               show_default=False)] = None, as_json: Json = False) -> None:
    """Read remote layers from their source again; what changed goes into their history."""
    from csdi.layers import due, refresh
    with opened() as services, Bars(quiet=as_json) as bars:
        require(principal_of_shell(), Action.PUBLISH)
        results = [refresh(services.store, services.blobs, id, services.settings.home / "remote", bars.reporter(id),
                           internal=services.settings.outgoing_internal, limit_mb=services.settings.upload_limit_mb)
                   for id in ids or due(services.store, datetime.now(UTC))]
    if as_json:
        emit_json([result.to_dict() for result in results])
    else:
        for result in results:
            _tell(result)
    raise typer.Exit(_code(results))


@layers.command("versions", epilog="Example:  csdi layers versions roads --json")
def versions(id: Annotated[str, typer.Argument(help="Collection id.", show_default=False)], as_json: Json = False) -> None:
    """The versions of a layer: when each was published, and how many features began and ended with it."""
    from csdi.layers import versions_of
    with opened() as services:
        found = versions_of(services.store, id)
    if as_json:
        emit_json(found)
    else:
        names = ["version", "published", "count", "began", "ended"]
        emit_table(names, [tuple(one.get(name, "") for name in names) for one in found], right=["count", "began", "ended"])


@layers.command("drop", epilog="Example:  csdi layers drop roads")
def drop(ids: Annotated[list[str], typer.Argument(help="Collection ids.", show_default=False)]) -> None:
    """Withdraw layers."""
    from csdi.layers import drop_layer
    with opened() as services:
        require(principal_of_shell(), Action.WITHDRAW)
        for id in ids:
            try:
                drop_layer(services.store, id)
            except CollectionMissing as error:
                raise CollectionMissing(error.message, remedy="see:  csdi layers list", id=id) from None
            say(f"withdrew {id}")


@jobs.command("list", epilog="Example:  csdi jobs list --state running --json")
def list_jobs(state: Annotated[str, typer.Option(help="accepted, running, successful, failed or dismissed.")] = "",
              limit: Annotated[int, typer.Option(min=1, max=1000)] = 50, as_json: Json = False) -> None:
    """The latest jobs."""
    from csdi.jobs import State
    with opened() as services:
        found = services.jobs.jobs(state=State(state) if state else None, limit=limit, with_args=True)
    if as_json:
        emit_json([job_dict(job) for job in found])
    else:
        emit_table(["job", "kind", "about", "state", "created", "stage"],
                   [(j.id, j.kind, j.subject, j.state, _time(j.created) or "", j.progress.stage if j.progress else "") for j in found])


@jobs.command("show", epilog="Example:  csdi jobs show models-add.0123abcd --json")
def show_job(id: str, as_json: Json = False) -> None:
    """One job."""
    with opened() as services:
        job = services.jobs.job(id)
    if as_json:
        emit_json(job_dict(job))
    else:
        emit_table(["field", "value"], [(name, value) for name, value in job_dict(job).items() if value is not None])


@jobs.command("cancel", epilog="Example:  csdi jobs cancel models-add.0123abcd")
def cancel(id: str) -> None:
    """Stop a job; what it has not published stays unpublished."""
    with opened() as services:
        require(principal_of_shell(), Action.CANCEL_JOB)
        services.jobs.cancel(id)
    say(f"cancelled {id}")


def job_dict(job: Job) -> dict[str, object]:
    """A job as JSON."""
    progress = job.progress
    return {"id": job.id, "kind": job.kind, "subject": job.subject, "state": str(job.state), "user": job.user,
            "created": _time(job.created), "started": _time(job.started), "finished": _time(job.finished), "error": job.error,
            "result": job.result, "progress": None if progress is None else asdict(progress)}


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(moment)


def _added(services: Services, name: str, options: LayerOptions, bars: Bars) -> Iterator[LayerResult]:
    """What becomes of the layers of a file or a URL."""
    from csdi.layers import add_layers, add_remote
    if name.lower().startswith(("http://", "https://")):
        return add_remote(services.store, services.blobs, name, services.settings.home / "remote", options, bars.reporter(name),
                          internal=services.settings.outgoing_internal)
    return add_layers(services.store, services.blobs, Path(name), options, bars.reporter(Path(name).name))


def _tell(result: LayerResult) -> None:
    if result.error:
        say(f"refused    {result.error}")
        return
    say(f"published  {result.collection}  {result.count} features  {result.crs}  {result.seconds:.1f} s")
    for finding in result.findings:
        say(f"  {finding.severity}: {finding.message}" + (f" ({finding.cure})" if finding.cure else ""))


def _code(results: list[LayerResult]) -> int:
    errors = [result.error for result in results if result.error]
    if not errors:
        return 0
    return exit_code(errors[0]) if len(errors) == len(results) else PARTLY
