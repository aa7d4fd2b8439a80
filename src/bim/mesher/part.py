"""The part of a large file that a kernel needs for some products, so that it need not open the whole."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from bim.statements import Ints, Statements

LARGE = 32 << 20
"""Bytes from which a kernel is given parts of a file."""

_STRING = re.compile(rb"'[^']*'")
_REFERENCE = re.compile(rb"#(\d+)")
_ITEM, _LAST, _FIRST_RELATED = slice(0, 1), slice(-1, None), slice(-2, -1)
_SINGLE = {
    "IFCSTYLEDITEM": _ITEM, "IFCINDEXEDCOLOURMAP": _ITEM, "IFCMATERIALDEFINITIONREPRESENTATION": _LAST,
    "IFCRELVOIDSELEMENT": _FIRST_RELATED, "IFCRELPROJECTSELEMENT": _FIRST_RELATED,
}
"""Instances that come along with one that they refer to: which of their references that is."""
_LISTING = ("IFCRELAGGREGATES", "IFCRELNESTS", "IFCRELASSOCIATESMATERIAL", "IFCRELDEFINESBYTYPE")
"""Relationships that come along with one of a list of many, and lose the others."""


class Parts:
    """A file from which parts are taken."""

    def __init__(self, path: Path) -> None:
        self._statements = Statements.of_file(path)
        self._listing = np.array([name in _LISTING for name in self._statements.names] or [False])

    def write(self, products: Iterable[int], file: BinaryIO) -> None:
        """The part for these products: all that they refer to, their openings and those of their wholes, styles and materials."""
        kept = self._kept(list(products))
        statements = self._statements
        names = [name.encode() for name in statements.names]
        file.write(statements.text[:statements.begin] + b"\n")
        for row in np.flatnonzero(kept).tolist():
            code = statements.codes[row]
            said = self._trimmed(row, kept) if self._listing[code] else self._said(row)
            file.write(b"#%d=%s(%s);\n" % (statements.ids[row], names[code], said))
        file.write(b"ENDSEC;\nEND-ISO-10303-21;\n")
        statements.let_go()

    def _kept(self, products: list[int]) -> NDArray[np.bool_]:
        """(n,) which instances are in the part."""
        statements = self._statements
        kept = np.zeros(len(statements), bool)
        fresh = statements.rows.of(np.array(products, np.int64))
        fresh = np.concatenate([fresh[fresh >= 0], statements.of("IFCPROJECT")])
        while len(fresh):
            self._close(kept, fresh)
            coming, along = self._coming
            fresh = np.unique(coming[kept[along] & ~kept[coming]])
        return kept

    def _close(self, kept: NDArray[np.bool_], fresh: Ints) -> None:
        """Marks these with all that they refer to, but not what relationships list."""
        while len(fresh):
            kept[fresh] = True
            lists = self._listing[self._statements.codes[fresh]]
            beside = [self._rows(self._cut(int(row))[1]) for row in fresh[lists]]
            found = np.concatenate([self._statements.referred(fresh[~lists]), *beside])
            fresh = np.unique(found[~kept[found]])

    @cached_property
    def _coming(self) -> tuple[Ints, Ints]:
        """Rows of instances that come along with others, and the rows of those others; one pair for each other."""
        rows = [(row, self._rows(_masked(self._said(row)), which)) for name, which in _SINGLE.items()
                for row in self._statements.of(name).tolist()]
        rows += [(row, self._rows(self._cut(row)[0])) for row in self._statements.of(*_LISTING).tolist()]
        counts = np.array([len(along) for _, along in rows], np.int64)
        along = np.concatenate([np.zeros(0, np.int64), *(along for _, along in rows)])
        return np.repeat(np.array([row for row, _ in rows], np.int64), counts), along

    def _cut(self, row: int) -> tuple[bytes, bytes]:
        """What a relationship lists, and what it refers to beside; without strings."""
        said = _masked(self._said(row))
        begin, end = said.find(b"("), said.rfind(b")")
        return (said[begin:end], said[:begin] + b" " + said[end:]) if 0 <= begin < end else (b"", said)

    def _trimmed(self, row: int, kept: NDArray[np.bool_]) -> bytes:
        """A relationship that lists only what is in the part."""
        said = self._said(row)
        begin, end = _masked(said).find(b"("), _masked(said).rfind(b")")
        listed = self._rows(said[begin:end])
        stay = b",".join(b"#%d" % one for one in self._statements.ids[listed[kept[listed]]])
        return said[:begin + 1] + stay + said[end:] if 0 <= begin < end else said

    def _said(self, row: int) -> bytes:
        return self._statements.text[int(self._statements.starts[row]):int(self._statements.ends[row])]

    def _rows(self, said: bytes, which: slice = slice(None)) -> Ints:
        """Rows of the instances that a text refers to, in its order."""
        found = self._statements.rows.of(np.array([int(one) for one in _REFERENCE.findall(said)[which]], np.int64))
        return found[found >= 0]


def _masked(said: bytes) -> bytes:
    """The text with its strings blanked, as long as before."""
    return _STRING.sub(lambda found: b" " * len(found[0]), said) if b"'" in said else said
