"""Samples of a pack: models that a rule passes, fails, or says nothing of, and the layers that lie around them.

A sample is an IFC file in the pack's folder `samples`, or an entry of `samples/edits.yaml` that makes one from another:

```yaml
no-crs.ifc: {from: good.ifc, replace: {"'EPSG:2326'": "'EPSG:3857'"}, drop: [IFCMAPCONVERSION]}
```

`replace` puts one text for another, wherever it stands; `drop` leaves out the lines in which a text stands. Layers are GeoJSON in
`samples/layers`, coordinates HK1980 Grid east and north and, with a third, mPD, metres. `samples/neighbours.yaml` lists the samples
that stand there as models that were accepted before.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from bim.packs.reading import read_yaml
from csdi.errors import FileBroken, PathMissing, ValueInvalid
from csdi.extent import BBox
from csdi.feature import Feature

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,80}\.(?:ifc|ifczip)")
_LAYER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,80}")
_DEEP = 8


@dataclass(frozen=True, slots=True)
class Edit:
    """How a sample differs from another: texts put for others, and texts whose lines are left out."""

    source: str
    replace: Mapping[str, str]
    drop: tuple[str, ...]

    def of(self, text: str, name: str) -> str:
        """The edited file.

        Raises:
            ValueInvalid: what is to be replaced or left out is not there.
        """
        for old, new in self.replace.items():
            text = _present(text, old, name).replace(old, new)
        for part in self.drop:
            text = "".join(line for line in _present(text, part, name).splitlines(keepends=True) if part not in line)
        return text


class Samples:
    """The samples of the pack in this folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "samples"
        self.edits: Mapping[str, Edit] = _edits(self._folder / "edits.yaml")
        self.ground = SampleGround(self._folder / "layers")
        listed = self._folder / "neighbours.yaml"
        self.neighbours: tuple[str, ...] = tuple(map(str, read_yaml(listed) or ())) if listed.is_file() else ()

    def write(self, name: str, target: Path) -> Path:
        """Writes the sample into the folder `target` and gives its path.

        Raises:
            PathMissing: there is no such sample.
            ValueInvalid: its name is none of a file in the folder, or it cannot be made from what it is to be made from.
        """
        path = target / name
        path.write_bytes(self._bytes(name))
        return path

    def _bytes(self, name: str, deep: int = 0) -> bytes:
        if not _NAME.fullmatch(name):
            raise ValueInvalid(f"sample '{name}': no name of a sample", field="tests", value=name,
                               remedy="letters, digits, - and _, then .ifc; it lies in the pack's folder samples")
        file = self._folder / name
        if file.is_file() and not file.is_symlink():
            return file.read_bytes()
        edit = self.edits.get(name)
        if edit is None or deep > _DEEP:
            raise PathMissing(f"there is no sample '{name}'", remedy="put it into samples, or into samples/edits.yaml", file=str(file))
        return edit.of(self._bytes(edit.source, deep + 1).decode("utf-8", "surrogateescape"), name).encode("utf-8", "surrogateescape")


class SampleGround:
    """Layers as GeoJSON files; a terrain is a layer of points with heights."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def layer(self, id: str, box: BBox | None = None, /) -> Sequence[Feature] | None:
        """The features of `<id>.geojson`, in HK1980 Grid; None where there is no such file.

        Raises:
            FileBroken: it is no GeoJSON.
        """
        file = self._folder / f"{id}.geojson"
        if not _LAYER.fullmatch(id) or not file.is_file():
            return None
        try:
            given = json.loads(file.read_text(encoding="utf-8"))["features"]
            found = [Feature(str(one.get("id", at)), shapely.from_geojson(json.dumps(one["geometry"])), dict(one["properties"] or {}))
                     for at, one in enumerate(given)]
        except (ValueError, KeyError, TypeError, shapely.GEOSException) as error:
            raise FileBroken(f"{file}: no GeoJSON: {error}", remedy="a FeatureCollection", file=str(file)) from error
        if box is None:
            return found
        area = shapely.box(box.minx, box.miny, box.maxx, box.maxy)
        return [one for one in found if one.geometry is not None and one.geometry.intersects(area)]

    def heights(self, id: str, places: NDArray[np.float64], /) -> NDArray[np.float64] | None:
        """Heights (n,) mPD at places (n, 2) east, north: those of the nearest point (Point Z) of the layer; None without such a layer."""
        points = [one.geometry for one in self.layer(id) or () if isinstance(one.geometry, shapely.Point)]
        if not points:
            return None
        known = shapely.get_coordinates(points, include_z=True)
        nearest = np.argmin(np.linalg.norm(places[:, None, :2] - known[None, :, :2], axis=2), axis=1)
        return np.asarray(known[nearest, 2], dtype=np.float64)


def _present(text: str, part: str, name: str) -> str:
    if not part or part not in text:
        raise ValueInvalid(f"sample '{name}': '{part[:80]}' is not in the file that it is made from", field="edits.yaml", value=part[:80])
    return text


def _edits(file: Path) -> dict[str, Edit]:
    if not file.is_file():
        return {}
    given = read_yaml(file)
    if not isinstance(given, Mapping) or not all(isinstance(one, Mapping) and one.get("from") for one in given.values()):
        raise ValueInvalid(f"{file}: each sample needs 'from'", field="from", remedy="NAME.ifc: {from: good.ifc, replace: {OLD: NEW}}")
    return {str(name): _edit(one, file) for name, one in given.items()}


def _edit(given: Mapping[str, Any], file: Path) -> Edit:
    replace, drop = given.get("replace") or {}, given.get("drop") or ()
    if set(given) - {"from", "replace", "drop"} or not isinstance(replace, Mapping) or isinstance(drop, str):
        raise ValueInvalid(f"{file}: an edit has 'from', 'replace' (a mapping of texts) and 'drop' (a list of texts)", field="edits.yaml")
    return Edit(str(given["from"]), {str(old): str(new) for old, new in replace.items()}, tuple(map(str, drop)))
