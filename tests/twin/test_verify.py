"""Faults that are put into sound tilesets are found, each under its code; nothing is found where nothing is wrong."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from csdi.errors import FileBroken, PathMissing
from tests.twin.models import terminal
from tests.twin.test_tiler import build
from twin.gltf_reader import read_glb
from twin.tileset import SiteModel, encoded, site_tileset
from twin.verify import Folder, inspect_tileset, named
from twin.verify.inspecting import content_faults
from twin.verify.walking import Walk

Json = dict[str, Any]
Files = dict[str, bytes]


@pytest.fixture(scope="module")
def sound() -> tuple[str, Files]:
    """The root and files of a terminal's tileset."""
    built, files = build(*terminal())
    return built.root, files


def codes(files: Files, root: str) -> set[str]:
    return {finding.code for finding in inspect_tileset(files.__getitem__, root).findings}


def glb_parts(data: bytes) -> tuple[Json, bytes]:
    length = struct.unpack_from("<I", data, 12)[0]
    return json.loads(data[20:20 + length]), data[20 + length + 8:]


def glb_of(document: Json, binary: bytes) -> bytes:
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(binary), b"BIN\0") + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def contents(tile: Json) -> Iterator[Json]:
    """Tiles with content that nothing stands in for."""
    if "content" in tile and tile.get("refine") != "REPLACE":
        yield tile
    for child in tile.get("children", []):
        yield from contents(child)


def mutated(sound: tuple[str, Files], change: Callable[[Json], None]) -> set[str]:
    """The codes found when the root document is changed."""
    root, files = sound
    document = json.loads(files[root])
    change(document)
    return codes({**files, "changed.json": json.dumps(document).encode()}, "changed.json")


def grown_error(document: Json) -> None:
    next(contents(document["root"]))["geometricError"] = 1e6


def content_out_of_its_tile(document: Json) -> None:
    tile = next(contents(document["root"]))
    tile["boundingVolume"]["box"][3:] = [0.01, 0, 0, 0, 0.01, 0, 0, 0, 0.01]
    tile.get("content", {}).pop("boundingVolume", None)
    tile.pop("children", None)


def content_out_of_a_tile_above(document: Json) -> None:
    document["root"]["boundingVolume"]["box"][3:] = [0.01, 0, 0, 0, 0.01, 0, 0, 0, 0.01]


def file_gone(document: Json) -> None:
    next(contents(document["root"]))["content"]["uri"] = "gone.glb"


def group_gone(document: Json) -> None:
    next(contents(document["root"]))["content"]["group"] = 999


def group_of_no_class(document: Json) -> None:
    document["groups"][0]["class"] = "floor"


def group_without_its_property(document: Json) -> None:
    document["groups"][0]["properties"] = {"level": 3}


def box_that_is_not_finite(document: Json) -> None:
    next(contents(document["root"]))["boundingVolume"]["box"][0] = float("nan")


def no_volume(document: Json) -> None:
    del next(contents(document["root"]))["boundingVolume"]


def flat_transform(document: Json) -> None:
    document["root"]["transform"] = [0.0] * 15 + [1.0]


def negative_error(document: Json) -> None:
    next(contents(document["root"]))["geometricError"] = -1


def itself_inside(document: Json) -> None:
    document["root"]["children"].append({"boundingVolume": document["root"]["boundingVolume"], "geometricError": 0,
                                         "content": {"uri": "changed.json"}})


def test_nothing_is_found_in_a_sound_tileset(sound: tuple[str, Files]) -> None:
    found = inspect_tileset(sound[1].__getitem__, sound[0], packed=True)
    assert found.findings == []
    said = found.to_dict()
    assert 0 < said["gzip_bytes"] < said["bytes"] == sum(row["bytes"] for row in said["levels"])
    assert said["copies"] > 0
    assert said["extensions"]["EXT_structural_metadata"] == said["tiles"] == len(list(contents(json.loads(sound[1][sound[0]])["root"])))


@pytest.mark.parametrize(("change", "expected"), [
    (grown_error, {"TIL-101"}), (content_out_of_its_tile, {"TIL-105"}), (content_out_of_a_tile_above, {"TIL-102"}),
    (file_gone, {"TIL-108"}), (group_gone, {"TIL-110"}), (group_of_no_class, {"TIL-110"}), (group_without_its_property, {"TIL-110"}),
    (box_that_is_not_finite, {"TIL-112"}), (no_volume, {"TIL-112"}), (flat_transform, {"TIL-112"}), (negative_error, {"TIL-112"}),
    (itself_inside, {"TIL-112"})])
def test_a_fault_of_the_document_is_found(sound: tuple[str, Files], change: Callable[[Json], None], expected: set[str]) -> None:
    assert mutated(sound, change) == expected


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"asset": {"version": "1.0"}, "geometricError": 1, "root": {}}',
                                  b'{"asset": {"version": "1.1"}, "geometricError": NaN, "root": {}}', b"[" * 100_000])
def test_what_is_no_tileset_is_refused(data: bytes) -> None:
    with pytest.raises(FileBroken):
        inspect_tileset({"a.json": data}.__getitem__, "a.json")


def changed_content(sound: tuple[str, Files], change: Callable[[Json, bytearray], bytes | None], *, copied: bool = False) -> set[str]:
    """The codes found when one content file is changed."""
    root, files = sound
    for tile in contents(json.loads(files[root])["root"]):
        name = tile["content"]["uri"]
        document, binary = glb_parts(files[name])
        if not copied or "EXT_mesh_gpu_instancing" in document.get("extensionsUsed", []):
            data = bytearray(binary)
            made = change(document, data)
            return codes({**files, name: made if made is not None else glb_of(document, bytes(data))}, root)
    raise AssertionError("there is no such content")


def table(document: Json) -> Json:
    found: Json = document["extensions"]["EXT_structural_metadata"]["propertyTables"][0]
    return found


def fewer_rows(document: Json, _: bytearray) -> None:
    table(document)["count"] -= 1


def another_feature_count(document: Json, _: bytearray) -> None:
    primitives = (primitive for mesh in document["meshes"] for primitive in mesh["primitives"])
    features = next(found for primitive in primitives if (found := primitive["extensions"].get("EXT_mesh_features")))
    features["featureIds"][0]["featureCount"] += 7


def the_same_id_twice(document: Json, data: bytearray) -> None:
    column = table(document)["properties"]["id"]
    view, offsets = (document["bufferViews"][column[name]] for name in ("values", "stringOffsets"))
    kind = np.dtype({"UINT16": np.uint16, "UINT32": np.uint32}[column["stringOffsetType"]])
    ends = np.frombuffer(data, kind, table(document)["count"] + 1, offsets["byteOffset"]).astype(int)
    start, end = view["byteOffset"] + ends[0], view["byteOffset"] + ends[1]
    after = view["byteOffset"] + ends[1]
    assert ends[2] - ends[1] == ends[1] - ends[0]
    data[after:after + end - start] = data[start:end]


def damaged_draco(document: Json, data: bytearray) -> None:
    view = document["bufferViews"][document["meshes"][0]["primitives"][0]["extensions"]["KHR_draco_mesh_compression"]["bufferView"]]
    data[view["byteOffset"]:view["byteOffset"] + 8] = b"NOTDRACO"


def accessor_behind_its_view(document: Json, _: bytearray) -> None:
    node = next(node for node in document["nodes"] if "EXT_mesh_gpu_instancing" in node.get("extensions", {}))
    document["accessors"][node["extensions"]["EXT_mesh_gpu_instancing"]["attributes"]["TRANSLATION"]]["count"] += 100_000


def a_copy_of_a_feature_that_is_not_there(document: Json, data: bytearray) -> None:
    node = next(node for node in document["nodes"] if "EXT_mesh_gpu_instancing" in node.get("extensions", {}))
    number = node["extensions"]["EXT_mesh_gpu_instancing"]["attributes"]["_FEATURE_ID_0"]
    kind = {5123: np.uint16, 5125: np.uint32, 5121: np.uint8, 5126: np.float32}[document["accessors"][number]["componentType"]]
    view = document["bufferViews"][document["accessors"][number]["bufferView"]]
    data[view["byteOffset"]:view["byteOffset"] + np.dtype(kind).itemsize] = np.array([60_000 if kind != np.uint8 else 255], kind).tobytes()


def a_copy_nowhere(document: Json, data: bytearray) -> None:
    node = next(node for node in document["nodes"] if "EXT_mesh_gpu_instancing" in node.get("extensions", {}))
    number = node["extensions"]["EXT_mesh_gpu_instancing"]["attributes"]["TRANSLATION"]
    view = document["bufferViews"][document["accessors"][number]["bufferView"]]
    data[view["byteOffset"]:view["byteOffset"] + 4] = np.array([np.nan], np.float32).tobytes()


def a_copy_far_away(document: Json, data: bytearray) -> None:
    node = next(node for node in document["nodes"] if "EXT_mesh_gpu_instancing" in node.get("extensions", {}))
    number = node["extensions"]["EXT_mesh_gpu_instancing"]["attributes"]["TRANSLATION"]
    view = document["bufferViews"][document["accessors"][number]["bufferView"]]
    data[view["byteOffset"]:view["byteOffset"] + 4] = np.array([5000.0], np.float32).tobytes()


def cut_off(document: Json, data: bytearray) -> bytes:
    return glb_of(document, bytes(data))[:-100]


@pytest.mark.parametrize(("change", "copied", "expected"), [
    (fewer_rows, False, {"TIL-107", "TIL-111"}), (another_feature_count, False, {"TIL-107"}), (the_same_id_twice, False, {"TIL-113"}),
    (damaged_draco, False, {"TIL-103"}), (cut_off, False, {"TIL-103"}), (accessor_behind_its_view, True, {"TIL-103"}),
    (a_copy_of_a_feature_that_is_not_there, True, {"TIL-111"}), (a_copy_nowhere, True, {"TIL-104"}),
    (a_copy_far_away, True, {"TIL-102", "TIL-105"})])
def test_a_fault_of_a_content_is_found(sound: tuple[str, Files], change: Any, copied: bool, expected: set[str]) -> None:
    found = changed_content(sound, change, copied=copied)
    assert expected & found
    assert found <= expected | {"TIL-107"}


def test_unpacked_triangles_and_numbers_are_held_against_their_vertices() -> None:
    """Draco checks itself; plain geometry has what decoders trust."""
    built, files = build(*terminal())
    content = next(iter(Walk(named(files.__getitem__)).tileset(built.root)))
    decoded = read_glb(files[content.uri])
    beyond = replace(decoded.drawn[0], triangles=decoded.drawn[0].triangles + len(decoded.drawn[0].positions))
    nowhere = replace(decoded.drawn[0], normals=np.full_like(decoded.drawn[0].normals, np.nan))
    for part, code in ((beyond, "TIL-106"), (nowhere, "TIL-104")):
        assert code in {one.code for one in content_faults(content, replace(decoded, drawn=[part, *decoded.drawn[1:]]))}


def test_a_site_is_verified_through_the_tilesets_inside_it(sound: tuple[str, Files], tmp_path: Path) -> None:
    built, files = build(*terminal())
    (tmp_path / "tiles3d" / "site").mkdir(parents=True)
    for name, data in files.items():
        (tmp_path / "tiles3d" / name).write_bytes(data)
    site = site_tileset([SiteModel(f"/tiles3d/{built.root}", built.box, built.error_m)])
    (tmp_path / "tiles3d" / "site" / "tileset.json").write_bytes(encoded(site))
    found = inspect_tileset(Folder(tmp_path / "tiles3d" / "site"), "tileset.json")
    assert (found.findings, len(found.tilesets), len(found.features)) == ([], 2, built.features)
    moved = list(built.box)
    moved[0] += 100.0
    elsewhere = site_tileset([SiteModel(f"/tiles3d/{built.root}", moved, built.error_m)])
    (tmp_path / "tiles3d" / "site" / "tileset.json").write_bytes(encoded(elsewhere))
    assert {one.code for one in inspect_tileset(Folder(tmp_path / "tiles3d" / "site"), "tileset.json").findings} == {"TIL-102"}


def test_addresses_do_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text("{}")
    (tmp_path / "inside").mkdir()
    for name in ("../secret.json", "/secret.json", "/tiles3d/../secret.json"):
        with pytest.raises(PathMissing):
            Folder(tmp_path / "inside").read(name)
