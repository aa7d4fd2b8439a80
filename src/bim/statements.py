"""Where the instances of a STEP text are: their numbers, classes and arguments, found for all of them at once."""

from __future__ import annotations

import mmap
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bim import step

Ints = NDArray[np.int64]
Text = bytes | mmap.mmap

_DATA = re.compile(rb"\bDATA\s*(?:\([^;]*\))?\s*;")
_NAME = re.compile(rb"[A-Za-z]\w*\Z")
_CHUNK, _DENSE = 1 << 23, 4
_DIGITS = 18
_LONGEST = 96
"""Bytes of a class name that are looked at; the longest one of IFC has 49."""
_CASELESS = np.uint64(0xDFDFDFDFDFDFDFDF)
_FACTOR, _SHIFT = np.uint64(0x9E3779B97F4A7C15), np.uint64(29)
_SAMPLE = 512
_BLANKS = (32, 9, 10, 13)


class Rows:
    """Row of each id; a table where the ids are dense, as they nearly always are, else a mapping."""

    def __init__(self, ids: Ints) -> None:
        count = len(ids)
        self._end = int(ids.max()) + 1 if count else 0
        self._table, self._rows = array("i"), dict[int, int]()
        if self._end <= 8 * count + (1 << 20):
            table = np.full(self._end, -1, np.int32)
            table[ids] = np.arange(count, dtype=np.int32)
            self._table.frombytes(table.tobytes())
        else:
            self._rows = dict(zip(ids.tolist(), range(count), strict=True))

    def row(self, id: int) -> int:
        """-1 where there is no such id."""
        if self._rows:
            return self._rows.get(id, -1)
        return self._table[id] if 0 <= id < self._end else -1

    def of(self, ids: Ints) -> Ints:
        """(n,) rows of many ids, -1 where there is none."""
        if self._rows:
            return np.array([self._rows.get(id, -1) for id in ids.tolist()], np.int64)
        table = np.frombuffer(self._table, np.int32) if self._end else np.full(1, -1, np.int32)
        inside = (ids >= 0) & (ids < self._end)
        return np.where(inside, table[np.where(inside, ids, 0)], -1).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Statements:
    """The instances of one text, in its order.

    Attributes:
        text: the text that the offsets count in; comments are blanked.
        ids: (n,) instance numbers.
        codes: (n,) index into `names`.
        names: upper-case class names.
        begin: where the DATA section begins, behind its semicolon.
        starts, ends: (n,) where the arguments begin, behind their opening bracket, and where the closing one stands.
        rows: row of an id.
    """

    text: Text
    begin: int
    ids: Ints
    codes: NDArray[np.int32]
    names: tuple[str, ...]
    starts: Ints
    ends: Ints
    rows: Rows

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def of_file(cls, path: Path) -> Statements:
        """The instances of a file, which stays mapped and not in memory; it must not change meanwhile.

        The text must be one that `bim.scan` has found well formed.
        """
        with Path(path).open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return cls.of_text(mapped if mapped.find(b"/*") < 0 else _without_comments(mapped[:]))

    @classmethod
    def of_text(cls, text: Text) -> Statements:
        """The instances of the DATA section of a text without comments."""
        names, data = _Names(), _DATA.search(text)
        begin = data.end() if data else 0
        parts = [part for chunk in _chunks(text, begin) if len((part := _Part.of(text, chunk, names)).ids)]
        ids = np.concatenate([part.ids for part in parts]) if parts else np.zeros(0, np.int64)
        codes = np.concatenate([part.codes for part in parts]) if parts else np.zeros(0, np.int32)
        starts, ends = (np.concatenate(found) if found else np.zeros(0, np.int64)
                        for found in ([part.starts for part in parts], [part.ends for part in parts]))
        return cls(text, begin, ids, codes, tuple(names.names), starts, ends, Rows(ids))

    def of(self, *classes: str) -> NDArray[np.int64]:
        """Rows of all instances of exactly these upper-case classes, in the order of the file."""
        wanted = [number for number, name in enumerate(self.names) if name in classes]
        if not wanted:
            return np.zeros(0, np.int64)
        return np.flatnonzero(self.codes == wanted[0] if len(wanted) == 1 else np.isin(self.codes, wanted))


    def referred(self, rows: Ints) -> Ints:
        """Rows of the instances that these refer to, each once, ascending."""
        found = [np.zeros(0, np.int64)]
        for part in np.array_split(rows, len(rows) // 100_000 + 1):
            starts, ends = self.starts[part].tolist(), self.ends[part].tolist()
            said = b" ".join([self.text[start:end] for start, end in zip(starts, ends, strict=True)])
            found.append(step.hash_numbers(np.frombuffer(step.STRING.sub(b"$", said) or b" ", np.uint8))[0])
        there = self.rows.of(step.distinct(np.concatenate(found)))
        return np.sort(there[there >= 0])

    def references(self, rows: Ints, mark: bytes) -> tuple[Ints, Ints, NDArray[np.bool_]]:
        """What instances without strings refer to: ids, instance after instance; how many each has; and whether `.mark.` is in it."""
        if not len(rows):
            return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, bool)
        view, starts, ends = self._together(rows)
        numbers, _ = step.hash_numbers(view)
        at = np.flatnonzero(view == 35)
        first, last = np.searchsorted(at, starts), np.searchsorted(at, ends)
        marks = np.flatnonzero((view[1:-1] == mark[0]) & (view[:-2] == 46) & (view[2:] == 46))
        marked = np.searchsorted(marks, starts) < np.searchsorted(marks, ends)
        place = np.repeat(first - np.cumsum(last - first) + (last - first), last - first) + np.arange(int((last - first).sum()))
        return numbers[place], last - first, marked

    def _together(self, rows: Ints) -> tuple[NDArray[np.uint8], Ints, Ints]:
        """A stretch of text with these instances, and where in it they begin and end: of the file, where they lie close enough."""
        starts, ends = self.starts[rows], self.ends[rows]
        low, high = int(starts.min()), int(ends.max())
        lengths = ends - starts
        if high - low <= _DENSE * int(lengths.sum()) + _CHUNK:
            return np.frombuffer(self.text, np.uint8, high - low, low), starts - low, ends - low
        said = b" ".join([self.text[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)])
        begins = np.cumsum(lengths + 1) - lengths - 1
        return np.frombuffer(said, np.uint8), begins, begins + lengths

    def let_go(self) -> None:
        """A mapped text leaves memory, until it is read again."""
        _let_go(self.text, len(self.text))


class _Names:
    """Class names by the hash of their text."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._hashes = np.zeros(0, np.uint64)
        self._codes = np.zeros(0, np.int32)

    def codes(self, text: Text, hashes: NDArray[np.uint64], starts: Ints, lengths: Ints) -> NDArray[np.int32]:
        """(n,) code of each name; -1 for what is no class name."""
        found = self._known(hashes)
        while len(new := np.flatnonzero(found == -2)):
            for at in new[np.unique(hashes[new[:_SAMPLE]], return_index=True)[1]].tolist():
                self._learn(int(hashes[at]), bytes(text[int(starts[at]):int(starts[at] + lengths[at])]))
            found[new] = self._known(hashes[new])
        return found

    def _known(self, hashes: NDArray[np.uint64]) -> NDArray[np.int32]:
        """-2 where a hash was never seen."""
        if not len(self._hashes):
            return np.full(len(hashes), -2, np.int32)
        at = np.minimum(np.searchsorted(self._hashes, hashes), len(self._hashes) - 1)
        return np.where(self._hashes[at] == hashes, self._codes[at], -2).astype(np.int32)

    def _learn(self, hashed: int, name: bytes) -> None:
        code = -1
        if _NAME.match(name):
            upper = name.decode("ascii").upper()
            if upper not in self.names:
                self.names.append(upper)
            code = self.names.index(upper)
        at = int(np.searchsorted(self._hashes, np.uint64(hashed)))
        self._hashes = np.insert(self._hashes, at, np.uint64(hashed))
        self._codes = np.insert(self._codes, at, np.int32(code))


@dataclass(frozen=True, slots=True)
class _Part:
    """The instances of one chunk."""

    ids: Ints
    codes: NDArray[np.int32]
    starts: Ints
    ends: Ints

    @classmethod
    def of(cls, text: Text, chunk: tuple[int, int, Ints], names: _Names) -> _Part:
        begin, end, stops = chunk
        view = np.frombuffer(text, np.uint8, end - begin, begin)
        at = _behind(view, _BLANKS, np.concatenate([[0], stops[:-1] + 1]))
        good = view[at] == 35
        at, stops = at[good] + 1, stops[good]
        ids, at, good = _numbers(view, at)
        at = _behind(view, _BLANKS, at)
        good &= view[at] == 61
        at = _behind(view, _BLANKS, at + 1)
        opens = np.flatnonzero(view == 40)
        opened = np.append(opens, end - begin)[np.searchsorted(opens, at)]
        good &= opened < stops
        ids, at, opened, stops = ids[good], at[good], opened[good], stops[good]
        lengths = _before(view, _BLANKS, opened - 1) + 1 - at
        codes = names.codes(text, _hashes(view, at, lengths), at + begin, np.minimum(lengths, _LONGEST))
        closed = _before(view, _BLANKS, stops - 1)
        ends = np.where((view[closed] == 41) & (closed > opened), closed, stops)
        named = codes >= 0
        return cls(ids[named], codes[named], opened[named] + begin + 1, ends[named] + begin)


def _chunks(text: Text, begin: int) -> Iterator[tuple[int, int, Ints]]:
    """Pieces from `begin` that end with a statement: begin, end, and offsets of their semicolons from the begin."""
    size = _CHUNK
    while begin < len(text):
        end = min(begin + size, len(text))
        view = np.frombuffer(text, np.uint8, end - begin, begin)
        quotes, stops = np.flatnonzero(view == 39), np.flatnonzero(view == 59)
        stops = stops[np.searchsorted(quotes, stops) % 2 == 0]
        if len(stops):
            yield begin, begin + int(stops[-1]) + 1, stops
            _let_go(text, begin)
            begin, size = begin + int(stops[-1]) + 1, _CHUNK
        elif end < len(text):
            size *= 4
        else:
            return


def _let_go(text: Text, end: int) -> None:
    """What of a mapped file was read need not stay in memory; it comes back when it is read again."""
    if isinstance(text, mmap.mmap) and (whole := end // mmap.PAGESIZE * mmap.PAGESIZE):
        text.madvise(mmap.MADV_DONTNEED, 0, whole)


def _behind(view: NDArray[np.uint8], blanks: tuple[int, ...], at: Ints) -> Ints:
    """The first place from each that is not blank, at most the last of the view."""
    return _moved(view, blanks, at, 1)


def _before(view: NDArray[np.uint8], blanks: tuple[int, ...], at: Ints) -> Ints:
    """The last place up to each that is not blank."""
    return _moved(view, blanks, at, -1)


def _moved(view: NDArray[np.uint8], blanks: tuple[int, ...], at: Ints, by: int) -> Ints:
    at = np.clip(at, 0, len(view) - 1)
    going = np.flatnonzero(np.isin(view[at], blanks))
    while len(going):
        at[going] += by
        going = going[(at[going] > 0) & (at[going] < len(view) - 1)]
        going = going[np.isin(view[at[going]], blanks)]
    return at


def _numbers(view: NDArray[np.uint8], at: Ints) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """The number at each place, the place behind it, and whether there is one of a size that can be."""
    numbers, at, first = np.zeros(len(at), np.int64), at.copy(), at
    going = np.arange(len(at))
    for _ in range(_DIGITS):
        digit = view[np.minimum(at[going], len(view) - 1)].astype(np.int64) - 48
        is_digit = (digit >= 0) & (digit <= 9)
        going, digit = going[is_digit], digit[is_digit]
        if not len(going):
            break
        numbers[going] = numbers[going] * 10 + digit
        at[going] += 1
    good = at > first
    good[going] = False
    return numbers, at, good


def _hashes(view: NDArray[np.uint8], starts: Ints, lengths: Ints) -> NDArray[np.uint64]:
    """(n,) hash of the names, the same for upper and lower case; eight bytes at a time."""
    padded = np.concatenate([view, np.zeros(8, np.uint8)])
    words = np.ndarray((len(view),), np.dtype("<u8"), padded.data, 0, (1,))
    hashes = lengths.astype(np.uint64)
    going = np.arange(len(starts))
    for offset in range(0, _LONGEST, 8):
        going = going[lengths[going] > offset]
        if not len(going):
            break
        left = np.minimum(lengths[going] - offset, 8).astype(np.uint64)
        mask = np.uint64(0xFFFFFFFFFFFFFFFF) >> (np.uint64(64) - np.uint64(8) * left)
        word = words[np.minimum(starts[going] + offset, len(view) - 1)] & _CASELESS & mask
        mixed = (hashes[going] ^ word) * _FACTOR
        hashes[going] = mixed ^ (mixed >> _SHIFT)
    return hashes


def _without_comments(text: bytes) -> bytes:
    return step.COMMENT_OR_STRING.sub(lambda found: found[0] if found[0][:1] == b"'" else b" ", text)
