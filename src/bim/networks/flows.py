"""A network as arrays: a vertex for each medium of each element, an arc for each way that the medium may take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

from bim.networks.model import Connection, End, Network

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Flows:
    """Vertices and arcs of a network.

    Attributes:
        network: that they are of.
        element, medium: (n,) of each vertex.
        tail, head, link: (m,) of each arc: vertices, and index of the connection; one without a known way has an arc each way.
    """

    network: Network
    element: Ints
    medium: tuple[str, ...]
    tail: Ints
    head: Ints
    link: Ints

    @classmethod
    def of(cls, network: Network) -> Flows:
        """The arrays of a network; an element that is connected to nothing is a vertex too."""
        numbers: dict[tuple[int, str], int] = {}

        def vertex(end: End) -> int:
            return numbers.setdefault((end.element, end.medium), len(numbers))

        ends = [(vertex(one.a), vertex(one.b)) for one in network.connections]
        there = {element for element, _ in numbers}
        for alone in range(len(network.elements)):
            if alone not in there:
                numbers[alone, ""] = len(numbers)
        arcs = [arc for number, (one, (a, b)) in enumerate(zip(network.connections, ends, strict=True)) for arc in _arcs(one, a, b, number)]
        table = np.array(arcs, dtype=np.int64).reshape(-1, 3)
        return cls(network, np.array([element for element, _ in numbers], dtype=np.int64), tuple(medium for _, medium in numbers),
                   table[:, 0], table[:, 1], table[:, 2])

    @property
    def size(self) -> int:
        """How many vertices there are."""
        return len(self.element)

    @cached_property
    def forward(self) -> csr_array:
        """(n, n) arcs along the flow."""
        return _matrix(self.tail, self.head, self.size)

    @cached_property
    def backward(self) -> csr_array:
        """(n, n) arcs against the flow."""
        return _matrix(self.head, self.tail, self.size)

    @cached_property
    def around(self) -> csr_array:
        """(n, n) arcs both ways, whichever way the medium flows."""
        return (self.forward + self.backward).tocsr()

    @cached_property
    def incoming(self) -> Ints:
        """(n,) arcs into each vertex from others."""
        return np.bincount(self.head, minlength=self.size)

    @cached_property
    def outgoing(self) -> Ints:
        """(n,) arcs out of each vertex to others."""
        return np.bincount(self.tail, minlength=self.size)

    @cached_property
    def pieces(self) -> Ints:
        """(n,) the connected piece of each vertex, whichever way the medium flows."""
        return np.asarray(connected_components(self.forward, directed=True, connection="weak")[1], dtype=np.int64)

    @cached_property
    def passes(self) -> Flags:
        """(n,) whether a trace goes on through the vertex."""
        kinds = np.array([one.kind.passes for one in self.network.elements], dtype=bool)
        return kinds[self.element] if self.size else np.zeros(0, dtype=bool)

    @cached_property
    def vertices(self) -> tuple[Ints, ...]:
        """Vertices of each element."""
        order = np.argsort(self.element, kind="stable")
        cuts = np.searchsorted(self.element[order], np.arange(1, len(self.network.elements)))
        return tuple(np.split(order, cuts)) if self.network.elements else ()

    def of_elements(self, elements: Iterable[int]) -> Ints:
        """The vertices of these elements."""
        found = [self.vertices[one] for one in elements]
        return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)

    def flags(self, vertices: Sequence[int] | Ints) -> Flags:
        """(n,) true at these vertices."""
        made = np.zeros(self.size, dtype=bool)
        made[np.asarray(vertices, dtype=np.int64)] = True
        return made

    def reached(self, starts: Flags, *, backward: bool = False, closed: Flags | None = None) -> Flags:
        """(n,) what can be reached from these vertices, themselves too, without entering closed ones."""
        return spread(self.backward if backward else self.forward, starts, closed)


def _arcs(one: Connection, a: int, b: int, number: int) -> list[tuple[int, int, int]]:
    there, back = (a, b, number), (b, a, number)
    return [there] if one.way > 0 else [back] if one.way < 0 else [there, back]


def _matrix(rows: Ints, columns: Ints, size: int) -> csr_array:
    made = csr_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(size, size))
    made.sum_duplicates()
    made.data[:] = 1
    return made


def _opened(matrix: csr_array, closed: Flags) -> csr_array:
    """Without the arcs into closed vertices."""
    keep = ~closed[matrix.indices]
    counts = np.concatenate([[0], np.cumsum(keep)])
    return csr_array((matrix.data[keep], matrix.indices[keep], counts[matrix.indptr]), shape=matrix.shape)


def spread(matrix: csr_array, starts: Flags, closed: Flags | None = None) -> Flags:
    """(n,) what arcs of a matrix (row to column) lead to from these vertices, themselves too, without entering closed ones."""
    if closed is not None and closed.any():
        matrix, starts = _opened(matrix, closed), starts & ~closed
    found = starts.copy()
    first = np.flatnonzero(starts)  # from one more vertex, which leads to each of them
    if not len(first):
        return found
    size = matrix.shape[0]
    indices = np.concatenate([matrix.indices, first]).astype(np.int32)
    indptr = np.concatenate([matrix.indptr, [len(indices)]]).astype(np.int32)
    wider = csr_array((np.ones(len(indices), dtype=np.int8), indices, indptr), shape=(size + 1, size + 1))
    order = breadth_first_order(wider, size, directed=True, return_predecessors=False)
    found[order[order < size]] = True
    return found
