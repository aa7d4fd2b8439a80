"""What the data themselves say: the Record of a Collection before anybody has edited it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from csdi.catalogue.language import joined, text_of, words_of
from csdi.catalogue.record import Record
from csdi.collection import Collection, Kind, Text
from csdi.extent import BBox

_PUBLISHED = {"en": "Published from the file {file} on {day}.",
              "zh-Hant": "於 {day} 由檔案 {file} 發佈。", "zh-Hans": "于 {day} 由文件 {file} 发布。"}
_LAYER = {"en": "Layer {layer}.", "zh-Hant": "圖層 {layer}。", "zh-Hans": "图层 {layer}。"}
_MODELS = {"en": "Read from building models (IFC).", "zh-Hant": "讀取自建築模型（IFC）。", "zh-Hans": "读取自建筑模型（IFC）。"}
_CLEAN = {"en": "Checked when it was published: nothing was found.", "zh-Hant": "發佈時已檢查：沒有發現問題。",
          "zh-Hans": "发布时已检查：没有发现问题。"}
_FOUND = {"en": "Checked when it was published: {count} findings: {messages}.", "zh-Hant": "發佈時已檢查：發現 {count} 項：{messages}。",
          "zh-Hans": "发布时已检查：发现 {count} 项：{messages}。"}


def described(collection: Collection) -> bool:
    """Whether the catalogue has a Record of a Collection: those that anybody may see, and not the catalogue itself."""
    return collection.public and collection.kind not in (Kind.SYSTEM, Kind.CATALOGUE)


def derive(collection: Collection) -> Record:
    """The Record that follows from a Collection alone."""
    provenance = collection.provenance
    box = collection.extent.bbox
    return Record(
        id=collection.id, collection=collection.id, kind=collection.kind.value, identifier=str(provenance.get("identifier", "")),
        title=dict(collection.title) or {"en": collection.id}, description=dict(collection.description),
        keywords=words_of(collection.keywords), licence=collection.licence, rights=text_of(collection.attribution),
        lineage=_lineage(collection), quality=_quality(collection.details),
        bbox=_on_earth(box) if box else None, interval=collection.extent.interval, crs=collection.storage_crs,
        height_datum=collection.vertical_crs, created=_moment(provenance.get("published")), updated=collection.updated)


def _lineage(collection: Collection) -> Text:
    if collection.kind is Kind.BIM:
        return _MODELS
    file, day = collection.provenance.get("file"), str(collection.provenance.get("published", ""))[:10]
    if not file:
        return {}
    layer = collection.provenance.get("layer")
    return joined(_said(_PUBLISHED, file=file, day=day), _said(_LAYER, layer=layer) if layer else {})


def _quality(details: Mapping[str, Any]) -> Text:
    """What was found when the Collection was published; nothing where nobody looked."""
    findings = details.get("findings")
    if not isinstance(findings, list):
        return {}
    messages = [str(one.get("message", "")) for one in findings if isinstance(one, Mapping)]
    return _said(_FOUND, count=len(messages), messages="; ".join(messages[:10])) if messages else _CLEAN


def _said(sentence: Text, **values: object) -> Text:
    return {tag: words.format(**values) for tag, words in sentence.items()}


def _on_earth(box: BBox) -> BBox:
    """The box within the range of longitude and latitude, to a millimetre or so."""
    west, south, east, north = (round(number, 8) for number in box.xy)
    if east - west >= 360:
        west, east = -180.0, 180.0
    return BBox(_wrapped(west), max(south, -90.0), _wrapped(east), min(north, 90.0), box.minz, box.maxz)


def _wrapped(longitude: float) -> float:
    return longitude if -180 <= longitude <= 180 else (longitude + 180) % 360 - 180


def _moment(text: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else None
