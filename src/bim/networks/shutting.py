"""Which valves or breakers shut an element off: the nearest set, and the smallest one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from bim.networks.flows import Flags, Flows, spread
from bim.networks.questions import Questions

_ENDLESS = 1 << 20


@dataclass(frozen=True)
class ShutOff:
    """How one medium of an element is shut off.

    Attributes:
        medium: the medium.
        nearest: indices of the elements to close, the first ones on every way; none of them can be left out.
        fewest: the smallest set that does it too, nearest where there are several; it may stop more.
        possible: whether closing them is enough; else `reached` names sources that nothing stands before.
    """

    medium: str
    nearest: tuple[int, ...]
    fewest: tuple[int, ...]
    possible: bool
    reached: tuple[int, ...] = ()


def shut_off(questions: Questions, element: int) -> tuple[ShutOff, ...]:
    """How each medium of an element is shut off from its sources and outfalls, on both sides, whichever way it flows.

    What is made to shut off is taken where that is enough, else also what may be shut, such as a regulating valve or a board.
    A source is shut off from the other sources, or where it is the only one from all that it leads to.
    """
    flows = questions.flows
    joined = [vertex for vertex in flows.vertices[element].tolist() if flows.incoming[vertex] + flows.outgoing[vertex]]
    return tuple(_of(questions, vertex) for vertex in joined)


def _of(questions: Questions, vertex: int) -> ShutOff:
    flows = questions.flows
    sources = questions.anchors & (flows.pieces == flows.pieces[vertex])
    sources[vertex] = False
    for least in (2, 1):
        able = _closable(flows, least)
        able[vertex] = False
        region = spread(flows.around, flows.flags([vertex]), able)
        if not (region & sources).any():
            nearest = _needed(flows.around, region, able, sources)
            fewest = _fewest(flows, vertex, able, sources) if len(nearest) > 1 and sources.any() else nearest
            return ShutOff(flows.medium[vertex], _named(flows, nearest), _named(flows, fewest or nearest), possible=True)
    return ShutOff(flows.medium[vertex], (), (), False, _named(flows, np.flatnonzero(region & sources).tolist()))


def _closable(flows: Flows, least: int) -> Flags:
    able = np.array([one.kind.closes >= least for one in flows.network.elements], dtype=bool)
    return np.asarray(able[flows.element], dtype=bool)


def _needed(around: csr_array, region: Flags, able: Flags, sources: Flags) -> list[int]:
    """Of the stops around a region those that a source is joined to from outside; all of them where there is no other source."""
    rim = ((around @ region.astype(np.int32)) > 0) & ~region & able
    if not sources.any():
        return [int(one) for one in np.flatnonzero(rim)]
    outside = spread(around, sources & ~rim, region | rim)
    joined = ((around @ outside.astype(np.int32)) > 0) | sources
    return [int(one) for one in np.flatnonzero(rim & joined)]


def _fewest(flows: Flows, vertex: int, able: Flags, sources: Flags) -> list[int]:
    """The smallest set of stops between a vertex and all sources, nearest to the vertex; none where none is enough.

    A minimum cut by maximum flow, from one more vertex before all sources; each vertex is split in two with the arc between them
    of capacity 1 where it can be closed.
    """
    size = flows.size
    rows, columns = flows.around.nonzero()
    inner = np.where(able & ~sources, 1, _ENDLESS)
    first = np.flatnonzero(sources)
    tails = np.concatenate([np.arange(size), rows + size, np.full(len(first), 2 * size)])
    heads = np.concatenate([np.arange(size) + size, columns, first])
    room = np.concatenate([inner, np.full(len(rows) + len(first), _ENDLESS)]).astype(np.int32)
    capacity = csr_array((room, (tails, heads)), shape=(2 * size + 1, 2 * size + 1))
    found = maximum_flow(capacity, 2 * size, vertex)
    if found.flow_value >= _ENDLESS:
        return []
    left = csr_array(capacity - found.flow)
    left.data = np.maximum(left.data, 0)
    left.eliminate_zeros()
    start = np.zeros(2 * size + 1, dtype=bool)
    start[vertex] = True
    near = spread(left.T.tocsr(), start)
    return [int(one) for one in np.flatnonzero(near[size:2 * size] & ~near[:size] & able)]


def _named(flows: Flows, vertices: list[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(flows.element[vertices].tolist()))
