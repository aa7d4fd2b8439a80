"""How high one may build: the process against the surfaces' own arithmetic, and the layers that are built."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from typer.testing import CliRunner

from csdi.bootstrap import Services
from csdi.collection import Collection
from csdi.crs import transform
from csdi.errors import CollectionMissing, ValueInvalid
from csdi.feature import Feature, Field, FieldType, Schema
from csdi.limits_cli import limits
from tests.csdi.processes.ground import EAST, NORTH, publish, run, site

LEVEL = 8.0


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("limits")


@pytest.fixture(scope="module")
def services(home: Path) -> Iterator[Services]:
    """A runway due east that ends 1 km west of the terrain, all at 8 mPD; terrain that rises 2 % to the east from 3 mPD."""
    with site(home / "home") as opened:
        publish(opened, home, "terrain", lambda east, south: 3 + 0.02 * east, size=200)
        fields = (Field("designator"), Field("elevation_mpd", FieldType.NUMBER))
        line = shapely.LineString([(EAST - 4060.0, NORTH - 100), (EAST - 1060.0, NORTH - 100)])
        square = shapely.box(EAST + 50, NORTH - 150, EAST + 150, NORTH - 50)
        with opened.store.transaction() as change:
            change.replace(Collection("runways", {}, Schema(fields, "linestring"), "EPSG:2326"),
                           [Feature("r", line, {"designator": "09/27", "elevation_mpd": LEVEL})])
            change.replace(Collection("plans", {}, Schema((Field("limit_mpd", FieldType.NUMBER),), "polygon"), "EPSG:2326"),
                           [Feature("AHR-1", square, {"limit_mpd": 12.0})])
        yield opened


def asked(services: Services, shape: Any, **more: Any) -> Any:
    (found,) = run(services, "height-limit", places=json.loads(shapely.to_geojson(shape)), **{"crs": "EPSG:2326"} | more)["limits"]["places"]
    return found


def test_a_point_before_the_threshold_has_the_approach_surface_and_the_ground(services: Services) -> None:
    found = asked(services, shapely.Point(EAST + 100, NORTH - 100))
    assert found["surface"] == "approach-27"
    assert found["limit_mpd"] == pytest.approx(LEVEL + 0.02 * (1060 + 100 - 60), abs=1e-3)
    assert found["ground_mpd"] == pytest.approx(5.0, abs=0.002)
    assert found["height_above_ground_m"] == pytest.approx(found["limit_mpd"] - found["ground_mpd"], abs=1e-3)
    assert [one["limit_mpd"] for one in found["surfaces"]] == sorted(one["limit_mpd"] for one in found["surfaces"])
    climb = next(one for one in found["surfaces"] if one["id"] == "takeoff-climb-27")
    assert (climb["kind"], climb["title"]["zh-Hant"], climb["tables"]) == ("takeoff_climb", "起飛爬升面", "icao-annex14-ols")


def test_an_area_is_limited_where_a_surface_is_lowest_over_it(services: Services) -> None:
    found = asked(services, shapely.box(EAST + 20, NORTH - 150, EAST + 180, NORTH - 50))
    assert found["limit_mpd"] == pytest.approx(LEVEL + 0.02 * (1060 + 20 - 60), abs=1e-3)
    assert found["place"]["easting"] == pytest.approx(EAST + 20, abs=1e-3)
    (longitude, latitude), = transform("EPSG:2326", "OGC:CRS84").points([[found["place"]["easting"], found["place"]["northing"]]])
    assert (found["place"]["longitude"], found["place"]["latitude"]) == pytest.approx((longitude, latitude), abs=1e-7)
    assert found["ground_mpd"] == pytest.approx(3.4, abs=0.002)


def test_an_area_across_the_rim_of_the_cone_is_limited_by_the_inner_horizontal_surface(services: Services) -> None:
    middle = EAST - 2560.0
    found = asked(services, shapely.box(middle, NORTH - 100 + 3900, middle + 10, NORTH - 100 + 4300))
    by_kind = {one["kind"]: one for one in found["surfaces"]}
    assert by_kind["inner_horizontal"]["limit_mpd"] == pytest.approx(LEVEL + 45)
    assert by_kind["conical"]["limit_mpd"] == pytest.approx(LEVEL + 45, abs=1e-3)
    assert by_kind["conical"]["place"]["northing"] == pytest.approx(NORTH - 100 + 4000, abs=0.01)
    beyond = asked(services, shapely.box(middle, NORTH - 100 + 4200, middle + 10, NORTH - 100 + 4300))
    assert beyond["limit_mpd"] == pytest.approx(LEVEL + 45 + 0.05 * 200, abs=1e-3)


def test_published_limits_count_where_they_are_named(services: Services) -> None:
    found = asked(services, shapely.Point(EAST + 100, NORTH - 100), limits="plans")
    assert (found["limit_mpd"], found["surface"]) == (12.0, "restricted-height-AHR-1")
    assert found["surfaces"][0]["source"] == "plans"


def test_published_limits_alone_answer_where_there_are_no_runways(tmp_path: Path) -> None:
    with site(tmp_path / "home") as opened:
        with opened.store.transaction() as change:
            change.replace(Collection("plans", {}, Schema((Field("limit_mpd", FieldType.NUMBER),), "polygon"), "EPSG:2326"),
                           [Feature("AHR-1", shapely.box(EAST, NORTH, EAST + 9, NORTH + 9), {"limit_mpd": 12.0})])
        found = asked(opened, shapely.Point(EAST + 1, NORTH + 1), limits="plans")
        assert (found["limit_mpd"], found["ground_mpd"], len(found["surfaces"])) == (12.0, None, 1)
        with pytest.raises(CollectionMissing, match="runways"):
            asked(opened, shapely.Point(EAST + 1, NORTH + 1))


def test_an_area_that_crosses_itself_is_mended(services: Services) -> None:
    bow = shapely.Polygon([(EAST, NORTH - 150), (EAST + 100, NORTH - 50), (EAST + 100, NORTH - 150), (EAST, NORTH - 50)])
    assert asked(services, bow)["limit_mpd"] == pytest.approx(LEVEL + 0.02 * 1000, abs=1e-3)


def test_beyond_all_surfaces_there_is_no_limit_and_beside_the_terrain_no_ground(services: Services) -> None:
    far = asked(services, shapely.Point(EAST + 20000, NORTH + 15000))
    assert (far["limit_mpd"], far["surfaces"], far["ground_mpd"]) == (None, [], None)
    near = asked(services, shapely.Point(EAST - 500, NORTH - 100))
    assert near["limit_mpd"] is not None
    assert near["height_above_ground_m"] is None


def test_the_other_sets_answer_too_and_every_answer_says_what_it_is_not(services: Services) -> None:
    place = json.loads(shapely.to_geojson(shapely.Point(EAST + 100, NORTH - 100)))
    found = run(services, "height-limit", places=place, crs="EPSG:2326", tables="icao-annex14-ofs")
    assert found["limits"]["places"][0]["limit_mpd"] == pytest.approx(LEVEL + 0.0333 * 1100, abs=1e-3)
    assert "not the legal limit" in found["limits"]["notice"]["en"]
    assert found["features"]["features"][0]["properties"]["surface"] == "approach-27"


def test_points_in_degrees_answer_as_those_on_the_grid(services: Services) -> None:
    (lonlat,) = transform("EPSG:2326", "OGC:CRS84").points([[EAST + 100, NORTH - 100]])
    found = asked(services, shapely.Point(lonlat), crs="OGC:CRS84")
    assert found["limit_mpd"] == pytest.approx(LEVEL + 0.02 * 1100, abs=1e-3)


def test_what_is_missing_is_told(services: Services) -> None:
    point = shapely.Point(EAST, NORTH)
    with pytest.raises(CollectionMissing, match="strips"):
        asked(services, point, runways="strips")
    with pytest.raises(ValueInvalid, match="no field 'height'"):
        asked(services, point, limits="plans", limit_field="height")
    with pytest.raises(CollectionMissing, match="none"):
        asked(services, point, coverage="none")


def test_the_surfaces_become_layers_whose_heights_are_those_of_the_surfaces(services: Services, home: Path,
                                                                           monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSDI_HOME", str(home / "home"))
    built = CliRunner().invoke(limits, ["build", "--json"])
    assert built.exit_code == 0, built.output
    rows = {row["tables"]: row for row in json.loads(built.stdout)}
    assert set(rows) == {"icao-annex14-ols", "icao-annex14-ofs", "icao-annex14-oes"}
    collection = services.store.collection("limits-icao-annex14-ols")
    assert (collection.count, collection.vertical_crs, collection.schema.has_z) == (rows["icao-annex14-ols"]["surfaces"], "EPSG:5738", True)
    approach = services.store.feature(collection.id, "approach-27")
    assert approach.geometry is not None
    heights = shapely.get_coordinates(approach.geometry, include_z=True)[:, 2]
    assert (heights.min(), heights.max()) == pytest.approx((LEVEL, LEVEL + 150), abs=1e-6)
    assert (approach.properties["name_zh_hant"], approach.properties["highest_mpd"]) == ("進近面", LEVEL + 150)
    cone = services.store.feature(collection.id, "conical").geometry
    assert cone is not None
    assert shapely.is_valid(shapely.get_parts(cone)).all()
    assert shapely.area(cone) == pytest.approx(np.pi * (6000**2 - 4000**2) + 2 * 2000 * 3120, rel=1e-3)
    assert json.loads(CliRunner().invoke(limits, ["list", "--json"]).stdout)[0]["surfaces"] > 0
    at = json.loads(CliRunner().invoke(limits, ["at", str(EAST + 100), str(NORTH - 100), "--json"]).stdout)
    assert at["surface"] == "approach-27"
