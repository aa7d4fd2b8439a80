"""The Collections of building models, with their fields in three languages."""

from __future__ import annotations

from csdi.collection import Collection, Kind
from csdi.feature import Field, FieldType, Schema
from csdi.history import PRESENT_FIELDS

_STORED_IN = "OGC:CRS84"
_HEIGHTS = "EPSG:5738"
_LEVELS = ("base_level", "top_level")


def elements_collection() -> Collection:
    """Everything in all models that is no spatial structure: physical elements, and openings, ports and so on by their role."""
    fields = (_f("role", FieldType.STRING, "Role", "角色", "角色", indexed=True,
                 enum=("element", "opening", "port", "annotation", "grid", "positioning", "structural", "other")),
              *_IDENTITY, *_PLACE, *_LINKS, *_DESCRIPTION, *_MEASURES,
              _f("volume", FieldType.NUMBER, "Volume of the shape", "形體體積", "形体体积", unit="m3"),
              _f("surface_area", FieldType.NUMBER, "Surface of the shape", "形體表面積", "形体表面积", unit="m2"),
              _f("has_shape", FieldType.BOOLEAN, "Has shape", "有形體", "有形体"),
              _f("tile", FieldType.JSON, "Tile", "圖磚", "瓦片"),
              _f("operation", FieldType.JSON, "How it opens", "開啟方式", "开启方式"))
    return _collection("elements", "Elements", "構件", "构件", fields)


def spaces_collection() -> Collection:
    """Rooms and other spaces of all models."""
    fields = (*_IDENTITY, *_PLACE, *_LINKS, *_DESCRIPTION, *_MEASURES,
              _f("area", FieldType.NUMBER, "Floor area", "樓面面積", "楼面面积", unit="m2"),
              _f("volume", FieldType.NUMBER, "Volume", "體積", "体积", unit="m3"),
              _f("surface_area", FieldType.NUMBER, "Surface of the shape", "形體表面積", "形体表面积", unit="m2"),
              _f("has_shape", FieldType.BOOLEAN, "Has shape", "有形體", "有形体"))
    return _collection("spaces", "Spaces", "空間", "空间", fields)


def storeys_collection() -> Collection:
    """Storeys of all models; the footprint is the hull of what the storey contains."""
    fields = (*_IDENTITY, *_PLACE, *_LINKS, *_DESCRIPTION, *_MEASURES,
              _f("elevation", FieldType.NUMBER, "Elevation in the model", "模型標高", "模型标高", unit="m"),
              _f("element_count", FieldType.INTEGER, "Elements", "構件數目", "构件数目"),
              _f("space_count", FieldType.INTEGER, "Spaces", "空間數目", "空间数目"))
    return _collection("storeys", "Storeys", "樓層", "楼层", fields)


def buildings_collection() -> Collection:
    """Sites, buildings, other facilities and their parts of all models; the footprint is the hull of what they contain."""
    fields = (*_IDENTITY, *_PLACE, *_LINKS, *_DESCRIPTION, *_EXTENT,
              _f("composition", FieldType.STRING, "Composition", "組成", "组成"),
              _f("address", FieldType.STRING, "Address", "地址", "地址", text=True))
    return _collection("buildings", "Buildings", "建築物", "建筑物", fields)


def systems_collection() -> Collection:
    """Systems and other groups of all models; the footprint is the hull of their members."""
    return _collection("systems", "Systems", "系統", "系统", (*_NAME, _OBJECT_TYPE, *_MEMBERS, *_DESCRIPTION, *_EXTENT))


def zones_collection() -> Collection:
    """Zones of all models, groups of spaces or places of their own; the footprint is the hull of their members."""
    of_their_own = (*_KIND, *_PLACE, *_LINKS)
    return _collection("zones", "Zones", "分區", "分区", (*_NAME, _OBJECT_TYPE, *of_their_own, *_MEMBERS, *_DESCRIPTION, *_EXTENT))


def types_collection() -> Collection:
    """Type objects of all models; they have no place."""
    fields = (*_NAME, _TAG,
              _f("element_type", FieldType.STRING, "Type in the user's words", "自訂類型", "自定义类型"),
              _f("applicable_occurrence", FieldType.STRING, "For occurrences of", "適用實例", "适用实例"),
              _f("occurrences", FieldType.JSON, "Occurrences", "實例", "实例"),
              _f("occurrence_count", FieldType.INTEGER, "Number of occurrences", "實例數目", "实例数目"),
              *_DESCRIPTION)
    return _collection("types", "Types", "類型", "类型", fields, levels=())


def models_collection() -> Collection:
    """Building models: one Feature per IFC file as read."""
    fields = (
        _f("name", FieldType.STRING, "Name", "名稱", "名称", text=True, indexed=True),
        _f("title", FieldType.JSON, "Title", "標題", "标题"),
        _f("project", FieldType.STRING, "Project", "項目", "项目", text=True),
        _f("file", FieldType.STRING, "File", "檔案", "文件"),
        _f("sha256", FieldType.STRING, "SHA-256 of the file", "檔案雜湊值", "文件哈希值", indexed=True),
        _f("schema", FieldType.STRING, "IFC schema", "IFC 綱要", "IFC 模式", indexed=True),
        _f("originating_system", FieldType.STRING, "Written by", "製作軟件", "制作软件"),
        _f("time_stamp", FieldType.STRING, "Written at", "製作時間", "制作时间"),
        _f("placement", FieldType.STRING, "Placement", "定位", "定位", indexed=True, enum=("georeferenced", "local")),
        _f("placement_reason", FieldType.STRING, "Why it is placed so", "定位理由", "定位理由"),
        _f("crs", FieldType.STRING, "CRS", "坐標參考系統", "坐标参考系统"),
        _f("vertical_crs", FieldType.STRING, "Height datum", "高程基準", "高程基准"),
        _f("accuracy_class", FieldType.STRING, "Accuracy class", "精度等級", "精度等级"),
        _f("georeference", FieldType.JSON, "Georeference", "地理參照", "地理参照"),
        _f("counts", FieldType.JSON, "Counts", "數目", "数目"),
        _f("findings", FieldType.JSON, "Findings", "發現", "发现"),
        _f("units", FieldType.JSON, "Units", "單位", "单位"),
        _f("tileset", FieldType.STRING, "Tileset", "三維圖磚集", "三维瓦片集"),
        _f("tiles", FieldType.JSON, "Tiles", "圖磚資料", "瓦片资料"),
        _f("elements", FieldType.INTEGER, "Elements", "構件數目", "构件数目"),
        _f("finding_count", FieldType.INTEGER, "Number of findings", "發現數目", "发现数目"),
        _f("version", FieldType.INTEGER, "Version", "版本", "版本"),
        _f("changes", FieldType.JSON, "Changes since the version before", "與上一版本的差異", "与上一版本的差异"),
        _f("kept", FieldType.STRING, "What the next version is compared with", "供下一版本比較的資料", "供下一版本比较的资料"),
        _f("job", FieldType.STRING, "Loaded by job", "載入作業", "载入作业"),
        _f("base_level", FieldType.NUMBER, "Base level", "最低水平", "最低标高", unit="m"),
        _f("top_level", FieldType.NUMBER, "Top level", "最高水平", "最高标高", unit="m"),
        _f("added", FieldType.DATETIME, "Added", "加入時間", "加入时间"),
    )
    return _collection("models", "Building models", "建築模型", "建筑模型", fields)


def bim_collections() -> tuple[Collection, ...]:
    """All of them, in the order in which they are created."""
    return (models_collection(), buildings_collection(), storeys_collection(), spaces_collection(), zones_collection(),
            systems_collection(), types_collection(), elements_collection())


def _collection(id: str, en: str, hant: str, hans: str, fields: tuple[Field, ...],
                levels: tuple[str, str] | tuple[()] = _LEVELS) -> Collection:
    return Collection(
        id=id,
        title={"en": en, "zh-Hant": hant, "zh-Hans": hans},
        schema=Schema((*fields, *PRESENT_FIELDS), geometry="geometry", levels=levels or None),
        storage_crs=_STORED_IN,
        vertical_crs=_HEIGHTS,
        kind=Kind.BIM,
        keywords=("BIM", "IFC"),
    )


def _f(name: str, kind: FieldType, en: str, hant: str, hans: str, *, unit: str = "", indexed: bool = False, text: bool = False,
       enum: tuple[str, ...] = ()) -> Field:
    return Field(name, kind, {"en": en, "zh-Hant": hant, "zh-Hans": hans}, unit=unit, indexed=indexed, text=text, enum=enum)


_OBJECT_TYPE = _f("object_type", FieldType.STRING, "Object type", "物件類型", "对象类型")
_TAG = _f("tag", FieldType.STRING, "Tag", "標籤", "标签", text=True)
_NAME = (
    _f("model", FieldType.STRING, "Model", "模型", "模型", indexed=True),
    _f("global_id", FieldType.STRING, "GlobalId", "全域識別碼", "全局标识符", indexed=True),
    _f("ifc_class", FieldType.STRING, "IFC class", "IFC 類別", "IFC 类别", indexed=True, text=True),
    _f("predefined_type", FieldType.STRING, "Predefined type", "預定類型", "预定义类型"),
    _f("name", FieldType.STRING, "Name", "名稱", "名称", indexed=True, text=True),
    _f("long_name", FieldType.STRING, "Long name", "全名", "全名", text=True),
    _f("description", FieldType.STRING, "Description", "說明", "说明"),
)
_KIND = (
    _TAG,
    _f("type_name", FieldType.STRING, "Type", "類型", "类型", text=True),
    _f("type_id", FieldType.STRING, "GlobalId of the type", "類型識別碼", "类型标识符"),
)
_IDENTITY = (*_NAME, _OBJECT_TYPE, *_KIND)
_PLACE = (
    _f("storey", FieldType.STRING, "GlobalId of the storey", "樓層識別碼", "楼层标识符", indexed=True),
    _f("storey_name", FieldType.STRING, "Storey", "樓層", "楼层"),
    _f("space", FieldType.STRING, "GlobalId of the space", "空間識別碼", "空间标识符"),
    _f("building", FieldType.STRING, "Building", "建築物", "建筑物"),
    _f("site", FieldType.STRING, "Site", "地盤", "场地"),
    _f("containment", FieldType.JSON, "Containment", "空間層級", "空间层级"),
)
_LINKS = (
    _f("host", FieldType.STRING, "Host", "宿主構件", "宿主构件"),
    _f("openings", FieldType.JSON, "Openings", "開口", "开口"),
    _f("filled_by", FieldType.JSON, "Filled by", "填充構件", "填充构件"),
    _f("part_of", FieldType.JSON, "Part of", "所屬組合", "所属组合"),
    _f("parts", FieldType.JSON, "Parts", "組成部分", "组成部分"),
    _f("ports", FieldType.JSON, "Ports", "接口", "接口"),
    _f("port_of", FieldType.STRING, "Port of", "所屬構件", "所属构件"),
    _f("connected_to", FieldType.JSON, "Connected to", "連接至", "连接至"),
    _f("referenced_in", FieldType.JSON, "Also reaches", "亦涉及", "亦涉及"),
    _f("bounds", FieldType.JSON, "Spaces that it bounds", "所界定的空間", "所界定的空间"),
    _f("layers", FieldType.JSON, "Layers", "圖層", "图层"),
)
_MEMBERS = (
    _f("members", FieldType.JSON, "Members", "成員", "成员"),
    _f("member_count", FieldType.INTEGER, "Number of members", "成員數目", "成员数目"),
    _f("serves", FieldType.JSON, "Serves", "服務範圍", "服务范围"),
)
_DESCRIPTION = (
    _f("materials", FieldType.JSON, "Materials", "材料", "材料"),
    _f("systems", FieldType.JSON, "Systems", "系統", "系统"),
    _f("zones", FieldType.JSON, "Zones", "分區", "分区"),
    _f("groups", FieldType.JSON, "Other groups", "其他組別", "其他组别"),
    _f("documents", FieldType.JSON, "Documents", "文件", "文档"),
    _f("classifications", FieldType.JSON, "Classifications", "分類", "分类"),
    _f("psets", FieldType.JSON, "Property sets", "屬性集", "属性集"),
    _f("quantities", FieldType.JSON, "Quantities (SI)", "數量（國際單位）", "数量（国际单位）"),
    _f("measures", FieldType.JSON, "Values with units, in SI and as stated", "帶單位的數值", "带单位的数值"),
)
_EXTENT = (
    _f("base_level", FieldType.NUMBER, "Base level (mPD)", "底部水平（主水平基準以上米）", "底部标高（香港主水平基准以上米）", unit="m"),
    _f("top_level", FieldType.NUMBER, "Top level (mPD)", "頂部水平（主水平基準以上米）", "顶部标高（香港主水平基准以上米）", unit="m"),
    _f("easting", FieldType.NUMBER, "Easting (HK1980 Grid)", "東坐標（香港1980方格網）", "东坐标（香港1980方格网）", unit="m"),
    _f("northing", FieldType.NUMBER, "Northing (HK1980 Grid)", "北坐標（香港1980方格網）", "北坐标（香港1980方格网）", unit="m"),
    _f("box", FieldType.JSON, "Box (HK1980 Grid, mPD)", "三維範圍框", "三维范围框"),
)
_MEASURES = (
    *_EXTENT,
    _f("centroid", FieldType.JSON, "Centre of the box (HK1980 Grid, mPD)", "中心點", "中心点"),
    _f("length", FieldType.NUMBER, "Length of the box", "長度", "长度", unit="m"),
    _f("width", FieldType.NUMBER, "Width of the box", "寬度", "宽度", unit="m"),
    _f("height", FieldType.NUMBER, "Height of the box", "高度", "高度", unit="m"),
)
