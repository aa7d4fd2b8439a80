"""Kinds of what a plan shows, and how each IFC class is drawn: cut through, or seen from above."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What a line or an area of a plan stands for."""

    SPACE = "space"
    WALL = "wall"
    COLUMN = "column"
    CURTAIN_WALL = "curtain-wall"
    WINDOW = "window"
    DOOR = "door"
    DOOR_SWING = "door-swing"
    STAIR = "stair"
    TREAD = "tread"
    RAMP = "ramp"
    RAILING = "railing"
    SLAB = "slab"
    TRANSPORT = "transport"
    FURNITURE = "furniture"
    EQUIPMENT = "equipment"
    SERVICE = "service"
    STRUCTURE = "structure"
    OBJECT = "object"


SEEN = frozenset({Kind.STAIR, Kind.RAMP, Kind.RAILING, Kind.TRANSPORT, Kind.FURNITURE, Kind.EQUIPMENT, Kind.OBJECT})
"""Drawn by their outline from above where they stand on the floor; everything else only where it is cut."""

_BY_CLASS = (
    (("IfcWall",), Kind.WALL), (("IfcColumn", "IfcPile"), Kind.COLUMN), (("IfcCurtainWall", "IfcPlate", "IfcMember"), Kind.CURTAIN_WALL),
    (("IfcWindow",), Kind.WINDOW), (("IfcDoor",), Kind.DOOR), (("IfcStair",), Kind.STAIR), (("IfcRamp",), Kind.RAMP),
    (("IfcRailing",), Kind.RAILING), (("IfcSlab", "IfcRoof", "IfcCovering"), Kind.SLAB),
    (("IfcTransport", "IfcLift", "IfcEscalator"), Kind.TRANSPORT), (("IfcFurni", "IfcSystemFurniture"), Kind.FURNITURE),
    (("IfcBeam", "IfcFooting", "IfcReinforcing", "IfcTendon", "IfcElementAssembly", "IfcMechanicalFastener", "IfcFastener"),
     Kind.STRUCTURE),
    (("IfcPipe", "IfcDuct", "IfcCable", "IfcFlowSegment", "IfcFlowFitting", "IfcJunctionBox"), Kind.SERVICE),
    (("IfcDistribution", "IfcFlow", "IfcEnergyConversion"), Kind.EQUIPMENT),
    (("IfcVirtual", "IfcGeographic", "IfcCivil", "IfcEarthworks", "IfcVegetation"), None),
    (("IfcBuildingElementPart", "IfcChimney", "IfcShadingDevice"), Kind.STRUCTURE),
    (("IfcBuildingElement", "IfcBuiltElement", "IfcProxy"), Kind.OBJECT),
)
"""The first prefix that fits gives the kind; what is in no plan has None. Other elements are equipment: there are hundreds of classes."""


def kind_of(ifc_class: str) -> Kind | None:
    """How elements of a class are drawn; None for what no plan shows."""
    return next((kind for prefixes, kind in _BY_CLASS if ifc_class.startswith(prefixes)), Kind.EQUIPMENT)
