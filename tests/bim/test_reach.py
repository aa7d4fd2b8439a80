"""Elements that a faulty coordinate puts where nothing can be: they are told and left out, the others stay where they are."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bim.intake import Intake, intake
from tests.bim.small import Small

NETHERLANDS = Small(conversion="122000.,487000.,0.,1.,0.,$", crs="'EPSG:28992',$,$,$,$,$,$")


def read(model: Small, folder: Path, pump_at: str) -> Intake:
    text = model.text.replace("#67=IFCCARTESIANPOINT((2.0,2.0,0.5));", f"#67=IFCCARTESIANPOINT(({pump_at},2.0,0.5));")
    assert pump_at in text
    path = folder / "stray.ifc"
    path.write_text(text, encoding="ascii")
    return intake(path, model="m")


@pytest.mark.parametrize("model", [Small(), Small(georeferenced=False), NETHERLANDS], ids=["placed", "local", "other country"])
@pytest.mark.parametrize("at", ["1.E9", "-1.E30", "1.E300", "1.7E308"])
def test_an_element_beyond_the_earth_has_no_shape_and_the_rest_its_place(model: Small, at: str, tmp_path: Path) -> None:
    near, far = read(model, tmp_path, "2.0"), read(model, tmp_path, at)
    assert near.result == "loaded"
    assert far.result == "loaded_with_losses"
    assert (far.georeference.crs, far.georeference.placed) == (near.georeference.crs, near.georeference.placed)
    np.testing.assert_array_equal(far.georeference.affine, near.georeference.affine)
    (finding,) = [f for f in far.findings if f.code == "MSH-003"]
    assert "beyond the Earth" in finding.message
    assert "000000000000000000000B" in finding.subject


def test_an_element_where_the_crs_ends_is_left_out(tmp_path: Path) -> None:
    read_ = read(Small(), tmp_path, "9.E7")
    assert [f.code for f in read_.findings if f.severity == "error"] == ["MSH-005"]
    assert read_.counts["fallbacks"] == {"none": 1}
    assert (read_.counts["wanted"], read_.counts["shapes"]) == (2, 1)
    assert {p.element for p in read_.shapes.placements} == {"000000000000000000000A"}


def test_a_stray_element_does_not_move_the_middle_of_the_content(tmp_path: Path) -> None:
    many = "".join(f"#{n}=IFCBUILDINGELEMENTPROXY('00000000000000000000{n}',$,'p',$,$,#15,#605,$,$);\n" for n in range(90, 99))
    model = replace(Small(), extra=many)
    assert read(model, tmp_path, "2.E6").georeference.to_dict()["crs"] == read(model, tmp_path, "2.0").georeference.to_dict()["crs"]
