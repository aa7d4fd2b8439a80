"""Circuits from groups, from properties, and from what is connected."""

from __future__ import annotations

from typing import Any

from bim.networks.circuits import circuits
from bim.networks.model import Network
from bim.networks.reading import read
from tests.bim.networks.plants import asked, names
from tests.bim.networks.test_models import SAMPLE, loaded


def row(key: str, ifc_class: str, **more: Any) -> dict[str, Any]:
    return {"global_id": key, "ifc_class": ifc_class, "name": key, **more}


def board_with(*rows: dict[str, Any], systems: dict[str, Any] | None = None) -> Network:
    return read([row("DB-1", "IfcElectricDistributionBoard", tag="LP-1"), *rows], systems or {}, {}, "m")[0]


def test_lights_without_ports_hang_on_the_board_that_their_properties_name() -> None:
    psets = {"Electrical": {"Panel": "LP-1", "Circuit Number": 7}}
    network = board_with(row("a", "IfcLightFixture", psets=psets), row("b", "IfcLightFixture", psets=psets), row("c", "IfcLightFixture"))
    (found,) = circuits(network)
    assert (found.name, network.elements[found.board].name, names(network, found.members)) == ("LP-1/7", "DB-1", {"a", "b"})
    assert {link.by for link in network.connections} == {"circuit"}
    assert names(network, asked(network).isolate([network.index["m:DB-1"]]).isolated) == {"a", "b"}


def test_a_breaker_of_the_group_stands_between_board_and_members() -> None:
    systems = {"g": {"ifc_class": "IfcElectricalCircuit", "name": "7"}}
    on = {"systems": [{"id": "g", "class": "IfcElectricalCircuit", "name": "7"}]}
    network = read([row("DB-1", "IfcElectricDistributionPoint", **on), row("mcb", "IfcProtectiveDevice", **on), row("a", "IfcLightFixture", **on)],
                   systems, {}, "m")[0]
    assert names(network, asked(network).trace([network.index["m:DB-1"]]).elements) == {"mcb", "a"}
    assert names(network, asked(network).isolate([network.index["m:mcb"]]).isolated) == {"a"}


def test_a_device_inside_a_board_is_fed_by_it() -> None:
    network = board_with(row("mcb", "IfcProtectiveDevice", part_of={"id": "DB-1"}))
    assert names(network, asked(network).trace([network.index["m:DB-1"]]).elements) == {"mcb"}
    (link,) = network.connections
    assert (link.by, link.way) == ("part", 1)


def test_circuits_of_the_sample_find_their_board_through_the_ports() -> None:
    network, _ = loaded(SAMPLE)
    found = circuits(network)
    assert len(found) == 32
    for one in found:
        mark = one.name.split("/")[0]
        assert one.board >= 0
        assert mark in network.elements[one.board].name
        assert one.members
        assert network.elements[one.breaker].tag == one.name.split()[0]
    assert not [link for link in network.connections if link.by == "circuit"]
