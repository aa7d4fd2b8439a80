"""The verdict on a layer's places: Findings with what was measured, which features, and the cure. Nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from csdi.crs import crs
from csdi.finding import Finding, Severity
from csdi.placement.evidence import Evidence
from csdi.placement.ground import Bools, Box, Floats, distance_m, inside, vectors_m
from csdi.placement.heights import height_findings
from csdi.placement.hypotheses import HK_GRID, HONG_KONG, Hypothesis, hypotheses, lonlat_of
from csdi.placement.names import name_findings
from csdi.placement.witnesses import Witness, witnesses

FEATURES_NAMED = 100
_SAME_FACILITY_M = 9.0
"""Two positions of one thing may be taken at different corners of it; from here on they are told as two places."""
_SHIFT_SLACK_M = 4.0
_STEADY_M = 3.0
_STEADY_VECTOR_M, _STEADY_COST, _FEW = 25.0, 2.5, 5
_MOST = 0.5
_NEARLY_ALL = 0.9
_MARGIN_DEG = 0.3
_GULF_DEG = 20.0
_HONG_KONG_EAST = 114.6


def judged(evidence: Evidence, code: str, name: str) -> list[Finding]:
    """All that is doubtful about the places of a layer.

    Args:
        code: the CRS that the layer is labelled with.
        name: of file and layer, for the Findings and for the CRS that it may name.
    """
    return _Judgement(evidence, code, name).findings()


class _Judgement:
    """One layer on trial."""

    def __init__(self, evidence: Evidence, code: str, name: str) -> None:
        self._e, self._code, self._name = evidence, crs(code).horizontal.code, name
        self._given = lonlat_of(self._code, evidence.xy)
        self._null = (evidence.xy == 0.0).all(axis=1)
        self._explained = self._null.copy()
        self._hypotheses: list[Hypothesis] | None = None

    def findings(self) -> list[Finding]:
        found = [*self._missing(), *name_findings(self._name, self._code)]
        for witness in witnesses(self._e, self._code):
            found += self._against(witness)
        found += self._by_area()
        return [*found, *height_findings(self._e, self._given, self._name)]

    def _missing(self) -> Iterator[Finding]:
        if self._e.placeholders:
            yield self._finding(
                "coordinates-placeholder",
                "warning",
                f"{len(self._e.placeholders)} features have stand-ins for missing coordinates",
                self._e.placeholders,
                "leave their geometry empty",
                "numbers such as -9999, 1e20 or NaN",
            )
        if self._null.any() and not self._around_null():
            yield self._told(
                "null-island",
                "error",
                f"{int(self._null.sum())} features lie at 0, 0",
                self._null,
                "leave their geometry empty, or locate them",
            )

    def _around_null(self) -> bool:
        """The layer lies about 0, 0, so that a feature there is no stand-in."""
        rest = self._given[~self._null & np.isfinite(self._given).all(axis=1)]
        if not len(rest) or not crs(self._code).is_geographic:
            return False
        low, high = np.percentile(rest, [2, 98], axis=0)
        return bool((low < 0).all() and (high > 0).all() and (np.abs([low, high]) < _GULF_DEG).all())

    def _against(self, witness: Witness) -> list[Finding]:
        """Where geometry and witness differ, and which mistake explains it."""
        known = np.isfinite(witness.lonlat).all(axis=1) & ~self._explained
        apart = distance_m(self._given, witness.lonlat)
        found: list[Finding] = []
        left = known & ~(apart <= witness.tolerance_m)
        whole = self._of_all(witness, known)
        if whole is not None:
            fits = known & (distance_m(whole.lonlat(), witness.lonlat) <= witness.tolerance_m + _SHIFT_SLACK_M)
            found.append(self._explains(whole, fits, known, apart, witness))
            left = known & ~fits
        if not left.any():
            return found
        for h in self._tried():
            fits = left & (distance_m(h.lonlat(), witness.lonlat) <= witness.tolerance_m + _SHIFT_SLACK_M)
            if fits.sum() >= _few(h, known):
                found.append(self._explains(h, fits, known, apart, witness))
                left &= ~fits
        found += self._swapped_columns(witness, left, known)
        return found + self._unexplained(witness, left, known, apart)

    def _of_all(self, witness: Witness, known: Bools) -> Hypothesis | None:
        """The mistake that explains nearly all features at once, None where none does or nothing needs explaining.

        Tolerances may hide a steady vector, such as 55 m among large buildings; a hypothesis that leaves one is worth less.
        """
        if not known.any() or self._worth(self._given, witness, known) == 0.0:
            return None
        scored = [(h.cost + worth, h) for h in self._tried() if (worth := self._worth(h.lonlat(), witness, known)) is not None]
        plain = self._worth(self._given, witness, known)
        best = min(scored, key=lambda one: one[0], default=None)
        return best[1] if best and (plain is None or best[0] < plain) else None

    def _worth(self, lonlat: Floats, witness: Witness, known: Bools) -> float | None:
        """0 where nearly all features lie within their tolerance, more where all are off in one direction; None otherwise."""
        close = distance_m(lonlat, witness.lonlat)[known] <= (witness.tolerance_m + _SHIFT_SLACK_M)[known]
        return self._steady(lonlat, witness, known) if close.mean() >= _NEARLY_ALL else None

    def _steady(self, lonlat: Floats, witness: Witness, known: Bools) -> float:
        if known.sum() < _FEW:
            return 0.0
        return _STEADY_COST if np.hypot(*np.median(vectors_m(lonlat, witness.lonlat)[known], axis=0)) > _STEADY_VECTOR_M else 0.0

    def _swapped_columns(self, witness: Witness, left: Bools, known: Bools) -> list[Finding]:
        """The columns are swapped, not the geometry."""
        if witness.is_csuid or not left.any():
            return []
        fits = left & (distance_m(self._given, lonlat_of(witness.crs, witness.raw[:, ::-1])) <= witness.tolerance_m + _SHIFT_SLACK_M)
        left &= ~fits
        self._explained |= fits
        return (
            [self._told("axes-swapped", "error", f"{witness.label} are swapped in {_share(fits, known)}", fits, "exchange the two columns")]
            if fits.any()
            else []
        )

    def _explains(self, h: Hypothesis, fits: Bools, known: Bools, apart: Floats, witness: Witness) -> Finding:
        self._explained |= fits
        east, north = np.median(vectors_m(self._given, witness.lonlat)[fits], axis=0)
        whole = bool(fits.sum() >= _MOST * known.sum())
        distance = float(np.median(apart[fits])) if np.isfinite(apart[fits]).any() else float("inf")
        return self._told(
            h.code if whole else "mixed-coordinates",
            "error",
            f"{h.said} ({_share(fits, known)}, by {witness.label})",
            fits,
            h.cure,
            f"{distance:.1f} m from it" if np.isfinite(distance) else "",
            {
                "vector_m": [round(float(east), 2), round(float(north), 2)] if np.isfinite([east, north]).all() else None,
                "fault": h.code,
                "crs": h.crs,
            },
        )

    def _unexplained(self, witness: Witness, left: Bools, known: Bools, apart: Floats) -> list[Finding]:
        if not left.any():
            return []
        vectors = vectors_m(self._given, witness.lonlat)[left]
        middle = np.median(vectors, axis=0)
        spread = float(np.median(np.hypot(*(vectors - middle).T)))
        if left.sum() > _MOST * known.sum():
            if spread <= _STEADY_M and left.sum() >= 3:
                self._explained |= left
                return [
                    self._told(
                        "constant-offset",
                        "error",
                        f"the geometry lies {np.hypot(*middle):.1f} m from {witness.label}, always in the same "
                        f"direction ({_share(left, known)})",
                        left,
                        "find the transformation that was left out",
                        f"{middle[0]:+.2f} m east, {middle[1]:+.2f} m north",
                        {"vector_m": [round(float(v), 3) for v in middle]},
                    )
                ]
            return [
                self._finding(
                    "coordinates-elsewhere",
                    "note",
                    f"{witness.label} tell other places than the geometry",
                    [],
                    "",
                    f"{float(np.median(apart[left])):.0f} m",
                )
            ]
        far = left & ~(apart < _SAME_FACILITY_M)
        near = left & ~far
        code = "csuid-disagrees" if witness.is_csuid else "coordinates-disagree"
        found = []
        if far.any():
            low, high = float(np.min(apart[far])), float(np.max(apart[far]))
            found.append(
                self._told(
                    code,
                    "warning",
                    f"{int(far.sum())} features lie {low:.1f} to {high:.1f} m from {witness.label}",
                    far,
                    "correct the one that is wrong",
                    f"{low:.1f} to {high:.1f} m",
                    {"offsets_m": {self._e.ids[i]: round(float(apart[i]), 2) for i in np.flatnonzero(far)[:FEATURES_NAMED]}},
                )
            )
        if near.any() and not witness.is_csuid:
            found.append(
                self._told(
                    "coordinates-differ",
                    "note",
                    f"{int(near.sum())} features lie up to {float(np.max(apart[near])):.1f} m from {witness.label}: within one facility",
                    near,
                    "give both positions for the same point",
                )
            )
        return found

    def _by_area(self) -> list[Finding]:
        """What no witness tells: coordinates outside the place of the rest, or of the CRS."""
        rest = ~self._explained
        if not rest.any():
            return []
        at_home = inside(self._given, HONG_KONG)
        in_hong_kong = bool(at_home[rest].mean() >= _MOST)
        home = HONG_KONG if in_hong_kong or self._code in (HK_GRID, "EPSG:4611") else self._area()
        out = rest & ~inside(self._given, home)
        if not out.any():
            return self._like_the_grid(rest) or self._strays(rest)
        if out.sum() > _MOST * rest.sum():
            return self._all_outside(out, rest, home)
        return self._some_outside(out, rest, home, in_hong_kong)

    def _all_outside(self, out: Bools, rest: Bools, home: Box) -> list[Finding]:
        named = next(
            (h for h in self._tried() if h.regional and inside(h.lonlat()[out], _region(h, self._code, home)).mean() >= _NEARLY_ALL), None
        )
        box = self._e.xy[out]
        measured = f"({box[:, 0].min():.6g}, {box[:, 1].min():.6g}) to ({box[:, 0].max():.6g}, {box[:, 1].max():.6g})"
        found = [
            self._told(
                "outside-area-of-use",
                "error",
                f"{_share(out, rest)} lie outside the area of use of {self._code}",
                out,
                named.cure if named else "name the right CRS with --crs",
                measured,
            )
        ]
        if named is not None:
            found.insert(
                0,
                self._told(
                    named.code,
                    "error",
                    f"{named.said}: so they would lie in the right area ({_share(out, rest)})",
                    out,
                    named.cure,
                    measured,
                    {"fault": named.code, "crs": named.crs},
                ),
            )
        return found

    def _some_outside(self, out: Bools, rest: Bools, home: Box, in_hong_kong: bool) -> list[Finding]:
        found = []
        left = out.copy()
        near = _around(self._given[rest & ~out], home)
        for h in self._tried():
            if h.regional and left.any():
                fits = left & inside(h.lonlat(), near)
                if fits.any() and (h.cost < 2.0 or fits.sum() >= 3):
                    found.append(
                        self._told(
                            "mixed-coordinates",
                            "error",
                            f"in {_share(fits, rest)} {h.said}; the others are right",
                            fits,
                            h.cure,
                            "",
                            {"fault": h.code, "crs": h.crs},
                        )
                    )
                    left &= ~fits
        if left.any():
            where = "Hong Kong, where the others are" if in_hong_kong else f"the area of use of {self._code}"
            found.append(
                self._told(
                    "outside-hong-kong" if in_hong_kong else "outside-area-of-use",
                    "warning",
                    f"{_share(left, rest)} lie outside {where}",
                    left,
                    "check them one by one",
                )
            )
        return found

    def _like_the_grid(self, rest: Bools) -> list[Finding]:
        """Numbers of HK1980 Grid under the name of a projected CRS of elsewhere, whose area of use they happen to reach."""
        if self._code == HK_GRID or crs(self._code).is_geographic or rest.sum() < _FEW or inside(self._given, HONG_KONG)[rest].any():
            return []
        if not inside(lonlat_of(HK_GRID, self._e.xy), HONG_KONG)[rest].all() or crs(self._code).area_of_use[0] > _HONG_KONG_EAST:
            return []
        said = f"perhaps the coordinates are in {HK_GRID}, not in {self._code}: all of them have the numbers of Hong Kong"
        return [
            self._told(
                "crs-contradicted",
                "warning",
                said,
                rest,
                f"label them {HK_GRID} if they are: --crs {HK_GRID}",
                "",
                {"fault": "crs-contradicted", "crs": HK_GRID},
            )
        ]

    def _strays(self, rest: Bools) -> list[Finding]:
        """Features far from all others that a swap brings back among them."""
        here = self._given[rest]
        if rest.sum() < 10 or not np.isfinite(here).all():
            return []
        low, middle, high = np.percentile(here, [25, 50, 75], axis=0)
        reach = np.maximum(6 * (high - low), 0.5)
        home = (middle[0] - reach[0], middle[1] - reach[1], middle[0] + reach[0], middle[1] + reach[1])
        out = rest & ~inside(self._given, home)
        if not out.any() or out.sum() > 0.3 * rest.sum():
            return []
        swap = self._tried()[0] if self._tried()[0].code == "axes-swapped" else next(h for h in self._tried() if h.code == "axes-swapped")
        fits = out & inside(swap.lonlat(), home)
        return (
            [
                self._told(
                    "mixed-coordinates",
                    "error",
                    f"in {_share(fits, rest)} {swap.said}; the others are right",
                    fits,
                    swap.cure,
                    "",
                    {"fault": swap.code, "crs": swap.crs},
                )
            ]
            if fits.any()
            else []
        )

    def _area(self) -> Box:
        west, south, east, north = crs(self._code).area_of_use
        return west - _MARGIN_DEG, south - _MARGIN_DEG, east + _MARGIN_DEG, north + _MARGIN_DEG

    def _tried(self) -> list[Hypothesis]:
        if self._hypotheses is None:
            self._hypotheses = hypotheses(self._code, self._e.xy, self._e.z)
        return self._hypotheses

    def _told(
        self, code: str, severity: Severity, message: str, rows: Bools, cure: str, measured: str = "", data: dict[str, object] | None = None
    ) -> Finding:
        ids = [self._e.ids[i] for i in np.flatnonzero(rows)[:FEATURES_NAMED]]
        return self._finding(code, severity, message, ids, cure, measured, {"count": int(rows.sum()), **(data or {})})

    def _finding(
        self,
        code: str,
        severity: Severity,
        message: str,
        ids: list[str],
        cure: str,
        measured: str = "",
        data: dict[str, object] | None = None,
    ) -> Finding:
        more = {"sampled": f"1 in {self._e.stride}"} if self._e.stride > 1 else {}
        return Finding(
            code,
            severity,
            message,
            self._name,
            measured,
            "",
            cure,
            {"ids": ids[:FEATURES_NAMED], **more, **(data or {})} if ids else dict(data or {}),
        )


def _around(lonlat: Floats, home: Box) -> Box:
    """The box of the places that are right, and as much again around it, within `home`."""
    low, high = np.percentile(lonlat, [1, 99], axis=0)
    reach = np.maximum(high - low, 0.02)
    return (
        max(home[0], float(low[0] - reach[0])),
        max(home[1], float(low[1] - reach[1])),
        min(home[2], float(high[0] + reach[0])),
        min(home[3], float(high[1] + reach[1])),
    )


def _few(h: Hypothesis, known: Bools) -> int:
    """How many features a hypothesis must explain: one mistake shows in a single row, two only in several."""
    return 1 if h.cost < 2.0 else max(2, int(0.02 * known.sum()))


def _region(h: Hypothesis, code: str, home: Box) -> Box:
    return HONG_KONG if h.crs != code else home


def _share(rows: Bools, of: Bools) -> str:
    count, whole = int(rows.sum()), int(of.sum())
    return f"all {whole} features" if count == whole else f"{count} of {whole} features"
