"""IMDF: indoor maps of models as an Indoor Mapping Data Format archive (OGC 20-094, version 1.0.0)."""

from twin.export.imdf.archive import archive
from twin.export.imdf.checking import check
from twin.export.imdf.writing import write_imdf

__all__ = ["archive", "check", "write_imdf"]
