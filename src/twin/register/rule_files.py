"""Rules of the register, read from YAML files; whatever is wrong is said with its file, line and field."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from string import Formatter
from typing import Any, TypeVar

import yaml

from bim.packs.reading import read_yaml
from bim.selection import Selector, parse_selector
from csdi.errors import CsdiError, PathMissing, ValueInvalid
from csdi.filter import parse_text
from twin.register.rules import TAG_PARTS, VALUE_TYPES, AssetClass, Attribute, Category, LayerRule, Match, Rules
from twin.register.schemas import ASSETS, STATUSES, collections

LANGUAGES = ("en", "zh-Hant", "zh-Hans")
DEFAULT_FILES = ("general.yaml", "attributes.yaml", "hvac.yaml", "plumbing.yaml", "fire.yaml", "building.yaml", "electrical.yaml",
                 "other.yaml", "layers.yaml")
_ONLY_SOURCES = frozenset({"warranty_start", "warranty_period"})
_LAYER_ONLY = frozenset({"level", "storey", "building"})

Json = dict[str, Any]
Path_ = tuple[str | int, ...]
T = TypeVar("T")


@dataclass
class _Document:
    """One file: what it says, and on which line."""

    name: str
    said: Json
    lines: Mapping[Path_, int] = field(default_factory=dict)

    def fault(self, where: Path_, why: str, remedy: str = "") -> ValueInvalid:
        line = next((self.lines[where[:n]] for n in range(len(where), -1, -1) if where[:n] in self.lines), 1)
        named = ".".join(str(part) for part in where) or "document"
        return ValueInvalid(f"{self.name}: line {line}: {named}: {why}", field=named, line=line, remedy=remedy or "docs/assets.md, Rules",
                            file=self.name)


@lru_cache(maxsize=1)
def default_rules() -> Rules:
    """The rules that come with the program."""
    with as_file(files("twin") / "data" / "assets") as folder:
        return _rules([_document(folder / name) for name in DEFAULT_FILES])


def read_rules(path: str | Path = "") -> Rules:
    """The rules of a file, or of all `.yaml` files of a folder in the order of their names; "" for those of the program.

    A file that says `extends: default` comes before the program's own: its classes, layers and things to skip are tried first,
    and take the place of those of the same key.

    Raises:
        PathMissing: there is no such file.
        FileBroken, FileTooLarge: a file is no YAML, or is too large.
        ValueInvalid: a field is wrong; names file, line and field.
    """
    if not str(path):
        return default_rules()
    place = Path(path).expanduser()
    found = sorted(place.glob("*.yaml")) if place.is_dir() else [place] if place.is_file() else []
    if not found:
        raise PathMissing(f"there are no rules of assets at {place}", remedy="name a YAML file or a folder of them", file=str(place))
    own = [_document(one) for one in found]
    for one in own:
        if one.said.get("extends") not in (None, "default", "none"):
            raise one.fault(("extends",), "it is default or none")
    if any(one.said.get("extends") == "default" for one in own):
        with as_file(files("twin") / "data" / "assets") as folder:
            own += [_document(folder / name) for name in DEFAULT_FILES]
    return _rules(own)


def _document(path: Path) -> _Document:
    said = read_yaml(path)
    if not isinstance(said, dict):
        raise _Document(path.name, {}).fault((), "it is no mapping")
    one = _Document(path.name, said, _lines(yaml.compose(path.read_text(encoding="utf-8"))))
    known = {"extends", "tag", "status", "move_tolerance_m", "fields", "categories", "skip", "classes", "attributes", "layers"}
    for key in said:
        if key not in known:
            raise one.fault((key,), "there is no such field", f"known: {', '.join(sorted(known))}")
    return one


def _lines(node: Any, at: Path_ = ()) -> dict[Path_, int]:
    """Where each part of a document stands, counted from 1."""
    found = {at: node.start_mark.line + 1}
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            found |= _lines(value, (*at, key.value)) | {(*at, key.value): key.start_mark.line + 1}
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            found |= _lines(value, (*at, number))
    return found


def _rules(documents: Sequence[_Document]) -> Rules:
    """One set from several documents; of two that say the same key the first one counts."""
    shared = _first(documents, "attributes", _attribute)
    categories = _first(documents, "categories", _category)
    classes = _first(documents, "classes", lambda one, at, said: _asset_class(one, at, said, shared, categories))
    layers = tuple(_layer(one, ("layers", n), said, classes) for one in documents for n, said in _listed(one, ("layers",)))
    skip = tuple(_match(one, ("skip", n), said) for one in documents for n, said in _listed(one, ("skip",)))
    return Rules(_setting(documents, "tag", "{building}-{storey}-{code}-{number:04d}", _tag),
                 _setting(documents, "status", "in-service", _status), _setting(documents, "move_tolerance_m", 0.1, _tolerance),
                 _sources(documents), categories, classes, tuple({one.layer: one for one in reversed(layers)}.values()), skip)


def _first(documents: Iterable[_Document], name: str, read: Callable[[_Document, Path_, Any], T]) -> dict[str, T]:
    found: dict[str, T] = {}
    for one in documents:
        for key, said in _mapping(one, (name,), one.said.get(name)).items():
            if key not in found:
                found[key] = read(one, (name, key), said)
    return found


def _setting(documents: Iterable[_Document], name: str, usual: T, read: Callable[[_Document, Path_, Any], T]) -> T:
    return next((read(one, (name,), one.said[name]) for one in documents if name in one.said), usual)


def _sources(documents: Iterable[_Document]) -> dict[str, tuple[str, ...]]:
    known = {one.name for one in next(c for c in collections() if c.id == ASSETS).schema} | _ONLY_SOURCES
    found: dict[str, tuple[str, ...]] = {}
    for one in documents:
        for key in _mapping(one, ("fields",), one.said.get("fields")):
            if key not in known:
                raise one.fault(("fields", key), "the register has no such field")
            found[key] = tuple(dict.fromkeys((*found.get(key, ()), *_source_list(one, ("fields", key), one.said["fields"][key]))))
    return found


def _asset_class(one: _Document, at: Path_, said: Any, shared: Mapping[str, Attribute], categories: Mapping[str, Category]) -> AssetClass:
    known = ("names", "terms", "category", "follows_system", "code", "uniclass", "omniclass", "life", "criticality", "attributes",
             "required", "match", "tag", "status")
    given = _mapping(one, at, said, known)
    category = _text(one, (*at, "category"), given.get("category"))
    if category not in categories:
        raise one.fault((*at, "category"), f"there is no category '{category}'", f"known: {', '.join(categories)}")
    criticality, life = given.get("criticality"), given.get("life")
    if criticality not in (None, 1, 2, 3, 4, 5):
        raise one.fault((*at, "criticality"), "it is 1 to 5")
    if life is not None and (isinstance(life, bool) or not isinstance(life, (int, float)) or life <= 0):
        raise one.fault((*at, "life"), "it is a number of years")
    matches = tuple(_match(one, (*at, "match", n), each) for n, each in enumerate(_list(one, (*at, "match"), given.get("match"))))
    attributes = _attributes(one, at, given, shared)
    return AssetClass(
        str(at[-1]), _names(one, (*at, "names"), given.get("names")), category, _text(one, (*at, "code"), given.get("code")),
        matches, attributes,
        _words(one, (*at, "terms"), given.get("terms")), given.get("follows_system") is True, criticality, life,
        str(given.get("uniclass") or ""), str(given.get("omniclass") or categories[category].omniclass),
        _tag(one, (*at, "tag"), given["tag"]) if "tag" in given else "",
        _status(one, (*at, "status"), given["status"]) if "status" in given else "")


def _attributes(one: _Document, at: Path_, given: Json, shared: Mapping[str, Attribute]) -> tuple[Attribute, ...]:
    """Those of a template: a list of shared ones, or a mapping of its own."""
    said, required = given.get("attributes") or [], _words(one, (*at, "required"), given.get("required"))
    found = []
    for key in said:
        own = said[key] if isinstance(said, dict) else None
        if own is None and key not in shared:
            raise one.fault((*at, "attributes"), f"there is no attribute '{key}'", "describe it under attributes")
        attribute = _attribute(one, (*at, "attributes", key), own) if own is not None else shared[key]
        found.append(replace(attribute, required=attribute.required or key in required))
    if unknown := sorted(set(required) - {attribute.key for attribute in found}):
        raise one.fault((*at, "required"), f"'{unknown[0]}' is none of its attributes")
    return tuple(found)


def _attribute(one: _Document, at: Path_, said: Any) -> Attribute:
    given = _mapping(one, at, said, (*LANGUAGES, "unit", "type", "required", "enum", "from"))
    type = given.get("type", "string")
    if type not in VALUE_TYPES:
        raise one.fault((*at, "type"), f"it is one of {', '.join(VALUE_TYPES)}")
    return Attribute(str(at[-1]), _names(one, at, {tag: given.get(tag) for tag in LANGUAGES}), str(given.get("unit") or ""), type,
                     given.get("required") is True, tuple(_list(one, (*at, "enum"), given.get("enum"))),
                     _source_list(one, (*at, "from"), given.get("from")))


def _category(one: _Document, at: Path_, said: Any) -> Category:
    given = _mapping(one, at, said, (*LANGUAGES, "systems", "words", "omniclass"))
    return Category(str(at[-1]), _names(one, at, {tag: given.get(tag) for tag in LANGUAGES}),
                    frozenset(_words(one, (*at, "systems"), given.get("systems"))), _words(one, (*at, "words"), given.get("words")),
                    str(given.get("omniclass") or ""))


def _match(one: _Document, at: Path_, said: Any) -> Match:
    given = _mapping(one, at, said, ("ifc", "among", "predefined", "words", "systems", "select"))
    if not given:
        raise one.fault(at, "it would fit every element", "name ifc, among, words, systems or select")
    if "among" in given and not given.get("words"):
        raise one.fault((*at, "among"), "classes that stand for many things need words", "add words, or write ifc")
    classes = _words(one, (*at, "ifc"), given.get("ifc")) + _words(one, (*at, "among"), given.get("among"))
    for name in classes:
        if not name.startswith("Ifc"):
            raise one.fault((*at, "ifc"), f"'{name}' is no IFC class")
    return Match(classes, frozenset(name.upper() for name in _words(one, (*at, "predefined"), given.get("predefined"))),
                 _words(one, (*at, "words"), given.get("words")), _words(one, (*at, "systems"), given.get("systems")),
                 _selector(one, (*at, "select"), given["select"]) if "select" in given else None)


def _layer(one: _Document, at: Path_, said: Any, classes: Mapping[str, AssetClass]) -> LayerRule:
    given = _mapping(one, at, said, ("layer", "asset_class", "classes", "where", "fields", "key"))
    mapped = _mapping(one, (*at, "classes"), given.get("classes"))
    plain = _text(one, (*at, "asset_class"), given.get("asset_class"))
    for name in [*mapped.values(), *([] if "{" in plain else [plain])]:
        if name not in classes:
            raise one.fault((*at, "classes" if mapped else "asset_class"), f"there is no class '{name}'")
    if where := str(given.get("where") or ""):
        try:
            parse_text(where)
        except CsdiError as error:
            raise one.fault((*at, "where"), error.message) from None
    fields = _mapping(one, (*at, "fields"), given.get("fields"))
    known = {field.name for field in next(c for c in collections() if c.id == ASSETS).schema} | _LAYER_ONLY
    for key, template in fields.items():
        if key not in known:
            raise one.fault((*at, "fields", key), "the register has no such field")
        _parts(one, (*at, "fields", key), template)
    return LayerRule(_text(one, (*at, "layer"), given.get("layer")), plain, {str(k): str(v) for k, v in mapped.items()}, where,
                     {key: str(value) for key, value in fields.items()}, _template(one, (*at, "key"), given.get("key")))


def _template(one: _Document, at: Path_, said: Any) -> str:
    if said is None:
        return ""
    _parts(one, at, said)
    return str(said)


def _selector(one: _Document, at: Path_, said: Any) -> Selector:
    try:
        return parse_selector(_text(one, at, said))
    except CsdiError as error:
        raise one.fault(at, error.message, error.remedy) from None


def _tag(one: _Document, at: Path_, said: Any) -> str:
    parts = _parts(one, at, said)
    if unknown := [part for part in parts if part not in TAG_PARTS]:
        raise one.fault(at, f"'{unknown[0]}' is no part of a tag", f"parts: {', '.join(TAG_PARTS)}")
    if "number" not in parts:
        raise one.fault(at, "without {number} two assets would have one tag")
    return str(said)


def _parts(one: _Document, at: Path_, said: Any) -> list[str]:
    """Names in braces of a template; nothing but plain names."""
    try:
        found = [(name, spec) for _, name, spec, _ in Formatter().parse(_text(one, at, said)) if name is not None]
    except ValueError as error:
        raise one.fault(at, str(error)) from None
    for name, spec in found:
        if not name.isidentifier() or "{" in (spec or "") or len(spec or "") > 4:
            raise one.fault(at, f"'{{{name}}}' is no plain name", "such as {building} or {number:04d}")
    return [name for name, _ in found]


def _status(one: _Document, at: Path_, said: Any) -> str:
    if said not in STATUSES:
        raise one.fault(at, f"it is one of {', '.join(STATUSES)}")
    return str(said)


def _tolerance(one: _Document, at: Path_, said: Any) -> float:
    if isinstance(said, bool) or not isinstance(said, (int, float)) or not 0 <= said <= 1000:
        raise one.fault(at, "it is a number of metres")
    return float(said)


def _mapping(one: _Document, at: Path_, said: Any, known: Sequence[str] = ()) -> Json:
    if said is None:
        return {}
    if not isinstance(said, dict):
        raise one.fault(at, "it is no mapping")
    for key in said:
        if known and key not in known:
            raise one.fault((*at, key), "there is no such field", f"known: {', '.join(known)}")
    return {str(key): value for key, value in said.items()}


def _list(one: _Document, at: Path_, said: Any) -> list[Any]:
    if said is None:
        return []
    if not isinstance(said, list):
        raise one.fault(at, "it is no list")
    return said


def _listed(one: _Document, at: Path_) -> Iterable[tuple[int, Any]]:
    return enumerate(_list(one, at, one.said.get(str(at[0]))))


def _words(one: _Document, at: Path_, said: Any) -> tuple[str, ...]:
    return tuple(_text(one, (*at, n), word) for n, word in enumerate(_list(one, at, said)))


def _text(one: _Document, at: Path_, said: Any) -> str:
    if not isinstance(said, str) or not said.strip():
        raise one.fault(at, "it is no text" if said is not None else "it is missing")
    return said


def _names(one: _Document, at: Path_, said: Any) -> dict[str, str]:
    given = _mapping(one, at, said)
    for tag in LANGUAGES:
        if not isinstance(given.get(tag), str) or not given[tag].strip():
            raise one.fault((*at, tag), "it is missing", "names are in en, zh-Hant and zh-Hans")
    return {tag: given[tag] for tag in LANGUAGES}


def _source_list(one: _Document, at: Path_, said: Any) -> tuple[str, ...]:
    found = _words(one, at, said)
    for n, source in enumerate(found):
        with suppress(ValueError):
            if source.startswith("@") or all(source.partition(".")[::2]):
                continue
        raise one.fault((*at, n), f"'{source}' is no source", "write Set.Property or @field")
    return found
