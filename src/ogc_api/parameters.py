"""Request parameters of OGC API - Features, read once at the border into a Query and a target CRS.

This is the one place where an authority's axis order comes in: `bbox` in `bbox-crs`, geometries in `filter-crs`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from starlette.datastructures import QueryParams

from csdi.collection import Collection
from csdi.crs import CRS, CRS84, CRS84H, crs, from_authority_order
from csdi.errors import CrsUnknown, ValueInvalid
from csdi.extent import BBox, Interval
from csdi.feature import FieldType
from csdi.filter import Expression, Items, Literal, Op, Period, Property, Shape, parse_json, parse_text
from csdi.history import AsOf, is_versioned
from csdi.query import Query, Sort

DEFAULT_LIMIT = 10
MAX_LIMIT = 10_000
"""Items of the largest page."""
MAX_WHOLE = 2**31 - 1
"""The largest `limit` and `offset` that is a number at all."""
KNOWN = frozenset({"bbox", "bbox-crs", "crs", "datetime", "f", "lang", "limit", "offset", "cursor", "sortby", "properties", "filter",
                   "filter-lang", "filter-crs", "skipGeometry", "q", "resulttype", "exclude-properties", "zoom-level",
                   "max-allowable-offset", "selector"})
VERSIONED = KNOWN | {"version"}
"""Parameters of Collections that keep their history."""
SIMPLER = ("zoom-level", "max-allowable-offset")
"""Parameters that ask for simplified geometries."""
MAX_ZOOM = 30
METRES_PER_DEGREE = 40_075_016.685578488 / 360
"""Of the equator, as Web Mercator has it (radius 6 378 137 m)."""
_SLACK_M = 1e-6
"""How far beyond its numbers a box reaches whose corners were converted, metres: they are rounded somewhere, and what touches the box
that was converted still has to meet it."""
_INTEGER, _NUMBER = re.compile(r"[+-]?[0-9]{1,25}"), re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
OFFERED = ("OGC:CRS84", "EPSG:4326", "EPSG:2326", "EPSG:3857", "EPSG:4490")
"""CRSs in which every Collection can be asked for."""


@dataclass(frozen=True, slots=True)
class ItemsRequest:
    """A parsed request: the question, and the CRS of the answer.

    Attributes:
        as_of: the past state that is asked for, of a Collection that keeps its history; None for the present.
        tolerance: how far simplified geometries may be from what they were, in units of `target`; 0 for not simplified.
    """

    query: Query
    target: CRS
    parameters: Mapping[str, str]
    as_of: AsOf | None = None
    tolerance: float = 0.0


def crs_of(collection: Collection) -> list[CRS]:
    """The CRSs in which a Collection can be asked for: the offered ones, its storage CRS, and 3D ones where it has heights."""
    codes = list(OFFERED)
    if collection.schema.has_z and collection.vertical_crs:
        codes += ["OGC:CRS84h", "EPSG:2326+5738"]
    if collection.storage_crs not in codes:
        codes.append(collection.storage_crs)
    return [crs(code) for code in codes]


def read_items_request(params: QueryParams, collection: Collection) -> ItemsRequest:
    """All parameters of `/collections/{id}/items`.

    Raises:
        ValueInvalid, QueryError, CrsError: naming the parameter and what is allowed.
    """
    single = once(params)
    target = asked_crs(single.get("crs"), "crs", collection) if "crs" in single else CRS84
    query = Query(
        bbox=_bbox(single, collection),
        interval=_interval(single.get("datetime")),
        filter=_filter(single, collection),
        text=single.get("q", "").replace(",", " "),
        fields=_properties(single.get("properties"), single.get("exclude-properties"), collection),
        sort=_sort(single.get("sortby"), collection),
        limit=_limit(single.get("limit")) * (_choice(single, "resulttype", ("results", "hits")) == "results"),
        cursor=single.get("cursor", ""),
        offset=whole(single.get("offset", "0"), "offset", 0),
        geometry=_choice(single, "skipGeometry", ("false", "true")) == "false",
    )
    tolerance = read_tolerance(single, target)
    if not is_versioned(collection):
        return ItemsRequest(query, target, single, tolerance=tolerance)
    as_of = asked_state(single)
    return ItemsRequest(replace(query, interval=None), target, single, as_of, tolerance)


def read_tolerance(single: Mapping[str, str], target: CRS) -> float:
    """How far simplified geometries may be from what they were, in units of `target`; 0 where nobody asks for simplified ones.

    `max-allowable-offset` says it; `zoom-level` of WebMercatorQuad means half a pixel of its tiles of 256 pixels at the equator.
    Of both the finer holds. Raises ValueInvalid.
    """
    asked = []
    if "max-allowable-offset" in single:
        asked.append(_amount(single["max-allowable-offset"], "max-allowable-offset", 1e9))
    if "zoom-level" in single:
        degrees = 360 / 256 / 2 ** (_amount(single["zoom-level"], "zoom-level", MAX_ZOOM) + 1)
        asked.append(degrees if target.is_geographic else degrees * METRES_PER_DEGREE / target.unit_to_metre)
    return min(asked, default=0.0)


def _amount(text: str, name: str, most: float) -> float:
    try:
        value = number(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= most:
        raise ValueInvalid(f"{name} is a number from 0 to {most:g}, not '{text}'", field=name, value=text)
    return value


def _choice(single: Mapping[str, str], name: str, values: tuple[str, ...]) -> str:
    """One of the values, the first without the parameter."""
    asked = single.get(name, values[0])
    if asked not in values:
        raise ValueInvalid(f"{name} '{asked}' is not known", field=name, value=asked, remedy=" or ".join(values))
    return asked


def read_crs(params: QueryParams, collection: Collection) -> CRS:
    """The `crs` parameter of a single item; CRS84 without it."""
    single = once(params, {"crs", "f", "lang", *SIMPLER} | ({"datetime", "version"} if is_versioned(collection) else set()))
    return asked_crs(single["crs"], "crs", collection) if "crs" in single else CRS84


def read_as_of(params: QueryParams, collection: Collection) -> AsOf | None:
    """The past state of a single item that `datetime` or `version` asks for; None for the present."""
    return asked_state(dict(params)) if is_versioned(collection) else None


def asked_state(single: Mapping[str, str]) -> AsOf | None:
    """The past state that `datetime` or `version` asks for; None for the present. Raises ValueInvalid."""
    return AsOf.of(_interval(single.get("datetime")), _version(single))


def _version(single: Mapping[str, str]) -> int | None:
    return whole(single["version"], "version", 1) if "version" in single else None


def once(params: QueryParams, known: Iterable[str] | None = None) -> dict[str, str]:
    """Each parameter once.

    Raises:
        ValueInvalid: one is given twice, or is not among those known.
    """
    single: dict[str, str] = {}
    for name, value in params.multi_items():
        if name in single:
            raise ValueInvalid(f"the parameter '{name}' is given twice", field=name, value=value)
        if known is not None and name not in known:
            raise ValueInvalid(f"there is no parameter '{name}' here", field=name, remedy=f"known: {', '.join(sorted(known))}")
        single[name] = value
    return single


def asked_crs(text: str | None, name: str, collection: Collection) -> CRS:
    """The CRS that the parameter `name` asks for. Raises ValueInvalid for one in which the Collection is not offered."""
    try:
        wanted = crs(text or "")
    except CrsUnknown as error:
        raise ValueInvalid(f"{name}: {error.message}", field=name, value=text, remedy=_offer(collection)) from None
    if wanted not in crs_of(collection):
        raise ValueInvalid(f"{name}: '{text}' is not offered for this collection", field=name, value=text, remedy=_offer(collection))
    return wanted


def _offer(collection: Collection) -> str:
    return "one of " + ", ".join(known.uri for known in crs_of(collection))


def _bbox(single: Mapping[str, str], collection: Collection) -> BBox | None:
    stated = asked_crs(single["bbox-crs"], "bbox-crs", collection) if "bbox-crs" in single else None
    if "bbox" not in single:
        return None
    try:
        numbers = [number(part) for part in single["bbox"].split(",")]
    except ValueError:
        raise ValueInvalid(f"bbox '{single['bbox']}' is not a list of numbers", field="bbox", value=single["bbox"],
                           remedy="write four or six numbers with commas between them") from None
    if len(numbers) not in (4, 6):
        raise ValueInvalid(f"a bbox has 4 or 6 numbers, not {len(numbers)}", field="bbox", value=single["bbox"])
    known = stated or (CRS84H if len(numbers) == 6 else CRS84)
    box = BBox.of(from_authority_order(tuple(numbers), known), known.code)
    if known.is_geographic:
        return box
    slack = _SLACK_M / known.unit_to_metre
    return replace(box, minx=box.minx - slack, miny=box.miny - slack, maxx=box.maxx + slack, maxy=box.maxy + slack)


def _interval(text: str | None) -> Interval | None:
    return None if text is None else Interval.parse(text)


def _filter(single: Mapping[str, str], collection: Collection) -> Expression | None:
    """`filter` in its language and CRS, and every `property=value` parameter, all joined by AND."""
    tests: list[Expression] = []
    language = _choice(single, "filter-lang", ("cql2-text", "cql2-json"))
    known = asked_crs(single["filter-crs"], "filter-crs", collection) if "filter-crs" in single else None
    if "filter" in single:
        tree = parse_json(single["filter"]) if language == "cql2-json" else parse_text(single["filter"])
        tests.append(_in_crs(tree, known) if known else tree)
    expected = VERSIONED if is_versioned(collection) else KNOWN
    for name, value in single.items():
        if name in expected:
            continue
        if name not in collection.schema:
            raise ValueInvalid(f"'{name}' is neither a parameter nor a property of {collection.id}", field=name,
                               remedy=f"known parameters: {', '.join(sorted(expected))}")
        tests.append(Op("=", (Property(name), _literal(value, collection.schema.field(name).type, name))))
    if "selector" in single:
        tests.append(Op("selected", (Literal(single["selector"]),)))
    if not tests:
        return None
    return tests[0] if len(tests) == 1 else Op("and", tuple(tests))


def _literal(text: str, kind: FieldType, name: str) -> Literal:
    try:
        if kind is FieldType.INTEGER:
            return Literal(_integer(text, -(2**63), 2**63 - 1))
        if kind is FieldType.NUMBER:
            return Literal(number(text))
        if kind is FieldType.BOOLEAN:
            return Literal({"true": True, "false": False}[text])
    except (ValueError, KeyError):
        raise ValueInvalid(f"'{text}' is no {kind} for the property '{name}'", field=name, value=text) from None
    return Literal(text)


def _in_crs(tree: Expression, known: CRS) -> Expression:
    """The same tree with its geometries read as being in a CRS, in the authority's axis order."""
    match tree:
        case Shape(geometry=geometry):
            return Shape(from_authority_order(geometry, known), known.code)
        case Op(name, args):
            return Op(name, tuple(_in_crs(arg, known) for arg in args))
        case Items(items):
            return Items(tuple(_in_crs(item, known) for item in items))
        case Period() | Property() | Literal():
            return tree
        case _:
            return tree


def _properties(wanted: str | None, unwanted: str | None, collection: Collection) -> tuple[str, ...] | None:
    """The properties that are asked for, without those that are not wanted; None for all."""
    if wanted is None and unwanted is None:
        return None
    schema = collection.schema
    names = [f.name for f in schema.stored] if wanted is None else [schema.field(name.strip()).name for name in wanted.split(",")]
    without = {schema.field(name.strip()).name for name in unwanted.split(",")} if unwanted is not None else set()
    return tuple(name for name in names if name not in without)


def _sort(text: str | None, collection: Collection) -> tuple[Sort, ...]:
    if text is None:
        return ()
    keys = []
    for part in text.split(","):
        name = part.strip().lstrip("+-")
        collection.schema.field(name)
        keys.append(Sort(name, part.strip().startswith("-")))
    return tuple(keys)


def _limit(text: str | None) -> int:
    """A limit above the largest page is served as the largest page (OGC 17-069r4, 7.15.2)."""
    return DEFAULT_LIMIT if text is None else min(whole(text, "limit", 1), MAX_LIMIT)


def whole(text: str, name: str, least: int) -> int:
    """The whole number of the parameter `name`, at most `MAX_WHOLE`. Raises ValueInvalid."""
    try:
        return _integer(text, least, MAX_WHOLE)
    except ValueError:
        raise ValueInvalid(f"{name} is a whole number, {least} to {MAX_WHOLE}, not '{text}'", field=name, value=text) from None


def _integer(text: str, least: int, most: int) -> int:
    """Raises ValueError."""
    if not _INTEGER.fullmatch(text) or not least <= int(text) <= most:
        raise ValueError
    return int(text)


def number(text: str) -> float:
    """A finite number as parameters write it. Raises ValueError."""
    if not _NUMBER.fullmatch(text.strip()) or not math.isfinite(float(text)):
        raise ValueError
    return float(text)

