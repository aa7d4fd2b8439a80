"""A small site with a past: the car park in two versions, and a layer that changed."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.acceptance.shell import Shell

SMALL = Path(__file__).parents[2] / "sample_models" / "small"
MODEL = "carpark"
REMOVED, MOVED, CHANGED, NEW = "Column P0-0.0", "Column P0-0.1", "Column P0-0.2", "Column P0-0.3 B"
NEW_ID = "3qoTEh1Fj6JRsZbKvGq2Xw"
WAY_M = 2.0
"""How far a column moves along x of the model."""
AGAIN = f"{CHANGED} again"

_FREE = 900_000


def second_version(text: str) -> str:
    """The car park with one column less, one moved, one renamed and one more."""
    removed, moved, kept = (_column(text, name) for name in (REMOVED, MOVED, "Column P0-0.3"))
    text = text.replace(removed["line"], "")
    text = re.sub(rf"(?<=[(,])#{removed['number']},|,#{removed['number']}(?=[,)])", "", text)
    place = f"#{_FREE}=IFCCARTESIANPOINT(({0.5 + WAY_M},16.0,0.0));\n#{_FREE + 1}=IFCAXIS2PLACEMENT3D(#{_FREE},$,$);\n"
    text = re.sub(rf"(#{moved['placement']}=IFCLOCALPLACEMENT\(#\d+,)#\d+\)", rf"\g<1>#{_FREE + 1})", text)
    text = text.replace(CHANGED, f"{CHANGED} checked")
    more = f"#{_FREE + 2}=IFCCARTESIANPOINT((8.0,47.5,0.0));\n#{_FREE + 3}=IFCAXIS2PLACEMENT3D(#{_FREE + 2},$,$);\n"
    more += f"#{_FREE + 4}=IFCLOCALPLACEMENT(#{kept['storey']},#{_FREE + 3});\n"
    line = kept["line"].replace(f"#{kept['number']}=", f"#{_FREE + 5}=").replace(kept["id"], NEW_ID).replace("Column P0-0.3", NEW)
    more += line.replace(f"#{kept['placement']},", f"#{_FREE + 4},")
    text = re.sub(rf"#{kept['number']}(?=[,)])", rf"#{kept['number']},#{_FREE + 5}", text, count=1)
    return text.replace("ENDSEC;\nEND-ISO", f"{place}{more}ENDSEC;\nEND-ISO")


def third_version(text: str) -> str:
    """The car park as it was first, with one column of another name."""
    return text.replace(CHANGED, AGAIN)


def _column(text: str, name: str) -> dict[str, str]:
    """What its line and its placement say of a column."""
    match = re.search(rf"#(\d+)=IFCCOLUMN\('([^']+)',#\d+,'{re.escape(name)} [^;]*?,#(\d+),#\d+,\$\);\n", text)
    assert match, name
    storey = re.search(rf"#{match[3]}=IFCLOCALPLACEMENT\(#(\d+),", text)
    assert storey
    return {"line": match[0], "number": match[1], "id": match[2], "placement": match[3], "storey": storey[1]}


def build(shell: Shell, folder: Path, *, third: bool = False) -> None:
    """Load the site, then what came later; with a third version of the car park on demand."""
    folder.mkdir(parents=True, exist_ok=True)
    stands = json.loads((SMALL / "stands.geojson").read_text())
    for name in ("terrain.tif", "aerial.tif", "stands.geojson"):
        _done(shell, "layers", "add", SMALL / name)
    _done(shell, "models", "add", SMALL / "carpark.ifc")
    later = folder / "carpark.ifc"
    later.write_text(second_version((SMALL / "carpark.ifc").read_text()))
    _done(shell, "models", "add", later)
    if third:
        later.write_text(third_version((SMALL / "carpark.ifc").read_text()))
        _done(shell, "models", "add", later)
    stands["features"] = stands["features"][1:]
    (folder / "stands.geojson").write_text(json.dumps(stands))
    _done(shell, "layers", "add", folder / "stands.geojson")


def _done(shell: Shell, *words: str | Path) -> None:
    done = shell.run(*words)
    assert done.returncode == 0, done.stderr + done.stdout
