"""Work orders as CSV for a maintenance system elsewhere, and what it sends back; columns by a map that is data."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bim.submissions.submission import text
from csdi.access import Action, require
from csdi.errors import CsdiError, FileBroken, FileTooLarge, ValueInvalid
from csdi.extent import rfc3339
from csdi.feature import Feature
from twin.maintenance.moments import moment
from twin.maintenance.orders import Orders
from twin.maintenance.schemas import ORDERS, PRIORITIES
from twin.maintenance.states import State
from twin.register.keeping import both, equals

Json = dict[str, Any]
COLUMNS = ("number", "external_id", "title", "description", "state", "priority", "origin", "asset_tag", "asset_name", "asset_class",
           "storey_name", "space_name", "assignee", "reported_at", "due_at", "started_at", "done_at", "closed_at", "cause", "remedy",
           "labour_minutes", "revision")
"""Fields of an export, in order."""
TAKEN = ("external_id", "number", "title", "description", "state", "priority", "asset_tag", "assignee", "due_at", "done_at", "cause",
         "remedy")
"""Fields that an import may carry."""
MOST_BYTES, MOST_ROWS = 20 << 20, 50_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(slots=True)
class Taken:
    """What came of an import.

    Attributes:
        added, changed: numbers of orders; same: how many rows said nothing new.
        conflicts: rows that were not taken since the order was changed here meanwhile.
        errors: rows that cannot be taken: row, column, code, message, remedy.
    """

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    same: int = 0
    conflicts: list[Json] = field(default_factory=list)
    errors: list[Json] = field(default_factory=list)

    def to_dict(self) -> Json:
        """The JSON form."""
        return {"added": self.added, "changed": self.changed, "same": self.same, "conflicts": self.conflicts, "errors": self.errors}


def to_csv(orders: Iterable[Feature], names: Mapping[str, str] | None = None) -> bytes:
    """Orders as CSV in UTF-8 with a byte order mark, as spreadsheets want it; text that a spreadsheet would run is quoted.

    Args:
        names: field -> column name elsewhere; fields that it does not name keep their own.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([(names or {}).get(name, name) for name in COLUMNS])
    for order in orders:
        writer.writerow([_safe(order.properties.get(name)) for name in COLUMNS])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def take_csv(orders: Orders, data: bytes, system: str, names: Mapping[str, str] | None = None, *, theirs: bool = False) -> Taken:
    """Take in what another system says of its work orders; the same file twice changes nothing.

    An order is known by its `external_id` in that system, else by its `number`. A row without either cannot be taken.

    Args:
        system: name of the other system.
        names: field -> column name there.
        theirs: whether their word counts where an order was changed here after the `revision` that the row names.

    Raises:
        AccessDenied: for editors only.
        FileTooLarge, FileBroken: no CSV that can be read.
        ValueInvalid: a column is missing, or the map names a field that there is not.
    """
    require(orders.principal, Action.EDIT)
    system, result = text(system, "system", needed=True), Taken()
    rows = _rows(data, names or {})
    with orders.writing(f"import from {system}"):
        pass  # makes the Collections where this is the first that is ever said of maintenance
    for line, row in rows:
        try:
            _take(orders, row, system, result, line, theirs=theirs)
        except CsdiError as error:
            result.errors.append({"row": line, "column": (names or {}).get(str(error.data.get("field")), error.data.get("field")),
                                  "code": error.code, "message": error.message, "remedy": error.remedy})
    return result


def _take(orders: Orders, row: Mapping[str, str], system: str, result: Taken, line: int, *, theirs: bool) -> None:
    found = _known(orders, row, system)
    wanted = _fields(orders, row)
    if found is None:
        result.added.append(_added(orders, row, wanted, system))
        return
    patch = {name: value for name, value in wanted.items() if value != found.properties.get(name)}
    if row.get("external_id") and found.properties.get("external_id") != row["external_id"]:
        patch |= {"external_id": row["external_id"], "external_system": system}
    if not patch:
        result.same += 1
        return
    stated = row.get("revision", "")
    if stated.isdigit() and int(stated) != found.properties.get("revision") and not theirs:
        result.conflicts.append({"row": line, "number": found.properties["number"], "revision": found.properties.get("revision"),
                                 "stated": int(stated), "fields": sorted(patch)})
        return
    with orders.writing(f"import from {system}") as raising:
        raising.write.edit(ORDERS, found.id, patch, "order-imported")
    result.changed.append(found.properties["number"])


def _known(orders: Orders, row: Mapping[str, str], system: str) -> Feature | None:
    if row.get("external_id"):
        rows = orders.register.rows(ORDERS, both(equals("external_id", row["external_id"]), equals("external_system", system)), limit=1)
        if rows:
            return rows[0]
    if row.get("number"):
        return orders.order(row["number"])
    if not row.get("external_id"):
        raise ValueInvalid("the row has neither external_id nor number", field="external_id", remedy="give one of them")
    return None


def _added(orders: Orders, row: Mapping[str, str], wanted: Json, system: str) -> str:
    asset = orders.register.asset(row["asset_tag"]) if row.get("asset_tag") else None
    if not wanted.get("title"):
        raise ValueInvalid("a new order has a title", field="title", remedy="fill the column")
    id = "wo-" + uuid.uuid5(uuid.NAMESPACE_URL, f"{system} {row['external_id']}").hex[:12]
    state = State(wanted.pop("state", State.OPEN))
    with orders.writing(f"import from {system}") as raising:
        made = raising.order(asset, {**wanted, "origin": "import", "external_id": row["external_id"], "external_system": system},
                             state=state, id=id)
    return str(made.properties["number"])


def _fields(orders: Orders, row: Mapping[str, str]) -> Json:
    """The fields that a row sets, checked. Raises ValueInvalid, NotFound."""
    found: Json = {}
    for name in TAKEN:
        value = row.get(name, "").removeprefix("'").strip()
        if not value or name in ("external_id", "number", "asset_tag"):
            continue
        if name == "state" and value not in set(State):
            raise ValueInvalid(f"there is no state '{value[:40]}'", field=name, remedy=f"one of {', '.join(State)}")
        if name == "priority" and value not in PRIORITIES:
            raise ValueInvalid(f"there is no priority '{value[:40]}'", field=name, remedy=f"one of {', '.join(PRIORITIES)}")
        found[name] = _stamp(value, name) if name.endswith("_at") else text(value, name)
    if row.get("asset_tag"):
        orders.register.asset(row["asset_tag"])
    return found


def _stamp(value: str, name: str) -> str:
    return rfc3339(moment(value, name))


def _rows(data: bytes, names: Mapping[str, str]) -> list[tuple[int, dict[str, str]]]:
    """(line, field -> text) of a CSV in UTF-8; columns that nobody asked for are left aside."""
    if len(data) > MOST_BYTES:
        raise FileTooLarge(f"an import has at most {MOST_BYTES >> 20} MB", limit=MOST_BYTES, remedy="cut it in parts")
    if unknown := sorted(set(names) - {*COLUMNS, *TAKEN}):
        raise ValueInvalid(f"there is no field '{unknown[0][:40]}'", field="columns", remedy=f"one of {', '.join(COLUMNS)}")
    try:
        reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig")), strict=True)
        listed = [{field: (row.get(names.get(field, field)) or "") for field in (*TAKEN, "revision")} for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise FileBroken(f"this is no CSV in UTF-8: {error}", remedy="save it as CSV UTF-8") from None
    if len(listed) > MOST_ROWS:
        raise FileTooLarge(f"an import has at most {MOST_ROWS} rows", limit=MOST_ROWS, remedy="cut it in parts")
    _check_columns(reader.fieldnames or (), names)
    return list(enumerate(listed, 2))


def _check_columns(there: Sequence[str], names: Mapping[str, str]) -> None:
    if not {names.get("external_id", "external_id"), names.get("number", "number")} & set(there):
        raise ValueInvalid("there is neither a column for external_id nor one for number", field="columns",
                           remedy="name the columns in the first row, or give a map of columns")


def _safe(value: Any) -> str:
    said = "" if value is None else str(value)
    return f"'{said}" if said.startswith(_FORMULA) and not said.lstrip("+-").replace(".", "", 1).isdigit() else said
