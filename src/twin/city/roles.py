"""Roles: which properties of a Collection say where a building begins and ends, which one it is and what it is called."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from csdi.collection import Collection, Kind
from csdi.feature import Field, FieldType
from csdi.formats.solids import BODIES
from twin.city.attributes import FOOT_M, items, lengths

STOREY_M = 3.2
"""The height of a storey where only their number is known."""
_FEET = {"[ft_i]": FOOT_M, "[ft_us]": 1200 / 3937, "ft": FOOT_M}
_ENDINGS = {"m": 1.0, "metres": 1.0, "meters": 1.0, "米": 1.0, "ft": FOOT_M, "feet": FOOT_M, "呎": FOOT_M}
"""Units at the end of names."""
_CUT = 10
"""Characters that a name in a Shapefile has at most."""
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
    """One property that has a meaning here.

    Attributes:
        factor: metres for each of its units, where a value names none.
        lowest: which of several values counts, the least or the greatest.
    """

    field: str
    factor: float = 1.0
    lowest: bool = False

    def number(self, properties: Mapping[str, Any]) -> float | None:
        """Its value in metres, as `lengths` reads it; None where there is none that can be meant."""
        found = [one for one in lengths(properties.get(self.field), self.factor) if _LOWEST_M < one < _HIGHEST_M]
        return (min if self.lowest else max)(found, default=None)


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
        """By names, compared without case, underlines and spaces, then with a unit at their end, then as a Shapefile cuts them;
        levels of the schema come first."""
        plain: dict[str, Field] = {}
        for field in collection.schema.stored:
            plain.setdefault(_NOT_LETTERS.sub("", field.name.casefold()), field)
        found = {role: _role(plain, role, names) for role, names in _NAMES.items()}
        if collection.schema.levels:
            base, top = collection.schema.levels
            found |= {"base": Role(base, lowest=True), "top": Role(top)}
        return cls(**found)

    @property
    def has_heights(self) -> bool:
        """Whether anything says how high a building is."""
        return bool(self.top or self.height or self.storeys)

    def text(self, role: Role | None, properties: Mapping[str, Any]) -> str:
        """A property as text, "" for none; several values with strokes between."""
        return " / ".join(items(properties.get(role.field))) if role else ""


def is_city(collection: Collection) -> bool:
    """Whether a Collection is one of buildings that stand in three dimensions: bodies of their own, or polygons with heights."""
    if collection.kind is not Kind.LAYER or collection.details.get("surfaces_of"):
        return False
    areas = "polygon" in collection.schema.geometry or collection.schema.geometry == "geometry"
    return bool(collection.details.get(BODIES)) or (areas and Roles.of(collection).has_heights)


def _role(plain: Mapping[str, Field], role: str, names: tuple[str, ...]) -> Role | None:
    for name, factor in _spellings(plain, names, measured=role in _NUMBERS):
        field = plain.get(name)
        if field is not None and (role not in _NUMBERS or field.type in _NUMERIC):
            return Role(field.name, _FEET.get(field.unit, factor) if role in _NUMBERS else 1.0, lowest=role == "base")
    return None


def _spellings(plain: Mapping[str, Field], names: tuple[str, ...], *, measured: bool) -> Iterator[tuple[str, float]]:
    """How a field may be called, the best first, and metres for its unit."""
    yield from ((name, 1.0) for name in names)
    if measured:
        yield from ((name + ending, factor) for name in names for ending, factor in _ENDINGS.items())
    cut = [short for short, field in plain.items() if len(field.name) == _CUT]
    yield from ((short, 1.0) for name in names for short in cut if len(name) > len(short) and name.startswith(short))
