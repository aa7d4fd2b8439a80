"""What changed of one object between two versions: aspects, old and new values, and the way it moved."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bim.versions.bodies import SAME_M, Body, same_look, same_outline, same_shape
from csdi.feature import Feature

Status = Literal["new", "removed", "changed", "moved", "reidentified", "unchanged"]
Floats = NDArray[np.float64]

ASPECTS: Mapping[str, tuple[str, ...]] = {
    "class": ("role", "ifc_class", "predefined_type"),
    "name": ("name", "long_name", "description", "object_type", "tag", "composition", "address", "element_type", "applicable_occurrence"),
    "type": ("type_id",),
    "material": ("materials",),
    "properties": ("psets", "quantities"),
    "classification": ("classifications",),
    "documents": ("documents",),
    "relations": ("storey", "space", "containment", "host", "openings", "filled_by", "part_of", "parts", "ports", "port_of",
                  "connected_to", "referenced_in", "bounds", "layers", "systems", "zones", "groups", "members", "serves"),
}
"""Aspects of a row and the fields that tell them; what follows from shape or members alone is in none."""

_DERIVED = {"storeys": {"parts"}, "buildings": {"parts"}, "spaces": {"parts"}}
_WORDS = {"name", "class"}
"""What relations repeat of the other object, which tells it of itself."""

_CLOSE = 1e-9
_TURN = 1e-6


@dataclass(frozen=True, slots=True)
class Change:
    """One object that is not as it was.

    Attributes:
        part: Collection id.
        key: GlobalId, of the new version unless it was removed.
        was: GlobalId in the old version, where it is another.
        aspects: `class`, `name`, ..., `shape`, `look`, `placement`, `global_id`.
        fields: field -> (old, new); nested fields as `psets.Pset_WallCommon.FireRating`.
        vector: (3,) metres that it moved, model frame.
        cause: key of the object that it follows, such as the storey that it moved with; "" where it changed by itself.
        matched_by: `global_id`, `content` or `place`.
    """

    part: str
    status: Status
    key: str
    ifc_class: str
    name: str
    was: str = ""
    aspects: tuple[str, ...] = ()
    fields: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    vector: tuple[float, float, float] | None = None
    cause: str = ""
    matched_by: str = "global_id"

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"collection": self.part, "status": self.status, "global_id": self.key, "was": self.was or None, "ifc_class": self.ifc_class,
                "name": self.name, "aspects": list(self.aspects), "fields": {name: list(pair) for name, pair in self.fields.items()},
                "vector_m": None if self.vector is None else [round(part, 6) for part in self.vector],
                "cause": self.cause or None, "matched_by": self.matched_by}


@dataclass(frozen=True, slots=True)
class Moved:
    """How the shape and the place of an object changed.

    Attributes:
        shape, placement, look: whether each changed.
        vector: (3,) metres; None where it did not move.
        scaled: whether everything is as it was but for the unit.
    """

    shape: bool = False
    placement: bool = False
    look: bool = False
    vector: Floats | None = None
    scaled: bool = False


def moved(old: Body | None, new: Body | None, before: Floats | None, after: Floats | None, scale: float = 1.0) -> Moved:
    """What became of a body and its world placement (4, 4), metres.

    Args:
        scale: new metres of an old metre where the declared unit changed; an object that only grew by it is `scaled`.
    """
    found = _moved(old, new, before, after)
    if scale != 1.0 and (found.shape or found.placement):
        stands = before is None or after is None or not _step(_grown(before, scale), after)[0]
        if stands and ((old is None and new is None) or (old is not None and new is not None and same_outline(old.grown(scale), new))):
            return Moved(look=found.look, scaled=True)
    return found


def _grown(matrix: Floats, scale: float) -> Floats:
    found = matrix.copy()
    found[:3, 3] *= scale
    return found


def _moved(old: Body | None, new: Body | None, before: Floats | None, after: Floats | None) -> Moved:
    step = None if before is None or after is None else after[:3, 3] - before[:3, 3]
    if old is None or new is None:
        shape = (old is None) != (new is None)
        return Moved(shape, *_step(before, after)) if not shape else Moved(shape=True)
    look = not same_look(old, new)
    if old.exact == new.exact or same_shape(old, new):
        return Moved(look=look)
    if before is not None and after is not None and same_shape(old.seen_from(before), new.seen_from(after)):
        return Moved(placement=True, look=look, vector=new.centre - old.centre)
    if same_shape(old.centred(), new.centred()):
        return Moved(placement=True, look=look, vector=new.centre - old.centre)
    away = step is not None and bool(np.abs(step).max() > SAME_M)
    return Moved(shape=True, placement=away, look=look, vector=step if away else None)


def _step(before: Floats | None, after: Floats | None) -> tuple[bool, bool, Floats | None]:
    """(placement changed, False, vector) of an object without a body."""
    if before is None or after is None:
        return False, False, None
    step = after[:3, 3] - before[:3, 3]
    away = bool(np.abs(step).max() > SAME_M) or bool(np.abs(after[:3, :3] - before[:3, :3]).max() > _TURN)
    return away, False, step if away else None


def differences(part: str, old: Feature, new: Feature, renamed: Mapping[str, str], scale: float = 1.0) -> dict[str, tuple[Any, Any]]:
    """Field -> (old, new) of everything in which two rows differ by themselves.

    Args:
        renamed: GlobalIds of the old version -> those of the new one.
        scale: new metres of an old metre; numbers that only grew by a power of it are equal.
    """
    found: dict[str, tuple[Any, Any]] = {}
    skipped = _DERIVED.get(part, set())
    for aspect, names in ASPECTS.items():
        for name in names:
            if name in skipped:
                continue
            before, after = old.properties.get(name), new.properties.get(name)
            if before == after:
                continue
            if aspect == "relations" or aspect == "type":
                before, after = _bare(_translated(before, renamed)), _bare(after)
            _compare(name, before, after, scale, found)
    return found


def aspects_of(fields: Mapping[str, tuple[Any, Any]]) -> list[str]:
    """The aspects that these fields tell."""
    tops = {name.split(".")[0] for name in fields}
    return [aspect for aspect, names in ASPECTS.items() if tops & set(names)]


def _compare(path: str, old: Any, new: Any, scale: float, found: dict[str, tuple[Any, Any]]) -> None:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in (*old, *(name for name in new if name not in old)):
            _compare(f"{path}.{name}", old.get(name), new.get(name), scale, found)
    elif not _equal(old, new, scale):
        found[path] = (old, new)


def _equal(old: Any, new: Any, scale: float) -> bool:
    if isinstance(old, bool) or isinstance(new, bool):
        return old is new
    if isinstance(old, int | float) and isinstance(new, int | float):
        powers = range(-3, 4) if scale != 1.0 else (0,)
        return any(math.isclose(old * scale ** power, new, rel_tol=_CLOSE, abs_tol=1e-12) for power in powers)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(_equal(a, b, scale) for a, b in zip(old, new, strict=True))
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(_equal(value, new[name], scale) for name, value in old.items())
    return bool(old == new) or (old in (None, "") and new in (None, ""))


def _translated(value: Any, renamed: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return renamed.get(value, value)
    if isinstance(value, list):
        return [_translated(one, renamed) for one in value]
    if isinstance(value, dict):
        return {name: _translated(one, renamed) for name, one in value.items()}
    return value


def _bare(value: Any) -> Any:
    """A relation without what it repeats of the other object; lists in an order of their own."""
    if isinstance(value, list):
        return sorted((_bare(one) for one in value), key=repr)
    if isinstance(value, dict) and "id" in value:
        return {name: _bare(one) for name, one in value.items() if name not in _WORDS}
    return value
