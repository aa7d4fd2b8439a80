"""Faults planted in GIS layers, alone and in pairs: each is named with its cure, and no right layer is accused."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from csdi.blobs import Blobs
from csdi.crs import missing_shift, transform
from csdi.layers import LayerOptions, LayerResult, add_layers
from csdi.placement import Watch, judged, suggestions
from csdi.placement.columns import csuid_positions, numbers, witness_columns
from csdi.placement.names import named_crs
from csdi.store import open_store
from tests.corpus import corpus

SAMPLE = Path(__file__).parents[2] / "sample_models" / "small"
QUIET = {
    "height-datum-assumed",
    "geometry-repaired",
    "geometry-lost",
    "geometry-missing",
    "crs-assumed",
    "crs-overridden",
    "reader-warning",
    "field-left-out",
    "field-renamed",
}
Points = np.ndarray[Any, np.dtype[np.float64]]
Move = Callable[[Points], Points]


def add(tmp_path: Path, path: Path, **options: Any) -> LayerResult:
    (result,) = add_layers(open_store("memory:"), Blobs(f"file://{tmp_path}/blobs"), path, LayerOptions(**options))
    return result


def accused(result: LayerResult) -> set[str]:
    return {f.code for f in result.findings} - QUIET


def planted(
    tmp_path: Path, source: str, move: Move, *, crs: str = "", some: float = 1.0, name: str = "layer", height: Move | None = None
) -> Path:
    """A copy of a sample layer with the coordinates of some of its features moved (x, y in, x, y out), labelled as before or with `crs`."""
    meta, _, geometry, fields = pyogrio.raw.read(SAMPLE / source)
    shapes = shapely.from_wkb(geometry)
    chosen = np.arange(len(shapes)) < max(1, round(some * len(shapes)))

    def moved(xyz: Points) -> Points:
        xy = move(xyz[:, :2])
        if xyz.shape[1] == 2:
            return xy
        return np.column_stack([xy, xyz[:, 2] if height is None else height(xyz[:, 2])])

    shapes[chosen] = shapely.transform(shapes[chosen], moved, include_z=bool(shapely.has_z(shapes).any()))
    path = tmp_path / f"{name}.gpkg"
    with warnings.catch_warnings(action="ignore"):
        pyogrio.raw.write(path, shapely.to_wkb(shapes), fields, meta["fields"], geometry_type=meta["geometry_type"], crs=crs or meta["crs"])
    return path


def to(code: str, back: str = "EPSG:2326") -> Move:
    return lambda xy: np.asarray(transform(back, code).points(xy))


def same(xy: Points) -> Points:
    return xy


def swap(xy: Points) -> Points:
    return xy[:, ::-1]


def shift(xy: Points) -> Points:
    return xy + np.array([251.8, -169.2])


def truncate(xy: Points) -> Points:
    return xy - 800_000.0


def zero(xy: Points) -> Points:
    return xy * 0.0


BUILDINGS, MANHOLES, ROADS, LOTS, PIPES, STANDS = (
    "city_buildings.gpkg",
    "manholes.shp",
    "roads.geojson",
    "lots.gpkg",
    "utilities.gpkg",
    "stands.geojson",
)
WHOLE: list[tuple[str, str, Move, str, str, str]] = [
    ("swapped, told by the CSUID", BUILDINGS, swap, "", "axes-swapped", "east or longitude first"),
    ("no datum shift, told by the CSUID", BUILDINGS, shift, "", "datum-shift-missing", "EPSG:1825"),
    ("datum shift twice", BUILDINGS, lambda xy: xy - np.array([251.8, -169.2]), "", "datum-shift-missing", "EPSG:1825"),
    ("rotations with turned signs", BUILDINGS, lambda xy: xy + np.array([17.9, 52.4]), "", "datum-shift-missing", "coordinate frame"),
    ("leading 8 missing", BUILDINGS, truncate, "", "digits-missing", "800 000"),
    ("leading 8 missing, no witness", LOTS, truncate, "", "digits-missing", "800 000"),
    ("leading 8 of the northing missing", LOTS, lambda xy: xy - np.array([0.0, 800_000.0]), "", "digits-missing", "800 000"),
    ("degrees labelled metres", LOTS, to("OGC:CRS84"), "", "degrees-as-metres", "EPSG:4326"),
    (
        "latitude and longitude labelled metres",
        LOTS,
        lambda xy: to("OGC:CRS84")(xy)[:, ::-1],
        "",
        "axes-swapped",
        "east or longitude first",
    ),
    ("Web Mercator labelled HK1980", MANHOLES, to("EPSG:3857"), "", "crs-contradicted", "EPSG:3857"),
    ("UTM labelled HK1980", MANHOLES, to("EPSG:32650"), "", "crs-contradicted", "EPSG:32650"),
    ("CGCS2000 labelled HK1980", LOTS, to("EPSG:4547"), "", "crs-contradicted", "EPSG:4547"),
    ("CGCS2000 with zone number labelled HK1980", LOTS, to("EPSG:4526"), "", "crs-contradicted", "EPSG:4526"),
    ("HK1980 labelled Web Mercator", BUILDINGS, same, "EPSG:3857", "crs-contradicted", "EPSG:2326"),
    ("HK1980 labelled UTM", BUILDINGS, same, "EPSG:32650", "crs-contradicted", "EPSG:2326"),
    ("millimetres labelled metres", MANHOLES, lambda xy: xy * 1000.0, "", "unit-wrong", "multiply by 0.001"),
    ("feet labelled metres", MANHOLES, lambda xy: xy / 0.3048, "", "unit-wrong", "multiply by 0.3048"),
    ("sign of the easting", LOTS, lambda xy: xy * [-1.0, 1.0], "", "sign-turned", "turn the sign"),
    ("a constant offset of nobody's", BUILDINGS, lambda xy: xy + np.array([400.0, 400.0]), "", "constant-offset", "transformation"),
    ("swapped and truncated", BUILDINGS, lambda xy: truncate(swap(xy)), "", "axes-swapped", "800 000"),
    ("swapped and without datum shift", BUILDINGS, lambda xy: swap(shift(xy)), "", "axes-swapped", "EPSG:1825"),
    ("in millimetres, and swapped", BUILDINGS, lambda xy: swap(xy) * 1000.0, "", "axes-swapped", "0.001"),
    ("Web Mercator, and swapped", LOTS, lambda xy: swap(to("EPSG:3857")(xy)), "", "axes-swapped", "EPSG:3857"),
    ("truncated and without datum shift", BUILDINGS, lambda xy: truncate(shift(xy)), "", "digits-missing", "EPSG:1825"),
    ("far away, for no known reason", "runways.gpkg", lambda xy: xy + np.array([0.0, 3e5]), "", "outside-area-of-use", "--crs"),
]


@pytest.mark.parametrize(("source", "move", "crs", "code", "cure"), [one[1:] for one in WHOLE], ids=[one[0] for one in WHOLE])
def test_a_fault_of_a_whole_layer_is_named_with_its_cure(tmp_path: Path, source: str, move: Move, crs: str, code: str, cure: str) -> None:
    result = add(tmp_path, planted(tmp_path, source, move, crs=crs))
    if result.error is not None:  # impossible coordinates are refused, with the same words
        assert cure in result.error.remedy
        assert any(f["data"]["fault"] == code or f["code"] == code for f in result.error.data["candidates"])
        return
    assert code in accused(result), result.findings
    assert any(cure in f.cure for f in result.findings if f.code == code)
    assert accused(result) <= {code, "outside-area-of-use", "csuid-disagrees"}, "nothing else is accused"


PART: list[tuple[str, str, Move, str]] = [
    ("swapped", BUILDINGS, swap, "axes-swapped"),
    ("without shift", BUILDINGS, shift, "datum-shift-missing"),
    ("truncated", LOTS, truncate, "digits-missing"),
    ("degrees", MANHOLES, to("OGC:CRS84"), "degrees-as-metres"),
    ("Web Mercator", MANHOLES, to("EPSG:3857"), "crs-contradicted"),
    ("millimetres", LOTS, lambda xy: xy * 1000.0, "unit-wrong"),
    ("latitude first", ROADS, swap, "axes-swapped"),
]


@pytest.mark.parametrize("some", [0.05, 0.3])
@pytest.mark.parametrize(("source", "move", "fault"), [one[1:] for one in PART], ids=[one[0] for one in PART])
def test_a_fault_of_some_features_names_them(tmp_path: Path, source: str, move: Move, fault: str, some: float) -> None:
    path = planted(tmp_path, source, move, some=some)
    result = add(tmp_path, path)
    if result.error is not None:
        assert any(f["data"].get("fault") == fault for f in result.error.data["candidates"])
        return
    (finding,) = [f for f in result.findings if f.code == "mixed-coordinates"]
    count = max(1, round(some * result.count))
    assert finding.data["fault"] == fault
    assert finding.data["count"] == count
    assert len(finding.data["ids"]) == min(count, 100)


def test_null_island_and_placeholders_are_listed(tmp_path: Path) -> None:
    result = add(tmp_path, planted(tmp_path, MANHOLES, zero, some=0.01))
    assert accused(result) == {"null-island"}
    result = add(tmp_path, planted(tmp_path, MANHOLES, lambda xy: xy * 0.0 - 9999.0, some=0.01, name="other"))
    assert accused(result) == {"coordinates-placeholder"}
    assert len(next(f for f in result.findings if f.code == "coordinates-placeholder").data["ids"]) == 9


def test_one_number_that_is_not_finite_does_not_spoil_the_layer(tmp_path: Path) -> None:
    points = hong_kong()
    points[5] = [np.inf, 819_000.0]
    result = add(tmp_path, write(tmp_path / "wells.gpkg", points, "EPSG:2326"))
    assert (result.result, result.count, accused(result)) == ("published", 40, {"coordinates-placeholder"})


@pytest.mark.parametrize("label", ["EPSG:3857", "EPSG:32650", "EPSG:32632"])
def test_numbers_of_the_grid_under_another_name_are_told_without_a_witness(tmp_path: Path, label: str) -> None:
    (finding,) = [f for f in add(tmp_path, write(tmp_path / "wells.gpkg", hong_kong(), label)).findings if f.code not in QUIET][:1]
    assert (finding.code, finding.data["crs"]) == ("crs-contradicted", "EPSG:2326")


def test_a_place_in_the_gulf_of_guinea_is_no_stand_in(tmp_path: Path) -> None:
    points = np.random.default_rng(4).uniform(-5, 5, (60, 2))
    points[7] = 0.0
    assert accused(add(tmp_path, write(tmp_path / "buoys.gpkg", points, "EPSG:4326"))) == set()


@pytest.mark.parametrize("asked", ["HK1980 Grid", "2326", "urn:ogc:def:crs:EPSG::2326"])
def test_the_same_crs_in_other_words_overrides_nothing(tmp_path: Path, asked: str) -> None:
    result = add(tmp_path, write(tmp_path / "wells.gpkg", hong_kong(), "EPSG:2326"), crs=asked)
    assert [f.code for f in result.findings] == []


def test_strays_outside_hong_kong_are_listed(tmp_path: Path) -> None:
    result = add(tmp_path, planted(tmp_path, MANHOLES, lambda xy: xy + np.array([0.0, 150_000.0]), some=0.01))
    (finding,) = [f for f in result.findings if f.code == "outside-hong-kong"]
    assert finding.data["count"] == 9


def write(path: Path, points: Points, crs: str | None, z: Points | None = None, **columns: list[Any]) -> Path:
    shapes = shapely.points(points if z is None else np.column_stack([points, z]))
    with warnings.catch_warnings(action="ignore"):
        pyogrio.raw.write(
            path,
            shapely.to_wkb(shapes),
            [np.array(v) for v in columns.values()],
            list(columns),
            crs=crs,
            geometry_type="Point" if z is None else "Point Z",
        )
    return path


def hong_kong(count: int = 40) -> Points:
    rng = np.random.default_rng(7)
    return np.column_stack([rng.uniform(810_000, 840_000, count), rng.uniform(812_000, 830_000, count)])


@pytest.mark.parametrize("names", [("easting", "northing"), ("HK80_E", "HK80_N"), ("X_2326", "Y_2326"), ("POINT_X", "POINT_Y"), ("E", "N"), ("坐標_E", "坐標_N")])
def test_columns_are_witnesses_whatever_their_names(tmp_path: Path, names: tuple[str, str]) -> None:
    grid = hong_kong()
    lonlat = transform("EPSG:2326", "OGC:CRS84").points(shift(grid))
    result = add(
        tmp_path, write(tmp_path / "wells.gpkg", lonlat, "EPSG:4326", **{names[0]: grid[:, 0].tolist(), names[1]: grid[:, 1].tolist()})
    )
    (finding,) = [f for f in result.findings if f.code not in QUIET]
    assert finding.code == "datum-shift-missing"
    assert finding.data["vector_m"] == pytest.approx([251.8, -169.2], abs=0.5)


def test_degrees_minutes_and_seconds_are_read(tmp_path: Path) -> None:
    grid = hong_kong()

    def dms(value: float) -> str:
        seconds = value * 3600
        return f"{int(seconds // 3600)}-{int(seconds // 60 % 60):02d}-{seconds % 60:06.3f}"

    lonlat = transform("EPSG:2326", "OGC:CRS84").points(grid)
    columns = {"Longitude": [dms(v) for v in lonlat[:, 0]], "Latitude": [dms(v) for v in lonlat[:, 1]]}
    assert accused(add(tmp_path, write(tmp_path / "right.gpkg", grid, "EPSG:2326", **columns))) == set()
    assert accused(add(tmp_path, write(tmp_path / "swapped.gpkg", swap(grid), "EPSG:2326", **columns))) == {"axes-swapped"}


@pytest.mark.parametrize("step", [1 / 3600, 1e-3, 1e-4])
def test_coarse_columns_are_no_disagreement(tmp_path: Path, step: float) -> None:
    lonlat = np.asarray(transform("EPSG:2326", "OGC:CRS84").points(hong_kong()))
    coarse = np.round(lonlat / step) * step
    columns = {"lon": coarse[:, 0].tolist(), "lat": coarse[:, 1].tolist()}
    assert accused(add(tmp_path, write(tmp_path / "right.gpkg", hong_kong(), "EPSG:2326", **columns))) == set()
    assert accused(add(tmp_path, write(tmp_path / "shifted.gpkg", shift(hong_kong()), "EPSG:2326", **columns))) == {"datum-shift-missing"}


def test_swapped_columns_are_not_taken_for_a_swapped_geometry(tmp_path: Path) -> None:
    grid = hong_kong()
    lonlat = transform("EPSG:2326", "OGC:CRS84").points(grid)
    result = add(tmp_path, write(tmp_path / "wells.gpkg", lonlat, "EPSG:4326", E=grid[:, 1].tolist(), N=grid[:, 0].tolist()))
    assert accused(result) == {"axes-swapped"}
    assert "exchange the two columns" in {f.cure for f in result.findings}


def test_rows_that_disagree_are_named(tmp_path: Path) -> None:
    grid = hong_kong()
    lonlat = transform("EPSG:2326", "OGC:CRS84").points(grid)
    wrong = grid.copy()
    wrong[[3, 17]] += [[20.0, 0.0], [0.0, -33.0]]
    result = add(
        tmp_path, write(tmp_path / "courts.gpkg", lonlat, "EPSG:4326", easting=wrong[:, 0].tolist(), northing=wrong[:, 1].tolist())
    )
    (finding,) = [f for f in result.findings if f.code not in QUIET]
    assert finding.code == "coordinates-disagree"
    assert finding.data["offsets_m"] == {"4": pytest.approx(20.0, abs=0.1), "18": pytest.approx(33.0, abs=0.1)}


def test_columns_of_other_things_are_no_witness(tmp_path: Path) -> None:
    """The nearest station of each feature has a position too."""
    rng = np.random.default_rng(3)
    other = hong_kong() + rng.normal(0, 3000, (40, 2))
    result = add(
        tmp_path, write(tmp_path / "wells.gpkg", hong_kong(), "EPSG:2326", easting=other[:, 0].tolist(), northing=other[:, 1].tolist())
    )
    assert accused(result) == {"coordinates-elsewhere"}
    assert next(f for f in result.findings if f.code == "coordinates-elsewhere").severity == "note"


HEIGHTS: list[tuple[str, Move, str]] = [
    ("ellipsoidal", lambda z: z - 3.4, "height-datum-wrong"),
    ("chart datum", lambda z: z + 0.146, "height-datum-wrong"),
    ("feet", lambda z: z / 0.3048, "height-unit-wrong"),
    ("millimetres", lambda z: z * 1000.0, "height-unit-wrong"),
    ("depths", lambda z: -z, "height-sign-turned"),
]


@pytest.mark.parametrize(("change", "code"), [one[1:] for one in HEIGHTS], ids=[one[0] for one in HEIGHTS])
def test_heights_are_checked_against_a_level_column(tmp_path: Path, change: Move, code: str) -> None:
    grid = np.column_stack([np.linspace(811_000, 812_000, 30), np.linspace(819_000, 819_500, 30)])
    level = np.linspace(4.0, 21.0, 30)
    right = add(tmp_path, write(tmp_path / "right.gpkg", grid, "EPSG:2326", level, ground_mPD=level.tolist()))
    assert accused(right) == set()
    wrong = add(tmp_path, write(tmp_path / "wrong.gpkg", grid, "EPSG:2326", change(level), ground_mPD=level.tolist()))
    assert accused(wrong) == {code}


def test_the_axes_of_the_3d_sheets_are_recognised(tmp_path: Path) -> None:
    grid, level = hong_kong(), np.linspace(2.0, 90.0, 40)
    result = add(tmp_path, write(tmp_path / "sheet.gpkg", np.column_stack([grid[:, 0], level]), "EPSG:2326", -grid[:, 1]))
    assert "landsd-axes" in accused(result), result


@pytest.mark.parametrize(
    ("name", "crs"),
    [("parks_4326", "EPSG:2326"), ("parks_WGS84", "EPSG:2326"), ("parks_hk80", "EPSG:4326"), ("parks_epsg2326", "EPSG:4326")],
)
def test_a_name_that_says_another_crs_is_told(tmp_path: Path, name: str, crs: str) -> None:
    points = hong_kong() if crs == "EPSG:2326" else transform("EPSG:2326", "OGC:CRS84").points(hong_kong())
    assert accused(add(tmp_path, write(tmp_path / f"{name}.gpkg", points, crs))) == {"crs-name-contradicts"}


@pytest.mark.parametrize("name", ["survey_2019", "buildings_2024", "route_12345", "lots", "香港離島區"])
def test_a_name_without_a_crs_says_none(name: str) -> None:
    assert named_crs(name) == ""


@pytest.mark.parametrize(
    ("code", "place", "move", "fault"),
    [
        ("EPSG:2056", (2_683_000, 1_247_000), swap, "axes-swapped"),
        ("EPSG:27700", (530_000, 180_000), lambda xy: xy * 1000, "unit-wrong"),
        ("EPSG:28992", (121_000, 487_000), lambda xy: xy * [-1, 1], "sign-turned"),
    ],
)
def test_faults_elsewhere_are_named_too(tmp_path: Path, code: str, place: tuple[float, float], move: Move, fault: str) -> None:
    points = np.array(place) + np.random.default_rng(1).uniform(0, 2000, (25, 2))
    assert accused(add(tmp_path, write(tmp_path / "right.gpkg", points, code))) == set(), "other places are as good as Hong Kong"
    result = add(tmp_path, write(tmp_path / "wrong.gpkg", move(points), code))
    if result.error is not None:
        assert any(f["data"].get("fault") == fault for f in result.error.data["candidates"])
    else:
        assert fault in accused(result)


@pytest.mark.parametrize(("code", "said"), [("EPSG:2326", "EPSG:2326"), ("OGC:CRS84", "OGC:CRS84"), ("EPSG:3857", "EPSG:3857")])
def test_a_layer_without_a_crs_is_refused_with_candidates(tmp_path: Path, code: str, said: str) -> None:
    points = transform("EPSG:2326", code).points(hong_kong())
    result = add(tmp_path, write(tmp_path / "bare.shp", np.asarray(points), None))
    assert result.error is not None
    assert (result.error.code, said in result.error.message, said in result.error.remedy) == ("crs-missing", True, True)


def test_metres_labelled_degrees_are_refused_and_the_grid_is_named(tmp_path: Path) -> None:
    result = add(tmp_path, write(tmp_path / "bad.gpkg", hong_kong(), "EPSG:4326"))
    assert result.error is not None
    assert "EPSG:2326" in result.error.remedy


def test_doubts_are_kept_with_the_collection(tmp_path: Path) -> None:
    store = open_store("memory:")
    (result,) = add_layers(store, Blobs(f"file://{tmp_path}/blobs"), planted(tmp_path, BUILDINGS, swap))
    kept = store.collection(result.collection).details["findings"]
    assert [f["code"] for f in kept] == ["axes-swapped"]


SAMPLES = sorted(p.name for p in SAMPLE.iterdir() if p.suffix in (".gpkg", ".geojson", ".shp", ".fgb", ".csv"))


@pytest.mark.parametrize("name", SAMPLES)
def test_no_sample_layer_is_accused(tmp_path: Path, name: str) -> None:
    assert accused(add(tmp_path, SAMPLE / name)) == set()


@pytest.mark.corpus
def test_of_the_shared_layers_only_the_true_faults_are_told(tmp_path: Path) -> None:
    """Six sports facilities are published with positions 9 to 37 m apart."""
    told: dict[str, set[str]] = {}
    store, blobs = open_store("memory:"), Blobs(f"file://{tmp_path}/blobs")
    for path in sorted(corpus("gis").iterdir()):
        if path.suffix not in (".md", ".tif"):
            for result in add_layers(store, blobs, path):
                placed = {code for code in accused(result) if not code.startswith(("attribute-", "encoding-", "geometry-"))}
                told |= {result.collection: placed} if placed else {}
                for finding in result.findings:
                    if finding.code == "coordinates-disagree":
                        assert sorted(finding.data["offsets_m"].values()) == pytest.approx(
                            [9.64, 10.08, 12.91, 21.58, 26.88, 37.41], abs=0.05
                        )
    assert told == {"lcsd_facilities_dual_coords": {"coordinates-disagree", "coordinates-differ"}}


@given(st.floats(805_000, 840_000), st.floats(803_000, 845_000))
def test_a_csuid_gives_back_its_place(east: float, north: float) -> None:
    text = f"{int(east) - 800_000:05d}{int(north) - 800_000:05d}T20050430"
    assert csuid_positions([text]).tolist() == [[int(east), int(north)]]


@given(st.floats(-60, 60), st.floats(-20, 20))
def test_right_columns_never_accuse(dx: float, dy: float) -> None:
    """Wherever in Hong Kong a layer with both coordinates lies, it is not accused."""
    grid = np.array([[820_000 + dx * 200, 825_000 + dy * 200]]) + np.arange(12)[:, None] * 10.0
    lonlat = transform("EPSG:2326", "OGC:CRS84").points(grid)
    watch = Watch()
    rows = [{"E": float(e), "N": float(n)} for e, n in grid]
    assert watch.look(rows) == ("E", "N")
    watch.take([str(i) for i in range(12)], np.asarray(shapely.points(lonlat)), rows)
    assert judged(watch.evidence(), "OGC:CRS84", "wells") == []


def test_a_large_layer_is_thinned_not_forgotten() -> None:
    watch = Watch()
    grid = np.column_stack([np.linspace(810_000, 830_000, 50_000), np.linspace(812_000, 830_000, 50_000)])
    for part in range(6):
        watch.take([f"{part}-{i}" for i in range(50_000)], np.asarray(shapely.points(grid - 800_000.0)), [{}] * 50_000)
    evidence = watch.evidence()
    assert evidence.seen == 300_000
    assert len(evidence.ids) <= 200_000
    assert "digits-missing" in {f.code for f in judged(evidence, "EPSG:2326", "lots")}


def test_witness_columns_are_known_by_values_as_well() -> None:
    rows = [{"E": 0.02 * i, "N": 3, "lat": 22.3, "lon": 114.1 + i / 1000, "ref": "1132319614T20050430", "name": "機場"} for i in range(9)]
    found = witness_columns(rows)
    assert [(pair.x, pair.y) for pair in found.pairs if pair.crs] == [("lon", "lat")]
    assert found.csuid == "ref"
    assert numbers(["811323.6", None, "x"])[0] == 811323.6


@pytest.mark.parametrize("text", ["N22°18'44\"", "22-18-44", "22°18'44\"N", "22:18:44", " 22 18 44 n"])
def test_angles_in_every_spelling(text: str) -> None:
    assert numbers([text])[0] == pytest.approx(22 + 18 / 60 + 44 / 3600)


def test_a_csuid_stored_as_a_number_has_its_zero_back() -> None:
    assert csuid_positions([732319614, "0732319614T20050430"]).tolist() == [[807323.0, 819614.0]] * 2
    assert witness_columns([{"BUILDINGCSUID": 732319614}] * 5).csuid == "BUILDINGCSUID"


def test_suggestions_are_ranked() -> None:
    assert suggestions(hong_kong())[0].crs == "EPSG:2326"
    assert suggestions(hong_kong() - 800_000.0)[0].why.startswith("the leading 8")
    assert suggestions(np.array([[5e6, 9e6]])) == []


def test_the_missing_shift_is_the_known_vector() -> None:
    from csdi.crs import HK80

    assert missing_shift(HK80, [[811_000.0, 819_000.0]])[0] == pytest.approx([251.8, -169.2], abs=0.2)
