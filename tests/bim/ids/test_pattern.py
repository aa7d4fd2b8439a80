"""Regular expressions of XML Schema: what they match, what is none, and that none can hang."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bim.ids.pattern import Pattern, PatternInvalid

MATCHES = [
    ("DT[0-9]{2}", "DT01", "DT1 DT012 xDT01"), ("a|bc", "a bc", "ab c"), ("(ab)*", "ab abab", "aba"), ("a{2,}", "aa aaaa", "a"),
    ("a{1,2}b?", "a aab", "aaab"), (r"\d+", "0 ٣", "a 1a"), (r"\w+", "é_1 水" .replace("_", ""), "a_b a-b"), (r"[\w_]+", "a_b", "a-b"),
    (r"\i\c*", "a-1.b :x _y", "1a -a"), (r"\p{Lu}\p{Ll}+", "Éa Wall", "wall WALL"), (r"\P{N}+", "abc", "a1"), (r"[a-z-[aeiou]]+", "xyz", "xay"),
    (r"[^0-9]+", "abc", "a1"), (r"\p{IsCJKUnifiedIdeographs}+", "水泵", "水a"), (r"a^b$c", "a^b$c", "abc"), (r"1\/2", "1/2", "12"),
    (r"[-a]+", "a-", "b"), (r"[a\-z]+", "a-z", "b"), (r"\S+\-\.\?", "x-.?", "x -.?"), (r"[\d.]+", "1.2", "1,2"), ("", "", "a"), ("a||b", "a b", "ab"),
]
INVALID = ["(", ")", "a)", "[a", "[]", "[z-a]", "*a", "a**", "a+?", "a{2,1}", "a{x}", "a{", r"\b", r"\1", "(?:a)", "(?=a)", r"\p{Zz}", r"\p{IsNowhere}",
           "\\", "]", "}", "a{99999}b{99999}", "(" * 500 + "a" + ")" * 500]


@pytest.mark.parametrize("pattern, held, refused", MATCHES, ids=[one[0] for one in MATCHES])
def test_the_whole_text_must_match(pattern: str, held: str, refused: str) -> None:
    made = Pattern(pattern)
    assert [text for text in held.split() if not made.matches(text)] == []
    assert [text for text in refused.split() if made.matches(text)] == []


def test_a_dot_is_any_sign_but_the_end_of_a_line() -> None:
    assert Pattern("a.b").matches("a\tb")
    assert not Pattern("a.b").matches("a\nb")


@pytest.mark.parametrize("pattern", INVALID, ids=range(len(INVALID)))
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(PatternInvalid):
        Pattern(pattern)


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|a)*b", "(a|aa)+c", "((a{1,30}){1,10})x", "(.*a){20}"])
def test_no_pattern_can_hang(pattern: str) -> None:
    started = time.process_time()
    assert not Pattern(pattern).matches("a" * 5000 + "!")
    assert time.process_time() - started < 5


def test_what_a_pattern_can_begin_with_is_known() -> None:
    assert Pattern("Ps.*").can_begin("Pset_")
    assert Pattern(".*").can_begin("Pset_")
    assert not Pattern("Psx.*").can_begin("Pset_")


SAFE = st.recursive(
    st.sampled_from(["a", "b", "c", ".", "[ab]", "[^a]", "[a-c]"]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join), st.tuples(inner, inner).map(lambda two: f"({two[0]}|{two[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "{0,}"])).map(lambda two: f"({two[0]}){two[1]}")),
    max_leaves=6)


@given(SAFE, st.text("abcd", max_size=8))
def test_it_matches_what_another_engine_matches(pattern: str, text: str) -> None:
    assert Pattern(pattern).matches(text) == (re.fullmatch(pattern, text) is not None)


@given(SAFE, st.text("abcd", max_size=8))
def test_every_beginning_of_a_match_can_begin_one(pattern: str, text: str) -> None:
    made = Pattern(pattern)
    if made.matches(text):
        assert all(made.can_begin(text[:end]) for end in range(len(text) + 1))


@given(st.text(max_size=20))
def test_any_text_is_a_pattern_or_is_refused(text: str) -> None:
    try:
        Pattern(text).matches(text)
    except PatternInvalid as error:
        assert 0 <= error.position <= len(text)
