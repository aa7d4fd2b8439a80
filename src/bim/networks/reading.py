"""A network from the rows of a model: ports and their connections, relationships of elements, wholes and parts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from bim.networks.circuits import CIRCUIT, PANEL, said_in, with_circuits
from bim.networks.kinds import is_distribution, kind_of
from bim.networks.media import carrier_of, common, medium_of
from bim.networks.model import By, Connection, Element, End, Flow, Network, Place
from csdi.finding import Finding

Row = Mapping[str, Any]
Placing = Callable[[Sequence[float]], Place]
"""A point of the model's own frame, metres, as easting, northing (HK1980 Grid) and height (mPD)."""
FLOWS = ("SOURCE", "SINK", "SOURCEANDSINK")
_LISTED = 50


@dataclass(slots=True)
class Faults:
    """Subjects of each kind of fault, until they are told as one Finding each."""

    model: str
    found: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, code: str, subject: str) -> None:
        """One more subject."""
        self.found[code].append(subject)

    def findings(self) -> tuple[Finding, ...]:
        """One Finding for each kind, with up to fifty subjects."""
        return tuple(self._finding(code, subjects) for code, subjects in sorted(self.found.items()))

    def _finding(self, code: str, subjects: list[str]) -> Finding:
        severity, message, cure = _FAULTS[code]
        return Finding(code, severity, f"{len(subjects)} {message}", self.model, measured=str(len(subjects)), expected="0", cure=cure,
                       data={"subjects": subjects[:_LISTED]})


_FAULTS: dict[str, tuple[Any, str, str]] = {
    "NET-001": ("note", "ports lead nowhere", "connect them, or leave them out where nothing is to be connected"),
    "NET-002": ("warning", "connections join two sources or two sinks", "correct FlowDirection of the ports"),
    "NET-003": ("warning", "connections lead from an element to itself", "connect the port with that of the next element"),
    "NET-004": ("warning", "elements are in a system but connected to nothing", "connect their ports, or give them ports"),
    "NET-005": ("warning", "connections join ports of different types", "correct PredefinedType of the ports"),
    "NET-006": ("warning", "ports are connected to a port of no element", "assign each port to its element"),
}


def read(rows: Iterable[Row], systems: Mapping[str, Row], types: Mapping[str, str], model: str,
         place: Placing | None = None) -> tuple[Network, tuple[Finding, ...]]:
    """The network of one model, and what is wrong with it.

    Args:
        rows: of its elements that are part of a network, as the Collection `elements` has them.
        systems: rows of its systems and circuits, by GlobalId.
        types: class of each type object, by GlobalId.
        place: what places its ports; without it they have no place.
    """
    reader = _Reader({str(row["global_id"]): row for row in rows}, systems, types, Faults(model), place)
    network = reader.network()
    return network, reader.faults.findings()


class _Reader:
    def __init__(self, rows: dict[str, Row], systems: Mapping[str, Row], types: Mapping[str, str], faults: Faults,
                 place: Placing | None) -> None:
        self.rows, self.systems, self.types, self.faults, self.place = rows, systems, types, faults, place
        self.keys = list(rows)
        self.number = {key: number for number, key in enumerate(self.keys)}
        self.ports = {port["id"]: (key, port) for key, row in rows.items() for port in row.get("ports") or ()}
        self.kinds = [self._kind(rows[key]) for key in self.keys]
        self.connections: list[Connection] = []
        self.count = 0

    def network(self) -> Network:
        self._of_ports()
        self._of_elements()
        self._of_parts()
        ends = self._open_ends()
        elements = tuple(self._element(number, key) for number, key in enumerate(self.keys))
        systems = {f"{self.faults.model}:{key}": dict(row) for key, row in self.systems.items()}
        made = with_circuits(Network(elements, tuple(self._with_media()), ends, systems))
        self._lonely(made.connections)
        return made

    def _kind(self, row: Row) -> Any:
        words = f"{row.get('name') or ''} {row.get('type_name') or ''} {row.get('object_type') or ''}"
        type_class = self.types.get(str(row.get("type_id") or ""), "")
        return kind_of(str(row["ifc_class"]), str(row.get("predefined_type") or ""), type_class, words)

    def _element(self, number: int, key: str) -> Element:
        row, model = self.rows[key], self.faults.model
        spaces = dict.fromkeys([*([row["space"]] if row.get("space") else []), *(row.get("referenced_in") or ())])
        return Element(f"{model}:{key}", model, key, str(row.get("name") or row.get("tag") or key), str(row["ifc_class"]),
                       self.kinds[number], str(row.get("tag") or ""), str(row.get("predefined_type") or ""),
                       tuple(f"{model}:{one['id']}" for one in row.get("systems") or ()),
                       tuple(f"{model}:{one}" for one in spaces), str(row.get("storey_name") or ""),
                       said_in(row, PANEL), said_in(row, CIRCUIT), self._centre(row))

    def _centre(self, row: Row) -> Place | None:
        if centre := row.get("centroid"):
            return cast(Place, tuple(float(one) for one in centre[:3])) if len(centre) >= 3 else None
        known = [at for port in row.get("ports") or () if (at := self._at(port)) is not None]
        return cast(Place, tuple(sum(axis) / len(known) for axis in zip(*known, strict=True))) if known else None

    def _at(self, port: Row) -> Place | None:
        at = port.get("at")
        return self.place(at) if at and self.place is not None else None

    def _of_ports(self) -> None:
        seen: set[frozenset[str]] = set()
        for key, row in self.rows.items():
            for port in row.get("ports") or ():
                for other in port.get("connected") or ():
                    pair = frozenset((port["id"], other["port"]))
                    if pair not in seen:
                        seen.add(pair)
                        self._connect(key, port, other)

    def _connect(self, key: str, port: Row, other: Row) -> None:
        there = self.ports.get(other["port"])
        if there is None:
            self.faults.add("NET-006", port["id"])
        elif there[0] == key:
            self.faults.add("NET-003", key)
        else:
            self._join(self._end(key, port), self._end(*there), "ports", self.number.get(str(other.get("realized_by") or ""), -1))

    def _join(self, a: End, b: End, by: By, through: int = -1) -> None:
        """A connection; two of one number where an element between them realizes it."""
        made = _stated(Connection(a, b, self.count, by))
        if a.flow == b.flow and a.flow in ("SOURCE", "SINK"):
            self.faults.add("NET-002", f"{a.port} - {b.port}")
        if through in (-1, a.element, b.element):
            self.connections.append(made)
        else:
            middle = End(through)
            self.connections += [replace(made, b=middle), replace(made, a=middle)]
        self.count += 1

    def _end(self, key: str, port: Row) -> End:
        number = self.number[key]
        carrier = carrier_of(port.get("type"), self.kinds[number], port.get("system"))
        flow = cast(Flow, port["flow"] if port.get("flow") in FLOWS else "NOTDEFINED")
        return End(number, port["id"], flow, medium_of(carrier, self.kinds[number], port.get("system")), self._at(port))

    def _of_elements(self) -> None:
        joined = {frozenset((one.a.element, one.b.element)) for one in self.connections}
        for key, row in self.rows.items():
            for link in row.get("connected_to") or ():
                pair = frozenset((self.number[key], self.number.get(link["id"], -1)))
                if str(link.get("by")).startswith("IfcRelConnects") and -1 not in pair and len(pair) == 2 and pair not in joined:
                    joined.add(pair)
                    self._join(End(self.number[key]), End(self.number[link["id"]]), "elements")

    def _of_parts(self) -> None:
        """A whole and its parts; what comes into a board goes on to its devices."""
        for key, row in self.rows.items():
            whole = self.number.get(str((row.get("part_of") or {}).get("id")), -1)
            if whole < 0 or whole == self.number[key] or self.kinds[self.number[key]].role == "control":
                continue
            flow: Flow = "SOURCE" if self.kinds[whole].role == "board" else "NOTDEFINED"
            self._join(End(whole, flow=flow), End(self.number[key]), "part")

    def _with_media(self) -> Iterable[Connection]:
        """Ends whose port does not tell take the carrier of the other end, or the only one of their element."""
        said: dict[int, set[str]] = defaultdict(set)
        for link in self.connections:
            for end in (link.a, link.b):
                said[end.element].add(end.medium)
        for link in self.connections:
            a, b = self._filled(link.a, link.b, said), self._filled(link.b, link.a, said)
            if a.medium and b.medium and a.medium.split("/")[0] != b.medium.split("/")[0]:
                self.faults.add("NET-005", f"{a.port} - {b.port}")
            yield replace(link, a=a, b=b)

    def _filled(self, end: End, other: End, said: Mapping[int, set[str]]) -> End:
        if end.medium:
            return end
        kind = self.kinds[end.element]
        carrier = kind.carrier or other.medium.split("/")[0] or self.kinds[other.element].carrier
        own = common([*said[end.element]])
        return replace(end, medium=own if own and own.split("/")[0] == (carrier or own.split("/")[0]) else carrier)

    def _open_ends(self) -> tuple[End, ...]:
        used = {end.port for link in self.connections for end in (link.a, link.b)}
        ends = tuple(self._end(key, port) for key, port in self.ports.values() if port["id"] not in used)
        for end in ends:
            if self.kinds[end.element].role in ("segment", "fitting", "closer", "mover"):
                self.faults.add("NET-001", end.port)
        return ends

    def _lonely(self, connections: Iterable[Connection]) -> None:
        joined = {end.element for link in connections for end in (link.a, link.b)}
        for number, key in enumerate(self.keys):
            distribution = [one for one in self.rows[key].get("systems") or () if "Distribution" in str(one.get("class"))
                            or str(one.get("class")) in ("IfcSystem", "IfcElectricalCircuit")]
            if number not in joined and distribution and self.kinds[number].role != "control" and \
                    is_distribution(str(self.rows[key]["ifc_class"])):
                self.faults.add("NET-004", key)


def _stated(link: Connection) -> Connection:
    """With the way that the flow directions of its ends state, if they agree."""
    pair = (link.a.flow, link.b.flow)
    if (pair[0] == "SOURCE" and pair[1] != "SOURCE") or (pair[1] == "SINK" and pair[0] != "SINK"):
        return link.directed(1, "stated")
    if (pair[1] == "SOURCE" and pair[0] != "SOURCE") or (pair[0] == "SINK" and pair[1] != "SINK"):
        return link.directed(-1, "stated")
    return link.directed(0, "stated") if pair == ("SOURCEANDSINK", "SOURCEANDSINK") else link
