"""Versions of a coverage: what is kept of each raster that was published under one id, and which one a time asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from csdi.collection import Collection
from csdi.extent import Interval

VERSIONS = "versions"


def listed(before: Collection | None, after: Collection) -> list[dict[str, Any]]:
    """The versions of a coverage, the latest last, when `after` takes the place of `before`; the same raster again is none.

    Each says what a Collection of it was: `details`, `storage_crs` and `vertical_crs`; its bytes are the blob that those name.
    """
    followed = before is not None and before.kind == after.kind
    kept = [dict(one) for one in before.details.get(VERSIONS, [_entry(before, 1)])] if before is not None and followed else []
    if kept and kept[-1]["details"].get("blob") == after.details.get("blob") and kept[-1]["storage_crs"] == after.storage_crs:
        return kept
    return [*kept, _entry(after, kept[-1]["version"] + 1 if kept else 1)]


def at(collection: Collection, interval: Interval | None) -> Collection | None:
    """The coverage as it was last in an interval; None where it was not there yet. One that was published once has no past."""
    versions = collection.details.get(VERSIONS, [])
    if interval is None or interval.end is None or len(versions) < 2:
        return collection
    held = [one for one in versions if datetime.fromisoformat(one["published"]) <= interval.end]
    if not held:
        return None
    if held[-1] is versions[-1]:
        return collection
    return replace(collection, details=held[-1]["details"], storage_crs=held[-1]["storage_crs"], vertical_crs=held[-1]["vertical_crs"])


def _entry(one: Collection, version: int) -> dict[str, Any]:
    details: Mapping[str, Any] = {name: value for name, value in one.details.items() if name != VERSIONS}
    return {"version": version, "published": one.provenance.get("published", ""), "sha256": one.provenance.get("sha256", ""), "count": 1,
            "began": 1, "ended": int(version > 1), "details": details, "storage_crs": one.storage_crs, "vertical_crs": one.vertical_crs}
