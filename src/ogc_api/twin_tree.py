"""The tree of what the models hold: nodes with counts, their elements page by page, and which elements a node stands for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote, unquote

import numpy as np

from csdi.errors import ValueInvalid
from ogc_api.class_words import class_words
from ogc_api.twin_columns import Mask, ModelColumns, Place, Step, natural, plain

Json = dict[str, Any]

GROUPINGS: dict[str, tuple[str, ...]] = {
    "place": ("in", "class"), "model": ("model", "class"), "class": ("class", "type"), "type": ("type",),
    "system": ("system", "class"), "zone": ("zone", "class"), "layer": ("layer", "class"), "material": ("material", "class")}
"""What the levels of each tree are, from the top; elements are below the last one."""

ELEMENT = "id"
"""The level of single elements, in every tree."""
_COLLECTIONS = {"IfcSpace": "spaces", "IfcBuildingStorey": "storeys"}
_SEARCHED = ("name", "class", "type", "system", "zone", "layer", "material")


@dataclass(frozen=True, slots=True)
class Node:
    """A node's address: the tree, and what was chosen on each level from the top.

    Attributes:
        steps: (level, value); the value of a level `in` is the place's class and name with a colon between.
    """

    by: str
    steps: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `by/level=value/level=value`, values percent-encoded.

        Raises:
            ValueInvalid: no such tree, or no such level in it.
        """
        by, *rest = text.split("/")
        levels = GROUPINGS.get(by)
        if levels is None:
            raise ValueInvalid(f"there is no tree by '{by}'", field="node", value=text, remedy=f"one of {', '.join(GROUPINGS)}")
        steps = [part.partition("=") for part in rest]
        if bad := [level for level, equals, _ in steps if level not in (*levels, ELEMENT) or not equals]:
            raise ValueInvalid(f"the tree by {by} has no level '{bad[0]}'", field="node", value=text,
                               remedy=f"levels: {', '.join(levels)}")
        return cls(by, tuple((level, unquote(value)) for level, _, value in steps))

    def __str__(self) -> str:
        return "/".join((self.by, *(f"{level}={quote(value, safe=' :')}" for level, value in self.steps)))

    def below(self, level: str, value: str) -> Node:
        """The node of one choice more."""
        return Node(self.by, (*self.steps, (level, value)))

    @property
    def place(self) -> tuple[Step, ...]:
        """The path of the place that was chosen, () for none."""
        return tuple((ifc_class, name) for level, value in self.steps if level == "in" for ifc_class, _, name in [value.partition(":")])

    @property
    def last(self) -> str:
        """The level of the last choice, "" at the top."""
        return self.steps[-1][0] if self.steps else ""

    @property
    def next(self) -> str:
        """The level below, "" where elements are."""
        levels = GROUPINGS[self.by]
        if not self.steps or self.last == "in":
            return levels[0]
        if self.last == ELEMENT:
            return ""
        at = levels.index(self.last) + 1
        return levels[at] if at < len(levels) else ""


def mask_of(node: Node, columns: ModelColumns) -> Mask:
    """Which elements of a model a node stands for. A class in a place is what is there and in no place inside it."""
    mask = columns.everything()
    place, size = node.place, columns.size
    if place:
        direct = "class" in dict(node.steps)
        held = np.array([path == place if direct else path[:len(place)] == place for path in columns.paths], dtype=bool)
        mask &= held[columns.path_of] if size else mask
    elif node.by == "place" and "class" in dict(node.steps):
        mask &= np.array([not path for path in columns.paths], dtype=bool)[columns.path_of]
    for level, value in node.steps:
        if level == ELEMENT:
            model, _, id = value.rpartition(":")
            mask &= np.arange(size) == (columns.rows.get(id, -1) if model == columns.model else -1)
        elif level == "model":
            mask &= value == columns.model
        elif level != "in":
            facet = columns.facets[level]
            mask &= facet.having(facet.label_mask(value), size)
    return mask


def mask_of_words(text: str, columns: ModelColumns) -> Mask:
    """Elements of which each word occurs in the name, class (in three languages), type, system, zone, layer, material, place or id."""
    mask = columns.everything()
    for word in text.split():
        wanted = plain(word)
        found = np.zeros(columns.size, dtype=bool)
        for name in _SEARCHED:
            found |= columns.facets[name].having(np.array([wanted in said for said in columns.said[name]], dtype=bool), columns.size)
        held = [wanted in said for said in columns.said_of_places]
        found |= np.array(held, dtype=bool)[columns.path_of]
        if word in columns.rows:
            found[columns.rows[word]] = True
        mask &= found
    return mask


def children(models: Sequence[ModelColumns], node: Node, text: str = "") -> tuple[list[Json], int]:
    """The groups below a node, each with its count, and how many elements the node stands for; no groups where elements are next."""
    total, groups, places = 0, Counter[str](), Counter[Step]()
    for columns in models:
        mask = mask_of(node, columns)
        if text:
            mask &= mask_of_words(text, columns)
        total += int(mask.sum())
        if node.next == "in":
            _count_places(columns, node, mask, places, empty=not text)
            here = [path == node.place for path in columns.paths]
            mask &= np.array(here, dtype=bool)[columns.path_of] if columns.size else mask
        _count_groups(columns, "class" if node.next == "in" else node.next, mask, groups)
        if node.by == "zone":
            _count_zones(columns, node, text, groups)
    spaces = _zone_spaces(models, node, text) if node.by == "zone" and node.last == "zone" else []
    return [*spaces, *_place_nodes(models, node, places), *_group_nodes(node, groups)], total


def _count_zones(columns: ModelColumns, node: Node, text: str, groups: Counter[str]) -> None:
    """Zones that hold only spaces are zones too."""
    if not node.steps:
        for place in columns.places.values():
            groups.update({zone: 0 for zone in place.zones if not text or plain(text) in plain(zone)})


def _zone_spaces(models: Sequence[ModelColumns], node: Node, text: str) -> list[Json]:
    """The spaces of a zone, each as a node without elements of its own."""
    zone = node.steps[0][1]
    held = [(columns, path, place) for columns in models for path, place in columns.places.items() if zone in place.zones]
    found: list[Json] = [
        {"node": f"{node}#{columns.model}:{place.id}", "level": "space", "label": path[-1][1], "title": place.long_name,
         "class": path[-1][0], "words": class_words(path[-1][0]), "count": 0, "below": "",
         "features": [_feature("spaces", columns, place)]}
        for columns, path, place in held if not text or plain(text) in plain(f"{path[-1][1]} {place.long_name}")]
    return sorted(found, key=lambda one: natural(one["label"]))


def _count_places(columns: ModelColumns, node: Node, mask: Mask, places: Counter[Step], *, empty: bool) -> None:
    here = np.bincount(columns.path_of[mask], minlength=len(columns.paths))
    depth = len(node.place)
    for path, count in zip(columns.paths, here.tolist(), strict=True):
        if len(path) > depth and path[:depth] == node.place and (count or empty):
            places[path[depth]] += count


def _count_groups(columns: ModelColumns, level: str, mask: Mask, groups: Counter[str]) -> None:
    if level == "model":
        groups[columns.model] += int(mask.sum())
    elif level:
        facet = columns.facets[level]
        for label, count in zip(facet.labels, facet.counts(mask).tolist(), strict=True):
            if count:
                groups[label] += count


def _place_nodes(models: Sequence[ModelColumns], node: Node, places: Counter[Step]) -> list[Json]:
    found = []
    for (ifc_class, name), count in places.items():
        path = (*node.place, (ifc_class, name))
        known = [(columns, columns.places[path]) for columns in models if path in columns.places]
        title = next((place.long_name for _, place in known if place.long_name), "")
        level = min((place.level for _, place in known if place.level is not None), default=None)
        features = [_feature(_COLLECTIONS.get(ifc_class, "buildings"), columns, place) for columns, place in known]
        found.append({"node": str(node.below("in", f"{ifc_class}:{name}")), "level": "in", "label": name, "title": title,
                      "class": ifc_class, "words": class_words(ifc_class), "elevation": level, "count": count,
                      "below": _below(models, path, count), "features": features})
    return sorted(found, key=lambda one: (one["elevation"] is None, one["elevation"] or 0.0, natural(one["label"])))


def _below(models: Sequence[ModelColumns], path: tuple[Step, ...], count: int) -> str:
    """What opening a place shows: groups, or "" for nothing."""
    inside = any(len(other) > len(path) and other[:len(path)] == path for columns in models for other in columns.paths)
    return "groups" if count or inside else ""


def _feature(collection: str, columns: ModelColumns, place: Place) -> Json:
    return {"collection": collection, "id": f"{columns.model}:{place.id}"}


def _group_nodes(node: Node, groups: Counter[str]) -> list[Json]:
    level = "class" if node.next == "in" else node.next
    found: list[Json] = [
        {"node": str(node.below(level, label)), "level": level, "label": label, "count": count,
         "below": "groups" if node.below(level, label).next else "elements",
         **({"class": label, "words": class_words(label)} if level == "class" else {})}
        for label, count in groups.items()]
    return sorted(found, key=lambda one: (one["label"] == "", -one["count"] if level == "class" else 0, natural(one["label"])))


def element_page(models: Sequence[ModelColumns], node: Node, text: str, offset: int, limit: int) -> list[Json]:
    """Elements of a node, by name within their model: `limit` of them from `offset` on."""
    found: list[Json] = []
    for columns in models:
        mask = mask_of(node, columns)
        if text:
            mask &= mask_of_words(text, columns)
        held = int(mask.sum())
        if offset >= held:  # before anything is put in order: most models have no part in a page
            offset -= held
            continue
        rows = columns.by_name[mask[columns.by_name]]
        names, classes = columns.first_label("name"), columns.first_label("class")
        chosen = rows[offset:offset + limit - len(found)].tolist()
        for row in chosen:
            id = f"{columns.model}:{columns.ids[row]}"
            found.append({"node": str(node.below(ELEMENT, id)), "id": id, "label": names[row], "class": classes[row],
                          "words": class_words(classes[row])})
        offset = 0
        if len(found) >= limit:
            break
    return found


def selection(models: Sequence[ModelColumns], nodes: Iterable[Node], text: str = "") -> Json:
    """By model, the elements that any of the nodes stands for, as briefly as it can be said to a viewer whose tiles tell class
    and name of the storey: `"all"`, `{"pairs": {storey: classes}}` where whole classes of storeys are meant, else `{"ids": GlobalIds}`.
    Models without any are left out.
    """
    wanted, found = list(nodes), {}
    for columns in models:
        mask = np.zeros(columns.size, dtype=bool)
        for node in wanted:
            mask |= mask_of(node, columns)
        if text:
            mask &= mask_of_words(text, columns)
        if mask.any():
            found[columns.model] = _brief(columns, mask)
    return found


def box_of(models: Sequence[ModelColumns], node: Node) -> tuple[float, float, float, float, float, float] | None:
    """minx, miny, minz, maxx, maxy, maxz around a node's elements in HK1980 Grid (EPSG:2326) and mPD, x = east; None for none."""
    held = np.concatenate([np.empty((0, 6)), *(columns.boxes[mask_of(node, columns)] for columns in models)])
    held = held[~np.isnan(held).any(axis=1)]
    if not len(held):
        return None
    low, high = held[:, :3].min(axis=0).tolist(), held[:, 3:].max(axis=0).tolist()
    return low[0], low[1], low[2], high[0], high[1], high[2]


def _brief(columns: ModelColumns, mask: Mask) -> Any:
    if mask.all():
        return "all"
    storeys, classes = columns.facets["storey_name"], columns.facets["class"]
    pair = storeys.codes.astype(np.int64) * len(classes.labels) + classes.codes
    size = len(storeys.labels) * len(classes.labels)
    inside, every = np.bincount(pair[mask], minlength=size), np.bincount(pair, minlength=size)
    if not np.array_equal(inside[inside > 0], every[inside > 0]):
        return {"ids": [columns.ids[row] for row in np.flatnonzero(mask).tolist()]}
    pairs: dict[str, list[str]] = {}
    for number in np.flatnonzero(inside).tolist():
        storey, ifc_class = divmod(number, len(classes.labels))
        pairs.setdefault(storeys.labels[storey], []).append(classes.labels[ifc_class])
    return {"pairs": pairs}
