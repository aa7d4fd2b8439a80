from functools import partial

import numpy as np
import pytest

from bim.tessellation.body import Refused
from bim.tessellation.topology import signed_volume

from .stepping import CORNERS, point_lines, shell_lines, source_in

BOX = [*shell_lines(100), "#10=IFCFACETEDBREP(#100);"]
LEVEL = [*point_lines([(0, 0, 1), (0, 0, 2)], 20), "#22=IFCAXIS2PLACEMENT3D(#20,$,$);", "#23=IFCPLANE(#22);",
         "#24=IFCHALFSPACESOLID(#23,.T.);", "#25=IFCHALFSPACESOLID(#23,.F.);", "#26=IFCAXIS2PLACEMENT3D(#21,$,$);", "#27=IFCPLANE(#26);",
         "#28=IFCHALFSPACESOLID(#27,.F.);", "#29=IFCBOXEDHALFSPACE(#23,.T.,$);"]


@pytest.fixture
def source_of(tmp_path):
    return partial(source_in, tmp_path)


def volume(body):
    return signed_volume(body.vertices, body.triangles)


@pytest.mark.parametrize("operator, half_space, expected", [
    ("DIFFERENCE", 24, 4), ("DIFFERENCE", 25, 2), ("INTERSECTION", 24, 2), ("INTERSECTION", 25, 4), ("DIFFERENCE", 29, 4),
])
def test_the_material_of_a_half_space_lies_opposite_to_the_normal_where_they_agree(source_of, operator, half_space, expected):
    source = source_of(*BOX, *LEVEL, f"#1=IFCBOOLEANRESULT(.{operator}.,#10,#{half_space});")
    assert volume(source.body(1)) == pytest.approx(expected)


def test_clippings_follow_one_another(source_of):
    source = source_of(*BOX, *LEVEL, "#1=IFCBOOLEANCLIPPINGRESULT(.DIFFERENCE.,#2,#28);", "#2=IFCBOOLEANCLIPPINGRESULT(.DIFFERENCE.,#10,#24);")
    body = source.body(1)
    assert volume(body) == pytest.approx(2)
    assert (body.vertices[:, 2].min(), body.vertices[:, 2].max()) == pytest.approx((1, 2))


def test_hundreds_of_clippings_in_a_chain_are_done(source_of):
    chain = [f"#{1000 + k}=IFCBOOLEANCLIPPINGRESULT(.DIFFERENCE.,#{1001 + k},#24);" for k in range(400)]
    assert volume(source_of(*BOX, *LEVEL, *chain, "#1400=IFCCSGSOLID(#10);").body(1000)) == pytest.approx(4)


def test_a_clipping_that_leaves_nothing_is_an_empty_body(source_of):
    source = source_of(*BOX, *LEVEL, "#1=IFCBOOLEANCLIPPINGRESULT(.DIFFERENCE.,#2,#25);", "#2=IFCBOOLEANCLIPPINGRESULT(.DIFFERENCE.,#10,#24);")
    assert len(source.body(1).triangles) == 0


def test_a_bounded_half_space_cuts_inside_its_boundary(source_of):
    boundary = [*point_lines([(-1, -1), (2, -1), (2, 1), (-1, 1)], 40), "#45=IFCPOLYLINE((#40,#41,#42,#43,#40));"]
    source = source_of(*BOX, *LEVEL, *boundary, "#46=IFCPOLYGONALBOUNDEDHALFSPACE(#23,.F.,#22,#45);",
                       "#1=IFCBOOLEANCLIPPINGRESULT(.DIFFERENCE.,#10,#46);")
    assert volume(source.body(1)) == pytest.approx(6 - 1 * 1 * 2, rel=1e-3)


@pytest.mark.parametrize("operator, expected", [("UNION", 12 - 3), ("DIFFERENCE", 3), ("INTERSECTION", 3)])
def test_two_solids_are_combined(source_of, operator, expected):
    other = shell_lines(300, [(x, y + 1, z) for x, y, z in CORNERS])
    source = source_of(*BOX, *other, "#11=IFCFACETEDBREP(#300);", f"#12=IFCBOOLEANRESULT(.{operator}.,#10,#11);", "#1=IFCCSGSOLID(#12);")
    assert volume(source.body(1)) == pytest.approx(expected, rel=1e-3)


def test_millimetres_are_cut_as_metres_are(source_of):
    thousand = shell_lines(100, np.array(CORNERS) * 1000)
    level = [line.replace("(0.0,0.0,1.0)", "(0.0,0.0,1000.0)") for line in LEVEL]
    source = source_of(*thousand, "#10=IFCFACETEDBREP(#100);", *level, "#1=IFCBOOLEANRESULT(.DIFFERENCE.,#10,#24);", length_m=0.001)
    assert volume(source.body(1)) == pytest.approx(4e9)


@pytest.mark.parametrize("line, reason", [
    ("#1=IFCBOOLEANRESULT(.DIFFERENCE.,#2,#24);", "boolean:cycle"),
    ("#1=IFCBOOLEANRESULT(.UNION.,#10,#24);", "boolean:UNION"),
    ("#1=IFCBOOLEANRESULT(.DIFFERENCE.,#24,#10);", "item:IFCHALFSPACESOLID"),
    ("#1=IFCBOOLEANRESULT(.DIFFERENCE.,#10,#50);", "surface:IFCCYLINDRICALSURFACE"),
    ("#1=IFCBOOLEANRESULT(.DIFFERENCE.,#60,#24);", "operand-not-manifold"),
])
def test_what_cannot_be_done_is_refused(source_of, line, reason):
    source = source_of(*BOX, *LEVEL, "#2=IFCBOOLEANRESULT(.DIFFERENCE.,#1,#24);", "#51=IFCCYLINDRICALSURFACE(#22,1.);",
                       "#50=IFCHALFSPACESOLID(#51,.T.);", *shell_lines(300, faces=[[0, 3, 2, 1], [0, 1, 5, 4]]),
                       "#60=IFCSHELLBASEDSURFACEMODEL((#300));", line)
    with pytest.raises(Refused, match=reason):
        source.body(1)
