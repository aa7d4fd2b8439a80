"""Sentences say the same in every language: with the same particulars."""

from __future__ import annotations

from string import Formatter

import pytest

from bim.ids.sentences import _BINDING, _REASONS, _WHAT, LANGUAGES

TABLES = [(f"{name} {code}", texts) for name, table in (("reason", _REASONS), ("binding", _BINDING), ("what", _WHAT)) for code, texts in table.items()]


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("texts", [texts for _, texts in TABLES], ids=[name for name, _ in TABLES])
def test_a_sentence_has_the_same_particulars_in_every_language(texts: tuple[str, ...]) -> None:
    assert len(texts) == len(LANGUAGES)
    assert len({frozenset(fields(text)) for text in texts}) == 1
    assert texts[0].isascii()
    assert not any(text.isascii() for text in texts[1:])
