"""A model as the rules see it: look-ups that several rules need are made once, when the first of them asks."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bim.georeference.rules import Judged, judge
from bim.ifc import Entity, Model, is_any, is_instance, value_of
from bim.normative.loops import Loops
from bim.normative.reachable import unreached
from bim.statements import Statements
from bim.tessellation.body import Refused
from bim.tessellation.faces import face_tables
from bim.tessellation.instances import Instances
from bim.tessellation.shells import FaceTables, Table
from bim.tessellation.source import Source
from bim.units import project_units

_SHELLS = ("IFCCLOSEDSHELL", "IFCOPENSHELL", "IFCCONNECTEDFACESET")
_PRECISION = 1e-5
_VIEW = re.compile(r"ViewDefinition\s*\[([^\]]*)\]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shown:
    """One representation of a product, with its identifier and type as stated, "" where they are not."""

    product: Entity
    representation: Entity
    identifier: str
    kind: str


class _Points(Source):
    """A file with points that cannot be read: they are nowhere, and all others where they are."""

    def points(self, ids: Sequence[int]) -> NDArray[np.float64]:
        """(n, 3) of Cartesian points, nan for what is none."""
        try:
            return super().points(ids)
        except Refused:
            return np.array([self._point(id) for id in ids], dtype=np.float64).reshape(-1, 3)

    def _point(self, id: int) -> NDArray[np.float64]:
        try:
            return self.point(id)
        except Refused:
            return np.full(3, np.nan)


class Context:
    """One model, and what was looked up in it.

    Attributes:
        model: the opened file.
        declared: the schema as the file itself states it.
    """

    def __init__(self, model: Model, *, path: Path | None = None, declared: str = "") -> None:
        """`path`: the STEP text that the model was opened from; without it the text is written again from memory."""
        self.model, self._path = model, path
        self.declared = declared or str(model.file.schema_identifier)

    @property
    def schema(self) -> str:
        """`IFC2X3`, `IFC4` or `IFC4X3`: the generation whose tables and rules apply."""
        return "IFC4X3" if self.model.schema.startswith("IFC4X3") else self.model.schema

    @cached_property
    def statements(self) -> Statements:
        """Where the text of each instance is, for what is asked of very many of them."""
        if self._path is not None:
            return Statements.of_file(self._path)
        return Statements.of_text(self.model.file.to_string().encode())

    @cached_property
    def source(self) -> Source:
        """The file as the builders of bodies see it; lengths are in its own unit."""
        units = project_units(self.model)
        return _Points(Instances(self.statements), units.length, units.angle)

    @cached_property
    def views(self) -> tuple[str, ...]:
        """The model view definitions that the header names."""
        said = " ".join(str(one) for one in self.model.file.header.file_description.description or ())
        return tuple(view.strip() for found in _VIEW.findall(said) for view in found.split(","))

    @cached_property
    def precision(self) -> float:
        """Distance within which points are one, in the file's length unit: of its contexts for models, 1e-5 where none says."""
        contexts = [one for one in self.model.of("IfcGeometricRepresentationContext") if one.is_a() == "IfcGeometricRepresentationContext"]
        contexts = [one for one in contexts if text_of(one, "ContextType") == "Model"] or contexts
        stated = [value_of(one, "Precision") for one in contexts]
        return max((float(one) for one in stated if isinstance(one, float) and 0 < one < 1), default=_PRECISION)

    @cached_property
    def shown(self) -> tuple[Shown, ...]:
        """All representations of all products."""
        return tuple(Shown(product, one, text_of(one, "RepresentationIdentifier"), text_of(one, "RepresentationType"))
                     for product in self.model.of("IfcProduct")
                     for one in instances_of(value_of(value_of(product, "Representation"), "Representations")))

    @cached_property
    def shown_of(self) -> dict[int, list[Shown]]:
        """Id of a product -> its representations."""
        found: dict[int, list[Shown]] = defaultdict(list)
        for one in self.shown:
            found[one.product.id()].append(one)
        return found

    @cached_property
    def parents(self) -> dict[int, list[Entity]]:
        """Id of a part -> IfcRelAggregates and IfcRelNests that give it a whole."""
        return self._by_related("RelatedObjects", "IfcRelAggregates", "IfcRelNests")

    @cached_property
    def containers(self) -> dict[int, list[Entity]]:
        """Id of a product -> IfcRelContainedInSpatialStructure that it is in."""
        return self._by_related("RelatedElements", "IfcRelContainedInSpatialStructure")

    @cached_property
    def types(self) -> dict[int, Entity]:
        """Id of an occurrence -> its type object."""
        return {one: rel.RelatingType for one, rels in self._by_related("RelatedObjects", "IfcRelDefinesByType").items()
                for rel in rels if is_instance(value_of(rel, "RelatingType"))}

    @cached_property
    def described(self) -> dict[int, list[Entity]]:
        """Id of a property or quantity set -> objects and types that IfcRelDefinesByProperties gives it to."""
        found: dict[int, list[Entity]] = defaultdict(list)
        for rel in self.model.of("IfcRelDefinesByProperties"):
            given = value_of(rel, "RelatingPropertyDefinition")
            for one in instances_of(given if isinstance(given, tuple) else (given,)):
                found[one.id()].extend(instances_of(value_of(rel, "RelatedObjects")))
        return found

    @cached_property
    def associated(self) -> tuple[tuple[Entity, Entity], ...]:
        """IfcRelAssociates of each kind with one object definition each that it is for."""
        return tuple((rel, one) for rel in self.model.of("IfcRelAssociates") for one in instances_of(value_of(rel, "RelatedObjects"))
                     if is_any(one, ("IfcObjectDefinition",)))

    def _by_related(self, attribute: str, *classes: str) -> dict[int, list[Entity]]:
        found: dict[int, list[Entity]] = defaultdict(list)
        for rel in self.model.of(*classes):
            for one in instances_of(value_of(rel, attribute)):
                found[one.id()].append(rel)
        return found

    def wholes(self, part: Entity, relation: str = "IfcRelAggregates") -> Iterator[Entity]:
        """What a part is aggregated to (or nested in)."""
        for rel in self.parents.get(part.id(), ()):
            if rel.is_a(relation) and is_instance(rel.RelatingObject):
                yield rel.RelatingObject

    @cached_property
    def faces(self) -> FaceTables:
        """The shells of the file with their plain faces, bounds, loops and points; coordinates in the file's length unit."""
        instances = self.source.instances
        shells = instances.among(instances.ids, *_SHELLS)
        targets, counts, _ = instances.references(shells)
        return face_tables(self.source, Table(shells, targets, counts))

    @cached_property
    def polyloops(self) -> Loops:
        """All IfcPolyLoop whose points are points."""
        return self._loops("IFCPOLYLOOP")

    @cached_property
    def polylines(self) -> Loops:
        """All IfcPolyline whose points are points."""
        return self._loops("IFCPOLYLINE")

    def _loops(self, name: str) -> Loops:
        instances = self.source.instances
        ids = instances.among(instances.ids, name)
        targets, counts, _ = instances.references(ids)
        known = np.isin(targets, instances.among(targets, "IFCCARTESIANPOINT"))
        if not known.all():
            whole = np.bincount(np.repeat(np.arange(len(ids)), counts), ~known, len(ids)) == 0
            ids, targets, counts = ids[whole], targets[np.repeat(whole, counts)], counts[whole]
        loops = Loops(ids, self.source.points(targets.tolist()), counts)
        unread = np.repeat(np.arange(len(loops)), counts)[~np.isfinite(loops.points).all(axis=1)]
        return loops.picked(~np.isin(np.arange(len(loops)), unread)) if len(unread) else loops

    @cached_property
    def georeferencing(self) -> Judged:
        """What the georeferencing rules say."""
        return judge(self.model, project_units(self.model))

    @cached_property
    def loose(self) -> NDArray[np.int64]:
        """Ids of the instances that no rooted one leads to."""
        return unreached(self.model, self.statements)


def instances_of(value: object) -> list[Entity]:
    """The instances in a list of a file that may be null, or list other things."""
    return [one for one in value if is_instance(one) and one.id()] if isinstance(value, tuple) else []


def text_of(entity: Entity, attribute: str) -> str:
    """A text attribute, "" where it is absent or null."""
    value = value_of(entity, attribute)
    return value if isinstance(value, str) else ""


def is_empty(entity: Entity, attribute: str) -> bool:
    """Whether an attribute is absent, null, an empty list or a blank text."""
    value = value_of(entity, attribute)
    return value is None or value == () or (isinstance(value, str) and not value.strip())
