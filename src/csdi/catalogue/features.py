"""Records as Features: the schema of the catalogue's Collection, and a Record there and back."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from csdi.catalogue.completeness import assess
from csdi.catalogue.document import from_document, merged, to_document
from csdi.catalogue.record import Record, every_word
from csdi.collection import Collection, Kind, say
from csdi.extent import BBox, rfc3339
from csdi.feature import Feature, Field, FieldType, Schema

CATALOGUE = "records"
"""Id of the Collection that the Records are kept in."""


def _f(name: str, kind: FieldType, en: str, hant: str, hans: str, *, indexed: bool = False, text: bool = False) -> Field:
    return Field(name, kind, {"en": en, "zh-Hant": hant, "zh-Hans": hans}, indexed=indexed, text=text)


def _translated(name: str, of: str, en: str, hant: str, hans: str) -> Field:
    """The Chinese side of a text, for filters."""
    tag = "zh-Hant" if name.endswith("Hant") else "zh-Hans"
    return Field(name, FieldType.STRING, {"en": en, "zh-Hant": hant, "zh-Hans": hans}, path=(of, tag))


FIELDS = (
    _f("recordId", FieldType.STRING, "Record", "記錄編號", "记录编号", indexed=True),
    _f("type", FieldType.STRING, "Type", "類型", "类型", indexed=True),
    _f("title", FieldType.STRING, "Title", "標題", "标题", indexed=True),
    _f("description", FieldType.STRING, "Description", "說明", "说明"),
    _f("keywords", FieldType.JSON, "Keywords", "關鍵字", "关键词"),
    _f("topics", FieldType.JSON, "Topics", "主題", "主题"),
    _f("language", FieldType.STRING, "Language", "語言", "语言"),
    _f("license", FieldType.STRING, "Licence", "特許條款", "许可", indexed=True),
    _f("organization", FieldType.STRING, "Organisation", "機構", "机构", indexed=True),
    _f("updateFrequency", FieldType.STRING, "Update frequency", "更新頻率", "更新频率", indexed=True),
    _f("storageCrs", FieldType.STRING, "CRS", "坐標系", "坐标系", indexed=True),
    _f("heightDatum", FieldType.STRING, "Height datum", "高程基準", "高程基准"),
    _f("epoch", FieldType.NUMBER, "Epoch", "曆元", "历元"),
    _f("created", FieldType.DATETIME, "Created", "建立時間", "创建时间"),
    _f("updated", FieldType.DATETIME, "Updated", "更新時間", "更新时间", indexed=True),
    _f("start", FieldType.DATETIME, "Begin of the time covered", "涵蓋時段開始", "覆盖时段开始", indexed=True),
    _f("end", FieldType.DATETIME, "End of the time covered", "涵蓋時段結束", "覆盖时段结束"),
    _f("collection", FieldType.STRING, "Collection", "資料集", "数据集", indexed=True),
    _f("kind", FieldType.STRING, "Kind of collection", "資料集種類", "数据集种类", indexed=True),
    _f("source", FieldType.STRING, "Harvested from", "採集來源", "采集来源", indexed=True),
    _f("externalId", FieldType.STRING, "Identifier elsewhere", "外部識別碼", "外部标识符", indexed=True),
    _f("completeness", FieldType.INTEGER, "Completeness (0 to 100)", "完整度（0 至 100）", "完整度（0 至 100）", indexed=True),
    _f("titles", FieldType.JSON, "Title by language", "各語言標題", "各语言标题", text=True),
    _f("descriptions", FieldType.JSON, "Description by language", "各語言說明", "各语言说明", text=True),
    _f("words", FieldType.JSON, "Keywords by language", "各語言關鍵字", "各语言关键词", text=True),
    _f("about", FieldType.JSON, "Further words", "其他文字", "其他文字", text=True),
    _translated("titleHant", "titles", "Title in traditional Chinese", "繁體中文標題", "繁体中文标题"),
    _translated("titleHans", "titles", "Title in simplified Chinese", "簡體中文標題", "简体中文标题"),
    _f("base", FieldType.JSON, "As the source has it", "來源內容", "来源内容"),
    _f("changes", FieldType.JSON, "What people changed of it", "人手修改", "人工修改"),
    _f("digest", FieldType.STRING, "Digest", "摘要", "摘要"),
)

FACETS = ("type", "kind", "organization", "license", "updateFrequency", "storageCrs", "language", "source", "keywords", "topics")
"""Properties whose values can be counted."""
SORTABLE = ("title", "type", "created", "updated", "completeness", "organization", "recordId", "start", "end")
"""Properties that Records can be sorted by."""


def catalogue_collection() -> Collection:
    """The Collection that the Records are kept in, empty."""
    return Collection(
        id=CATALOGUE, title={"en": "Catalogue", "zh-Hant": "資料目錄", "zh-Hans": "数据目录"},
        description={"en": "Descriptions of all collections, and of data harvested from other catalogues.",
                     "zh-Hant": "所有資料集的說明，以及由其他目錄採集的資料說明。",
                     "zh-Hans": "所有数据集的说明，以及由其他目录采集的数据说明。"},
        schema=Schema(FIELDS, geometry="geometry", time="start", time_end="end"), kind=Kind.CATALOGUE, keywords=("catalogue", "metadata"))


def to_feature(base: Record, changes: dict[str, Any]) -> Feature:
    """The Feature of a Record as its data or source have it, with what people changed over it."""
    origin = to_document(base)
    record = overlaid(origin, changes)
    org = next((say(c.organisation, "en") or c.name for c in record.contacts if c.organisation or c.name), "")
    properties: dict[str, Any] = {
        "recordId": record.id, "type": record.type, "title": say(record.title, "en"), "description": say(record.description, "en"),
        "keywords": list(every_word(record.keywords)), "topics": list(record.topics), "language": next(iter(record.languages), "en"),
        "license": record.licence, "organization": org, "updateFrequency": record.update_frequency,
        "storageCrs": record.crs, "heightDatum": record.height_datum, "epoch": record.epoch, **_times(record),
        "collection": record.collection, "kind": record.kind, "source": record.origin.source if record.origin else "",
        "externalId": record.identifier, "completeness": assess(record).score, "titles": dict(record.title),
        "descriptions": dict(record.description), "words": {tag: list(words) for tag, words in record.keywords.items()},
        "about": _about(record), "base": origin, "changes": changes,
    }
    kept = {name: value for name, value in properties.items() if value not in ("", None, [], {})}
    kept["digest"] = hashlib.sha256(json.dumps(_lasting(kept), sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:32]
    return Feature(record.id, outline(record.bbox), {f.name: kept.get(f.name) for f in FIELDS if not f.path})


def of_feature(feature: Feature) -> Record:
    """The Record in a Feature, with what people changed."""
    return overlaid(*parts_of(feature))


def overlaid(base: dict[str, Any], changes: dict[str, Any]) -> Record:
    """The Record in a document with changes over it; it was updated when either was."""
    moments = [text for text in (base.get("updated"), changes.get("updated")) if text]
    return from_document(merged(base, changes) | ({"updated": max(moments, key=datetime.fromisoformat)} if moments else {}))


def parts_of(feature: Feature) -> tuple[dict[str, Any], dict[str, Any]]:
    """(document as the data or source have it, what people changed of it)."""
    return dict(feature.properties["base"]), dict(feature.properties.get("changes") or {})


def outline(box: BBox | None) -> BaseGeometry | None:
    """A box in CRS84 as a polygon, as two where it crosses the antimeridian, as a point or line where it has no area."""
    if box is None:
        return None
    west, south, east, north = box.xy
    if west > east:
        return shapely.MultiPolygon([shapely.box(west, south, 180, north), shapely.box(-180, south, east, north)])
    if west == east and south == north:
        return shapely.Point(west, south)
    if west == east or south == north:
        return shapely.LineString([(west, south), (east, north)])
    return shapely.box(west, south, east, north)


def _times(record: Record) -> dict[str, str | None]:
    span = record.interval
    moments = {"created": record.created, "updated": record.updated, "start": span and span.start, "end": span and span.end}
    return {name: rfc3339(moment) if moment else None for name, moment in moments.items()}


def _about(record: Record) -> dict[str, Any]:
    """Words that text search finds besides title, description and keywords."""
    people = [[*c.organisation.values(), c.name, *c.position.values()] for c in record.contacts]
    found = {"lineage": list(record.lineage.values()), "rights": list(record.rights.values()), "place": list(record.place.values()),
             "contacts": [word for one in people for word in one if word]}
    return {name: texts for name, texts in found.items() if texts}


def _lasting(properties: dict[str, Any]) -> dict[str, Any]:
    """What tells two states of a Record apart: not the moment at which it was harvested."""
    origin = {name: value for name, value in properties["base"].get("origin", {}).items() if name != "harvested"}
    return properties | {"base": properties["base"] | {"origin": origin}}
