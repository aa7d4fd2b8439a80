"""Beginning a rule pack, and putting a finished one where every check finds it."""

from __future__ import annotations

import os
import shutil
import tempfile
from importlib.resources import files
from pathlib import Path

from bim.packs.pack import Pack, read_pack, shipped
from bim.packs.reading import pack_files
from bim.packs.signature import sign, signing_key
from csdi.errors import CollectionExists, ValueInvalid

_FIRST_RULES = """# The rules of the pack. Each says what it selects, what it measures there and what it requires of that.
- id: {prefix}-001
  title:
    en: "Every wall has a name of the table"
    zh-Hant: "每幅牆的名稱均列於名稱表"
    zh-Hans: "每面墙的名称均列于名称表"
  clause: {{doc: "Our own rules", ref: "1", basis: proposal}}
  select: "IfcWall"
  measure: {{op: attribute, name: name}}
  require: {{in: {{table: wall-names}}}}
  severity: error
  message:
    en: "{{element}} is called {{value}}, which is not in the table"
    zh-Hant: "{{element}} 的名稱 {{value}} 不在名稱表內"
    zh-Hans: "{{element}} 的名称 {{value}} 不在名称表内"
  cure:
    en: "Give the wall a name of the table"
    zh-Hant: "採用名稱表內的名稱"
    zh-Hans: "采用名称表内的名称"
  tests: {{pass: [good.ifc], fail: [bad.ifc], na: [bare.ifc]}}
"""
_DESCRIPTION = """id: {id}
version: "0.1.0"
jurisdiction: ""
title:
  en: "{id}"
"""
_TABLE = """name,meaning
Parapet,wall at the edge of a roof
"""
_EDITS = """# Samples that are made from another: texts put for others, and lines that are left out.
bad.ifc:
  from: good.ifc
  replace:
    "'Parapet'": "'Wall 7'"
good.ifc:
  from: house.ifc
  replace:
{names}
"""


def begin(folder: Path) -> list[Path]:
    """Makes the folder with a pack of one rule that passes its own test; gives its files.

    Raises:
        CollectionExists: there is such a folder, with something in it.
        ValueInvalid: its name cannot be the id of a pack.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CollectionExists(f"{folder} is there already", remedy="another folder")
    id = folder.absolute().name
    prefix = "".join(part for part in id.upper() if part.isalnum())[:3] or "R"
    texts = {"pack.yaml": _DESCRIPTION.format(id=id), "rules/1-walls.yaml": _FIRST_RULES.format(prefix=prefix),
             "tables/wall-names.csv": _TABLE, "samples/edits.yaml": _EDITS.format(names=_renamed())}
    with tempfile.TemporaryDirectory(dir=folder.absolute().parent) as made:
        place = Path(made) / id
        for name, text in texts.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_text(text, encoding="utf-8")
        for name in ("house.ifc", "bare.ifc"):
            shutil.copyfile(Path(str(files("bim.packs"))) / "data" / "common" / "samples" / name, place / "samples" / name)
        read_pack(place)
        if folder.exists():
            folder.rmdir()
        place.replace(folder)
    return pack_files(folder)


def put(pack: Pack, shelf: Path, key: Path) -> Pack:
    """Signs the pack's files as they are now and copies them to `shelf/<id>/<version>`; gives the pack as it lies there.

    Args:
        key: file of the signing key; made where there is none.

    Raises:
        CollectionExists: that version is published with other files, or the id is that of a pack that ships.
        ValueInvalid: the folder has changed since the pack was read, or a file is a link.
    """
    target = shelf / pack.id / pack.version
    if pack.id in shipped():
        raise CollectionExists(f"'{pack.id}' is a pack that ships with this program", remedy="give the pack another id")
    if target.exists():
        there = read_pack(target)
        if there.digest == pack.digest and there.signature.state == "signed":
            return there
        raise CollectionExists(f"{pack.id} {pack.version} is published already", remedy="give the changed pack another version")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=shelf) as made:
        place = Path(made) / pack.version
        for file in pack_files(pack.folder):
            copy = place / file.relative_to(pack.folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
        if read_pack(place).digest != pack.digest:
            raise ValueInvalid(f"{pack.folder} has changed while it was tried", field="folder", remedy="publish it again")
        sign(place, pack.digest, signing_key(key))
        os.replace(place, target)
    return read_pack(target)


def _renamed() -> str:
    names = [f"Wall {floor} {side}" for floor in ("G/F", "1/F") for side in ("south", "north", "west", "east", "middle")]
    return "\n".join(f"    \"'{name}'\": \"'Parapet'\"" for name in names)
