"""A made-up airport of assets: columns of numbers from a seed, and the rows of the register that they stand for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from csdi.crs import transform
from csdi.feature import Feature

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

CLASSES = (
    ("luminaire", "燈具", 24.0), ("diffuser", "風口", 14.0), ("socket", "插座", 11.0), ("sprinkler", "灑水頭", 10.0),
    ("detector", "探測器", 8.0), ("valve", "閥門", 6.0), ("damper", "風閥", 4.5), ("sensor", "傳感器", 4.0),
    ("door", "門", 3.5), ("fan-coil", "風機盤管", 3.0), ("speaker", "揚聲器", 2.0), ("camera", "攝像機", 1.6),
    ("basin", "洗手盆", 1.2), ("toilet", "座廁", 1.0), ("hose-reel", "消防喉轆", 0.8), ("panel", "配電箱", 0.7),
    ("fan", "風機", 0.6), ("access-point", "接入點", 0.6), ("pump", "水泵", 0.4), ("meter", "儀表", 0.4),
    ("ahu", "空氣處理機", 0.3), ("tank", "水箱", 0.25), ("switchgear", "開關櫃", 0.2), ("ups", "不間斷電源", 0.15),
    ("lift", "升降機", 0.1), ("escalator", "自動梯", 0.08), ("boiler", "鍋爐", 0.05), ("transformer", "變壓器", 0.05),
    ("cooling-tower", "冷卻塔", 0.04), ("chiller", "製冷機", 0.02), ("generator", "發電機", 0.02), ("crane", "吊機", 0.01))
"""Key, Chinese word and weight of each class of equipment."""
MAKERS = ("Kaitak", "Lantau", "Nimbus", "Harbour", "Victoria", "Lion Rock", "Peak", "Tolo", "Sai Kung", "Castle")
DUTIES = ("supply", "return", "standby", "emergency", "main", "booster", "smoke", "chilled", "potable", "drainage")
DUTIES_ZH = ("供應", "回流", "備用", "應急", "主", "增壓", "排煙", "冷凍", "食水", "排水")
STATUSES = ("planned", "in-service", "under-repair", "out-of-service", "retired")
EPOCH = date(2020, 1, 1)
BUILDINGS, STOREY_M, ROOMS = 60, 6.0, 26
_BATCH = 20_000


@dataclass(frozen=True, slots=True)
class World:
    """Columns of n assets. Places are boxes in longitude and latitude (OGC:CRS84) with HKPD levels in metres.

    Attributes:
        boxes: (n, 6) west, south, low, east, north, high.
        kind, building, storey, room, maker, duty, status, condition, criticality, system: codes; storeys and rooms count on through
            all buildings.
        warranty: days after `EPOCH`, -1 for no warranty.
        power: kW of its property set; nan where it has none.
    """

    boxes: Floats
    kind: Ints
    building: Ints
    storey: Ints
    room: Ints
    maker: Ints
    duty: Ints
    status: Ints
    condition: Ints
    criticality: Ints
    system: Ints
    warranty: Ints
    power: Floats

    def __len__(self) -> int:
        return len(self.kind)


def world(count: int, seed: int = 8) -> World:
    """So many assets of an airport, the same ones every time."""
    chance = np.random.default_rng(seed)
    storeys_of = chance.integers(3, 9, BUILDINGS)
    first_storey = np.concatenate([[0], np.cumsum(storeys_of)])
    storey = chance.integers(0, first_storey[-1], count)
    building = np.searchsorted(first_storey, storey, side="right") - 1
    weights = np.array([weight for *_, weight in CLASSES])
    kind = chance.choice(len(CLASSES), count, p=weights / weights.sum())
    across, along = chance.random(count), chance.random(count)
    east = 808_000 + 420.0 * (building % 10) + 200 * across
    north = 818_000 + 300.0 * (building // 10) + 150 * along
    low = 5.0 + STOREY_M * (storey - first_storey[building]) + chance.uniform(0, 5, count)
    size = chance.uniform(0.1, 2.0, (count, 3))
    room = storey * ROOMS + (across * 13).astype(np.int64) * 2 + (along * 2).astype(np.int64)
    return World(
        _boxes(east, north, low, size), kind, building, storey, room, chance.integers(0, len(MAKERS), count),
        chance.integers(0, len(DUTIES), count), chance.choice(5, count, p=[0.05, 0.85, 0.04, 0.03, 0.03]),
        chance.choice([1, 2, 3, 4, 5], count, p=[0.3, 0.3, 0.25, 0.1, 0.05]), chance.integers(1, 6, count),
        building * 8 + chance.integers(0, 8, count), np.where(chance.random(count) < 0.8, chance.integers(0, 5000, count), -1),
        np.where(chance.random(count) < 0.5, np.round(chance.gamma(2.0, 5.0, count), 2), np.nan))


def _boxes(east: Floats, north: Floats, low: Floats, size: Floats) -> Floats:
    longitude, latitude = transform("EPSG:2326", "OGC:CRS84").xy(east, north)[:2]
    width, depth = size[:, 0] / 103_000, size[:, 1] / 110_700
    return np.column_stack([longitude, latitude, low, longitude + width, latitude + depth, low + size[:, 2]])


def names(found: World, index: int) -> tuple[str, str]:
    """English and Chinese name of an asset."""
    kind, duty = CLASSES[found.kind[index]], int(found.duty[index])
    return f"{DUTIES[duty]} {kind[0].replace('-', ' ')} {index % 97}", f"{DUTIES_ZH[duty]}{kind[1]}{index % 97}號"


def global_id(index: int) -> str:
    """A GlobalId of its own for each asset."""
    letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_$"
    mixed, text = index * 2_654_435_761 % 2**32 * 2**20 + index, ""
    for _ in range(21):
        mixed, digit = divmod(mixed, 64)
        text += letters[digit]
    return f"0{text}"


def features(found: World) -> Iterator[Feature]:
    """The rows of the register, a batch at a time so that memory stays bounded."""
    for start in range(0, len(found), _BATCH):
        part = slice(start, start + _BATCH)
        boxes = found.boxes[part]
        shapes = shapely.box(boxes[:, 0], boxes[:, 1], boxes[:, 3], boxes[:, 4])
        for offset, shape in enumerate(shapes):
            index = start + offset
            yield Feature(f"a-{index:012x}", shape, properties(found, index))


def properties(found: World, index: int) -> dict[str, Any]:
    """The properties of one asset."""
    kind, building, storey, room = (int(column[index]) for column in (found.kind, found.building, found.storey, found.room))
    name, name_zh = names(found, index)
    power, days, system = float(found.power[index]), int(found.warranty[index]), int(found.system[index])
    return {
        "tag": f"B{building:02d}-{CLASSES[kind][0][:3].upper()}-{index:07d}", "name": name, "name_zh": name_zh,
        "asset_class": CLASSES[kind][0], "category": ("electrical", "hvac", "fire", "plumbing")[kind % 4], "ifc_class": f"IFC{kind:02d}",
        "model": f"b{building:02d}", "global_id": global_id(index), "element": f"b{building:02d}:{global_id(index)}", "presence": "present",
        "storey": f"storey-{storey:04d}", "storey_name": f"L{storey:03d}", "space": f"space-{room:05d}", "space_name": f"Room {room}",
        "building": f"B{building:02d}", "site": "HKIA", "location": f"space-{room:05d}",
        "location_path": f"HKIA/B{building:02d}/storey-{storey:04d}/space-{room:05d}", "system": f"SYS-{system:03d}",
        "status": STATUSES[int(found.status[index])], "condition": int(found.condition[index]),
        "criticality": int(found.criticality[index]), "warranty_end": None if days < 0 else (EPOCH + timedelta(days=days)).isoformat(),
        "manufacturer": MAKERS[int(found.maker[index])],
        "product": f"{MAKERS[int(found.maker[index])][:2].upper()}-{100 + kind}", "serial": f"{index * 7919 % 10**9:09d}",
        "properties": {"Pset_Duty": {"Duty": DUTIES[int(found.duty[index])]}, "Qto": {"Weight": index % 900}}
        | ({} if np.isnan(power) else {"Pset_Power": {"Power": power}}),
        "base_level": float(found.boxes[index, 2]), "top_level": float(found.boxes[index, 5]), "revision": 1,
        "since_version": 1, "valid_from": "2026-01-01T00:00:00Z"}
