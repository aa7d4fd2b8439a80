"""Floor areas: what a model states of its spaces and storeys, what their geometry gives, and the difference."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from bim.clash.solids import Solid, solid_of, united
from bim.shapes import Shapes
from bim.siteplan import clip_between, outline_of
from bim.tables import ModelTables
from csdi.errors import ValueInvalid
from csdi.feature import Feature

Floats = NDArray[np.float64]

CUT_M = 1.2
"""Height over the floor at which storeys are cut."""
NET, GROSS = "NetFloorArea", "GrossFloorArea"
STATED = (NET, GROSS, "NetPlannedArea", "GrossPlannedArea", "GSA BIM Area", "NSA BIM Area", "Area")
"""Names of quantities that state the floor area of a space, the first ones first."""
STOREY_STATED = (GROSS, "GrossFloorPlannedArea", "GrossPlannedArea")
ENCLOSING = ("IfcWall*", "IfcCurtainWall")
"""What bounds a storey where it is cut; parts of a curtain wall do too."""
FLOORS = ("IfcSlab*",)
_COVERING = (*ENCLOSING, *FLOORS, "IfcRoof", "IfcPlate*", "IfcMember*")
_STEP_M = 1.5
"""Storeys less apart than this are parts of one level: what belongs to one is not cut for the other."""
_GAP_M = 0.05
_GRID_M = 1e-6
_COVERED = 0.9
_EXACT_TRIANGLES = 20_000
_EMPTY = shapely.Polygon()


@dataclass(frozen=True, slots=True)
class AreaClass:
    """A row of a table of area classes; the first row that fits a space counts.

    Attributes:
        field: of the space's row: `name`, `long_name`, `predefined_type`, `object_type`; `classification` for its codes; or
            `Set.Property`.
        like: the value with wildcards, whatever its case.
        name: of the class: `accountable` counts as gross floor area, any other (`exempted`, `disregarded`) does not.
        is_usable: whether such a space counts as usable floor area.
    """

    field: str
    like: str
    name: str = "accountable"
    is_usable: bool = True

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> AreaClass:
        """A row with the columns field, like, class and usable (yes or no).

        Raises:
            ValueInvalid: one of the first two is missing.
        """
        if not row.get("field") or not row.get("like"):
            raise ValueInvalid("area classes: a row has no field or no pattern", field="classes", value=str(dict(row)),
                               remedy="columns field, like, class, usable")
        return cls(str(row["field"]), str(row["like"]), str(row.get("class") or "accountable"),
                   str(row.get("usable") or "yes").lower() not in ("no", "false", "0"))

    def fits(self, space: Mapping[str, Any]) -> bool:
        """Whether a space's row is of it."""
        return any(fnmatchcase(value.casefold(), self.like.casefold()) for value in self._values(space))

    def _values(self, space: Mapping[str, Any]) -> list[str]:
        if self.field == "classification":
            return [str(one.get("code") or one.get("name") or "") for one in space.get("classifications") or ()]
        group, _, name = self.field.partition(".")
        value = ((space.get("psets") or {}).get(group) or {}).get(name) if name else space.get(self.field)
        return [] if value is None else [str(value)]


_ACCOUNTABLE = AreaClass("", "*")


@dataclass(frozen=True, slots=True)
class SpaceArea:
    """The floor area of a space, m2.

    Attributes:
        stated: what the model says; None where it says nothing. `stated_by` is `Set.Quantity`.
        measured: by geometry; None where it has none. `measured_by` is `section` (at `CUT_M` over its floor) or `footprint`.
        kind: name of its class; `is_usable` whether it counts as usable.
    """

    space: str
    storey: str
    stated: float | None
    stated_by: str
    measured: float | None
    measured_by: str
    kind: str
    is_usable: bool

    @property
    def difference(self) -> float | None:
        """Stated less measured; None where one is not known."""
        return None if self.stated is None or self.measured is None else self.stated - self.measured

    @property
    def best(self) -> float | None:
        """Measured, else stated."""
        return self.stated if self.measured is None else self.measured


@dataclass(frozen=True, slots=True)
class StoreyArea:
    """The areas of a storey, m2.

    Attributes:
        level_m: of its floor, model frame.
        outline: what is enclosed, walls included; x and y of the model frame.
        gross: area of the outline; `gross_by` says of what it was made, "" where there was nothing.
        stated: what the model says; `stated_by` where.
        by_class: class -> sum of the areas of its spaces.
        usable: sum of usable spaces.
    """

    storey: str
    name: str
    level_m: float
    outline: BaseGeometry
    gross: float
    gross_by: str
    stated: float | None
    stated_by: str
    by_class: Mapping[str, float] = field(default_factory=dict)
    usable: float = 0.0

    @property
    def accountable(self) -> float:
        """Gross floor area that counts: the outline less spaces of other classes than `accountable`."""
        return max(0.0, self.gross - sum(area for kind, area in self.by_class.items() if kind != "accountable"))

    @property
    def difference(self) -> float | None:
        """Stated less measured gross area; None where one is not known."""
        return self.stated - self.gross if self.stated is not None and self.gross_by else None


@dataclass(frozen=True)
class Areas:
    """The areas of a model; everything in its own frame, x and y horizontal, metres and m2.

    Attributes:
        shapes, space_shapes: of elements and of spaces.
        classes: table of area classes.
    """

    tables: ModelTables
    shapes: Shapes
    space_shapes: Shapes
    classes: Sequence[AreaClass] = ()

    @cached_property
    def spaces(self) -> dict[str, SpaceArea]:
        """GlobalId -> area of each space."""
        return {_key(row): self._space(row) for row in self.tables.spaces}

    @cached_property
    def storeys(self) -> dict[str, StoreyArea]:
        """GlobalId -> areas of each storey, the lowest first."""
        return {_key(row): self._storey(row) for row in sorted(self.tables.storeys, key=_level)}

    def footprint(self, elements: Iterable[str] | None = None) -> BaseGeometry:
        """What elements cover seen from above; x and y of the model frame.

        Args:
            elements: GlobalIds; without it the outlines of all storeys and every wall, slab and roof in them.
        """
        if elements is not None:
            return _union(self._outline(key) for key in elements)
        rows = (row for row in self.tables.elements if row.properties.get("storey") and _is(row, (*ENCLOSING, *FLOORS, "IfcRoof")))
        return _union([*(storey.outline for storey in self.storeys.values()), *(self._outline(_key(row)) for row in rows)])

    @cached_property
    def _bodies(self) -> dict[str, list[tuple[Shapes, int]]]:
        found: dict[str, list[tuple[Shapes, int]]] = defaultdict(list)
        for shapes in (self.shapes, self.space_shapes):
            for number, placement in enumerate(shapes.placements):
                found[placement.element].append((shapes, number))
        return found

    @cached_property
    def _levels(self) -> dict[str, float]:
        return {_key(row): _level(row) for row in self.tables.storeys}

    @cached_property
    def _corners(self) -> dict[str, Floats]:
        """GlobalId -> triangles of everything that floor areas are made of."""
        rows = [row for row in self.tables.elements if _is(row, _COVERING)]
        wanted = {_key(row) for row in (*rows, *self.tables.spaces)}
        return {**self.shapes.corners(wanted), **self.space_shapes.corners(wanted)}

    def _space(self, row: Feature) -> SpaceArea:
        key, space = _key(row), row.properties
        storey = str(space.get("storey") or "")
        measured, by = self._measured(key, self._levels.get(storey))
        stated, stated_by = _stated(space, STATED, measured)
        kind = next((one for one in self.classes if one.fits(space)), _ACCOUNTABLE)
        return SpaceArea(key, storey, stated, stated_by, measured, by, kind.name, kind.is_usable)

    def _measured(self, key: str, floor: float | None) -> tuple[float | None, str]:
        corners = self._corners.get(key)
        if corners is None:
            return None, ""
        low, high = float(corners[:, :, 2].min()), float(corners[:, :, 2].max())
        level = max(low, floor if floor is not None and floor < high else low) + CUT_M
        if level < high and not (cut := self._section(key, level)).is_empty:
            return float(cut.area), "section"
        return float(outline_of(corners).shape.area), "footprint"

    def _storey(self, row: Feature) -> StoreyArea:
        key, level = _key(row), _level(row)
        outline, by = self._enclosed(row, level)
        stated, stated_by = _stated(row.properties, STOREY_STATED, None)
        by_class: dict[str, float] = defaultdict(float)
        own = [space for space in self.spaces.values() if space.storey == key and space.best is not None]
        for space in own:
            by_class[space.kind] += space.best or 0.0
        return StoreyArea(key, str(row.properties.get("name") or ""), level, outline, float(outline.area), by, stated, stated_by,
                          dict(by_class), sum(space.best or 0.0 for space in own if space.is_usable))

    def _enclosed(self, storey: Feature, level: float) -> tuple[BaseGeometry, str]:
        """The outline of a storey and of what it was made."""
        top = min((other for other in self._levels.values() if other > level + _STEP_M), default=np.inf)
        walls = _union(outline_of(part).on_grid for corners in self._standing(storey, level)
                       if len(part := clip_between(corners, level, float(top))))
        rooms = _union(self._room(_key(row), level) for row in self.tables.spaces if row.properties.get("storey") == _key(storey))
        slabs = _union(self._outline(_key(row)) for row in self.tables.elements
                       if row.properties.get("storey") == _key(storey) and _is(row, FLOORS))
        if walls.is_empty and rooms.is_empty:
            return (slabs, "slabs") if not slabs.is_empty else (_EMPTY, "")
        whole = _closed(shapely.union_all([walls, rooms]))
        holes = [hole for hole in _holes(whole) if slabs.is_empty or slabs.intersection(hole).area >= _COVERED * hole.area]
        said = " and ".join(name for name, made in (("walls", walls), ("spaces", rooms)) if not made.is_empty)
        return shapely.union_all([whole, *holes]), said

    def _standing(self, storey: Feature, level: float) -> Iterator[Floats]:
        """Triangles of what encloses a storey where it is cut: its own, and what reaches there from another one of the building."""
        for row in self.tables.elements:
            corners = self._corners.get(_key(row)) if _encloses(row) else None
            if corners is None or row.properties.get("building") != storey.properties.get("building"):
                continue
            own = self._levels.get(str(row.properties.get("storey") or ""))
            if own is not None and (own == level or abs(own - level) > _STEP_M) \
                    and corners[:, :, 2].min() < level + CUT_M < corners[:, :, 2].max():
                yield corners

    def _room(self, key: str, level: float) -> BaseGeometry:
        """A space where its storey is cut; its outline where it ends below."""
        if key not in self._corners:
            return _EMPTY
        cut = self._section(key, level + CUT_M)
        return self._outline(key) if cut.is_empty else cut

    def _section(self, key: str, level: float) -> BaseGeometry:
        """What a horizontal plane cuts out of an element; empty where it passes it."""
        solids: list[Solid] = []
        for shapes, number in self._bodies.get(key, ()):
            placement = shapes.placements[number]
            solid = solid_of(shapes.items[placement.item].mesh.placed(placement.matrix))
            if solid is None:
                return _cut(self._corners[key], level)
            solids.append(solid)
        return _area_in([np.asarray(ring) for ring in united(solids).held.slice(level).to_polygons()]) if solids else _EMPTY

    def _outline(self, key: str) -> BaseGeometry:
        corners = self._corners.get(key)
        if corners is None:
            corners = {**self.shapes.corners({key}), **self.space_shapes.corners({key})}.get(key)
        if corners is None:
            return _EMPTY
        if len(corners) > _EXACT_TRIANGLES:
            points: BaseGeometry = shapely.multipoints(corners.reshape(-1, 3)[:, :2])  # type: ignore[assignment]
            return shapely.convex_hull(points)
        return outline_of(corners).on_grid


def _cut(corners: Floats, level: float) -> BaseGeometry:
    """The area inside the lines in which triangles (m, 3, 3) meet a level; lines that do not close enclose none."""
    over = corners[:, :, 2] >= level
    chosen = corners[over.any(axis=1) & ~over.all(axis=1)]
    over = chosen[:, :, 2] >= level
    lone = np.argmax(over == (over.sum(axis=1) == 1)[:, None], axis=1)
    row, ends = np.arange(len(chosen)), []
    tip = chosen[row, lone]
    for step in (1, 2):
        other = chosen[row, (lone + step) % 3]
        share = (level - tip[:, 2]) / (other[:, 2] - tip[:, 2])
        ends.append((tip + (other - tip) * share[:, None])[:, :2])
    lines = np.stack(ends, axis=1)
    return _area_in([line for line in lines if not np.array_equal(line[0], line[1])], closed=False)


def _area_in(rings: Sequence[Floats], *, closed: bool = True) -> BaseGeometry:
    """The area between lines (k, 2), what lies in a ring in a ring left out."""
    paths = [np.concatenate([ring, ring[:1]]) if closed else ring for ring in rings if len(ring) > 1]
    if not paths:
        return _EMPTY
    lines = np.array([shapely.linestrings(path) for path in paths], dtype=object)
    return shapely.build_area(shapely.union_all(lines, grid_size=_GRID_M))


def _union(shapes: Iterable[BaseGeometry]) -> BaseGeometry:
    return shapely.union_all([shape for shape in shapes if not shape.is_empty], grid_size=_GRID_M)


def _closed(shape: BaseGeometry) -> BaseGeometry:
    """Without the gaps of some centimetres between walls and spaces."""
    return shapely.buffer(shapely.buffer(shape, _GAP_M, join_style="mitre"), -_GAP_M, join_style="mitre")


def _holes(shape: BaseGeometry) -> list[BaseGeometry]:
    """The regions that a shape encloses without filling them; what stands in a court is not part of the court."""
    filled = shapely.union_all([shapely.Polygon(part.exterior) for part in shapely.get_parts(shape)])
    return [part for part in shapely.get_parts(shapely.difference(filled, shape)) if part.area > 0]


def _stated(row: Mapping[str, Any], names: Sequence[str], near: float | None) -> tuple[float | None, str]:
    """The area that a row states and where: the one of these names that is nearest to what was measured, else the first."""
    held = [(float(values[name]), f"{group}.{name}") for name in names for group, values in (row.get("quantities") or {}).items()
            if isinstance(values.get(name), (int, float)) and not isinstance(values.get(name), bool)]
    if not held:
        return None, ""
    return held[0] if near is None else min(held, key=lambda one: abs(one[0] - near))


def _key(row: Feature) -> str:
    return str(row.properties["global_id"])


def _level(row: Feature) -> float:
    return float(row.properties.get("elevation") or 0.0)


def _encloses(row: Feature) -> bool:
    return _is(row, ENCLOSING) or (row.properties.get("part_of") or {}).get("class") == "IfcCurtainWall"


def _is(row: Feature, classes: Sequence[str]) -> bool:
    return any(fnmatchcase(str(row.properties.get("ifc_class", "")), name) for name in classes)
