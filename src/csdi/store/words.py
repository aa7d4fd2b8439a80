"""Words: full text cut into tokens, one analyser for every store, so that Chinese is found character by character."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from opencc import OpenCC

from csdi.feature import Schema

BREAK = "\u2063"
"""A token that no query has, between two fields: phrases do not reach across."""

LONGEST = 200
"""Characters of a token that count."""
_PLAIN = re.compile("[0-9a-z]+").findall


def tokens(text: str) -> list[str]:
    """The tokens of a text: runs of letters and digits folded to lower case, and single Chinese characters.

    Width, case, accents and traditional or simplified forms make no difference.

    >>> tokens("Pump Ｐ-01 水泵")
    ['pump', 'p', '01', '水', '泵']
    """
    return _cut(text) if text.isascii() else _cut(_folded(text))


def document(schema: Schema, properties: Mapping[str, Any]) -> list[str]:
    """The tokens of a Feature's full-text fields, in order."""
    found: list[str] = []
    for field in schema.stored:
        if field.text and (value := properties.get(field.name)) is not None:
            cut = [token for text in _texts(value) for token in tokens(text)]
            if cut:
                found += [BREAK, *cut] if found else cut
    return found


def phrases(text: str) -> list[list[str]]:
    """What a query asks for: each word between blanks is a phrase; the last token of a phrase may be a beginning."""
    return [phrase for word in text.split() if (phrase := tokens(word))]


def is_prefix(token: str) -> bool:
    """Whether a last token also stands for longer ones: letters and digits do, Chinese characters stand alone."""
    return len(token) > 1 or token.isascii()


def contains(document_tokens: list[str], phrase: list[str]) -> bool:
    """Whether the phrase occurs, its last token as a beginning where `is_prefix`."""
    *head, last = phrase
    for at in range(len(document_tokens) - len(head)):
        if document_tokens[at:at + len(head)] == head:
            token = document_tokens[at + len(head)]
            if token == last or (is_prefix(last) and token.startswith(last)):
                return True
    return False


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    bare = "".join(c for c in plain if not unicodedata.combining(c))
    return str(_simplifier().convert(unicodedata.normalize("NFC", bare)))


@lru_cache(maxsize=1)
def _simplifier() -> OpenCC:
    return OpenCC("t2s")


def _cut(text: str) -> list[str]:
    if text.isascii():
        return [token[:LONGEST] for token in _PLAIN(text.lower())]
    spaced = "".join(f" {c} " if _stands_alone(c) else c if c.isalnum() else " " for c in text.casefold())
    return [token[:LONGEST] for token in spaced.split()]


def _stands_alone(character: str) -> bool:
    """Chinese, Japanese and Korean characters are words of their own."""
    return character >= "\u2e80" and (
        character <= "\u9fff" or "\uac00" <= character <= "\ud7a3" or "\uf900" <= character <= "\ufaff"
        or "\U00020000" <= character <= "\U0003ffff") and character.isalnum()
