"""Languages: one tag for each, texts for people by tag, and which language a text without a tag is in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from opencc import OpenCC

LANGUAGES = ("en", "zh-Hant", "zh-Hans")
"""The languages that a Record is kept in."""

_TAG = re.compile(r"^[a-z]{2,3}(-[a-z0-9]{1,8})*$")
_HANS = frozenset({"zh-hans", "zh-cn", "zh-sg", "zh-my", "zh-hans-cn", "zh-hans-sg", "zh-hans-hk", "sc", "chs", "gb", "cmn-hans"})
_HANT = frozenset({"zh-hant", "zh-hk", "zh-tw", "zh-mo", "zh-hant-hk", "zh-hant-tw", "zh-hant-mo", "yue", "yue-hant", "tc", "cht",
                   "uc", "cmn-hant"})
_CODES = {"eng": "en", "fre": "fr", "fra": "fr", "ger": "de", "deu": "de", "por": "pt", "jpn": "ja", "kor": "ko", "spa": "es", "ita": "it"}
_CHINESE = frozenset({"zh", "zho", "chi", "cmn"})
_IDEOGRAPH = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def tag_of(name: str, text: str = "") -> str:
    """The tag of a language that somebody named in their own way, "" when it is no language; `text` decides the script of Chinese.

    >>> tag_of("zh_HK"), tag_of("eng"), tag_of("chi", "机场"), tag_of("EN-gb"), tag_of("fr"), tag_of("水")
    ('zh-Hant', 'en', 'zh-Hans', 'en', 'fr', '')
    """
    plain = name.strip().rpartition("/")[2].lstrip("#").replace("_", "-").casefold()
    if plain in _HANS:
        return "zh-Hans"
    if plain in _HANT:
        return "zh-Hant"
    if plain.partition("-")[0] in _CHINESE:
        return script_of(text)
    plain = _CODES.get(plain, plain)
    if not _TAG.match(plain):
        return ""
    return "en" if plain.partition("-")[0] == "en" else plain


def language_of(text: str) -> str:
    """The language of a text without a tag: Chinese in its script where it has Chinese characters, else English.

    >>> language_of("Airport 機場"), language_of("机场"), language_of("Airport")
    ('zh-Hant', 'zh-Hans', 'en')
    """
    return script_of(text) if _IDEOGRAPH.search(text) else "en"


def script_of(text: str) -> str:
    """`zh-Hans` when characters of the text are written so in the simplified script alone, else `zh-Hant`."""
    plain = text.encode("utf-8", "ignore").decode()
    return "zh-Hans" if plain and _to_traditional().convert(plain) != plain and _to_simplified().convert(plain) == plain else "zh-Hant"


def text_of(value: Any, language: str = "") -> dict[str, str]:
    """A text for people by tag, from a plain string (in `language`, else judged by its characters) or a mapping by any names.

    >>> text_of({"zh_HK": "機場", "en": " Airport "}), text_of("機場"), text_of(None)
    ({'zh-Hant': '機場', 'en': 'Airport'}, {'zh-Hant': '機場'}, {})
    """
    if isinstance(value, Mapping):
        found = {tag_of(str(name), str(text)) or language_of(str(text)): str(text).strip() for name, text in value.items() if text}
        return {tag: text for tag, text in found.items() if text}
    text = "" if value is None else str(value).strip()
    return {language or language_of(text): text} if text else {}


def joined(*texts: Mapping[str, str], between: str = " ") -> dict[str, str]:
    """Texts one after the other in each language that one of them has."""
    tags = dict.fromkeys(tag for text in texts for tag in text)
    return {tag: between.join(text[tag] for text in texts if text.get(tag)) for tag in tags}


def words_of(words: Iterable[str], language: str = "") -> dict[str, tuple[str, ...]]:
    """Words by the language that each is in, without repetition, in order."""
    found: dict[str, list[str]] = {}
    for word in words:
        plain = str(word).strip()
        if plain:
            into = found.setdefault(language or language_of(plain), [])
            if plain not in into:
                into.append(plain)
    return {tag: tuple(listed) for tag, listed in found.items()}


def simplified(text: str) -> str:
    """A Chinese text in simplified characters.

    >>> simplified("客運大樓")
    '客运大楼'
    """
    return str(_to_simplified().convert(text.encode("utf-8", "ignore").decode()))


@lru_cache(maxsize=1)
def _to_traditional() -> OpenCC:
    return OpenCC("s2t")


@lru_cache(maxsize=1)
def _to_simplified() -> OpenCC:
    return OpenCC("t2s")
