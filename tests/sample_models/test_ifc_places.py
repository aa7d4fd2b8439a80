"""The building models lie where the site says: georeference, placement, shapes."""

from __future__ import annotations

import math
from collections.abc import Iterator

import ifcopenshell
import ifcopenshell.geom
import ifcopenshell.util.element
import numpy as np
import pytest
from numpy.typing import NDArray

from csdi.crs import CRS84, HK80, transform
from sample_models import known_positions
from sample_models.ifc_airfield import alignment, georeference
from sample_models.ifc_georef import grid_north_azimuth_deg
from sample_models.layout import Layout
from tests.sample_models.conftest import SCALE

Files = dict[str, ifcopenshell.file]
IDS = ["terminal-arch", "terminal-structure", "terminal-mep", "carpark", "taxiway-bridge"]


def conversion(file: ifcopenshell.file) -> dict[str, float]:
    """Map conversion of a model, from the entity or from the property set."""
    if file.schema == "IFC2X3":
        values = ifcopenshell.util.element.get_psets(file.by_type("IfcProject")[0])["ePSet_MapConversion"]
    else:
        values = file.by_type("IfcMapConversion")[0].get_info()
    names = ("Eastings", "Northings", "OrthogonalHeight", "XAxisAbscissa", "XAxisOrdinate", "Scale")
    return {name: float(values[name]) for name in names}


def to_site(file: ifcopenshell.file, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 3) model points in metres, as the kernel gives them, as E, N, mPD."""
    c = conversion(file)
    a, b = c["XAxisAbscissa"], c["XAxisOrdinate"]
    x, y, z = points.T
    return np.column_stack([c["Eastings"] + a * x - b * y, c["Northings"] + b * x + a * y, c["OrthogonalHeight"] + z])


def shapes(file: ifcopenshell.file, elements: list[ifcopenshell.entity_instance]) -> Iterator[tuple[str, NDArray[np.float64]]]:
    settings = ifcopenshell.geom.settings()
    settings.set("use-world-coords", True)
    for element in elements:
        shape = ifcopenshell.geom.create_shape(settings, element)
        yield element.GlobalId, np.frombuffer(shape.geometry.verts_buffer).reshape(-1, 3)


@pytest.mark.parametrize("id", IDS)
def test_known_elements_are_where_the_layout_says(opened: Files, id: str) -> None:
    file = opened[id]
    known = {k.global_id: k for k in known_positions(SCALE) if k.model == id}
    assert known
    elements = [file.by_guid(each) for each in known]
    assert [e.Name for e in elements] == [k.name for k in known.values()]
    for global_id, vertices in shapes(file, elements):
        box = to_site(file, vertices)
        centre = (box.min(axis=0) + box.max(axis=0)) / 2
        assert centre == pytest.approx([known[global_id].e, known[global_id].n, known[global_id].h_mpd], abs=0.01)


@pytest.mark.parametrize("id", IDS)
def test_scale_takes_the_unit_of_the_file_to_metres(opened: Files, id: str) -> None:
    unit = next(u for u in opened[id].by_type("IfcProject")[0].UnitsInContext.Units if u.UnitType == "LENGTHUNIT")
    assert conversion(opened[id])["Scale"] == (0.001 if unit.Prefix == "MILLI" else 1.0)
    assert (unit.Prefix == "MILLI") == (id == "terminal-arch")


@pytest.mark.parametrize("id", IDS)
def test_the_site_position_agrees_with_the_map_conversion(opened: Files, id: str) -> None:
    site, c = opened[id].by_type("IfcSite")[0], conversion(opened[id])
    lon, lat = (p[0] + p[1] / 60 + p[2] / 3600 + p[3] / 3600e6 for p in (site.RefLongitude, site.RefLatitude))
    e, n = transform(CRS84, HK80).points([(lon, lat)])[0][:2]
    assert (e, n) == pytest.approx((c["Eastings"], c["Northings"]), abs=0.01)
    assert site.RefElevation * c["Scale"] == pytest.approx(c["OrthogonalHeight"])


@pytest.mark.parametrize("id", IDS)
def test_true_north_is_grid_north_turned_by_the_convergence(opened: Files, id: str) -> None:
    c = conversion(opened[id])
    north = next(x for x in opened[id].by_type("IfcGeometricRepresentationContext", include_subtypes=False) if x.TrueNorth)
    x, y = north.TrueNorth.DirectionRatios
    east_part, north_part = c["XAxisAbscissa"] * x - c["XAxisOrdinate"] * y, c["XAxisOrdinate"] * x + c["XAxisAbscissa"] * y
    grid_bearing = math.degrees(math.atan2(east_part, north_part))
    assert grid_bearing == pytest.approx(-grid_north_azimuth_deg((c["Eastings"], c["Northings"])), abs=1e-6)
    assert 0.08 < grid_bearing < 0.1


def test_grid_north_is_the_azimuth_that_a_geodesic_gives() -> None:
    assert grid_north_azimuth_deg((812300.0, 819400.0)) == pytest.approx(-0.0883, abs=5e-5)


def test_the_terminal_is_about_thirteen_hundred_metres_long() -> None:
    along = [x for x, _ in Layout(1.0).footprint_ring]
    assert max(along) - min(along) == pytest.approx(1300, abs=10)


def test_linear_placements_agree_with_their_fallback(opened: Files) -> None:
    file = opened["taxiway-bridge"]
    for placement in file.by_type("IfcLinearPlacement"):
        distance = placement.RelativePlacement.Location
        expected = alignment(Layout(SCALE)).at(
            distance.DistanceAlong.wrappedValue, distance.OffsetLateral or 0.0, distance.OffsetVertical or 0.0
        )
        assert placement.CartesianPosition.Location.Coordinates == pytest.approx(expected, abs=1e-6)


def test_the_kernel_follows_our_alignment(opened: Files) -> None:
    """A course swept along the alignment by the kernel covers the course that we sampled ourselves."""
    file, line = opened["taxiway-bridge"], alignment(Layout(SCALE))
    swept = [c for c in file.by_type("IfcCourse") if c.Representation.Representations[0].RepresentationType == "AdvancedSweptSolid"]
    assert len(swept) == 2
    for course in swept:
        start = float(course.Name.split()[2])
        ((_, vertices),) = shapes(file, [course])
        for station in (start, start + 40.0):
            edges = np.array([line.at(station, left, up) for left in (-22.0, 22.0) for up in (0.0, -0.12)])
            near = np.linalg.norm(vertices[None] - edges[:, None], axis=2).min(axis=1)
            assert near.max() < 0.02


def test_the_alignment_is_smooth_and_ends_where_its_pieces_say() -> None:
    line = alignment(Layout(SCALE))
    for before, after in zip(line.pieces, line.pieces[1:], strict=False):
        assert before.end_curvature == after.start_curvature
        assert line.direction_at(after.station - 1e-6) == pytest.approx(after.direction, abs=1e-5)
    for low, high in zip(line.grades, line.grades[1:], strict=False):
        assert low.height(high.station) == pytest.approx(high.start_height)
        assert low.end_gradient == high.start_gradient


def test_the_bridge_stands_on_its_footprint() -> None:
    layout = Layout(SCALE)
    frame = georeference(layout)
    middle = sum(layout.BRIDGE_STATION_M) / 2
    e, n = np.mean(layout.bridge_footprint, axis=0)
    assert alignment(layout).at(middle)[:2] == pytest.approx(frame.to_model(e, n), abs=1e-6)
