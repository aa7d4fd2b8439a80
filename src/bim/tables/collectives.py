"""Rows of what has no place of its own: systems, zones and other groups, and type objects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bim.ifc import FAULTS, Entity, value_of
from bim.tables import descriptions as says
from bim.tables.products import Products
from csdi.feature import Feature


class Collectives:
    """Makes rows of groups and types, whose ids are told apart by ~2, ~3 where a GlobalId is used again."""

    def __init__(self, products: Products) -> None:
        self._products = products

    def all(self, groups: Iterable[Entity], kept: Mapping[str, Feature]) -> list[Feature]:
        """A row for each group, with its members; `kept` rows, by GlobalId, are taken as they are."""
        return self._rows(groups, self._group, kept)

    def types(self, types: Iterable[Entity], kept: Mapping[str, Feature]) -> list[Feature]:
        """A row for each type object, with its occurrences; `kept` rows, by GlobalId, are taken as they are."""
        return self._rows(types, self._type, kept)

    def _rows(self, things: Iterable[Entity], read: Any, kept: Mapping[str, Feature]) -> list[Feature]:
        made: dict[str, Feature] = {}
        for thing in things:
            same = kept.get(str(value_of(thing, "GlobalId")))
            if same is not None:
                made.setdefault(str(same.properties["global_id"]), same)
                continue
            try:
                row = self._products.fitted(thing, read(thing))
            except FAULTS as error:
                self._products.findings.append(self._products.model.fault(thing, error))
                continue
            stated, again = str(row["global_id"]), 1
            while row["global_id"] in made:
                again += 1
                row["global_id"] = f"{stated}~{again}"
            made[row["global_id"]] = Feature(f"{self._products.slug}:{row['global_id']}", None, row)
        return list(made.values())

    def _common(self, thing: Entity, kind: Entity | None) -> dict[str, Any]:
        return {
            "model": self._products.slug,
            "global_id": value_of(thing, "GlobalId") or f"#{thing.id()}",
            "ifc_class": thing.is_a(),
            "predefined_type": says.predefined_type(thing, None),
            "name": thing.Name,
            "long_name": value_of(thing, "LongName"),
            "description": thing.Description,
            **self._products.described(thing, kind),
        }

    def _group(self, group: Entity) -> dict[str, Any]:
        relations = self._products.relations
        members = relations.members.get(group.id(), [])
        serves = [*relations.serves.get(group.id(), ()), *relations.referenced.get(group.id(), ())]
        return {
            **self._common(group, relations.type_of.get(group.id())),
            "object_type": value_of(group, "ObjectType"),
            "members": [self._products.key(one) for one in members],
            "member_count": len(members),
            "serves": [{"id": self._products.key(one), "class": one.is_a(), "name": says.spoken_name(one)} for one in serves],
        }

    def _type(self, kind: Entity) -> dict[str, Any]:
        occurrences = self._products.relations.occurrences.get(kind.id(), [])
        return {
            **self._common(kind, kind),
            "tag": value_of(kind, "Tag"),
            "element_type": value_of(kind, "ElementType") or value_of(kind, "ProcessType"),
            "applicable_occurrence": value_of(kind, "ApplicableOccurrence"),
            "occurrences": [self._products.key(one) for one in occurrences],
            "occurrence_count": len(occurrences),
        }
