"""The catalogue: a Record for every published Collection and for data elsewhere, in three languages."""

from csdi.catalogue.completeness import Completeness, assess
from csdi.catalogue.record import Contact, Link, Origin, Record

__all__ = ["Completeness", "Contact", "Link", "Origin", "Record", "assess"]
