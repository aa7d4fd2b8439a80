"""Query and Page: a question to a Collection, and one part of its answer."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, replace
from typing import Any

from csdi.errors import CursorInvalid, ValueInvalid
from csdi.extent import BBox, Interval
from csdi.feature import Feature
from csdi.filter import Expression

MAX_LIMIT = 100_000


@dataclass(frozen=True, slots=True)
class Sort:
    """Order by one property; nulls come last in both directions."""

    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """Which Features, in which order, how many.

    Attributes:
        bbox: in any CRS; a Feature matches when its geometry intersects the box (and its heights, for a 3D box).
        interval: matches Features whose time (Schema.time) meets it; Features without time always match.
        filter: CQL2 expression tree; geometries inside it are in CRS84.
        text: words that all must occur in full-text fields, in any language; "" for none.
        fields: property names to return, None for all.
        sort: properties first to last; ties, and no sort at all, follow the store's own row order.
        limit: 0 to MAX_LIMIT.
        cursor: where the page begins: `Page.next` of the page before; excludes `offset`.
        offset: Features to skip; only for clients that cannot follow cursors.
        count: whether `Page.matched` is wanted.
        geometry: whether geometries are wanted.
    """

    bbox: BBox | None = None
    interval: Interval | None = None
    filter: Expression | None = None
    text: str = ""
    fields: tuple[str, ...] | None = None
    sort: tuple[Sort, ...] = ()
    limit: int = 10
    cursor: str = ""
    offset: int = 0
    count: bool = True
    geometry: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.limit <= MAX_LIMIT:
            raise ValueInvalid(f"limit is 0 to {MAX_LIMIT}, not {self.limit}", field="limit", value=self.limit)
        if self.offset < 0:
            raise ValueInvalid(f"offset is not negative, {self.offset} is", field="offset", value=self.offset)
        if self.cursor and self.offset:
            raise ValueInvalid("a page begins at a cursor or at an offset, not both", field="cursor")

    def after(self, cursor: str) -> Query:
        """The same question, from the cursor on."""
        return replace(self, cursor=cursor, offset=0)


@dataclass(frozen=True, slots=True)
class Page:
    """One part of an answer.

    Attributes:
        matched: how many Features match in all, None when not asked for.
        next: cursor of the next page, "" when this is the last one.
    """

    features: list[Feature]
    matched: int | None = None
    next: str = ""


def encode_cursor(collection: str, sort: tuple[Sort, ...], key: list[Any]) -> str:
    """An opaque cursor: the sort key of the last Feature given, bound to collection and order."""
    body = json.dumps([_tag(collection, sort), key], ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(body).rstrip(b"=").decode()


def decode_cursor(cursor: str, collection: str, sort: tuple[Sort, ...]) -> list[Any]:
    """The sort key inside a cursor.

    Raises:
        CursorInvalid: not one of ours, or made for another collection or order.
    """
    try:
        tag, key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError):
        tag, key = "", None
    if tag != _tag(collection, sort) or not isinstance(key, list) or len(key) != len(sort) + 1:
        raise CursorInvalid("this cursor does not belong to this collection and order", field="cursor", value=cursor,
                            remedy="follow the `next` link of the page before, unchanged")
    return key


def _tag(collection: str, sort: tuple[Sort, ...]) -> str:
    order = ",".join(("-" if s.descending else "+") + s.field for s in sort)
    return hashlib.sha256(f"{collection}|{order}".encode()).hexdigest()[:8]
