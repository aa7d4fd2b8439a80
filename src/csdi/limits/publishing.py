"""The surfaces of an aerodrome as a Collection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from csdi.collection import Collection, Kind
from csdi.crs import HK80, transform
from csdi.feature import Feature, Field, FieldType, Schema
from csdi.limits.drawing import drawn, highest, steepest
from csdi.limits.layers import read_runways
from csdi.limits.surface import KINDS, Surface
from csdi.limits.surfaces import surfaces_of
from csdi.limits.tables import TableSet
from csdi.store.base import Store, scan

HEIGHTS, GRID = "EPSG:5738", "EPSG:2326"
NOTICE = {
    "en": "Calculated from runway data and published dimensions. This is not the legal limit: see the plans under Cap. 301.",
    "zh-Hant": "按跑道資料及公布的尺寸計算，並非法定限制；請參閱第301章下的圖則。",
    "zh-Hans": "按跑道资料及公布的尺寸计算，并非法定限制；请参阅第301章下的图则。",
}
"""What every answer about these surfaces says of itself."""


def _number(name: str, english: str, traditional: str, simplified: str, unit: str) -> Field:
    return Field(name, FieldType.NUMBER, {"en": english, "zh-Hant": traditional, "zh-Hans": simplified}, unit=unit, indexed=True)


def _words(name: str, english: str, traditional: str, simplified: str, *, text: bool = False) -> Field:
    return Field(name, FieldType.STRING, {"en": english, "zh-Hant": traditional, "zh-Hans": simplified}, indexed=not text, text=text)


FIELDS = (
    _words("kind", "Kind", "類別", "类别"),
    _words("name_en", "Name", "英文名稱", "英文名称", text=True),
    _words("name_zh_hant", "Name (Traditional Chinese)", "名稱", "名称（繁体）", text=True),
    _words("name_zh_hans", "Name (Simplified Chinese)", "名稱（簡體）", "名称", text=True),
    _words("runway", "Runway", "跑道", "跑道"),
    _words("end", "Runway end", "跑道端", "跑道端"),
    _number("lowest_mpd", "Lowest level, mPD", "最低高程（主水平基準）", "最低高程（主水平基准）", "m"),
    _number("highest_mpd", "Highest level, mPD", "最高高程（主水平基準）", "最高高程（主水平基准）", "m"),
    _number("slope_percent", "Steepest slope, %", "最大坡度，%", "最大坡度，%", "%"),
    _words("table_set", "Set of tables", "尺寸表", "尺寸表"),
    _words("source", "Source", "來源", "来源", text=True),
    _words("confidence", "Confidence in the dimensions", "尺寸的可信程度", "尺寸的可信程度"),
)


def collection_id(tables: str) -> str:
    """Id of the Collection of the surfaces of a set of tables."""
    return f"limits-{tables}"


def surface_collection(surfaces: Sequence[Surface], tables: TableSet, runways: str) -> tuple[Collection, list[Feature]]:
    """Collection and Features: polygons with z, HK1980 Grid and mPD, metres; `runways` is the Collection that they were built from."""
    collection = Collection(
        collection_id(tables.id), dict(tables.title), Schema(FIELDS, "multipolygon", has_z=True), GRID, HEIGHTS, Kind.LAYER,
        description={language: f"{NOTICE[language]} {tables.source}." for language in NOTICE},
        keywords=("aerodrome", "height restriction", "obstacle limitation surface", "高度限制"),
        provenance={"runways": runways, "tables": tables.id, "source": tables.source}, details={"surfaces_of": runways})
    return collection, [_feature(one) for one in surfaces]


def publish_surfaces(store: Store, tables: TableSet, runways: str = "runways") -> Collection:
    """Build the surfaces around the runways of a Collection, and publish them in place of those before; gives their Collection.

    Raises:
        CollectionMissing: no such Collection.
        ValueInvalid: a runway lacks what the surfaces need, or the tables have no row for it.
    """
    carry = transform(store.collection(runways).storage_crs, HK80)
    rows = [replace(one, geometry=None if one.geometry is None else carry.geometry(one.geometry)) for one in scan(store, runways)]
    found, level = read_runways(rows)
    collection, features = surface_collection(surfaces_of(found, tables, level), tables, runways)
    with store.transaction() as change:
        change.replace(collection, features)
    return store.collection(collection.id)


def _feature(surface: Surface) -> Feature:
    names = KINDS[surface.kind]
    return Feature(surface.id, drawn(surface), {
        "kind": surface.kind, "name_en": names["en"], "name_zh_hant": names["zh-Hant"], "name_zh_hans": names["zh-Hans"],
        "runway": surface.runway, "end": surface.end, "lowest_mpd": round(min(patch.lowest for patch in surface.patches), 3),
        "highest_mpd": round(highest(surface), 3), "slope_percent": round(100 * steepest(surface), 2), "table_set": surface.table,
        "source": surface.source, "confidence": surface.confidence})
