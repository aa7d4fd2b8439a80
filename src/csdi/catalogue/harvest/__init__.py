"""Harvest: Records from other catalogues, with where they came from; a second harvest changes only what changed there."""

from csdi.catalogue.harvest.keeping import HarvestResult, forget, harvest, harvest_again, sources
from csdi.catalogue.harvest.source import KINDS, Source, source_id
from csdi.catalogue.harvest.telling import kind_of

__all__ = ["KINDS", "HarvestResult", "Source", "forget", "harvest", "harvest_again", "kind_of", "source_id", "sources"]
