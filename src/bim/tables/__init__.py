"""Tables: the elements, spaces and storeys of a Model as Features without geometry."""

from bim.tables.extract import ModelTables, extract_tables

__all__ = ["ModelTables", "extract_tables"]
