"""What a transformation says of itself: the operations it is made of, their codes, accuracy, grids and epoch."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from csdi.crs.steps import Steps, pipeline

_FOLDER = re.compile(r'(?<=grids=)("?)[^"=]*/')
EXACT = "change of projection or axes"


@dataclass(frozen=True, slots=True)
class Operation:
    """How coordinates get from one CRS to another, and how well.

    Attributes:
        name: the registry's names of the operations, joined by " + ".
        code: their codes, joined by " + "; "" for an exact change of projection or axes.
        accuracy_m: stated horizontal accuracy in metres; 0 for exact conversions; None if the registry is silent.
        grid: names of the grid files used, or None.
        height_model: name of the height model used, or None if heights are untouched.
        height_accuracy_m: uncertainty of the height change, metres; None if unknown or heights are untouched.
        note: what a user must know (epoch, heights carried unchanged, better grids that are missing); "" if nothing.
        steps: the PROJ steps, x = east or longitude first; none if nothing changes.
    """

    name: str = EXACT
    code: str = ""
    accuracy_m: float | None = 0.0
    grid: str | None = None
    height_model: str | None = None
    height_accuracy_m: float | None = None
    note: str = ""
    steps: Steps = ()

    @property
    def pipeline(self) -> str:
        """The PROJ pipeline, x = east or longitude first, degrees and metres."""
        return pipeline(self.steps) if self.steps else "proj=noop"

    def to_dict(self) -> dict[str, Any]:
        """JSON-compatible form, stored beside results; grids by file name, not by where they lie."""
        return {"name": self.name, "code": self.code, "accuracy_m": self.accuracy_m, "grid": self.grid,
                "height_model": self.height_model, "height_accuracy_m": self.height_accuracy_m, "note": self.note,
                "pipeline": _FOLDER.sub(r"\1", self.pipeline)}


def joined_notes(*notes: str) -> str:
    """Notes as one line, each once, empty ones left out."""
    return "; ".join(dict.fromkeys(note for note in notes if note))
