"""A schematic of a network: what stands in which layer and row, so that it can be read; runs of pipe or cable drawn as one line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from bim.networks.flows import Flows
from bim.networks.model import Network
from bim.networks.sources import anchors

_SWEEPS = 8
_DRAWN = ("source", "mover", "equipment", "storage", "board", "closer", "terminal", "other")

Edge = tuple[int, int]
Around = list[list[int]]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Symbol:
    """One thing that is drawn.

    Attributes:
        elements: indices; several where alike terminals that hang on one place are drawn as one.
        layer: 0 at the source, growing with the flow.
        row: 0 at the top.
    """

    elements: tuple[int, ...]
    layer: int
    row: float


@dataclass(frozen=True, slots=True)
class Run:
    """One line that is drawn, from symbol to symbol.

    Attributes:
        elements: indices of the segments and fittings on it.
        way: 1 when it flows from `a` to `b`, -1 the other way, 0 when that is not known or it flows both ways.
        basis: `stated` where all connections on it are, else `computed`, `inferred` (some are not stated at all) or `unknown`.
    """

    a: int
    b: int
    elements: tuple[int, ...]
    way: int
    basis: str


@dataclass(frozen=True)
class Schematic:
    """Symbols and lines of a network, in layers.

    Attributes:
        layers, rows: how many there are.
    """

    symbols: tuple[Symbol, ...]
    runs: tuple[Run, ...]
    layers: int
    rows: int


def schematic(network: Network) -> Schematic:
    """The schematic of a network.

    Symbols are what does something and where three lines or more meet; runs of segments and fittings between two of them are one
    line; alike terminals on one place are one symbol. Layers count symbols from the sources (Sugiyama, Tagawa and Toda 1981); in each
    layer the order is that of the median of the neighbours, swept to and fro, and rows are set without overlap. Elements that are
    connected to nothing are left out.
    """
    if not network.connections:
        return Schematic((), (), 0, 0)
    groups, runs = _grouped(network, _contracted(network))
    around: Around = [[] for _ in groups]
    for one in runs:
        around[one.a].append(one.b)
        around[one.b].append(one.a)
    layers = _layers(network, groups, around)
    rows = _rows(_ordered(layers, around), layers, around)
    symbols = tuple(Symbol(tuple(members), layers[number], rows[number]) for number, members in enumerate(groups))
    return Schematic(symbols, tuple(runs), 1 + max(layers), 1 + ceil(max(rows)))


def _contracted(network: Network) -> tuple[list[int], list[Run]]:
    """Elements that are drawn, and a run between each two of them that are joined through others only."""
    around: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for number, one in enumerate(network.connections):
        if one.a.element != one.b.element:
            around[one.a.element].append((one.b.element, number))
            around[one.b.element].append((one.a.element, number))
    drawn = [one for one in sorted(around) if network.elements[one].kind.role in _DRAWN or len({other for other, _ in around[one]}) != 2]
    while True:
        made = _runs(network, around, drawn)
        left = around.keys() - set(drawn) - {element for run in made for element in run.elements}
        if not left:
            return drawn, made
        drawn.append(min(left))  # of a ring of segments and fittings, or of one that ends where it begins


def _runs(network: Network, around: Mapping[int, Sequence[Edge]], drawn: Sequence[int]) -> list[Run]:
    shown, used, made = set(drawn), set[int](), []
    for start in drawn:
        for first, link in around[start]:
            if link not in used:
                path, links = _followed(around, shown, used, start, first, link)
                if path[-1] in shown and path[-1] != start:
                    made.append(Run(start, path[-1], tuple(path[:-1]), _way(network, [start, *path], links), _basis(network, links)))
    return made


def _followed(around: Mapping[int, Sequence[Edge]], shown: Set[int], used: set[int], start: int, first: int,
              link: int) -> tuple[list[int], list[int]]:
    """Elements after the start up to the next one that is drawn, and the connections between them, which are used then."""
    path, links, before = [first], [link], start
    used.add(link)
    while path[-1] not in shown:
        onward = [(other, number) for other, number in around[path[-1]] if number not in used and other != before]
        if not onward:
            break
        before = path[-1]
        path.append(onward[0][0])
        links.append(onward[0][1])
        used.add(onward[0][1])
    return path, links


def _way(network: Network, path: Sequence[int], links: Sequence[int]) -> int:
    steps = ((network.connections[link], at) for at, link in zip(path, links, strict=False))
    ways = {one.way * (1 if one.a.element == at else -1) for one, at in steps}
    return ways.pop() if len(ways) == 1 else 0


def _basis(network: Network, links: Sequence[int]) -> str:
    if any(network.connections[one].by == "inferred" for one in links):
        return "inferred"
    return max((network.connections[one].basis for one in links), key=("stated", "computed", "unknown").index)


def _grouped(network: Network, contracted: tuple[list[int], list[Run]]) -> tuple[list[list[int]], list[Run]]:
    """Symbols by number, with alike terminals at the end of one line each as one, and the runs between them."""
    drawn, runs = contracted
    touching: dict[int, list[Run]] = defaultdict(list)
    for one in runs:
        touching[one.a].append(one)
        touching[one.b].append(one)
    bundles: dict[tuple[int, str, int], list[int]] = defaultdict(list)
    for element in drawn:
        mine = touching[element]
        if network.elements[element].kind.role == "terminal" and len(mine) == 1:
            other, way = (mine[0].b, mine[0].way) if mine[0].a == element else (mine[0].a, -mine[0].way)
            bundles[other, network.elements[element].ifc_class, way].append(element)
    number: dict[int, int] = {}
    groups: list[list[int]] = []
    for members in ([one] for one in drawn):
        alike = next((found for found in bundles.values() if members[0] in found), members) if members[0] not in number else []
        if alike:
            number.update(dict.fromkeys(alike, len(groups)))
            groups.append(list(alike))
    joined: dict[tuple[int, int, int, str], list[int]] = {}
    kept = []
    for one in runs:
        a, b = number[one.a], number[one.b]
        if a != b and (len(groups[a]) > 1 or len(groups[b]) > 1):
            joined.setdefault((a, b, one.way, one.basis), []).extend(one.elements)
        elif a != b:
            kept.append(Run(a, b, one.elements, one.way, one.basis))
    return groups, [*kept, *(Run(a, b, tuple(elements), way, basis) for (a, b, way, basis), elements in joined.items())]


def _layers(network: Network, groups: Sequence[Sequence[int]], around: Around) -> list[int]:
    """Lines from the nearest source to each symbol, whichever way they flow; pieces without a source begin at their first symbol."""
    flows = Flows.of(network)
    sources = {int(flows.element[one]) for one in np.flatnonzero(anchors(flows))}
    made = [-1] * len(groups)
    roots = [number for number, members in enumerate(groups) if sources.intersection(members)]
    for begin in (roots, *([one] for one in range(len(groups)))):
        front, depth = [one for one in begin if made[one] < 0], 0
        while front:
            for one in front:
                made[one] = depth
            front = list(dict.fromkeys(other for one in front for other in around[one] if made[other] < 0))
            depth += 1
    return made


def _ordered(layers: Sequence[int], around: Around) -> list[list[int]]:
    """Symbols of each layer from top to bottom: the best of some sweeps, by how many lines cross."""
    order: list[list[int]] = [[] for _ in range(1 + max(layers))]
    for one in _walked(layers, around):
        order[layers[one]].append(one)
    best, fewest = [list(one) for one in order], _crossings(order, layers, around)
    for sweep in range(_SWEEPS if fewest else 0):
        place = {one: number for layer in order for number, one in enumerate(layer)}
        step = 1 if sweep % 2 == 0 else -1
        for layer in order[::step]:
            layer.sort(key=lambda one: _median([place[other] for other in around[one] if layers[other] == layers[one] - step], place[one]))
            place.update({one: number for number, one in enumerate(layer)})
        if (crossing := _crossings(order, layers, around)) < fewest:
            best, fewest = [list(one) for one in order], crossing
    return best


def _walked(layers: Sequence[int], around: Around) -> list[int]:
    """All symbols, depth first from the first layer: what hangs together comes together."""
    seen: dict[int, None] = {}
    for root in sorted(range(len(layers)), key=lambda one: layers[one]):
        stack = [root]
        while stack:
            one = stack.pop()
            if one not in seen:
                seen[one] = None
                stack.extend(other for other in reversed(around[one]) if other not in seen and layers[other] > layers[one])
    return list(seen)


def _crossings(order: Sequence[Sequence[int]], layers: Sequence[int], around: Around) -> int:
    """Pairs of lines between neighbouring layers that cross."""
    place = {one: number for layer in order for number, one in enumerate(layer)}
    count = 0
    for layer in order:
        ends = [(place[one], place[other]) for one in layer for other in around[one] if layers[other] == layers[one] + 1]
        below = np.array([end for _, end in sorted(ends)])
        count += int(sum((below[:number] > end).sum() for number, end in enumerate(below)))
    return count


def _median(values: Sequence[int], usual: float) -> float:
    return float(np.median(values)) if values else float(usual)


def _rows(order: Sequence[Sequence[int]], layers: Sequence[int], around: Around) -> list[float]:
    """Rows that keep the order and one row between neighbours, as near to the symbols that each is joined to as can be."""
    rows = np.zeros(len(layers))
    for layer in order:
        rows[list(layer)] = np.arange(len(layer))
    for sweep in range(2 * _SWEEPS):
        for layer in order[:: 1 if sweep % 2 == 0 else -1]:
            wished = [np.mean([rows[other] for other in around[one] if layers[other] != layers[one]] or [rows[one]]) for one in layer]
            rows[list(layer)] = np.arange(len(layer)) + _rising(np.array(wished) - np.arange(len(layer)))
    rows -= rows.min()
    return [round(float(one), 2) for one in rows]


def _rising(values: Floats) -> Floats:
    """The nearest values that never fall, by least squares (pool adjacent violators), to halves of a row."""
    blocks: list[tuple[float, int]] = []
    for value in values.tolist():
        total, count = value, 1
        while blocks and blocks[-1][0] / blocks[-1][1] > total / count:
            before, number = blocks.pop()
            total, count = total + before, count + number
        blocks.append((total, count))
    return np.array([round(2 * total / count) / 2 for total, count in blocks for _ in range(count)])
