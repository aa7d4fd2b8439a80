"""Makes `csdi/data/hk_egm96.gtx` from the public EGM96 undulations: `python -m csdi.crs.make_hk_grid`."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from csdi.crs.grids import gtx

WEST_DEG, SOUTH_DEG, STEP_DEG = 113.5, 22.0, 0.25

EGM96_UNDULATION_M = (
    (-4.185, -3.194, -2.269, -1.505, -0.745, 0.174),
    (-4.595, -3.639, -2.678, -1.818, -1.019, -0.181),
    (-4.975, -4.071, -3.109, -2.162, -1.277, -0.450),
    (-5.356, -4.489, -3.561, -2.586, -1.626, -0.744),
)
"""EGM96 geoid above WGS 84, metres, to the millimetre of NGA's published 15-minute grid.

Rows from 22.00 N to 22.75 N, columns from 113.50 E to 114.75 E, both every 0.25 degrees.
"""


def main(target: Path) -> None:
    """Write the grid of this module to `target`."""
    target.write_bytes(gtx(np.array(EGM96_UNDULATION_M), WEST_DEG, SOUTH_DEG, (STEP_DEG, STEP_DEG)))


if __name__ == "__main__":
    default = Path(__file__).parents[1] / "data" / "hk_egm96.gtx"
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else default)
