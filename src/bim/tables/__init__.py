"""Tables: everything in a Model as Features without geometry, by the Collection that it goes into."""

from bim.tables.extract import PARTS, ModelTables, extract_tables

__all__ = ["PARTS", "ModelTables", "extract_tables"]
