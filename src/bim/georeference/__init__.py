"""Georeference of a Model: every carrier collected, one chosen with reasons, none guessed."""

from bim.georeference.carrier import Carrier, Kind, Reading
from bim.georeference.resolve import HK_GRID, HKPD, Georeference, resolve

__all__ = ["HKPD", "HK_GRID", "Carrier", "Georeference", "Kind", "Reading", "resolve"]
