"""What is drawn against what it was made from: ids, names, storeys and positions of features, held against rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from csdi.crs import Transform
from csdi.feature import Feature
from csdi.finding import Finding
from twin.ellipsoid import Array, geodetic
from twin.gltf_reader import Decoded, Drawn
from twin.metadata import ENUMS, STRINGS
from twin.verify import faults
from twin.verify.faults import fault
from twin.verify.walking import Content

LIMIT_M = 0.005
"""How far a side of a feature's box may be from the row's, beyond what storing positions is said to cost."""
OUTLINE_M = 0.03
"""How far the outline of a row may be from its shape: outlines are simplified, and those of what hardly leans are upright."""
_METRES_PER_DEGREE = 111_320.0
_AT_ONCE = 500_000


@dataclass(frozen=True, slots=True, eq=False)
class Element:
    """What a row says of a feature that should be drawn.

    Attributes:
        told: what tiles say of it: id, global_id, name, ifc_class, storey.
        box: (2, 3) lowest and highest easting, northing (EPSG:2326) and height (HKPD), metres; None where the row has none.
        bounds: (2, 2) of its footprint: longitude, latitude, degrees; None where the row has none.
    """

    told: Mapping[str, str]
    box: Array | None = None
    bounds: Array | None = None

    @classmethod
    def of(cls, row: Feature) -> Element:
        """From a row of elements or spaces."""
        p = row.properties
        told = {"id": row.id, "global_id": str(p.get("global_id") or ""), "name": str(p.get("name") or ""),
                "ifc_class": str(p.get("ifc_class") or ""), "storey": str(p.get("storey_name") or "")}
        box, shape = p.get("box"), row.geometry
        return cls(told, np.array(box, dtype=np.float64).reshape(2, 3) if box else None,
                   np.array(shape.bounds).reshape(2, 2) if shape is not None and not shape.is_empty else None)


@dataclass(slots=True)
class Census:
    """What a tileset draws, gathered while it is inspected.

    Attributes:
        to_grid: from WGS 84 with ellipsoidal heights (longitude first) to the frame of the rows' boxes; None for no boxes.
        placed: whether the tileset stands on the globe (EPSG:4978).
        boxes: id -> (2, 3) in the frame of the rows' boxes; where there is none longitude, latitude and ellipsoidal height.
        told: id -> what property tables say.
        findings: storeys that differ between a content's group and its table.
    """

    to_grid: Transform | None
    placed: bool
    boxes: dict[str, Array] = field(default_factory=dict)
    told: dict[str, dict[str, str]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def add(self, content: Content, decoded: Decoded) -> None:
        """Takes a content; of an envelope only what is said of its features."""
        ids = [str(row["id"]) for row in decoded.table]
        for id, row in zip(ids, decoded.table, strict=True):
            self.told[id] = {name: str(row.get(name) or "") for name in (*STRINGS, *ENUMS)}
        if content.group is not None:
            other = [row for row in decoded.table if str(row.get("storey") or "") != str(content.group.get("storey", ""))]
            if other:
                self.findings.append(fault(faults.STOREY_DIFFERS, content.uri, f"{len(other)} features are in the group of another storey",
                                           other[0].get("storey"), content.group.get("storey")))
        if self.placed and not content.is_replaced:
            for parts in _batches(decoded.drawn):
                self._measure(content, parts, ids)

    def _measure(self, content: Content, parts: list[Drawn], ids: list[str]) -> None:
        points = np.concatenate([part.positions for part in parts])
        feature_of = np.concatenate([part.feature_of for part in parts])
        sound = np.isfinite(points).all(axis=1) & (feature_of >= 0) & (feature_of < len(ids))
        if not sound.any():
            return
        places = geodetic(points[sound] @ content.matrix[:3, :3].T + content.matrix[:3, 3])
        if self.to_grid is not None:
            places = self.to_grid.points(places)
        order = np.argsort(feature_of[sound], kind="stable")
        sorted_features = feature_of[sound][order]
        starts = np.flatnonzero(np.diff(sorted_features, prepend=-1))
        low, high = np.minimum.reduceat(places[order], starts), np.maximum.reduceat(places[order], starts)
        for number, box in zip(sorted_features[starts].tolist(), np.stack([low, high], axis=1), strict=True):
            known = self.boxes.get(ids[number])
            self.boxes[ids[number]] = box if known is None else np.stack([np.minimum(known[0], box[0]), np.maximum(known[1], box[1])])

    def against(self, elements: Iterable[Element], excused: frozenset[str], stated_m: float) -> Iterator[Finding]:
        """What differs from the rows.

        Args:
            elements: rows of what should be drawn, each once.
            excused: ids that need not be drawn, as the model's findings say why they cannot.
            stated_m: what storing positions costs at most, as the tileset was said to when it was built.
        """
        yield from self.findings
        if stated_m > LIMIT_M:
            yield fault(faults.COARSE, "", "positions are stored too coarsely", f"{stated_m * 1000:.1f} mm", f"{LIMIT_M * 1000:.0f} mm")
        known = set()
        for element in elements:
            id = element.told["id"]
            known.add(id)
            if id not in self.told:
                if id not in excused:
                    yield fault(faults.NOT_DRAWN, id, "an element that has a shape is not drawn")
                continue
            if wrong := [name for name, value in element.told.items() if self.told[id].get(name) != value]:
                yield fault(faults.TABLE_DIFFERS, id, f"the property table says otherwise than the row: {', '.join(wrong)}",
                            self.told[id].get(wrong[0]), element.told[wrong[0]])
            yield from self._misplaced(element, LIMIT_M + stated_m)
        for id in sorted(self.told.keys() - known):
            yield fault(faults.NO_SUCH_ROW, id, "a feature is drawn that no row with a shape stands for")

    def _misplaced(self, element: Element, limit_m: float) -> Iterator[Finding]:
        id = element.told["id"]
        drawn = self.boxes.get(id)
        if not self.placed or (element.box is None and element.bounds is None):
            return
        if drawn is None:
            yield fault(faults.NOT_DRAWN, id, "an element is drawn from afar only")
            return
        boxed = self.to_grid is not None and element.box is not None
        apart, expected = _apart(drawn, element, on_grid=boxed)
        if apart > limit_m + (0.0 if boxed else OUTLINE_M):
            yield fault(faults.MISPLACED, id, f"the box of what is drawn is {apart * 1000:.1f} mm from the row's",
                        np.round(drawn, 4 if self.to_grid else 9).tolist(), expected.tolist())


def _apart(drawn: Array, element: Element, *, on_grid: bool) -> tuple[float, Array]:
    """The largest distance between sides of the boxes, metres, and the box that was expected."""
    if on_grid and element.box is not None:
        return float(np.abs(drawn - element.box).max()), element.box
    assert element.bounds is not None
    across = np.array([_METRES_PER_DEGREE * np.cos(np.radians(element.bounds[:, 1].mean())), _METRES_PER_DEGREE])
    return float((np.abs(drawn[:, :2] - element.bounds) * across).max()), element.bounds


def _batches(parts: list[Drawn]) -> Iterator[list[Drawn]]:
    """Parts in lists of bounded size: copies come one by one and are small."""
    batch: list[Drawn] = []
    size = 0
    for part in parts:
        batch.append(part)
        size += len(part.positions)
        if size >= _AT_ONCE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def row_findings(findings: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Ids of elements that the findings of a model or of its tiles say cannot be drawn."""
    return frozenset(str(one.get("subject")) for one in findings
                     if one.get("code") == "TIL-003" or (one.get("code") == "TIL-004" and one.get("severity") == "error"))
