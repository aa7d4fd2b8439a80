"""Values that the engine refuses a whole file for, or loses: each is put right, said, and nothing else is touched."""

import time
from pathlib import Path

import pytest

from bim.ifc import open_model, readable
from bim.mending import mended, mends
from bim.scan import scan
from csdi.errors import FileBroken, InputError
from csdi.finding import Finding
from tests.bim.corpus import corpus_file, ifc_names

FILE = ("ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\nFILE_NAME({name},'2024-01-01T00:00:00',(''),(''),'','t','');\n"
        "FILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\n{data}\nENDSEC;\nEND-ISO-10303-21;\n")
WALL = "#1=IFCWALL('0000000000000000000001',$,{name},$,$,$,$,$,$);\n#2=IFCWALL('0000000000000000000002',$,'after',$,$,$,$,$,$);"
POINT = "#1=IFCCARTESIANPOINT(({x},2.,3.));\n#2=IFCWALL('0000000000000000000002',$,'after',$,$,$,$,$,$);"


def opened(folder: Path, data: str, name: str = "''") -> tuple[list, tuple[Finding, ...]]:
    path = folder / "a.ifc"
    path.write_text(FILE.format(data=data, name=name), encoding="utf-8", newline="")
    with readable(path, scan(path).schema) as (plain, findings):
        model = open_model(plain, "IFC4")
        assert model.by_id(2).Name == "after"
        return list(model.by_id(1)), findings


@pytest.mark.parametrize("written, read", [
    (r"'C:\temp\Xfoo'", r"C:\temp\Xfoo"),
    (r"'ends with \'", "ends with \\"),
    (r"'\S\'", r"\S" + "\\"),
    (r"'\X2\6C34'", r"\X2\6C34"),
    (r"'\X2\ZZZZ\X0\'", "\\X2\\ZZZZ\\X0\\"),
    (r"'a\X2\\X0\b'", "ab"),
    (r"'\X2\D860DEE2\X0\ lobby'", "𨋢 lobby"),
    (r"'a\X2\D860\X0\b'", "a\ufffdb"),
    (r"'a\X4\00110000\X0\b'", "a\ufffdb"),
    (r"'a\X\00b''s'", "ab's"),
    ("'a\x00b'", "ab"),
    (r"'\PC\\S\D'", "Ä"),
])
def test_a_string_that_the_engine_would_lose_is_read_and_said(tmp_path: Path, written: str, read: str) -> None:
    values, findings = opened(tmp_path, WALL.format(name=written))
    assert values[2] == read
    assert [(f.code, f.data["line"]) for f in findings] == [("STP-006", 8)]


@pytest.mark.parametrize("written", [r"'\X2\6C346CF5\X0\'", r"'\\server\\share'", r"'\X4\000282E2\X0\'", r"'\S\D'", r"'\X\e9'", "'it''s'", "''",
                                     "'1E400 #99999999999 \"9\"'"])
def test_a_string_that_the_engine_reads_is_left_alone(tmp_path: Path, written: str) -> None:
    assert opened(tmp_path, WALL.format(name=written))[1] == ()


@pytest.mark.parametrize("written, read", [("1E400", (2.0, 3.0)), ("-1.E+0309", (2.0, 3.0)), ("9" * 400, (2.0, 3.0)), ("1E-400", (0.0, 2.0, 3.0)),
                                           ("-4.9E-330", (0.0, 2.0, 3.0))])
def test_a_number_that_no_computer_has_is_nothing_or_zero(tmp_path: Path, written: str, read: tuple[float, ...]) -> None:
    values, findings = opened(tmp_path, POINT.format(x=written))
    assert values[0] == read
    assert [f.code for f in findings] == ["STP-006"]


@pytest.mark.parametrize("written, read", [("1.7E308", 1.7e308), ("1.E-013", 1e-13), ("1E-320", 1e-320), ("0.E400", 0.0), ("+5.", 5.0)])
def test_a_number_that_is_one_is_left_alone(tmp_path: Path, written: str, read: float) -> None:
    values, findings = opened(tmp_path, POINT.format(x=written))
    assert values[0] == (read, 2.0, 3.0)
    assert findings == ()


@pytest.mark.parametrize("value", ["#99999999999", '"9F"', '""'])
def test_a_value_that_stops_the_engine_is_read_as_nothing(tmp_path: Path, value: str) -> None:
    values, findings = opened(tmp_path, WALL.format(name=value))
    assert values[2] is None
    assert [f.code for f in findings] == ["STP-006"]


def test_a_path_in_the_header_does_not_cost_the_file(tmp_path: Path) -> None:
    _, findings = opened(tmp_path, WALL.format(name="'a'"), name=r"'C:\temp\Xfoo.ifc'")
    assert [(f.code, f.data["line"]) for f in findings] == [("STP-006", 4)]


def test_many_values_are_named_up_to_twenty(tmp_path: Path) -> None:
    data = "\n".join(rf"#{number}=IFCWALL('g{number}',$,'C:\temp',$,$,$,$,$,$);" for number in range(3, 103))
    _, findings = opened(tmp_path, WALL.format(name="'a'") + data)
    assert len(findings) == 21
    assert findings[-1].message == "80 more values of the text were put right"


@pytest.mark.corpus
@pytest.mark.parametrize("name", ifc_names("arch-office", "tricky-cjk", "geo-duplex"))
def test_real_files_need_no_mending(name: str) -> None:
    text = corpus_file(name).read_bytes()
    assert mended(text, list(mends(text))) == text


@pytest.mark.parametrize("data, why", [
    ("#1=IFCWALL(" + "IFCLABEL(" * 200_000 + "1." + ")" * 200_001 + ";", "brackets inside one another"),
    ("#1=IFCWALL(" + "(" * 200 + "1." + ")" * 201 + ";", "brackets inside one another"),
    ("#4294967297=IFCWALL($);", "cannot be an id"), ("#0=IFCWALL($);", "cannot be an id"),
    ("#99999999999999999999999=IFCWALL($);", "malformed"),
])
def test_what_would_kill_the_engine_is_refused_with_its_line(tmp_path: Path, data: str, why: str) -> None:
    path = tmp_path / "a.ifc"
    path.write_text(FILE.format(data=data, name="''"), newline="")
    with pytest.raises(FileBroken, match=why) as caught:
        scan(path)
    assert caught.value.data["line"] == 8
    assert caught.value.remedy


@pytest.mark.parametrize("data", [
    "#1=IFCWALL('" + "x';" * 300_000 + ";", "/*" * 500_000, "#1=IFCWALL('" + ";" + "\n" * 300_000 + "x", "DATA(" * 300_000, "\n" * 2_000_000 + "x",
    "#1=IFCWALL(" + "'" + ";'/" * 300_000, "".join(f"#{n}=IFCX{n}();" for n in range(1, 40_000)), "#" + "1" * 500_000 + "=IFCWALL();",
    "/*'*/" * 200_000 + "x", "A" * 500_000,
], ids=range(10))
@pytest.mark.parametrize("place", ["data", "header"])
def test_no_text_takes_long_to_judge(tmp_path: Path, data: str, place: str) -> None:
    path = tmp_path / "a.ifc"
    path.write_text(FILE.format(data=data, name="''") if place == "data" else FILE.format(data="", name=data), newline="")
    begin = time.process_time()
    try:
        scan(path, known=lambda _: frozenset({"IFCWALL"}))
    except InputError as error:
        assert error.data["line"]
        assert len(error.message) < 400
    assert time.process_time() - begin < 4.0
