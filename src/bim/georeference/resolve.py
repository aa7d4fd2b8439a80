"""Choosing where a Model lies: carriers in order of strength, each reading tested against areas of use and witnesses.

The file's own words are taken where they lie in the CRS's area of use and no witness speaks against them. Otherwise the
usual mistakes are tried. A repair is taken only where a second, independent witness agrees with it (a repair of units, or
of a double offset, proves itself); several equally good ones are no answer but ranked candidates.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bim.finding import Finding
from bim.georeference.candidate import Candidate, candidate, in_area_of_use, ranked, shown
from bim.georeference.carrier import ACCURACY, Carrier, Kind
from bim.georeference.collect import collect
from bim.georeference.content import FARTHEST_M, content_of
from bim.georeference.disagreement import Disagreement, disagreements
from bim.georeference.faults import (
    against_said,
    against_witness,
    assumed_grid,
    assumed_hkpd,
    operations_differ,
    outside,
    perhaps,
    shift_somewhere,
    unexplained,
    unplaced,
)
from bim.georeference.hypotheses import HK_GRID, HK_WINDOW, hypotheses
from bim.georeference.levels import HKPD, level_findings
from bim.georeference.north import north_findings
from bim.georeference.reading import Reading
from bim.georeference.rules import judge
from bim.georeference.witness import Witness, in_hong_kong, witnesses_in
from bim.ifc import Model, is_instance, value_of
from bim.units import Units, project_units
from csdi.crs import crs

_SAME_PLACE_M = 5.0
_SHOWN = 12
_PRECISE_M = 3000.0


@dataclass(frozen=True, slots=True)
class Georeference:
    """Where a Model lies, and how that was found.

    Attributes:
        crs: code of the horizontal CRS, "" if the model cannot be placed.
        vertical_crs: code of the height datum, "" if it is not known.
        affine: (4, 4) float64, model frame metres to easting, northing, height, all in metres; identity if unplaced.
        level: LoGeoRef level of the carrier that was taken, 0 if none.
        accuracy_class: design, approximate or unknown; "" if unplaced.
        method: kind of the carrier that was taken.
        reasons: the steps of the decision, one sentence each.
        candidates: where the model could lie, best first; the first one is what was taken, if anything was.
        disagreements: metres and degrees between each two carriers.
        rules: verdicts of the GRF rules: pass, fail, na.
    """

    crs: str
    vertical_crs: str
    affine: NDArray[np.float64]
    level: int = 0
    accuracy_class: str = ""
    method: str = ""
    reasons: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    carriers: tuple[Carrier, ...] = field(default=(), repr=False)
    candidates: tuple[Candidate, ...] = field(default=(), repr=False)
    disagreements: tuple[Disagreement, ...] = ()
    rules: dict[str, str] = field(default_factory=dict)
    witnesses: tuple[Witness, ...] = field(default=(), repr=False)

    @property
    def placed(self) -> bool:
        """Whether the model has a place on Earth."""
        return bool(self.crs)

    @property
    def has_hkpd_heights(self) -> bool:
        """Whether heights after `affine` are mPD."""
        return self.vertical_crs == HKPD

    def to_crs(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points (n, 3) of the model frame, metres, in the CRS: east and north in its unit, height in metres."""
        moved = points @ self.affine[:3, :3].T + self.affine[:3, 3]
        if self.crs:
            moved[:, :2] /= crs(self.crs).unit_to_metre
        return moved

    def to_dict(self) -> dict[str, Any]:
        """The JSON form; `read` takes it back."""
        return {
            "crs": self.crs, "vertical_crs": self.vertical_crs, "affine": self.affine.tolist(), "level": self.level,
            "accuracy_class": self.accuracy_class, "method": self.method, "reasons": list(self.reasons),
            "candidates": [one.to_dict() for one in self.candidates],
            "carriers": [carrier.to_dict() for carrier in self.carriers],
            "witnesses": [witness.to_dict() for witness in self.witnesses],
            "disagreements": [one.to_dict() for one in self.disagreements],
            "rules": self.rules,
            "findings": [finding.to_dict() for finding in self.findings],
        }

    @classmethod
    def read(cls, data: dict[str, Any]) -> Georeference:
        """What `to_dict` wrote, without its carriers, candidates and witnesses."""
        return cls(data["crs"], data["vertical_crs"], np.array(data["affine"], dtype=np.float64), data["level"],
                   data["accuracy_class"], data["method"], tuple(data["reasons"]),
                   tuple(Finding(**finding) for finding in data["findings"]), rules=data.get("rules", {}))


def resolve(model: Model, content: NDArray[np.float64] | None = None, witnesses: Sequence[Witness] = ()) -> Georeference:
    """The place of the model.

    Args:
        content: (2, 3) lowest and highest corner of its shapes, model frame metres; estimated from the points of its
            products where it is None.
        witnesses: what the submitter says of the place (`read_witness`); nothing is placed against one.
    """
    units = project_units(model)
    box = content if content is not None and (np.abs(content) <= FARTHEST_M).all() else content_of(model, units.length)
    return _Resolution(model, units, box, witnesses).result()


class _Resolution:
    """One model on its way to a place."""

    def __init__(self, model: Model, units: Units, box: NDArray[np.float64], witnesses: Sequence[Witness]) -> None:
        self._model, self._units, self._box = model, units, box
        self._carriers = collect(model, units)
        self._witnesses = [*witnesses, *witnesses_in(model, self._carriers)]
        self._reasons: list[str] = []
        self._candidates: list[Candidate] = []
        self._judged = judge(model, units)
        self._findings = [*(f for c in self._carriers for f in c.findings), *self._judged.findings]

    def result(self) -> Georeference:
        quarrel = self._quarrel()
        for carrier in self._carriers:
            if carrier.is_operation and carrier.subject in quarrel:
                continue
            taken = self._taken(carrier)
            if taken is not None:
                return self._placed(taken)
        if not any(f.code == "GEO-001" for f in self._findings):
            self._findings.append(unplaced(self._model, self._reasons))
        return self._georeference()

    def _taken(self, carrier: Carrier) -> Candidate | None:
        """What this carrier says, repaired if need be; None when it does not place the model."""
        if carrier.kind in (Kind.PLACEMENT, Kind.WORLD_COORDINATE_SYSTEM) and carrier.readings:
            return self._of_placement(carrier)
        plain = self._first_inside(carrier)
        if plain is not None and not self._against(plain):
            self._say(plain)
            self._candidates.insert(0, plain)
            return plain
        return self._repaired(carrier, plain)

    def _first_inside(self, carrier: Carrier) -> Candidate | None:
        if not carrier.readings:
            self._reasons.append(f"{carrier.kind.value}: not used, {carrier.problem}")
        for reading in carrier.readings:
            one = self._candidate(carrier, reading)
            if one.inside:
                return one
            self._reasons.append(f"{carrier.kind.value}: {reading.label} is not possible, {one.said}")
        return None

    def _repaired(self, carrier: Carrier, plain: Candidate | None) -> Candidate | None:
        """The plain reading does not do, or a witness speaks against it: what mistake explains that?"""
        tried = [self._candidate(carrier, reading) for reading in self._hypotheses(carrier)]
        inside = [one for one in tried if one.inside and _plausible(one)]
        fits = [one for one in inside if one.agreements and not self._against(one)]
        best = _cheapest(fits)
        if plain is not None:
            return self._doubted(plain, best)
        if not fits:
            best = _cheapest([one for one in inside if not one.reading.witnessed and not self._against(one)])
        if len(best) == 1:
            return self._accept(best[0])
        self._refuse(carrier, ranked(fits or [one for one in inside if not self._against(one)]))
        return None

    def _doubted(self, plain: Candidate, best: list[Candidate]) -> Candidate | None:
        """The file's own words are possible, but a witness speaks against them."""
        stated = [a for a in plain.agreements if a.witness.stated and not a.agrees]
        shifts = [one for one in best if any(f.code == "GEO-032" for f in one.reading.findings)]
        only_site = all(a.witness.kind == "site_position" for one in best for a in one.agreements)
        if best and shifts == best and only_site and len({f.code for f in best[0].reading.findings}) == 1:
            return self._shift_somewhere(plain, best[0])
        if len(best) == 1:
            return self._accept(best[0], after=plain)
        if stated or len(best) > 1:
            self._candidates += [plain, *best]
            self._findings.append(against_witness(plain))
            self._say(plain, f"refused: {against_said(plain)}")
            return None
        self._say(plain, against_said(plain))
        self._findings += unexplained(plain)
        self._candidates.insert(0, plain)
        return plain

    def _shift_somewhere(self, plain: Candidate, shifted: Candidate) -> Candidate:
        """Map conversion and site position differ by exactly the datum shift: one of the two lacks it, and nothing says which."""
        self._findings.append(shift_somewhere(plain, shifted))
        self._say(plain, "the site's position is a datum shift away")
        self._candidates[:0] = [plain, shifted]
        return plain

    def _accept(self, one: Candidate, after: Candidate | None = None) -> Candidate:
        self._say(one, ", ".join(a.said for a in one.agreements if a.agrees))
        self._candidates[:0] = [one, *([after] if after else [])]
        return one

    def _refuse(self, carrier: Carrier, found: list[Candidate]) -> None:
        """Nothing is guessed: the candidates are told, and what would be wrong with the file for the best of them."""
        self._candidates += found[:_SHOWN]
        where = self._candidate(carrier, carrier.readings[0]).place if carrier.readings else None
        if where is not None:
            self._findings.append(outside(carrier, where))
        self._findings += [perhaps(f) for one in _cheapest(found) for f in one.reading.findings]
        if found:
            self._say(found[0], "would be possible; no witness proves it")

    def _of_placement(self, carrier: Carrier) -> Candidate | None:
        """Coordinates without a CRS are taken as HK1980 Grid if they lie in Hong Kong and no witness objects."""
        plain = self._candidate(carrier, carrier.readings[0], HK_GRID)
        west, south, east, north = HK_WINDOW
        inside = west <= plain.place[0] <= east and south <= plain.place[1] <= north
        if inside and not self._against(plain):
            self._say(plain, "in Hong Kong; the file names no CRS")
            self._candidates.insert(0, plain)
            return plain
        if inside:
            self._reasons.append(f"{carrier.kind.value}: in Hong Kong's window, but {against_said(plain)}")
            self._findings.append(against_witness(plain))
            self._candidates.append(plain)
        tried = [self._candidate(carrier, reading) for reading in self._hypotheses(carrier)]
        fits = [one for one in tried if one.inside and one.agreements and not self._against(one)]
        best = _cheapest(fits)
        if len(best) == 1:
            self._findings = [f for f in self._findings if f.code != "GEO-021"]
            return self._accept(best[0])
        self._candidates += ranked(fits)[:_SHOWN]
        return None

    def _quarrel(self) -> set[str]:
        """Subjects of operations that disagree with each other and that no witness tells apart."""
        operations = [c for c in self._carriers if c.is_operation and c.readings]
        tried = [(c, self._candidate(c, c.readings[0])) for c in operations]
        if len({_rounded(one) for _, one in tried}) < 2:
            return set()
        stated = (value_of(one, "ContextOfItems") for one in self._model.of("IfcShapeRepresentation"))
        used = {one.id() for one in stated if is_instance(one)}
        used |= {parent.id() for context in used - {0} if is_instance(parent := value_of(self._model.by_id(context), "ParentContext"))}
        for keep in ([c for c, one in tried if one.inside and one.agreements and not self._against(one)],
                     [c for c, _ in tried if c.context in used]):
            if keep and len({_rounded(self._candidate(c, c.readings[0])) for c in keep}) == 1:
                self._reasons.append(f"several coordinate operations; taken: {keep[0].subject}")
                self._findings.append(operations_differ(tried))
                return {c.subject for c, _ in tried if c not in keep}
        self._findings += [operations_differ(tried), unplaced(self._model, ["its coordinate operations contradict each other"])]
        self._candidates += [one for _, one in tried]
        self._reasons.append("the coordinate operations of the contexts contradict each other, and no witness tells them apart")
        return {c.subject for c, _ in tried}

    def _hypotheses(self, carrier: Carrier) -> list[Reading]:
        origin = next((np.array(c.anchor) for c in self._carriers if c.kind is Kind.PLACEMENT), np.zeros(3))
        return hypotheses(carrier, self._box.mean(axis=0), origin, self._units, self._near())

    def _say(self, one: Candidate, more: str = "") -> None:
        self._reasons.append(f"{one.carrier.kind.value}: {one.reading.label}, {shown(one.crs)}, {one.said}" + (f"; {more}" if more else ""))

    def _candidate(self, carrier: Carrier, reading: Reading, code: str = "") -> Candidate:
        others = [w for w in self._witnesses if not (w.kind == "site_position" and carrier.kind is Kind.SITE_POSITION)]
        return candidate(carrier, reading, self._box, others, code)

    def _against(self, one: Candidate) -> bool:
        """Whether a witness speaks against it; the site position counts only where it is stronger than what it judges."""
        return any(not a.agrees for a in one.agreements)

    def _near(self) -> list[tuple[float, float]]:
        """Longitude and latitude of the witnesses that name a place, not a region."""
        found = []
        for witness in self._witnesses:
            west, south, east, north = witness.area.bounds
            if math.hypot(east - west, north - south) * 111_000.0 < _PRECISE_M:
                lon, lat = witness.area.centroid.coords[0]
                found.append((float(lon), float(lat)))
        return found

    def _placed(self, taken: Candidate) -> Georeference:
        carrier, code = taken.carrier, taken.crs
        self._findings += [f for f in taken.reading.findings if f not in self._findings]
        if carrier.kind in (Kind.PLACEMENT, Kind.WORLD_COORDINATE_SYSTEM):
            self._findings.append(assumed_grid(carrier, code))
        vertical = carrier.vertical_crs
        if not vertical and code == HK_GRID:
            vertical = HKPD
            self._findings.append(assumed_hkpd(carrier))
        self._findings += level_findings(carrier, self._carriers, taken.reading, self._box, taken.lonlat)
        if carrier.kind is not Kind.SITE_POSITION:
            self._findings += north_findings(self._model, carrier, code, taken.reading.affine, taken.place)
        return self._georeference(code, vertical, taken.reading.affine, carrier)

    def _georeference(self, code: str = "", vertical: str = "", affine: NDArray[np.float64] | None = None,
                      carrier: Carrier | None = None) -> Georeference:
        return Georeference(
            code, vertical, np.eye(4) if affine is None else affine, carrier.level if carrier else 0,
            ACCURACY[carrier.kind] if carrier else "", carrier.kind.value if carrier else "", tuple(self._reasons),
            _told_once(self._findings), tuple(self._carriers), tuple(self._candidates[:_SHOWN]),
            tuple(disagreements(self._carriers, self._box.mean(axis=0))), self._judged.verdicts, tuple(self._witnesses))


def _cheapest(found: list[Candidate]) -> list[Candidate]:
    """The candidates of least cost, one for each distinct place."""
    if not found:
        return []
    least = min(one.reading.cost for one in found)
    kept: list[Candidate] = []
    for one in found:
        if one.reading.cost <= least + 1e-9 and all(one.distance_m(other) > _SAME_PLACE_M for other in kept):
            kept.append(one)
    return kept


def _plausible(one: Candidate) -> bool:
    """Another CRS than the named one proves nothing by its area alone, unless it leads to Hong Kong and the named one is of there."""
    if any(a.agrees for a in one.agreements) or one.reading.crs in ("", one.carrier.crs, HK_GRID):
        return True
    return one.carrier.crs in ("", HK_GRID) and one.lonlat is not None and in_hong_kong(one.lonlat)


def _rounded(one: Candidate) -> tuple[object, ...]:
    return one.crs, *(round(float(v), 3) for v in one.reading.affine.ravel())


def _told_once(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Each code once for each subject, the first and so the most particular one."""
    kept: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        kept.setdefault((finding.code, finding.subject), finding)
    return tuple(kept.values())


__all__ = ["HKPD", "HK_GRID", "Georeference", "in_area_of_use", "resolve"]
