"""The sample site: generators of building models and GIS layers of an airport, deterministic, no outside data."""

from sample_models.ifc_files import ModelFile, write_model_files, write_models
from sample_models.ifc_known import KnownElement, expected_counts, known_positions

__all__ = ["KnownElement", "ModelFile", "expected_counts", "known_positions", "write_model_files", "write_models"]
