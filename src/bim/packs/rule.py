"""One rule of a pack, as its YAML file states it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from bim.packs.operators import OPERATORS
from bim.packs.requirement import Requirement, read_requirement
from bim.selection import Selector, parse_selector
from csdi.errors import FilterInvalid, ValueInvalid

TableRows = Mapping[str, tuple[Mapping[str, str], ...]]
_NONE: TableRows = MappingProxyType({})
Level = Literal["error", "warning", "refer", "note"]
LANGUAGES = ("en", "zh-Hant", "zh-Hans")
STAGES = ("scan", "model", "geometry", "gis", "graph")
KINDS = ("pass", "fail", "na")
"""What a rule is tried on: a model that keeps it, one that does not, one that has nothing it speaks of."""
GROUPS = ("schema", "quality", "regulation")
_ID = re.compile(r"[A-Z0-9][A-Z0-9-]{0,63}")
_LEVELS = ("error", "warning", "refer", "note")
_KEYS = frozenset({"id", "title", "clause", "group", "stage", "select", "measure", "require", "severity", "message", "cure", "tests",
                   "when_none", "description"})


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule.

    Attributes:
        title, message, cure: by language; `{element}`, `{value}`, `{limit}`, `{place}`, `{other}`, `{source}` in messages are filled in.
        clause: document and reference that it enforces.
        group: schema, quality or regulation.
        stage: when it can be judged.
        select: what it speaks of; None for the model as a whole.
        operator, arguments: what is measured, and how.
        severity: of a value that is not as required; `refer` hands the decision to somebody.
        when_none: what a model says that has nothing the rule speaks of: `not_applicable` or `fail`.
        tests: `pass`, `fail`, `na` -> sample files of the pack.
    """

    id: str
    title: Mapping[str, str]
    operator: str
    require: Requirement
    select: Selector | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    group: str = "quality"
    stage: str = "model"
    severity: Level = "error"
    clause: Mapping[str, str] = field(default_factory=dict)
    message: Mapping[str, str] = field(default_factory=dict)
    cure: Mapping[str, str] = field(default_factory=dict)
    description: Mapping[str, str] = field(default_factory=dict)
    tests: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    when_none: str = "not_applicable"


def read_rule(given: Mapping[str, Any], file: str, tables: Mapping[str, frozenset[str]], rows: TableRows = _NONE) -> Rule:
    """The rule of a YAML document.

    Args:
        tables: name -> values of the first column of the pack's tables, for `in: {table: NAME}`.
        rows: name -> rows of them, for arguments of operators that are `{table: NAME}`.

    Raises:
        ValueInvalid: names the file, the field and what it may be.
    """
    try:
        return _rule(given, tables, rows)
    except (ValueInvalid, FilterInvalid) as error:
        raise ValueInvalid(f"{file}: rule {given.get('id', '?')}: {error.message}", remedy=error.remedy, **error.data) from error


def _rule(given: Mapping[str, Any], tables: Mapping[str, frozenset[str]], rows: TableRows) -> Rule:
    _known(sorted(set(map(str, given)) - _KEYS), "", sorted(_KEYS))
    for key in ("id", "title", "measure"):
        if not given.get(key):
            raise ValueInvalid(f"'{key}' is missing", field=key)
    if not _ID.fullmatch(str(given["id"])):
        raise ValueInvalid(f"id: '{given['id']}' is not allowed", field="id", value=str(given["id"])[:80],
                           remedy="capital letters, digits and hyphens, such as HKB-010")
    if not isinstance(given["measure"], Mapping):
        raise ValueInvalid("measure: a mapping is needed, with op and its arguments", field="measure", value=str(given["measure"])[:40])
    measure = {key: _table(value, rows) for key, value in given["measure"].items()}
    name = str(measure.pop("op", ""))
    if name not in OPERATORS:
        raise ValueInvalid(f"measure.op: '{name}' is no operator", field="measure.op", value=name,
                           remedy=f"one of {', '.join(sorted(OPERATORS))}")
    operator = OPERATORS[name]
    _known(sorted(set(map(str, measure)) - set(operator.arguments)), "measure.", sorted(operator.arguments))
    for key in operator.needs:
        if key not in measure:
            raise ValueInvalid(f"measure.{key} is missing: {operator.arguments[key]}", field=f"measure.{key}")
    require = read_requirement(given.get("require") or {}, tables)
    unit = str(measure.get("unit", operator.unit))
    if require.unit and unit and require.unit != unit:
        raise ValueInvalid(f"require.unit: '{require.unit}', but {name} measures in {unit}", field="require.unit", value=require.unit,
                           remedy=f"write the bounds in {unit}")
    return Rule(
        str(given["id"]), texts(given["title"], "title"), name, require,
        parse_selector(str(given["select"])) if given.get("select") else None, measure, _one(given, "group", GROUPS, "quality"),
        _one(given, "stage", STAGES, operator.stage), _one(given, "severity", _LEVELS, "error"),  # type: ignore[arg-type]
        {str(key): str(value) for key, value in _mapping(given, "clause").items()}, texts(given.get("message") or {}, "message"),
        texts(given.get("cure") or {}, "cure"), texts(given.get("description") or {}, "description"),
        _samples(_mapping(given, "tests")),
        _one(given, "when_none", ("not_applicable", "fail"), "not_applicable"))


def _table(value: Any, rows: TableRows) -> Any:
    """An argument; the rows of the table that it names."""
    if not isinstance(value, Mapping) or set(value) != {"table"}:
        return value
    name = str(value["table"])
    if name not in rows:
        raise ValueInvalid(f"measure: there is no table '{name}'", field="measure", value=name,
                           remedy=f"one of {', '.join(sorted(rows)) or 'none'}: tables/NAME.csv in the pack")
    return rows[name]


def _mapping(given: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = given.get(key) or {}
    if not isinstance(value, Mapping):
        raise ValueInvalid(f"{key}: a mapping is needed", field=key, value=str(value)[:40])
    return value


def _samples(given: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    _known(sorted(set(map(str, given)) - set(KINDS)), "tests.", KINDS)
    for kind, names in given.items():
        if not isinstance(names, list):
            raise ValueInvalid(f"tests.{kind}: a list of samples is needed", field=f"tests.{kind}", value=str(names)[:40])
    return {kind: tuple(map(str, names)) for kind, names in given.items()}


def texts(given: Any, field_name: str) -> dict[str, str]:
    """Language -> text; a plain text is English.

    Raises:
        ValueInvalid: a language that is not one of ours.
    """
    if isinstance(given, str):
        return {"en": given}
    if not isinstance(given, Mapping):
        raise ValueInvalid(f"{field_name}: a text, or one for each language, is needed", field=field_name, value=str(given)[:40])
    _known(sorted(set(map(str, given)) - set(LANGUAGES)), f"{field_name}.", LANGUAGES)
    return {str(key): str(value) for key, value in given.items()}


def _known(unknown: list[str], before: str, known: Any) -> None:
    if unknown:
        raise ValueInvalid(f"'{before}{unknown[0]}' is not known", field=f"{before}{unknown[0]}", remedy=f"one of {', '.join(known)}")


def _one(given: Mapping[str, Any], key: str, choices: tuple[str, ...], default: str) -> str:
    value = str(given.get(key, default))
    if value not in choices:
        raise ValueInvalid(f"{key}: '{value}' is not known", field=key, value=value, remedy=f"one of {', '.join(choices)}")
    return value
