"""Writing the chosen part of a model as a file of one of the formats."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from bim.georeference import HK_GRID, Georeference
from bim.receive import Limits, received
from bim.scan import scan
from bim.subset import subset
from csdi.bootstrap import Services
from csdi.crs import transform
from csdi.errors import PathMissing, ValueInvalid
from csdi.feature import Feature
from csdi.formats.write import Layer, write_csv, write_geopackage
from twin.export.bodies import Bodies, bodies, glb
from twin.export.cityjson import cityjson
from twin.export.selection import Selection, collections

Rows = dict[str, list[Feature]]
_STORED_IN = "OGC:CRS84"


@dataclass(frozen=True, slots=True)
class Exported:
    """A written file.

    Attributes:
        counts: rows by Collection.
        crs: of its coordinates, "" where the model has no place.
    """

    path: Path
    format: str
    bytes: int
    counts: Mapping[str, int]
    crs: str

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"file": str(self.path), "format": self.format, "bytes": self.bytes, "counts": dict(self.counts), "crs": self.crs}


def export_model(services: Services, selection: Selection, format: str, path: Path) -> Exported:
    """Writes the chosen part of a model; the file appears whole or not at all.

    Raises:
        FeatureMissing: no such model.
        ValueInvalid: an unknown format, or nothing chosen.
        FilterInvalid, PropertyUnknown: a filter that cannot be asked.
        PathMissing: the folder of `path` does not exist.
    """
    if format not in FORMATS:
        raise ValueInvalid(f"the format {format} is not known", field="format", value=format, remedy=f"one of {', '.join(FORMATS)}")
    if not path.parent.is_dir():
        raise PathMissing(f"{path.parent}: there is no such folder", remedy="make it first", file=str(path.parent))
    rows = selection.rows(services.store)
    job = _Job(services, selection, rows, services.store.feature("models", selection.model).properties)
    with tempfile.TemporaryDirectory(prefix="csdi-export-", dir=path.parent) as folder:
        written = Path(folder) / f"export{path.suffix or '.' + format}"
        FORMATS[format](job, written)
        written.replace(path)
    return Exported(path, format, path.stat().st_size, {name: len(features) for name, features in rows.items() if features}, job.crs)


@dataclass(frozen=True, slots=True)
class _Job:
    """What every format is made from."""

    services: Services
    selection: Selection
    rows: Rows
    model: Mapping[str, Any]

    @property
    def place(self) -> Georeference:
        return Georeference.read(self.model["georeference"])

    @property
    def crs(self) -> str:
        """HK1980 Grid in Hong Kong, elsewhere the model's own; "" where the model has no place."""
        place = self.place
        return place.crs if place.placed else ""

    @property
    def keys(self) -> set[str]:
        """GlobalIds of the chosen products."""
        return {f.properties["global_id"] for name in ("elements", "spaces") for f in self.rows[name]}

    def move(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 2) stored coordinates, longitude first, in the CRS of the export, x first."""
        return transform(_STORED_IN, self.crs or HK_GRID).points(points)

    @contextmanager
    def part(self) -> Iterator[Path]:
        """The chosen part as an IFC file, for the time of the context."""
        limits = Limits(bytes=self.services.settings.upload_limit_mb << 20)
        suffix = Path(str(self.model["file"])).suffix.lower()
        with self.services.blobs.file(str(self.model["sha256"]), suffix) as stored, received(stored, limits) as plain, \
                tempfile.TemporaryDirectory(prefix="csdi-part-") as folder:
            path = Path(folder) / "part.ifc"
            text = plain.read_bytes()
            path.write_bytes(text if self.selection.whole else subset(text, scan(plain).schema, self.keys))
            yield path

    def bodies(self) -> Bodies:
        """The shapes of the chosen products where the model lies."""
        with self.part() as path:
            return bodies(path, self.selection.model, self.keys, self.place)


def _ifc(job: _Job, path: Path) -> None:
    with job.part() as part:
        path.write_bytes(part.read_bytes())


def _geopackage(job: _Job, path: Path) -> None:
    write_geopackage(path, _layers(job), job.crs or HK_GRID, job.move)


def _csv(job: _Job, path: Path) -> None:
    """Elements and spaces in one table, with the fields of both."""
    parts = [collections()[name] for name in ("elements", "spaces")]
    fields = {field.name: field for collection in parts for field in collection.schema}
    features = [*job.rows["elements"], *job.rows["spaces"]]
    write_csv(path, Layer("elements", "Elements and spaces", list(fields.values()), features), job.move)


def _cityjson(job: _Job, path: Path) -> None:
    path.write_bytes(orjson.dumps(cityjson(job.bodies(), job.rows, str(job.model["name"]))))


def _glb(job: _Job, path: Path) -> None:
    data, _ = glb(job.bodies(), [*job.rows["elements"], *job.rows["spaces"]])
    path.write_bytes(data)


def _layers(job: _Job) -> list[Layer]:
    return [Layer(name, collection.title["en"], list(collection.schema), job.rows[name])
            for name, collection in collections().items() if job.rows[name]]


FORMATS: Mapping[str, Callable[[_Job, Path], None]] = {
    "ifc": _ifc, "gpkg": _geopackage, "csv": _csv, "cityjson": _cityjson, "glb": _glb,
}
"""Format -> what writes it."""
