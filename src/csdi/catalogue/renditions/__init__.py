"""A Record in the forms that others read: OGC API Record, ISO 19139, DCAT-AP and schema.org."""

from csdi.catalogue.renditions.dcat import dcat_catalogue, dcat_dataset
from csdi.catalogue.renditions.iso19139 import iso19139
from csdi.catalogue.renditions.links import Place, links_of
from csdi.catalogue.renditions.ogc import ogc_record
from csdi.catalogue.renditions.schema_org import schema_org

__all__ = ["Place", "dcat_catalogue", "dcat_dataset", "iso19139", "links_of", "ogc_record", "schema_org"]
