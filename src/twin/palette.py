"""The palette: which classes make a building's shell, which are not drawn, and colours for what has none of its own."""

from __future__ import annotations

from functools import cache

Rgba = tuple[float, float, float, float]

SHELL_CLASSES = frozenset({
    "IfcBeam", "IfcBearing", "IfcBridge", "IfcBridgePart", "IfcBuildingElementProxy", "IfcBuiltElement", "IfcChimney",
    "IfcCivilElement", "IfcColumn", "IfcCourse", "IfcCovering", "IfcCurtainWall", "IfcDeepFoundation",
    "IfcEarthworksCut", "IfcEarthworksElement", "IfcEarthworksFill", "IfcFacility", "IfcFooting", "IfcGeographicElement",
    "IfcGeotechnicalStratum", "IfcKerb", "IfcMarineFacility", "IfcMember", "IfcPavement", "IfcPile", "IfcPlate",
    "IfcRail", "IfcRailway", "IfcRamp", "IfcRampFlight", "IfcRoad", "IfcRoof", "IfcSite", "IfcSlab", "IfcStair",
    "IfcStairFlight", "IfcTrackElement", "IfcWall", "IfcWallStandardCase", "IfcWallElementedCase",
    "IfcSlabStandardCase", "IfcSlabElementedCase", "IfcPlateStandardCase", "IfcMemberStandardCase", "IfcBeamStandardCase",
    "IfcColumnStandardCase", "IfcWindow", "IfcWindowStandardCase", "IfcShadingDevice", "IfcSurfaceFeature",
})
"""Seen from afar; everything else is detail that loads by its size."""

SPACE_CLASSES = frozenset({"IfcSpace", "IfcSpatialZone", "IfcExternalSpatialElement"})
"""Volumes that are drawn translucent, in a tileset of their own."""

HIDDEN_CLASSES = frozenset({
    "IfcOpeningElement", "IfcOpeningStandardCase", "IfcVoidingFeature", "IfcProjectionElement", "IfcAnnotation", "IfcGrid",
    "IfcVirtualElement", "IfcReferent", "IfcAlignment", "IfcStructuralCurveMember", "IfcStructuralSurfaceMember",
})
"""What describes a building without being seen in it."""

_PLAIN: Rgba = (0.80, 0.80, 0.78, 1.0)
_COLOURS: dict[str, Rgba] = {
    "Wall": (0.90, 0.89, 0.86, 1.0),
    "Slab": (0.74, 0.74, 0.73, 1.0),
    "Roof": (0.66, 0.68, 0.70, 1.0),
    "Covering": (0.88, 0.87, 0.83, 1.0),
    "Window": (0.62, 0.76, 0.84, 0.45),
    "CurtainWall": (0.62, 0.76, 0.84, 0.45),
    "Plate": (0.66, 0.78, 0.85, 0.55),
    "Door": (0.60, 0.48, 0.36, 1.0),
    "Column": (0.70, 0.70, 0.69, 1.0),
    "Beam": (0.66, 0.66, 0.66, 1.0),
    "Member": (0.62, 0.64, 0.66, 1.0),
    "Stair": (0.72, 0.71, 0.69, 1.0),
    "Railing": (0.50, 0.52, 0.55, 1.0),
    "Duct": (0.58, 0.70, 0.78, 1.0),
    "Pipe": (0.36, 0.60, 0.52, 1.0),
    "Pump": (0.20, 0.46, 0.70, 1.0),
    "Valve": (0.76, 0.34, 0.26, 1.0),
    "Cable": (0.84, 0.60, 0.26, 1.0),
    "Furni": (0.68, 0.56, 0.42, 1.0),
    "Space": (0.36, 0.60, 0.86, 0.25),
    "Site": (0.60, 0.66, 0.52, 1.0),
    "Geographic": (0.60, 0.66, 0.52, 1.0),
    "Earthworks": (0.64, 0.58, 0.46, 1.0),
    "Pavement": (0.44, 0.45, 0.47, 1.0),
    "Rail": (0.46, 0.44, 0.44, 1.0),
}


@cache
def colour_of(ifc_class: str) -> Rgba:
    """The colour of a class whose model gives none, by the longest word of the palette in its name.

    >>> colour_of("IfcPipeSegment") == colour_of("IfcPipeFitting")
    True
    """
    words = [word for word in _COLOURS if word in ifc_class]
    return _COLOURS[max(words, key=len)] if words else _PLAIN
