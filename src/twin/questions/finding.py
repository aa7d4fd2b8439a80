"""Finding: what a facility manager asks in plain criteria, as one question to the register."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from math import isfinite, nan
from typing import Any

import shapely

from csdi.crs import crs
from csdi.errors import ValueInvalid
from csdi.feature import Feature, FieldType
from csdi.filter import Expression, Items, Literal, Op, Property, Shape, parse
from csdi.filter.nearness import Solid
from csdi.query import Query, Sort
from twin.questions.expanding import Asker, expanded, place_of
from twin.register.schemas import ASSETS

SHOWN = ("tag", "name", "name_zh", "asset_class", "category", "building", "storey_name", "space_name", "system", "status", "condition",
         "criticality", "warranty_end", "manufacturer", "product", "element", "easting", "northing", "base_level", "top_level", "presence",
         "revision")
"""Fields of a list."""
FACETS = ("asset_class", "category", "building", "storey", "status", "condition", "system", "manufacturer", "presence")
USUAL, MOST = 50, 1000
LAST = "\U0010ffff"
"""Behind all letters."""
_EQUALS = {"asset_class": "asset_class", "category": "category", "status": "status", "presence": "presence",
           "manufacturer": "manufacturer", "ifc_class": "ifc_class", "tag": "tag", "global_id": "global_id", "parent": "parent"}
_FUNCTIONS = {"storey": "in_storey", "space": "in_space", "building": "in_building", "zone": "in_zone", "lot": "in_lot",
              "location": "in_place", "same_system": "same_system", "selector": "selected"}


@dataclass(frozen=True, slots=True)
class Criteria:
    """What is looked for; empty criteria ask nothing.

    Attributes:
        of: a Feature by id or tag, or `longitude,latitude,level` (CRS84, HKPD metres); `within`, `nearest` and `sees` go by it.
        within, sees: metres.
        nearest: so many of the nearest.
        along: WKT of a line in CRS84, `corridor` metres to each side.
        condition: at least this bad.
        warranty_before, warranty_after: dates; `warranty_days` from today on.
        finding: a severity, or `any`.
        filter: CQL2 text or JSON, with our functions.
    """

    asset_class: str = ""
    category: str = ""
    status: str = ""
    presence: str = ""
    manufacturer: str = ""
    ifc_class: str = ""
    tag: str = ""
    global_id: str = ""
    parent: str = ""
    system: str = ""
    storey: str = ""
    space: str = ""
    building: str = ""
    zone: str = ""
    lot: str = ""
    location: str = ""
    same_system: str = ""
    selector: str = ""
    text: str = ""
    of: str = ""
    within: float = 0.0
    nearest: int = 0
    sees: float = 0.0
    along: str = ""
    corridor: float = 5.0
    condition: int = 0
    warranty_before: str = ""
    warranty_after: str = ""
    warranty_days: int = 0
    finding: str = ""
    filter: str = ""

    @classmethod
    def of_texts(cls, said: dict[str, str]) -> Criteria:
        """From texts by name. Raises ValueInvalid for a name that is not known or a number that is none."""
        kinds: dict[str, Any] = {one.name: type(one.default) for one in fields(cls)}
        made: dict[str, Any] = {}
        for name, value in said.items():
            if name not in kinds:
                raise ValueInvalid(f"'{name}' is not asked of assets", field=name, remedy=f"known: {', '.join(kinds)}")
            try:
                made[name] = kinds[name](value)
            except ValueError:
                raise ValueInvalid(f"{name} is a number, not '{value[:40]}'", field=name, value=value[:40]) from None
        return cls(**made)


def query_of(criteria: Criteria, asker: Asker, *, sort: tuple[Sort, ...] = (), limit: int = USUAL, cursor: str = "") -> Query:
    """The question that criteria ask of the register, without our functions.

    Raises:
        ValueInvalid, FilterInvalid, NotFound: naming the criterion.
    """
    tests = [Op("=", (Property(field), Literal(value))) for name, field in _EQUALS.items() if (value := getattr(criteria, name))]
    tests += [Op(function, (Literal(value),)) for name, function in _FUNCTIONS.items() if (value := getattr(criteria, name))]
    if criteria.system:
        tests.append(Op("or", (Op("=", (Property("system"), Literal(criteria.system))), Op("a_contains", (
            Property("systems"), Items((Literal(criteria.system),)))))))
    tests += [*_spatial(criteria), *_by_state(criteria)]
    if criteria.filter:
        tests.append(parse(criteria.filter))  # type: ignore[arg-type]
    if criteria.nearest and not cursor:
        tests.append(Op("nearest_to", (_place(criteria), Literal(criteria.nearest))))
    whole: Expression | None = None if not tests else tests[0] if len(tests) == 1 else Op("and", tuple(tests))
    asked = Query(filter=whole, text=criteria.text, fields=SHOWN, sort=sort, limit=limit, cursor=cursor, geometry=False)
    return expanded(asker, asker.collection(ASSETS), asked)


def found(criteria: Criteria, asker: Asker, *, sort: tuple[Sort, ...] = (), limit: int = USUAL, cursor: str = "",
          offset: int = 0, count: bool = True) -> dict[str, Any]:
    """One page of an answer: `assets` with their fields and, where a place was named, `distance` in metres; `matched`; `next`.

    It begins at a `cursor`, which costs the same everywhere, or behind `offset` Assets, which costs more the further it is.
    With `nearest` the nearest come first and there is one page. With `sees` it says what hides what is behind it: `judged_by` the
    `shapes` of elements, or their `boxes` where the asker has no shapes.
    """
    judged = {"judged_by": "boxes" if asker.blobs is None else "shapes"} if criteria.sees else {}
    if criteria.nearest:
        return _nearest(criteria, asker) | judged
    asked = replace(query_of(criteria, asker, sort=sort, limit=limit, cursor=cursor), count=count, offset=offset)
    page = asker.reader.search(ASSETS, asked)
    return {"assets": [row_of(feature) for feature in page.features], "matched": page.matched, "next": page.next} | judged


def position(criteria: Criteria, asker: Asker, sort: Sort, at: str) -> dict[str, Any]:
    """Where in an ordered answer a value begins: `position`, how many Assets come before it, and `matched`.

    Args:
        at: the value, or the beginning of a text; a text that nothing begins with in these letters is tried in capitals.

    Raises:
        ValueInvalid: the field holds numbers or dates, and this is none.
    """
    asked = replace(query_of(criteria, asker), limit=1, fields=("tag",))
    field = asker.collection(ASSETS).schema.field(sort.field)
    before: int = asker.reader.count(ASSETS, _with(asked, _before(sort, field.type, at)))
    if field.type is FieldType.STRING and not _begins(asker, asked, sort, at) and _begins(asker, asked, sort, at.upper()):
        before = asker.reader.count(ASSETS, _with(asked, _before(sort, field.type, at.upper())))
    return {"position": before, "matched": asker.reader.count(ASSETS, asked)}


def facets(criteria: Criteria, asker: Asker, names: tuple[str, ...] = FACETS) -> dict[str, Any]:
    """How many Assets that answer have which values: at once where only counted fields are asked for."""
    asked = replace(query_of(criteria, asker), fields=None)
    made: dict[str, Any] = {}
    for name in names:
        if name not in FACETS:
            raise ValueInvalid(f"'{name}' is not counted", field="facet", remedy=f"known: {', '.join(FACETS)}")
        made[name] = [{"value": value, "count": n} for value, n in asker.reader.values(ASSETS, name, asked, 1000)]
    return {"facets": made, "matched": asker.reader.count(ASSETS, asked), "locations": _rolled_up(asked, asker)}


def row_of(feature: Feature, metres: float | None = None) -> dict[str, Any]:
    """An Asset of a list."""
    return {"id": feature.id, **feature.properties, **({} if metres is None else {"distance": round(metres, 3)})}


def _nearest(criteria: Criteria, asker: Asker) -> dict[str, Any]:
    if not 1 <= criteria.nearest <= MOST:
        raise ValueInvalid(f"nearest is 1 to {MOST}", field="nearest", value=criteria.nearest)
    query = query_of(replace(criteria, nearest=0), asker, limit=criteria.nearest)
    place: Solid = place_of(asker, asker.collection(ASSETS), _place(criteria))
    near = asker.reader.nearest(ASSETS, query, place)
    return {"assets": [row_of(feature, metres) for feature, metres in near], "matched": len(near), "next": ""}


def _rolled_up(asked: Query, asker: Asker) -> list[dict[str, Any]]:
    """Buildings with their storeys, and how many Assets are in each, child places with them."""
    tree: dict[str, dict[str, Any]] = {}
    for (building, storey, name), n in asker.reader.counts(ASSETS, ("building", "storey", "storey_name"), asked):
        made = tree.setdefault(building or "", {"building": building, "count": 0, "storeys": []})
        made["count"] += n
        made["storeys"].append({"storey": storey, "name": name, "count": n})
    return sorted(tree.values(), key=lambda one: str(one["building"]))


def _spatial(criteria: Criteria) -> list[Op]:
    tests = []
    if criteria.within:
        tests.append(Op("near", (_place(criteria), Literal(criteria.within))))
    if criteria.sees:
        tests.append(Op("sees", (_place(criteria), Literal(criteria.sees))))
    if criteria.along:
        try:
            line = shapely.from_wkt(criteria.along)
        except shapely.GEOSException as error:
            raise ValueInvalid(f"along is no line in WKT: {error}", field="along", value=criteria.along[:200],
                               remedy="write LINESTRING(114.1 22.3, 114.2 22.3)") from None
        tests.append(Op("along", (Shape(line), Literal(criteria.corridor))))
    return tests


def _by_state(criteria: Criteria) -> list[Op]:
    tests = []
    today = datetime.now(UTC).date()
    before = criteria.warranty_before or ((today + timedelta(days=criteria.warranty_days)).isoformat() if criteria.warranty_days else "")
    after = criteria.warranty_after or (today.isoformat() if criteria.warranty_days else "")
    for sign, said, name in (("<=", before, "warranty_before"), (">=", after, "warranty_after")):
        if said:
            tests.append(Op(sign, (Property("warranty_end"), Literal(_day(said, name)))))
    if criteria.condition:
        tests.append(Op(">=", (Property("condition"), Literal(criteria.condition))))
    if criteria.finding:
        tests.append(Op("has_finding", () if criteria.finding == "any" else (Literal(criteria.finding),)))
    return tests


def _day(said: str, name: str) -> str:
    try:
        return date.fromisoformat(said).isoformat()
    except ValueError:
        raise ValueInvalid(f"{name} is a date such as 2026-12-31, not '{said[:40]}'", field=name, value=said[:40]) from None


def _with(query: Query, test: Expression) -> Query:
    return replace(query, filter=test if query.filter is None else Op("and", (query.filter, test)))


def _before(sort: Sort, type: FieldType, at: str) -> Expression:
    """Whether an Asset comes before all that have this value, or begin with it; those without a value come last."""
    if type is FieldType.STRING:
        value: Any = at + LAST if sort.descending else at
    elif type is FieldType.DATE:
        value = _day(at, sort.field)
    else:
        try:
            value = float(at)
        except ValueError:
            value = nan
        if not isfinite(value):
            raise ValueInvalid(f"{sort.field} is a number, not '{at[:40]}'", field="at", value=at[:40])
    return Op(">" if sort.descending else "<", (Property(sort.field), Literal(value)))


def _begins(asker: Asker, asked: Query, sort: Sort, text: str) -> bool:
    """Whether something begins with a text."""
    named = Property(sort.field)
    return bool(asker.reader.count(ASSETS, _with(asked, Op("and", (Op(">=", (named, Literal(text))),
                                                                   Op("<=", (named, Literal(text + LAST))))))))


def _place(criteria: Criteria) -> Literal | Shape:
    """What `of` names: a Feature, or a point of longitude, latitude and level."""
    if not criteria.of:
        raise ValueInvalid("a distance is from something", field="of", remedy="give an id, a tag, or longitude,latitude,level")
    try:
        numbers = [float(part) for part in criteria.of.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (2, 3):
        return Literal(criteria.of)
    return Shape(shapely.Point(numbers), crs("OGC:CRS84").code)

