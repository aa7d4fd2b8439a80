"""Plan: a query bound to a Collection, with names resolved and types checked, ready for any store."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from csdi.collection import Collection
from csdi.crs import HeightModel
from csdi.errors import QueryError
from csdi.feature import Field, Schema
from csdi.filter.bind import bind, bind_interval, column_of
from csdi.filter.nearness import ANY_LEVEL
from csdi.filter.terms import Call, Column, Constant, Term, Type, both, conjuncts
from csdi.query import Query, Sort, decode_cursor
from csdi.store import words
from csdi.store.region import Region, region_of
from csdi.store.values import stored_names


@dataclass(frozen=True, slots=True)
class Plan:
    """What a store has to answer.

    Attributes:
        condition: filter and interval in one term, None for all.
        region: where, None for everywhere.
        phrases: token phrases that all must occur, None when no text is asked for.
        impossible: nothing can match, whatever the Features.
        fields: stored fields to give.
        order: columns to sort by with their direction; ties follow the row number.
        after: sort key and row number of the last Feature of the page before, None at the beginning.
        led: the store has put something of it into where its rows come from.
    """

    collection: Collection
    query: Query
    condition: Term | None
    region: Region | None
    phrases: list[list[str]] | None
    impossible: bool
    fields: list[Field]
    order: list[tuple[Column, bool]]
    after: list[Any] | None
    led: bool = False

    @property
    def is_everything(self) -> bool:
        """Whether every Feature matches."""
        return self.condition is None and self.region is None and self.phrases is None and not self.impossible and not self.led

    def tells_all(self, found: int) -> bool:
        """Whether a page for which so many rows were found, of one more than the limit, holds every Feature that matches."""
        return 0 < self.query.limit >= found and self.after is None and not self.query.offset


def plan_of(collection: Collection, query: Query, heights: HeightModel | None = None) -> Plan:
    """The plan of a query.

    Raises:
        QueryError: and its kinds: an unknown property, a filter that does not type-check, a cursor that is not ours.
    """
    schema = collection.schema
    filtered = None
    if query.filter is not None:
        filtered = bind(query.filter, schema, collection.storage_crs, collection.extent.bbox)
    timed = bind_interval(query.interval, schema) if query.interval else None
    region, impossible = None, False
    if query.bbox is not None:
        region = region_of(query.bbox, collection, heights) if schema.geometry else None
        impossible = region is None
    condition = both(filtered, timed)
    phrases = None
    if query.text.strip():
        phrases = words.phrases(query.text)
        impossible = impossible or not phrases or not any(f.text for f in schema.stored)
    after = decode_cursor(query.cursor, collection.id, query.sort) if query.cursor else None
    region = _with_heights(region, condition, schema)
    return Plan(collection, query, condition, region, phrases, impossible, stored_names(schema, query.fields),
                [_ordering(collection, sort) for sort in query.sort], after)


def _with_heights(region: Region | None, condition: Term | None, schema: Schema) -> Region | None:
    """The region, between the heights that a condition on the levels leaves: so that an index of boxes with heights can be asked."""
    if region is None or region.heights is not None or not schema.levels:
        return region
    low, high = -ANY_LEVEL, ANY_LEVEL
    for term in conjuncts(condition):
        match term:
            case Call("<" | "<=" | "=", (Column(name), Constant(level))) if name in schema.levels and level is not None:
                high = min(high, level)
        match term:
            case Call(">" | ">=" | "=", (Column(name), Constant(level))) if name in schema.levels and level is not None:
                low = max(low, level)
    return region if (low, high) == (-ANY_LEVEL, ANY_LEVEL) else replace(region, heights=(low, high))


def check_facet(column: Column) -> Column:
    """The column, if its values can be counted. Raises QueryError."""
    if column.type in (Type.ARRAY, Type.GEOMETRY):
        raise QueryError(f"the values of property '{column.name}' cannot be counted", field=column.name,
                         remedy="ask for a property of text, numbers or times")
    return column


def _ordering(collection: Collection, sort: Sort) -> tuple[Column, bool]:
    column = column_of(collection.schema, sort.field)
    if column.type in (Type.ARRAY, Type.GEOMETRY):
        raise QueryError(f"property '{sort.field}' has no order", field="sortby", remedy="sort by text, numbers or times")
    return column, sort.descending
