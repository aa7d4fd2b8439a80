"""The instances of a STEP text: one pass gives ids, classes and argument texts; arguments are parsed when asked for."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bim import step
from bim.statements import Statements
from bim.tessellation.body import Refused

_TOKEN = re.compile(rb"\s*(?:'((?:[^']|'')*)'|#(\d+)|([-+]?\d[\d.]*(?:[Ee][-+]?\d+)?)|\.(\w+)\.|([$*])|([(),])"
                    rb"|([A-Za-z_]\w*)|\"([0-9A-Fa-f]*)\")")
_DEEPEST = 64


class Ref(int):
    """A reference to an instance, `#123`."""


class Enumeration(str):
    """A value such as `.ELEMENT.`, without its dots."""

    __slots__ = ()


class Typed(NamedTuple):
    """A value with the name of its type, `IFCLABEL('x')`."""

    name: str
    value: Any


class _Derived:
    def __repr__(self) -> str:
        return "*"


DERIVED: Final = _Derived()
"""The value of a derived attribute, `*`."""


class Instances:
    """The instances of a STEP text, by id and by class."""

    def __init__(self, statements: Statements) -> None:
        self.ids = statements.ids
        self._statements, self._text, self._names = statements, statements.text, statements.names
        self._rows = statements.rows
        self._row = statements.rows.row
        self._codes = statements.codes.data
        self._starts, self._ends = statements.starts.data, statements.ends.data

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def read(cls, path: Path) -> Instances:
        """All instances of the DATA section, in the order of the file.

        The text must be one that `bim.scan` has found well formed; the file stays mapped and must not change meanwhile.
        """
        return cls(Statements.of_file(path))

    def class_of(self, id: int) -> str:
        """Upper-case class name of `#id`, "" where there is none."""
        row = self._row(id) if isinstance(id, int) else -1
        return "" if row < 0 else self._names[self._codes[row]]

    def text(self, id: int) -> bytes:
        """The arguments of `#id` as they are written, without the outer brackets.

        Raises:
            Refused: `missing-instance`.
        """
        row = self._row(id) if isinstance(id, int) else -1
        if row < 0:
            raise Refused("missing-instance", f"#{id}")
        return self._text[self._starts[row]:self._ends[row]]

    def texts(self, ids: Iterable[int]) -> list[bytes]:
        """The arguments of several instances, each without its outer brackets.

        Raises:
            Refused: `missing-instance`.
        """
        wanted = np.fromiter(ids, np.int64)
        rows = self._rows.of(wanted)
        if len(rows) and rows.min() < 0:
            raise Refused("missing-instance", f"#{wanted[rows < 0][0]}")
        text, starts, ends = self._text, self._statements.starts[rows].tolist(), self._statements.ends[rows].tolist()
        return [text[a:b] for a, b in zip(starts, ends, strict=True)]

    def among(self, ids: NDArray[np.int64], *classes: str) -> NDArray[np.int64]:
        """Those of the ids that are instances of exactly these upper-case classes, each once, ascending."""
        rows = self._rows.of(ids)
        rows = rows[rows >= 0]
        wanted = np.flatnonzero(np.isin(np.array(self._names), classes))
        return step.distinct(self.ids[rows[np.isin(self._statements.codes[rows], wanted)]])

    def references(self, ids: NDArray[np.int64], mark: bytes = b"T") -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """What instances without strings refer to: ids, instance after instance; how many each has; and whether `.mark.` is in it.

        Raises:
            Refused: `missing-instance`.
        """
        rows = self._rows.of(ids)
        if len(rows) and rows.min() < 0:
            raise Refused("missing-instance", f"#{ids[rows < 0][0]}")
        return self._statements.references(rows, mark)

    def let_go(self) -> None:
        """After reading much of the text: it need not stay in memory."""
        self._statements.let_go()

    def args(self, id: int) -> list[Any]:
        """The arguments of `#id`: numbers, texts, booleans, None for `$`, `DERIVED`, Ref, Enumeration, Typed, lists of these.

        Raises:
            Refused: `missing-instance`, `syntax`.
        """
        return parsed(self.text(id))

    def of(self, *classes: str) -> list[int]:
        """Ids of all instances of exactly these upper-case classes, in the order of the file."""
        found: list[int] = self.ids[self._statements.of(*classes)].tolist()
        return found


def parsed(text: bytes) -> list[Any]:
    """Arguments from their text.

    Raises:
        Refused: `syntax`.

    >>> parsed(b"#1,$,(1.,2.5),.T.,'\\\\X2\\\\6C34\\\\X0\\\\',IFCLABEL('a')")
    [1, None, [1.0, 2.5], True, '水', Typed(name='IFCLABEL', value='a')]
    """
    if b"'" not in text and b'"' not in text:
        if b"(" not in text:
            return _plain(text)
        if text[:1] == b"(" and text[-1:] == b")" and text.count(b"(") == 1 == text.count(b")"):
            return [_plain(text[1:-1])]
    stack: list[list[Any]] = [[]]
    typed: list[str] = []
    name, values, at = "", stack[0], 0
    for found in _TOKEN.finditer(text):
        if found.start() != at:
            break
        at = found.end()
        kind = found.lastindex
        if kind == 6:
            mark = found[6]
            name = "" if mark == b"," else _bracket(mark, stack, typed, name)
            values = stack[-1]
        elif kind == 2:
            values.append(Ref(found[2]))
        elif kind == 3:
            number = found[3]
            values.append(int(number) if number.lstrip(b"+-").isdigit() else _float(number))
        elif kind == 5:
            values.append(None if found[5] == b"$" else DERIVED)
        elif kind == 1:
            values.append(_string(found[1]))
        elif kind == 4:
            values.append(_enumeration(found[4]))
        elif kind == 7:
            name = found[7].decode("ascii").upper()
        else:
            values.append(found[8])
    if text[at:].strip():
        raise Refused("syntax", text[at:at + 40].decode("latin-1"))
    if len(stack) != 1:
        raise Refused("syntax", "unbalanced brackets")
    return stack[0]


def _plain(text: bytes) -> list[Any]:
    """Values between commas, without strings and brackets."""
    return [_simple(token.strip()) for token in text.split(b",")] if text.strip() else []


def _simple(token: bytes) -> Any:
    """A value that stands alone between commas."""
    first = token[:1]
    if first == b"#" and token[1:].isdigit():
        return Ref(token[1:])
    if token == b"$":
        return None
    if first == b"." and token[-1:] == b"." and len(token) > 2:
        return _enumeration(token[1:-1])
    if token == b"*":
        return DERIVED
    if not token or not (first.isdigit() or first in b"+-"):
        raise Refused("syntax", token[:40].decode("latin-1"))
    return int(token) if token.lstrip(b"+-").isdigit() else _float(token)


def _bracket(mark: bytes, stack: list[list[Any]], typed: list[str], name: str) -> str:
    if mark == b"(":
        if len(stack) > _DEEPEST:
            raise Refused("syntax", "nested too deeply")
        stack.append([])
        typed.append(name)
    elif mark == b")":
        if len(stack) == 1:
            raise Refused("syntax", "unbalanced brackets")
        done = stack.pop()
        kind = typed.pop()
        stack[-1].append(Typed(kind, done[0] if len(done) == 1 else done) if kind else done)
    return ""


def _enumeration(name: bytes) -> Any:
    if name in (b"T", b"F", b"U"):
        return {b"T": True, b"F": False, b"U": None}[name]
    return Enumeration(name.decode("ascii"))


def _string(text: bytes) -> str:
    plain = text.decode("utf-8", "replace")
    return step.decode_string(plain) if "\\" in plain or "'" in plain else plain


def _float(text: bytes) -> float:
    try:
        found = float(text)
    except ValueError:
        raise Refused("syntax", text.decode("latin-1")) from None
    if not math.isfinite(found):
        raise Refused("number-too-large", text.decode("latin-1"))
    return found
