"""The skeleton of a file says the same as the file, apart from its shapes."""

from __future__ import annotations

from pathlib import Path

import pytest

from bim.ifc import Model, open_model, readable
from bim.meshing import wanted_elements, wanted_spaces
from bim.scan import scan
from bim.skeleton import skeleton
from bim.tables import PARTS, extract_tables
from tests.bim.corpus import corpus_file, ifc_names


def _said(model: Model) -> dict[str, object]:
    tables = extract_tables(model, "m")
    return {"wanted": [*wanted_elements(model), *wanted_spaces(model)], "project": tables.project, "findings": tables.findings,
            **{part: [repr((f.id, f.properties)) for f in tables.parts[part]] for part in PARTS}}


@pytest.mark.corpus
@pytest.mark.parametrize("name", ifc_names("arch-fzk", "mep-", "geo-duplex", "tricky-nested", "tricky-cjk", "infra-rail-sig", "str-hhs"))
def test_rows_and_what_is_wanted_are_those_of_the_whole_file(name: str) -> None:
    path = corpus_file(name)
    schema = scan(path).schema
    with readable(path, schema) as (plain, _), skeleton(plain, large=0) as slim:
        assert slim.stat().st_size < plain.stat().st_size
        assert scan(slim).schema == scan(plain).schema
        assert _said(open_model(slim, schema, name="a")) == _said(open_model(plain, schema, name="a"))


def test_a_file_that_is_not_large_is_opened_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.ifc"
    path.write_bytes(b"x" * 1000)
    with skeleton(path) as slim:
        assert slim == path


def test_insides_go_and_what_is_referred_to_keeps_number_and_class(tmp_path: Path) -> None:
    path = tmp_path / "a.ifc"
    path.write_text("ISO-10303-21;\nHEADER;\nFILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\n"
                    "#1=IFCCARTESIANPOINT((1.,2.,3.));#2=IFCCARTESIANPOINT((4.,5.,6.));\n#3=IFCPOLYLOOP((#1,#1,#1));\n"
                    "#4=IFCFACEOUTERBOUND(#3,.T.);#5=IFCFACE((#4));#6=IFCCLOSEDSHELL((#5));#7=IFCFACETEDBREP(#6);\n"
                    "#8=IFCSHAPEREPRESENTATION($,'Body;','Brep',(#7));#9=IFCAXIS2PLACEMENT3D(#2,$,$);#10=IFCLOCALPLACEMENT($,#9);\n"
                    "ENDSEC;\nEND-ISO-10303-21;\n")
    with skeleton(path, large=0) as slim:
        kept = sorted(slim.read_text().split("DATA;")[1].split("ENDSEC;")[0].strip().replace("\n", "").split(");"))
        assert scan(slim).entities == 5
    assert kept == ["", "#10=IFCLOCALPLACEMENT($,#9", "#2=IFCCARTESIANPOINT((4.,5.,6.)", "#7=IFCFACETEDBREP($",
                    "#8=IFCSHAPEREPRESENTATION($,'Body;','Brep',(#7)", "#9=IFCAXIS2PLACEMENT3D(#2,$,$"]
