"""The zip around an archive: its members in memory, within limits, nothing outside of it and nothing half."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from csdi.errors import ArchiveHostile, FileBroken, FileEmpty, FileTooLarge, FormatUnknown, PathIsDirectory, PathMissing

_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, struct.error, OSError)
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Limits:
    """What we are willing to unpack.

    Attributes:
        bytes: largest archive, packed, and largest content, unpacked.
        ratio: largest growth of a member of more than `least` bytes; XML grows 4 to 60 times.
        members: most members.
        xml: bytes of the largest XML part.
    """

    bytes: int = 1 << 30
    ratio: float = 300.0
    least: int = 4 << 20
    members: int = 50_000
    xml: int = 32 << 20


DEFAULT_LIMITS = Limits()


def unpacked(source: Path | bytes, limits: Limits = DEFAULT_LIMITS) -> tuple[str, dict[str, bytes]]:
    """The name of the archive and its members by path, directories left out.

    Raises:
        PathMissing, PathIsDirectory, FileEmpty, FileTooLarge: as they say.
        FormatUnknown: it is no zip archive.
        ArchiveHostile: it grows beyond the limits, or a member's path leads out of it.
        FileBroken: a member does not unpack, is encrypted, or is there twice.
    """
    name, data = _received(source, limits)
    if not zipfile.is_zipfile(io.BytesIO(data)):
        raise FormatUnknown(f"{name}: not a BCF archive: it is no zip file", remedy="send the .bcf or .bcfzip file itself", file=name)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return name, _members(name, archive, limits)
    except _BROKEN as error:
        raise FileBroken(f"{name}: the archive does not unpack: {error}", remedy="export or transfer it again", file=name) from error


def packed(members: Mapping[str, bytes]) -> bytes:
    """A zip archive with these members, and an entry for each of their folders; the same members give the same bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        folders = set[str]()
        for path in sorted(members, key=lambda one: (one != "bcf.version", one)):
            for folder in reversed(PurePosixPath(path).parents[:-1]):
                if str(folder) not in folders:
                    folders.add(str(folder))
                    archive.writestr(zipfile.ZipInfo(f"{folder}/", _EPOCH), b"")
            info = zipfile.ZipInfo(path, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, members[path])
    return target.getvalue()


def _received(source: Path | bytes, limits: Limits) -> tuple[str, bytes]:
    if isinstance(source, bytes):
        name, size = "archive", len(source)
    else:
        name = source.name
        if not source.exists():
            raise PathMissing(f"{source}: there is no such file", remedy="check the path", file=str(source))
        if source.is_dir():
            raise PathIsDirectory(f"{source}: is a directory, not a BCF archive", remedy="name the .bcf file", file=str(source))
        size = source.stat().st_size
    if size == 0:
        raise FileEmpty(f"{name}: the file is empty (0 bytes)", remedy="export or transfer it again", file=name)
    if size > limits.bytes:
        raise FileTooLarge(f"{name}: more than {limits.bytes / 1e6:.0f} MB", remedy="split the archive", file=name, limit=limits.bytes)
    return name, source if isinstance(source, bytes) else source.read_bytes()


def _members(name: str, archive: zipfile.ZipFile, limits: Limits) -> dict[str, bytes]:
    entries = archive.infolist()
    if len(entries) > limits.members:
        raise ArchiveHostile(f"{name}: {len(entries)} members, at most {limits.members} are read", remedy="split the archive",
                             file=name, limit=limits.members)
    members: dict[str, bytes] = {}
    left = limits.bytes
    for entry in entries:
        path = _path(name, entry)
        if path in members:
            raise FileBroken(f"{name}: member {path} is there twice", remedy="pack it again", file=name, member=path)
        if not entry.is_dir() and not path.endswith("/"):
            members[path] = _content(name, archive, entry, path, left, limits)
            left -= len(members[path])
    return members


def _path(name: str, entry: zipfile.ZipInfo) -> str:
    """The path of a member with `/` between its parts: some writers put a backslash there."""
    path = entry.filename.replace("\\", "/")
    parts = path.split("/")
    if path.startswith("/") or ".." in parts or (len(parts[0]) > 1 and parts[0][1] == ":") or "\x00" in path or not path.strip("/"):
        raise ArchiveHostile(f"{name}: member '{path}' lies outside of the archive", remedy="pack it again", file=name, member=path)
    return path


def _content(name: str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: str, left: int, limits: Limits) -> bytes:
    """What really comes out, counted: the sizes that an archive states are not trusted."""
    most = min(left, max(limits.least, int(limits.ratio * max(entry.compress_size, 1))))
    try:
        with archive.open(entry) as source:
            content = source.read(most + 1)
    except RuntimeError as error:
        raise FileBroken(f"{name}: member {path} is encrypted", remedy="pack it without a password", file=name, member=path) from error
    except _BROKEN as error:
        raise FileBroken(f"{name}: member {path} does not unpack: {error}", remedy="export or transfer it again", file=name,
                         member=path) from error
    if len(content) > most:
        raise ArchiveHostile(f"{name}: member {path} grows too large when unpacked", remedy="send an archive of what is needed only",
                             file=name, member=path, limit=most)
    return content
