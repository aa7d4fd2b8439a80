"""Resumable uploads: files that come in parts, kept in the data folder until they are used, through restarts of the server.

An upload is a folder with its bytes and what is known of it. Its length on the disk is its offset, so nothing can disagree after a
crash; one writer at a time holds a lock on it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import orjson

from csdi.errors import Busy, ChecksumWrong, Conflict, FileTooLarge, NotFound, StoreUnavailable, ValueInvalid

ALGORITHMS = ("sha256", "sha1", "md5")
"""What a part's checksum may be made with."""
ID = re.compile(r"[0-9a-f]{32}")
MOST = 100
"""Uploads that one principal may have at once."""
_CHUNK = 4 << 20
_BYTES, _ABOUT, _LOCK = "bytes", "about.json", "lock"
_REMEMBERED = 64


@dataclass(frozen=True, slots=True)
class Upload:
    """What is known of an upload.

    Attributes:
        owner: id of the principal whose it is.
        file: its file name.
        length: bytes in all.
        offset: bytes that are here.
        expires: seconds since 1970 after which it is gone.
        sha256: of all bytes, once they are here; "" before.
    """

    id: str
    owner: str
    file: str
    length: int
    expires: float
    offset: int = 0
    sha256: str = ""

    @property
    def complete(self) -> bool:
        """Whether all bytes are here."""
        return self.offset == self.length

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return asdict(self) | {"complete": self.complete}


class _Digests:
    """Running digests of uploads by id, as far as this process has seen their bytes; the rest is read again from the disk."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[int, Any]] = OrderedDict()

    def take(self, id: str, offset: int, file: Path) -> Any:
        """The digest of the first `offset` bytes, to be gone on with."""
        known, digest = self._known.pop(id, (-1, None))
        if known == offset:
            return digest
        digest = hashlib.sha256()
        with file.open("rb") as source:
            while offset > 0 and (chunk := source.read(min(_CHUNK, offset))):
                digest.update(chunk)
                offset -= len(chunk)
        return digest

    def keep(self, id: str, offset: int, digest: Any) -> None:
        """Remember how far an upload is."""
        self._known[id] = (offset, digest)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)


class Uploads:
    """The uploads of an installation, in one folder. Safe to use from many threads and processes."""

    def __init__(self, folder: Path, *, limit: int, quota: int, keep_s: float) -> None:
        """`limit` is the largest upload, `quota` what one principal may have in all, bytes; `keep_s` is from its beginning on."""
        self._folder, self._quota, self._keep_s = folder, quota, keep_s
        self._digests = _Digests()
        self.limit = limit

    def begin(self, owner: str, file: str, length: int) -> Upload:
        """A new upload of `length` bytes.

        Raises:
            FileTooLarge: longer than an upload may be.
            Conflict: more than its owner may have at once.
        """
        if length > self.limit:
            raise FileTooLarge(f"a file has at most {self.limit} bytes", limit=self.limit, remedy="split it, or raise CSDI_UPLOAD_LIMIT_MB")
        self.sweep()
        self._folder.mkdir(parents=True, exist_ok=True)
        with _locked(self._folder / f".{hashlib.sha256(owner.encode()).hexdigest()[:16]}"):
            own = [one for one in self.all() if one.owner == owner]
            if len(own) >= MOST or sum(one.length for one in own) + length > self._quota:
                raise Conflict(f"{owner} has {len(own)} uploads of {sum(one.length for one in own)} bytes that are not used yet",
                               quota=self._quota, remedy="use or delete some of them, or wait until they expire")
            made = Upload(uuid4().hex, owner, file, length, time.time() + self._keep_s)
            folder = self._folder / made.id
            folder.mkdir()
            (folder / _BYTES).touch()
            self._note(made)
        return self._ended(made) if made.complete else made

    def all(self) -> list[Upload]:
        """All uploads that have not expired."""
        if not self._folder.is_dir():
            return []
        found = []
        for folder in sorted(self._folder.iterdir()):
            if ID.fullmatch(folder.name):
                with suppress(NotFound):
                    found.append(self.upload(folder.name))
        return found

    def upload(self, id: str, owner: str | None = None) -> Upload:
        """One upload; of its owner's where one is given. Raises NotFound."""
        try:
            if not ID.fullmatch(id):
                raise FileNotFoundError
            about = orjson.loads((self._folder / id / _ABOUT).read_bytes())
            offset = (self._folder / id / _BYTES).stat().st_size
        except (OSError, orjson.JSONDecodeError):
            raise _missing(id) from None
        found = Upload(**{**about, "offset": min(offset, about["length"])})
        if found.expires < time.time() or (owner is not None and found.owner != owner):
            raise _missing(id)
        return found

    @contextmanager
    def writing(self, id: str, owner: str, offset: int, checksum: tuple[str, bytes] | None = None) -> Iterator[Writer]:
        """A part of an upload from `offset` on. What has come stays, unless it has a checksum and that is wrong.

        Args:
            checksum: (one of `ALGORITHMS`, digest) of the whole part.

        Raises:
            NotFound: there is no such upload.
            Conflict: it is at another offset.
            Busy: somebody else is writing it.
            ChecksumWrong: nothing of the part is kept.
        """
        self.upload(id, owner)
        with _locked(self._folder / id / _LOCK, wait=False):
            found = self.upload(id, owner)
            if found.offset != offset:
                raise Conflict(f"the upload is at {found.offset}, not at {offset}", offset=found.offset,
                               remedy="ask for its offset with HEAD and go on from there")
            writer = Writer.open(self._folder / id / _BYTES, found, self._digests.take(id, offset, self._folder / id / _BYTES), checksum)
            try:
                yield writer
            finally:
                writer.close()
                self._digests.keep(id, writer.offset, writer.digest)
                if writer.offset == found.length and not found.sha256:
                    self._ended(found, writer.digest.hexdigest())

    def delete(self, id: str, owner: str) -> None:
        """Forget an upload. Raises NotFound, and Busy while somebody writes it."""
        self.upload(id, owner)
        with _locked(self._folder / id / _LOCK, wait=False):
            shutil.rmtree(self._folder / id, ignore_errors=True)

    def file(self, id: str, owner: str) -> Path:
        """The file of a complete upload. Raises NotFound, and Conflict where something is missing."""
        found = self.upload(id, owner)
        if not found.complete:
            raise Conflict(f"the upload has {found.offset} of {found.length} bytes", offset=found.offset, remedy="send the rest first")
        return self._folder / id / _BYTES

    def sweep(self) -> int:
        """Forget what has expired; gives how many."""
        gone = 0
        for folder in self._folder.iterdir() if self._folder.is_dir() else ():
            if ID.fullmatch(folder.name):
                try:
                    self.upload(folder.name)
                except NotFound:
                    if folder.stat().st_mtime < time.time() - 60:  # not one that is just being made
                        shutil.rmtree(folder, ignore_errors=True)
                        gone += 1
        return gone

    def _ended(self, one: Upload, sha256: str = "") -> Upload:
        ended = Upload(one.id, one.owner, one.file, one.length, one.expires, one.length, sha256 or hashlib.sha256().hexdigest())
        self._note(ended)
        return ended

    def _note(self, one: Upload) -> None:
        """Write what is known of an upload, whole or not at all."""
        folder = self._folder / one.id
        fresh = folder / f"{_ABOUT}.new"
        fresh.write_bytes(orjson.dumps(asdict(one)))
        os.replace(fresh, folder / _ABOUT)


class Writer:
    """Bytes on their way into an upload."""

    def __init__(self, target: int, upload: Upload, digest: Any, checksum: tuple[str, bytes] | None) -> None:
        self._target, self._upload = target, upload
        self._start, self._checksum = upload.offset, checksum
        self._own = hashlib.new(checksum[0], usedforsecurity=False) if checksum else None
        self.offset = upload.offset
        self.digest = digest
        self._before = digest.copy()

    @classmethod
    def open(cls, file: Path, upload: Upload, digest: Any, checksum: tuple[str, bytes] | None) -> Self:
        """Ready to write at the end of the file. Raises ValueInvalid for an algorithm that is not known."""
        if checksum and checksum[0] not in ALGORITHMS:
            raise ValueInvalid(f"'{checksum[0][:40]}' is no checksum algorithm here", field="Upload-Checksum",
                               remedy=f"one of {', '.join(ALGORITHMS)}")
        return cls(os.open(file, os.O_WRONLY | os.O_APPEND), upload, digest, checksum)

    def write(self, chunk: bytes) -> None:
        """Add bytes. Raises FileTooLarge beyond the length that was announced, and StoreUnavailable where the disk is full."""
        if self.offset + len(chunk) > self._upload.length:
            raise FileTooLarge(f"the upload was announced with {self._upload.length} bytes", limit=self._upload.length,
                               remedy="begin another upload")
        view = memoryview(chunk)
        try:
            while view:
                done = os.write(self._target, view)
                self.digest.update(view[:done])
                if self._own:
                    self._own.update(view[:done])
                self.offset += done
                view = view[done:]
        except OSError as error:
            raise StoreUnavailable(f"the upload cannot be kept: {error.strerror}", remedy="make space on the disk") from error

    def close(self) -> None:
        """Keep what came. Raises ChecksumWrong, where a checksum was announced and is another; then nothing of the part is kept."""
        wrong = self._own is not None and self._checksum is not None and self._own.digest() != self._checksum[1]
        try:
            if wrong:
                os.ftruncate(self._target, self._start)
                self.offset, self.digest = self._start, self._before
        finally:
            os.close(self._target)
        if wrong:
            raise ChecksumWrong("the part is not what its checksum says", field="Upload-Checksum", remedy="send it again")


@contextmanager
def _locked(file: Path, *, wait: bool = True) -> Iterator[None]:
    """One process and thread at a time. Raises Busy where another one is inside and `wait` is not set, NotFound for no folder."""
    try:
        lock = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        raise _missing(file.parent.name) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    except BlockingIOError:
        raise Busy("somebody else is sending this upload", remedy="wait, then ask for its offset with HEAD") from None
    finally:
        os.close(lock)


def _missing(id: str) -> NotFound:
    return NotFound(f"there is no upload '{id[:40]}'", remedy="it was never begun, was deleted, or has expired: begin it again")
