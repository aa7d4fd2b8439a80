"""The words of the API's own pages in three languages."""

from __future__ import annotations

_TABLE: dict[str, tuple[str, str, str]] = {
    "home": ("Start", "首頁", "首页"),
    "map": ("Map and twin", "地圖及孿生", "地图与孪生"),
    "collections": ("Collections", "資料集", "数据集"),
    "conformance": ("Conformance", "符合性", "一致性"),
    "api": ("API definition", "API 定義", "API 定义"),
    "item_list": ("Items", "項目", "要素"),
    "item": ("Item", "項目", "要素"),
    "schema": ("Schema", "綱要", "模式"),
    "queryables": ("Queryables", "可查詢屬性", "可查询属性"),
    "next": ("Next page", "下一頁", "下一页"),
    "first": ("First page", "第一頁", "第一页"),
    "of": ("of", "／共", "／共"),
    "shown": ("shown", "已顯示", "已显示"),
    "as_json": ("as JSON", "JSON 格式", "JSON 格式"),
    "title": ("Title", "標題", "标题"),
    "description": ("Description", "說明", "说明"),
    "keywords": ("Keywords", "關鍵字", "关键词"),
    "extent": ("Extent (west, south, east, north)", "範圍（西、南、東、北）", "范围（西、南、东、北）"),
    "storage_crs": ("Storage CRS", "儲存坐標系", "存储坐标系"),
    "crs": ("Offered CRSs", "可用坐標系", "可用坐标系"),
    "links": ("Links", "連結", "链接"),
    "use_it": ("Use it", "如何使用", "如何使用"),
    "property": ("Property", "屬性", "属性"),
    "value": ("Value", "值", "值"),
    "type": ("Type", "類型", "类型"),
    "unit": ("Unit", "單位", "单位"),
    "geometry": ("Geometry", "幾何", "几何"),
    "coordinates": ("Coordinates", "坐標", "坐标"),
    "problem": ("Problem", "問題", "问题"),
    "remedy": ("What to do", "處理方法", "处理方法"),
    "code": ("Code", "代碼", "代码"),
    "parameters": ("Parameters", "參數", "参数"),
    "try_filter": ("Try a filter", "試用篩選", "试用筛选"),
    "filter_hint": ("CQL2 text, for example", "CQL2 文字，例如", "CQL2 文本，例如"),
    "none": ("There is nothing here yet.", "暫無資料。", "暂无数据。"),
    "classes": ("What this server promises", "本伺服器符合的標準類別", "本服务器符合的标准类"),
}

WORDS: dict[str, dict[str, str]] = {
    language: {name: texts[index] for name, texts in _TABLE.items()} for index, language in enumerate(("en", "zh-Hant", "zh-Hans"))}
"""Language -> name -> word."""
