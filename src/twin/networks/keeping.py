"""The networks of the models in a store: read once for each version of a model, joined for the site, and held while nothing changes."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from bim.intake import Intake
from bim.networks.bodies import Body, bodies_of
from bim.networks.circuits import Circuit, circuits
from bim.networks.directions import computed
from bim.networks.failures import Failures, failures
from bim.networks.flows import Flows
from bim.networks.kinds import KINDS, is_distribution
from bim.networks.model import Network, Place, joined
from bim.networks.questions import Questions
from bim.networks.reading import Placing, read
from bim.networks.snapping import snapped
from csdi.bootstrap import Services
from csdi.errors import NotFound, ValueInvalid
from csdi.feature import Feature
from csdi.filter import Expression, Items, Literal, Op, Property
from csdi.finding import Finding
from csdi.query import Query
from csdi.store.base import Store, has_collection, scan
from twin.networks.rooms import Rooms

GRID = "EPSG:2326"
_FIELDS = ("role", "global_id", "ifc_class", "predefined_type", "name", "tag", "type_id", "type_name", "object_type", "storey_name",
           "space", "ports", "connected_to", "part_of", "referenced_in", "systems", "psets", "centroid")
_SYSTEM_FIELDS = ("global_id", "ifc_class", "predefined_type", "name", "long_name", "object_type", "members", "serves")
_MOST_AT_ONCE = 500
_KEPT = 4

Json = dict[str, Any]


@dataclass(frozen=True)
class SiteNetwork:
    """The network of a site with all that answers need.

    Attributes:
        findings: by model.
        placed: models with a place on HK1980 Grid; places of the others are metres of the model.
        tolerance: metres between ends that were joined without being stated; None where only what is stated is in it.
    """

    network: Network
    findings: Mapping[str, tuple[Finding, ...]]
    placed: frozenset[str]
    rooms: Rooms
    tolerance: float | None = None
    _parts: dict[str, SiteNetwork] = field(default_factory=dict)

    @cached_property
    def questions(self) -> Questions:
        """What the network is asked."""
        return Questions(Flows.of(self.network))

    @cached_property
    def circuits(self) -> tuple[Circuit, ...]:
        """Its electrical circuits."""
        return circuits(self.network)

    @cached_property
    def failures(self) -> Failures:
        """Its single points of failure."""
        return failures(self.questions)

    def number(self, id: str) -> int:
        """Index of an element. Raises NotFound."""
        if id not in self.network.index:
            raise NotFound(f"no element '{id[:80]}' is part of a network", remedy="ids are model:GlobalId; see /api/networks",
                           element=id[:80])
        return self.network.index[id]

    def members(self, id: str) -> list[int]:
        """Indices of the elements of a system with its circuits, or of a whole model. Raises NotFound."""
        systems = self.network.systems
        if id in systems:
            wanted = self._with_circuits(id)
            return [number for number, one in enumerate(self.network.elements) if wanted.intersection(one.systems)]
        found = [number for number, one in enumerate(self.network.elements) if one.model == id]
        if not found:
            raise NotFound(f"there is no network '{id[:80]}'", remedy="see /api/networks for the systems and models with one",
                           network=id[:80])
        return found

    def _with_circuits(self, id: str) -> set[str]:
        """A system, and the systems and circuits that are members of it, at any depth."""
        model, systems = id.split(":", 1)[0], self.network.systems
        found, front = {id}, [id]
        while front:
            members = {f"{model}:{one}" for system in front for one in systems[system].get("members") or ()}
            front = [one for one in members if one in systems and one not in found]
            found.update(front)
        return found

    def part(self, id: str) -> SiteNetwork:
        """The network of one system or model alone. Raises NotFound."""
        if id not in self._parts:
            self._parts[id] = SiteNetwork(self.network.part(self.members(id)), self.findings, self.placed, self.rooms, self.tolerance)
        return self._parts[id]


class NetworkCache:
    """The networks of one store. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._change = -1
        self._marks: tuple[tuple[str, str], ...] = ()
        self._models: dict[tuple[str, str], tuple[Network, tuple[Finding, ...]]] = {}
        self._sites: dict[float | None, SiteNetwork] = {}

    def site(self, services: Services, tolerance: float | None = None) -> SiteNetwork:
        """The network of all models, with what meets within a tolerance (metres) joined; only what is stated without one."""
        with self._lock:
            change = services.store.change()
            if change != self._change:
                self._renew(services.store)
                self._change = change
            if tolerance not in self._sites:
                while len(self._sites) >= _KEPT:
                    self._sites.pop(next(iter(self._sites)))
                self._sites[tolerance] = self._site(services, tolerance)
            return self._sites[tolerance]

    def _renew(self, store: Store) -> None:
        """Reads what changed; the site is put together again only where a model did."""
        rows = _models(store)
        marks = tuple((row.id, _mark(row)) for row in rows)
        if marks != self._marks:
            self._models = {key: self._models.get(key) or read_model(store, row) for key, row in zip(marks, rows, strict=True)}
            self._marks = marks
            self._sites.clear()

    def _site(self, services: Services, tolerance: float | None) -> SiteNetwork:
        rows = _models(services.store)
        networks = [network for network, _ in self._models.values()]
        findings = {id: found for (id, _), (_, found) in self._models.items()}
        placed = frozenset(row.id for row in rows if _placed(row))
        whole = joined(networks)
        if tolerance is not None:
            whole = _inferred(services, rows, networks, placed, tolerance)
        made, more = computed(whole)
        for one in more:
            findings[one.subject] = (*findings.get(one.subject, ()), one)
        return SiteNetwork(made, findings, placed, Rooms.of(services.store, services.blobs), tolerance)


_CACHES: WeakKeyDictionary[Any, NetworkCache] = WeakKeyDictionary()
_GUARD = threading.Lock()


def site_network(services: Services, tolerance_mm: float | None = None) -> SiteNetwork:
    """The network of the site as the store has it now; made anew only where a model changed.

    Args:
        tolerance_mm: gap up to which ends are joined although nothing states it; None for none. Raises ValueInvalid beyond 500 mm.
    """
    if tolerance_mm is not None and not 0 < tolerance_mm <= 500:
        raise ValueInvalid("tolerance: a gap in millimetres, more than 0 and at most 500", field="tolerance", value=tolerance_mm)
    with _GUARD:
        cache = _CACHES.setdefault(services.store, NetworkCache())
    return cache.site(services, None if tolerance_mm is None else tolerance_mm / 1000)


def read_model(store: Store, model: Feature) -> tuple[Network, tuple[Finding, ...]]:
    """The network of one model, from its rows: elements of the classes that networks are made of, and what else has ports."""
    of_networks, ports = _among("ifc_class", sorted(filter(is_distribution, KINDS))), Op("=", (Property("role"), Literal("port")))
    rows = {str(row["global_id"]): row for row in _rows(store, "elements", model.id, _FIELDS, of_networks)}
    owners = {str(row["port_of"]) for row in _rows(store, "elements", model.id, ("port_of",), ports) if row.get("port_of")}
    missing = sorted(owners - rows.keys())
    for start in range(0, len(missing), _MOST_AT_ONCE):
        some = _rows(store, "elements", model.id, _FIELDS, _among("global_id", missing[start:start + _MOST_AT_ONCE]))
        rows |= {str(row["global_id"]): row for row in some}
    systems = {str(row["global_id"]): row for row in _rows(store, "systems", model.id, _SYSTEM_FIELDS)}
    types = {str(row["global_id"]): str(row["ifc_class"]) for row in _rows(store, "types", model.id, ("global_id", "ifc_class"))}
    return read(rows.values(), systems, types, model.id, _placing(model))


def _models(store: Store) -> list[Feature]:
    return list(scan(store, "models", Query(geometry=False))) if has_collection(store, "models") else []


def _mark(model: Feature) -> str:
    return f"{model.properties.get('version')}/{model.properties.get('sha256')}/{model.properties.get('kept')}"


def _rows(store: Store, collection: str, model: str, fields: tuple[str, ...],
          test: Expression | None = None) -> Iterator[Mapping[str, Any]]:
    of_model = Op("=", (Property("model"), Literal(model)))
    asked = Query(filter=of_model if test is None else Op("and", (of_model, test)), fields=fields, geometry=False)
    for one in scan(store, collection, asked):
        yield one.properties


def _among(name: str, values: Sequence[str]) -> Op:
    return Op("in", (Property(name), Items(tuple(Literal(one) for one in values))))


def _placed(model: Feature) -> bool:
    return (model.properties.get("georeference") or {}).get("crs") == GRID


def _matrix(model: Feature) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array(model.properties["georeference"]["affine"], dtype=np.float64) if _placed(model) else np.eye(4)


def _placing(model: Feature) -> Placing:
    matrix = _matrix(model)

    def place(at: Sequence[float]) -> Place:
        x, y, z = matrix[:3, :3] @ np.asarray(at, dtype=np.float64) + matrix[:3, 3]
        return round(float(x), 4), round(float(y), 4), round(float(z), 4)

    return place


def _inferred(services: Services, rows: Sequence[Feature], networks: Sequence[Network], placed: frozenset[str],
              tolerance: float) -> Network:
    """Snapped inside each model without a place, and between all that have one."""
    alone: list[Network] = []
    together: list[Network] = []
    bodies: dict[str, Body] = {}
    for row, network in zip(rows, networks, strict=True):
        own = _bodies(services, row, network)
        if row.id in placed:
            together.append(network)
            bodies |= own
        else:
            alone.append(snapped(network, own, tolerance))
    return joined([snapped(joined(together), bodies, tolerance), *alone])


def _bodies(services: Services, model: Feature, network: Network) -> dict[str, Body]:
    kept = model.properties.get("kept")
    if not kept or not network.elements:
        return {}
    try:
        with services.blobs.folder(str(kept)) as folder:
            shapes = Intake.load(folder).shapes
    except NotFound:
        return {}
    return bodies_of(shapes, model.id, {one.global_id for one in network.elements}, _matrix(model))
