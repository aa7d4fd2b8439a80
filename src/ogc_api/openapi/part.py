"""What one part of the API says of itself: its conformance classes, paths and schemas."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from csdi.collection import Collection

Json = dict[str, Any]


def _no_paths(collections: Sequence[Collection]) -> Json:  # noqa: ARG001
    return {}


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the API.

    Attributes:
        conforms: URIs of the conformance classes that it meets.
        paths: the OpenAPI paths, relative to the root of the API, for the Collections that anybody may read.
        schemas, parameters: what the paths refer to, by name; names are unique over all parts.
        tag: (name, description) of the group that its operations are shown in.
    """

    conforms: tuple[str, ...] = ()
    paths: Callable[[Sequence[Collection]], Json] = _no_paths
    schemas: Mapping[str, Json] = field(default_factory=dict)
    parameters: Mapping[str, Json] = field(default_factory=dict)
    tag: tuple[str, str] = ("", "")


def ref(kind: str, name: str) -> Json:
    """A reference to a component of this document: `ref("schemas", "problem")`."""
    return {"$ref": f"#/components/{kind}/{name}"}


def get(tag: str, operation: str, summary: str, parameters: Sequence[Json], responses: Json, **more: Any) -> Json:
    """A path item with one GET operation; `operation` is its unique id."""
    described: Json = {"tags": [tag], "operationId": operation, "summary": summary, "parameters": list(parameters), "responses": responses}
    return {"get": described | more}


def answers(description: str, content: Mapping[str, Json], *, headers: Mapping[str, Json] | None = None, found: bool = True) -> Json:
    """Responses of a GET: 200 with these media types, and the problems; 404 only where something may not be found."""
    success: Json = {"description": description, "content": {media: {"schema": schema} for media, schema in content.items()}}
    if headers:
        success["headers"] = dict(headers)
    problems = {"400": "invalid", "403": "denied"} | ({"404": "missing"} if found else {}) | {"500": "fault", "503": "unavailable"}
    return {"200": success} | {status: ref("responses", name) for status, name in problems.items()}
