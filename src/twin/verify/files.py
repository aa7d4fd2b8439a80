"""Where the files of a tileset are: a folder, blobs or a server; addresses in documents are resolved as a browser would."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol
from urllib.parse import unquote, urljoin, urlsplit

from csdi.errors import CsdiError, PathMissing
from csdi.outgoing import Outgoing

_ROOT = "tiles3d"


class Files(Protocol):
    """Gives files by their names."""

    def read(self, name: str) -> bytes:
        """The bytes of a file. Raises CsdiError where it is not there."""

    def names(self, folder: str, /) -> Iterator[str] | None:
        """All files below a folder, where that can be known."""


@dataclass(frozen=True, slots=True)
class Named:
    """Files that a function gives; what is in a folder is not known."""

    get: Callable[[str], bytes]

    def read(self, name: str) -> bytes:
        """As the function gives it. Raises CsdiError, also for a KeyError of the function."""
        try:
            return self.get(name)
        except KeyError as error:
            raise PathMissing(f"there is no file {name}", path=name) from error

    def names(self, _folder: str, /) -> Iterator[str] | None:
        """Not known."""
        return None


def named(get: Callable[[str], bytes]) -> Files:
    """Files that a function gives by name; it raises CsdiError or KeyError where there is none."""
    return Named(get)


@dataclass(frozen=True, slots=True)
class Folder:
    """Files below a folder. Names that begin with `/tiles3d/` are looked for beside the folder of that name that the root lies in.

    Attributes:
        root: the folder of the root document.
    """

    root: Path

    def read(self, name: str) -> bytes:
        """The bytes of a file. Raises PathMissing."""
        path = self._path(name)
        if path is None or not path.is_file():
            raise PathMissing(f"there is no file {name}", path=name)
        return path.read_bytes()

    def names(self, folder: str, /) -> Iterator[str] | None:
        """All files below a folder."""
        path = self._path(folder)
        if path is None or not path.is_dir():
            return iter(())
        return (str(PurePosixPath(folder) / found.relative_to(path).as_posix()) for found in path.rglob("*") if found.is_file())

    def _path(self, name: str) -> Path | None:
        """None where an address leads out of what may be read."""
        if not name.startswith("/"):
            top, path = self.root, self.root / name
        else:
            tiles = next((folder for folder in (self.root, *self.root.parents) if folder.name == _ROOT), None)
            if tiles is None:
                return None
            top, path = tiles, tiles.parent / name.lstrip("/")
        return path if path.resolve().is_relative_to(top.resolve()) else None


@dataclass(frozen=True, slots=True)
class Web:
    """Files of a server; names are whole addresses."""

    client: Outgoing

    def read(self, name: str) -> bytes:
        """The body of an answer. Raises SourceUnavailable, ValueInvalid."""
        answer = self.client.get(name)
        if answer.status != 200:
            raise PathMissing(f"{name}: answered {answer.status}", path=name)
        return answer.body

    def names(self, _folder: str, /) -> Iterator[str] | None:
        """Not known."""
        return None


def resolved(base: str, uri: str) -> str:
    """The name of a file that a document refers to."""
    if urlsplit(uri).scheme in ("http", "https") or urlsplit(base).scheme in ("http", "https"):
        return urljoin(base, uri)
    return unquote(urljoin(base, urlsplit(uri).path))


def read_or_none(files: Files, name: str) -> bytes | None:
    """The bytes of a file; None where it is not there."""
    try:
        return files.read(name)
    except CsdiError:
        return None
