"""The job that brings a building model into the twin: intake, tiles, publication; each step repeats safely.

Between steps the work lies under `intake/<job>` in the blobs. Nothing is visible before the last step, which is one transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import shapely
from shapely.geometry.base import BaseGeometry

from bim.intake import Intake, intake
from bim.receive import Limits
from csdi.bootstrap import Services, open_services
from csdi.errors import FeatureMissing, NotFound
from csdi.extent import rfc3339
from csdi.feature import Feature
from csdi.filter import Literal, Op, Property
from csdi.finding import Finding
from csdi.harvesting import HARVEST_TASK
from csdi.history import AsOf, begun, ended, history_id, scan_as_of
from csdi.jobs import JSON, StepContext, Task, TaskRegistry
from csdi.processes.tasks import PROCESS_TASKS
from csdi.query import Query
from csdi.refreshing import REFRESH_TASK
from csdi.settings import read_settings
from csdi.store.base import Store
from csdi.uploads import ADD_TASK
from twin import tiling
from twin.register.following import BUILD, follow_model
from twin.storey_plans import draw_plans, publish_plans
from twin.versions import Delta, Succession, before_of, changes_of, compared, ensure_collections, model_collections, model_row, of_model

MODEL_ADD = "model-add"
SUBMISSION_CHECK, SUBMISSION_PUBLISH, SUBMISSION_TELL = "submission-check", "submission-publish", "submission-tell"
SUBMISSION_FILE, SUBMISSION_PREVIEW = "submission-file", "submission-preview"
MODEL_COMPARE = "model-compare"
MAINTENANCE_PLANS = "maintenance-plans"
MAINTENANCE_TASK = Task(MAINTENANCE_PLANS, ("twin.maintenance.jobs:execute",), limit_s=1800)
SUBMISSION_TASKS = (
    Task(SUBMISSION_CHECK, ("twin.submission_tasks:check",), limit_s=4 * 3600, afterwards="twin.submission_tasks:give_up"),
    Task(SUBMISSION_PUBLISH, ("twin.submission_tasks:publish",), limit_s=4 * 3600),
    Task(SUBMISSION_TELL, ("twin.submission_tasks:tell",), limit_s=3600),
    Task(SUBMISSION_FILE, ("twin.submission_files:make",), limit_s=1800),
    Task(SUBMISSION_PREVIEW, ("twin.submission_preview:make",), limit_s=3600))
BULK_TASKS = (Task("assets-bulk-look", ("twin.handover.bulk_desk:run_look",), limit_s=4 * 3600),
              Task("assets-bulk-apply", ("twin.handover.bulk_desk:run_apply",), limit_s=12 * 3600))
TASKS = TaskRegistry([Task(MODEL_ADD, ("twin.tasks:take_in", "twin.tasks:make_tiles", "twin.tasks:publish"), limit_s=3600), REFRESH_TASK,
                      ADD_TASK, HARVEST_TASK, MAINTENANCE_TASK, Task(BUILD, ("twin.register.following:run",), limit_s=4 * 3600),
                      *BULK_TASKS, *SUBMISSION_TASKS, Task(MODEL_COMPARE, ("twin.comparing:make",), limit_s=3600),
                      *PROCESS_TASKS])
_TEXTURES = ("IFCIMAGETEXTURE", "IFCBLOBTEXTURE", "IFCPIXELTEXTURE")

FINDINGS_KEPT = 500
"""Findings of one model that are kept with it; their number is always kept whole."""

_HANDED_OVER: dict[str, Intake] = {}
"""What the first step read, by job, for the next ones where they run in the same process."""
_MOST_HANDED_OVER = 2
Json = dict[str, Any]


def take_in(args: Json, context: StepContext) -> JSON:
    """Step 1: read the file, its tables and its shapes."""
    with (open_services(read_settings()) as services, services.blobs.file(args["blob"], Path(args["file"]).suffix.lower()) as path,
          before_of(services.store, services.blobs, args["model"]) as before):
        read = intake(path, model=args["model"], name=args["file"], limits=Limits(bytes=services.settings.upload_limit_mb << 20),
                      progress=lambda stage, done, total: context.progress(stage, done=done, total=total),
                      before=before.intake if before else None,
                      text_before=before.text if before else None)
        with services.blobs.new_folder(_place(context)) as folder:
            read.save(folder)
            if before is not None:
                context.progress("compare", fraction=0.0)
                compared(before.kept, before.intake, read, folder)
    _hand_over(context.job, read)
    return {"seconds": sum(read.timings.values()), "peak_mb": read.peak_mb}


def _hand_over(job: str, read: Intake) -> None:
    while len(_HANDED_OVER) >= _MOST_HANDED_OVER:
        _HANDED_OVER.pop(next(iter(_HANDED_OVER)))
    _HANDED_OVER[job] = read


def make_tiles(args: Json, context: StepContext) -> JSON:
    """Step 2: 3D Tiles under content-addressed names, and storey plans; what is still right of the version before is taken over."""
    with open_services(read_settings()) as services, services.blobs.folder(_place(context)) as folder:
        read = _HANDED_OVER.get(context.job) or Intake.load(folder)
        made = tiling.make(services, read, tiling.shelves_of(services, args["model"]),
                           lambda done, total: context.progress("tiles", done=done, total=total))
        services.blobs.put_named(f"{_place(context)}/{tiling.SHELVES}", orjson.dumps(made.shelves), replace=True)
        context.progress("plans", fraction=0.0)
        draw_plans(services.blobs, read, _place(context), (model_row(services.store, args["model"]) or {}).get("kept"))
    findings, rows = [*textures_found(read.scan["classes"]), *made.findings], made.rows
    return {"previous": context.previous, "tiles": rows["bodies"], "spaces": rows["spaces"],
            "findings": [finding.to_dict() for finding in findings[:FINDINGS_KEPT]]}


def textures_found(classes: Mapping[str, int]) -> list[Finding]:
    """What is said of textures, there or missing: tiles paint a surface in the colour of its style.

    Args:
        classes: IFC class in capitals -> number of instances.
    """
    count = sum(classes.get(name, 0) for name in _TEXTURES)
    return [Finding("TIL-006", "note", f"{count} textures are not drawn; their surfaces are painted in the colour of their style",
                    measured=str(count), expected="0", cure="give the styles colours that tell the surfaces apart")] if count else []


def publish(args: Json, context: StepContext) -> JSON:
    """Step 3: everything of the model becomes visible at once, in place of an earlier version."""
    made: Any = context.previous
    with open_services(read_settings()) as services:
        done = _published(services.store, args["model"], context.job)
        if done is None:
            old = (model_row(services.store, args["model"]) or {}).get("kept")
            with services.blobs.folder(_place(context)) as folder:
                context.progress("publish", fraction=0.0)
                done = _publish(services, folder, args, made, context)
            _HANDED_OVER.pop(context.job, None)
            if old and old != _place(context):
                services.blobs.drop_folder(old)
        followed = follow_model(services, args["model"])
    return done | ({"register": followed} if followed is not None else {})


def drop_model(services: Services, id: str) -> None:
    """Withdraw a model with all its parts, at once. Raises FeatureMissing."""
    kept = services.store.feature("models", id).properties.get("kept")
    there = {collection.id for collection in services.store.collections()}
    with services.store.transaction() as change:
        for collection in model_collections():
            past = history_id(collection.id)
            if collection.id == "models":
                change.delete("models", ids=[id])
            elif collection.id in there:
                change.delete(collection.id, filter=of_model(id))
            if past in there:
                change.delete(past, filter=Op("=", (Property("feature"), Literal(id))) if collection.id == "models" else of_model(id))
    if kept:
        services.blobs.drop_folder(kept)


def model_rows(store: Store, as_of: AsOf | None = None) -> Iterator[Feature]:
    """The loaded models, as they were where that is asked for; none where no model was ever loaded."""
    try:
        yield from scan_as_of(store, "models", Query(), as_of)
    except NotFound:
        return


def _publish(services: Services, folder: Path, args: Json, made: Json, context: StepContext) -> Json:
    store, model = services.store, args["model"]
    succession = Succession.of(store, model, args["blob"])
    ensure_collections(store, histories=succession.ends_something)
    read = _HANDED_OVER.get(context.job) or Intake.load(folder, shapes=False)
    delta = Delta.load(folder / "delta.json")
    if delta is not None and (succession.old is None or delta.base != succession.old.get("kept")):
        delta = None
    row = {**_model_row(read, args, made, context.job), "version": succession.number, "kept": _place(context),
           "changes": changes_of(folder, services.blobs) if delta is not None else None}
    if succession.same_file and succession.old is not None:
        row["changes"] = succession.old.get("changes")
    with store.transaction() as change:
        for name, features in read.tables.parts.items():
            succession.write(store, change, name, features, delta)
        publish_plans(services, change, succession, _place(context))
        if succession.ends_something:
            change.write(history_id("models"), ended([store.feature("models", model)], succession.number - 1, succession.moment))
        change.write("models", begun([Feature(model, _outline(read.tables.elements), row)], succession.number, succession.moment))
    return _result(row, model, made["previous"])


def _model_row(read: Intake, args: Json, made: Json, job: str) -> Json:
    """The properties of a model's own Feature."""
    found, project = read.georeference, read.tables.project
    findings = [*(finding.to_dict() for finding in read.findings), *made["findings"]]
    levels = [(p["base_level"], p["top_level"]) for f in read.tables.elements
              if (p := f.properties).get("base_level") is not None and p.get("top_level") is not None]
    return {
        "name": project.get("long_name") or project.get("name") or args["model"], "project": project.get("name"),
        "title": args.get("title") or {}, "file": args["file"], "sha256": args["blob"], "schema": read.scan["schema"],
        "originating_system": read.scan.get("originating_system"), "time_stamp": read.scan.get("time_stamp"),
        "placement": "georeferenced" if found.crs and made["tiles"]["frame"]["kind"] != "local" else "local",
        "placement_reason": "; ".join(found.reasons), "crs": found.crs, "vertical_crs": found.vertical_crs,
        "accuracy_class": found.accuracy_class, "georeference": read.report()["georeference"],
        "counts": read.counts | {"result": read.result},
        "units": project.get("units"), "tileset": made["tiles"]["root"], "tiles": {"bodies": made["tiles"], "spaces": made["spaces"]},
        "elements": read.counts["elements"], "findings": findings[:FINDINGS_KEPT], "finding_count": len(findings), "job": job,
        "base_level": min((low for low, _ in levels), default=None), "top_level": max((high for _, high in levels), default=None),
        "added": rfc3339(datetime.now(UTC)),
    }


def _outline(elements: list[Feature]) -> BaseGeometry | None:
    """The hull of all footprints, CRS84; None for a model without a place."""
    shapes = [feature.geometry for feature in elements if feature.geometry is not None]
    return shapely.convex_hull(shapely.geometrycollections(shapes)) if shapes else None


def _published(store: Store, model: str, job: str) -> Json | None:
    """What an earlier run of this same job published; None when it did not come that far."""
    try:
        row = store.feature("models", model).properties
    except (NotFound, FeatureMissing):
        return None
    return _result(row, model, {}) if job and row.get("job") == job else None


def _result(row: Mapping[str, Any], model: str, previous: Mapping[str, Any]) -> Json:
    """What `csdi models add --json` says of one file."""
    counts = dict(row.get("counts") or {})
    return {"model": model, "result": counts.pop("result", "loaded"), "placement": row.get("placement"),
            "reason": row.get("placement_reason") or "", "crs": row.get("crs"), "counts": counts,
            "findings": list(row.get("findings") or []), "seconds": previous.get("seconds"), "peak_mb": previous.get("peak_mb"),
            "tiles": (row.get("tiles") or {}).get("bodies"), "version": row.get("version"),
            "changes": {name: (row.get("changes") or {}).get(name) for name in ("causes", "counts")} if row.get("changes") else None}


def _place(context: StepContext) -> str:
    return f"intake/{context.job or 'direct'}"
