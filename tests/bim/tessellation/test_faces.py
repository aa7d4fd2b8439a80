from functools import partial

import numpy as np
import pytest

from bim.tessellation.body import Refused
from bim.tessellation.face_sets import indexed_colour
from bim.tessellation.topology import signed_volume, surface_area

from .solids import CUBE_FACES
from .stepping import CORNERS, point_lines, shell_lines, source_in


@pytest.fixture
def source_of(tmp_path):
    return partial(source_in, tmp_path)


def volume(body):
    return signed_volume(body.vertices, body.triangles)


def test_a_faceted_brep_is_its_shell(source_of):
    body = source_of(*shell_lines(100), "#1=IFCFACETEDBREP(#100);").body(1)
    assert body.closed
    assert volume(body) == pytest.approx(6)


def test_a_void_is_taken_out_of_a_brep_whichever_way_its_faces_run(source_of):
    inner = [(0.25 + x / 2, 0.5 + y / 2, 0.5 + z / 2) for x, y, z in CORNERS]
    body = source_of(*shell_lines(100), *shell_lines(200, inner), "#1=IFCFACETEDBREPWITHVOIDS(#100,(#200));").body(1)
    assert body.closed
    assert volume(body) == pytest.approx(6 - 6 / 8)


def test_a_surface_model_is_all_its_shells(source_of):
    far = [(x + 9, y, z) for x, y, z in CORNERS]
    source = source_of(*shell_lines(100, shell="IFCCONNECTEDFACESET"), *shell_lines(200, far, "IFCOPENSHELL", CUBE_FACES[1:]),
                       "#1=IFCFACEBASEDSURFACEMODEL((#100));", "#2=IFCSHELLBASEDSURFACEMODEL((#200,#100));")
    assert volume(source.body(1)) == pytest.approx(6)
    both = source.body(2)
    assert surface_area(both.vertices, both.triangles) == pytest.approx(22 + 20)
    assert not both.closed


def test_a_shell_with_a_face_on_a_plane_is_built_face_by_face(source_of):
    lines = shell_lines(100)
    lines = [line.replace("IFCFACE((#131));", "IFCADVANCEDFACE((#131),#90,.T.);") for line in lines]
    assert any("ADVANCED" in line for line in lines)
    plane = ["#90=IFCPLANE(#91);", "#91=IFCAXIS2PLACEMENT3D(#120,$,$);"]
    body = source_of(*lines, *plane, "#1=IFCADVANCEDBREP(#100);").body(1)
    assert body.closed
    assert volume(body) == pytest.approx(6)


def cylinder_lines(radius=0.5, height=2.0):
    """A cylinder as a modeller writes it: one seam, two circles, three faces."""
    return [
        "#10=IFCCARTESIANPOINT((0.,0.,0.));", f"#11=IFCCARTESIANPOINT((0.,0.,{height}));",
        f"#12=IFCCARTESIANPOINT(({radius},0.,0.));", f"#13=IFCCARTESIANPOINT(({radius},0.,{height}));",
        "#14=IFCDIRECTION((0.,0.,1.));", "#15=IFCDIRECTION((1.,0.,0.));",
        "#16=IFCAXIS2PLACEMENT3D(#10,#14,#15);", "#17=IFCAXIS2PLACEMENT3D(#11,#14,#15);",
        "#20=IFCVERTEXPOINT(#12);", "#21=IFCVERTEXPOINT(#13);",
        f"#22=IFCCIRCLE(#16,{radius});", f"#23=IFCCIRCLE(#17,{radius});", "#24=IFCVECTOR(#14,1.);", "#25=IFCLINE(#12,#24);",
        "#30=IFCEDGECURVE(#20,#20,#22,.T.);", "#31=IFCEDGECURVE(#21,#21,#23,.T.);", "#32=IFCEDGECURVE(#20,#21,#25,.T.);",
        "#40=IFCORIENTEDEDGE(*,*,#30,.T.);", "#41=IFCORIENTEDEDGE(*,*,#30,.F.);", "#42=IFCORIENTEDEDGE(*,*,#31,.T.);",
        "#43=IFCORIENTEDEDGE(*,*,#31,.F.);", "#44=IFCORIENTEDEDGE(*,*,#32,.T.);", "#45=IFCORIENTEDEDGE(*,*,#32,.F.);",
        "#50=IFCEDGELOOP((#41));", "#51=IFCEDGELOOP((#42));", "#52=IFCEDGELOOP((#40,#44,#43,#45));",
        "#60=IFCFACEOUTERBOUND(#50,.T.);", "#61=IFCFACEOUTERBOUND(#51,.T.);", "#62=IFCFACEOUTERBOUND(#52,.T.);",
        "#70=IFCPLANE(#16);", "#71=IFCPLANE(#17);", f"#72=IFCCYLINDRICALSURFACE(#16,{radius});",
        "#80=IFCADVANCEDFACE((#60),#70,.F.);", "#81=IFCADVANCEDFACE((#61),#71,.T.);", "#82=IFCADVANCEDFACE((#62),#72,.T.);",
        "#90=IFCCLOSEDSHELL((#80,#81,#82));", "#1=IFCADVANCEDBREP(#90);",
    ]


def test_a_cylinder_of_curved_edges_is_a_solid(source_of):
    body = source_of(*cylinder_lines()).body(1)
    assert body.closed
    assert volume(body) == pytest.approx(np.pi / 4 * 2, rel=6e-3)


def test_a_brep_with_a_face_on_another_surface_is_refused(source_of):
    lines = [line.replace("IFCCYLINDRICALSURFACE(#16,0.5)", "IFCSPHERICALSURFACE(#16,0.5)") for line in cylinder_lines()]
    with pytest.raises(Refused, match="surface:IFCSPHERICALSURFACE"):
        source_of(*lines).body(1)


def test_a_geometric_set_is_its_surfaces(source_of):
    source = source_of(*point_lines([(0, 0, 5), (0, 0, 0), (2, 0, 0), (2, 1, 0), (0, 1, 0)], 10), "#20=IFCPOLYLINE((#11,#12,#13,#14,#11));",
                       "#30=IFCAXIS2PLACEMENT3D(#10,$,$);", "#31=IFCPLANE(#30);", "#32=IFCCURVEBOUNDEDPLANE(#31,#20,());",
                       "#1=IFCGEOMETRICSET((#32,#20,#10));", "#2=IFCGEOMETRICSET((#20));")
    body = source.body(1)
    assert surface_area(body.vertices, body.triangles) == pytest.approx(2)
    assert body.vertices[:, 2].tolist() == [5] * 4
    with pytest.raises(Refused, match="geometric-set"):
        source.body(2)


def test_a_broken_point_spoils_only_the_shell_that_uses_it(source_of):
    bad = [line.replace("#220=IFCCARTESIANPOINT((0.0,0.0,0.0));", "#220=IFCCARTESIANPOINT(('水泵'));") for line in shell_lines(200)]
    source = source_of(*shell_lines(100), *bad)
    assert volume(source.body(100)) == pytest.approx(6)
    with pytest.raises(Refused):
        source.body(200)


@pytest.mark.parametrize("line", [
    "#1=IFCFACETEDBREP();", "#1=IFCFACETEDBREP($);", "#1=IFCFACETEDBREP(7);", "#1=IFCFACETEDBREP(#1);", "#1=IFCFACETEDBREP(#999);",
    "#1=IFCCLOSEDSHELL(());", "#1=IFCCLOSEDSHELL((#1));", "#1=IFCSHELLBASEDSURFACEMODEL(());", "#1=IFCSHELLBASEDSURFACEMODEL('x');",
    "#1=IFCFACETEDBREPWITHVOIDS(#100,(#1));", "#1=IFCPOLYGONALFACESET(#100,.T.,(#100),$);", "#1=IFCPOLYGONALFACESET($,$,$,$);",
    "#1=IFCTRIANGULATEDFACESET($,$,$,$,$);", "#1=IFCTRIANGULATEDFACESET(#3,$,$,((1,2)),$);", "#1=IFCTRIANGULATEDFACESET(#3,$,$,((1,2,9)),$);",
    "#1=IFCTRIANGULATEDFACESET(#3,$,$,((1,2,'a')),$);", "#1=IFCBOOLEANRESULT(.DIFFERENCE.,#1,#1);", "#1=IFCBOOLEANRESULT(.DIFFERENCE.,#100,$);",
    "#1=IFCBOOLEANRESULT(.XOR.,#100,#100);", "#1=IFCBOOLEANRESULT(.DIFFERENCE.,#100);", "#1=IFCCSGSOLID(#1);", "#1=IFCGEOMETRICSET($);",
    "#1=IFCCURVEBOUNDEDPLANE(#100,#100,());", "#1=IFCADVANCEDFACE((#100),#100,.T.);", "#1=IFCRECTANGULARTRIMMEDSURFACE($,$,$,$,$,$,$);",
])
def test_what_is_broken_is_refused_and_raises_nothing_else(source_of, line):
    source = source_of(*shell_lines(100), "#3=IFCCARTESIANPOINTLIST3D(((0.,0.,0.),(1.,0.,0.),(0.,1.,0.)));", line)
    with pytest.raises(Refused):
        source.body(1)


SQUARES = ["#5=IFCCARTESIANPOINTLIST3D(((0.,0.,0.),(1.,0.,0.),(1.,1.,0.),(0.,1.,0.),(2.,0.,0.),(2.,1.,0.)));",
           "#6=IFCINDEXEDPOLYGONALFACE((1,2,3,4));", "#7=IFCINDEXEDPOLYGONALFACE((2,5,6,3));", "#1=IFCPOLYGONALFACESET(#5,.F.,(#6,#7),$);"]


def test_faces_have_their_indexed_colours(source_of):
    source = source_of(*SQUARES, "#8=IFCCOLOURRGBLIST(((1.,0.,0.),(0.,0.5,0.)));", "#9=IFCINDEXEDCOLOURMAP(#1,0.25,#8,(2,1));")
    body = source.body(1)
    assert [indexed_colour(source, style) for style in body.style_of.tolist()] == [(0, 0.5, 0, 0.25)] * 2 + [(1, 0, 0, 0.25)] * 2


@pytest.mark.parametrize("line", ["#9=IFCINDEXEDCOLOURMAP(#1,$,#8,(2));", "#9=IFCINDEXEDCOLOURMAP(#1,$,#8,(2,7));"])
def test_a_face_without_a_colour_has_the_style_of_its_item(source_of, line):
    source = source_of(*SQUARES, "#8=IFCCOLOURRGBLIST(((1.,0.,0.),(0.,0.5,0.)));", line)
    assert source.body(1).style_of.tolist() == [-2, -2, 0, 0]


@pytest.mark.parametrize("line", ["#9=IFCINDEXEDCOLOURMAP(#1,$,$,(2,1));", "#9=IFCINDEXEDCOLOURMAP(#1,$,#8,$);", "#9=IFCINDEXEDCOLOURMAP();"])
def test_a_broken_colour_map_colours_nothing(source_of, line):
    assert source_of(*SQUARES, "#8=IFCCOLOURRGBLIST(((1.,0.),(0.,0.5)));", line).body(1).style_of is None


def test_a_face_set_may_name_its_points_through_a_list(source_of):
    lines = [SQUARES[0], *[line.replace("2,5,6,3", "1,2,3,4") for line in SQUARES[2:3]], "#1=IFCPOLYGONALFACESET(#5,.F.,(#7),(2,5,6,3));"]
    assert source_of(*lines).body(1).vertices[:, 0].tolist() == [1, 1, 2, 2]


def test_a_face_set_with_voids_covers_the_rest(source_of):
    body = source_of("#5=IFCCARTESIANPOINTLIST3D(((0.,0.,0.),(4.,0.,0.),(4.,4.,0.),(0.,4.,0.),(1.,1.,0.),(2.,1.,0.),(2.,2.,0.),(1.,2.,0.)));",
                     "#6=IFCINDEXEDPOLYGONALFACEWITHVOIDS((1,2,3,4),((5,6,7,8)));", "#1=IFCPOLYGONALFACESET(#5,$,(#6),$);").body(1)
    assert surface_area(body.vertices, body.triangles) == pytest.approx(15)


def test_a_network_leaves_out_what_it_flags_as_a_hole(source_of):
    body = source_of(SQUARES[0], "#1=IFCTRIANGULATEDIRREGULARNETWORK(#5,$,.F.,((1,2,3),(1,3,4),(2,5,6)),$,(0,-1,3));").body(1)
    assert surface_area(body.vertices, body.triangles) == pytest.approx(1)


@pytest.mark.parametrize("old, new, reason", [
    ("#22=IFCCIRCLE(#16,0.5)", "#22=IFCCIRCLE(#16,0.6)", "edge:curve-and-vertices-differ"),
    ("#22=IFCCIRCLE(#16,0.5)", "#22=IFCCIRCLE(#16,1E30)", "curve:radius"),
    ("#22=IFCCIRCLE(#16,0.5)", "#22=IFCCIRCLE(#16,1E400)", "number-too-large"),
    ("#40=IFCORIENTEDEDGE(*,*,#30,.T.)", "#40=IFCORIENTEDEDGE(*,*,#40,.T.)", "edge:oriented-twice"),
    ("#22=IFCCIRCLE(#16,0.5)", "#22=IFCCIRCLE(#16,0.)", "curve:radius"),
    ("(0.5,0.,0.)", "(0.5,0.,7.)", "edge:curve-and-vertices-differ"),
    ("#90=IFCCLOSEDSHELL((#80,#81,#82))", "#90=IFCCLOSEDSHELL((#80,#82))", "shell:open"),
    ("#52=IFCEDGELOOP((#40,#44,#43,#45))", "#52=IFCEDGELOOP((#40,#43,#45))", "loop:gap"),
])
def test_a_brep_of_curved_edges_that_do_not_fit_is_refused(source_of, old, new, reason):
    lines = [line.replace(old, new) for line in cylinder_lines()]
    assert lines != cylinder_lines()
    with pytest.raises(Refused, match=reason):
        source_of(*lines).body(1)
