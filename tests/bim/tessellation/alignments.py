"""Small alignments as the engine's own API writes them, for tests against its evaluation and against closed forms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.geom
import ifcopenshell.guid
import numpy as np
from ifcopenshell import ifcopenshell_wrapper
from ifcopenshell.api.alignment._map_alignment_cant_segment import _map_alignment_cant_segment
from ifcopenshell.api.alignment._map_alignment_horizontal_segment import _map_alignment_horizontal_segment
from ifcopenshell.api.alignment._map_alignment_vertical_segment import _map_alignment_vertical_segment
from numpy.typing import NDArray

from bim.tessellation.instances import Instances
from bim.tessellation.source import Source

Floats = NDArray[np.float64]
RAILS = 1.5
"""Distance of the rails."""
RAMP = (
    "#1=IFCCARTESIANPOINT((0.,0.));", "#2=IFCDIRECTION((1.,0.));", "#3=IFCAXIS2PLACEMENT2D(#1,#2);", "#4=IFCVECTOR(#2,1.);", "#5=IFCLINE(#1,#4);",
    "#6=IFCCURVESEGMENT(.CONTINUOUS.,#3,IFCLENGTHMEASURE(0.),IFCLENGTHMEASURE(100.),#5);", "#7=IFCCOMPOSITECURVE((#6),.F.);",
    "#8=IFCGRADIENTCURVE((#6),.F.,#7,$);",
    "#10=IFCCARTESIANPOINT((0.,0.,0.));", "#11=IFCAXIS2PLACEMENT3D(#10,$,$);", "#12=IFCCLOTHOID(#3,40.);",
    "#13=IFCCURVESEGMENT(.CONTINUOUS.,#11,IFCLENGTHMEASURE(0.),IFCLENGTHMEASURE(60.),#12);",
    "#14=IFCCARTESIANPOINT((60.,0.,0.));", "#15=IFCDIRECTION((0.,-0.6,0.8));", "#16=IFCDIRECTION((1.,0.,0.));", "#17=IFCAXIS2PLACEMENT3D(#14,#15,#16);",
    "#18=IFCCURVESEGMENT(.DISCONTINUOUS.,#17,IFCLENGTHMEASURE(0.),IFCLENGTHMEASURE(40.),#5);", "#19=IFCSEGMENTEDREFERENCECURVE((#13,#18),.F.,#8,$);",
)
"""100 m straight and level: #7 the plan, #8 with a profile, #19 with cant that turns about the middle by a sine of 0.6 over 60 m."""


class Made:
    """A file with one alignment: a plan segment, a profile segment and a cant segment."""

    def __init__(self, plan: str, *, radii: tuple[float, float] = (0.0, 300.0), length: float = 100.0, profile: str = "CONSTANTGRADIENT",
                 grades: tuple[float, float] = (0.01, 0.01), ramp: str = "LINEARTRANSITION", cant: float = 0.15) -> None:
        self.file = ifcopenshell.file(schema="IFC4X3_ADD2")
        units = [self.file.create_entity("IfcSIUnit", UnitType=kind, Name=name)
                 for kind, name in (("LENGTHUNIT", "METRE"), ("PLANEANGLEUNIT", "RADIAN"))]
        assignment = self.file.create_entity("IfcUnitAssignment", Units=units)
        self.file.create_entity("IfcProject", GlobalId=ifcopenshell.guid.new(), UnitsInContext=assignment)
        start = self.file.create_entity("IfcCartesianPoint", (10.0, 20.0))
        self.composite = self.file.create_entity("IfcCompositeCurve", self._segments(_map_alignment_horizontal_segment, self._with(
            "IfcAlignmentHorizontalSegment", StartPoint=start, StartDirection=0.3, StartRadiusOfCurvature=radii[0],
            EndRadiusOfCurvature=radii[1], SegmentLength=length, PredefinedType=plan)), False)
        radius = length / (grades[1] - grades[0]) if grades[0] != grades[1] else None
        heights = self._segments(_map_alignment_vertical_segment, self._with(
            "IfcAlignmentVerticalSegment", StartDistAlong=0.0, HorizontalLength=length, StartHeight=5.0, StartGradient=grades[0],
            EndGradient=grades[1], RadiusOfCurvature=radius, PredefinedType=profile))
        self.gradient = self.file.create_entity("IfcGradientCurve", Segments=heights, SelfIntersect=False, BaseCurve=self.composite)
        ramps = self._cant(ramp, 0.0, length, 0.0, cant) + self._cant("CONSTANTCANT", length, 0.0, cant, cant)
        self.reference = self.file.create_entity("IfcSegmentedReferenceCurve", Segments=ramps, SelfIntersect=False, BaseCurve=self.gradient)

    def _with(self, name: str, **parameters: Any) -> Any:
        return self.file.create_entity("IfcAlignmentSegment", GlobalId=ifcopenshell.guid.new(),
                                       DesignParameters=self.file.create_entity(name, **parameters))

    def _segments(self, mapped: Any, segment: Any, *more: float) -> list[Any]:
        return [one for one in mapped(self.file, segment, *more) if one]

    def _cant(self, ramp: str, begin: float, length: float, first: float, last: float) -> list[Any]:
        return self._segments(_map_alignment_cant_segment, self._with(
            "IfcAlignmentCantSegment", StartDistAlong=begin, HorizontalLength=length, StartCantLeft=0.0, EndCantLeft=0.0,
            StartCantRight=first, EndCantRight=last, PredefinedType=ramp), RAILS)

    def source(self, folder: Path) -> Source:
        """As the builders see it."""
        path = folder / "a.ifc"
        self.file.write(str(path))
        return Source(Instances.read(path))

    def engine(self, curve: Any, distances: Floats) -> Floats:
        """(n, 4, 4) of the engine's own evaluation: columns along, left, up and point."""
        settings = ifcopenshell.geom.settings()
        evaluator = ifcopenshell_wrapper.function_item_evaluator(settings, ifcopenshell_wrapper.map_shape(settings, curve))
        return np.array([np.array(evaluator.evaluate(float(one))) for one in distances])
