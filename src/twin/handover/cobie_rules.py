"""What COBie 2.4 asks for, read from data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

NOTHING = "n/a"
"""What says that a value is not known."""
SYSTEM = "csdi"
"""What the files name as the system that the rows are from."""
INSTRUCTION, PICK_LISTS = "Instruction", "PickLists"

Rows = dict[str, list[dict[str, Any]]]
"""Sheet -> its rows, each column -> value."""


@dataclass(frozen=True, slots=True)
class CobieSheet:
    """What a sheet must be; see `cobie24.yaml`."""

    name: str
    columns: tuple[str, ...]
    required: frozenset[str]
    key: tuple[str, ...]
    refs: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    picks: Mapping[str, str] = field(default_factory=dict)
    about: tuple[tuple[str, str], ...] = ()
    least: int = 0
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def called(self, column: str) -> tuple[str, ...]:
        """What a column may be called, its own name first."""
        return (column, *self.aliases.get(column, ()))

    @property
    def name_column(self) -> str:
        """The column that other sheets refer to a row by."""
        return self.columns[0]


@dataclass(frozen=True, slots=True)
class CobieRules:
    """All sheets in their order, and the lists to choose from."""

    sheets: Mapping[str, CobieSheet]
    picks: Mapping[str, tuple[str, ...]]

    @property
    def order(self) -> tuple[str, ...]:
        """All sheets of a workbook in their order."""
        return (INSTRUCTION, *self.sheets, PICK_LISTS)


@cache
def cobie_rules() -> CobieRules:
    """The rules that come with the program."""
    said = yaml.safe_load(files("twin.handover").joinpath("cobie24.yaml").read_text("utf-8"))
    return CobieRules({name: _sheet(name, one) for name, one in said["sheets"].items()},
                      {name: tuple(map(str, values)) for name, values in said["picks"].items()})


def _sheet(name: str, said: Mapping[str, Any]) -> CobieSheet:
    return CobieSheet(name, tuple(said["columns"]), frozenset(said["required"]), tuple(said["key"]), said.get("refs", {}),
                      said.get("lists", {}),
                      said.get("types", {}), said.get("picks", {}), tuple((a, b) for a, b in said.get("about", ())), said.get("least", 0),
                      {column: tuple(names) for column, names in said.get("aliases", {}).items()})


def names_of(text: str, known: Mapping[str, Any]) -> list[str]:
    """The names in a list separated by commas; a name that has commas itself is found among the known ones. Case does not count."""
    parts = [part.strip() for part in text.split(",")]
    made: list[str] = []
    at = 0
    while at < len(parts):
        end = next((end for end in range(len(parts), at + 1, -1) if ", ".join(parts[at:end]).casefold() in known
                    or ",".join(parts[at:end]).casefold() in known), at + 1)
        made.append(", ".join(parts[at:end]))
        at = end
    return [name for name in made if name]
