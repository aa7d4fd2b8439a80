"""The way of a connection where it is not stated: from what leads through an element, and from how far things are from a source."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.sparse import diags_array
from scipy.sparse.csgraph import dijkstra

from bim.networks.flows import Flags, Flows, Ints
from bim.networks.model import Connection, Network
from bim.networks.sources import anchors
from csdi.finding import Finding

_BACKWARD = frozenset(("DISPOSAL", "DRAINAGE", "DUST", "EXHAUST", "RAINWATER", "SEWAGE", "STORMWATER", "VACUUM", "VENT", "WASTEWATER"))
_FORWARD = frozenset(("COMPRESSEDAIR", "DOMESTICCOLDWATER", "DOMESTICHOTWATER", "ELECTRICAL", "FIREPROTECTION", "FUEL", "GAS", "LIGHTING",
                      "MEDICALGAS", "OIL", "WATERSUPPLY"))
"""Predefined types of systems that lead back to, or on from, where a medium is made; names tell before them."""
_BACK = re.compile(r"return|retour|retorno|r(ü|ue)cklauf|exhaust|extract|abluft|fortluft|reprise|afvoer|drain|sewage|waste|abwasser|"
                   r"回水|回風|回风|排|(?<![a-z])(rl|ret|chwr|hwr|hhwr|lthwr|cwr|lphwr|ra|ea)(?![a-z])", re.I)
"""Names of systems that lead back to where others come from."""
_AHEAD = re.compile(r"supply|vorlauf|zuluft|aanvoer|toevoer|départ|soufflage|impulsión|供水|供暖|送風|送风|給水|给水|"
                    r"(?<![a-z])(vl|flow|chws|hws|hhws|lthws|cws|lphws|sa)(?![a-z])", re.I)
"""Names of systems that lead on from their source."""
_DIVERTING = re.compile(r"divert|verteilventil|分流", re.I)

Vertex = tuple[int, str]
Links = dict[int, Connection]


def computed(network: Network) -> tuple[Network, tuple[Finding, ...]]:
    """The network with a way for every connection that allows one, marked `computed`; a stated way stays as it is.

    1. A terminal with one connection is fed through it, or in drains and extracts feeds.
    2. What consumes is entered from what leads on and left into what leads back; with a source it is the other way round.
    3. A valve with three connections mixes: what comes from the other side, such as the return, comes in; a diverting one lets it out.
    4. What only passes a medium on and has one connection left whose way is not known: what comes in goes out.
    5. For the rest: away from the source, by the number of elements to it; towards it in what leads back. What leads on is not
       measured through what leads back, nor the other way round. In circuits that close, only where it is told what leads on or back.

    What remains is `unknown`, and is followed both ways. Findings name what only passes a medium on and has no way in or none out.
    """
    links: Links = dict(enumerate(network.connections))
    sides = sides_of(network)
    _terminals(network, links, sides)
    _circuits(network, links, sides)
    _mixing(network, links, sides)
    _through(network, links)
    _by_distance(network, links, sides)
    made = replace(network, connections=tuple(links.values()))
    return made, _stuck(made)


def _unknown(one: Connection) -> bool:
    """Whether a way is looked for: where none is stated, and where pipes or ducts are stated to flow both ways, as programs write that
    know of none."""
    return one.way == 0 and (one.basis == "unknown" or not one.a.medium.startswith("cable"))


def sides_of(network: Network) -> list[int]:
    """Of each element 1 where its systems lead on from a source, -1 where they lead back, 0 where they do not tell."""
    told = {id: _side(row) for id, row in network.systems.items()}
    made = ({told[id] for id in one.systems if id in told} for one in network.elements)
    return [said.pop() if len(said) == 1 else 0 for said in made]


def _side(row: Mapping[str, Any]) -> int:
    words = " ".join(str(row.get(name) or "") for name in ("name", "long_name", "object_type"))
    back, ahead = bool(_BACK.search(words)), bool(_AHEAD.search(words))
    if back or ahead:
        return int(ahead) - int(back)
    predefined = str(row.get("predefined_type") or "").upper()
    return int(predefined in _FORWARD) - int(predefined in _BACKWARD)


def _terminals(network: Network, links: Links, sides: Sequence[int]) -> None:
    """A terminal with one connection of its medium is fed through it, or feeds."""
    kinds, around = network.elements, _around(links)
    for (element, _), numbers in around.items():
        if kinds[element].kind.role == "terminal" and len(numbers) == 1 and _unknown(links[numbers[0]]):
            _lead(links, numbers[0], element, inward=sides[element] >= 0)


def _circuits(network: Network, links: Links, sides: Sequence[int]) -> None:
    """The ends of what consumes and of sources, where what they are joined to leads on or back; what comes into two ends goes out.

    What consumes and has all its ends in what leads on, or all in what leads back, is in a row with others, not in a circuit.
    """
    around = _around(links)
    sources = _sources(replace(network, connections=tuple(links.values())))
    for key, numbers in around.items():
        kind = network.elements[key[0]].kind
        feeds = key in sources
        if len(numbers) < 2 or not (feeds or kind.consumes) or (not feeds and key[1].split("/")[0] in kind.gives):
            continue
        behind = [_side_behind(network, links, around, sides, key, number) for number in numbers]
        if not feeds and len(set(behind)) == 1:
            continue
        for number, side in zip(numbers, behind, strict=True):
            if side and _unknown(links[number]):
                _lead(links, number, key[0], inward=(side > 0) != feeds)
        _onward(links, numbers, key[0])


def _onward(links: Links, numbers: Sequence[int], element: int) -> None:
    """What comes into an element with two connections goes out by the other."""
    left = [number for number in numbers if _unknown(links[number])]
    if len(numbers) == 2 and len(left) == 1 and links[sum(numbers) - left[0]].way:
        _lead(links, left[0], element, inward=not _enters(links[sum(numbers) - left[0]], element))


def _mixing(network: Network, links: Links, sides: Sequence[int]) -> None:
    around = _around(links)
    for key, numbers in around.items():
        one, side = network.elements[key[0]], sides[key[0]]
        if one.kind.role != "closer" or len(numbers) != 3 or not side:
            continue
        diverts = bool(_DIVERTING.search(f"{one.predefined_type} {one.name}"))
        for number in numbers:
            if _unknown(links[number]) and _side_behind(network, links, around, sides, key, number) == -side:
                _lead(links, number, key[0], inward=not diverts)


def _sources(network: Network) -> set[Vertex]:
    """What the pieces of a network are fed from."""
    flows = Flows.of(network)
    return {(int(flows.element[number]), flows.medium[number]) for number in np.flatnonzero(anchors(flows))}


def _side_behind(network: Network, links: Links, around: Mapping[Vertex, list[int]], sides: Sequence[int], start: Vertex,
                 number: int) -> int:
    """What the first element behind a connection leads to that tells it, up to where the run divides."""
    here, seen = start, {start}
    while True:
        one = links[number]
        other = one.b if (one.a.element, one.a.medium) == here else one.a
        here = (other.element, other.medium)
        if sides[here[0]] or here in seen or not network.elements[here[0]].kind.passes or len(around[here]) != 2:
            return sides[here[0]]
        seen.add(here)
        number = sum(around[here]) - number


def _around(links: Links) -> dict[Vertex, list[int]]:
    made: dict[Vertex, list[int]] = defaultdict(list)
    for number, one in links.items():
        for end in (one.a, one.b):
            made[end.element, end.medium].append(number)
    return made


def _lead(links: Links, number: int, element: int, *, inward: bool) -> None:
    """Gives a connection the way into an element, or out of it."""
    one = links[number]
    links[number] = one.directed(1 if (one.b.element == element) == inward else -1, "computed")


def _enters(one: Connection, element: int) -> bool:
    return (one.way > 0) == (one.b.element == element)


def _through(network: Network, links: Links) -> None:
    """What comes into a thing that passes it on goes out where nothing else is known, until nothing more follows."""
    around = _around(links)
    waiting = deque(key for key in around if network.elements[key[0]].kind.passes)
    while waiting:
        key = waiting.popleft()
        element, numbers = key[0], around[key]
        left = [number for number in numbers if _unknown(links[number])]
        known = {_enters(links[number], element) for number in numbers if links[number].way}
        if len(left) != 1 or len(known) != 1:
            continue
        _lead(links, left[0], element, inward=not known.pop())
        one = links[left[0]]
        other = one.b if one.a.element == element else one.a
        if network.elements[other.element].kind.passes:
            waiting.append((other.element, other.medium))


def _by_distance(network: Network, links: Links, sides: Sequence[int]) -> None:
    left = [number for number, one in links.items() if _unknown(one)]
    if not left:
        return
    flows = Flows.of(replace(network, connections=tuple(links.values())))
    of = np.asarray(sides, dtype=np.int64)[flows.element]
    closed = _closed(flows)
    steps = {side: _steps(flows, of == -side if side else np.zeros(flows.size, dtype=bool)) for side in (-1, 0, 1)}
    vertex = {(element, medium): number for number, (element, medium) in enumerate(zip(flows.element.tolist(), flows.medium, strict=True))}
    for number in left:
        one = links[number]
        ends = [vertex[end.element, end.medium] for end in (one.a, one.b)]
        side = max(-1, min(1, int(of[ends].sum())))
        a, b = (int(steps[side][end]) for end in ends)
        if a != b and min(a, b) >= 0 and (side or not closed[ends[0]]):
            away = 1 if a < b else -1
            links[number] = one.directed(-away if side < 0 else away, "computed")


def _closed(flows: Flows) -> Flags:
    """(n,) the vertices of circuits: of pieces of pipes or ducts in which a source and a consumer have several connections each."""
    kinds = flows.network.elements
    joined = np.diff(flows.around.indptr)
    several = (joined > 1) & np.array([not one.startswith("cable") for one in flows.medium], dtype=bool)
    uses = np.array([kinds[one].kind.consumes for one in flows.element.tolist()], dtype=bool)
    sources = anchors(flows)
    pieces = np.intersect1d(flows.pieces[several & sources], flows.pieces[several & uses & ~sources])
    return np.isin(flows.pieces, pieces)


def _steps(flows: Flows, closed: Flags) -> Ints:
    """(n,) connections between each vertex and the nearest source, whichever way they flow, around closed ones; through them where
    there is no other way; -1 where there is none."""
    first = np.flatnonzero(anchors(flows))
    if not len(first):
        return np.full(flows.size, -1, dtype=np.int64)
    open = diags_array((~closed).astype(np.float64))
    around = (dijkstra(matrix, indices=first, unweighted=True, min_only=True) for matrix in (open @ flows.around @ open, flows.around))
    near, whole = around
    steps = np.where(np.isfinite(near), near, whole)
    return np.where(np.isfinite(steps), steps, -1).astype(np.int64)


def _stuck(network: Network) -> tuple[Finding, ...]:
    """What only passes a medium on although everything leads in, or everything out."""
    found: list[str] = []
    for (element, _), numbers in _around(dict(enumerate(network.connections))).items():
        ways = [network.connections[number] for number in numbers]
        one = network.elements[element]
        if one.kind.role in ("segment", "fitting", "closer") and len(ways) > 1 and all(way.way for way in ways) and \
                len({_enters(way, element) for way in ways}) == 1:
            found.append(one.global_id)
    return _finding(network, found) if found else ()


def _finding(network: Network, found: Iterable[str]) -> tuple[Finding, ...]:
    subjects = list(found)
    return (Finding("NET-007", "warning", f"{len(subjects)} elements that only pass a medium on have no way in or no way out",
                    network.elements[0].model, measured=str(len(subjects)), expected="0", cure="correct FlowDirection of their ports",
                    data={"subjects": subjects[:50]}),)
