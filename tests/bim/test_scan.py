import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bim.receive import Limits, received
from bim.scan import Scan, scan
from bim.step import decode_string
from csdi.errors import (
    ArchiveHostile,
    CsdiError,
    FileBroken,
    FileEmpty,
    FileTooLarge,
    FormatUnknown,
    InputError,
    PathIsDirectory,
    PathMissing,
    SchemaUnsupported,
)
from tests.bim.corpus import corpus_file, ifc_names

GOOD = """ISO-10303-21;
HEADER;
FILE_DESCRIPTION(('ViewDefinition [ReferenceView]'),'2;1');
FILE_NAME('\\X2\\6C346CF5\\X0\\.ifc','2024-01-01T00:00:00',('A'),('B'),'pre','tool; it''s','');
FILE_SCHEMA(('IFC4'));
ENDSEC;
DATA;
#1=IFCCARTESIANPOINT((0.,0.,-1.5E-3));
#2=IFCAXIS2PLACEMENT3D(#1,$,$); /* a remark; with ' in it */
#3=IFCWALL('0Uma8nuu1Frxm4jZQJyUiP',$,'a; (b) #99 ''c''',$,$,$,$,$,.SOLIDWALL.);
#4=IFCPROPERTYSINGLEVALUE('x',$,IFCLABEL('y'),$);
#5 = IFCPROPERTYLISTVALUE ('x',$,
  (IFCREAL(1.),IFCREAL(2.)),$);
ENDSEC;
END-ISO-10303-21;
"""


def write(folder: Path, text: str | bytes, name: str = "model.ifc") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def scanned(folder: Path, text: str | bytes, *, strict: bool = True) -> Scan:
    return scan(write(folder, text), known=lambda _: KNOWN, strict=strict)


KNOWN = frozenset({"IFCCARTESIANPOINT", "IFCAXIS2PLACEMENT3D", "IFCWALL", "IFCPROPERTYSINGLEVALUE", "IFCPROPERTYLISTVALUE"})


def test_a_whole_file_is_counted(tmp_path: Path) -> None:
    found = scanned(tmp_path, GOOD)
    assert found.entities == 5
    assert found.classes["IFCWALL"] == 1
    assert found.schema == "IFC4"
    assert found.header.name == "水泵.ifc"
    assert found.header.originating_system == "tool; it's"
    assert found.findings == ()


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_are_counted_with_every_line_ending(tmp_path: Path, ending: str) -> None:
    with pytest.raises(FileBroken, match="line 10"):
        scanned(tmp_path, GOOD.replace("$,.SOLIDWALL.)", "$,.SOLIDWALL.").replace("\n", ending))


DAMAGE = {
    "cut inside an instance": (lambda t: t[: t.index("99 ''c")], FileBroken, 10, "truncated"),
    "cut between instances": (lambda t: t[: t.index("#4=")], FileBroken, 10, "truncated"),
    "cut before the end": (lambda t: t[: t.index("END-ISO")], FileBroken, 14, "truncated"),
    "bracket lost": (lambda t: t.replace("-1.5E-3));", "-1.5E-3);"), FileBroken, 8, "brackets"),
    "quote lost": (lambda t: t.replace("iP',$", "iP,$"), FileBroken, 10, "#3=IFCWALL"),
    "comma lost": (lambda t: t.replace("#1,$,$", "#1 $,$"), FileBroken, 9, "grammar"),
    "first ENDSEC lost": (lambda t: t.replace("ENDSEC;\n", "", 1), FileBroken, 6, "ENDSEC"),
    "second ENDSEC lost": (lambda t: t.replace("ENDSEC;\nEND-ISO", "END-ISO"), FileBroken, 14, "ENDSEC"),
    "id used twice": (lambda t: t.replace("#4=", "#2="), FileBroken, 11, "#2 is defined twice, in lines 9 and 11"),
    "class unknown": (lambda t: t.replace("IFCWALL", "IFCWALLOFJOY"), FileBroken, 10, "IFCWALLOFJOY"),
    "reference dangles": (lambda t: t.replace("#1,$", "#77,$"), FileBroken, 9, "refers to #77"),
    "FILE_NAME short": (lambda t: t.replace("'pre',", ""), FileBroken, 4, "FILE_NAME has 6 values"),
    "schema missing": (lambda t: t.replace("('IFC4')", "$"), SchemaUnsupported, 2, "no schema"),
    "no magic line": (lambda t: t.replace("ISO-10303-21;\n", "", 1), FormatUnknown, 1, "no ISO-10303-21 header"),
    "text": (lambda _: "Dear Sir,\nplease find the model", FormatUnknown, 1, "Dear Sir"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_refused_with_line_and_reason(tmp_path: Path, kind: str) -> None:
    damage, error, line, reason = DAMAGE[kind]
    with pytest.raises(error) as caught:
        scanned(tmp_path, damage(GOOD))
    assert caught.value.data["line"] == line
    assert reason in caught.value.message
    assert caught.value.remedy


@pytest.mark.parametrize("kind", ["class unknown", "reference dangles", "FILE_NAME short"])
def test_what_can_still_be_read_is_a_finding(tmp_path: Path, kind: str) -> None:
    damage, _, line, reason = DAMAGE[kind]
    found = [f for f in scanned(tmp_path, damage(GOOD), strict=False).findings if f.severity == "error"]
    assert [f.data["line"] for f in found] == [line]
    assert reason in found[0].message


def test_other_formats_get_their_own_remedy(tmp_path: Path) -> None:
    with pytest.raises(FormatUnknown, match="ifcXML"):
        scanned(tmp_path, '<?xml version="1.0"?><ifcXML/>')


def test_raw_chinese_text_is_named(tmp_path: Path) -> None:
    found = scanned(tmp_path, GOOD.replace("IFCLABEL('y')", "IFCLABEL('機場客運大樓')"))
    assert [(f.code, f.severity, f.data["line"]) for f in found.findings] == [("STP-001", "note", 11)]
    assert scanned(tmp_path, GOOD.encode().replace(b"'y'", "'機場'".encode("big5"))).findings[0].severity == "warning"


def test_blanks_are_an_empty_file(tmp_path: Path) -> None:
    with pytest.raises(FileEmpty):
        scanned(tmp_path, b"\0\0\0 \n")


def test_paths_that_are_no_file(tmp_path: Path) -> None:
    with pytest.raises(PathMissing), received(tmp_path / "nothing.ifc"):
        pass
    with pytest.raises(PathIsDirectory), received(tmp_path):
        pass
    with pytest.raises(FileEmpty), received(write(tmp_path, "")):
        pass
    with pytest.raises(FileTooLarge), received(write(tmp_path, GOOD), Limits(bytes=10)):
        pass


def packed(folder: Path, members: dict[str, bytes]) -> Path:
    path = folder / "model.ifczip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=8), st.booleans())
def test_no_spoiled_archive_escapes_the_error_tree(tmp_path: Path, changes: list[tuple[int, int]], at_the_end: bool) -> None:
    path = packed(tmp_path, {"model.ifc": GOOD.encode(), "readme.txt": b"x"})
    archive = bytearray(path.read_bytes())
    for offset, byte in changes:
        archive[(len(archive) - 1 - offset if at_the_end else offset) % len(archive)] = byte
    path.write_bytes(archive)
    try:
        with received(path) as plain:
            scan(plain)
    except InputError as error:
        assert error.remedy


def test_an_ifczip_is_unpacked_whatever_its_member_is_called(tmp_path: Path) -> None:
    path = packed(tmp_path, {"../../etc/evil.IFC": GOOD.encode(), "__MACOSX/._x.ifc": b"x", "read.me": b"x"})
    with received(path) as plain:
        assert plain.name == "model.ifc"
        assert scan(plain).entities == 5
    assert not plain.exists()


def test_a_zip_bomb_is_hostile(tmp_path: Path) -> None:
    path = packed(tmp_path, {"model.ifc": b" " * (32 << 20)})
    with pytest.raises(ArchiveHostile), received(path):
        pass


def test_archives_without_one_model_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatUnknown), received(packed(tmp_path, {"a.txt": b"x"})):
        pass
    with pytest.raises(FileBroken, match=r"2 \.ifc files"), received(packed(tmp_path, {"a.ifc": b"x", "b.ifc": b"x"})):
        pass
    whole = packed(tmp_path, {"model.ifc": GOOD.encode() * 50}).read_bytes()
    with pytest.raises(FileBroken), received(write(tmp_path, whole[:-40], "cut.ifczip")):
        pass


@pytest.mark.corpus
@pytest.mark.parametrize("name", ifc_names())
def test_real_files_are_well_formed(name: str) -> None:
    found = scan(corpus_file(name))
    assert found.entities == sum(found.classes.values()) > 0
    assert {f.code for f in found.findings} <= {"STP-001"}


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 40), st.text("();'#,=$.0 A\n/*\\", max_size=3))
def test_no_mutation_escapes_the_error_tree(tmp_path_factory: pytest.TempPathFactory, at: int, length: int, new: str) -> None:
    path = write(tmp_path_factory.getbasetemp(), GOOD[:at] + new + GOOD[at + length:])
    remedy = "none needed"
    try:
        scan(path, known=lambda _: KNOWN)
    except CsdiError as error:
        remedy = error.remedy
    assert remedy


@pytest.mark.parametrize(("text", "meant"), [
    (r"\X2\6C346CF5\X0\ P-1", "水泵 P-1"), (r"caf\X\E9", "café"), (r"\S\Dgypt", "Ägypt"), ("it''s", "it's"),
    (r"a\\b", "a\\b"), (r"\X4\0001F600\X0\ ".rstrip(), "😀"), (r"\PB\\S\!", "Ą"), ("plain", "plain"),
])
def test_step_strings_are_decoded(text: str, meant: str) -> None:
    assert decode_string(text) == meant
