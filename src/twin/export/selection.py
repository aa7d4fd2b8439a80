"""Selection: which parts of a model are exported, by storey, class, CQL2 filter, id and box."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bim.schemas import bim_collections
from csdi.collection import Collection
from csdi.errors import PropertyUnknown, ValueInvalid
from csdi.extent import BBox
from csdi.feature import Feature
from csdi.filter import Expression, Items, Literal, Op, Property, parse
from csdi.query import Query
from csdi.store.base import Reader, scan

_WITH_SHAPES = ("elements", "spaces")


@dataclass(frozen=True, slots=True)
class Selection:
    """A part of a model.

    Attributes:
        model: its id.
        storeys: names or GlobalIds of storeys; any of them; empty for all.
        classes: IFC classes; any of them; empty for all.
        filter: CQL2 text or JSON on the fields of elements and spaces; empty for all.
        ids: GlobalIds, or ids as Features have them; any of them; empty for all.
        box: what meets it, in any CRS; None for all.
        frame: of a glTF: `grid` (east, north, up by the grid) or `enu` (by the ellipsoid).
    """

    model: str
    storeys: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    filter: str = ""
    ids: tuple[str, ...] = ()
    box: BBox | None = None
    frame: str = "grid"

    @property
    def whole(self) -> bool:
        """Whether nothing is left out."""
        return not (self.storeys or self.classes or self.filter or self.ids or self.box)

    def rows(self, store: Reader) -> dict[str, list[Feature]]:
        """Collection id -> the chosen rows; storeys, systems and so on come whole with a whole model, else those in use.

        Raises:
            FeatureMissing: no such model.
            FilterInvalid, PropertyUnknown: the filter is not one on elements or spaces.
            ValueInvalid: nothing is chosen.
        """
        store.feature("models", self.model)
        made = {collection.id: self._of(store, collection.id) for collection in bim_collections() if collection.id != "models"}
        if not any(made[name] for name in _WITH_SHAPES):
            raise ValueInvalid(f"no element or space of '{self.model}' is chosen", field="filter", value=self.filter,
                               remedy="look at the storeys and classes of the model:  csdi models show")
        return made if self.whole else _in_use(made)

    def _of(self, store: Reader, collection: str) -> list[Feature]:
        parts: list[Expression] = [_is("model", self.model)]
        if collection in _WITH_SHAPES:
            if self.storeys:
                parts.append(_any([*(_is("storey", s) for s in self.storeys), *(_is("storey_name", s) for s in self.storeys)]))
            if self.classes:
                parts.append(_any(_is("ifc_class", name) for name in self.classes))
            if self.ids:
                keys = (id.removeprefix(f"{self.model}:") for id in self.ids)
                parts.append(Op("in", (Property("global_id"), Items(tuple(map(Literal, keys))))))
            if self.filter:
                parts.append(parse(self.filter))
        box = self.box if collection in _WITH_SHAPES else None
        try:
            return list(scan(store, collection, Query(filter=Op("and", tuple(parts)) if len(parts) > 1 else parts[0], bbox=box)))
        except PropertyUnknown:
            if collection == "spaces" and self.filter:
                return []
            raise


def collections() -> Mapping[str, Collection]:
    """The Collections of building models by id, in the order in which they are exported."""
    return {collection.id: collection for collection in reversed(bim_collections()) if collection.id != "models"}


def _is(name: str, value: str) -> Op:
    return Op("=", (Property(name), Literal(value)))


def _any(parts: Iterable[Op]) -> Op:
    every = tuple(parts)
    return Op("or", every) if len(every) > 1 else every[0]


def _in_use(rows: dict[str, list[Feature]]) -> dict[str, list[Feature]]:
    """The chosen elements and spaces, and of everything else what they name."""
    chosen = [feature.properties for name in _WITH_SHAPES for feature in rows[name]]
    named: set[str] = set()
    for row in chosen:
        named |= {row["type_id"], *(one["id"] for one in row["containment"])}
        named |= {one["id"] for group in ("systems", "zones", "groups") for one in row[group]}
    return {name: features if name in _WITH_SHAPES else [f for f in features if f.properties["global_id"] in named]
            for name, features in rows.items()}
