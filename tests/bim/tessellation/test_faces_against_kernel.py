"""Faces, booleans and clippings of real files against the exact kernel: box within 1 mm, area within 2 %."""

import ifcopenshell
import ifcopenshell.geom
import ifcopenshell.util.unit
import numpy as np
import pytest

from bim.tessellation.instances import Instances
from bim.tessellation.source import Source
from bim.tessellation.topology import surface_area

from ..corpus import corpus_file

CLASSES = ("IFCBOOLEANCLIPPINGRESULT", "IFCBOOLEANRESULT", "IFCCSGSOLID", "IFCFACETEDBREP", "IFCFACEBASEDSURFACEMODEL",
           "IFCPOLYGONALFACESET", "IFCTRIANGULATEDFACESET", "IFCTRIANGULATEDIRREGULARNETWORK")
MOST = 12
"""Instances compared of each class and file, spread over the file."""

pytestmark = pytest.mark.corpus


@pytest.mark.parametrize("name", [
    "arch-fzk-haus-ifc4", "arch-office-a-ifc2x3", "geo-brienenoord-bridge-ifc4x3-epsg28992", "geo-grf005-pass-feet-ifc4x3-epsg2240",
    "gis-bgt-poles-1050-ifc2x3", "infra-rail-track10-ifc4x3-epsg3065", "mep-hvac-heating-ifc4", "str-hhs-office-ifc2x3", "tricky-600-timeout-wall",
])
def test_bodies_agree_with_the_kernel(name):
    path = corpus_file(f"ifc/{name}.ifc")
    file = ifcopenshell.open(str(path))
    metre = ifcopenshell.util.unit.calculate_unit_scale(file)
    source = Source(Instances.read(path), metre, ifcopenshell.util.unit.calculate_unit_scale(file, "PLANEANGLEUNIT"))
    for kind in CLASSES:
        found = source.instances.of(kind)
        for number in found[::max(1, len(found) // MOST)]:
            body = source.body(number)
            shape = ifcopenshell.geom.create_shape(ifcopenshell.geom.settings(), file.by_id(number), geometry_library="opencascade")
            geometry = getattr(shape, "geometry", shape)
            vertices, triangles = np.array(geometry.verts).reshape(-1, 3), np.array(geometry.faces).reshape(-1, 3)
            ours = body.vertices[np.unique(body.triangles)] * metre
            assert np.abs(ours.min(axis=0) - vertices.min(axis=0)).max() < 1e-3, f"#{number}"
            assert np.abs(ours.max(axis=0) - vertices.max(axis=0)).max() < 1e-3, f"#{number}"
            area = surface_area(body.vertices, body.triangles) * metre ** 2
            assert area == pytest.approx(surface_area(vertices, triangles), rel=0.02), f"#{number}"
