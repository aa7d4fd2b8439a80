"""Tables of dimensions, as data files: which surface has which size for which runway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml

from csdi.errors import ValueInvalid
from csdi.limits.runway import Runway, RunwayEnd


@dataclass(frozen=True, slots=True)
class Dimensions:
    """The row of a table that counts for one end of a runway: name of the surface -> its numbers, metres and rises per metre.

    Attributes:
        confidence: A official text seen, B open data or code, C general knowledge of the standard.
    """

    sizes: Mapping[str, Mapping[str, Any]]
    confidence: str

    def __contains__(self, surface: str) -> bool:
        return surface in self.sizes

    def __getitem__(self, surface: str) -> Mapping[str, Any]:
        return self.sizes[surface]


@dataclass(frozen=True, slots=True)
class TableSet:
    """One set of tables.

    Attributes:
        source: the document that it is taken from.
    """

    id: str
    title: Mapping[str, str]
    source: str
    landing: tuple[Mapping[str, Any], ...]
    takeoff: tuple[Mapping[str, Any], ...]

    def of_landing(self, runway: Runway, end: RunwayEnd) -> Dimensions:
        """What counts for landings at an end.

        Raises:
            ValueInvalid: the table has no row for this code number and kind of approach.
        """
        found = next((row for row in self.landing if end.approach in row["approach"] and _counts(row, runway)), None)
        if found is None:
            raise ValueInvalid(f"runway end {end.designator}: {self.id} has no row for approach '{end.approach}', code {runway.code} "
                               f"and design group {runway.design_group}", field="approach", value=end.approach,
                               remedy="another approach, code number or design group")
        return _dimensions(found)

    def of_takeoff(self, runway: Runway) -> Dimensions | None:
        """What counts for take-offs; None where the set has no surface for them."""
        found = next((row for row in self.takeoff if _counts(row, runway)), None)
        return _dimensions(found) if found else None


def _counts(row: Mapping[str, Any], runway: Runway) -> bool:
    return runway.code in row.get("codes", ()) or runway.design_group in row.get("groups", ())


def _dimensions(row: Mapping[str, Any]) -> Dimensions:
    return Dimensions({key: value for key, value in row.items() if isinstance(value, Mapping)}, str(row["confidence"]))


def table_ids() -> tuple[str, ...]:
    """The ids of the sets that come with this program: the names of their files."""
    return tuple(sorted(Path(one.name).stem for one in _folder().iterdir() if one.name.endswith(".yaml")))


@lru_cache(maxsize=1)
def table_sets() -> Mapping[str, TableSet]:
    """Id -> the sets that come with this program."""
    found = {id: yaml.safe_load((_folder() / f"{id}.yaml").read_text(encoding="utf-8")) for id in table_ids()}
    return {id: TableSet(one["id"], one["title"], one["source"], tuple(one["landing"]), tuple(one.get("takeoff", ())))
            for id, one in found.items()}


def _folder() -> Traversable:
    return files("csdi") / "data" / "limits"


def table_set(id: str) -> TableSet:
    """The set of this id. Raises ValueInvalid, naming those that there are."""
    found = table_sets().get(id)
    if found is None:
        raise ValueInvalid(f"there is no set of tables '{id}'", field="tables", value=id, remedy=f"one of {', '.join(table_sets())}")
    return found
