"""The strict STEP pass before any engine: is this a whole, well-formed IFC text, and what is in it?

One pass of regular expressions and numpy over the text with its strings taken out answers "clean or not" at about
100 MB/s; only when it says no is the text walked statement by statement to name the line and the reason.
"""

from __future__ import annotations

import hashlib
import mmap
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bim import step
from bim.encoding import decodes
from bim.finding import Finding, Severity
from bim.mending import LARGEST_ID
from bim.step import Header
from csdi.errors import FileBroken, FileEmpty, FormatUnknown, SchemaUnsupported

_MAGIC = re.compile(rb"(?:\xef\xbb\xbf)?\s*ISO-10303-21\s*;")
_SECTION = re.compile(rb"\s*+ISO-10303-21\s*;\s*HEADER\s*;")
_DATA = re.compile(rb"\s*DATA\s*(?:\([^;]*\))?;")
_END = re.compile(rb"\s*END-ISO-10303-21\s*;")
_CLASS = re.compile(rb"=\s*([A-Za-z][A-Za-z0-9_]*)")
_INSTANCE_START = re.compile(rb"\s*#(\d+)\s*=\s*([A-Za-z][A-Za-z0-9_]*)")
_DATA_BEGIN = re.compile(rb"\bDATA\s*+(?:\([^;()]*+(?:\([^;()]*+\)[^;()]*+)*+\)\s*+)?;")
_NEXT_INSTANCE = re.compile(rb"[\r\n][ \t]*+#\d++\s*+=")
_RUN_ON = re.compile(rb"'[^']*?;[ \t]*+[\r\n]\s*+#\d++\s*+=")
_BLANKS = re.compile(rb"(?:\s++|/\*.*?\*/)*+", re.DOTALL)
_DEEPEST = 100
"""Brackets inside brackets; IFC needs five, and the engine dies of some ten thousand."""
_BLOCK = 1 << 24
_NAMED = 20
_HEADER_ARITY = {"FILE_DESCRIPTION": 2, "FILE_NAME": 7, "FILE_SCHEMA": 1}

KnownClasses = Callable[[str], Collection[str]]
"""Schema id -> the upper-case class names that it has."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What the pass found in a file that can be read.

    Attributes:
        sha256: hex digest of the STEP text.
        size: bytes of the STEP text.
        entities: number of instances in the DATA section.
        classes: upper-case class name -> number of instances.
        findings: what is wrong but does not stop the reading.
        schema_line: where the header states the schema.
    """

    file: str
    sha256: str
    size: int
    header: Header
    entities: int
    classes: Mapping[str, int]
    findings: tuple[Finding, ...] = ()
    schema_line: int = 0

    @property
    def schema(self) -> str:
        """The schema id as the file states it, upper case: `IFC4X3_RC3`."""
        return self.header.schema


def scan(path: Path, *, name: str = "", known: KnownClasses | None = None, strict: bool = False) -> Scan:
    """Reads the STEP text at `path` (see `bim.receive.received`) and says what is in it.

    Args:
        name: how messages call the file; its own name by default.
        known: gives the classes of a schema, so that unknown ones are found.
        strict: what would be a Finding of severity error is raised too.

    Raises:
        FormatUnknown: no ISO-10303-21 header.
        FileBroken: truncated, malformed, or ids that are used twice; names line and reason.
        FileEmpty: nothing but blanks.
        SchemaUnsupported: the header names no schema.
    """
    name = name or path.name
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        text = bytes(view)
    made = _Pass(name, text).run(known)
    if strict:
        _raise_first(name, made)
    return made


def scan_text(name: str, text: bytes, known: KnownClasses | None = None) -> Scan:
    """The same of a text in memory. Raises as `scan` does."""
    return _Pass(name, text).run(known)


def _raise_first(name: str, made: Scan) -> None:
    for finding in made.findings:
        if finding.severity == "error":
            raise FileBroken(f"{name}: {finding.message}", remedy=finding.cure, file=name, **finding.data)


class _Pass:
    """The state of one pass: the text, the text without strings, and where things are."""

    def __init__(self, name: str, text: bytes) -> None:
        self.name = name
        self.text = text
        self.findings: list[Finding] = []

    def run(self, known: KnownClasses | None) -> Scan:
        self._check_magic()
        self.bare = step.bare(self.text)
        header, start = self._header()
        end = self._data_end(start)
        self._check_brackets(start, end)
        self._check_tail(end)
        classes = self._classes(start, end)
        self._check_references(start, end)
        self._check_encoding()
        if known is not None:
            self._check_classes(classes, known(header.schema))
        digest = hashlib.sha256(self.text).hexdigest()
        schema_line = self._line(max(self.text.find(b"FILE_SCHEMA"), 0))
        return Scan(self.name, digest, len(self.text), header, sum(classes.values()), classes, tuple(self.findings), schema_line)

    # --- where the sections are

    def _check_magic(self) -> None:
        if _MAGIC.match(self.text):
            return
        if not self.text.strip(b"\x00 \t\r\n"):
            raise FileEmpty(f"{self.name}: nothing but blanks in {len(self.text)} bytes", remedy="export it again", file=self.name)
        commented = step.COMMENT_OR_STRING.sub(b" ", self.text[:4096])
        if _MAGIC.match(commented):
            return
        first = self.text[:200].strip().splitlines()[0][:60].decode("utf-8", "replace")
        shown = "".join(c if c.isprintable() else "·" for c in first)
        raise FormatUnknown(f"{self.name}: no ISO-10303-21 header, line 1 is '{shown}'", remedy=_other_format(self.text),
                            file=self.name, line=1)

    def _header(self) -> tuple[Header, int]:
        opened = _SECTION.match(self.bare.removeprefix(b"\xef\xbb\xbf")[:4096])
        if not opened:
            raise self._broken(0, "no HEADER section after ISO-10303-21", "export it again")
        skipped = 3 if self.bare.startswith(b"\xef\xbb\xbf") else 0
        start = opened.end() + skipped
        data = _DATA_BEGIN.search(self.bare, start)
        closed = re.compile(rb"\bENDSEC\s*;").search(self.bare, start)
        if data is None:
            raise self._truncated("before the DATA section")
        if closed is None or closed.start() > data.start():
            raise self._broken(data.start(), "the HEADER section is not closed by ENDSEC; before DATA;",
                               "put ENDSEC; before DATA;, or export it again")
        if not _DATA.match(self.bare, closed.end()):
            raise self._broken(closed.end(), "something other than DATA; follows the HEADER section", "export it again")
        return self._read_header(), data.end()

    def _read_header(self) -> Header:
        begin = self.text.index(b"HEADER")
        end = re.compile(rb"\bENDSEC\s*;").search(step.COMMENT_OR_STRING.sub(_blanked, self.text[begin:begin + (1 << 20)]))
        section = self.text[begin + 7:begin + (end.start() if end else 1 << 20)]
        entities = step.header_entities(_decoded(step.COMMENT_OR_STRING.sub(_uncommented, section)))
        for entity, arity in _HEADER_ARITY.items():
            self._check_header_entity(entity, arity, entities.get(entity), begin)
        header = step.header_of(entities)
        if not header.schema:
            line = self._line(begin)
            raise SchemaUnsupported(f"{self.name}: line {line}: the header names no schema in FILE_SCHEMA",
                                    remedy="export as IFC2X3, IFC4 or IFC4X3", file=self.name, line=line)
        return header

    def _check_header_entity(self, entity: str, arity: int, values: list[Any] | None, begin: int) -> None:
        at = self.text.find(entity.encode(), begin)
        line = self._line(at if at >= 0 else begin)
        if values is None:
            self._find("HDR-001", "error", f"line {line}: the header has no {entity}", line, "export it again")
        elif len(values) != arity:
            self._find("HDR-002", "error", f"line {line}: {entity} has {len(values)} values, {arity} are required", line,
                       "export it again with a tool that writes the whole header")

    def _data_end(self, start: int) -> int:
        """Where the last well-formed instance ends; ENDSEC must follow."""
        found = step.INSTANCES.match(self.bare, start)
        end = found.end() if found else start
        if re.compile(rb"ENDSEC\s*;").match(self.bare, end):
            return end
        unfinished = b"END-ISO-10303-21" not in self.text and not _NEXT_INSTANCE.search(self.bare, end)
        if b";" not in self.bare[end:] or unfinished:
            raise self._truncated(self._inside(end))
        if _END.match(self.bare, end):
            raise self._broken(end, "the DATA section is not closed by ENDSEC;", "put ENDSEC; there, or export it again")
        raise self._malformed(end)

    def _check_tail(self, end: int) -> None:
        closed = re.compile(rb"ENDSEC\s*;").match(self.bare, end)
        after = closed.end() if closed else end
        if _END.match(self.bare, after):
            return
        if _DATA.match(self.bare, after):
            raise self._broken(after, "a second DATA section, which IFC does not use", "export as one DATA section")
        if self.bare.find(b"END-ISO-10303-21", after) < 0:
            raise self._truncated("before END-ISO-10303-21;")
        self._find("STP-004", "warning", f"line {self._line_of_bare(after)}: text between ENDSEC; and END-ISO-10303-21;",
                   self._line_of_bare(after), "export it again")

    # --- the DATA section

    def _check_brackets(self, start: int, end: int) -> None:
        for low, high in self._blocks(start, end):
            block = np.frombuffer(self.bare, np.uint8, high - low, low)
            opens, closes, stops = (np.flatnonzero(block == mark) for mark in (40, 41, 59))
            opened, closed = np.searchsorted(opens, stops), np.searchsorted(closes, stops)
            bad = np.flatnonzero(opened != closed)
            early = np.flatnonzero(opens[:len(closes)] > closes[:len(opens)])
            if len(bad) or len(early):
                places = [int(stops[bad[0]])] if len(bad) else []
                places += [int(closes[early[0]])] if len(early) else []
                raise self._malformed(low + min(places), inside=True)
            deep = np.flatnonzero(opens[_DEEPEST:] < closes[:-_DEEPEST])
            if len(deep):
                raise self._broken(low + int(opens[deep[0]]), f"more than {_DEEPEST} brackets inside one another", "export it again")

    def _classes(self, start: int, end: int) -> Counter[str]:
        counts: Counter[bytes] = Counter()
        for low, high in self._blocks(start, end):
            counts.update(_CLASS.findall(self.bare, low, high))
        folded: Counter[str] = Counter()
        for raw, number in counts.items():
            folded[raw.decode("ascii").upper()] += number
        return folded

    def _check_references(self, start: int, end: int) -> None:
        defined: list[NDArray[np.int64]] = []
        used: list[NDArray[np.int64]] = []
        for low, high in self._blocks(start, end):
            numbers, defines = step.hash_numbers(np.frombuffer(self.bare, np.uint8, high - low, low))
            defined.append(numbers[defines])
            used.append(numbers[~defines])
        self._check_ids(defined)
        known = _Known(defined)
        if len(known.twice):
            raise self._duplicate(int(known.twice[0]), len(known.twice))
        missing = step.distinct(np.concatenate([known.missing(part) for part in used])) if used else known.twice
        if len(missing):
            self._dangling(missing)

    def _check_ids(self, defined: list[NDArray[np.int64]]) -> None:
        for ids in defined:
            impossible = ids[(ids < 1) | (ids > LARGEST_ID)]
            if len(impossible):
                line = self._line(next(self._definitions(int(impossible[0])), 0))
                raise FileBroken(f"{self.name}: line {line}: #{impossible[0]} cannot be an id: ids are from 1 to {LARGEST_ID}",
                                 remedy="export it again", file=self.name, line=line, id=int(impossible[0]))

    def _duplicate(self, number: int, count: int) -> FileBroken:
        lines = [self._line(at) for at in self._definitions(number)][:2]
        more = f" (and {count - 1} more ids)" if count > 1 else ""
        where = " and ".join(str(line) for line in lines)
        return FileBroken(f"{self.name}: #{number} is defined twice, in lines {where}{more}",
                          remedy="export it again; which of the two is meant cannot be known", file=self.name,
                          line=lines[-1], id=number)

    def _dangling(self, missing: NDArray[np.int64]) -> None:
        for number in missing[:_NAMED].tolist():
            start, at = self._reference(int(number))
            line = self._line(at)
            owner = _INSTANCE_START.match(self.text, start)
            who = _called(owner) if owner else "an instance"
            rest = f" ({len(missing)} ids are missing)" if len(missing) > 1 else ""
            self._find("STP-002", "error", f"line {line}: {who} refers to #{number}, which does not exist{rest}", line,
                       "export it again; the reference is read as empty")

    def _check_encoding(self) -> None:
        if self.text.isascii():
            return
        raw = np.frombuffer(self.text, np.uint8)
        line = self._line(int(np.argmax(raw > 127)))
        utf8 = decodes(self.text, "utf-8")
        said = "raw UTF-8 characters" if utf8 else "bytes that are neither ASCII nor UTF-8"
        self._find("STP-001", "note" if utf8 else "warning", f"line {line}: {said} where STEP asks for \\X2\\ escapes", line,
                   "names may be read wrongly by other tools; export with a current tool")

    def _check_classes(self, classes: Counter[str], known: Collection[str]) -> None:
        missing = sorted(set(classes) - set(known)) if known else []
        cure = "export with the schema that the class belongs to; these instances are left out"
        for unknown in missing[:_NAMED]:
            at = re.compile(rb"=\s*+" + unknown.encode() + rb"\s*+\(", re.IGNORECASE).search(self.text)
            line = self._line(at.start()) if at else 0
            self._find("STP-003", "error", f"line {line}: {unknown[:80]} is not a class of this schema ({classes[unknown]} instances)",
                       line, cure)
        if rest := missing[_NAMED:]:
            self._find("STP-003", "error", f"{len(rest)} more classes are not of this schema "
                       f"({sum(classes[one] for one in rest)} instances)", 0, cure)

    # --- words and places

    def _blocks(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The DATA section in parts that end with a statement."""
        while start < end:
            stop = self.bare.find(b";", min(start + _BLOCK, end)) + 1
            stop = end if stop == 0 or stop > end else stop
            yield start, stop
            start = stop

    def _find(self, code: str, severity: Severity, message: str, line: int, cure: str) -> None:
        self.findings.append(Finding(code, severity, message, subject=self.name, cure=cure, data={"line": line}))

    def _line(self, offset: int) -> int:
        """1-based line of an offset into the text."""
        return step.line_of(self.text, offset)

    def _line_of_bare(self, offset: int) -> int:
        return self._line(self._original(offset))

    def _original(self, offset: int) -> int:
        """Offset in the text of the statement that holds an offset of the bare text."""
        at = step.offset_in_text(self.text, self.bare.rfind(b";", 0, offset) + 1)
        blanks = _BLANKS.match(self.text, at)
        return blanks.end() if blanks else at

    def _definitions(self, number: int) -> Iterator[int]:
        for found in re.finditer(rb"(?:^|[;\s])(#0*%d)\s*+=" % number, self.text):
            yield found.start(1)

    def _reference(self, number: int) -> tuple[int, int]:
        """Where the statement starts that refers to an instance, and where it does so."""
        bare_at = re.compile(rb"#%d(?!\d)(?!\s*=)" % number).search(self.bare)
        start = self._original(bare_at.start()) if bare_at else 0
        found = re.compile(rb"#%d(?!\d)" % number).search(self.text, start)
        return start, found.start() if found else start

    def _broken(self, bare_offset: int, why: str, remedy: str) -> FileBroken:
        line = self._line_of_bare(bare_offset)
        return FileBroken(f"{self.name}: line {line}: {why}", remedy=remedy, file=self.name, line=line)

    def _truncated(self, where: str) -> FileBroken:
        line = self._line(max(len(self.text.rstrip()) - 1, 0))
        return FileBroken(f"{self.name}: the file ends in line {line} {where}: it is truncated",
                          remedy="transfer or export it again", file=self.name, line=line)

    def _inside(self, bare_offset: int) -> str:
        start = _INSTANCE_START.match(self.bare, bare_offset)
        return f"inside {_called(start)}" if start else "before ENDSEC;"

    def _malformed(self, bare_offset: int, *, inside: bool = False) -> FileBroken:
        """The error that names the statement at an offset of the bare text, and the likeliest reason."""
        at = self._original(bare_offset if not inside else self.bare.rfind(b";", 0, bare_offset) + 1)
        found = step.STATEMENT.match(self.text, at)
        statement = self.text[at:found.end() if found else at + 200]
        line = self._line(at)
        start = _INSTANCE_START.match(statement)
        who = _called(start) if start else f"'{statement[:40].decode('utf-8', 'replace')}'"
        return FileBroken(f"{self.name}: line {line}: {who} is malformed: {_reason(statement)}",
                          remedy="export it again", file=self.name, line=line)


class _Known:
    """The ids that are defined: a table where they are dense, else in order.

    Attributes:
        twice: ids that are defined again, ascending.
    """

    def __init__(self, parts: list[NDArray[np.int64]]) -> None:
        ids = np.concatenate(parts) if parts else np.zeros(0, np.int64)
        self._end = int(ids.max()) + 1 if len(ids) else 0
        self._table: NDArray[np.bool_] | None = None
        self.twice = ids[:0]
        if self._end <= 8 * len(ids) + (1 << 20):
            self._table = np.zeros(self._end + 1, bool)
            self._table[ids] = True
            if np.count_nonzero(self._table) == len(ids):
                return
        self._ids = np.sort(ids)
        self.twice = self._ids[1:][self._ids[1:] == self._ids[:-1]]

    def missing(self, used: NDArray[np.int64]) -> NDArray[np.int64]:
        """Those that are not defined."""
        if self._table is not None:
            return used[~self._table[np.minimum(used, self._end)]]
        return used[~np.isin(used, self._ids, assume_unique=False)]


def _called(start: re.Match[bytes]) -> str:
    """`#12=IFCWALL` of the start of an instance, however long its parts are."""
    return f"#{start[1][:20].decode().lstrip('0')}={start[2][:60].decode()}"


def _reason(statement: bytes) -> str:
    if _RUN_ON.search(statement):
        return "a string is not closed"
    text = step.bare(statement)
    if b"'" in text:
        return "a string is not closed"
    if text.count(b"(") != text.count(b")"):
        return f"{text.count(b'(')} opening and {text.count(b')')} closing brackets"
    if not _INSTANCE_START.match(text):
        return "not of the form #id=CLASS(...);"
    return "the values do not follow STEP's grammar"


def _other_format(text: bytes) -> str:
    start = text.lstrip()[:20]
    if start.startswith(b"<"):
        return "ifcXML is not read; export as IFC-SPF (.ifc)"
    if start.startswith((b"{", b"[")):
        return "ifcJSON is not read; export as IFC-SPF (.ifc)"
    return "give an IFC file in STEP format (.ifc)"


def _uncommented(found: re.Match[bytes]) -> bytes:
    return found[0] if found[0].startswith(b"'") else b" "


def _blanked(found: re.Match[bytes]) -> bytes:
    return b"x" * len(found[0])


def _decoded(section: bytes) -> str:
    return section.decode("utf-8" if decodes(section, "utf-8") else "latin-1")
