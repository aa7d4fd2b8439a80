"""Networks from rows: what is connected, which way, and what is wrong with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bim.networks.directions import computed, sides_of
from bim.networks.kinds import kind_of
from bim.networks.model import joined
from bim.networks.reading import read
from csdi.finding import Finding
from tests.bim.networks.plants import asked, names, network


def port(id: str, flow: str | None, *to: tuple[str, str], type: str | None = "PIPE", system: str | None = None, **more: Any) -> dict[str, Any]:
    connected = [{"port": other, "element": element} | more for other, element in to]
    return {"id": id, "name": id, "flow": flow, "type": type, "system": system, "connected": connected}


def row(key: str, ifc_class: str, *ports: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"global_id": key, "ifc_class": ifc_class, "name": key, "ports": list(ports), **more}


def codes(findings: tuple[Finding, ...]) -> dict[str, list[str]]:
    return {one.code: one.data["subjects"] for one in findings}


@pytest.mark.parametrize(("a", "b", "way", "basis"), [
    ("SOURCE", "SINK", 1, "stated"), ("SINK", "SOURCE", -1, "stated"), ("SOURCE", None, 1, "stated"), (None, "SOURCE", -1, "stated"),
    ("SOURCE", "SOURCEANDSINK", 1, "stated"), ("SINK", "NOTDEFINED", -1, "stated"), ("SOURCEANDSINK", "SOURCEANDSINK", 0, "stated"),
    ("NOTDEFINED", "NOTDEFINED", 0, "unknown"), ("SOURCE", "SOURCE", 0, "unknown"), ("SINK", "SINK", 0, "unknown"), (None, None, 0, "unknown")])
def test_two_flow_directions_state_a_way_where_they_agree(a: str | None, b: str | None, way: int, basis: str) -> None:
    made, findings = read([row("x", "IfcPump", port("p", a, ("q", "y"))), row("y", "IfcValve", port("q", b, ("p", "x")))], {}, {}, "m")
    (link,) = made.connections
    assert (link.way, link.basis, link.a.flow, link.b.flow) == (way, basis, a or "NOTDEFINED", b or "NOTDEFINED")
    assert ("NET-002" in codes(findings)) == (a == b and a in ("SOURCE", "SINK"))


def test_an_element_that_realizes_a_connection_stands_between_its_ends() -> None:
    made, _ = read([row("tank", "IfcTank", port("p", "SOURCE", ("q", "tap"), realized_by="v")), row("v", "IfcValve"),
                    row("tap", "IfcSanitaryTerminal", port("q", "SINK", ("p", "tank"), realized_by="v"))], {}, {}, "m")
    assert made.connection_count == 1
    assert names(made, asked(made).trace([made.index["m:tank"]]).elements) == {"v", "tap"}
    assert names(made, asked(made).isolate([made.index["m:v"]]).isolated) == {"tap"}


def test_every_fault_of_ports_has_its_finding() -> None:
    rows = [row("a", "IfcPipeSegment", port("a1", None, ("a2", "a")), port("a2", None), port("a3", None, ("gone", "?")), port("a4", None)),
            row("b", "IfcPipeSegment", port("b1", "SINK", ("c1", "c"))),
            row("c", "IfcCableSegment", port("c1", "SINK", ("b1", "b"), type="CABLE")),
            row("d", "IfcValve", systems=[{"id": "s", "class": "IfcDistributionSystem", "name": "S"}])]
    _, findings = read(rows, {"s": {"ifc_class": "IfcDistributionSystem"}}, {}, "m")
    assert codes(findings) == {"NET-001": ["a1", "a2", "a3", "a4"], "NET-002": ["b1 - c1"], "NET-003": ["a"], "NET-004": ["d"],
                               "NET-005": ["b1 - c1"], "NET-006": ["a3"]}


def test_media_of_equipment_do_not_mix_and_those_of_a_valve_are_one() -> None:
    chiller = row("ch", "IfcChiller", port("1", "SOURCE", ("3", "v"), system="CHILLEDWATER"), port("2", "SINK", ("4", "t"), system="CONDENSERWATER"))
    valve = row("v", "IfcValve", port("3", "SINK", ("1", "ch"), system="CHILLEDWATER"), port("5", "SOURCE", ("6", "ahu"), system=None))
    made, _ = read([chiller, valve, row("t", "IfcCoolingTower", port("4", "SOURCE", ("2", "ch"), system="CONDENSERWATER")),
                    row("ahu", "IfcCoil", port("6", "SINK", ("5", "v"), system="CHILLEDWATER"))], {}, {}, "m")
    tower = asked(made).isolate([made.index["m:t"]])
    assert names(made, tower.isolated) == {"ch"}
    assert names(made, list(tower.dependent)) == {"v", "ahu"}
    assert names(made, asked(made).trace([made.index["m:t"]]).elements) == {"ch"}


def test_ports_that_say_nothing_take_the_carrier_of_what_they_lead_to() -> None:
    made, _ = read([row("u", "IfcUnitaryEquipment", port("1", "SOURCE", ("2", "d"), type=None)),
                    row("d", "IfcFlowSegment", port("2", "SINK", ("1", "u"), type=None), type_id="T")], {}, {"T": "IfcDuctSegmentType"}, "m")
    assert {made.connections[0].a.medium, made.connections[0].b.medium} == {"duct"}


@pytest.mark.parametrize(("ifc_class", "predefined", "type_class", "words", "symbol", "closes"), [
    ("IfcFlowController", "", "IfcValveType", "", "valve", 2), ("IfcValve", "CHECK", "", "", "check", 0),
    ("IfcValve", "Rueckschlagklappe", "", "", "check", 0), ("IfcValve", "USERDEFINED", "", "Motorised control valve", "control valve", 1),
    ("IfcValve", "ISOLATING", "", "control room isolating valve", "valve", 2), ("IfcFlowTerminal", "", "IfcAirTerminalType", "", "diffuser", 0),
    ("IfcElectricDistributionPoint", "", "", "", "board", 1), ("IfcBuildingElementProxy", "", "", "", "equipment", 0),
    ("IfcValve", "NOTDEFINED", "", "浴室止回閥", "check", 0)])
def test_what_an_element_does_is_told_by_class_type_and_words(ifc_class: str, predefined: str, type_class: str, words: str, symbol: str,
                                                              closes: int) -> None:
    kind = kind_of(ifc_class, predefined, type_class, words)
    assert (kind.symbol, kind.closes) == (symbol, closes)


def test_ways_follow_from_what_leads_through() -> None:
    made, _ = computed(network({"tank": "IfcTank", "a": "IfcPipeSegment", "v": "IfcValve", "b": "IfcPipeSegment", "tap": "IfcSanitaryTerminal"},
                               ("tank", "a", 1), ("v", "a", 0), ("v", "b", 0), ("tap", "b", 0)))
    assert [(link.way, link.basis) for link in made.connections] == [(1, "stated"), (-1, "computed"), (1, "computed"), (-1, "computed")]


def test_what_leads_back_leads_to_the_source() -> None:
    """Drains of a sanitary system: from the basins down to the interceptor."""
    plain = network({"basin": "IfcSanitaryTerminal", "pipe": "IfcPipeSegment", "tee": "IfcPipeFitting", "other": "IfcSanitaryTerminal", "pit": "IfcInterceptor"},
                    ("basin", "pipe", 0), ("tee", "pipe", 0), ("other", "tee", 0), ("pit", "tee", 0))
    drains = replace(plain, elements=tuple(replace(one, systems=("m:s",)) for one in plain.elements),
                     systems={"m:s": {"ifc_class": "IfcDistributionSystem", "predefined_type": "DRAINAGE"}})
    made, findings = computed(drains)
    assert findings == ()
    assert [link.way for link in made.connections] == [1, -1, 1, -1]
    cut = asked(made).isolate([made.index["m:tee"]])
    assert names(made, cut.stopped) == {"basin", "pipe", "other"}


@pytest.mark.parametrize("valve,way", [("IfcValve.MIXING", 1), ("IfcValve.DIVERTING", -1)])
def test_a_circuit_flows_out_of_the_boiler_through_the_radiators_and_back(valve: str, way: int) -> None:
    """Two radiators between supply and return, and a valve of three connections with a bypass from the return."""
    said = {"boiler": "IfcBoiler", "valve": valve, "s": "IfcPipeFitting", "one": "IfcSpaceHeater", "two": "IfcSpaceHeater",
            "r": "IfcPipeFitting", "t": "IfcPipeFitting", "bypass": "IfcPipeSegment"}
    plain = network(said, ("boiler", "valve", 0), ("valve", "s", 0), ("s", "one", 0), ("two", "s", 0), ("one", "r", 0), ("r", "two", 0), ("r", "t", 0),
                    ("t", "boiler", 0), ("t", "bypass", 0), ("bypass", "valve", 0))
    systems = {"valve": ("m:s",), "s": ("m:s",), "r": ("m:r",), "t": ("m:r",), "bypass": ("m:r",)}
    told = replace(plain, elements=tuple(replace(one, systems=systems.get(one.name, ())) for one in plain.elements),
                   systems={"m:s": {"name": "LTHW Flow", "predefined_type": "HEATING"}, "m:r": {"name": "LTHW Return", "predefined_type": "HEATING"}})
    made, _ = computed(told)
    assert [link.way for link in made.connections] == [1, 1, 1, -1, 1, -1, 1, 1, way, way]


def test_what_is_in_a_row_is_fed_from_one_to_the_next() -> None:
    plain = network({"board": "IfcElectricDistributionBoard", "a": "IfcLightFixture", "b": "IfcLightFixture", "c": "IfcLightFixture"},
                    ("board", "a", 0), ("b", "a", 0), ("b", "c", 0), medium="cable")
    lights = replace(plain, elements=tuple(replace(one, systems=("m:s",)) for one in plain.elements),
                     systems={"m:s": {"name": "L1", "predefined_type": "LIGHTING"}})
    made, _ = computed(lights)
    assert [link.way for link in made.connections] == [1, -1, 1]


@pytest.mark.parametrize("medium, expected", [("pipe", [(1, "computed"), (1, "computed")]), ("cable", [(0, "stated"), (0, "stated")])])
def test_pipes_that_are_said_to_flow_both_ways_get_a_way_and_cables_do_not(medium: str, expected: list[tuple[int, str]]) -> None:
    kind = "IfcSanitaryTerminal" if medium == "pipe" else "IfcAudioVisualAppliance"
    plain = network({"a": "IfcTank", "p": "IfcPipeSegment", "t": kind}, ("a", "p", 0), ("p", "t", 0), medium=medium)
    both = replace(plain, connections=tuple(one.directed(0, "stated") for one in plain.connections))
    made, _ = computed(both)
    assert [(link.way, link.basis) for link in made.connections] == expected


@pytest.mark.parametrize("row,side", [
    ({"name": "Heizung_VL"}, 1), ({"name": "CHWR-2"}, -1), ({"name": "空調 冷凍水回水"}, -1), ({"name": "冷冻水供水"}, 1), ({"name": "Supply and Return"}, 0),
    ({"name": "M1"}, 0), ({"name": "Domestic hot water return", "predefined_type": "DOMESTICHOTWATER"}, -1), ({"predefined_type": "SEWAGE"}, -1),
    ({"name": "Hydronic Supply 3"}, 1), ({"name": "排風"}, -1), ({"name": "Overflow"}, 0), ({"name": "CHWR2"}, -1), ({"name": "SA-01"}, 1),
    ({"name": "Sea water"}, 0), ({"name": "EA 3"}, -1), ({"name": "Chauffage retour"}, -1), ({"name": "CV aanvoer"}, 1), ({"predefined_type": "GAS"}, 1)])
def test_names_and_types_of_systems_tell_what_leads_on_and_back(row: dict[str, str], side: int) -> None:
    one = network({"p": "IfcPipeSegment"})
    told = replace(one, elements=(replace(one.elements[0], systems=("m:s",)),), systems={"m:s": row})
    assert sides_of(told) == [side]


def test_a_pipe_that_everything_flows_into_is_found() -> None:
    _, findings = computed(network({"a": "IfcTank", "p": "IfcPipeSegment", "b": "IfcTank"}, ("a", "p", 1), ("b", "p", 1)))
    assert [one.code for one in findings] == ["NET-007"]


def test_networks_side_by_side_are_not_connected() -> None:
    one = network({"a": "IfcTank", "b": "IfcValve"}, ("a", "b", 1))
    both = joined([one, one])
    assert (len(both.elements), both.connection_count) == (4, 2)
    assert asked(both).trace([0]).elements == (1,)
    assert asked(both).trace([2]).elements == (3,)
