"""The ground of a site with the models that stand on it: what a submitted model is held against."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from bim.clash import Member
from bim.intake import Intake
from bim.packs.ground import StoreGround
from csdi.blobs import Blobs
from csdi.collection import Collection
from csdi.errors import CollectionMissing, CsdiError
from csdi.extent import BBox
from csdi.query import Query
from csdi.store.base import Reader, scan


class SiteGround(StoreGround):
    """Layers of a site, its accepted models, and the other models of the same submission."""

    def __init__(self, reader: Reader, blobs: Blobs, permit: Callable[[Collection], bool], besides: frozenset[str] = frozenset(),
                 others: Sequence[tuple[str, str]] = ()) -> None:
        """Args:
            besides: accepted models that do not count, such as the one that is being replaced.
            others: (name, folder in the blobs) of what was read of the other models of the submission.
        """
        super().__init__(reader, blobs, permit)
        self._store, self._kept, self._besides, self._others = reader, blobs, besides, tuple(others)

    def neighbours(self, box: BBox, /) -> Sequence[Member]:
        """Accepted models with something inside a box (HK1980 Grid), and the submission's others; those that were not kept are left out."""
        return [*self._accepted(box), *(one for name, place in self._others if (one := self._member(name, place)) is not None)]

    def _accepted(self, box: BBox) -> Iterator[Member]:
        try:
            rows = list(scan(self._store, "models", Query(bbox=box)))
        except CollectionMissing:
            return
        for row in rows:
            place = row.properties.get("kept")
            if row.id not in self._besides and place and (one := self._member(row.id, str(place))) is not None:
                yield one

    def _member(self, name: str, place: str) -> Member | None:
        try:
            with self._kept.folder(place) as folder:
                read = Intake.load(folder)
        except CsdiError:
            return None
        return Member.of(name, read.shapes, read.tables.elements, read.georeference)
