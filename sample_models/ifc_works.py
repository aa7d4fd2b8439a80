"""Construction works beside the south runway, IFC4, metres: two tower cranes, one of which sweeps into the approach surface.

It is a submission, not a part of the site: the crane that stands too high does so by a known amount, and only while its jib
turns towards the runway; the other passes just below.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from sample_models.gis_earthworks import finished
from sample_models.gis_runways import Band, threshold_mpd
from sample_models.ifc_data import asset, boolean, calendar_day, label
from sample_models.ifc_georef import Georeference
from sample_models.ifc_shapes import Shapes
from sample_models.ifc_step import enum, typed
from sample_models.ifc_writer import Model, Spatial
from sample_models.layout import AXIS_BEARING_DEG, Frame, Layout, Point

WORKS = "construction-works"
APPROACH_SLOPE, APPROACH_BEGINS_M = 0.02, 60.0
"""Of the first section of the approach surface of a precision approach runway, ICAO Annex 14 Volume I, Table 4-1."""
_BEYOND_M, _ASIDE_M = 1292.0, 290.0
"""Of the masts from the end of the runway and from its axis: beside the take-off climb surface, and where a step of the stepped height
limits begins, so that these are no lower there than the approach surface."""
_JIB_M, _COUNTER_JIB_M, _MAST_M = 30.0, 12.0, 2.0
_DAYS = (date(2026, 9, 1), date(2027, 6, 30))


@dataclass(frozen=True, slots=True)
class KnownCrane:
    """A crane of the works.

    Attributes:
        key: its tag.
        mast: (E, N) of its mast, EPSG:2326.
        base_mpd, top_mpd: foot of the mast and top of the jib.
        depth_m: how far the swept jib stands above the approach surface; negative where it stays below.
        nearest: (E, N) of the jib's tip when it points at the runway.
    """

    key: str
    mast: Point
    base_mpd: float
    top_mpd: float
    depth_m: float
    nearest: Point
    radius_m: float = _JIB_M


def known_cranes(layout: Layout) -> tuple[KnownCrane, ...]:
    """The two cranes beyond the eastern end of the south runway, where the approach surface is the lowest."""
    band = Band(layout.runways[2])
    return (_crane(band, "TC-1", _ASIDE_M, 0.5), _crane(band, "TC-2", -_ASIDE_M, -0.1))


def write_submissions(folder: Path, scale: float = 1.0) -> list[Path]:
    """Writes the models that are handed in for checking into `folder` (made if absent); same scale, same bytes.

    Raises:
        ValueInvalid: `scale` is out of range.
    """
    layout = Layout(scale)
    folder.mkdir(parents=True, exist_ok=True)
    return [write_works(folder / f"{WORKS}.ifc", layout).step.path]


def write_works(path: Path, layout: Layout) -> Model:
    """Writes the construction works to `path`; the model id is the stem."""
    cranes = known_cranes(layout)
    middle = Band(layout.runways[2]).point(Band(layout.runways[2]).length_m + _BEYOND_M)
    with Model(path, "IFC4", path.stem, ("Construction works", "建築工程"), Georeference(Frame(middle, AXIS_BEARING_DEG), 0.0)) as model:
        building = model.building("works", ("Construction works", "建築工程"), (0.0, 0.0, 0.0), 0.0)
        ground = model.storey(building, "ground", ("Ground", "地面"), 0.0)
        for crane in cranes:
            _write(model, Shapes(model), ground, crane)
    return model


def _crane(band: Band, key: str, across_m: float, depth_m: float) -> KnownCrane:
    beyond = _BEYOND_M + band.runway.displaced_m
    mast = band.point(band.length_m + _BEYOND_M, across_m)
    nearest = band.point(band.length_m + _BEYOND_M - _JIB_M, across_m)
    limit = threshold_mpd(band.runway.designators[1]) + APPROACH_SLOPE * (beyond - _JIB_M - APPROACH_BEGINS_M)
    base = round(float(finished(*np.array([mast]).T)[0]), 3)
    return KnownCrane(key, mast, base, limit + depth_m, depth_m, nearest)


def _write(model: Model, shapes: Shapes, ground: Spatial, crane: KnownCrane) -> None:
    """Its jib is parked away from the runway."""
    x, y = model.georeference.to_model(*crane.mast)
    height = crane.top_mpd - crane.base_mpd
    jib = shapes.box((_JIB_M + _COUNTER_JIB_M, 1.2, 1.2), ((_JIB_M - _COUNTER_JIB_M) / 2, 0.0, height - 1.2), "marking")
    mast = shapes.box((_MAST_M, _MAST_M, height), (0.0, 0.0, 0.0), "steel")
    ref = model.element("IFCTRANSPORTELEMENT", f"crane/{crane.key}", f"Tower crane {crane.key} 塔式起重機",
                        model.place(ground.placement, x, y, crane.base_mpd), shapes.product(mast, jib), enum("USERDEFINED"),
                        storey=ground, object_type="TOWER CRANE", tag=crane.key)  # fmt: skip
    start, end = _DAYS
    model.properties("CSDI_Crane", {
        "JibRadius": typed("IFCPOSITIVELENGTHMEASURE", model.length(crane.radius_m)),
        "JibHeight": typed("IFCPOSITIVELENGTHMEASURE", model.length(height)),
        "CraneType": label("Saddle jib tower crane"), "ObstacleLight": boolean(True),
        "StartDate": calendar_day(model, start), "EndDate": calendar_day(model, end)}, ref)  # fmt: skip
    asset(model, f"CW-CRN-0{crane.key[-1]}", int(crane.key[-1]), ref)
