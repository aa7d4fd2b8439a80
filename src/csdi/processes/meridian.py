"""Polygons across the antimeridian: cut there, as GeoJSON wants them (RFC 7946, 3.1.9)."""

from __future__ import annotations

import numpy as np
import shapely

from csdi.errors import OutsideAreaOfUse
from csdi.processes.plane import Shapes


def whole(lonlat: Shapes, middle: float) -> Shapes:
    """The same areas with every longitude in -180..180 and nothing drawn around the Earth the wrong way.

    Args:
        lonlat: (n,) geometries, longitude and latitude in degrees; vertices beyond 180 degrees may have come back wrapped.
        middle: a longitude that they lie around, less than 90 degrees away.

    Raises:
        OutsideAreaOfUse: one reaches around a pole, where longitudes have no order.
    """
    if abs(middle) < 90:
        return lonlat
    unwrapped = shapely.transform(lonlat, lambda xy: np.column_stack([middle + (xy[:, 0] - middle + 180) % 360 - 180, xy[:, 1]]))
    boxes = shapely.bounds(unwrapped)
    if (boxes[:, 2] - boxes[:, 0] > 180).any():
        raise OutsideAreaOfUse("an area reaches around a pole", remedy="use a smaller distance")
    crossing = (boxes[:, 0] < -180) | (boxes[:, 2] > 180)
    if not crossing.any():
        return np.asarray(unwrapped, dtype=object)
    found = np.asarray(unwrapped, dtype=object).copy()
    parts = [_window(found[crossing], turn) for turn in (-360, 0, 360)]
    found[crossing] = shapely.union_all(np.array(parts, dtype=object), axis=0)
    return found


def _window(shapes: Shapes, turn: float) -> Shapes:
    """What lies in the world that is `turn` degrees of longitude away, brought here."""
    cut = shapely.intersection(shapes, shapely.box(-180 + turn, -90, 180 + turn, 90))
    return np.asarray(shapely.transform(cut, lambda xy: xy - [turn, 0]), dtype=object)
