"""Buildings that a building model shows better: told by link, by Building CSUID, or by how much of the footprint it covers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from csdi import crs
from csdi.blobs import Blobs
from csdi.collection import Collection
from csdi.errors import BlobMissing, CrsError, NotFound, ValueInvalid
from csdi.extent import BBox
from csdi.feature import Feature
from csdi.filter import Items, Literal, Op, Property
from csdi.history import AsOf, scan_as_of
from csdi.query import Query
from csdi.store.base import Store, scan
from twin.city.roles import Roles
from twin.city.structures import Maker, Structure, Tally
from twin.ellipsoid import Array

LEAST_SHARE = 0.5
"""Of a footprint that a model covers before it stands in for the building."""
_GAP_M = 3.0
"""Gaps up to twice this, such as doors, do not open what walls enclose."""
_HIGH_ENOUGH = 0.5
"""What covers a building reaches at least this share of its height: the pavement beneath and the podium below cover nothing of it."""
_FABRIC = tuple(f"Ifc{name}" for name in (
    "Wall", "WallStandardCase", "WallElementedCase", "Slab", "SlabStandardCase", "SlabElementedCase", "Roof", "CurtainWall", "Column",
    "ColumnStandardCase", "Beam", "BeamStandardCase", "Plate", "PlateStandardCase", "Member", "MemberStandardCase", "Covering",
    "BuildingElementProxy", "BuiltElement"))
_FORMAT = "1"


def replaced(store: Store, blobs: Blobs, collection: Collection, as_of: AsOf | None = None) -> dict[str, str]:
    """Feature id -> id of the building model that shows it, by all models that have a place now; kept until one of them changes.

    A property that names the model counts before a CSUID, and that before the share that is covered.

    Args:
        as_of: asks for models as they were; the buildings are those of now.
    """
    models = [row for row in _models(store, as_of) if row.geometry is not None and row.properties.get("placement") == "georeferenced"]
    told = [_FORMAT, collection.id, collection.version, str(collection.updated), repr(Roles.of(collection)),
            [[row.id, row.properties.get("version"), row.properties.get("job"), row.properties.get("sha256")] for row in models]]
    name = f"city/replaced/{hashlib.blake2b(orjson.dumps(told), digest_size=16).hexdigest()}.json"
    with suppress(BlobMissing):
        return dict(orjson.loads(blobs.get(name)))
    found: dict[str, tuple[float, str]] = {}
    for model in models:
        for id, share in _claims(store, collection, model, as_of).items():
            if share > found.get(id, (0.0, ""))[0]:
                found[id] = (share, model.id)
    answer = {id: model for id, (_, model) in sorted(found.items())}
    blobs.put_named(name, orjson.dumps(answer))
    return answer


def _models(store: Store, as_of: AsOf | None) -> Iterator[Feature]:
    with suppress(NotFound):
        yield from scan_as_of(store, "models", Query(fields=("placement", "version", "job", "sha256")), as_of)


def _claims(store: Store, collection: Collection, model: Feature, as_of: AsOf | None) -> dict[str, float]:
    """Feature id -> how surely a model shows it: the share that it covers, 2 for an equal CSUID, 3 for a property that names it."""
    assert model.geometry is not None
    near = list(scan(store, collection.id, Query(bbox=BBox.of(list(model.geometry.bounds)))))
    if not near:
        return {}
    roles = Roles.of(collection)
    claims = {one.id: 3.0 for one in near if roles.model and str(one.properties.get(roles.model.field) or "") == model.id}
    linked = _csuids(store, model.id, as_of) if roles.csuid else frozenset[str]()
    claims |= {one.id: 2.0 for one in near if one.id not in claims and roles.text(roles.csuid, one.properties) in linked}
    cover = Cover.of(store, model.id, as_of)
    if cover is not None:
        for id, share in _shares(cover, collection, [one for one in near if one.id not in claims]):
            if share >= LEAST_SHARE:
                claims[id] = share
    return claims


def _shares(cover: Cover, collection: Collection, near: list[Feature]) -> Iterator[tuple[str, float]]:
    flat = {one.id: one.geometry for one in near}
    for structure in Maker(Roles.of(collection), collection.storage_crs).structures(near, Tally()):
        shape = structure.shape if structure.shape is not None else flat[structure.id]
        with suppress(CrsError, ValueInvalid):
            grid = crs.transform(crs.crs(collection.storage_crs).horizontal, crs.HK80).geometry(np.array([shape], dtype=object))[0]
            yield structure.id, cover.share(grid, structure)


def _csuids(store: Store, model: str, as_of: AsOf | None) -> frozenset[str]:
    """The values of all properties of a model's buildings and sites whose name has CSUID in it."""
    with suppress(NotFound):
        rows = scan_as_of(store, "buildings", Query(filter=_of(model), geometry=False), as_of)
        return frozenset(value for row in rows for value in _named_csuid(row.properties))
    return frozenset()


def _named_csuid(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _named_csuid(inner, key if "csuid" in str(key).lower() else name)
    elif isinstance(value, list):
        for inner in value:
            yield from _named_csuid(inner, name)
    elif name and isinstance(value, str) and value.strip():
        yield value.strip()


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """What of a model stands over the ground.

    Attributes:
        shapes: (n,) footprints of its fabric, EPSG:2326.
        tops: (n,) metres HKPD.
    """

    shapes: NDArray[np.object_]
    tops: Array
    tree: shapely.STRtree

    @classmethod
    def of(cls, store: Store, model: str, as_of: AsOf | None = None) -> Cover | None:
        """Of a model's elements, as they were where that is asked for; None where none has a place in the HK1980 Grid."""
        fabric = Op("in", (Property("ifc_class"), Items(tuple(Literal(name) for name in _FABRIC))))
        wanted = Query(filter=Op("and", (_of(model), fabric)), fields=("top_level",))
        rows = [row for row in scan_as_of(store, "elements", wanted, as_of)
                if row.geometry is not None and row.properties.get("top_level") is not None]
        if not rows:
            return None
        try:
            shapes = crs.transform(crs.CRS84, crs.HK80).geometry(np.array([shapely.force_2d(row.geometry) for row in rows], dtype=object))
        except (CrsError, ValueInvalid):
            return None
        shapes = shapely.make_valid(shapes)
        return cls(shapes, np.array([float(row.properties["top_level"]) for row in rows]), shapely.STRtree(shapes))

    def share(self, footprint: Any, building: Structure) -> float:
        """How much of a footprint (EPSG:2326) is enclosed by what is high enough, 0 to 1.

        Walls count as far around the footprint as it is wide: it may be a part of what they enclose.
        """
        minx, miny, maxx, maxy = footprint.bounds
        around = max(maxx - minx, maxy - miny)
        numbers = self.tree.query(shapely.box(minx - around, miny - around, maxx + around, maxy + around))
        high = numbers[self.tops[numbers] >= building.base + _HIGH_ENOUGH * building.height]
        if not len(high) or not footprint.area:
            return 0.0
        whole = shapely.union_all(self.shapes[high], grid_size=0.01).buffer(_GAP_M, join_style="mitre").buffer(-_GAP_M, join_style="mitre")
        filled = [shapely.Polygon(part.exterior) for part in shapely.get_parts(whole) if part.geom_type == "Polygon"]
        return float(shapely.union_all(filled).intersection(footprint).area / footprint.area)


def _of(model: str) -> Op:
    return Op("=", (Property("model"), Literal(model)))
