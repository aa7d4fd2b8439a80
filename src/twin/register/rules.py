"""Rules of the register: which parts of a model are Assets, of which class, and what the template of a class asks for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from typing import Any

from bim.ifc import derived_classes
from bim.selection import Selector
from csdi.collection import Text

LATEST = "IFC4X3_ADD2"
VALUE_TYPES = ("string", "number", "integer", "boolean", "date")
_KIND = re.compile(r"^(?!.*(system|fire|host|connection|material)).*(type|typ|category|categorie|kategorie|class|klasse|family|familie|"
                   r"kind|soort|類型|类型|類別|类别|種類|种类|設備名稱|设备名称)$", re.I)
"""Names of properties that say what something is."""
_LONGEST_KIND = 100
_DIGITS = re.compile(r"\d+")
_MOST_ALIKE = 50_000
TAG_PARTS = ("site", "building", "storey", "space", "system", "code", "asset_class", "model", "number")

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a template.

    Attributes:
        names: short name by language.
        unit: UCUM code, "" where the value is no quantity.
        type: one of `VALUE_TYPES`.
        required: whether an Asset of the class must have it; what is missing is a Finding.
        enum: the values that it may have; () for any.
        sources: where a model states it, the first source first: `Set.Property` with wildcards, or `@field`.
    """

    key: str
    names: Text
    unit: str = ""
    type: str = "string"
    required: bool = False
    enum: tuple[str | float, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Match:
    """What an element must be; what is left empty is not asked.

    Attributes:
        ifc: IFC classes, with all that is derived from them; the class of its type counts as well.
        predefined: predefined types.
        words: one of these in its name, its type's name, its object type, or what its properties say of its kind; `*`
            at an end stands for more letters.
        systems: predefined types of its systems (in capitals), or words in their names.
        select: a selector over its row.
    """

    ifc: tuple[str, ...] = ()
    predefined: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()
    systems: tuple[str, ...] = ()
    select: Selector | None = None

    @cached_property
    def _spoken(self) -> re.Pattern[str] | None:
        return pattern_of(self.words)

    @cached_property
    def _systems(self) -> tuple[frozenset[str], re.Pattern[str] | None]:
        return system_test(self.systems)

    @cached_property
    def reads_no_numbers(self) -> bool:
        """Whether it is all the same for it which numbers stand in words."""
        return self.select is None and not any(c.isdigit() for word in (*self.words, *self.systems) for c in word)

    def may_fit(self, element: Described) -> bool:
        """Whether elements of its classes can be one of these."""
        return not self.ifc or any(kind in _family(element.schema, name) for kind in element.kinds for name in self.ifc)

    def fits(self, element: Described) -> bool:
        """Whether an element that may fit is one of these."""
        if self.predefined and element.predefined not in self.predefined:
            return False
        if self._spoken is not None and not self._spoken.search(element.words):
            return False
        if self.systems and not element.is_in(*self._systems):
            return False
        return self.select is None or self.select.holds(element.row, element.schema)


@dataclass(frozen=True, slots=True)
class AssetClass:
    """A class of equipment: what it is called, which elements are of it, and its template.

    Attributes:
        key: `pump`; what `asset_class` of an Asset says.
        terms: other words that people look for.
        category: discipline; where `follows_system`, that of the element's system comes first.
        code: for tags: `PMP`.
        life: years that it is expected to last; None where that is not known.
        uniclass, omniclass: codes, "" for none.
    """

    key: str
    names: Text
    category: str
    code: str
    matches: tuple[Match, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    terms: tuple[str, ...] = ()
    follows_system: bool = False
    criticality: int | None = None
    life: float | None = None
    uniclass: str = ""
    omniclass: str = ""
    tag: str = ""
    status: str = ""

    @property
    def words(self) -> str:
        """All that it is called, in all languages, for the search."""
        return " ".join(dict.fromkeys((*self.names.values(), *self.terms)))


@dataclass(frozen=True)
class Category:
    """A discipline.

    Attributes:
        systems: predefined types of systems that belong to it.
        words: words in names of systems that belong to it.
        omniclass: code of its products in general.
    """

    key: str
    names: Text
    systems: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()
    omniclass: str = ""

    @cached_property
    def spoken(self) -> re.Pattern[str] | None:
        """What finds one of its words."""
        return pattern_of(self.words)


@dataclass(frozen=True, slots=True)
class LayerRule:
    """A layer whose features are Assets.

    Attributes:
        layer: id of the Collection.
        asset_class: the class, or a property in braces.
        classes: value of that property -> class; others are left out. {} where the value is the class.
        where: CQL2 text; "" for all features.
        key: what tells a feature when the layer is published again, with properties in braces; "" for its id.
        fields: field of the register -> text with properties in braces; `level` is the height in mPD.
    """

    layer: str
    asset_class: str
    classes: Mapping[str, str] = field(default_factory=dict)
    where: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    key: str = ""


@dataclass(frozen=True)
class Rules:
    """A whole set of rules.

    Attributes:
        tag: template of tags: `{building}-{storey}-{code}-{number:04d}`.
        status: of a new Asset.
        move_tolerance: metres that the centre of an element may move before that is a proposal.
        sources: field of the register -> where a model states it.
        skip: elements that are never Assets.
        classes: by key; the first one that fits counts.
    """

    tag: str
    status: str
    move_tolerance: float
    sources: Mapping[str, tuple[str, ...]]
    categories: Mapping[str, Category]
    classes: Mapping[str, AssetClass]
    layers: tuple[LayerRule, ...] = ()
    skip: tuple[Match, ...] = ()
    _classes: dict[tuple[Any, ...], AssetClass | None] = field(default_factory=dict, compare=False)
    """Classes of elements that differ in nothing but numbers in their words."""
    _by_kind: dict[tuple[str, tuple[str, ...]], list[tuple[AssetClass | None, Match]]] = field(default_factory=dict, compare=False)

    def class_of(self, element: Described) -> AssetClass | None:
        """The class of an element; None where it is no Asset."""
        candidates = self._candidates(element)
        if not candidates or not all(match.reads_no_numbers for _, match in candidates):
            return _first(candidates, element)
        alike = (element.schema, element.kinds, element.predefined, _without_numbers(element.words), _without_numbers(element.system_names),
                 element.system_types)
        if alike not in self._classes:
            if len(self._classes) >= _MOST_ALIKE:
                self._classes.clear()
            self._classes[alike] = _first(candidates, element)
        return self._classes[alike]

    def _candidates(self, element: Described) -> list[tuple[AssetClass | None, Match]]:
        """What elements of its classes can be, in order; None for what is no Asset."""
        key = (element.schema, element.kinds)
        if key not in self._by_kind:
            every: list[tuple[AssetClass | None, Match]] = [*((None, match) for match in self.skip),
                     *((one, match) for one in self.classes.values() for match in one.matches)]
            self._by_kind[key] = [(one, match) for one, match in every if match.may_fit(element)]
        return self._by_kind[key]

    def category_of(self, found: AssetClass, element: Described) -> str:
        """The discipline of an element of a class."""
        if found.follows_system and (element.system_types or element.system_names):
            for category in self.categories.values():
                if element.is_in(category.systems, category.spoken):
                    return category.key
        return found.category


@dataclass(frozen=True)
class Described:
    """An element as rules see it.

    Attributes:
        row: properties of its row in `elements`.
        schema: IFC schema of its model.
        type_class: IFC class of its type object, "" for none.
        system_types: predefined types of its systems and of its ports, in capitals.
    """

    row: Row
    schema: str
    type_class: str = ""
    system_types: frozenset[str] = frozenset()

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """Its own IFC class and the one that its type is for, in capitals."""
        own, typed = str(self.row.get("ifc_class") or "").upper(), self.type_class.upper()
        return (own, typed.removesuffix("STYLE").removesuffix("TYPE")) if typed else (own,)

    @cached_property
    def predefined(self) -> str:
        """Its predefined type in capitals."""
        return str(self.row.get("predefined_type") or "").upper()

    @cached_property
    def words(self) -> str:
        """Its name, its type's name, its object type, and what properties and classifications say of its kind, in lower case."""
        names = (str(self.row.get(name) or "") for name in ("name", "type_name", "object_type"))
        codes = (str(one.get("name") or "") for one in self.row.get("classifications") or ())
        kinds = (value for said in (self.row.get("psets") or {}).values() for name, value in said.items()
                 if isinstance(value, str) and len(value) <= _LONGEST_KIND and _says_kind(name))
        return " | ".join((*names, *codes, *kinds)).lower()

    @cached_property
    def system_names(self) -> str:
        """Names of its systems in lower case."""
        return " | ".join(str(one.get("name") or "") for one in self.row.get("systems") or ()).lower()

    def is_in(self, types: frozenset[str], spoken: re.Pattern[str] | None) -> bool:
        """Whether one of its systems is of these predefined types, or is called so."""
        return bool(types & self.system_types) or (spoken is not None and bool(spoken.search(self.system_names)))


@lru_cache(maxsize=10_000)
def _says_kind(name: str) -> bool:
    """Whether a property of this name says what something is."""
    return _KIND.search(name) is not None


def _first(candidates: Iterable[tuple[AssetClass | None, Match]], element: Described) -> AssetClass | None:
    return next((one for one, match in candidates if match.fits(element)), None)


def _without_numbers(text: str) -> str:
    """A text with one 0 in place of each number; words that have no digits are found in both alike."""
    return _DIGITS.sub("0", text)


def pattern_of(words: Iterable[str]) -> re.Pattern[str] | None:
    """What finds one of the words in a text of lower case; None for no words."""
    parts = [_word(word.lower()) for word in words]
    return re.compile("|".join(parts)) if parts else None


def system_test(systems: Iterable[str]) -> tuple[frozenset[str], re.Pattern[str] | None]:
    """Predefined types of systems, which are in capitals, and what finds the other words."""
    given = tuple(systems)
    types = frozenset(one for one in given if one.isascii() and one.isupper())
    return types, pattern_of(one for one in given if one not in types)


def _word(word: str) -> str:
    """A word with limits: letters may go on only where a `*` says so, or with an s. Chinese has no limits."""
    bare = word.strip("*")
    head = "(?<![a-zà-ÿ])" if bare[:1].isascii() and bare[:1].isalnum() and not word.startswith("*") else ""
    tail = "s?(?![a-zà-ÿ])" if bare[-1:].isascii() and bare[-1:].isalnum() and not word.endswith("*") else ""
    return head + re.escape(bare) + tail


@cache
def _family(schema: str, name: str) -> frozenset[str]:
    """Upper-case names of a class and all that is derived from it, in a schema and in the latest one."""
    found = {name.upper()}
    for one in {schema or LATEST, LATEST}:
        found |= derived_classes(one, name)
    return frozenset(found)
