"""One part of a file against its schema: every n-th instance, judged in a process of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import ifcopenshell as untyped
import ifcopenshell.validate as untyped_validate

from bim.express.tally import Tally
from bim.express.where import where_rules
from bim.ifc import is_instance
from bim.step import line_of

_engine: Any = untyped
_validate: Any = untyped_validate
_SAYS = {
    "Attribute not optional": ("EXP-003", "it is mandatory, and missing"),
    "Invalid attribute value": ("EXP-002", "it has no value of its type"),
}


def opened(path: Path, name: str) -> tuple[Any, Tally]:
    """The engine's file, and what concerns it as a whole: what the engine stumbled over, and GlobalIds that are used twice.

    Args:
        path: a STEP text that `bim.ifc.readable` gave.
        name: how Findings call the file.
    """
    tally = Tally(name)
    _engine.get_log()
    _engine.ifcopenshell_wrapper.set_log_format_json()
    file = _engine.open(str(path))
    _stumbled(path, _engine.get_log(), tally)
    _repeated(file, tally)
    return file, tally


def judged_part(file: Any, name: str, part: int, parts: int, *, rules: bool) -> Tally:
    """The breaches of every instance whose number leaves `part` when divided by `parts`.

    Part 0 also judges the header and global rules.

    Args:
        rules: whether where-rules are judged too.
    """
    tally = Tally(name)
    file.__class__ = _sliced(part, parts)
    _validate.validate(file, _logger(tally, whole=part == 0))
    file.__class__ = _engine.file
    if rules:
        where_rules(file, tally, lambda instance: instance.id() % parts == part, whole=part == 0)
    return tally


def _sliced(part: int, parts: int) -> type:
    """A class of files that are iterated in part only."""
    def some(file: Any) -> Any:
        return (file.by_id(number) for number in file.entity_names() if number % parts == part)
    return type("Slice", (_engine.file,), {"__iter__": some})


def _logger(tally: Tally, *, whole: bool) -> Any:
    """A logger for `ifcopenshell.validate` that puts what it is told into the tally; of the header only where `whole`."""
    logger = _validate.json_logger()

    def log(_level: str, message: str, *args: Any) -> None:
        if whole or "instance" in logger.state:
            _sort(message % args if args else message, logger.state, tally)
    logger.log = log
    return logger


def _sort(message: str, state: dict[str, Any], tally: Tally) -> None:
    instance: Any = state.get("instance")
    what = str(state.get("attribute") or "")
    if not is_instance(instance):
        tally.add("EXP-001" if instance else "EXP-010", "", _one_line(message), None, measured=str(instance or ""))
    elif message in _SAYS:
        code, said = _SAYS[message]
        tally.add(code, what, f"{what}: {said}", instance)
    elif message.startswith("Entity "):
        tally.add("EXP-004", instance.is_a(), f"{instance.is_a()} is abstract", instance)
    elif message.startswith("With inverse"):
        tally.add("EXP-005", what, f"{instance.is_a()}.{what.rpartition('.')[2]}: the number of instances that refer to it is not allowed",
                  instance, expected=_between(message, "With inverse:", "Value:"))
    elif message.startswith("With attribute"):
        what = f"{instance.is_a()}.{what}"
        tally.add("EXP-002", what, f"{what}: it has no value of its type", instance, measured=_between(message, "Value:", "Not valid"),
                  expected=_between(message, "With attribute:", "Value:"))
    elif "IfcGloballyUniqueId" in message:
        tally.add("EXP-006", "", f"'{instance.GlobalId}' is no GlobalId", instance, measured=str(instance.GlobalId))
    elif "IfcRoot.UR1" not in message:
        tally.add("EXP-001", "", _one_line(message), instance)


def _between(message: str, begin: str, end: str) -> str:
    return _one_line(message.partition(begin)[2].partition(end)[0])


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _stumbled(path: Path, log: str, tally: Tally) -> None:
    """What the engine said while it read the text, with the line where it says so."""
    text = path.read_bytes() if log.strip() else b""
    for said in filter(None, log.split("\n")):
        message, _, offset = json.loads(said)["message"].partition(" at offset ")
        line = f"line {line_of(text, int(offset))}: " if offset.strip().isdigit() else ""
        tally.add("EXP-001", "", f"{line}{_one_line(message)}")


def _repeated(file: Any, tally: Tally) -> None:
    """GlobalIds that several rooted instances have."""
    seen: dict[str, int] = {}
    for one in file.by_type("IfcRoot"):
        key = one[0]
        if isinstance(key, str) and seen.setdefault(key, one.id()) != one.id():
            tally.add("EXP-007", "IfcRoot.UR1", f"#{seen[key]} has the same GlobalId", one, measured=key, expected="each GlobalId once")
