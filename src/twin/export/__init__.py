"""Export: a model, or a part of it, as IFC, GeoPackage, CSV, CityJSON or GLB."""

from twin.export.files import FORMATS, Exported, export_model
from twin.export.selection import Selection

__all__ = ["FORMATS", "Exported", "Selection", "export_model"]
