"""Closed lists of ISO 19115 that a Record uses, with their words in three languages."""

from __future__ import annotations

from collections.abc import Mapping


def _table(*rows: tuple[str, str, str, str]) -> Mapping[str, Mapping[str, str]]:
    return {code: {"en": en, "zh-Hant": hant, "zh-Hans": hans} for code, en, hant, hans in rows}


FREQUENCIES = _table(
    ("continual", "Continually", "持續更新", "持续更新"),
    ("daily", "Daily", "每日", "每日"),
    ("weekly", "Weekly", "每週", "每周"),
    ("fortnightly", "Every two weeks", "每兩週", "每两周"),
    ("monthly", "Monthly", "每月", "每月"),
    ("quarterly", "Quarterly", "每季", "每季"),
    ("biannually", "Twice a year", "每半年", "每半年"),
    ("annually", "Yearly", "每年", "每年"),
    ("asNeeded", "As needed", "按需要", "按需要"),
    ("irregular", "Irregularly", "不定期", "不定期"),
    ("notPlanned", "Not planned", "不擬更新", "不拟更新"),
    ("unknown", "Unknown", "不詳", "不详"),
)
"""MD_MaintenanceFrequencyCode of ISO 19115."""

TOPICS = _table(
    ("farming", "Farming", "農業", "农业"),
    ("biota", "Biota", "生物", "生物"),
    ("boundaries", "Boundaries", "界線", "界线"),
    ("climatologyMeteorologyAtmosphere", "Climate and weather", "氣候及氣象", "气候及气象"),
    ("economy", "Economy", "經濟", "经济"),
    ("elevation", "Elevation", "高程", "高程"),
    ("environment", "Environment", "環境", "环境"),
    ("geoscientificInformation", "Geoscience", "地質科學", "地质科学"),
    ("health", "Health", "衞生", "卫生"),
    ("imageryBaseMapsEarthCover", "Imagery, base maps, land cover", "影像、底圖及土地覆蓋", "影像、底图及土地覆盖"),
    ("intelligenceMilitary", "Military", "軍事", "军事"),
    ("inlandWaters", "Inland waters", "內陸水域", "内陆水域"),
    ("location", "Locations", "位置", "位置"),
    ("oceans", "Oceans", "海洋", "海洋"),
    ("planningCadastre", "Planning and cadastre", "規劃及地籍", "规划及地籍"),
    ("society", "Society", "社會", "社会"),
    ("structure", "Buildings and structures", "建築物及構築物", "建筑物及构筑物"),
    ("transportation", "Transport", "運輸", "运输"),
    ("utilitiesCommunication", "Utilities and communication", "公用設施及通訊", "公用设施及通信"),
)
"""MD_TopicCategoryCode of ISO 19115."""

ROLES = frozenset({"resourceProvider", "custodian", "owner", "user", "distributor", "originator", "pointOfContact",
                   "principalInvestigator", "processor", "publisher", "author"})
"""CI_RoleCode of ISO 19115."""

REFERENCE_NAMES = {
    "EPSG:2326": {"zh-Hant": "香港一九八零方格網", "zh-Hans": "香港一九八零方格网"},
    "EPSG:5738": {"en": "Hong Kong Principal Datum", "zh-Hant": "香港主水平基準", "zh-Hans": "香港主水平基准"},
    "EPSG:2326+5738": {"en": "Hong Kong 1980 Grid with heights above Hong Kong Principal Datum",
                       "zh-Hant": "香港一九八零方格網及香港主水平基準以上高程", "zh-Hans": "香港一九八零方格网及香港主水平基准以上高程"},
    "OGC:CRS84": {"en": "WGS 84, longitude and latitude", "zh-Hant": "WGS 84 經緯度", "zh-Hans": "WGS 84 经纬度"},
    "EPSG:4326": {"zh-Hant": "WGS 84 經緯度", "zh-Hans": "WGS 84 经纬度"},
    "EPSG:4490": {"zh-Hant": "2000國家大地坐標系", "zh-Hans": "2000国家大地坐标系"},
    "EPSG:3857": {"zh-Hant": "WGS 84 網絡墨卡托", "zh-Hans": "WGS 84 网络墨卡托"},
}
"""Names that the registry does not have, or has only in short."""
