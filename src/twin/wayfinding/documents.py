"""Documents of ways: routes, exits, reach and the network itself as GeoJSON and CSV."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from bim.indoor import MODES, Mode, Network
from csdi.collection import say
from csdi.crs import CRS84H, HK80_HKPD, HeightModel, Transform, transform
from csdi.errors import ValueInvalid
from twin.wayfinding.profiles import Profile
from twin.wayfinding.router import Escape, Route, Router
from twin.wayfinding.steps import Leg, arrival, beginning, legs_of

Json = dict[str, Any]
Floats = NDArray[np.float64]
_GRID_NAMES = frozenset({"EPSG:2326", "2326", "http://www.opengis.net/def/crs/EPSG/0/2326", "[EPSG:2326]"})
_LONLAT_NAMES = frozenset({"", "CRS84", "OGC:CRS84", "CRS84h", "OGC:CRS84h", "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
                           "http://www.opengis.net/def/crs/OGC/0/CRS84h"})
_AREA_STEPS = 8


@dataclass(frozen=True)
class Frame:
    """How coordinates are written: longitude, latitude and ellipsoidal height, or easting, northing and mPD."""

    way: Transform | None

    @classmethod
    def of(cls, name: str, heights: HeightModel) -> Frame:
        """By the name of a CRS. Raises ValueInvalid."""
        if name in _GRID_NAMES:
            return cls(None)
        if name in _LONLAT_NAMES:
            return cls(transform(HK80_HKPD, CRS84H, heights=heights))
        raise ValueInvalid(f"routes are not written in '{name[:80]}'", field="crs", value=name[:80], remedy="CRS84 or EPSG:2326")

    @property
    def order(self) -> str:
        """What the coordinates are, in their order."""
        return "longitude, latitude, ellipsoidal height" if self.way else "easting, northing, mPD (HK1980 Grid)"

    def points(self, points: Floats) -> list[list[float]]:
        """(n, 3) points of the network as they are written."""
        moved = self.way.points(points) if self.way is not None and len(points) else points
        digits = 8 if self.way is not None else 3
        return [[round(x, digits), round(y, digits), round(z, 3)] for x, y, z in np.asarray(moved).tolist()]

    def shape(self, shape: BaseGeometry, level: float) -> Json:
        """A floor in plan, as it is written, with its height."""
        def moved(xy: Floats) -> Floats:
            return np.array(self.points(np.column_stack([xy, np.full(len(xy), level)]))).reshape(-1, 3)

        flat = shapely.force_3d(shape)
        return dict(shapely.geometry.mapping(shapely.transform(flat, lambda xyz: moved(xyz[:, :2]), include_z=True)))


def route_document(route: Route, network: Network, profile: Profile, frame: Frame, language: str) -> Json:
    """A route as a FeatureCollection: one Feature for each leg, with what to do; the whole in `route`."""
    legs, local = legs_of(route, network), _is_local(route, network)
    steps = [step for text in (beginning(route), *(leg.told for leg in legs), arrival(route)) if (step := dict(text)) and step.get("en")]
    whole = {"profile": profile.id, "profile_title": say(profile.title, language), "metres": round(float(route.metres.sum()), 2),
             "seconds": round(float(route.seconds.sum()), 1), "from": _place(route.origin.id, route.origin.name, language),
             "to": _place(route.target.id, route.target.name, language), "coordinates": frame.order,
             "levels": _levels(legs), "steps": [say(step, language) for step in steps],
             "steps_in": {tag: [step[tag] for step in steps] for tag in ("en", "zh-Hant", "zh-Hans")}}
    if local:
        whole["coordinates"] = "the model's own frame, metres; the model has no place"
    return {"type": "FeatureCollection", "route": whole,
            "features": [_leg(number, leg, network, frame, language, local=local) for number, leg in enumerate(legs, 1)]}


def _is_local(route: Route, network: Network) -> bool:
    spaces = {int(space) for space in route.spaces if space >= 0}
    return bool(network.local) and any(network.spaces[space].model in network.local for space in spaces)


def _place(id: str, name: Any, language: str) -> Json:
    return {"id": id, "name": say(name, language)}


def _levels(legs: Sequence[Leg]) -> list[str]:
    """The levels that a route passes, in their order."""
    found: list[str] = []
    for leg in legs:
        found += [level for level in (leg.level, leg.to_level) if level and (not found or found[-1] != level)]
    return found


def _leg(number: int, leg: Leg, network: Network, frame: Frame, language: str, *, local: bool) -> Json:
    passage = network.passages[leg.passage] if leg.passage >= 0 else None
    space = network.spaces[leg.space] if leg.space >= 0 else None
    properties = {
        "leg": number, "mode": str(leg.mode), "metres": round(leg.metres, 2), "seconds": round(leg.seconds, 1),
        "level": leg.level, "to_level": leg.to_level, "turn": leg.turn, "space": space.id if space else None,
        "space_name": space.called(language) if space else None, "passage": passage.id if passage else None,
        "passage_name": passage.called(language) if passage else None, "instruction": say(leg.told, language),
        "from_mpd": None if local else round(float(leg.points[0, 2]), 3), "to_mpd": None if local else round(float(leg.points[-1, 2]), 3)}
    line = leg.points if len(leg.points) > 1 else np.repeat(leg.points, 2, axis=0)
    if local:
        return {"type": "Feature", "id": number, "geometry": None, "properties": properties | {"line": np.round(line, 3).tolist()}}
    geometry = {"type": "LineString", "coordinates": frame.points(line)}
    return {"type": "Feature", "id": number, "geometry": geometry, "properties": properties}


def escapes_document(escapes: Iterable[Escape], router: Router, profile: Profile, frame: Frame, language: str) -> Json:
    """Of every space how far the nearest exit is, and how many people each exit serves where spaces say how many they hold."""
    network, served = router.network, Counter[int]()
    features = []
    for one in escapes:
        space = network.spaces[one.space]
        if one.exit >= 0:
            served[one.exit] += round(space.occupants or 0)
        features.append(_space_feature(network, one.space, frame, language, {
            "metres_to_exit": round(one.metres, 3) if math.isfinite(one.metres) else None,
            "farthest_m": round(one.farthest, 3) if one.farthest is not None else None,
            "exit": network.passages[one.exit].id if one.exit >= 0 else None,
            "exit_name": network.passages[one.exit].called(language) if one.exit >= 0 else None, "occupants": space.occupants}))
    exits = [{"id": network.passages[number].id, "name": network.passages[number].called(language), "level": network.passages[number].level,
              "width_m": network.passages[number].width, "occupants": people} for number, people in served.most_common()]
    return {"type": "FeatureCollection", "profile": profile.id, "exits": exits, "coordinates": frame.order,
            "without_exit": sum(one["properties"]["exit"] is None for one in features), "features": features}


def _space_feature(network: Network, number: int, frame: Frame, language: str, more: Json, shape: BaseGeometry | None = None) -> Json:
    space = network.spaces[number]
    geometry = None if space.model in network.local else frame.shape(shape if shape is not None else network.shapes[number], space.floor)
    return {"type": "Feature", "id": space.id, "geometry": geometry,
            "properties": {"name": space.called(language), "level": space.level, "model": space.model, "area_m2": space.area, **more}}


def reach_document(router: Router, seconds: Floats, pace: float, limit: float, frame: Frame, language: str,
                   within: Sequence[int] = ()) -> Json:
    """Spaces that are reached in time, each with the part of its floor that is.

    Args:
        seconds: (n,) to each point of the network.
        pace: metres per second inside spaces.
        limit: seconds.
        within: spaces that are there from the beginning, such as that of the origin.
    """
    features = []
    for number in range(len(router.network.spaces)):
        points = router.points_of(number)
        left = (limit - seconds[points]) * pace
        if not (left > 0).any() and number not in within:
            continue
        shape = router.network.shapes[number]
        circles = [shapely.buffer(shapely.Point(router.network.points[point, :2]), far, quad_segs=_AREA_STEPS)
                   for point, far in zip(points, left, strict=True) if far > 0]
        part = shape if number in within and not circles else shapely.intersection(shape, shapely.union_all(circles))
        features.append(_space_feature(router.network, number, frame, language, {
            "seconds": round(float(seconds[points].min()), 1) if len(points) and np.isfinite(seconds[points].min()) else 0.0,
            "share": round(float(shapely.area(part) / max(shapely.area(shape), 1e-9)), 4)}, part))
    return {"type": "FeatureCollection", "seconds": limit, "coordinates": frame.order, "features": features}


def check_document(router: Router, profiles: Iterable[Profile], models: Sequence[str] = (), closed: frozenset[str] = frozenset()) -> Json:
    """What is not part of the network, and which spaces are cut off for each profile."""
    network = router.network

    def meant(model: str) -> bool:
        return not models or model in models

    doors = [one for one in network.passages if one.mode is Mode.DOOR and meant(one.model)]
    cut = {one.id: [_short(network, space) for space in router.cut_off(one, closed) if meant(network.spaces[space].model)]
           for one in profiles}
    return {"counts": {"spaces": sum(meant(one.model) for one in network.spaces), "doors": len(doors),
                       "exits": sum(one.exit for one in doors), "linked_by": dict(Counter(one.proof for one in doors)),
                       "ways_by_mode": dict(Counter(str(MODES[mode]) for mode in network.mode.tolist()))},
            "unlinked": [asdict(loss) for loss in network.losses if meant(loss.id.partition(":")[0])], "cut_off": cut}


def _short(network: Network, number: int) -> Json:
    space = network.spaces[number]
    return {"id": space.id, "name": space.name, "level": space.level}


def network_document(network: Network, frame: Frame, language: str) -> Json:
    """The network as GeoJSON: a Point for each point, a LineString for each way; models without a place are left out."""
    outside = np.array([*(space.model in network.local for space in network.spaces), False], bool)
    lost = outside[network.space_of]
    written = frame.points(network.points)
    points = [{"type": "Feature", "id": f"p{number}", "geometry": {"type": "Point", "coordinates": written[number]},
               "properties": {"kind": "point", **_point(network, number)}} for number in range(len(network.points)) if not lost[number]]
    ways = [{"type": "Feature", "id": f"w{row['way']}", "properties": {"kind": "way", **row}, "geometry": {
        "type": "LineString", "coordinates": [written[row["one"]], written[row["other"]]]}}
        for row in _ways(network, language) if not lost[row["one"]] and not lost[row["other"]]]
    return {"type": "FeatureCollection", "coordinates": frame.order, "features": [*points, *ways]}


def points_csv(network: Network) -> str:
    """All points: number, easting, northing, mPD, space, passage."""
    rows = ({"point": number, **dict(zip(("easting", "northing", "mpd"), np.round(network.points[number], 4).tolist(), strict=True)),
             **_point(network, number)} for number in range(len(network.points)))
    return table(rows, ("point", "easting", "northing", "mpd", "space", "level", "passage"))


def ways_csv(network: Network, language: str = "en") -> str:
    """All ways: number, the two points, mode, length, rise over run, direction, passage."""
    return table(_ways(network, language), ("way", "one", "other", "mode", "metres", "steepness", "heading", "passage", "passage_name",
                                            "width_m"))


def _point(network: Network, number: int) -> Json:
    space = int(network.space_of[number])
    passage = network.gates.get(number)
    return {"space": network.spaces[space].id if space >= 0 else "", "level": network.spaces[space].level if space >= 0 else "",
            "passage": network.passages[passage].id if passage is not None else ""}


def _ways(network: Network, language: str) -> Iterator[Json]:
    steep = network.steepness()
    for way in range(len(network.one)):
        passage = network.passages[network.through[way]] if network.through[way] >= 0 else None
        yield {"way": way, "one": int(network.one[way]), "other": int(network.other[way]), "mode": str(MODES[network.mode[way]]),
               "metres": round(float(network.length[way]), 4),
               "steepness": round(float(steep[way]), 4) if np.isfinite(steep[way]) else None,
               "heading": int(network.heading[way]), "passage": passage.id if passage else "",
               "passage_name": passage.called(language) if passage else "", "width_m": passage.width if passage else None}


def table(rows: Iterable[Json], names: Sequence[str]) -> str:
    """CSV with a header; text that a spreadsheet would take for a formula is led by an apostrophe."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(names)
    for row in rows:
        writer.writerow([_safe(row.get(name)) for name in names])
    return file.getvalue()


def _safe(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
