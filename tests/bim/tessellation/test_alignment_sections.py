"""Solids and surfaces along alignments, polylines and curves with cant."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bim.tessellation.body import Body, Refused
from bim.tessellation.topology import is_closed, signed_volume
from tests.bim.tessellation.alignments import RAMP
from tests.bim.tessellation.stepping import source_in


@pytest.fixture
def source_of(tmp_path: Path) -> Any:
    return partial(source_in, tmp_path)


def volume(body: Body) -> float:
    assert body.closed
    assert is_closed(body.triangles, len(body.vertices))
    return signed_volume(body.vertices - body.vertices[0], body.triangles)


def box(body: Body) -> list[list[float]]:
    return [body.vertices.min(axis=0).tolist(), body.vertices.max(axis=0).tolist()]


def areas(body: Body) -> float:
    a, b, c = (body.vertices[body.triangles[:, k]] for k in range(3))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum()) / 2


SQUARE = ("#40=IFCCARTESIANPOINT((3.,1.));", "#41=IFCAXIS2PLACEMENT2D(#40,$);", "#42=IFCRECTANGLEPROFILEDEF(.AREA.,$,#41,1.,0.5);",
          "#43=IFCRECTANGLEPROFILEDEF(.AREA.,$,#41,2.,0.5);")
BENT = ("#50=IFCCARTESIANPOINTLIST3D(((0.,0.,0.),(30.,0.,0.),(30.,40.,0.)));", "#51=IFCINDEXEDPOLYCURVE(#50,$,$);")
CLIMB = ("#50=IFCCARTESIANPOINTLIST3D(((0.,0.,0.),(30.,0.,0.),(60.,0.,40.)));", "#51=IFCINDEXEDPOLYCURVE(#50,$,$);")


def positions(curve: int, *distances: float, axis: str = "$", ref: str = "$", offsets: str = "$,$,$") -> list[str]:
    """Axis placements #61, #63, ... at distances."""
    lines = []
    for k, distance in enumerate(distances):
        lines += [f"#{60 + 2 * k}=IFCPOINTBYDISTANCEEXPRESSION(IFCLENGTHMEASURE({float(distance)}),{offsets},#{curve});",
                  f"#{61 + 2 * k}=IFCAXIS2PLACEMENTLINEAR(#{60 + 2 * k},{axis},{ref});"]
    return lines


def test_sections_lean_with_the_cant(source_of: Any) -> None:
    body = source_of(*RAMP, *SQUARE, *positions(19, 60, 100), "#70=IFCSECTIONEDSOLIDHORIZONTAL(#19,(#42,#42),(#61,#63));").body(70)
    corners = np.array([[3 + x, 1 + y] for x in (-0.5, 0.5) for y in (-0.25, 0.25)])
    turned = corners @ np.array([[0.8, 0.6], [-0.6, 0.8]])
    assert box(body) == pytest.approx(np.array([[60, *turned.min(axis=0)], [100, *turned.max(axis=0)]]))
    assert volume(body) == pytest.approx(0.5 * 40)


def test_a_ramp_of_cant_takes_as_many_sections_as_its_twist_needs(source_of: Any) -> None:
    body = source_of(*RAMP, *SQUARE, *positions(19, 0, 60), "#70=IFCSECTIONEDSOLIDHORIZONTAL(#19,(#42,#42),(#61,#63));").body(70)
    assert volume(body) == pytest.approx(0.5 * 60, rel=3e-3), "faces lie inside by up to the sagitta"
    stations = np.unique(body.vertices[:, 0].round(9))
    assert len(stations) > 4
    for x in stations:
        ring = body.vertices[np.abs(body.vertices[:, 0] - x) < 1e-6]
        sine = 0.6 * x / 60
        assert np.linalg.norm(ring[:, 1:].mean(axis=0) - [3 * math.sqrt(1 - sine**2) - sine, 3 * sine + math.sqrt(1 - sine**2)]) < 1e-9


def test_a_section_between_two_others_is_their_mixture(source_of: Any) -> None:
    lines = (*RAMP, *SQUARE, *positions(8, 10, 50), "#70=IFCSECTIONEDSOLIDHORIZONTAL(#8,(#42,#43),(#61,#63));")
    assert volume(source_of(*lines).body(70)) == pytest.approx(40 * 0.5 * 1.5)


def test_corners_are_mitred(source_of: Any) -> None:
    lines = (*BENT, *SQUARE, *positions(51, 0, 70), "#70=IFCSECTIONEDSOLIDHORIZONTAL(#51,(#42,#42),(#61,#63));")
    body = source_of(*lines).body(70)
    assert box(body) == pytest.approx(np.array([[0, 2.5, 0.75], [27.5, 40, 1.25]]))
    assert volume(body) == pytest.approx(0.5 * (70 - 2 * 3)), "the left of a bend to the left is the shorter way, by twice the offset"


def test_upright_sections_stay_upright_where_the_curve_climbs(source_of: Any) -> None:
    lines = (*CLIMB, *SQUARE, "#44=IFCDIRECTION((0.,0.,1.));", *positions(51, 30, 80, axis="#44"),
             "#70=IFCSECTIONEDSOLIDHORIZONTAL(#51,(#42,#42),(#61,#63));")
    body = source_of(*lines).body(70)
    assert box(body) == pytest.approx(np.array([[30, 2.5, 0.75], [60, 3.5, 41.25]]))
    assert volume(body) == pytest.approx(0.5 * 30)


def test_sections_turned_against_the_curve(source_of: Any) -> None:
    """The first direction is 45 degrees to the left of the curve: ends are cut askew, and the body is narrower by the cosine."""
    lines = (*RAMP, "#42=IFCRECTANGLEPROFILEDEF(.AREA.,$,$,2.,0.5);", "#44=IFCDIRECTION((0.,0.,1.));", "#45=IFCDIRECTION((1.,1.,0.));",
             *positions(8, 10, 50, axis="#44", ref="#45"), "#70=IFCSECTIONEDSOLIDHORIZONTAL(#8,(#42,#42),(#61,#63));")
    body = source_of(*lines).body(70)
    half = math.sqrt(0.5)
    assert box(body) == pytest.approx(np.array([[10 - half, -half, -0.25], [50 + half, half, 0.25]]))
    assert volume(body) == pytest.approx(40 * 2 * half * 0.5)


@pytest.mark.parametrize(("lines", "reason"), [
    ((*positions(8, 10, 50, ref="#46"),), "turned"), ((*positions(8, 50, 10),), "order"), ((*positions(7, 10, 50),), "other-curve"),
    ((*positions(8, 10, 500),), "beyond-end"),
])
def test_sections_that_cannot_stand_are_refused(source_of: Any, lines: tuple[str, ...], reason: str) -> None:
    source = source_of(*RAMP, *SQUARE, "#46=IFCDIRECTION((0.,1.,0.));", *lines,
                       "#70=IFCSECTIONEDSOLIDHORIZONTAL(#8,(#42,#42),(#61,#63));")
    with pytest.raises(Refused) as refused:
        source.body(70)
    assert reason in refused.value.reason


def test_a_surface_follows_widths_and_slopes(source_of: Any) -> None:
    """From 4 m left of the curve to the right (180 degrees from the profile's axis), falling by 1 in 2 and level again."""
    down = math.pi + math.atan(0.5)
    lines = (*RAMP, "#40=IFCCARTESIANPOINT((4.,2.));",
             f"#42=IFCOPENCROSSPROFILEDEF(.CURVE.,$,.T.,(4.,6.),({down!r},{math.pi!r}),('a','b','c'),#40);",
             *positions(8, 0, 100), "#70=IFCSECTIONEDSURFACE(#8,(#61,#63),(#42,#42));")
    body = source_of(*lines).body(70)
    assert not body.closed
    corners = np.unique(body.vertices[body.vertices[:, 0] < 1e-9].round(9), axis=0)
    assert corners == pytest.approx(np.array([[0, -6, 0], [0, 0, 0], [0, 4, 2]]))
    assert areas(body) == pytest.approx(100 * (6 + math.hypot(4, 2)))


def test_widths_may_run_along_the_slope_and_open_curves_are_profiles_too(source_of: Any) -> None:
    lines = (*RAMP, f"#42=IFCOPENCROSSPROFILEDEF(.CURVE.,$,.F.,(5.),({math.atan2(3, 4)!r}),$,$);", *positions(8, 0, 100),
             "#43=IFCCARTESIANPOINTLIST2D(((0.,0.),(4.,3.)));", "#44=IFCINDEXEDPOLYCURVE(#43,$,$);",
             "#45=IFCARBITRARYOPENPROFILEDEF(.CURVE.,$,#44);", "#70=IFCSECTIONEDSURFACE(#8,(#61,#63),(#42,#42));",
             "#71=IFCSECTIONEDSURFACE(#8,(#61,#63),(#45,#45));")
    source = source_of(*lines)
    assert box(source.body(70)) == pytest.approx(np.array([[0, 0, 0], [100, 4, 3]]))
    assert source.body(71).vertices == pytest.approx(source.body(70).vertices)


def test_sections_whose_points_do_not_match_are_refused(source_of: Any) -> None:
    lines = (*RAMP, "#42=IFCOPENCROSSPROFILEDEF(.CURVE.,$,.F.,(5.),(0.),('a','b'),$);", *positions(8, 0, 100),
             "#43=IFCOPENCROSSPROFILEDEF(.CURVE.,$,.F.,(5.),(0.),('a','c'),$);", "#70=IFCSECTIONEDSURFACE(#8,(#61,#63),(#42,#43));")
    with pytest.raises(Refused, match="differ"):
        source_of(*lines).body(70)


def test_a_spine_of_straight_pieces(source_of: Any) -> None:
    lines = (*SQUARE, "#50=IFCCARTESIANPOINTLIST3D(((0.,0.,0.),(0.,0.,10.)));", "#51=IFCINDEXEDPOLYCURVE(#50,$,$);",
             "#52=IFCCARTESIANPOINT((0.,0.,0.));", "#53=IFCCARTESIANPOINT((0.,0.,10.));", "#54=IFCAXIS2PLACEMENT3D(#52,$,$);",
             "#55=IFCAXIS2PLACEMENT3D(#53,$,$);", "#70=IFCSECTIONEDSPINE(#51,(#42,#43),(#54,#55));")
    body = source_of(*lines).body(70)
    assert box(body) == pytest.approx(np.array([[2, 0.75, 0], [4, 1.25, 10]]))
    assert volume(body) == pytest.approx(10 * 0.5 * 1.5)


SWEEPS = ("IFCFIXEDREFERENCESWEPTAREASOLID", "IFCDIRECTRIXDERIVEDREFERENCESWEPTAREASOLID")


@pytest.mark.parametrize("kind", SWEEPS)
@pytest.mark.parametrize("curve", [8, 51])
def test_the_profile_looks_along_the_way_with_its_x_axis_to_the_reference(source_of: Any, kind: str, curve: int) -> None:
    """Tangent x, profile x up: its y is tangent cross x, to the right of the way."""
    lines = (*RAMP, *SQUARE, "#44=IFCDIRECTION((0.2,0.,1.));", "#50=IFCCARTESIANPOINTLIST3D(((0.,0.,0.),(100.,0.,0.)));",
             "#51=IFCINDEXEDPOLYCURVE(#50,$,$);", f"#70={kind}(#42,$,#{curve},$,$,#44);")
    body = source_of(*lines).body(70)
    assert box(body) == pytest.approx(np.array([[0, -1.25, 2.5], [100, -0.75, 3.5]]))
    assert volume(body) == pytest.approx(0.5 * 100)


@pytest.mark.parametrize(("kind", "leans"), [(SWEEPS[0], False), (SWEEPS[1], True)])
def test_only_the_derived_reference_rolls_with_the_cant(source_of: Any, kind: str, leans: bool) -> None:
    lines = (*RAMP, "#42=IFCRECTANGLEPROFILEDEF(.AREA.,$,$,2.,0.1);", "#44=IFCDIRECTION((0.,1.,0.));",
             f"#70={kind}(#42,$,#19,IFCLENGTHMEASURE(60.),$,#44);")
    height = 0.6 * 1.0 + 0.05 * 0.8 if leans else 0.05
    body = source_of(*lines).body(70)
    assert box(body)[1][2] == pytest.approx(height)
    assert volume(body) == pytest.approx(0.2 * 40)
    highest = body.vertices[np.argmax(body.vertices[:, 2])]
    assert not leans or highest[1] > 0, "the left side is up, as the axis leans to the right"


def test_a_sweep_is_trimmed_and_placed(source_of: Any) -> None:
    lines = (*BENT, *SQUARE, "#44=IFCDIRECTION((0.,0.,1.));", "#52=IFCCARTESIANPOINTLIST3D(((0.,0.,0.),(1.,0.,0.)));",
             "#53=IFCCARTESIANPOINT((5.,0.,0.));", "#54=IFCAXIS2PLACEMENT3D(#53,$,$);",
             "#70=IFCFIXEDREFERENCESWEPTAREASOLID(#42,#54,#51,IFCLENGTHMEASURE(10.),IFCLENGTHMEASURE(30.),#44);")
    assert box(source_of(*lines).body(70)) == pytest.approx(np.array([[15, -1.25, 2.5], [35, -0.75, 3.5]]))


@pytest.mark.parametrize(("old", "new", "reason"), [
    ("IFCLENGTHMEASURE(30.)", "IFCPARAMETERVALUE(0.5)", "trim"), ("IFCLENGTHMEASURE(30.)", "1.", "trim"), ("IFCLENGTHMEASURE(30.)", "IFCLENGTHMEASURE(5.)", "trim"),
    ("(0.,0.,1.)", "(1.,0.,0.)", "parallel"), ("(30.,40.,0.)", "(0.1,0.1,0.)", "sharp"),
])
def test_sweeps_that_are_not_defined_are_refused(source_of: Any, old: str, new: str, reason: str) -> None:
    end = "IFCLENGTHMEASURE(30.)" if reason != "sharp" else "$"
    lines = (*BENT, *SQUARE, "#44=IFCDIRECTION((0.,0.,1.));",
             f"#70=IFCFIXEDREFERENCESWEPTAREASOLID(#42,$,#51,IFCLENGTHMEASURE(10.),{end},#44);")
    with pytest.raises(Refused) as refused:
        source_of(*(line.replace(old, new) for line in lines)).body(70)
    assert reason in refused.value.reason


PLANE = ("#55=IFCCARTESIANPOINT((0.,0.,0.));", "#56=IFCAXIS2PLACEMENT3D(#55,$,$);", "#57=IFCPLANE(#56);")


@pytest.mark.parametrize("range", ["$,$", "0.,1.", "0.,2.", "IFCPARAMETERVALUE(0.),IFCPARAMETERVALUE(1.)"])
def test_a_sweep_on_a_plane_takes_its_normal_for_reference(source_of: Any, range: str) -> None:
    lines = ("#50=IFCPOLYLINE((#51,#52,#53));", "#51=IFCCARTESIANPOINT((0.,0.,0.));", "#52=IFCCARTESIANPOINT((30.,0.,0.));",
             "#53=IFCCARTESIANPOINT((30.,40.,0.));", *SQUARE, *PLANE, f"#70=IFCSURFACECURVESWEPTAREASOLID(#42,$,#50,{range},#57);")
    body = source_of(*lines).body(70)
    assert box(body) == pytest.approx(np.array([[0, -1.25, 2.5], [31.25, 40, 3.5]]))
    assert volume(body) == pytest.approx(0.5 * (70 + 2 * 1))


def test_a_closed_way_gives_a_ring_without_ends(source_of: Any) -> None:
    lines = ("#50=IFCCARTESIANPOINTLIST2D(((0.,0.),(20.,0.),(20.,10.),(0.,10.)));",
             "#51=IFCINDEXEDPOLYCURVE(#50,(IFCLINEINDEX((1,2,3,4,1))),$);", "#42=IFCRECTANGLEPROFILEDEF(.AREA.,$,$,1.,2.);", *PLANE,
             "#70=IFCSURFACECURVESWEPTAREASOLID(#42,$,#51,$,$,#57);")
    body = source_of(*lines).body(70)
    assert box(body) == pytest.approx(np.array([[-1, -1, -0.5], [21, 11, 0.5]]))
    assert volume(body) == pytest.approx(22 * 12 - 18 * 8)


def test_a_sweep_on_another_surface_is_left_to_others(source_of: Any) -> None:
    lines = (*BENT, *SQUARE, "#57=IFCSURFACEOFLINEAREXTRUSION($,$,$,1.);", "#70=IFCSURFACECURVESWEPTAREASOLID(#42,$,#51,$,$,#57);")
    with pytest.raises(Refused, match="sweep-surface"):
        source_of(*lines).body(70)
