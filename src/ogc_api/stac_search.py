"""STAC item search: one question to all Collections that are offered, read from parameters or from JSON, answered page by page."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from csdi.collection import Collection
from csdi.crs import CRS84, CRS84H, from_authority_order
from csdi.errors import CsdiError, CursorInvalid, ValueInvalid
from csdi.extent import BBox, Interval, rfc3339
from csdi.feature import Feature
from csdi.filter import Expression, Items, Literal, Op, Property, parse_json, parse_text
from csdi.query import Query
from csdi.store.base import Reader
from ogc_api.coverage_documents import is_raster
from ogc_api.parameters import DEFAULT_LIMIT, MAX_LIMIT, number, whole
from ogc_api.stac_documents import moment_of

Json = dict[str, Any]
MEMBERS = ("bbox", "collections", "datetime", "ids", "intersects", "limit", "token")
"""What a question may have, as parameters and in JSON."""
LONGEST = 2**20
"""Bytes of the longest question in JSON."""


@dataclass(frozen=True, slots=True)
class Search:
    """A question; what is None is not asked for.

    Attributes:
        place: test that a footprint meets a geometry, in CRS84.
        token: where the answer goes on, "" for its beginning.
    """

    collections: tuple[str, ...] | None = None
    ids: tuple[str, ...] | None = None
    bbox: BBox | None = None
    place: Expression | None = None
    interval: Interval | None = None
    limit: int = DEFAULT_LIMIT
    token: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """One page: items with their Collections, how many there are in all, and where the next page begins, "" for nowhere."""

    items: list[tuple[Feature, Collection]]
    matched: int
    token: str


def document_of(single: Mapping[str, str]) -> Json:
    """Parameters of a GET as the JSON of a POST. Raises ValueInvalid."""
    said: Json = {name: value for name, value in single.items() if name in ("datetime", "token")}
    for name in ("collections", "ids"):
        if name in single:
            said[name] = [part.strip() for part in single[name].split(",") if part.strip()]
    if "limit" in single:
        said["limit"] = whole(single["limit"], "limit", 1)
    if "bbox" in single:
        try:
            said["bbox"] = [number(part) for part in single["bbox"].split(",")]
        except ValueError:
            raise _wrong("bbox", single["bbox"], "four or six numbers with commas between them") from None
    if "intersects" in single:
        said["intersects"] = parsed(single["intersects"].encode(errors="replace"), "intersects")
    return said


def parsed(body: bytes, field: str) -> Json:
    """A JSON object. Raises ValueInvalid naming the field."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ValueInvalid(f"{field} is not JSON: {error}", field=field) from None
    if not isinstance(document, dict):
        raise ValueInvalid(f"{field} is no JSON object", field=field)
    return document


def read_search(said: Mapping[str, Any]) -> Search:
    """The question in JSON. Raises ValueInvalid, QueryError naming the member that is wrong."""
    if extra := sorted(set(said) - set(MEMBERS)):
        raise ValueInvalid(f"there is no member '{extra[0]}' of a search", field=extra[0], remedy=f"known: {', '.join(MEMBERS)}")
    if said.get("bbox") is not None and said.get("intersects") is not None:
        raise ValueInvalid("a search has a bbox or a geometry, not both", field="intersects")
    moment, token = said.get("datetime"), said.get("token") or ""
    if moment is not None and not isinstance(moment, str):
        raise _wrong("datetime", moment, "a time or an interval as text")
    if not isinstance(token, str):
        raise _wrong("token", token, "the token of the `next` link, unchanged")
    return Search(_names(said, "collections"), _names(said, "ids"), _box(said.get("bbox")), _place(said.get("intersects")),
                  None if moment is None else Interval.parse(moment), _limit(said.get("limit", DEFAULT_LIMIT)), token)


def search(reader: Reader, offered: Sequence[Collection], asked: Search) -> Found:
    """The items that answer a question, of the Collections that are offered; in the order of their ids.

    Raises:
        CursorInvalid: the token is not one of ours.
    """
    chosen = sorted((c for c in offered if asked.collections is None or c.id in asked.collections), key=lambda c: c.id)
    queries = [(c, query) for c in chosen if (query := _query(c, asked)) is not None]
    counts = [reader.count(c.id, query) for c, query in queries]
    begin, cursor = _opened(asked.token)
    items: list[tuple[Feature, Collection]] = []
    following = ""
    for at, (one, query) in enumerate(queries):
        if one.id < begin or not counts[at]:
            continue
        if len(items) == asked.limit:
            following = _closed(one.id, "")
            break
        page = reader.search(one.id, replace(query, limit=asked.limit - len(items), cursor=cursor if one.id == begin else "", count=False))
        items += [(feature, one) for feature in page.features]
        if page.next:
            following = _closed(one.id, page.next)
            break
    return Found(items, sum(counts), following)


def _query(one: Collection, asked: Search) -> Query | None:
    """The question to one Collection; None where nothing of it can answer."""
    tests = [asked.place] if asked.place is not None else []
    if asked.ids is not None:
        if not asked.ids:
            return None
        tests.append(Op("in", (Property("id"), Items(tuple(Literal(id) for id in asked.ids)))))
    if asked.interval is not None:
        if is_raster(one):
            if not asked.interval.contains(moment_of(one)):
                return None
        else:
            tests += [parse_text(f"added {sign} TIMESTAMP('{rfc3339(moment)}')")
                      for sign, moment in ((">=", asked.interval.start), ("<=", asked.interval.end)) if moment is not None]
    return Query(bbox=asked.bbox, filter=None if not tests else tests[0] if len(tests) == 1 else Op("and", tuple(tests)))


def _names(said: Mapping[str, Any], member: str) -> tuple[str, ...] | None:
    given = said.get(member)
    if given is None:
        return None
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise _wrong(member, given, "a list of texts")
    return tuple(given)


def _box(given: Any) -> BBox | None:
    if given is None:
        return None
    if not isinstance(given, list) or len(given) not in (4, 6) or \
            not all(isinstance(one, int | float) and not isinstance(one, bool) for one in given):
        raise _wrong("bbox", given, "four or six numbers")
    known = CRS84H if len(given) == 6 else CRS84
    return BBox.of(from_authority_order(tuple(float(one) for one in given), known), known.code)


def _place(given: Any) -> Expression | None:
    if given is None:
        return None
    if not isinstance(given, dict):
        raise _wrong("intersects", given, "a GeoJSON geometry")
    try:
        return parse_json({"op": "s_intersects", "args": [{"property": "geometry"}, given]})
    except CsdiError as error:
        raise ValueInvalid(f"intersects: {error.message}", field="intersects", remedy="give a GeoJSON geometry") from None


def _limit(given: Any) -> int:
    if not isinstance(given, int) or isinstance(given, bool) or given < 1:
        raise _wrong("limit", given, "a whole number from 1 on")
    return min(given, MAX_LIMIT)


def _wrong(member: str, given: Any, remedy: str) -> ValueInvalid:
    return ValueInvalid(f"{member} is not {remedy}", field=member, value=str(given)[:200], remedy=f"give {remedy}")


def _closed(id: str, cursor: str) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([id, cursor])).rstrip(b"=").decode()


def _opened(token: str) -> tuple[str, str]:
    """(Collection, cursor) where the answer goes on."""
    if not token:
        return "", ""
    try:
        match orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))):
            case [str(id), str(cursor)]:
                return id, cursor
    except ValueError:
        pass
    raise CursorInvalid("this token does not belong to a search", field="token", value=token,
                        remedy="follow the `next` link of the page before, unchanged")
