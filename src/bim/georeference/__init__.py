"""Georeference of a Model: every carrier collected, one chosen with reasons, none guessed."""

from bim.georeference.carrier import Carrier, Kind
from bim.georeference.file import georeference_of
from bim.georeference.reading import Reading
from bim.georeference.resolve import HK_GRID, HKPD, Georeference, resolve
from bim.georeference.witness import Witness, read_witness

__all__ = ["HKPD", "HK_GRID", "Carrier", "Georeference", "Kind", "Reading", "Witness", "georeference_of", "read_witness", "resolve"]
