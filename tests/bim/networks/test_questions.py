"""What a network answers, against networkx and against networks whose answer is plain."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bim.networks.failures import failures
from bim.networks.model import Network
from bim.networks.questions import Questions
from bim.networks.shutting import shut_off
from tests.bim.networks.plants import asked, digraph, names, network

CLASSES = ("IfcPipeSegment", "IfcPipeFitting", "IfcValve.ISOLATING", "IfcPump", "IfcSpaceHeater", "IfcBoiler")


@st.composite
def plants(draw: st.DrawFn) -> Network:
    """Any network of 2 to 14 elements with one boiler at least: trees, loops, pieces, known and unknown ways."""
    count = draw(st.integers(2, 14))
    classes = {"n0": "IfcBoiler", **{f"n{one}": draw(st.sampled_from(CLASSES)) for one in range(1, count)}}
    pairs = draw(st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1), st.sampled_from((-1, 0, 1, 1, 1))), max_size=26))
    return network(classes, *((f"n{a}", f"n{b}", way) for a, b, way in pairs if a != b))


def anchored(questions: Questions) -> list[tuple[int, str]]:
    flows = questions.flows
    return [(int(flows.element[one]), flows.medium[one]) for one in np.flatnonzero(questions.anchors)]


def served(graph: nx.DiGraph, roots: list[tuple[int, str]]) -> set[tuple[int, str]]:
    return set(roots).union(*(nx.descendants(graph, one) for one in roots)) if roots else set()


@settings(max_examples=150, deadline=None)
@given(plants(), st.data())
def test_traces_are_what_networkx_reaches_through_what_passes_on(one: Network, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(one.elements) - 1))
    for along, whole in (("downstream", digraph(one)), ("upstream", digraph(one).reverse())):
        graph = whole.copy()
        graph.remove_edges_from([(a, b) for a, b in whole.edges if a[0] != start and not one.elements[a[0]].kind.passes])
        expected = {number for vertex in graph if vertex[0] == start for number, _ in nx.descendants(graph, vertex)} - {start}
        found = asked(one).trace([start], along)  # type: ignore[arg-type]
        assert set(found.elements) == expected
        assert set(asked(one).trace([start], along, beyond=True).elements) == {  # type: ignore[arg-type]
            number for vertex in whole if vertex[0] == start for number, _ in nx.descendants(whole, vertex)} - {start}


@settings(max_examples=150, deadline=None)
@given(plants(), st.data())
def test_what_is_isolated_was_reached_before_and_is_not_any_more(one: Network, data: st.DataObject) -> None:
    closed = data.draw(st.lists(st.integers(0, len(one.elements) - 1), max_size=3, unique=True))
    questions, graph = asked(one), digraph(one)
    roots = anchored(questions)
    before, opened = served(graph, roots), graph.copy()
    opened.remove_nodes_from([vertex for vertex in graph if vertex[0] in closed])
    drawing = {root for root in roots if any(other in before for other in graph.predecessors(root))}
    active = [root for root in roots if root in opened]
    while True:
        now = served(opened, active)
        kept = [root for root in active if root not in drawing or any(other in now for other in opened.predecessors(root))]
        if kept == active or not closed:
            break
        active = kept
    expected = {number for number, _ in before - now} - set(closed)
    back = {number for number, _ in served(graph.reverse(), roots) - served(opened.reverse(), active)} - set(closed) - expected
    found = questions.isolate(closed)
    assert (set(found.isolated), set(found.stopped)) == (expected, back)


@settings(max_examples=200, deadline=None)
@given(plants())
def test_single_points_of_failure_are_what_alone_cuts_a_consumer_off(one: Network) -> None:
    questions, graph = asked(one), digraph(one)
    roots = anchored(questions)
    now = served(graph, roots)
    consumers = {vertex for vertex in graph if one.elements[vertex[0]].kind.consumes and vertex not in roots and graph.in_degree(vertex)}
    expected = {}
    for vertex in graph:
        opened = graph.copy()
        opened.remove_node(vertex)
        lost = now - served(opened, [root for root in roots if root != vertex])
        if cut := {number for number, medium in lost if (number, medium) in consumers and number != vertex[0]}:
            expected[vertex[0]] = cut
    found = failures(questions)
    assert {element: set(cut) for element, cut in found.elements.items()} == expected
    for number, link in enumerate(one.connections):
        opened = graph.copy()
        twins = [other for other in one.connections if {other.a.element, other.b.element} == {link.a.element, link.b.element}]
        if len(twins) == 1:
            a, b = (link.a.element, link.a.medium), (link.b.element, link.b.medium)
            opened.remove_edges_from([(a, b), (b, a)])
            cut = {n for n, medium in now - served(opened, roots) if (n, medium) in consumers}
            assert set(found.connections.get(number, ())) == cut


@settings(max_examples=200, deadline=None)
@given(plants(), st.data())
def test_the_nearest_set_shuts_off_and_none_of_it_can_be_left_out(one: Network, data: st.DataObject) -> None:
    element = data.draw(st.integers(0, len(one.elements) - 1))
    questions, graph = asked(one), nx.Graph(digraph(one))
    for found in shut_off(questions, element):
        vertex = (element, found.medium)
        sources = [root for root in anchored(questions) if root != vertex and nx.has_path(graph, root, vertex)]
        if not found.possible:
            able = [node for node in graph if one.elements[node[0]].kind.closes and node != vertex]
            left = graph.copy()
            left.remove_nodes_from(able)
            assert any(source in left and nx.has_path(left, source, vertex) for source in sources)
            continue
        for chosen in (found.nearest, found.fewest):
            assert not sources or not joined(graph, one, chosen, vertex, sources)
        for spared in found.nearest if sources else ():
            assert joined(graph, one, [other for other in found.nearest if other != spared], vertex, sources)
        assert len(found.fewest) <= len(found.nearest)


def joined(graph: nx.Graph, one: Network, closed: object, vertex: tuple[int, str], sources: list[tuple[int, str]]) -> bool:
    left = graph.copy()
    left.remove_nodes_from([node for node in graph if node[0] in set(closed) and node != vertex])  # type: ignore[call-overload]
    return any(source in left and nx.has_path(left, source, vertex) for source in sources)


RING = network({"boiler": "IfcBoiler", "s": "IfcValve.ISOLATING", "r": "IfcValve.ISOLATING", "a": "IfcSpaceHeater", "b": "IfcSpaceHeater",
                "tee": "IfcPipeFitting", "join": "IfcPipeFitting", "va": "IfcValve.ISOLATING", "ra": "IfcValve.ISOLATING"},
               ("boiler", "s", 1), ("s", "tee", 1), ("tee", "va", 1), ("va", "a", 1), ("a", "ra", 1), ("ra", "join", 1), ("tee", "b", 1),
               ("b", "join", 1), ("join", "r", 1), ("r", "boiler", 1))


@pytest.mark.parametrize(("closed", "isolated", "stopped"), [
    ({"va"}, {"a", "ra"}, set()), ({"ra"}, set(), {"va", "a"}), ({"s"}, {"tee", "va", "a", "ra", "join", "b", "r", "boiler"}, set()),
    ({"va", "ra"}, {"a"}, set()), (set(), set(), set())])
def test_a_valve_in_the_return_stops_the_flow_as_one_in_the_supply_does(closed: set[str], isolated: set[str], stopped: set[str]) -> None:
    found = asked(RING).isolate(RING.numbers(f"m:{one}" for one in sorted(closed)))
    assert names(RING, found.isolated) == isolated
    assert names(RING, found.stopped) == stopped


def test_a_radiator_is_shut_off_on_both_sides_by_its_own_valves() -> None:
    (found,) = shut_off(asked(RING), RING.index["m:a"])
    assert (names(RING, found.nearest), found.possible) == ({"va", "ra"}, True)


def test_a_radiator_without_valves_is_shut_off_by_those_of_the_riser() -> None:
    (found,) = shut_off(asked(RING), RING.index["m:b"])
    assert names(RING, found.nearest) == {"s", "r"}


def test_a_pump_without_power_moves_nothing() -> None:
    plain = network({"tank": "IfcTank", "pump": "IfcPump", "tap": "IfcSanitaryTerminal", "board": "IfcElectricDistributionBoard",
                     "breaker": "IfcProtectiveDevice"}, ("tank", "pump", 1), ("pump", "tap", 1))
    power = network({one.name: one.ifc_class for one in plain.elements}, ("board", "breaker", 1), ("breaker", "pump", 1), medium="cable")
    both = Network(plain.elements, (*plain.connections, *power.connections))
    found = asked(both).isolate([both.index["m:breaker"]])
    assert names(both, found.isolated) == {"pump"}
    assert {both.elements[one].name: names(both, why) for one, why in found.dependent.items()} == {"tap": {"pump"}}
