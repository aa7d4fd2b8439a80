"""Importing COBie: components matched with Assets, and what they say as changes that are looked at first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from csdi.feature import Feature, FieldType
from csdi.filter import Op
from csdi.store.base import has_collection
from twin.handover.books import address
from twin.handover.cells import Cell, Formula, Unreadable, text_of, value_of
from twin.handover.cobie_carried import Carried, key_of, not_taken
from twin.handover.cobie_check import CobieReport
from twin.handover.cobie_export import AS_ATTRIBUTES, FIELD_OBJECT
from twin.handover.cobie_rules import NOTHING, SYSTEM
from twin.handover.columns import ATTRIBUTE, LOCKED, Column, Columns, LocationNames, read_cell, same
from twin.handover.plans import Plan, Planner, Wish, fault
from twin.register.editing import Editor
from twin.register.keeping import Writing, equals
from twin.register.rules import Described, Rules
from twin.register.schemas import ASSETS, LOCATIONS
from twin.register.values import later, slug

_YEARS = {"year": 1.0, "quarter": 0.25, "month": 1 / 12, "week": 7 / 365.25, "day": 1 / 365.25}
_MUST_BE_THERE = ("Component", "Type", "Space", "Contact")

Row = Mapping[str, Any]
Json = dict[str, Any]


def take_cobie(writing: Writing, rules: Rules, report: CobieReport) -> Plan:
    """What the components of a workbook come to, made in a block of changes; `n/a` and empty cells change nothing.

    An Asset is known by AssetIdentifier, then by ExtIdentifier as GlobalId, then by Name as tag. Rows with errors of their own are left
    to the plan as errors.
    """
    planner = Planner(Editor(writing, rules))
    missing = [name for name in _MUST_BE_THERE if name not in report.rows]
    planner.plan.findings += [fault("cobie-sheet-missing", f"there is no sheet '{name}'", name, 0, "", "", cure="add it")
                              for name in missing]
    if not missing:
        planner.take(_Reading(writing, rules, report).wishes())
        planner.plan.findings += not_taken(report.rows)
    return planner.plan


class _Reading:
    def __init__(self, writing: Writing, rules: Rules, report: CobieReport) -> None:
        self._writing, self._rules, self._report = writing, rules, report
        self._columns = Columns(rules)
        self._by_title = {one.names[language].casefold(): one.key for kind in rules.classes.values() for one in kind.attributes
                          for language in one.names}
        self._types = self._named("Type")
        self._spaces = self._named("Space")
        self._companies = {key_of(row.get("Email")): text_of(row.get("Company")).strip() for row in report.rows["Contact"]}
        self._attributes = self._about("Attribute")
        self._carried = Carried(report.rows, self._company)
        self._wholes = {key_of(row.get("ChildNames")): text_of(row.get("ParentName")).strip() for row in report.rows.get("Assembly", ())
                        if key_of(row.get("SheetName")) == "component"}
        self._places = LocationNames(writing.register.every(LOCATIONS, fields=("name", "path")))
        self._locations = {text_of(row.properties.get("element")).partition(":")[2]: row.id
                           for row in writing.register.every(LOCATIONS, fields=("element",)) if row.properties.get("element")}
        self._wrong: defaultdict[tuple[str, int], list[Any]] = defaultdict(list)
        for one in report.findings:
            if one.severity == "error" and one.data.get("row"):
                self._wrong[(one.data["sheet"], one.data["row"])].append(one)
        self._seen: dict[str, int] = {}

    def wishes(self) -> Iterator[Wish]:
        """One for each component."""
        for row in self._report.rows["Component"]:
            yield self._wish(row)

    def _wish(self, row: Row) -> Wish:
        number, found = int(row["#"]), list(self._wrong[("Component", int(row["#"]))])
        known = self._known(row)
        if known is not None and self._seen.setdefault(known.id, number) != number:
            found.append(fault("sheet-row-twice", f"row {self._seen[known.id]} is about the same asset", "Component", number,
                               "AssetIdentifier",
                               self._cell("AssetIdentifier", number), measured=known.id, cure="leave one of them out"))
        kind = self._types.get(key_of(row.get("TypeName")), {})
        if kind:
            found += self._wrong[("Type", int(kind["#"]))]
        said: Json = {}
        cells: dict[str, str] = {}
        for name, column, value in self._statements(row, kind, known):
            try:
                made = self._value(name, value, known)
            except Unreadable as wrong:
                found.append(fault(wrong.code, f"{name}: {text_of(value)[:60]} is not {wrong}", "Component", number, column,
                                   self._cell(column, number), measured=text_of(value), expected=str(wrong), cure=wrong.cure))
                continue
            if made is not None:
                said[name], cells[name] = made, self._cell(column, number)
        self._settle(row, kind, known, said, cells)
        return Wish(number, known.id if known is not None else "", said, cells, "Component", None, tuple(found))

    def _statements(self, row: Row, kind: Row, known: Feature | None) -> Iterator[tuple[str, str, Cell]]:
        """(field, column of the component that leads to it, what is said), the more particular last."""
        ours = key_of(row.get("ExtSystem")) == SYSTEM
        yield "manufacturer", "TypeName", self._company(kind.get("Manufacturer"))
        yield "product", "TypeName", kind.get("ModelNumber")
        yield "expected_life_years", "TypeName", self._life(kind)
        yield "cost", "TypeName", kind.get("ReplacementCost")
        guarantor = self._company(kind.get("WarrantyGuarantorParts"))
        if guarantor != self._company(kind.get("Manufacturer")):
            yield "supplier", "TypeName", guarantor
        yield "serial", "SerialNumber", row.get("SerialNumber")
        yield "installed_on", "InstallationDate", _day(row.get("InstallationDate"))
        yield "warranty_end", "WarrantyStartDate", self._warranty_end(row, kind, known)
        yield "location", "Space", self._location(row)
        if known is None or ours:
            column = "TagNumber" if _said(row.get("TagNumber")) else "Name"
            yield "tag", column, row.get(column)
        yield "name", "Description" if ours else "Name", row.get("Description") if ours else row.get("Name") if known is None else None
        if not ours:
            yield "description", "Description", row.get("Description")
        yield from self._attributed("type", kind)
        yield from self._attributed("component", row)

    def _attributed(self, sheet: str, row: Row) -> Iterator[tuple[str, str, Cell]]:
        """What Attribute rows say; those of others become attributes of the template, or particulars."""
        for one in self._attributes.get((sheet, key_of(row.get("Name"))), ()):
            about = text_of(one.get("ExtObject")).strip()
            name = about.removeprefix(FIELD_OBJECT) if about.startswith(FIELD_OBJECT) else ""
            if not name:
                said = text_of(one.get("Name")).strip()
                name = ATTRIBUTE + self._by_title.get(said.casefold(), said)
            if name.startswith(ATTRIBUTE) or name in AS_ATTRIBUTES or name in ("asset_class", "warranty_end"):
                yield name, "Name", one.get("Value")

    def _value(self, name: str, cell: Cell, known: Feature | None) -> Any:
        """The value of a field; None where nothing is said. Raises Unreadable."""
        if isinstance(cell, Formula):
            raise Unreadable("a value, no formula", "sheet-formula", "write the value itself")
        if not _said(cell):
            return None
        column = self._columns.find(name)
        if column is None or column.name in LOCKED:
            return None
        before = column.value(known.properties) if known is not None else None
        return _kept(column, cell, before)

    def _settle(self, row: Row, kind: Row, known: Feature | None, said: Json, cells: dict[str, str]) -> None:
        """What a new Asset needs, whole and part, and documents and spare parts."""
        whole = self._wholes.get(key_of(row.get("Name")))
        if whole:
            said["parent"] = whole
        said |= self._carried.of(row, known)
        if known is not None:
            if known.properties.get("asset_class") == said.get("asset_class"):
                said.pop("asset_class", None)
            return
        said["asset_class"] = said.get("asset_class") or self._class_of(row, kind)
        cells["asset_class"] = self._cell("TypeName", int(row["#"]))
        if element := self._element(row):
            said["element"] = element

    def _class_of(self, row: Row, kind: Row) -> str | None:
        """By the rules of the register from what IFC class it says to be, else by the names of classes."""
        for said, one in ((text_of(row.get("ExtObject")), row), (text_of(kind.get("ExtObject")), kind)):
            if said.startswith("Ifc"):
                words = {"ifc_class": said.removesuffix("Type"), "name": text_of(row.get("Name")), "type_name": text_of(kind.get("Name")),
                         "description": text_of(one.get("Description"))}
                if (found := self._rules.class_of(Described(words, "IFC4", "", frozenset()))) is not None:
                    return found.key
        texts = " ".join(text_of(kind.get(name)) for name in ("Category", "Name", "Description")).casefold()
        named = [(len(name), key) for key, one in self._rules.classes.items() for name in one.names.values() if name.casefold() in texts]
        return max(named)[1] if named else None

    def _known(self, row: Row) -> Feature | None:
        register = self._writing.register
        id, key, name = (text_of(row.get(column)).strip() for column in ("AssetIdentifier", "ExtIdentifier", "Name"))
        for one in (id, key):
            if one.startswith("a-") and (found := self._writing.find(ASSETS, one)) is not None:
                return found
        if _said(key):
            rows = register.rows(ASSETS, equals("global_id", key), limit=2)
            if len(rows) == 1:
                return self._writing.find(ASSETS, rows[0].id)
        for tag in (text_of(row.get("TagNumber")).strip(), name):
            if _said(tag) and (found_id := self._writing.tagged(tag)):
                return self._writing.find(ASSETS, found_id)
        return None

    def _element(self, row: Row) -> str | None:
        key, store = text_of(row.get("ExtIdentifier")).strip(), self._writing.register.store
        if len(key) != 22 or not has_collection(store, "elements"):
            return None
        rows = self._writing.register.rows("elements", Op("and", (equals("global_id", key), equals("role", "element"))), limit=2)
        return rows[0].id if len(rows) == 1 else None

    def _location(self, row: Row) -> str | None:
        """The place of the first space that is named: by its GlobalId or id, else by its names."""
        said = text_of(row.get("Space")).strip()
        space = self._spaces.get(key_of(said)) or self._spaces.get(key_of(said.split(",")[0]))
        if space is None:
            return None
        key = text_of(space.get("ExtIdentifier")).strip()
        return (self._locations.get(key) or self._places.id(key) if _said(key) else None) or self._places.id(text_of(space.get("Name")))

    def _company(self, cell: Cell) -> str | None:
        """The company of a Contact."""
        return (self._companies.get(key_of(cell)) or text_of(cell).strip()) if _said(cell) else None

    def _life(self, kind: Row) -> Cell:
        said = kind.get("ExpectedLife")
        factor = _YEARS.get(key_of(kind.get("DurationUnit")), 1.0)
        number = _number(said)
        return said if factor == 1.0 or number is None else round(number * factor, 4)

    def _warranty_end(self, row: Row, kind: Row, known: Feature | None) -> str | None:
        """From where it starts and how long it lasts; what is known is not put less exactly."""
        start, length = _day(row.get("WarrantyStartDate")), _number(kind.get("WarrantyDurationParts"))
        unit = _YEARS.get(key_of(kind.get("WarrantyDurationUnit")))
        if start is None or not length or unit is None:
            return None
        if known is not None and known.properties.get("warranty_end") and key_of(row.get("ExtSystem")) == SYSTEM:
            return None
        return later(start, length * unit)

    def _cell(self, column: str, number: int) -> str:
        place = self._report.columns["Component"].get(column)
        return address(number, place) if place else ""

    def _named(self, sheet: str) -> dict[str, Row]:
        return {key_of(row.get("Name")): row for row in reversed(self._report.rows[sheet])}

    def _about(self, sheet: str) -> dict[tuple[str, str], list[Row]]:
        made: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in self._report.rows.get(sheet, ()):
            made[(key_of(row.get("SheetName")), key_of(row.get("RowName")))].append(row)
        return made


def _kept(column: Column, cell: Cell, before: Any) -> Any:
    """The value of a cell; what is there already where the cell says the same, however it is typed."""
    if before is not None and not isinstance(before, (dict, list)) and same(_plain(before), " ".join(text_of(cell).split())):
        return before
    if column.name == "status":
        cell = slug(text_of(cell))
    return read_cell(column, cell, before)


def _plain(value: Any) -> str:
    said = ("true" if value else "false") if isinstance(value, bool) else text_of(value)
    return " ".join(said.split())


def _said(cell: Cell) -> bool:
    """Whether a cell says anything."""
    return text_of(cell).strip().casefold() not in ("", NOTHING)


def _number(cell: Cell) -> float | None:
    try:
        found = value_of(cell, FieldType.NUMBER) if _said(cell) else None
    except Unreadable:
        return None
    return float(found) if found is not None else None


def _day(cell: Cell) -> Any:
    """A day of a date or a time; what is neither as it is."""
    said = text_of(cell).strip()
    return said[:10] if len(said) > 10 and said[10] == "T" else said or None
