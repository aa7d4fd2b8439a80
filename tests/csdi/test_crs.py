"""CRSs as values: every spelling leads to one code, and the code says what the registry says."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys

import pyproj
import pytest

from csdi.crs import CRS, CRS84, CRS84H, ECEF, HK80, HK80_HKPD, WEB_MERCATOR, WGS84_3D, compound, crs, describe
from csdi.errors import CrsMissing, CrsUnknown

SPELLINGS = {
    "EPSG:2326": [
        "EPSG:2326", "epsg:2326", "EPSG::2326", "2326", 2326, " EPSG:2326 ", "[EPSG:2326]", "urn:ogc:def:crs:EPSG::2326",
        "urn:ogc:def:crs:EPSG:9.9.1:2326", "urn:x-ogc:def:crs:EPSG:2326".replace("EPSG:", "EPSG::"),
        "http://www.opengis.net/def/crs/EPSG/0/2326", "https://www.opengis.net/def/crs/EPSG/0/2326",
        "[http://www.opengis.net/def/crs/EPSG/0/2326]", "http://www.opengis.net/gml/srs/epsg.xml#2326",
        "https://epsg.io/2326", "HK1980 Grid", "Hong_Kong_1980_Grid", "HK80GRID", "HK80 Grid", "HK 1980 Grid System",
        "Hong Kong 1980 Grid System", "ESRI:102140", "香港1980方格網"],
    "EPSG:2326+5738": [
        "EPSG:2326+5738", "2326+5738", "EPSG:2326+EPSG:5738", "HK1980 Grid + HKPD", "EPSG:2326;EPSG:5738",
        "urn:ogc:def:crs,crs:EPSG::2326,crs:EPSG::5738",
        "http://www.opengis.net/def/crs-compound?1=http://www.opengis.net/def/crs/EPSG/0/2326"
        "&2=http://www.opengis.net/def/crs/EPSG/0/5738", "Hong Kong 1980 Grid System + HKPD height"],
    "EPSG:5738": ["HKPD", "mPD", "Hong Kong Principal Datum", "HKPD height", "香港主水平基準"],
    "EPSG:5739": ["HKCD", "Hong Kong Chart Datum", "HKCD depth"],
    "OGC:CRS84": ["OGC:CRS84", "CRS84", "CRS:84", "crs84", "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
                  "urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:OGC::CRS84"],
    "OGC:CRS84h": ["OGC:CRS84h", "CRS84h", "http://www.opengis.net/def/crs/OGC/0/CRS84h"],
    "EPSG:4326": ["WGS84", "WGS 84", "WGS_1984", "GCS_WGS_1984"],
    "EPSG:3857": ["EPSG:900913", "ESRI:102100", "WGS 84 / Pseudo-Mercator", "WGS_1984_Web_Mercator_Auxiliary_Sphere"],
    "EPSG:4611": ["Hong Kong 1980", "GCS_Hong_Kong_1980"],
    "EPSG:8433": ["Macau Grid", "Macao 1920 / Macao Grid"],
    "EPSG:4547": ["CGCS2000 / 3-degree Gauss-Kruger CM 114E"],
    "EPSG:28992": ["Amersfoort / RD New"],
    "EPSG:7415": ["Amersfoort / RD New + NAP height", "EPSG:7415"],
    "EPSG:32650": ["+proj=utm +zone=50 +datum=WGS84 +type=crs"],
}


@pytest.mark.parametrize(("code", "text"), [(code, text) for code, texts in SPELLINGS.items() for text in texts])
def test_every_spelling_leads_to_its_code(code: str, text: str | int) -> None:
    assert crs(text).code == code


@pytest.mark.parametrize("code", ["EPSG:2326", "EPSG:2326+5738", "EPSG:4326", "EPSG:4547", "EPSG:8433", "EPSG:28992",
                                  "EPSG:2056", "EPSG:7856", "EPSG:3065", "EPSG:3857"])
@pytest.mark.parametrize("version", ["WKT1_GDAL", "WKT1_ESRI", "WKT2_2019"])
def test_a_definition_that_a_file_carries_becomes_its_registered_code(code: str, version: str) -> None:
    assert crs(pyproj.CRS(code).to_wkt(version)) == crs(code)


def test_projjson_becomes_its_registered_code() -> None:
    assert crs(json.dumps(HK80_HKPD.projjson)) == HK80_HKPD


def test_a_datum_shift_written_into_a_definition_does_not_make_another_crs() -> None:
    wrong_signs = ('PROJCS["Hong Kong 1980 Grid System",GEOGCS["Hong Kong 1980",DATUM["Hong_Kong_1980",'
                   'SPHEROID["International 1924",6378388,297],TOWGS84[-162.619,-276.959,-161.764,-0.067753,2.243648,1.158828,'
                   '-1.094246]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],'
                   'PARAMETER["latitude_of_origin",22.31213333333334],PARAMETER["central_meridian",114.1785555555556],'
                   'PARAMETER["scale_factor",1],PARAMETER["false_easting",836694.05],PARAMETER["false_northing",819069.8],'
                   'UNIT["metre",1]]')
    assert crs(wrong_signs) == HK80


def test_a_definition_with_other_parameters_under_the_same_name_stays_custom() -> None:
    moved = HK80.wkt.replace("836694.05", "836794.05").replace(',ID["EPSG",2326]', "")
    found = crs(moved)
    assert found.code.startswith("custom:")
    assert found.uri == found.urn == ""
    assert found.name == HK80.name
    assert crs(found.wkt) == found


@pytest.mark.parametrize("text", ["EPSG:999999", "WKT", "foo", "EPSG:", "LOCAL:7", "http://example.org/crs/1", "EPSG:2326+4326x",
                                  'PROJCS["broken"', "{}", "+proj=nothing", "HK"])
def test_what_is_no_crs_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(CrsUnknown) as error:
        crs(text)
    assert error.value.remedy


def test_an_empty_crs_is_missing() -> None:
    with pytest.raises(CrsMissing):
        crs("  ")


def test_facts_of_the_grid() -> None:
    assert HK80.name == "Hong Kong 1980 Grid System"
    assert (HK80.is_projected, HK80.is_geographic, HK80.is_geocentric, HK80.is_vertical) == (True, False, False, False)
    assert (HK80.dims, HK80.unit_name, HK80.unit_to_metre, HK80.vertical) == (2, "metre", 1.0, None)
    assert HK80.area_of_use == (113.76, 22.13, 114.51, 22.58)
    assert HK80.uri == "http://www.opengis.net/def/crs/EPSG/0/2326"
    assert HK80.urn == "urn:ogc:def:crs:EPSG::2326"


def test_facts_of_the_grid_with_heights() -> None:
    assert (HK80_HKPD.dims, HK80_HKPD.vertical, HK80_HKPD.horizontal) == (3, "EPSG:5738", HK80)
    assert HK80_HKPD.is_projected
    assert HK80_HKPD.uri == HK80_HKPD.urn == "urn:ogc:def:crs,crs:EPSG::2326,crs:EPSG::5738"
    assert crs(HK80_HKPD.uri) == HK80_HKPD
    assert crs(HK80_HKPD.urn) == HK80_HKPD
    assert compound(HK80, crs("HKPD")) == HK80_HKPD


@pytest.mark.parametrize(("reference", "order"), [
    (HK80, "ne"), (HK80_HKPD, "ne"), (CRS("EPSG:4326"), "ne"), (WGS84_3D, "ne"), (CRS84, "en"), (CRS84H, "en"),
    (WEB_MERCATOR, "en"), (ECEF, "en"), (CRS("EPSG:28992"), "en"), (CRS("EPSG:4547"), "ne"), (CRS("EPSG:32661"), "ne")])
def test_the_authority_says_its_axis_order(reference: CRS, order: str) -> None:
    assert reference.axis_order_authority == order


@pytest.mark.parametrize(("solid", "flat"), [(WGS84_3D, "EPSG:4326"), (CRS84H, "OGC:CRS84"), (CRS("EPSG:8426"), "EPSG:8427"),
                                             (CRS("EPSG:4480"), "EPSG:4490"), (CRS84, "OGC:CRS84"),
                                             (CRS("EPSG:4937"), "EPSG:4258")])
def test_the_horizontal_part_of_a_crs_with_heights(solid: CRS, flat: str) -> None:
    assert solid.horizontal.code == flat


def test_a_registered_compound_has_its_parts() -> None:
    assert (crs("EPSG:7415").horizontal.code, crs("EPSG:7415").vertical) == ("EPSG:28992", "EPSG:5709")


def test_a_height_datum_has_no_horizontal_part() -> None:
    assert crs("HKPD").is_vertical
    with pytest.raises(CrsMissing):
        _ = crs("HKPD").horizontal


def test_two_horizontal_crss_make_no_compound() -> None:
    with pytest.raises(CrsUnknown):
        compound(HK80, CRS84)


def test_a_crs_survives_pickling() -> None:
    assert pickle.loads(pickle.dumps(HK80_HKPD)) == HK80_HKPD


@pytest.mark.parametrize("reference", [HK80, HK80_HKPD, CRS84, ECEF, crs("HKPD"), crs("EPSG:4547")])
def test_a_description_is_json(reference: CRS) -> None:
    facts = json.loads(json.dumps(describe(reference)))
    assert facts["code"] == reference.code
    assert facts["axes"]


def test_the_import_loads_no_registry() -> None:
    code = ("import pyproj, shapely, numpy, time; t = time.perf_counter(); import csdi.crs; "
            "print(time.perf_counter() - t, csdi.crs.reference._load.cache_info().currsize)")
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert int(answer[1]) == 0
    assert float(answer[0]) < 0.5
