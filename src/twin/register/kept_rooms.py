"""Rooms by kept shapes: the space around or beside an element of the same model, whether or not the model has a place on Earth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bim.footprints import Outline, outlines
from bim.rooms import rooms_of
from bim.shapes import Shapes
from csdi.blobs import Blobs
from csdi.errors import BlobMissing, FileBroken, PathMissing
from csdi.feature import Feature
from csdi.store.base import Store


class KeptRooms:
    """Shapes of models as they were kept when these were loaded; those of the model that was asked for last stay in memory."""

    def __init__(self, store: Store, blobs: Blobs) -> None:
        self._store, self._blobs = store, blobs
        self._last: tuple[str, Shapes, Mapping[str, Outline]] = ("", Shapes(), {})

    def of(self, model: str, rows: Iterable[Feature], doors: Iterable[Feature]) -> dict[str, str]:
        """GlobalId of each of these elements of a model that has a room -> that of the space; {} where no shapes are kept.

        Args:
            doors: those of the rows that stand between rooms.
        """
        shapes, spaces = self._read(model)
        if not spaces:
            return {}
        keys = {str(row.properties["global_id"]) for row in rows}
        return rooms_of(outlines(shapes.part(keys)), spaces, {str(row.properties["global_id"]) for row in doors})

    def _read(self, model: str) -> tuple[Shapes, Mapping[str, Outline]]:
        if self._last[0] != model:
            kept = self._store.feature("models", model).properties.get("kept")
            try:
                with self._blobs.folder(str(kept)) as folder:
                    spaces = outlines(Shapes.load(folder / "space-shapes.npz"))
                    self._last = model, Shapes.load(folder / "shapes.npz") if spaces else Shapes(), spaces
            except (BlobMissing, PathMissing, FileBroken):
                self._last = model, Shapes(), {}
        return self._last[1], self._last[2]
