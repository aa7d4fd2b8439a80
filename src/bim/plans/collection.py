"""The Collection of storey plans, with its fields in three languages."""

from __future__ import annotations

from bim.plans.kinds import Kind
from csdi.collection import Collection
from csdi.collection import Kind as CollectionKind
from csdi.feature import Field, FieldType, Schema
from csdi.history import PRESENT_FIELDS

STOREY_PLANS = "storey-plans"


def plans_collection() -> Collection:
    """Everything that is drawn in the plans of all storeys, CRS84; `level` is that of the floor, mPD."""
    fields = (
        _f("model", FieldType.STRING, "Model", "模型", "模型", indexed=True),
        _f("storey", FieldType.STRING, "GlobalId of the storey", "樓層識別碼", "楼层标识符", indexed=True),
        _f("storey_name", FieldType.STRING, "Storey", "樓層", "楼层"),
        _f("level", FieldType.NUMBER, "Floor level (mPD)", "樓面水平（主水平基準以上米）", "楼面标高（香港主水平基准以上米）", unit="m"),
        _f("kind", FieldType.STRING, "Kind of line or area", "圖形種類", "图形种类", indexed=True, enum=tuple(kind.value for kind in Kind)),
        _f("element", FieldType.STRING, "Element or space", "構件或空間", "构件或空间", indexed=True),
        _f("ifc_class", FieldType.STRING, "IFC class", "IFC 類別", "IFC 类别"),
        _f("name", FieldType.STRING, "Name", "名稱", "名称", text=True),
        _f("name_zh", FieldType.STRING, "Chinese name", "中文名稱", "中文名称", text=True),
        _f("area", FieldType.NUMBER, "Floor area", "樓面面積", "楼面面积", unit="m2"),
    )
    title = {"en": "Storey plans", "zh-Hant": "樓層平面圖", "zh-Hans": "楼层平面图"}
    return Collection(id=STOREY_PLANS, title=title, schema=Schema((*fields, *PRESENT_FIELDS), geometry="geometry"),
                      storage_crs="OGC:CRS84", kind=CollectionKind.BIM, keywords=("BIM", "IFC", "indoor", "floor plan"))


def _f(name: str, kind: FieldType, en: str, hant: str, hans: str, *, unit: str = "", indexed: bool = False, text: bool = False,
       enum: tuple[str, ...] = ()) -> Field:
    return Field(name, kind, {"en": en, "zh-Hant": hant, "zh-Hans": hans}, unit=unit, indexed=indexed, text=text, enum=enum)
