"""Layers: publish a GIS file as Collections, list them, withdraw them."""

from __future__ import annotations

import hashlib
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from math import nan
from pathlib import Path
from typing import Any

from csdi import placement
from csdi.blobs import Blobs
from csdi.collection import Collection, Kind
from csdi.coverages import versions
from csdi.crs import CRS, crs, transform
from csdi.errors import CollectionMissing, CrsMissing, CsdiError, OutsideAreaOfUse, ValueInvalid
from csdi.extent import rfc3339
from csdi.feature import Feature, Field, FieldType, Schema
from csdi.finding import Finding
from csdi.formats import heights, intake, raster, render, vector
from csdi.formats.solids import BODIES
from csdi.history import history_id
from csdi.layers.succession import Rows, succession, told
from csdi.store.base import Store

Progress = Callable[[str, int, int], None]
"""(stage, done, total); total is 0 when not known."""

HONG_KONG_CRS = {"EPSG:2326", "EPSG:4611"}
_HONG_KONG = (113.7, 22.0, 114.6, 22.7)
_HKPD = "EPSG:5738"


REFRESH_EVERY = "refresh_every"
"""The particular of a Collection that says after how many seconds it is read from its source again."""


@dataclass(frozen=True, slots=True)
class LayerOptions:
    """What the caller may say about a layer; anything left empty is as it was before, or taken from the file."""

    id: str = ""
    crs: str = ""
    title: Mapping[str, str] = field(default_factory=dict)
    description: Mapping[str, str] = field(default_factory=dict)
    keywords: tuple[str, ...] = ()
    licence: str = ""
    limit_mb: int = 2048
    reserved: frozenset[str] = frozenset()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    refresh_every_s: int = 0


@dataclass(frozen=True, slots=True)
class LayerResult:
    """What became of one layer of one file."""

    file: str
    collection: str
    result: str
    count: int = 0
    crs: str = ""
    findings: tuple[Finding, ...] = ()
    error: CsdiError | None = None
    seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """JSON form, as `csdi layers add --json` prints it."""
        body: dict[str, Any] = {"file": self.file, "collection": self.collection, "result": self.result, "count": self.count,
                                "crs": self.crs, "findings": [f.to_dict() for f in self.findings], "seconds": round(self.seconds, 3)}
        return body | ({"error": self.error.to_dict()} if self.error else {})


def add_layers(store: Store, blobs: Blobs, path: Path, options: LayerOptions | None = None,
               progress: Progress | None = None) -> Iterator[LayerResult]:
    """Publish everything in a file; each layer becomes visible whole, or not at all.

    A layer that exists under the same id is replaced. What cannot be published is a result with its error; nothing is raised
    for the file's own faults, and the store stays as it was for that layer.
    """
    options = options or LayerOptions()
    with tempfile.TemporaryDirectory(prefix="csdi-layers-") as scratch:
        yield from _add(store, blobs, path, options, progress or silent, Path(scratch))


def _add(store: Store, blobs: Blobs, path: Path, options: LayerOptions, progress: Progress, scratch: Path) -> Iterator[LayerResult]:
    begin = time.perf_counter()
    try:
        found = intake.sources(path, scratch, crs=options.crs, limit_mb=options.limit_mb)
        if options.id and len(found) > 1:
            raise ValueInvalid(f"{path.name} has {len(found)} layers, one id cannot name them all", field="id", file=str(path),
                               remedy="leave --id out: each is named after file and layer")
        digest = _digest(path)
    except CsdiError as error:
        yield LayerResult(str(path), "", "refused", error=error, seconds=time.perf_counter() - begin)
        return
    for source in found:
        begin = time.perf_counter()
        id = options.id or slug(source.name)
        try:
            yield publish(store, blobs, source, id, digest, options, progress, begin)
        except CsdiError as error:
            yield LayerResult(str(path), id, "refused", findings=source.findings, error=error, seconds=time.perf_counter() - begin)


def drop_layer(store: Store, id: str) -> None:
    """Withdraw a layer. Raises CollectionMissing; a Collection that is no layer counts as missing."""
    if store.collection(id).kind not in (Kind.LAYER, Kind.COVERAGE):
        raise CollectionMissing(f"'{id}' is not a layer", remedy="see `csdi layers list`", id=id)
    there = {collection.id for collection in store.collections()}
    with store.transaction() as change:
        for one in (id, history_id(id)):
            if one in there:
                change.drop(one)


def versions_of(store: Store, id: str) -> list[dict[str, Any]]:
    """The versions of a layer, the latest last: `version`, `published`, `sha256`, `count`, `began`, `ended`. Raises CollectionMissing."""
    found = store.collection(id)
    if found.kind not in (Kind.LAYER, Kind.COVERAGE):
        raise CollectionMissing(f"'{id}' is not a layer", remedy="see `csdi layers list`", id=id)
    said = ("version", "published", "sha256", "count", "began", "ended")
    return [{name: one[name] for name in said if name in one} for one in found.details.get("versions", [])]


def slug(name: str) -> str:
    """A Collection id made from a name: lower case, other characters become one hyphen.

    >>> slug("LandsD Buildings (2024)")
    'landsd-buildings-2024'
    """
    plain = re.sub(r"[^a-z0-9_]+", "-", name.casefold()).strip("-_")
    if not plain:
        plain = "layer-" + hashlib.sha256(name.encode()).hexdigest()[:8]
    return (plain if plain[0].isalpha() else f"layer-{plain}")[:63].rstrip("-_")


def publish(store: Store, blobs: Blobs, source: intake.Source, id: str, digest: str, options: LayerOptions,
            progress: Progress, begin: float) -> LayerResult:
    """Publish one source under an id. Raises CsdiError; the store stays as it was then."""
    if id in options.reserved:
        raise ValueInvalid(f"the id '{id}' is kept for the server's own collections", field="id", value=id,
                           remedy="choose another with --id")
    moment = datetime.now(UTC)
    provenance = {"file": source.path.name, "sha256": digest, "layer": source.layer.layer if source.layer else "",
                  "published": rfc3339(moment), **options.provenance}
    if source.raster is not None:
        collection, rows, findings = _coverage(blobs, source.raster, id)
    else:
        collection, rows, findings = _layer(source, id, progress)
        collection = _with_bodies(blobs, source, collection)
    described = replace(_said(collection, options, _before(store, id), source.name), provenance=provenance)
    with store.transaction() as change:
        if described.kind is Kind.COVERAGE:
            history = versions.listed(_before(store, id), described)
            count = change.replace(replace(described, details={**described.details, versions.VERSIONS: history}), rows())
        else:
            follows = succession(store, described, rows, moment, keyed=bool(source.layer and source.layer.key))
            again = {REFRESH_EVERY: options.refresh_every_s} if options.refresh_every_s else _refreshed(store, id)
            follows = replace(follows, collection=replace(follows.collection, details={
                **described.details, **again, "versions": told(store, id, follows, provenance)}))
            count = follows.write(store, change, _counted(rows(), collection.count, progress))
            findings += follows.findings
    findings = (*source.findings, *findings)
    return LayerResult(str(source.path), id, "published", count, described.storage_crs, findings, seconds=time.perf_counter() - begin)


def _with_bodies(blobs: Blobs, source: intake.Source, collection: Collection) -> Collection:
    """The Collection with the blob of its Features' solids, where the file has any."""
    solids = source.layer.arrow.solids if source.layer and source.layer.arrow else None
    if solids is None:
        return collection
    return replace(collection, details={**collection.details, BODIES: blobs.put_bytes(solids.to_bytes())})


def _refreshed(store: Store, id: str) -> dict[str, Any]:
    """How often the present layer is refreshed; kept when it is published again."""
    before = _before(store, id)
    every = before.details.get(REFRESH_EVERY) if before else None
    return {REFRESH_EVERY: every} if every else {}


def _before(store: Store, id: str) -> Collection | None:
    """The layer that is published again, if it is."""
    try:
        return store.collection(id)
    except CollectionMissing:
        return None


def _said(collection: Collection, options: LayerOptions, before: Collection | None, name: str) -> Collection:
    """The Collection with its words for people: those given, else those that the layer had before, else its file's name."""
    kept = before or replace(collection, title={"en": _title(name)})
    return replace(collection, title=options.title or kept.title, description=options.description or kept.description,
                   keywords=options.keywords or kept.keywords, licence=options.licence or kept.licence)


def _layer(source: intake.Source, id: str, progress: Progress) -> tuple[Collection, Rows, tuple[Finding, ...]]:
    layer = source.layer
    assert layer is not None
    watch = placement.Watch()
    looked = vector.survey(layer, lambda done: progress("survey", done, max(layer.count, 0)), watch)
    findings = [*layer.findings, *_geometry_findings(looked, id)]
    geometry = "" if not layer.geometry else next(iter(looked.types)) if len(looked.types) == 1 and not looked.invalid_count \
        else "geometry" if looked.types else layer.geometry
    placed, vertical = "OGC:CRS84", ""
    if geometry:
        evidence = watch.evidence()
        placed, vertical, more = _place(layer, looked, source.path, evidence)
        findings += [*more, *placement.judged(evidence, placed, source.name)]
    details = {"findings": [f.to_dict() for f in findings if f.severity != "note"]}
    schema = Schema(layer.fields, geometry, looked.has_z, levels=layer.levels)
    collection = Collection(id, {}, schema, placed, vertical, Kind.LAYER, details=details, count=looked.count)
    return collection, partial(vector.features, layer), tuple(findings)


def _place(layer: vector.VectorLayer, looked: vector.Survey, path: Path, evidence: placement.Evidence) -> tuple[str, str, list[Finding]]:
    """(storage CRS, height datum, findings) of a vector layer."""
    stated = layer.crs
    if not stated:
        likely = placement.suggestions(evidence.xy, evidence.z)
        raise CrsMissing(f"{path.name}: the file does not say its CRS" + (f"; perhaps {likely[0].crs}: {likely[0].why}" if likely else ""),
                         file=str(path), remedy=f"name it: --crs {likely[0].crs if likely else 'EPSG:2326'}", bounds=list(looked.bounds),
                         candidates=[f"{one.crs}: {one.why}" for one in likely])
    known = crs(stated)
    _reachable(known, looked.bounds, path, evidence)
    vertical = known.vertical or ""
    findings: list[Finding] = []
    if (looked.has_z or layer.levels) and not vertical and known.code in HONG_KONG_CRS:
        vertical = "EPSG:5738"
        findings.append(Finding("height-datum-assumed", "note", "heights were taken as metres above Hong Kong Principal Datum",
                                path.name, measured=f"{looked.z[0]:.2f} to {looked.z[1]:.2f} m" if looked.has_z else ""))
    return known.code, vertical, findings


def _reachable(known: CRS, bounds: tuple[float, float, float, float], path: Path, evidence: placement.Evidence) -> None:
    """Coordinates can be brought to CRS84 at all."""
    if bounds[0] != bounds[0]:
        return
    try:
        west, south, east, north = transform(known, "OGC:CRS84").bbox(bounds)[:4]
    except OutsideAreaOfUse:
        west, south, east, north = nan, nan, nan, nan
    if not (-361 < west <= east < 541 and -90.0001 <= south <= north <= 90.0001):
        faults = [f for f in placement.judged(evidence, known.code, path.name) if f.data.get("fault")]
        why = f": {faults[0].message}" if faults else ""
        raise OutsideAreaOfUse(f"{path.name}: coordinates {_box(bounds)} are not possible in {known.code}{why}", file=str(path),
                               remedy=faults[0].cure if faults else "the CRS is wrong or the axes are swapped: name it with --crs",
                               bounds=list(bounds), candidates=[f.to_dict() for f in faults])


def _geometry_findings(looked: vector.Survey, id: str) -> list[Finding]:
    findings = []
    if looked.invalid_count:
        findings.append(Finding("geometry-repaired", "warning", f"{looked.invalid_count} invalid geometries were repaired", id,
                                measured=str(looked.invalid_count), cure="mend them at the source",
                                data={"count": looked.invalid_count, "ids": list(looked.invalid)}))
    if looked.collapsed_count:
        findings.append(Finding("geometry-collapsed", "warning", f"{looked.collapsed_count} areas without area are kept as lines or points",
                                id, measured=str(looked.collapsed_count), cure="mend them at the source",
                                data={"count": looked.collapsed_count, "ids": list(looked.collapsed)}))
    if looked.lost:
        findings.append(Finding("geometry-lost", "warning", f"of {looked.lost} invalid geometries nothing was left to repair", id,
                                measured=str(looked.lost), cure="mend them at the source", data={"count": looked.lost}))
    findings += [Finding("reader-warning", "note", text, id) for text in sorted(looked.warnings)[:20]]
    if looked.empty:
        findings.append(Finding("geometry-missing", "note", f"{looked.empty} features have no geometry", id,
                                measured=str(looked.empty), data={"count": looked.empty}))
    return [*findings, *looked.dirt]


def _coverage(blobs: Blobs, found: raster.Raster, id: str) -> tuple[Collection, Rows, tuple[Finding, ...]]:
    """A raster: its bytes as a blob, its footprint as the one Feature."""
    known = crs(found.crs)
    with heights.in_metres(found) as (found, findings), raster.as_cog(found) as cog:
        blob = blobs.put_file(cog)
        low, high = render.zoom_range(cog)
    band = found.bands[0]
    properties = {"file": found.path.name, "blob": blob, "width": found.size[0], "height": found.size[1],
                  "resolution": found.resolution[0], "bands": len(found.bands), "dtype": band["dtype"],
                  "minimum": band["min"], "maximum": band["max"]}
    kinds = {"width": FieldType.INTEGER, "height": FieldType.INTEGER, "bands": FieldType.INTEGER, "resolution": FieldType.NUMBER,
             "minimum": FieldType.NUMBER, "maximum": FieldType.NUMBER}
    schema = Schema(tuple(Field(name, kinds.get(name, FieldType.STRING)) for name in properties), "polygon")
    vertical = (known.vertical or (_HKPD if _takes_hkpd(found, known) else "")) if found.elevation else ""
    if vertical and not known.vertical and "VERTICAL" not in found.tags:
        findings += (Finding("height-datum-assumed", "note", "heights were taken as metres above Hong Kong Principal Datum",
                             found.path.name),)
    details = found.details() | {"blob": blob, "min_zoom": low, "max_zoom": high}
    collection = Collection(id, {}, schema, known.horizontal.code, vertical, Kind.COVERAGE, details=details, count=1)
    return collection, lambda: iter([Feature("1", found.outline, properties)]), findings


def _takes_hkpd(found: raster.Raster, known: CRS) -> bool:
    """Whether heights without a datum can only mean the one of Hong Kong: by CRS, or by place if nothing is said of heights."""
    if known.code in HONG_KONG_CRS:
        return True
    if known.horizontal.code != known.code or any(name.upper().startswith("VERTICAL") for name in found.tags):
        return False
    try:
        west, south, east, north = transform(known, "OGC:CRS84").bbox(found.outline.bounds)[:4]
    except OutsideAreaOfUse:
        return False
    return _HONG_KONG[0] <= west < east <= _HONG_KONG[2] and _HONG_KONG[1] <= south < north <= _HONG_KONG[3]


def _counted(features: Iterator[Feature], total: int, progress: Progress) -> Iterator[Feature]:
    done = 0
    for done, feature in enumerate(features, start=1):
        yield feature
        if done % 1000 == 0:
            progress("write", done, total)
    progress("write", done, total)


def _digest(path: Path) -> str:
    if path.is_dir():
        return ""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _title(name: str) -> str:
    return name.replace("_", " ").replace("-", " ").strip() or name


def _box(bounds: tuple[float, float, float, float]) -> str:
    return f"({bounds[0]:.6g}, {bounds[1]:.6g}) to ({bounds[2]:.6g}, {bounds[3]:.6g})"


def silent(stage: str, done: int, total: int) -> None:
    """Report to nobody."""
