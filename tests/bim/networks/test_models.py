"""Networks of real files, against a second reading of the file with the engine and networkx."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import ifcopenshell
import networkx as nx
import pytest

from bim.intake import intake
from bim.networks.directions import computed
from bim.networks.kinds import is_distribution
from bim.networks.model import Network
from bim.networks.reading import read
from csdi.finding import Finding
from tests.bim.corpus import corpus_file
from tests.bim.networks.plants import asked

SAMPLE = Path(__file__).parents[3] / "sample_models" / "small" / "terminal-mep.ifc"


@cache
def loaded(path: Path) -> tuple[Network, tuple[Finding, ...]]:
    tables = intake(path, model="m", name=path.name).tables
    rows = [one.properties for one in tables.elements
            if one.properties["role"] == "element" and (one.properties["ports"] or is_distribution(one.properties["ifc_class"]))]
    systems = {one.properties["global_id"]: one.properties for one in tables.systems}
    return read(rows, systems, {one.properties["global_id"]: one.properties["ifc_class"] for one in tables.types}, "m")


def heating() -> Network:
    return loaded(corpus_file("ifc/mep-hvac-heating-ifc4.ifc"))[0]


def ways(path: Path) -> nx.DiGraph:
    """Arcs from the element whose port is a source to the one whose port is a sink, of one type of port, straight from the file."""
    file = ifcopenshell.open(path)
    owner = {port: rel.RelatingObject for rel in file.by_type("IfcRelNests") for port in rel.RelatedObjects if port.is_a("IfcPort")}
    owner |= {rel.RelatingPort: rel.RelatedElement for rel in file.by_type("IfcRelConnectsPortToElement")}
    graph = nx.DiGraph()
    for rel in file.by_type("IfcRelConnectsPorts"):
        source, sink = sorted((rel.RelatingPort, rel.RelatedPort), key=lambda port: port.FlowDirection == "SINK")
        graph.add_edge(*((owner[port].GlobalId, port.PredefinedType) for port in (source, sink)))
    return graph


def test_the_heating_model_is_one_component_of_219_elements_and_228_connections() -> None:
    network, findings = loaded(corpus_file("ifc/mep-hvac-heating-ifc4.ifc"))
    graph = nx.Graph((link.a.element, link.b.element) for link in network.connections)
    assert (network.connection_count, graph.number_of_nodes(), nx.number_connected_components(graph)) == (228, 219, 1)
    assert {link.basis for link in network.connections} == {"stated"}
    assert {one.code: one.measured for one in findings} == {"NET-001": "8", "NET-004": "1"}


def test_both_ends_of_a_connection_are_kept_as_stated() -> None:
    network = heating()
    file = ifcopenshell.open(corpus_file("ifc/mep-hvac-heating-ifc4.ifc"))
    pairs = {frozenset((rel.RelatingPort.GlobalId, rel.RelatedPort.GlobalId)) for rel in file.by_type("IfcRelConnectsPorts")}
    assert {frozenset((link.a.port, link.b.port)) for link in network.connections} == pairs
    for link in network.connections:
        for end in (link.a, link.b):
            assert file.by_guid(end.port).FlowDirection == end.flow


def unsaid(known: Network) -> Network:
    """With all flow directions put aside."""
    return replace(known, connections=tuple(
        replace(link, way=0, basis="unknown", a=replace(link.a, flow="NOTDEFINED"), b=replace(link.b, flow="NOTDEFINED")) for link in known.connections))


@pytest.mark.parametrize("model", ["heating", "sample"])
def test_all_ways_are_found_again_where_none_is_stated_and_systems_say_supply_or_return(model: str) -> None:
    known = heating() if model == "heating" else loaded(SAMPLE)[0]
    found, _ = computed(unsaid(known))
    pairs = [(a, b) for a, b in zip(known.connections, found.connections, strict=True) if a.basis == "stated"]
    assert len(pairs) > 200
    assert [(a.a.port, a.b.port) for a, b in pairs if a.way != b.way] == []


def test_in_a_circuit_whose_systems_do_not_tell_no_way_is_made_up() -> None:
    known = unsaid(heating())
    nameless = replace(known, systems={id: {**row, "name": f"System {number}"} for number, (id, row) in enumerate(known.systems.items())})
    found, _ = computed(nameless)
    assert {link.basis for link in found.connections} == {"unknown"}


@pytest.mark.parametrize("kind", ["IfcValve", "IfcDamper"])
def test_closing_a_valve_of_the_sample_isolates_what_the_file_itself_says(kind: str) -> None:
    """Forward from the sources of the medium, without the valve; sources by class, and of chillers only those that get their return."""
    network, _ = loaded(SAMPLE)
    file, graph = ifcopenshell.open(SAMPLE), ways(SAMPLE)
    sources = {(one.GlobalId, "PIPE") for one in file.by_type("IfcChiller")}
    sources |= {(one.GlobalId, "PIPE") for one in file.by_type("IfcPump") if graph.in_degree((one.GlobalId, "PIPE")) == 0}
    sources |= {(one.GlobalId, "DUCT") for one in file.by_type("IfcUnitaryEquipment")}
    questions = asked(network)
    valves = file.by_type(kind)
    assert valves
    for valve in valves:
        expected = lost(graph, sources, valve.GlobalId)
        found = questions.isolate([network.index[f"m:{valve.GlobalId}"]])
        assert {network.elements[one].global_id for one in found.isolated} == expected


def lost(graph: nx.DiGraph, sources: set[tuple[str, str]], closed: str) -> set[str]:
    def fed(ways: nx.DiGraph, roots: set[tuple[str, str]]) -> set[tuple[str, str]]:
        return roots.union(*(nx.descendants(ways, one) for one in roots)) if roots else set()

    before, active = fed(graph, sources), set(sources)
    without = graph.subgraph(one for one in graph if one[0] != closed)
    while True:
        now = fed(without, active)
        starved = {one for one in active if any(other in before for other in graph.predecessors(one))
                   and not any(other in now for other in without.predecessors(one))}
        if not starved:
            return {key for key, _ in before - now} - {closed}
        active -= starved


def test_ports_of_ifc2x3_are_read_through_their_relationship() -> None:
    network, _ = loaded(corpus_file("bcf/IFCs/MEP.ifc"))
    assert network.connection_count == 6
    assert {one.kind.carrier for one in network.elements if one.ifc_class == "IfcFlowSegment"} == {"duct"}
