"""Files of a rule pack, read with limits: a pack of a stranger can neither hang nor fill the machine, nor lead out of its folder."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from csdi.errors import FileBroken, FileTooLarge, ValueInvalid

SIGNATURE = "pack.sig"
_IGNORED = frozenset({SIGNATURE, "__pycache__", ".DS_Store"})
_MOST_YAML_BYTES = 1 << 20
_MOST_TABLE_BYTES = 16 << 20
_MOST_ROWS = 100_000
_MOST_FILES = 2_000
_MOST_BYTES = 256 << 20


class _Plain(yaml.SafeLoader):
    """YAML without anchors (a few lines of which can stand for billions of values) and without keys that are there twice."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.MarkedYAMLError(problem="anchors and aliases are not allowed", problem_mark=self.get_mark())
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"'{key.value}' is there twice", problem_mark=key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def pack_files(folder: Path) -> list[Path]:
    """All files that the digest covers, in the order of their names.

    Raises:
        ValueInvalid: one is a link, which may lead out of the folder.
        FileTooLarge: there are more than 2,000, or they have more than 256 MB together.
    """
    found = [one for one in sorted(folder.rglob("*")) if not _IGNORED & set(one.relative_to(folder).parts)]
    for one in found:
        if one.is_symlink():
            raise ValueInvalid(f"{one}: a pack may have no links", field="file", value=one.name, remedy="put the file itself there")
    files = [one for one in found if one.is_file()]
    if len(files) > _MOST_FILES or sum(one.stat().st_size for one in files) > _MOST_BYTES:
        raise FileTooLarge(f"{folder}: more than {_MOST_FILES} files or {_MOST_BYTES >> 20} MB",
                           remedy="leave out what the rules do not need", file=str(folder))
    return files


def read_yaml(path: Path) -> Any:
    """What a YAML file says.

    Raises:
        FileTooLarge: it has more than 1 MB.
        FileBroken: it does not parse, nests too deeply, or has anchors or a key twice; names the line.
    """
    _within(path, _MOST_YAML_BYTES, "split the rules over several files")
    try:
        return yaml.load(path.read_text(encoding="utf-8"), _Plain)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", -1) + 1
        why = "it nests too deeply" if isinstance(error, RecursionError) else getattr(error, "problem", None) or error
        raise FileBroken(f"{path}: line {line}: {why}", remedy="write it as YAML 1.1 in UTF-8, without anchors", file=str(path),
                         line=line) from error


def read_table(path: Path) -> tuple[Mapping[str, str], ...]:
    """The rows of a CSV file with a header line.

    Raises:
        FileTooLarge: it has more than 16 MB or 100,000 rows.
        FileBroken: it is no CSV in UTF-8, or a row is longer than the header.
    """
    _within(path, _MOST_TABLE_BYTES, "leave out rows that no rule needs")
    rows: list[Mapping[str, str]] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as text:
            reader = csv.DictReader(text, strict=True)
            for row in reader:
                if len(rows) == _MOST_ROWS:
                    raise FileTooLarge(f"{path}: more than {_MOST_ROWS:,} rows", remedy="leave out rows that no rule needs", file=str(path))
                if None in row:
                    raise csv.Error(f"line {reader.line_num} has more values than the header")
                rows.append({key: value or "" for key, value in row.items()})
    except (csv.Error, UnicodeDecodeError) as error:
        raise FileBroken(f"{path}: {error}", remedy="write it as CSV in UTF-8 with a header line", file=str(path)) from error
    return tuple(rows)


def _within(path: Path, most: int, remedy: str) -> None:
    if path.stat().st_size > most:
        raise FileTooLarge(f"{path}: larger than {most >> 20} MB", remedy=remedy, file=str(path))
