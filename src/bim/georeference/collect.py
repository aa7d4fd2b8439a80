"""Collecting every carrier of a Model: none hides another."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from bim.finding import Finding
from bim.georeference.carrier import Carrier, Kind, Target, resolve_target, text_of
from bim.georeference.conversion import Conversion, readings
from bim.georeference.reading import Reading
from bim.georeference.site import angular_operation, site_positions
from bim.ifc import FAULTS, Entity, Model, axis_matrix, placement_matrix, value_of
from bim.units import Units, unit_scale
from csdi.errors import CrsError

_CONVERSION_SET = "epsetmapconversion"
_CRS_SET = "epsetprojectedcrs"
_UNIT_WORDS = {"metre": 1.0, "meter": 1.0, "m": 1.0, "millimetre": 1e-3, "millimeter": 1e-3, "mm": 1e-3, "foot": 0.3048,
               "feet": 0.3048, "ft": 0.3048, "ussurveyfoot": 1200 / 3937, "usft": 1200 / 3937, "centimetre": 1e-2, "cm": 1e-2}
_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?")


def collect(model: Model, units: Units) -> list[Carrier]:
    """All carriers, strongest kind first, in file order within a kind."""
    sources = (_map_conversions(model, units), _property_sets(model, units), _rigid_operations(model, units),
               _world_coordinate_systems(model, units), _placement(model, units), site_positions(model, units))
    found = [carrier for source in sources for carrier in _read(model, source)]
    order = list(Kind)
    return sorted(found, key=lambda carrier: order.index(carrier.kind))


def _read(model: Model, source: Iterable[Carrier]) -> Iterable[Carrier]:
    """The carriers of a source, up to one that the file states against its schema; that one is a carrier with a problem."""
    try:
        for carrier in source:
            yield carrier if carrier.is_possible else _impossible(carrier)
    except (*FAULTS, ArithmeticError, CrsError) as error:
        problem = f"a carrier does not follow the schema: {str(error)[:160]}"
        finding = Finding("SCH-002", "error", problem, model.name, cure="export it again with a current tool")
        yield Carrier(Kind.SITE_POSITION, (), model.name, problem=problem, findings=(finding,))


def _impossible(carrier: Carrier) -> Carrier:
    """The carrier without its numbers, which no unit makes a place of."""
    problem = f"the numbers of the {carrier.kind.value} are beyond all coordinates"
    finding = Finding("GEO-017", "error", problem, carrier.subject, cure="correct the coordinates")
    return replace(carrier, readings=(), problem=problem, findings=(*carrier.findings, finding), given=None, anchor=(0.0, 0.0, 0.0),
                   elevation=None)


def _map_conversions(model: Model, units: Units) -> Iterable[Carrier]:
    for operation in model.of("IfcMapConversion"):
        subject = model.subject(operation)
        projected = operation.TargetCRS
        target = _target(subject, projected)
        factors = (value_of(operation, "FactorX") or 1.0, value_of(operation, "FactorY") or 1.0,
                   value_of(operation, "FactorZ") or 1.0)
        given = Conversion(
            float(operation.Eastings or 0.0), float(operation.Northings or 0.0), float(operation.OrthogonalHeight or 0.0),
            operation.XAxisAbscissa, operation.XAxisOrdinate, operation.Scale, factors,
            unit_scale(value_of(projected, "MapUnit")),
        )
        ids = (operation.id(), *([projected.id()] if projected is not None else []))
        yield _converted(Kind.MAP_CONVERSION, ids, subject, target, given, units, _context(operation))


def _property_sets(model: Model, units: Units) -> Iterable[Carrier]:
    """The IFC2X3 convention, in every spelling, on project, site or building."""
    named = {one.id(): name for one in model.of("IfcPropertySet")
             if (name := _bare_name(str(value_of(one, "Name") or ""))) in (_CONVERSION_SET, _CRS_SET)}
    owners: dict[int, dict[str, tuple[Entity, dict[str, Any]]]] = {}
    for rel in model.of("IfcRelDefinesByProperties") if named else ():
        definition = rel.RelatingPropertyDefinition
        name = named.get(definition.id(), "") if definition is not None else ""
        if name:
            for owner in rel.RelatedObjects:
                owners.setdefault(owner.id(), {})[name] = (definition, _values(definition))
    lone_crs = next((sets[_CRS_SET] for sets in owners.values() if _CRS_SET in sets), None)
    for sets in owners.values():
        if _CONVERSION_SET in sets:
            yield _from_sets(model, units, sets[_CONVERSION_SET], sets.get(_CRS_SET, lone_crs))


@lru_cache(maxsize=1024)
def _bare_name(name: str) -> str:
    """Letters of a name, in lower case."""
    return re.sub(r"[^a-z]", "", name.lower())


def _from_sets(model: Model, units: Units, conversion: tuple[Entity, dict[str, Any]],
               projected: tuple[Entity, dict[str, Any]] | None) -> Carrier:
    definition, values = conversion
    subject = model.subject(definition)
    named = projected[1] if projected else {}
    name = str(named.get("name") or values.get("targetcrs") or "").strip()
    target = resolve_target(subject, name, str(named.get("verticaldatum") or "").strip())
    numbers = {key: _number(value) for key, value in values.items()}
    given = Conversion(
        numbers.get("eastings") or 0.0, numbers.get("northings") or 0.0, numbers.get("orthogonalheight") or 0.0,
        numbers.get("xaxisabscissa"), numbers.get("xaxisordinate"), numbers.get("scale"),
        map_unit_m=_UNIT_WORDS.get(re.sub(r"[^a-z]", "", str(named.get("mapunit") or "").lower())),
    )
    ids = (definition.id(), *([projected[0].id()] if projected else []))
    return _converted(Kind.PROPERTY_SETS, ids, subject, target, given, units)


def _rigid_operations(model: Model, units: Units) -> Iterable[Carrier]:
    """Translations alone; coordinates that are angles name a place as a site's latitude and longitude do."""
    for operation in model.of("IfcRigidOperation"):
        subject = model.subject(operation)
        target = _target(subject, operation.TargetCRS)
        pair = [operation.FirstCoordinate, operation.SecondCoordinate]
        numbers = [float(value_of(part, "wrappedValue", part) or 0.0) for part in pair]
        if any(value_of(part, "is_a") is not None and part.is_a("IfcPlaneAngleMeasure") for part in pair):
            yield angular_operation(model, operation, target, (numbers[0] * units.angle, numbers[1] * units.angle))
            continue
        given = Conversion(numbers[0], numbers[1], float(operation.Height or 0.0))
        matrix = np.eye(4)
        matrix[:3, 3] = np.array([given.eastings, given.northings, given.height]) * target.unit_m
        yield Carrier(Kind.RIGID_OPERATION, (operation.id(),), subject, target.name, target.vertical_name, target.code,
                      target.vertical, (Reading("as written", matrix),) if target.code else (), target.problem, target.findings,
                      given=given, context=_context(operation))


def _world_coordinate_systems(model: Model, units: Units) -> Iterable[Carrier]:
    """Contexts whose origin is moved by more than a millimetre."""
    for context in model.of("IfcGeometricRepresentationContext"):
        if context.is_a("IfcGeometricRepresentationSubContext") or context.ContextType not in (None, "Model"):
            continue
        matrix = axis_matrix(context.WorldCoordinateSystem)
        matrix[:3, 3] *= units.length
        if np.abs(matrix - np.eye(4)).max() > 1e-3:
            yield Carrier(Kind.WORLD_COORDINATE_SYSTEM, (context.id(),), model.subject(context),
                          readings=(Reading("world coordinate system of the context", matrix),))


def _placement(model: Model, units: Units) -> Iterable[Carrier]:
    """The placements as they are: they may hold map coordinates already."""
    sites = model.of("IfcSite") or model.of("IfcProject")
    ids = (sites[0].id(),) if sites else ()
    subject = model.subject(sites[0]) if sites else model.name
    origin = placement_matrix(value_of(sites[0], "ObjectPlacement") if sites else None)[:3, 3] * units.length
    yield Carrier(Kind.PLACEMENT, ids, subject, readings=(Reading("coordinates of the placements", np.eye(4)),),
                  anchor=(float(origin[0]), float(origin[1]), float(origin[2])))


def _context(operation: Entity) -> int:
    source = value_of(operation, "SourceCRS")
    return int(source.id()) if source is not None else 0


def _converted(kind: Kind, ids: tuple[int, ...], subject: str, target: Target, given: Conversion, units: Units,
               context: int = 0) -> Carrier:
    findings = list(target.findings)
    made: tuple[Reading, ...] = ()
    problem = target.problem
    if given.direction() is None:
        problem = "the direction of the x axis is half given or zero"
        findings.append(_half_direction(subject, given))
    elif target.geographic:
        findings.append(_geographic(subject, target.name))
    elif target.code:
        made = readings(given, subject, units.length, target.unit_m)
    return Carrier(kind, ids, subject, target.name, target.vertical_name, target.code, target.vertical, made, problem,
                   tuple(findings), given=given, context=context)


def _target(subject: str, reference: Entity | None) -> Target:
    if reference is None:
        return Target(problem="the coordinate operation has no target CRS")
    texts = value_of(reference, "WellKnownText")
    wkt = value_of(texts[0], "WellKnownText") if isinstance(texts, tuple) and texts else ""
    name = text_of(reference, "Name")
    return resolve_target(subject, name, text_of(reference, "VerticalDatum"), wkt if not name or name.upper() == "WKT" else "")


def _values(definition: Entity) -> dict[str, Any]:
    return {re.sub(r"[^a-z]", "", str(one.Name or "").lower()): value_of(value_of(one, "NominalValue"), "wrappedValue")
            for one in definition.HasProperties or ()}


def _number(value: Any) -> float | None:
    if isinstance(value, int | float):
        return float(value)
    found = _NUMBER.search(value.replace(" ", "")) if isinstance(value, str) else None
    return float(found[0].replace(",", ".")) if found else None


def _half_direction(subject: str, given: Conversion) -> Finding:
    return Finding("GEO-006", "error", "the map conversion gives only half of the direction of its x axis", subject,
                   measured=f"XAxisAbscissa {given.abscissa}, XAxisOrdinate {given.ordinate}", expected="both, not both zero",
                   cure="give XAxisAbscissa and XAxisOrdinate")


def _geographic(subject: str, name: str) -> Finding:
    return Finding("GEO-004", "error", f"the target CRS '{name}' is geographic; a map conversion needs a projected one", subject,
                   measured=name, expected="a projected CRS such as EPSG:2326",
                   cure="name the projected CRS that the eastings and northings are in")
