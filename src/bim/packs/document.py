"""The documentation page of a rule pack, written from the pack itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bim.packs.operators import OPERATORS
from bim.packs.pack import Pack
from bim.packs.rule import LANGUAGES, Rule

BASES: Mapping[str, str] = {
    "standard": "a published standard", "regulation": "law, or a code of practice under it",
    "guideline": "a guideline of an authority", "proposal": "our own proposal: no document asks for it",
}
"""What a clause can rest on, and how that is said."""
_LANGUAGE_NAMES = {"en": "English", "zh-Hant": "繁體中文", "zh-Hans": "简体中文"}


def rule_document(rule: Rule) -> dict[str, Any]:
    """All that a rule says, as JSON."""
    return {
        "id": rule.id, "title": dict(rule.title), "clause": dict(rule.clause), "group": rule.group, "stage": rule.stage,
        "severity": rule.severity, "select": rule.select.text if rule.select else None,
        "measure": {"op": rule.operator, **rule.arguments}, "require": rule.require.expected, "when_none": rule.when_none,
        "message": dict(rule.message), "cure": dict(rule.cure), "tests": {kind: list(names) for kind, names in rule.tests.items()},
    }


def page(pack: Pack) -> str:
    """The page of a pack: a table of its rules, then one section for each."""
    head = f"# {pack.title.get('en') or pack.id}\n\n" + "".join(f"{pack.title[one]}  \n" for one in LANGUAGES[1:] if one in pack.title)
    about = (f"\nPack `{pack.id}`, version {pack.version}, {len(pack.rules)} rules. This page is written from the pack by "
             "`csdi.packs` and checked by a test; [rule packs](../rule-packs.md) says what everything means.\n")
    rows = "".join(f"| [{one.id}](#{one.id.lower()}) | {_cell(one.title.get('en', ''))} | {one.severity} | {one.operator} | "
                   f"{one.clause.get('basis', '')} |\n" for one in pack.rules)
    table = f"\n| rule | title | severity | measures | rests on |\n| --- | --- | --- | --- | --- |\n{rows}"
    return head + about.replace("`csdi.packs`", "the program") + table + "".join(map(_section, pack.rules)) + _tables(pack)


def _section(rule: Rule) -> str:
    arguments = ", ".join(f"{key} {_value(value)}" for key, value in rule.arguments.items())
    basis = rule.clause.get("basis", "")
    rows = [
        ("clause", f"{_cell(rule.clause.get('doc', ''))}, {_cell(rule.clause.get('ref', ''))}: {BASES.get(basis, basis)}"),
        ("speaks of", f"`{_cell(rule.select.text)}`" if rule.select else "the model as a whole"),
        ("measures", f"`{rule.operator}` {_cell(arguments)}: {_cell(OPERATORS[rule.operator].summary)}"),
        ("requires", _cell(rule.require.expected)), ("severity", rule.severity), ("group, stage", f"{rule.group}, {rule.stage}"),
        ("samples", "; ".join(f"{kind}: {', '.join(names)}" for kind, names in rule.tests.items())),
    ]
    told = "".join(f"| {key} | {value} |\n" for key, value in rows)
    said = "".join(f"| {_LANGUAGE_NAMES[one]} | {_cell(rule.title.get(one, ''))} | {_cell(rule.message.get(one, ''))} | "
                   f"{_cell(rule.cure.get(one, ''))} |\n" for one in LANGUAGES)
    return (f"\n## {rule.id}\n\n| | |\n| --- | --- |\n{told}\n| language | rule | what is said of a breach | cure |\n"
            f"| --- | --- | --- | --- |\n{said}")


def _tables(pack: Pack) -> str:
    if not pack.rows:
        return ""
    made = []
    for name, rows in pack.rows.items():
        columns = list(rows[0]) if rows else []
        body = "".join("| " + " | ".join(_cell(row[column]) for column in columns) + " |\n" for row in rows)
        made.append(f"\n### {name}\n\n| {' | '.join(columns)} |\n|{' --- |' * len(columns)}\n{body}")
    return "\n## Tables\n" + "".join(made)


def _value(value: Any) -> str:
    if isinstance(value, tuple) and value and isinstance(value[0], Mapping):
        return f"(table with {', '.join(value[0])})"
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")
