"""The instances of a STEP text as a graph of digests and references, in arrays; ids and layout of the text play no part."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from xxhash import xxh64_intdigest

from bim import step
from bim.statements import Statements

Hashes = NDArray[np.uint64]
Rows = NDArray[np.int64]

_DATA = re.compile(rb"\bDATA\s*(?:\([^;]*\))?\s*;")
_END = re.compile(rb"\bENDSEC\s*;")
_REFERENCE = re.compile(rb"#\d++")
_CLASS = re.compile(rb"=([A-Za-z]\w*+)\(")
_SMALL = re.compile(rb"[Ee]-0*+[1-4][,)]")
_NUMBER = re.compile(rb"(?<=[(,])-?\d++\.\d*+[Ee]-0*+[1-4](?=[,)])")
"""Numbers that some write with an exponent and others without."""

_LONG = re.compile(rb"(\.\d{10})\d++")
_LAST_ZEROS = re.compile(rb"(\.\d*?)0++(?=[,)Ee])")
_EXPONENT = re.compile(rb"(?<=[.\d])[Ee](?:\+|(-)|)0*+(?=\d)")
_BLANKS = b" \t\r\n"
_CHUNK = 1 << 24
_ARRAYS = ("ids", "class_of", "values", "strings", "first", "source", "target", "nested", "starts", "ends")
_QUOTE, _OPEN, _CLOSE, _HASH, _STOP = 39, 40, 41, 35, 59


@dataclass(frozen=True, slots=True)
class Graph:
    """One row per instance, in the order of the file.

    Attributes:
        ids: (n,) instance ids.
        classes: upper-case class names.
        class_of: (n,) index into `classes`.
        values: (n,) digest of what is neither a string nor a reference, class included.
        strings: (n,) digest of the strings behind the first one.
        first: (n,) digest of the first string: the GlobalId of a rooted instance; 0 without one.
        global_ids: texts of the first strings of instances whose first value is one, by row.
        source, target: (e,) rows of each reference; references to instances that do not exist are left out.
        nested: (e,) whether the reference stands in a list.
        begin: where the DATA section begins in the text, behind its semicolon.
        starts, ends: (n,) where the arguments of each instance begin in the text, behind their opening bracket, and where the
            closing one stands; empty where the text has comments.
    """

    ids: Rows
    classes: tuple[str, ...]
    class_of: NDArray[np.int32]
    values: Hashes
    strings: Hashes
    first: Hashes
    global_ids: dict[int, str]
    source: Rows
    target: Rows
    nested: NDArray[np.bool_]
    begin: int
    starts: Rows
    ends: Rows

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def is_located(self) -> bool:
        """Whether it is known where the instances stand in the text."""
        return len(self.starts) == len(self.ids)

    def save(self, path: str | PathLike[str]) -> None:
        """One array archive."""
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        rows = np.array(list(self.global_ids), np.int64)
        words = np.frombuffer(orjson.dumps([self.classes, list(self.global_ids.values())]), np.uint8)
        with open(path, "wb") as file:
            np.savez(file, allow_pickle=False, rows=rows, words=words, begin=np.array([self.begin]), **arrays)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Graph | None:
        """What `save` wrote; None when there is nothing at `path`."""
        if not Path(path).exists():
            return None
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as archive:
            classes, texts = orjson.loads(archive["words"].tobytes())
            named = dict(zip(archive["rows"].tolist(), texts, strict=True))
            return cls(classes=tuple(classes), begin=int(archive["begin"][0]), global_ids=named,
                       **{name: archive[name] for name in _ARRAYS})

    def of(self, names: frozenset[str]) -> NDArray[np.bool_]:
        """(n,) whether the instance's class is one of these upper-case names."""
        return np.array([name in names for name in self.classes], dtype=bool)[self.class_of]


def read_graph(path: Path, named: frozenset[str]) -> Graph:
    """The graph of a text that `bim.scan` has found well formed.

    Args:
        named: upper-case names of the classes whose first string is a GlobalId that is kept as text.
    """
    text = Path(path).read_bytes()
    plain = b"/*" not in text
    if not plain:
        text = step.COMMENT_OR_STRING.sub(lambda found: found[0] if found[0][:1] == b"'" else b" ", text)
    known: dict[bytes, int] = {}
    parts = [_Part.read(part, known, named) for part in _parts(text)]
    found = _joined(parts, [name.decode("ascii").upper() for name in known])
    where = Statements.of_text(text)
    if not plain or not np.array_equal(where.ids, found.ids):
        return found
    return replace(found, begin=where.begin, starts=where.starts, ends=where.ends)


def spliced(graph: Graph, gone: Rows, said: bytes, named: frozenset[str], begin: int, starts: Rows, ends: Rows) -> Graph | None:
    """The graph with other instances in place of some; None where an id is used twice or a reference leads nowhere.

    Args:
        gone: rows of the instances that are no longer there, or not as they were.
        said: text of those that are new.
        begin, starts, ends: where all of them stand in the new text, those that stay first.
    """
    known = {name.encode(): code for code, name in enumerate(graph.classes)}
    upper = _Part.read(said, known, named)
    keep = np.ones(len(graph), bool)
    keep[gone] = False
    kept = int(keep.sum())
    ids = np.concatenate([graph.ids[keep], upper.ids])
    order = np.argsort(ids, kind="stable")
    if (ids[order][1:] == ids[order][:-1]).any():
        return None

    def rows_of(wanted: Rows) -> Rows:
        at = np.minimum(np.searchsorted(ids, wanted, sorter=order), len(ids) - 1)
        return np.where(ids[order[at]] == wanted, order[at], -1)

    stays = keep[graph.source]
    moved = np.where(keep, np.cumsum(keep) - 1, -1)
    moved[gone] = rows_of(graph.ids[gone])
    source = np.concatenate([moved[graph.source[stays]], upper.source + kept])
    target = np.concatenate([moved[graph.target[stays]], rows_of(upper.target_ids)])
    if (target < 0).any():
        return None
    texts = {int(moved[row]): text for row, text in graph.global_ids.items() if keep[row]}
    texts |= {row + kept: text for row, text in upper.global_ids.items()}
    values, strings, first = (np.concatenate([getattr(graph, name)[keep], getattr(upper, name)]) for name in ("values", "strings", "first"))
    return Graph(ids, tuple(name.decode("ascii").upper() for name in known), np.concatenate([graph.class_of[keep], upper.class_of]),
                 values, strings, first, texts, source, target, np.concatenate([graph.nested[stays], upper.nested]), begin, starts, ends)


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of whole instances; references still by id."""

    ids: Rows
    class_of: NDArray[np.int32]
    values: Hashes
    strings: Hashes
    first: Hashes
    global_ids: dict[int, str]
    source: Rows
    target_ids: Rows
    nested: NDArray[np.bool_]

    @classmethod
    def read(cls, part: bytes, known: dict[bytes, int], named: frozenset[str]) -> _Part:
        quoted = step.STRING.findall(part)
        bare = step.STRING.sub(b"'", part)
        block = np.frombuffer(bare, np.uint8)
        numbers, defines = step.hash_numbers(block)
        row_of = np.cumsum(defines) - 1
        plain = _same_numbers(_REFERENCE.sub(b"#", bare).translate(None, _BLANKS))
        statements = plain.split(b";")[:-1]
        values = np.array(list(map(xxh64_intdigest, statements)), dtype=np.uint64)
        class_of = np.array([known.setdefault(name, len(known)) for name in _CLASS.findall(plain)], dtype=np.int32)
        names = [name.decode("ascii").upper() in named for name in known]
        is_named = np.array(names, dtype=bool)[class_of] if len(class_of) else np.zeros(0, bool)
        strings, first, leading = _strings(block, quoted, len(statements), is_named)
        global_ids = {row: _text(quoted[at]) for row, at in leading.items() if _is_leading(statements[row])}
        refers = ~defines
        return cls(numbers[defines], class_of, values, strings, first, global_ids, row_of[refers], numbers[refers],
                   _nested(block)[refers])


def _same_numbers(plain: bytes) -> bytes:
    """Numbers to ten decimals, without zeros that say nothing, as writers differ in them: `1.50` is `1.5`, `1.E-009` is `1.E-9`."""
    if _SMALL.search(plain):
        plain = _NUMBER.sub(lambda found: repr(float(found[0])).encode(), plain)
    return _EXPONENT.sub(rb"E\1", _LAST_ZEROS.sub(rb"\1", _LONG.sub(rb"\1", plain)))


def _strings(block: NDArray[np.uint8], quoted: list[bytes], count: int,
             is_named: NDArray[np.bool_]) -> tuple[Hashes, Hashes, dict[int, int]]:
    """Digests of the strings behind the first, of the first, and where the first ones are, for rows that are wanted."""
    row_of = np.searchsorted(np.flatnonzero(block == _STOP), np.flatnonzero(block == _QUOTE))
    hashes = np.array([xxh64_intdigest(one if b"\\" not in one else _decoded(one)) for one in quoted], dtype=np.uint64)
    starts = np.flatnonzero(np.diff(row_of, prepend=-1))
    place = np.arange(len(row_of)) - np.repeat(starts, np.diff(np.append(starts, len(row_of))))
    later = place > 0
    strings = summed(row_of[later], mixed(hashes[later] + place[later].astype(np.uint64)), count)
    first = np.zeros(count, np.uint64)
    first[row_of[starts]] = hashes[starts]
    wanted = starts[is_named[row_of[starts]]]
    return strings, first, dict(zip(row_of[wanted].tolist(), wanted.tolist(), strict=True))


def _is_leading(statement: bytes) -> bool:
    """Whether the instance's first value is a string."""
    at = statement.index(b"(") + 1
    return statement[at:at + 1] == b"'"


def _decoded(quoted: bytes) -> bytes:
    """A string whose characters are written in another way says the same."""
    return b"'" + _text(quoted).encode("utf-8", "surrogatepass") + b"'"


def _text(quoted: bytes) -> str:
    text = quoted[1:-1].decode("utf-8", "replace")
    return step.decode_string(text) if "\\" in text or "'" in text else text


def _nested(block: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether each `#` of the block stands in a list inside its instance."""
    at = np.flatnonzero(block == _HASH)
    opened = np.searchsorted(np.flatnonzero(block == _OPEN), at)
    closed = np.searchsorted(np.flatnonzero(block == _CLOSE), at)
    return np.asarray(opened - closed > 1)


def _joined(parts: list[_Part], classes: list[str]) -> Graph:
    offsets = np.cumsum([0, *(len(part.ids) for part in parts)])
    ids = _whole([part.ids for part in parts], np.int64)
    order = np.argsort(ids, kind="stable")
    target_ids = _whole([part.target_ids for part in parts], np.int64)
    at = np.searchsorted(ids[order], target_ids)
    at[at == len(ids)] = 0
    target = order[at] if len(ids) else at
    there = ids[target] == target_ids if len(ids) else np.zeros(0, bool)
    source = _whole([part.source + offset for part, offset in zip(parts, offsets, strict=False)], np.int64)
    texts = {row + int(offset): text for part, offset in zip(parts, offsets, strict=False) for row, text in part.global_ids.items()}
    values, strings, first = (_whole([getattr(part, name) for part in parts], np.uint64) for name in ("values", "strings", "first"))
    return Graph(ids, tuple(classes), _whole([part.class_of for part in parts], np.int32), values, strings, first, texts,
                 source[there], target[there], _whole([part.nested for part in parts], np.bool_)[there],
                 0, np.zeros(0, np.int64), np.zeros(0, np.int64))


def _whole(arrays: list[NDArray[Any]], kind: type[np.generic]) -> NDArray[Any]:
    return np.concatenate(arrays) if arrays else np.zeros(0, kind)


def _parts(text: bytes) -> Iterator[bytes]:
    """The DATA section in stretches that end with a whole instance."""
    opened = _DATA.search(text)
    start = opened.end() if opened else 0
    closed = None
    for found in _END.finditer(text, max(start, len(text) - 4096)):
        closed = found
    end = closed.start() if closed else len(text)
    while start < end:
        stop = min(start + _CHUNK, end)
        if stop < end:
            cut = text.rfind(b";", start, stop)
            while cut > start and not re.match(rb"\s*#\d+\s*=", text[cut + 1:cut + 80]):
                cut = text.rfind(b";", start, cut)
            stop = cut + 1 if cut > start else end
        yield text[start:stop]
        start = stop


def mixed(values: Hashes) -> Hashes:
    """Each value scattered over all bits (the finaliser of SplitMix64, Steele, Lea and Flood 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(values ^ (values >> np.uint64(31)))


def summed(rows: Rows, values: Hashes, count: int) -> Hashes:
    """(count,) sum of the values of each row, modulo 2**64; the order of the values plays no part."""
    made = np.zeros(count, np.uint64)
    if len(rows):
        order = np.argsort(rows, kind="stable")
        rows, values = rows[order], values[order]
        starts = np.flatnonzero(np.diff(rows, prepend=-1))
        made[rows[starts]] = np.add.reduceat(values, starts)
    return made
