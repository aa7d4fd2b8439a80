"""What an audit is to judge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bim import normative
from bim.packs import Pack, Rule
from csdi.errors import PathMissing, ValueInvalid


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be judged.

    Attributes:
        rules: ids of normative rules and of rules of the packs; None for all of them.
        ids: IDS files, those of the packs apart.
        packs: rule packs.
        normative: whether the normative rules are judged at all.
        express: whether the schema is, and with `where_rules` the EXPRESS rules in it, the larger part of the time.
        geometry: whether shapes are made; without them, rules about them are not checked.
        workers: processes at once.
        limit_s: seconds for any one piece of work.
    """

    rules: frozenset[str] | None = None
    ids: tuple[Path, ...] = ()
    packs: tuple[Pack, ...] = ()
    normative: bool = True
    express: bool = True
    where_rules: bool = True
    geometry: bool = True
    workers: int = 4
    limit_s: float = 600.0

    def __post_init__(self) -> None:
        known = {*normative.RULES, *(rule.id for pack in self.packs for rule in pack.rules)}
        for file in self.ids:
            if not file.is_file():
                raise PathMissing(f"{file}: there is no such file", remedy="check the path", file=str(file))
        for id in sorted((self.rules or frozenset()) - known):
            raise ValueInvalid(f"there is no rule {id}", field="rule", value=id, remedy="`csdi rules list` tells all; name its pack too")

    @property
    def normative_ids(self) -> list[str]:
        """Ids of the normative rules that are judged."""
        return [id for id in normative.RULES if self.normative and (self.rules is None or id in self.rules)]

    def pack_rules(self) -> Iterator[Rule]:
        """The rules of the packs that are judged."""
        return (rule for pack in self.packs for rule in pack.rules if self.rules is None or rule.id in self.rules)

    @property
    def all_ids_files(self) -> tuple[Path, ...]:
        """IDS files of the plan and, where all rules are judged, of its packs."""
        return self.ids + (tuple(file for pack in self.packs for file in pack.ids) if self.rules is None else ())

    @property
    def needs_shapes(self) -> bool:
        """Whether a rule that is judged looks at shapes or at the place."""
        return self.geometry and any(rule.stage in ("geometry", "gis", "graph") for rule in self.pack_rules())
