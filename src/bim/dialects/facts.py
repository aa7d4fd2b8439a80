"""What differs between published IFC schemas in the order, the names and the choice of values.

Compared class by class: IFC4X1, IFC4X2, IFC4X3, IFC4X3_TC1 and IFC4X3_ADD1 with IFC4X3_ADD2 from the compiled schemas; the
release candidates of IFC4X3 from the published lists of differences (RC1 to RC2, RC2 to ADD1, RC4 to the release) and the
attribute lists of RC3. Classes that are not named here have the same values in the same order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Order = tuple[int, tuple[str, ...]]
"""How many leading values are the target's, and the attributes that follow them in the source."""


@dataclass(frozen=True)
class Dialect:
    """A schema that is read as another one.

    Attributes:
        target: the schema that the engine reads it as.
        orders: class -> the order of its values where it is not the target's.
        classes: class that the target does not have -> the class that takes the same values.
        lost: classes without a counterpart; they are left out.
        enumerators: enumeration -> old -> new enumerator.
        draft: a release candidate, which was never meant for exchange.
    """

    target: str
    orders: Mapping[str, Order] = field(default_factory=dict)
    classes: Mapping[str, str] = field(default_factory=dict)
    lost: frozenset[str] = frozenset()
    enumerators: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    draft: bool = False


GONE: Mapping[str, str] = {
    "AlongHorizontal": "logical", "Axis": "reference", "CurveLength": "number", "Distance": "reference", "FixedAxisVertical": "logical",
    "Flexible": "logical", "Horizontal": "reference", "Vertical": "reference", "Tag": "string",
    "GeometricParameters": "reference", "Mountable": "logical", "Orientation": "reference",
    "PlacementMeasuredAlong": "reference", "RestartDistance": "number", "ScaleY": "number", "ScaleZ": "number", "Segments": "list",
    "SmoothingLength": "number", "StartDistAlong": "number", "TagList": "list", "ProxyType": "enumeration", "UsageType": "enumeration",
    "ConstructionType": "enumeration", "Sizeable": "logical",
}
"""Kinds of the attributes that a target class does not have."""


def _order(shared: int, names: str) -> Order:
    return shared, tuple(names.split())


_CASES = {
    "IfcBeamStandardCase": "IfcBeam", "IfcColumnStandardCase": "IfcColumn", "IfcDoorStandardCase": "IfcDoor",
    "IfcMemberStandardCase": "IfcMember", "IfcOpeningStandardCase": "IfcOpeningElement", "IfcPlateStandardCase": "IfcPlate",
    "IfcSlabElementedCase": "IfcSlab", "IfcSlabStandardCase": "IfcSlab", "IfcWallElementedCase": "IfcWall",
    "IfcWindowStandardCase": "IfcWindow",
}
_STRATA = {"IfcSolidStratum": "IfcGeotechnicalStratum", "IfcVoidStratum": "IfcGeotechnicalStratum",
           "IfcWaterStratum": "IfcGeotechnicalStratum"}
_CURVES = {"IfcAlignmentCurve": "IfcGradientCurve"}
_CURVE_ORDERS = {"IfcAlignmentCurve": _order(0, "Horizontal Vertical Tag")}
_STYLES = {"IfcDoorStyle": "IfcDoorType", "IfcWindowStyle": "IfcWindowType", "IfcProxy": "IfcBuildingElementProxy"}
_STYLE_ORDERS = {
    "IfcProxy": _order(7, "ProxyType Tag"),
    "IfcDoorStyle": _order(8, "OperationType ConstructionType ParameterTakesPrecedence Sizeable"),
    "IfcWindowStyle": _order(8, "ConstructionType PartitioningType ParameterTakesPrecedence Sizeable"),
}
_RAILWAY_PARTS = {
    "DILATATIONSUPERSTRUCTURE": "DILATIONTRACK", "LINESIDESTRUCTURE": "LINESIDE", "LINESIDESTRUCTUREPART": "LINESIDEPART",
    "PLAINTRACKSUPERSTRUCTURE": "PLAINTRACK", "PLAINTRACKSUPESTRUCTURE": "PLAINTRACK", "SUPERSTRUCTURE": "ABOVETRACK",
    "TRACKSTRUCTURE": "TRACK", "TRACKSTRUCTUREPART": "TRACKPART", "TURNOUTSUPERSTRUCTURE": "TURNOUTTRACK",
}
_DOORS = {
    "DOUBLE_PANEL_DOUBLE_SWING": "DOUBLE_DOOR_DOUBLE_SWING", "DOUBLE_PANEL_FOLDING": "DOUBLE_DOOR_FOLDING",
    "DOUBLE_PANEL_LIFTING_VERTICAL": "DOUBLE_DOOR_LIFTING_VERTICAL", "DOUBLE_PANEL_SINGLE_SWING": "DOUBLE_DOOR_SINGLE_SWING",
    "DOUBLE_PANEL_SINGLE_SWING_OPPOSITE_LEFT": "DOUBLE_DOOR_SINGLE_SWING_OPPOSITE_LEFT",
    "DOUBLE_PANEL_SINGLE_SWING_OPPOSITE_RIGHT": "DOUBLE_DOOR_SINGLE_SWING_OPPOSITE_RIGHT",
    "DOUBLE_PANEL_SLIDING": "DOUBLE_DOOR_SLIDING", "REVOLVING_HORIZONTAL": "REVOLVING",
}
_CANDIDATES_SAY = {
    "IfcAudioVisualApplianceTypeEnum": {"RAILWAY_COMMUNICATION_TERMINAL": "COMMUNICATIONTERMINAL"},
    "IfcAlignmentHorizontalSegmentTypeEnum": {"CUBICSPIRAL": "CUBIC", "BIQUADRATICPARABOLA": "HELMERTCURVE"},
    "IfcAlignmentCantSegmentTypeEnum": {"BIQUADRATICPARABOLA": "HELMERTCURVE"},
    "IfcBuiltSystemTypeEnum": {"MOORINGSYSTEM": "MOORING"},
    "IfcCommunicationsApplianceTypeEnum": {
        "INTELLIGENT_PERIPHERAL": "INTELLIGENTPERIPHERAL", "IP_NETWORK_EQUIPMENT": "IPNETWORKEQUIPMENT",
        "OPTICAL_NETWORK_UNIT": "OPTICALNETWORKUNIT"},
    "IfcMarinePartTypeEnum": {"STORAGE": "STORAGEAREA"},
    "IfcMobileTelecommunicationsApplianceTypeEnum": {"REMOTE_RADIO_UNIT": "REMOTERADIOUNIT"},
    "IfcRailwayPartTypeEnum": _RAILWAY_PARTS,
    "IfcDoorTypeOperationEnum": _DOORS,
}
_RELEASE_SAYS = {"IfcRailwayPartTypeEnum": _RAILWAY_PARTS, "IfcDoorTypeOperationEnum": _DOORS}

_ALIGNMENT_2D = frozenset(("IfcAlignment2DCant", "IfcAlignment2DCantSegLine", "IfcAlignment2DCantSegTransition",
                           "IfcAlignment2DVerSegTransition"))
_INCLINED = frozenset(("IfcAxisLateralInclination", "IfcDirectrixDistanceSweptAreaSolid", "IfcInclinedReferenceSweptAreaSolid",
                       "IfcLinearAxisWithInclination", "IfcLinearPlacementWithInclination", "IfcLinearSpanPlacement"))

_WITH_AXIS = {
    "IfcAlignment": _order(7, "Axis PredefinedType"),
    "IfcLinearPositioningElement": _order(7, "Axis"),
    "IfcReferent": _order(7, "PredefinedType RestartDistance"),
}
_SECTIONS = {
    "IfcSectionedSolidHorizontal": _order(3, "FixedAxisVertical"),
    "IfcSectionedSurface": _order(3, "FixedAxisVertical"),
}
_CANDIDATE_ORDERS = {
    **_SECTIONS,
    **_STYLE_ORDERS,
    "IfcReferent": _order(7, "PredefinedType RestartDistance"),
    "IfcKerb": _order(8, "Mountable"),
    "IfcKerbType": _order(9, "Mountable"),
    "IfcPavement": _order(8, "Flexible"),
    "IfcPavementType": _order(9, "Flexible"),
    "IfcMapConversion": _order(8, "ScaleY ScaleZ"),
    "IfcRelInterferesElements": _order(7, "InterferenceSpace InterferenceType ImpliedOrder"),
}
_RC2_ORDERS = {
    **_CANDIDATE_ORDERS,
    **_WITH_AXIS,
    "IfcAlignmentHorizontal": _order(7, "StartDistAlong Segments"),
    "IfcAlignmentVertical": _order(7, "Segments"),
    "IfcAlignmentCant": _order(8, "Segments"),
    "IfcAlignmentCantSegment": _order(8, "SmoothingLength PredefinedType"),
    "IfcGradientCurve": _order(0, "BaseCurve Segments EndPoint"),
    "IfcSegmentedReferenceCurve": _order(0, "BaseCurve Segments EndPoint"),
    "IfcCurveSegment": _order(1, "Placement SegmentLength ParentCurve"),
    "IfcLinearPlacement": _order(1, "PlacementMeasuredAlong Distance RelativePlacement CartesianPosition"),
}
_OLD_ORDERS = {
    **_CURVE_ORDERS,
    **_SECTIONS,
    **_STYLE_ORDERS,
    **_WITH_AXIS,
}

_TO_RELEASE = "IFC4X3_ADD2"
DIALECTS: Mapping[str, Dialect] = {
    "IFC4X1": Dialect(
        _TO_RELEASE,
        orders={**_OLD_ORDERS, "IfcGridPlacement": _order(0, "PlacementLocation PlacementRefDirection"),
                "IfcLinearPlacement": _order(0, "PlacementMeasuredAlong Distance Orientation CartesianPosition")},
        classes={**_CASES, **_CURVES, **_STYLES}, lost=_ALIGNMENT_2D),
    "IFC4X2": Dialect(
        _TO_RELEASE,
        orders={**_OLD_ORDERS, "IfcBridgePart": _order(9, "PredefinedType"),
                "IfcLinearPlacement": _order(1, "PlacementMeasuredAlong Distance Orientation CartesianPosition")},
        classes={**_CASES, **_CURVES, **_STYLES, "IfcFacilityPart": "IfcFacilityPartCommon"}, lost=_ALIGNMENT_2D),
    "IFC4X3_RC1": Dialect(
        _TO_RELEASE,
        orders={**_CANDIDATE_ORDERS, **_CURVE_ORDERS, **_WITH_AXIS, "IfcBridgePart": _order(9, "PredefinedType UsageType"),
                "IfcLinearPlacement": _order(1, "PlacementMeasuredAlong Distance Orientation CartesianPosition")},
        classes={**_CASES, **_CURVES, **_STYLES, **_STRATA, "IfcPlant": "IfcGeographicElement"}, lost=_ALIGNMENT_2D | _INCLINED,
        enumerators=_CANDIDATES_SAY, draft=True),
    "IFC4X3_RC2": Dialect(
        _TO_RELEASE, orders={**_RC2_ORDERS, "IfcBridgePart": _order(9, "PredefinedType UsageType")},
        classes={**_CASES, **_STYLES, **_STRATA, "IfcPlant": "IfcGeographicElement"},
        lost=_ALIGNMENT_2D | _INCLINED | {"IfcBlossCurve", "IfcSeriesParameterCurve"}, enumerators=_CANDIDATES_SAY, draft=True),
    "IFC4X3_RC3": Dialect(
        _TO_RELEASE, orders=_CANDIDATE_ORDERS, classes={**_CASES, **_STYLES, **_STRATA, "IfcPlant": "IfcGeographicElement"},
        lost=frozenset(("IfcCosine", "IfcSine", "IfcVienneseBend", "IfcDirectrixDistanceSweptAreaSolid",
                        "IfcInclinedReferenceSweptAreaSolid")), enumerators=_CANDIDATES_SAY, draft=True),
    "IFC4X3_RC4": Dialect(
        _TO_RELEASE, orders=_CANDIDATE_ORDERS, classes={**_CASES, **_STYLES, **_STRATA, "IfcPlant": "IfcGeographicElement"},
        lost=frozenset(("IfcCosine", "IfcSine")), enumerators=_CANDIDATES_SAY, draft=True),
    "IFC4X3": Dialect(
        _TO_RELEASE,
        orders={
            "IfcKerb": _order(8, "Mountable"), "IfcKerbType": _order(9, "Mountable"),
            "IfcMapConversion": _order(8, "ScaleY ScaleZ"),
            "IfcRelInterferesElements": _order(7, "InterferenceSpace InterferenceType ImpliedOrder"),
            "IfcTriangulatedFaceSet": _order(1, "Closed Normals CoordIndex PnIndex"),
            "IfcTriangulatedIrregularNetwork": _order(1, "Closed Normals CoordIndex PnIndex Flags"),
        }, enumerators=_RELEASE_SAYS),
    "IFC4X3_TC1": Dialect(_TO_RELEASE, orders={"IfcMapConversion": _order(8, "ScaleY ScaleZ")}, enumerators=_RELEASE_SAYS),
    "IFC4X3_ADD1": Dialect(_TO_RELEASE, orders={"IfcGeographicCRS": _order(4, "AngleUnit")}, enumerators=_RELEASE_SAYS),
}
"""Schema id -> how it is read; ids with the same values as a native schema are not here (`bim.ifc.ALIASES`)."""
