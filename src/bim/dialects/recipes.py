"""Recipes: classes whose content another class, or several instances, carry in the target schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bim.dialects import alignment_2d
from bim.dialects.values import kind, split

Values = dict[str, bytes]
Made = tuple[str, Values] | None
"""The target's class and its values by name; None where nothing can stand for the instance."""

_REFERENCE = re.compile(rb"#(\d+)")
_TYPED = re.compile(rb"(IFC[A-Z0-9]+ENUM)\s*\(\s*(\.[A-Z0-9_]+\.)\s*\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance as text: its number, its upper-case class and its values."""

    number: int
    name: str
    values: list[bytes]

    def text(self) -> bytes:
        """As a STEP statement."""
        return b"#%d=%b(%b);" % (self.number, self.name.encode(), b",".join(self.values))


@dataclass(slots=True)
class Context:
    """Instances that recipes look up, and those that they add."""

    instances: Mapping[int, Instance]
    free: int
    added: list[Instance] = field(default_factory=list)
    _points: dict[tuple[int, bytes, bool], bytes] = field(default_factory=dict)
    _up: bytes = b""

    def at(self, reference: bytes) -> Instance | None:
        """The looked-up instance that a value refers to."""
        found = _REFERENCE.fullmatch(reference)
        return self.instances.get(int(found[1])) if found else None

    def add(self, name: str, *values: bytes) -> bytes:
        """A new instance; a reference to it."""
        self.added.append(Instance(self.free, name.upper(), list(values)))
        self.free += 1
        return b"#%d" % (self.free - 1)

    def point(self, reference: bytes, curve: bytes, *, level: bool = False) -> bytes:
        """The point on a curve that an IfcDistanceExpression or an IfcPointByDistanceExpression means.

        Args:
            level: without its vertical offset.
        """
        distance = self.at(reference)
        if distance is None or distance.name != "IFCDISTANCEEXPRESSION":
            return reference
        key = distance.number, curve, level
        if key not in self._points:
            along, lateral, vertical, longitudinal = (*distance.values, b"$", b"$", b"$")[:4]
            self._points[key] = self.add("IfcPointByDistanceExpression", b"IFCLENGTHMEASURE(" + along + b")", lateral,
                                         b"$" if level else vertical, longitudinal, curve)
        return self._points[key]

    def height(self, reference: bytes) -> bytes | None:
        """The vertical offset of an IfcDistanceExpression, which counts straight up; None where it has none."""
        distance = self.at(reference)
        if distance is None or distance.name != "IFCDISTANCEEXPRESSION" or len(distance.values) < 3:
            return None
        return distance.values[2] if kind(distance.values[2]) == "number" and float(distance.values[2]) else None

    def upwards(self) -> bytes:
        """The direction straight up."""
        self._up = self._up or self.add("IfcDirection", b"(0.,0.,1.)")
        return self._up

    def placement(self, reference: bytes, curve: bytes, axis: bytes = b"$", *, level: bool = False) -> bytes:
        """The linear axis placement at such a point; what is none stays as it is."""
        point = self.point(reference, curve, level=level)
        return self.add("IfcAxis2PlacementLinear", point, axis, b"$") if point != reference or self.at(reference) else reference


SOURCES = (*alignment_2d.SOURCES, "IfcFacilityPart", "IfcLinearPlacement", "IfcMapConversion", "IfcOffsetCurveByDistances",
           "IfcSectionedSolidHorizontal", "IfcSectionedSurface", "IfcStyledItem", "IfcTransportElement", "IfcTransportElementType")
"""Classes that have a recipe."""

TAKEN_UP = (*alignment_2d.TAKEN_UP, "IfcDistanceExpression", "IfcOrientationExpression", "IfcPresentationStyleAssignment")
"""Classes whose instances go, because those that refer to them say the same."""

_LOOKED_UP = frozenset(("IFCDISTANCEEXPRESSION", "IFCORIENTATIONEXPRESSION", "IFCPOINTBYDISTANCEEXPRESSION",
                        "IFCPRESENTATIONSTYLEASSIGNMENT"))

USES: Mapping[str, tuple[str, ...]] = {
    "IfcAlignmentCurve": ("Horizontal", "Vertical"), "IfcSectionedSolidHorizontal": ("FixedAxisVertical",),
    "IfcSectionedSurface": ("FixedAxisVertical",), "IfcLinearPlacement": ("PlacementMeasuredAlong", "Distance", "Orientation"),
    "IfcMapConversion": ("ScaleY", "ScaleZ"),
    "IfcDoorStyle": ("ConstructionType", "Sizeable"), "IfcWindowStyle": ("ConstructionType", "Sizeable"), "IfcProxy": ("ProxyType",),
}
"""Attributes that a recipe uses or that say nothing, though the target class does not have them."""

DEFAULTS: Mapping[tuple[str, str], bytes] = {
    ("IfcBridgePart", "UsageType"): b".NOTDEFINED.", ("IfcFacilityPartCommon", "UsageType"): b".NOTDEFINED.",
    ("IfcMarinePart", "UsageType"): b".NOTDEFINED.", ("IfcRailwayPart", "UsageType"): b".NOTDEFINED.",
    ("IfcRoadPart", "UsageType"): b".NOTDEFINED.", ("IfcCurveSegment", "SegmentStart"): b"IFCLENGTHMEASURE(0.)",
    ("IfcGradientCurve", "SelfIntersect"): b".F.", ("IfcSegmentedReferenceCurve", "SelfIntersect"): b".F.",
    ("IfcDoorType", "PredefinedType"): b".NOTDEFINED.", ("IfcWindowType", "PredefinedType"): b".NOTDEFINED.",
}
"""What a required attribute says where the source has no word for it."""

_PARTS = {"IFCBRIDGEPARTTYPEENUM": "IfcBridgePart", "IFCROADPARTTYPEENUM": "IfcRoadPart", "IFCRAILWAYPARTTYPEENUM": "IfcRailwayPart",
          "IFCMARINEPARTTYPEENUM": "IfcMarinePart", "IFCFACILITYPARTCOMMONTYPEENUM": "IfcFacilityPartCommon"}
_STRATA = {"IfcSolidStratum": b".SOLID.", "IfcVoidStratum": b".VOID.", "IfcWaterStratum": b".WATER."}


def looked_up(present: set[str]) -> frozenset[str]:
    """Upper-case classes that others are made from, in a file with these upper-case classes."""
    return _LOOKED_UP | frozenset(alignment_2d.LOOKED_UP if present & {one.upper() for one in alignment_2d.SOURCES} else ())


def applied(source: str, target: str, given: Values, instance: Instance, context: Context) -> Made:
    """The target's class and values of an instance whose values are given by the target's names."""
    recipe = _RECIPES.get(source)
    if recipe is not None:
        return recipe(target, given, instance, context)
    if source in _STRATA:
        return target, {**given, "PredefinedType": _STRATA[source]}
    if source == "IfcPlant":
        return target, {**given, "PredefinedType": b".VEGETATION."}
    return (target, given) if target else None


def _facility_part(_target: str, given: Values, instance: Instance, _context: Context) -> Made:
    """A part of a facility is of the class that its type's enumeration belongs to."""
    own = instance.values[9:]
    typed = next((found for value in own if (found := _TYPED.fullmatch(value))), None)
    usage = next((value for value in own if kind(value) == "enumeration"), b".NOTDEFINED.")
    shared = {name: value for name, value in given.items() if name not in ("UsageType", "PredefinedType")}
    name = _PARTS.get(typed[1].decode().upper(), "IfcFacilityPartCommon") if typed else "IfcFacilityPartCommon"
    return name, {**shared, "UsageType": usage, "PredefinedType": typed[2].upper() if typed else b"$"}


def _transport(target: str, given: Values, _instance: Instance, _context: Context) -> Made:
    """What moves on its own is a vehicle."""
    typed = _TYPED.fullmatch(given.get("PredefinedType", b"$"))
    if typed and typed[1].upper() == b"IFCTRANSPORTELEMENTNONFIXEDTYPEENUM":
        target = target.replace("IfcTransportElement", "IfcVehicle")
    return target, given


def _map_conversion(target: str, given: Values, _instance: Instance, _context: Context) -> Made:
    """Scales by axis are one scale where they are the same, else factors on a scale of one."""
    factors = [given.get(name, b"$") for name in ("Scale", "ScaleY", "ScaleZ")]
    if len({float(value) for value in factors if kind(value) == "number"}) < 2 and (kind(factors[0]) or not any(map(kind, factors))):
        return target, given
    x, y, z = (value if kind(value) else b"1." for value in factors)
    return "IfcMapConversionScaled", {**given, "Scale": b"1.", "FactorX": x, "FactorY": y, "FactorZ": z}


def _styled_item(target: str, given: Values, _instance: Instance, context: Context) -> Made:
    """Styles are named without an assignment between."""
    styles = given.get("Styles", b"$")
    if kind(styles) != "list":
        return target, given
    flat: list[bytes] = []
    for one in split(styles[1:-1]):
        assignment = context.at(one)
        inner = assignment.values[0] if assignment is not None and assignment.values else b""
        flat += [value for value in split(inner[1:-1]) if kind(value) == "reference"] if inner[:1] == b"(" else [one]
    return target, {**given, "Styles": b"(" + b",".join(flat) + b")"}


def _sections(target: str, given: Values, _instance: Instance, context: Context) -> Made:
    """Sections stand at axis placements."""
    positions = given.get("CrossSectionPositions", b"$")
    if kind(positions) == "list":
        axis = context.upwards() if given.get("FixedAxisVertical", b"$").upper() == b".T." else b"$"
        placed = [context.placement(one, given.get("Directrix", b"$"), axis) for one in split(positions[1:-1])]
        given = {**given, "CrossSectionPositions": b"(" + b",".join(placed) + b")"}
    return target, given


def _offset_curve(target: str, given: Values, _instance: Instance, context: Context) -> Made:
    offsets = given.get("OffsetValues", b"$")
    if kind(offsets) == "list":
        points = [context.point(one, given.get("BasisCurve", b"$")) for one in split(offsets[1:-1])]
        given = {**given, "OffsetValues": b"(" + b",".join(points) + b")"}
    return target, given


def _linear_placement(target: str, given: Values, _instance: Instance, context: Context) -> Made:
    """A distance along a curve is a linear axis placement; where it was worked out in Cartesian terms, that holds."""
    if "Distance" not in given:
        return target, given
    cartesian = given.get("CartesianPosition", b"$")
    if kind(cartesian):
        return "IfcLocalPlacement", {"PlacementRelTo": given.get("PlacementRelTo", b"$"), "RelativePlacement": cartesian}
    if kind(given.get("RelativePlacement", b"$")):
        return target, given
    oriented = context.at(given.get("Orientation", b"$"))
    along, above = given.get("PlacementMeasuredAlong", b"$"), given.get("PlacementRelTo", b"$")
    height = context.height(given["Distance"])
    if height is None or oriented is not None:
        axis = oriented.values[1] if oriented is not None and len(oriented.values) > 1 else context.upwards()
        return target, {"PlacementRelTo": above, "RelativePlacement": context.placement(given["Distance"], along, axis)}
    level = context.add(target, above, context.placement(given["Distance"], along, context.upwards(), level=True), b"$")
    point = context.add("IfcCartesianPoint", b"(0.,0.," + height + b")")
    raised = context.add("IfcAxis2Placement3D", point, b"$", b"$")
    return "IfcLocalPlacement", {"PlacementRelTo": level, "RelativePlacement": raised}


def _alignment_curve(_target: str, _given: Values, instance: Instance, context: Context) -> Made:
    return alignment_2d.alignment_curve(instance, context)


_RECIPES: Mapping[str, Callable[[str, Values, Instance, Context], Made]] = {
    "IfcAlignmentCurve": _alignment_curve,
    "IfcFacilityPart": _facility_part,
    "IfcLinearPlacement": _linear_placement,
    "IfcMapConversion": _map_conversion,
    "IfcOffsetCurveByDistances": _offset_curve,
    "IfcSectionedSolidHorizontal": _sections,
    "IfcSectionedSurface": _sections,
    "IfcStyledItem": _styled_item,
    "IfcTransportElement": _transport,
    "IfcTransportElementType": _transport,
}
