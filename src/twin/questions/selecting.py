"""Selecting: IfcOpenShell's selector syntax asked of Collections; classes go to an index, the rest is tested row by row."""

from __future__ import annotations

from typing import Any

from bim.ifc import derived_classes
from bim.selection import parse_selector
from csdi.collection import Collection
from csdi.errors import FilterInvalid
from csdi.filter import Expression, Items, Literal, Op, Property
from csdi.query import Query
from csdi.store.base import Reader, scan

SCHEMA = ""
"""Rows of a Collection come from models of all schemas, which know different classes."""
_MOST = 100_000
_READ = ("ifc_class", "global_id", "name", "long_name", "description", "object_type", "tag", "predefined_type", "type_name", "materials",
         "containment", "groups", "systems", "zones", "part_of", "host", "classifications", "psets", "quantities", "properties",
         "storey_name", "space_name")


def selected(reader: Reader, collection: Collection, text: str) -> list[str]:
    """Ids of the Features that a selector selects.

    Raises:
        FilterInvalid: the text does not follow the syntax, or it leaves too many rows to be looked at.
    """
    selector, schema = parse_selector(text), collection.schema
    classes = {str(name) for name, _ in reader.values(collection.id, "ifc_class", None, 10_000) if name} if "ifc_class" in schema else set()
    tests = [_narrowed(group.classes, group.keys, classes) for group in selector.groups]
    where = None if None in tests else Op("or", tuple(tests)) if len(tests) > 1 else tests[0]  # type: ignore[arg-type]
    asked = Query(filter=where, fields=tuple(name for name in _READ if name in schema), geometry=False)
    if reader.count(collection.id, asked) > _MOST:
        raise FilterInvalid(f"the selector leaves more than {_MOST} features to be looked at", field="selector", value=text,
                            remedy="name a class, such as IfcPump")
    return [feature.id for feature in scan(reader, collection.id, asked) if selector.holds(_row(feature.properties), SCHEMA)]


def _narrowed(classes: tuple[str, ...], keys: frozenset[str], there: set[str]) -> Expression | None:
    """The test of classes and GlobalIds that an index answers; None where a group names none."""
    if not classes and not keys:
        return None
    wanted = {name for one in classes for name in derived_classes(SCHEMA, one)}
    named = sorted(name for name in there if name.upper() in wanted)
    tests = [Op("in", (Property(field), Items(tuple(Literal(value) for value in values))))
             for field, values in (("ifc_class", named), ("global_id", sorted(keys))) if values]
    return Literal(False) if not tests else tests[0] if len(tests) == 1 else Op("or", tuple(tests))


def _row(properties: Any) -> dict[str, Any]:
    """A row as selectors read it: the register's properties are property sets, its places the containment."""
    places = [properties.get(name) for name in ("storey_name", "space_name")]
    return {"psets": properties.get("properties"), "containment": [place for place in places if place],
            **{name: value for name, value in properties.items() if value is not None}}
