"""Archives: a zip is looked at before it is unpacked, into a folder of ours; names inside may be in any encoding."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path, PurePosixPath

from csdi.errors import ArchiveHostile, FileBroken
from csdi.formats.encodings import detected

RATIO = 200
"""An archive that unpacks to more than this many times its size is refused."""
MEMBERS = 20_000
"""An archive of more files than this is refused."""
_UTF8_FLAG = 0x800


def unpacked(path: Path, folder: Path, limit_mb: int) -> list[Path]:
    """Unpacks the files of a zip into the folder; gives their paths, sorted.

    Raises:
        FileBroken: it is no zip, it is damaged, or it is locked with a password.
        ArchiveHostile: it has too many files, unpacks to too many bytes, or names files outside itself.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            _judge(path, members, limit_mb)
            return sorted(_unpack(archive, member, folder, path) for member in members)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, RuntimeError) as error:
        raise FileBroken(f"{path.name}: not a readable zip archive ({error})", file=str(path), remedy="pack it again, without password") \
            from None


def _judge(path: Path, members: list[zipfile.ZipInfo], limit_mb: int) -> None:
    size = sum(member.file_size for member in members)
    if size > limit_mb << 20 or size > RATIO * max(path.stat().st_size, 1 << 20) or len(members) > MEMBERS:
        raise ArchiveHostile(f"{path.name}: would unpack to {size >> 20} MB in {len(members)} files", file=str(path), limit=limit_mb,
                             remedy="unpack it yourself and add the files")


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path, path: Path) -> Path:
    name = PurePosixPath(_name(member).replace("\\", "/"))
    if name.is_absolute() or ".." in name.parts or ":" in name.parts[0]:
        raise ArchiveHostile(f"{path.name}: names a file outside itself: {name}", file=str(path), value=str(name),
                             remedy="unpack it yourself and add the files")
    target = folder.joinpath(*name.parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member) as source, target.open("wb") as out:
        shutil.copyfileobj(source, out, 1 << 20)
    return target


def _name(member: zipfile.ZipInfo) -> str:
    """The name of a member; programs of Hong Kong and the mainland write it in Big5 or GBK without saying so."""
    if member.flag_bits & _UTF8_FLAG or member.filename.isascii():
        return member.filename
    raw = member.filename.encode("cp437", errors="replace")
    return raw.decode(detected(raw), errors="replace")
