"""A submitted model in three dimensions before it is approved: its own tiles, what changes with it, and its rows, kept apart."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import shapely

from bim.intake import Intake, intake
from bim.receive import Limits
from bim.submissions.keeping import Register, both, equals
from bim.submissions.states import ANSWERABLE, State
from bim.submissions.submission import Submission, SubmittedModel
from bim.tables import ModelTables
from bim.versions.bodies import Bodies
from bim.versions.compare import Comparison, compare
from csdi.blobs import Blobs
from csdi.bootstrap import Services, open_services
from csdi.errors import BlobMissing, CsdiError, NotFound
from csdi.extent import BBox
from csdi.feature import Feature
from csdi.jobs import JSON, StepContext
from csdi.settings import read_settings
from csdi.store.base import Store
from twin import tasks, tiling
from twin.ellipsoid import Array
from twin.frame import Frame, reprojection_of
from twin.versions import Before, before_of, model_row

FORMAT = 4
"""Grows when previews that are kept are no longer what would be made."""
FOLDER = "submission-previews"
MOST_ARROWS = 500
"""Ways of what moved; what moved by itself comes first."""
_SEEN = ANSWERABLE | {State.APPROVED, State.SUPERSEDED}
_UNITLESS = "UNI-001"
_GLOBAL_ID = re.compile(r"(?<![0-9A-Za-z_$])[0-3][0-9A-Za-z_$]{21}(?![0-9A-Za-z_$])")
_NAMING = ("global_id", "subject", "data")
"""What of a finding names elements."""
_EARTH = Frame("local")
"""Coordinates from the earth's centre as they are: EPSG:4978."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Preview:
    """What is seen of one model of a submission, beside the version of it that is in the twin.

    Attributes:
        accepted: the row of the twin's model of that name; None where there is none.
    """

    submission: Submission
    model: SubmittedModel
    accepted: Mapping[str, Any] | None

    @classmethod
    def of(cls, store: Store, one: Submission, name: str) -> Preview:
        """The preview of the model of that name. Raises NotFound."""
        model = one.model(name)
        if model is None:
            raise NotFound(f"'{one.id}' has no model '{name}'", submission=one.id, remedy="list the submission to see its models")
        return cls(one, model, model_row(store, name))

    @property
    def obstacle(self) -> str:
        """Why there is none, "" where there can be one: `waiting` for the audit, `refused` by it, `withdrawn`, `published`."""
        told = self.submission.reports.get(self.model.name)
        if self.submission.state is State.WITHDRAWN:
            return "withdrawn"
        if told is None or self.submission.state not in _SEEN:
            return "waiting"
        if self.model.published:
            return "published"
        return "refused" if told.get("result") == "refused" else ""

    @property
    def key(self) -> str:
        """A digest of what it is made from: the file, the audit's reading of it, and the version that is in the twin."""
        accepted = self.accepted or {}
        told = self.submission.reports.get(self.model.name, {})
        said = [FORMAT, self.model.name, self.model.sha256, self.model.file, told.get("digest"), told.get("intake"),
                accepted.get("kept"), accepted.get("version")]
        return hashlib.sha256(orjson.dumps(said)).hexdigest()[:32]

    @property
    def folder(self) -> str:
        """Where it is kept."""
        return f"{FOLDER}/{self.submission.id}/{self.model.name}/{self.key}"

    def document(self, blobs: Blobs) -> Json | None:
        """What is said of it; None while it is not made."""
        try:
            found: Json = orjson.loads(blobs.get(f"{self.folder}/preview.json"))
        except BlobMissing:
            return None
        return found

    def file(self, blobs: Blobs, name: str) -> bytes:
        """A tileset or a tile by its name, which follows from its content: its own, or one of the twin's. Raises BlobMissing."""
        try:
            return blobs.get(f"{self.folder}/{name}")
        except BlobMissing:
            return blobs.get(f"{tiling.TILES}/{name}")

    def row(self, blobs: Blobs, global_id: str) -> bytes:
        """An element or space as GeoJSON, CRS84 (longitude first), with its `change` or null. Raises NotFound, BlobMissing."""
        index = orjson.loads(blobs.get(f"{self.folder}/rows-index.json"))
        if global_id not in index:
            raise NotFound(f"'{self.model.name}' of '{self.submission.id}' has no '{global_id[:40]}'", submission=self.submission.id)
        return blobs.get_range(f"{self.folder}/rows.jsonl", *index[global_id])


def queue(services: Services, preview: Preview) -> str:
    """Queue the job that makes a preview; gives its id, that of the one that makes or made it already."""
    one, name = preview.submission, preview.model.name
    return services.jobs.submit(tasks.SUBMISSION_PREVIEW, {"submission": one.id, "model": name}, user=one.applicant,
                                key=f"{one.id}.{name}.{preview.key}")


def queue_all(services: Services, one: Submission) -> None:
    """Queue the previews of all models of a submission that can have one."""
    for model in one.models:
        preview = Preview.of(services.store, one, model.name)
        if not preview.obstacle:
            queue(services, preview)


def drop(blobs: Blobs, one: Submission) -> None:
    """Forget all previews of a submission."""
    blobs.drop_folder(f"{FOLDER}/{one.id}")


def make(args: Json, context: StepContext) -> JSON:
    """The step that makes a preview and keeps it; one that nobody may see any more when it is done is not kept."""
    with open_services(read_settings()) as services:
        register = Register(services.store)
        preview = Preview.of(services.store, register.submission(args["submission"]), args["model"])
        if not preview.obstacle and preview.document(services.blobs) is None:
            _make(services, preview, context)
        over = Preview.of(services.store, register.submission(args["submission"]), args["model"]).obstacle
        if over:
            drop(services.blobs, preview.submission)
    return {"submission": preview.submission.id, "model": preview.model.name, "obstacle": over}


def _make(services: Services, preview: Preview, context: StepContext) -> None:
    blobs = services.blobs
    if _is_unitless(services, preview):
        document: Json = {"state": "none", "reason": "no-unit"}
    else:
        with before_of(services.store, blobs, preview.model.name) as before:
            read = _read(services, preview, before, context)
            made = tiling.make(services, read, tiling.shelves_of(services, preview.model.name),
                               lambda done, total: context.progress("tiles", done=done, total=total), into=preview.folder)
            context.progress("changes", fraction=0.0)
            changes = _changes(services, before.intake, read) if before else None
            _keep_rows(blobs, preview, [*read.tables.elements, *read.tables.spaces], changes)
            document = _document(services, preview, read, made, changes)
    _drop_others(blobs, preview)
    blobs.put_named(f"{preview.folder}/preview.json", orjson.dumps(document), replace=True)


def _drop_others(blobs: Blobs, preview: Preview) -> None:
    """Previews beside a version that is no longer the one in the twin."""
    others = {name.rpartition("/")[0] for name in blobs.names(preview.folder.rpartition("/")[0])} - {preview.folder}
    for other in others:
        blobs.drop_folder(other)


def _is_unitless(services: Services, preview: Preview) -> bool:
    """Whether no length in the model can be known; then nothing of it can be drawn at its size."""
    where = both(equals("model", preview.model.name), equals("code", _UNITLESS))
    return any(row.properties["status"] != "solved" for row in Register(services.store).findings(preview.submission.id, where))


def _read(services: Services, preview: Preview, before: Before | None, context: StepContext) -> Intake:
    """What the audit has read of the model; read now where no rule needed its shapes."""
    model, place = preview.model, preview.submission.reports[preview.model.name].get("intake")
    if place:
        with suppress(CsdiError), services.blobs.folder(str(place)) as folder:
            return _called(Intake.load(folder), model.name)
    with services.blobs.file(model.sha256, Path(model.file).suffix.lower()) as path:
        return intake(path, model=model.name, name=model.file, limits=Limits(bytes=services.settings.upload_limit_mb << 20),
                      progress=lambda stage, done, total: context.progress(stage, done=done, total=total or None),
                      before=before.intake if before else None, text_before=before.text if before else None)


def _called(read: Intake, name: str) -> Intake:
    """What was read of a model under the name that it has in the twin; all of it may be other than what is there."""
    parts = {part: [Feature(f"{name}:{row.id.partition(':')[2]}", row.geometry, {**row.properties, "model": name}) for row in rows]
             for part, rows in read.tables.parts.items()}
    return replace(read, model=name, tables=ModelTables.of(read.tables.project, parts), touched=None)


def _document(services: Services, preview: Preview, read: Intake, made: tiling.Tilings, changes: Json | None) -> Json:
    bodies, rooms, counts = made.bodies, made.rooms.spaces, read.counts
    georeferenced = bool(read.georeference.crs) and bodies.frame.kind != "local"
    findings = [*tasks.textures_found(read.scan["classes"]), *bodies.findings]
    return {
        "state": "ready" if bodies.root else "none", "reason": "" if bodies.root else "no-shapes",
        "tileset": bodies.root, "spaces": rooms.root if rooms else "", "placement": "georeferenced" if georeferenced else "local",
        "placement_reason": "; ".join(read.georeference.reasons), "bbox": _flat(bodies.bbox),
        "levels": _levels(read.tables.elements), "elements": bodies.features,
        "wanted": counts.get("wanted", 0), "shapes": counts.get("shapes", 0),
        "tiles": {"all": bodies.tiles, "reused": bodies.reused, "renamed": bodies.renamed, "built": bodies.built, "bytes": bodies.bytes},
        "found": _found(services, preview, read), "findings": [finding.to_dict() for finding in findings], "accepted": _accepted(preview),
        "changes": changes and {**changes, "changes": [{**change, "fields": {}} for change in changes["changes"]]}}


def _found(services: Services, preview: Preview, read: Intake) -> list[str]:
    """GlobalIds of elements that are drawn and that findings of the audit name."""
    drawn = {placement.element for placement in read.shapes.placements}
    rows = Register(services.store).findings(preview.submission.id, equals("model", preview.model.name))
    named = {one for row in rows for one in _GLOBAL_ID.findall(orjson.dumps([row.properties.get(name) for name in _NAMING]).decode())}
    return sorted(drawn & named)


def _levels(rows: Iterable[Feature]) -> list[float] | None:
    """The lowest and the highest level of elements, mPD."""
    levels = np.array([found for row in rows if None not in (found := [row.properties.get(name) for name in ("base_level", "top_level")])])
    return [float(levels[:, 0].min()), float(levels[:, 1].max())] if len(levels) else None


def _flat(bbox: BBox | None) -> list[float] | None:
    """West, south, east, north in degrees."""
    return None if bbox is None else [bbox.minx, bbox.miny, bbox.maxx, bbox.maxy]


def _accepted(preview: Preview) -> Json | None:
    """The version of the model that is in the twin."""
    row = preview.accepted
    if row is None:
        return None
    return {"version": row.get("version") or 1, "valid_from": row.get("valid_from") or row.get("added"), "sha256": row.get("sha256"),
            "tileset": f"/{row['tileset']}" if row.get("tileset") else None, "placement": row.get("placement"),
            "count": row.get("elements", 0)}


def _changes(services: Services, old: Intake, new: Intake) -> Json:
    """What is other than in the version in the twin, with `arrow` of what moved."""
    found = compare(old, new)
    arrows = _arrows(services, found, new)
    whole = found.to_dict()
    return {**whole, "changes": [{**change, "arrow": arrows.get(change["global_id"])} for change in whole["changes"]]}


def _arrows(services: Services, found: Comparison, new: Intake) -> dict[str, list[list[float]]]:
    """By GlobalId, from where to where the middle of what moved went, EPSG:4978 metres; none for a model without a place."""
    moved = sorted((change for change in found.changes if change.vector and change.part in ("elements", "spaces")),
                   key=lambda change: bool(change.cause))[:MOST_ARROWS]
    bodies = Bodies(new.shapes, new.space_shapes)
    ways = [(change.key, body.centre, np.array(change.vector)) for change in moved if (body := bodies.of(change.key)) is not None]
    if not ways:
        return {}
    ends: Array = np.stack([centre for _, centre, _ in ways])
    starts: Array = ends - np.stack([vector for _, _, vector in ways])
    reprojection, _ = reprojection_of(new.georeference, services.heights, ends)
    if reprojection is None:
        return {}
    try:
        placed = reprojection.into(_EARTH, np.concatenate([starts, ends])).round(4)
    except CsdiError:
        return {}
    return {key: [start.tolist(), end.tolist()]
            for (key, _, _), start, end in zip(ways, placed[:len(ways)], placed[len(ways):], strict=True)}


def _keep_rows(blobs: Blobs, preview: Preview, rows: Iterable[Feature], changes: Json | None) -> None:
    """The rows as GeoJSON lines, each with what is other than in the twin, and their places: the first byte and how many there are."""
    change_of = {change["global_id"]: change for change in changes["changes"] if change["status"] != "removed"} if changes else {}
    lines: list[bytes] = []
    index: dict[str, tuple[int, int]] = {}
    start = 0
    for row in rows:
        geometry = orjson.loads(shapely.to_geojson(row.geometry)) if row.geometry is not None else None
        global_id = str(row.properties["global_id"])
        line = orjson.dumps({"type": "Feature", "id": row.id, "geometry": geometry, "properties": row.properties,
                             "change": change_of.get(global_id)})
        index[global_id] = (start, len(line))
        lines.append(line + b"\n")
        start += len(line) + 1
    blobs.put_named(f"{preview.folder}/rows.jsonl", b"".join(lines), replace=True)
    blobs.put_named(f"{preview.folder}/rows-index.json", orjson.dumps(index), replace=True)
