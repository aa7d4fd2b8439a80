"""History: Features as they were; a versioned Collection keeps its present ones, and beside it those that ended.

A Feature carries `valid_from` and `since_version`. When another state takes its place, it goes into the Collection's history
with `valid_to` and `last_version`; the Collection itself holds the present and nothing else, so that every question about
the present stays as fast as it was. A question about an earlier time is answered from both.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from csdi.collection import Collection, Kind
from csdi.errors import CollectionMissing, CursorInvalid, FeatureMissing
from csdi.extent import Interval, rfc3339
from csdi.feature import Feature, Field, FieldType
from csdi.filter import Expression, Instant, Literal, Op, Property
from csdi.query import Page, Query, Sort
from csdi.store.base import Columns, Reader, feature_missing, scan

VALID_FROM, SINCE_VERSION = "valid_from", "since_version"
VALID_TO, LAST_VERSION, FEATURE = "valid_to", "last_version", "feature"

PRESENT_FIELDS = (
    Field(SINCE_VERSION, FieldType.INTEGER, {"en": "Since version", "zh-Hant": "始於版本", "zh-Hans": "始于版本"}),
    Field(VALID_FROM, FieldType.DATETIME, {"en": "Valid from", "zh-Hant": "有效自", "zh-Hans": "有效自"}, indexed=True),
)
"""Fields of a Collection that keeps its history."""

_ENDED_FIELDS = (
    Field(FEATURE, FieldType.STRING, {"en": "Feature", "zh-Hant": "要素", "zh-Hans": "要素"}, indexed=True),
    Field(LAST_VERSION, FieldType.INTEGER, {"en": "Last version", "zh-Hant": "止於版本", "zh-Hans": "止于版本"}),
    Field(VALID_TO, FieldType.DATETIME, {"en": "Valid to", "zh-Hant": "有效至", "zh-Hans": "有效至"}, indexed=True),
)


@dataclass(frozen=True, slots=True)
class AsOf:
    """The state that is asked for.

    Attributes:
        moment: as it was then; None for no time.
        version: as it was in this version of its model; None for no version.
    """

    moment: datetime | None = None
    version: int | None = None

    @classmethod
    def of(cls, interval: Interval | None, version: int | None) -> AsOf | None:
        """None where the present is asked for. An interval asks for the state at its end."""
        moment = interval.end if interval is not None else None
        return None if moment is None and version is None else cls(moment, version)

    def begun(self) -> list[Expression]:
        """Tests of Features that had begun."""
        tests: list[Expression] = []
        if self.moment is not None:
            tests.append(Op("<=", (Property(VALID_FROM), Instant(rfc3339(self.moment)))))
        if self.version is not None:
            tests.append(Op("<=", (Property(SINCE_VERSION), Literal(self.version))))
        return tests

    def lasting(self) -> list[Expression]:
        """Tests of Features that ended later."""
        tests: list[Expression] = []
        if self.moment is not None:
            tests.append(Op(">", (Property(VALID_TO), Instant(rfc3339(self.moment)))))
        if self.version is not None:
            tests.append(Op(">=", (Property(LAST_VERSION), Literal(self.version))))
        return tests


def is_versioned(collection: Collection) -> bool:
    """Whether the Collection keeps its history."""
    return VALID_FROM in collection.schema and SINCE_VERSION in collection.schema


def history_id(id: str) -> str:
    """Id of the Collection that holds what ended."""
    return f"{id}_history"


def history_of(collection: Collection) -> Collection:
    """The Collection that holds what ended."""
    schema = replace(collection.schema, fields=(*collection.schema.fields, *_ENDED_FIELDS))
    return replace(collection, id=history_id(collection.id), title={tag: f"{text}: history" for tag, text in collection.title.items()},
                   kind=Kind.SYSTEM, public=False, schema=schema)


def begun(features: Iterable[Feature], version: int, moment: datetime) -> Iterator[Feature]:
    """The Features as they begin with a version."""
    stamp = {SINCE_VERSION: version, VALID_FROM: rfc3339(moment)}
    for feature in features:
        yield Feature(feature.id, feature.geometry, {**feature.properties, **stamp})


def ended(features: Iterable[Feature], version: int, moment: datetime) -> Iterator[Feature]:
    """The Features as they go into the history: `version` is the last one in which they held, until `moment`."""
    for feature in features:
        since = feature.properties.get(SINCE_VERSION) or version
        yield Feature(f"{feature.id}@{since}", feature.geometry,
                      {**feature.properties, FEATURE: feature.id, LAST_VERSION: version, VALID_TO: rfc3339(moment)})


def search(reader: Reader, collection: Collection, query: Query, as_of: AsOf) -> Page:
    """One page of the Features as they were.

    Raises:
        CursorInvalid, QueryError: as `Reader.search`.
    """
    asked = zip(_sides(reader, collection, as_of), _opened(query.cursor), strict=False)
    sides = [_side(reader, id, query, tests, cursor) for (id, tests), cursor in asked]
    chosen = _merged([page.features if page else [] for _, page in sides], query)
    taken = [sum(side == at for side, _ in chosen) for at in range(len(sides))]
    following = [_following(reader, side, page, count) for (side, page), count in zip(sides, taken, strict=True)]
    matched = None if not query.count else sum(reader.count(side[0], side[1]) for side, _ in sides)
    return Page([_named(feature) if side else feature for side, feature in chosen], matched, _closed(following))


def scan_as_of(reader: Reader, id: str, query: Query, as_of: AsOf | None, page: int = 5000) -> Iterator[Feature]:
    """Every Feature that matches, as it was; those of the present without `as_of`, and where the Collection keeps no history.

    Raises:
        CollectionMissing, QueryError: as `search`.
    """
    collection = reader.collection(id)
    if as_of is None or not is_versioned(collection):
        yield from scan(reader, id, query, page)
        return
    query = replace(query, limit=page, count=False, offset=0, cursor="")
    while True:
        found = search(reader, collection, query, as_of)
        yield from found.features
        if not found.next:
            return
        query = query.after(found.next)


def largest(reader: Reader, collection: Collection, query: Query, as_of: AsOf) -> Columns:
    """As `Reader.largest`, of the Features as they were; up to the limit of those that hold still and of those that have ended.

    Raises:
        CollectionMissing, QueryError: as `Reader.largest`.
    """
    names = None if query.fields is None else tuple(dict.fromkeys((*query.fields, FEATURE)))
    found = []
    for id, tests in _sides(reader, collection, as_of):
        filters = [*([query.filter] if query.filter is not None else []), *tests]
        fields = query.fields if id == collection.id else names
        found.append(reader.largest(id, replace(query, filter=_all(filters), interval=None, fields=fields)))
    present, *past = found
    if not past:
        return present
    ended = past[0]
    ids = [*present.ids, *(str(name) for name in ended.properties[FEATURE])]
    properties = {name: [*values, *ended.properties[name]] for name, values in present.properties.items()}
    return Columns(ids, np.concatenate([present.geometries, ended.geometries]), properties, present.more or ended.more)


def feature(reader: Reader, collection: Collection, feature_id: str, as_of: AsOf) -> Feature:
    """One Feature as it was. Raises FeatureMissing."""
    same = Op("=", (Property(FEATURE), Literal(feature_id)))
    _, *past = _sides(reader, collection, as_of)
    try:
        found = reader.feature(collection.id, feature_id)
        if _has_begun(found, as_of):
            return found
    except FeatureMissing:
        pass
    for id, tests in past:
        page = reader.search(id, Query(filter=_all([same, *tests]), limit=1, count=False))
        if page.features:
            return _named(page.features[0])
    raise feature_missing(collection.id, feature_id)


def _has_begun(found: Feature, as_of: AsOf) -> bool:
    since, start = found.properties.get(SINCE_VERSION), found.properties.get(VALID_FROM)
    in_version = as_of.version is None or since is None or since <= as_of.version
    in_time = as_of.moment is None or start is None or datetime.fromisoformat(start) <= as_of.moment.astimezone(UTC)
    return in_version and in_time


def _sides(reader: Reader, collection: Collection, as_of: AsOf) -> list[tuple[str, list[Expression]]]:
    """Where the state is: present Features that had begun, and ended ones that lasted beyond it."""
    sides = [(collection.id, as_of.begun())]
    try:
        reader.collection(history_id(collection.id))
    except CollectionMissing:
        return sides
    return [*sides, (history_id(collection.id), [*as_of.begun(), *as_of.lasting()])]


_Asked = tuple[str, Query]


def _side(reader: Reader, id: str, query: Query, tests: list[Expression], cursor: str | None) -> tuple[_Asked, Page | None]:
    """A side's question and its next page; None when it has given all."""
    filters = [*([query.filter] if query.filter is not None else []), *tests]
    fields = None if query.fields is None else tuple(dict.fromkeys((*query.fields, *(sort.field for sort in query.sort))))
    asked = replace(query, filter=_all(filters), interval=None, cursor=cursor or "", offset=0, count=False, fields=fields)
    return (id, asked), None if cursor is None else reader.search(id, asked)


def _all(tests: list[Expression]) -> Expression | None:
    return None if not tests else tests[0] if len(tests) == 1 else Op("and", tuple(tests))


def _merged(pages: list[list[Feature]], query: Query) -> list[tuple[int, Feature]]:
    """The first Features of several ordered pages, with the page that each is from; without an order, page after page."""
    every = [(side, feature) for side, features in enumerate(pages) for feature in features]
    for sort in reversed(query.sort):
        every.sort(key=lambda one: _order(one[1].properties.get(sort.field), sort), reverse=sort.descending)
    return every[:query.limit]


def _order(value: Any, sort: Sort) -> tuple[bool, Any]:
    """Nulls come last in both directions."""
    return ((value is None) != sort.descending, 0 if value is None else value)


def _following(reader: Reader, asked: _Asked, page: Page | None, taken: int) -> str | None:
    """Where a side goes on when so many of its page were given; None when it has no more."""
    if page is None:
        return None
    if taken == len(page.features):
        return page.next or None
    return asked[1].cursor if not taken else reader.search(asked[0], replace(asked[1], limit=taken)).next


def _named(found: Feature) -> Feature:
    """A Feature of the history under its own id."""
    said = {name: value for name, value in found.properties.items() if name != FEATURE}
    return Feature(found.id.rpartition("@")[0], found.geometry, said)


def _closed(cursors: list[str | None]) -> str:
    if all(cursor is None for cursor in cursors):
        return ""
    return base64.urlsafe_b64encode(json.dumps(cursors).encode()).rstrip(b"=").decode()


def _opened(cursor: str) -> list[str | None]:
    if not cursor:
        return ["", ""]
    try:
        made = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError):
        made = None
    if not isinstance(made, list) or not all(one is None or isinstance(one, str) for one in made):
        raise CursorInvalid("this cursor does not belong to a question about the past", field="cursor", value=cursor,
                            remedy="follow the `next` link of the page before, unchanged")
    return made
