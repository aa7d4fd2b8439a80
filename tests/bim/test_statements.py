"""The index of a STEP text finds what a plain reading of it finds."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bim import statements
from bim.statements import Rows, Statements
from tests.bim.corpus import corpus_file, ifc_names

_PLAIN = re.compile(rb"#(\d+)\s*=\s*([A-Za-z]\w*)\s*\(((?:[^;']|'[^']*')*?)\)\s*;")
_HEAD = b"ISO-10303-21;\nHEADER;\nFILE_NAME('#9=IFCFAKE(1);','','','','','','');\nENDSEC;\nDATA;\n"
_TAIL = b"ENDSEC;\nEND-ISO-10303-21;\n"


def _listed(found: Statements) -> list[tuple[int, str, bytes]]:
    return [(int(id), found.names[code], bytes(found.text[int(a):int(b)]))
            for id, code, a, b in zip(found.ids, found.codes, found.starts, found.ends, strict=True)]


def _plainly(text: bytes) -> list[tuple[int, str, bytes]]:
    return [(int(id), name.decode().upper(), arguments) for id, name, arguments in _PLAIN.findall(text[text.index(b"DATA;"):])]


@pytest.mark.parametrize("name", ifc_names("geo-", "gis-", "mep-", "tricky-"))
def test_real_files_as_a_plain_reading_gives_them(name: str) -> None:
    path = corpus_file(name)
    text = path.read_bytes()
    if b"/*" in text:
        pytest.skip("the plain reading knows no comments")
    assert _listed(Statements.of_file(path)) == _plainly(text)


def test_chunks_of_any_size_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = _HEAD + b"".join(b"#%d=IFCWALL('a;''#7=IFCFAKE();''%s',$);\r\n" % (n, b"x" * n) for n in range(1, 90)) + _TAIL
    whole = _listed(Statements.of_text(text))
    assert [one[0] for one in whole] == list(range(1, 90))
    for size in (7, 50, 333):
        monkeypatch.setattr(statements, "_CHUNK", size)
        assert _listed(Statements.of_text(text)) == whole


def test_blanks_letters_and_strange_statements() -> None:
    text = _HEAD + b" #1 =\tIfcWall (\n$ ) ;#2=IFCWALL(());#3=9BAD(1);#99999999999999999999=IFCWALL();#4=IFCSLAB;\n#5=IFC_X9('(');" + _TAIL
    found = Statements.of_text(text)
    assert _listed(found) == [(1, "IFCWALL", b"\n$ "), (2, "IFCWALL", b"()"), (5, "IFC_X9", b"'('")]
    assert found.of("IFCWALL").tolist() == [0, 1]
    assert found.of("IFCDOOR").tolist() == []


def test_more_classes_than_are_looked_at_in_one_go() -> None:
    text = _HEAD + b"".join(b"#%d=IFC%c%c%s(%d);" % (n, 65 + n // 26 % 26, 65 + n % 26, b"LONGNAME" * (n % 7), n) for n in range(1, 2000)) + _TAIL
    assert _listed(Statements.of_text(text)) == _plainly(text)


@pytest.mark.parametrize("text", [b"", b"DATA;", _HEAD + _TAIL, _HEAD + b"#1=IFCWALL('open"])
def test_a_text_without_instances_has_none(text: bytes) -> None:
    assert len(Statements.of_text(text)) == 0


@given(st.lists(st.integers(0, 2**40), unique=True, max_size=40))
def test_rows_of_ids_dense_or_not(ids: list[int]) -> None:
    rows = Rows(np.array(ids, np.int64))
    assert [rows.row(id) for id in ids] == list(range(len(ids)))
    assert rows.of(np.array([*ids, -1, 2**41], np.int64)).tolist() == [*range(len(ids)), -1, -1]
    assert rows.row(2**41) == rows.row(-1) == -1


def test_references_of_many_whether_they_lie_close_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    text = _HEAD + b"".join(b"#%d=IFCFACEBOUND(#%d,.%s.);#%d=IFCLABEL('%s');" % (n, n + 7, b"F" if n % 3 else b"T", 1000 + n, b"#5.F." * n)
                            for n in range(1, 60)) + _TAIL
    found = Statements.of_text(text)
    rows = found.of("IFCFACEBOUND")
    for dense, chunk in ((4, 1 << 23), (0, 0)):
        monkeypatch.setattr(statements, "_DENSE", dense)
        monkeypatch.setattr(statements, "_CHUNK", chunk)
        for some in (rows, rows[::7], rows[:0]):
            targets, counts, marked = found.references(some, b"F")
            assert targets.tolist() == [int(id) + 7 for id in found.ids[some]]
            assert counts.tolist() == [1] * len(some)
            assert marked.tolist() == [bool(id % 3) for id in found.ids[some].tolist()]
