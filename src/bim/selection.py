"""Selecting objects of a model by IfcOpenShell's selector syntax, evaluated on the rows of its tables.

Syntax: https://docs.ifcopenshell.org/ifcopenshell-python/selector_syntax.html. Groups are joined by `+`; in a group, classes
and GlobalIds add objects, `!` takes them away, and every other filter narrows: `IfcWall, !IfcWallStandardCase,
Pset_WallCommon.FireRating=/[12]h/, material=Concrete, location="Level 2"`. A pattern must fit from the start of the value. It is a
regular expression of XML Schema, with `^` in front and `$` behind if wanted: matched in time that grows with the text alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bim.ids.pattern import PatternInvalid, pattern
from bim.ifc import derived_classes
from bim.tables import ModelTables
from csdi.errors import FilterInvalid
from csdi.feature import Feature

_TOKEN = re.compile(r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<pattern>/(?:[^/\\]|\\.)*/)|(?P<sign>!\*=|\*=|!=|>=|<=|=|>|<|,|\+|!|\.)"""
                    r"""|(?P<number>[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w$.]))"""
                    r"""|(?P<word>[^\s,+!=<>*."/]+(?:[ ]+[^\s,+!=<>*."/]+)*|\*))""")
_GLOBAL_ID = re.compile(r"[0-3][0-9A-Za-z_$]{21}")
_CLASS = re.compile(r"Ifc[A-Za-z0-9]+")
_SIGNS = ("=", "!=", ">", ">=", "<", "<=", "*=", "!*=")
_ATTRIBUTES = {"Name": "name", "LongName": "long_name", "Description": "description", "ObjectType": "object_type", "Tag": "tag",
               "PredefinedType": "predefined_type", "GlobalId": "global_id", "class": "ifc_class"}
_RELATED = {"type": ("type_name",), "material": ("materials",), "location": ("containment",), "group": ("groups", "systems", "zones"),
            "parent": ("part_of", "host"), "classification": ("classifications",)}

Row = Mapping[str, Any]
Test = Callable[[Row], bool]


@dataclass(frozen=True, slots=True)
class _Value:
    """What a filter compares with: text, number, boolean, nothing, or a pattern."""

    text: str
    is_pattern: bool = False
    is_quoted: bool = False

    def equals(self, found: Any) -> bool:
        if self.is_pattern:
            return found is not None and pattern(_from_start(self.text)).matches(str(found))
        if not self.is_quoted and self.text.upper() in ("NULL", "TRUE", "FALSE"):
            return found is {"NULL": None, "TRUE": True, "FALSE": False}[self.text.upper()]
        if isinstance(found, (int, float)) and not isinstance(found, bool):
            return _number(self.text) == found
        return found is not None and str(found) == self.text


@dataclass(frozen=True, slots=True)
class _Group:
    """Objects of these classes or GlobalIds, without those, that pass all tests."""

    classes: tuple[str, ...]
    without: tuple[str, ...]
    keys: frozenset[str]
    tests: tuple[Test, ...]

    def holds(self, row: Row, schema: str) -> bool:
        kind = str(row.get("ifc_class") or "").upper()
        wanted = row.get("global_id") in self.keys or any(kind in derived_classes(schema, name) for name in self.classes)
        if (self.classes or self.keys) and not wanted:
            return False
        if any(kind in derived_classes(schema, name) for name in self.without):
            return False
        return all(test(row) for test in self.tests)


@dataclass(frozen=True, slots=True)
class Selector:
    """A parsed selector."""

    text: str
    groups: tuple[_Group, ...]

    def holds(self, row: Row, schema: str) -> bool:
        """Whether the row of a table is selected."""
        return any(group.holds(row, schema) for group in self.groups)

    def rows(self, tables: ModelTables, schema: str) -> list[Feature]:
        """The rows of all tables but types that are selected, each object once, in the order of the tables."""
        found: dict[str, Feature] = {}
        for part, rows in tables.parts.items():
            if part != "types":
                found |= {row.id: row for row in rows if row.id not in found and self.holds(row.properties, schema)}
        return list(found.values())


def parse_selector(text: str) -> Selector:
    """The selector that the text states.

    Raises:
        FilterInvalid: the text does not follow the syntax; says where.
    """
    return Selector(text, tuple(_group([one for one in _split(parts, ",") if one], text) for parts in _split(_parts(text), "+")))


Part = tuple[str, str]


def _parts(text: str) -> list[Part]:
    found: list[Part] = []
    at = 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _invalid(text, f"'{text[at:at + 20].strip()}' is not understood at character {at + 1}")
        kind = str(match.lastgroup)
        found.append((kind, match[kind]))
        at = match.end()
    return found


def _split(parts: Iterable[Part], sign: str) -> Iterator[list[Part]]:
    now: list[Part] = []
    for part in parts:
        if part == ("sign", sign):
            yield now
            now = []
        else:
            now.append(part)
    yield now


def _group(filters: list[list[Part]], text: str) -> _Group:
    classes, without, keys, tests = list[str](), list[str](), set[str](), list[Test]()
    for parts in filters:
        negated = parts[0] == ("sign", "!")
        rest = parts[1:] if negated else parts
        if len(rest) == 1 and rest[0][0] == "word" and _CLASS.fullmatch(rest[0][1]):
            (without if negated else classes).append(rest[0][1])
        elif len(rest) == 1 and rest[0][0] == "word" and _GLOBAL_ID.fullmatch(rest[0][1]):
            if negated:
                tests.append(lambda row, key=rest[0][1]: row.get("global_id") != key)  # type: ignore[misc]
            else:
                keys.add(rest[0][1])
        elif rest:
            tests.append(_test(rest, text))
    if not (classes or keys or tests):
        raise _invalid(text, "a group selects nothing")
    return _Group(tuple(classes), tuple(without), frozenset(keys), tuple(tests))


def _test(parts: list[Part], text: str) -> Test:
    place = next((number for number, part in enumerate(parts) if part[0] == "sign" and part[1] in _SIGNS), None)
    if place is None or place == 0 or place != len(parts) - 2:
        raise _invalid(text, f"'{''.join(part[1] for part in parts)}' is no class, GlobalId or comparison")
    names = [_plain(part) for part in parts[:place] if part != ("sign", ".")]
    return _compared(_reader(names, text), parts[place][1], _value(parts[-1]))


def _reader(names: list[_Value], text: str) -> Callable[[Row], list[Any]]:
    """What the filter looks at: one value, or several of which any may fit."""
    if len(names) == 1:
        name = names[0].text
        if name in _RELATED:
            return lambda row: [one for field in _RELATED[name] for one in _told(row.get(field))]
        return lambda row: [row.get(_ATTRIBUTES.get(name, name))]
    if len(names) != 2:
        raise _invalid(text, "a property is named Set.Property")
    return lambda row: _properties(row, names[0], names[1])


def _properties(row: Row, set_name: _Value, name: _Value) -> list[Any]:
    both = {**(row.get("psets") or {}), **(row.get("quantities") or {})}
    found = [value for key, values in both.items() if set_name.equals(key) for own, value in values.items() if name.equals(own)]
    return found or [None]


def _told(value: Any) -> list[Any]:
    """Names and ids of what a relation field tells."""
    if value is None:
        return []
    if isinstance(value, Mapping):
        return [one for key in ("name", "id", "code", "identification", "class", "system") if (one := value.get(key)) is not None]
    return [one for part in value for one in _told(part)] if isinstance(value, list) else [value]


def _compared(read: Callable[[Row], list[Any]], sign: str, value: _Value) -> Test:
    def passes(found: Any) -> bool:
        if sign == "=":
            return value.equals(found)
        if sign == "*=":
            return found is not None and value.text in str(found)
        number, limit = _number(found), _number(value.text)
        if number is None or limit is None:
            return False
        return {">": number > limit, ">=": number >= limit, "<": number < limit, "<=": number <= limit}[sign]
    if sign.startswith("!"):
        positive = _compared(read, sign[1:], value)
        return lambda row: not positive(row)
    return lambda row: any(passes(found) for found in read(row) or [None])


def _number(value: Any) -> float | None:
    try:
        return None if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None


def _value(part: Part) -> _Value:
    return _plain(part)


def _plain(part: Part) -> _Value:
    kind, said = part
    if kind == "text":
        return _Value(re.sub(r"\\(.)", r"\1", said[1:-1]), is_quoted=True)
    if kind == "pattern":
        return _Value(_parsed(said[1:-1].replace("\\/", "/")), is_pattern=True)
    return _Value(said.strip())


def _parsed(text: str) -> str:
    try:
        pattern(_from_start(text))
    except PatternInvalid as error:
        raise _invalid(f"/{text}/", f"the pattern is none of XML Schema: {error}") from error
    return text


def _from_start(text: str) -> str:
    """The pattern of all texts that begin as this one says."""
    text = text.removeprefix("^")
    whole = text.endswith("$") and not text.endswith("\\$")
    return text[:-1] if whole else f"({text})(.|\\s)*"


def _invalid(text: str, why: str) -> FilterInvalid:
    return FilterInvalid(f"selector '{text}': {why}", field="select", value=text,
                        remedy="such as: IfcWall, Pset_WallCommon.FireRating=2h, location=\"Level 2\"")
