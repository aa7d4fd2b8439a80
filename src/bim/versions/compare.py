"""The comparison of two versions of a Model: causes that concern the whole first, then every object that is not as it was."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bim.tables import PARTS
from bim.versions.bodies import SAME_M, Bodies
from bim.versions.changes import Change, Moved, Status, aspects_of, differences, moved
from bim.versions.matching import Matches, Side, matched
from bim.versions.version import Version
from csdi.feature import Feature

Floats = NDArray[np.float64]
_DEEP = 64


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason for many changes.

    Attributes:
        kind: `unit`, `georeference`, `global_ids`, `moved_with` (a storey, a host) or `type`.
        key: GlobalId of the object that the others follow, "" for the whole model.
        affected: how many objects changed for this reason.
    """

    kind: str
    message: str
    affected: int
    key: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"kind": self.kind, "message": self.message, "affected": self.affected, "global_id": self.key or None, **self.data}


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed from one version to the next.

    Attributes:
        counts: Collection id -> status -> objects; elements of role `element` alone are counted as `elements`, all others of
            that Collection as `other_products`.
        changes: everything that is new, removed, changed, moved or has another GlobalId.
    """

    causes: tuple[Cause, ...]
    counts: Mapping[str, Mapping[str, int]]
    changes: tuple[Change, ...]

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"causes": [cause.to_dict() for cause in self.causes], "counts": {part: dict(one) for part, one in self.counts.items()},
                "changes": [change.to_dict() for change in self.changes]}


def compare(old: Version, new: Version) -> Comparison:
    """What changed from `old` to `new`."""
    return _Comparing(old, new).result()


class _Comparing:
    """Two versions side by side."""

    def __init__(self, old: Version, new: Version) -> None:
        self._old, self._new = old, new
        self._touched = new.touched
        self._bodies = Bodies(old.shapes, old.space_shapes), Bodies(new.shapes, new.space_shapes)
        self._placements = _placements(old), _placements(new)
        lengths = [version.fingerprint.length_m if version.fingerprint else 1.0 for version in (old, new)]
        self._scale = lengths[1] / lengths[0]
        self._scaled = 0

    def result(self) -> Comparison:
        pairs = {part: self._matched(part) for part in PARTS}
        renamed = {key: new for one in pairs.values() for key, new in one.new_of.items() if key != new}
        changes: list[Change] = []
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for part, matches in pairs.items():
            self._part(part, matches, renamed, changes, counts)
        changes = self._with_causes(changes)
        causes = [*self._unit(), *self._georeference(), *self._global_ids(changes), *self._followed(changes)]
        return Comparison(tuple(causes), counts, tuple(changes))

    def _matched(self, part: str) -> Matches:
        return matched(*(Side({row.properties["global_id"]: row for row in version.tables.parts[part]}, bodies, _spot(bodies, placements))
                         for version, bodies, placements in zip((self._old, self._new), self._bodies, self._placements, strict=True)))

    def _part(self, part: str, matches: Matches, renamed: Mapping[str, str], changes: list[Change],
              counts: dict[str, Counter[str]]) -> None:
        old, new = ({row.properties["global_id"]: row for row in version.tables.parts[part]} for version in (self._old, self._new))
        found = set(matches.new_of.values())
        for key, row in old.items():
            change = self._pair(part, row, new[matches.new_of[key]], matches.by[key], renamed) if key in matches.new_of else _one(
                part, row, "removed")
            self._count(part, row, change.status if change else "unchanged", counts)
            changes.extend([change] if change else [])
        for key, row in new.items():
            if key not in found:
                self._count(part, row, "new", counts)
                changes.append(_one(part, row, "new"))

    def _count(self, part: str, row: Feature, status: Status, counts: dict[str, Counter[str]]) -> None:
        other = part == "elements" and row.properties.get("role") != "element"
        counts["other_products" if other else part][status] += 1

    def _pair(self, part: str, old: Feature, new: Feature, by: str, renamed: Mapping[str, str]) -> Change | None:
        was, key = old.properties["global_id"], new.properties["global_id"]
        if was == key and self._touched is not None and key not in self._touched:
            return None
        fields = differences(part, old, new, renamed, self._scale)
        how = moved(self._bodies[0].of(was), self._bodies[1].of(key), self._placements[0].get(was), self._placements[1].get(key),
                    self._scale) if part not in ("systems", "types") else Moved()
        self._scaled += how.scaled
        aspects = aspects_of(fields) + [name for name in ("shape", "look", "placement") if getattr(how, name)]
        if was != key:
            aspects.append("global_id")
        if not aspects:
            return None
        status: Status = "moved" if aspects == ["placement"] else "reidentified" if aspects == ["global_id"] else "changed"
        vector = None if how.vector is None else (float(how.vector[0]), float(how.vector[1]), float(how.vector[2]))
        return _one(part, new, status, was=was if was != key else "", aspects=tuple(aspects), fields=fields, vector=vector, matched_by=by)

    def _with_causes(self, changes: list[Change]) -> list[Change]:
        """The changes, each with the object that it follows."""
        by_key = {change.key: change for change in changes}
        carriers = self._new.fingerprint.carriers if self._new.fingerprint else {}
        types = {row.properties["global_id"]: row.properties.get("type_id") for part in ("elements", "spaces")
                 for row in self._new.tables.parts[part]}
        return [replace(change, cause=self._leader(change, by_key, carriers) or _type_leader(change, by_key, types)) for change in changes]

    def _leader(self, change: Change, by_key: Mapping[str, Change], carriers: Mapping[str, str]) -> str:
        """The outermost object that an object was carried along by."""
        if "placement" not in change.aspects:
            return ""
        leader, key = "", change.key
        for _ in range(_DEEP):
            carrier = carriers.get(key, "")
            above = by_key.get(carrier)
            if above is None or "placement" not in above.aspects or not self._carried(key, carrier):
                break
            leader = key = carrier
        return leader

    def _carried(self, key: str, carrier: str) -> bool:
        """Whether an object stands to its carrier as it did."""
        old, new = self._placements
        if any(one not in side for one in (key, carrier) for side in (old, new)):
            return False
        stood, stands = (np.linalg.solve(side[carrier], side[key]) for side in (old, new))
        return bool(np.abs(stood - stands).max() <= SAME_M)

    def _unit(self) -> list[Cause]:
        if self._scale == 1.0:
            return []
        old, new = (version.tables.project.get("units", {}).get("LENGTHUNIT") or "unstated" for version in (self._old, self._new))
        what = f"{_objects(self._scaled)} scaled by {self._scale:g}" if self._scaled else "all lengths were converted"
        return [Cause("unit", f"the length unit changed from {old} to {new}; {what}", self._scaled,
                      data={"scale": self._scale})]

    def _georeference(self) -> list[Cause]:
        old, new = self._old.georeference, self._new.georeference
        same_crs = (old.crs, old.vertical_crs) == (new.crs, new.vertical_crs)
        if same_crs and _agree(old.affine, new.affine, self._scale):
            return []
        placed = sum(row.geometry is not None for part in ("elements", "spaces") for row in self._new.tables.parts[part])
        if not same_crs:
            said = " and ".join(f"{crs or 'no CRS'} with {datum or 'no height datum'}" for crs, datum in (
                (old.crs, old.vertical_crs), (new.crs, new.vertical_crs)))
            return [Cause("georeference", f"the model was in, and is in: {said}", placed)]
        middle = self._middle()
        vector = (new.affine @ middle - old.affine @ middle)[:3]
        return [Cause("georeference", f"the whole model lies {np.linalg.norm(vector):.3f} m elsewhere", placed,
                      data={"vector_m": [round(float(part), 6) for part in vector]})]

    def _middle(self) -> Floats:
        """(4,) a point in the middle of the new model, model frame."""
        boxes = [item for item in (self._bodies[1].of(placement.element) for placement in self._new.shapes.placements[:1000]) if item]
        centre = np.median([body.centre for body in boxes], axis=0) if boxes else np.zeros(3)
        return np.append(centre, 1.0)

    def _global_ids(self, changes: list[Change]) -> list[Cause]:
        new_ids = sum(bool(change.was) for change in changes)
        return [Cause("global_ids", f"{_objects(new_ids)} with another GlobalId", new_ids)] if new_ids else []

    def _followed(self, changes: list[Change]) -> list[Cause]:
        by_key = {change.key: change for change in changes}
        following = Counter(change.cause for change in changes if change.cause)
        return [_leading(by_key[key], count) for key, count in following.most_common()]


def _agree(old: Floats, new: Floats, scale: float) -> bool:
    """Whether two places are the same, or one as far from the origin as the change of the unit makes it."""
    apart = np.minimum(np.abs(new - old), np.abs(new - np.concatenate([old[:, :3], old[:, 3:] * scale], axis=1)))
    return bool(apart.max() <= 1e-6)


def _objects(count: int) -> str:
    return f"{count} object" if count == 1 else f"{count} objects"


def _leading(leader: Change, affected: int) -> Cause:
    who = f"{leader.ifc_class} {leader.name or leader.key}"
    if leader.part == "types":
        return Cause("type", f"{affected} occurrences changed with their type {who}", affected, leader.key)
    way = "" if leader.vector is None else " by " + ", ".join(f"{part:+.3f}" for part in leader.vector) + " m"
    vector = None if leader.vector is None else [round(part, 6) for part in leader.vector]
    return Cause("moved_with", f"{_objects(affected)} moved with {who}{way}", affected, leader.key, {"vector_m": vector})


def _type_leader(change: Change, by_key: Mapping[str, Change], types: Mapping[str, str | None]) -> str:
    """The type of an occurrence that changed in nothing but what its type changed in."""
    kind = by_key.get(types.get(change.key) or "")
    if kind is None or kind.status != "changed" or change.status != "changed" or change.was:
        return ""
    return kind.key if change.fields.keys() <= kind.fields.keys() and change.fields else ""


def _one(part: str, row: Feature, status: Status, **more: Any) -> Change:
    p = row.properties
    return Change(part, status, p["global_id"], p.get("ifc_class") or "", p.get("name") or "", **more)


def _placements(version: Version) -> Mapping[str, Floats]:
    return version.fingerprint.placements if version.fingerprint else {}


def _spot(bodies: Bodies, placements: Mapping[str, Floats]) -> Callable[[str], Floats | None]:
    def spot(key: str) -> Floats | None:
        body = bodies.of(key)
        if body is not None:
            return body.centre
        return placements[key][:3, 3] if key in placements else None
    return spot
