"""Writing the chosen part of a model as a file of one of the formats."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from bim.georeference import HK_GRID, Georeference
from bim.intake import Intake
from bim.receive import Limits, received
from bim.scan import scan
from bim.subset import subset
from csdi.bootstrap import Services
from csdi.crs import transform
from csdi.errors import BlobMissing, FileBroken, PathMissing, ValueInvalid
from csdi.feature import Feature
from csdi.formats.write import Layer, write_csv, write_geopackage
from twin.export.bodies import Bodies, bodies, glb, placed_bodies
from twin.export.cityjson import cityjson
from twin.export.imdf import write_imdf
from twin.export.named_gltf import named_glb
from twin.export.selection import Selection, collections
from twin.export.sequence import sequence

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
        """The shapes of the chosen products where the model lies: those that were kept, else made anew from its file."""
        try:
            return kept_bodies(self.services, self.selection.model, self.keys)
        except (BlobMissing, PathMissing, FileBroken):
            with self.part() as path:
                return bodies(path, self.selection.model, self.keys, self.place)


def kept_bodies(services: Services, model: str, keys: Iterable[str]) -> Bodies:
    """Shapes of products as they were kept when the model was loaded. Raises FeatureMissing, BlobMissing, PathMissing, FileBroken."""
    row = services.store.feature("models", model).properties
    if not row.get("kept"):
        raise BlobMissing(f"of '{model}' no shapes are kept", remedy="load the model again", key=model)
    with services.blobs.folder(str(row["kept"])) as folder:
        return placed_bodies(Intake.load(folder), keys, Georeference.read(row["georeference"]))


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


def _cityjsonseq(job: _Job, path: Path) -> None:
    with path.open("wb") as file:
        file.writelines(sequence(cityjson(job.bodies(), job.rows, str(job.model["name"]))))


def _glb(job: _Job, path: Path) -> None:
    data, _ = glb(job.bodies(), [*job.rows["elements"], *job.rows["spaces"]])
    path.write_bytes(data)


def _gltf(job: _Job, path: Path) -> None:
    path.write_bytes(named_glb(job.bodies(), [*job.rows["elements"], *job.rows["spaces"]], job.selection.frame, job.services.heights))


def _geojson(job: _Job, path: Path) -> None:
    """Elements and spaces, CRS84, one after the other."""
    with path.open("wb") as file:
        file.write(b'{"type":"FeatureCollection","features":[')
        for number, one in enumerate((*job.rows["elements"], *job.rows["spaces"])):
            shape = None if one.geometry is None else orjson.Fragment(shapely.to_geojson(one.geometry))
            told = {"type": "Feature", "id": one.id, "geometry": shape, "properties": dict(one.properties)}
            file.write((b"," if number else b"") + orjson.dumps(told, default=str))
        file.write(b"]}")


def _imdf(job: _Job, path: Path) -> None:
    """The whole model: an indoor map has no parts."""
    if not job.selection.whole:
        raise ValueInvalid("an indoor map is made of whole models", field="format", value="imdf",
                           remedy="leave storeys, classes and filters out")
    write_imdf(job.services, [job.selection.model], path)


def _layers(job: _Job) -> list[Layer]:
    return [Layer(name, collection.title["en"], list(collection.schema), job.rows[name])
            for name, collection in collections().items() if job.rows[name]]


FORMATS: Mapping[str, Callable[[_Job, Path], None]] = {
    "ifc": _ifc, "gpkg": _geopackage, "csv": _csv, "cityjson": _cityjson, "cityjsonseq": _cityjsonseq, "glb": _glb,
    "gltf": _gltf, "geojson": _geojson, "imdf": _imdf,
}
"""Format -> what writes it."""
