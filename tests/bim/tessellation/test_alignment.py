"""Alignment curves against closed forms, and solids along them."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bim.tessellation.alignment import Alignment, alignment_of
from bim.tessellation.body import Refused
from bim.tessellation.gradient import Vertical
from bim.tessellation.linear_placement import linear_axes
from bim.tessellation.plan import Horizontal
from bim.tessellation.topology import is_closed, signed_volume
from bim.tessellation.transitions import Law, Laws
from tests.bim.tessellation.stepping import source_in


@pytest.fixture
def source_of(tmp_path: Path) -> Any:
    return partial(source_in, tmp_path)


def plan(curvature: float, rate: float = 0.0, heading: float = 0.0, length: float = 1000.0) -> Horizontal:
    return Horizontal(np.zeros(1), np.zeros((1, 2)), np.array([heading]), Laws.of([Law((curvature, rate))]), length)


@given(st.floats(-0.02, 0.02).filter(lambda k: abs(k) > 1e-5), st.floats(0, 400), st.floats(-3, 3))
def test_an_arc_is_an_arc(k: float, s: float, heading: float) -> None:
    (point,), (turned,), _ = plan(k, heading=heading).at(np.array([s]))
    expected = np.array([math.sin(heading + k * s) - math.sin(heading), math.cos(heading) - math.cos(heading + k * s)]) / k
    assert point == pytest.approx(expected, abs=1e-8)
    assert turned == pytest.approx(heading + k * s)


def test_a_clothoid_by_its_series() -> None:
    """x = s - s^5 / (40 a^4) + s^9 / (3456 a^8) ..., y = s^3 / (6 a^2) - s^7 / (336 a^6) + ... for curvature s / a^2."""
    a, s = 100.0, 80.0
    (point,), _, _ = plan(0.0, 1 / a**2).at(np.array([s]))
    x = s - s**5 / (40 * a**4) + s**9 / (3456 * a**8) - s**13 / (599040 * a**12)
    y = s**3 / (6 * a**2) - s**7 / (336 * a**6) + s**11 / (42240 * a**10)
    assert point == pytest.approx([x, y], abs=2e-4)


@given(st.floats(-0.01, 0.01), st.floats(-1e-4, 1e-4), st.floats(1, 300))
@settings(max_examples=60)
def test_the_tangent_is_the_direction_of_travel(k: float, rate: float, s: float) -> None:
    points, headings, _ = plan(k, rate).at(np.array([s - 1e-3, s, s + 1e-3]))
    step = points[2] - points[0]
    assert math.hypot(*step) == pytest.approx(2e-3, rel=1e-6)
    assert step / 2e-3 == pytest.approx([math.cos(headings[1]), math.sin(headings[1])], abs=1e-5)


def test_profiles_of_lines_arcs_and_parabolas() -> None:
    vertical = Vertical(np.array([0.0, 100.0, 200.0]), np.array([5.0, 6.0, 7.5]), np.arctan([0.01, 0.01, 0.02]),
                        np.array([0.0, 1 / 1000, 1 / 5000]), np.array([0, 1, 2]))
    height, grade, _ = vertical.at(np.array([50.0, 150.0, 250.0]))
    angle = math.asin(math.sin(math.atan(0.01)) + 50 / 1000)
    assert height == pytest.approx([5.5, 6.0 + 1000 * (math.cos(math.atan(0.01)) - math.cos(angle)), 7.5 + 0.02 * 50 + 50**2 / 10000])
    assert grade == pytest.approx([0.01, math.tan(angle), 0.02 + 50 / 5000])


def test_beyond_the_ends_is_refused() -> None:
    with pytest.raises(Refused, match="beyond-end"):
        Alignment(plan(0.0), None).at([1000.1])


CURVE = (
    "#1=IFCCARTESIANPOINT((4000000.,500000.));", "#2=IFCDIRECTION((0.,1.));", "#3=IFCAXIS2PLACEMENT2D(#1,#2);",
    "#4=IFCCARTESIANPOINT((0.,0.));", "#5=IFCDIRECTION((1.,0.));", "#6=IFCVECTOR(#5,1.);", "#7=IFCLINE(#4,#6);",
    "#8=IFCCURVESEGMENT(.CONTINUOUS.,#3,IFCLENGTHMEASURE(0.),IFCLENGTHMEASURE(100.),#7);",
    "#9=IFCCARTESIANPOINT((4000000.,500100.));", "#10=IFCAXIS2PLACEMENT2D(#9,#2);", "#11=IFCAXIS2PLACEMENT2D(#4,#5);", "#12=IFCCIRCLE(#11,300.);",
    "#13=IFCCURVESEGMENT(.CONTINUOUS.,#10,IFCLENGTHMEASURE(0.),IFCLENGTHMEASURE(-200.),#12);",
    "#14=IFCCOMPOSITECURVE((#8,#13),.F.);",
    "#15=IFCCARTESIANPOINT((0.,20.));", "#16=IFCDIRECTION((0.999950003749688,0.00999950003749688));", "#17=IFCAXIS2PLACEMENT2D(#15,#16);",
    "#18=IFCCURVESEGMENT(.CONTINUOUS.,#17,IFCLENGTHMEASURE(0.),IFCLENGTHMEASURE(300.),#7);", "#19=IFCGRADIENTCURVE((#18),.F.,#14,$);",
    "#20=IFCPOINTBYDISTANCEEXPRESSION(IFCLENGTHMEASURE(50.),1.5,0.2,$,#19);", "#21=IFCAXIS2PLACEMENTLINEAR(#20,$,$);",
    "#22=IFCPOINTBYDISTANCEEXPRESSION(IFCLENGTHMEASURE(80.),$,$,$,#19);", "#23=IFCAXIS2PLACEMENTLINEAR(#22,$,$);",
    "#24=IFCPOINTBYDISTANCEEXPRESSION(IFCLENGTHMEASURE(250.),$,$,$,#19);", "#25=IFCAXIS2PLACEMENTLINEAR(#24,$,$);",
    "#26=IFCCARTESIANPOINT((1.,0.));", "#27=IFCAXIS2PLACEMENT2D(#26,$);", "#28=IFCRECTANGLEPROFILEDEF(.AREA.,$,#27,0.5,0.2);",
    "#30=IFCSECTIONEDSOLIDHORIZONTAL(#19,(#28,#28),(#23,#25));",
)


def test_a_linear_placement_looks_along_the_curve(source_of: Any) -> None:
    source = source_of(*CURVE)
    matrix = linear_axes(source, 21)
    grade = math.atan(0.01)
    assert matrix[:3, 0] == pytest.approx([0, math.cos(grade), math.sin(grade)])
    assert matrix[:3, 1] == pytest.approx([-1, 0, 0]), "left of north is west"
    up = np.array([0, -math.sin(grade), math.cos(grade)])
    assert matrix[:3, 3] == pytest.approx(np.array([4_000_000 - 1.5, 500_050, 20.5]) + 0.2 * up)


def test_a_segment_of_negative_length_turns_to_the_right(source_of: Any) -> None:
    at = alignment_of(source_of(*CURVE), 19).at([300.0])
    angle = -200 / 300
    assert at.points[0, :2] == pytest.approx([4_000_000 + 300 * (1 - math.cos(angle)), 500_100 - 300 * math.sin(angle)])
    assert at.points[0, 2] == pytest.approx(23.0)


def test_a_sectioned_solid_has_the_area_of_its_profile_times_the_way_of_its_middle(source_of: Any) -> None:
    body = source_of(*CURVE).body(30)
    assert is_closed(body.triangles, len(body.vertices))
    way = (20 + 150 * 301 / 300) * math.hypot(1, 0.01)  # the profile lies 1 m to the left, outside the bend to the right
    assert signed_volume(body.vertices - body.vertices[0], body.triangles) == pytest.approx(0.1 * way, rel=2e-4)


@pytest.mark.parametrize(("old", "new"), [
    ("#12=IFCCIRCLE(#11,300.)", "#12=IFCELLIPSE(#11,300.,200.)"), ("IFCLENGTHMEASURE(250.)", "IFCPARAMETERVALUE(0.5)"),
    ("IFCLENGTHMEASURE(250.)", "IFCLENGTHMEASURE(2500.)"), ("IFCLENGTHMEASURE(250.)", "IFCLENGTHMEASURE(70.)"),
    ("#25=IFCAXIS2PLACEMENTLINEAR(#24,$,$)", "#25=IFCAXIS2PLACEMENTLINEAR(#24,$,#5)"), ("(#28,#28)", "(#28)"), (",#14,$)", ",#99,$)"),
])
def test_what_cannot_be_done_exactly_is_refused(source_of: Any, old: str, new: str) -> None:
    lines = [line.replace(old, new) for line in CURVE]
    assert lines != list(CURVE)
    with pytest.raises(Refused):
        source_of(*lines).body(30)
