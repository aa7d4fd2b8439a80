"""Keeping what was harvested: Records under ids that stay the same, with their origin, and the sources themselves."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from csdi.catalogue.document import from_document
from csdi.catalogue.features import CATALOGUE, parts_of, to_feature
from csdi.catalogue.harvest.ckan import read_packages
from csdi.catalogue.harvest.csw import read_csw
from csdi.catalogue.harvest.documents import read_dcat_documents, read_iso_document
from csdi.catalogue.harvest.records import read_records
from csdi.catalogue.harvest.source import Found, Source, Watch
from csdi.catalogue.keeping import bring_in_step
from csdi.catalogue.reading.cleaning import cleaned, plain_text
from csdi.collection import Collection, Kind
from csdi.errors import CollectionMissing, FeatureMissing
from csdi.extent import rfc3339
from csdi.feature import Feature, Field, FieldType, Schema
from csdi.filter import Expression, Items, Literal, Op, Property
from csdi.finding import Finding, Severity
from csdi.outgoing import Outgoing
from csdi.query import Query
from csdi.store.base import Reader, Store, scan

SOURCES = "harvests"
"""Id of the Collection that sources are kept in."""

BATCH = 200
"""Records that are written at once."""
MOST_FINDINGS = 200
_READINGS: Mapping[str, Callable[[Source, Outgoing, Watch], Iterator[Found]]] = {
    "records": read_records, "csw": read_csw, "ckan": read_packages, "dcat": read_dcat_documents, "iso19139": read_iso_document}
_PLAIN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_WORLDWIDE = re.compile(r"^(https?://|urn:|doi:|info:)|[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$", re.IGNORECASE)

Progress = Callable[[str, int, int], None]
"""(stage, done, total); total is 0 when not known."""


@dataclass(slots=True)
class HarvestResult:
    """What a harvest did.

    Attributes:
        refused: descriptions that make no Record; duplicates: those that are in the catalogue already, from elsewhere.
        complete: the source was seen to its end; only then are Records removed that it no longer has.
    """

    source: Source
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    refused: int = 0
    duplicates: int = 0
    complete: bool = True
    seconds: float = 0.0
    findings: list[Finding] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """JSON form, as `csdi records harvest --json` prints it."""
        counts = {name: getattr(self, name) for name in ("added", "changed", "unchanged", "removed", "refused", "duplicates", "complete")}
        return {"source": self.source.id, "url": self.source.url, "kind": self.source.kind, **counts, "seconds": round(self.seconds, 3),
                "findings": [finding.to_dict() for finding in self.findings]}


def harvest(store: Store, source: Source, asker: Outgoing, progress: Progress | None = None) -> HarvestResult:
    """Take in all Records of a source. What was harvested from it before is changed where it changed there, and removed where it went.

    Records are written a few at a time; a harvest that is broken off is taken up by the next one.

    Raises:
        SourceUnavailable, ValueInvalid, PathMissing: the source cannot be read at all; nothing is changed then.
    """
    begin, watch, result, seen = time.perf_counter(), Watch(), HarvestResult(source), set[str]()
    found = _READINGS[source.kind](source, asker, watch)
    batch = list(islice(found, BATCH))
    bring_in_step(store)
    taken = 0
    while batch and taken < source.limit:
        kept = batch[:source.limit - taken]
        _take(store, source, kept, seen, result)
        taken += len(kept)
        if progress:
            progress("harvest", taken, watch.total)
        batch = batch[len(kept):] or list(islice(found, BATCH))
    if batch:
        watch.miss(f"only the first {source.limit} records were taken", source.url, cure="raise the limit")
    result.complete = watch.complete
    result.findings = [*watch.findings, *result.findings][:MOST_FINDINGS]
    if watch.complete:
        result.removed = _remove_others(store, source.id, seen)
    result.seconds = time.perf_counter() - begin
    _remember(store, result)
    return result


def harvest_again(store: Store, id: str, asker: Outgoing, progress: Progress | None = None) -> HarvestResult:
    """Harvest a source as it was harvested before. Raises FeatureMissing when it never was, and as `harvest`."""
    return harvest(store, source(store, id), asker, progress)


def sources(store: Reader) -> list[dict[str, Any]]:
    """What was harvested, by id: {id, url, kind, limit, every, last, result}."""
    try:
        return sorted(({"id": one.id, **one.properties} for one in scan(store, SOURCES)), key=lambda one: str(one["id"]))
    except CollectionMissing:
        return []


def source(store: Reader, id: str) -> Source:
    """A source that was harvested. Raises FeatureMissing."""
    try:
        kept = store.feature(SOURCES, id).properties
    except (CollectionMissing, FeatureMissing):
        raise FeatureMissing(f"there is no source '{id}'", remedy="see:  csdi records sources", source=id) from None
    return Source(id, kept["url"], kept["kind"], kept["limit"], kept.get("every") or 0)


def forget(store: Store, id: str) -> int:
    """Remove a source and the Records that came from it; gives how many. Raises FeatureMissing."""
    source(store, id)
    with store.transaction() as change:
        removed = change.delete(CATALOGUE, filter=_equals("source", id))
        change.delete(SOURCES, ids=[id])
    return removed


def record_id(source: str, identifier: str) -> str:
    """The id of a harvested Record: the same each time.

    >>> record_id("data-gov-hk", "hk-td-roads"), record_id("geo", "urn:x:1")
    ('data-gov-hk:hk-td-roads', 'geo:8a526707155a68753be3')
    """
    plain = identifier if _PLAIN_ID.fullmatch(identifier) else hashlib.sha256(identifier.encode()).hexdigest()[:20]
    return f"{source}:{plain}"


def _take(store: Store, source: Source, batch: list[Found], seen: set[str], result: HarvestResult) -> None:
    """Write what is new or changed of a batch."""
    fresh: dict[str, Found] = {}
    for raw in batch:
        one = Found(plain_text(raw.identifier, 500), raw.parts, plain_text(raw.url, 2000))
        id = record_id(source.id, one.identifier)
        if not one.identifier:
            result.refused += 1
            _tell(result, "record-without-identifier", "a description without an identifier was left out", source.url)
        elif id in seen:
            result.duplicates += 1
            _tell(result, "record-twice", "this identifier came twice; the first counts", one.identifier)
        else:
            seen.add(id)
            fresh[id] = one
    with store.transaction() as change:
        before = _features(store, "recordId", list(fresh))
        elsewhere = _elsewhere(store, source, fresh)
        written = [feature for id, one in fresh.items()
                   if (feature := _judged(source, id, one, before.get(id), elsewhere, result)) is not None]
        change.write(CATALOGUE, written)


def _judged(source: Source, id: str, one: Found, before: Feature | None, elsewhere: Mapping[str, str],
            result: HarvestResult) -> Feature | None:
    """The Feature to write, None where there is nothing to write; counted and told."""
    if before is None and one.identifier in elsewhere:
        result.duplicates += 1
        _tell(result, "record-duplicate", f"already in the catalogue as {elsewhere[one.identifier]}", id)
        return None
    parts, problems = cleaned(one.parts)
    for problem in problems:
        _tell(result, "record-part-left-out", problem, id)
    if not parts.get("title"):
        result.refused += 1
        _tell(result, "record-without-title", "a description without a title was left out", id)
        return None
    after = _feature(source, id, one, parts, before)
    if before is not None and before.properties["digest"] == after.properties["digest"]:
        result.unchanged += 1
        return None
    result.added += before is None
    result.changed += before is not None
    return after


def _feature(source: Source, id: str, one: Found, parts: Mapping[str, Any], before: Feature | None) -> Feature:
    origin = {"source": source.id, "kind": source.kind, "url": one.url or source.url, "identifier": one.identifier,
              "harvested": rfc3339(datetime.now(UTC))}
    base = from_document({**parts, "id": id, "identifier": one.identifier, "origin": origin})
    return to_feature(base, parts_of(before)[1] if before else {})


def _elsewhere(store: Reader, source: Source, fresh: Mapping[str, Found]) -> dict[str, str]:
    """Identifier -> Record of another origin that has it, for identifiers that mean the same everywhere."""
    wanted = [one.identifier for one in fresh.values() if _WORLDWIDE.search(one.identifier)]
    found = _features(store, "externalId", wanted).values()
    return {str(f.properties["externalId"]): f.id for f in found if f.properties.get("source") != source.id}


def _features(store: Reader, name: str, values: list[str]) -> dict[str, Feature]:
    if not values:
        return {}
    wanted = Op("in", (Property(name), Items(tuple(Literal(value) for value in values))))
    return {feature.id: feature for feature in scan(store, CATALOGUE, Query(filter=wanted))}


def _remove_others(store: Store, id: str, seen: set[str]) -> int:
    """Remove Records of a source that it no longer has."""
    kept = scan(store, CATALOGUE, Query(filter=_equals("source", id), fields=("recordId",), geometry=False))
    gone = [feature.id for feature in kept if feature.id not in seen]
    if gone:
        with store.transaction() as change:
            change.delete(CATALOGUE, ids=gone)
    return len(gone)


def _remember(store: Store, result: HarvestResult) -> None:
    kept, told = result.source, result.to_dict()
    properties = {"url": kept.url, "kind": kept.kind, "limit": kept.limit, "every": kept.every_s, "last": rfc3339(datetime.now(UTC)),
                  "result": told}
    with store.transaction() as change:
        try:
            if "every" not in store.collection(SOURCES).schema:
                change.describe(_sources_collection())
        except CollectionMissing:
            change.create(_sources_collection())
        change.write(SOURCES, [Feature(kept.id, None, properties)])


def _sources_collection() -> Collection:
    fields = (Field("url"), Field("kind"), Field("limit", FieldType.INTEGER), Field("last", FieldType.DATETIME),
              Field("result", FieldType.JSON), Field("every", FieldType.INTEGER))
    title = {"en": "Sources of the catalogue", "zh-Hant": "目錄來源", "zh-Hans": "目录来源"}
    return Collection(SOURCES, title, Schema(fields, geometry=""), kind=Kind.SYSTEM, public=False)


def _equals(name: str, value: str) -> Expression:
    return Op("=", (Property(name), Literal(value)))


def _tell(result: HarvestResult, code: str, message: str, subject: str) -> None:
    if len(result.findings) < MOST_FINDINGS:
        severity: Severity = "note" if code == "record-part-left-out" else "warning"
        result.findings.append(Finding(code, severity, plain_text(message, 500), plain_text(subject, 500)))
