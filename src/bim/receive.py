"""Receiving a model file: it exists, it has bytes, and an `.ifczip` is unpacked within limits."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import IO

from csdi.errors import (
    ArchiveHostile,
    FileBroken,
    FileEmpty,
    FileTooLarge,
    FormatUnknown,
    PathIsDirectory,
    PathMissing,
)

_ZIP_MAGIC = b"PK\x03\x04"
_EMPTY_ZIP_MAGIC = b"PK\x05\x06"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What we are willing to unpack.

    Attributes:
        bytes: largest IFC text, packed or not.
        ratio: largest growth from packed to unpacked; real IFC text grows 4 to 30 times.
        members: most members an archive may have.
    """

    bytes: int = 2 << 30
    ratio: float = 200.0
    members: int = 1000


DEFAULT_LIMITS = Limits()


@contextmanager
def received(path: Path, limits: Limits = DEFAULT_LIMITS) -> Iterator[Path]:
    """A path to plain STEP text for the time of the context: the file itself, or the unpacked member of an archive.

    Raises:
        PathMissing, PathIsDirectory, FileEmpty, FileTooLarge: as they say.
        ArchiveHostile: the archive grows beyond the limits.
        FormatUnknown: an archive without an `.ifc` member.
        FileBroken: an archive that does not unpack, or holds several models.
    """
    _check_file(path, limits)
    with path.open("rb") as file:
        magic = file.read(4)
    if magic not in (_ZIP_MAGIC, _EMPTY_ZIP_MAGIC):
        yield path
        return
    with TemporaryDirectory(prefix="csdi-ifczip-") as folder:
        target = Path(folder) / f"{path.stem}.ifc"
        _unpack(path, target, limits)
        yield target


def _check_file(path: Path, limits: Limits) -> None:
    if not path.exists():
        raise PathMissing(f"{path}: there is no such file", remedy="check the path", file=str(path))
    if path.is_dir():
        raise PathIsDirectory(f"{path}: is a directory, not an IFC file", remedy="name the .ifc files in it", file=str(path))
    size = path.stat().st_size
    if size == 0:
        raise FileEmpty(f"{path}: the file is empty (0 bytes)", remedy="export or transfer it again", file=str(path))
    if size > limits.bytes:
        raise _too_large(path, size, limits)


def _unpack(path: Path, target: Path, limits: Limits) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            member = _only_model(path, archive, limits)
            with archive.open(member) as source, target.open("wb") as sink:
                _copy(path, source, sink, member, limits)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, struct.error) as error:
        raise FileBroken(f"{path}: the archive does not unpack: {error}", remedy="pack or transfer it again",
                         file=str(path)) from error
    except RuntimeError as error:
        raise FileBroken(f"{path}: the archive is encrypted", remedy="pack it without a password", file=str(path)) from error


def _only_model(path: Path, archive: zipfile.ZipFile, limits: Limits) -> zipfile.ZipInfo:
    members = archive.infolist()
    if len(members) > limits.members:
        raise ArchiveHostile(f"{path}: {len(members)} members, at most {limits.members} are read",
                             remedy="pack one .ifc file", file=str(path), limit=limits.members)
    models = [m for m in members if _is_model(m)]
    if not models:
        raise FormatUnknown(f"{path}: no .ifc file in the archive", remedy="pack one .ifc file", file=str(path))
    if len(models) > 1:
        names = ", ".join(m.filename for m in models[:3])
        raise FileBroken(f"{path}: {len(models)} .ifc files in one archive: {names}", remedy="pack each model on its own",
                         file=str(path))
    if models[0].header_offset < 0:
        raise zipfile.BadZipFile("a member lies before the start of the archive")
    if models[0].compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise zipfile.BadZipFile(f"packed by method {models[0].compress_type}, which is neither stored nor deflated")
    return models[0]


def _is_model(member: zipfile.ZipInfo) -> bool:
    if not member.filename:
        return False
    name = PurePosixPath(member.filename.replace("\\", "/"))
    hidden = name.name.startswith(".") or "__MACOSX" in name.parts
    return not member.is_dir() and name.suffix.lower() == ".ifc" and not hidden


def _copy(path: Path, source: IO[bytes], sink: IO[bytes], member: zipfile.ZipInfo, limits: Limits) -> None:
    """Unpacks in chunks and counts what really comes out: the sizes an archive states are not trusted."""
    most = min(limits.bytes, max(_CHUNK, int(limits.ratio * max(member.compress_size, 1))))
    done = 0
    while chunk := source.read(_CHUNK):
        done += len(chunk)
        if done > most:
            if done > limits.bytes:
                raise _too_large(path, done, limits)
            raise ArchiveHostile(f"{path}: {member.filename} grows more than {limits.ratio:.0f} times when unpacked",
                                 remedy="send the plain .ifc file", file=str(path), limit=limits.ratio)
        sink.write(chunk)
    if done == 0:
        raise FileEmpty(f"{path}: {member.filename} in the archive is empty", remedy="pack the model again", file=str(path))


def _too_large(path: Path, size: int, limits: Limits) -> FileTooLarge:
    return FileTooLarge(f"{path}: more than {limits.bytes / 1e6:.0f} MB", remedy="raise CSDI_UPLOAD_LIMIT_MB or split the model",
                        file=str(path), value=size, limit=limits.bytes)
