"""A network: elements, what joins them, and where each medium runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from bim.networks.kinds import Kind

Flow = Literal["SOURCE", "SINK", "SOURCEANDSINK", "NOTDEFINED"]
By = Literal["ports", "elements", "part", "circuit", "inferred"]
Basis = Literal["stated", "computed", "unknown"]
Place = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a network.

    Attributes:
        id: feature id, `model:GlobalId`.
        systems: feature ids of the systems and circuits that it is a member of.
        spaces: feature ids of the spaces that contain it or that it reaches.
        panel, circuit: the board and the circuit that feed it as its properties name them; "" where they do not.
        at: its centre: easting, northing (HK1980 Grid) and height (mPD), metres; in metres of the model where that has no
            place on Earth; None for one without a shape.
    """

    id: str
    model: str
    global_id: str
    name: str
    ifc_class: str
    kind: Kind
    tag: str = ""
    predefined_type: str = ""
    systems: tuple[str, ...] = ()
    spaces: tuple[str, ...] = ()
    storey_name: str = ""
    panel: str = ""
    circuit: str = ""
    at: Place | None = None


@dataclass(frozen=True, slots=True)
class End:
    """Where a connection meets an element.

    Attributes:
        element: index of the element.
        port: GlobalId of the port; "" where none is stated.
        flow: as the port states it: SOURCE is where the flow leaves the element.
        medium: what runs there, such as `pipe/CHILLEDWATER`; ends of one element with one medium are one inside it.
        at: of the port, as `Element.at`; None where it has no place.
    """

    element: int
    port: str = ""
    flow: Flow = "NOTDEFINED"
    medium: str = ""
    at: Place | None = None


@dataclass(frozen=True, slots=True)
class Connection:
    """What joins two elements; both ends as they are stated.

    Attributes:
        number: of the stated connection; two that go through the element which realizes one connection share it.
        by: `ports` (stated), `elements` (a relationship of elements), `part` (a whole and its part), `circuit` (a board, its breaker
            and what is on the circuit, where ports do not tell), `inferred` (ends that meet).
        gap: millimetres between ends that were inferred to meet; None for what is stated.
        way: 1 when it flows from `a` to `b`, -1 from `b` to `a`, 0 when that is not known or it flows both ways.
        basis: whether the way is stated, computed or unknown.
    """

    a: End
    b: End
    number: int
    by: By = "ports"
    gap: float | None = None
    way: int = 0
    basis: Basis = "unknown"

    def directed(self, way: int, basis: Basis) -> Connection:
        """The same connection with this way."""
        return replace(self, way=way, basis=basis)


@dataclass(frozen=True)
class Network:
    """Elements and connections of one model, one system or a site."""

    elements: tuple[Element, ...]
    connections: tuple[Connection, ...]
    open_ends: tuple[End, ...] = ()
    systems: dict[str, dict[str, Any]] = field(default_factory=dict)

    @cached_property
    def index(self) -> dict[str, int]:
        """Feature id -> index of the element."""
        return {one.id: number for number, one in enumerate(self.elements)}

    @property
    def connection_count(self) -> int:
        """Connections as stated or inferred; one that another element realizes counts once."""
        return len({one.number for one in self.connections})

    def numbers(self, ids: Iterable[str]) -> list[int]:
        """Indices of elements by id. Raises KeyError."""
        return [self.index[one] for one in ids]

    def part(self, elements: Sequence[int]) -> Network:
        """The network between these elements only."""
        new = {old: number for number, old in enumerate(elements)}
        kept = tuple(replace(one, a=replace(one.a, element=new[one.a.element]), b=replace(one.b, element=new[one.b.element]))
                     for one in self.connections if one.a.element in new and one.b.element in new)
        ends = tuple(replace(one, element=new[one.element]) for one in self.open_ends if one.element in new)
        return Network(tuple(self.elements[one] for one in elements), kept, ends, self.systems)


def joined(networks: Sequence[Network]) -> Network:
    """Several networks as one; nothing is connected that was not."""
    elements: list[Element] = []
    connections: list[Connection] = []
    ends: list[End] = []
    systems: dict[str, dict[str, Any]] = {}
    numbers = 0
    for one in networks:
        start, first = len(elements), numbers
        elements.extend(one.elements)
        connections.extend(replace(link, a=replace(link.a, element=link.a.element + start), number=link.number + first,
                                   b=replace(link.b, element=link.b.element + start)) for link in one.connections)
        numbers = max((link.number + 1 for link in connections), default=0)
        ends.extend(replace(end, element=end.element + start) for end in one.open_ends)
        systems |= one.systems
    return Network(tuple(elements), tuple(connections), tuple(ends), systems)
