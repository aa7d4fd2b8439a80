"""What a network is asked: what feeds this, what it feeds, what stops when something is closed, and how it is shut off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from bim.networks.flows import Flags, Flows
from bim.networks.sources import anchors

Along = Literal["downstream", "upstream", "both"]


@dataclass(frozen=True)
class Trace:
    """What was found along a network.

    Attributes:
        elements: indices of what was reached, without where it started.
        ends: those of them that the trace ended at, because they take what comes instead of passing it on.
        links: indices of the connections that were followed.
        sure: whether every connection on the way has a known way.
    """

    elements: tuple[int, ...]
    ends: tuple[int, ...]
    links: tuple[int, ...]
    sure: bool


@dataclass(frozen=True)
class Isolation:
    """What follows when elements are closed.

    Attributes:
        closed: they.
        isolated: elements with a medium that no source reaches any more.
        stopped: elements that are still reached, but from which nothing gets on to where it went before: nothing flows in them.
        dependent: elements that stop because equipment that they depend on has lost a medium, and that equipment.
        sources: what the pieces that they are in are fed from.
    """

    closed: tuple[int, ...]
    isolated: tuple[int, ...]
    stopped: tuple[int, ...]
    dependent: dict[int, tuple[int, ...]]
    sources: tuple[int, ...]

    @property
    def without_service(self) -> tuple[int, ...]:
        """All elements in which something stops, each once."""
        return tuple(dict.fromkeys((*self.isolated, *self.stopped, *self.dependent)))


class Questions:
    """Answers about one network; the arrays are made once."""

    def __init__(self, flows: Flows) -> None:
        self.flows, self.network = flows, flows.network

    @cached_property
    def anchors(self) -> Flags:
        """(n,) vertices that the pieces are fed from or lead to."""
        return anchors(self.flows)

    @cached_property
    def _served(self) -> tuple[Flags, Flags]:
        return self._serving(self.flows.flags([]))

    def trace(self, starts: Sequence[int], along: Along = "downstream", *, beyond: bool = False) -> Trace:
        """What these elements feed, what feeds them, or both.

        Args:
            beyond: whether the trace goes on through equipment, into every medium that leaves it (or enters it).
        """
        if along == "both":
            down, up = (self.trace(starts, way, beyond=beyond) for way in ("downstream", "upstream"))
            return _together(down, up)
        backward = along == "upstream"
        begin = self.flows.flags(self.flows.of_elements(starts))
        found = self._beyond(begin, backward=backward) if beyond else self._until(begin, backward=backward)
        return self._told(begin, found, backward=backward, beyond=beyond)

    def _until(self, begin: Flags, *, backward: bool) -> Flags:
        """Reached from the starts through what passes on; the first thing that does not is the last."""
        flows, stops = self.flows, ~self.flows.passes
        going = flows.reached(begin, backward=backward, closed=stops & ~begin)
        into = flows.forward if backward else flows.backward
        ends = ((into @ going.astype(np.int32)) > 0) & stops
        return np.asarray(going | ends, dtype=bool)

    def _beyond(self, begin: Flags, *, backward: bool) -> Flags:
        """Reached, from vertex to vertex and inside an element from what enters it to what leaves it."""
        found = begin
        while True:
            found = self.flows.reached(found, backward=backward)
            more = found | self._of_same(found)
            if (more == found).all():
                return found
            found = more

    def _of_same(self, found: Flags) -> Flags:
        """(n,) all vertices of the elements that have one of these."""
        touched = np.zeros(len(self.network.elements), dtype=bool)
        touched[self.flows.element[found]] = True
        return touched[self.flows.element]

    def _told(self, begin: Flags, found: Flags, *, backward: bool, beyond: bool) -> Trace:
        flows = self.flows
        from_, to = (flows.head, flows.tail) if backward else (flows.tail, flows.head)
        goes = found & (flows.passes | begin) if not beyond else found
        followed = np.unique(flows.link[goes[from_] & found[to]])
        starts = set(flows.element[begin].tolist())
        reached = [one for one in dict.fromkeys(flows.element[found].tolist()) if one not in starts]
        kinds = self.network.elements
        ends = tuple(one for one in reached if not kinds[one].kind.passes)
        sure = all(self.network.connections[one].way for one in followed.tolist())
        return Trace(tuple(reached), ends, tuple(followed.tolist()), sure)

    def isolate(self, elements: Sequence[int]) -> Isolation:
        """What loses its medium when these are closed, all at once.

        An element is isolated where a source reached it along the flow and none does now; it has stopped where the flow went on
        to a source or an outfall and now finds no way. A source that was itself fed from the network, such as a chiller by its return,
        and is not now, gives nothing. Equipment that loses one of its media stops in the others, and what depends on it with it.
        """
        flows, before = self.flows, self._served
        shut = flows.flags(flows.of_elements(elements))
        cause: dict[int, tuple[int, ...]] = {}
        lost = self._lost(before, shut)
        direct = lost
        failed = np.zeros(flows.size, dtype=bool)
        while True:
            more = self._failing(lost[0] | lost[1], shut | failed)
            if not more.any():
                break
            failed |= more
            now = self._lost(before, shut | failed)
            by = tuple(dict.fromkeys(flows.element[more].tolist()))
            fresh = ((now[0] | now[1]) & ~(lost[0] | lost[1])) | more
            for one in dict.fromkeys(flows.element[fresh].tolist()):
                cause.setdefault(one, tuple(other for other in by if other != one) or by)
            lost = now
        return self._isolation(elements, shut, direct, cause)

    def _isolation(self, elements: Sequence[int], shut: Flags, direct: tuple[Flags, Flags], cause: dict[int, tuple[int, ...]]) -> Isolation:
        flows = self.flows
        closed = set(elements)

        def named(vertices: Flags) -> list[int]:
            return [one for one in dict.fromkeys(flows.element[vertices].tolist()) if one not in closed]

        isolated = named(direct[0] & ~shut)
        stopped = [one for one in named(direct[1] & ~direct[0] & ~shut) if one not in set(isolated)]
        direct_all = {*isolated, *stopped, *closed}
        pieces = np.isin(flows.pieces, flows.pieces[shut]) if shut.any() else shut
        return Isolation(tuple(elements), tuple(isolated), tuple(stopped),
                         {one: by for one, by in cause.items() if one not in direct_all}, tuple(named(self.anchors & pieces)))

    def _serving(self, closed: Flags) -> tuple[Flags, Flags]:
        """(n,) what sources reach, and (n,) what leads on to one, while these vertices are closed."""
        active = self.anchors & ~closed
        while True:
            fed = self.flows.reached(active, closed=closed)
            drawing = self._drawing(fed)
            kept = active & (drawing | ~self._draws) if closed.any() else active
            if (kept == active).all():
                return fed, self.flows.reached(active, backward=True, closed=closed)
            active = kept

    def _drawing(self, fed: Flags) -> Flags:
        """(n,) what an arc enters from a vertex that is fed."""
        made = np.zeros(self.flows.size, dtype=bool)
        made[self.flows.head[fed[self.flows.tail]]] = True
        return made

    @cached_property
    def _draws(self) -> Flags:
        """(n,) sources that the network itself feeds while all is open."""
        return self.anchors & self._drawing(self.flows.reached(self.anchors))

    def _lost(self, before: tuple[Flags, Flags], closed: Flags) -> tuple[Flags, Flags]:
        fed, leading = self._serving(closed)
        return before[0] & ~fed, before[1] & ~leading

    def _failing(self, lost: Flags, closed: Flags) -> Flags:
        """(n,) the other media of equipment that has lost one that enters it."""
        kinds = self.network.elements
        needs = np.array([one.kind.role in ("source", "mover", "equipment") for one in kinds], dtype=bool)
        hurt = lost & needs[self.flows.element] & (self.flows.incoming > 0) & ~closed
        return np.asarray(self._of_same(hurt) & ~hurt & ~closed & ~lost, dtype=bool)


def _together(one: Trace, other: Trace) -> Trace:
    return Trace(tuple(dict.fromkeys((*one.elements, *other.elements))), tuple(dict.fromkeys((*one.ends, *other.ends))),
                 tuple(sorted({*one.links, *other.links})), one.sure and other.sure)
