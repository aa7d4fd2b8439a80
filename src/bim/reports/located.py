"""Where findings are: their elements with names and storeys, their place, and what a picture of them shows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from bim.bcf import Spot
from bim.bcf.cameras import Box, around
from bim.finding import Finding
from bim.intake import Intake
from bim.reports.picture import Shot
from bim.reports.scene import Scene
from bim.tables import ModelTables

_AROUND_PLACE_M = 2.0
"""How far the box of a place reaches that has no element."""
_LIMITS = ("limit_mpd", "zone_mpd")
"""Data of a finding that are a level in mPD that it is held against."""
_PARTS = ("elements", "spaces", "storeys", "buildings", "systems", "zones", "types")


@dataclass(frozen=True, slots=True)
class Element:
    """What a finding is on, as tables say it; "" for what is not known."""

    global_id: str
    name: str = ""
    ifc_class: str = ""
    storey: str = ""


class Elements:
    """The elements of a model by GlobalId; without tables, what findings say of them."""

    def __init__(self, tables: ModelTables | None) -> None:
        self._tables = tables

    @cached_property
    def _rows(self) -> Mapping[str, Mapping[str, Any]]:
        parts = self._tables.parts if self._tables else {}
        return {str(row.properties["global_id"]): row.properties for name in reversed(_PARTS) for row in parts.get(name, ())}

    def of(self, finding: Finding) -> Element | None:
        """The element that a finding names in its data, or in its subject where the tables know it; None for the whole model."""
        data = finding.data
        key = str(data.get("global_id") or "") or next((one for one in finding.subject.split(" > ")[1:] if one in self._rows), "")
        if not key:
            return None
        row = self._rows.get(key, {})
        return Element(key, str(row.get("name") or data.get("name") or ""), str(data.get("ifc_class") or row.get("ifc_class") or ""),
                       str(row.get("storey_name") or data.get("storey") or ""))


class Located:
    """Findings on a model that was read: boxes and shots in the model's frame, metres.

    Attributes:
        elements: what they can be on.
        scene: the shapes.
        project: what the tables say of the whole model.
        tables: of the model.
    """

    def __init__(self, read: Intake) -> None:
        self.elements = Elements(read.tables)
        self.project = read.tables.project
        self.tables = read.tables
        self.scene = Scene(read.shapes, read.space_shapes)
        self._georeference = read.georeference

    def spot(self, finding: Finding) -> Spot:
        """Where a finding is, for a BCF topic."""
        element = self.elements.of(finding)
        return Spot(finding, element.global_id if element else "", self.box(finding), element.storey if element else "")

    def box(self, finding: Finding) -> Box | None:
        """Around its elements, else around its place; None where neither is known."""
        boxes = [box for name in self._names(finding) if (box := self.scene.box(name)) is not None]
        if boxes:
            return around(boxes)
        place = self.place(finding)
        if place is None:
            return None
        return around([Box(_vector(place - _AROUND_PLACE_M), _vector(place + _AROUND_PLACE_M))])

    def place(self, finding: Finding) -> NDArray[np.float64] | None:
        """(3,) the place that decides, in the model's frame; None where the finding has none, or the model no place."""
        given = finding.data.get("place")
        if not isinstance(given, Mapping) or not self._georeference.placed:
            return None
        at = [given.get(key) for key in ("easting", "northing", "height")]
        return self._from_grid(np.array(at, float)) if all(isinstance(one, (int, float)) for one in at) else None

    def shot(self, findings: Iterable[Finding]) -> Shot | None:
        """What one picture of findings shows; None where none of them is anywhere."""
        told = list(findings)
        boxes = [box for one in told if (box := self.box(one)) is not None]
        if not boxes:
            return None
        severity = min((one.severity for one in told), key=("error", "warning", "note").index)
        marked = dict.fromkeys(element.global_id for one in told if (element := self.elements.of(one)))
        others = dict.fromkeys(other for one in told if (other := str(one.data.get("other"))) in self.scene and other not in marked)
        place = self.place(told[0]) if len(told) == 1 else None
        return Shot(around(boxes), tuple(marked), tuple(others), severity, None if place is None else _vector(place),
                    self._limit(told), self._north())

    def _names(self, finding: Finding) -> list[str]:
        """GlobalIds of what the box of a finding is around: its element, and a second one of the model."""
        element = self.elements.of(finding)
        return [name for name in (element.global_id if element else "", str(finding.data.get("other") or "")) if name in self.scene]

    def _limit(self, findings: list[Finding]) -> tuple[float, float, float, float] | None:
        """The plane of the lowest height limit of the findings, level in the grid: a surface that slopes is drawn as it is at the place."""
        limits = [limit for one in findings for key in _LIMITS if isinstance(limit := one.data.get(key), (int, float))]
        if not limits or not self._georeference.placed:
            return None
        affine = self._georeference.affine
        scale = float(np.linalg.norm(affine[2, :3]))
        normal = _vector(affine[2, :3] / scale)
        return (*normal, (min(limits) - float(affine[2, 3])) / scale)

    def _north(self) -> tuple[float, float, float] | None:
        if not self._georeference.placed:
            return None
        way = np.linalg.inv(self._georeference.affine)[:3, 1]
        return _vector(way / np.linalg.norm(way))

    def _from_grid(self, place: NDArray[np.float64]) -> NDArray[np.float64]:
        """The place (3,) in the model's frame of one in its CRS: east, north, height, metres."""
        inverse = np.linalg.inv(self._georeference.affine)
        there: NDArray[np.float64] = inverse[:3, :3] @ place + inverse[:3, 3]
        return there


def key_of(finding: Finding) -> str:
    """16 hex digits that tell a finding from others: the same for the same finding of every audit."""
    return hashlib.sha256(orjson.dumps(finding.to_dict(), option=orjson.OPT_SORT_KEYS | orjson.OPT_SERIALIZE_NUMPY)).hexdigest()[:16]


def _vector(values: NDArray[np.float64]) -> tuple[float, float, float]:
    return float(values[0]), float(values[1]), float(values[2])
