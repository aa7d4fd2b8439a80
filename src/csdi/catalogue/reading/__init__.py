"""Descriptions of data as other catalogues write them, read into the parts of a Record."""

from csdi.catalogue.reading.ckan import read_ckan
from csdi.catalogue.reading.cleaning import cleaned
from csdi.catalogue.reading.dcat import Graph, read_dcat
from csdi.catalogue.reading.dublin_core import read_dublin_core
from csdi.catalogue.reading.iso19139 import read_iso19139
from csdi.catalogue.reading.ogc import read_ogc
from csdi.catalogue.reading.xml import parsed

__all__ = ["Graph", "cleaned", "parsed", "read_ckan", "read_dcat", "read_dublin_core", "read_iso19139", "read_ogc"]
