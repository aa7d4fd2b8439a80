"""`csdi twin export` at the shell."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from tests.acceptance.shell import Shell
from tests.ogc_api.site import SMALL


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    made = Shell(tmp_path_factory.mktemp("twin-export") / "home")
    assert made.run("models", "add", SMALL / "carpark.ifc").returncode == 0
    return made


def test_an_indoor_map_is_written_and_counted(shell: Shell, tmp_path: Path) -> None:
    done = shell.run("twin", "export", "carpark", "--format", "imdf", "--out", tmp_path / "c.zip", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    with zipfile.ZipFile(tmp_path / "c.zip") as file:
        units = json.loads(file.read("unit.geojson"))["features"]
    assert told["counts"]["unit"] == len(units)
    assert sum(one["properties"]["category"] == "parking" for one in units) == 30


def test_a_part_by_storey_is_written_as_gltf(shell: Shell, tmp_path: Path) -> None:
    done = shell.run("twin", "export", "carpark", "--format", "gltf", "--storey", "P1", "--frame", "enu", "--out", tmp_path / "p.glb")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "p.glb").read_bytes()[:4] == b"glTF"


@pytest.mark.parametrize(("options", "said"), [
    (("--format", "dwg"), "dwg"), (("--format", "czml"), "layer"), (("--format", "imdf", "--storey", "P1"), "whole models"),
    (("--format", "gltf", "--box", "x"), "box"),
])
def test_what_cannot_be_written_leaves_nothing(shell: Shell, tmp_path: Path, options: tuple[str, ...], said: str) -> None:
    done = shell.run("twin", "export", "carpark", "--out", tmp_path / "out.x", *options)
    assert done.returncode != 0
    assert said in done.stderr
    assert list(tmp_path.iterdir()) == []
