"""The Collections of the register, with their fields in three languages."""

from __future__ import annotations

from csdi.collection import Collection, Kind
from csdi.feature import Field, FieldType, Schema
from csdi.history import PRESENT_FIELDS

ASSETS, DEVICES, LOCATIONS = "asset-register", "asset-devices", "asset-locations"
PROPOSALS, CHANGES = "asset-proposals", "asset-changes"

STATUSES = ("planned", "in-service", "under-repair", "out-of-service", "retired")
PRESENCES = ("present", "moved", "missing", "unlinked")
LOCATION_KINDS = ("site", "building", "storey", "space", "zone", "lot", "place")
PROPOSAL_KINDS = ("new", "moved", "removed", "changed")
PROPOSAL_STATES = ("open", "accepted", "rejected")
REVISION = "revision"
"""Field that counts the states of a row; its present value is the state that a change is meant for."""

_INT, _NUMBER, _JSON, _DATE, _MOMENT = FieldType.INTEGER, FieldType.NUMBER, FieldType.JSON, FieldType.DATE, FieldType.DATETIME
_f = Field.titled
_REVISION = _f(REVISION, "Revision", "修訂", "修订", _INT)
_PLACE = (
    _f("easting", "Easting (HK1980 Grid)", "東坐標（香港1980方格網）", "东坐标（香港1980方格网）", _NUMBER, unit="m"),
    _f("northing", "Northing (HK1980 Grid)", "北坐標（香港1980方格網）", "北坐标（香港1980方格网）", _NUMBER, unit="m"),
    _f("base_level", "Base level (mPD)", "底部水平（主水平基準以上米）", "底部标高（香港主水平基准以上米）", _NUMBER, unit="m"),
    _f("top_level", "Top level (mPD)", "頂部水平（主水平基準以上米）", "顶部标高（香港主水平基准以上米）", _NUMBER, unit="m"),
    _f("box", "Box (HK1980 Grid, mPD)", "三維範圍框", "三维范围框", _JSON),
    _f("centroid", "Centre of the box (HK1980 Grid, mPD)", "中心點", "中心点", _JSON),
)
_ASSET = (
    _f("tag", "Tag", "資產編號", "资产编号", indexed=True, text=True),
    _f("name", "Name", "名稱", "名称", indexed=True, text=True),
    _f("name_zh", "Name in Chinese", "中文名稱", "中文名称", text=True),
    _f("description", "Description", "說明", "说明"),
    _f("asset_class", "Equipment type", "設備類型", "设备类型", indexed=True, text=True),
    _f("terms", "Words for it", "相關詞語", "相关词语", text=True),
    _f("category", "Discipline", "專業", "专业", indexed=True),
    _f("ifc_class", "IFC class", "IFC 類別", "IFC 类别", indexed=True),
    _f("predefined_type", "Predefined type", "預定類型", "预定义类型"),
    _f("uniclass", "Uniclass code", "Uniclass 編碼", "Uniclass 编码", indexed=True),
    _f("omniclass", "OmniClass code", "OmniClass 編碼", "OmniClass 编码", indexed=True),
    _f("classifications", "Classifications", "分類", "分类", _JSON),
    _f("model", "Model", "模型", "模型", indexed=True),
    _f("global_id", "GlobalId", "全域識別碼", "全局标识符", indexed=True),
    _f("element", "Element", "構件", "构件", indexed=True),
    _f("presence", "Presence in the model", "在模型中的狀況", "在模型中的状况", indexed=True, enum=PRESENCES),
    _f("storey", "GlobalId of the storey", "樓層識別碼", "楼层标识符", indexed=True),
    _f("storey_name", "Storey", "樓層", "楼层", indexed=True),
    _f("space", "GlobalId of the space", "空間識別碼", "空间标识符", indexed=True),
    _f("space_name", "Space", "空間", "空间", text=True),
    _f("building", "Building", "建築物", "建筑物", indexed=True),
    _f("site", "Site", "地盤", "场地"),
    _f("zones", "Zones", "分區", "分区", _JSON),
    _f("location", "Location", "位置", "位置", indexed=True),
    _f("location_path", "Path of the location", "位置路徑", "位置路径", indexed=True),
    _f("parent", "Parent asset", "上級資產", "上级资产", indexed=True),
    _f("systems", "Systems", "系統", "系统", _JSON),
    _f("system", "System", "主要系統", "主要系统", indexed=True, text=True),
    _f("status", "Status", "狀態", "状态", indexed=True, enum=STATUSES),
    _f("condition",
       "Condition (1 good to 5 failed)", "狀況(1 良好至 5 失效)", "状况(1 良好至 5 失效)", _INT, indexed=True, enum=(1, 2, 3, 4, 5)),
    _f("criticality", "Criticality (1 to 5)", "關鍵程度(1 至 5)", "关键程度(1 至 5)", _INT, indexed=True, enum=(1, 2, 3, 4, 5)),
    _f("installed_on", "Installed on", "安裝日期", "安装日期", _DATE, indexed=True),
    _f("commissioned_on", "Commissioned on", "啟用日期", "启用日期", _DATE),
    _f("warranty_end", "Warranty ends on", "保養期屆滿日期", "保修期届满日期", _DATE, indexed=True),
    _f("expected_life_years", "Expected life", "預計使用年期", "预计使用年限", _NUMBER, unit="a"),
    _f("cost", "Cost", "成本", "成本", _NUMBER),
    _f("currency", "Currency", "貨幣", "货币"),
    _f("manufacturer", "Manufacturer", "製造商", "制造商", indexed=True, text=True),
    _f("product", "Model number", "產品型號", "产品型号", indexed=True, text=True),
    _f("serial", "Serial number", "序號", "序列号", indexed=True, text=True),
    _f("device", "Installed device", "現裝設備", "现装设备"),
    _f("supplier", "Supplier", "供應商", "供应商"),
    _f("contacts", "Contacts", "聯絡人", "联系人", _JSON),
    _f("documents", "Documents", "文件", "文档", _JSON),
    _f("spare_parts", "Spare parts", "備件", "备件", _JSON),
    _f("properties", "Properties", "屬性", "属性", _JSON),
    *_PLACE, _REVISION,
)
_COUNTED = (
    ("storey", "asset_class"), ("building", "asset_class"), ("building", "storey", "storey_name"), ("building", "status", "condition"),
    ("system",), ("category", "asset_class"), ("asset_class", "status", "condition"), ("storey", "status"), ("storey", "condition"),
    ("system", "asset_class"), ("manufacturer", "asset_class"), ("presence",))
"""What the store keeps count of: facets and their combinations with one filter are answered at once."""
_DEVICE = (
    _f("asset", "Asset", "資產", "资产", indexed=True),
    _f("manufacturer", "Manufacturer", "製造商", "制造商", indexed=True, text=True),
    _f("product", "Model number", "產品型號", "产品型号", text=True),
    _f("serial", "Serial number", "序號", "序列号", indexed=True, text=True),
    _f("installed_on", "Installed on", "安裝日期", "安装日期", _DATE),
    _f("removed_on", "Removed on", "拆除日期", "拆除日期", _DATE, indexed=True),
    _f("warranty_end", "Warranty ends on", "保養期屆滿日期", "保修期届满日期", _DATE, indexed=True),
    _f("condition", "Condition (1 good to 5 failed)", "狀況(1 良好至 5 失效)", "状况(1 良好至 5 失效)", _INT, enum=(1, 2, 3, 4, 5)),
    _f("run_hours", "Hours run", "運行時數", "运行时数", _NUMBER, unit="h"),
    _REVISION,
)
_LOCATION = (
    _f("kind", "Kind", "類別", "类别", indexed=True, enum=LOCATION_KINDS),
    _f("name", "Name", "名稱", "名称", indexed=True, text=True),
    _f("name_zh", "Name in Chinese", "中文名稱", "中文名称", text=True),
    _f("parent", "Parent location", "上級位置", "上级位置", indexed=True),
    _f("path", "Path", "路徑", "路径", indexed=True),
    _f("level", "Level (mPD)", "水平（主水平基準以上米）", "标高（香港主水平基准以上米）", _NUMBER, unit="m"),
    _f("storey", "GlobalId of the storey", "樓層識別碼", "楼层标识符", indexed=True),
    _f("element", "Part of the model", "模型部分", "模型部分", indexed=True),
    _f("model", "Model", "模型", "模型", indexed=True),
    _f("own_count", "Assets directly in it", "直接所屬資產數目", "直接所属资产数目", _INT),
    _f("total_count", "Assets with child locations", "連下級位置的資產數目", "含下级位置的资产数目", _INT, indexed=True),
    _REVISION,
)
_PROPOSAL = (
    _f("kind", "Kind", "類別", "类别", indexed=True, enum=PROPOSAL_KINDS),
    _f("asset", "Asset", "資產", "资产", indexed=True),
    _f("element", "Element", "構件", "构件", indexed=True),
    _f("model", "Model", "模型", "模型", indexed=True),
    _f("model_version", "Version of the model", "模型版本", "模型版本", _INT),
    _f("state", "State", "狀態", "状态", indexed=True, enum=PROPOSAL_STATES),
    _f("name", "Name", "名稱", "名称", text=True),
    _f("asset_class", "Equipment type", "設備類型", "设备类型", indexed=True),
    _f("storey_name", "Storey", "樓層", "楼层"),
    _f("distance", "Moved by", "移動距離", "移动距离", _NUMBER, unit="m"),
    _f("before", "Before", "之前", "之前", _JSON),
    _f("after", "After", "之後", "之后", _JSON),
    _f("decided_by", "Decided by", "決定人", "决定人"),
    _f("decided_at", "Decided at", "決定時間", "决定时间", _MOMENT),
    _f("reason", "Reason", "理由", "理由"),
    _REVISION,
)
_CHANGE = (
    _f("number", "Number", "編號", "编号", _INT, indexed=True), _f("at", "At", "時間", "时间", _MOMENT, indexed=True),
    _f("who", "Who", "操作人", "操作人", indexed=True), _f("why", "Why", "原因", "原因"), _f("what", "What", "操作", "操作", indexed=True),
    _f("collection", "Collection", "資料集", "数据集", indexed=True), _f("feature", "Row", "記錄", "记录", indexed=True),
    _f("asset", "Asset", "資產", "资产", indexed=True),
    _f("before", "Before", "之前", "之前", _JSON), _f("after", "After", "之後", "之后", _JSON),
    _f("previous", "Digest before", "上一摘要", "上一摘要"), _f("digest", "Digest", "摘要", "摘要", indexed=True),
    _f("batch", "Bulk edit", "批量修改", "批量修改", indexed=True),
)

DERIVED = {LOCATIONS: frozenset({"own_count", "total_count"})}
"""Fields that follow from other rows: they are kept up to date without an entry of their own."""


def collections(public: bool = False) -> tuple[Collection, ...]:
    """All of them, empty. Rows are in the storage CRS `OGC:CRS84` with HKPD heights, as those of building models.

    Args:
        public: whether everybody may read Assets, devices and locations; proposals are for readers alone, changes for the program.
    """
    return (
        _kept(ASSETS, "Asset register", "資產登記冊", "资产登记册", (*_ASSET, *PRESENT_FIELDS), public, levels=True, counted=_COUNTED),
        _kept(DEVICES, "Installed devices", "已安裝設備", "已安装设备", (*_DEVICE, *PRESENT_FIELDS), public, geometry=""),
        _kept(LOCATIONS, "Locations of assets", "資產位置", "资产位置", (*_LOCATION, *PRESENT_FIELDS), public),
        _kept(PROPOSALS, "Proposed changes to assets", "資產變更建議", "资产变更建议", _PROPOSAL, False),
        _kept(CHANGES, "Changes of assets", "資產變更記錄", "资产变更记录", _CHANGE, False, geometry="", kind=Kind.SYSTEM),
    )


def _kept(id: str, en: str, hant: str, hans: str, fields: tuple[Field, ...], public: bool, *, geometry: str = "geometry",
          levels: bool = False, kind: Kind = Kind.BIM, counted: tuple[tuple[str, ...], ...] = ()) -> Collection:
    schema = Schema(fields, geometry=geometry, levels=("base_level", "top_level") if levels else None, counted=counted)
    return Collection(id, {"en": en, "zh-Hant": hant, "zh-Hans": hans}, schema, "OGC:CRS84", "EPSG:5738" if geometry else "", kind,
                      keywords=("assets", "facility management"), public=public)
