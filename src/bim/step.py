"""STEP text (ISO 10303-21): its tokens, its strings and its header. Pure values, no I/O."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STRING = re.compile(rb"(?:'[^']*+')++")
"""One string, doubled quotes inside it included."""

COMMENT_OR_STRING = re.compile(rb"(?:'[^']*+')++|/\*.*?(?:\*/|\Z)", re.DOTALL)
"""A comment that is not closed goes on to the end."""

STATEMENT = re.compile(rb"(?:[^;'/]++|'[^']*+'|/\*.*?\*/|/)*+;", re.DOTALL)
"""One statement of the original text, with what stands before it, up to its semicolon."""

_PIECE = 1 << 23

_VALUE = (rb"(?:[$*]|#\d{1,18}+|[-+]?\d++(?:\.\d*+)?(?:[Ee][-+]?\d++)?|\.[A-Za-z0-9_]++\.|\"[0-9A-Fa-f]*+\"|(?=\)))")
INSTANCES = re.compile(
    rb"(?:\s*+#\d{1,18}+\s*+=\s*+[A-Za-z][A-Za-z0-9_]*+\s*+(?=\()"
    rb"(?:(?:\s*+(?:[A-Za-z][A-Za-z0-9_]*+\s*+)?\()*+\s*+" + _VALUE + rb"[)\s]*+(?:,|(?=;)))*+;)*+\s*+"
)
"""As many well-formed instances as there are, strings already replaced by `$`; brackets are counted elsewhere."""

_ESCAPE = re.compile(r"\\X2\\((?:[0-9A-Fa-f]{4})*)\\X0\\|\\X4\\((?:[0-9A-Fa-f]{8})*)\\X0\\|\\X\\([0-9A-Fa-f]{2})"
                     r"|\\S\\(.)|\\P([A-I])\\|(\\\\)|('')")
_HEADER_STATEMENT = re.compile(r"(?:[^;']++|'[^']*+')*+;")
_HEADER_ENTITY = re.compile(r"\s*+([A-Z_]++)\s*+\((.*)\)\s*;", re.DOTALL)
_HEADER_TOKEN = re.compile(r"'((?:[^']++|'')*+)'|([(),])|([^\s(),']+)")

Value = str | None | list["Value"]
"""A header parameter: a string, nothing, or a list."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a STEP file says of itself, strings decoded; a part that is missing is empty."""

    schema: str
    description: tuple[str, ...] = ()
    implementation_level: str = ""
    name: str = ""
    time_stamp: str = ""
    author: tuple[str, ...] = ()
    organization: tuple[str, ...] = ()
    preprocessor: str = ""
    originating_system: str = ""
    authorization: str = ""


def bare(text: bytes) -> bytes:
    """The text with every string replaced by `$` and every comment by a blank: only structure is left."""
    if b"/*" in text:
        return COMMENT_OR_STRING.sub(lambda found: b"$" if found[0][:1] == b"'" else b" ", text)
    made = bytearray()
    for low, high in _between_strings(text):
        made += STRING.sub(b"$", text[low:high])
    return bytes(made)


def _between_strings(text: bytes) -> Iterator[tuple[int, int]]:
    """Pieces of a text without comments that end outside strings: taken one by one they need less memory."""
    low = 0
    while low < len(text):
        high = low + _PIECE
        within = text.count(b"'", low, high) % 2
        while high < len(text) and (within or text[high - 1:high + 1] == b"''"):
            quote = text.find(b"'", high)
            high = quote + 1 if quote >= 0 else len(text)
            within = not within
        yield low, min(high, len(text))
        low = high


def distinct(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """The numbers once each, ascending; several times as fast as `np.unique`, which hashes them."""
    ordered = np.sort(numbers)
    return np.asarray(ordered[np.diff(ordered, prepend=ordered[:1] - 1) != 0])


def offset_in_text(text: bytes, bare_offset: int) -> int:
    """Where in the text stands what is at an offset of `bare(text)`; of a string or comment, where it starts."""
    shift = 0
    for found in (COMMENT_OR_STRING if b"/*" in text else STRING).finditer(text):
        if found.start() - shift >= bare_offset:
            break
        shift += found.end() - found.start() - 1
    return bare_offset + shift


def line_of(text: bytes, offset: int) -> int:
    """1-based line of an offset; lines end with LF, CR or both."""
    alone = text.count(b"\r", 0, offset) - text.count(b"\r\n", 0, offset)
    return text.count(b"\n", 0, offset) + alone + 1


def decode_string(text: str) -> str:
    r"""The characters that a STEP string stands for: `\X2\`, `\X4\`, `\X\`, `\S\` and doubled quotes resolved; NUL left out.

    >>> decode_string(r"\X2\6C346CF5\X0\ P-1")
    '水泵 P-1'
    """
    page = "A"

    def replaced(found: re.Match[str]) -> str:
        nonlocal page
        two, four, one, shifted, new_page, backslash, quote = found.groups()
        if two is not None:
            return bytes.fromhex(two).decode("utf-16-be", "replace")
        if four is not None:
            return bytes.fromhex(four).decode("utf-32-be", "replace")
        if one is not None:
            return chr(int(one, 16))
        if shifted is not None:
            return bytes([(ord(shifted) & 0x7F) | 0x80]).decode(f"iso8859-{'ABCDEFGHI'.index(page) + 1}", "replace")
        if new_page is not None:
            page = new_page
            return ""
        return "\\" if backslash else ("'" if quote else "")

    return _ESCAPE.sub(replaced, text).replace("\x00", "")


def header_entities(section: str) -> dict[str, list[Value]]:
    """Entity name -> parameters, of the text between `HEADER;` and `ENDSEC;`."""
    found: dict[str, list[Value]] = {}
    at = 0
    while (statement := _HEADER_STATEMENT.match(section, at)) is not None:
        if (entity := _HEADER_ENTITY.fullmatch(statement[0])) is not None:
            found[entity[1]] = _parameters(entity[2])
        at = statement.end()
    return found


def header_of(entities: dict[str, list[Value]]) -> Header:
    """The header's values; parameters of the wrong kind are read as empty."""
    description = entities.get("FILE_DESCRIPTION", [])
    name = entities.get("FILE_NAME", [])
    schemas = _texts(_at(entities.get("FILE_SCHEMA", []), 0))
    return Header(
        schema=schemas[0].strip().upper() if schemas else "",
        description=_texts(_at(description, 0)),
        implementation_level=_text(_at(description, 1)),
        name=_text(_at(name, 0)),
        time_stamp=_text(_at(name, 1)),
        author=_texts(_at(name, 2)),
        organization=_texts(_at(name, 3)),
        preprocessor=_text(_at(name, 4)),
        originating_system=_text(_at(name, 5)),
        authorization=_text(_at(name, 6)),
    )


def hash_numbers(block: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The numbers after every `#` of the block, and whether `=` follows (a definition) or not (a reference)."""
    at = np.flatnonzero(block == 35) + 1
    numbers = np.zeros(len(at), np.int64)
    padded = np.concatenate([block, np.zeros(24, np.uint8)])
    active = np.arange(len(at))
    while len(active):
        digit = padded[at[active]].astype(np.int64) - 48
        is_digit = (digit >= 0) & (digit <= 9)
        active = active[is_digit]
        numbers[active] = numbers[active] * 10 + digit[is_digit]
        at[active] += 1
    blank = np.flatnonzero((padded[at] == 32) | (padded[at] == 9) | (padded[at] == 10) | (padded[at] == 13))
    while len(blank):
        at[blank] += 1
        mark = padded[at[blank]]
        blank = blank[(mark == 32) | (mark == 9) | (mark == 10) | (mark == 13)]
    return numbers, padded[at] == 61


def _parameters(text: str) -> list[Value]:
    stack: list[list[Value]] = [[]]
    for string, mark, word in _HEADER_TOKEN.findall(text):
        if mark == "(":
            stack.append([])
        elif mark == ")":
            if len(stack) > 1:
                done = stack.pop()
                stack[-1].append(done)
        elif word:
            stack[-1].append(None if word == "$" else word)
        elif not mark:
            stack[-1].append(decode_string(string))
    return stack[0]


def _at(values: list[Value], index: int) -> Value:
    return values[index] if index < len(values) else None


def _text(value: Value) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: Value) -> tuple[str, ...]:
    return tuple(part for part in value if isinstance(part, str)) if isinstance(value, list) else ()
