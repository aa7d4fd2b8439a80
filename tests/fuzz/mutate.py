"""Real IFC files, spoiled at random, through the whole intake: each must be refused or loaded, in time, by a process that lives.

    python -m tests.fuzz.mutate [--count 2000] [--seed 1] [--keep FOLDER] [FILE ...]

The same seed gives the same mutations. A mutation is named `seed:number`; `--only NUMBER` runs one again, `--keep` keeps the files
that went wrong. Ends with 1 when a process died or hung, or raised what is not ours.
"""

from __future__ import annotations

import argparse
import random
import re
import resource
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bim.intake import Intake, intake
from bim.schemas import bim_collections
from bim.tables import ModelTables
from csdi.errors import FileEmpty, InputError
from csdi.store.values import batches
from tests.corpus import ROOT
from tests.fenced import Ended, fenced

REAL = ("arch-fzk-haus-ifc4", "tricky-cjk-unicode-ifc2x3", "geo-brienenoord-bridge-ifc4x3-epsg28992", "tricky-reinforcing-bars",
        "mep-hvac-heating-ifc4")
TIME_LIMIT_S, KILLED_AFTER_S = 20.0, 60.0
_MEMORY = 6 << 30

_STATEMENT = re.compile(rb"#\d+\s*=\s*\w+\s*\((?:[^;']|'[^']*')*\);[ \t]*\r?\n?")
_REFERENCE = re.compile(rb"#\d+")
_NUMBER = re.compile(rb"(?<=[(,])-?\d+(?:\.\d*)?(?:[Ee][-+]?\d+)?(?=[,)])")
_VALUE = re.compile(rb"(?<=[(,])[^(),';]+(?=[,)])")
_TEXT = re.compile(rb"'[^']*'")
_LIST = re.compile(rb"(?<=[(,])\([^()']*\)")
_KEYWORD = re.compile(rb"=\s*(\w+)\s*\(")

_NUMBERS = (b"1E400", b"-1E400", b"1E308", b"-1.E308", b"1E-320", b"0.", b"-0.", b"0", b"-1", b"1E30", b"99999999999999999999", b"1.E9",
            b"-1.E9", b"0.0000001", b"2147483648", b"NaN", b"INF", b"1.5", b"1e", b"--1", b"1.2.3", b"3")
_VALUES = (b"$", b"*", b"()", b"(())", b".T.", b".UNKNOWN.", b"..", b"''", b"'x'", b"IFCLABEL('x')", b"IFCREAL($)", b"IFCLABEL()", b"\"0F\"",
           b"#0", b"#999999999", b"#99999999999999999999999", b"#", b"", b",", b"IFCBOOLEAN(.T.)", b"(1.,2.)", b"IFCLENGTHMEASURE(1E400)")
_TEXTS = (rb"'\X2\ZZZZ\X0\'", rb"'\X2\D800\X0\'", rb"'\X2\6C34'", rb"'\X4\FFFFFFFF\X0\'", rb"'\X\'", rb"'\S\'", rb"'\P1\x'", b"'\x00'", b"'\xff\xfe'",
          "'水泵'".encode(), "'機場客運大樓'".encode("big5"), b"'", b"'''", b"'" + b"x" * 200_000 + b"'", b"'\r\n#1=IFCWALL();'", rb"'\\'", b"'/*'",
          b"'<script>'", b"'../../etc'", rb"'\X2\0000\X0\'", b"'%s%n{0}'")
_SCHEMAS = (b"IFC2X3", b"IFC4", b"IFC4X3_ADD2", b"IFC4X1", b"IFC9", b"", b"IFC4X3_RC1", b"ifc4")


def bytes_changed(rng: random.Random, text: bytearray) -> None:
    for _ in range(rng.choice((1, 1, 2, 8, 64))):
        text[rng.randrange(len(text))] = rng.choice((rng.randrange(256), ord("'"), ord("("), ord(")"), ord(";"), ord("#"), ord(","), 0, 10))


def bytes_inserted(rng: random.Random, text: bytearray) -> None:
    at = rng.randrange(len(text))
    text[at:at] = rng.choice((rng.randbytes(rng.randrange(1, 40)), b"/*", b"*/", b"'", b";", b"\x00" * 1000, b"(" * 1000, b"ENDSEC;", b"DATA;"))


def bytes_removed(rng: random.Random, text: bytearray) -> None:
    at = rng.randrange(len(text))
    del text[at:at + rng.choice((1, 2, 10, 100, 10_000))]


def truncated(rng: random.Random, text: bytearray) -> None:
    del text[rng.randrange(len(text)):]
    if rng.random() < 0.5:
        text += b"\nENDSEC;\nEND-ISO-10303-21;\n"


def number_changed(rng: random.Random, text: bytearray) -> None:
    _replace(rng, text, _NUMBER, lambda _: rng.choice(_NUMBERS))


def value_changed(rng: random.Random, text: bytearray) -> None:
    _replace(rng, text, _VALUE, lambda _: rng.choice(_VALUES))


def value_removed(rng: random.Random, text: bytearray) -> None:
    _replace(rng, text, re.compile(rb"(?<=[(,])[^(),';]+,"), lambda _: b"")


def value_added(rng: random.Random, text: bytearray) -> None:
    _replace(rng, text, _VALUE, lambda old: old + b"," + rng.choice((b"$", b"1.", old)))


def list_changed(rng: random.Random, text: bytearray) -> None:
    def changed(old: bytes) -> bytes:
        values = old[1:-1].split(b",")
        rng.shuffle(values)
        kept = rng.choice((values, values[:1], values[:-1], values * 2, values * 1000, [], [old]))
        return rng.choice((b"(" + b",".join(kept) + b")", b",".join(kept) or b"$"))

    _replace(rng, text, _LIST, changed)


def text_changed(rng: random.Random, text: bytearray) -> None:
    _replace(rng, text, _TEXT, lambda _: rng.choice(_TEXTS))


def reference_changed(rng: random.Random, text: bytearray) -> None:
    """To another instance, to the statement itself, or to one that refers to it, so that a ring is made."""
    statement = _statement(rng, text)
    found = list(_REFERENCE.finditer(text, *statement)) if statement else []
    if len(found) < 2:
        return
    own, old = bytes(found[0][0]), rng.choice(found[1:])
    user = re.search(rb"(#\d+)\s*=[^;]*" + re.escape(own) + rb"\b", text)
    by = rng.choice((own, bytes(user[1]) if user else own, _any_id(rng, text)))
    text[old.start():old.end()] = by


def references_swapped(rng: random.Random, text: bytearray) -> None:
    """Two instances change their ids: everything that means one now means the other."""
    one, other = _any_id(rng, text), _any_id(rng, text)
    text[:] = re.sub(rb"#\d+", lambda found: {one: other, other: one}.get(found[0], found[0]), bytes(text))


def statement_removed(rng: random.Random, text: bytearray) -> None:
    for _ in range(rng.choice((1, 1, 5, 50))):
        if found := _statement(rng, text):
            del text[found[0]:found[1]]


def statement_doubled(rng: random.Random, text: bytearray) -> None:
    if found := _statement(rng, text):
        again = bytes(text[found[0]:found[1]])
        if rng.random() < 0.7:
            again = _REFERENCE.sub(b"#%d" % rng.randrange(10**8, 10**9), again, count=1)
        text[found[1]:found[1]] = again


def statement_emptied(rng: random.Random, text: bytearray) -> None:
    if found := _statement(rng, text):
        old = bytes(text[found[0]:found[1]])
        head = old[:old.index(b"(") + 1]
        text[found[0]:found[1]] = head + rng.choice((b");\n", b"$);\n", b"$,$,$,$,$,$,$,$,$,$);\n", b"'a','b','c');\n", b"(),(),());\n"))


def class_changed(rng: random.Random, text: bytearray) -> None:
    """To the class of another statement, so that attributes have the wrong kinds."""
    one, other = _statement(rng, text), _statement(rng, text)
    if one and other:
        name = _KEYWORD.search(text, *other)
        old = _KEYWORD.search(text, *one)
        if name and old:
            text[old.start(1):old.end(1)] = rng.choice((bytes(name[1]), b"IFCNOSUCHCLASS", b"IFCPRODUCT", b"IFCBUILDINGELEMENTPROXY"))


def nested_deeply(rng: random.Random, text: bytearray) -> None:
    depth = rng.choice((2, 10, 100, 5_000, 200_000))
    _replace(rng, text, _VALUE, lambda old: b"(" * depth + old + b")" * depth)


def header_changed(rng: random.Random, text: bytearray) -> None:
    head = bytes(text[:text.find(b"DATA;")])
    schema = rng.choice(_SCHEMAS)
    changed = rng.choice((
        re.sub(rb"(FILE_SCHEMA\s*\(\s*\(\s*')[^']*", lambda found: found[1] + schema, head), head.replace(b"ENDSEC;", b""), head.replace(b"'", b"", 1),
        re.sub(rb"FILE_NAME[^;]*;", b"FILE_NAME();", head), re.sub(rb"FILE_SCHEMA[^;]*;", b"FILE_SCHEMA(());", head), head * 2, head[13:]))
    text[:len(head)] = changed


def lines_changed(rng: random.Random, text: bytearray) -> None:
    text[:] = rng.choice((bytes(text).replace(b"\n", b""), bytes(text).replace(b"\n", b"\r"), b"\xef\xbb\xbf" + bytes(text), b"\n" * 100 + bytes(text),
                          bytes(text).decode("latin-1").encode("utf-16"), bytes(text).replace(b",", b" ,\n\t"), bytes(text).replace(b"#", b"# ", 1)))


Mutation = Callable[[random.Random, bytearray], None]
MUTATIONS: tuple[Mutation, ...] = (
    bytes_changed, bytes_inserted, bytes_removed, truncated, number_changed, value_changed, value_removed, value_added, list_changed, text_changed,
    reference_changed, references_swapped, statement_removed, statement_doubled, statement_emptied, class_changed, nested_deeply, header_changed,
    lines_changed,
)
_FINE: tuple[Mutation, ...] = (number_changed, value_changed, list_changed, reference_changed, class_changed, statement_removed, statement_emptied)
"""Those that leave a file that is read further than the scan."""


def mutated(text: bytes, seed: int, number: int) -> tuple[bytes, str]:
    """The file after mutation `number` of `seed`, and what was done to it."""
    rng = random.Random(seed * 1_000_003 + number)
    chosen = [MUTATIONS[number % len(MUTATIONS)]]
    if rng.random() < 0.5:
        chosen = [rng.choice(_FINE) for _ in range(rng.choice((1, 3, 20)))]
    changed = bytearray(text)
    for mutation in chosen:
        if changed:
            mutation(rng, changed)
    return bytes(changed), "+".join(f"{count}x{name}" for name, count in Counter(one.__name__ for one in chosen).items())


def _replace(rng: random.Random, text: bytearray, pattern: re.Pattern[bytes], by: Callable[[bytes], bytes]) -> None:
    """One match at a random place, inside the DATA section."""
    begin = max(text.find(b"DATA;"), 0)
    found = pattern.search(text, rng.randrange(begin, len(text)) if begin < len(text) else begin)
    if found:
        text[found.start():found.end()] = by(bytes(found[0]))


def _statement(rng: random.Random, text: bytearray) -> tuple[int, int] | None:
    found = _STATEMENT.search(text, rng.randrange(max(len(text), 1)))
    return found.span() if found else None


def _any_id(rng: random.Random, text: bytearray) -> bytes:
    found = _REFERENCE.search(text, rng.randrange(max(len(text), 1)))
    return bytes(found[0]) if found else b"#1"


@dataclass(frozen=True, slots=True)
class Case:
    """One mutation of one file."""

    path: Path
    seed: int
    number: int
    keep: Path | None = None

    @property
    def text(self) -> tuple[bytes, str]:
        return mutated(self.path.read_bytes(), self.seed, self.number)

    def __str__(self) -> str:
        return f"{self.seed}:{self.number} {self.path.name}"


def read(case: Case) -> tuple[str, str]:
    """The result of the whole intake, kept and read again, and the code of what refused it."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    silenced: list[str] = []
    threading.excepthook = lambda told: silenced.append(repr(told.exc_value))
    with TemporaryDirectory(prefix="csdi-fuzz-") as folder:
        path = Path(folder) / "mutated.ifc"
        path.write_bytes(case.text[0])
        try:
            made = intake(path, model="fuzz", workers=1, time_limit_s=TIME_LIMIT_S)
        except InputError as error:
            assert error.remedy, error
            assert "mutated.ifc" in error.message, error
            assert error.data["file"] == "mutated.ifc", error
            assert error.data["line"] or isinstance(error, FileEmpty), error
            return "refused", error.code
        assert not silenced, silenced
        made.save(Path(folder) / "kept")
        again = Intake.load(Path(folder) / "kept")
        assert again.counts["elements"] == made.counts["elements"]
        check_rows(made.tables)
        return made.result, "with findings" if made.findings else ""


def check_rows(tables: ModelTables) -> None:
    """That a store keeps the rows."""
    for collection in bim_collections():
        for _ in batches(tables.parts.get(collection.id, ()), collection):
            pass


def wrong(ended: Ended) -> bool:
    """Neither loaded nor refused."""
    return ended.how != "returned"


def cases(paths: Iterable[Path], seed: int, numbers: Iterable[int], keep: Path | None = None) -> Iterator[Case]:
    """These mutations of the files in turn."""
    files = list(paths)
    for number in numbers:
        yield Case(files[number % len(files)], seed, number, keep)


def main() -> int:
    """Run, print, 1 when something went wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("files", nargs="*", type=Path)
    asked = parser.parse_args()
    paths = asked.files or [ROOT / "ifc" / f"{name}.ifc" for name in REAL]
    numbers = range(asked.first, asked.first + asked.count) if asked.only is None else [asked.only]
    table = Table()
    for ended in fenced(read, cases(paths, asked.seed, numbers, asked.keep), limit_s=KILLED_AFTER_S):
        table.add(ended)
        if wrong(ended):
            told(ended)
        print(f"\r{sum(table.results.values())} of {len(numbers)}", end="", file=sys.stderr, flush=True)
    print(f"\n{table}")
    return int(table.faults > 0)


class Table:
    """What came of the mutations, by their kind: a row for each kind, a column for each result."""

    COLUMNS = ("refused", "loaded", "loaded_with_losses", "raised", "died", "hung")

    def __init__(self) -> None:
        self.results: Counter[tuple[str, str]] = Counter()
        self._codes: Counter[str] = Counter()
        self._slowest = (0.0, "")

    @property
    def faults(self) -> int:
        """Those that were neither refused nor loaded."""
        return sum(count for (_, result), count in self.results.items() if result in self.COLUMNS[3:])

    def add(self, ended: Ended) -> None:
        """Counts one; several kinds in one file count as `mixed`."""
        kinds = ended.given.text[1].split("+")
        result, said = ended.value or (ended.how, "")
        self.results[kinds[0].partition("x")[2] if len(kinds) == 1 else "mixed", result] += 1
        self._codes[f"{result} {said}".strip()] += 1
        self._slowest = max(self._slowest, (ended.seconds, str(ended.given)))

    def __str__(self) -> str:
        kinds = sorted({kind for kind, _ in self.results})
        rows = [("", *self.COLUMNS), *((kind, *(self.results[kind, one] for one in self.COLUMNS)) for kind in kinds),
                ("all", *(sum(self.results[kind, one] for kind in kinds) for one in self.COLUMNS))]
        lines = [f"{row[0]:20}" + "".join(f"{cell:>20}" if cell else f"{'':>20}" for cell in row[1:]) for row in rows]
        codes = ", ".join(f"{count} {code}" for code, count in self._codes.most_common())
        return "\n".join([*lines, codes, f"slowest {self._slowest[0]:.1f} s: {self._slowest[1]}"])


def told(ended: Ended) -> None:
    """What went wrong, and the file if it is to be kept."""
    case: Case = ended.given
    text, done = case.text
    print(f"\n{case}: {ended.how} after {ended.seconds:.1f} s; {done}\n{ended.trace}", flush=True)
    if case.keep:
        case.keep.mkdir(parents=True, exist_ok=True)
        (case.keep / f"{case.seed}-{case.number}.ifc").write_bytes(text)


if __name__ == "__main__":
    sys.exit(main())
