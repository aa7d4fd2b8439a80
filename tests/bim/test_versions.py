"""Versions of a Model: planted changes are counted exactly, causes are named once, and reading on gives what reading afresh gives."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.guid
import ifcopenshell.util.unit
import pytest

from bim.intake import Intake, intake
from bim.versions.changes import Change
from bim.versions.compare import Comparison, compare
from bim.versions.fingerprint import Fingerprint, read_states
from tests.bim.plants import Planted, carried_by, convert_unit, move, new_global_ids, own_placement, planted
from tests.corpus import corpus

HOUSE, OFFICE = "arch-fzk-haus-ifc4.ifc", "arch-office-a-ifc2x3.ifc"
BOTH = pytest.mark.parametrize("name", [HOUSE, OFFICE])
"""One model with a subcontext for bodies and one without, as old exporters write."""


@cache
def before(name: str) -> Intake:
    return intake(corpus("ifc", name), model="m")


def unit_of(name: str) -> float:
    """Units of the file in a metre."""
    return 1.0 / float(ifcopenshell.util.unit.calculate_unit_scale(ifcopenshell.open(str(corpus("ifc", name)))))


def changed(name: str, folder: Path, *plants: Callable[[Any], Planted]) -> tuple[Planted, Comparison]:
    touched = planted(corpus("ifc", name), folder / "new.ifc", *plants)
    return touched, compare(before(name), intake(folder / "new.ifc", model="m", before=before(name)))


def statuses(found: Comparison) -> dict[str, dict[str, int]]:
    """Everything that is not unchanged."""
    told = {part: {status: n for status, n in counts.items() if status != "unchanged"} for part, counts in found.counts.items()}
    return {part: counts for part, counts in told.items() if counts}


def keys(found: Comparison, **wanted: Any) -> set[str]:
    return {change.key for change in found.changes if all(getattr(change, name) == value for name, value in wanted.items())}


def only(found: Comparison) -> Change:
    (change,) = found.changes
    return change


def with_opening(model: Any) -> Any:
    return next(wall for wall in model.by_type("IfcWall") if wall.HasOpenings)


@BOTH
def test_a_file_written_again_with_other_numbers_and_formats_is_unchanged(name: str, tmp_path: Path) -> None:
    _, found = changed(name, tmp_path)
    assert (statuses(found), found.causes, found.changes) == ({}, (), ())
    schema = before(name).scan["schema"]
    old, new = (Fingerprint(read_states(path, schema)) for path in (corpus("ifc", name), tmp_path / "new.ifc"))
    assert len(new.touched(old)) <= len(old.digests) // 100


@BOTH
def test_renumbered_instances_are_the_same_states(name: str, tmp_path: Path) -> None:
    text = corpus("ifc", name).read_text(encoding="latin-1")
    head, data = text.split("DATA;", 1)
    renumbered = re.sub(r"#(\d+)", lambda found: f"#{int(found[1]) * 7 + 1}", data)
    (tmp_path / "other.ifc").write_text(head + "DATA;" + renumbered, encoding="latin-1")
    schema = before(name).scan["schema"]
    old, new = (Fingerprint(read_states(path, schema)) for path in (corpus("ifc", name), tmp_path / "other.ifc"))
    assert not new.touched(old)


@BOTH
def test_a_wall_moved_5_cm_takes_its_openings_along(name: str, tmp_path: Path) -> None:
    scale = unit_of(name)

    def plant(model: Any) -> Planted:
        wall = with_opening(model)
        move(wall, model, (0.05 * scale, 0.0, 0.0))
        return carried_by(model, wall)

    touched, found = changed(name, tmp_path, plant)
    assert keys(found, status="moved") == touched == {change.key for change in found.changes}
    (cause,) = found.causes
    assert (cause.kind, cause.affected) == ("moved_with", len(touched) - 1)
    assert all(change.vector is not None and abs(sum(part * part for part in change.vector) - 0.05 ** 2) < 1e-9 for change in found.changes)


@BOTH
def test_a_storey_that_is_raised_is_one_cause(name: str, tmp_path: Path) -> None:
    scale = unit_of(name)

    def plant(model: Any) -> Planted:
        storey = model.by_type("IfcBuildingStorey")[-1]
        move(storey, model, (0.0, 0.0, 0.5 * scale))
        storey.Elevation = (storey.Elevation or 0.0) + 0.5 * scale
        return carried_by(model, storey)

    touched, found = changed(name, tmp_path, plant)
    assert keys(found, status="moved") == touched == {change.key for change in found.changes}
    (cause,) = found.causes
    assert (cause.kind, cause.affected, cause.data["vector_m"]) == ("moved_with", len(touched) - 1, [0.0, 0.0, 0.5])
    assert len(keys(found, cause="")) == 1


@BOTH
def test_an_opening_that_is_moved_reshapes_its_host(name: str, tmp_path: Path) -> None:
    scale = unit_of(name)

    def plant(model: Any) -> Planted:
        opening = with_opening(model).HasOpenings[0].RelatedOpeningElement
        move(opening, model, (0.1 * scale, 0.0, 0.0))
        return carried_by(model, opening)

    touched, found = changed(name, tmp_path, plant)
    host = before(name).tables.elements[[row.properties["global_id"] for row in before(name).tables.elements].index(
        next(change.key for change in found.changes if change.aspects == ("shape",)))]
    assert keys(found, status="moved") == touched
    assert keys(found, status="changed") == {host.properties["global_id"]}
    assert touched & {opening["id"] for opening in host.properties["openings"]}


@BOTH
def test_a_clipping_plane_that_is_moved_reshapes_one_element(name: str, tmp_path: Path) -> None:
    scale = unit_of(name)

    def plant(model: Any) -> Planted:
        clipped = next(one for one in model.by_type("IfcWall") for item in _items(one) if item.is_a("IfcBooleanClippingResult"))
        plane = next(item for item in _items(clipped) if item.is_a("IfcBooleanClippingResult")).SecondOperand.BaseSurface
        x, y, z = plane.Position.Location.Coordinates
        axis = plane.Position.Axis.DirectionRatios if plane.Position.Axis else (0.0, 0.0, 1.0)
        down = -0.3 * scale
        plane.Position.Location = model.create_entity("IfcCartesianPoint", (x + axis[0] * down, y + axis[1] * down, z + axis[2] * down))
        return {clipped.GlobalId}

    touched, found = changed(name, tmp_path, plant)
    assert keys(found, status="changed", aspects=("shape",)) == touched == {change.key for change in found.changes}


def _items(product: Any) -> list[Any]:
    shape = product.Representation
    return [item for one in (shape.Representations if shape else ()) for item in one.Items]


@BOTH
def test_a_property_is_told_with_its_old_and_new_value(name: str, tmp_path: Path) -> None:
    def plant(model: Any) -> Planted:
        related = next(rel for rel in model.by_type("IfcRelDefinesByProperties") if rel.RelatedObjects[0].is_a("IfcWall")
                       and rel.RelatingPropertyDefinition.is_a("IfcPropertySet"))
        value = next(one for one in related.RelatingPropertyDefinition.HasProperties if one.is_a("IfcPropertySingleValue"))
        value.NominalValue = model.create_entity("IfcLabel", "耐火 FRR 120")
        used = [rel for rel in model.by_type("IfcRelDefinesByProperties")
                if rel.RelatingPropertyDefinition.is_a("IfcPropertySet") and value in rel.RelatingPropertyDefinition.HasProperties]
        return {one.GlobalId for rel in used for one in rel.RelatedObjects}

    touched, found = changed(name, tmp_path, plant)
    assert keys(found, status="changed", aspects=("properties",)) == touched == {change.key for change in found.changes}
    assert all("耐火 FRR 120" in [new for _, new in change.fields.values()] for change in found.changes)


@BOTH
def test_a_renamed_material_is_told_of_everything_made_of_it(name: str, tmp_path: Path) -> None:
    def plant(model: Any) -> Planted:
        model.by_type("IfcMaterial")[0].Name = "混凝土 C45"
        return set()

    old_name = str(ifcopenshell.open(str(corpus("ifc", name))).by_type("IfcMaterial")[0].Name)
    _, found = changed(name, tmp_path, plant)
    wearing = {row.properties["global_id"] for rows in before(name).tables.parts.values() for row in rows
               if old_name in (row.properties.get("materials") or [])}
    assert wearing
    assert keys(found, status="changed", aspects=("material",)) == wearing == {change.key for change in found.changes}


@BOTH
def test_a_colour_is_told_of_everything_that_wears_it(name: str, tmp_path: Path) -> None:
    model = ifcopenshell.open(str(corpus("ifc", name)))
    body = next(one for one in model.by_type("IfcStyledItem") if one.Item is not None and _is_worn(model, one.Item))
    colour = next(one for one in model.traverse(body) if one.is_a("IfcColourRgb"))

    def plant(other: Any) -> Planted:
        other.by_id(colour.id()).Red = (colour.Red + 0.37) % 1.0
        return set()

    _, found = changed(name, tmp_path, plant)
    assert found.changes
    assert {change.aspects for change in found.changes} == {("look",)}


def _is_worn(model: Any, item: Any) -> bool:
    """Whether an element that is shown has this item in its own body."""
    owners = {shape.id() for representation in model.get_inverse(item) if representation.is_a("IfcShapeRepresentation")
              for shape in model.get_inverse(representation) if shape.is_a("IfcProductDefinitionShape")}
    return any(one.Representation and one.Representation.id() in owners and not one.is_a("IfcFeatureElement")
               for one in model.by_type("IfcElement"))


@BOTH
def test_new_global_ids_with_the_same_content_are_one_cause(name: str, tmp_path: Path) -> None:
    touched, found = changed(name, tmp_path, new_global_ids)
    products = [change for change in found.changes if change.key in touched]
    assert {change.status for change in found.changes} == {"reidentified"}
    assert len(products) == len(touched)
    (cause,) = found.causes
    assert (cause.kind, cause.affected) == ("global_ids", len(found.changes))
    assert {change.matched_by for change in found.changes} <= {"content", "place"}
    assert len({change.was for change in found.changes}) == len(found.changes)


@BOTH
def test_another_declared_unit_is_one_cause(name: str, tmp_path: Path) -> None:
    def plant(model: Any) -> Planted:
        unit = next(one for one in model.by_type("IfcSIUnit") if one.UnitType == "LENGTHUNIT")
        unit.Prefix = None if unit.Prefix else "MILLI"
        return set()

    _, found = changed(name, tmp_path, plant)
    assert (statuses(found), [cause.kind for cause in found.causes]) == ({}, ["unit"])
    (cause,) = found.causes
    assert cause.affected >= 100
    assert cause.data["scale"] in (1000.0, 0.001)


@BOTH
def test_lengths_converted_to_another_unit_change_nothing(name: str, tmp_path: Path) -> None:
    convert_unit(ifcopenshell.open(str(corpus("ifc", name))), "FOOT").write(str(tmp_path / "feet.ifc"))
    found = compare(before(name), intake(tmp_path / "feet.ifc", model="m", before=before(name)))
    assert (statuses(found), [cause.kind for cause in found.causes], found.causes[0].affected) == ({}, ["unit"], 0)


@BOTH
def test_what_is_new_and_what_is_removed_are_counted(name: str, tmp_path: Path) -> None:
    def plant(model: Any) -> Planted:
        alone = next(one for name in ("IfcBeam", "IfcRailing", "IfcCovering") for one in model.by_type(name) if not one.Decomposes)
        gone = str(alone.GlobalId)
        model.remove(alone)
        wall = next(one for one in model.by_type("IfcWall") if not one.HasOpenings)
        copy = model.create_entity(wall.is_a(), *wall)
        copy.GlobalId, copy.Name = ifcopenshell.guid.new(), "新牆"
        copy.ObjectPlacement = model.create_entity("IfcLocalPlacement", wall.ObjectPlacement.PlacementRelTo,
                                                   wall.ObjectPlacement.RelativePlacement)
        own_placement(model, copy).Location.Coordinates = (1.0, 2.0, 3.0)
        return {gone, copy.GlobalId}

    touched, found = changed(name, tmp_path, plant)
    assert keys(found, status="new") | keys(found, status="removed") == touched
    assert statuses(found)["elements"] == {"removed": 1, "new": 1}


def test_only_one_thing_is_told_of_one_change(tmp_path: Path) -> None:
    def plant(model: Any) -> Planted:
        door = model.by_type("IfcDoor")[0]
        door.Name = "機房門"
        return {door.GlobalId}

    touched, found = changed(HOUSE, tmp_path, plant)
    change = only(found)
    assert (change.key, change.aspects, change.fields["name"][1]) == (next(iter(touched)), ("name",), "機房門")


@pytest.mark.parametrize("name", [HOUSE, OFFICE, "mep-hvac-heating-ifc4.ifc", "infra-rail-track10-ifc4x3-epsg3065.ifc"])
def test_reading_on_gives_what_reading_afresh_gives(name: str, tmp_path: Path) -> None:
    """Random changes of all kinds in the text itself, so that most of the model stays as it was."""
    rng = random.Random(name)
    lines = corpus("ifc", name).read_bytes().splitlines(keepends=True)
    kinds = (b"=IFCCARTESIANPOINT(", b"=IFCPROPERTYSINGLEVALUE(", b"=IFCLOCALPLACEMENT(", b"=IFCMATERIAL(", b"=IFCCOLOURRGB(",
             b"=IFCEXTRUDEDAREASOLID(", b"=IFCRELCONTAINEDINSPATIALSTRUCTURE(", b"=IFCQUANTITYLENGTH(")
    for kind in kinds:
        rows = [at for at, line in enumerate(lines) if kind in line.upper().replace(b" ", b"")]
        for at in rng.sample(rows, min(3, len(rows))):
            lines[at] = _spoiled(lines[at], rng)
    (tmp_path / "new.ifc").write_bytes(b"".join(lines))
    on = intake(tmp_path / "new.ifc", model="m", before=before(name), text_before=corpus("ifc", name))
    afresh = intake(tmp_path / "new.ifc", model="m")
    assert on.touched is not None
    assert len(on.touched) < len(on.fingerprint.states.keys)  # type: ignore[union-attr]
    for part, rows in afresh.tables.parts.items():
        again = {row.id: row for row in on.tables.parts[part]}
        assert again.keys() == {row.id for row in rows}, part
        for row in rows:
            assert (row.properties, row.geometry) == (again[row.id].properties, again[row.id].geometry), row.id
    same = on.counts.keys() - {"items", "triangles"}
    """Corners of one mesh may come in another order, so that it is not shared with the others."""
    assert {name: on.counts[name] for name in same} == {name: afresh.counts[name] for name in same}
    assert sorted(map(repr, on.findings)) == sorted(map(repr, afresh.findings))


def _spoiled(line: bytes, rng: random.Random) -> bytes:
    """The line with one of its numbers or words changed."""
    numbers = list(re.finditer(rb"(?<=[(,])-?\d+\.\d*(?=[,)])", line))
    if numbers:
        found = rng.choice(numbers)
        return line[:found.start()] + b"%.4f" % (float(found[0]) * 1.25 + 0.01) + line[found.end():]
    return line.replace(b"('", b"('Z", 1) if b"=IFCMATERIAL(" in line.upper() else line
