"""Columns of a spreadsheet of Assets: what each is called, what it may hold, and who may change it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isclose
from typing import Any

from csdi.collection import Text
from csdi.errors import PropertyUnknown
from csdi.feature import Feature, Field, FieldType
from twin.handover.cells import Cell, Unreadable, narrow, value_of
from twin.register.rules import Rules
from twin.register.schemas import REVISION
from twin.register.validity import FIELDS, KEPT
from twin.register.values import slug

ID = "id"
ATTRIBUTE = "properties."
USUAL = (ID, REVISION, "tag", "name", "name_zh", "description", "asset_class", "category", "location", "parent", "status", "condition",
         "criticality", "installed_on", "commissioned_on", "warranty_end", "expected_life_years", "cost", "currency", "manufacturer",
         "product", "serial", "supplier", "uniclass", "omniclass", "building", "storey_name", "space_name", "system", "ifc_class",
         "global_id", "presence")
"""Columns of an export that names none; the attributes of the templates follow."""
FOLLOWING = KEPT | {"storey", "storey_name", "space", "space_name", "building", "site", "zones", "systems", "system", "ifc_class",
                    "predefined_type", "classifications", "easting", "northing", "base_level", "top_level", "box", "centroid"}
"""Fields that follow from the place, the model or the network: a spreadsheet shows them and does not change them."""
LOCKED = frozenset({ID, REVISION}) | FOLLOWING
_AS_WRITTEN = 1e-14
"""Relative: a workbook has 16 digits of a number."""
_ID_TITLE = {"en": "Id (do not change)", "zh-Hant": "識別碼（請勿更改）", "zh-Hans": "标识符（请勿更改）"}

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        name: what the import knows it by: a field of the register, or `properties.` with an attribute.
        titles: what people read, by language.
        choices: the only values that it may have; () for any.
        locked: whether it is only shown.
        free: whether no template says what it holds: the values that are there do.
    """

    name: str
    titles: Text
    type: FieldType = FieldType.STRING
    choices: tuple[str | int | float, ...] = ()
    locked: bool = False
    free: bool = False

    @property
    def attribute(self) -> str:
        """The attribute that it holds, "" for a field."""
        return self.name.removeprefix(ATTRIBUTE) if self.name.startswith(ATTRIBUTE) else ""

    def title(self, language: str) -> str:
        """Its title in a language, with the unit where there is one."""
        return self.titles.get(language) or self.titles.get("en") or self.name

    def value(self, properties: Mapping[str, Any]) -> Any:
        """Its value in the row of an Asset."""
        if self.attribute:
            return (properties.get("properties") or {}).get(self.attribute)
        return properties.get(self.name)


class Columns:
    """The columns that there can be, by the rules of an installation."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._by_title: dict[str, str] = {}
        self._known = {one.name: one for one in (*_fields(rules), *_attributes(rules))}
        for one in self._known.values():
            for language in ("en", "zh-Hant", "zh-Hans"):
                self._by_title.setdefault(_folded(one.title(language)), one.name)

    def find(self, text: str) -> Column | None:
        """The column that a heading stands for: its name, or its title in any language; None where it is neither."""
        said = text.strip()
        if said.startswith(ATTRIBUTE) and len(said) > len(ATTRIBUTE) and said not in self._known:
            return Column(said, {"en": said.removeprefix(ATTRIBUTE)}, free=True)
        return self._known.get(said) or self._known.get(self._by_title.get(_folded(said), ""))

    def named(self, names: Sequence[str]) -> list[Column]:
        """The columns of these names; `id` and `revision` lead. Raises PropertyUnknown."""
        wanted = [ID, REVISION, *(name for name in names if name not in (ID, REVISION))]
        found = [(name, self.find(name)) for name in dict.fromkeys(wanted)]
        if missing := [name for name, one in found if one is None]:
            raise PropertyUnknown(f"there is no column '{missing[0][:60]}'", property=missing[0][:60],
                                  remedy=f"such as {', '.join(USUAL[2:12])}")
        return [one for _, one in found if one is not None]

    def usual(self, classes: Iterable[str]) -> list[Column]:
        """The usual columns, and the attributes that the templates of these classes ask for."""
        asked = dict.fromkeys(f"{ATTRIBUTE}{one.key}" for name in classes if name in self._rules.classes
                              for one in self._rules.classes[name].attributes)
        return [self._known[name] for name in (*USUAL, *asked)]


def read_cell(column: Column, cell: Cell, before: Any = None) -> Any:
    """The value that a cell of a column stands for; `before` tells the type of attributes of no template. Raises Unreadable."""
    if column.choices and isinstance(cell, str):
        said = narrow(cell)
        by_text = {str(one).casefold(): one for one in column.choices}
        if not said:
            return None
        if (found := by_text.get(said.casefold(), by_text.get(slug(said)))) is not None:
            return found
        raise Unreadable(f"one of {', '.join(map(str, column.choices[:12]))}")
    if column.free and before is None and isinstance(cell, (int, float)):
        return cell
    value = value_of(cell, _type_of(before) if column.free and before is not None else column.type)
    if value is not None and column.choices and value not in column.choices:
        raise Unreadable(f"one of {', '.join(map(str, column.choices[:12]))}")
    return value


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same to whoever reads them in a spreadsheet."""
    if isinstance(one, str) or isinstance(other, str):
        return bool(_read(one) == _read(other))
    if isinstance(one, float) or isinstance(other, float):
        return one is not None and other is not None and bool(isclose(one, other, rel_tol=_AS_WRITTEN))
    return bool(one == other)


def printable(text: str) -> str:
    """Text as a cell can hold it: without control characters, each line ending in LF."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in plain if c in "\t\n" or not (ord(c) < 32 or 0xD800 <= ord(c) < 0xE000 or ord(c) in (0xFFFE, 0xFFFF)))


class LocationNames:
    """What locations are called in a spreadsheet: the names from the site down, and the id where two are called the same."""

    def __init__(self, rows: Iterable[Feature]) -> None:
        kept = {row.id: row.properties for row in rows}
        self.by_id: dict[str, str] = {}
        self._ids: dict[str, str] = {}
        twice: dict[str, list[str]] = {}
        for id, p in kept.items():
            chain = [str((kept.get(part) or {}).get("name") or part) for part in str(p.get("path") or id).split("/")]
            twice.setdefault(printable(" / ".join(chain)).strip(), []).append(id)
        for name, ids in twice.items():
            for id in ids:
                self.by_id[id] = name if len(ids) == 1 else f"{name} [{id}]"
                self._ids[_folded(self.by_id[id])] = id
        short: dict[str, list[str]] = {}
        for id, p in kept.items():
            short.setdefault(_folded(str(p.get("name") or "")), []).append(id)
        self._short = {name: ids[0] for name, ids in short.items() if len(ids) == 1 and name}

    def id(self, said: str) -> str | None:
        """The id of a location that is called by its id, by its names from the site down, or by a name that it alone has."""
        text = said.strip()
        if text in self.by_id:
            return text
        return self._ids.get(_folded(text)) or self._short.get(_folded(text))


def _fields(rules: Rules) -> Iterable[Column]:
    yield Column(ID, _ID_TITLE, locked=True)
    for field in (one for one in FIELDS.values() if one.name != "properties"):
        choices = tuple(rules.categories) if field.name == "category" else field.enum
        yield Column(field.name, _titled(field), field.type, choices, field.name in LOCKED)


def _attributes(rules: Rules) -> Iterable[Column]:
    for found in rules.classes.values():
        for one in found.attributes:
            unit = f" ({one.unit})" if one.unit else ""
            names = {language: f"{name}{unit}" for language, name in one.names.items()}
            yield Column(f"{ATTRIBUTE}{one.key}", names, FieldType(one.type), tuple(one.enum))


def _titled(field: Field) -> Text:
    unit = f" ({field.unit})" if field.unit else ""
    return {language: f"{title}{unit}" for language, title in field.title.items()}


def _type_of(value: Any) -> FieldType:
    if isinstance(value, bool):
        return FieldType.BOOLEAN
    if isinstance(value, (int, float)):
        return FieldType.NUMBER
    return FieldType.JSON if isinstance(value, (dict, list)) else FieldType.STRING


def _read(value: Any) -> Any:
    return printable(value).strip() or None if isinstance(value, str) else value


def _folded(text: str) -> str:
    return " ".join(narrow(text).casefold().split())
