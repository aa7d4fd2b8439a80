"""Parts of IFC files: closed, valid, with everything that was said of what is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.util.element
import pytest

from bim.georeference import resolve
from bim.ifc import Model, class_names, open_model, readable
from bim.scan import scan
from bim.subset import subset
from bim.tables import ModelTables, extract_tables
from tests.bim.corpus import corpus_file
from tests.bim.small import Small

pytestmark = pytest.mark.corpus
util: Any = ifcopenshell.util.element

FILES = ["arch-fzk-haus-ifc4", "arch-office-a-ifc2x3", "mep-hvac-heating-ifc4", "geo-duplex-georeferenced-ifc2x3",
         "str-hhs-office-ifc2x3", "tricky-ifc4x2-bridge-georeferenced", "geo-earthworks-12d-ifc4x3rc3-epsg7856", "tricky-cjk-unicode-ifc2x3",
         "infra-rail-signalling-ifc4x3-epsg3065", "tricky-duplicate-guids-ifc2x3", "arch-jesse-classified-ifc2x3"]
KEPT = ("psets", "quantities", "measures", "materials", "type_id", "classifications", "containment", "name", "layers", "ports", "openings")


def tables_of(path: Path) -> tuple[ModelTables, Any]:
    schema = scan(path).schema
    with readable(path, schema) as (plain, _):
        model: Model = open_model(plain, schema)
        return extract_tables(model, "m"), resolve(model)


def cut(path: Path, keys: set[str], to: Path) -> Path:
    to.write_bytes(subset(path.read_bytes(), scan(path).schema, keys))
    return to


@pytest.mark.parametrize("name", FILES)
def test_a_part_is_a_whole_file_that_says_the_same(name: str, tmp_path: Path) -> None:
    path = corpus_file(f"ifc/{name}.ifc")
    before, place = tables_of(path)
    rows = {row.properties["global_id"]: dict(row.properties) for row in before.elements if row.properties["role"] == "element"}
    keys = set(list(rows)[::5])
    part = cut(path, keys, tmp_path / "part.ifc")
    scanned = scan(part, known=class_names)
    assert "STP-002" not in {f.code for f in scanned.findings}
    after, again = tables_of(part)
    found = {row.properties["global_id"]: dict(row.properties) for row in after.elements}
    assert keys <= set(found)
    for key in keys:
        for field in KEPT:
            expected = [p | {"connected": None} for p in rows[key][field]] if field == "ports" else rows[key][field]
            got = [p | {"connected": None} for p in found[key][field]] if field == "ports" else found[key][field]
            if field == "openings":
                expected, got = ({o["id"] for o in side} for side in (expected, got))
            assert got == expected, (key, field)
    assert (again.crs, again.vertical_crs) == (place.crs, place.vertical_crs)
    assert again.affine == pytest.approx(place.affine)
    assert scanned.entities < scan(path).entities


def test_the_whole_of_a_file_is_kept_when_everything_is_chosen(tmp_path: Path) -> None:
    path = corpus_file("ifc/arch-fzk-haus-ifc4.ifc")
    before, _ = tables_of(path)
    keys = {row.properties["global_id"] for rows in before.parts.values() for row in rows}
    after, _ = tables_of(cut(path, keys, tmp_path / "part.ifc"))
    assert {name: len(rows) for name, rows in after.parts.items()} == {name: len(rows) for name, rows in before.parts.items()}


def test_a_door_comes_without_its_wall_and_a_wall_with_its_openings(tmp_path: Path) -> None:
    path = corpus_file("ifc/arch-fzk-haus-ifc4.ifc")
    before, _ = tables_of(path)
    door = next(row.properties for row in before.elements if row.properties["ifc_class"] == "IfcDoor")
    wall = next(row.properties for row in before.elements if row.properties["openings"])
    after, _ = tables_of(cut(path, {door["global_id"]}, tmp_path / "door.ifc"))
    assert [row.properties["ifc_class"] for row in after.elements] == ["IfcDoor"]
    assert [row.properties["global_id"] for row in after.storeys] == [door["storey"]]
    after, _ = tables_of(cut(path, {wall["global_id"]}, tmp_path / "wall.ifc"))
    assert {row.properties["role"] for row in after.elements} == {"element", "opening"}
    assert len(after.elements) == 1 + len(wall["openings"])


def test_types_that_nothing_kept_uses_stay_behind(tmp_path: Path) -> None:
    path = corpus_file("ifc/mep-hvac-heating-ifc4.ifc")
    before, _ = tables_of(path)
    one = next(row.properties for row in before.elements if row.properties["type_id"] and row.properties["systems"])
    after, _ = tables_of(cut(path, {one["global_id"]}, tmp_path / "one.ifc"))
    assert [row.properties["global_id"] for row in after.types] == [one["type_id"]]
    assert {row.properties["global_id"] for row in after.systems} == {s["id"] for s in one["systems"]}


def test_chinese_names_are_kept(tmp_path: Path) -> None:
    path = Small().write(tmp_path)
    before, _ = tables_of(path)
    keys = {row.properties["global_id"] for row in before.elements}
    after, _ = tables_of(cut(path, keys, tmp_path / "part.ifc"))
    assert [row.properties["name"] for row in after.elements] == [row.properties["name"] for row in before.elements]


def test_comments_before_and_inside_of_statements_hide_nothing(tmp_path: Path) -> None:
    path = Small().write(tmp_path)
    text = path.read_text()
    found = next(line for line in text.splitlines() if "=IFCSLAB(" in line)
    number, rest = found.split("=IFCSLAB(", 1)
    path.write_text(text.replace(found, f"/* the slab (#1); 'so' */\n{number}=IFCSLAB( /* its id */ {rest}"))
    keys = {row.properties["global_id"] for row in tables_of(path)[0].elements if row.properties["ifc_class"] == "IfcSlab"}
    assert len(keys) == 1
    assert {row.properties["global_id"] for row in tables_of(cut(path, keys, tmp_path / "part.ifc"))[0].elements} >= keys
