"""The process `indoor-route`: the way from one place of the site to another, by profile, as lines and instructions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from csdi.processes.description import GEOJSON, Input, Output, Process, Work, text

_LANGUAGES = ["en", "zh-Hant", "zh-Hans"]
_PROFILES = "walking, barrier-free, trolley, emergency"


def run(inputs: Mapping[str, Any], work: Work) -> Mapping[str, Any]:
    """The quickest way. Raises NotFound, ValueInvalid, AccessDenied."""
    from twin.wayfinding.asking import Asking, Wish
    wish = Wish(str(inputs["from"]), str(inputs["to"]), str(inputs.get("profile", "walking")), str(inputs.get("language", "en")),
                str(inputs.get("crs", "")))
    return {"route": Asking.of(work.services, work.principal).route(wish)}


def _text(id: str, title: Mapping[str, str], about: Mapping[str, str], usual: str = "", among: list[str] | None = None) -> Input:
    schema: dict[str, Any] = {"type": "string", "minLength": 1}
    schema |= ({"default": usual} if usual else {}) | ({"enum": among} if among else {})
    return Input(id, title, schema, least=0 if usual else 1, description=about)


_PLACE = text("Id of a space, element or asset, an asset's tag, the name of a space, 'easting,northing[,mPD]', 'longitude,latitude[,mPD]', "
              "'exit', or 'class:' and an asset class or IFC class, of which the nearest is taken.",
              "空間、構件或資產的識別碼、資產編號、空間名稱、「東坐標,北坐標[,mPD]」、「經度,緯度[,mPD]」、「exit」（最近出口），"
              "或「class:」加資產類別或 IFC 類別（取最近者）。",
              "空间、构件或资产的标识、资产编号、空间名称、“东坐标,北坐标[,mPD]”、“经度,纬度[,mPD]”、“exit”（最近出口），"
              "或“class:”加资产类别或 IFC 类别（取最近者）。")
PROCESS = Process(
    "indoor-route", text("Route through the site", "場內路線", "场内路线"),
    text("The quickest way through buildings and along the paths outside: through doors, by stairs, ramps, lifts and escalators, as far as "
         "the profile may use them and they are in service; lines with heights, and instructions in three languages.",
         "穿過建築物及沿戶外路徑的最快路線：經門、樓梯、斜道、升降機及扶手電梯（視乎所選方式可否使用及是否正常運作）；"
         "附帶高程的路線及三種語文的指示。",
         "穿过建筑物及沿户外路径的最快路线：经门、楼梯、坡道、电梯及自动扶梯（视所选方式可否使用及是否正常运行）；"
         "附带高程的路线及三种语文的指示。"),
    (_text("from", text("From", "起點", "起点"), _PLACE), _text("to", text("To", "終點", "终点"), _PLACE),
     _text("profile", text("Profile", "出行方式", "出行方式"),
           text(f"Who is on the way: {_PROFILES}, or another of the installation.", f"出行方式：{_PROFILES}，或系統另設的方式。",
                f"出行方式：{_PROFILES}，或系统另设的方式。"), "walking"),
     _text("language", text("Language", "語文", "语言"), text("Of the instructions.", "指示所用語文。", "指示所用语言。"),
           "en", _LANGUAGES),
     _text("crs", text("CRS", "坐標參考系統", "坐标参考系统"),
           text("CRS84 (heights above the ellipsoid) or EPSG:2326 (easting, northing, mPD).",
                "CRS84（橢球高）或 EPSG:2326（東、北、mPD）。",
                "CRS84（椭球高）或 EPSG:2326（东、北、mPD）。"), "CRS84", ["CRS84", "EPSG:2326"])),
    (Output("route", text("Route", "路線", "路线"), {"type": "object", "required": ["type", "features", "route"]}, media=GEOJSON),),
    run, keywords=("indoor navigation", "wayfinding", "evacuation"))
