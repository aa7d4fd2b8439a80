"""Alignments of IFC4X1 and IFC4X2 in the curves of IFC 4.3: where they run, and what is placed along them."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from bim.dialects import DIALECTS, rewritten
from bim.dialects.alignment_2d import number
from bim.tessellation.alignment import Alignment, alignment_of
from bim.tessellation.body import Refused
from bim.tessellation.instances import Instances, Ref
from bim.tessellation.placements import ObjectPlacements
from bim.tessellation.source import Source
from bim.tessellation.topology import signed_volume

HEAD = "ISO-10303-21;\nHEADER;\nFILE_SCHEMA(('IFC4X3_ADD2'));\nENDSEC;\nDATA;\n"
DEGREES = ("#90=IFCUNITASSIGNMENT((#91));", "#91=IFCCONVERSIONBASEDUNIT(#95,.PLANEANGLEUNIT.,'DEGREE',#92);",
           "#92=IFCMEASUREWITHUNIT(IFCPLANEANGLEMEASURE(1.745329251994E-2),#93);", "#93=IFCSIUNIT(*,.PLANEANGLEUNIT.,$,.RADIAN.);",
           "#95=IFCDIMENSIONALEXPONENTS(0,0,0,0,0,0,0);")
PLAN = ("#1=IFCALIGNMENTCURVE(#2,#3,'機場');", "#2=IFCALIGNMENT2DHORIZONTAL($,(#4));",
        "#4=IFCALIGNMENT2DHORIZONTALSEGMENT($,$,$,#5);", "#6=IFCCARTESIANPOINT((100.,200.));")
FLAT = ("#3=IFCALIGNMENT2DVERTICAL((#7));", "#7=IFCALIGNMENT2DVERSEGLINE($,$,$,0.,100.,5.,0.02);")


def source(folder: Path, *lines: str, schema: str = "IFC4X1") -> Source:
    text, _ = rewritten((HEAD + "\n".join(lines) + "\nENDSEC;\nEND-ISO-10303-21;\n").encode(), DIALECTS[schema], name="a.ifc")
    path = folder / "a.ifc"
    path.write_bytes(text)
    return Source(Instances.read(path))


def alignment(folder: Path, *lines: str) -> Alignment:
    found = alignment_of(source(folder, *lines), 1)
    assert isinstance(found, Alignment)
    return found


def test_an_arc_in_degrees_under_a_line(tmp_path: Path) -> None:
    at = alignment(tmp_path, *PLAN, *FLAT, *DEGREES, "#5=IFCCIRCULARARCSEGMENT2D(#6,90.,100.,300.,.F.);").at([0.0, 100.0])
    angle = 100 / 300
    assert at.points[1] == pytest.approx([100 + 300 * (1 - math.cos(angle)), 200 + 300 * math.sin(angle), 7.0])
    assert at.along[0] == pytest.approx(np.array([0, 1, 0.02]) / math.hypot(1, 0.02))


@pytest.mark.parametrize("form", ["CLOTHOIDCURVE", "BLOSSCURVE", "COSINECURVE", "SINECURVE", "BIQUADRATICPARABOLA"])
@pytest.mark.parametrize(("first", "last"), [("$,500.,.T.,.T.", (0.0, 1 / 500)), ("400.,$,.F.,.T.", (-1 / 400, 0.0)),
                                             ("600.,300.,.F.,.F.", (-1 / 600, -1 / 300)), ("600.,300.,.T.,.F.", (1 / 600, -1 / 300))])
def test_transitions_begin_and_end_with_their_curvatures(tmp_path: Path, form: str, first: str, last: tuple[float, float]) -> None:
    lines = f"#5=IFCTRANSITIONCURVESEGMENT2D(#6,0.3,80.,{first},.{form}.);"
    plan = alignment(tmp_path, *PLAN, *FLAT, lines).horizontal
    points, heading, curvature = plan.at(np.linspace(0.0, 80.0, 4001))
    assert curvature[[0, -1]] == pytest.approx(last, abs=1e-12)
    assert heading[-1] - heading[0] == pytest.approx(80 * sum(last) / 2), "all of them are symmetric about the middle"
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    assert steps == pytest.approx(80 / 4000, rel=1e-6), "no gap, the middle included"
    ways = np.diff(points, axis=0) / steps[:, None]
    middle = (heading[1:] + heading[:-1]) / 2
    assert np.abs(ways - np.column_stack([np.cos(middle), np.sin(middle)])).max() < 1e-6


def test_a_cubic_parabola_has_the_curvature_of_its_radius_where_it_ends(tmp_path: Path) -> None:
    plan = alignment(tmp_path, *PLAN, *FLAT, "#5=IFCTRANSITIONCURVESEGMENT2D(#6,0.,60.,$,800.,.T.,.T.,.CUBICPARABOLA.);").horizontal
    points, _, curvature = plan.at(np.array([0.0, 60.0]))
    x, y = points[1] - points[0]
    assert y == pytest.approx(x**3 / (6 * 800 * 60))
    assert curvature[1] == pytest.approx(x / (800 * 60), rel=3e-3)


@pytest.mark.parametrize(("segment", "height", "grade"), [
    ("IFCALIGNMENT2DVERSEGPARABOLICARC($,$,$,0.,100.,5.,0.02,2000.,.T.)", 5 + 0.02 * 100 - 100**2 / 4000, 0.02 - 100 / 2000),
    ("IFCALIGNMENT2DVERSEGPARABOLICARC($,$,$,0.,100.,5.,-0.02,2000.,.F.)", 5 - 0.02 * 100 + 100**2 / 4000, -0.02 + 100 / 2000),
    ("IFCALIGNMENT2DVERSEGCIRCULARARC($,$,$,0.,100.,5.,0.,2000.,.F.)", 5 + 2000 - math.sqrt(2000**2 - 100**2), None),
])
def test_profiles_crest_where_they_are_convex(tmp_path: Path, segment: str, height: float, grade: float | None) -> None:
    lines = (*PLAN, "#3=IFCALIGNMENT2DVERTICAL((#7));", f"#7={segment};", "#5=IFCLINESEGMENT2D(#6,0.,100.);")
    at = alignment(tmp_path, *lines).at([100.0])
    assert at.points[0] == pytest.approx([200, 200, height])
    if grade is not None:
        assert at.along[0, 2] / at.along[0, 0] == pytest.approx(grade)


def test_without_a_profile_it_is_the_plan(tmp_path: Path) -> None:
    found = source(tmp_path, "#1=IFCALIGNMENTCURVE(#2,$,$);", *PLAN[1:], "#5=IFCLINESEGMENT2D(#6,0.,100.);")
    assert found.class_of(1) == "IFCCOMPOSITECURVE"
    assert alignment_of(found, 1).at([50.0]).points[0] == pytest.approx([150, 200, 0])


def test_a_transition_of_an_unknown_form_leaves_the_curve_out(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="missing"):
        alignment(tmp_path, *PLAN, *FLAT, "#5=IFCTRANSITIONCURVESEGMENT2D(#6,0.,60.,$,800.,.T.,.T.,.SOMETHING.);")


@pytest.mark.parametrize(("schema", "placement"), [("IFC4X1", "(#1,#8,$,$)"), ("IFC4X2", "($,#1,#8,$,$)")])
def test_a_height_beside_an_alignment_counts_straight_up(tmp_path: Path, schema: str, placement: str) -> None:
    lines = (*PLAN, *FLAT, "#5=IFCLINESEGMENT2D(#6,0.,100.);", "#8=IFCDISTANCEEXPRESSION(50.,3.,2.,$,.T.);",
             f"#9=IFCLINEARPLACEMENT{placement};")
    given = source(tmp_path, *lines, schema=schema)
    matrix = ObjectPlacements(given).matrix(Ref(9))
    assert matrix[:3, 3] == pytest.approx([150, 203, 5 + 0.02 * 50 + 2])
    assert matrix[:3, :3] == pytest.approx(np.eye(3)), "upright, whatever the grade"


@pytest.mark.parametrize(("upright", "lowest"), [(".T.", 200.0), (".F.", 200.0 - 3 * math.sin(math.atan(0.02)))])
def test_sections_stand_upright_where_their_axis_is_fixed(tmp_path: Path, upright: str, lowest: float) -> None:
    lines = (*PLAN, *FLAT, "#5=IFCLINESEGMENT2D(#6,1.5707963267948966,100.);", "#8=IFCDISTANCEEXPRESSION(0.,$,$,$,.T.);",
             "#9=IFCDISTANCEEXPRESSION(100.,$,$,$,.T.);", "#10=IFCCARTESIANPOINT((0.,2.));", "#11=IFCAXIS2PLACEMENT2D(#10,$);",
             "#12=IFCRECTANGLEPROFILEDEF(.AREA.,$,#11,1.,2.);", f"#13=IFCSECTIONEDSOLIDHORIZONTAL(#1,(#12,#12),(#8,#9),{upright});")
    body = source(tmp_path, *lines, schema="IFC4X2").body(13)
    assert body.vertices[:, 1].min() == pytest.approx(lowest)
    assert signed_volume(body.vertices - body.vertices[0], body.triangles) == pytest.approx(
        2 * 100 * (1.0 if upright == ".T." else math.hypot(1, 0.02)))


@pytest.mark.parametrize(("value", "text"), [(1.0, b"1.0"), (1e-7, b"1.E-07"), (-2.5e22, b"-2.5E+22"), (0.1, b"0.1")])
def test_numbers_are_written_as_step_does(value: float, text: bytes) -> None:
    assert number(value) == text
    with pytest.raises(ValueError, match="inf"):
        number(math.inf)
