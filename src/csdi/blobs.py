"""Blobs: bytes under a key, in a folder or in S3-compatible storage; the only door to obstore.

Two kinds of key. A *digest* is the sha256 of the content, chosen by us: `put_file`, `put_bytes`. A *name* is chosen by the
caller, who makes it depend on the content (`tiles3d/<digest>.glb`), so that bytes under a name never change and may be
cached for ever; `put_named(..., replace=True)` is for the few that do change, such as the root tileset of the site.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlparse

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, ObjectStore, S3Store, from_url

from csdi.errors import BlobMissing, PathMissing, SettingsInvalid, StoreUnavailable, ValueInvalid

DIGEST = re.compile(r"^[0-9a-f]{64}$")
CHUNK = 8 << 20
"""Bytes read or sent at once; S3 refuses parts under 5 MiB."""


class Blobs:
    """Blobs under one root. Safe to use from many threads and processes; every write is atomic."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._folder: Path | None = None
        self._store: ObjectStore = self._open(url)

    def _open(self, url: str) -> ObjectStore:
        parts = urlparse(url)
        try:
            if parts.scheme == "file":
                self._folder = Path(unquote(parts.path))
                self._folder.mkdir(parents=True, exist_ok=True)
                return LocalStore(prefix=self._folder)
            if parts.scheme == "s3":
                return S3Store(bucket=parts.netloc, prefix=parts.path.lstrip("/") or None)
            if parts.scheme == "memory":
                return from_url(url)
        except (BaseError, OSError) as error:
            raise StoreUnavailable(f"blobs at {url} cannot be opened: {error}",
                                   remedy="check that the folder can be written or the bucket can be reached") from error
        raise SettingsInvalid(f"'{url}' is not a blob URL", field="CSDI_BLOBS",
                              remedy="use file:///folder or s3://bucket/prefix")

    def put_file(self, path: Path) -> str:
        """Keep a file; gives its digest. Streamed, and nothing is written when the content is there already."""
        try:
            with path.open("rb") as source:
                digest = hashlib.file_digest(source, "sha256").hexdigest()
        except OSError as error:
            raise PathMissing(f"{path} cannot be read: {error.strerror}", file=str(path)) from error
        if not self.exists(digest):
            with path.open("rb") as source:
                obstore.put(self._store, _place(digest), source, chunk_size=CHUNK)
        return digest

    def put_bytes(self, data: bytes) -> str:
        """Keep bytes; gives their digest."""
        digest = hashlib.sha256(data).hexdigest()
        if not self.exists(digest):
            obstore.put(self._store, _place(digest), data)
        return digest

    def put_named(self, name: str, data: bytes | Path, *, replace: bool = False) -> None:
        """Keep bytes or a file under a name; without `replace` a name that exists is left as it is.

        Raises:
            StoreUnavailable: they cannot be written: a full disk, a folder that is read-only, a bucket out of reach.
        """
        if not replace and self.exists(name):
            return
        try:
            obstore.put(self._store, _place(name), data)
        except (BaseError, OSError) as error:
            raise StoreUnavailable(f"'{name}' cannot be kept in {self.url}: {str(error).partition(chr(10))[0]}",
                                   remedy="check that there is space, and that the place can be written") from error

    def get(self, key: str) -> bytes:
        """All bytes under a digest or name. Raises BlobMissing."""
        try:
            if self._folder is not None:
                return (self._folder / _place(key)).read_bytes()
            return bytes(obstore.get(self._store, _place(key)).bytes())
        except (NotFoundError, FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise _missing(key) from None

    def get_range(self, key: str, start: int, length: int) -> bytes:
        """`length` bytes from `start` on, fewer at the end. Raises BlobMissing."""
        length = min(length, self.size(key) - start)
        return bytes(obstore.get_range(self._store, _place(key), start=start, length=length)) if length > 0 else b""

    def size(self, key: str) -> int:
        """Length in bytes. Raises BlobMissing."""
        try:
            return int(obstore.head(self._store, _place(key))["size"])
        except (NotFoundError, FileNotFoundError):
            raise _missing(key) from None

    def exists(self, key: str) -> bool:
        """Whether there is a blob under this digest or name."""
        try:
            self.size(key)
        except BlobMissing:
            return False
        return True

    def names(self, prefix: str) -> Iterator[str]:
        """All names below a prefix, such as `tiles3d`."""
        for batch in obstore.list(self._store, prefix=prefix.strip("/") + "/"):
            yield from (str(entry["path"]) for entry in batch)

    def delete(self, key: str) -> None:
        """Forget a blob; one that is not there is no error."""
        try:
            obstore.delete(self._store, _place(key))
        except (NotFoundError, FileNotFoundError):
            return

    @contextmanager
    def file(self, key: str, suffix: str = "") -> Iterator[Path]:
        """The blob as a local file for readers that need a path; never write to it. Raises BlobMissing.

        `suffix` matters only to readers that look at file names; a folder store without suffix gives the stored file itself.
        """
        if self._folder is not None and not suffix:
            if not self.exists(key):
                raise _missing(key)
            yield self._folder / _place(key)
            return
        with tempfile.TemporaryDirectory(prefix="csdi-") as folder:
            path = Path(folder) / f"blob{suffix}"
            if self._folder is not None:
                if not self.exists(key):
                    raise _missing(key)
                path.symlink_to(self._folder / _place(key))
            else:
                self._download(key, path)
            yield path

    @contextmanager
    def new_folder(self, name: str) -> Iterator[Path]:
        """A folder to write files into, kept under the name when the context ends well, in place of what was there."""
        if self._folder is None:
            with tempfile.TemporaryDirectory(prefix="csdi-") as folder:
                yield Path(folder)
                self.put_folder(name, Path(folder))
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=self._folder) as folder:
            yield Path(folder)
            target = self._folder / _place(name)
            target.mkdir(parents=True, exist_ok=True)
            for path in sorted(Path(folder).iterdir()):
                path.replace(target / path.name)

    def put_folder(self, name: str, folder: Path) -> None:
        """Keep every file of a folder under `name/<file>`, replacing what is there."""
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.put_named(f"{name}/{path.relative_to(folder).as_posix()}", path, replace=True)

    @contextmanager
    def folder(self, name: str) -> Iterator[Path]:
        """The blobs under a name as a local folder to read from. Raises BlobMissing when there is none."""
        if self._folder is not None:
            if not (self._folder / _place(name)).is_dir():
                raise _missing(name)
            yield self._folder / _place(name)
            return
        with tempfile.TemporaryDirectory(prefix="csdi-") as root:
            found = list(self.names(name))
            if not found:
                raise _missing(name)
            for key in found:
                path = Path(root) / key.removeprefix(name.strip("/") + "/")
                path.parent.mkdir(parents=True, exist_ok=True)
                self._download(key, path)
            yield Path(root)

    def drop_folder(self, name: str) -> None:
        """Forget every blob under a name."""
        for key in list(self.names(name)):
            self.delete(key)

    @property
    def is_near(self) -> bool:
        """Whether blobs lie in a folder of this machine, where reading one takes no longer than a file does."""
        return self._folder is not None

    def local_path(self, key: str) -> Path | None:
        """The stored file, when blobs are kept in a folder; None elsewhere."""
        return None if self._folder is None else self._folder / _place(key)

    def _download(self, key: str, path: Path) -> None:
        try:
            answer = obstore.get(self._store, _place(key))
        except (NotFoundError, FileNotFoundError):
            raise _missing(key) from None
        with path.open("wb") as target:
            for chunk in answer.stream(min_chunk_size=CHUNK):
                target.write(bytes(chunk))


def _place(key: str) -> str:
    """Where a key is kept: digests fan out over 256 folders, names are used as they are."""
    if DIGEST.match(key):
        return f"sha256/{key[:2]}/{key}"
    parts = PurePosixPath(key).parts
    if not parts or key.startswith("/") or ".." in parts or "\\" in key or "\x00" in key:
        raise ValueInvalid(f"'{key}' cannot be the name of a blob", field="name", value=key)
    return str(PurePosixPath(*parts))


def _missing(key: str) -> BlobMissing:
    return BlobMissing(f"there is no blob '{key}'", key=key)
