"""What a COBie workbook brings along for its components, documents and spare parts, and which of its sheets nothing is taken from."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from csdi.feature import Feature
from csdi.finding import Finding
from twin.handover.cells import Cell, text_of
from twin.handover.cobie_rules import NOTHING, SYSTEM, Rows
from twin.handover.plans import fault

_NOT_TAKEN = ("Zone", "System", "Connection", "Resource", "Job", "Impact", "Coordinate", "Issue")
_TAKEN_ABOUT = {"Document": ("component", "type"), "Attribute": ("component", "type"), "Assembly": ("component",)}
_COUNTED = re.compile(r" \(\d+\)$")

Row = Mapping[str, Any]
Json = dict[str, Any]


class Carried:
    """Documents and spare parts of components; those of a type are of each of its components.

    Args:
        rows: what the sheets say.
        company: the company of the Contact that a cell names; None for none.
    """

    def __init__(self, rows: Rows, company: Callable[[Cell], str | None]) -> None:
        self._company = company
        self._documents: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
        self._spares: defaultdict[str, list[Row]] = defaultdict(list)
        for row in rows.get("Document", ()):
            self._documents[(key_of(row.get("SheetName")), key_of(row.get("RowName")))].append(row)
        for row in rows.get("Spare", ()):
            self._spares[key_of(row.get("TypeName"))].append(row)

    def of(self, component: Row, known: Feature | None) -> Json:
        """The fields `documents` and `spare_parts` with what is new in them; what an Asset has stays as it is, so {} where nothing is new.

        Args:
            component: its row.
            known: the Asset that it is; None for a new one.
        """
        before = known.properties if known is not None else {}
        own, kind = key_of(component.get("Name")), key_of(component.get("TypeName"))
        documents = [_document(row) for about in (("component", own), ("type", kind)) for row in self._documents.get(about, ())]
        parts = [self._part(row) for row in self._spares.get(kind, ()) if _is_for(row, known)]
        grown = {"documents": _grown(before.get("documents"), documents, ("id", "url", "title")),
                 "spare_parts": _grown(before.get("spare_parts"), parts, ("number", "name"))}
        return {name: made for name, made in grown.items() if made is not None}

    def _part(self, row: Row) -> Json:
        return _said_only(name=said_of(row, "Name"), number=said_of(row, "PartNumber"), description=said_of(row, "Description"),
                          supplier=self._company(row.get("Suppliers")))


def not_taken(rows: Rows) -> Iterator[Finding]:
    """A note for each sheet that has rows of others that an import leaves as they are; rows of this register are in it already."""
    for sheet in (*_NOT_TAKEN, *_TAKEN_ABOUT):
        about = _TAKEN_ABOUT.get(sheet, ())
        left = sum(1 for row in rows.get(sheet, ()) if key_of(row.get("ExtSystem")) != SYSTEM and key_of(row.get("SheetName")) not in about)
        if left:
            told = f" that are about no {' or '.join(about)}" if about else ""
            yield fault("cobie-rows-not-taken", f"{left} rows of sheet '{sheet}'{told} are not taken in", sheet, 0, "", "", severity="note",
                        measured=str(left), cure="keep the workbook: the register has no place for them")


def said_of(row: Row, column: str) -> str:
    """What a cell says; "" for nothing."""
    said = text_of(row.get(column)).strip()
    return "" if said.casefold() == NOTHING else said


def key_of(cell: Cell) -> str:
    """A name as it is compared: without case, with single blanks."""
    return " ".join(text_of(cell).split()).casefold()


def _document(row: Row) -> Json:
    """A document of the register. Its id follows from what it says, so that a preview and the import come to the same."""
    ours = key_of(row.get("ExtSystem")) == SYSTEM
    title, folder, file = said_of(row, "Name"), said_of(row, "Directory"), said_of(row, "File")
    url = _address(folder, "" if ours else file)
    mark = hashlib.sha256("\n".join((title, folder, file)).encode()).hexdigest()[:12]
    id = said_of(row, "ExtIdentifier") if ours else f"f-{mark}"
    return _said_only(id=id, title=title or file or folder, type=said_of(row, "Category"), url=url, location="" if url else folder or file,
                      file="" if url else file, description=said_of(row, "Description"), added=said_of(row, "CreatedOn"),
                      by=said_of(row, "CreatedBy"))


def _address(folder: str, file: str) -> str:
    """The link that a folder and a file make; "" where they are no link."""
    if file.startswith(("https://", "http://")):
        return file
    if not folder.startswith(("https://", "http://")):
        return ""
    return folder if not file or folder.endswith(file) else f"{folder.rstrip('/')}/{quote(file)}"


def _is_for(row: Row, known: Feature | None) -> bool:
    """Whether a spare part is for an Asset: one of this register says for which it is."""
    own = said_of(row, "ExtIdentifier") if key_of(row.get("ExtSystem")) == SYSTEM else ""
    return not own or (known is not None and known.id == own)


def _grown(before: Any, said: Iterable[Json], marks: Sequence[str]) -> list[Json] | None:
    """A list with what is new in it; None where nothing is. One is known by any of its marks; a number in brackets does not count."""
    made = [dict(one) for one in before or () if isinstance(one, Mapping)]
    seen = {(mark, _mark(one[mark])) for one in made for mark in marks if one.get(mark)}
    count = len(made)
    for one in said:
        own = {(mark, _mark(one[mark])) for mark in marks if one.get(mark)}
        if own and not own & seen:
            made.append(one)
            seen |= own
    return made if len(made) > count else None


def _mark(value: Any) -> str:
    return _COUNTED.sub("", key_of(str(value)))


def _said_only(**values: str | None) -> Json:
    return {name: value for name, value in values.items() if value}
