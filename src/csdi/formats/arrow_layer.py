"""Layers that GDAL does not read here, as Arrow tables: what a reader of ours hands over to be published like any other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from csdi.formats.solids import Solids

GEOMETRY = "wkb_geometry"
"""The column of a batch that holds geometries as WKB."""


@dataclass(frozen=True, slots=True)
class ArrowLayer:
    """One layer.

    Attributes:
        crs: code or WKT, "" when the file does not say it.
        geometry: OGC type name in lower case, `geometry` when mixed, "" without geometry.
        schema: of the properties, without geometry.
        count: rows, -1 when not known.
        subtypes: what columns of text hold, as GDAL names it: `OFSTJSON`.
        solids: the triangles of rows that are bodies; None where rows have no geometry but that of the batches.
        levels: columns with the lowest and highest level of a row whose geometry is 2D.
        batches: (columns, size) -> batches with those columns and, where there is geometry, the column `GEOMETRY`; x first.
    """

    name: str
    crs: str
    geometry: str
    schema: pa.Schema
    count: int
    batches: Callable[[Sequence[str], int], Iterator[pa.RecordBatch]]
    subtypes: Mapping[str, str]
    levels: tuple[str, str] | None = None
    solids: Solids | None = None
