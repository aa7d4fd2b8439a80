"""Words of IMDF: feature types with their members and categories (OGC 20-094), and the categories that names lead to."""

from __future__ import annotations

import re
from collections.abc import Mapping

TYPES = ("address", "amenity", "anchor", "building", "detail", "fixture", "footprint", "geofence", "kiosk", "level", "occupant",
         "opening", "relationship", "section", "unit", "venue")
GEOMETRIES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("fixture", "footprint", "geofence", "kiosk", "level", "section", "unit", "venue"), ("Polygon", "MultiPolygon")),
    **dict.fromkeys(("amenity", "anchor"), ("Point",)), **dict.fromkeys(("detail",), ("LineString", "MultiLineString")),
    "opening": ("LineString",), **dict.fromkeys(("address", "building", "occupant", "relationship"), ()),
}
"""Types of geometry of each feature type; none where it is null."""

_SHOWN = "name alt_name display_point"
_OF_PEOPLE = "hours phone website"
MEMBERS: Mapping[str, tuple[str, ...]] = {type: tuple(names.split()) for type, names in {
    "address": "address unit locality province country postal_code postal_code_ext postal_code_vanity",
    "amenity": f"category accessibility name alt_name {_OF_PEOPLE} unit_ids address_id correlation_id",
    "anchor": "address_id unit_id",
    "building": f"category restriction {_SHOWN} address_id",
    "detail": "level_id",
    "fixture": f"category {_SHOWN} anchor_id level_id",
    "footprint": "category name building_ids",
    "geofence": f"category restriction accessibility {_SHOWN} correlation_id building_ids level_ids parents",
    "kiosk": f"{_SHOWN} anchor_id level_id",
    "level": "category restriction outdoor ordinal name short_name display_point address_id building_ids",
    "occupant": f"category name anchor_id {_OF_PEOPLE} validity correlation_id",
    "opening": f"category accessibility access_control door {_SHOWN} level_id",
    "relationship": "category direction origin intermediary destination hours",
    "section": f"category restriction accessibility {_SHOWN} level_id address_id correlation_id parents",
    "unit": f"category restriction accessibility {_SHOWN} level_id",
    "venue": f"category restriction {_SHOWN} hours phone website address_id",
}.items()}
"""Members of `properties` of each feature type; all of them are written, those without a value as null."""

FILLED: Mapping[str, tuple[str, ...]] = {
    "address": ("address", "locality", "country"), "amenity": ("category", "unit_ids"), "anchor": ("unit_id",), "building": ("category",),
    "detail": ("level_id",), "fixture": ("category", "level_id"), "footprint": ("category", "building_ids"), "geofence": ("category",),
    "kiosk": ("level_id",), "level": ("category", "outdoor", "ordinal", "name", "short_name"),
    "occupant": ("category", "name", "anchor_id"), "opening": ("category", "level_id"), "relationship": ("category", "direction"),
    "section": ("category", "level_id"), "unit": ("category", "level_id"), "venue": ("category", "name", "display_point", "address_id"),
}
"""Members that are never null."""

CATEGORIES: Mapping[str, frozenset[str]] = {type: frozenset(words.split()) for type, words in {
    "venue": "airport airport.intl aquarium businesscampus casino communitycenter conventioncenter governmentfacility healthcarefacility "
             "hotel museum parkingfacility resort retailstore shoppingcenter stadium stripmall theater themepark trainstation "
             "transitstation university",
    "building": "parking transit transit.bus transit.train unspecified",
    "footprint": "aerial ground subterranean",
    "level": "arrivals arrivals.domestic arrivals.intl departures departures.domestic departures.intl parking transit unspecified",
    "unit": "auditorium brick classroom column concrete conferenceroom drywall elevator escalator fieldofplay firstaid fitnessroom "
            "foodservice footbridge glass huddleroom kitchen laboratory library lobby lounge mailroom mothersroom movietheater "
            "movingwalkway nonpublic office opentobelow parking phoneroom platform privatelounge ramp recreation restroom "
            "restroom.family restroom.female restroom.female.wheelchair restroom.male restroom.male.wheelchair restroom.transgender "
            "restroom.transgender.wheelchair restroom.unisex restroom.unisex.wheelchair restroom.wheelchair road room serverroom shower "
            "smokingarea stairs steps storage structure terrace theater unenclosedarea unspecified vegetation waitingroom walkway "
            "walkway.island wood",
    "opening": "automobile bicycle emergencyexit pedestrian pedestrian.principal pedestrian.transit service",
    "fixture": "baggagecarousel boardinggate.desk checkin.desk checkin.kiosk desk equipment furniture immigration.desk inspection.desk "
               "obstruction securityequipment stage vegetation wall water",
    "section": "baggageclaim baggageclaim.intl carrental checkin concessions dutyfree eatingdrinking gatearea immigration information "
               "parking platform postsecurity presecurity private retail security servicearea ticketing walkway",
    "geofence": "concourse geofence paidarea platform postsecurity presecurity terminal underconstruction",
    "relationship": "elevator escalator movingwalkway ramp stairs traversal traversal.path",
    "amenity": "atm babychanging baggagecarousel baggageclaim baggagestorage boardinggate checkin elevator escalator firstaid "
               "fireextinguisher firealarmpullstation immigration information lostandfound mothersroom movingwalkway parking platform "
               "police prayerroom privatelounge ramp restroom restroom.family restroom.female restroom.male restroom.unisex "
               "restroom.wheelchair security.checkpoint shower smokingarea stairs taxi bus eatingdrinking foodservice drinkingfountain "
               "defibrillator ticketing unspecified",
    "occupant": "airline airportloungebar atm bank bar cafe canteen clinic conveniencestore currencyexchange dutyfree foodcourt office "
                "pharmacy restaurant shopping",
}.items()}
"""Categories that are written, of those of the standard; `amenity`, `section` and `occupant` are the part that models lead to."""


def _rules(text: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Lines `category: words` as patterns, in order; the first that is found in a name counts."""
    lines = (line.split(":", 1) for line in text.strip().splitlines())
    return tuple((re.compile(rf"(?:{words.strip()})", re.IGNORECASE), category.strip()) for category, words in lines)


_UNITS = _rules(r"""
    restroom.wheelchair: accessible (?:toilet|wc|washroom|lavatory)|暢通易達洗手間|傷殘|残疾|无障碍卫生间
    mothersroom: nursing|baby ?care|育嬰|哺[集乳]|母乳|母婴
    restroom.female: \b(?:female|women|ladies|woman)\b|女洗手間|女廁|女卫生间
    restroom.male: \b(?:male|men|gents|man)(?:'s)?\b.*(?:toilet|wc|washroom)|男洗手間|男廁|男卫生间
    restroom: toilet|\bwc\b|washroom|restroom|lavatory|洗手間|廁所|卫生间
    elevator: \b(?:lift|elevator)\b(?! ?machine)|升降機(?!房)|電梯(?!機房)
    escalator: escalator|扶手電梯|自動扶梯
    stairs: \bstairs?(?:case|well)?\b|樓梯|楼梯
    ramp: \bramp\b(?! op)|斜道|坡道
    parking: parking|car ?park|泊車|停車|停车
    platform: platform|月台|站台
    privatelounge: (?:airline|vip|business|first class) lounge|貴賓室|贵宾室
    waitingroom: (?:gate|departure|boarding) lounge|waiting|候機|候机|等候
    foodservice: food court|restaurant|canteen|caf[eé]|cafeteria|美食|餐廳|食堂|餐厅
    kitchen: kitchen|pantry|廚房|茶水|厨房
    firstaid: first ?aid|clinic|medical|急救|診所|诊所
    serverroom: server|data ?cent|\bcomms?\b|tel(?:e)?com|電訊|伺服器|弱電|机房
    nonpublic: plant|pump|switch|chiller|tank|ahu|transformer|generator|electrical|mechanical|refuse|riser|\bducts?\b|shaft|machine room
    nonpublic: 泵房|機房|電掣|水缸|垃圾|管井
    storage: stor(?:e|age)\b|\bstores?\b|貯物|儲物|倉|仓库|储藏
    conferenceroom: meeting|conference|會議|会议
    office: office|control (?:room|centre)|辦公|辦事|办公|控制中心
    smokingarea: smoking|吸煙|吸烟
    shower: shower|淋浴|沐浴
    library: library|圖書|图书
    classroom: class ?room|training|課室|培訓|教室
    laboratory: laborator|實驗|实验
    lounge: lounge|living|休息|客廳|客厅
    walkway: corridor|concourse|passage|tunnel|link ?bridge|hallway|走廊|通道|隧道|客運廊
    lobby: lobby|\bhall\b|foyer|entrance|plaza|大堂|門廳|大厅|廣場
    terrace: terrace|balcon|平台|露台
    road: road|driveway|loading|行車|卸貨|车道
    opentobelow: void|atrium above|open to below|中空
""")
_AMENITIES = _rules(r"""
    restroom.wheelchair: accessible (?:toilet|wc|washroom)|暢通易達洗手間|傷殘
    restroom.female: \b(?:female|women|ladies)\b|女洗手間|女廁
    restroom.male: \b(?:male|men|gents)(?:'s)?\b.*(?:toilet|wc|washroom)|男洗手間|男廁
    restroom: toilet|\bwc\b|washroom|restroom|洗手間|廁所
    mothersroom: nursing|baby ?care|育嬰
    baggageclaim: (?:baggage|luggage) (?:reclaim|claim)|行李認領|行李提取
    checkin: check-?in|值機|登機手續
    boardinggate: gate lounge|boarding gate|候機室|登機門
    security.checkpoint: security (?:screening|check)|transfer security|保安檢查|安全检查
    immigration: immigration|入境檢查|離境檢查|出入境
    prayerroom: prayer|祈禱|祈祷
    privatelounge: (?:airline|vip) lounge|貴賓室
    lostandfound: lost (?:property|and found)|失物
    firstaid: first ?aid|clinic|急救|診所
    information: information|enquir|詢問處|问讯
    platform: platform|月台
    foodservice: food court|restaurant|caf[eé]|美食|餐廳
    smokingarea: smoking|吸煙
    parking: parking|泊車|停車
""")
_FIXTURES = _rules(r"""
    checkin.kiosk: check-?in kiosk|自助登記
    checkin.desk: check-?in|值機|登機櫃
    baggagecarousel: (?:reclaim|baggage|luggage).*(?:belt|carousel)|carousel|行李帶|行李輸送|行李转盘
    boardinggate.desk: (?:boarding|gate).*(?:desk|counter)|登機門櫃
    immigration.desk: (?:immigration|passport).*(?:desk|counter)|出入境櫃
    inspection.desk: (?:customs|inspection).*(?:desk|counter)|海關櫃
    securityequipment: x-?ray|scanner|security (?:gate|lane)|安檢
    desk: desk|counter|reception|櫃檯|櫃枱|接待
    vegetation: plant(?:er| box)|\btree\b|盆栽|花槽
""")
_SECTIONS = _rules(r"""
    postsecurity: airside|禁區|离境候机
    presecurity: landside|非禁區|公眾區
    immigration: customs|immigration|海關|出入境
    retail: retail|shops?\b|購物|商店
    parking: parking|泊車|停車
    private: staff|restricted|員工
""")
_OCCUPANTS = _rules(r"""
    dutyfree: duty.?free|免稅|免税
    foodcourt: food court|美食廣場
    canteen: canteen|員工餐廳|食堂
    restaurant: restaurant|餐廳|餐厅
    cafe: caf[eé]|coffee|咖啡
    pharmacy: pharmacy|藥房|药房
    currencyexchange: (?:currency|money) exchange|找換|兑换
    bank: \bbank\b|銀行|银行
    conveniencestore: convenience|便利店
    airline: airline (?:lounge|office)|航空公司
    shopping: \bshops?\b|retail|購物|商店
""")
_VENUES = _rules(r"""
    airport: airport|terminal\b.*(?:passenger|air)|passenger terminal|機場|機场|客運大樓|航站
    parkingfacility: car ?park|parking|停車場|停车场
    healthcarefacility: hospital|clinic|醫院|医院
    university: university|college|大學|学院
    trainstation: railway station|train station|車站|火车站
    shoppingcenter: shopping|mall\b|商場|购物
    hotel: hotel|酒店
    museum: museum|博物館
""")
_LEVELS = _rules(r"""
    departures: check-?in|departure|值機|離境|出发
    arrivals: arrival|reclaim|接機|入境|行李認領|到达
    parking: parking|泊車|停車
""")


def _first(rules: tuple[tuple[re.Pattern[str], str], ...], said: str, otherwise: str) -> str:
    return next((category for pattern, category in rules if pattern.search(said)), otherwise)


def unit_category(said: str) -> str:
    """The category of a room by its names, `room` where they tell nothing."""
    return _first(_UNITS, said, "room")


def amenity_category(said: str) -> str:
    """What a room offers to visitors, "" for nothing."""
    return _first(_AMENITIES, said, "")


def fixture_category(said: str) -> str:
    """The category of a piece of furniture or equipment."""
    return _first(_FIXTURES, said, "")


def section_category(said: str) -> str:
    """The category of a zone, "" where its name tells none."""
    return _first(_SECTIONS, said, "")


def occupant_category(said: str) -> str:
    """The business in a room, "" where there is none."""
    return _first(_OCCUPANTS, said, "")


def venue_category(said: str) -> str:
    """The category of a venue, `businesscampus` where its names tell none."""
    return _first(_VENUES, said, "businesscampus")


def level_category(said: str) -> str:
    """What the names of the rooms of a level say of it."""
    return _first(_LEVELS, said, "unspecified")
