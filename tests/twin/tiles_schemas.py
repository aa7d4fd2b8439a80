"""The published JSON schemas of 3D Tiles 1.1, read from the shared data, with every reference resolved there."""

from __future__ import annotations

import functools
import json
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from tests.corpus import corpus


@functools.cache
def _schemas() -> dict[str, Any]:
    folder = corpus("schemas", "3d-tiles-1.1", "schema")
    return {path.name: json.loads(path.read_text()) for path in folder.rglob("*.json")}


def schema_errors(document: Any, schema: str = "tileset") -> list[str]:
    """What a document has against a schema, such as `tileset`, `subtree`, `schema` (of metadata) or `propertyTable`."""
    schemas = _schemas()
    registry: Any = Registry(retrieve=lambda uri: Resource.from_contents(schemas[uri.rpartition("/")[2]]))
    validator = Draft202012Validator(schemas[f"{schema}.schema.json"], registry=registry)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]
