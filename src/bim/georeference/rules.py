"""The georeferencing rules of buildingSMART's validation service (GRF000 to GRF008), as verdicts on one model.

The rules' texts: https://github.com/buildingSMART/ifc-gherkin-rules, functional part GRF. GRF002 is switched off in that
service; it is judged here all the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from bim.finding import Finding
from bim.ifc import FAULTS, Entity, Model, value_of
from bim.units import Units, unit_scale
from csdi.crs import crs, has_vertical, is_registered, scale_factor, transform
from csdi.errors import CrsError

_SAME = 1e-6
_HEIGHT_PPM = 3e-4
"""How far a combined scale factor may lie beyond the projection's own: 2 km above the ellipsoid."""


class Verdict(StrEnum):
    """What a rule says of a model."""

    PASS = "pass"
    FAIL = "fail"
    NOT_ACTIVATED = "na"


@dataclass(frozen=True, slots=True)
class Judged:
    """Verdict of each rule, and a Finding for each fault."""

    verdicts: dict[str, str]
    findings: tuple[Finding, ...]


def judge(model: Model, units: Units) -> Judged:
    """All rules on one model; IFC2X3 has no coordinate operations, so that none is activated there."""
    verdicts: dict[str, str] = {}
    findings: list[Finding] = []
    later = model.schema.startswith("IFC4X3")
    for code, (needs_4x3, rule) in _RULES.items():
        if model.schema == "IFC2X3" or (needs_4x3 and not later):
            verdicts[code] = Verdict.NOT_ACTIVATED
            continue
        try:
            found = rule(model, units)
        except FAULTS as error:
            found = [Finding(code, "error", f"{code} cannot be judged: {str(error)[:160]}", model.name, cure="export it again")]
        findings += found or []
        verdicts[code] = Verdict.NOT_ACTIVATED if found is None else Verdict.FAIL if found else Verdict.PASS
    return Judged(verdicts, tuple(findings))


Rule = Callable[[Model, Units], list[Finding] | None]
"""None: not activated; an empty list: passed."""


def _presence(model: Model, _units: Units) -> list[Finding] | None:
    return [] if model.of("IfcCoordinateReferenceSystem") else None


def _identical(model: Model, _units: Units) -> list[Finding] | None:
    """GRF001."""
    contexts = [c for c in model.of("IfcGeometricRepresentationContext") if not c.is_a("IfcGeometricRepresentationSubContext")]
    given = {c.id(): _said(c.HasCoordinateOperation) for c in contexts}
    if not any(given.values()):
        return None
    first = next(said for said in given.values() if said)
    return [Finding("GRF-001", "error", "the geometric contexts do not share one coordinate operation", model.subject(context),
                    measured="none" if not given[context.id()] else "another operation", expected="identical operations in all contexts",
                    cure="give every context the same coordinate operation")
            for context in contexts if given[context.id()] != first]


def _said(operations: Iterable[Entity] | None) -> tuple[str, ...]:
    """What operations say, without their contexts and without ids."""
    return tuple(f"{_values(one, ('SourceCRS', 'TargetCRS'))} {_values(one.TargetCRS, ())}" for one in operations or ())


def _values(entity: Entity | None, without: tuple[str, ...]) -> str:
    if entity is None:
        return ""
    return repr([str(v) for k, v in entity.get_info().items() if k not in ("id", *without)])


def _named(model: Model, _units: Units) -> list[Finding] | None:
    """GRF002."""
    named = [c for c in model.of("IfcProjectedCRS", "IfcGeographicCRS") if (c.Name or "").strip()]
    if not named:
        return None
    return [Finding("GRF-002", "warning", f"the name of the CRS, '{c.Name}', is not an EPSG code", model.subject(c), c.Name,
                    "EPSG: and a number of the registry", _code_cure(c.Name))
            for c in named if not (_is_wkt(c) or (c.Name.startswith("EPSG:") and is_registered(c.Name)))]


def _code_cure(name: str) -> str:
    try:
        known = crs(name).code
    except CrsError:
        return "write the EPSG code: EPSG:2326 for HK1980 Grid"
    return f"write {known}" if known.startswith("EPSG:") else "write the EPSG code"


def _required(model: Model, _units: Units) -> list[Finding] | None:
    """GRF003: activated by a facility that has no CRS."""
    facilities = model.of("IfcFacility") or model.of("IfcBuilding")
    if not facilities or model.of("IfcCoordinateReferenceSystem"):
        return None
    return [Finding("GRF-003", "warning", f"{facilities[0].is_a()} needs a coordinate reference system, and the file has none",
                    model.subject(facilities[0]), "none", "IfcMapConversion and IfcProjectedCRS",
                    "export with a map conversion to EPSG:2326 and HKPD heights")]


def _codes(model: Model, _units: Units) -> list[Finding] | None:
    """GRF004."""
    stated = [(c, name, code) for c in model.of("IfcCoordinateReferenceSystem") for name in ("Name", "GeodeticDatum", "VerticalDatum")
              if (code := value_of(c, name) or "").startswith("EPSG:")]
    if not stated:
        return None
    kinds = {"Name": "", "GeodeticDatum": "geodetic", "VerticalDatum": "vertical"}
    return [Finding("GRF-004", "error", f"{name} '{code}' is not a code of the EPSG registry", model.subject(c), code,
                    "a code of the registry", f"correct {name}: for Hong Kong " +
                    {"Name": "EPSG:2326", "GeodeticDatum": "EPSG:6611", "VerticalDatum": "EPSG:5738"}[name])
            for c, name, code in stated if not is_registered(code, datum=kinds[name])]


def _scaled(model: Model, units: Units) -> list[Finding] | None:
    """GRF005."""
    judged = [(one, _map_unit_m(one.TargetCRS)) for one in model.of("IfcMapConversion") if one.TargetCRS is not None]
    if not judged:
        return None
    found = []
    for one, map_m in judged:
        expected = units.length / map_m
        scale = float(one.Scale) if one.Scale is not None else 1.0
        if abs(scale / expected - 1.0) > _allowed(one, map_m):
            said = "absent" if one.Scale is None else f"{scale:.9g}"
            found.append(Finding("GRF-005", "error", f"Scale is {said}, but the units of project and map ask for {expected:.9g}",
                                 model.subject(one), said, f"{expected:.9g}",
                                 "set Scale to project unit / map unit"))
    return found


def _allowed(operation: Entity, map_m: float) -> float:
    """How far Scale may lie from the ratio of the units: the projection's own factor there, and some for the height."""
    name = value_of(operation.TargetCRS, "Name") or ""
    try:
        reference = crs(name).horizontal
        place = [[operation.Eastings * map_m / reference.unit_to_metre, operation.Northings * map_m / reference.unit_to_metre]]
        ((lon, lat),) = transform(reference, "OGC:CRS84").points(place)
        own = abs(scale_factor(reference, float(lon), float(lat)) - 1.0) if math.isfinite(lon + lat) else 0.0
    except CrsError:
        own = 0.0
    return min(1.5 * own, 2e-3) + _HEIGHT_PPM + _SAME


def _map_unit_m(target: Entity) -> float:
    stated = unit_scale(value_of(target, "MapUnit"))
    if stated:
        return stated
    try:
        reference = crs(value_of(target, "Name") or "")
    except CrsError:
        return 1.0
    return reference.unit_to_metre if reference.is_projected else 1.0


def _well_known_text(model: Model, _units: Units) -> list[Finding] | None:
    """GRF006."""
    judged = [c for c in model.of("IfcCoordinateReferenceSystem") if not (c.Name or "").startswith("EPSG:") or _texts(c)]
    judged = [c for c in judged if (c.Name or "") or _texts(c)]
    if not judged:
        return None
    found = []
    for c in judged:
        name, texts = c.Name or "", _texts(c)
        if name.startswith("EPSG:") or (name.upper() == "WKT" and texts):
            continue
        problem = "it carries well-known text, so its name must be WKT" if texts else "it names no EPSG code and carries no well-known text"
        found.append(Finding("GRF-006", "error", f"the CRS '{name}': {problem}", model.subject(c), name, "an EPSG code, or WKT",
                             "name it WKT" if texts else "write the EPSG code, or add IfcWellKnownText and name it WKT"))
    return found


def _vertical(model: Model, _units: Units) -> list[Finding] | None:
    """GRF007."""
    stated = [(c, code) for c in model.of("IfcCoordinateReferenceSystem")
              if (code := (value_of(c, "VerticalDatum") or "").strip()).startswith("EPSG:") and has_vertical(code) is not None]
    if not stated:
        return None
    return [Finding("GRF-007", "error", f"VerticalDatum '{code}' is not a vertical or compound CRS", model.subject(c), code,
                    "a vertical CRS such as EPSG:5738", "set VerticalDatum to EPSG:5738 in Hong Kong") for c, code in stated
            if not has_vertical(code)]


def _coordinates(model: Model, _units: Units) -> list[Finding] | None:
    """GRF008."""
    operations = model.of("IfcRigidOperation")
    if not operations:
        return None
    found = []
    for one in operations:
        kinds = [part.is_a() if value_of(part, "is_a") is not None else "a bare number"
                 for part in (one.FirstCoordinate, one.SecondCoordinate)]
        if any(kind not in ("IfcLengthMeasure", "IfcPlaneAngleMeasure") for kind in kinds) or kinds[0] != kinds[1]:
            found.append(Finding("GRF-008", "error", "the coordinates of the rigid operation must both be lengths or both be plane angles",
                                 model.subject(one), " and ".join(kinds), "IfcLengthMeasure or IfcPlaneAngleMeasure",
                                 "give both as IfcLengthMeasure"))
    return found


def _texts(reference: Entity) -> bool:
    return bool(value_of(reference, "WellKnownText"))


def _is_wkt(reference: Entity) -> bool:
    return bool((reference.Name or "").upper() == "WKT" and _texts(reference))


_RULES: dict[str, tuple[bool, Rule]] = {
    "GRF-000": (False, _presence), "GRF-001": (True, _identical), "GRF-002": (True, _named), "GRF-003": (False, _required),
    "GRF-004": (False, _codes), "GRF-005": (False, _scaled), "GRF-006": (True, _well_known_text), "GRF-007": (True, _vertical),
    "GRF-008": (True, _coordinates),
}
"""Rule -> (only for IFC4X3, how it is judged)."""
