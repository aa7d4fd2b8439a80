"""Counted: how many Features have which values, kept beside them for the combinations of fields that a Schema names.

A table of counts has one column for each field that is counted, and rows of every combination; the fields that a combination lacks are
null in its rows. A change adds rows with what came and, negative, with what went, so that nothing is looked up while writing;
a count is the sum of its rows. When there are many more rows than counts they are summed up.
"""

from __future__ import annotations

from collections.abc import Collection as Several
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter, lt
from typing import Any

from csdi.feature import FieldType, Schema
from csdi.filter.terms import Column, columns
from csdi.store.plan import Plan

COMBINATION, NUMBER = "csdi_combination", "csdi_number"
_SIZE = -1
"""Combination of the one row that says how many rows there were when they were last summed up."""
_SLACK = 2000


@dataclass(frozen=True, slots=True)
class Counts:
    """The table of counts of a Collection.

    Attributes:
        table, rows: names of the table of counts and of that of Features, as SQL has them.
        index: how the names of its indexes begin.
        columns: counted field -> its column, the same in both tables, as SQL has it.
        combinations: as the Schema has them.
    """

    table: str
    rows: str
    index: str
    columns: Mapping[str, str]
    combinations: tuple[tuple[str, ...], ...]

    def are_kept(self, combination: int, wanted: Sequence[Column]) -> bool:
        """Whether counts by these columns are kept as they are, in values that JSON holds exactly."""
        return {column.name for column in wanted} == set(self.combinations[combination]) and all(
            column.field is not None and column.field.type is not FieldType.NUMBER for column in wanted)

    def create(self, types: Mapping[str, str]) -> Iterator[str]:
        """Statements that make the table, empty; `types` are those of the fields' columns. Each combination has an index of its own."""
        fields = "".join(f", {column} {types[name]}" for name, column in self.columns.items())
        yield f"CREATE TABLE {self.table} ({COMBINATION} INTEGER NOT NULL, {NUMBER} INTEGER NOT NULL{fields})"
        for number, combination in enumerate(self.combinations):
            named = ", ".join(self.columns[name] for name in combination)
            yield f'CREATE INDEX "{self.index}_{number}" ON {self.table} ({COMBINATION}, {named}, {NUMBER}) WHERE {COMBINATION} = {number}'

    def change(self, sign: int, which: str = "1 = 1") -> Iterator[str]:
        """Statements that add (1) or take away (-1) the Features `f` that a condition chooses."""
        for number, combination in enumerate(self.combinations):
            named = ", ".join(self.columns[name] for name in combination)
            yield (f"INSERT INTO {self.table} ({COMBINATION}, {NUMBER}, {named}) "
                   f"SELECT {number}, {sign} * count(*), {named} FROM {self.rows} f WHERE {which} GROUP BY {named}")

    def refill(self) -> Iterator[str]:
        """Statements that count all Features anew."""
        yield f"DELETE FROM {self.table}"
        yield from self.change(1)
        yield self._remember()

    def excess(self) -> str:
        """A question: how many rows there are beyond those that are worth keeping."""
        size = f"coalesce(max(CASE WHEN {COMBINATION} = {_SIZE} THEN {NUMBER} END), 0)"
        return f"SELECT count(*) - 2 * {size} - {_SLACK} FROM {self.table}"

    def sum_up(self) -> Iterator[str]:
        """Statements that leave one row for each count."""
        named = "".join(f", {column}" for column in self.columns.values())
        yield (f"CREATE TEMP TABLE csdi_summed AS SELECT {COMBINATION}, CAST(sum({NUMBER}) AS bigint) AS {NUMBER}{named} FROM {self.table} "
               f"WHERE {COMBINATION} <> {_SIZE} GROUP BY {COMBINATION}{named} HAVING sum({NUMBER}) <> 0")
        yield f"DELETE FROM {self.table}"
        yield f"INSERT INTO {self.table} ({COMBINATION}, {NUMBER}{named}) SELECT {COMBINATION}, {NUMBER}{named} FROM csdi_summed"
        yield "DROP TABLE csdi_summed"
        yield self._remember()

    def _remember(self) -> str:
        return f"INSERT INTO {self.table} ({COMBINATION}, {NUMBER}) SELECT {_SIZE}, count(*) FROM {self.table}"


def counted_fields(schema: Schema) -> list[str]:
    """The fields of all combinations, each once."""
    return list(dict.fromkeys(name for combination in schema.counted for name in combination))


def kept(counts: Counts | None, plan: Plan, wanted: Several[str]) -> int | None:
    """Number of the smallest combination that tells the counts of a plan by the wanted fields; None where none does."""
    if counts is None or plan.region is not None or plan.phrases is not None or plan.impossible:
        return None
    needed = {*wanted, *(column.name if column.field else "" for column in columns(plan.condition))}
    fitting = [(len(combination), number) for number, combination in enumerate(counts.combinations) if needed <= set(combination)]
    return min(fitting)[1] if fitting else None


def tells_along(counts: Counts | None, plan: Plan) -> bool:
    """Whether a page can say how many rows match while it is chosen: where all of them have to be found to count them."""
    return (plan.query.count and bool(plan.query.limit) and not plan.is_everything and plan.after is None and not plan.query.offset
            and kept(counts, plan, ()) is None)


def frequent(columns: Sequence[Sequence[Any]], numbers: Sequence[int]) -> list[tuple[tuple[Any, ...], int]]:
    """Rows of a table of counts summed up: combinations of values, most frequent first, then by values, none last.

    Args:
        columns: the values, side by side; mostly rows are in their order already, and no two the same.
        numbers: what each row adds.
    """
    some_are_none = any(None in column for column in columns)
    keys = list(zip(*([_LAST if value is None else value for value in column] for column in columns) if some_are_none else columns,
                    strict=True))
    if all(map(lt, keys, islice(keys, 1, None))):
        found = list(zip(keys, numbers, strict=True))
    else:
        totals = dict.fromkeys(sorted(keys), 0)
        for key, number in zip(keys, numbers, strict=True):
            totals[key] += number
        found = [one for one in totals.items() if one[1]]
    found.sort(key=itemgetter(1), reverse=True)
    if some_are_none:
        return [(tuple(None if value is _LAST else value for value in key), number) for key, number in found]
    return found


class _Last:
    """What comes after every value."""

    def __lt__(self, other: object) -> bool:
        return False

    def __gt__(self, other: object) -> bool:
        return True


_LAST = _Last()
