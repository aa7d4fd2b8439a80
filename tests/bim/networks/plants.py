"""Small networks for tests, and a second reading of one with networkx."""

from __future__ import annotations

from collections.abc import Sequence

import networkx as nx

from bim.networks.flows import Flows
from bim.networks.kinds import kind_of
from bim.networks.model import Connection, Element, End, Network
from bim.networks.questions import Questions


def element(name: str, ifc_class: str, predefined: str = "", **more: object) -> Element:
    return Element(f"m:{name}", "m", name, name, ifc_class, kind_of(ifc_class, predefined), predefined_type=predefined, **more)  # type: ignore[arg-type]


def network(classes: dict[str, str], *links: tuple[str, str, int], medium: str = "pipe") -> Network:
    """Elements by name and class (`IfcValve.CHECK` names a type too), and links from name to name with their way."""
    elements = [element(name, *said.split(".")) for name, said in classes.items()]
    at = {one.name: number for number, one in enumerate(elements)}
    made = [Connection(End(at[a], medium=medium), End(at[b], medium=medium), number, way=way, basis="stated" if way else "unknown")
            for number, (a, b, way) in enumerate(links)]
    return Network(tuple(elements), tuple(made))


def asked(one: Network) -> Questions:
    return Questions(Flows.of(one))


def names(one: Network, numbers: Sequence[int]) -> set[str]:
    return {one.elements[number].name for number in numbers}


def digraph(one: Network) -> nx.DiGraph:
    """Vertices (element, medium) and an arc for each way that a connection may be taken."""
    graph = nx.DiGraph()
    graph.add_nodes_from((number, "") for number in range(len(one.elements)))
    for link in one.connections:
        a, b = (link.a.element, link.a.medium), (link.b.element, link.b.medium)
        if link.way >= 0:
            graph.add_edge(a, b)
        if link.way <= 0:
            graph.add_edge(b, a)
    return graph
