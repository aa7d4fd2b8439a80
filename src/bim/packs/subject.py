"""What a rule can look at: one model as it was read, and the layers of the site around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bim.georeference import HK_GRID, HKPD, Georeference
from bim.ifc import Model
from bim.scan import Scan
from bim.shapes import Shapes
from bim.tables import ModelTables
from csdi.extent import BBox
from csdi.feature import Feature

Floats = NDArray[np.float64]


class Ground(Protocol):
    """The GIS layers of a site."""

    def layer(self, id: str, box: BBox | None = None, /) -> Sequence[Feature] | None:
        """Features of a Collection as it is published, geometry in HK1980 Grid (east, north) and, with z, mPD, metres.

        Args:
            box: only what meets it; CRS of its own.

        None where there is no such Collection.
        """
        ...

    def heights(self, id: str, places: Floats, /) -> Floats | None:
        """Heights (n,) in mPD of a terrain Coverage at places (n, 2) east, north of HK1980 Grid; NaN where it has none.

        None where there is no such Coverage.
        """
        ...


class NoGround:
    """A site without layers: what needs one is not checked."""

    def layer(self, _id: str, _box: BBox | None = None, /) -> Sequence[Feature] | None:
        """None: there is none."""
        return None

    def heights(self, _id: str, _places: Floats, /) -> Floats | None:
        """None: there is none."""
        return None


@dataclass(frozen=True)
class Subject:
    """One model under judgement.

    Attributes:
        tables: its rows.
        shapes, space_shapes: meshes in the model's frame, metres; None where geometry was not asked for or did not come.
        georeference: where it lies; None where that was not asked for.
        ground: the layers around it.
        changed: GlobalIds of what is not as it was in the version before; None where all is new.
    """

    scan: Scan
    model: Model
    tables: ModelTables
    shapes: Shapes | None = None
    space_shapes: Shapes | None = None
    georeference: Georeference | None = None
    ground: Ground = field(default_factory=NoGround)
    changed: frozenset[str] | None = None

    @property
    def schema(self) -> str:
        """The schema that the model is read as."""
        return self.model.schema

    @cached_property
    def is_on_grid(self) -> bool:
        """Whether `georeference` gives HK1980 Grid east and north, and mPD."""
        place = self.georeference
        return place is not None and place.crs == HK_GRID and place.vertical_crs == HKPD

    @cached_property
    def rows(self) -> dict[str, Feature]:
        """GlobalId -> row of everything but types."""
        return {str(row.properties["global_id"]): row for part, rows in self.tables.parts.items() if part != "types" for row in rows}
