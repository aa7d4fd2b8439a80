"""True north against the axes of the map conversion: two statements of one angle."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from bim.finding import Finding
from bim.georeference.carrier import Carrier
from bim.georeference.site import grid_azimuth_deg, stated_true_north
from bim.ifc import Model
from csdi.errors import CrsError

_TOLERANCE_DEG = 0.25
"""Grid and true north differ by less than this in Hong Kong; a smaller disagreement is one of rounding or of naming."""


def turn_between(model: Model, code: str, affine: NDArray[np.float64], place: NDArray[np.float64]) -> float | None:
    """Degrees by which TrueNorth, carried by the operation, misses true north; clockwise positive, None where it is not stated.

    Args:
        affine: (4, 4) model frame metres to east, north, height in metres.
        place: (3,) easting, northing, height of the content, metres.
    """
    stated = stated_true_north(model)
    if stated is None:
        return None
    east, north = affine[:2, :2] @ np.array(stated)
    try:
        expected = -grid_azimuth_deg(code, float(place[0]), float(place[1]))
    except CrsError:
        return None
    return _wrapped(math.degrees(math.atan2(east, north)) - expected)


def north_findings(model: Model, carrier: Carrier, code: str, affine: NDArray[np.float64], place: NDArray[np.float64]) -> list[Finding]:
    """What the two angles tell: nothing, a turned sign, swapped components, or an unexplained disagreement."""
    off = turn_between(model, code, affine, place)
    if off is None or abs(off) <= _TOLERANCE_DEG:
        return []
    turn = math.degrees(math.atan2(affine[1, 0], affine[0, 0]))
    x, y = stated_true_north(model) or (0.0, 1.0)
    measured = f"x axis turned {turn:.3f} deg from east, TrueNorth ({x:.6f}, {y:.6f})"
    data = {"degrees": round(off, 6)}
    if abs(_wrapped(off + 2 * turn)) <= _TOLERANCE_DEG:  # turning the sign of the angle takes the residual away
        return [Finding("GEO-037", "error", f"the rotation has the wrong sign: TrueNorth is {abs(off):.3f} deg off, and agrees when the "
                        "map conversion turns the other way", carrier.subject, measured, f"x axis turned {-turn:.3f} deg from east",
                        "turn the sign of XAxisOrdinate; if the map conversion was surveyed, turn the sign of TrueNorth's x", data)]
    if abs(_wrapped(off - (90.0 - 2 * turn))) <= _TOLERANCE_DEG:
        return [Finding("GEO-038", "error", f"the components of the x axis are swapped: TrueNorth is {abs(off):.3f} deg off, and agrees "
                        "when they are exchanged", carrier.subject, measured, f"x axis turned {90.0 - turn:.3f} deg from east",
                        "exchange XAxisAbscissa (east) and XAxisOrdinate (north)", data)]
    default = abs(x) < 1e-9 and y > 0
    message = f"TrueNorth misses the north of the map conversion by {abs(off):.3f} deg" + (": it is at its default" if default else "")
    return [Finding("GEO-011", "note" if default else "warning", message, carrier.subject, measured, "within 0.25 deg",
                    "set TrueNorth from the map conversion's x axis and the grid convergence; it does not place the model", data)]


def _wrapped(angle: float) -> float:
    return (angle + 180.0) % 360.0 - 180.0
