"""Archives that are broken or meant ill: an error that names the member and the line, and nothing half-read."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import pytest

from bim.bcf import Bcf, bytes_of, read_bcf
from bim.bcf.archive import Limits
from csdi.errors import ArchiveHostile, CsdiError, FileBroken, FileEmpty, FileTooLarge, FormatUnknown, PathMissing, ValueInvalid
from tests.bim.bcf.schemas import TOPIC, made, small

MARKUP, VIEW = f"{TOPIC}/markup.bcf", f"{TOPIC}/viewpoint.bcfv"


def changed(member: str, old: str, new: str) -> bytes:
    members = small()
    text = str(members[member])
    assert old in text
    return made(members | {member: text.replace(old, new)})


@pytest.mark.parametrize(("content", "member", "line", "message"), [
    (changed(MARKUP, "</Title>", "</Titel>"), MARKUP, 1, "mismatched tag"),
    (changed(MARKUP, "<Topic ", "\n\n<Topic\x01 "), MARKUP, 3, "not well-formed"),
    (changed(MARKUP, "<Markup>", '<!DOCTYPE a [<!ENTITY b "c">]>\n<Markup>'), MARKUP, 1, "document type"),
    (changed(MARKUP, "<Markup>", "<Markup>" + "<a>" * 300), MARKUP, 1, "nested deeper"),
    (changed(MARKUP, "Markup>", "Marcup>"), MARKUP, 1, "Marcup, not Markup"),
    (changed(MARKUP, "<Title>", "<Title>1</Title>\n<Title>"), MARKUP, 2, "Title is there twice"),
    (changed(MARKUP, "<Title>", "\n<Index>first</Index><Title>"), MARKUP, 2, "Index is 'first', not a whole number"),
    (changed(VIEW, "<X>1</X>", "\n<X>one</X>"), VIEW, 2, "X is 'one', not a number"),
    (changed(VIEW, "<X>1</X>", "<X>nan</X>"), VIEW, 1, "X is 'nan'"),
    (changed(VIEW, "<X>1</X>", "<X>1e999</X>"), VIEW, 1, "X is '1e999'"),
    (changed(VIEW, "<X>1</X>", ""), VIEW, 1, "CameraViewPoint has no X"),
    (made(small() | {VIEW: b""}), VIEW, 1, "no element found"),
    (made(small() | {"bcf.version": "<Version"}), "bcf.version", 1, "unclosed token"),
])
def test_broken_xml_names_member_and_line(content: bytes, member: str, line: int, message: str) -> None:
    with pytest.raises(FileBroken, match=message) as caught:
        read_bcf(content)
    assert (caught.value.data["member"], caught.value.data["line"]) == (member, line)
    assert member in caught.value.message
    assert f"line {line}" in caught.value.message


def test_a_topic_without_markup_is_named() -> None:
    members = small()
    del members[MARKUP]
    with pytest.raises(FileBroken, match=f"topic {TOPIC} has no markup.bcf"):
        read_bcf(made(members))


@pytest.mark.parametrize(("version", "message"), [("1.0", "version '1.0'"), ("4.0", "version '4.0'"), ("", "version ''")])
def test_an_unknown_version_is_named(version: str, message: str) -> None:
    with pytest.raises(FormatUnknown, match=message):
        read_bcf(made(small(version)))


def test_an_archive_without_a_version_is_no_bcf() -> None:
    members = small()
    del members["bcf.version"]
    with pytest.raises(FormatUnknown, match=r"no member bcf\.version"):
        read_bcf(made(members))


@pytest.mark.parametrize("name", ["../evil.bcf", "/etc/evil", "C:\\evil", "a/../../evil", "..\\evil"])
def test_a_path_that_leads_out_is_refused(name: str) -> None:
    with pytest.raises(ArchiveHostile, match="outside"):
        read_bcf(made(small() | {name: b"x"}))


def test_a_member_that_grows_too_much_is_refused() -> None:
    with pytest.raises(ArchiveHostile, match=r"bomb\.bin grows too large"):
        read_bcf(made(small() | {"bomb.bin": b"\x00" * (32 << 20)}))


def test_members_that_grow_too_much_together_are_refused() -> None:
    with pytest.raises(ArchiveHostile, match="too large"):
        read_bcf(made(small() | {f"{n}.bin": b"\x00" * 1000 for n in range(20)}), Limits(bytes=15_000))


def test_too_many_members_are_refused() -> None:
    with pytest.raises(ArchiveHostile, match="13 members"):
        read_bcf(made(small() | {f"{n}": b"" for n in range(10)}), Limits(members=12))


def test_too_much_xml_is_refused() -> None:
    with pytest.raises(FileTooLarge, match=r"markup\.bcf"):
        read_bcf(made(small()), Limits(xml=100))


def test_a_member_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "twice.bcf"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in small().items():
            archive.writestr(name, content)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("bcf.version", "again")
    with pytest.raises(FileBroken, match="there twice"):
        read_bcf(path)


def test_backslashes_between_folders_are_read_as_what_they_mean() -> None:
    members = {name.replace("/", "\\"): content for name, content in small().items()}
    assert read_bcf(made(members)) == read_bcf(made(small()))


@pytest.mark.parametrize(("content", "kind"), [(b"", FileEmpty), (b"no zip at all", FormatUnknown), (made(small())[:-40], FormatUnknown)])
def test_what_is_no_archive_says_so(content: bytes, kind: type[CsdiError]) -> None:
    with pytest.raises(kind):
        read_bcf(content)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(PathMissing):
        read_bcf(tmp_path / "none.bcf")


def test_every_single_damaged_byte_gives_an_archive_or_a_named_error() -> None:
    whole = bytearray(made(small()))
    for at in range(0, len(whole), 3):
        damaged = bytes(whole[:at]) + bytes([whole[at] ^ 0xFF]) + bytes(whole[at + 1:])
        try:
            assert isinstance(read_bcf(damaged), Bcf)
        except CsdiError as error:
            assert error.message


def test_an_encrypted_member_says_so() -> None:
    content = bytearray(made(small()))
    start = content.rfind(b"PK\x01\x02")
    content[start + 8:start + 10] = struct.pack("<H", 1)
    with pytest.raises(FileBroken, match="encrypted"):
        read_bcf(bytes(content))


def test_a_member_that_would_lead_out_is_not_written() -> None:
    with pytest.raises(ValueInvalid, match="cannot be a member"):
        bytes_of(Bcf("2.1", members={"../evil": b""}))


def test_a_version_that_is_not_written_says_so() -> None:
    with pytest.raises(ValueInvalid, match=r"BCF 2\.0 is not written"):
        bytes_of(Bcf("2.1"), "2.0")
