"""What is asked of a million assets, and what numpy says to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from benchmarks.asset_world import CLASSES, DUTIES, DUTIES_ZH, EPOCH, STATUSES, World, global_id, properties
from benchmarks.bench_networks import plant
from bim.networks.flows import Flows
from bim.networks.questions import Questions
from csdi.extent import BBox
from csdi.filter import Expression, Literal, Op, Property, Shape
from csdi.filter.nearness import Place, Solid
from csdi.query import Query, Sort, encode_cursor
from csdi.store.base import Reader
from twin.register.schemas import ASSETS

LIMIT, TRACED = 100, 5_000
Mask = NDArray[np.bool_]
FIELDS = ("tag", "name", "asset_class", "storey_name", "status")
"""What a list shows."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question in many cases.

    Attributes:
        cases: so many different ones, the same ones every time.
        ask: the answer of a store to a case.
        is_right: whether an answer is the one of numpy.
        goal: milliseconds at p50 in the store on SQLite, None for none.
        over_http: whether a server answers it in one request.
    """

    name: str
    cases: Callable[[int], list[Any]]
    ask: Callable[[Any, Any], Any]
    is_right: Callable[[Any, Any], bool]
    goal: float | None = None
    over_http: bool = True


@dataclass(frozen=True, slots=True)
class Asked:
    """A case of a question for rows: the query, and which assets answer it."""

    query: Query
    fits: Callable[[], Mask]
    box: Solid | None = None


def same(name: str, value: str | int | float) -> Expression:
    """`name = value`"""
    return Op("=", (Property(name), Literal(value)))


def every(*tests: Expression) -> Expression:
    """All of them."""
    return Op("and", tests)


def near(solid: Solid, metres: float) -> Expression:
    """Within a distance of a point in CRS84."""
    return Op("near", (Property("geometry"), Shape(shapely.Point(solid.minx, solid.miny, solid.minz)), Literal(metres)))


def search(reader: Reader, case: Asked) -> tuple[list[int], int | None]:
    """(numbers of the assets on the page, how many match)"""
    page = reader.search(ASSETS, case.query)
    return [number_of(feature.id) for feature in page.features], page.matched


def number_of(id: str) -> int:
    """The number in the id of a made-up asset."""
    return int(id.removeprefix("a-"), 16)


def page_is_right(answer: tuple[list[int], int | None], case: Asked) -> bool:
    """The first rows in their order, as many as there are, and their number."""
    numbers, matched = answer
    expected = np.flatnonzero(case.fits())
    if matched is not None and matched != len(expected):
        return False
    return numbers == expected[:case.query.limit].tolist()


def distances(found: World, solid: Solid) -> NDArray[np.float64]:
    """Metres from a box to all assets."""
    place = Place.of(solid, "OGC:CRS84")
    own, scale = np.array(solid.numbers), (*place.scale, 1.0)
    gaps = [np.maximum(0, np.maximum(found.boxes[:, i] - own[i + 3], own[i] - found.boxes[:, i + 3])) * scale[i] for i in range(3)]
    return np.sqrt(gaps[0] ** 2 + gaps[1] ** 2 + gaps[2] ** 2)


def questions(found: World) -> Iterator[Question]:
    """Rows 1 to 14."""
    yield from _by_value(found)
    yield from _in_space(found)
    yield from _nearest(found)
    yield from _in_words(found)
    yield from _counted(found)
    yield from _single(found)
    yield _traced()


def rows(name: str, make: Callable[[np.random.Generator], Asked], goal: float | None = None) -> Question:
    """A question for a page of rows."""
    def cases(count: int) -> list[Asked]:
        chance = np.random.default_rng(5)
        return [make(chance) for _ in range(count)]
    return Question(name, cases, search, page_is_right, goal)


def _query(filter: Expression | None = None, **more: Any) -> Query:
    return Query(filter=filter, **({"limit": LIMIT, "fields": FIELDS, "geometry": False} | more))


def _by_value(found: World) -> Iterator[Question]:
    def two_properties(chance: np.random.Generator) -> Asked:
        kind, status, worst = int(chance.integers(0, 24)), int(chance.integers(0, 5)), int(chance.integers(2, 6))
        return Asked(_query(every(same("asset_class", CLASSES[kind][0]), same("status", STATUSES[status]),
                                  Op(">=", (Property("condition"), Literal(worst))))),
                     lambda: (found.kind == kind) & (found.status == status) & (found.condition >= worst))

    def declared(chance: np.random.Generator) -> Asked:
        kind, low = int(chance.integers(5, 24)), float(chance.integers(10, 40))
        between = Op("between", (Property("power"), Literal(low), Literal(low + 2)))
        return Asked(_query(every(same("asset_class", CLASSES[kind][0]), between)),
                     lambda: (found.kind == kind) & (found.power >= low) & (found.power <= low + 2))

    def on_storey(chance: np.random.Generator) -> Asked:
        storey = int(chance.choice(found.storey))
        return Asked(_query(every(same("storey", f"storey-{storey:04d}"), Op(">=", (Property("condition"), Literal(4))))),
                     lambda: (found.storey == storey) & (found.condition >= 4))

    def undeclared(chance: np.random.Generator) -> Asked:
        kind, weight = int(chance.integers(5, 24)), int(chance.integers(0, 900))
        numbers = np.arange(len(found)) % 900
        return Asked(_query(every(same("asset_class", CLASSES[kind][0]), Op("<", (Property("weight"), Literal(weight))))),
                     lambda: (found.kind == kind) & (numbers < weight))

    def warranty(chance: np.random.Generator) -> Asked:
        building, start = int(chance.choice(found.building)), int(chance.integers(0, 4900))
        first, last = ((EPOCH + timedelta(days=day)).isoformat() for day in (start, start + 60))
        return Asked(_query(every(same("building", f"B{building:02d}"),
                                  Op("between", (Property("warranty_end"), Literal(first), Literal(last))))),
                     lambda: (found.building == building) & (found.warranty >= start) & (found.warranty <= start + 60))

    yield rows("1 class, status and condition: page and count", two_properties)
    yield rows("1b class and a property that is not indexed", undeclared)
    yield rows("9 condition 4 or worse on a storey (for a latest value)", on_storey)
    yield rows("10 class and range of a declared property", declared)
    yield rows("13 warranty ends within 60 days, in a building", warranty)


def _in_space(found: World) -> Iterator[Question]:
    def box_at(chance: np.random.Generator) -> tuple[BBox, Mask]:
        west, south, low = found.boxes[int(chance.integers(0, len(found))), :3]
        east, north, high = west + 100 / 103_000, south + 100 / 110_700, low + 6
        b = found.boxes
        meets = (b[:, 0] <= east) & (b[:, 3] >= west) & (b[:, 1] <= north) & (b[:, 4] >= south) & (b[:, 2] <= high) & (b[:, 5] >= low)
        return BBox(west, south, east, north, low, high), meets

    def box(chance: np.random.Generator) -> Asked:
        bbox, meets = box_at(chance)
        return Asked(_query(bbox=bbox, count=False), lambda: meets)

    def counted_box(chance: np.random.Generator) -> Asked:
        bbox, meets = box_at(chance)
        return Asked(_query(bbox=bbox), lambda: meets)

    def joined(chance: np.random.Generator) -> Asked:
        bbox, meets = box_at(chance)
        kind = int(chance.integers(0, 12))
        return Asked(_query(every(same("asset_class", CLASSES[kind][0]), Op(">=", (Property("condition"), Literal(3)))), bbox=bbox),
                     lambda: meets & (found.kind == kind) & (found.condition >= 3))

    def around(chance: np.random.Generator) -> Asked:
        index = int(chance.integers(0, len(found)))
        x, y, z = map(float, found.boxes[index, :3])
        solid, storey = Solid(x, y, z, x, y, z), int(found.storey[index])
        return Asked(_query(every(near(solid, 50), same("storey", f"storey-{storey:04d}"))),
                     lambda: (distances(found, solid) <= 50) & (found.storey == storey))

    yield rows("2 box of 100 x 100 x 6 m: page", box, 1.0)
    yield rows("2b the same: page and count", counted_box)
    yield rows("3 within 50 m on a storey: page and count", around, 10.0)
    yield rows("12 class, box and condition: page and count", joined)


def _nearest(found: World) -> Iterator[Question]:
    def asking(kinds: Sequence[int] | None) -> Callable[[int], list[Asked]]:
        def cases(count: int) -> list[Asked]:
            chance, made = np.random.default_rng(6), []
            for _ in range(count):
                x, y, z = map(float, found.boxes[int(chance.integers(0, len(found))), :3])
                named = None if kinds is None else same("asset_class", CLASSES[kinds[0]][0])
                made.append(Asked(_query(named, limit=20), lambda: np.ones(len(found), bool) if kinds is None else found.kind == kinds[0],
                                  Solid(x, y, z, x, y, z)))
            return made
        return cases

    def ask(reader: Reader, case: Asked) -> list[tuple[int, float]]:
        assert case.box is not None
        return [(number_of(feature.id), metres) for feature, metres in reader.nearest(ASSETS, case.query, case.box)]

    def is_right(answer: list[tuple[int, float]], case: Asked) -> bool:
        assert case.box is not None
        far = np.where(case.fits(), distances(found, case.box), np.inf)
        nearest = np.sort(far[np.isfinite(far)])[:20]
        return bool(len(answer) == len(nearest) and np.allclose([metres for _, metres in answer], nearest, atol=6e-4)
                    and np.allclose(far[[number for number, _ in answer]], [metres for _, metres in answer], atol=6e-4))

    yield Question("4 the 20 nearest", asking(None), ask, is_right, 1.0)
    yield Question("4b the 20 nearest pumps", asking([18]), ask, is_right)
    yield Question("4c the 20 nearest chillers", asking([29]), ask, is_right)


def _in_words(found: World) -> Iterator[Question]:
    def english(chance: np.random.Generator) -> Asked:
        kind, duty = int(chance.choice([5, 6, 7, 9, 17, 18, 21])), int(chance.integers(0, len(DUTIES)))
        return Asked(_query(text=f"{DUTIES[duty]} {CLASSES[kind][0].replace('-', ' ')}"),
                     lambda: (found.kind == kind) & (found.duty == duty))

    def uncounted(chance: np.random.Generator) -> Asked:
        case = english(chance)
        return Asked(_query(text=case.query.text, count=False), case.fits)

    def pumps(written: str) -> Callable[[np.random.Generator], Asked]:
        return lambda _: Asked(_query(text=written), lambda: found.kind == 18)

    def longer(chance: np.random.Generator) -> Asked:
        duty = int(chance.integers(0, len(DUTIES)))
        return Asked(_query(text=f"{DUTIES_ZH[duty]}水泵"), lambda: (found.kind == 18) & (found.duty == duty))

    yield rows("5 two English words: page and count", english, 15.0)
    yield rows("5b the same: page", uncounted)
    yield rows("6 水泵: page and count", pumps("水泵"), 3.0)
    yield rows("6 水 泵: page and count", pumps("水 泵"))
    yield rows("6 simplified 灯具: page", lambda _: Asked(_query(text="灯具", count=False), lambda: found.kind == 0))
    yield rows("6b four Chinese characters: page and count", longer)


def _counted(found: World) -> Iterator[Question]:
    def facets(name: str, fields: Sequence[str], where: Callable[[int], tuple[Expression | None, Mask]], goal: float) -> Question:
        keys = {"storey": lambda i: f"storey-{i:04d}", "asset_class": lambda i: CLASSES[i][0], "status": lambda i: STATUSES[i]}
        codes = {"storey": found.storey, "asset_class": found.kind, "status": found.status}

        def is_right(answer: list[tuple[tuple[Any, ...], int]], case: int) -> bool:
            chosen = where(case)[1]
            expected = Counter(zip(*(codes[field][chosen].tolist() for field in fields), strict=True))
            return dict(answer) == {tuple(keys[f](code) for f, code in zip(fields, key, strict=True)): n for key, n in expected.items()}

        return Question(name, lambda count: list(range(count)),
                        lambda reader, case: reader.counts(ASSETS, fields, Query(filter=where(case)[0])), is_right, goal, False)

    whole = np.ones(len(found), bool)
    yield facets("7 count by storey and class", ("storey", "asset_class"), lambda _: (None, whole), 10.0)
    yield facets("7b count by class, one building", ("asset_class",),
                 lambda case: (same("building", f"B{case % 60:02d}"), found.building == case % 60), 10.0)


def _single(found: World) -> Iterator[Question]:
    by_tag = (Sort("tag"),)
    letters = np.array([kind[:3] for kind, *_ in CLASSES])
    order = np.lexsort((np.arange(len(found)), letters[found.kind], found.building))
    places = np.argsort(order)

    def numbers(count: int) -> list[int]:
        return [int(number) for number in np.random.default_rng(7).integers(0, len(found), count)]

    def following(reader: Reader, number: int) -> list[int]:
        cursor = encode_cursor(ASSETS, by_tag, [str(properties(found, number)["tag"]), number + 1])
        page = reader.search(ASSETS, _query(sort=by_tag, count=False, cursor=cursor, limit=10))
        return [number_of(feature.id) for feature in page.features]

    def are_next(answer: list[int], number: int) -> bool:
        return answer == order[places[number] + 1:places[number] + 11].tolist()

    def by_global_id(reader: Reader, number: int) -> list[int]:
        page = reader.search(ASSETS, _query(same("global_id", global_id(number)), count=False, limit=10))
        return [number_of(feature.id) for feature in page.features]

    yield Question("11 keyset page of 10 by tag", numbers, following, are_next, 0.2, False)
    yield Question("14 by GlobalId", numbers, by_global_id, lambda answer, number: answer == [number], 0.1)


def _traced() -> Question:
    """The network of a site stays in memory until a model changes, so the store is not asked again."""
    network = plant(TRACED)
    questions, after = Questions(Flows.of(network)), dict[int, list[int]]()
    for link in network.connections:
        after.setdefault(link.a.element, []).append(link.b.element)

    def reached(start: int) -> set[int]:
        """Level by level, by hand."""
        found, front = set[int](), [start]
        while front:
            front = [one for one in {two for at in front for two in after.get(at, ())} if one not in found]
            found.update(front)
        return found

    return Question(f"8 trace of {TRACED} connections, downstream", lambda count: [number % 3 for number in range(count)],
                    lambda _, start: questions.trace([start]).elements, lambda answer, start: set(answer) == reached(start) - {start},
                    15.0, False)
