"""The elements of the models as columns of numbers, kept in memory, so that trees count and legends colour in milliseconds."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from csdi.feature import Feature
from csdi.filter import Literal, Op, Property
from csdi.history import AsOf, scan_as_of
from csdi.query import Query
from csdi.store.base import Reader
from csdi.store.words import tokens
from ogc_api.class_words import class_words

Rows = NDArray[np.int32]
Mask = NDArray[np.bool_]
Step = tuple[str, str]
"""IFC class and name of a place that holds others."""

GivenStep = tuple[str, str, str]
"""IFC class, name and GlobalId of a place."""

FACETS = ("class", "type", "storey", "storey_name", "space", "system", "zone", "layer", "material", "predefined", "name")
_FIELDS = ("global_id", "name", "ifc_class", "predefined_type", "type_name", "storey", "storey_name", "space", "containment", "systems",
           "zones", "layers", "materials", "box")
_LEVELS = {"storeys": ("base_level", "elevation")}
_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Place:
    """A place of one model.

    Attributes:
        id: its GlobalId.
        long_name: what it is called at length, "" for nothing.
        level: of a storey, mPD where the model has a height datum, else above its zero, metres; None for other places.
        zones: names of the zones that it belongs to.
    """

    id: str
    long_name: str = ""
    level: float | None = None
    zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facet:
    """What elements have of one kind: none, one or many each.

    Attributes:
        labels: distinct values; "" stands for none.
        rows, codes: side by side, which element has which label; ascending by row, each pair once, each row at least once.
    """

    labels: list[str]
    rows: Rows
    codes: Rows

    @classmethod
    def of(cls, values: Iterable[Iterable[str]]) -> Self:
        """From the values of each element."""
        numbers: dict[str, int] = {}
        rows, codes = [], []
        for row, own in enumerate(values):
            for value in dict.fromkeys(own) or ("",):
                rows.append(row)
                codes.append(numbers.setdefault(value, len(numbers)))
        return cls(list(numbers), np.array(rows, dtype=np.int32), np.array(codes, dtype=np.int32))

    def counts(self, mask: Mask) -> NDArray[np.int64]:
        """How many elements of the mask have each label."""
        return np.bincount(self.codes[mask[self.rows]], minlength=len(self.labels))

    def having(self, wanted: Mask, size: int) -> Mask:
        """Which of `size` elements have a wanted label; `wanted` is by label."""
        found = np.zeros(size, dtype=bool)
        found[self.rows[wanted[self.codes]]] = True
        return found

    def label_mask(self, label: str) -> Mask:
        """Which labels are this one."""
        return np.array([one == label for one in self.labels], dtype=bool)


@dataclass(frozen=True)
class ModelColumns:
    """The physical elements of one model, in the order of their GlobalIds.

    Attributes:
        state: digest of the model's version; columns of one state have one order.
        ids: GlobalIds.
        facets: by name, see `FACETS`; places are in `paths`.
        paths: where elements are, from the site inwards; `path_of` says which of them, by element. Places without elements
            are among them.
        places: what is known of each place, by its path.
        boxes: (n, 6) of elements: minx, miny, minz, maxx, maxy, maxz in HK1980 Grid (EPSG:2326) and mPD,
            metres, x = east; NaN for none.
        version: number of the model's version where that is a past one; None for the present one.
    """

    model: str
    state: str
    ids: list[str]
    facets: Mapping[str, Facet]
    paths: list[tuple[Step, ...]]
    path_of: Rows
    places: Mapping[tuple[Step, ...], Place]
    boxes: NDArray[np.float64]
    version: int | None = None

    @property
    def size(self) -> int:
        """How many elements."""
        return len(self.ids)

    @cached_property
    def rows(self) -> dict[str, int]:
        """Row by GlobalId."""
        return {id: row for row, id in enumerate(self.ids)}

    @cached_property
    def by_name(self) -> Rows:
        """All rows by their names, `P2` before `P10`; those of one name by id."""
        names = self.facets["name"]
        rank = np.empty(len(names.labels), dtype=np.int64)
        rank[sorted(range(len(names.labels)), key=lambda code: natural(names.labels[code]))] = np.arange(len(names.labels))
        return np.argsort(rank[names.codes], kind="stable").astype(np.int32)

    @cached_property
    def said(self) -> dict[str, list[str]]:
        """What each label of each facet says to somebody who searches, folded; classes in three languages."""
        return {name: [plain(" ".join((label, *class_words(label).values())) if name == "class" else label) for label in facet.labels]
                for name, facet in self.facets.items()}

    @cached_property
    def said_of_places(self) -> list[str]:
        """By path: what all of its places are called, folded."""
        titles = {path: plain(" ".join((path[-1][1], place.long_name, *class_words(path[-1][0]).values())))
                  for path, place in self.places.items()}
        return ["\n".join(titles[path[:depth]] for depth in range(1, len(path) + 1)) for path in self.paths]

    def everything(self) -> Mask:
        """A mask that holds all."""
        return np.ones(self.size, dtype=bool)

    def first_label(self, facet: str) -> list[str]:
        """The first label of each element, "" for none."""
        found = self.facets[facet]
        firsts = np.unique(found.rows, return_index=True)[1]
        return [found.labels[code] for code in found.codes[firsts].tolist()]


@dataclass(frozen=True, slots=True)
class Values:
    """One property of each element, aligned with `ModelColumns.ids`.

    Attributes:
        words: distinct texts; `codes` says which one each element has, -1 for none. Empty where `numbers` are given.
        numbers: of each element, NaN for none; None where the values are words.
        unit: of the numbers, "" where unknown.
    """

    words: list[str]
    codes: Rows
    numbers: NDArray[np.float64] | None = None
    unit: str = ""


STATE_FIELDS = ("sha256", "version", "added", "valid_from", "job", "elements")


def state_of(row: Feature) -> str:
    """Digest of a model's version: elements change with it and with nothing else."""
    said = "|".join(str(row.properties.get(name)) for name in STATE_FIELDS)
    return hashlib.sha256(f"{row.id}|{said}".encode()).hexdigest()[:20]


def elements_of(store: Reader, model: str, fields: tuple[str, ...], version: int | None = None) -> Iterator[Feature]:
    """The physical elements of a model as they were in a version of it (None: as they are), without geometry."""
    mine = Op("and", (Op("=", (Property("model"), Literal(model))), Op("=", (Property("role"), Literal("element")))))
    return scan_as_of(store, "elements", Query(filter=mine, fields=fields, geometry=False), in_version(version))


def in_version(version: int | None) -> AsOf | None:
    """The state of a version; None for the present."""
    return None if version is None else AsOf(version=version)


def read_columns(store: Reader, model: str, state: str, version: int | None = None) -> ModelColumns:
    """The columns of a model from the store, as it was in a past version where one is given."""
    rows = sorted((feature.properties for feature in elements_of(store, model, _FIELDS, version)), key=lambda p: str(p["global_id"]))
    given: dict[tuple[GivenStep, ...], int] = {}
    path_of = [given.setdefault(_containment(p.get("containment")), len(given)) for p in rows]
    known = _places(store, model, given, version)
    facets = {name: Facet.of(map(read, rows)) for name, read in _READERS.items()}
    facets["zone"] = Facet.of([*_names(p.get("zones")), *_zones_of(known, p.get("space"))] for p in rows)
    paths = _named_apart(list(given))
    places = {path[:depth]: known.get(full[depth - 1][2], Place(full[depth - 1][2]))
              for path, full in zip(paths, given, strict=True) for depth in range(1, len(path) + 1)}
    return ModelColumns(model, state, [str(p["global_id"]) for p in rows], facets, paths, np.array(path_of, dtype=np.int32), places,
                        _boxes([p.get("box") for p in rows]), version)


def _boxes(values: list[Any]) -> NDArray[np.float64]:
    none = [np.nan] * 6
    return np.array([value if isinstance(value, list) and len(value) == 6 else none for value in values], dtype=float).reshape(-1, 6)


def _places(store: Reader, model: str, given: dict[tuple[GivenStep, ...], int], version: int | None) -> dict[str, Place]:
    """All places of the model by GlobalId; their paths are added to those that are given."""
    mine, found = Op("=", (Property("model"), Literal(model))), {}
    for collection in ("buildings", "storeys", "spaces"):
        fields = ("global_id", "ifc_class", "name", "long_name", "containment", "zones", *_LEVELS.get(collection, ()))
        for feature in scan_as_of(store, collection, Query(filter=mine, fields=fields, geometry=False), in_version(version)):
            p = feature.properties
            id, name = str(p["global_id"]), str(p.get("name") or "")
            given.setdefault((*_containment(p.get("containment")), (str(p.get("ifc_class") or ""), name, id)), len(given))
            level = next((p[name] for name in _LEVELS.get(collection, ()) if p.get(name) is not None), None)
            found[id] = Place(id, str(p.get("long_name") or ""), level, tuple(_names(p.get("zones"))))
    return found


def _zones_of(places: Mapping[str, Place], space: Any) -> tuple[str, ...]:
    known = places.get(str(space))
    return known.zones if known else ()


def plain(text: str) -> str:
    """A text as it is searched: its tokens with a space between."""
    return " ".join(tokens(text))


def natural(text: str) -> list[tuple[int, int, str]]:
    """A key that puts `P2` before `P10`."""
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in _DIGITS.split(text.casefold()) if part]


def _containment(value: Any) -> tuple[GivenStep, ...]:
    """(class, name, GlobalId) of what holds an element, from the site inwards."""
    return tuple((str(one.get("class") or ""), str(one.get("name") or ""), str(one.get("id") or "")) for one in value or ())


def _named_apart(paths: list[tuple[GivenStep, ...]]) -> list[tuple[Step, ...]]:
    """Paths by class and name, so that those of several models meet; two places of one name beside each other in one model,
    and places without a name, keep their GlobalId as well."""
    named: dict[tuple[Any, ...], set[str]] = {}
    for path in paths:
        for depth, (ifc_class, name, id) in enumerate(path):
            named.setdefault((*(one[2] for one in path[:depth]), ifc_class, name), set()).add(id)

    def step(path: tuple[GivenStep, ...], depth: int) -> Step:
        ifc_class, name, id = path[depth]
        alone = name and len(named[(*(one[2] for one in path[:depth]), ifc_class, name)]) == 1
        return ifc_class, name if alone else f"{name} {id}".strip()

    return [tuple(step(path, depth) for depth in range(len(path))) for path in paths]


def _names(value: Any) -> list[str]:
    """Names in a list of references or of texts; a reference without a name is known by its id."""
    found = []
    for one in value if isinstance(value, list) else [] if value in (None, "") else [value]:
        text = (one.get("name") or one.get("material") or one.get("id")) if isinstance(one, Mapping) else one
        if text not in (None, ""):
            found.append(str(text))
    return found


def _single(field: str) -> Callable[[Mapping[str, Any]], list[str]]:
    return lambda p: [str(p[field])] if p.get(field) not in (None, "") else []


def _several(field: str) -> Callable[[Mapping[str, Any]], list[str]]:
    return lambda p: _names(p.get(field))


_READERS: dict[str, Callable[[Mapping[str, Any]], list[str]]] = {
    "class": _single("ifc_class"), "type": _single("type_name"), "storey": _single("storey"),
    "storey_name": _single("storey_name"), "space": _single("space"),
    "predefined": _single("predefined_type"), "name": _single("name"), "system": _several("systems"),
    "layer": _several("layers"), "material": _several("materials")}
