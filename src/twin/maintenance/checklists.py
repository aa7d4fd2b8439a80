"""Checklists: what is looked at, in three languages, and whether what was found is good."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from bim.submissions.submission import name_of, text
from csdi.errors import ValueInvalid

Json = dict[str, Any]
Kind = Literal["yes-no", "number", "choice", "photo", "text"]
KINDS: tuple[Kind, ...] = ("yes-no", "number", "choice", "photo", "text")
LANGUAGES = ("en", "zh-Hant", "zh-Hans")
MOST_ITEMS = 200


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to look at.

    Attributes:
        key: its name in answers.
        title: language tag -> what is asked; a yes-no item is asked so that yes is good.
        kind: what the answer is; `photo` is the digest of an attached picture.
        unit: of a number, UCUM.
        low, high: a number outside is a failure; None for no limit.
        choices: language-free key -> language tag -> what is offered.
        good: the choices that are no failure.
        required: whether the list is not done without an answer.
        sets: `condition` where the answer (1 to 5) becomes the Asset's condition.
        priority: of the work order that a failure opens, "" for the Asset's own.
    """

    key: str
    title: Mapping[str, str]
    kind: Kind = "yes-no"
    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    good: tuple[str, ...] = ()
    required: bool = True
    sets: str = ""
    priority: str = ""

    def to_dict(self) -> Json:
        """The JSON form, without what is not said."""
        said: Json = {"key": self.key, "title": dict(self.title), "kind": self.kind, "unit": self.unit, "low": self.low, "high": self.high,
                      "choices": {key: dict(words) for key, words in self.choices.items()}, "good": list(self.good),
                      "required": self.required, "sets": self.sets, "priority": self.priority}
        return {name: value for name, value in said.items() if value not in (None, "", [], {})}

    def checked(self, value: Any) -> Any:
        """An answer in its form. Raises ValueInvalid."""
        if self.kind == "yes-no" and isinstance(value, bool):
            return value
        if self.kind == "number" and isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return value
        if self.kind == "choice" and value in self.choices:
            return value
        if self.kind in ("photo", "text") and isinstance(value, str) and value.strip():
            return text(value, self.key)
        expected = {"yes-no": "true or false", "number": "a number", "choice": f"one of {', '.join(self.choices)}",
                    "photo": "the digest of a picture that was attached", "text": "text"}[self.kind]
        raise ValueInvalid(f"'{self.key}' cannot be {str(value)[:40]!r}", field=self.key, remedy=f"send {expected}")

    def is_good(self, value: Any) -> bool:
        """Whether a checked answer is no failure."""
        if self.kind == "yes-no":
            return bool(value)
        if self.kind == "number":
            return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)
        return value in self.good if self.kind == "choice" and self.good else True


@dataclass(frozen=True, slots=True)
class Checklist:
    """A list of things to look at.

    Attributes:
        asset_class: the equipment type that it is for, "" for any.
    """

    id: str
    title: Mapping[str, str]
    items: tuple[Item, ...]
    asset_class: str = ""

    def to_dict(self) -> Json:
        """The JSON form."""
        return {"id": self.id, "title": dict(self.title), "asset_class": self.asset_class, "items": [one.to_dict() for one in self.items]}

    def begun(self) -> Json:
        """The list as a work order carries it, with no answers yet; later changes of the list do not reach it."""
        return {"id": self.id, "title": dict(self.title), "items": [{**one.to_dict(), "value": None} for one in self.items]}

    def filled(self, begun: Mapping[str, Any], answers: Mapping[str, Any]) -> Json:
        """A begun list with these answers in it. Raises ValueInvalid."""
        items = [item_of(one) for one in begun["items"]]
        values = _answered(items, answers)
        return {**begun, "items": [{**one, **({"value": values[one["key"]], "good": item.is_good(values[one["key"]])}
                                              if one["key"] in values else {})}
                                   for one, item in zip(begun["items"], items, strict=True)]}

    def judged(self, answers: Mapping[str, Any]) -> list[Json]:
        """Each item with its answer and whether it is good. Raises ValueInvalid, also where a required answer is missing."""
        values = _answered(self.items, answers)
        if left := [one.key for one in self.items if one.required and one.key not in values]:
            raise ValueInvalid(f"there is no answer to {', '.join(left[:5])}", field=left[0], remedy="answer all items that are required")
        return [{"key": one.key, "title": dict(one.title), "kind": one.kind, "unit": one.unit, "value": values[one.key],
                 "good": one.is_good(values[one.key]), "sets": one.sets, "priority": one.priority}
                for one in self.items if one.key in values]


def _answered(items: Sequence[Item], answers: Mapping[str, Any]) -> Json:
    known = {one.key: one for one in items}
    if unknown := sorted(set(answers) - set(known)):
        raise ValueInvalid(f"the list has no item '{unknown[0][:60]}'", field=unknown[0][:60], remedy=f"one of {', '.join(known)}")
    return {key: known[key].checked(value) for key, value in answers.items() if value is not None}


def checklist_of(given: Any) -> Checklist:
    """A checklist from its JSON form. Raises ValueInvalid naming the item and the field."""
    if not isinstance(given, Mapping) or set(given) - {"id", "title", "asset_class", "items"}:
        raise ValueInvalid("a checklist has id, title, asset_class and items", field="checklist")
    items = given.get("items")
    if not isinstance(items, Sequence) or isinstance(items, str) or not 1 <= len(items) <= MOST_ITEMS:
        raise ValueInvalid(f"a checklist has 1 to {MOST_ITEMS} items", field="items")
    made = tuple(item_of(one) for one in items)
    if twice := sorted({one.key for one in made if [other.key for other in made].count(one.key) > 1}):
        raise ValueInvalid(f"two items have the key '{twice[0]}'", field="items", value=twice[0])
    return Checklist(name_of(given.get("id"), "id"), _titles(given.get("title"), "title"), made,
                     text(given.get("asset_class") or "", "asset_class"))


def item_of(given: Any) -> Item:
    """An item from its JSON form; an answer beside it is left aside. Raises ValueInvalid."""
    if not isinstance(given, Mapping):
        raise ValueInvalid("an item is an object with key, title and kind", field="items")
    key = name_of(given.get("key"), "key")
    if given.get("kind", "yes-no") not in KINDS:
        raise ValueInvalid(f"item '{key}' has no kind '{str(given.get('kind'))[:40]}'", field=f"{key}.kind",
                           remedy=f"one of {', '.join(KINDS)}")
    choices = dict(_choices(given.get("choices") or {}, key))
    good = tuple(given.get("good") or ()) if isinstance(given.get("good"), list | tuple) else ()
    if given.get("kind") == "choice" and (len(choices) < 2 or set(good) - set(choices)):
        raise ValueInvalid(f"item '{key}' needs two choices or more, and the good ones among them", field=f"{key}.choices")
    low, high = (_limit(given.get(name), f"{key}.{name}") for name in ("low", "high"))
    if given.get("sets") not in (None, "", "condition"):
        raise ValueInvalid(f"item '{key}' cannot set '{str(given['sets'])[:40]}'", field=f"{key}.sets", remedy="condition, or nothing")
    return Item(key, _titles(given.get("title"), f"{key}.title"), given.get("kind", "yes-no"), text(given.get("unit") or "", "unit"),
                low, high, choices, good, bool(given.get("required", True)), str(given.get("sets") or ""), str(given.get("priority") or ""))


def _choices(given: Any, key: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    if not isinstance(given, Mapping):
        raise ValueInvalid(f"choices of item '{key}' are an object: key -> texts", field=f"{key}.choices")
    for name, words in given.items():
        yield name_of(str(name), f"{key}.choices"), _titles(words, f"{key}.choices.{name}")


def _titles(given: Any, name: str) -> Json:
    if not isinstance(given, Mapping) or set(given) - set(LANGUAGES) or not given.get("en"):
        raise ValueInvalid(f"'{name}' is an object with en, zh-Hant and zh-Hans", field=name, remedy="give English at least")
    return {tag: text(said, f"{name}.{tag}", needed=True) for tag, said in given.items()}


def _limit(value: Any, name: str) -> float | None:
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)):
        return value
    raise ValueInvalid(f"'{name}' is no number", field=name)
