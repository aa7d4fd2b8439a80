from pathlib import Path

import pytest

from bim.ifc import Model, is_any, open_model, stated, value_of
from bim.scan import scan
from tests.bim.small import Small


@pytest.fixture
def model(tmp_path: Path) -> Model:
    path = Small().write(tmp_path)
    return open_model(path, scan(path).schema)


def test_an_attribute_is_what_the_engine_gives_for_its_name(model: Model) -> None:
    for entity in list(model.file):
        for name in (entity.attribute_name(number) for number in range(len(entity))):
            if name != "Dimensions":  # worked out afresh each time
                assert value_of(entity, name) == stated(entity, name) == getattr(entity, name)


def test_what_a_schema_derives_and_what_refers_back_come_from_the_engine(model: Model) -> None:
    unit = model.of("IfcSIUnit")[0]
    assert tuple(value_of(unit, "Dimensions")) == tuple(unit.Dimensions)
    product = next(one for one in model.of("IfcElement") if one.ContainedInStructure)
    assert value_of(product, "ContainedInStructure") == product.ContainedInStructure


def test_a_class_without_the_attribute_gives_the_default_and_refuses_when_it_must_have_it(model: Model) -> None:
    point = model.of("IfcCartesianPoint")[0]
    assert value_of(point, "Name") is None
    assert value_of(point, "Name", "水泵") == "水泵"
    with pytest.raises(AttributeError, match="IfcCartesianPoint has no Name"):
        stated(point, "Name")
    assert value_of(None, "Name") is None
    assert value_of(1.5, "Name") is None


def test_a_value_with_a_type_of_its_own_is_unwrapped(model: Model) -> None:
    length = model.file.createIfcLengthMeasure(2.5)
    assert value_of(length, "wrappedValue") == 2.5
    assert value_of(length, "Name") is None


def test_a_class_is_any_of_its_bases(model: Model) -> None:
    for entity in model.of("IfcRoot"):
        for name in ("IfcRoot", "IfcProduct", "IfcElement", "IfcProject", "IfcProxy", "IfcRelationship"):
            assert is_any(entity, (name,)) == entity.is_a(name)
    assert not is_any(model.of("IfcSIUnit")[0], ("IfcRoot", "IfcProduct"))
