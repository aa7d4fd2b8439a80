"""Pairs: which indexed fields have a second index that goes on with others, so that a test of several reads no rows."""

from __future__ import annotations

from collections.abc import Callable

from csdi.feature import Field, FieldType, Schema

_LEADING, _FOLLOWING = 6, 3
"""So many fields lead such an index, and so many follow in it at most: each makes writing slower."""


def is_indexed(schema: Schema, field: Field) -> bool:
    """Whether a field has an index: declared, or the Collection's time."""
    return field.indexed or field.name in (schema.time, schema.time_end)


def pairs(schema: Schema, leads: Callable[[Field], bool], follows: Callable[[Field], bool]) -> list[tuple[Field, ...]]:
    """The fields of each index on several, the leading one first.

    An index answers `lead = x AND second > y` by itself. What a Schema counts together is asked together; where it counts nothing,
    every field that can lead does so at most once: going round the fields, the second of one is the lead of the next.
    """
    fields = [field for field in schema if field.type is not FieldType.JSON and is_indexed(schema, field)]
    found = [[schema.field(name) for name in names] for names in schema.counted]
    if not found:
        found = [[field, *[other for other in fields[at + 1:] + fields[:at] if follows(other)][:_FOLLOWING]]
                 for at, field in enumerate(fields[:_LEADING])]
    return [tuple(several) for several in found if len(several) > 1 and leads(several[0]) and all(map(follows, several[1:]))]
