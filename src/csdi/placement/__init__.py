"""Placement of GIS layers: is each feature where its file says, and if not, what mistake would explain it? Nothing is changed here."""

from csdi.placement.evidence import Evidence, Watch
from csdi.placement.judge import judged
from csdi.placement.suggest import Suggestion, suggestions

__all__ = ["Evidence", "Suggestion", "Watch", "judged", "suggestions"]
