"""Exported files read by programs that are not ours: what each has against a file, as text; nothing where it is sound."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import shlex
import struct
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import ifcopenshell
import mapbox_vector_tile  # type: ignore[import-untyped]
import numpy as np
import pyogrio
import shapely
import trimesh

from csdi.bootstrap import Services
from csdi.errors import FormatUnknown, NotFound
from csdi.feature import Feature
from csdi.filter import Literal, Op, Property
from csdi.query import Query
from csdi.store.base import scan
from csdi.tiles import SETS
from csdi.tiles.draw import Place, draw_layer
from twin.export import Selection
from twin.export.imdf import check
from twin.tileset import SiteModel, site_tileset
from twin.verify.source import row_findings

Json = dict[str, Any]
Faults = Iterator[str]
_NEAR_M, _STEP_M = 0.02, 0.001
_COPY = re.compile(r"~\d+$")
"""What tells apart products of one GlobalId."""
_CJIO = ("import sys; from cjio import cityjson; m = cityjson.reader(open(sys.argv[1], encoding='utf-8'), ignore_duplicate_keys=False); "
         "print(m.get_version())")


def rows(services: Services, model: str, *collections: str) -> list[Feature]:
    """What the store has of a model in some Collections."""
    return [row for name in collections for row in scan(services.store, name, Query(filter=Op("=", (Property("model"), Literal(model)))))]


def _shaped(services: Services, model: str, least_m: float = 0.0) -> set[str]:
    """Ids of what has a shape that is drawn, and is at least so wide in two directions."""
    findings = services.store.feature("models", model).properties.get("findings") or []
    not_drawn = row_findings(findings)
    return {row.id for row in rows(services, model, "elements", "spaces")
            if row.properties.get("has_shape") and row.id not in not_drawn and _second_side(row) >= least_m}


def _second_side(row: Feature) -> float:
    box = row.properties.get("box")
    return float(np.sort(np.subtract(box[3:], box[:3]))[1]) if box else np.inf


def _ifc(services: Services, model: str, path: Path) -> Faults:
    """The whole file comes back byte for byte."""
    stored = services.store.feature("models", model).properties["sha256"]
    if path.suffix == ".ifc" and hashlib.sha256(path.read_bytes()).hexdigest() != stored and path.read_bytes()[:2] != b"PK":
        yield "the file is not the one that was loaded"


def _geopackage(services: Services, model: str, path: Path) -> Faults:
    for layer, _ in pyogrio.list_layers(path):
        if (count := pyogrio.read_info(path, layer=layer)["features"]) != (there := len(rows(services, model, layer))):
            yield f"layer {layer} has another number of rows: {count}, not {there}"
        _, _, shapes, _ = pyogrio.raw.read(path, layer=layer)
        if shapes is not None:
            yield from _wrong_shapes(shapely.from_wkb(shapes), layer)


def _wrong_shapes(shapes: Any, layer: str) -> Faults:
    there = [one for one in shapes if one is not None]
    if any(not np.isfinite(shapely.get_coordinates(one)).all() for one in there):
        yield f"a coordinate is not finite: {layer}"
    if wrong := [shapely.is_valid_reason(one) for one in there if not one.is_valid]:
        yield f"a geometry is not valid: {layer}: {len(wrong)} of {len(there)}: {wrong[0]}"


def _csv(services: Services, model: str, path: Path) -> Faults:
    csv.field_size_limit(1 << 30)
    with path.open(encoding="utf-8-sig", newline="") as file:
        read = list(csv.DictReader(file))
    wanted = rows(services, model, "elements", "spaces")
    if len(read) != len(wanted):
        yield f"another number of rows: {len(read)}, not {len(wanted)}"
    if any(None in row for row in read):
        yield "a row has more cells than there are columns"
    names = Counter(row.get("name") or "" for row in read)
    if names != Counter(str(row.properties.get("name") or "") for row in wanted):
        yield "names are not those of the rows"


def _geojson(services: Services, model: str, path: Path) -> Faults:
    document = json.loads(path.read_text("utf-8"), parse_constant=_no_constant)
    wanted = rows(services, model, "elements", "spaces")
    if [one["id"] for one in document["features"]] != [row.id for row in wanted]:
        yield "ids are not those of the rows"
    if wanted:
        pyogrio.read_info(path)
    yield from _wrong_shapes([shapely.from_geojson(json.dumps(one["geometry"])) for one in document["features"] if one["geometry"]], "geojson")


def _no_constant(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


def _cityjson(services: Services, model: str, path: Path) -> Faults:
    yield from city_faults(path)
    document = json.loads(path.read_bytes())
    drawn = {id for id, one in document["CityObjects"].items() if one.get("geometry")}
    if missing := _shaped(services, model, 2 * _STEP_M) - drawn:
        yield f"elements with a shape are missing: {len(missing)} such as {sorted(missing)[:2]}"
    yield from _box_faults(services, model, document)


def _box_faults(services: Services, model: str, document: Json) -> Faults:
    boxes = {row.id: row.properties.get("box") for row in rows(services, model, "elements", "spaces")}
    crs = services.store.feature("models", model).properties.get("crs")
    if crs != "EPSG:2326":
        return
    places = np.array(document["vertices"], dtype=np.float64).reshape(-1, 3) * document["transform"]["scale"] + document["transform"]["translate"]
    worst, whose = 0.0, ""
    for id, one in document["CityObjects"].items():
        used = sorted({number for shape in one.get("geometry", ()) for number in _numbers(shape["boundaries"])})
        if used and boxes.get(id):
            apart = float(np.abs(np.concatenate([places[used].min(axis=0), places[used].max(axis=0)]) - boxes[id]).max())
            worst, whose = max((worst, whose), (apart, id))
    if worst > _NEAR_M:
        yield f"a body is elsewhere than its row: {worst:.3f} m: {whose}"


def city_faults(path: Path) -> Faults:
    """A CityJSON document, as cjio, the rules of parents and children, and cjval where `CSDI_CJVAL` names it, see it."""
    document = json.loads(path.read_text("utf-8"), parse_constant=_no_constant)
    command = os.environ.get("CSDI_CJVAL")
    if command is None:
        yield from _cjio_faults(path)
    yield from _object_faults(document["CityObjects"], len(document["vertices"]))
    extent = document["metadata"].get("geographicalExtent")
    if document["vertices"] and not (extent and np.isfinite(extent).all()):
        yield f"no extent: {extent}"
    if command:
        yield from _cjval_faults(command, path)


def _cjval_faults(command: str, path: Path, *, lines: bool = False) -> Faults:
    """Errors and warnings of cjval on a document, or on a sequence: one report for each line."""
    named = path if lines else path.with_name(f"{path.name}.city.json")
    if not lines:
        named.write_bytes(path.read_bytes())
    words = [*shlex.split(command), "-r", *([] if lines else [str(named)])]
    found = subprocess.run(words, input=path.read_bytes() if lines else b"", capture_output=True, timeout=300, check=False)
    reports = [json.loads(line) for line in found.stdout.splitlines() if line.strip()] if lines else [json.loads(found.stdout)]
    for report in reports:
        for severity, checks in report["checks"].items():
            yield from (f"cjval {severity} {name}: {one['errors'][:2]} in {report['file']}" for name, one in checks.items() if not one["valid"])


def _cjio_faults(path: Path) -> Faults:
    said = subprocess.run([sys.executable, "-c", _CJIO, str(path)], capture_output=True, text=True, timeout=300, check=False)
    if said.stdout.strip() != "2.0":
        yield f"cjio cannot read it: {said.stderr[-200:]}"


def _object_faults(objects: Mapping[str, Json], vertices: int) -> Faults:
    for id, one in objects.items():
        if any(id not in objects.get(parent, {}).get("children", ()) for parent in one.get("parents", ())):
            yield f"a parent does not know its child: {id}"
        if any(id not in objects.get(child, {}).get("parents", ()) for child in one.get("children", ())):
            yield f"a child does not know its parent: {id}"
        for shape in one.get("geometry", ()):
            numbers = set(_numbers(shape["boundaries"]))
            if not numbers:
                yield f"a geometry is empty: {id}"
            elif not 0 <= min(numbers) <= max(numbers) < vertices:
                yield f"a boundary refers to a vertex that is not there: {id}"


def _numbers(boundaries: Any) -> Iterator[int]:
    for one in boundaries:
        if isinstance(one, int):
            yield one
        else:
            yield from _numbers(one)


def _sequence(services: Services, model: str, path: Path) -> Faults:
    lines = [json.loads(line, parse_constant=_no_constant) for line in path.read_text("utf-8").split("\n") if line]
    if lines[0]["type"] != "CityJSON" or any(line["type"] != "CityJSONFeature" for line in lines[1:]):
        yield "the first line is not the one that all have in common"
    for line in lines[1:]:
        if line["id"] not in line["CityObjects"]:
            yield f"a line has no object of its id: {line['id']}"
        yield from _object_faults(line["CityObjects"], len(line["vertices"]))
    drawn = {id for line in lines[1:] for id, one in line["CityObjects"].items() if one.get("geometry")}
    if missing := _shaped(services, model, 2 * _STEP_M) - drawn:
        yield f"elements with a shape are missing: {len(missing)} such as {sorted(missing)[:2]}"
    if command := os.environ.get("CSDI_CJVAL"):
        yield from _cjval_faults(command, path, lines=True)


def _gltf(services: Services, model: str, path: Path) -> Faults:
    """Every element is a node; positions of the scene, as trimesh sees them, are finite and as large as the rows' boxes."""
    document = _document(path.read_bytes())
    named = {node["extras"]["id"] for node in document["nodes"] if "id" in node.get("extras", {})}
    if missing := _shaped(services, model) - named:
        yield f"elements with a shape are missing: {len(missing)} such as {sorted(missing)[:2]}"
    extras = document["scenes"][0]["extras"]
    scene = trimesh.load_scene(path, file_type="glb", process=False)
    if not np.isfinite(scene.bounds).all():
        yield f"positions are not finite: {scene.bounds}"
    boxes = np.array([row.properties["box"] for row in rows(services, model, "elements", "spaces")
                      if row.properties.get("has_shape") and row.properties.get("box")]).reshape(-1, 6)
    if len(boxes) and extras["crs"] == "EPSG:2326" and extras["frame"] == "grid":
        (x, y, z), (east, up, south) = scene.bounds
        placed = np.array([x, -south, y, east, -z, up]) + np.tile(extras["origin"], 2)
        wanted = np.array([*boxes[:, :3].min(axis=0), *boxes[:, 3:].max(axis=0)])
        if (apart := float(np.abs(placed - wanted).max())) > _NEAR_M:
            yield f"the scene is elsewhere than the rows: {apart:.3f} m"


def _glb(services: Services, model: str, path: Path) -> Faults:
    document = _document(path.read_bytes())
    tables = document["extensions"]["EXT_structural_metadata"]["propertyTables"]
    if tables[0]["count"] != (wanted := len(_shaped(services, model))):
        yield f"the property table has another number of rows: {tables[0]['count']}, not {wanted}"


def _document(data: bytes) -> Json:
    length = struct.unpack_from("<I", data, 12)[0]
    found: Json = json.loads(data[20:20 + length], parse_constant=_no_constant)
    return found


def _imdf(services: Services, model: str, path: Path) -> Faults:
    with zipfile.ZipFile(path) as file:
        parts = {name.removesuffix(".geojson"): json.loads(file.read(name), parse_constant=_no_constant)["features"]
                 for name in file.namelist() if name.endswith(".geojson")}
        manifest = json.loads(file.read("manifest.json"))
    if manifest["version"] != "1.0.0" or len(parts) != 16:
        yield f"members are missing: {sorted(parts)}"
    yield from (f"{one.code} {one.message}" for one in check(parts))
    ids = [one["id"] for part in parts.values() for one in part]
    if len(set(ids)) != len(ids):
        yield "an id comes twice"
    for name, part in parts.items():
        yield from _wrong_shapes([shapely.from_geojson(json.dumps(one["geometry"])) for one in part if one["geometry"]], name)
    rooms = sum(bool(row.properties.get("has_shape")) for row in rows(services, model, "spaces"))
    if len(parts["unit"]) < rooms:
        yield f"rooms are missing: {len(parts['unit'])} units, {rooms} rooms"


READERS: Mapping[str, Callable[[Services, str, Path], Faults]] = {
    "ifc": _ifc, "gpkg": _geopackage, "csv": _csv, "geojson": _geojson, "cityjson": _cityjson, "cityjsonseq": _sequence, "gltf": _gltf,
    "glb": _glb, "imdf": _imdf}


def parts(services: Services, model: str) -> Iterator[tuple[str, Selection]]:
    """The storey with most elements, and the class with most, where there are some."""
    shaped = [row.properties for row in rows(services, model, "elements") if row.properties.get("has_shape")]
    for step, field in (("storey", "storey"), ("class", "ifc_class")):
        counts = Counter(str(p[field]) for p in shaped if p.get(field))
        if counts:
            value = counts.most_common(1)[0][0]
            yield step, Selection(model, storeys=(value,)) if field == "storey" else Selection(model, classes=(value,))


def _opened(path: Path) -> ifcopenshell.file:
    """A part as IfcOpenShell reads it. Raises FormatUnknown where it does not read the whole file either, which lies beside it."""
    try:
        return ifcopenshell.open(path)
    except ifcopenshell.Error as error:
        try:
            ifcopenshell.open(path.with_name("grid.ifc"))
        except ifcopenshell.Error:
            raise FormatUnknown(f"no other program here reads it: {error}") from error
        raise


def part_faults(services: Services, chosen: Selection, format: str, path: Path) -> Faults:
    """A part has what was chosen."""
    wanted = chosen.rows(services.store)
    keys = {row.properties["global_id"] for name in ("elements", "spaces") for row in wanted[name]}
    if format == "ifc":
        read = _opened(path)
        stated = {_COPY.sub("", key) for key in keys if not key.startswith("#")}
        if missing := stated - {one.GlobalId for one in read.by_type("IfcProduct")}:
            yield f"chosen products are missing: {len(missing)}"
        return
    if format == "cityjson":
        yield from city_faults(path)
        return
    shaped = {row.id for name in ("elements", "spaces") for row in wanted[name] if row.properties.get("has_shape")}
    if shaped - {node.get("extras", {}).get("id") for node in _document(path.read_bytes())["nodes"]}:
        yield "chosen elements are missing"


def plan_faults(services: Services, model: str) -> Faults:
    """Storey plans lie where the model lies, and every shape is valid."""
    try:
        found = list(scan(services.store, "storey-plans"))
    except NotFound:
        return
    yield from _wrong_shapes([row.geometry for row in found], "storey-plans")
    outline = services.store.feature("models", model).geometry
    if found and outline is not None:
        around = shapely.box(*outline.bounds).buffer(5e-5)
        if away := [row.id for row in found if not around.contains(row.geometry)]:
            yield f"a plan lies outside of its model: {len(away)} of {len(found)}: {away[0]}"
    known = {row.id for row in rows(services, model, "elements", "spaces")}
    if strange := [row.id for row in found if row.properties["element"] not in known]:
        yield f"a plan draws what is no element: {strange[0]}"


def plan_tile_faults(services: Services) -> Faults:
    """The vector tile around the first thing drawn, as another reader sees it."""
    try:
        collection = services.store.collection("storey-plans")
        first = next(scan(services.store, "storey-plans"))
    except (NotFound, StopIteration):
        return
    grid = next(one for one in SETS if one.id == "WebMercatorQuad")
    west, south, _, _ = first.geometry.bounds  # type: ignore[union-attr]
    if abs(south) > 85:
        return
    row, column = int((1 - np.arcsinh(np.tan(np.radians(south))) / np.pi) / 2 * 2**18), int((west + 180) / 360 * 2**18)
    data, _, _ = draw_layer(services.store, collection, Place.of(grid, 18, row, column))
    layers = mapbox_vector_tile.decode(data)
    if not any(layer["features"] for layer in layers.values()):
        yield "the tile around a plan is empty"


def site_document(services: Services) -> Json:
    """The site's root tileset of all models that stand somewhere."""
    models: Sequence[SiteModel] = [
        SiteModel(str(made["root"]), tuple(made["box"]), float(made["error_m"]))
        for row in scan(services.store, "models") for made in [(row.properties.get("tiles") or {}).get("bodies") or {}] if made.get("root")]
    return site_tileset(models)
