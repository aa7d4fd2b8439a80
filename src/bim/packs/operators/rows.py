"""Operators over the rows of a model: attributes, properties, quantities, classifications, relations, counts and sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bim.packs.measurement import Measurement
from bim.packs.operators.operator import Operator
from bim.packs.subject import Subject
from csdi.feature import Feature

Rows = Sequence[Feature]
Arguments = Mapping[str, Any]


def _key(row: Feature) -> str:
    return str(row.properties["global_id"])


def _attribute(_subject: Subject, rows: Rows, arguments: Arguments) -> Iterator[Measurement]:
    name = str(arguments["name"])
    for row in rows:
        value = row.properties.get(name)
        yield Measurement(_key(row), value if isinstance(value, (str, int, float, bool)) or value is None else str(value))


def _property(_subject: Subject, rows: Rows, arguments: Arguments) -> Iterator[Measurement]:
    sets, name = arguments["set"], str(arguments["name"])
    names = [sets] if isinstance(sets, str) else list(map(str, sets))
    for row in rows:
        held = {**(row.properties.get("psets") or {}), **(row.properties.get("quantities") or {})}
        value = next((held[one][name] for one in names if name in held.get(one, {})), None)
        yield Measurement(_key(row), value if isinstance(value, (str, int, float, bool)) or value is None else str(value))


def _classification(_subject: Subject, rows: Rows, arguments: Arguments) -> Iterator[Measurement]:
    """Every code of each row; nothing, once, where it has none."""
    system = str(arguments.get("system", "")).casefold()
    for row in rows:
        held = [one for one in row.properties.get("classifications") or () if system in str(one.get("system") or "").casefold()]
        codes = [one.get("code") or one.get("identification") or one.get("name") for one in held]
        yield from (Measurement(_key(row), code) for code in codes or [None])


def _material(_subject: Subject, rows: Rows, _arguments: Arguments) -> Iterator[Measurement]:
    for row in rows:
        materials = row.properties.get("materials") or ()
        yield Measurement(_key(row), ", ".join(map(str, materials)) or None)


def _count(subject: Subject, rows: Rows, arguments: Arguments) -> Iterator[Measurement]:
    by = arguments.get("by")
    if by is None:
        yield Measurement("", len(rows), "1")
        return
    number = Counter(row.properties.get(str(by)) for row in rows)
    within = {_key(one): one for one in subject.tables.parts[str(arguments.get("of", "storeys"))]}
    yield from (Measurement(key, number.get(key, 0), "1") for key in within)


def _unique(_subject: Subject, rows: Rows, arguments: Arguments) -> Iterator[Measurement]:
    name, within = str(arguments["name"]), arguments.get("within")
    keys = {_key(row): (row.properties.get(name), row.properties.get(str(within)) if within else None) for row in rows}
    number = Counter(keys.values())
    for element, key in keys.items():
        if key[0] not in (None, ""):
            yield Measurement(element, number[key] == 1, data={"shared": str(key[0]), "times": number[key]})


def _related(_subject: Subject, rows: Rows, arguments: Arguments) -> Iterator[Measurement]:
    name = str(arguments["relation"])
    for row in rows:
        value = row.properties.get(name)
        number = len(value) if isinstance(value, (list, tuple)) else int(value not in (None, "", {}))
        yield Measurement(_key(row), number, "1")


def _total(_subject: Subject, rows: Rows, arguments: Arguments) -> Iterator[Measurement]:
    name = str(arguments["name"])
    values = {_key(row): row.properties.get(name) for row in rows}
    missing = [key for key, value in values.items() if not isinstance(value, (int, float))]
    if missing:
        yield Measurement("", None, str(arguments.get("unit", "")), unknown=f"{len(missing)} of {len(rows)} have no {name}")
    elif rows:
        yield Measurement("", float(sum(value for value in values.values() if value is not None)), str(arguments.get("unit", "")))


def _measure(_subject: Subject, rows: Rows, arguments: Arguments) -> Iterator[Measurement]:
    name = str(arguments["name"])
    for row in rows:
        value = row.properties.get(name)
        known = isinstance(value, (int, float)) and not isinstance(value, bool)
        yield Measurement(_key(row), value if known else None, str(arguments.get("unit", "m")),
                          unknown="" if known else f"{name} is not known")


def _instances(subject: Subject, _rows: Rows, arguments: Arguments) -> Iterator[Measurement]:
    yield Measurement("", sum(number for name, number in subject.scan.classes.items() if name == str(arguments["class"]).upper()), "1")


def _header(subject: Subject, _rows: Rows, arguments: Arguments) -> Iterator[Measurement]:
    value = getattr(subject.scan.header, str(arguments["field"]), None)
    yield Measurement("", ", ".join(map(str, value)) if isinstance(value, (tuple, list)) else value)


def _project(subject: Subject, _rows: Rows, arguments: Arguments) -> Iterator[Measurement]:
    value: Any = subject.tables.project
    for name in str(arguments["name"]).split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    yield Measurement("", value if isinstance(value, (str, int, float, bool)) or value is None else str(value))


ROW_OPERATORS = (
    Operator("attribute", _attribute, "A field of each object.", {"name": "field of the row, such as name, long_name, storey_name"},
             ("name",)),
    Operator("property", _property, "A property or quantity of each object.",
             {"set": "name of the property set, or several of which the first counts", "name": "name of the property"}, ("set", "name")),
    Operator("classification", _classification, "The classification codes of each object.",
             {"system": "only of systems whose name has this in it, in capitals or not"}),
    Operator("material", _material, "The materials of each object, as text."),
    Operator("count", _count, "How many are selected, in all or in each storey.",
             {"by": "field that names the container, such as storey", "of": "Collection of the containers, storeys without it"}, unit="1"),
    Operator("unique", _unique, "Whether a field is another for each object.",
             {"name": "the field", "within": "field in which it must be unique, such as storey"}, ("name",)),
    Operator("related", _related, "How many others each is related to.",
             {"relation": "field of the relation, such as systems, containment, openings, connected_to"}, ("relation",), unit="1"),
    Operator("total", _total, "The sum of a measure over all that are selected.",
             {"name": "the field, such as area or volume", "unit": "its UCUM sign"}, ("name",)),
    Operator("measure", _measure, "A measure of each object: length, area, volume, base_level, top_level.",
             {"name": "the field", "unit": "its UCUM sign, m without it"}, ("name",)),
    Operator("instances", _instances, "How many instances of a class the file has.", {"class": "IFC class"}, ("class",), "1", "scan"),
    Operator("header", _header, "A field of the file's header.",
             {"field": "schema, time_stamp, originating_system, preprocessor, author, organization, description"}, ("field",),
             stage="scan"),
    Operator("project", _project, "What the project says.", {"name": "field of the project, nested with dots: units.length"},
             ("name",)),
)
