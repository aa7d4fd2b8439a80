"""The way of a connection where it is not stated: from what leads through an element, and from how far things are from a source."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.sparse.csgraph import dijkstra

from bim.networks.flows import Flows, Ints
from bim.networks.model import Connection, Network
from bim.networks.sources import anchors
from csdi.finding import Finding

_BACKWARD = frozenset(("DISPOSAL", "DRAINAGE", "DUST", "EXHAUST", "RAINWATER", "SEWAGE", "STORMWATER", "VACUUM", "VENT", "WASTEWATER"))
_BACK = re.compile(r"return|r(ü|ue)cklauf|(^|[\W_])(rl|ret|chwr|hwr|cwr|lphwr)($|[\W_])|exhaust|extract|abluft|drain|sewage|waste|"
                   r"回水|排|drainage", re.I)
"""Names of systems that lead back to where others come from."""

Vertex = tuple[int, str]
Links = dict[int, Connection]


def computed(network: Network) -> tuple[Network, tuple[Finding, ...]]:
    """The network with a way for every connection that allows one, marked `computed`; stated ways stay as they are.

    1. What only passes a medium on and has one connection left whose way is not known: what comes in goes out.
    2. A terminal is fed, or in drains and extracts feeds.
    3. For the rest: away from the source, by the number of elements to it; towards it in what leads back.

    What remains is `unknown`, and is followed both ways. Findings name what only passes a medium on and has no way in or none out.
    """
    links: Links = dict(enumerate(network.connections))
    back = _leading_back(network)
    _terminals(network, links, back)
    _through(network, links)
    _by_distance(network, links, back)
    made = replace(network, connections=tuple(links.values()))
    return made, _stuck(made)


def _unknown(one: Connection) -> bool:
    return one.way == 0 and one.basis == "unknown"


def _leading_back(network: Network) -> frozenset[int]:
    """Elements whose systems all lead back."""
    told: dict[str, bool] = {id: _leads_back(row) for id, row in network.systems.items()}
    made = ((number, [told[id] for id in one.systems if id in told]) for number, one in enumerate(network.elements))
    return frozenset(number for number, said in made if said and all(said))


def _leads_back(row: Mapping[str, Any]) -> bool:
    words = " ".join(str(row.get(name) or "") for name in ("name", "long_name", "object_type"))
    return str(row.get("predefined_type") or "").upper() in _BACKWARD or bool(_BACK.search(words))


def _terminals(network: Network, links: Links, back: frozenset[int]) -> None:
    """A terminal with one connection of its medium is fed through it, or feeds."""
    kinds, around = network.elements, _around(links)
    for (element, _), numbers in around.items():
        if kinds[element].kind.role == "terminal" and len(numbers) == 1 and _unknown(links[numbers[0]]):
            _lead(links, numbers[0], element, inward=element not in back)


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


def _by_distance(network: Network, links: Links, back: frozenset[int]) -> None:
    left = [number for number, one in links.items() if _unknown(one)]
    if not left:
        return
    flows = Flows.of(replace(network, connections=tuple(links.values())))
    steps = _steps(flows)
    vertex = {(element, medium): number for number, (element, medium) in enumerate(zip(flows.element.tolist(), flows.medium, strict=True))}
    for number in left:
        one = links[number]
        a, b = (int(steps[vertex[end.element, end.medium]]) for end in (one.a, one.b))
        if a != b and min(a, b) >= 0:
            away = 1 if a < b else -1
            returns = one.a.element in back or one.b.element in back
            links[number] = one.directed(-away if returns else away, "computed")


def _steps(flows: Flows) -> Ints:
    """(n,) connections between each vertex and the nearest source, whichever way they flow; -1 where there is none."""
    first = np.flatnonzero(anchors(flows))
    if not len(first):
        return np.full(flows.size, -1, dtype=np.int64)
    steps = dijkstra(flows.around, indices=first, unweighted=True, min_only=True)
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
