"""Curves, profiles and what is swept from them, against formulas."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bim.tessellation.body import Refused
from bim.tessellation.curves import arc_steps, is_closed, path_of, through_three
from bim.tessellation.instances import DERIVED, Enumeration, Instances, Ref, Typed, parsed
from bim.tessellation.profiles import part, signed_area
from bim.tessellation.source import Source
from bim.tessellation.splines import bspline
from bim.tessellation.swept_disks import tube
from bim.tessellation.topology import is_closed as closed_triangles
from bim.tessellation.topology import signed_volume, surface_area
from tests.bim.tessellation.stepping import source_in

FRAME = ("#1=IFCCARTESIANPOINT((0.,0.,0.));", "#2=IFCAXIS2PLACEMENT3D(#1,$,$);", "#3=IFCCARTESIANPOINT((0.,0.));",
         "#4=IFCAXIS2PLACEMENT2D(#3,$);", "#5=IFCDIRECTION((0.,0.,1.));", "#6=IFCAXIS1PLACEMENT(#7,#8);",
         "#7=IFCCARTESIANPOINT((-3.,0.,0.));", "#8=IFCDIRECTION((0.,1.,0.));")


@pytest.fixture
def source_of(tmp_path: Path) -> Any:
    return partial(source_in, tmp_path)


def volume(body: Any) -> float:
    return signed_volume(body.vertices, body.triangles)


PROFILES = [
    ("IFCRECTANGLEPROFILEDEF(.AREA.,$,#4,2.,1.)", 2.0, 1e-9), ("IFCRECTANGLEPROFILEDEF(.AREA.,$,$,2.,1.)", 2.0, 1e-9),
    ("IFCROUNDEDRECTANGLEPROFILEDEF(.AREA.,$,#4,2.,1.,0.2)", 2.0 - (4 - math.pi) * 0.04, 2e-3),
    ("IFCRECTANGLEHOLLOWPROFILEDEF(.AREA.,$,#4,2.,1.,0.1,$,$)", 2.0 - 1.8 * 0.8, 1e-9),
    ("IFCCIRCLEPROFILEDEF(.AREA.,$,#4,0.5)", math.pi / 4, 5e-3), ("IFCCIRCLEHOLLOWPROFILEDEF(.AREA.,$,#4,0.5,0.1)", math.pi * 0.09, 5e-3),
    ("IFCELLIPSEPROFILEDEF(.AREA.,$,#4,2.,1.)", 2 * math.pi, 5e-3),
    ("IFCISHAPEPROFILEDEF(.AREA.,$,#4,0.2,0.4,0.01,0.02,$)", 2 * 0.2 * 0.02 + 0.36 * 0.01, 1e-9),
    ("IFCISHAPEPROFILEDEF(.AREA.,$,#4,0.2,0.4,0.01,0.02,0.015,$,$)", 0.0116 + (4 - math.pi) * 0.015**2, 3e-3),
    ("IFCLSHAPEPROFILEDEF(.AREA.,$,#4,0.1,0.1,0.01,$,$,$)", 0.1 * 0.01 + 0.09 * 0.01, 1e-9),
    ("IFCUSHAPEPROFILEDEF(.AREA.,$,#4,0.2,0.08,0.006,0.01,$,$,$)", 2 * 0.08 * 0.01 + 0.18 * 0.006, 1e-9),
    ("IFCTSHAPEPROFILEDEF(.AREA.,$,#4,0.2,0.1,0.01,0.02,$,$,$,$,$)", 0.1 * 0.02 + 0.18 * 0.01, 1e-9),
    ("IFCZSHAPEPROFILEDEF(.AREA.,$,#4,0.2,0.1,0.01,0.02,$,$)", 2 * 0.1 * 0.02 + 0.16 * 0.01, 1e-9),
    ("IFCCSHAPEPROFILEDEF(.AREA.,$,#4,0.2,0.1,0.01,0.03,$)", 0.2 * 0.01 + 2 * 0.09 * 0.01 + 2 * 0.02 * 0.01, 1e-9),
    ("IFCTRAPEZIUMPROFILEDEF(.AREA.,$,#4,2.,1.,1.,0.25)", 1.5, 1e-9),
    ("IFCASYMMETRICISHAPEPROFILEDEF(.AREA.,$,#4,0.2,0.4,0.01,0.02,$,0.1,0.03,$,$)", 0.2 * 0.02 + 0.1 * 0.03 + 0.35 * 0.01, 1e-9),
]


@pytest.mark.parametrize(("definition", "area", "near"), PROFILES, ids=[one[0].split("(")[0][3:].lower() + str(i) for i, one in enumerate(PROFILES)])
def test_an_extruded_profile_has_its_area_times_the_depth(source_of: Any, definition: str, area: float, near: float) -> None:
    body = source_of(*FRAME, f"#20={definition};", "#30=IFCEXTRUDEDAREASOLID(#20,#2,#5,3.);").body(30)
    assert body.closed
    assert closed_triangles(body.triangles, len(body.vertices))
    assert volume(body) == pytest.approx(3 * area, rel=near)
    assert np.ptp(body.vertices[:, 2]) == 3.0


@pytest.mark.parametrize("definition", [
    "IFCISHAPEPROFILEDEF(.AREA.,$,#4,0.2,0.4,0.01,0.02,0.015,$,0.08)", "IFCCRANERAILASHAPEPROFILEDEF(.AREA.,$,#4,0.1)",
    "IFCRECTANGLEPROFILEDEF(.AREA.,$,#4,-2.,1.)", "IFCRECTANGLEPROFILEDEF(.CURVE.,$,#4,2.,1.)", "IFCRECTANGLEPROFILEDEF(.AREA.,$,#4,'a',1.)",
    "IFCROUNDEDRECTANGLEPROFILEDEF(.AREA.,$,#4,2.,1.,0.7)", "IFCRECTANGLEHOLLOWPROFILEDEF(.AREA.,$,#4,2.,1.,0.6,$,$)",
    "IFCDERIVEDPROFILEDEF(.AREA.,$,#20,#2,$)", "IFCCIRCLEPROFILEDEF(.AREA.,$,#4,1E200)", "IFCRECTANGLEPROFILEDEF(.AREA.,$,#4)",
])
def test_a_profile_that_cannot_be_done_exactly_is_refused(source_of: Any, definition: str) -> None:
    with pytest.raises(Refused):
        source_of(*FRAME, f"#20={definition};", "#30=IFCEXTRUDEDAREASOLID(#20,#2,#5,3.);").body(30)


def test_a_slanted_extrusion_keeps_its_volume_below_the_top(source_of: Any) -> None:
    body = source_of(*FRAME, "#9=IFCDIRECTION((1.,0.,-1.));", "#20=IFCRECTANGLEPROFILEDEF(.AREA.,$,#4,2.,1.);",
                     "#30=IFCEXTRUDEDAREASOLID(#20,#2,#9,2.);").body(30)
    assert volume(body) == pytest.approx(2 * math.sqrt(2))
    assert body.vertices[:, 2].min() == pytest.approx(-math.sqrt(2))


def test_a_tapered_extrusion_is_a_frustum(source_of: Any) -> None:
    body = source_of(*FRAME, "#20=IFCRECTANGLEPROFILEDEF(.AREA.,$,#4,2.,2.);", "#21=IFCRECTANGLEPROFILEDEF(.AREA.,$,#4,1.,1.);",
                     "#30=IFCEXTRUDEDAREASOLIDTAPERED(#20,#2,#5,3.,#21);").body(30)
    assert volume(body) == pytest.approx(3 * (4 + 1 + 2) / 3)


@pytest.mark.parametrize("angle", [math.pi / 2, math.pi, -math.pi / 3, 2 * math.pi])
def test_a_revolved_profile_follows_pappus(source_of: Any, angle: float) -> None:
    body = source_of(*FRAME, "#20=IFCRECTANGLEPROFILEDEF(.AREA.,$,#4,2.,1.);", f"#30=IFCREVOLVEDAREASOLID(#20,#2,#6,{angle!r});").body(30)
    assert closed_triangles(body.triangles, len(body.vertices))
    assert volume(body) == pytest.approx(2.0 * 3.0 * abs(angle), rel=5e-3)


def test_a_profile_on_its_axis_makes_a_closed_cylinder(source_of: Any) -> None:
    body = source_of(*FRAME, "#9=IFCAXIS1PLACEMENT(#10,#8);", "#10=IFCCARTESIANPOINT((-1.,0.,0.));",
                     "#20=IFCRECTANGLEPROFILEDEF(.AREA.,$,#4,2.,1.);", f"#30=IFCREVOLVEDAREASOLID(#20,#2,#9,{2 * math.pi!r});").body(30)
    assert closed_triangles(body.triangles, len(body.vertices))
    assert volume(body) == pytest.approx(4 * math.pi, rel=5e-3)


POINTS = ("#40=IFCCARTESIANPOINT((0.,0.,0.));", "#41=IFCCARTESIANPOINT((4.,0.,0.));", "#42=IFCCARTESIANPOINT((4.,3.,0.));",
          "#43=IFCPOLYLINE((#40,#41,#42));", "#44=IFCPOLYLINE((#40,#41,#42,#40));")


@pytest.mark.parametrize("trims", ["$,$", "0.,2.", "0.,1.", "0.,$"])
def test_a_swept_disk_is_as_long_as_its_directrix(source_of: Any, trims: str) -> None:
    body = source_of(*POINTS, f"#30=IFCSWEPTDISKSOLID(#43,0.1,$,{trims});").body(30)
    assert closed_triangles(body.triangles, len(body.vertices))
    assert volume(body) == pytest.approx(math.pi * 0.01 * 7, rel=0.03)
    assert body.vertices[:, 0].max() == pytest.approx(4.1, abs=1e-3)


def test_a_hollow_closed_disk(source_of: Any) -> None:
    body = source_of(*POINTS, "#30=IFCSWEPTDISKSOLID(#44,0.1,0.05,$,$);").body(30)
    assert closed_triangles(body.triangles, len(body.vertices))
    assert volume(body) == pytest.approx(math.pi * 0.0075 * 12, rel=0.03)


@pytest.mark.parametrize("line", ["IFCSWEPTDISKSOLID(#43,0.1,$,0.5,1.5)", "IFCSWEPTDISKSOLID(#43,0.1,0.2,$,$)", "IFCSWEPTDISKSOLID(#99,0.1,$,$,$)",
                                  "IFCSWEPTDISKSOLIDPOLYGONAL(#43,0.1,$,$,$,0.3)"])
def test_disks_that_are_not_whole_are_refused(source_of: Any, line: str) -> None:
    with pytest.raises(Refused):
        source_of(*POINTS, f"#30={line};").body(30)


@pytest.mark.parametrize(("line", "expected"), [
    ("IFCBLOCK(#2,1.,2.,3.)", 6.0), ("IFCRECTANGULARPYRAMID(#2,1.,2.,3.)", 2.0), ("IFCRIGHTCIRCULARCYLINDER(#2,3.,1.)", 3 * math.pi),
    ("IFCRIGHTCIRCULARCONE(#2,3.,1.)", math.pi), ("IFCSPHERE(#2,1.)", 4 / 3 * math.pi),
])
def test_primitives_have_their_volume(source_of: Any, line: str, expected: float) -> None:
    body = source_of(*FRAME, f"#30={line};").body(30)
    assert closed_triangles(body.triangles, len(body.vertices))
    assert volume(body) == pytest.approx(expected, rel=6e-3)


CIRCLE = ("#50=IFCCIRCLE(#4,2.);",)


def length(points: np.ndarray) -> float:
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())


@pytest.mark.parametrize(("trim", "expected"), [
    ("(IFCPARAMETERVALUE(0.)),(IFCPARAMETERVALUE(90.)),.T.,.PARAMETER.", math.pi),
    ("(IFCPARAMETERVALUE(90.)),(IFCPARAMETERVALUE(0.)),.T.,.PARAMETER.", 3 * math.pi),
    ("(IFCPARAMETERVALUE(90.)),(IFCPARAMETERVALUE(0.)),.F.,.PARAMETER.", math.pi),
    ("(#51),(#52),.T.,.CARTESIAN.", math.pi), ("(#51,IFCPARAMETERVALUE(45.)),(#52,IFCPARAMETERVALUE(90.)),.T.,.PARAMETER.", math.pi / 2),
    ("(IFCPARAMETERVALUE(350.)),(IFCPARAMETERVALUE(370.)),.T.,.PARAMETER.", math.pi * 2 / 9),
])
def test_a_trimmed_circle_in_degrees(tmp_path: Path, trim: str, expected: float) -> None:
    path = tmp_path / "a.ifc"
    lines = [*FRAME, *CIRCLE, "#51=IFCCARTESIANPOINT((2.,0.));", "#52=IFCCARTESIANPOINT((0.,2.));", f"#53=IFCTRIMMEDCURVE(#50,{trim});"]
    path.write_text("DATA;\n" + "\n".join(lines) + "\nENDSEC;\n")
    points = path_of(Source(Instances.read(path), angle_rad=math.pi / 180), 53)
    assert length(points) == pytest.approx(expected, rel=2e-3)
    assert np.linalg.norm(points[:, :2], axis=1) == pytest.approx(2.0)


def test_a_composite_curve_turns_its_segments_and_closes(source_of: Any) -> None:
    source = source_of(*FRAME, *CIRCLE, "#53=IFCTRIMMEDCURVE(#50,(IFCPARAMETERVALUE(0.)),(IFCPARAMETERVALUE(3.141592653589793)),.T.,.PARAMETER.);",
                       "#54=IFCCARTESIANPOINT((2.,0.));", "#55=IFCCARTESIANPOINT((-2.,0.));", "#56=IFCPOLYLINE((#54,#55));",
                       "#57=IFCCOMPOSITECURVESEGMENT(.CONTINUOUS.,.T.,#53);", "#58=IFCCOMPOSITECURVESEGMENT(.CONTINUOUS.,.F.,#56);",
                       "#59=IFCCOMPOSITECURVE((#57,#58),.F.);", "#60=IFCARBITRARYCLOSEDPROFILEDEF(.AREA.,$,#59);",
                       "#30=IFCEXTRUDEDAREASOLID(#60,#2,#5,1.);")
    assert is_closed(source, 59)
    assert volume(source.body(30)) == pytest.approx(2 * math.pi, rel=2e-3)


def test_a_gap_in_a_composite_curve_is_refused(source_of: Any) -> None:
    with pytest.raises(Refused, match="gap"):
        path_of(source_of("#1=IFCCARTESIANPOINT((0.,0.));", "#2=IFCCARTESIANPOINT((1.,0.));", "#3=IFCCARTESIANPOINT((1.1,0.));",
                          "#4=IFCCARTESIANPOINT((2.,0.));", "#5=IFCPOLYLINE((#1,#2));", "#6=IFCPOLYLINE((#3,#4));",
                          "#7=IFCCOMPOSITECURVESEGMENT(.CONTINUOUS.,.T.,#5);", "#8=IFCCOMPOSITECURVESEGMENT(.CONTINUOUS.,.T.,#6);",
                          "#9=IFCCOMPOSITECURVE((#7,#8),.F.);"), 9)


def test_an_indexed_curve_has_lines_and_arcs(source_of: Any) -> None:
    source = source_of("#1=IFCCARTESIANPOINTLIST2D(((0.,0.),(2.,0.),(3.,1.),(2.,2.),(0.,2.)));",
                       "#2=IFCINDEXEDPOLYCURVE(#1,(IFCLINEINDEX((1,2)),IFCARCINDEX((2,3,4)),IFCLINEINDEX((4,5,1))),.F.);")
    ring = source.curve(2)[:, :2]
    assert is_closed(source, 2)
    assert signed_area(ring) == pytest.approx(4 + math.pi / 2, rel=1e-3)


@given(st.floats(0.01, 50.0), st.floats(0.01, 6.2))
def test_chords_stay_within_the_sagitta(radius: float, angle: float) -> None:
    steps = arc_steps(radius, angle, 1e-3)
    assert radius * (1 - math.cos(angle / steps / 2)) <= 1e-3 * 1.000001 or angle / steps <= 0.5
    assert angle / steps <= 0.5 + 1e-9


@given(st.lists(st.floats(-50, 50), min_size=9, max_size=9))
@settings(max_examples=60)
def test_an_arc_through_three_points_goes_through_them(numbers: list[float]) -> None:
    a, b, c = np.array(numbers).reshape(3, 3)
    points = through_three(a, b, c, 1e-3)
    assert np.array_equal(points[0], points[0])
    assert np.linalg.norm(points[0] - a) < 1e-6 * (1 + np.abs(points).max())
    assert np.linalg.norm(points[-1] - c) < 1e-9


def test_a_rational_spline_is_a_quarter_circle() -> None:
    control = np.array([[1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, 1.0, 0.0]])
    points = bspline(2, control, np.array([0, 0, 0, 1, 1, 1.0]), np.array([1, math.sqrt(0.5), 1]), 1e-4)
    assert np.linalg.norm(points, axis=1) == pytest.approx(1.0)
    assert length(points) == pytest.approx(math.pi / 2, rel=1e-3)


@given(st.integers(3, 40), st.floats(0.05, 0.3))
@settings(max_examples=40)
def test_a_tube_along_a_helix_is_closed_and_right(count: int, radius: float) -> None:
    t = np.linspace(0, 2 * math.pi, 8 * count)
    path = np.column_stack([3 * np.cos(t), 3 * np.sin(t), t])
    body = tube(part(radius * np.column_stack([np.cos(t[:-1]), np.sin(t[:-1])])), path, closed=False)
    assert closed_triangles(body.triangles, len(body.vertices))
    assert volume(body) == pytest.approx(math.pi * radius**2 * length(path), rel=0.1)
    assert surface_area(body.vertices, body.triangles) > 0


def test_arguments_of_every_kind_are_read() -> None:
    text = rb"'a''b;\X2\6C346CF5\X0\',#12,-1.5E-3,7,.T.,.ELEMENT.,$,*,(1,(2.,3.)),IFCLABEL('x'),IFCARCINDEX((1,2,3)),()"
    assert parsed(text) == ["a'b;水泵", Ref(12), -0.0015, 7, True, Enumeration("ELEMENT"), None, DERIVED, [1, [2.0, 3.0]],
                            Typed("IFCLABEL", "x"), Typed("IFCARCINDEX", [1, 2, 3]), []]


@pytest.mark.parametrize("text", [b"(1,2", b"1)", b"1E999", b"#", b"((((" * 40, b"\x00"])
def test_arguments_that_are_none_are_refused(text: bytes) -> None:
    with pytest.raises(Refused):
        parsed(text)


def test_instances_over_lines_with_comments_and_semicolons_in_strings(tmp_path: Path) -> None:
    path = tmp_path / "odd.ifc"
    path.write_text("HEADER;\nFILE_NAME('#9=IFCFAKE(1);');\nENDSEC;\nDATA;\n#1=IFCWALL('a;b'\n,$, /* #7=IFCFAKE(2); */ #2);#2= IFCSLAB ( 'x' ) ;\n"
                    "#64000000=IFCCARTESIANPOINT((1.,2.));\nENDSEC;\n")
    found = Instances.read(path)
    assert found.ids.tolist() == [1, 2, 64_000_000]
    assert found.args(1) == ["a;b", None, Ref(2)]
    assert (found.class_of(2), found.class_of(7), found.of("IFCSLAB")) == ("IFCSLAB", "", [2])
