"""Height grids: writing GTX, and installing an official grid after it has been checked against a published point."""

from __future__ import annotations

import csv
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csdi.crs.heights import HeightModel
from csdi.errors import FileBroken, OutsideAreaOfUse, PathMissing, ValueInvalid

OFFICIAL_POINT = (114.14118, 22.32224)
"""Longitude and latitude (WGS 84, degrees) where LandsD's service gives both heights."""
OFFICIAL_UNDULATION_M = -2.881
"""Ellipsoidal height minus HKPD height there, metres (23.128 m against 26.009 mPD)."""

_TOLERANCE_M = 0.3
_TERRITORY = tuple((lon, lat) for lon in (113.83, 114.0, 114.17, 114.43) for lat in (22.16, 22.3, 22.44, 22.55))


@dataclass(frozen=True, slots=True)
class InstalledGrid:
    """An installed height grid.

    Attributes:
        path: where it lies now.
        setting: value of `CSDI_HEIGHT_MODEL` that uses it.
        off_m: undulation at the official point minus the published one, metres.
        coverage: share of the territory's sample points that lie on the grid, 0 to 1.
    """

    path: Path
    setting: str
    off_m: float
    coverage: float

    def to_dict(self) -> dict[str, Any]:
        """JSON-compatible form."""
        return {"path": str(self.path), "setting": self.setting, "off_m": round(self.off_m, 4),
                "coverage": round(self.coverage, 3)}


def install_grid(file: Path, folder: Path, *, uncertainty_m: float | None = None) -> InstalledGrid:
    """Put a grid of HKPD undulations (GTX, GeoTIFF, or CSV with lon, lat, undulation) into `folder`, checked.

    Raises:
        PathMissing: there is no such file.
        FileBroken: a CSV that is no regular grid.
        ValueInvalid: PROJ cannot read it, or it is not the undulation of HKPD.
    """
    if not file.is_file():
        raise PathMissing(f"{file} does not exist", remedy="give the path of a GTX, GeoTIFF or CSV grid", file=str(file))
    folder.mkdir(parents=True, exist_ok=True)
    target = folder.absolute() / (file.stem + ".gtx" if file.suffix.lower() == ".csv" else file.name)
    draft = target.with_name("unchecked-" + target.name)
    try:
        _copy(file, draft)
        off_m, coverage = _checked(HeightModel.parse(f"grid:{draft}"), file)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    stated = "" if uncertainty_m is None else f"?uncertainty={uncertainty_m:g}"
    return InstalledGrid(target, f"grid:{target}{stated}", off_m, coverage)


def gtx(undulation_m: NDArray[np.float64], west_deg: float, south_deg: float, step_deg: tuple[float, float]) -> bytes:
    """A height grid in the GTX format: south, west, steps, rows and columns, then the rows from south to north.

    Args:
        undulation_m: (rows, columns) float64, metres, first row in the south, first column in the west.
        west_deg: longitude of the first column.
        south_deg: latitude of the first row.
        step_deg: distance of the nodes in longitude and in latitude.
    """
    header = np.array([south_deg, west_deg, step_deg[1], step_deg[0]], ">f8").tobytes()
    return header + np.array(undulation_m.shape, ">i4").tobytes() + undulation_m.astype(">f4").tobytes()


def _copy(file: Path, draft: Path) -> None:
    if file.suffix.lower() == ".csv":
        draft.write_bytes(_gtx_of_csv(file))
    else:
        shutil.copyfile(file, draft)


def _gtx_of_csv(file: Path) -> bytes:
    with file.open(newline="", encoding="utf-8-sig") as lines:
        rows = [row for row in csv.reader(lines) if row]
    try:
        table = np.array([[float(value) for value in row[:3]] for row in rows[1:]])
        lon, lat = np.unique(table[:, 0]), np.unique(table[:, 1])
        steps = (_step(lon), _step(lat))
    except (ValueError, IndexError):
        raise _no_grid(file) from None
    if lon.size * lat.size != len(table):
        raise _no_grid(file)
    order = np.lexsort((table[:, 0], table[:, 1]))
    return gtx(table[order, 2].reshape(lat.size, lon.size), float(lon[0]), float(lat[0]), steps)


def _step(nodes: NDArray[np.float64]) -> float:
    steps = np.diff(nodes)
    if not np.allclose(steps, steps[0], rtol=1e-3):
        raise ValueError("nodes are not evenly spaced")
    return float((nodes[-1] - nodes[0]) / (nodes.size - 1))


def _no_grid(file: Path) -> FileBroken:
    return FileBroken(f"{file} is no regular grid of longitude, latitude and undulation",
                      remedy="give a header line, then lon,lat,undulation in degrees and metres for every node", file=str(file))


def _checked(model: HeightModel, file: Path) -> tuple[float, float]:
    """How far the grid is from the official point, and how much of the territory it covers."""
    try:
        off_m = float(model.undulation(*OFFICIAL_POINT)) - OFFICIAL_UNDULATION_M
    except OutsideAreaOfUse:
        raise ValueInvalid(f"{file} does not reach 22.32224 N 114.14118 E, the official check point",
                           remedy="give a grid that covers Hong Kong", file=str(file)) from None
    if abs(off_m) > _TOLERANCE_M:
        raise ValueInvalid(
            f"{file} is {off_m:+.3f} m off at the official check point, where h minus HKPD is {OFFICIAL_UNDULATION_M} m",
            remedy="give undulations of HKPD (ellipsoidal height minus HKPD), not of a global geoid or with the other sign",
            file=str(file), off_m=off_m)
    return off_m, sum(_reaches(model, lon, lat) for lon, lat in _TERRITORY) / len(_TERRITORY)


def _reaches(model: HeightModel, lon: float, lat: float) -> bool:
    try:
        model.undulation(lon, lat)
    except OutsideAreaOfUse:
        return False
    return True
