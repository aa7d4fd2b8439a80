"""Processes on terrain, against heights that a formula gives."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import shapely
from rasterio.io import MemoryFile

from csdi.bootstrap import Services
from csdi.errors import CollectionMissing, ValueInvalid
from tests.csdi.processes.ground import EAST, NORTH, grid, layer, lonlat, publish, run, site

WALL_AT, WALL_HIGH = 60.0, 4.0


def plane(east: Any, south: Any) -> Any:
    return 10 + 0.2 * east - 0.1 * south


def wall(east: Any, south: Any) -> Any:
    """Flat ground with a wall of one pixel, running north and south."""
    return np.where(np.abs(east - WALL_AT) < 0.6, WALL_HIGH, 0.0)


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    folder: Path = tmp_path_factory.mktemp("ground")
    with site(folder / "home") as opened:
        publish(opened, folder, "plane", plane, hole=(slice(150, 160), slice(150, 160)))
        publish(opened, folder, "level", lambda east, south: 7.0)
        publish(opened, folder, "wall", wall)
        publish(opened, folder, "degrees", lambda east, south: 0.25 * east, geographic=True)
        layer(opened, "lots.gpkg")
        yield opened


def line(*places: tuple[float, float]) -> Any:
    return {"type": "LineString", "coordinates": [lonlat(*place) for place in places]}


class TestProfile:
    def test_on_a_plane_has_its_heights(self, services: Services) -> None:
        found = run(services, "height-profile", line=line((20, 20), (120, 20), (120, 140)), coverage="plane", spacing=7)["profile"]
        points = found["points"]
        assert found["length"] == pytest.approx(220, abs=0.01)
        assert points[0]["height"] == pytest.approx(plane(20, 20), abs=0.002)
        corner = next(p for p in points if abs(p["distance"] - 100) < 0.01)
        assert corner["height"] == pytest.approx(plane(120, 20), abs=0.002)
        for p in points:
            east, south = (20 + p["distance"], 20) if p["distance"] <= 100 else (120, p["distance"] - 80)
            assert p["height"] == pytest.approx(plane(east, south), abs=0.003)
        assert max(b["distance"] - a["distance"] for a, b in pairwise(points)) <= 7.001
        assert (found["ascent"], found["descent"]) == pytest.approx((20, 12), abs=0.01)
        assert (found["unit"], found["vertical_crs"]) == ("mPD", "EPSG:5738")

    def test_gives_the_line_with_heights(self, services: Services) -> None:
        found = run(services, "height-profile", line=line((20, 20), (30, 20)), coverage="plane")["line"]
        (first, *_, last) = found["geometry"]["coordinates"]
        assert first[:2] == pytest.approx(lonlat(20, 20), abs=1e-7)
        assert last[2] == pytest.approx(plane(30, 20), abs=0.002)

    def test_takes_the_grid(self, services: Services) -> None:
        asked = {"type": "LineString", "coordinates": [grid(20, 20), grid(80, 20)]}
        found = run(services, "height-profile", line=asked, coverage="plane", crs="http://www.opengis.net/def/crs/EPSG/0/2326", spacing=10)
        assert [p["height"] for p in found["profile"]["points"]] == pytest.approx([plane(20 + 10 * i, 20) for i in range(7)], abs=0.001)
        assert found["profile"]["points"][3]["coordinates"] == pytest.approx(grid(50, 20))

    def test_over_a_hole_and_beyond_the_edge_is_unknown_there(self, services: Services) -> None:
        found = run(services, "height-profile", line=line((140, 155), (260, 155)), coverage="plane", spacing=1)["profile"]
        by_place = {140 + round(p["distance"]): p["height"] for p in found["points"]}
        assert by_place[155] is None
        assert by_place[230] is None
        assert by_place[145] == pytest.approx(plane(145, 155), abs=0.002)
        assert found["unknown"] > 60

    def test_in_degrees_agrees(self, services: Services) -> None:
        found = run(services, "height-profile", line=line((20, 40), (120, 40)), coverage="degrees", spacing=20)["profile"]
        rises = np.diff([p["height"] for p in found["points"]])
        assert rises == pytest.approx(np.full(5, 0.25 * 20 * 111_000 / (111_320 * math.cos(math.radians(22.3)))), rel=0.01)

    @pytest.mark.parametrize("asked", [
        {"line": {"type": "Point", "coordinates": lonlat(1, 1)}, "coverage": "plane"},
        {"line": line((900, 900), (950, 900)), "coverage": "plane"},
        {"line": line((1, 1), (100, 1)), "coverage": "lots"},
        {"line": line((1, 1), (100, 1)), "coverage": "plane", "spacing": 0.0001},
    ])
    def test_names_what_is_wrong(self, services: Services, asked: Any) -> None:
        with pytest.raises(ValueInvalid, match=r"line|coverage|spacing"):
            run(services, "height-profile", **asked)

    def test_without_a_raster_there_must_be_only_one(self, services: Services) -> None:
        with pytest.raises(CollectionMissing, match=r"several"):
            run(services, "height-profile", line=line((1, 1), (100, 1)))


class TestZones:
    def test_of_a_plane_are_those_of_its_middle(self, services: Services) -> None:
        zone = {"type": "Polygon", "coordinates": [[grid(20, 20), grid(60, 20), grid(60, 50), grid(20, 50), grid(20, 20)]]}
        (found,) = run(services, "zonal-statistics", zones=zone, coverage="plane", crs="EPSG:2326",
                       statistics=["min", "max", "mean", "median", "sum", "std", "range"])["features"]["features"]
        stats = found["properties"]["statistics"]
        assert (stats["count"], stats["area"]) == (40 * 30, 40 * 30)
        assert stats["mean"] == pytest.approx(plane(40, 35), abs=1e-4)
        assert stats["median"] == pytest.approx(plane(40, 35), abs=0.06)
        assert stats["min"] == pytest.approx(plane(20.5, 49.5), abs=1e-4)
        assert stats["max"] == pytest.approx(plane(59.5, 20.5), abs=1e-4)
        assert stats["range"] == pytest.approx(stats["max"] - stats["min"])
        assert stats["sum"] == pytest.approx(stats["mean"] * 1200)
        assert stats["std"] == pytest.approx(math.sqrt(0.04 * (40**2 - 1) / 12 + 0.01 * (30**2 - 1) / 12), rel=1e-4)

    def test_a_hole_in_the_zone_and_in_the_raster_count_not(self, services: Services) -> None:
        outer = [grid(140, 140), grid(170, 140), grid(170, 170), grid(140, 170), grid(140, 140)]
        inner = [grid(142, 142), grid(142, 144), grid(144, 144), grid(144, 142), grid(142, 142)]
        (found,) = run(services, "zonal-statistics", zones={"type": "Polygon", "coordinates": [outer, inner]}, coverage="plane",
                       crs="EPSG:2326")["features"]["features"]
        assert found["properties"]["statistics"]["count"] == 900 - 100 - 4

    def test_beside_the_raster_are_null_and_properties_stay(self, services: Services) -> None:
        zone = {"type": "Feature", "id": "遠", "properties": {"name": "機場客運大樓"}, "geometry": {
            "type": "Polygon", "coordinates": [[grid(900, 900), grid(910, 900), grid(910, 910), grid(900, 900)]]}}
        found = run(services, "zonal-statistics", zones=zone, coverage="plane", crs="EPSG:2326")
        (one,) = found["features"]["features"]
        assert one["properties"] == {"name": "機場客運大樓", "statistics": {"count": 0, "area": 0.0, "min": None, "max": None, "mean": None,
                                                                       "std": None}}
        assert found["raster"]["unit"] == "mPD"

    def test_touched_takes_more(self, services: Services) -> None:
        sliver = {"type": "Polygon", "coordinates": [[grid(20.1, 20.1), grid(24.9, 20.1), grid(24.9, 20.4), grid(20.1, 20.4), grid(20.1, 20.1)]]}

        def count(touched: bool) -> Any:
            found = run(services, "zonal-statistics", zones=sliver, coverage="level", crs="EPSG:2326", touched=touched)
            return found["features"]["features"][0]["properties"]["statistics"]["count"]
        assert (count(False), count(True)) == (0, 5)

    def test_names_what_is_wrong(self, services: Services) -> None:
        with pytest.raises(ValueInvalid, match=r"zones"):
            run(services, "zonal-statistics", zones=line((1, 1), (2, 2)), coverage="plane")
        with pytest.raises(ValueInvalid, match=r"band"):
            run(services, "zonal-statistics", zones={"type": "Polygon", "coordinates": [[lonlat(1, 1), lonlat(9, 1), lonlat(9, 9), lonlat(1, 1)]]},
                coverage="plane", band=2)


def looked(services: Services, coverage: str, east: float, south: float, **more: Any) -> tuple[Any, Any, Any]:
    """(summary, visible Feature, raster values on the pixels of `coverage`, 255 beyond)."""
    found = run(services, "viewshed", observer={"type": "Point", "coordinates": lonlat(east, south)}, coverage=coverage, **more)
    whole = np.full((200, 200), 255, dtype=np.uint8)
    with MemoryFile(found["raster"].data) as memory, memory.open() as source:
        left, top = round(source.bounds.left - EAST), round(NORTH - source.bounds.top)
        values = source.read(1)
        assert source.crs.to_epsg() == 2326
        whole[top:top + values.shape[0], left:left + values.shape[1]] = values
    return found["summary"], found["visible"], whole


class TestViewshed:
    @pytest.mark.parametrize("eye", [0.0, 1.6, 30.0])
    def test_everything_of_a_plane_is_seen(self, services: Services, eye: float) -> None:
        summary, visible, seen = looked(services, "plane", 80.3, 70.8, radius=60, observer_height=eye, curvature=False)
        assert (seen == 0).sum() == 0
        assert summary["area"] == pytest.approx(math.pi * 60**2, rel=0.01)
        assert summary["eye"] == pytest.approx(plane(80.3, 70.8) + eye, abs=0.002)
        assert visible["geometry"]["type"] == "Polygon"

    @pytest.mark.parametrize("eye", [6.0, 8.0, 12.0])
    def test_a_wall_throws_a_shadow_of_the_length_that_geometry_gives(self, services: Services, eye: float) -> None:
        _, _, seen = looked(services, "wall", 20.5, 100.5, radius=150, observer_height=eye, curvature=False)
        away = WALL_AT - 20.5
        ends = 20.5 + away * eye / (eye - WALL_HIGH)
        row = seen[100]
        assert (row[20:60] == 1).all()
        hidden = np.flatnonzero(row[61:] == 0) + 61
        assert hidden[0] == 61
        assert (row[61:hidden[-1]] == 0).all()
        if ends < 168:
            assert hidden[-1] + 0.5 == pytest.approx(ends, abs=1.6 * eye / (eye - WALL_HIGH))
            assert (row[hidden[-1] + 1:169] == 1).all()

    def test_a_shadow_to_the_side_ends_along_a_line(self, services: Services) -> None:
        _, _, seen = looked(services, "wall", 20.5, 100.5, radius=150, observer_height=8, curvature=False)
        ends = [int(np.flatnonzero(seen[row, 61:] == 0)[-1]) + 61 for row in range(60, 141)]
        assert max(ends) - min(ends) <= 2

    def test_a_wall_higher_than_the_eye_hides_all_behind_it_but_not_what_stands_above(self, services: Services) -> None:
        _, _, seen = looked(services, "wall", 20.5, 100.5, radius=120, observer_height=1.6, curvature=False)
        assert (seen[100, 61:139] == 0).all()
        _, _, seen = looked(services, "wall", 20.5, 100.5, radius=120, observer_height=1.6, target_height=12, curvature=False)
        assert (seen[100, 61:139] == 1).all()

    def test_the_curve_of_the_earth_hides_what_is_far(self, services: Services, tmp_path: Path) -> None:
        publish(services, tmp_path, "sea", lambda east, south: 0.0, size=200, pixel=100.0)
        found = run(services, "viewshed", observer={"type": "Point", "coordinates": lonlat(50, 10_050)}, coverage="sea", radius=19_000,
                    observer_height=5.0, refraction=0.0)
        assert found["summary"]["area"] == pytest.approx(math.pi * (2 * 6_371_000 * 5.0) / 2, rel=0.03)

    def test_a_hole_is_not_seen_and_hides_nothing(self, services: Services) -> None:
        _, _, seen = looked(services, "plane", 140.5, 155.5, radius=40, observer_height=5, curvature=False)
        assert (seen[150:160, 150:160] == 255).all()
        assert (seen[150:160, 160:170] == 1).all()

    def test_the_outline_covers_the_seen_pixels(self, services: Services) -> None:
        found = run(services, "viewshed", observer={"type": "Point", "coordinates": grid(20.5, 100.5)}, coverage="wall", radius=50, crs="EPSG:2326")
        assert shapely.geometry.shape(found["visible"]["geometry"]).area == pytest.approx(found["summary"]["area"], rel=1e-6)

    def test_in_degrees_it_looks_on_a_plane_in_metres(self, services: Services) -> None:
        found = run(services, "viewshed", observer={"type": "Point", "coordinates": lonlat(90, 90)}, coverage="degrees", radius=50,
                    observer_height=2, curvature=False)
        assert found["summary"]["area"] == pytest.approx(math.pi * 50**2, rel=0.03)

    @pytest.mark.parametrize("asked", [
        {"observer": {"type": "Point", "coordinates": lonlat(900, 900)}, "radius": 10},
        {"observer": {"type": "Point", "coordinates": lonlat(155, 155)}, "radius": 10},
        {"observer": {"type": "Point", "coordinates": lonlat(20, 20)}, "radius": 50_000},
        {"observer": {"type": "LineString", "coordinates": [lonlat(20, 20), lonlat(30, 20)]}, "radius": 10},
    ])
    def test_names_what_is_wrong(self, services: Services, asked: Any) -> None:
        with pytest.raises(ValueInvalid, match=r"observer|radius"):
            run(services, "viewshed", coverage="plane", **asked)


def test_the_rasters_are_what_the_formulas_say(services: Services) -> None:
    blob = services.store.collection("plane").details["blob"]
    with services.blobs.file(blob) as path, rasterio.open(path) as source:
        assert source.read(1)[40, 100] == pytest.approx(plane(100.5, 40.5), abs=1e-4)
