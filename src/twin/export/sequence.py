"""CityJSON sequences: the same objects line by line, so that a reader needs no more than one building at a time (CityJSONSeq 2.0)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

Json = dict[str, Any]


def sequence(document: Mapping[str, Any]) -> Iterator[bytes]:
    """The lines of a CityJSON document: what all have in common, then a CityJSONFeature for each object without a parent."""
    common = {name: document[name] for name in ("type", "version", "transform", "metadata")}
    yield orjson.dumps(common | {"CityObjects": {}, "vertices": []}) + b"\n"
    objects, vertices = document["CityObjects"], document["vertices"]
    for id, one in objects.items():
        if "parents" not in one:
            yield orjson.dumps(_feature(id, objects, vertices)) + b"\n"


def _feature(root: str, objects: Mapping[str, Json], vertices: list[Any]) -> Json:
    """An object with everything below it, and the vertices that they use."""
    family, open_ = {}, [root]
    while open_:
        id = open_.pop()
        family[id] = objects[id]
        open_ += reversed(objects[id].get("children", ()))
    numbers: dict[int, int] = {}
    made = {id: one | ({"geometry": [shape | {"boundaries": renumbered(shape["boundaries"], numbers)} for shape in one["geometry"]]}
                       if "geometry" in one else {}) for id, one in family.items()}
    return {"type": "CityJSONFeature", "id": root, "CityObjects": made, "vertices": [vertices[old] for old in numbers]}


def renumbered(boundaries: Any, numbers: dict[int, int]) -> Any:
    """Boundaries, however deep, with vertices counted as they first come."""
    if isinstance(boundaries, int):
        return numbers.setdefault(boundaries, len(numbers))
    return [renumbered(one, numbers) for one in boundaries]
