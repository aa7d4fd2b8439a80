"""Single points of failure: elements and connections that every way from the sources to something served runs through."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bim.networks.flows import Flags, Ints
from bim.networks.questions import Questions


@dataclass(frozen=True)
class Failures:
    """What must not fail.

    Attributes:
        elements: index -> consumers that lose their source when it fails, by index; the worst first.
        connections: index -> the same, of connections that are the only way.
        unserved: consumers that no source reaches as it is.
    """

    elements: dict[int, tuple[int, ...]]
    connections: dict[int, tuple[int, ...]]
    unserved: tuple[int, ...]


def failures(questions: Questions) -> Failures:
    """Single points of failure of a network, along the flow.

    An element is one where it dominates a consumer: every way from any source runs through it. The dominators are found by the
    method of Cooper, Harvey and Kennedy (A Simple, Fast Dominance Algorithm, 2001) from one vertex before all sources. The consumer
    itself, and what stands in pieces without a source, does not count.
    """
    flows, sources = questions.flows, questions.anchors
    parent, order = _dominators(flows.forward.indptr, flows.forward.indices, flows.backward.indptr, flows.backward.indices, sources)
    consumers = _consumers(questions, sources)
    below: dict[int, list[int]] = {}
    for vertex in order[::-1]:
        own = [*([vertex] if consumers[vertex] else []), *below.get(vertex, ())]
        if own and parent[vertex] >= 0:
            below.setdefault(parent[vertex], []).extend(own)
    elements: dict[int, dict[int, None]] = {}
    for vertex, served in below.items():
        element = int(flows.element[vertex])
        elements.setdefault(element, {}).update(dict.fromkeys(int(flows.element[one]) for one in served if flows.element[one] != element))
    ranked = sorted(((one, tuple(served)) for one, served in elements.items() if served), key=lambda pair: (-len(pair[1]), pair[0]))
    reached = set(order)
    lost = [int(flows.element[one]) for one in np.flatnonzero(consumers).tolist() if one not in reached]
    return Failures(dict(ranked), _bridges(questions, parent, order, below, consumers), tuple(dict.fromkeys(lost)))


def _consumers(questions: Questions, sources: Flags) -> Flags:
    """(n,) what takes a medium that comes in, and is no source of it."""
    flows = questions.flows
    takes = np.array([one.kind.consumes for one in flows.network.elements], dtype=bool)
    return np.asarray(takes[flows.element] & (flows.incoming > 0) & ~sources, dtype=bool)


def _dominators(starts: Ints, heads: Ints, ends: Ints, tails: Ints, sources: Flags) -> tuple[list[int], list[int]]:
    """Immediate dominator of each vertex that is reached (-1 for none: a source, or several ways), and them in reverse postorder."""
    size = len(starts) - 1
    order = _reverse_postorder(starts.tolist(), heads.tolist(), np.flatnonzero(sources).tolist(), size)
    place = [-1] * (size + 1)
    for number, vertex in enumerate(order):
        place[vertex] = number + 1
    root, parent, first = size, [-2] * (size + 1), sources.tolist()
    parent[root], place[root] = root, 0
    before, begins = tails.tolist(), ends.tolist()

    def meet(one: int, other: int) -> int:
        while one != other:
            if place[one] > place[other]:
                one = parent[one]
            else:
                other = parent[other]
        return one

    changed = True
    while changed:
        changed = False
        for vertex in order:
            found = root if first[vertex] else -2
            for other in before[begins[vertex]:begins[vertex + 1]]:
                if parent[other] != -2:
                    found = other if found == -2 else meet(other, found)
            if parent[vertex] != found:
                parent[vertex], changed = found, True
    return [-1 if one in (root, -2) else one for one in parent[:size]], order


def _reverse_postorder(starts: list[int], heads: list[int], sources: list[int], size: int) -> list[int]:
    seen, made = [False] * size, []
    for source in sources:
        if seen[source]:
            continue
        seen[source] = True
        stack = [(source, starts[source])]
        while stack:
            vertex, at = stack.pop()
            while at < starts[vertex + 1] and seen[heads[at]]:
                at += 1
            if at == starts[vertex + 1]:
                made.append(vertex)
            else:
                seen[heads[at]] = True
                stack += [(vertex, at + 1), (heads[at], starts[heads[at]])]
    return made[::-1]


def _bridges(questions: Questions, parent: list[int], order: list[int], below: dict[int, list[int]],
             consumers: Flags) -> dict[int, tuple[int, ...]]:
    """Connections that are the only way into a vertex from its dominator; what they serve is the vertex and all that it dominates."""
    flows, sources = questions.flows, questions.anchors
    depth = {vertex: number for number, vertex in enumerate(order)}
    inside = _intervals(parent, order)
    entering: dict[int, list[int]] = {}
    for tail, head, link in zip(flows.tail.tolist(), flows.head.tolist(), flows.link.tolist(), strict=True):
        if tail in depth and not _dominates(inside, head, tail):
            entering.setdefault(head, []).append(link)
    made: dict[int, tuple[int, ...]] = {}
    for vertex, links in entering.items():
        served = [*([vertex] if consumers[vertex] else []), *below.get(vertex, ())]
        if len(links) == 1 and served and not sources[vertex]:
            made[links[0]] = tuple(dict.fromkeys(int(flows.element[one]) for one in served))
    return dict(sorted(made.items(), key=lambda pair: (-len(pair[1]), pair[0])))


def _intervals(parent: list[int], order: list[int]) -> dict[int, tuple[int, int]]:
    """Where each vertex begins and ends in a walk of the tree of dominators."""
    children: dict[int, list[int]] = {}
    for vertex in order:
        children.setdefault(parent[vertex], []).append(vertex)
    made: dict[int, tuple[int, int]] = {}
    clock, stack = 0, [(one, False) for one in reversed(children.get(-1, []))]
    opened: dict[int, int] = {}
    while stack:
        vertex, left = stack.pop()
        if left:
            made[vertex] = (opened[vertex], clock)
            continue
        opened[vertex] = clock = clock + 1
        stack.append((vertex, True))
        stack.extend((one, False) for one in children.get(vertex, ()))
    return made


def _dominates(inside: dict[int, tuple[int, int]], one: int, other: int) -> bool:
    """Whether `one` dominates `other`, or is it."""
    begin, end = inside[one]
    return begin <= inside[other][0] <= end
