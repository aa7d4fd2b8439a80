"""Choosing where a Model lies: carriers in order of strength, each reading tested against the CRS's area of use."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bim.finding import Finding
from bim.georeference.carrier import ACCURACY, Carrier, Kind, Reading
from bim.georeference.collect import collect
from bim.ifc import FAULTS, Model, placement_matrix, value_of
from bim.units import project_units
from csdi.crs import crs, transform
from csdi.errors import CrsError

HK_GRID = "EPSG:2326"
HKPD = "EPSG:5738"
_HK_WINDOW = (799_000.0, 799_000.0, 868_000.0, 848_000.0)
"""Eastings and northings of Hong Kong in HK1980 Grid, metres: west, south, east, north."""
_DISAGREE_M = 100.0
_MARGIN_DEG = 0.2


@dataclass(frozen=True, slots=True)
class Georeference:
    """Where a Model lies, and how that was found.

    Attributes:
        crs: code of the horizontal CRS, "" if the model cannot be placed.
        vertical_crs: code of the height datum, "" if it is not known.
        affine: (4, 4) float64, model frame metres to easting, northing, height, all in metres; identity if unplaced.
        level: LoGeoRef level of the carrier that was taken, 0 if none.
        accuracy_class: design, approximate or unknown; "" if unplaced.
        method: kind of the carrier that was taken.
        reasons: the steps of the decision, one sentence each.
    """

    crs: str
    vertical_crs: str
    affine: NDArray[np.float64]
    level: int = 0
    accuracy_class: str = ""
    method: str = ""
    reasons: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    carriers: tuple[Carrier, ...] = field(default=(), repr=False)

    @property
    def placed(self) -> bool:
        """Whether the model has a place on Earth."""
        return bool(self.crs)

    @property
    def has_hkpd_heights(self) -> bool:
        """Whether heights after `affine` are mPD."""
        return self.vertical_crs == HKPD

    def to_crs(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points (n, 3) of the model frame, metres, in the CRS: east and north in its unit, height in metres."""
        moved = points @ self.affine[:3, :3].T + self.affine[:3, 3]
        if self.crs:
            moved[:, :2] /= crs(self.crs).unit_to_metre
        return moved

    def to_dict(self) -> dict[str, Any]:
        """The JSON form; `read` takes it back."""
        return {
            "crs": self.crs, "vertical_crs": self.vertical_crs, "affine": self.affine.tolist(), "level": self.level,
            "accuracy_class": self.accuracy_class, "method": self.method, "reasons": list(self.reasons),
            "candidates": [carrier.to_dict() for carrier in self.carriers],
            "findings": [finding.to_dict() for finding in self.findings],
        }

    @classmethod
    def read(cls, data: dict[str, Any]) -> Georeference:
        """What `to_dict` wrote, without its carriers."""
        return cls(data["crs"], data["vertical_crs"], np.array(data["affine"], dtype=np.float64), data["level"],
                   data["accuracy_class"], data["method"], tuple(data["reasons"]),
                   tuple(Finding(**finding) for finding in data["findings"]))


def resolve(model: Model, content: NDArray[np.float64] | None = None) -> Georeference:
    """The place of the model.

    Args:
        content: (2, 3) lowest and highest corner of its shapes, model frame metres; taken from the placements of its
            products where it is None.
    """
    units = project_units(model)
    box = content if content is not None and np.isfinite(content).all() else placements_box(model, units.length)
    centre = box.mean(axis=0)
    carriers = collect(model, units)
    reasons: list[str] = []
    findings: list[Finding] = [f for c in carriers for f in c.findings]
    findings += _contradictions(carriers, centre)
    for carrier in carriers:
        chosen = _usable(carrier, carriers, centre, reasons, findings)
        if chosen is not None:
            return _placed(carrier, chosen, carriers, centre, reasons, findings)
    findings.append(_unplaced(model, reasons))
    return Georeference("", "", np.eye(4), reasons=tuple(reasons), findings=tuple(findings), carriers=tuple(carriers))


def placements_box(model: Model, scale: float) -> NDArray[np.float64]:
    """(2, 3) box of the origins of all placed products, model frame metres; zeros where there are none."""
    points = []
    for product in model.of("IfcProduct"):
        with suppress(*FAULTS):
            if (placement := value_of(product, "ObjectPlacement")) is not None:
                points.append(placement_matrix(placement)[:3, 3] * scale)
    return np.array([np.min(points, axis=0), np.max(points, axis=0)]) if points else np.zeros((2, 3))


def _usable(carrier: Carrier, carriers: list[Carrier], centre: NDArray[np.float64], reasons: list[str],
            findings: list[Finding]) -> tuple[str, Reading] | None:
    """(CRS code, reading) of the first reading that puts the content where the CRS is defined."""
    if carrier.kind in (Kind.PLACEMENT, Kind.WORLD_COORDINATE_SYSTEM):
        return _hong_kong_coordinates(carrier, carriers, centre, reasons)
    if not carrier.readings:
        reasons.append(f"{carrier.kind.value}: not used, {carrier.problem}")
        return None
    for reading in carrier.readings:
        where = _moved(reading.affine, centre)
        inside, said = in_area_of_use(carrier.crs, where)
        if inside:
            reasons.append(f"{carrier.kind.value}: {reading.label}, {carrier.crs}, {said}")
            return carrier.crs, reading
        reasons.append(f"{carrier.kind.value}: {reading.label} is not possible, {said}")
    findings.append(_outside(carrier, _moved(carrier.readings[0].affine, centre)))
    return None


def _hong_kong_coordinates(carrier: Carrier, carriers: list[Carrier], centre: NDArray[np.float64],
                           reasons: list[str]) -> tuple[str, Reading] | None:
    """Coordinates without a CRS are taken as HK1980 Grid if they lie in Hong Kong and no second witness objects."""
    reading = carrier.readings[0]
    east, north, _ = _moved(reading.affine, centre)
    west, south, right, top = _HK_WINDOW
    if not (west <= east <= right and south <= north <= top):
        return None
    for witness in carriers:
        if witness.kind is Kind.SITE_POSITION and witness.crs and witness.crs != HK_GRID:
            reasons.append(f"{carrier.kind.value}: in Hong Kong's window, but the site's position is elsewhere")
            return None
    reasons.append(f"{carrier.kind.value}: E {east:.0f}, N {north:.0f} lie in Hong Kong; the file names no CRS")
    return HK_GRID, reading


def _placed(carrier: Carrier, chosen: tuple[str, Reading], carriers: list[Carrier], centre: NDArray[np.float64],
            reasons: list[str], findings: list[Finding]) -> Georeference:
    code, reading = chosen
    if reading.finding is not None:
        findings.append(reading.finding)
    if carrier.kind in (Kind.PLACEMENT, Kind.WORLD_COORDINATE_SYSTEM):
        findings.append(_assumed_grid(carrier))
    vertical = carrier.vertical_crs
    if not vertical and code == HK_GRID:
        vertical = HKPD
        findings.append(_assumed_hkpd(carrier))
    findings += _second_witness(carrier, code, reading, carriers, centre)
    return Georeference(code, vertical, reading.affine, carrier.level, ACCURACY[carrier.kind], carrier.kind.value,
                        tuple(reasons), tuple(findings), tuple(carriers))


def in_area_of_use(code: str, metres: NDArray[np.float64]) -> tuple[bool, str]:
    """Whether a point (easting, northing in metres) lies where the CRS is used, and how to say it."""
    said = f"E {metres[0]:.1f}, N {metres[1]:.1f}"
    if code == HK_GRID:
        west, south, east, north = _HK_WINDOW
        inside = west <= metres[0] <= east and south <= metres[1] <= north
        return inside, said if inside else f"{said} is outside Hong Kong"
    reference = crs(code)
    try:
        lon, lat = transform(reference, "OGC:CRS84").points(metres[None, :2] / reference.unit_to_metre)[0]
    except CrsError as error:
        return False, f"{said}: {error.message}"
    west, south, east, north = reference.area_of_use
    inside = west - _MARGIN_DEG <= lon <= east + _MARGIN_DEG and south - _MARGIN_DEG <= lat <= north + _MARGIN_DEG
    return inside, said if inside else f"{said} is longitude {lon:.3f}, latitude {lat:.3f}, outside the area of use of {code}"


def _contradictions(carriers: list[Carrier], centre: NDArray[np.float64]) -> list[Finding]:
    """GRF001: coordinate operations that place the content differently."""
    conversions = [c for c in carriers if c.kind in (Kind.MAP_CONVERSION, Kind.RIGID_OPERATION) and c.readings]
    places = [_moved(c.readings[0].affine, centre) for c in conversions]
    found = []
    for carrier, place in zip(conversions[1:], places[1:], strict=True):
        distance = float(np.linalg.norm(place - places[0]))
        if distance > 1e-3 or carrier.crs != conversions[0].crs:
            found.append(Finding("GRF-001", "error", f"two coordinate operations disagree by {distance:.3f} m", carrier.subject,
                                 measured=f"{distance:.3f} m", expected="identical operations in all contexts",
                                 cure="give every context the same coordinate operation",
                                 data={"distance_m": distance, "first": conversions[0].subject}))
    return found


def _second_witness(carrier: Carrier, code: str, reading: Reading, carriers: list[Carrier],
                    centre: NDArray[np.float64]) -> list[Finding]:
    """How far the site's latitude and longitude puts the content from the carrier that was taken."""
    found: list[Finding] = []
    if carrier.kind is Kind.SITE_POSITION:
        return found
    here = _lonlat(code, _moved(reading.affine, centre))
    for witness in carriers:
        if witness.kind is not Kind.SITE_POSITION or not witness.readings or here is None:
            continue
        there = _lonlat(witness.crs, _moved(witness.readings[0].affine, centre))
        distance = _distance_m(here, there) if there is not None else 0.0
        if distance > _DISAGREE_M:
            found.append(Finding("GEO-010", "warning",
                                 f"the site's latitude and longitude place the model {distance / 1000:.3f} km away "
                                 f"from the {carrier.kind.value}", witness.subject,
                                 measured=f"{distance:.0f} m", expected=f"under {_DISAGREE_M:.0f} m",
                                 cure="correct RefLatitude and RefLongitude of the site", data={"distance_m": distance}))
    return found


def _lonlat(code: str, metres: NDArray[np.float64]) -> tuple[float, float] | None:
    reference = crs(code)
    try:
        lon, lat = transform(reference, "OGC:CRS84").points(metres[None, :2] / reference.unit_to_metre)[0]
    except CrsError:
        return None
    return float(lon), float(lat)


def _distance_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Distance on a sphere, metres."""
    lon0, lat0, lon1, lat1 = map(math.radians, (*a, *b))
    h = math.sin((lat1 - lat0) / 2) ** 2 + math.cos(lat0) * math.cos(lat1) * math.sin((lon1 - lon0) / 2) ** 2
    return 2 * 6_371_008.8 * math.asin(math.sqrt(min(h, 1.0)))


def _moved(affine: NDArray[np.float64], point: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(affine[:3, :3] @ point + affine[:3, 3])


def _outside(carrier: Carrier, where: NDArray[np.float64]) -> Finding:
    return Finding("GEO-002", "error", f"the {carrier.kind.value} puts the model outside the area of use of {carrier.crs}",
                   carrier.subject, measured=f"E {where[0]:.3f}, N {where[1]:.3f}", expected=f"a place in {carrier.crs}",
                   cure="check CRS, units, and the order of eastings and northings")


def _assumed_grid(carrier: Carrier) -> Finding:
    return Finding("GEO-003", "warning", "the coordinates lie in Hong Kong's range, but the file names no CRS; HK1980 Grid is assumed",
                   carrier.subject, expected="IfcMapConversion to EPSG:2326",
                   cure="add a map conversion to EPSG:2326; swapped east and north cannot be ruled out")


def _assumed_hkpd(carrier: Carrier) -> Finding:
    return Finding("GEO-007", "warning", "the file names no height datum; HKPD (EPSG:5738) is assumed in Hong Kong", carrier.subject,
                   expected="EPSG:5738", cure="set VerticalDatum of the projected CRS to EPSG:5738")


def _unplaced(model: Model, reasons: list[str]) -> Finding:
    why = reasons[-1] if reasons else "the file carries no coordinate operation, no position in a known range, no site position"
    return Finding("GEO-001", "warning", f"the model cannot be placed: {why}", model.name,
                   expected="IfcMapConversion and IfcProjectedCRS",
                   cure="export with a map conversion to EPSG:2326 and HKPD heights")
