"""A clash: what it is, the id that it keeps from run to run, and the group that it belongs to."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["hard", "clearance", "duplicate"]
Place = tuple[float, float, float]

_NAMESPACE = uuid.UUID("6d0f4a0e-3f53-5e0b-9f36-0a3f1f4b1c55")


@dataclass(frozen=True, slots=True)
class Clash:
    """Two elements that are where only one should be, or nearer than they may be.

    Attributes:
        a, b: GlobalIds, the lower one first; `model_a`, `model_b` their models.
        point: (3,) the place that shows it best, frame of the scene's first model, metres.
        depth_m: hard: the least thickness of what both fill (solids), or of the surfaces' crossing; else None.
        distance_m: clearance: between the surfaces, 0 where they meet; else None.
        limit_m: the tolerance or the clearance that was asked for.
        volume_m3: that both fill; None where a surface is not closed.
        by: `solids` or `triangles`: how it was measured.
        group: what it belongs to: kind, the two systems or classes, the storey.
        id: uuid5 of kind and the two GlobalIds; the same in every run.
    """

    kind: Kind
    a: str
    b: str
    point: Place
    depth_m: float | None = None
    distance_m: float | None = None
    limit_m: float = 0.0
    volume_m3: float | None = None
    by: str = "solids"
    group: str = ""
    model_a: str = ""
    model_b: str = ""

    @property
    def id(self) -> str:
        """Of this kind of clash between these two elements."""
        return clash_id(self.kind, self.a, self.b)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form; lengths to a tenth of a millimetre."""
        numbers = {"depth_m": self.depth_m, "distance_m": self.distance_m, "limit_m": self.limit_m}
        return {"id": self.id, "kind": self.kind, "a": self.a, "b": self.b, "model_a": self.model_a, "model_b": self.model_b,
                "point": [round(value, 4) for value in self.point],
                **{key: round(value, 4) for key, value in numbers.items() if value is not None},
                **({} if self.volume_m3 is None else {"volume_m3": round(self.volume_m3, 6)}), "by": self.by, "group": self.group}


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """A pair of elements that could not be measured, and why."""

    a: str
    b: str
    why: str


@dataclass(frozen=True, slots=True)
class Clashes:
    """What was found, and all that was looked at.

    Attributes:
        found: the gravest first within each kind.
        bodies: elements that were compared.
        candidates: pairs whose boxes meet or come near enough.
        measured: pairs of those whose shapes were compared.
        excluded: relation, or `classes` -> pairs that may share a place.
        unmeasured: pairs that were not measured; `unmeasured_count` tells all, by reason.
    """

    found: tuple[Clash, ...]
    bodies: int
    candidates: int
    measured: int
    excluded: Mapping[str, int] = field(default_factory=dict)
    unmeasured: tuple[Unmeasured, ...] = ()
    unmeasured_count: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether every candidate was measured."""
        return not self.unmeasured_count

    def groups(self) -> dict[str, tuple[Clash, ...]]:
        """Group -> its clashes, the largest group first."""
        made: dict[str, list[Clash]] = defaultdict(list)
        for one in self.found:
            made[one.group].append(one)
        return {key: tuple(made[key]) for key in sorted(made, key=lambda key: (-len(made[key]), key))}

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"clashes": [one.to_dict() for one in self.found], "groups": {key: len(group) for key, group in self.groups().items()},
                "bodies": self.bodies, "candidates": self.candidates, "measured": self.measured, "excluded": dict(self.excluded),
                "unmeasured": dict(self.unmeasured_count)}


@dataclass(frozen=True, slots=True)
class Changes:
    """How clashes stand to an earlier list, by id.

    Attributes:
        unknown: there before, and not measured now: neither solved nor persisting.
    """

    new: tuple[str, ...]
    persisting: tuple[str, ...]
    solved: tuple[str, ...]
    unknown: tuple[str, ...] = ()


def clash_id(kind: str, a: str, b: str) -> str:
    """The id of that kind of clash between two elements, whichever comes first."""
    return str(uuid.uuid5(_NAMESPACE, "\n".join([kind, *sorted((a, b))])))


def changes(now: Clashes, before: Iterable[str]) -> Changes:
    """New, persisting and solved clashes against the ids of an earlier list."""
    earlier, ids = set(before), [one.id for one in now.found]
    gone = earlier.difference(ids)
    lost = {clash_id(kind, one.a, one.b) for one in now.unmeasured for kind in ("hard", "clearance", "duplicate")} & gone
    if now.unmeasured_count and len(now.unmeasured) < sum(now.unmeasured_count.values()):
        lost = gone
    return Changes(tuple(id for id in ids if id not in earlier), tuple(id for id in ids if id in earlier), tuple(sorted(gone - lost)),
                   tuple(sorted(lost)))


def group_of(kind: Kind, one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """Kind, the systems (or classes) of two rows and the storey of the first that has one, as text."""
    labels = sorted(_label(row) for row in (one, other))
    storey = next((str(row["storey_name"]) for row in (one, other) if row.get("storey_name")), "")
    return f"{kind}: {labels[0]} x {labels[1]}" + (f" @ {storey}" if storey else "")


def counted(reasons: Sequence[str]) -> dict[str, int]:
    """Reason -> how often, the most frequent first."""
    return dict(Counter(reasons).most_common())


def _label(row: Mapping[str, Any]) -> str:
    systems = row.get("systems") or ()
    named = next((str(one.get("name") or "") if isinstance(one, Mapping) else str(one) for one in systems), "")
    return named or str(row.get("ifc_class") or "element")
