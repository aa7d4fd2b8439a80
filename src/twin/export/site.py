"""The site as one CityJSON: building models, the buildings around them as solids, and the ground; HK1980 Grid and mPD."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from csdi.access import Action, Principal, may
from csdi.bootstrap import Services
from csdi.crs import transform
from csdi.errors import ValueInvalid
from csdi.extent import BBox
from csdi.store.base import has_collection, scan
from twin.city import City, is_city, replaced
from twin.city.solids import faces
from twin.city.structures import Structure
from twin.elevation import Terrain, terrain_of
from twin.export.cityjson import Vertices, cityjson, crs_url
from twin.export.files import kept_bodies
from twin.export.selection import Selection

Json = dict[str, Any]
Floats = NDArray[np.float64]
_STEP_M = 0.001
MOST_VERTICES = 8_000_000
MOST_BUILDINGS = 200_000
MOST_HEIGHTS = 250_000
_HK80 = "EPSG:2326"


@dataclass(frozen=True, slots=True)
class SiteWish:
    """What of the site is wanted.

    Attributes:
        models: ids; None for all that have a place.
        box: west, south, east, north, degrees; buildings and ground inside of it; None for all buildings, and the ground under all.
        city: whether the buildings of layers are part of it; `terrain` the ground.
        spacing_m: of the ground's heights.
    """

    models: Sequence[str] | None = None
    box: tuple[float, float, float, float] | None = None
    city: bool = True
    terrain: bool = False
    spacing_m: float = 10.0


def site_cityjson(services: Services, principal: Principal, wish: SiteWish) -> Json:
    """The document.

    Raises:
        FeatureMissing: no such model. AccessDenied.
        ValueInvalid: nothing to write, or more than a document can hold.
    """
    made = _Joined()
    for model in wish.models if wish.models is not None else _models(services, principal):
        _add_model(services, made, model)
    ground = terrain_of(services) if wish.terrain or wish.city else None
    if wish.city:
        for id, structure, way in _structures(services, principal, wish, ground):
            made.add_building(id, structure, way)
    if wish.terrain and ground is not None:
        made.add_ground(ground, wish.box or made.box(), wish.spacing_m)
    if not made.objects:
        raise ValueInvalid("nothing of the site can be written", field="box", remedy="load models with a place, or publish buildings")
    return made.document()


def _models(services: Services, principal: Principal) -> Iterator[str]:
    if not has_collection(services.store, "models") or not may(principal, Action.READ, services.store.collection("models")):
        return
    for row in scan(services.store, "models"):
        if row.properties.get("crs") == _HK80 and row.properties.get("placement") == "georeferenced":
            yield row.id


def _add_model(services: Services, made: _Joined, model: str) -> None:
    row = services.store.feature("models", model).properties
    rows = Selection(model).rows(services.store)
    bodies = kept_bodies(services, model, {f.properties["global_id"] for name in ("elements", "spaces") for f in rows[name]})
    if bodies.crs != _HK80:
        raise ValueInvalid(f"'{model}' has no place on HK1980 Grid", field="model", value=model, remedy="leave it out")
    made.add(cityjson(bodies, rows, str(row["name"])))


def _structures(services: Services, principal: Principal, wish: SiteWish,
                ground: Terrain | None) -> Iterator[tuple[str, Structure, Any]]:
    """Id, structure and the way onto the grid of all buildings that no model stands for."""
    count = 0
    for collection in services.store.collections():
        if not is_city(collection) or not may(principal, Action.READ, collection):
            continue
        hidden = replaced(services.store, services.blobs, collection)
        way = transform(collection.storage_crs, _HK80)
        box = BBox.of(list(wish.box)) if wish.box else None
        for structure in City.of(services, collection, ground).structures(box):
            if structure.id in hidden:
                continue
            count += 1
            if count > MOST_BUILDINGS:
                raise ValueInvalid(f"more than {MOST_BUILDINGS} buildings are asked for", field="box", limit=MOST_BUILDINGS,
                                   remedy="give a smaller box")
            yield f"{collection.id}:{structure.id}", structure, way


class _Joined:
    """City objects of several sources over one list of vertices."""

    def __init__(self) -> None:
        self.objects: dict[str, Json] = {}
        self._vertices = Vertices()

    def add(self, document: Mapping[str, Any]) -> None:
        """All objects of a document."""
        corners = np.array(document["vertices"], dtype=np.float64).reshape(-1, 3) * document["transform"]["scale"]
        numbers = self._vertices.numbers(corners + document["transform"]["translate"]).tolist()
        self._checked()
        for id, one in document["CityObjects"].items():
            shapes = []
            for shape in one.get("geometry", ()):
                surfaces = [[[numbers[corner] for corner in ring] for ring in surface] for surface in shape["boundaries"]]
                shapes.append(shape | {"boundaries": surfaces})
            self.objects[id] = one | ({"geometry": shapes} if shapes else {})

    def add_building(self, id: str, structure: Structure, way: Any) -> None:
        """A building as a solid: extruded from its footprint (LoD 1.2), or with its own body (LoD 2)."""
        shell = faces(structure)
        places = np.column_stack([way.points(shell.places[:, :2]), shell.places[:, 2]])
        told = {"csuid": structure.csuid, "name": structure.name, "type": structure.kind, "base_level": structure.base,
                "top_level": structure.top}
        made: Json = {"type": "Building", "attributes": {name: value for name, value in told.items() if value not in ("", None)}}
        triangles = self._vertices.surface([(places, shell.triangles)])
        if structure.body is not None:
            made["geometry"] = [{"type": "MultiSurface", "lod": "2", "boundaries": triangles}]
        else:
            made["geometry"] = [{"type": "MultiSurface", "lod": "1.2", "boundaries": triangles + self._floor(structure, way)}]
        self.objects[id] = made
        self._checked()

    def _floor(self, structure: Structure, way: Any) -> list[list[list[int]]]:
        """The ground surfaces, facing down, holes included."""
        made = []
        for part in shapely.get_parts(structure.shape):
            rings = [shapely.get_coordinates(ring)[:-1][::-1] for ring in (part.exterior, *part.interiors)]
            made.append([self._vertices.numbers(np.column_stack([way.points(ring), np.full(len(ring), structure.base)])).tolist()
                         for ring in rings])
        return made

    def add_ground(self, terrain: Terrain, box: tuple[float, float, float, float], spacing_m: float) -> None:
        """The ground as a TIN of its heights at whole multiples of the spacing."""
        west, south, east, north = transform("OGC:CRS84", _HK80).bbox(box)
        first = np.floor(np.array([west, south]) / spacing_m).astype(int)
        last = np.ceil(np.array([east, north]) / spacing_m).astype(int)
        columns, rows = (last - first + 1).tolist()
        if spacing_m <= 0 or columns * rows > MOST_HEIGHTS:
            raise ValueInvalid(f"the ground would have {columns * rows} heights", field="spacing", limit=MOST_HEIGHTS,
                               remedy="give a wider spacing or a smaller box")
        x, y = np.meshgrid((first[0] + np.arange(columns)) * spacing_m, (first[1] + np.arange(rows)) * spacing_m)
        places = np.column_stack([x.ravel(), y.ravel()])
        heights = terrain.source.sample(transform(_HK80, "OGC:CRS84").points(places))
        grid = np.arange(columns * rows).reshape(rows, columns)
        a, b, c, d = grid[:-1, :-1].ravel(), grid[:-1, 1:].ravel(), grid[1:, 1:].ravel(), grid[1:, :-1].ravel()
        triangles = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
        triangles = triangles[np.isfinite(heights[triangles]).all(axis=1)]
        if len(triangles):
            surface = self._vertices.surface([(np.column_stack([places, np.nan_to_num(heights)]), triangles)])
            self.objects["terrain"] = {"type": "TINRelief", "attributes": {"spacing": spacing_m}, "geometry": [
                {"type": "CompositeSurface", "lod": "1", "boundaries": surface}]}

    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees of all there is. Raises ValueInvalid where that is nothing."""
        corners = self._vertices.array
        if not len(corners):
            raise ValueInvalid("the ground needs a box where nothing stands on it", field="box", remedy="give west,south,east,north")
        found = transform(_HK80, "OGC:CRS84").bbox((*corners[:, :2].min(axis=0).tolist(), *corners[:, :2].max(axis=0).tolist()))
        return (found[0], found[1], found[2], found[3])

    def _checked(self) -> None:
        if len(self._vertices) > MOST_VERTICES:
            raise ValueInvalid(f"the site has more than {MOST_VERTICES} vertices", field="models", limit=MOST_VERTICES,
                               remedy="name some models, or give a smaller box")

    def document(self) -> Json:
        """The CityJSON, coordinates counted from its lowest corner in whole metres."""
        corners = self._vertices.array
        used = np.zeros((0, 3), np.int64) if not len(corners) else np.round(corners / _STEP_M).astype(np.int64)
        low = np.floor(corners.min(axis=0))
        steps = used - np.round(low / _STEP_M).astype(np.int64)
        extent = [round(value, 3) for value in (*corners.min(axis=0).tolist(), *corners.max(axis=0).tolist())]
        return {"type": "CityJSON", "version": "2.0", "transform": {"scale": [_STEP_M] * 3, "translate": low.tolist()},
                "metadata": {"title": "Site", "referenceSystem": crs_url(_HK80), "verticalReferenceSystem": crs_url("EPSG:5738"),
                             "geographicalExtent": extent},
                "CityObjects": self.objects, "vertices": steps.tolist()}

