"""Records to test with."""

from __future__ import annotations

from datetime import UTC, datetime

from csdi.catalogue.record import Contact, Link, Record
from csdi.extent import BBox, Interval

MOMENT = datetime(2024, 5, 1, 8, 0, tzinfo=UTC)

TERMINAL = Record(
    id="terminal", title={"en": "Terminal & <apron>", "zh-Hant": "機場客運大樓", "zh-Hans": "机场客运大楼"},
    description={"en": "Plans of the terminal", "zh-Hant": "客運大樓平面圖"}, keywords={"en": ("airport", "terminal"), "zh-Hant": ("機場",)},
    topics=("structure", "transportation"), licence="https://data.gov.hk/en/terms-and-conditions", rights={"zh-Hant": "© 機場管理局"},
    contacts=(Contact({"en": "Airport Authority", "zh-Hant": "機場管理局"}, "陳大文", {"en": "Officer"}, "publisher", "gis@example.hk",
                      "+85221814321", "https://example.hk/", {"zh-Hant": "香港大嶼山翔天路1號"}),),
    lineage={"en": "Surveyed in 2023", "zh-Hant": "2023年測量"}, quality={"en": "0.05 m"}, update_frequency="weekly",
    place={"en": "Lantau", "zh-Hant": "大嶼山"}, bbox=BBox(113.9, 22.29, 113.96, 22.33, 3.5, 48.0), crs="EPSG:2326", height_datum="EPSG:5738",
    interval=Interval(datetime(2023, 1, 1, tzinfo=UTC), None), links=(Link("https://example.hk/a.zip?x=1&y=2", "enclosure", "application/zip",
                                                                          {"zh-Hant": "下載"}, "GeoPackage"),),
    created=MOMENT, updated=MOMENT, identifier="urn:uuid:6f1c", collection="terminal", kind="layer")
EMPTY = Record("bare", title={"zh-Hant": "只有標題"})
