"""A rule pack: a folder with `pack.yaml`, rules, tables, IDS files and samples."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from bim.packs.rule import Rule, read_rule, texts
from csdi.errors import FileBroken, PathMissing, ValueInvalid

_SIGNATURE = "pack.sig"
_IGNORED = frozenset({_SIGNATURE, "__pycache__", ".DS_Store"})
_MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Pack:
    """A rule pack as it was read.

    Attributes:
        folder: where it lies.
        digest: SHA-256, hex, over the names and bytes of all its files but the signature.
        ids: IDS files that belong to it.
        tables: name -> the values of the first column.
        rows: name -> the table's rows.
    """

    id: str
    version: str
    title: Mapping[str, str]
    jurisdiction: str
    folder: Path
    digest: str
    rules: tuple[Rule, ...] = ()
    ids: tuple[Path, ...] = ()
    tables: Mapping[str, frozenset[str]] = field(default_factory=dict)
    rows: Mapping[str, tuple[Mapping[str, str], ...]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Id, version and digest: what a report says of it."""
        return {"id": self.id, "version": self.version, "digest": self.digest}


def shipped() -> dict[str, Path]:
    """Id -> folder of the packs that come with this program."""
    root = Path(str(files("bim.packs"))) / "data"
    return {folder.name: folder for folder in sorted(root.iterdir()) if (folder / "pack.yaml").is_file()} if root.is_dir() else {}


def read_pack(name: str | Path) -> Pack:
    """The pack of that id among those shipped, or in that folder.

    Raises:
        PathMissing: there is none.
        FileBroken: a YAML file does not parse; names file and line.
        ValueInvalid: a rule or the pack's description is not as it should be; names file, rule and field.
    """
    folder = shipped().get(str(name), Path(name))
    described = folder / "pack.yaml"
    if not described.is_file():
        raise PathMissing(f"{name}: there is no such rule pack", remedy=f"a folder with pack.yaml, or one of {', '.join(shipped())}",
                          file=str(name))
    given = read_yaml(described)
    if not isinstance(given, Mapping) or not given.get("id") or not given.get("version"):
        raise ValueInvalid(f"{described}: id and version are missing", field="id", file=str(described))
    rows = {file.stem: _table(file) for file in sorted((folder / "tables").glob("*.csv"))}
    tables = {stem: frozenset(next(iter(row.values())) for row in found if row) for stem, found in rows.items()}
    return Pack(str(given["id"]), str(given["version"]), texts(given.get("title") or {}, "title"), str(given.get("jurisdiction", "")),
                folder, digest_of(folder), tuple(_rules(folder, tables)), tuple(sorted((folder / "ids").glob("*.ids"))), tables, rows)


def digest_of(folder: Path) -> str:
    """SHA-256, hex, over names and bytes of the pack's files but its signature."""
    digest = hashlib.sha256()
    for file in pack_files(folder):
        digest.update(f"{file.relative_to(folder).as_posix()}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def pack_files(folder: Path) -> list[Path]:
    """All files that the digest covers, in the order of their names."""
    return [file for file in sorted(folder.rglob("*")) if file.is_file() and not _IGNORED & set(file.relative_to(folder).parts)]


def read_yaml(path: Path) -> Any:
    """What a YAML file says.

    Raises:
        FileBroken: it is too large, or does not parse; names the line.
    """
    if path.stat().st_size > _MOST_BYTES:
        raise FileBroken(f"{path}: larger than {_MOST_BYTES >> 20} MB", remedy="split the rules over several files", file=str(path))
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", -1) + 1
        raise FileBroken(f"{path}: line {line}: {getattr(error, 'problem', None) or error}", remedy="write it as YAML 1.1 in UTF-8",
                         file=str(path), line=line) from error


def _rules(folder: Path, tables: Mapping[str, frozenset[str]]) -> Iterator[Rule]:
    seen: set[str] = set()
    for file in sorted((folder / "rules").glob("*.yaml")):
        given = read_yaml(file)
        for one in given if isinstance(given, list) else [given]:
            rule = read_rule(one, file.name, tables)
            if rule.id in seen:
                raise ValueInvalid(f"{file.name}: rule {rule.id} is there twice", field="id", value=rule.id, file=str(file))
            seen.add(rule.id)
            yield rule


def _table(file: Path) -> tuple[Mapping[str, str], ...]:
    with file.open(encoding="utf-8", newline="") as text:
        return tuple(csv.DictReader(text))
