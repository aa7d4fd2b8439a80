r"""Values that the engine would refuse a whole file for, or lose without a word, put right one by one.

Such values are frequent in real files: a Windows path with single backslashes, a character beyond the 16 bits of `\X2\`
(the lift of Hong Kong's signs, U+282E2, is one), a number that underflowed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bim import step
from bim.finding import Finding

_HEX = rb"[0-9A-Fa-f]"
_TWO = rb"(?!0000|[Dd][89A-Fa-f])" + _HEX + rb"{4}"
_FOUR = rb"(?:0000" + _TWO + rb"|(?:000[1-9A-Fa-f]|0010)" + _HEX + rb"{4})"
_ESCAPED = (rb"\\\\|\\S\\[ -&(-~]|\\X\\(?!00)" + _HEX + rb"{2}|\\X2\\(?:" + _TWO + rb")++\\X0\\|\\X4\\(?:" + _FOUR
            + rb")++\\X0\\|\\PA\\|\\[NF]\\")
_SOUND_TEXT = re.compile(rb"(?:[^\\\x00]++|" + _ESCAPED + rb")*+")
"""As much text as the engine reads rightly."""

_TOKEN = re.compile(rb"'((?:[^']++|'')*+)'|/\*.*?(?:\*/|\Z)|(?<![\w.#\"+-])([-+]?\d++(?:\.\d*+)?(?:[Ee][-+]?\d++)?)"
                    rb"|#(\d++)(?!\d|\s*=)|(\"[^\"]*+\")", re.DOTALL)
_ODD = re.compile(rb"[(,]\s*+(?:[-+]?(?:\d{300}|\d++(?:\.\d*+)?[Ee][-+]?0*+[1-9]\d\d)|#\d{10}|\"(?![0-3]" + _HEX + rb"*+\"))")
"""Where a number, a reference or a binary value may be one that the engine refuses."""

_BINARY = re.compile(rb"\"[0-3]" + _HEX + rb"*+\"")
_NAMED = 20
_CURE = "export it with a tool that writes what ISO 10303-21 asks for"
LARGEST_ID = 2**31 - 1
"""Of an instance; the engine takes no larger one."""


@dataclass(frozen=True, slots=True)
class Mend:
    """One value and what it becomes.

    Attributes:
        start, end: offsets in the text.
        new: what is put there.
        why: what is wrong with it, as one clause.
    """

    start: int
    end: int
    new: bytes
    why: str


def may_need_mending(text: bytes) -> bool:
    """Whether the text may have such values; quick."""
    return not _sound(text) or _ODD.search(text) is not None


def mends(text: bytes) -> Iterator[Mend]:
    """All values that need it, in their order; the text is ASCII."""
    for found in _TOKEN.finditer(text):
        string, number, reference, binary = found.groups()
        new, why = b"$", ""
        if string is not None:
            if not _sound(string):
                new, why = _written(string), "a string has characters or escapes that STEP does not have"
        elif number is not None:
            new, why = _number(number)
        elif reference is not None and int(reference[:20]) > LARGEST_ID:
            why = "a reference to no possible instance"
        elif binary is not None and not _BINARY.fullmatch(binary):
            why = "a binary value that is none"
        if why:
            yield Mend(*found.span(), new, why)


def mended(text: bytes, made: Sequence[Mend]) -> bytes:
    """The text with these put right."""
    parts: list[bytes] = []
    at = 0
    for mend in made:
        parts += (text[at:mend.start], mend.new)
        at = mend.end
    return b"".join((*parts, text[at:]))


def mending_findings(text: bytes, made: Sequence[Mend], *, name: str) -> list[Finding]:
    """One for each of the first, with its line, and one for the rest."""
    told = [_told(text, mend, name) for mend in made[:_NAMED]]
    if len(made) > _NAMED:
        told.append(Finding("STP-006", "warning", f"{len(made) - _NAMED} more values of the text were put right", name, cure=_CURE))
    return told


def _told(text: bytes, mend: Mend, name: str) -> Finding:
    line = step.line_of(text, mend.start)
    old, new = (value[:60].decode("latin-1") for value in (text[mend.start:mend.end], mend.new))
    return Finding("STP-006", "warning", f"line {line}: {mend.why}: {old} is read as {new}", name, measured=old, expected=new, cure=_CURE,
                   data={"line": line})


def _sound(text: bytes) -> bool:
    """Whether the engine reads every character of the strings rightly."""
    return (b"\\" not in text and b"\x00" not in text) or _SOUND_TEXT.fullmatch(text) is not None


def _number(number: bytes) -> tuple[bytes, str]:
    """What cannot be told from 0 is 0; what is beyond all numbers is nothing."""
    exponent = re.search(rb"[Ee]", number)
    if exponent is None and len(number) < 300:
        return number, ""
    value = float(number)
    if math.isinf(value):
        return b"$", "a number beyond all that can be kept"
    if value == 0.0 and re.search(rb"[1-9]", number[:exponent.start()] if exponent else number):
        return b"0.", "a number that cannot be told from 0"
    return number, ""


def _written(string: bytes) -> bytes:
    """A string between quotes whose every character the engine reads: those beyond ASCII escaped anew, NUL left out."""
    text = step.decode_string(string.decode("latin-1")).replace("\x00", "")
    return b"'" + b"".join(map(_character, text)) + b"'"


def _character(one: str) -> bytes:
    if one in "'\\":
        return one.encode() * 2
    if one.isascii():
        return one.encode()
    return rf"\X2\{ord(one):04X}\X0\\".encode()[:-1] if one <= "\uffff" else rf"\X4\{ord(one):08X}\X0\\".encode()[:-1]
