"""A text that continues another: where most of it is the same to the byte, only what differs is read and judged.

Exporters that keep instance numbers, and tools that edit a file, give such texts. Anything unusual (another schema, a value
that needs mending, a reference to nothing, most of the text changed) is left to the full reading, which says what is wrong.
"""

from __future__ import annotations

import hashlib
import mmap
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bim.ifc import class_names
from bim.mending import may_need_mending
from bim.scan import Scan, scan_text
from bim.statements import Statements
from bim.versions.graph import Graph, Rows, spliced
from csdi.errors import CsdiError

_BLOCK = 1 << 20
_NEEDLE = 96
_AHEAD = 400
_WINDOW = 1 << 20
_MOST_SHARE = 0.2
"""Share of the instances that may differ; with more, reading all of it is as fast."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Instances `first` to `last` (the latter excluded) of the old text, by row, and the text that stands there now.

    Attributes:
        start: where it stands in the new text.
        shift: how much further on what follows stands than in the old text.
    """

    first: int
    last: int
    text: bytes
    start: int
    shift: int


def continued(old: Path, scanned: Mapping[str, Any], graph: Graph, new: Path, *, name: str,
              named: frozenset[str]) -> tuple[Scan, Graph] | None:
    """The scan and the graph of a text, from those of the text that it continues; None where it does not, or not plainly.

    Args:
        old: the text before, sound in every respect.
        scanned: what its scan said, as JSON.
        named: see `read_graph`.
    """
    if not graph.is_located:
        return None
    order = np.argsort(graph.ends)
    with old.open("rb") as one, mmap.mmap(one.fileno(), 0, access=mmap.ACCESS_READ) as before, new.open("rb") as file, \
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        begin = _begin(text)
        found = list(_edits(graph, graph.ends[order], before, text, begin)) if begin else [None]
        if None in found:
            return None
        edits = [edit for edit in found if edit is not None]
        said = b"".join(edit.text for edit in edits)
        head, digest, size = text[:begin], hashlib.sha256(text).hexdigest(), len(text)
    changes = _judged(head, said, str(scanned["schema"]), name)
    if changes is None:
        return None
    gone = order[np.concatenate([np.arange(edit.first, edit.last) for edit in edits])] if edits else np.zeros(0, np.int64)
    made = spliced(graph, gone, said, named, begin, *_located(graph, order, edits, begin))
    if made is None or not made.is_located:
        return None
    classes = Counter(scanned["classes"])
    classes.subtract(Counter(graph.classes[code] for code in graph.class_of[gone].tolist()))
    classes.update(changes.classes)
    whole = replace(changes, sha256=digest, size=size, entities=len(made), classes=+classes)
    return whole, made


def _judged(head: bytes, said: bytes, schema: str, name: str) -> Scan | None:
    """The strict scan of the changed instances alone; None where anything is to be said of them."""
    if not said.isascii() or b"/*" in said or may_need_mending(said):
        return None
    try:
        found = scan_text(name, head + said + b"\nENDSEC;\nEND-ISO-10303-21;\n", class_names)
    except CsdiError:
        return None
    return replace(found, findings=()) if found.schema == schema and all(f.code == "STP-002" for f in found.findings) else None


def _begin(text: mmap.mmap) -> int:
    """Where the DATA section begins, behind its semicolon; 0 where that is not plain."""
    at = text.find(b"DATA;", 0, 1 << 16)
    return at + 5 if at >= 0 and text.find(b"/*") < 0 else 0


def _located(graph: Graph, order: Rows, edits: list[Edit], begin: int) -> tuple[Rows, Rows]:
    """Where all instances stand in the new text: those that stay, in the order of the graph, then those of the edits."""
    shift = np.zeros(len(order) + 1, np.int64)
    shift[0] = begin - graph.begin
    last = shift[0]
    for edit in edits:
        shift[edit.last] += edit.shift - last
        last = edit.shift
    moved, keep = np.empty(len(order), np.int64), np.ones(len(order), bool)
    moved[order] = np.cumsum(shift)[:-1]
    for edit in edits:
        keep[order[edit.first:edit.last]] = False
    starts, ends = [(graph.starts + moved)[keep]], [(graph.ends + moved)[keep]]
    for edit in edits:
        inside = Statements.of_text(b"DATA;" + edit.text)
        starts.append(inside.starts + edit.start - 5)
        ends.append(inside.ends + edit.start - 5)
    return np.concatenate(starts), np.concatenate(ends)


def _edits(graph: Graph, ends: Rows, before: mmap.mmap, text: mmap.mmap, begin: int) -> Iterator[Edit | None]:
    """Where two texts differ; None at last where they differ too much, or elsewhere than in instances.

    Args:
        ends: where the old instances end, ascending.
    """
    a, b = np.frombuffer(before, np.uint8), np.frombuffer(text, np.uint8)
    at, shift, changed = graph.begin, begin - graph.begin, 0
    bounds = np.concatenate([[graph.begin], ends + 1])
    while (at := _mismatch(a, b, at, shift)) < len(a) or at + shift < len(b):
        first = int(np.searchsorted(bounds, at, side="right")) - 1
        start = int(bounds[first])
        again = _again(before, text, bounds, first, start + shift) if first < len(ends) else None
        if again is None:
            yield None
            return
        last, place = again
        changed += max(last - first, 1)
        if changed > _MOST_SHARE * len(ends):
            yield None
            return
        said, skipped = _whole(bytes(text[start + shift:place]), first == 0)
        yield Edit(first, last, said, start + shift + skipped, place - int(bounds[last]))
        at, shift = int(bounds[last]), place - int(bounds[last])


def _whole(piece: bytes, is_first: bool) -> tuple[bytes, int]:
    """The instances of a piece that begins with the semicolon of the one before it, each with its own; and what was skipped."""
    inside = piece if is_first else piece.lstrip().removeprefix(b";")
    return (inside + b";" if inside.strip() else b""), len(piece) - len(inside)


def _mismatch(a: NDArray[np.uint8], b: NDArray[np.uint8], at: int, shift: int) -> int:
    """The first place from `at` on where the old text differs from the new one, which lies `shift` further on."""
    while at < len(a) and at + shift < len(b):
        end = min(at + _BLOCK, len(a), len(b) - shift)
        differs = a[at:end] != b[at + shift:end + shift]
        if differs.any():
            return at + int(np.argmax(differs))
        at = end
    return at


def _again(before: Any, text: mmap.mmap, bounds: Rows, first: int, start: int) -> tuple[int, int] | None:
    """The next instance of the old text, by row, that stands in the new one as well, and where; None for none nearby."""
    for row in range(first, min(first + _AHEAD, len(bounds))):
        low = int(bounds[row])
        high = int(bounds[row + 1]) if row + 1 < len(bounds) else len(before)
        place = text.find(before[low:min(high, low + _NEEDLE)], start + (row == first), start + _WINDOW)
        if place >= 0:
            return row, place
    return None
