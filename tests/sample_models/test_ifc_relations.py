"""What the building models relate: systems and ports, doors and spaces, openings, zones, particulars."""

from __future__ import annotations

from collections import Counter, defaultdict

import ifcopenshell
import ifcopenshell.util.element
import ifcopenshell.util.pset

Files = dict[str, ifcopenshell.file]
Graph = dict[int, set[int]]


def flow_graph(file: ifcopenshell.file, system: str) -> Graph:
    """Elements downstream of each element through ports of one system type, by instance number."""
    owner = {port.id(): rel.RelatingObject for rel in file.by_type("IfcRelNests") for port in rel.RelatedObjects}
    graph: Graph = defaultdict(set)
    for link in file.by_type("IfcRelConnectsPorts"):
        if link.RelatingPort.SystemType == system:
            graph[owner[link.RelatingPort.id()].id()].add(owner[link.RelatedPort.id()].id())
    return graph


def reached(graph: Graph, start: int, closed: frozenset[int] = frozenset()) -> set[int]:
    """Everything downstream of `start` when what is `closed` lets nothing through."""
    found, todo = set(), [start]
    while todo:
        for each in graph.get(todo.pop(), set()) - found - closed:
            found.add(each)
            todo.append(each)
    return found


def with_tag(file: ifcopenshell.file, entity: str, tag: str) -> ifcopenshell.entity_instance:
    return next(e for e in file.by_type(entity) if e.Tag == tag)


def served_units(file: ifcopenshell.file, closed: str | None) -> set[str]:
    """Tags of the air handling units that chilled water reaches, with one valve closed."""
    graph = flow_graph(file, "CHILLEDWATER")
    shut = frozenset() if closed is None else frozenset({with_tag(file, "IfcValve", closed).id()})
    header = next(p for p in file.by_type("IfcPipeSegment") if p.Tag == "Header supply")
    return {file.by_id(i).Tag for i in reached(graph, header.id(), shut) if file.by_id(i).is_a("IfcUnitaryEquipment")}


def test_chilled_water_reaches_every_air_handling_unit(opened: Files) -> None:
    mep = opened["terminal-mep"]
    assert served_units(mep, None) == {u.Tag for u in mep.by_type("IfcUnitaryEquipment")}


def test_a_closed_branch_valve_isolates_its_unit_alone(opened: Files) -> None:
    mep = opened["terminal-mep"]
    assert served_units(mep, None) - served_units(mep, "CHWS-C-01") == {"C-01"}


def test_a_closed_feeder_valve_isolates_the_concourse_and_both_arms(opened: Files) -> None:
    lost = served_units(opened["terminal-mep"], None) - served_units(opened["terminal-mep"], "CENTRE-S")
    assert {tag.split("-")[0] for tag in lost} == {"C", "NW", "SW"}


def test_chilled_water_runs_in_a_closed_loop(opened: Files) -> None:
    mep = opened["terminal-mep"]
    graph = flow_graph(mep, "CHILLEDWATER")
    for chiller in mep.by_type("IfcChiller"):
        assert chiller.id() in reached(graph, chiller.id())


def test_power_reaches_every_light_from_the_switchboard(opened: Files) -> None:
    mep = opened["terminal-mep"]
    graph: Graph = defaultdict(set)
    for system in ("ELECTRICAL", "LIGHTING"):
        for source, targets in flow_graph(mep, system).items():
            graph[source] |= targets
    fed = reached(graph, with_tag(mep, "IfcElectricDistributionBoard", "01").id())
    consumers = ("IfcLightFixture", "IfcOutlet", "IfcUnitaryEquipment", "IfcPump", "IfcChiller")
    assert {e.id() for entity in consumers for e in mep.by_type(entity)} <= fed


def test_ports_join_a_source_to_a_sink_of_the_same_medium_at_one_connection(opened: Files) -> None:
    links = opened["terminal-mep"].by_type("IfcRelConnectsPorts")
    for link in links:
        assert (link.RelatingPort.FlowDirection, link.RelatedPort.FlowDirection) == ("SOURCE", "SINK")
        assert link.RelatingPort.SystemType == link.RelatedPort.SystemType
    used = Counter(p.id() for link in links for p in (link.RelatingPort, link.RelatedPort))
    assert max(used.values()) == 1


def test_every_door_bounds_the_rooms_on_its_sides(opened: Files) -> None:
    arch = opened["terminal-arch"]
    bounded = Counter(b.RelatedBuildingElement.id() for b in arch.by_type("IfcRelSpaceBoundary"))
    for door in arch.by_type("IfcDoor"):
        assert bounded[door.id()] == (1 if door.Name.startswith(("Gate", "Entrance")) else 2), door.Name
    assert all(bounded[edge.id()] == 2 for edge in arch.by_type("IfcVirtualElement"))


def test_all_rooms_of_a_storey_hang_together(opened: Files) -> None:
    arch = opened["terminal-arch"]
    rooms_of: dict[int, set[int]] = defaultdict(set)
    for boundary in arch.by_type("IfcRelSpaceBoundary"):
        rooms_of[boundary.RelatedBuildingElement.id()].add(boundary.RelatingSpace.id())
    near: Graph = defaultdict(set)
    for rooms in rooms_of.values():
        for room in rooms:
            near[room] |= rooms
    for storey in arch.by_type("IfcBuildingStorey"):
        rooms = {s.id() for rel in storey.IsDecomposedBy for s in rel.RelatedObjects if s.is_a("IfcSpace")}
        if rooms:
            assert reached(near, min(rooms)) == rooms, storey.Name


def test_every_space_is_in_one_zone(opened: Files) -> None:
    arch = opened["terminal-arch"]
    zones = {z.Name: {s.id() for rel in z.IsGroupedBy for s in rel.RelatedObjects} for z in arch.by_type("IfcZone")}
    assert set(zones) == {"Landside", "Airside", "Customs Control"}
    assert sum(map(len, zones.values())) == len(set().union(*zones.values())) == len(arch.by_type("IfcSpace"))


def test_each_gate_has_a_lounge_a_door_and_a_boarding_bridge(opened: Files) -> None:
    arch = opened["terminal-arch"]
    doors = {d.Name.removeprefix("Gate ") for d in arch.by_type("IfcDoor") if d.Name.startswith("Gate ")}
    bridges = {b.Name.split()[2] for b in arch.by_type("IfcBuildingElementProxy")}
    lounges = {s.Name.removeprefix("Gate Lounge ") for s in arch.by_type("IfcSpace") if s.Name.startswith("Gate Lounge")}
    assert doors == bridges == lounges
    assert {"N24", "S23", "W40"} <= doors


def test_maintained_equipment_has_its_particulars(opened: Files) -> None:
    serials = []
    for pump in opened["terminal-mep"].by_type("IfcPump") + opened["terminal-mep"].by_type("IfcValve"):
        psets = ifcopenshell.util.element.get_psets(pump)
        serials.append(psets["Pset_ManufacturerOccurrence"]["SerialNumber"])
        assert psets["Pset_ManufacturerTypeInformation"]["Manufacturer"]
        assert psets["Pset_Warranty"]["WarrantyEndDate"] > psets["Pset_Warranty"]["WarrantyStartDate"]
        assert psets["CSDI_Asset"]["InstallationDate"] == psets["Pset_Warranty"]["WarrantyStartDate"]
    assert len(serials) == len(set(serials))


def test_standard_property_and_quantity_sets_hold_standard_names_only(opened: Files) -> None:
    unknown = set()
    for id, file in opened.items():
        if id == "carpark":
            continue
        templates = ifcopenshell.util.pset.get_template(file.schema)
        for definition in file.by_type("IfcPropertySet") + file.by_type("IfcElementQuantity"):
            if not definition.Name.startswith(("Pset_", "Qto_")):
                continue
            template = templates.get_by_name(definition.Name)
            allowed = {p.Name for p in template.HasPropertyTemplates} if template else set()
            given = definition.HasProperties if definition.is_a("IfcPropertySet") else definition.Quantities
            unknown |= {(id, definition.Name, p.Name) for p in given if p.Name not in allowed}
    assert unknown == set()


def test_most_elements_are_classified_and_coloured(opened: Files) -> None:
    for id, file in opened.items():
        classified = {o.id() for rel in file.by_type("IfcRelAssociatesClassification") for o in rel.RelatedObjects}
        with_shape = [e for e in file.by_type("IfcElement") if e.Representation and not e.is_a("IfcFeatureElement")]
        assert sum(e.id() in classified for e in with_shape) > 0.4 * len(with_shape), id
        assert file.by_type("IfcStyledItem"), id
