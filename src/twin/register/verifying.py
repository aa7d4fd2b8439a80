"""Whether the register is what its history says: the chain is whole, its replay gives the rows, and the counts are right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from csdi.chain import Verdict, verify
from csdi.errors import NotFound
from csdi.query import Query, Sort
from csdi.store.base import Reader, has_collection, scan
from twin.register.counting import Spot, Tree, spot_of
from twin.register.entries import Entry, entry_of, replayed, state_of
from twin.register.keeping import Register
from twin.register.schemas import ASSETS, CHANGES, LOCATIONS
from twin.register.streaming import streaming

MOST, PAGE = 100, 1000


@dataclass
class Verified:
    """What a look at the register gives.

    Attributes:
        chain: of the entries.
        rows: how many rows were compared with the replay of their entries.
        differing: rows that are not what their entries say, or have none: the first 100; `differing_count` is how many there are.
        miscounted: locations whose counts are wrong.
    """

    chain: Verdict
    rows: int = 0
    differing_count: int = 0
    differing: list[dict[str, Any]] = field(default_factory=list)
    miscounted: list[str] = field(default_factory=list)

    @property
    def is_right(self) -> bool:
        """Whether nothing is wrong."""
        return self.chain.broken is None and not self.differing_count and not self.miscounted

    def differ(self, collection: str, id: str, fields: list[str]) -> None:
        """Note a row that differs."""
        self.differing_count += 1
        if len(self.differing) < MOST:
            self.differing.append({"collection": collection, "feature": id, "fields": fields})

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"right": self.is_right, "chain": self.chain.to_dict(), "rows": self.rows, "differing_count": self.differing_count,
                "differing": self.differing, "miscounted": self.miscounted[:MOST]}


def verified(register: Register, head: str = "") -> Verified:
    """Replay the history row by row and compare, in bounded memory, all of one state.

    Args:
        head: digest of an entry that must be there, as somebody noted it; "" for none.
    """
    with streaming(), register.store.snapshot() as now:
        if not has_collection(now, CHANGES):
            return Verified(Verdict(0, ""))
        found = Verified(verify((entry_of(row) for row in scan(now, CHANGES, Query(sort=(Sort("number"),)), PAGE)), head))
        told: Counter[str] = Counter()
        for collection, id, entries in _by_row(now):
            told[collection] += 1
            _compare(now, found, collection, id, entries)
        for collection, count in told.items():
            if now.count(collection, Query()) != count:
                found.differ(collection, "*", [f"{count} rows have a history, {now.count(collection, Query())} are there"])
        found.miscounted = list(_miscounted(now))
    return found


def _by_row(now: Reader) -> Iterator[tuple[str, str, list[Entry]]]:
    """Each row with its entries in their order. One key alone leads from page to page through an index."""
    rows = scan(now, CHANGES, Query(sort=(Sort("feature"),)), page=PAGE)
    for id, several in groupby(map(entry_of, rows), lambda entry: entry.feature):
        entries = sorted(several, key=lambda entry: (entry.collection, entry.number))
        for collection, own in groupby(entries, lambda entry: entry.collection):
            yield collection, id, list(own)


def _compare(now: Reader, found: Verified, collection: str, id: str, entries: list[Entry]) -> None:
    found.rows += 1
    said = replayed(entries).get((collection, id))
    try:
        kept = state_of(collection, now.feature(collection, id))
    except NotFound:
        kept = {}
    if said != kept:
        found.differ(collection, id, sorted(name for name in (said or {}).keys() | kept.keys() if (said or {}).get(name) != kept.get(name)))


def _miscounted(now: Reader) -> Iterator[str]:
    """Locations whose counts are not those of the Assets that are in them and in their child locations."""
    spots: Counter[Spot] = Counter()
    for row in scan(now, ASSETS, Query(fields=("location", "status", "zones", "model"), geometry=False)):
        spot = spot_of(row)
        if spot is not None:
            spots[spot] += 1
    asked = Query(fields=("path", "kind", "element", "own_count", "total_count"), geometry=False)
    rows = {row.id: row for row in scan(now, LOCATIONS, asked)}
    by_element = {str(row.properties["element"]): row for row in rows.values() if row.properties.get("element")}
    own, total = Tree(rows.get, by_element.get).counts(spots)
    yield from (id for id, row in rows.items() if (row.properties.get("own_count") or 0, row.properties.get("total_count") or 0) != (
        own[id], total[id]))
