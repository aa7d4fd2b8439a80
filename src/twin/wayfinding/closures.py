"""Closures: doors, lifts and other passages that are out of service for a time, kept with their history in the register."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from csdi.collection import Collection, Kind
from csdi.errors import ValueInvalid
from csdi.extent import rfc3339
from csdi.feature import Feature, Field, FieldType, Schema
from csdi.filter import Expression, Literal, Op, Property
from csdi.history import PRESENT_FIELDS
from csdi.store.base import Store
from twin.register.keeping import Register
from twin.register.schemas import ASSETS, REVISION

CLOSURES = "asset-closures"
_OUT = ("under-repair", "out-of-service", "retired")
_PASSABLE = ("IfcDoor", "IfcDoorStandardCase", "IfcTransportElement", "IfcTransportationDevice", "IfcStair", "IfcStairFlight", "IfcRamp",
             "IfcRampFlight")
"""Classes of elements that people pass or are carried by."""
_LONGEST = 500


def closures_collection() -> Collection:
    """The Collection of closures; open to everybody, since routes are."""
    def field(name: str, en: str, hant: str, hans: str, type: FieldType = FieldType.STRING, *, indexed: bool = False) -> Field:
        return Field(name, type, {"en": en, "zh-Hant": hant, "zh-Hans": hans}, indexed=indexed)

    fields = (field("passage", "Door, lift or other passage", "門、升降機或其他通道", "门、电梯或其他通道", indexed=True),
              field("since", "From", "由", "自", FieldType.DATETIME, indexed=True),
              field("until", "Until", "至", "至", FieldType.DATETIME),
              field("reason", "Reason", "原因", "原因"),
              field("by", "Entered by", "輸入人", "录入人"),
              field(REVISION, "Revision", "修訂", "修订", FieldType.INTEGER))
    title = {"en": "Closures", "zh-Hant": "封閉通道", "zh-Hans": "封闭通道"}
    return Collection(CLOSURES, title, Schema((*fields, *PRESENT_FIELDS), geometry=""), kind=Kind.BIM, keywords=("assets", "wayfinding"))


@dataclass(frozen=True, slots=True)
class Closure:
    """A passage that cannot be used from one moment to another.

    Attributes:
        passage: Feature id of the element, `model:GlobalId`.
        until: None while nobody knows.
        revision: of the row, which a change names.
    """

    id: str
    passage: str
    since: datetime
    until: datetime | None
    reason: str
    by: str
    revision: int = 1

    def holds(self, at: datetime) -> bool:
        """Whether it is closed at a moment."""
        return self.since <= at and (self.until is None or at < self.until)

    def to_dict(self) -> dict[str, Any]:
        """As a document."""
        return {"id": self.id, "passage": self.passage, "since": rfc3339(self.since), "until": rfc3339(self.until) if self.until else None,
                "reason": self.reason, "by": self.by, "revision": self.revision}


def close(store: Store, who: str, passage: str, reason: str = "", since: datetime | None = None, until: datetime | None = None) -> Closure:
    """Take a passage out of service. Raises ValueInvalid where the time ends before it begins, or the reason is too long."""
    begin = since or datetime.now(UTC)
    if until is not None and until <= begin:
        raise ValueInvalid("a closure ends after it begins", field="until", value=rfc3339(until))
    if len(reason) > _LONGEST or "\x00" in reason:
        raise ValueInvalid(f"a reason has at most {_LONGEST} characters", field="reason")
    row = Feature(f"c-{uuid4().hex[:12]}", None, {"passage": passage, "since": rfc3339(begin), "until": rfc3339(until) if until else None,
                                                  "reason": reason, "by": who})
    with Register(store).writing(who, reason, (closures_collection(),)) as writing:
        return _closure(writing.add(CLOSURES, row, "closed"))


def reopen(store: Store, who: str, id: str, revision: int | None = None, at: datetime | None = None) -> Closure:
    """Put a passage into service again, now or at a moment.

    Raises:
        NotFound: there is no such closure.
        PreconditionFailed: it is at another revision.
    """
    with Register(store).writing(who, "", (closures_collection(),)) as writing:
        return _closure(writing.edit(CLOSURES, id, {"until": rfc3339(at or datetime.now(UTC))}, "reopened", revision=revision))


def closures(store: Store) -> list[Closure]:
    """All closures, past ones and coming ones too."""
    return [_closure(row) for row in Register(store).every(CLOSURES)]


def out_of_service(store: Store) -> Iterator[str]:
    """Doors, lifts and the like whose asset has a status that says that they cannot be used."""
    where = Op("and", (_any("status", _OUT), _any("ifc_class", _PASSABLE)))
    for row in Register(store).every(ASSETS, where, ("element",)):
        if row.properties.get("element"):
            yield str(row.properties["element"])


def _any(name: str, values: tuple[str, ...]) -> Expression:
    return Op("or", tuple(Op("=", (Property(name), Literal(value))) for value in values))


def _closure(row: Feature) -> Closure:
    said = row.properties
    until = said.get("until")
    return Closure(row.id, str(said["passage"]), _moment(said["since"]), _moment(until) if until else None, str(said.get("reason") or ""),
                   str(said.get("by") or ""), int(said.get(REVISION) or 1))


def _moment(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
