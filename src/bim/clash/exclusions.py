"""Exclusions: pairs that may share a place, because the model says that they belong together, or by what they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

from bim.clash.scene import Body

Row = Mapping[str, Any]
_DEEP = 64
_CONCRETE = ("IfcBeam*", "IfcColumn*", "IfcSlab*", "IfcWall*", "IfcFooting", "IfcPile", "IfcStair*", "IfcRamp*", "IfcMember*", "IfcPlate*",
             "IfcBuildingElementProxy", "IfcBuiltElement", "IfcDeepFoundation", "IfcCaissonFoundation", "IfcBearing", "IfcCourse",
             "IfcKerb", "IfcElementAssembly")
_IN_CONCRETE = ("IfcReinforcing*", "IfcTendon*", "IfcMechanicalFastener*", "IfcFastener*")
_CLASSES = (*((embedded, host) for embedded in _IN_CONCRETE for host in _CONCRETE), ("IfcReinforcing*", "IfcReinforcing*"),
            ("IfcGeographicElement", "*"), ("IfcEarthworks*", "*"))
_PLACES = ("IfcProject", "IfcSite", "IfcBuilding", "IfcBuildingStorey", "IfcSpace", "IfcSpatial*", "IfcFacility*", "IfcExternalSpatial*",
           "IfcBridge*", "IfcRoad*", "IfcRailway*", "IfcMarine*")
"""Wholes that are places: what lies in one of them is no assembly."""


def _hosted(row: Row) -> Iterator[str]:
    """What the element stands in, and what stands in it."""
    if row.get("host"):
        yield str(row["host"])
    yield from map(str, row.get("filled_by") or ())
    for opening in row.get("openings") or ():
        yield str(opening["id"])
        yield from map(str, opening.get("filled_by") or ())


def _covered(row: Row) -> Iterator[str]:
    """What a covering is joined to: its host."""
    if str(row.get("ifc_class", "")).startswith("IfcCovering"):
        yield from (str(one["id"]) for one in row.get("connected_to") or ())


def _connected(row: Row) -> Iterator[str]:
    """What the element is connected to, through ports or as the model states."""
    yield from (str(one["id"]) for one in row.get("connected_to") or ())


RELATIONS: Mapping[str, Callable[[Row], Iterator[str]]] = {"host": _hosted, "covering": _covered, "connected": _connected}
"""Name of a relation -> the GlobalIds that a row is related to by it. `assembly`, parts of one whole, is known besides."""


@dataclass(frozen=True)
class Exclusions:
    """What is no clash.

    Attributes:
        relations: names of relations: `host`, `covering`, `connected`, `assembly`.
        classes: pairs of IFC classes, with wildcards, such as ("IfcReinforcing*", "IfcSlab*").
    """

    relations: tuple[str, ...] = ("host", "covering", "connected", "assembly")
    classes: tuple[tuple[str, str], ...] = _CLASSES

    @cached_property
    def _known(self) -> dict[tuple[str, str], bool]:
        return {}

    def of_classes(self, one: str, other: str) -> bool:
        """Whether elements of two IFC classes may share a place."""
        key = (one, other)
        if key not in self._known:
            self._known[key] = any(fnmatchcase(a, first) and fnmatchcase(b, second)
                                   for first, second in self.classes for a, b in ((one, other), (other, one)))
        return self._known[key]


DEFAULT = Exclusions()


class Related:
    """Which pairs of bodies belong together, by the rows of the models."""

    def __init__(self, rows: Mapping[str, Row], exclusions: Exclusions) -> None:
        self._exclusions = exclusions
        self._of: dict[str, dict[str, str]] = {}
        self._whole: dict[str, str] = {}
        wanted = [name for name in RELATIONS if name in exclusions.relations]
        for element, row in rows.items():
            whole = row.get("part_of") or {}
            if whole and not any(fnmatchcase(str(whole.get("class", "")), name) for name in _PLACES):
                self._whole[element] = str(whole["id"])
            for name in wanted:
                for other in RELATIONS[name](row):
                    self._of.setdefault(element, {}).setdefault(other, name)
                    self._of.setdefault(other, {}).setdefault(element, name)

    def why(self, one: Body, other: Body) -> str:
        """The relation or the classes by which two bodies may share a place; "" for none."""
        if one.model == other.model:
            first, second = self._line(one.element), self._line(other.element)
            if "assembly" in self._exclusions.relations and not first.isdisjoint(second):
                return "assembly"
            for a in first:
                for b in self._of.get(a, {}).keys() & second:
                    return self._of[a][b]
        classes = str(one.row.get("ifc_class", "")), str(other.row.get("ifc_class", ""))
        return "classes" if self._exclusions.of_classes(*classes) else ""

    def _line(self, element: str) -> set[str]:
        """The element and the wholes that it is a part of."""
        line = {element}
        while (element := self._whole.get(element, "")) and element not in line and len(line) < _DEEP:
            line.add(element)
        return line
