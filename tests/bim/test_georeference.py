from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bim.finding import Finding
from bim.georeference import Georeference, resolve
from bim.georeference import georeference_of as read_file
from bim.georeference.conversion import Conversion, readings
from bim.georeference.site import degrees, grid_azimuth_deg
from bim.ifc import open_model, readable
from bim.scan import scan
from csdi.errors import SchemaUnsupported, ValueInvalid
from tests.bim.corpus import corpus_file
from tests.bim.small import Small
from tests.corpus import ROOT


def georeference_of(path: Path, content: Any = None) -> Georeference:
    schema = scan(path).schema
    with readable(path, schema) as (plain, _):
        return resolve(open_model(plain, schema), content)


def codes(findings: tuple[Finding, ...]) -> set[str]:
    return {finding.code for finding in findings}


def small(tmp_path: Path, **changes: Any) -> Georeference:
    return georeference_of(Small(**changes).write(tmp_path))


def test_a_map_conversion_to_the_hong_kong_grid(tmp_path: Path) -> None:
    found = small(tmp_path, conversion="812000.,819000.,6.5,0.6,0.8,$")
    assert (found.crs, found.vertical_crs, found.level, found.accuracy_class) == ("EPSG:2326", "EPSG:5738", 50, "design")
    np.testing.assert_allclose(found.to_crs(np.array([[10.0, 5.0, 1.0]])), [[812002.0, 819011.0, 7.5]])
    assert found.findings == ()


@pytest.mark.parametrize(("conversion", "crs", "code"), [
    ("812000.,819000.,6.5,1.,0.,0.001", "'EPSG:2326',$,$,'EPSG:5738',$,$,$", ""),
    ("812000.,819000.,6.5,1.,0.,$", "'EPSG:2326',$,$,'EPSG:5738',$,$,$", "GRF-005"),
    ("812000000.,819000000.,6500.,1.,0.,$", "'EPSG:2326',$,$,'EPSG:5738',$,$,$", "GEO-005 GRF-005"),
    ("812000000.,819000000.,6500.,1.,0.,1.", "'EPSG:2326',$,$,'EPSG:5738',$,$,#2", ""),
])
def test_millimetre_models_land_in_the_same_place(tmp_path: Path, conversion: str, crs: str, code: str) -> None:
    found = small(tmp_path, unit="MILLI", conversion=conversion, crs=crs)
    np.testing.assert_allclose(found.to_crs(np.array([[10.0, 5.0, 1.0]])), [[812010.0, 819005.0, 7.5]])
    assert codes(found.findings) == set(code.split())


@pytest.mark.parametrize("name", ["HK1980 Grid", "Hong_Kong_1980_Grid", "urn:ogc:def:crs:EPSG::2326", "EPSG:2326+5738"])
def test_the_grid_goes_by_many_names(tmp_path: Path, name: str) -> None:
    assert small(tmp_path, crs=f"'{name}',$,$,'HKPD',$,$,$").crs == "EPSG:2326"


def test_hkpd_is_assumed_and_said_so(tmp_path: Path) -> None:
    found = small(tmp_path, crs="'EPSG:2326',$,$,$,$,$,$")
    assert found.vertical_crs == "EPSG:5738"
    assert codes(found.findings) == {"GEO-007"}


def test_a_place_outside_the_crs_is_not_guessed(tmp_path: Path) -> None:
    found = small(tmp_path, conversion="12300.,19400.,6.5,1.,0.,$")
    assert not found.placed
    assert codes(found.findings) == {"GEO-002", "GEO-001", "GEO-031"}
    assert found.candidates[0].place[:2].tolist() == pytest.approx([812305.0, 819403.0], abs=10.0)


def test_an_unknown_crs_name_is_a_finding(tmp_path: Path) -> None:
    found = small(tmp_path, crs="'Dad''s own grid',$,$,$,$,$,$")
    assert not found.placed
    assert "GEO-013" in codes(found.findings)


def test_half_a_direction_is_no_direction(tmp_path: Path) -> None:
    found = small(tmp_path, conversion="812000.,819000.,6.5,$,1.,$")
    assert not found.placed
    assert "GEO-006" in codes(found.findings)


def test_placements_in_the_grid_are_taken_with_a_warning(tmp_path: Path) -> None:
    found = small(tmp_path, georeferenced=False, at=(812000.0, 819000.0, 6.5))
    assert (found.crs, found.accuracy_class, found.method) == ("EPSG:2326", "unknown", "placement")
    assert codes(found.findings) == {"GEO-003", "GEO-007", "GRF-003"}


def test_a_model_without_any_carrier_stays_local(tmp_path: Path) -> None:
    found = small(tmp_path, georeferenced=False)
    assert not found.placed
    assert codes(found.findings) == {"GEO-001", "GRF-003"}


def test_a_site_position_is_the_last_resort(tmp_path: Path) -> None:
    found = small(tmp_path, georeferenced=False, latitude="(22,18,51,0)", longitude="(113,54,53,0)")
    assert (found.crs, found.accuracy_class, found.level) == ("EPSG:2326", "approximate", 20)
    east, north, _ = found.to_crs(np.zeros((1, 3)))[0]
    turn = np.degrees(np.arctan2(found.affine[1, 0], found.affine[0, 0]))
    assert turn == pytest.approx(grid_azimuth_deg("EPSG:2326", east, north), abs=1e-9)
    assert -0.15 < turn < -0.05, "west of the central meridian true north lies to the right of grid north"


def test_true_north_turns_a_site_position(tmp_path: Path) -> None:
    turned = small(tmp_path, georeferenced=False, latitude="(22,18,51,0)", longitude="(113,54,53,0)", true_north="#900",
                   extra="#900=IFCDIRECTION((1.,0.));\n")
    along_true_north = turned.affine[:2, 0]
    assert along_true_north[1] == pytest.approx(1.0, abs=1e-4)


def test_a_tools_default_position_is_not_used(tmp_path: Path) -> None:
    found = small(tmp_path, georeferenced=False, latitude="(42,21,30,344238)", longitude="(-71,-3,-35,-194702)")
    assert not found.placed
    assert codes(found.findings) == {"GEO-020", "GEO-001", "GRF-003"}


def test_a_site_position_far_from_the_map_conversion_is_told(tmp_path: Path) -> None:
    found = small(tmp_path, latitude="(22,18,51,0)", longitude="(114,10,0,0)")
    assert found.method == "map_conversion"
    (finding,) = [f for f in found.findings if f.code == "GEO-010"]
    assert finding.data["distance_m"] > 20_000


def test_two_conversions_that_disagree_are_told(tmp_path: Path) -> None:
    extra = ("#901=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-05,#7,$);\n"
             "#902=IFCMAPCONVERSION(#901,#20,812001.,819000.,6.5,1.,0.,$);\n")
    found = small(tmp_path, extra=extra)
    (finding,) = [f for f in found.findings if f.code == "GRF-001"]
    assert finding.data["distance_m"] == pytest.approx(1.0)


def property_sets(owner: str, spelling: str, value: str) -> str:
    return f"""#910=IFCPROPERTYSINGLEVALUE('Eastings',$,{value.format('812000.0')},$);
#911=IFCPROPERTYSINGLEVALUE('Northings',$,{value.format('819000.0')},$);
#912=IFCPROPERTYSINGLEVALUE('OrthogonalHeight',$,{value.format('6.5')},$);
#913=IFCPROPERTYSET('0000000000000000000009',$,'{spelling}_MapConversion',$,(#910,#911,#912));
#914=IFCPROPERTYSINGLEVALUE('Name',$,IFCLABEL('EPSG:2326'),$);
#915=IFCPROPERTYSINGLEVALUE('VerticalDatum',$,IFCLABEL('HKPD'),$);
#916=IFCPROPERTYSET('000000000000000000000C',$,'{spelling}_ProjectedCRS',$,(#914,#915));
#917=IFCRELDEFINESBYPROPERTIES('000000000000000000000D',$,$,$,({owner}),#913);
#918=IFCRELDEFINESBYPROPERTIES('000000000000000000000E',$,$,$,({owner}),#916);
"""


@pytest.mark.parametrize("owner", ["#12", "#14", "#1"])
@pytest.mark.parametrize("spelling", ["ePSet", "EPset", "ePset"])
@pytest.mark.parametrize("value", ["IFCLENGTHMEASURE({})", "IFCLABEL('{}')", "IFCREAL({})"])
def test_property_sets_of_old_schemas_are_read_wherever_they_are(tmp_path: Path, owner: str, spelling: str, value: str) -> None:
    found = small(tmp_path, georeferenced=False, schema="IFC2X3", extra=property_sets(owner, spelling, value))
    assert (found.crs, found.vertical_crs, found.method) == ("EPSG:2326", "EPSG:5738", "property_sets")
    np.testing.assert_allclose(found.to_crs(np.zeros((1, 3))), [[812000.0, 819000.0, 6.5]])


def test_a_rigid_operation_in_degrees_is_refused_in_metres_taken(tmp_path: Path) -> None:
    def text(first: str, second: str) -> str:
        return f"#20=IFCPROJECTEDCRS('EPSG:2326',$,$,'EPSG:5738',$,$,$);\n#21=IFCRIGIDOPERATION(#10,#20,{first},{second},6.5);\n"

    angles = small(tmp_path, schema="IFC4X3_ADD2", georeferenced=False,
                   extra=text("IFCPLANEANGLEMEASURE(22.3)", "IFCPLANEANGLEMEASURE(113.9)"))
    assert not angles.placed
    assert "GEO-009" in codes(angles.findings)
    metres = small(tmp_path, schema="IFC4X3_ADD2", georeferenced=False,
                   extra=text("IFCLENGTHMEASURE(812000.)", "IFCLENGTHMEASURE(819000.)"))
    assert (metres.crs, metres.method) == ("EPSG:2326", "rigid_operation")


def test_factors_of_a_scaled_conversion_stretch_the_axes() -> None:
    given = Conversion(0.0, 0.0, 0.0, 0.0, 1.0, 1.0, (0.9998, 0.9999, 1.0))
    (reading,) = readings(given, "x", 1.0, 1.0)
    np.testing.assert_allclose(reading.affine[:2, :2], [[0.0, -0.9999], [0.9998, 0.0]], atol=1e-15)


def test_compound_angles_with_mixed_signs_are_read() -> None:
    assert degrees((-71, -3, -35, -194702)) == pytest.approx(-71.0597763)
    assert degrees((-71, 3, 35, 194702)) == pytest.approx(-71.0597763)
    assert degrees((0, 0, -30)) == pytest.approx(-0.00833333)
    assert degrees(None) is None


def test_json_form_returns(tmp_path: Path) -> None:
    found = small(tmp_path)
    back = Georeference.read(found.to_dict())
    assert (back.crs, back.vertical_crs, back.reasons, back.findings) == (found.crs, found.vertical_crs, found.reasons, found.findings)
    np.testing.assert_array_equal(back.affine, found.affine)


@pytest.mark.corpus
@pytest.mark.parametrize(("name", "crs"), [
    ("geo-brienenoord-bridge-ifc4x3-epsg28992", "EPSG:28992"), ("infra-alignments-sierrasoft-ifc4x3-epsg2056", "EPSG:2056"),
    ("geo-duplex-georeferenced-ifc2x3", "EPSG:2169"), ("geo-earthworks-12d-ifc4x3rc3-epsg7856", "EPSG:7856"),
    ("infra-rail-signalling-ifc4x3-epsg3065", "EPSG:3065"), ("infra-rail-track10-ifc4x3-epsg3065", "EPSG:3065"), ("arch-fzk-haus-ifc4", "EPSG:32632"),
    ("arch-janesville-restaurant-ifc2x3", ""), ("mep-hvac-heating-ifc4", ""),
])
def test_real_files_resolve_to_their_own_crs(name: str, crs: str) -> None:
    assert georeference_of(corpus_file(f"ifc/{name}.ifc")).crs == crs


@pytest.mark.corpus
def test_a_survey_foot_model_is_placed_in_metres() -> None:
    found = georeference_of(corpus_file("ifc/geo-grf005-pass-feet-ifc4x3-epsg2240.ifc"))
    assert found.crs == "EPSG:2240"
    assert found.affine[0, 3] == pytest.approx(1920390.0 * 1200 / 3937)
    assert found.to_crs(np.zeros((1, 3)))[0, 0] == pytest.approx(1920390.0)


WKT = ("PROJCS[''own grid'',GEOGCS[''x'',DATUM[''D_WGS_1984'',SPHEROID[''WGS_1984'',6378137,298.257223563]],PRIMEM[''Greenwich'',0],"
       "UNIT[''Degree'',0.0174532925199433]],PROJECTION[''Transverse_Mercator''],PARAMETER[''False_Easting'',12345],"
       "PARAMETER[''False_Northing'',-2400000],PARAMETER[''Central_Meridian'',114.05],PARAMETER[''Scale_Factor'',1],"
       "PARAMETER[''Latitude_Of_Origin'',0],UNIT[''Meter'',1]]").replace("''", '"')


def test_a_crs_that_only_its_well_known_text_says(tmp_path: Path) -> None:
    extra = (f"#920=IFCWELLKNOWNTEXT('{WKT}',#921);\n#921=IFCPROJECTEDCRS('WKT',$,$,$,$,$,$);\n"
             "#922=IFCMAPCONVERSION(#10,#921,2000.,70000.,6.5,1.,0.,1.);\n")
    found = small(tmp_path, schema="IFC4X3_ADD2", georeferenced=False, extra=extra)
    assert found.placed, found.reasons
    assert found.crs.startswith("PROJCRS")
    assert found.to_crs(np.zeros((1, 3)))[0].tolist() == [2000.0, 70000.0, 6.5]
    assert Georeference.read(found.to_dict()).to_crs(np.zeros((1, 3)))[0, 0] == 2000.0
    with pytest.raises(ValueInvalid, match="no EPSG code"):
        read_file(tmp_path / "small.ifc", write=tmp_path / "out.ifc")


GRF = sorted(ROOT.glob("ifc-rules/GRF/*/*.ifc"))


@pytest.mark.corpus
@pytest.mark.parametrize("path", GRF, ids=[path.stem for path in GRF])
def test_the_verdict_of_each_rule_is_the_one_in_the_files_name(path: Path) -> None:
    expected, rule = path.stem.split("-")[:2]
    found = georeference_of(path)
    assert found.rules[f"GRF-{rule[3:]}"] == expected
    told = f"GRF-{rule[3:]}" in codes(found.findings)
    assert told == (expected == "fail")


@pytest.mark.corpus
def test_every_file_gets_a_stated_result() -> None:
    """A CRS with its reasons, or the reasons why there is none."""
    paths = sorted(ROOT.glob("ifc/*.ifc"))
    for path in paths:
        if path.stem.startswith(("infra-rail", "arch-jane")):
            continue  # seconds each, and in other tests
        try:
            found = georeference_of(path)
        except SchemaUnsupported as error:
            assert error.remedy
            continue
        assert found.placed or any(f.code == "GEO-001" and f.cure for f in found.findings), path.name
        assert not found.placed or found.reasons, path.name
