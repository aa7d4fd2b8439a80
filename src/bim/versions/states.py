"""The state of each object of a file as one digest: all that its row, its shape and its place depend on, and nothing else.

A digest is a sum over the graph of references (a Merkle tree): what an instance says, and what it refers to. Other objects
count by their label (class, GlobalId, names), so that a change of one does not spread to all that it is related to.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from xxhash import xxh64_intdigest

from bim.versions.graph import Graph, Hashes, Rows, mixed, summed

Marks = NDArray[np.bool_]
_DEEPEST = 64
_MOST_LEVELS = 4096
"""Longest chain of references that is followed; what stands above a longer one counts as changed."""
_MIX = np.uint64(0x9E3779B97F4A7C15)

_DESCRIBING = {
    "IFCSTYLEDITEM": (False, 0), "IFCINDEXEDCOLOURMAP": (False, 0), "IFCMATERIALDEFINITIONREPRESENTATION": (False, 0),
    "IFCPRESENTATIONLAYERASSIGNMENT": (True, None), "IFCPRESENTATIONLAYERWITHSTYLE": (True, None),
    "IFCMATERIALPROPERTIES": (False, 0), "IFCEXTERNALREFERENCERELATIONSHIP": (True, None),
}
"""Resource instances that say something of an instance that they refer to: whether that stands in a list, and its place."""

_MATERIAL, _TYPE = frozenset({"IFCRELASSOCIATESMATERIAL"}), frozenset({"IFCRELDEFINESBYTYPE"})
_UNITS = frozenset({"IFCUNITASSIGNMENT"})
_PLACED = frozenset({"IFCPROJECT", "IFCSITE", "IFCBUILDING", "IFCFACILITY", "IFCBRIDGE", "IFCROAD", "IFCRAILWAY", "IFCMARINEFACILITY"})
_PLACE = frozenset({"IFCMAPCONVERSION", "IFCMAPCONVERSIONSCALED", "IFCRIGIDOPERATION", "IFCPROJECTEDCRS", "IFCGEOGRAPHICCRS",
                    "IFCCOORDINATEREFERENCESYSTEM", "IFCWELLKNOWNTEXT", "IFCGEOMETRICREPRESENTATIONCONTEXT", "IFCPOSTALADDRESS"})
"""Classes that say where a model lies, by what they refer to and by all that is said of them."""

CHILDREN = {
    "IFCRELCONTAINEDINSPATIALSTRUCTURE": "listed", "IFCRELAGGREGATES": "listed", "IFCRELNESTS": "listed",
    "IFCRELDECOMPOSES": "listed", "IFCRELADHERESTOELEMENT": "listed", "IFCRELVOIDSELEMENT": "second",
    "IFCRELPROJECTSELEMENT": "second", "IFCRELFILLSELEMENT": "second", "IFCRELCONNECTSPORTTOELEMENT": "first",
}
"""Relationships with a whole and its parts: which of the references is the part."""


@dataclass(frozen=True, slots=True)
class Kinds:
    """Upper-case class names of the schema, by what they are in a digest."""

    objects: frozenset[str]
    products: frozenset[str]
    types: frozenset[str]
    relations: frozenset[str]
    definitions: frozenset[str]
    carried: frozenset[str]
    spatial: frozenset[str]

    @property
    def named(self) -> frozenset[str]:
        """Classes whose instances have a state of their own."""
        return self.objects | self.types


@dataclass(frozen=True, slots=True)
class States:
    """Objects and types of a file.

    Attributes:
        keys: GlobalIds, those of products with `~2`, `~3`... where one is used again, in the order of the ids.
        ids: instance ids.
        digests: (n,) states.
        shapes: (n,) digests of all that the shape and the look of each depend on, and nothing else.
        carriers: key of the product whose placement the object's own placement is relative to, "" for none.
        units: digest of the project's units; equal units of two files give equal digests.
        place: digest of all that says where the model lies, but for the elements themselves.
    """

    keys: tuple[str, ...]
    ids: Rows
    digests: Hashes
    shapes: Hashes
    carriers: tuple[str, ...]
    units: int
    place: int

    def by_key(self) -> dict[str, int]:
        """Key -> digest."""
        return dict(zip(self.keys, self.digests.tolist(), strict=True))


class Reading:
    """One graph with what its relationships mean."""

    def __init__(self, graph: Graph, kinds: Kinds) -> None:
        self.graph, self.kinds = graph, kinds
        self._graph, self._count = graph, len(graph)
        self._objects, self._types, self._products = graph.of(kinds.objects), graph.of(kinds.types), graph.of(kinds.products)
        self._atoms = self._objects | self._types
        self._relations = graph.of(kinds.relations)
        self._carried = graph.of(kinds.carried)
        owned = graph.of(frozenset({"IFCOWNERHISTORY"}))
        keep = ~owned[graph.target]
        self._source, self._target, self._nested = graph.source[keep], graph.target[keep], graph.nested[keep]
        self._said = mixed(graph.values + mixed(graph.strings))
        rooted = self._atoms | self._relations | graph.of(kinds.definitions)
        self._said[~rooted] += mixed(graph.first[~rooted])
        self._label = mixed(self._said + mixed(graph.first))
        self._place = _places(self._source, self._nested)

    def states(self) -> States:
        """The states of all objects and types.

        Instances in circles of references have a digest that equals no other.
        """
        whole = self._trees()
        near = self._label.copy()
        parts, wholes = self.parts
        near = near + summed(parts[self._carried[parts]], self._label[wholes[self._carried[parts]]], self._count)
        listed, single = self._related(whole, near)
        typed = mixed(whole + listed)
        listed, single = self._related(np.where(self._types, typed, whole), near)
        own = mixed(whole + listed + mixed(single))
        below = summed(wholes[self._carried[parts]], mixed(own[parts[self._carried[parts]]]), self._count)
        above = self._above(parts, wholes, near + below)
        states = mixed(own + mixed(below) + above)
        place = (self._total(whole, _PLACE) + self._total(states, _PLACED)) % (1 << 64)
        return self._keyed(states, self._shapes(whole, parts, wholes), self._total(whole, _UNITS), place)

    def _shapes(self, whole: Hashes, parts: Rows, wholes: Rows) -> Hashes:
        """What shape and look depend on: class, representation and placement, materials, and the openings of the object and its wholes."""
        own = ~self._atoms[self._target] & ~self._relations[self._target] & self._atoms[self._source]
        classes = np.array([xxh64_intdigest(name.encode()) for name in self._graph.classes] or [0], np.uint64)[self._graph.class_of]
        body = mixed(classes) + summed(self._source[own], mixed(whole[self._target[own]] + self._place[own].astype(np.uint64) * _MIX),
                                       self._count)
        worn = self._worn(whole, _MATERIAL)
        cut = self._carried[parts]
        openings = summed(wholes[cut], mixed(body[parts[cut]]), self._count)
        return mixed(body + mixed(worn) + mixed(self._worn(worn, _TYPE)) + mixed(openings) + self._above(parts, wholes, openings))

    def _worn(self, value: Hashes, relation: frozenset[str]) -> Hashes:
        """What relationships of a class give to each instance that they list."""
        mine = self._graph.of(relation)[self._source]
        alone, listed = mine & ~self._nested, mine & self._nested
        given = summed(self._source[alone], mixed(value[self._target[alone]]), self._count)
        return summed(self._target[listed], given[self._source[listed]], self._count)

    def _total(self, digests: Hashes, names: frozenset[str]) -> int:
        """One digest of all instances of these classes."""
        return int(np.sum(mixed(digests[self._graph.of(names)]), dtype=np.uint64))

    def _trees(self) -> Hashes:
        """Each instance with all that it refers to; objects and types that it refers to by their label."""
        source, target, place = self.described
        made, done = self._said.copy(), np.zeros(self._count, bool)
        leaves = self._atoms | self._relations
        inner = ~leaves[target]
        outer = ~inner
        made += summed(source[outer], mixed(self._label[target[outer]] + place[outer] * _MIX), self._count)
        source, target, place = source[inner], target[inner], place[inner]
        order = np.argsort(target, kind="stable")
        source, target, place = source[order], target[order], place[order]
        starts = np.searchsorted(target, np.arange(self._count + 1))
        waiting = np.bincount(source, minlength=self._count)
        ready = np.flatnonzero(waiting == 0)
        for _ in range(_MOST_LEVELS):
            if not len(ready):
                break
            done[ready] = True
            edges = ranges(starts[ready], starts[ready + 1])
            above = source[edges]
            np.add.at(made, above, mixed(made[target[edges]] + place[edges] * _MIX))
            touched, times = np.unique(above, return_counts=True)
            waiting[touched] -= times
            ready = touched[waiting[touched] == 0]
        stuck = np.flatnonzero(~done)
        made[stuck] = np.random.default_rng().integers(1, 1 << 63, len(stuck)).astype(np.uint64)
        return mixed(made)

    @cached_property
    def described(self) -> tuple[Rows, Rows, Hashes]:
        """The references (source, target, place); those of describing instances turned round, from the described one to them."""
        source, target, place = self._source.copy(), self._target.copy(), self._place.astype(np.uint64)
        names = np.array([name in _DESCRIBING for name in self._graph.classes], dtype=bool)
        turned = names[self._graph.class_of[source]]
        for edge in np.flatnonzero(turned).tolist():
            listed, at = _DESCRIBING[self._graph.classes[self._graph.class_of[source[edge]]]]
            if self._nested[edge] == listed and (at is None or self._place[edge] == at):
                source[edge], target[edge], place[edge] = target[edge], source[edge], 977
        return source, target, place

    @cached_property
    def parts(self) -> tuple[Rows, Rows]:
        """Rows of parts and of their wholes, pair by pair, of the relationships that say so."""
        names = np.array([CHILDREN.get(name, "") for name in self._graph.classes])
        role = names[self._graph.class_of[self._source]]
        is_part = ((role == "listed") & self._nested) | ((role == "second") & (self._place == 1)) | ((role == "first") & (self._place == 0))
        is_whole = (role != "") & ~is_part & ~self._nested
        wholes_of: dict[int, int] = dict(zip(self._source[is_whole].tolist(), self._target[is_whole].tolist(), strict=True))
        pairs = [(part, wholes_of[rel]) for rel, part in zip(self._source[is_part].tolist(), self._target[is_part].tolist(), strict=True)
                 if rel in wholes_of]
        made = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        return made[:, 0], made[:, 1]

    def _related(self, whole: Hashes, near: Hashes) -> tuple[Hashes, Hashes]:
        """What relationships say of each instance: of one that stands in a list, and of one that stands alone."""
        mine = self._relations[self._source]
        source, target, nested, place = self._source[mine], self._target[mine], self._nested[mine], self._place[mine].astype(np.uint64)
        value = np.where(self._objects[target], near[target], whole[target])
        value = np.where(self._carried[target], near[target] + whole[target], value)
        term = mixed(value + np.where(nested, np.uint64(0), place + np.uint64(1)) * _MIX)
        alone = summed(source[~nested], term[~nested], self._count)
        together = summed(source[nested], term[nested], self._count)
        base = self._said[source]
        heard = np.where(nested, mixed(base + alone[source]), mixed(base + together[source] + mixed(alone[source] - term) + place))
        return (summed(target[nested], heard[nested], self._count), summed(target[~nested], heard[~nested], self._count))

    def _above(self, parts: Rows, wholes: Rows, near: Hashes) -> Hashes:
        """Each part with the labels of its whole, of the whole's whole and so on."""
        made = np.zeros(self._count, np.uint64)
        for _ in range(_DEEPEST):
            grown = summed(parts, mixed(near[wholes] + mixed(made[wholes])), self._count)
            if np.array_equal(grown, made):
                break
            made = grown
        return made

    def _keyed(self, digests: Hashes, shapes: Hashes, units: int, place: int) -> States:
        rows = np.flatnonzero(self._atoms)
        rows = rows[np.argsort(self._graph.ids[rows], kind="stable")]
        seen: dict[str, int] = {}
        keys = {}
        for row, is_product in zip(rows.tolist(), self._products[rows].tolist(), strict=True):
            text = self._graph.global_ids.get(row) or f"#{self._graph.ids[row]}"
            if is_product:
                seen[text] = seen.get(text, 0) + 1
            keys[row] = text if seen.get(text, 1) == 1 or not is_product else f"{text}~{seen[text]}"
        carriers = self._carriers()
        return States(tuple(keys.values()), self._graph.ids[rows], digests[rows], shapes[rows],
                      tuple(keys.get(carriers.get(row, -1), "") for row in keys), units, place)

    def _carriers(self) -> dict[int, int]:
        """Row of a product -> row of the product that carries its placement."""
        placing = np.array([name.endswith("PLACEMENT") and "AXIS" not in name for name in self._graph.classes], dtype=bool)
        to_placement = placing[self._graph.class_of[self._target]]
        of_product = to_placement & self._products[self._source]
        of_placement = to_placement & placing[self._graph.class_of[self._source]]
        placement_of = dict(zip(self._source[of_product].tolist(), self._target[of_product].tolist(), strict=True))
        above = dict(zip(self._source[of_placement].tolist(), self._target[of_placement].tolist(), strict=True))
        owner = {placement: product for product, placement in reversed(placement_of.items())}
        found = {}
        for product, placement in placement_of.items():
            at = above.get(placement)
            for _ in range(_DEEPEST):
                if at is None or at in owner:
                    break
                at = above.get(at)
            if at in owner:
                found[product] = owner[at]
        return found


def _places(source: Rows, nested: Marks) -> Rows:
    """Of each reference, how many others of its instance stand before it, lists and single values counted apart."""
    made = np.zeros(len(source), np.int64)
    for chosen in (nested, ~nested):
        at = np.flatnonzero(chosen)
        rows = source[at]
        starts = np.flatnonzero(np.diff(rows, prepend=-1))
        made[at] = np.arange(len(rows)) - np.repeat(starts, np.diff(np.append(starts, len(rows))))
    return made


def ranges(starts: Rows, ends: Rows) -> Rows:
    """All numbers of several half-open ranges, one after the other."""
    lengths = ends - starts
    total = int(lengths.sum())
    if not total:
        return np.zeros(0, np.int64)
    begins = np.repeat(starts - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths)
    return np.asarray(np.arange(total) + begins)
