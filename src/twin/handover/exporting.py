"""Exporting Assets: the register, or what answers a question, as xlsx or CSV that an import reads back unchanged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from csdi.access import Action, Principal, may
from csdi.blobs import Blobs
from csdi.errors import FileTooLarge, FormatUnknown, NotFound
from csdi.feature import Feature, FieldType
from csdi.query import Query, Sort
from csdi.store.base import Reader, scan
from twin.handover.books import MOST_ROWS
from twin.handover.columns import ID, Column, Columns, LocationNames
from twin.handover.printing import Lists, Printed, PrintedSheet, to_csv, to_xlsx
from twin.questions.expanding import Asker
from twin.questions.finding import Criteria, query_of
from twin.register.rules import Rules
from twin.register.schemas import ASSETS, LOCATIONS, REVISION

FORMATS = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv; charset=utf-8"}
SHEET = "assets"
_WIDE = {"name": 32, "name_zh": 24, "description": 40, "location": 44, "tag": 22, ID: 16}
_PRESSED = 2000
"""Places of a list that a cell offers; where there are more, their names are written."""

Progress = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    path: Path
    rows: int
    columns: tuple[str, ...]


def export_assets(reader: Reader, rules: Rules, principal: Principal, path: Path, *, format: str = "xlsx", criteria: Criteria | None = None,
                  columns: Sequence[str] = (), language: str = "en", blobs: Blobs | None = None,
                  progress: Progress = lambda _: None) -> Exported:
    """Write the Assets that answer the criteria.

    The first row has titles in the language, the second the names that the import knows; `id` and `revision` lead.

    Args:
        blobs: where shapes are kept, which questions about sight go by.
        columns: fields, or `properties.NAME`; () for the usual ones with the attributes of the templates.

    Raises:
        FormatUnknown, PropertyUnknown, ValueInvalid, FilterInvalid: naming what cannot be.
        FileTooLarge: more Assets than a book may have rows.
    """
    if format not in FORMATS:
        raise FormatUnknown(f"'{format[:20]}' is no format of spreadsheets", remedy=", ".join(FORMATS))
    asker = Asker(reader, lambda collection: may(principal, Action.READ, collection), blobs)
    asked = replace(query_of(criteria or Criteria(), asker), fields=None, count=False, sort=(Sort("tag"),))
    count = reader.count(ASSETS, replace(asked, sort=()))
    if count > MOST_ROWS - 2:
        raise FileTooLarge(f"{count} assets are more than the {MOST_ROWS} rows of one file", limit=MOST_ROWS,
                           remedy="export them building by building")
    known = Columns(rules)
    chosen = known.named(columns) if columns else known.usual(value for value, _ in reader.values(ASSETS, "asset_class", asked) if value)
    rows = _Rows(reader, chosen)
    lists = _lists(rules, rows.places, chosen, language)
    sheet = PrintedSheet(SHEET, [_printed(one, language, lists) for one in chosen], rows.of(asked, progress), is_protected=True)
    if format == "csv":
        to_csv(path, sheet)
    else:
        to_xlsx(path, [sheet], lists)
    return Exported(path, count, tuple(one.name for one in chosen))


class _Rows:
    """Assets as rows of cells."""

    def __init__(self, reader: Reader, columns: Sequence[Column]) -> None:
        self._reader, self._columns = reader, columns
        self.places = LocationNames(scan(reader, LOCATIONS, Query(fields=("name", "path"), geometry=False)))
        self._tags: dict[str, str] = {}

    def of(self, asked: Query, progress: Progress) -> Iterator[list[Any]]:
        """The rows of all Assets that match."""
        for number, row in enumerate(scan(self._reader, ASSETS, asked), 1):
            yield [self._cell(one, row) for one in self._columns]
            if number % 1000 == 0:
                progress(number)

    def _cell(self, column: Column, row: Feature) -> Any:
        if column.name == ID:
            return row.id
        value = column.value(row.properties)
        if column.name == "location" and value:
            return self.places.by_id.get(value, value)
        return self._tag(value) if column.name == "parent" and value else value

    def _tag(self, id: str) -> str:
        """The tag of a parent, which people know it by."""
        if id not in self._tags:
            try:
                self._tags[id] = str(self._reader.feature(ASSETS, id).properties.get("tag") or id)
            except NotFound:
                self._tags[id] = id
        return self._tags[id]


def _printed(column: Column, language: str, lists: Lists) -> Printed:
    kind = FieldType.STRING if column.name == REVISION and column.type is FieldType.STRING else column.type
    return Printed((column.title(language), column.name), kind, column.name if column.name in lists.values else "", column.locked,
                   _WIDE.get(column.name, 16))


def _lists(rules: Rules, places: LocationNames, columns: Sequence[Column], language: str) -> Lists:
    """What cells of the columns can be, with what each is called in the language."""
    made: dict[str, list[tuple[Any, str]]] = {}
    for one in columns:
        if one.name == "asset_class":
            made[one.name] = [(key, found.names.get(language, "")) for key, found in rules.classes.items()]
        elif one.name == "category":
            made[one.name] = [(key, found.names.get(language, "")) for key, found in rules.categories.items()]
        elif one.name == "location" and 0 < len(places.by_id) <= _PRESSED:
            made[one.name] = [(name, id) for id, name in sorted(places.by_id.items(), key=lambda pair: pair[1])]
        elif one.choices and not one.locked:
            made[one.name] = [(value, "") for value in one.choices]
    return Lists(made)
