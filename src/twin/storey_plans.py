"""Storey plans of a model from version to version: drawn beside its tiles, published with its rows."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from bim.intake import Intake
from bim.plans import STOREY_PLANS, storey_plans
from bim.rows import read_rows, write_rows
from csdi.blobs import Blobs
from csdi.bootstrap import Services
from csdi.errors import CsdiError
from csdi.feature import Feature
from csdi.store.base import Transaction
from twin.versions import Delta, Succession, same_row

_FORMAT = 1
"""Raised when the same shapes are to give other plans: then none of the old ones is taken over."""


def draw_plans(blobs: Blobs, read: Intake, place: str, kept: str | None) -> tuple[int, int]:
    """Draws the plans of a model and keeps them beside its intake; returns how many things are in them, and how many were taken over.

    Args:
        place: folder of the intake in the blobs.
        kept: that of the version before; what is as it was is taken from its plans where no storey has changed.
    """
    name = f"plans-{_basis(read)}.jsonl"
    before = _rows(blobs, f"{kept}/{name}") if kept and read.touched is not None else None
    if before is None:
        rows = storey_plans(read.tables, read.shapes, read.georeference, read.model)
        stay: list[Feature] = []
    else:
        touched = read.touched or frozenset()
        present = {row.id for part in (read.tables.elements, read.tables.spaces) for row in part
                   if row.properties["global_id"] not in touched}
        stay = [row for row in before if row.properties["element"] in present]
        rows = [*stay, *storey_plans(read.tables, read.shapes, read.georeference, read.model, touched)]
    with tempfile.TemporaryDirectory(prefix="csdi-plans-") as folder:
        path = Path(folder) / name
        write_rows(path, rows)
        blobs.put_named(f"{place}/{name}", path, replace=True)
    return len(rows), len(stay)


def publish_plans(services: Services, change: Transaction, succession: Succession, place: str) -> None:
    """Writes the plans that `draw_plans` kept; those that are as in the version before stay untouched."""
    rows = _kept(services.blobs, place) or []
    old = str((succession.old or {}).get("kept") or "")
    before = _kept(services.blobs, old) if old else None
    succession.write(services.store, change, STOREY_PLANS, rows, _delta(old, before, rows) if before is not None else None)


def _delta(base: str, before: list[Feature], rows: list[Feature]) -> Delta:
    known = {row.id: row for row in before}
    begun = frozenset(row.id for row in rows if not same_row(known.get(row.id), row))
    return Delta(base, {STOREY_PLANS: begun}, {STOREY_PLANS: frozenset(known.keys() - {row.id for row in rows})})


def _basis(read: Intake) -> str:
    """Equal for versions whose storeys and place are the same."""
    storeys: list[Mapping[str, Any]] = [row.properties for row in read.tables.storeys]
    told = [_FORMAT, read.georeference.crs, read.georeference.vertical_crs,
            sorted([p["global_id"], p["elevation"], p["building"], p["name"], p["storey_name"]] for p in storeys)]
    return hashlib.blake2b(orjson.dumps(told) + np.asarray(read.georeference.affine, "<f8").tobytes(), digest_size=12).hexdigest()


def _kept(blobs: Blobs, place: str) -> list[Feature] | None:
    """The plans in a folder; None where none were drawn."""
    name = next((name for name in blobs.names(place) if name.startswith(f"{place}/plans-")), None)
    return _rows(blobs, name) if name else None


def _rows(blobs: Blobs, name: str) -> list[Feature] | None:
    with suppress(CsdiError), blobs.file(name) as path:
        return list(read_rows(path))
    return None
