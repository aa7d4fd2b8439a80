"""The whole sample site on disk: building models, layers, rasters and a manifest that says what each file holds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sample_models.gis_aprons import jetways, stands
from sample_models.gis_assets import assets
from sample_models.gis_buildings import buildings
from sample_models.gis_earthworks import finished, taxiway_point
from sample_models.gis_files import GRID, Layer, Names, write_layer
from sample_models.gis_footpaths import footpaths
from sample_models.gis_ground import AIRFIELD, AREA
from sample_models.gis_land import districts, lots
from sample_models.gis_limits import height_limits
from sample_models.gis_rasters import image_cell_m, terrain_cell_m, write_image, write_terrain
from sample_models.gis_roads import roads
from sample_models.gis_runways import bands, runway_strips, runways, taxiways
from sample_models.gis_utilities import manholes, utilities
from sample_models.ifc_files import ModelFile, write_model_files
from sample_models.ifc_works import write_submissions
from sample_models.layout import Layout

Progress = Callable[[str, float], None]
"""Called with the file being made and the share of the whole that is done, 0 to 1."""

LICENCE = "Apache-2.0"
MANIFEST = "manifest.json"
SUBMISSIONS = "submissions"
"""Folder of the models that are handed in for checking; they are no part of the site and not in its manifest."""
SITE_NAME = Names("Sample airport", "示範機場", "示范机场")


@dataclass(frozen=True, slots=True)
class SiteFile:
    """One file of the site, as the manifest lists it.

    Attributes:
        id: collection or model id.
        kind: `vector`, `raster` or `model`.
        crs: CRS of the coordinates in the file.
        vertical_crs: CRS of the heights it states, empty when it states none.
        count: features of a layer, elements of a model, 1 for a raster.
    """

    id: str
    kind: str
    file: str
    title: Names
    description: str
    keywords: tuple[str, ...]
    crs: str
    vertical_crs: str
    count: int
    licence: str = LICENCE


@dataclass(frozen=True, slots=True)
class SiteFiles:
    """A written site: `files` in the order in which they are best loaded."""

    folder: Path
    scale: float
    files: tuple[SiteFile, ...]

    @property
    def submissions(self) -> list[Path]:
        """The models beside the site that are handed in for checking."""
        return sorted((self.folder / SUBMISSIONS).glob("*.ifc"))

    @property
    def manifest(self) -> Path:
        """Path of the manifest."""
        return self.folder / MANIFEST

    def path(self, file_id: str) -> Path:
        """Path of the file with this id."""
        return self.folder / next(row.file for row in self.files if row.id == file_id)


class KnownPoint(NamedTuple):
    """A place whose position is known by construction: easting, northing (EPSG:2326) and height (mPD), metres."""

    name: str
    easting: float
    northing: float
    height_mpd: float


def write_site(folder: Path, scale: float = 1.0, progress: Progress | None = None) -> SiteFiles:
    """Write every file of the site at `scale`, and the submissions, into `folder` (made if absent), the same bytes each time.

    Raises:
        ValueInvalid: `scale` is out of range.
    """
    say = progress or _say_nothing
    share = 0.9 / max(1.0, scale)  # above scale 1 only the models take longer
    ground = _ground(folder, scale, _part(say, 0.0, share))
    models = write_model_files(folder, scale, _part(say, share, 1.0))
    write_submissions(folder / SUBMISSIONS, scale)
    return _with_manifest(folder, scale, [*ground, *(_model_row(model) for model in models)])


def write_layers(folder: Path, scale: float = 1.0, progress: Progress | None = None) -> SiteFiles:
    """The layers and rasters alone, without the building models; otherwise as `write_site`.

    Raises:
        ValueInvalid: `scale` is out of range.
    """
    return _with_manifest(folder, scale, _ground(folder, scale, progress or _say_nothing))


def read_site(folder: Path) -> SiteFiles:
    """The site that `write_site` left in `folder`, from its manifest."""
    text = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return SiteFiles(folder, float(text["scale"]), tuple(_from_row(row) for row in text["files"]))


def known_points(scale: float = 1.0) -> tuple[KnownPoint, ...]:
    """Check positions of the site at `scale`: thresholds, corners of the terminal, a stand, a pipe and hills."""
    layout = Layout(scale)
    plan = [(f"THR {name}", *point) for band in bands(layout) for name, point in _thresholds(band)]
    plan += [(f"terminal corner {i}", *point) for i, point in enumerate(layout.footprint, start=1)]
    plan += [("terminal origin", *layout.terminal_origin), ("aerodrome reference point", AIRFIELD.east, AIRFIELD.north)]
    plan += [("southern hill", 808_200.0, 815_000.0), ("western waters", 805_400.0, 817_400.0)]
    middle = sum(layout.BRIDGE_STATION_M) / 2
    bridge = KnownPoint("taxiway bridge, middle of the deck", *taxiway_point(layout, middle))
    first = utilities(layout).shapes[0].coords[0]
    ground = finished(*np.array([(east, north) for _, east, north in plan]).T)
    points = [KnownPoint(name, e, n, float(h)) for (name, e, n), h in zip(plan, ground, strict=True)]
    return (*points, bridge, KnownPoint("start of the first pipe", *first))


def _say_nothing(_name: str, _share: float) -> None:
    pass


def _thresholds(band: Any) -> Iterator[tuple[str, tuple[float, float]]]:
    return zip(band.runway.designators, band.runway.thresholds, strict=True)


def _part(say: Progress, start: float, end: float) -> Progress:
    """`say` for a stage that takes the share of the whole from `start` to `end`."""
    return lambda name, share: say(name, start + (end - start) * share)


def _ground(folder: Path, scale: float, say: Progress) -> list[SiteFile]:
    """Rasters first, so that a map has its ground while the rest loads; then the layers."""
    layout = Layout(scale)
    folder.mkdir(parents=True, exist_ok=True)
    return [*_rasters(folder, layout, _part(say, 0.0, 0.85)), *_layers(folder, layout, _part(say, 0.85, 1.0))]


def _layers(folder: Path, layout: Layout, say: Progress) -> Iterator[SiteFile]:
    makers: tuple[Callable[[Layout], Layer], ...] = (
        districts, lots, buildings, roads, footpaths, runways, runway_strips, taxiways, height_limits, utilities, manholes,
        stands, jetways, assets,
    )  # fmt: skip
    for index, make in enumerate(makers):
        layer = make(layout)
        say(layer.file, index / len(makers))
        write_layer(layer, folder)
        vertical = "EPSG:5738" if layer.heights == "HKPD" else ""
        yield SiteFile(
            layer.id, "vector", layer.file, layer.title, layer.description, layer.keywords, layer.crs, vertical, len(layer)
        )


def _rasters(folder: Path, layout: Layout, say: Progress) -> Iterator[SiteFile]:
    say("terrain.tif", 0.0)
    write_terrain(layout, folder / "terrain.tif")
    yield SiteFile(
        "terrain", "raster", "terrain.tif", Names("Terrain", "地形", "地形"),
        f"Ground heights in mPD, {terrain_cell_m(layout.scale):g} m cells, sea 0. Computed, not surveyed.",
        ("terrain", "DTM", "elevation", "地形"), GRID, "EPSG:5738", 1,
    )  # fmt: skip
    write_image(layout, folder / "aerial.tif", lambda share: say("aerial.tif", 0.1 + 0.9 * share))
    yield SiteFile(
        "aerial", "raster", "aerial.tif", Names("Aerial image", "航空影像", "航空影像"),
        f"The site from above, {image_cell_m(layout.scale):g} m pixels, painted from the layers. Not a photograph.",
        ("imagery", "orthophoto", "航空影像"), GRID, "", 1,
    )  # fmt: skip


def _model_row(model: ModelFile) -> SiteFile:
    return SiteFile(
        model.id, "model", model.path.name, Names(*model.title),
        f"{model.schema} building model: {model.elements} elements, {model.spaces} spaces, {model.storeys} storeys.",
        ("BIM", "IFC", model.schema, "建築信息模型"), GRID, "EPSG:5738", model.elements,
    )  # fmt: skip


def _with_manifest(folder: Path, scale: float, files: list[SiteFile]) -> SiteFiles:
    site = SiteFiles(folder, scale, tuple(files))
    site.manifest.write_text(_manifest(site), encoding="utf-8")
    return site


def _manifest(site: SiteFiles) -> str:
    west, south, east, north = AREA
    text = {
        "site": {"name": _languages(SITE_NAME), "crs": GRID, "vertical_crs": "EPSG:5738", "bbox": [west, south, east, north]},
        "scale": site.scale,
        "files": [_to_row(row, site.folder) for row in site.files],
        "known_points": [point._asdict() for point in known_points(site.scale)],
    }
    return json.dumps(text, ensure_ascii=False, indent=1) + "\n"


def _languages(names: Names) -> dict[str, str]:
    return {"en": names.en, "zh-Hant": names.zh_hant, "zh-Hans": names.zh_hans}


def _to_row(file: SiteFile, folder: Path) -> dict[str, Any]:
    path = folder / file.file
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return {**asdict(file), "title": _languages(file.title), "size": path.stat().st_size, "sha256": digest}


def _from_row(row: dict[str, Any]) -> SiteFile:
    kept = {key: value for key, value in row.items() if key not in ("size", "sha256", "title", "keywords")}
    title = row["title"]
    return SiteFile(**kept, title=Names(title["en"], title["zh-Hant"], title["zh-Hans"]), keywords=tuple(row["keywords"]))
