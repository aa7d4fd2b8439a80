"""Ids and tags of Assets: ids are never used twice, tags are what people read on a label."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from twin.register.keeping import Register
from twin.register.rules import AssetClass, Rules
from twin.register.schemas import ASSETS
from twin.register.values import short

_NUMBER = "\x00"


class Names:
    """Names that are taken, and the next free ones."""

    def __init__(self, register: Register, rules: Rules) -> None:
        self._rules = rules
        self._ids: set[str] = set()
        self._tags: set[str] = set()
        self._last: Counter[str] = Counter()
        for row in register.every(ASSETS, fields=("tag",)):
            self._ids.add(row.id)
            if row.properties.get("tag"):
                self._tags.add(row.properties["tag"])

    def id(self, element: str) -> str:
        """A free id for the Asset of an element: the same one each time for an element that never had one."""
        number, found = 0, ""
        while not found or found in self._ids:
            found = id_of("a", f"{element}#{number}" if number else element)
            number += 1
        self._ids.add(found)
        return found

    def tag(self, found: AssetClass, fields: Mapping[str, Any]) -> str:
        """A free tag: the one that is stated, if it is free, else the next one by the template."""
        stated = str(fields.get("tag") or "").strip()
        if not stated or stated in self._tags:
            stated = self._next(found, fields)
        self._tags.add(stated)
        return stated

    def _next(self, found: AssetClass, fields: Mapping[str, Any]) -> str:
        template = found.tag or self._rules.tag
        parts = {"code": found.code, "asset_class": found.key, "model": str(fields.get("model") or ""),
                 **{part: short(str(fields.get(f"{part}_name") or fields.get(part) or "")) for part in ("site", "building", "system")},
                 **{part: short(str(fields.get(f"{part}_name") or "")) for part in ("storey", "space")}}
        key = _rendered(template, parts, lambda _: _NUMBER)
        while True:
            self._last[key] += 1
            made = _rendered(template, parts, lambda spec, number=self._last[key]: format(number, spec))  # type: ignore[misc]
            if made not in self._tags:
                return made


def id_of(letter: str, text: str) -> str:
    """An id that follows from a text: a letter and 12 hex digits."""
    return f"{letter}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


class _Number:
    """What stands for the number of a tag."""

    def __init__(self, shown: Callable[[str], str]) -> None:
        self._shown = shown

    def __format__(self, spec: str) -> str:
        return self._shown(spec)


def _rendered(template: str, parts: Mapping[str, str], number: Callable[[str], str]) -> str:
    """The template with its parts; where a part is empty, one of the dashes beside it goes too."""
    made = template.format(**parts, number=_Number(number))
    while "--" in made:
        made = made.replace("--", "-")
    return made.strip("-")
