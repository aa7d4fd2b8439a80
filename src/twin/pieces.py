"""Pieces: where each drawable item of a model stands, as columns, ready to be grouped into tiles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bim.shapes import Placement, Shapes
from csdi.finding import Finding
from twin.ellipsoid import Array
from twin.metadata import Row
from twin.palette import HIDDEN_CLASSES
from twin.prepared import Surfaces
from twin.surface import Ints

FAR_M = 5_000.0
LOST_M = 100_000.0


@dataclass(frozen=True, slots=True)
class Pieces:
    """One line per placement that is drawn, ordered by element, item digest and matrix: by nothing that numbers them.

    Attributes:
        rows: what tiles say of each element, ordered by id.
        surfaces: what is drawn, by item number.
        row_of: (n,) index into `rows`.
        item_of: (n,) index into `surfaces`, the same for equal items.
        matrices: (n, 4, 4) float64, item frame to model frame, metres.
        boxes: (n, 2, 3) float64, lowest and highest corner, model frame.
        triangles: (n,) triangles of each.
    """

    rows: Sequence[Row]
    surfaces: Surfaces
    row_of: Ints
    item_of: Ints
    matrices: Array
    boxes: Array
    triangles: Ints

    def __len__(self) -> int:
        return len(self.row_of)

    def where(self, keep: NDArray[np.bool_] | Ints) -> Pieces:
        """The chosen lines."""
        return Pieces(self.rows, self.surfaces, self.row_of[keep], self.item_of[keep], self.matrices[keep],
                      self.boxes[keep], self.triangles[keep])

    def finished(self, *, cut: bool) -> Pieces:
        """The same pieces, with or without their long edges cut."""
        self.surfaces.finish(cut=cut)
        return replace(self, triangles=self.surfaces.triangles[self.item_of])

    @property
    def centres(self) -> Array:
        """(n, 3) middles of the boxes, model frame."""
        return np.asarray(self.boxes.mean(axis=1))

    @property
    def sizes(self) -> Array:
        """(n,) largest dimension of each box, metres."""
        return np.asarray((self.boxes[:, 1] - self.boxes[:, 0]).max(axis=1))

    @property
    def box(self) -> Array:
        """(2, 3) the box of all, model frame."""
        return np.vstack([self.boxes[:, 0].min(axis=0), self.boxes[:, 1].max(axis=0)])


def pieces_of(shapes: Shapes, surfaces: Surfaces, elements: Iterable[Mapping[str, Any]]) -> tuple[Pieces, list[Finding]]:
    """All placements that can be drawn, and Findings for those that cannot."""
    rows = {key: Row.of(element) for element in elements if (key := element_key(str(element["id"])))}
    ordered = sorted(rows, key=lambda key: rows[key].id)
    place = {key: k for k, key in enumerate(ordered)}
    wanted = [p for p in shapes.placements if p.element in place and rows[p.element].ifc_class not in HIDDEN_CLASSES]
    wanted.sort(key=lambda p: (place[p.element], surfaces.digests[p.item], p.matrix.tobytes()))
    unknown = sorted({p.element for p in shapes.placements if p.element not in place})
    findings = [_unknown(unknown)] if unknown else []
    pieces = _columns([rows[key] for key in ordered], surfaces, wanted, place)
    with np.errstate(invalid="ignore"):
        whole = np.abs(np.linalg.det(pieces.matrices[:, :3, :3])) > 1e-12
    sound = np.isfinite(pieces.boxes).all(axis=(1, 2)) & whole & (pieces.triangles > 0)
    findings += _broken(pieces, (~sound) & (pieces.triangles > 0))
    findings += _without_area(pieces)
    pieces = pieces.where(sound)
    return _without_lost(pieces, findings), findings


def element_key(feature_id: str) -> str:
    """The part of a Feature id behind the model's name, by which placements know their element."""
    return feature_id.partition(":")[2] or feature_id


def _columns(rows: Sequence[Row], surfaces: Surfaces, placements: Sequence[Placement],
             place: Mapping[str, int]) -> Pieces:
    item_of = surfaces.first[np.array([p.item for p in placements], dtype=np.int64)]
    matrices = np.array([p.matrix for p in placements], dtype=np.float64).reshape(-1, 4, 4)
    return Pieces(rows, surfaces, np.array([place[p.element] for p in placements], dtype=np.int64), item_of, matrices,
                  moved_boxes(surfaces.boxes[item_of], matrices), surfaces.triangles[item_of])


def moved_boxes(boxes: Array, matrices: Array) -> Array:
    """(n, 2, 3) boxes around (n, 2, 3) boxes under (n, 4, 4) affine matrices."""
    middle, half = boxes.mean(axis=1), (boxes[:, 1] - boxes[:, 0]) / 2
    with np.errstate(invalid="ignore", over="ignore"):
        centre = np.einsum("nij,nj->ni", matrices[:, :3, :3], middle) + matrices[:, :3, 3]
        reach = np.einsum("nij,nj->ni", np.abs(matrices[:, :3, :3]), half)
        return np.stack([centre - reach, centre + reach], axis=1)


def _without_lost(pieces: Pieces, findings: list[Finding]) -> Pieces:
    """Leaves out what lies so far from the rest that it cannot belong to the site, and names what is merely far."""
    if not len(pieces):
        return pieces
    away = np.linalg.norm(pieces.centres - np.median(pieces.centres, axis=0), axis=1)
    for row, distance in _worst_per_row(pieces, away):
        lost = distance > LOST_M
        findings.append(Finding(
            "TIL-004", "error" if lost else "warning",
            f"the element lies {distance / 1000:.1f} km from the rest of the model" + (" and is not drawn" if lost else ""),
            subject=pieces.rows[row].id, measured=f"{distance:.0f} m", expected=f"less than {FAR_M:.0f} m",
            cure="correct the element's placement"))
    return pieces.where(away <= LOST_M)


def _worst_per_row(pieces: Pieces, away: Array) -> list[tuple[int, float]]:
    worst: dict[int, float] = {}
    for k in np.flatnonzero(away > FAR_M):
        worst[int(pieces.row_of[k])] = max(worst.get(int(pieces.row_of[k]), 0.0), float(away[k]))
    return sorted(worst.items())


def _broken(pieces: Pieces, bad: NDArray[np.bool_]) -> list[Finding]:
    return [Finding("TIL-003", "error", "the element's placement is flat or has numbers that are not finite; it is not drawn",
                    subject=pieces.rows[row].id, cure="correct the element's placement")
            for row in np.unique(pieces.row_of[bad])]


def _unknown(keys: list[str]) -> Finding:
    return Finding("TIL-005", "warning", f"{len(keys)} shapes belong to no listed element and are not drawn",
                   measured=", ".join(keys[:5]), data={"count": len(keys)})


def _without_area(pieces: Pieces) -> list[Finding]:
    """Elements all of whose triangles have no area: there is nothing of them to see."""
    drawn = np.unique(pieces.row_of[pieces.triangles > 0])
    return [Finding("TIL-003", "warning", "all triangles of the element's shape are without area; it is not drawn",
                    subject=pieces.rows[row].id, cure="correct the element's shape")
            for row in np.setdiff1d(pieces.row_of, drawn)]
