"""Facets asked of subjects, all of them at once: who matches, who has nothing to match, and why not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bim.ids import document as doc
from bim.ids.columns import Columns, Mask, Subjects
from bim.ids.document import Cardinality
from bim.ids.properties import PropertyTable, Stated
from bim.ids.sentences import Reason
from bim.ids.values import allowed
from bim.ifc import Entity, is_instance

_EMPTY: tuple[object, ...] = ("", ())
_LISTED = 5


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What a facet says of subjects.

    Attributes:
        matched: (n,) bool, whether each has what the facet describes.
        absent: (n,) bool, whether each has nothing that the facet could describe; that passes where it is optional.
        why: number of a subject -> the reason why it has not matched.
    """

    matched: Mask
    absent: Mask
    why: Callable[[int], Reason]

    def passed(self, cardinality: Cardinality) -> Mask:
        """(n,) bool, whether each does what is required."""
        if cardinality is Cardinality.PROHIBITED:
            return ~self.matched
        return self.matched | self.absent if cardinality is Cardinality.OPTIONAL else self.matched


def ask(columns: Columns, facet: doc.Facet, subjects: Subjects) -> Verdicts:
    """What a facet says of subjects."""
    if isinstance(facet, doc.EntityFacet):
        return _entities(columns, facet, subjects)
    if isinstance(facet, doc.PartOfFacet):
        return _parts(columns, facet, subjects)
    if isinstance(facet, doc.AttributeFacet):
        return _attributes(columns, facet, subjects)
    if isinstance(facet, doc.PropertyFacet):
        return _properties(columns, facet, subjects)
    if isinstance(facet, doc.ClassificationFacet):
        return _classifications(columns, facet, subjects)
    if isinstance(facet, doc.MaterialFacet):
        return _materials(columns, facet, subjects)
    raise TypeError(f"{type(facet).__name__} is no facet")


def candidates(columns: Columns, facets: Iterable[doc.Facet]) -> Subjects:
    """The fewest subjects that hold all that some facets can match: by class, by attribute, else all that can be described."""
    given = tuple(facets)
    entity = next((one for one in given if isinstance(one, doc.EntityFacet)), None)
    if entity is not None:
        return columns.any_of(name for name in columns.present if allowed(entity.name).name(name))
    attribute = next((one for one in given if isinstance(one, doc.AttributeFacet)), None)
    if attribute is not None:
        return columns.any_of(name for name in columns.present if any(
            fact.in_file and allowed(attribute.name).name(fact.name) for fact in columns.facts.attributes(name).values()))
    return columns.described if any(not isinstance(one, doc.PartOfFacet) for one in given) else columns.everything


def _entities(columns: Columns, facet: doc.EntityFacet, subjects: Subjects) -> Verdicts:
    named: dict[tuple[str, ...], bool] = {}
    right = []
    for one in subjects.entities:
        classes = columns.classes(one)
        if classes not in named:
            named[classes] = any(allowed(facet.name).name(name) for name in classes)
        right.append(named[classes])
    of_class = _mask(right)
    if facet.predefined is None:
        matched = of_class
    else:
        wanted = allowed(facet.predefined)
        matched = _mask(ok and any(map(wanted.name, columns.predefined(one))) for ok, one in zip(right, subjects.entities, strict=True))

    def why(number: int) -> Reason:
        one = subjects.entities[number]
        if not of_class[number]:
            return Reason("class", {"actual": columns.classes(one)[-1], "wanted": str(facet.name)})
        return Reason("predefined", {"actual": _listed(columns.predefined(one)), "wanted": str(facet.predefined)})

    return Verdicts(matched, _none(subjects), why)


def _attributes(columns: Columns, facet: doc.AttributeFacet, subjects: Subjects) -> Verdicts:
    states: dict[str, list[dict[int, Any]]] = {}
    judged: dict[Any, bool] = {}
    found, absent, held = [], [], []
    for one, number in zip(subjects.entities, subjects.numbers.tolist(), strict=True):
        name = str(one.is_a()).upper()
        if name not in states:
            states[name] = [columns.attribute(name, fact) for fact in columns.facts.attributes(name).values()
                            if fact.in_file and allowed(facet.name).name(fact.name)]
        values = [value for column in states[name] if (value := column.get(number)) is not None]
        filled = [value for value in values if value not in _EMPTY]
        held.append(values)
        absent.append(not values)
        if facet.value is None:
            found.append(bool(values if facet.cardinality is Cardinality.PROHIBITED else filled))
        else:
            found.append(bool(filled) and all(_has(value, facet.value, judged) for value in filled))

    def why(number: int) -> Reason:
        values = [value for value in held[number] if value not in _EMPTY]
        if not values:
            return Reason("attribute-empty" if held[number] else "attribute-missing", {"name": str(facet.name)})
        actual = _listed(_shown(value) for value in values)
        return Reason("attribute-value", {"name": str(facet.name), "actual": actual, "wanted": str(facet.value)})

    return Verdicts(_mask(found), _mask(absent), why)


def _has(value: Any, wanted: doc.Value, judged: dict[Any, bool]) -> bool:
    """Whether an attribute's value is one that is wanted; each distinct value is judged once."""
    if is_instance(value) or isinstance(value, tuple):
        return False
    key = type(value), value
    if key not in judged:
        judged[key] = allowed(wanted).holds(value)
    return judged[key]


def _properties(columns: Columns, facet: doc.PropertyFacet, subjects: Subjects) -> Verdicts:
    table = columns.properties
    cells = _Cells(table, facet, columns.facts.data_types)
    rows = table.row[np.minimum(subjects.numbers, len(table.row) - 1)]
    there = rows >= 0

    def spread(by_subject: Mask) -> Mask:
        return there & by_subject[rows] if table.subjects else there

    if facet.cardinality is Cardinality.PROHIBITED and facet.value is None and not facet.data_type:
        matched = spread(cells.stated)
    else:
        filled_everywhere = cells.complete | (facet.cardinality is Cardinality.OPTIONAL)
        matched = spread(cells.any_filled & filled_everywhere & ~cells.any_wrong)

    def why(number: int) -> Reason:
        return cells.why(int(rows[number]))

    return Verdicts(matched, ~spread(cells.any_not_null), why)


class _Cells:
    """One facet on the whole table of properties; masks are (subjects,) bool."""

    def __init__(self, table: PropertyTable, facet: doc.PropertyFacet, bases: dict[str, str]) -> None:
        self._table = table
        self._facet = facet
        self._bases = bases
        pairs, hit = table.hits(facet.group, facet.name)
        values, inverse = np.unique(table.value[hit], return_inverse=True)
        found = [table.values[code] for code in values.tolist()]
        empty, null = _mask(one.empty for one in found)[inverse], _mask(one.null for one in found)[inverse]
        right = _mask(self._right(one) for one in found)[inverse]
        optional = facet.cardinality is Cardinality.OPTIONAL
        filled = ~null if optional else ~empty
        self._hit = hit
        self.any_set = self._subjects(pairs)
        self.stated = self._subjects(table.in_pair[hit])
        self.any_not_null = self._subjects(table.in_pair[hit[~null]])
        self.any_filled = self._subjects(table.in_pair[hit[filled]])
        self.any_wrong = self._subjects(table.in_pair[hit[filled & ~right]])
        self.complete = ~self._subjects(np.setdiff1d(pairs, table.in_pair[hit[filled]]))

    def _right(self, one: Stated) -> bool:
        if one.shape == "unsupported" or not one.is_of(self._facet.data_type, self._bases):
            return False
        return self._facet.value is None or one.meets(allowed(self._facet.value), self._facet.data_type)

    def _subjects(self, pairs: NDArray[np.int64]) -> Mask:
        """Subjects of some rows of sets."""
        mask = np.zeros(self._table.subjects, dtype=np.bool_)
        mask[self._table.pair_subject[pairs]] = True
        return mask

    def why(self, subject: int) -> Reason:
        """Why a subject, -1 for one without properties, has not matched."""
        facet, table = self._facet, self._table
        said: dict[str, Any] = {"group": str(facet.group), "name": str(facet.name)}
        if subject < 0 or not self.any_set[subject]:
            return Reason("set-missing", said)
        cells = [self._cell(int(at)) for at in self._hit[table.pair_subject[table.in_pair[self._hit]] == subject]]
        wrong = next((cell for cell in cells if not cell[2].empty and not self._right(cell[2])), None)
        if wrong is None:
            return Reason("property-missing", said)
        group, name, stated = wrong
        said = {"group": group, "name": name}
        if stated.shape == "unsupported":
            return Reason("property-kind", said)
        if not stated.is_of(facet.data_type, self._bases):
            return Reason("data-type", {**said, "actual": _listed(dict.fromkeys(stated.types)), "wanted": facet.data_type})
        return Reason("property-value", {**said, "actual": str(stated), "wanted": str(facet.value)})

    def _cell(self, at: int) -> tuple[str, str, Stated]:
        table = self._table
        return table.set_names[table.pair_set[table.in_pair[at]]], table.names[table.name[at]], table.values[table.value[at]]


def _classifications(columns: Columns, facet: doc.ClassificationFacet, subjects: Subjects) -> Verdicts:
    found = [columns.codes(one) for one in subjects.entities]
    systems = allowed(facet.system)
    value = allowed(facet.value) if facet.value is not None else None
    of_system = [[code for code in codes if code.system is not None and systems.name(code.system)] for codes in found]
    matched = _mask(any(value is None or any(map(value.name, code.codes)) for code in codes) for codes in of_system)

    def why(number: int) -> Reason:
        if not found[number]:
            return Reason("classification-missing", {"system": str(facet.system)})
        if not of_system[number]:
            actual = _listed(code.system or "-" for code in found[number])
            return Reason("classification-system", {"actual": actual, "wanted": str(facet.system)})
        actual = _listed(word for code in of_system[number] for word in code.codes[:1])
        return Reason("classification-value", {"system": str(facet.system), "actual": actual, "wanted": str(facet.value)})

    return Verdicts(matched, _mask(not codes for codes in found), why)


def _materials(columns: Columns, facet: doc.MaterialFacet, subjects: Subjects) -> Verdicts:
    found = [columns.materials(one) for one in subjects.entities]
    value = allowed(facet.value) if facet.value is not None else None
    matched = _mask(words is not None and (value is None or any(map(value.name, words))) for words in found)

    def why(number: int) -> Reason:
        words = found[number]
        if words is None:
            return Reason("material-missing", {})
        return Reason("material-value", {"actual": _listed(words), "wanted": str(facet.value)})

    return Verdicts(matched, _mask(words is None for words in found), why)


def _parts(columns: Columns, facet: doc.PartOfFacet, subjects: Subjects) -> Verdicts:
    judged: dict[int, bool] = {}

    def is_whole(one: Entity) -> bool:
        number = one.id()
        if number not in judged:
            judged[number] = bool(_entities(columns, facet.entity, Subjects([one], np.array([number]))).matched[0])
        return judged[number]

    wholes = [columns.wholes(one, facet.relation) for one in subjects.entities]
    matched = _mask(any(map(is_whole, found)) for found in wholes)

    def why(number: int) -> Reason:
        said = {"relation": facet.relation or "-", "wanted": whole_of(facet)}
        if not wholes[number]:
            return Reason("whole-missing", said)
        return Reason("whole-class", {**said, "actual": _listed(str(one.is_a()).upper() for one in wholes[number])})

    return Verdicts(matched, _mask(not found for found in wholes), why)


def whole_of(facet: doc.PartOfFacet) -> str:
    """The whole that a partOf facet wants: `IFCGROUP.FOO`."""
    return str(facet.entity.name) + (f".{facet.entity.predefined}" if facet.entity.predefined else "")


def _mask(values: Iterable[bool]) -> Mask:
    return np.fromiter(values, dtype=np.bool_)


def _none(subjects: Subjects) -> Mask:
    return np.zeros(len(subjects), dtype=np.bool_)


def _listed(words: Iterable[object]) -> str:
    found = [str(word) for word in words]
    return (", ".join(found[:_LISTED]) + (", ..." if len(found) > _LISTED else "")) or "-"


def _shown(value: Any) -> str:
    if is_instance(value):
        return f"#{value.id()} {value.is_a()}"
    return ("true" if value else "false") if isinstance(value, bool) else str(value)[:200]
