"""Height models: HKPD against the ellipsoid, chart datum, and grids that are checked before they are used."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyproj
import pytest

from csdi.crs import CRS84H, HK80_HKPD, HeightModel, install_grid, transform
from csdi.crs.grids import OFFICIAL_POINT, OFFICIAL_UNDULATION_M, gtx
from csdi.crs.heights import default_grid
from csdi.crs.make_hk_grid import EGM96_UNDULATION_M, main
from csdi.errors import FileBroken, OutsideAreaOfUse, PathMissing, ValueInvalid

LON, LAT = np.meshgrid(np.linspace(113.83, 114.44, 13), np.linspace(22.15, 22.56, 9))


def test_the_shipped_model_meets_the_official_pair() -> None:
    model = HeightModel.parse("hk")
    assert abs(model.undulation(*OFFICIAL_POINT) - OFFICIAL_UNDULATION_M) < 0.002
    assert model.uncertainty_m == 0.3


def test_the_shipped_model_is_3_6_metres_below_at_the_airport() -> None:
    assert HeightModel.parse("hk").undulation(113.935, 22.315) == pytest.approx(-3.6, abs=0.05)


def test_the_shipped_model_agrees_with_the_datum_of_hong_kong_within_its_uncertainty() -> None:
    """The ellipsoid of HK1980, moved by the seven parameters, was laid close to HKPD: a witness of its own."""
    to_hk80 = pyproj.Transformer.from_pipeline(
        "proj=pipeline step proj=unitconvert xy_in=deg xy_out=rad step proj=cart ellps=WGS84 step inv proj=helmert x=-162.619 "
        "y=-276.959 z=-161.764 rx=-0.067753 ry=2.243648 rz=1.158828 s=-1.094246 convention=coordinate_frame "
        "step inv proj=cart ellps=intl")
    witness = -to_hk80.transform(LON, LAT, np.zeros_like(LON))[2]
    difference = HeightModel.parse("hk").undulation(LON, LAT) - witness
    assert np.abs(difference).max() < 0.5
    assert np.sqrt(np.mean(difference**2)) < 0.2


@pytest.mark.corpus
def test_the_shipped_grid_agrees_with_the_public_one() -> None:
    folder = Path(os.environ.get("CSDI_CORPUS") or Path(__file__).parents[2].parent / "shared" / "data")
    file = folder / "gis" / "hk_egm96_15min_4326.tif"
    if not file.is_file():
        pytest.skip("hk_egm96_15min_4326.tif is not here: set CSDI_CORPUS to the data folder")
    public = HeightModel.parse(f"grid:{file}").undulation(LON, LAT)
    ours = HeightModel.parse(f"grid:{default_grid()}").undulation(LON, LAT)
    np.testing.assert_allclose(ours, public, atol=0.0006)


def test_the_shipped_grid_is_what_its_script_makes(tmp_path: Path) -> None:
    main(tmp_path / "again.gtx")
    assert (tmp_path / "again.gtx").read_bytes() == default_grid().read_bytes()
    assert default_grid().stat().st_size == 136


def test_a_level_of_the_terminal_becomes_an_ellipsoidal_height() -> None:
    height = transform(HK80_HKPD, CRS84H).points([(811300, 819400, 5.1)])[0, 2]
    assert height == pytest.approx(1.48, abs=0.05)


def test_the_whole_territory_has_heights() -> None:
    corners = [(799000.0, 799000.0, 0.0), (868000.0, 799000.0, 0.0), (868000.0, 848000.0, 0.0), (799000.0, 848000.0, 0.0)]
    assert np.isfinite(transform(HK80_HKPD, CRS84H).points(corners)).all()


def test_heights_outside_the_grid_are_refused() -> None:
    with pytest.raises(OutsideAreaOfUse):
        transform(CRS84H, HK80_HKPD).points([(120.0, 22.3, 5.0)])
    with pytest.raises(OutsideAreaOfUse):
        HeightModel.parse("hk").undulation(120.0, 22.3)


@pytest.mark.parametrize(("source", "target", "given", "expected"), [
    ("EPSG:5738", "EPSG:5739", -10.0, 9.854), ("EPSG:5739", "EPSG:5738", 0.0, -0.146), ("EPSG:5738", "EPSG:7976", 3.0, -3.0),
    ("EPSG:2326+5738", "EPSG:2326+5739", 1.0, -1.146), ("EPSG:2326+5739", "EPSG:4611+5738", 9.854, -10.0)])
def test_chart_datum_lies_146_millimetres_below_hkpd(source: str, target: str, given: float, expected: float) -> None:
    moved = transform(source, target).points([(810000.0, 819000.0, given)])[0]
    assert moved[2] == pytest.approx(expected, abs=1e-9)
    if "+" not in source:
        assert tuple(moved[:2]) == (810000.0, 819000.0)


def test_a_change_of_height_alone_leaves_the_position_bit_for_bit() -> None:
    moved = transform("EPSG:2326+5738", "EPSG:2326+5739").points([(810000.1, 819000.2, -10.0)])[0]
    assert tuple(moved[:2]) == (810000.1, 819000.2)


def test_a_depth_reaches_the_ellipsoid() -> None:
    of_depth = transform("EPSG:2326+5739", CRS84H).points([(810000, 819000, 9.854)])
    of_height = transform(HK80_HKPD, CRS84H).points([(810000, 819000, -10.0)])
    np.testing.assert_allclose(of_depth, of_height, atol=1e-8)


def test_egm96_heights_differ_by_the_calibration() -> None:
    moved = transform("EPSG:4326+5773", HK80_HKPD).points([(114.0, 22.3, 10.0)])
    assert moved[0, 2] == pytest.approx(10.579, abs=1e-6)


def test_a_constant_is_added() -> None:
    model = HeightModel.parse("constant:-3.6?uncertainty=0.2")
    assert model.uncertainty_m == 0.2
    assert transform(HK80_HKPD, CRS84H, heights=model).points([(810000, 819000, 5.0)])[0, 2] == pytest.approx(1.4)
    assert HeightModel.parse(model.name) == model


@pytest.mark.parametrize("text", ["", "foo", "hk:1", "constant:", "constant:abc", "constant:nan", "constant:500", "grid:",
                                  "grid:/nowhere/x.gtx", "constant:-3?uncertainty=-1", "constant:-3?uncertainty=?"])
def test_a_height_model_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueInvalid) as error:
        HeightModel.parse(text)
    assert error.value.remedy


def test_a_file_that_is_no_grid_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.gtx").write_text("hello")
    with pytest.raises(ValueInvalid, match="cannot be read"):
        HeightModel.parse(f"grid:{tmp_path / 'bad.gtx'}")


def calibrated() -> np.ndarray:
    return np.array(EGM96_UNDULATION_M) - 0.579


def test_a_good_grid_is_installed_and_used(tmp_path: Path) -> None:
    (tmp_path / "hkgeoid.gtx").write_bytes(gtx(calibrated(), 113.5, 22.0, (0.25, 0.25)))
    installed = install_grid(tmp_path / "hkgeoid.gtx", tmp_path / "home" / "grids", uncertainty_m=0.017)
    assert installed.coverage == 1.0
    assert abs(installed.off_m) < 0.002
    model = HeightModel.parse(installed.setting)
    assert model.uncertainty_m == 0.017
    np.testing.assert_allclose(model.undulation(LON, LAT), HeightModel.parse("hk").undulation(LON, LAT), atol=1e-5)


def test_a_table_becomes_a_grid(tmp_path: Path) -> None:
    lines = ["lon,lat,undulation"]
    lines += [f"{113.5 + column * 0.25},{22 + row * 0.25},{value}" for row, values in enumerate(calibrated())
              for column, value in reversed(list(enumerate(values)))]
    (tmp_path / "official.csv").write_text("\n".join(lines))
    installed = install_grid(tmp_path / "official.csv", tmp_path / "grids")
    assert installed.path.name == "official.gtx"
    np.testing.assert_allclose(HeightModel.parse(installed.setting).undulation(LON, LAT),
                               HeightModel.parse("hk").undulation(LON, LAT), atol=1e-5)


@pytest.mark.parametrize(("grid", "says"), [
    (np.array(EGM96_UNDULATION_M), r"\+0.57"), (-calibrated(), r"\+5.7")])
def test_a_grid_of_something_else_is_refused_and_not_kept(tmp_path: Path, grid: np.ndarray, says: str) -> None:
    (tmp_path / "g.gtx").write_bytes(gtx(grid, 113.5, 22.0, (0.25, 0.25)))
    with pytest.raises(ValueInvalid, match=says):
        install_grid(tmp_path / "g.gtx", tmp_path / "grids")
    assert list((tmp_path / "grids").iterdir()) == []


def test_a_grid_of_another_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "g.gtx").write_bytes(gtx(calibrated(), 13.5, 22.0, (0.25, 0.25)))
    with pytest.raises(ValueInvalid, match="does not reach"):
        install_grid(tmp_path / "g.gtx", tmp_path / "grids")


@pytest.mark.parametrize("text", ["", "lon,lat,n\n", "lon,lat,n\n114,22,-3\n114.1,22,-3\n114,22.1,-3\n", "lon,lat,n\na,b,c\n",
                                  "lon,lat,n\n114,22,-3\n114.1,22,-3\n114.5,22,-3\n114,23,-3\n114.1,23,-3\n114.5,23,-3\n"])
def test_a_table_that_is_no_grid_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "g.csv").write_text(text)
    with pytest.raises(FileBroken):
        install_grid(tmp_path / "g.csv", tmp_path / "grids")


def test_a_missing_grid_is_named(tmp_path: Path) -> None:
    with pytest.raises(PathMissing, match=r"none\.gtx"):
        install_grid(tmp_path / "none.gtx", tmp_path / "grids")
