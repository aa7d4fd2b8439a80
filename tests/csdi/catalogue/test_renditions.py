"""Records in the forms that others read, read by others."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import shapely
from owslib.etree import etree as owslib_etree
from owslib.iso import MD_Metadata

from csdi.catalogue.features import outline
from csdi.catalogue.record import Record
from csdi.catalogue.renditions import Place, dcat_catalogue, dcat_dataset, iso19139, links_of, ogc_record, schema_org
from csdi.catalogue.renditions.dcat import CONTEXT
from csdi.collection import Collection
from csdi.extent import BBox
from csdi.feature import Schema
from tests.csdi.catalogue.examples import EMPTY, MOMENT, TERMINAL

PLACE = Place("https://twin.example.hk/ogc")
COLLECTION = Collection("terminal", {"en": "Terminal"}, Schema((), "polygon"), "EPSG:2326", updated=MOMENT)
LINKS = links_of(TERMINAL, PLACE, COLLECTION)


def nodes(value: Any) -> list[dict[str, Any]]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return ([value] if isinstance(value, dict) else []) + [node for one in inner for node in nodes(one)]


def test_an_ogc_record_has_what_the_standard_wants() -> None:
    record = ogc_record(TERMINAL, LINKS, PLACE, "zh-Hant")
    properties = record["properties"]
    assert record["conformsTo"] == ["http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-core"]
    assert record["time"] == {"interval": ["2023-01-01T00:00:00Z", ".."]}
    assert shapely.from_geojson(json.dumps(record["geometry"])).bounds == (113.9, 22.29, 113.96, 22.33)
    assert (properties["title"], properties["type"], properties["keywords"]) == ("機場客運大樓", "dataset", ["機場"])
    assert properties["languages"] == [{"code": "en"}, {"code": "zh-Hant"}, {"code": "zh-Hans"}]
    assert properties["contacts"][0]["organization"] == "機場管理局"
    assert properties["contacts"][0]["emails"] == [{"value": "gis@example.hk"}]
    assert properties["storageCrsName"] == "香港一九八零方格網"
    assert properties["heightDatumName"] == "香港主水平基準"
    assert properties["externalIds"] == [{"value": "urn:uuid:6f1c"}]
    assert {"GeoJSON", "GeoPackage", "MVT"} <= {one["name"] for one in properties["formats"]}
    relations = {link["rel"] for link in record["links"]}
    assert {"self", "alternate", "collection", "license", "items", "enclosure", "describes"} <= relations
    assert all(link["href"].startswith("https://") for link in record["links"])


def test_a_title_alone_makes_a_record() -> None:
    record = ogc_record(EMPTY, (), PLACE)
    assert record["geometry"] is None
    assert record["time"] is None
    assert record["properties"] == {"type": "dataset", "title": "只有標題", "language": {"code": "zh-Hant"}, "languages": [{"code": "zh-Hant"}],
                                    "completeness": record["properties"]["completeness"]}


def test_a_box_over_the_antimeridian_is_two_polygons() -> None:
    shape = outline(BBox(170, -20, -170, -10))
    assert shape is not None
    assert shape.geom_type == "MultiPolygon"
    assert shape.area == pytest.approx(200)
    assert shape.intersects(shapely.Point(175, -15))
    assert not shape.intersects(shapely.Point(0, -15))


@pytest.mark.parametrize("record", [TERMINAL, EMPTY, replace(TERMINAL, type="service"), replace(TERMINAL, bbox=BBox(170, -20, -170, -10))],
                         ids=["full", "bare", "service", "antimeridian"])
def test_iso_is_well_formed_and_declares_every_prefix_and_locale(record: Record) -> None:
    root = ET.fromstring(iso19139(record, LINKS, PLACE))
    assert root.tag == "{http://www.isotc211.org/2005/gmd}MD_Metadata"
    locales = {one.get("id") for one in root.iter("{http://www.isotc211.org/2005/gmd}PT_Locale")}
    for one in root.iter("{http://www.isotc211.org/2005/gmd}LocalisedCharacterString"):
        assert one.get("locale", "")[1:] in locales


def test_owslib_reads_the_iso_rendition() -> None:
    found = MD_Metadata(owslib_etree.fromstring(iso19139(TERMINAL, LINKS, PLACE)))
    assert found.identifier == "terminal"
    assert found.hierarchy == "dataset"
    assert found.datestamp == "2024-05-01T08:00:00Z"
    about = found.identification[0]
    assert about.title == "Terminal & <apron>"
    assert about.abstract == "Plans of the terminal"
    assert about.topiccategory == ["structure", "transportation"]
    assert [word.name for block in about.keywords for word in block.keywords] == ["airport", "terminal", "機場"]
    assert (float(about.extent.boundingBox.minx), float(about.extent.boundingBox.maxy)) == (113.9, 22.33)
    assert about.contact[0].organization == "Airport Authority"
    assert about.contact[0].email == "gis@example.hk"
    assert about.contact[0].role == "publisher"
    assert about.temporalextent_start == "2023-01-01T00:00:00Z"
    assert about.otherconstraints or about.otherconstraints_url
    assert found.referencesystem.code in ("Hong Kong 1980 Grid System", "http://www.opengis.net/def/crs/EPSG/0/2326")
    assert found.dataquality.lineage == "Surveyed in 2023"
    assert "https://example.hk/a.zip?x=1&y=2" in [online.url for online in found.distribution.online]


def test_the_parts_of_iso_metadata_come_in_the_order_of_the_schema() -> None:
    order = ["fileIdentifier", "language", "characterSet", "parentIdentifier", "hierarchyLevel", "hierarchyLevelName", "contact", "dateStamp",
             "metadataStandardName", "metadataStandardVersion", "dataSetURI", "locale", "spatialRepresentationInfo", "referenceSystemInfo",
             "metadataExtensionInfo", "identificationInfo", "contentInfo", "distributionInfo", "dataQualityInfo"]
    inner = ["citation", "abstract", "purpose", "credit", "status", "pointOfContact", "resourceMaintenance", "graphicOverview", "resourceFormat",
             "descriptiveKeywords", "resourceSpecificUsage", "resourceConstraints", "aggregationInfo", "spatialRepresentationType",
             "spatialResolution", "language", "characterSet", "topicCategory", "environmentDescription", "extent", "supplementalInformation"]
    root = ET.fromstring(iso19139(replace(TERMINAL, epoch=2021.5), LINKS, PLACE))
    for node, names in ((root, order), (root.find(".//{*}MD_DataIdentification"), inner)):
        assert node is not None
        places = [names.index(child.tag.partition("}")[2]) for child in node]
        assert places == sorted(places)


def test_text_that_xml_cannot_hold_does_not_break_it() -> None:
    root = ET.fromstring(iso19139(replace(EMPTY, title={"en": "a\x00b\x1f]]>&<水泵>\ufffe"}), (), PLACE))
    assert root.findtext(".//{*}CI_Citation/{*}title/{*}CharacterString") == "ab]]>&<水泵>"


def test_dcat_says_everything_with_terms_that_its_own_context_explains() -> None:
    dataset = dcat_dataset(TERMINAL, LINKS, PLACE)
    assert dataset["@type"] == "dcat:Dataset"
    assert {"@language": "zh-Hant", "@value": "機場客運大樓"} in dataset["dct:title"]
    assert dataset["dct:accrualPeriodicity"] == {"@id": "http://publications.europa.eu/resource/authority/frequency/WEEKLY"}
    assert dataset["dct:spatial"]["dcat:bbox"]["@value"].startswith("POLYGON ((113.96 22.29")
    assert dataset["dct:temporal"]["dcat:startDate"] == {"@type": "xsd:dateTime", "@value": "2023-01-01T00:00:00Z"}
    assert {one["@id"] for one in dataset["dct:conformsTo"]} == {"http://www.opengis.net/def/crs/EPSG/0/2326",
                                                                 "http://www.opengis.net/def/crs/EPSG/0/5738"}
    assert all("dcat:accessURL" in one for one in dataset["dcat:distribution"])
    for node in nodes({key: value for key, value in dataset.items() if key != "@context"}):
        for name in (*node, *([node["@type"]] if "@type" in node else [])):
            assert name.startswith("@") or name.partition(":")[0] in CONTEXT, name


def test_a_dcat_catalogue_lists_datasets_and_services() -> None:
    service = replace(EMPTY, id="wfs", type="service")
    found = dcat_catalogue(COLLECTION, "CSDI Twin", PLACE, [(TERMINAL, LINKS), (service, ())])
    assert [one["@id"] for one in found["dcat:dataset"]] == ["https://twin.example.hk/ogc/collections/records/items/terminal"]
    assert [one["@type"] for one in found["dcat:service"]] == ["dcat:DataService"]
    assert found["dct:publisher"]["foaf:name"] == "CSDI Twin"


def test_schema_org_puts_latitude_first_in_its_box() -> None:
    found = schema_org(TERMINAL, LINKS, PLACE, "zh-Hant")
    assert found["name"] == "機場客運大樓"
    assert found["spatialCoverage"]["geo"]["box"] == "22.29 113.9 22.33 113.96"
    assert found["temporalCoverage"] == "2023-01-01T00:00:00Z/.."
    assert re.match(r"https://twin.example.hk/ogc/collections/records/items/terminal\?f=html", found["url"])
    assert {one["encodingFormat"] for one in found["distribution"]} >= {"application/zip", "application/geo+json"}
