"""The shapes of the sample site agree with each other and with the models."""

from datetime import date

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import Polygon

from sample_models.gis_aprons import jetways, stand_plan, stands
from sample_models.gis_buildings import Building, building_plan, buildings, csuid
from sample_models.gis_earthworks import finished, taxiway_line
from sample_models.gis_ground import AIRFIELD, AREA, heights, lantau, noise, platform, platform_distance
from sample_models.gis_land import districts, lot_plan
from sample_models.gis_limits import height_limits, limit_at, zones
from sample_models.gis_roads import WIDTH_M, road_plan
from sample_models.gis_runways import bands, taxiways
from sample_models.gis_town import plots
from sample_models.gis_utilities import pipes
from sample_models.layout import Layout
from sample_models.site import known_points

FULL = Layout(1.0)
SCALES = pytest.mark.parametrize("layout", [Layout(0.1), FULL], ids=["small", "full"])
eastings = st.floats(AREA[0], AREA[2])
northings = st.floats(AREA[1], AREA[3])


@SCALES
def test_each_model_stands_on_a_lot_of_its_own(layout: Layout) -> None:
    lots = {lot.model: lot.shape for lot in lot_plan(layout) if lot.model}
    assert set(lots) == {"terminal-arch", "carpark", "taxiway-bridge"}
    assert lots["terminal-arch"].contains(Polygon(layout.footprint))
    assert lots["carpark"].contains(Polygon(layout.car_park_footprint))
    assert lots["taxiway-bridge"].contains(Polygon(layout.bridge_footprint))


@SCALES
def test_lots_do_not_overlap(layout: Layout) -> None:
    shapes = [lot.shape for lot in lot_plan(layout)]
    assert sum(shape.area for shape in shapes) - shapely.union_all(shapes).area < 1.0


@SCALES
def test_the_modelled_buildings_are_among_the_footprints(layout: Layout) -> None:
    terminal = shapely.union_all([row.shape for row in building_plan(layout) if row.model == "terminal-arch"])
    assert terminal.symmetric_difference(Polygon(layout.footprint)).area < 0.01 * terminal.area
    assert [row.shape.equals(Polygon(layout.car_park_footprint)) for row in building_plan(layout) if row.model == "carpark"] == [True]


@SCALES
def test_a_csuid_is_a_point_of_its_footprint(layout: Layout) -> None:
    layer = buildings(layout)
    for shape, text, kind in zip(layer.shapes, layer.fields["BUILDINGCSUID"], layer.fields["BUILDINGSTRUCTURETYPE"], strict=True):
        point = shapely.Point(800_000 + int(text[:5]), 800_000 + int(text[5:10]))
        assert shape.intersects(point)
        assert text[10] == kind[0]
        date.fromisoformat(f"{text[11:15]}-{text[15:17]}-{text[17:]}")
    assert len(set(layer.fields["BUILDINGCSUID"])) == len(layer)


@SCALES
def test_every_building_stands_on_the_ground_and_below_its_limit(layout: Layout) -> None:
    for row in building_plan(layout):
        corners = shapely.get_coordinates(row.shape)
        ground = heights(corners[:, 0], corners[:, 1])
        assert row.base_mpd <= ground.max() + 0.3, row
        assert row.base_mpd + 2.5 < row.top_mpd <= limit_at(row.shape), row


def test_buildings_keep_off_the_roads_and_off_each_other() -> None:
    rows = building_plan(FULL)
    roads = shapely.union_all([row.line.buffer(WIDTH_M[row.kind] / 2) for row in road_plan(FULL) if row.kind != "airside"])
    assert [row.name_en for row in rows if row.shape.intersects(roads)] == []
    assert [(a.name_en, b.name_en) for a, b in _clashes(rows)] == []


def _clashes(rows: list[Building]) -> list[tuple[Building, Building]]:
    """Pairs that share ground, towers on their own podium aside."""
    tree = shapely.STRtree([row.shape for row in rows])
    pairs = tree.query([row.shape.buffer(-0.5) for row in rows], predicate="intersects").T
    found = [(rows[i], rows[j]) for i, j in pairs if i < j]
    return [(a, b) for a, b in found if "Podium" not in (a.kind, b.kind)]


@SCALES
def test_parked_aircraft_touch_nothing(layout: Layout) -> None:
    rows = stand_plan(layout)
    outlines = [row.outline for row in rows]
    built = shapely.union_all([row.shape for row in building_plan(layout)])
    assert not shapely.union_all(outlines).intersects(built)
    assert sum(shape.area for shape in outlines) == pytest.approx(shapely.union_all(outlines).area)
    assert len({row.ident for row in rows}) == len(rows)


@SCALES
def test_jetways_lead_from_the_facade_to_their_stand(layout: Layout) -> None:
    facade, layer = Polygon(layout.footprint).exterior, jetways(layout)
    idents = set(stands(layout).fields["stand_id"])
    assert len(layer) > 5
    assert set(layer.fields["stand_id"]) <= idents
    for line in layer.shapes:
        assert facade.distance(shapely.Point(line.coords[0])) < 0.01
        assert 15 < line.length < 50


def test_runways_and_taxiways_lie_on_the_platform() -> None:
    ground = platform().buffer(-30)
    assert all(ground.contains(band.strip) for band in bands(FULL))
    assert all(ground.contains(shape) for shape in taxiways(FULL).shapes)


def test_height_limits_are_a_partition_with_the_lowest_surface_on_top() -> None:
    layer = height_limits(FULL)
    total = shapely.union_all(layer.shapes).area
    assert sum(shape.area for shape in layer.shapes) == pytest.approx(total, rel=1e-4)
    assert shapely.is_valid(layer.shapes).all()
    limits = layer.fields["limit_mpd"]
    assert min(limits) == 7.0
    assert max(limits) < 153.5
    for band in bands(FULL):
        assert limit_at(shapely.Point(band.point(1900.0))) == band.runway.elevation_mpd
        assert limit_at(shapely.Point(band.point(1900.0, 140.0 + 70.0 + 1.0))) == pytest.approx(band.runway.elevation_mpd + 10, abs=0.1)


def test_limits_rise_away_from_the_threshold_along_the_approach() -> None:
    south = bands(FULL)[2]
    along = [limit_at(shapely.Point(south.point(south.length_m + d))) for d in range(100, 6400, 400)]
    assert along == sorted(along)
    assert zones(FULL)[0].limit_mpd <= along[0]


@SCALES
def test_sewers_fall_and_keep_their_cover(layout: Layout) -> None:
    for pipe in pipes(layout):
        depth = pipe.ground - pipe.axis[:, 2] - pipe.service.diameter_mm / 2000
        assert depth.min() >= pipe.service.cover_m - 0.002
        if pipe.service.falls:
            assert (np.diff(pipe.axis[:, 2]) < 0).all()


def test_districts_tile_the_site() -> None:
    shapes = districts(FULL).shapes
    union = shapely.union_all(shapes)
    assert sum(shape.area for shape in shapes) == pytest.approx(union.area)
    assert union.area == pytest.approx(shapely.box(*AREA).area, rel=2e-3)


def test_plots_grow_with_the_scale_and_keep_their_places() -> None:
    small, large = plots(0.1), plots(1.0)
    assert large[: len(small)] == small
    assert len(plots(4.0)) == 4 * len(large)
    assert lantau().contains(shapely.union_all([plot.shape for plot in large]))


def test_known_points_are_where_they_should_be() -> None:
    points = {row.name: row for row in known_points()}
    assert points["THR 07L"][1:] == pytest.approx((805_918.0, 820_316.0, 7.1), abs=1.0)
    assert points["western waters"].height_mpd == 0
    assert points["southern hill"].height_mpd > 100
    assert points["terminal origin"].height_mpd == pytest.approx(5.1)


@given(eastings, northings)
def test_the_ground_has_one_height_however_it_is_asked(east: float, north: float) -> None:
    alone = heights(np.array([east]), np.array([north]))
    row = heights(np.array([AREA[0], east, 811_000.0]), np.array([AREA[1], north, 819_000.0]))
    assert alone[0] == row[1]
    assert 0 <= alone[0] < 700


@given(eastings, northings)
def test_the_sea_begins_where_the_shore_says(east: float, north: float) -> None:
    point = shapely.Point(east, north)
    away = platform_distance(np.array([east]), np.array([north]))[0]
    if abs(away) > 1.0:
        assert (away < 0) == platform().contains(point)
    if not platform().buffer(1).contains(point) and not lantau().buffer(8).contains(point):
        assert heights(np.array([east]), np.array([north]))[0] == 0


@given(st.floats(-4000, 4000), st.floats(-4000, 4000))
def test_a_frame_gives_back_the_point(along: float, across: float) -> None:
    assert AIRFIELD.from_grid(AIRFIELD.to_grid([(along, across)]))[0] == pytest.approx((along, across), abs=1e-6)


@given(eastings, northings, st.floats(5, 900))
def test_noise_is_smooth_and_bounded(east: float, north: float, wavelength: float) -> None:
    here, near = noise(np.array([east, east + wavelength / 1000]), np.array([north, north]), wavelength)
    assert abs(here) < 1.6
    assert abs(here - near) < 0.02


def test_the_ground_carries_the_modelled_taxiway_without_showing_through() -> None:
    surface = taxiway_line(FULL)
    bridge = Polygon(FULL.bridge_footprint).buffer(12.0)
    off_bridge = np.array([row for row in surface if not bridge.contains(shapely.Point(row[:2]))])
    gap = off_bridge[:, 2] - finished(off_bridge[:, 0], off_bridge[:, 1])
    assert gap.min() > 0.1
    assert gap.max() < 0.3


def test_the_road_under_the_bridge_lies_in_a_cut() -> None:
    east, north = FULL.taxiway.to_grid(95.0, 10.0)
    assert finished(np.array([east]), np.array([north]))[0] == pytest.approx(FULL.UNDERPASS_MPD - 0.15)


def test_earthworks_leave_the_rest_alone() -> None:
    east, north = np.meshgrid(np.linspace(805_000, 809_000, 80), np.linspace(815_000, 822_000, 80))
    assert (finished(east, north) == heights(east, north)).all()


def test_a_csuid_is_built_as_documented() -> None:
    shape = Polygon([(811_323, 819_614), (811_324.9, 819_614), (811_324.9, 819_616), (811_323, 819_616)])
    assert csuid(shape, "Tower", date(2005, 4, 30))[10:] == "T20050430"
    assert csuid(shape, "Podium", date(2005, 4, 30))[:5] in ("11323", "11324")
