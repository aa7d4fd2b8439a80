"""STEP values and keys of the sample models."""

from __future__ import annotations

import math
from pathlib import Path

import ifcopenshell
import ifcopenshell.guid
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sample_models.ifc_georef import compound_angle
from sample_models.ifc_step import Ref, StepFile, encode, enum, real, string, typed
from sample_models.ifc_writer import global_id

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=30)


def test_values_are_written_as_step_wants_them() -> None:
    values = (None, True, 3, 2.0, "it's", enum("FLOOR"), typed("IFCLABEL", "x"), Ref(7), [1.5, 2.5])
    assert encode(values) == "($,.T.,3,2.0,'it''s',.FLOOR.,IFCLABEL('x'),#7,(1.5,2.5))"


def test_chinese_is_written_as_utf16_runs() -> None:
    assert string("冷水泵 1") == "'\\X2\\51B76C346CF5\\X0\\ 1'"


@given(st.floats(-1e9, 1e9, allow_nan=False))
def test_a_real_has_a_point_and_reads_back(value: float) -> None:
    text = real(value)
    assert "." in text
    assert math.isclose(float(text), value, abs_tol=6e-10, rel_tol=1e-15)


@given(TEXT)
def test_a_string_survives_the_file(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("text") / "text.ifc"
    with StepFile(path, "IFC4", "ReferenceView_V1.2") as step:
        step.add("IFCORGANIZATION", None, text, None, None, None)
    assert ifcopenshell.open(path).by_type("IfcOrganization")[0].Name == text


def test_an_equal_instance_is_written_once(tmp_path: Path) -> None:
    with StepFile(tmp_path / "a.ifc", "IFC4", "ReferenceView_V1.2") as step:
        assert step.shared("IFCDIRECTION", (1.0, 0.0)) == step.shared("IFCDIRECTION", (1.0, 0.0))
        assert step.shared("IFCDIRECTION", (0.0, 1.0)) != step.add("IFCDIRECTION", (0.0, 1.0))
    assert step.count == 3


def test_a_file_that_fails_half_way_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "broken.ifc"
    with pytest.raises(RuntimeError), StepFile(path, "IFC4", "ReferenceView_V1.2") as step:
        step.add("IFCDIRECTION", (1.0, 0.0))
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_global_ids_are_valid_and_depend_on_model_and_key() -> None:
    ids = {global_id(model, key) for model in ("a", "b") for key in ("x", "y")}
    assert len(ids) == 4
    for each in ids:
        assert ifcopenshell.guid.compress(ifcopenshell.guid.expand(each)) == each
    assert global_id("a", "x") == global_id("a", "x")


@given(st.floats(-180.0, 180.0))
def test_a_compound_angle_keeps_the_angle_and_one_sign(degrees: float) -> None:
    parts = compound_angle(degrees)
    assert len({p > 0 for p in parts if p}) <= 1
    whole = parts[0] + parts[1] / 60 + parts[2] / 3600 + parts[3] / 3600e6
    assert whole == pytest.approx(degrees, abs=2e-10)
