"""The Findings of a resolution: what is wrong with the statements of place, and the cure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bim.finding import Finding
from bim.georeference.candidate import Candidate, shown
from bim.georeference.carrier import Carrier
from bim.georeference.hypotheses import HK_GRID
from bim.ifc import Model

_DISAGREE_M = 100.0
"""A site position that nothing explains is told from this distance on."""


def perhaps(finding: Finding) -> Finding:
    """A fault that would explain the numbers, but that nothing proves."""
    return replace(finding, severity="warning", message=f"perhaps {finding.message}")


def against_said(one: Candidate) -> str:
    """The witnesses that speak against a candidate, as one clause."""
    return "; ".join(a.said for a in one.agreements if not a.agrees)


def against_witness(one: Candidate) -> Finding:
    """A place that a witness contradicts."""
    worst = max((a for a in one.agreements if not a.agrees), key=lambda a: a.distance_m)
    return Finding("GEO-021", "error", f"the {one.carrier.kind.value} puts the model {worst.distance_m:.0f} m from {worst.witness.label}",
                   one.carrier.subject, f"{worst.distance_m:.1f} m", f"within {worst.tolerance_m:.0f} m",
                   "check the map conversion against the site, or the witness", {"distance_m": round(worst.distance_m, 3)})


def unexplained(one: Candidate) -> list[Finding]:
    """Witnesses of the file itself that no usual mistake reconciles with what was taken."""
    found = []
    for a in one.agreements:
        if a.agrees or a.distance_m < _DISAGREE_M:
            continue
        site = a.witness.kind == "site_position"
        found.append(Finding("GEO-010" if site else "GEO-021", "warning",
                             f"the {one.carrier.kind.value} puts the model {a.distance_m:.0f} m from "
                             + ("the site's latitude and longitude" if site else a.witness.label),
                             a.witness.subject, f"{a.distance_m:.0f} m", f"under {_DISAGREE_M:.0f} m",
                             "correct RefLatitude and RefLongitude of the site" if site else "correct the one that is wrong",
                             {"distance_m": round(a.distance_m, 3)}))
    return found


def operations_differ(tried: Sequence[tuple[Carrier, Candidate]]) -> Finding:
    """Coordinate operations that place the content differently."""
    first = tried[0][1]
    worst = max((one for _, one in tried[1:]), key=first.distance_m)
    distance = first.distance_m(worst)
    return Finding("GRF-001", "error", f"two coordinate operations disagree by {distance:.3f} m", worst.carrier.subject,
                   f"{distance:.3f} m", "identical operations in all contexts", "give every context the same coordinate operation",
                   {"distance_m": round(distance, 6), "first": first.carrier.subject})


def outside(carrier: Carrier, where: NDArray[np.float64]) -> Finding:
    """A place (easting, northing, height in metres) where the CRS is not used."""
    return Finding("GEO-002", "error", f"the {carrier.kind.value} puts the model outside the area of use of {shown(carrier.crs)}",
                   carrier.subject, f"E {where[0]:.3f}, N {where[1]:.3f}", f"a place in {shown(carrier.crs)}",
                   "check CRS, units, and the order of eastings and northings")


def assumed_grid(carrier: Carrier, code: str) -> Finding:
    """Coordinates without a CRS that were taken."""
    return Finding("GEO-003", "warning", "the coordinates lie in Hong Kong's range, but the file names no CRS; HK1980 Grid is assumed"
                   if code == HK_GRID else f"the file names no CRS; {code} is assumed, because it agrees with the witnesses",
                   carrier.subject, "", f"IfcMapConversion to {code}",
                   f"add a map conversion to {code}; swapped east and north cannot be ruled out")


def assumed_hkpd(carrier: Carrier) -> Finding:
    """Heights without a datum that were taken as HKPD."""
    return Finding("GEO-007", "warning", "the file names no height datum; HKPD (EPSG:5738) is assumed in Hong Kong", carrier.subject,
                   "", "EPSG:5738", "set VerticalDatum of the projected CRS to EPSG:5738")


def unplaced(model: Model, reasons: Sequence[str]) -> Finding:
    """A model without a place, and the last reason for it."""
    why = reasons[-1] if reasons else "the file carries no coordinate operation, no position in a known range, no site position"
    return Finding("GEO-001", "warning", f"the model cannot be placed: {why}", model.name, "", "IfcMapConversion and IfcProjectedCRS",
                   "export with a map conversion to EPSG:2326 and HKPD heights")


def shift_somewhere(plain: Candidate, shifted: Candidate) -> Finding:
    """Map conversion and site position differ by exactly the datum shift: one of the two lacks it, and nothing says which."""
    (finding,) = [f for f in shifted.reading.findings if f.code == "GEO-032"]
    vector = finding.data
    return Finding(
        "GEO-032", "error", "the map conversion and the site's latitude and longitude differ by the datum shift "
        f"({vector['east_m']:+.1f} m east, {vector['north_m']:+.1f} m north): one of the two lacks it", plain.carrier.subject,
        finding.measured, finding.expected, "recompute Eastings and Northings with the datum shift (in Hong Kong EPSG:1825); if they "
        "were surveyed in the grid, RefLatitude and RefLongitude are HK1980 (EPSG:4611) values: turn them into WGS 84", vector)
