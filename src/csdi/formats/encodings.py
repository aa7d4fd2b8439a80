"""Encodings of text in files that do not say theirs: UTF-8, Big5 with the Hong Kong characters, GBK, UTF-16, Western.

Bytes that are UTF-8 are taken as such. Otherwise each candidate is judged by how many of its characters are everyday ones: those
of the first level of Big5 or of GB 2312. The wrong one of the two gives rare characters and kana instead.
"""

from __future__ import annotations

import codecs
import re
import struct
from pathlib import Path

SAMPLE_BYTES = 1 << 20
_CANDIDATES = ("big5hkscs", "gb18030")
_ICONV = {"utf-8": "UTF-8", "big5hkscs": "BIG5-HKSCS", "gb18030": "GB18030", "cp1252": "CP1252"}
_PAGES = {"950": "big5hkscs", "936": "gb18030", "big5": "big5hkscs", "gbk": "gb18030", "gb2312": "gb18030"}
_DXF_HEAD = 1 << 16
_DXF_HEADER = "  0\nSECTION\n  2\nHEADER\n  9\n$ACADVER\n  1\nAC1021\n  0\nENDSEC\n"
"""Without a header GDAL does not ask in which encoding the text is."""
_DXF_PAGE = re.compile(rb"\$DWGCODEPAGE\s+3\s+(\S+)")


def detected(raw: bytes) -> str:
    """The most likely encoding of a text, as Python's codec names.

    >>> detected("機場客運大樓".encode("big5")), detected("机场客运大楼".encode("gbk")), detected(b"T1")
    ('big5hkscs', 'gb18030', 'utf-8')
    """
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if decodes(raw, "utf-8"):
        return "utf-8"
    best = max(_CANDIDATES, key=lambda name: _everyday(raw, name))
    return best if _everyday(raw, best) > 0.5 else "cp1252"


def decodes(raw: bytes, encoding: str) -> bool:
    """Whether all bytes have a meaning in the encoding; a character that is cut off at the end does not count."""
    try:
        codecs.getincrementaldecoder(encoding)().decode(raw)
    except UnicodeError:
        return False
    return True


def iconv_name(encoding: str) -> str:
    """The name under which GDAL knows one of Python's codecs."""
    return _ICONV.get(encoding, encoding)


def file_encoding(path: Path) -> str:
    """The most likely encoding of a text file, from its first megabyte."""
    with path.open("rb") as source:
        return detected(source.read(SAMPLE_BYTES))


def shapefile_encoding(path: Path) -> tuple[str, str]:
    """(the encoding of a Shapefile's attributes, what its .cpg says or ""); both as Python's codec names where it has them.

    The statement of the .cpg holds unless the bytes contradict it.
    """
    table = _beside(path, ".dbf")
    if table is None:
        return "utf-8", ""
    said = _beside(path, ".cpg")
    stated = _known(said.read_text("ascii", errors="replace").strip()) if said else ""
    with table.open("rb") as source:
        head = source.read(32)
        start = struct.unpack("<H", head[8:10])[0] if len(head) == 32 else 0
        source.seek(32)
        names = b" ".join(part.split(b"\0")[0] for part in _parts(source.read(max(start - 33, 0)), 32))
        raw = names + b" " + source.read(SAMPLE_BYTES)
    if stated and decodes(raw, stated):
        return stated, stated
    return detected(raw), stated


def drawing_in_utf8(path: Path, target: Path) -> Path:
    """An ASCII DXF as UTF-8, with a header; the path itself when it is so already.

    A drawing of before 2007 is in a code page, which many do not name or name wrongly.
    """
    raw = path.read_bytes()
    headed = b"HEADER" in raw[:_DXF_HEAD]
    if raw.startswith(b"AutoCAD Binary DXF") or (headed and decodes(raw, "utf-8")):
        return path
    page = _DXF_PAGE.search(raw[:_DXF_HEAD])
    stated = _known(page.group(1).decode("ascii", errors="replace")) if page else ""
    wide = stated not in ("", "cp1252") and decodes(raw, stated)
    text = raw.decode(stated if wide else detected(raw), errors="replace")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text if headed else _DXF_HEADER + text, encoding="utf-8", newline="")
    return target


def to_utf8(path: Path, encoding: str, target: Path) -> Path:
    """The file written again as UTF-8."""
    with path.open(encoding=encoding, errors="replace", newline="") as source, target.open("w", encoding="utf-8", newline="") as out:
        while text := source.read(SAMPLE_BYTES):
            out.write(text)
    return target


def _everyday(raw: bytes, encoding: str) -> float:
    """Share of the characters beyond ASCII that are everyday ones, when the bytes are read in the encoding; 0..1."""
    text = [c for c in raw.decode(encoding, errors="replace") if ord(c) > 127]
    return sum(map(_is_everyday, text)) / len(text) if text else 0.0


def _is_everyday(character: str) -> bool:
    return _within(character, "big5", 0xA4, 0xC6) or _within(character, "gb2312", 0xB0, 0xD7) or character in "，。、：；（）「」％～－"


def _within(character: str, encoding: str, first: int, last: int) -> bool:
    raw = character.encode(encoding, errors="ignore")
    return len(raw) == 2 and first <= raw[0] <= last


def _known(stated: str) -> str:
    """A codec name of Python for what a .cpg says; "" for nothing that it knows."""
    name = stated.lower().removeprefix("cp").removeprefix("ansi").strip(" _-")
    name = _PAGES.get(name, f"cp{name}" if name.isdigit() and name != "65001" else name)
    try:
        return codecs.lookup("utf-8" if name == "65001" else name).name
    except LookupError:
        return ""


def _beside(path: Path, suffix: str) -> Path | None:
    return next((one for one in path.parent.glob(f"{_escaped(path.stem)}.*") if one.suffix.lower() == suffix), None)


def _escaped(stem: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in stem)


def _parts(raw: bytes, size: int) -> list[bytes]:
    return [raw[i:i + size] for i in range(0, len(raw) - size + 1, size)]
