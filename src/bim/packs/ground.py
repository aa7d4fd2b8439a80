"""The ground of a site: its published Collections, or files beside the model, on HK1980 Grid and in mPD."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import shapely
from numpy.typing import NDArray

from csdi.blobs import Blobs
from csdi.collection import Collection
from csdi.coverages.coverage import HKPD, Coverage, RangeField, open_coverage
from csdi.coverages.sampling import at_points
from csdi.crs import CRS, HK80, HK80_HKPD, Transform, compound, crs, transform
from csdi.errors import CollectionMissing, OutsideAreaOfUse, ValueInvalid
from csdi.extent import BBox
from csdi.feature import Feature
from csdi.layers import LayerOptions, add_layers
from csdi.query import Query
from csdi.store.base import Reader, scan
from csdi.store.memory import MemoryStore

Floats = NDArray[np.float64]
Permit = Callable[[Collection], bool]


class StoreGround:
    """The layers of a site as they are published. Safe to use from many threads."""

    def __init__(self, reader: Reader, blobs: Blobs, permit: Permit = lambda _: True) -> None:
        """`permit` says which Collections may be seen; the others count as missing."""
        self._reader, self._blobs, self._permit = reader, blobs, permit

    def layer(self, id: str, box: BBox | None = None, /) -> Sequence[Feature] | None:
        """See `Ground.layer`; heights above an unknown datum are left out, so that none is taken for mPD."""
        collection = self._collection(id)
        if collection is None:
            return None
        way, solid = _way(collection)
        return [_carried(row, way, solid) for row in scan(self._reader, id, Query(bbox=box)) if row.geometry is not None]

    def heights(self, id: str, places: Floats, /) -> Floats | None:
        """See `Ground.heights`.

        Raises:
            ValueInvalid: the Collection has no heights above a known datum.
            NotFound: it is no raster.
        """
        collection = self._collection(id)
        if collection is None:
            return None
        with open_coverage(self._blobs, collection) as coverage:
            field = _elevation(coverage)
            return _levels(coverage, field, np.asarray(places, dtype=np.float64)[:, :2])

    def _collection(self, id: str) -> Collection | None:
        try:
            found = self._reader.collection(id)
        except CollectionMissing:
            return None
        return found if self._permit(found) else None


@contextmanager
def file_ground(layers: Iterable[tuple[str, Path]]) -> Iterator[StoreGround]:
    """Files as the ground of a site, for a `with` block: every vector and raster format that layers are published from.

    Args:
        layers: (id, file); with id "" a file's layers are named after the file and themselves.

    Raises:
        CsdiError: a layer cannot be read; the error that publishing it would give.
    """
    store = MemoryStore()
    with TemporaryDirectory(prefix="csdi-ground-") as folder:
        blobs = Blobs(Path(folder).as_uri())
        for id, file in layers:
            for result in add_layers(store, blobs, file, LayerOptions(id=id)):
                if result.error is not None:
                    raise result.error
        yield StoreGround(store, blobs)


def _way(collection: Collection) -> tuple[Transform, bool]:
    """From the CRS of a Collection to the grid, and whether its heights come along."""
    source = crs(collection.storage_crs)
    datum = source.vertical or collection.vertical_crs
    if not datum:
        return transform(source.horizontal, HK80), False
    return transform(source if source.vertical else compound(source.horizontal, crs(datum)), HK80_HKPD), True


def _carried(row: Feature, way: Transform, solid: bool) -> Feature:
    shape = row.geometry if solid and shapely.has_z(row.geometry) else shapely.force_2d(row.geometry)
    assert shape is not None
    return Feature(row.id, way.geometry(shape), row.properties)


def _elevation(coverage: Coverage) -> RangeField:
    for field in coverage.fields:
        if field.datum:
            return field
    raise ValueInvalid(f"'{coverage.collection.id}' has no heights above a known datum", field="terrain", value=coverage.collection.id,
                       remedy="name a terrain model with its height datum, such as EPSG:5738")


def _levels(coverage: Coverage, field: RangeField, places: Floats) -> Floats:
    """Heights in mPD at places of the grid."""
    found = np.full(len(places), np.nan)
    try:
        xy = transform(HK80, coverage.crs).points(places)
    except OutsideAreaOfUse:
        return found
    levels = at_points(coverage, xy, [field])[0]
    known = np.isfinite(levels)
    found[known] = levels[known]
    if field.datum != HKPD and known.any():
        source: CRS = compound(coverage.crs, crs(field.datum))
        found[known] = transform(source, HK80_HKPD).points(np.column_stack([xy[known], levels[known]]))[:, 2]
    return found
