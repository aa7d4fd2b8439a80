"""Questions to the catalogue: the parameters of OGC API - Records read into a Query, and facets counted over its answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from starlette.datastructures import QueryParams

from csdi.access import Principal
from csdi.bootstrap import Services
from csdi.catalogue.codes import FREQUENCIES, TOPICS
from csdi.catalogue.features import CATALOGUE, FACETS, of_feature
from csdi.catalogue.record import Record, reference_name
from csdi.collection import Collection, say
from csdi.crs import CRS84
from csdi.errors import ValueInvalid
from csdi.filter import Expression, Items, Literal, Op, Property
from csdi.query import Query
from csdi.store.base import Reader, scan
from ogc_api.items import readable
from ogc_api.parameters import ItemsRequest, read_items_request

MOST_ALTERNATIVES = 10
"""Search terms that one `q` may offer a choice of."""
MOST_BUCKETS = 50
MOST_COUNTED = 20_000
"""Records whose lists of keywords and topics are looked through."""
_LISTS = frozenset({"keywords", "topics"})
_OWN = ("q", "ids", "externalIds", "type", "facets")
_MAY_BE_EMPTY = frozenset({"bbox", "datetime", "limit", "sortby"})
"""Parameters that count for nothing when they are empty, besides our own (/req/record-core-query-parameters/empty-value)."""


@dataclass(frozen=True, slots=True)
class RecordsRequest:
    """A question to the catalogue.

    Attributes:
        asked: what it shares with questions to other Collections.
        facets: properties whose values are to be counted.
        shown: properties that Records are to come with, None for all.
    """

    asked: ItemsRequest
    facets: tuple[str, ...]
    shown: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class RecordsPage:
    """One part of an answer: Records, how many match in all, the cursor of the next part, and counted values."""

    records: list[Record]
    matched: int | None
    next: str
    facets: dict[str, Any]


def catalogue_of(services: Services, principal: Principal) -> Collection:
    """The catalogue's Collection, if this principal may read it. Raises CollectionMissing."""
    return readable(services, principal, CATALOGUE)


def read_request(store: Reader, params: QueryParams, catalogue: Collection) -> RecordsRequest:
    """All parameters of `/collections/records/items`.

    Raises:
        ValueInvalid, QueryError, CrsError: naming the parameter and what is allowed.
    """
    own: dict[str, str] = {}
    for name, value in params.multi_items():
        if name in _OWN:
            if name in own:
                raise ValueInvalid(f"the parameter '{name}' is given twice", field=name, value=value)
            own[name] = value
    own = {name: value for name, value in own.items() if value.strip(" ,")}
    others = QueryParams([(name, value) for name, value in params.multi_items()
                          if name not in _OWN and (value or name not in _MAY_BE_EMPTY)])
    asked = read_items_request(others, catalogue)
    if asked.target != CRS84:
        raise ValueInvalid("records come in CRS84 only", field="crs", remedy=f"leave it out, or ask for {CRS84.uri}")
    tests = [asked.query.filter] if asked.query.filter else []
    tests += [_one_of(field, _listed(own[name])) for name, field in
              (("ids", "recordId"), ("externalIds", "externalId"), ("type", "type")) if name in own]
    terms = _terms(own.get("q", ""))
    query = replace(asked.query, text=terms[0] if len(terms) == 1 else "", filter=None, fields=None)
    if len(terms) > 1:
        tests.append(_one_of("recordId", _found_by(store, terms)))
    facets = _facets(own["facets"]) if "facets" in own else ()
    return RecordsRequest(ItemsRequest(replace(query, filter=_all(tests)), asked.target, dict(params)), facets, asked.query.fields)


def search(store: Reader, request: RecordsRequest, language: str) -> RecordsPage:
    """The Records that answer a question, and the values that were to be counted over all that match."""
    query = request.asked.query
    page = store.search(CATALOGUE, query)
    whole = replace(query, limit=0, cursor="", offset=0, sort=())
    facets = {name: _facet(store, name, whole, language) for name in request.facets}
    return RecordsPage([of_feature(feature) for feature in page.features], page.matched, page.next, facets)


def _terms(text: str) -> list[str]:
    """The alternatives that `q` offers: those between commas; words with blanks between them stand side by side, in this order.

    (OGC 20-004r1, /req/record-core-query-parameters/q-response)
    """
    found = ["·".join(term.split()) for term in text.replace("，", ",").split(",") if term.strip()]
    if len(found) > MOST_ALTERNATIVES:
        raise ValueInvalid(f"q offers at most {MOST_ALTERNATIVES} terms with commas between them, not {len(found)}", field="q")
    return found


def _found_by(store: Reader, terms: list[str]) -> list[str]:
    """Ids of the Records that at least one of the terms finds."""
    found: dict[str, None] = {}
    for term in terms:
        page = store.search(CATALOGUE, Query(text=term, fields=("recordId",), limit=MOST_COUNTED, count=False, geometry=False))
        found.update(dict.fromkeys(feature.id for feature in page.features))
    return list(found)


def _listed(text: str) -> list[str]:
    return [value.strip() for value in text.split(",") if value.strip()]


def _one_of(field: str, values: list[str]) -> Expression:
    if not values:
        return Op("=", (Property(field), Literal("")))
    return Op("in", (Property(field), Items(tuple(Literal(value) for value in values))))


def _all(tests: list[Expression]) -> Expression | None:
    return None if not tests else tests[0] if len(tests) == 1 else Op("and", tuple(tests))


def _facets(text: str) -> tuple[str, ...]:
    if text in ("true", "false"):
        return FACETS if text == "true" else ()
    names = tuple(dict.fromkeys(_listed(text)))
    for name in names:
        if name not in FACETS:
            raise ValueInvalid(f"facets: the values of '{name}' are not counted", field="facets", value=name,
                               remedy=f"true, or some of {', '.join(FACETS)}")
    return names


def _facet(store: Reader, name: str, query: Query, language: str) -> dict[str, Any]:
    counted = _members(store, name, query) if name in _LISTS else store.values(CATALOGUE, name, query, limit=MOST_BUCKETS)
    buckets = [{"value": value, "count": count} | _label(name, str(value), language) for value, count in counted if value not in (None, "")]
    return {"type": "term", "property": name, "buckets": buckets}


def _members(store: Reader, name: str, query: Query) -> list[tuple[str, int]]:
    """How many Records have each member of a list."""
    counts: Counter[str] = Counter()
    for done, feature in enumerate(scan(store, CATALOGUE, replace(query, fields=(name,), geometry=False))):
        if done == MOST_COUNTED:
            break
        counts.update(feature.properties.get(name) or ())
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_BUCKETS]


def _label(name: str, value: str, language: str) -> dict[str, str]:
    """A word for people where the value is a code."""
    tables: Mapping[str, Mapping[str, Mapping[str, str]]] = {"updateFrequency": FREQUENCIES, "topics": TOPICS}
    if name == "storageCrs":
        return {"title": reference_name(value, language)}
    known = tables.get(name, {}).get(value)
    return {"title": say(known, language)} if known else {}
