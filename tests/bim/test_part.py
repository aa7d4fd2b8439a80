"""A part of a file gives a kernel the shapes that the whole file gives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.geom
import numpy as np
import pytest

from bim.ifc import open_model, readable
from bim.mesher import __main__ as program
from bim.mesher.part import Parts
from bim.meshing import wanted_elements
from bim.scan import scan
from tests.bim.corpus import corpus_file, ifc_names
from tests.bim.small import Small

_geom: Any = ifcopenshell.geom
_MOST = 60


def _shapes(file: Any, products: list[int]) -> Iterator[tuple[Any, ...]]:
    settings = _geom.settings()
    settings.set("use-material-names", True)
    wanted = [file.by_id(one) for one in products]
    iterator = _geom.iterator(settings, file, 1, include=wanted, geometry_library="hybrid-cgal-simple-opencascade")
    going = iterator.initialize()
    while going:
        shape = iterator.get()
        corners = np.array(shape.geometry.verts).reshape(-1, 3)[np.array(shape.geometry.faces, int).reshape(-1, 3)]
        area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum() / 2
        box = [*corners.min(axis=(0, 1)), *corners.max(axis=(0, 1))] if len(corners) else []
        yield (shape.id, np.round([*box, area], 6).tolist(), len(corners),
               sorted(shape.geometry.material_ids), [one.name for one in shape.geometry.materials],
               np.frombuffer(shape.transformation_buffer).tobytes())
        going = iterator.next()


@pytest.mark.corpus
@pytest.mark.parametrize("name", ifc_names("arch-fzk", "arch-office", "mep-", "geo-duplex", "tricky-nested", "tricky-cjk", "str-bernts"))
def test_a_part_gives_the_shapes_of_the_whole(name: str, tmp_path: Path) -> None:
    path = corpus_file(name)
    schema = scan(path).schema
    with readable(path, schema) as (plain, _):
        wanted = [one.product for one in wanted_elements(open_model(plain, schema))]
        chosen = wanted[::max(1, len(wanted) // _MOST)]
        with (tmp_path / "part.ifc").open("wb") as part:
            Parts(plain).write(chosen, part)
        assert not [one for one in scan(tmp_path / "part.ifc").findings if one.code == "STP-002"], "references to what is not there"
        assert (tmp_path / "part.ifc").stat().st_size < plain.stat().st_size
        theirs = sorted(_shapes(ifcopenshell.open(str(plain)), chosen))
        assert sorted(_shapes(ifcopenshell.open(str(tmp_path / "part.ifc")), chosen)) == theirs
        assert theirs


def test_a_large_file_is_opened_part_by_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = Small().write(tmp_path)
    slab, pump = (one.product for one in wanted_elements(open_model(path, "IFC4")))
    monkeypatch.setattr(program, "LARGE", 0)
    opened = program._Opened(path)
    for mine, other in ((slab, pump), (pump, slab)):
        file = opened.for_products([mine])
        assert file.by_id(mine).ObjectPlacement is not None
        with pytest.raises(RuntimeError):
            file.by_id(other)
    monkeypatch.setattr(program, "LARGE", 1 << 40)
    assert program._Opened(path).for_products([slab]).by_id(pump)


def test_lists_lose_what_is_not_in_the_part_whatever_names_say(tmp_path: Path) -> None:
    path, part = tmp_path / "a.ifc", tmp_path / "part.ifc"
    path.write_text("ISO-10303-21;\nHEADER;\nFILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\n"
                    "#1=IFCWALL('a',#9,$,$,$,$,$,$,$);#2=IFCWALL('b',#9,$,$,$,$,$,$,$);#9=IFCOWNERHISTORY($,$,$,$,$,$,$,$);\n"
                    "#3=IFCRELASSOCIATESMATERIAL('c',#9,'((#2)','it''s)',(#1,#2),#4);#4=IFCMATERIAL('m (#2)',$,$);\n"
                    "#5=IFCRELAGGREGATES('d',#9,$,$,#6,(#1));#6=IFCELEMENTASSEMBLY('e',#9,$,$,$,$,$,$,$,$);\n"
                    "#7=IFCOPENINGELEMENT('f',#9,$,$,$,$,$,$,$);#8=IFCRELVOIDSELEMENT('g',#9,$,$,#6,#7);\n"
                    "#10=IFCRELVOIDSELEMENT('h',#9,$,$,#2,#7);#11=IFCRELDEFINESBYTYPE('i',#9,$,$,(#2),#4);\n"
                    "ENDSEC;\nEND-ISO-10303-21;\n")
    with part.open("wb") as file:
        Parts(path).write([1], file)
    found = [line for line in part.read_text().splitlines() if line.startswith("#")]
    assert sorted(int(line[1:line.index("=")]) for line in found) == [1, 3, 4, 5, 6, 7, 8, 9]
    assert "#3=IFCRELASSOCIATESMATERIAL('c',#9,'((#2)','it''s)',(#1),#4);" in found
