"""The words of reports in three languages, from `words.csv`."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from csdi.collection import Text
from csdi.errors import ValueInvalid

LANGUAGES = ("en", "zh-Hant", "zh-Hans")


@cache
def _table() -> Mapping[str, Mapping[str, str]]:
    """Word -> what it is in each language."""
    lines = (files("bim.reports") / "words.csv").read_text(encoding="utf-8").splitlines()
    return {row["word"]: MappingProxyType({tag: row[tag] for tag in LANGUAGES}) for row in csv.DictReader(lines)}


def words(language: str) -> Mapping[str, str]:
    """The words of one language.

    Raises:
        ValueInvalid: none of ours.
    """
    if language not in LANGUAGES:
        raise ValueInvalid(f"there are no reports in '{language}'", field="language", value=language,
                           remedy=f"one of {', '.join(LANGUAGES)}")
    return MappingProxyType({word: said[language] for word, said in _table().items()})


def text(word: str) -> Text:
    """A word in all languages."""
    return _table()[word]


def has(word: str) -> bool:
    """Whether there is such a word."""
    return word in _table()
