"""Electrical circuits: from groups, from the names of board and circuit in properties, and from what is connected."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bim.networks.flows import Flows
from bim.networks.model import Connection, End, Network

CLASSES = ("IfcDistributionCircuit", "IfcElectricalCircuit")
PANEL = re.compile(r"^(panel|panel ?(name|board)|supply from|distribution board|board|schalttafel|verteiler|配電箱|配电箱|電掣箱)$", re.I)
CIRCUIT = re.compile(r"^(circuit|circuit ?(number|no\.?|id)|stromkreis(nummer)?|電路(編號)?|电路(编号)?|"
                     r"回路(編號|编号)?|迴路(編號)?)$", re.I)
"""Names of the properties in which authoring tools say which board and circuit feed an element."""


@dataclass(frozen=True, slots=True)
class Circuit:
    """What one circuit is made of, by index of the element.

    Attributes:
        id: feature id of the circuit, or `panel/number` where only properties tell of it.
        board, breaker: what feeds and what protects it; -1 where that is not known.
        members: what is on it, without board and breaker.
        by: `group` or `properties`.
    """

    id: str
    name: str
    board: int
    breaker: int
    members: tuple[int, ...]
    by: str


def said_in(row: Mapping[str, Any], name: re.Pattern[str]) -> str:
    """The first value of a property of this name in the sets of a row; "" where there is none."""
    for values in (row.get("psets") or {}).values():
        for key, value in values.items() if isinstance(values, dict) else ():
            if name.match(str(key).strip()) and isinstance(value, str | int | float) and not isinstance(value, bool):
                return str(value).strip()
    return ""


def circuits(network: Network) -> tuple[Circuit, ...]:
    """The circuits of a network, with board and breaker from their members, their names, or what stands upstream of them."""
    groups = _groups(network)
    upstream = _Upstream(network)
    return tuple(_circuit(network, id, name, members, by, upstream) for (id, name, by), members in groups.items())


def with_circuits(network: Network) -> Network:
    """The network, and where ports do not tell, connections from a board through the breaker to what is on its circuits."""
    joined = {end.element for link in network.connections for end in (link.a, link.b) if end.medium.startswith("cable") or not end.medium}
    number = 1 + max((link.number for link in network.connections), default=-1)
    made: list[Connection] = []
    for one in circuits(network):
        feeds = [(one.board, one.breaker)] if one.board >= 0 and one.breaker >= 0 and one.breaker not in joined else []
        before = one.breaker if one.breaker >= 0 else one.board
        feeds += [(before, member) for member in one.members if before >= 0 and member not in joined]
        for a, b in feeds:
            made.append(Connection(End(a, medium="cable"), End(b, medium="cable"), number, "circuit", way=1, basis="computed"))
            number += 1
    return replace(network, connections=(*network.connections, *made)) if made else network


def _groups(network: Network) -> dict[tuple[str, str, str], list[int]]:
    """Members by id, name and origin of the circuit."""
    made: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for number, one in enumerate(network.elements):
        grouped = [id for id in one.systems if network.systems.get(id, {}).get("ifc_class") in CLASSES]
        for id in grouped:
            made[id, str(network.systems[id].get("name") or id), "group"].append(number)
        if not grouped and one.circuit and one.kind.role not in ("board", "control"):
            name = f"{one.panel}/{one.circuit}" if one.panel else one.circuit
            made[f"{one.model}:{name}", name, "properties"].append(number)
    return made


def _circuit(network: Network, id: str, name: str, members: list[int], by: str, upstream: _Upstream) -> Circuit:
    roles = {number: network.elements[number].kind.role for number in members}
    board = next((number for number in members if roles[number] == "board"), -1)
    breaker = next((number for number in members if network.elements[number].kind.symbol in ("breaker", "switch")), -1)
    if board < 0:
        board = _named(network, next((network.elements[one].panel for one in members if network.elements[one].panel), ""))
    fed = [one for one in members if one not in (board, breaker)]
    for one in fed:
        if board >= 0 and breaker >= 0:
            break
        above_board, above_breaker = upstream.of(one)
        board, breaker = board if board >= 0 else above_board, breaker if breaker >= 0 else above_breaker
    return Circuit(id, name, board, breaker, tuple(fed), by)


def _named(network: Network, name: str) -> int:
    """The board of this name, tag or mark; -1 where there is none."""
    wanted = name.casefold()
    boards = [(number, one) for number, one in enumerate(network.elements) if one.kind.role == "board"] if wanted else []
    exact = (number for number, one in boards if wanted in (one.name.casefold(), one.tag.casefold()))
    return next(exact, next((number for number, one in boards if wanted in one.name.casefold().split()), -1))


class _Upstream:
    """The nearest board and protective device upstream of an element in cables, along stated ways."""

    def __init__(self, network: Network) -> None:
        flows = Flows.of(network)
        self.network = network
        self.before: dict[int, list[int]] = defaultdict(list)
        for tail, head in zip(flows.tail.tolist(), flows.head.tolist(), strict=True):
            if flows.medium[head].startswith("cable"):
                self.before[int(flows.element[head])].append(int(flows.element[tail]))

    def of(self, element: int) -> tuple[int, int]:
        """(board, breaker), -1 each where there is none; nothing beyond the first board is looked at."""
        breaker, seen, front = -1, {element}, [element]
        while front:
            front = [one for one in dict.fromkeys(other for at in front for other in self.before[at]) if one not in seen]
            seen.update(front)
            for one in front:
                kind = self.network.elements[one].kind
                if kind.symbol == "breaker" and breaker < 0:
                    breaker = one
                if kind.role == "board":
                    return one, breaker
        return -1, breaker
