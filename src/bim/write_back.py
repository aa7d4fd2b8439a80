"""Property sets written into an IFC file: statements are added to its text, and every other one stays as it is, byte for byte."""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import ifcopenshell.guid

from bim import step
from bim.dialects.values import split
from bim.ifc import derived_classes
from csdi.errors import FileBroken

Value = str | int | float | bool
_INSTANCE = re.compile(rb"#(\d+)\s*=\s*([A-Za-z][A-Za-z0-9_]*)\s*\(")
_REFERENCE = re.compile(rb"#(\d+)")
_GLOBAL_ID = re.compile(rb"\s*'([^']*)'")
_DATA = re.compile(rb"\bDATA\s*(?:\([^;]*\))?;")
_ENDSEC = re.compile(rb"ENDSEC\s*;")
_LABEL = 255
"""Characters of an IfcLabel."""


@dataclass(frozen=True, slots=True)
class WrittenBack:
    """A file with its property sets.

    Attributes:
        elements: how many elements have the set now.
        missing: GlobalIds that are not in the file.
    """

    text: bytes
    elements: int
    missing: tuple[str, ...]


@dataclass
class _File:
    """What of a file is needed to add property sets."""

    text: bytes
    end: int = 0
    highest: int = 0
    history: bytes = b"$"
    elements: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    spans: dict[int, tuple[int, int]] = field(default_factory=dict)
    sets: dict[int, list[bytes]] = field(default_factory=dict)
    relations: dict[int, list[bytes]] = field(default_factory=dict)

    def values(self, number: int) -> list[bytes]:
        """The values of a statement whose place is known."""
        low, high = self.spans[number]
        return _values(self.text[low:high])


def write_back(text: bytes, set_name: str, properties: Mapping[str, Mapping[str, Value]]) -> WrittenBack:
    """The file with these properties of its elements in a property set.

    A set of the name that an element has already keeps its other properties. GlobalIds of what is added follow from those of the
    elements, so that the same call gives the same file; a second call takes the place of the first.

    Args:
        text: a whole STEP file of IFC2X3, IFC4 or IFC4X3.
        properties: GlobalId -> name -> value.

    Raises:
        FileBroken: it is no STEP file.
    """
    file = _read(text, set_name, frozenset(properties))
    changes = _Changes(file, set_name)
    for key, said in properties.items():
        if key in file.elements and said:
            changes.describe(key, said)
    missing = tuple(key for key in properties if key not in file.elements)
    return WrittenBack(changes.text(), len(properties) - len(missing), missing)


class _Changes:
    def __init__(self, file: _File, set_name: str) -> None:
        self._file, self._name = file, set_name
        self._next = file.highest
        self._added: list[bytes] = []
        self._changed: dict[int, bytes] = {}
        self._of: dict[int, list[int]] = defaultdict(list)
        self._uses: dict[int, int] = defaultdict(int)
        for number, values in file.relations.items():
            self._uses[_number(values[5])] += 1
            for element in _numbers(values[4]):
                self._of[element].append(number)

    def describe(self, key: str, said: Mapping[str, Value]) -> None:
        """Give an element its set: the one that it alone has is changed, from one that it shares it is taken out."""
        element, history = self._file.elements[key]
        kept: list[bytes] = []
        for relation in self._of.get(element, ()):
            values = self._file.relations[relation]
            its_set, related = _number(values[5]), _numbers(values[4])
            kept = [part for part in _parts(self._file.sets[its_set][4]) if self._name_of(part) not in said]
            if len(related) == 1 and self._uses[its_set] == 1:
                mine = self._file.sets[its_set]
                self._write(its_set, b"IFCPROPERTYSET", [*mine[:4], self._list(kept, said)])
                return
            left = [one for one in related if one != element]
            if left:
                values[4] = b"(" + b",".join(b"#%d" % one for one in left) + b")"
                self._write(relation, b"IFCRELDEFINESBYPROPERTIES", values)
            else:
                made = self._set(key, history, kept, said)
                self._uses[its_set] -= 1
                self._write(relation, b"IFCRELDEFINESBYPROPERTIES", [*values[:5], b"#%d" % made])
                return
        made = self._set(key, history, kept, said)
        self._add(b"IFCRELDEFINESBYPROPERTIES", [_id(key, f"{self._name}/relation"), history, b"$", b"$", b"(#%d)" % element,
                                                 b"#%d" % made])

    def text(self) -> bytes:
        """The file with all that was added and changed."""
        file, pieces, at = self._file, [], 0
        for number in sorted(self._changed, key=lambda one: file.spans[one]):
            low, high = file.spans[number]
            pieces += [file.text[at:low], self._changed[number]]
            at = high
        newline = b"\r\n" if b"\r\n" in file.text[:2000] else b"\n"
        added = b"".join(one + newline for one in self._added)
        return b"".join([*pieces, file.text[at:file.end], added, file.text[file.end:]])

    def _set(self, key: str, history: bytes, kept: list[bytes], said: Mapping[str, Value]) -> int:
        return self._add(b"IFCPROPERTYSET", [_id(key, self._name), history, string(self._name), b"$", self._list(kept, said)])

    def _list(self, kept: list[bytes], said: Mapping[str, Value]) -> bytes:
        made = [b"#%d" % self._add(b"IFCPROPERTYSINGLEVALUE", [string(name), b"$", measure(value), b"$"]) for name, value in said.items()]
        return b"(" + b",".join([*kept, *made]) + b")"

    def _name_of(self, reference: bytes) -> str:
        number = _number(reference)
        return step.decode_string(self._file.values(number)[0].decode("latin-1").strip("'")) if number in self._file.spans else ""

    def _add(self, kind: bytes, values: list[bytes]) -> int:
        self._next += 1
        self._added.append(b"#%d=%s(%s);" % (self._next, kind, b",".join(values)))
        return self._next

    def _write(self, number: int, kind: bytes, values: list[bytes]) -> None:
        self._changed[number] = b"#%d=%s(%s);" % (number, kind, b",".join(values))


def string(text: str) -> bytes:
    """A text as a string of STEP (ISO 10303-21): what is not plain ASCII in `\\X2\\` or `\\X4\\`."""
    def escaped(found: re.Match[str]) -> str:
        run = found[0]
        if max(run) <= "\uffff":
            return f"\\X2\\{run.encode('utf-16-be').hex().upper()}\\X0\\"
        return f"\\X4\\{run.encode('utf-32-be').hex().upper()}\\X0\\"
    plain = text.replace("\\", "\\\\").replace("'", "''")
    return b"'" + re.sub(r"[^\x20-\x7e]+", escaped, plain).encode("ascii") + b"'"


def measure(value: Value) -> bytes:
    """A value with the simplest type that holds it, the same in all schemas."""
    if isinstance(value, bool):
        return b"IFCBOOLEAN(.T.)" if value else b"IFCBOOLEAN(.F.)"
    if isinstance(value, int):
        return b"IFCINTEGER(%d)" % value if abs(value) < 1 << 31 else measure(float(value))
    if isinstance(value, float):
        mantissa, mark, exponent = repr(value).upper().partition("E")
        return f"IFCREAL({mantissa if '.' in mantissa else mantissa + '.'}{mark}{exponent})".encode()
    return (b"IFCLABEL(" if len(value) <= _LABEL else b"IFCTEXT(") + string(value) + b")"


def _read(text: bytes, set_name: str, wanted: frozenset[str]) -> _File:
    begin = _DATA.search(step.COMMENT_OR_STRING.sub(lambda found: b"x" * len(found[0]), text[:1 << 20])) or _DATA.search(text)
    if begin is None:
        raise FileBroken("no section of data", remedy="only STEP files (.ifc) can be written to")
    file = _File(text)
    name, things = string(set_name), dict[int, tuple[str, tuple[int, int]]]()
    products = {one.encode() for one in derived_classes("", "IfcProduct")}
    pairs: dict[int, tuple[int, int]] = {}
    for found in step.STATEMENT.finditer(text, begin.end()):
        head = _INSTANCE.search(found[0])
        if head is None:
            if end := _ENDSEC.search(found[0]):
                file.end = found.start() + end.start()
                break
            continue
        number, kind = int(head[1]), head[2].upper()
        file.highest = max(file.highest, number)
        span = (found.start() + head.start(), found.end())
        if kind in products:
            stated = _GLOBAL_ID.match(found[0], head.end())
            things[number] = (stated[1].decode("ascii", "replace") if stated and stated[1] else f"#{number}", span)
        _note(file, number, kind, span, name)
        if kind == b"IFCPROPERTYSINGLEVALUE":
            pairs[number] = span
    if not file.end:
        raise FileBroken("the section of data does not end", remedy="send the whole file")
    _know(file, things, wanted)
    _keep(file, pairs)
    return file


def _know(file: _File, things: Mapping[int, tuple[str, tuple[int, int]]], wanted: frozenset[str]) -> None:
    """Those products that are wanted; ones that share a GlobalId are told apart in the order of their numbers, as where models are read."""
    seen: dict[str, int] = defaultdict(int)
    for number in sorted(things):
        stated, (low, high) = things[number]
        seen[stated] += 1
        key = stated if seen[stated] == 1 else f"{stated}~{seen[stated]}"
        if key in wanted:
            history = _values(file.text[low:high])[1]
            file.elements[key] = (number, history if history.startswith(b"#") else b"")


def _note(file: _File, number: int, kind: bytes, span: tuple[int, int], name: bytes) -> None:
    if kind == b"IFCOWNERHISTORY" and file.history == b"$":
        file.history = b"#%d" % number
    elif kind == b"IFCPROPERTYSET" and name in file.text[span[0]:span[1]]:
        values = _values(file.text[span[0]:span[1]])
        if len(values) == 5 and values[2] == name:
            file.sets[number], file.spans[number] = values, span
    elif kind == b"IFCRELDEFINESBYPROPERTIES":
        file.spans[number] = span


def _keep(file: _File, pairs: Mapping[int, tuple[int, int]]) -> None:
    """Of the relations those to sets of the name, and of the properties those of such sets; histories where elements have none."""
    for number in [one for one in file.spans if one not in file.sets]:
        values = file.values(number)
        if len(values) == 6 and values[5].startswith(b"#") and _number(values[5]) in file.sets:
            file.relations[number] = values
    for values in list(file.sets.values()):
        for one in _numbers(values[4]):
            if one in pairs:
                file.spans[one] = pairs[one]
    file.elements = {key: (number, history or file.history) for key, (number, history) in file.elements.items()}


def _values(statement: bytes) -> list[bytes]:
    return split(statement[statement.index(b"(") + 1:statement.rindex(b")")])


def _parts(listed: bytes) -> Iterator[bytes]:
    return (one for one in split(listed.strip()[1:-1]) if one)


def _numbers(listed: bytes) -> list[int]:
    return [int(found) for found in _REFERENCE.findall(listed)]


def _number(reference: bytes) -> int:
    return int(reference.strip()[1:])


def _id(key: str, purpose: str) -> bytes:
    """A GlobalId that follows from that of an element."""
    return b"'" + str(ifcopenshell.guid.compress(uuid.uuid5(uuid.NAMESPACE_URL, f"{key}/{purpose}").hex)).encode() + b"'"
