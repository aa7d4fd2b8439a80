"""Exported files: read back by the programs that they are for, at the same places, with the same counts."""

from __future__ import annotations

import csv
import json
import struct
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely

from bim.ifc import class_names, open_model, readable
from bim.scan import scan
from bim.shapes import Shapes
from bim.tables import ModelTables, extract_tables
from csdi.errors import ValueInvalid
from csdi.store import open_store
from csdi.store.base import Store
from tests.acceptance.shell import Shell
from tests.ogc_api.site import SMALL
from twin.export.bodies import Bodies, glb
from twin.export.cityjson import Vertices
from twin.gltf_reader import read_glb

MODEL = "terminal-arch"


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    made = Shell(tmp_path_factory.mktemp("export") / "home")
    assert made.run("models", "add", SMALL / f"{MODEL}.ifc").returncode == 0
    return made


@pytest.fixture(scope="module")
def rows(shell: Shell) -> dict[str, list[dict[str, Any]]]:
    """What the store has of the model, by Collection."""
    from csdi.store.base import scan as every
    store: Store = open_store(f"sqlite:///{shell.home}/site.gpkg")
    made = {name: [{**f.properties, "geometry": f.geometry} for f in every(store, name)] for name in ("elements", "spaces", "storeys")}
    store.close()
    return made


def exported(shell: Shell, to: Path, format: str, *options: str) -> Path:
    path = to / f"out.{format}"
    done = shell.run("models", "export", MODEL, "--format", format, "--out", path, "--json", *options)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["bytes"] == path.stat().st_size
    return path


def storey_id(rows: dict[str, list[dict[str, Any]]]) -> str:
    """The storey with the most elements."""
    return Counter(r["storey"] for r in rows["elements"] if r["storey"]).most_common(1)[0][0]


def tables(path: Path) -> ModelTables:
    schema = scan(path, known=class_names, strict=True).schema
    with readable(path, schema) as (plain, _):
        return extract_tables(open_model(plain, schema), MODEL)


def test_ifc_of_a_storey_is_a_valid_file_with_that_storeys_elements(shell: Shell, rows: Any, tmp_path: Path) -> None:
    storey = storey_id(rows)
    read = tables(exported(shell, tmp_path, "ifc", "--storey", storey))
    expected = {r["global_id"] for r in rows["elements"] if r["storey"] == storey}
    assert expected
    assert {f.properties["global_id"] for f in read.elements} >= expected
    assert [f.properties["global_id"] for f in read.storeys] == [storey]
    found = {f.properties["global_id"]: f.properties for f in read.elements}
    for row in rows["elements"]:
        if row["global_id"] in expected:
            assert found[row["global_id"]]["psets"] == row["psets"]


def test_an_exported_part_loads_again_at_the_same_place(shell: Shell, rows: Any, tmp_path: Path) -> None:
    part = exported(shell, tmp_path, "ifc", "--class", "IfcSlab")
    again = Shell(tmp_path / "home")
    assert again.run("models", "add", part, "--id", MODEL).returncode == 0
    store = open_store(f"sqlite:///{again.home}/site.gpkg")
    from csdi.store.base import scan as every
    read = {f.properties["global_id"]: f for f in every(store, "elements") if f.properties["ifc_class"] == "IfcSlab"}
    store.close()
    slabs = [r for r in rows["elements"] if r["ifc_class"] == "IfcSlab"]
    assert len(read) == len(slabs) > 0
    for row in slabs:
        assert read[row["global_id"]].properties["box"] == pytest.approx(row["box"], abs=1e-3)


def test_geopackage_opens_in_gdal_on_the_grid(shell: Shell, rows: Any, tmp_path: Path) -> None:
    path = exported(shell, tmp_path, "gpkg")
    layers = dict(pyogrio.list_layers(path))
    assert {"elements", "spaces", "storeys", "buildings", "types"} <= set(layers)
    info = pyogrio.read_info(path, layer="elements")
    assert info["crs"] == "EPSG:2326"
    assert info["features"] == len(rows["elements"])
    meta, _, wkb, columns = pyogrio.raw.read(path, layer="elements")
    table = dict(zip(meta["fields"], columns, strict=True))
    by_id = {r["global_id"]: r for r in rows["elements"]}
    seen = 0
    for global_id, geometry, level, psets in zip(table["global_id"], wkb, table["base_level"], table["psets"], strict=True):
        row = by_id[global_id]
        assert json.loads(psets or "{}") == row["psets"]
        if geometry is not None:
            west, south, east, north = shapely.from_wkb(geometry).bounds
            low_e, low_n, low_h, high_e, high_n, _ = row["box"]
            assert level == pytest.approx(low_h, abs=1e-3)
            assert (west, south, east, north) == pytest.approx((low_e, low_n, high_e, high_n), abs=0.05)
            seen += 1
    assert seen > 10


def test_csv_has_all_fields_in_utf8(shell: Shell, rows: Any, tmp_path: Path) -> None:
    with exported(shell, tmp_path, "csv").open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    assert len(read) == len(rows["elements"]) + len(rows["spaces"])
    fields = {name for r in (*rows["elements"], *rows["spaces"]) for name in r} - {"geometry"}
    assert fields <= set(read[0])
    by_id = {r["global_id"]: r for r in read}
    for row in rows["elements"]:
        assert by_id[row["global_id"]]["name"] == (row["name"] or "")
        assert json.loads(by_id[row["global_id"]]["measures"] or "{}") == row["measures"]


def read_by_cjio(path: Path) -> str:
    """Version and EPSG code as cjio reads them; in a process of its own, because its import changes how this one's json writes numbers."""
    program = ("import sys; from cjio import cityjson; "
               "model = cityjson.reader(open(sys.argv[1], encoding='utf-8'), ignore_duplicate_keys=False); "
               "print(model.get_version(), model.get_epsg())")
    return subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True, timeout=60).stdout.strip()


def test_cityjson_is_read_by_cjio_and_keeps_its_rules(shell: Shell, rows: Any, tmp_path: Path) -> None:
    path = exported(shell, tmp_path, "cityjson")
    assert read_by_cjio(path) == "2.0 2326"
    document = json.loads(path.read_bytes())
    assert document["metadata"]["verticalReferenceSystem"].endswith("/EPSG/0/5738")
    objects = document["CityObjects"]
    for name, one in objects.items():
        assert all(name in objects[parent]["children"] for parent in one.get("parents", ()))
        assert all(objects[child]["parents"] == [name] for child in one.get("children", ()))
        assert one["type"] in ("Building", "Bridge", "OtherConstruction") or "parents" in one
        assert one["type"].startswith(("Building", "Bridge", "OtherConstruction"))
    shown = {one["attributes"]["global_id"] for one in objects.values() if "geometry" in one}
    assert shown == {r["global_id"] for r in (*rows["elements"], *rows["spaces"]) if r["has_shape"]}
    corners = np.array(document["vertices"])
    assert corners.dtype.kind == "i"
    assert len(np.unique(corners, axis=0)) == len(corners)
    placed = corners * document["transform"]["scale"] + document["transform"]["translate"]
    boxes = {r["global_id"]: r["box"] for r in (*rows["elements"], *rows["spaces"])}
    for one in objects.values():
        for geometry in one.get("geometry", ()):
            used = placed[np.unique(np.array(geometry["boundaries"]))]
            box = [*used.min(axis=0), *used.max(axis=0)]
            assert box == pytest.approx(boxes[one["attributes"]["global_id"]], abs=0.015)


def test_glb_says_where_its_origin_is(shell: Shell, rows: Any, tmp_path: Path) -> None:
    storey = storey_id(rows)
    data = exported(shell, tmp_path, "glb", "--storey", storey, "--filter", "has_shape = true").read_bytes()
    length = struct.unpack_from("<I", data, 12)[0]
    extras = json.loads(data[20:20 + length])["scenes"][0]["extras"]
    assert (extras["crs"], extras["vertical_crs"]) == ("EPSG:2326", "EPSG:5738")
    decoded = read_glb(data)
    wanted = [r for r in (*rows["elements"], *rows["spaces"]) if r["storey"] == storey and r["has_shape"]]
    drawn = {decoded.table[row]["global_id"] for part in decoded.drawn for row in np.unique(part.feature_of)}
    assert drawn == {r["global_id"] for r in wanted}
    points = np.vstack([part.positions for part in decoded.drawn]) + extras["origin"]
    boxes = np.array([r["box"] for r in wanted])
    assert points.min(axis=0) == pytest.approx(boxes[:, :3].min(axis=0), abs=0.015)
    assert points.max(axis=0) == pytest.approx(boxes[:, 3:].max(axis=0), abs=0.015)


@pytest.mark.parametrize("options, code", [
    (("--format", "dwg"), "dwg"), (("--format", "csv", "--storey", "none"), "is chosen"), (("--format", "csv", "--filter", "nonsense ="), ""),
    (("--format", "csv", "--filter", "no_such_field = 1"), "no_such_field"),
])
def test_what_cannot_be_exported_is_refused_and_leaves_nothing(shell: Shell, tmp_path: Path, options: tuple[str, ...], code: str) -> None:
    done = shell.run("models", "export", MODEL, "--out", tmp_path / "out.x", *options)
    assert done.returncode != 0
    assert code in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_filter_chooses_by_property(shell: Shell, rows: Any, tmp_path: Path) -> None:
    path = exported(shell, tmp_path, "csv", "--class", "IfcDoor", "--class", "IfcWall", "--filter", "base_level > 0")
    with path.open(encoding="utf-8", newline="") as file:
        found = {r["global_id"] for r in csv.DictReader(file)}
    assert found == {r["global_id"] for r in rows["elements"] if r["ifc_class"] in ("IfcDoor", "IfcWall") and (r["base_level"] or 0) > 0}
    assert found


def test_triangles_below_a_millimetre_leave_no_vertex_behind() -> None:
    vertices = Vertices()
    points = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [5, 5, 5], [5.0001, 5, 5], [5, 5.0001, 5]])
    (triangle,) = vertices.surface([(points, np.array([[0, 1, 2], [3, 4, 5]]))])
    assert vertices.array[triangle[0]] == pytest.approx(points[:3])
    assert len(vertices) == 3


def test_a_glb_of_nothing_is_refused_with_the_reason() -> None:
    with pytest.raises(ValueInvalid, match="has a shape"):
        glb(Bodies(Shapes(), (0.0, 0.0, 0.0), "", ""), [])
