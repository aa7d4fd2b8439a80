"""Rooms by kept shapes: the space around or beside an element of the same model, whether or not the model has a place on Earth."""

from __future__ import annotations

from collections.abc import Mapping, Set

from bim.footprints import Outline, outlines
from bim.rooms import rooms_of
from bim.shapes import Shapes
from csdi.blobs import Blobs
from csdi.errors import BlobMissing, FileBroken, PathMissing
from csdi.store.base import Store


class KeptRooms:
    """Shapes of models as they were kept when these were loaded; those of the model that was asked for last stay in memory.

    Safe to share between threads.
    """

    def __init__(self, store: Store, blobs: Blobs) -> None:
        self._store, self._blobs = store, blobs
        self._last: tuple[str, Shapes, Mapping[str, Outline]] = ("", Shapes(), {})

    def of(self, model: str, keys: Set[str], doors: Set[str] = frozenset()) -> dict[str, str]:
        """GlobalId of each of these elements of a model that has a room -> that of the space; {} where no shapes are kept.

        Args:
            keys: GlobalIds; `doors` are those of them that stand between rooms.
        """
        shapes, spaces = self._read(model)
        if not spaces:
            return {}
        return rooms_of(outlines(shapes.part(keys)), spaces, doors)

    def _read(self, model: str) -> tuple[Shapes, Mapping[str, Outline]]:
        last = self._last
        if last[0] != model:
            kept = self._store.feature("models", model).properties.get("kept")
            try:
                with self._blobs.folder(str(kept)) as folder:
                    spaces = outlines(Shapes.load(folder / "space-shapes.npz"))
                    last = model, Shapes.load(folder / "shapes.npz") if spaces else Shapes(), spaces
            except (BlobMissing, PathMissing, FileBroken):
                last = model, Shapes(), {}
            self._last = last
        return last[1], last[2]
