"""The sample site: generators of building models and GIS layers of an airport, deterministic, no outside data."""

from sample_models.ifc_files import ModelFile, write_model_files, write_models

__all__ = ["ModelFile", "write_model_files", "write_models"]
