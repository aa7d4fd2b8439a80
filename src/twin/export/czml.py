"""CZML: points of a layer that move, and routes, as positions over time (CZML 1.0, as CesiumJS reads it)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from csdi.bootstrap import Services
from csdi.collection import Collection
from csdi.crs import CRS84H, HK80_HKPD, transform
from csdi.errors import ValueInvalid
from csdi.extent import BBox
from csdi.feature import Feature, FieldType
from csdi.filter import parse
from csdi.query import Query
from csdi.store.base import scan

Json = dict[str, Any]
Floats = NDArray[np.float64]
MOST_POSITIONS = 500_000
INTERPOLATIONS = {"linear": ("LINEAR", 1), "lagrange": ("LAGRANGE", 5), "hermite": ("HERMITE", 3)}
_TRACKS = ("track", "track_id", "vehicle_id", "vehicle", "flight", "flight_id", "callsign", "icao24", "registration", "mmsi", "plate",
           "tag", "object_id", "moving_id")
_NAMES = ("name", "name_en", "callsign", "label", "title")
_LEVELS = ("height", "altitude", "level", "elevation", "z")
_COLOURS = ((31, 119, 180), (255, 127, 14), (44, 160, 44), (214, 39, 40), (148, 103, 189), (140, 86, 75), (227, 119, 194), (23, 190, 207))
_HKPD = "EPSG:5738"
_DIGITS = 8


@dataclass(frozen=True, slots=True)
class TrackWish:
    """Which points move, and how.

    Attributes:
        track, time, name: fields with what moves, when, and what it is called; "" for the likeliest of the layer.
        filter: CQL2; "" for all points.
        interpolation: `linear`, `lagrange` or `hermite`.
        trail_s: how much of the way behind is drawn.
        step_s: of several positions within so many seconds the first is kept; 0 for all.
    """

    track: str = ""
    time: str = ""
    name: str = ""
    filter: str = ""
    box: BBox | None = None
    interpolation: str = "linear"
    trail_s: float = 300.0
    step_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Track:
    """Positions of one thing, in the order of time.

    Attributes:
        places: (n, 3) longitude, latitude, metres above the ellipsoid; or (n, 2) on the ground.
    """

    id: str
    name: str
    moments: Sequence[datetime]
    places: Floats
    told: Mapping[str, Any]


def layer_czml(services: Services, collection: Collection, wish: TrackWish) -> Iterator[bytes]:
    """The parts of a document of everything that moves in a layer of points.

    Raises:
        ValueInvalid: no field with a time or with what moves, an unknown interpolation, no point or too many.
        FilterInvalid, PropertyUnknown: the filter.
    """
    if wish.interpolation not in INTERPOLATIONS:
        raise ValueInvalid(f"'{wish.interpolation}' is no interpolation", field="interpolation", value=wish.interpolation,
                           remedy=f"one of {', '.join(INTERPOLATIONS)}")
    tracks = list(_tracks(services, collection, wish))
    if not tracks:
        raise ValueInvalid(f"no point of '{collection.id}' has a place and a time", field="filter", value=wish.filter,
                           remedy="look at the layer and the filter")
    return document(str(collection.title.get("en") or collection.id), tracks, wish.interpolation, wish.trail_s)


def _tracks(services: Services, collection: Collection, wish: TrackWish) -> Iterator[Track]:
    time, key = _time(collection, wish.time), _track(collection, wish.track)
    name = _known(collection, wish.name, "name") if wish.name else next((one for one in _NAMES if one in _fields(collection)), key)
    found: dict[str, list[tuple[datetime, Feature]]] = defaultdict(list)
    query = Query(filter=parse(wish.filter) if wish.filter else None, bbox=wish.box)
    count = 0
    for row in scan(services.store, collection.id, query):
        moment = _moment(row.properties.get(time))
        if moment is None or row.geometry is None or row.geometry.is_empty or row.properties.get(key) in (None, ""):
            continue
        count += 1
        if count > MOST_POSITIONS:
            raise ValueInvalid(f"more than {MOST_POSITIONS} positions are asked for", field="filter", limit=MOST_POSITIONS,
                               remedy="give a filter, a box or a step")
        found[str(row.properties[key])].append((moment, row))
    for id, rows in sorted(found.items()):
        yield _one_track(services, collection, id, name, _thinned(sorted(rows, key=lambda one: (one[0], one[1].id)), wish.step_s))


def _thinned(rows: list[tuple[datetime, Feature]], step_s: float) -> list[tuple[datetime, Feature]]:
    """Each moment once, and not nearer to the one before than the step."""
    kept: list[tuple[datetime, Feature]] = []
    for moment, row in rows:
        if not kept or (moment - kept[-1][0]).total_seconds() > max(step_s, 0.0):
            kept.append((moment, row))
    return kept


def _one_track(services: Services, collection: Collection, id: str, name: str, rows: list[tuple[datetime, Feature]]) -> Track:
    shapes = shapely.point_on_surface(np.array([row.geometry for _, row in rows], dtype=object))
    flat = transform(collection.storage_crs, "OGC:CRS84").points(shapely.get_coordinates(shapes)[:, :2])
    levels = _levels(collection, [row for _, row in rows])
    told = {field.name: rows[-1][1].properties.get(field.name) for field in collection.schema
            if field.type in (FieldType.STRING, FieldType.NUMBER, FieldType.INTEGER)}
    places = _places(services, collection, flat, levels)
    return Track(id, str(rows[-1][1].properties.get(name) or id), [moment for moment, _ in rows], places,
                 {key: value for key, value in told.items() if value is not None})


def _levels(collection: Collection, rows: Sequence[Feature]) -> Floats | None:
    """(n,) heights: those of the points, else of a field; None where there are none."""
    shapes = [row.geometry for row in rows]
    if all(shape is not None and shape.has_z for shape in shapes):
        return np.asarray(shapely.get_coordinates(np.array(shapes, dtype=object), include_z=True)[:, 2])
    field = next((name for name in _LEVELS if name in _fields(collection)), "")
    said = [row.properties.get(field) for row in rows] if field else []
    if not said or not all(isinstance(one, int | float) for one in said):
        return None
    return np.array(said, dtype=np.float64)


def _places(services: Services, collection: Collection, flat: Floats, levels: Floats | None) -> Floats:
    if levels is None:
        return flat
    if collection.vertical_crs != _HKPD:
        return np.column_stack([flat, levels])
    grid = transform("OGC:CRS84", "EPSG:2326").points(flat)
    return np.asarray(transform(HK80_HKPD, CRS84H, heights=services.heights).points(np.column_stack([grid, levels])))


def _fields(collection: Collection) -> dict[str, FieldType]:
    return {field.name: field.type for field in collection.schema}


def _known(collection: Collection, name: str, what: str) -> str:
    if name not in _fields(collection):
        raise ValueInvalid(f"'{collection.id}' has no field '{name[:60]}'", field=what, value=name[:60],
                           remedy=f"one of {', '.join(_fields(collection))}")
    return name


def _time(collection: Collection, wanted: str) -> str:
    if wanted:
        return _known(collection, wanted, "time")
    said = [field.name for field in collection.schema if field.type in (FieldType.DATETIME, FieldType.DATE)]
    if not said:
        raise ValueInvalid(f"'{collection.id}' has no field with a time", field="time", remedy="name the field that says when")
    if collection.schema.time in said:
        return collection.schema.time
    return next((name for name in said if name in ("time", "datetime", "timestamp", "phenomenon_time")), said[0])


def _track(collection: Collection, wanted: str) -> str:
    if wanted:
        return _known(collection, wanted, "track")
    found = next((name for name in _TRACKS if name in _fields(collection)), "")
    if not found:
        raise ValueInvalid(f"no field of '{collection.id}' says what moves", field="track",
                           remedy="name the field with the id of what moves")
    return found


def _moment(value: Any) -> datetime | None:
    """A moment in UTC of what a row says, None where that is none."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    if not isinstance(value, datetime):
        return None
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def document(name: str, tracks: Sequence[Track], interpolation: str, trail_s: float) -> Iterator[bytes]:
    """The parts of a CZML document: the clock, then a packet for each track."""
    begin, end = min(track.moments[0] for track in tracks), max(track.moments[-1] for track in tracks)
    seconds = max((end - begin).total_seconds(), 1.0)
    clock = {"interval": _span(begin, end), "currentTime": _text(begin), "multiplier": max(1, round(seconds / 60)), "range": "LOOP_STOP",
             "step": "SYSTEM_CLOCK_MULTIPLIER"}
    yield b"[" + orjson.dumps({"id": "document", "name": name, "version": "1.0", "clock": clock})
    for number, track in enumerate(tracks):
        yield b",\n" + orjson.dumps(_packet(track, _COLOURS[number % len(_COLOURS)], interpolation, trail_s), default=str)
    yield b"]\n"


def _packet(track: Track, rgb: tuple[int, int, int], interpolation: str, trail_s: float) -> Json:
    epoch, colour = track.moments[0], {"rgba": [*rgb, 255]}
    on_ground = track.places.shape[1] == 2
    places = np.column_stack([track.places, np.zeros(len(track.places))]) if on_ground else track.places
    algorithm, degree = INTERPOLATIONS[interpolation]
    flat = [round(value, _DIGITS) for moment, place in zip(track.moments, places.tolist(), strict=True)
            for value in ((moment - epoch).total_seconds(), *place)]
    several = len(track.moments) > 1
    position: Json = {"epoch": _text(epoch), "cartographicDegrees": flat, "interpolationAlgorithm": algorithm,
                      "interpolationDegree": min(degree, max(len(track.moments) - 1, 1)), "forwardExtrapolationType": "HOLD"} \
        if several else {"cartographicDegrees": flat[1:]}
    held: Json = {"heightReference": "CLAMP_TO_GROUND"} if on_ground else {}
    made: Json = {"id": track.id, "name": track.name, "availability": _span(track.moments[0], track.moments[-1] if several else
                                                                           track.moments[0] + timedelta(seconds=1)),
                  "position": position, "properties": dict(track.told),
                  "point": {"pixelSize": 10, "color": colour, "outlineColor": {"rgba": [255, 255, 255, 255]}, "outlineWidth": 2, **held},
                  "label": {"text": track.name, "font": "13px sans-serif", "style": "FILL_AND_OUTLINE", "outlineWidth": 3,
                            "pixelOffset": {"cartesian2": [0, -18]}, "fillColor": {"rgba": [255, 255, 255, 255]}, **held}}
    if several and not on_ground:
        made |= {"path": {"width": 3, "leadTime": 0, "trailTime": trail_s, "resolution": 5, "material": {"solidColor": {"color": colour}}},
                 "orientation": {"velocityReference": "#position"}}
    return made


def route_czml(route: Mapping[str, Any], begin: datetime) -> Iterator[bytes]:
    """A route as somebody who walks it, from a moment on; the whole way is drawn.

    Args:
        route: a route's document in CRS84, with heights above the ellipsoid.

    Raises:
        ValueInvalid: the route has no place on the earth.
    """
    moments: list[float] = []
    places: list[list[float]] = []
    for leg in route["features"]:
        if leg["geometry"] is None:
            raise ValueInvalid("the route has no place on the earth", field="from", remedy="ask for it as GeoJSON")
        line = np.array(leg["geometry"]["coordinates"], dtype=np.float64)
        after = _along(line) * float(leg["properties"]["seconds"]) + (moments[-1] if moments else 0.0)
        for moment, place in zip(after.tolist(), line.tolist(), strict=True):
            if not moments or moment > moments[-1]:
                moments.append(moment)
                places.append(place)
    whole = route["route"]
    track = Track("route", f"{whole['from']['name']} - {whole['to']['name']}", [begin + timedelta(seconds=s) for s in moments],
                  np.array(places), {"metres": whole["metres"], "seconds": whole["seconds"], "profile": whole["profile"]})
    return document(track.name, [track], "linear", max(moments[-1], 1.0))


def _along(line: Floats) -> Floats:
    """(n,) share of its length at each corner, 0 to 1; evenly where it has no length."""
    scale = np.array([111_320.0 * np.cos(np.radians(line[0, 1])), 111_320.0, 1.0])
    steps = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line * scale, axis=0), axis=1))])
    return np.asarray(steps / steps[-1]) if steps[-1] > 0 else np.linspace(0.0, 1.0, len(line))


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _span(begin: datetime, end: datetime) -> str:
    return f"{_text(begin)}/{_text(end)}"

