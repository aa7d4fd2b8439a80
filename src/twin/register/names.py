"""Ids and tags of Assets: ids are never used twice, tags are what people read on a label."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from twin.register.keeping import Register
from twin.register.rules import AssetClass, Rules
from twin.register.schemas import ASSETS
from twin.register.values import short

_NUMBER = re.compile("\x00(.*?)\x00")
"""Where the number of a tag goes, with how it is written."""
_PARTS = ("model", "site", "site_name", "building", "building_name", "system", "system_name", "storey_name", "space_name")
"""Fields that templates of tags read."""


class Names:
    """Names that are taken, and the next free ones."""

    def __init__(self, register: Register, rules: Rules) -> None:
        self._rules = rules
        self._ids: set[str] = set()
        self._tags: set[str] = set()
        self._last: Counter[str] = Counter()
        self._templates: dict[tuple[str, ...], str] = {}
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
        said = (found.key, *(str(fields.get(name) or "") for name in _PARTS))
        if said not in self._templates:
            self._templates[said] = _rendered(found.tag or self._rules.tag, _parts(found, fields))
        template = self._templates[said]
        while True:
            self._last[template] += 1
            made = _NUMBER.sub(lambda number: format(self._last[template], number[1]), template)
            if made not in self._tags:
                return made


def id_of(letter: str, text: str) -> str:
    """An id that follows from a text: a letter and 12 hex digits."""
    return f"{letter}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


class _Number:
    """What stands for the number of a tag."""

    def __format__(self, spec: str) -> str:
        return f"\x00{spec}\x00"


def _parts(found: AssetClass, fields: Mapping[str, Any]) -> dict[str, str]:
    """What a template may name, but for the number."""
    return {"code": found.code, "asset_class": found.key, "model": str(fields.get("model") or ""),
            **{part: short(str(fields.get(f"{part}_name") or fields.get(part) or "")) for part in ("site", "building", "system")},
            **{part: short(str(fields.get(f"{part}_name") or "")) for part in ("storey", "space")}}


def _rendered(template: str, parts: Mapping[str, str]) -> str:
    """The template with its parts; where a part is empty, one of the dashes beside it goes too. The number is still missing."""
    made = template.format(**parts, number=_Number())
    while "--" in made:
        made = made.replace("--", "-")
    return made.strip("-")
