"""Columns of a model as one file, so that they are read from the store once for all processes and not again after a start."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from ogc_api.twin_columns import Facet, ModelColumns, Place

_FORMAT = 2


def packed(columns: ModelColumns) -> bytes:
    """An npz archive: texts as one JSON document, numbers as arrays."""
    texts = {
        "format": _FORMAT, "model": columns.model, "state": columns.state, "version": columns.version, "ids": columns.ids,
        "paths": columns.paths,
        "labels": {name: facet.labels for name, facet in columns.facets.items()},
        "places": [(path, place.id, place.long_name, place.level, place.zones) for path, place in columns.places.items()]}
    arrays: dict[str, NDArray[Any]] = {"texts": np.frombuffer(orjson.dumps(texts), dtype=np.uint8), "path_of": columns.path_of,
                                       "boxes": columns.boxes}
    for name, facet in columns.facets.items():
        arrays[f"{name}.rows"], arrays[f"{name}.codes"] = facet.rows, facet.codes
    out = io.BytesIO()
    np.savez(out, **arrays)  # type: ignore[arg-type]
    return out.getvalue()


def unpacked(data: bytes) -> ModelColumns:
    """The columns of `packed`. Raises ValueError for anything else."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as found:
            texts = orjson.loads(found["texts"].tobytes())
            if texts["format"] != _FORMAT:
                raise ValueError(f"columns of format {texts['format']}")
            facets = {name: Facet(labels, found[f"{name}.rows"], found[f"{name}.codes"]) for name, labels in texts["labels"].items()}
            places = {_path(path): Place(id, long_name, level, tuple(zones)) for path, id, long_name, level, zones in texts["places"]}
            return ModelColumns(texts["model"], texts["state"], texts["ids"], facets, [_path(path) for path in texts["paths"]],
                                found["path_of"], places, found["boxes"], texts["version"])
    except (KeyError, TypeError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"not the columns of a model: {error}") from error


def _path(steps: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((ifc_class, name) for ifc_class, name in steps)
