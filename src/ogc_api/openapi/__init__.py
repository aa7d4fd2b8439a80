"""The API described in OpenAPI 3.0: written here from the live catalogue, with nothing that lies elsewhere."""

from ogc_api.openapi import core, tiles
from ogc_api.openapi.document import Description, document
from ogc_api.openapi.part import Part, answers, get, ref

__all__ = ["Description", "Part", "answers", "core", "document", "get", "ref", "tiles"]
