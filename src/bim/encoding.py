"""Characters that a STEP text writes as they are, put as the escapes that the standard asks for.

The engine drops every byte above 127 without a word, so a name in raw Chinese would come out empty.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

_RAW = re.compile(r"[^\x00-\x7f]+")
_HIGH = re.compile(rb"[\x80-\xff]+")
_PAIRS = re.compile(rb"(?:[\x81-\xfe][\x40-\x7e\x80-\xfe])+")
_COMMON = {"big5hkscs": (0xA4, 0xC6), "gb18030": (0xB0, 0xD7)}
"""Lead bytes of the frequent characters of an encoding."""
_SAMPLE, _PIECE, _SHORT = 1 << 16, 1 << 22, 1 << 9
_NAMES = {"utf-8": "UTF-8", "big5hkscs": "Big5", "gb18030": "GB 18030", "cp1252": "Windows-1252", "latin-1": "ISO 8859-1"}


def escaped(text: bytes) -> tuple[bytes, str]:
    """The text in ASCII, raw characters as `\\X2\\` and `\\X4\\` escapes; and the name of the encoding that they had.

    >>> escaped("'水泵'".encode())
    (b"'\\\\X2\\\\6C346CF5\\\\X0\\\\'", 'UTF-8')
    """
    if text.isascii():
        return text, ""
    encoding = _encoding(text)
    if encoding == "utf-8":  # a run of high bytes is one of whole characters, so the text need not be decoded whole
        made = bytearray()
        for piece in _pieces(text.removeprefix(b"\xef\xbb\xbf")):
            made += piece if piece.isascii() else _HIGH.sub(lambda run: _escaped(run[0].decode()), piece)
        return bytes(made), _NAMES[encoding]
    return _RAW.sub(lambda run: _escaped(run[0]).decode(), text.decode(encoding).removeprefix("\ufeff")).encode("ascii"), _NAMES[encoding]


def _pieces(text: bytes) -> Iterator[bytes]:
    """The text in short pieces that do not end inside a run of high bytes; most of them have none, which is told at once."""
    low = 0
    while low < len(text):
        high = low + _SHORT
        while high < len(text) and text[high] > 127:
            high += 1
        yield text[low:high]
        low = high


def _encoding(text: bytes) -> str:
    """UTF-8 where it is valid; else a Chinese one where raw bytes come in its pairs; else a western one."""
    if decodes(text, "utf-8"):
        return "utf-8"
    return next((encoding for encoding in (*_chinese(text), "cp1252") if decodes(text, encoding)), "latin-1")


def decodes(text: bytes, encoding: str) -> bool:
    """Whether the text is valid in an encoding; piece by piece, as a decoded text may take four times its bytes."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for at in range(0, len(text), _PIECE):
            decoder.decode(text[at:at + _PIECE], at + _PIECE >= len(text))
    except UnicodeDecodeError:
        return False
    return True


def _chinese(text: bytes) -> list[str]:
    """The Chinese encodings that the raw bytes could be in, likeliest first; none where most of them stand alone."""
    runs = _HIGH.findall(text)
    alone = sum(1 for run in runs if len(run) == 1)
    leads = [run[at] for run in _PAIRS.findall(text)[:_SAMPLE] for at in range(0, len(run), 2)]
    if not leads or alone * 2 > len(runs):
        return []
    share = {name: sum(low <= lead <= high for lead in leads) / len(leads) for name, (low, high) in _COMMON.items()}
    return sorted(share, key=lambda name: -share[name])


def _escaped(run: str) -> bytes:
    if max(run) <= "\uffff":
        return f"\\X2\\{run.encode('utf-16-be').hex().upper()}\\X0\\".encode()
    return f"\\X4\\{run.encode('utf-32-be').hex().upper()}\\X0\\".encode()
