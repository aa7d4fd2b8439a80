"""Labels: names in English, Traditional and Simplified Chinese from what a model says of a thing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from csdi.catalogue.language import simplified

_CHINESE = re.compile("[\u3400-\u9fff]")
_CHINESE_PART = re.compile("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]+")
Labels = dict[str, str]


def labels(*said: Any) -> Labels | None:
    """Labels by language tag, of the first text without Chinese and the first with it; None where nothing is said."""
    texts = [" ".join(str(one).split()) for one in said if one not in (None, "")]
    chinese = next((text for text in texts if _CHINESE.search(text)), "")
    plain = next((text for text in texts if not _CHINESE.search(text)), "") or " ".join(_CHINESE_PART.sub(" ", chinese).split())
    found = {"en": plain or chinese} if texts else {}
    if chinese:
        own = "".join(_CHINESE_PART.findall(chinese)) if not _CHINESE.search(plain) and plain and plain in chinese else chinese
        found |= {"zh-Hant": own, "zh-Hans": simplified(own)}
    return found or None


def names_of(properties: Mapping[str, Any]) -> Labels | None:
    """Labels of a row of a model."""
    return labels(properties.get("long_name"), properties.get("name"), properties.get("description"))


def spoken(properties: Mapping[str, Any]) -> str:
    """All that a row is called, for finding words in it."""
    return " ".join(str(properties[name]) for name in ("name", "long_name", "description", "object_type") if properties.get(name))
