"""Roles: which properties of a Collection say where a building begins and ends, which one it is and what it is called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from csdi.collection import Collection, Kind
from csdi.feature import Field, FieldType
from csdi.formats.solids import BODIES

STOREY_M = 3.2
"""The height of a storey where only their number is known."""
_FEET = {"[ft_i]": 0.3048, "[ft_us]": 1200 / 3937, "ft": 0.3048}
_NOT_LETTERS = re.compile(r"[\W_]+")
_HIGHEST_M, _LOWEST_M = 9000.0, -500.0
"""What lies beyond is a number that stands for none, such as 9999 or -999."""

_NAMES: Mapping[str, tuple[str, ...]] = {
    "base": ("baselevel", "baseheight", "basempd", "basehkpd", "base", "groundlevel", "groundheight", "groundmpd", "bottomlevel",
             "baseelevation", "groundelevation", "zmin", "minz", "hground", "基座高程", "底部高程", "地面高程"),
    "top": ("rooflevel", "topheight", "toplevel", "topmpd", "tophkpd", "top", "roofheightmpd", "roofmpd", "roofelevation", "topelevation",
            "maxelevation", "zmax", "maxz", "hroof", "頂部高程", "顶部高程", "天台高程"),
    "height": ("height", "buildingheight", "bldgheight", "bldght", "heightm", "hgt", "relheight", "relativeheight", "measuredheight",
               "heightaboveground", "renderheight", "roofheight", "建築物高度", "建筑高度", "高度"),
    "storeys": ("numabovegroundstoreys", "noofstoreys", "storeys", "storeycount", "numstoreys", "stories", "floors", "numfloors",
                "floorcount", "buildinglevels", "levels", "storeysaboveground", "層數", "层数", "樓層數"),
    "csuid": ("buildingcsuid", "csuid", "bldgcsuid", "buildingstructurecsuid"),
    "name": ("officialbuildingnameen", "englishname", "buildingnameen", "nameen", "buildingname", "name", "title", "officialbuildingnametc",
             "chinesename", "名稱", "名称"),
    "kind": ("buildingstructuretype", "structuretype", "typeofbuildingblock", "buildingtype", "kind", "type", "category", "class",
             "building"),
    "model": ("modelid",),
}
_NUMBERS = ("base", "top", "height", "storeys")
_NUMERIC = (FieldType.NUMBER, FieldType.INTEGER, FieldType.STRING)


@dataclass(frozen=True, slots=True)
class Role:
    """One property that has a meaning here: its name, and metres for each of its units."""

    field: str
    factor: float = 1.0

    def number(self, properties: Mapping[str, Any]) -> float | None:
        """Its value in metres, from a number or from text that is one; None where there is none that can be meant."""
        value = properties.get(self.field)
        if isinstance(value, bool) or value is None:
            return None
        try:
            found = float(value) * self.factor
        except (TypeError, ValueError):
            return None
        return found if _LOWEST_M < found < _HIGHEST_M else None


@dataclass(frozen=True, slots=True)
class Roles:
    """The properties of a Collection by their meaning; heights in metres, `base` and `top` above the height datum,
    `height` above the base; None where there is no such property."""

    base: Role | None = None
    top: Role | None = None
    height: Role | None = None
    storeys: Role | None = None
    csuid: Role | None = None
    name: Role | None = None
    kind: Role | None = None
    model: Role | None = None

    @classmethod
    def of(cls, collection: Collection) -> Roles:
        """By names, compared without case, underlines and spaces; levels of the schema come first."""
        plain: dict[str, Field] = {}
        for field in collection.schema.stored:
            plain.setdefault(_NOT_LETTERS.sub("", field.name.casefold()), field)
        found = {role: _role(plain, role, names) for role, names in _NAMES.items()}
        if collection.schema.levels:
            base, top = collection.schema.levels
            found |= {"base": Role(base), "top": Role(top)}
        return cls(**found)

    @property
    def has_heights(self) -> bool:
        """Whether anything says how high a building is."""
        return bool(self.top or self.height or self.storeys)

    def text(self, role: Role | None, properties: Mapping[str, Any]) -> str:
        """A property as text, "" for none."""
        value = properties.get(role.field) if role else None
        return "" if value is None else str(value).strip()


def is_city(collection: Collection) -> bool:
    """Whether a Collection is one of buildings that stand in three dimensions: bodies of their own, or polygons with heights."""
    if collection.kind is not Kind.LAYER or collection.details.get("surfaces_of"):
        return False
    areas = "polygon" in collection.schema.geometry or collection.schema.geometry == "geometry"
    return bool(collection.details.get(BODIES)) or (areas and Roles.of(collection).has_heights)


def _role(plain: Mapping[str, Field], role: str, names: tuple[str, ...]) -> Role | None:
    for name in names:
        field = plain.get(name)
        if field is not None and (role not in _NUMBERS or field.type in _NUMERIC):
            return Role(field.name, _FEET.get(field.unit, 1.0) if role in _NUMBERS else 1.0)
    return None
