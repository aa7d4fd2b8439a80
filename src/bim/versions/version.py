"""What versions of a Model are compared by and continued from."""

from __future__ import annotations

from typing import Protocol

from bim.finding import Finding
from bim.georeference import Georeference
from bim.shapes import Shapes
from bim.tables import ModelTables
from bim.versions.fingerprint import Fingerprint


class Version(Protocol):
    """One version, as `bim.intake.Intake` holds it."""

    @property
    def tables(self) -> ModelTables:
        """Its rows."""
        ...

    @property
    def shapes(self) -> Shapes:
        """Of its elements."""
        ...

    @property
    def space_shapes(self) -> Shapes:
        """Of its spaces."""
        ...

    @property
    def georeference(self) -> Georeference:
        """Where it stands."""
        ...

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found in it."""
        ...

    @property
    def fingerprint(self) -> Fingerprint | None:
        """Its placements and unit; without it, moves of what has no shape are not seen."""
        ...

    @property
    def touched(self) -> frozenset[str] | None:
        """What is not as it was in the version before; None where that is not known."""
        ...
