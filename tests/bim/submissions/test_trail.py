"""The audit trail: whatever is changed, left out, put in or cut off, the first entry that is wrong is named."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bim.submissions.trail import BEGIN, Entry, lines, read_lines, seal, verify
from csdi.errors import FileBroken

_WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12)
_PARTICULARS = st.dictionaries(_WORDS, st.one_of(_WORDS, st.integers(-2**40, 2**40), st.booleans()), max_size=3)


def chain(said: list[tuple[str, dict[str, Any]]]) -> list[Entry]:
    """A trail of these entries."""
    made: list[Entry] = []
    for number, (what, particulars) in enumerate(said, 1):
        bare = Entry(number, f"2030-01-01T00:00:{number:02d}Z", "ann", what, "s-1", particulars, made[-1].digest if made else BEGIN)
        made.append(replace(bare, digest=seal(bare)))
    return made


_CHAINS = st.lists(st.tuples(_WORDS, _PARTICULARS), min_size=1, max_size=8).map(chain)


@given(_CHAINS)
def test_an_untouched_trail_is_whole_also_as_lines(entries: list[Entry]) -> None:
    assert verify(entries).broken is None
    again = list(read_lines(b"".join(lines(entries))))
    assert again == entries
    assert verify(again, entries[-1].digest).to_dict() == {"intact": True, "entries": len(entries), "head": entries[-1].digest}


@given(_CHAINS, st.data())
def test_the_first_entry_that_was_changed_is_named(entries: list[Entry], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(entries) - 1))
    field = data.draw(st.sampled_from(["who", "what", "time", "submission", "digest", "previous"]))
    forged = replace(entries[at], **{field: getattr(entries[at], field) + "x"})
    assert verify([*entries[:at], forged, *entries[at + 1:]]).broken == at + 1


@given(_CHAINS.filter(lambda chain: len(chain) > 1), st.data())
def test_an_entry_that_is_left_out_or_sealed_anew_breaks_the_chain(entries: list[Entry], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(entries) - 2))
    assert verify(entries[:at] + entries[at + 1:]).broken == at + 1
    forged = replace(entries[at], who="mallory", digest="")
    assert verify([*entries[:at], replace(forged, digest=seal(forged)), *entries[at + 1:]]).broken == at + 2


def test_a_trail_that_is_cut_off_is_known_by_a_digest_that_was_kept_elsewhere() -> None:
    entries = chain([("a", {}), ("b", {}), ("c", {})])
    assert verify(entries[:2]).broken is None
    assert verify(entries[:2], entries[2].digest).broken == 3


@pytest.mark.parametrize("text", [b"{", b"[1]", b'{"number": 1}', b'{"number":1,"time":"","who":"","what":"","extra":1}'])
def test_lines_that_are_no_entries_are_refused_by_number(text: bytes) -> None:
    good = b"".join(lines(chain([("a", {})])))
    with pytest.raises(FileBroken, match="line 2"):
        list(read_lines(good + text))
