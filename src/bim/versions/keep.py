"""What an intake takes over from the version before: rows, shapes and placements of everything that is as it was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from bim.finding import Finding
from bim.georeference import Georeference
from bim.meshing.verdicts import EATEN
from bim.shapes import Shapes
from bim.versions.fingerprint import FORMAT, Fingerprint
from bim.versions.states import States
from bim.versions.version import Version
from csdi.feature import Feature


@dataclass(frozen=True, slots=True)
class Kept:
    """What is taken over.

    Attributes:
        touched: GlobalIds of what is not taken over as a row; None where nothing is.
        shaped: GlobalIds of products whose shapes are taken over, or that had none to take over.
        rows: Collection id -> GlobalId -> row.
        shapes, space_shapes: of the elements and spaces that have one.
        placements: world placements by GlobalId, metres.
        georeference: where the rows were sited.
        findings: of products that their openings take whole, as before.
        same_place: whether all that says where the model lies is as it was.
    """

    touched: frozenset[str] | None = None
    shaped: frozenset[str] = frozenset()
    rows: Mapping[str, Mapping[str, Feature]] = field(default_factory=dict)
    shapes: Shapes = field(default_factory=Shapes)
    space_shapes: Shapes = field(default_factory=Shapes)
    placements: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    georeference: Georeference | None = None
    findings: tuple[Finding, ...] = ()
    same_place: bool = False

    @property
    def keys(self) -> frozenset[str]:
        """GlobalIds of elements and spaces whose rows are taken over."""
        return frozenset(self.rows.get("elements", ())) | frozenset(self.rows.get("spaces", ()))

    @property
    def again(self) -> frozenset[str]:
        """GlobalIds of products that have a new row and the shape that they had."""
        return self.shaped - self.keys

    def is_sited(self, georeference: Georeference) -> bool:
        """Whether the rows lie where this georeference puts them."""
        old = self.georeference
        return old is not None and (old.crs, old.vertical_crs) == (georeference.crs, georeference.vertical_crs) and np.array_equal(
            old.affine, georeference.affine)


NOTHING_KEPT = Kept()


def kept_of(before: Version, states: States) -> Kept:
    """What a file with these states takes over from the version before.

    An object of which anything was found is read again, so that what is found is found again.
    """
    old = before.fingerprint
    if old is None or old.program != FORMAT or old.states.units != states.units:
        return NOTHING_KEPT
    new = Fingerprint(states, length_m=old.length_m)
    alike = frozenset(key for key, digest in new.shapes.items() if old.shapes.get(key) == digest)
    eaten = tuple(finding for finding in before.findings if finding.code == EATEN and _key(finding) in alike)
    accused = frozenset(_accused(finding for finding in before.findings if finding not in eaten)) & new.digests.keys()
    eaten = tuple(finding for finding in eaten if _key(finding) not in accused)
    touched = new.touched(old) | accused
    shaped = alike - accused
    stay = new.digests.keys() - touched
    rows = {name: {key: row for row in rows if (key := row.properties["global_id"]) in stay} for name, rows in before.tables.parts.items()}
    return Kept(touched, shaped, rows, before.shapes.part(shaped), before.space_shapes.part(shaped),
                {key: matrix for key, matrix in old.placements.items() if key in stay}, before.georeference, eaten,
                old.states.place == states.place)


def retold(findings: Iterable[Finding], old: str, new: str, states: States) -> tuple[Finding, ...]:
    """Findings of the version before as they are of the new one: subjects with the new file's name and numbers."""
    ids = dict(zip(states.keys, states.ids.tolist(), strict=True))

    def told(subject: str) -> str:
        file, *path = subject.split(" > ")
        if len(path) == 2 and path[1] in ids:
            path[0] = f"#{ids[path[1]]}"
        return " > ".join([new if file == old else file, *path])

    return tuple(replace(finding, subject=told(finding.subject)) for finding in findings)


def _key(finding: Finding) -> str:
    """GlobalId of the object that a finding is about, where it is about one."""
    return finding.subject.rpartition(" > ")[2]


def _accused(findings: Iterable[Finding]) -> Iterator[str]:
    """GlobalIds of objects of which something was found."""
    for finding in findings:
        yield _key(finding)
        yield from (str(key) for key in finding.data.get("elements") or ())
