"""Any property of a model's elements in compact columns: what a viewer colours by."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import numpy as np

from csdi import history
from csdi.errors import PropertyUnknown
from csdi.feature import Feature
from csdi.query import Query
from csdi.store.base import Reader, has_collection
from ogc_api.class_words import class_words
from ogc_api.twin_columns import ModelColumns, Values, elements_of, in_version

Json = dict[str, Any]

WORDS = {"class": "class", "predefined": "predefined", "storey": "storey", "type": "type", "system": "system", "material": "material",
         "zone": "zone", "layer": "layer"}
"""Properties that `ModelColumns.facets` have, by the name under which they are asked for."""
NUMBERS = {"base_level": "m", "top_level": "m", "length": "m", "width": "m", "height": "m", "volume": "m3", "surface_area": "m2",
           "since_version": ""}
"""Fields of elements that are numbers, with their units."""
SETS = ("psets", "quantities")
_MOST_WORDS = 2000
_SEVERITY = ("note", "warning", "error")
_STATUS = "asset:"


def properties_of(store: Reader, columns: ModelColumns) -> list[Json]:
    """What the sets of a model's elements hold: the property's name as `values_of` takes it, its set, how many elements have it."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for feature in _elements(store, columns, SETS):
        for field in SETS:
            for set_name, own in (feature.properties.get(field) or {}).items():
                if isinstance(own, Mapping):
                    counts.update((field, set_name, name) for name in own)
    return [{"of": f"{field}/{set_name}/{name}", "set": set_name, "name": name, "count": count}
            for (field, set_name, name), count in sorted(counts.items())]


def values_of(store: Reader, columns: ModelColumns, of: str, moment: datetime | None = None) -> Values:
    """A property of each element, in the version of which the columns are.

    Args:
        of: a name of `WORDS` or `NUMBERS`; `psets/set/name` or `quantities/set/name`; `finding` for the worst severity of what
            the model's intake found on an element; `asset:field` for a field of the asset register.
        moment: as the asset register was then; None for as it is.

    Raises:
        PropertyUnknown: none of these.
    """
    field, _, rest = of.partition("/")
    if of == "storey":
        return _storeys(columns)
    if of in WORDS:
        return _texts(columns.first_label(WORDS[of]))
    if of in NUMBERS:
        found = {str(f.properties["global_id"]): f.properties.get(of) for f in _elements(store, columns, ("global_id", of))}
        return _numbers([found.get(id) for id in columns.ids], NUMBERS[of])
    if field in SETS and "/" in rest:
        return _of_set(store, columns, field, *_set_and_name(rest))
    if of == "finding":
        return _texts(_worst(store, columns))
    if of.startswith(_STATUS):
        return _typed(_assets(store, columns, of.removeprefix(_STATUS), moment))
    raise PropertyUnknown(f"elements have no property '{of}'", field="of", value=of,
                          remedy=f"one of {', '.join((*WORDS, *NUMBERS, 'finding'))}, psets/set/name, quantities/set/name, asset:field")


def document_of(columns: ModelColumns, of: str, values: Values) -> Json:
    """As the viewer takes it: values side by side in the order of the model's ids; classes with what they are called."""
    if values.numbers is not None:
        numbers = [None if math.isnan(one) else one for one in values.numbers.tolist()]
        return {"state": columns.state, "unit": values.unit, "numbers": numbers}
    titles = {"titles": [class_words(word) for word in values.words]} if of == "class" else {}
    return {"state": columns.state, "words": values.words, "codes": values.codes.tolist(), **titles}


def _set_and_name(text: str) -> tuple[str, str]:
    set_name, _, name = text.partition("/")
    return set_name, name


def _of_set(store: Reader, columns: ModelColumns, field: str, set_name: str, name: str) -> Values:
    found, units = {}, Counter[str]()
    for feature in _elements(store, columns, ("global_id", field, "measures")):
        own = (feature.properties.get(field) or {}).get(set_name)
        if isinstance(own, Mapping) and name in own:
            found[str(feature.properties["global_id"])] = own[name]
            measure = ((feature.properties.get("measures") or {}).get(set_name) or {}).get(name)
            units[str(measure.get("unit") or "") if isinstance(measure, Mapping) else ""] += 1
    unit = units.most_common(1)[0][0] if units else ""
    return _typed([found.get(id) for id in columns.ids], unit)


def _storeys(columns: ModelColumns) -> Values:
    """Storeys by name, so that those of several models are one."""
    names = {place.id: path[-1][1] for path, place in columns.places.items() if path[-1][0] == "IfcBuildingStorey"}
    return _texts([names.get(id, id) for id in columns.first_label("storey")])


def _worst(store: Reader, columns: ModelColumns) -> list[str]:
    """The worst severity of what was found on each element when the model was taken in."""
    worst: dict[str, int] = {}
    for finding in _model(store, columns).properties.get("findings") or ():
        severity = str(finding.get("severity"))
        for id in _ids_in(finding, columns):
            worst[id] = max(worst.get(id, -1), _SEVERITY.index(severity) if severity in _SEVERITY else 0)
    return [_SEVERITY[worst[id]] if id in worst else "" for id in columns.ids]


def _model(store: Reader, columns: ModelColumns) -> Feature:
    """The model's own Feature in the version of which the columns are."""
    as_of = in_version(columns.version)
    if as_of is None:
        return store.feature("models", columns.model)
    return history.feature(store, store.collection("models"), columns.model, as_of)


def _elements(store: Reader, columns: ModelColumns, fields: tuple[str, ...]) -> Iterator[Feature]:
    return elements_of(store, columns.model, fields, columns.version)


def _ids_in(finding: Mapping[str, Any], columns: ModelColumns) -> Iterable[str]:
    data = finding.get("data") or {}
    said = [data.get("global_id"), *(data.get("elements") or ()), *str(finding.get("subject") or "").replace(":", " ").split()]
    return {str(one) for one in said if isinstance(one, str) and one in columns.rows}


def _assets(store: Reader, columns: ModelColumns, field: str, moment: datetime | None) -> list[Any]:
    if not has_collection(store, "asset-register") or field not in store.collection("asset-register").schema:
        raise PropertyUnknown(f"there is no asset register with a field '{field}'", field="of", value=f"asset:{field}")
    found: dict[str, Any] = {}
    then = None if moment is None else history.AsOf(moment)
    for row in history.scan_as_of(store, "asset-register", Query(fields=("element", field), geometry=False), then):
        model, _, id = str(row.properties.get("element") or "").rpartition(":")
        if model == columns.model:
            found[id] = row.properties.get(field)
    return [found.get(id) for id in columns.ids]


def _typed(values: list[Any], unit: str = "") -> Values:
    """Numbers where all that is given is numbers, else words."""
    given = [value for value in values if value is not None]
    if given and all(isinstance(value, int | float) and not isinstance(value, bool) for value in given):
        return _numbers(values, unit)
    return _texts(["" if value is None else _text(value) for value in values])


def _numbers(values: list[Any], unit: str) -> Values:
    return Values([], np.zeros(0, dtype=np.int32), np.array([math.nan if value is None else value for value in values], dtype=float), unit)


def _texts(values: list[str]) -> Values:
    """Distinct words, most frequent first; beyond `_MOST_WORDS` of them they say nothing any more and are one, "…"."""
    counts = Counter(value for value in values if value)
    words = [word for word, _ in counts.most_common(_MOST_WORDS)]
    if len(counts) > len(words):
        words.append("…")
    number = {word: code for code, word in enumerate(words)}
    codes = [number.get(value, len(words) - 1) if value else -1 for value in values]
    return Values(words, np.array(codes, dtype=np.int32))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    if isinstance(value, Mapping):
        return " ".join(str(part) for part in (value.get("value"), value.get("unit")) if part is not None)
    return str(value)
