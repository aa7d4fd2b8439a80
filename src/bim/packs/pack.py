"""A rule pack: a folder with `pack.yaml`, rules, tables, IDS files and samples."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from bim.packs.reading import pack_files, read_table, read_yaml
from bim.packs.rule import Rule, TableRows, read_rule, texts
from bim.packs.signature import UNSIGNED, Signature, read_signature
from csdi.errors import PathMissing, ValueInvalid

_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_VERSION = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z.+-]{0,30}[0-9A-Za-z])?")


@dataclass(frozen=True, slots=True)
class Pack:
    """A rule pack as it was read.

    Attributes:
        folder: where it lies.
        digest: SHA-256, hex, over the names and bytes of all its files but the signature.
        ids: IDS files that belong to it.
        tables: name -> the values of the first column.
        rows: name -> the table's rows.
        signature: whether it is signed, by which key, and whether the files are still those that were signed.
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
    rows: TableRows = field(default_factory=dict)
    signature: Signature = UNSIGNED

    def to_dict(self) -> dict[str, Any]:
        """Id, version, digest and signature: what a report says of it."""
        return {"id": self.id, "version": self.version, "digest": self.digest, "signature": self.signature.to_dict()}


def shipped() -> dict[str, Path]:
    """Id -> folder of the packs that come with this program."""
    root = Path(str(files("bim.packs"))) / "data"
    return {folder.name: folder for folder in sorted(root.iterdir()) if (folder / "pack.yaml").is_file()} if root.is_dir() else {}


def published(shelf: Path) -> dict[str, Path]:
    """`id@version` and, for the highest version, `id` -> folder of the packs that were published there."""
    found: dict[str, Path] = {}
    for folder in sorted(shelf.glob("*/*"), key=lambda one: (one.parent.name, _natural(one.name))):
        if (folder / "pack.yaml").is_file():
            found[f"{folder.parent.name}@{folder.name}"] = found[folder.parent.name] = folder
    return found


def read_pack(name: str | Path, shelf: Path | None = None) -> Pack:
    """The pack of that id among those shipped or published, or in that folder.

    Args:
        name: `id`, `id@version` of one that was published, or a folder.
        shelf: folder of published packs (`published`).

    Raises:
        PathMissing: there is none.
        FileBroken, FileTooLarge: a YAML file or table does not parse, or is larger than a pack may have; names file and line.
        ValueInvalid: a rule or the pack's description is not as it should be; names file, rule and field.
    """
    known = {**(published(shelf) if shelf else {}), **shipped()}
    folder = known.get(str(name), Path(name))
    described = folder / "pack.yaml"
    if not described.is_file():
        raise PathMissing(f"{name}: there is no such rule pack", remedy=f"a folder with pack.yaml, or one of {', '.join(known)}",
                          file=str(name))
    given = read_yaml(described)
    if not isinstance(given, Mapping) or not given.get("id") or not given.get("version"):
        raise ValueInvalid(f"{described}: id and version are missing", field="id", file=str(described))
    for field_name, form in (("id", _ID), ("version", _VERSION)):
        if not form.fullmatch(str(given[field_name])):
            raise ValueInvalid(f"{described}: {field_name} '{given[field_name]}' is not allowed", field=field_name, file=str(described),
                               remedy="letters, digits and hyphens; in a version points too")
    digest = digest_of(folder)
    rows = {file.stem: read_table(file) for file in sorted((folder / "tables").glob("*.csv"))}
    tables = {stem: frozenset(next(iter(row.values())) for row in found if row) for stem, found in rows.items()}
    return Pack(str(given["id"]), str(given["version"]), texts(given.get("title") or {}, "title"), str(given.get("jurisdiction", "")),
                folder, digest, tuple(_rules(folder, tables, rows)), tuple(sorted((folder / "ids").glob("*.ids"))), tables, rows,
                read_signature(folder, digest))


def digest_of(folder: Path) -> str:
    """SHA-256, hex, over names and bytes of the pack's files but its signature."""
    digest = hashlib.sha256()
    for file in pack_files(folder):
        digest.update(f"{file.relative_to(folder).as_posix()}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def _rules(folder: Path, tables: Mapping[str, frozenset[str]], rows: Mapping[str, Any]) -> Iterator[Rule]:
    seen: set[str] = set()
    for file in sorted((folder / "rules").glob("*.yaml")):
        given = read_yaml(file)
        for one in given if isinstance(given, list) else [given]:
            if not isinstance(one, Mapping):
                raise ValueInvalid(f"{file.name}: '{str(one)[:40]}' is no rule", field="rule", file=str(file),
                                   remedy="a mapping with id, title, measure and require, or a list of such")
            rule = read_rule(one, file.name, tables, rows)
            rule = replace(rule, arguments={key: _table_or(value, rows, file.name, rule.id) for key, value in rule.arguments.items()})
            if rule.id in seen:
                raise ValueInvalid(f"{file.name}: rule {rule.id} is there twice", field="id", value=rule.id, file=str(file))
            seen.add(rule.id)
            yield rule


def _table_or(value: Any, rows: Mapping[str, Any], file: str, rule: str) -> Any:
    """An argument as it stands, or the rows of the table that `{table: NAME}` names."""
    if not isinstance(value, Mapping) or set(value) != {"table"}:
        return value
    if value["table"] not in rows:
        raise ValueInvalid(f"{file}: rule {rule}: there is no table '{value['table']}'", field="measure", value=str(value["table"]),
                           remedy=f"one of {', '.join(sorted(rows)) or 'none'}: tables/NAME.csv in the pack")
    return rows[value["table"]]


def _natural(version: str) -> tuple[tuple[int, str], ...]:
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"[.+-]", version))
