"""Parts of a Record that came from elsewhere, made fit to keep: what cannot be so is left out, and told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from csdi.catalogue.changes import LONGEST, MOST, UNFIT, read_changes
from csdi.catalogue.reading.values import moment_of
from csdi.crs import crs
from csdi.errors import CrsError, CsdiError

Json = dict[str, Any]

_LIST_PARTS = frozenset({"contacts", "links", "topics"})


def cleaned(loose: Mapping[str, Any]) -> tuple[Json, list[str]]:
    """The parts that can be kept, and one line for each that cannot.

    >>> cleaned({"title": {"en": "Roads"}, "links": [{"href": "javascript:alert(1)"}]})
    ({'title': {'en': 'Roads'}}, ['links[0].href: a URL of http or https is expected'])
    """
    found: Json = {}
    problems: list[str] = []
    for name, value in _plain(loose).items():
        if name in ("created", "updated"):
            found[name] = moment_of(value)
        elif name == "identifier":
            found[name] = plain_text(str(value), 500)
        elif name == "crs":
            found[name] = _code(value, problems)
        elif name in _LIST_PARTS and isinstance(value, list):
            found[name] = [one for at, part in enumerate(value[:MOST]) for one in _members(name, at, part, problems)]
        else:
            found[name] = _part(name, value, problems)
    return {name: value for name, value in found.items() if value not in (None, "", [], {})}, problems


def plain_text(text: str, longest: int = LONGEST) -> str:
    """The text without characters that cannot be kept (control characters, halves of surrogate pairs), no longer than may be."""
    return UNFIT.sub("", text).strip()[:longest]


def _part(name: str, value: Any, problems: list[str]) -> Any:
    """A part, or as much of a mapping as can be kept."""
    try:
        return read_changes({name: value})[name]
    except CsdiError as error:
        if isinstance(value, Mapping) and len(value) > 1:
            kept = {key: _part(name, {key: inner}, problems) for key, inner in value.items()}
            return {key: inner for one in kept.values() if one for key, inner in one.items()}
        problems.append(error.message.removeprefix("record: "))
        return None


def _members(name: str, at: int, value: Any, problems: list[str]) -> list[Any]:
    """The member of a list, without those of its own parts that cannot be kept; [] when nothing sensible is left."""
    try:
        return list(read_changes({name: [value]})[name])
    except CsdiError as error:
        part = str(error.data.get("field", "")).partition("].")[2].partition(".")[0]
        if not isinstance(value, Mapping) or part in ("", "href") or part not in value:
            problems.append(error.message.removeprefix("record: ").replace(f"{name}[0]", f"{name}[{at}]"))
            return []
        return _members(name, at, {key: inner for key, inner in value.items() if key != part}, problems)


def _code(value: Any, problems: list[str]) -> str | None:
    try:
        return crs(str(value)).code
    except CrsError as error:
        problems.append(f"crs: {error.message}")
        return None


def _plain(value: Any) -> Any:
    """The same without empty parts and control characters, texts no longer than may be."""
    if isinstance(value, str):
        return plain_text(value)
    if isinstance(value, Mapping):
        return {key: plain for key, inner in value.items() if (plain := _plain(inner)) not in (None, "", [], {})}
    if isinstance(value, list | tuple):
        return [plain for inner in value if (plain := _plain(inner)) not in (None, "", [], {})]
    return value
