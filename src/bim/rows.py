"""Rows on disk: Features as JSON lines with their geometry as WKB, for handing them from one process to another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import orjson
import shapely

from csdi.errors import FileBroken, PathMissing
from csdi.feature import Feature


def write_rows(path: Path, features: Iterable[Feature]) -> int:
    """Writes one line per Feature; returns how many."""
    count = 0
    with path.open("wb") as file:
        for feature in features:
            wkb = shapely.to_wkb(feature.geometry, hex=True) if feature.geometry is not None else None
            file.write(orjson.dumps([feature.id, wkb, feature.properties]) + b"\n")
            count += 1
    return count


def read_rows(path: Path) -> Iterator[Feature]:
    """The Features that `write_rows` wrote.

    Raises:
        PathMissing: nothing at `path`.
        FileBroken: a line that is no row.
    """
    if not path.exists():
        raise PathMissing(f"{path}: there is no such file", file=str(path))
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                id, wkb, properties = orjson.loads(line)
                geometry = shapely.from_wkb(wkb) if wkb else None
            except (ValueError, shapely.GEOSException) as error:
                raise FileBroken(f"{path}: line {number} is no row: {error}", remedy="load the model again", file=str(path),
                                 line=number) from error
            yield Feature(id, geometry, properties)
