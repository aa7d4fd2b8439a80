"""A part of an IFC file as an IFC file: chosen products with all that they refer to, statement by statement.

The text of every instance that is kept stays as it is, its number included; only relationships and layers lose what is left
out. So a part keeps GlobalIds, units, georeference and whatever no engine understands.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from bim import step
from bim.dialects.values import split
from bim.ifc import derived_classes

_HEAD = re.compile(rb"\s*#(\d+)\s*=\s*([A-Za-z][A-Za-z0-9_]*)\s*\(")
_GLOBAL_ID = re.compile(rb"#\d+\s*=\s*[A-Za-z0-9_]+\s*\(\s*'([^']+)'")
_REFERENCE = re.compile(rb"#(\d+)")
_DATA = re.compile(rb"\bDATA\s*(?:\([^;]*\))?;")
_STRING = re.compile(rb"'(?:[^']|'')*'")
_ROOTED = 4
"""Values of IfcRoot; what a relationship relates follows them."""
_BACK_ATTRIBUTES = {
    "IFCSTYLEDITEM": 0, "IFCMAPCONVERSION": 0, "IFCMAPCONVERSIONSCALED": 0, "IFCRIGIDOPERATION": 0, "IFCINDEXEDCOLOURMAP": 0,
    "IFCINDEXEDTRIANGLETEXTUREMAP": 1, "IFCINDEXEDPOLYGONALTEXTUREMAP": 1, "IFCMATERIALDEFINITIONREPRESENTATION": 3,
    "IFCMATERIALPROPERTIES": 3, "IFCEXTENDEDMATERIALPROPERTIES": 0, "IFCMECHANICALMATERIALPROPERTIES": 0,
    "IFCTHERMALMATERIALPROPERTIES": 0, "IFCGENERALMATERIALPROPERTIES": 0, "IFCPROFILEPROPERTIES": 3, "IFCSHAPEASPECT": 4,
    "IFCANNOTATIONSURFACE": 0,
}
"""Instances without a name of their own that say something of what the given value refers to: they come along with it."""
_TRIMMED = {"IFCPRESENTATIONLAYERASSIGNMENT": 2, "IFCPRESENTATIONLAYERWITHSTYLE": 2, "IFCEXTERNALREFERENCERELATIONSHIP": 3,
            "IFCRESOURCEAPPROVALRELATIONSHIP": 2}
"""Instances that list others: they come along with those of the list that are kept."""


@dataclass(slots=True)
class _File:
    """Statements by number, and who is part of whom."""

    header: bytes
    statements: dict[int, bytes] = field(default_factory=dict)
    classes: dict[int, str] = field(default_factory=dict)

    def references(self, number: int) -> list[int]:
        """What an instance refers to, in order."""
        return _references(self.statements[number])

    def values(self, number: int) -> list[bytes]:
        """The values of an instance as text."""
        text = self.statements[number]
        return split(text[text.index(b"(") + 1:text.rindex(b")")])


def subset(text: bytes, schema: str, keys: Collection[str]) -> bytes:
    """The file with only these products, what contains, voids, serves and describes them.

    Args:
        text: a whole STEP file.
        schema: its schema id.
        keys: GlobalIds as the tables write them (`~2`, `~3` where one is used again).
    """
    file = _read(text)
    return _Selection(file, schema).of(keys).text()


def _read(text: bytes) -> _File:
    begin = _DATA.search(step.COMMENT_OR_STRING.sub(lambda found: b"x" * len(found[0]), text))
    start = begin.end() if begin else 0
    file = _File(text[:start])
    for found in step.STATEMENT.finditer(text, start):
        statement = _without_comments(found[0]).strip()
        head = _HEAD.match(statement)
        if head is None:
            break
        number = int(head[1])
        file.statements[number] = statement
        file.classes[number] = head[2].decode().upper()
    return file


def _without_comments(statement: bytes) -> bytes:
    if b"/*" not in statement:
        return statement
    return step.COMMENT_OR_STRING.sub(lambda found: found[0] if found[0][:1] == b"'" else b" ", statement)


class _Selection:
    """What is kept, on its way from the chosen products to a closed file."""

    def __init__(self, file: _File, schema: str) -> None:
        self._file = file
        self._schema = schema
        self._products = self._of_class("IfcProduct")
        self._relations = self._of_class("IfcRelationship")
        self._rooted = self._of_class("IfcRoot")
        self._objects = self._of_class("IfcObject") | self._of_class("IfcContext")
        self._groups = self._of_class("IfcGroup")
        self._kept: set[int] = set()
        self._changed: dict[int, bytes] = {}

    def of(self, keys: Collection[str]) -> _Selection:
        """Keeps these products and all that belongs to them."""
        wholes, parts = self._structure()
        chosen = self._with_parts(self._numbers(keys), parts)
        self._keep([*self._of_class("IfcProject"), *self._ancestors(chosen, wholes), *chosen])
        self._describe()
        return self

    def text(self) -> bytes:
        """The STEP file."""
        kept = (self._changed.get(number, statement) for number, statement in self._file.statements.items() if number in self._kept)
        return self._file.header + b"\n" + b"\n".join(kept) + b"\nENDSEC;\nEND-ISO-10303-21;\n"

    # --- choosing

    def _of_class(self, name: str) -> set[int]:
        wanted = derived_classes(self._schema, name)
        return {number for number, found in self._file.classes.items() if found in wanted}

    def _numbers(self, keys: Collection[str]) -> set[int]:
        """Instance numbers of products by their keys, told apart in the order of their numbers."""
        wanted, found = set(keys), set()
        seen: dict[str, int] = defaultdict(int)
        for number in sorted(self._products):
            stated = _GLOBAL_ID.match(self._file.statements[number])
            global_id = stated[1].decode("ascii", "replace") if stated else f"#{number}"
            seen[global_id] += 1
            key = global_id if seen[global_id] == 1 else f"{global_id}~{seen[global_id]}"
            if key in wanted:
                found.add(number)
        return found

    def _structure(self) -> tuple[dict[int, int], dict[int, list[int]]]:
        """Part -> whole and whole -> parts that go with it, from the relationships that make a whole of parts."""
        wholes: dict[int, int] = {}
        parts: dict[int, list[int]] = defaultdict(list)
        strength = {name: rank for rank, name in enumerate(_WHOLES)}
        telling = sorted((strength[c], n) for n in self._relations if (c := self._file.classes[n]) in strength)
        for _, number in telling:
            roles = _WHOLES[self._file.classes[number]]
            values = self._file.values(number)
            if len(values) <= max(roles.whole, roles.parts):
                continue
            whole, members = _references(values[roles.whole])[:1], _references(values[roles.parts])
            for member in members if whole else ():
                wholes.setdefault(member, whole[0])
                if roles.down:
                    parts[whole[0]].append(member)
        return wholes, parts

    def _with_parts(self, chosen: set[int], parts: dict[int, list[int]]) -> set[int]:
        """The chosen with their openings, ports and parts; what a spatial structure contains does not go with it."""
        spatial = self._of_class("IfcSpatialStructureElement") | self._of_class("IfcSpatialElement")
        done: set[int] = set()
        todo = list(chosen)
        while todo:
            number = todo.pop()
            if number not in done:
                done.add(number)
                todo += parts.get(number, []) if number not in spatial else []
        return done

    def _ancestors(self, chosen: Iterable[int], wholes: dict[int, int]) -> set[int]:
        found: set[int] = set()
        for number in chosen:
            at = wholes.get(number)
            while at is not None and at not in found:
                found.add(at)
                at = wholes.get(at)
        return found

    # --- closing

    def _keep(self, numbers: Iterable[int]) -> None:
        """Keeps instances with everything that they refer to."""
        todo = list(numbers)
        while todo:
            number = todo.pop()
            if number in self._kept or number not in self._file.statements:
                continue
            self._kept.add(number)
            todo += _references(self._changed[number]) if number in self._changed else self._file.references(number)

    def _describe(self) -> None:
        """Adds what says something of what is kept, until there is no more."""
        relations = sorted(self._relations)
        back = [(n, _BACK_ATTRIBUTES[c]) for n, c in self._file.classes.items() if c in _BACK_ATTRIBUTES]
        lists = [(n, _TRIMMED[c]) for n, c in self._file.classes.items() if c in _TRIMMED]
        while True:
            before = len(self._kept)
            relations = [number for number in relations if not self._relation(number, final=False)]
            back = [one for one in back if not self._comes_along(*one)]
            if len(self._kept) == before:
                break
        for number in sorted(self._relations & self._kept):
            self._relation(number, final=True)
        for number, at in lists:
            self._trimmed(number, at, lambda one: one in self._kept)

    def _comes_along(self, number: int, at: int) -> bool:
        values = self._file.values(number)
        subject = _references(values[at]) if at < len(values) else []
        if not subject or subject[0] not in self._kept:
            return False
        self._keep([number])
        return True

    def _relation(self, number: int, *, final: bool) -> bool:
        """Keeps a relationship with what is kept of the objects that it relates; False while there is nothing to relate."""
        values = self._file.values(number)
        told = False
        for at in range(_ROOTED, len(values)):
            value = values[at]
            members = self._bound(number, value)
            kept = [one for one in members if one in self._kept]
            if members and not kept:
                return False
            told = told or bool(kept)
            if len(kept) < len(members):
                gone = set(members) - set(kept)
                values[at] = b"(" + b",".join(one for one in split(value[1:-1]) if not set(_references(one)) & gone) + b")"
        if not told:
            return False
        self._changed[number] = b"#%d=%b(%b);" % (number, self._file.classes[number].encode(), b",".join(values))
        if not final:
            self._keep([number])
        return True

    def _bound(self, number: int, value: bytes) -> list[int]:
        """What a value of a relationship names that is only kept for its own sake: all of a list, an object on its own.

        A type, a property set or a material comes along with the first object that it is said of; so does a group with its
        first member, but not with the building that it serves.
        """
        found = _references(value)
        if value[:1] == b"(":
            return [one for one in found if one in self._rooted]
        to_group = self._file.classes[number].startswith("IFCRELASSIGNSTOGROUP")
        return [one for one in found if one in self._objects and not (to_group and one in self._groups)]

    def _trimmed(self, number: int, at: int, keep: Callable[[int], bool]) -> None:
        values = self._file.values(number)
        if at >= len(values):
            return
        members = [one for one in split(values[at][1:-1]) if all(keep(n) for n in _references(one))]
        if members:
            values[at] = b"(" + b",".join(members) + b")"
            self._changed[number] = b"#%d=%b(%b);" % (number, self._file.classes[number].encode(), b",".join(values))
            self._keep([number])


@dataclass(frozen=True, slots=True)
class _Roles:
    """Which values of a relationship are the whole and its parts, and whether the parts go with the whole."""

    whole: int
    parts: int
    down: bool


_WHOLES = {
    "IFCRELCONTAINEDINSPATIALSTRUCTURE": _Roles(5, 4, False),
    "IFCRELAGGREGATES": _Roles(4, 5, True), "IFCRELNESTS": _Roles(4, 5, True),
    "IFCRELVOIDSELEMENT": _Roles(4, 5, True), "IFCRELPROJECTSELEMENT": _Roles(4, 5, True),
    "IFCRELADHERESTOELEMENT": _Roles(4, 5, True), "IFCRELFILLSELEMENT": _Roles(4, 5, False),
    "IFCRELCONNECTSPORTTOELEMENT": _Roles(5, 4, True),
}
"""In order of strength: the first one that tells a part's whole counts."""


def _references(text: bytes) -> list[int]:
    """Numbers of the instances that a value or a statement refers to, its own number left out."""
    bare = _STRING.sub(b"", text) if b"'" in text else text
    numbers = [int(number) for number in _REFERENCE.findall(bare)]
    return numbers[1:] if _HEAD.match(bare) else numbers
