"""Transitions, profiles and cant: against closed forms, their definitions, and the engine's own evaluation."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bim.tessellation.alignment import Alignment, Offset, alignment_of, polyline_of, stations
from bim.tessellation.alignment import Path as Polyline
from bim.tessellation.body import Refused
from bim.tessellation.instances import Instances
from bim.tessellation.plan import Horizontal
from bim.tessellation.source import Source
from bim.tessellation.transitions import Graph, Law, Laws, law_of
from tests.bim.tessellation.alignments import RAILS, RAMP, Made
from tests.bim.tessellation.stepping import source_in
from tests.corpus import corpus

TRANSITIONS = ("CLOTHOID", "BLOSSCURVE", "COSINECURVE", "SINECURVE", "HELMERTCURVE", "CUBIC")
RAMPS = ("BLOSSCURVE", "COSINECURVE", "SINECURVE", "HELMERTCURVE", "LINEARTRANSITION")
S = np.linspace(0.0, 100.0, 41)
SHAPES = {
    "LINEARTRANSITION": lambda x: x, "BLOSSCURVE": lambda x: x * x * (3 - 2 * x), "COSINECURVE": lambda x: (1 - np.cos(np.pi * x)) / 2,
    "SINECURVE": lambda x: x - np.sin(2 * np.pi * x) / (2 * np.pi),
    "HELMERTCURVE": lambda x: np.where(x < 0.5, 2 * x * x, 1 - 2 * (1 - x) ** 2),
}
"""Growth of curvature, or of cant, over the share of the length."""


@pytest.fixture
def source_of(tmp_path: Path) -> Any:
    return partial(source_in, tmp_path)


def evaluated(source: Any, id: int) -> Alignment:
    found = alignment_of(source, id)
    assert isinstance(found, Alignment)
    return found


@pytest.mark.parametrize("radii", [(0.0, 300.0), (-400.0, 0.0), (600.0, 250.0)])
@pytest.mark.parametrize("form", TRANSITIONS)
def test_transitions_run_where_the_engine_has_them(tmp_path: Path, form: str, radii: tuple[float, float]) -> None:
    made = Made(form, radii=radii)
    at = evaluated(made.source(tmp_path), made.gradient.id()).at(S)
    theirs = made.engine(made.gradient, S)
    assert np.abs(at.points - theirs[:, :3, 3]).max() < 1e-4
    for ours, column in ((at.along, 0), (at.left, 1), (at.up, 2)):
        assert np.abs(ours - theirs[:, :3, column]).max() < 1e-6


@pytest.mark.parametrize("form", [one for one in TRANSITIONS if one not in ("CUBIC", "CLOTHOID")])
def test_the_curvature_of_a_transition_has_its_own_shape(tmp_path: Path, form: str) -> None:
    made = Made(form, radii=(600.0, -250.0))
    _, _, curvature = evaluated(made.source(tmp_path), made.gradient.id()).horizontal.at(S)
    assert curvature == pytest.approx(1 / 600 + (-1 / 250 - 1 / 600) * SHAPES[form](S / 100), abs=1e-12)


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=8), st.floats(-3, 3), st.floats(0.1, 200))
@settings(max_examples=60)
def test_the_way_along_any_law_agrees_with_many_small_steps(terms: list[float], heading: float, length: float) -> None:
    law = Law(tuple(term * 0.03 / length**n for n, term in enumerate(terms)), amplitude=0.01, frequency=3 / length, phase=0.4)
    laws, row = Laws.of([law]), np.zeros(1, np.int64)
    s = (np.arange(4000) + 0.5) * length / 4000
    angle = heading + laws.turned(np.zeros(4000, np.int64), s)
    expected = np.array([np.cos(angle).sum(), np.sin(angle).sum()]) * length / 4000
    assert laws.moved(row, np.array([length]), np.array([heading]))[0] == pytest.approx(expected, abs=2e-6 * length)
    small = length * 1e-4
    turned = laws.turned(np.zeros(2, np.int64), np.array([length / 2 - small, length / 2 + small]))
    assert (turned[1] - turned[0]) / (2 * small) == pytest.approx(laws.curvature(row, np.array([length / 2]))[0], rel=1e-4, abs=1e-7)


@given(st.lists(st.floats(-0.01, 0.01), min_size=1, max_size=8), st.floats(-50, 50))
def test_a_law_seen_backwards_from_its_middle_turns_the_other_way(terms: list[float], start: float) -> None:
    law = Law(tuple(term / 100**n for n, term in enumerate(terms)), 0.01, 0.02, 0.3)
    there, back = Laws.of([law]), Laws.of([law.from_point(start, -1.0)])
    row, s = np.zeros(3, np.int64), np.array([0.0, 7.0, 40.0])
    assert back.curvature(row, s) == pytest.approx(-there.curvature(row, start - s), abs=1e-12)


def test_terms_of_a_spiral_are_lengths_whose_sign_counts() -> None:
    law = law_of("IFCSEVENTHORDERPOLYNOMIALSPIRAL", [None, -50.0, None, 40.0, None, 0.0, None, None, 300.0], 10.0)
    assert law is not None
    assert law.terms == pytest.approx((1 / 300, 0, 0, 0, 0, 40.0**-6, 0, -(50.0**-8)))
    with pytest.raises(Refused, match="no-term"):
        law_of("IFCSINESPIRAL", [None, None, None, None], 10.0)


def test_a_cubic_parabola_by_its_arc_length() -> None:
    graph = Graph((0.0, 0.0, 0.0, 1 / (6 * 200 * 80)))
    points, headings, curvatures = graph.at(0.0, np.array([0.0, 40.0, 80.0]))
    x = points[:, 0]
    assert points[:, 1] == pytest.approx(x**3 / (6 * 200 * 80))
    steps = np.linspace(0, x[2], 20001)
    assert np.hypot(*np.diff([steps, steps**3 / (6 * 200 * 80)], axis=1)).sum() == pytest.approx(80.0)
    assert headings == pytest.approx(np.arctan(x**2 / (2 * 200 * 80)))
    assert curvatures == pytest.approx(x / (200 * 80) / (1 + (x**2 / (2 * 200 * 80)) ** 2) ** 1.5)


@pytest.mark.parametrize("profile", ["PARABOLICARC", "CIRCULARARC"])
def test_profiles_are_as_high_as_the_engine_has_them(tmp_path: Path, profile: str) -> None:
    made = Made("CIRCULARARC", radii=(300.0, 300.0), profile=profile, grades=(0.03, -0.02))
    at = evaluated(made.source(tmp_path), made.gradient.id()).at(S)
    theirs = made.engine(made.gradient, S)
    assert np.abs(at.points - theirs[:, :3, 3]).max() < 1e-6
    assert np.abs(at.along - theirs[:, :3, 0]).max() < 1e-6


@pytest.mark.parametrize("ramp", RAMPS)
def test_cant_raises_and_tilts_by_the_shape_of_its_ramp(tmp_path: Path, ramp: str) -> None:
    made = Made("CLOTHOID", ramp=ramp)
    source = made.source(tmp_path)
    at, flat = evaluated(source, made.reference.id()).at(S), evaluated(source, made.gradient.id()).at(S)
    share = SHAPES[ramp](S / 100)
    assert at.points[:, 2] - flat.points[:, 2] == pytest.approx(0.075 * share, abs=1e-9), "half of the right rail's height"
    assert np.abs(at.points[:, :2] - flat.points[:, :2]).max() < 1e-12
    # the engine's Axis of an end is (0, 2 h, sqrt(b^2 - 4 h^2)) / b with h = half the cant: the sine of the slope is cant / rails
    slope = np.arcsin(-at.left[:, 2] / np.hypot(at.along[:, 0], at.along[:, 1]))
    assert np.sin(slope) == pytest.approx(0.15 / RAILS * share, abs=2e-4)
    assert np.abs(np.einsum("ij,ij->i", at.along, at.left)).max() < 1e-12
    theirs = made.engine(made.reference, S)
    assert np.abs(at.points - theirs[:, :3, 3]).max() < 1e-4
    assert np.abs(at.left[:, 2] - theirs[:, 2, 1]).max() < 2e-4


def test_the_tangent_of_a_curve_with_cant_climbs_the_ramp(tmp_path: Path) -> None:
    made = Made("CLOTHOID", ramp="BLOSSCURVE")
    curve = evaluated(made.source(tmp_path), made.reference.id())
    points = curve.at(np.array([49.999, 50.0, 50.001])).points
    step = (points[2] - points[0]) / np.linalg.norm(points[2] - points[0])
    assert curve.at([50.0]).along[0] == pytest.approx(step, abs=1e-8)


def test_about_the_middle_only_the_axes_turn(source_of: Any) -> None:
    at = evaluated(source_of(*RAMP), 19).at([0.0, 30.0, 60.0, 100.0])
    assert at.points == pytest.approx(np.array([[0, 0, 0], [30, 0, 0], [60, 0, 0], [100, 0, 0]]))
    assert at.left == pytest.approx(np.array([[0, 1, 0], [0, math.sqrt(1 - 0.09), 0.3], [0, 0.8, 0.6], [0, 0.8, 0.6]]))


@pytest.mark.parametrize(("old", "new", "reason"), [
    ("IFCLENGTHMEASURE(40.),#5)", "IFCLENGTHMEASURE(40.),#12)", "cant:no-end"), ("((60.,0.,0.))", "((70.,0.,0.))", "cant:gap"),
    ("#12=IFCCLOTHOID(#3,40.)", "#12=IFCPOLYNOMIALCURVE(#3,(0.,1.),(0.,1.),$)", "cant-segment"), (".F.,#8,$)", ".F.,#99,$)", "missing"),
    ("(0.,-0.6,0.8)", "(0.,-0.6,-0.8)", "upside-down"), ("IFCLENGTHMEASURE(60.)", "IFCPARAMETERVALUE(50.)", "parameter"),
])
def test_cant_that_has_no_end_or_no_law_is_refused(source_of: Any, old: str, new: str, reason: str) -> None:
    lines = [line.replace(old, new) for line in RAMP]
    assert lines != list(RAMP)
    with pytest.raises(Refused) as refused:
        alignment_of(source_of(*lines), 19)
    assert reason in refused.value.reason


def test_a_circle_and_a_line_may_be_measured_by_their_parameters(source_of: Any) -> None:
    lines = [line.replace("IFCLENGTHMEASURE(100.),#5)", "IFCPARAMETERVALUE(25.),#5)").replace("#4=IFCVECTOR(#2,1.)", "#4=IFCVECTOR(#2,4.)")
             for line in RAMP]
    assert alignment_of(source_of(*lines), 8).length == pytest.approx(100.0)
    arc = [line.replace("IFCLENGTHMEASURE(100.),#5)", "IFCPARAMETERVALUE(0.5),#20)") for line in RAMP[:7]]
    source = source_of(*arc, "#20=IFCCIRCLE(#3,200.);")
    assert alignment_of(source, 7).at([100.0]).points[0, :2] == pytest.approx([200 * math.sin(0.5), 200 * (1 - math.cos(0.5))])


@pytest.mark.parametrize("start", [50.0, 50.0 / (100.0 * math.sqrt(math.pi))])
def test_a_spiral_that_begins_at_a_parameter_is_read_so_that_it_meets_the_next_segment(source_of: Any, start: float) -> None:
    """Curvature s / 100^2 from s = 50: either reading of the parameter, and only one ends where the next segment begins."""
    laws = Laws.of([Law((50 / 100**2, 1 / 100**2))])
    end = laws.moved(np.zeros(1, np.int64), np.array([60.0]), np.zeros(1))[0]
    source = source_of(*RAMP[:5], "#20=IFCCLOTHOID(#3,100.);",
                       f"#21=IFCCURVESEGMENT(.CONTINUOUS.,#3,IFCPARAMETERVALUE({start!r}),IFCLENGTHMEASURE(60.),#20);",
                       f"#22=IFCCARTESIANPOINT(({float(end[0])!r},{float(end[1])!r}));",
                       "#23=IFCAXIS2PLACEMENT2D(#22,#2);", "#24=IFCCURVESEGMENT(.CONTINUOUS.,#23,IFCLENGTHMEASURE(0.),IFCLENGTHMEASURE(5.),#5);",
                       "#25=IFCCOMPOSITECURVE((#21,#24),.F.);", "#26=IFCCOMPOSITECURVE((#21),.F.);")
    assert evaluated(source, 25).horizontal.at(np.array([0.0]))[2][0] == pytest.approx(0.005)
    with pytest.raises(Refused, match="parameter"):
        alignment_of(source, 26)


def test_one_reading_of_parameters_holds_for_the_whole_curve(source_of: Any) -> None:
    """Both lengths are parameters that mean arc lengths; only the first spiral has a next segment that shows it."""
    way = Laws.of([Law((0.0, 1 / 100**2))]).moved(np.zeros(1, np.int64), np.array([60.0]), np.zeros(1))[0]
    source = source_of(*RAMP[:5], "#20=IFCCLOTHOID(#3,100.);",
                       "#21=IFCCURVESEGMENT(.CONTINUOUS.,#3,IFCPARAMETERVALUE(0.),IFCPARAMETERVALUE(60.),#20);",
                       f"#22=IFCCARTESIANPOINT(({float(way[0])!r},{float(way[1])!r}));", "#23=IFCAXIS2PLACEMENT2D(#22,#2);",
                       "#24=IFCCURVESEGMENT(.CONTINUOUS.,#23,IFCPARAMETERVALUE(-30.),IFCPARAMETERVALUE(30.),#20);",
                       "#25=IFCCOMPOSITECURVE((#21,#24),.F.);")
    curve = evaluated(source, 25)
    assert curve.length == 90.0
    assert curve.horizontal.at(np.array([60.0, 90.0]), ahead=True)[2] == pytest.approx([-0.003, 0.0], abs=1e-15)


def test_a_polyline_turns_at_its_corners(source_of: Any) -> None:
    source = source_of("#1=IFCCARTESIANPOINTLIST3D(((0.,0.,0.),(30.,0.,40.),(30.,60.,40.)));", "#2=IFCINDEXEDPOLYCURVE(#1,$,$);")
    curve = alignment_of(source, 2)
    assert isinstance(curve, Polyline)
    assert curve.length == 110.0
    at, ahead = curve.at([25.0, 50.0]), curve.at([50.0], ahead=True)
    assert at.points == pytest.approx(np.array([[15, 0, 20], [30, 0, 40]]))
    assert at.along[1] == pytest.approx([0.6, 0, 0.8]), "at a corner what lies behind counts"
    assert ahead.along[0] == pytest.approx([0, 1, 0])


def test_an_indexed_curve_keeps_its_arcs(source_of: Any) -> None:
    source = source_of("#1=IFCCARTESIANPOINTLIST2D(((0.,0.),(100.,0.),(170.71067811865476,29.28932188134524),(200.,100.),(100.,200.)));",
                       "#2=IFCINDEXEDPOLYCURVE(#1,(IFCLINEINDEX((1,2)),IFCARCINDEX((2,3,4)),IFCLINEINDEX((4,5))),$);")
    at = alignment_of(source, 2).at([100 + 50 * math.pi / 2])
    assert at.points[0] == pytest.approx([100 + 100 * math.sin(math.pi / 4), 100 - 100 * math.cos(math.pi / 4), 0])
    assert at.along[0] == pytest.approx([math.sqrt(0.5), math.sqrt(0.5), 0])
    assert alignment_of(source, 2).length == pytest.approx(100 + 50 * math.pi + 100 * math.sqrt(2))


@pytest.mark.parametrize("turn", [0.3, 2.0, 3.5, 5.5])
@pytest.mark.parametrize("side", [1, -1])
def test_an_arc_through_three_points_may_be_the_greater_one(source_of: Any, turn: float, side: int) -> None:
    a, b, c = ((50 * math.sin(t), side * 50 * (1 - math.cos(t))) for t in (0.0, turn / 2, turn))
    source = source_of(f"#1=IFCCARTESIANPOINTLIST2D(({a},{b},{c}));", "#2=IFCINDEXEDPOLYCURVE(#1,(IFCARCINDEX((1,2,3))),$);")
    curve = alignment_of(source, 2)
    assert curve.length == pytest.approx(50 * turn)
    assert curve.at([0.0, curve.length]).points[:, :2] == pytest.approx(np.array([a, c]), abs=1e-9)


def offset(left: list[float], up: list[float], distance: list[float]) -> Offset:
    arc = Alignment(Horizontal(np.zeros(1), np.zeros((1, 2)), np.zeros(1), Laws.of([Law((1 / 200,))]), 300.0))
    return Offset(arc, np.array(distance), np.array(left), np.array(up))


def test_a_constant_offset_of_an_arc_is_an_arc() -> None:
    at = offset([20.0], [3.0], [50.0]).at([0.0, 150.0, 300.0])
    angle = np.array([0.0, 0.75, 1.5])
    assert at.points == pytest.approx(np.column_stack([180 * np.sin(angle), 200 - 180 * np.cos(angle), np.full(3, 3.0)]))
    assert at.along == pytest.approx(np.column_stack([np.cos(angle), np.sin(angle), np.zeros(3)]), abs=1e-5)


def test_an_offset_that_grows_leads_away() -> None:
    curve = offset([0.0, 30.0], [0.0, 6.0], [0.0, 300.0])
    points = curve.at([149.9, 150.0, 150.1]).points
    step = (points[2] - points[0]) / np.linalg.norm(points[2] - points[0])
    at = curve.at([150.0])
    assert at.along[0] == pytest.approx(step, abs=1e-5)
    assert at.points[0, 2] == pytest.approx(3.0)
    assert abs(float(at.along[0] @ at.left[0])) < 1e-12


def test_offset_curves_are_read(source_of: Any) -> None:
    lines = ("#30=IFCPOINTBYDISTANCEEXPRESSION(IFCLENGTHMEASURE(0.),2.,$,$,#8);", "#31=IFCPOINTBYDISTANCEEXPRESSION(IFCLENGTHMEASURE(100.),4.,1.,$,#8);",
             "#32=IFCOFFSETCURVEBYDISTANCES(#8,(#30,#31),$);")
    assert alignment_of(source_of(*RAMP, *lines), 32).at([50.0]).points[0] == pytest.approx([50, 3, 0.5])
    wrong = [line.replace("(#30,#31)", "(#31,#30)") for line in lines]
    with pytest.raises(Refused, match="order"):
        alignment_of(source_of(*RAMP, *wrong), 32)


@given(st.floats(20, 2000), st.floats(0, 15))
@settings(max_examples=30)
def test_no_chord_leaves_the_curve_by_more_than_the_sagitta(radius: float, reach: float) -> None:
    curve = Alignment(Horizontal(np.zeros(1), np.zeros((1, 2)), np.zeros(1), Laws.of([Law((1 / radius,))]), 50.0))
    d = stations(curve, 0.0, 50.0, 1e-3, reach)
    step = float(np.diff(d).max()) / radius
    assert (radius + reach) * (1 - math.cos(step / 2)) <= 1.01e-3


def test_an_alignment_is_a_curve_like_others(source_of: Any) -> None:
    points = source_of(*RAMP).curve(19)
    assert points[[0, -1]] == pytest.approx(np.array([[0, 0, 0], [100, 0, 0]]))
    assert len(polyline_of(source_of(*RAMP), 8)) == 2


@pytest.mark.parametrize(("name", "kind", "count"), [
    ("ifc/infra-alignments-sierrasoft-ifc4x3-epsg2056.ifc", "IFCGRADIENTCURVE", 11),
    ("ifc/tricky-cls000-slow-geometry-ifc4x3.ifc", "IFCGRADIENTCURVE", 14),
    ("ifc-rules/ALS/als008/pass-als008-alignment_cant_shape_representation.ifc", "IFCSEGMENTEDREFERENCECURVE", 1),
])
def test_segments_of_real_alignments_meet(name: str, kind: str, count: int) -> None:
    """Each segment starts at its own placement, so that a wrong curvature, length or start shows as a gap to the next."""
    source = Source(Instances.read(corpus(*name.split("/"))))
    ids = source.instances.of(kind)
    assert len(ids) == count
    for id in ids:
        curve = alignment_of(source, id)
        inner = curve.breaks()
        inner = inner[(inner > 0) & (inner < curve.length)]
        gaps = np.linalg.norm(curve.at(inner).points - curve.at(inner, ahead=True).points, axis=1)
        assert gaps.max(initial=0.0) < 2e-3
