"""The part of a file that some of its objects need: all that their rows and shapes depend on, and of others no more than names.

It is made as a file of its own, so that it is read and tessellated like any other; it says nothing of where the model lies.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator, Set
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bim.versions.graph import Graph, Rows
from bim.versions.states import CHILDREN, Reading, ranges

Marks = NDArray[np.bool_]
_REFERENCES = re.compile(rb"('(?:[^']|'')*')|\(\s*#\d+(?:\s*,\s*#\d+)*\s*\)|#\d+")
_ALWAYS = frozenset({"IFCPROJECT"})
_NAMED_ALWAYS = frozenset({"IFCSITE", "IFCBUILDING", "IFCFACILITY", "IFCBRIDGE", "IFCROAD", "IFCRAILWAY", "IFCMARINEFACILITY"})
_DEEPEST = 64


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of a graph.

    Attributes:
        whole: instances that are taken as they are.
        named: objects and types of which only what they say themselves is taken.
        hollow: instances of which only number and class are taken.
    """

    whole: Rows
    named: Rows
    hollow: Rows


def part_of(reading: Reading, wanted: Set[str], keys: dict[str, int]) -> Part:
    """What the objects of these keys need.

    Args:
        keys: key -> instance id, of all objects and types.
    """
    graph = reading.graph
    ids = np.array([keys[key] for key in sorted(wanted)], np.int64)
    order = np.argsort(graph.ids, kind="stable")
    rows = order[np.searchsorted(graph.ids, ids, sorter=order)]
    return _Search(reading).part(rows)


def write_part(text: Path, graph: Graph, part: Part, target: Path) -> None:
    """The part as a file; `text` is the one that the graph was read from, and its instances are located."""
    with text.open("rb") as source, mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ) as view, target.open("wb") as file:
        file.write(view[:graph.begin] + b"\n")
        for rows, said in ((part.whole, None), (part.named, _bare)):
            for number, name, values in _instances(graph, view, rows):
                file.write(b"#%d=%s(%s);\n" % (number, name, values if said is None else said(values)))
        for number, name, _ in _instances(graph, view, part.hollow):
            file.write(b"#%d=%s($);\n" % (number, name))
        file.write(b"ENDSEC;\nEND-ISO-10303-21;\n")


def _instances(graph: Graph, view: mmap.mmap, rows: Rows) -> Iterator[tuple[int, bytes, bytes]]:
    """(id, class, arguments) of some instances, in the order of the file."""
    names = [name.encode() for name in graph.classes]
    rows = rows[np.argsort(graph.starts[rows])]
    for number, code, start, end in zip(*(array[rows].tolist() for array in (graph.ids, graph.class_of, graph.starts, graph.ends)),
                                        strict=True):
        yield number, names[code], view[start:end]


def _bare(values: bytes) -> bytes:
    """Arguments with nothing in place of references and lists of them."""
    return _REFERENCES.sub(lambda found: found[1] or b"$", values)


class _Search:
    """One graph that is searched for what some rows need."""

    def __init__(self, reading: Reading) -> None:
        graph, kinds = reading.graph, reading.kinds
        self._graph, self._count = graph, len(graph)
        self._objects, self._types = graph.of(kinds.objects), graph.of(kinds.types)
        self._relations, self._carried = graph.of(kinds.relations), graph.of(kinds.carried)
        self._spatial = graph.of(kinds.spatial)
        self._parts, self._wholes = reading.parts
        source, target, _ = reading.described
        order = np.argsort(source, kind="stable")
        self._source, self._target = source[order], target[order]

    def part(self, rows: Rows) -> Part:
        core = self._marked(rows)
        above = self._above(core)
        bearing = core | (above & ~self._spatial)
        core = core | self._marked(self._parts[self._carried[self._parts] & bearing[self._wholes]])
        kinds = self._referred(self._relating(core)) & self._types
        relations = self._relating(core | above | kinds)
        others = self._referred(relations) & self._carried & ~core
        relations |= self._relating(others) & self._graph.of(frozenset(CHILDREN))
        start = core | kinds | relations | self._graph.of(_ALWAYS)
        whole = self._closed(start)
        needed = self._referred(whole) | self._graph.of(_NAMED_ALWAYS)
        atoms = self._objects | self._types
        return Part(np.flatnonzero(whole), np.flatnonzero(needed & atoms & ~whole), np.flatnonzero(needed & ~atoms & ~whole))

    def _marked(self, rows: Rows) -> Marks:
        made = np.zeros(self._count, bool)
        made[rows] = True
        return made

    def _above(self, marks: Marks) -> Marks:
        """Wholes of the marked, and theirs."""
        made = np.zeros(self._count, bool)
        for _ in range(_DEEPEST):
            grown = made.copy()
            grown[self._wholes[(marks | made)[self._parts]]] = True
            if np.array_equal(grown, made):
                break
            made = grown
        return made

    def _relating(self, marks: Marks) -> Marks:
        """Relationships that refer to one of the marked."""
        made = np.zeros(self._count, bool)
        made[self._graph.source[marks[self._graph.target]]] = True
        return made & self._relations

    def _referred(self, marks: Marks) -> Marks:
        """What the marked refer to in the text."""
        made = np.zeros(self._count, bool)
        made[self._graph.target[marks[self._graph.source]]] = True
        return made

    def _closed(self, start: Marks) -> Marks:
        """The marked with all that they refer to, and all that describes that; objects and types only if they are marked."""
        made, fresh = start.copy(), np.flatnonzero(start)
        closed = self._objects | self._types | self._relations
        while len(fresh):
            low, high = np.searchsorted(self._source, fresh), np.searchsorted(self._source, fresh, side="right")
            found = np.unique(self._target[ranges(low, high)])
            fresh = found[~made[found] & ~closed[found]]
            made[fresh] = True
        return made
