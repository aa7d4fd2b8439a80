"""Witnesses: what else says where a model stands, in the file or from the one who submits it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from bim.georeference.carrier import Carrier, Kind
from bim.georeference.places import HONG_KONG, place_of
from bim.ifc import FAULTS, Entity, Model, value_of
from csdi.crs import transform
from csdi.errors import ValueInvalid

_METRES_PER_DEGREE = 111_195.0
_ADDRESS_TOLERANCE_M = 1000.0
_BOUNDARY_TOLERANCE_M = 5.0
_CSUID = re.compile(r"\b(\d{5})(\d{5})(?:[A-Z]\d{8})?\b")
_PAIR = re.compile(r"\s*([-+]?\d+(?:\.\d+)?)\s*[,;\s]\s*([-+]?\d+(?:\.\d+)?)\s*")
_LEAST_REACH_M = 60.0


@dataclass(frozen=True, slots=True)
class Witness:
    """One place where the model must stand.

    Attributes:
        kind: `site_position`, `csuid`, `address`, or of the submitter: `csuid`, `point`, `boundary`, `place`.
        label: how a person would call it.
        area: point or polygon, longitude and latitude in degrees (WGS 84).
        tolerance_m: how far outside it the tested point may lie.
        subject: where it is written.
        anchor: point (3,) of the model frame, metres, that must lie there; None for the content.
        stated: the submitter gave it: nothing may be placed against it.
    """

    kind: str
    label: str
    area: BaseGeometry
    tolerance_m: float
    subject: str = ""
    anchor: tuple[float, float, float] | None = None
    stated: bool = False

    def distance_m(self, lonlat: tuple[float, float]) -> float:
        """Metres from a point (longitude, latitude) to the place; 0 inside it."""
        lon, lat = lonlat
        scale = math.cos(math.radians(lat)) * _METRES_PER_DEGREE
        local = shapely.transform(self.area, lambda xy: (xy - [lon, lat]) * [scale, _METRES_PER_DEGREE])
        return float(shapely.distance(local, shapely.Point(0.0, 0.0)))

    def reach_m(self, box: NDArray[np.float64]) -> float:
        """Tolerance for a content box (2, 3): a point inside a building may be half its size from its centre."""
        if self.kind not in ("csuid", "point"):
            return self.tolerance_m
        return self.tolerance_m + max(_LEAST_REACH_M, float(np.linalg.norm(box[1, :2] - box[0, :2])) / 2)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        lon, lat = self.area.centroid.coords[0]
        return {"kind": self.kind, "label": self.label, "longitude": round(lon, 9), "latitude": round(lat, 9),
                "tolerance_m": self.tolerance_m, "subject": self.subject, "stated": self.stated}


def witnesses_in(model: Model, carriers: Sequence[Carrier]) -> list[Witness]:
    """What the file itself says beside its coordinate operations: site positions, Building CSUIDs, addresses."""
    found = [_position(carrier) for carrier in carriers if carrier.kind is Kind.SITE_POSITION and carrier.readings]
    for source in (_csuids(model), _addresses(model)):
        with suppress(*FAULTS):
            found.extend(source)
    return found


def read_witness(text: str) -> Witness:
    """What a submitter writes: a Building CSUID, `easting,northing` or `longitude,latitude`, a GIS file with the site boundary
    or the footprint, or a district's name.

    Raises:
        ValueInvalid: none of these.
        InputError: the file cannot be read.
    """
    text = text.strip()
    if (path := Path(text)).suffix and path.exists():
        return _boundary(path)
    if csuid := _CSUID.fullmatch(text):
        return _csuid(csuid, "", stated=True)
    if pair := _PAIR.fullmatch(text):
        return _point(float(pair[1]), float(pair[2]))
    if place := place_of(text):
        return Witness("place", place[0], shapely.box(*place[1]), _ADDRESS_TOLERANCE_M, stated=True)
    raise ValueInvalid(f"'{text[:80]}' is no witness", field="witness", value=text[:80],
                       remedy="give a Building CSUID, E,N of HK1980 Grid, longitude,latitude, a file with the lot or the footprint, "
                              "or a district such as Islands District")


def _position(carrier: Carrier) -> Witness:
    place = carrier.readings[0].at(np.array(carrier.anchor))
    ((lon, lat),) = transform(carrier.crs, "OGC:CRS84").points(place[None, :2])
    return Witness("site_position", carrier.crs_name, shapely.Point(lon, lat), carrier.precision_m + 2.0, carrier.subject, carrier.anchor)


def _csuids(model: Model) -> Iterable[Witness]:
    """Properties that hold a Building CSUID: the grid position of the building, in metres less 800 000."""
    for one in model.of("IfcPropertySingleValue"):
        if "csuid" in str(value_of(one, "Name") or "").lower():
            text = str(value_of(value_of(one, "NominalValue"), "wrappedValue") or "").strip()
            if found := _CSUID.fullmatch(text):
                yield _csuid(found, model.subject(one))


def _csuid(found: re.Match[str], subject: str, *, stated: bool = False) -> Witness:
    east, north = 800_000 + int(found[1]), 800_000 + int(found[2])
    return Witness("csuid", f"Building CSUID {found[0]}", _grid_point(east, north), 2.0, subject, stated=stated)


def _addresses(model: Model) -> Iterable[Witness]:
    for owner, attribute in (("IfcSite", "SiteAddress"), ("IfcBuilding", "BuildingAddress")):
        for entity in model.of(owner):
            text = _address_text(value_of(entity, attribute))
            if place := place_of(text):
                yield Witness("address", f"the address '{text[:80]}' in {place[0]}", shapely.box(*place[1]), _ADDRESS_TOLERANCE_M,
                              model.subject(entity))


def _address_text(address: Entity | None) -> str:
    parts = [value_of(address, "InternalLocation"), *(value_of(address, "AddressLines") or ()), value_of(address, "Town"),
             value_of(address, "Region"), value_of(address, "Country")]
    return ", ".join(str(part) for part in parts if part)


def _point(first: float, second: float) -> Witness:
    if abs(first) <= 180 and abs(second) <= 90:
        return Witness("point", f"longitude {first}, latitude {second}", shapely.Point(first, second), 2.0, stated=True)
    return Witness("point", f"E {first:.1f}, N {second:.1f}", _grid_point(first, second), 2.0, stated=True)


def _grid_point(east: float, north: float) -> BaseGeometry:
    ((lon, lat),) = transform("EPSG:2326", "OGC:CRS84").points(np.array([[east, north]]))
    return shapely.Point(lon, lat)


def _boundary(path: Path) -> Witness:
    from csdi.formats import intake, vector  # half of the start of every program that reads models, and rarely needed
    with TemporaryDirectory(prefix="csdi-witness-") as scratch:
        (source, *_) = intake.sources(path, Path(scratch))
        if source.layer is None or not source.layer.crs:
            raise ValueInvalid(f"{path.name}: a boundary is a vector layer with a CRS", field="witness", file=str(path),
                               remedy="give GeoJSON or a GeoPackage")
        shapes = [feature.geometry for feature in vector.features(source.layer) if feature.geometry is not None]
    if not shapes:
        raise ValueInvalid(f"{path.name}: no geometry in it", field="witness", file=str(path), remedy="give the lot or the footprint")
    area = transform(source.layer.crs, "OGC:CRS84").geometry(shapely.union_all(shapely.force_2d(shapes)))
    return Witness("boundary", f"the boundary in {path.name}", area, _BOUNDARY_TOLERANCE_M, path.name, stated=True)


def in_hong_kong(lonlat: tuple[float, float]) -> bool:
    """Whether a longitude and latitude lie in the box of Hong Kong."""
    west, south, east, north = HONG_KONG
    return west <= lonlat[0] <= east and south <= lonlat[1] <= north
