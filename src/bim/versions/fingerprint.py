"""The fingerprint of a file: what is kept of it so that the next version of the Model is compared and read quickly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from bim.ifc import FAULTS, Entity, Model, axis_matrix, derived_classes
from bim.units import project_units
from bim.versions.graph import Graph, read_graph
from bim.versions.states import Kinds, Reading, States

FORMAT = 4
"""Grows when rows or shapes of an unchanged file would come out otherwise; then nothing is taken over from an older version."""

Floats = NDArray[np.float64]
_NOTHING: Mapping[str, Floats] = MappingProxyType({})


@dataclass(frozen=True)
class Fingerprint:
    """Objects and types of a file, and what their rows and shapes depend on.

    Attributes:
        states: digests of all objects and types.
        placements: product key -> (4, 4) world placement, metres, model frame; none for grid and linear placements.
        length_m: metres in one length unit of the file.
        program: `FORMAT` of the program that made it.
    """

    states: States
    placements: Mapping[str, Floats] = field(default_factory=dict)
    length_m: float = 1.0
    program: int = FORMAT

    @cached_property
    def digests(self) -> dict[str, int]:
        """Key -> state; keys that several objects have share a sum."""
        found: dict[str, int] = {}
        for key, digest in zip(self.states.keys, self.states.digests.tolist(), strict=True):
            found[key] = (found.get(key, 0) + digest) % (1 << 64)
        return found

    @cached_property
    def shapes(self) -> dict[str, int]:
        """Key -> digest of what its shape depends on."""
        return dict(zip(self.states.keys, self.states.shapes.tolist(), strict=True))

    @cached_property
    def carriers(self) -> dict[str, str]:
        """Product key -> key of the product that carries its placement."""
        return {key: carrier for key, carrier in zip(self.states.keys, self.states.carriers, strict=True) if carrier}

    def continues(self, before: Fingerprint) -> bool:
        """Whether rows and shapes of unchanged objects can be taken over from the version before."""
        return self.program == before.program and self.states.units == before.states.units

    def touched(self, before: Fingerprint) -> frozenset[str]:
        """Keys of objects and types whose state is not the one before, or that were not there."""
        old = before.digests
        return frozenset(key for key, digest in self.digests.items() if old.get(key) != digest)

    def save(self, path: str | PathLike[str]) -> None:
        """One array archive."""
        keys = list(self.placements)
        with open(path, "wb") as file:
            np.savez(file, allow_pickle=False, keys=_text(self.states.keys), ids=self.states.ids, digests=self.states.digests,
                     shapes=self.states.shapes,
                     carriers=_text(self.states.carriers), units=np.array([self.states.units, self.states.place], np.uint64),
                     numbers=np.array([self.length_m, self.program]), placed=_text(keys),
                     matrices=np.array([self.placements[key] for key in keys]).reshape(-1, 4, 4))

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Fingerprint | None:
        """What `save` wrote; None when there is nothing at `path`."""
        if not Path(path).exists():
            return None
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as archive:
            states = States(_texts(archive["keys"]), archive["ids"], archive["digests"], archive["shapes"], _texts(archive["carriers"]),
                            *archive["units"].tolist())
            length_m, program = archive["numbers"].tolist()
            return cls(states, dict(zip(_texts(archive["placed"]), archive["matrices"], strict=True)), length_m, int(program))


def read_states(path: Path, schema: str) -> States:
    """The states of the objects of a STEP text that `bim.scan` has found well formed, of a schema that is read."""
    return reading_of(read_graph(path, named_classes(schema)), schema).states()


def reading_of(graph: Graph, schema: str) -> Reading:
    """A graph with what its relationships mean in its schema."""
    return Reading(graph, kinds_of(schema))


def named_classes(schema: str) -> frozenset[str]:
    """Upper-case names of the classes whose instances have a state of their own."""
    return kinds_of(schema).named


def fingerprint_of(states: States, model: Model, known: Mapping[str, Floats] = _NOTHING) -> Fingerprint:
    """The fingerprint of an opened file; `known` are placements of products that are as they were in the version before."""
    length_m = project_units(model).length
    cache: dict[int, Floats] = {}
    placements = dict(known)
    for number, key in model.keys.items():
        if key in known:
            continue
        matrix = _world(model.by_id(number), length_m, cache)
        if matrix is not None:
            placements[key] = matrix
    return Fingerprint(states, placements, length_m)


def _world(product: Entity, length_m: float, cache: dict[int, Floats]) -> Floats | None:
    """World placement in metres; None where it is missing, broken, or not made of local placements alone."""
    try:
        placement = product.ObjectPlacement
        matrix = _chain(placement, cache, 0) if placement is not None else None
    except FAULTS:
        return None
    if matrix is None:
        return None
    found: Any = matrix.copy()
    found[:3, 3] *= length_m
    return found if np.isfinite(found).all() else None


def _chain(placement: Entity, cache: dict[int, Floats], depth: int) -> Floats | None:
    number = placement.id()
    if number not in cache:
        if depth > 200 or not placement.is_a("IfcLocalPlacement"):
            return None
        above = placement.PlacementRelTo
        around = np.eye(4) if above is None else _chain(above, cache, depth + 1)
        if around is None:
            return None
        cache[number] = around @ axis_matrix(placement.RelativePlacement)
    return cache[number]


@lru_cache(maxsize=8)
def kinds_of(schema: str) -> Kinds:
    """What the classes of a schema that is read are in a digest."""
    return Kinds(objects=derived_classes(schema, "IfcObject"), products=derived_classes(schema, "IfcProduct"),
                 types=derived_classes(schema, "IfcTypeObject"), relations=derived_classes(schema, "IfcRelationship"),
                 definitions=derived_classes(schema, "IfcPropertyDefinition"),
                 carried=derived_classes(schema, "IfcPort") | derived_classes(schema, "IfcFeatureElement"),
                 spatial=derived_classes(schema, "IfcSpatialStructureElement") | derived_classes(schema, "IfcSpatialElement"))


def _text(words: tuple[str, ...] | list[str]) -> NDArray[np.uint8]:
    return np.frombuffer(orjson.dumps(words), dtype=np.uint8)


def _texts(array: NDArray[np.uint8]) -> tuple[str, ...]:
    return tuple(orjson.loads(array.tobytes()))
