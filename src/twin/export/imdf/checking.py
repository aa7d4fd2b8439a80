"""Checking an archive against the structure of the standard: members, references, geometries, and what lies on what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import shapely
from shapely.geometry.base import BaseGeometry

from csdi.finding import Finding
from twin.export.imdf import vocabulary as words
from twin.export.imdf.ground import Ground

_REFERENCES = {"address_id": "address", "level_id": "level", "unit_id": "unit", "anchor_id": "anchor", "building_ids": "building",
               "level_ids": "level", "unit_ids": "unit"}
_OUTSIDE_M = 0.05
_OFF_M = 0.05
_ON_LEVEL = ("unit", "fixture", "opening", "kiosk", "section")
Json = Mapping[str, Any]


def check(found: Mapping[str, Sequence[Json]]) -> list[Finding]:
    """What is wrong with an archive.

    Args:
        found: GeoJSON Features by feature type.

    Returns:
        Findings: IMD-001 a type or id, IMD-002 a member, IMD-003 a category, IMD-004 a reference, IMD-005 a geometry, IMD-006 what
        lies outside of its level, IMD-007 an opening that is on no outline of a room, IMD-008 what an archive must have.
    """
    return [*_whole(found), *(one for type, features in found.items() for feature in features for one in _feature(type, feature)),
            *_references(found), *_places(found)]


def _fault(code: str, feature: Json, message: str, measured: str = "", expected: str = "") -> Finding:
    return Finding(code, "error", message, str(feature.get("id")), measured, expected)


def _whole(found: Mapping[str, Sequence[Json]]) -> Iterator[Finding]:
    for type, least in (("address", 1), ("venue", 1), ("building", 1), ("footprint", 1), ("level", 1), ("unit", 1)):
        if len(found.get(type, ())) < least:
            yield Finding("IMD-008", "error", f"there is no {type}", type, "0", "1")
    if len(found.get("venue", ())) > 1:
        yield Finding("IMD-008", "error", "there is more than one venue", "venue", str(len(found["venue"])), "1")
    ids = [feature.get("id") for features in found.values() for feature in features]
    if len(set(ids)) != len(ids):
        yield Finding("IMD-001", "error", "ids are used twice", "archive", str(len(ids) - len(set(ids))), "0")


def _feature(type: str, feature: Json) -> Iterator[Finding]:
    if type not in words.TYPES or feature.get("feature_type") != type or feature.get("type") != "Feature":
        yield _fault("IMD-001", feature, "the feature type is none of the standard", str(feature.get("feature_type")), type)
        return
    if not _is_uuid(feature.get("id")):
        yield _fault("IMD-001", feature, "the id is no UUID")
    said = feature["properties"]
    if set(said) != set(words.MEMBERS[type]):
        yield _fault("IMD-002", feature, "members are missing or unknown", ", ".join(sorted(set(said) ^ set(words.MEMBERS[type]))))
        return
    for name in words.FILLED[type]:
        if said[name] in (None, "", [], {}):
            yield _fault("IMD-002", feature, f"{name} of {type} is null", "null", name)
    for name in ("name", "alt_name", "short_name"):
        if said.get(name) is not None and not (isinstance(said[name], dict) and said[name] and all(said[name].values())):
            yield _fault("IMD-002", feature, f"{name} is no set of labels", str(said[name])[:60])
    if "category" in said and said["category"] not in words.CATEGORIES[type]:
        yield _fault("IMD-003", feature, f"there is no such category of {type}", str(said["category"]))
    yield from _geometry(type, feature)


def _is_uuid(id: object) -> bool:
    try:
        return str(UUID(str(id))) == str(id)
    except ValueError:
        return False


def _geometry(type: str, feature: Json) -> Iterator[Finding]:
    wanted, written = words.GEOMETRIES[type], feature["geometry"]
    if (written or {}).get("type", "null") not in (wanted or ("null",)):
        yield _fault("IMD-005", feature, f"a {type} has another geometry", str((written or {}).get("type")), " or ".join(wanted) or "null")
        return
    if written is None:
        return
    shape = shape_of(feature)
    if shape.is_empty or not shape.is_valid:
        yield _fault("IMD-005", feature, f"the geometry of a {type} is empty or not valid", shapely.is_valid_reason(shape))
    point = feature["properties"].get("display_point")
    if point is not None and shape.area > 0 and not shape.intersects(shapely.Point(point["coordinates"])):
        yield _fault("IMD-005", feature, "the display point lies outside")


def shape_of(feature: Json) -> BaseGeometry:
    """The geometry of a Feature."""
    return shapely.geometry.shape(feature["geometry"])


def _references(found: Mapping[str, Sequence[Json]]) -> Iterator[Finding]:
    known = {type: {feature["id"] for feature in features} for type, features in found.items()}
    for features in found.values():
        for feature in features:
            for name, type in _REFERENCES.items():
                named = feature["properties"].get(name)
                for id in named if isinstance(named, list) else [named] if named is not None else ():
                    if id not in known.get(type, ()):
                        yield _fault("IMD-004", feature, f"{name} names no {type} of the archive", str(id))
            for one in _ends(feature):
                if one["id"] not in known.get(one["feature_type"], ()):
                    yield _fault("IMD-004", feature, f"a relationship names no {one['feature_type']} of the archive", str(one["id"]))


def _ends(feature: Json) -> list[Json]:
    said = feature["properties"]
    return [one for one in (said.get("origin"), said.get("destination"), *(said.get("intermediary") or ())) if one is not None]


def _places(found: Mapping[str, Sequence[Json]]) -> Iterator[Finding]:
    levels = {one["id"]: shape_of(one) for one in found.get("level", ()) if one["geometry"] and shape_of(one).is_valid}
    ground = Ground.of(list(levels.values()))
    plain = {id: ground.metres(shape) for id, shape in levels.items()}
    wide = {id: shapely.buffer(shape, _OUTSIDE_M) for id, shape in plain.items()}
    shapely.prepare(list(wide.values()))
    edges: dict[str, list[BaseGeometry]] = {}
    for type in _ON_LEVEL:
        for feature in found.get(type, ()):
            level = feature["properties"]["level_id"]
            if level not in wide or not feature["geometry"]:
                continue
            shape = ground.metres(shape_of(feature))
            if not shape.is_valid:
                continue
            if type == "unit":
                edges.setdefault(level, []).append(shapely.boundary(shape))
            if not shapely.covers(wide[level], shape):
                beyond = shapely.difference(shape, wide[level])
                yield _fault("IMD-006", feature, f"a {type} reaches out of its level", f"{beyond.area:.2f} m2, {beyond.length:.2f} m")
    trees = {level: shapely.STRtree(lines) for level, lines in edges.items()}
    for feature in found.get("opening", ()):
        level = feature["properties"]["level_id"]
        line = ground.metres(shape_of(feature))
        near = trees[level].query(line, "dwithin", _OFF_M).tolist() if level in trees else []
        if not _is_on(line, [edges[level][at] for at in near]):
            yield _fault("IMD-007", feature, "an opening is on no outline of a unit")


def _is_on(line: BaseGeometry, edges: Sequence[BaseGeometry]) -> bool:
    ends = shapely.points(shapely.get_coordinates(line))
    return any(bool((shapely.distance(edge, ends) <= _OFF_M).all()) for edge in edges)
