"""What a product is joined to: openings and hosts, wholes and parts, ports and what they lead to, layers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from math import isfinite
from typing import Any

from bim.ifc import FAULTS, Entity, Model, placement_matrix, value_of
from bim.tables import descriptions as says
from bim.tables.relations import Relations
from bim.units import project_units

Json = dict[str, Any]


class Links:
    """Answers from the collected relations; `key` gives a product's GlobalId as the tables write it."""

    def __init__(self, model: Model, relations: Relations, key: Callable[[Entity], str]) -> None:
        self._relations, self._key = relations, key
        self._metre = project_units(model).length
        self._layers = _layers(model)

    def of(self, product: Entity) -> Json:
        """Everything that a product is joined to, by GlobalId.

        `host` is what an opening voids or a filling stands in; `openings` are what voids or projects from it, with what fills
        them; `part_of` and `parts` are assemblies; `ports` carry their flow direction, their place (`at`, metres of the model) and
        what they lead to, with the element that realizes the connection (`realized_by`) where one is named; `connected_to`
        names every element that it is connected to, through ports (`by: port`) or a relationship of elements (its class);
        `referenced_in` are spatial structures that it reaches besides the one that contains it; `bounds` are the spaces that it
        bounds, and whether the other side of it is `outside`.
        """
        number, relations = product.id(), self._relations
        ports = [self._port(port) for port in relations.ports.get(number, ())]
        return {
            "host": self._host(product),
            "openings": [self._opening(one) for one in relations.openings.get(number, ())],
            "filled_by": [self._key(one) for one in relations.filled.get(number, ())],
            "part_of": self._named(relations.part_of.get(number)),
            "parts": [self._key(one) for one in relations.parts.get(number, ())],
            "ports": ports,
            "port_of": self._optional_key(relations.port_of.get(number)),
            "connected_to": [*self._through(ports, number), *self._directly(number)],
            "referenced_in": [self._key(one) for one in relations.referenced.get(number, ())],
            "bounds": [{"space": self._key(space), "outside": outside} for space, outside in relations.bounded.get(number, ())],
        }

    def _optional_key(self, entity: Entity | None) -> str | None:
        return self._key(entity) if entity is not None else None

    def _named(self, entity: Entity | None) -> Json | None:
        return {"id": self._key(entity), "class": entity.is_a(), "name": says.text_of(entity, "Name")} if entity is not None else None

    def _host(self, product: Entity) -> str | None:
        number, relations = product.id(), self._relations
        if number in relations.host:
            return self._key(relations.host[number])
        opening = relations.fills.get(number)
        return self._optional_key(relations.host.get(opening.id())) if opening is not None else None

    def _opening(self, opening: Entity) -> Json:
        return {"id": self._key(opening), "class": opening.is_a(), "name": says.text_of(opening, "Name"),
                "filled_by": [self._key(one) for one in self._relations.filled.get(opening.id(), ())]}

    def _port(self, port: Entity) -> Json:
        others = self._relations.port_links.get(port.id(), ())
        return {"id": self._key(port), "name": says.text_of(port, "Name"), "flow": value_of(port, "FlowDirection"),
                "type": value_of(port, "PredefinedType"), "system": value_of(port, "SystemType"),
                **self._at(port), "connected": [self._connected(port, one) for one in others]}

    def _connected(self, port: Entity, other: Entity) -> Json:
        made: Json = {"port": self._key(other), "element": self._optional_key(self._relations.port_of.get(other.id()))}
        realizing = self._relations.realized.get(frozenset((port.id(), other.id())))
        return made if realizing is None else made | {"realized_by": self._key(realizing)}

    def _at(self, port: Entity) -> Json:
        """Where a port is, metres of the model's frame; nothing where it has no placement that can be read."""
        placement = value_of(port, "ObjectPlacement")
        try:
            at = [round(float(one) * self._metre, 4) for one in placement_matrix(placement)[:3, 3]] if placement is not None else []
        except FAULTS:
            return {}
        return {"at": at} if at and all(map(isfinite, at)) else {}

    def _through(self, ports: Iterable[Json], number: int) -> list[Json]:
        """What the ports lead to; of a port's own row, the element on the other side."""
        made = [{"id": other["element"], "by": "port", "flow": port["flow"]}
                for port in ports for other in port["connected"] if other["element"]]
        made.extend({"id": self._key(one), "by": "port", "flow": value_of(one, "FlowDirection")}
                    for one in self._relations.port_links.get(number, ()))
        return made

    def _directly(self, number: int) -> list[Json]:
        return [{"id": self._key(other), "by": by, "flow": None} for other, by in self._relations.links.get(number, ())]

    def layers(self, product: Entity) -> list[str]:
        """Names of the presentation layers that its shape, or a part of it, is assigned to."""
        found: dict[str, None] = {}
        for representation in (value_of(value_of(product, "Representation"), "Representations") or ()) if self._layers else ():
            found.update(dict.fromkeys(self._layers.get(representation.id(), ())))
            for item in representation.Items or ():
                found.update(dict.fromkeys(self._layers.get(item.id(), ())))
                if item.is_a("IfcMappedItem"):
                    found.update(dict.fromkeys(self._mapped_layers(item)))
        return list(found)

    def _mapped_layers(self, item: Entity) -> list[str]:
        mapped = value_of(item.MappingSource, "MappedRepresentation")
        if mapped is None:
            return []
        inside = (name for one in mapped.Items or () for name in self._layers.get(one.id(), ()))
        return [*self._layers.get(mapped.id(), ()), *inside]


def _layers(model: Model) -> dict[int, list[str]]:
    """Representation or item -> names of the presentation layers that it is assigned to."""
    made: dict[int, list[str]] = defaultdict(list)
    for layer in model.of("IfcPresentationLayerAssignment"):
        name = says.text_of(layer, "Name") or ""
        try:
            for item in layer.AssignedItems or ():
                made[item.id()].append(name)
        except FAULTS:
            continue
    return dict(made)
