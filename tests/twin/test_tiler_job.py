from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import orjson
import pytest

import sample_models
from csdi.bootstrap import open_services
from csdi.jobs import StepContext
from csdi.settings import read_settings
from twin import tasks, tiling
from twin.verify import inspect_tileset

SAMPLE = Path(sample_models.__file__).parent / "small" / "terminal-mep.ifc"


def add(path: Path, job: str) -> Any:
    """What the job of `csdi models add` does, in this process: the tiles of elements, and those of spaces."""
    with open_services(read_settings()) as services:
        args = {"model": "mep", "file": path.name, "blob": services.blobs.put_file(path), "title": {}}
    taken = tasks.take_in(args, StepContext(job=job, previous=None))
    made = tasks.make_tiles(args, StepContext(job=job, previous=taken))
    tasks.publish(args, StepContext(job=job, previous=made))
    return made


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CSDI_HOME", str(tmp_path / "home"))
    return tmp_path


def test_the_second_version_of_a_model_takes_its_tiles_over(home: Path) -> None:
    first = add(SAMPLE, "one")["tiles"]
    assert first["reused"] == 0
    text, count = re.subn(r"(IFCPIPESEGMENT\('[^']+',[^,]*,)'[^']*'", r"\1'renamed'", SAMPLE.read_text(), count=1)
    assert count == 1
    (home / "second.ifc").write_text(text)
    second = add(home / "second.ifc", "two")["tiles"]
    assert (second["built"], second["renamed"], second["reused"]) == (1, 1, first["tiles"] - 1)
    third = add(home / "second.ifc", "three")["tiles"]
    assert (third["built"], third["root"]) == (0, second["root"])
    with open_services(read_settings()) as services:
        found = inspect_tileset(lambda name: services.blobs.get(f"tiles3d/{name.removeprefix('tiles3d/')}"), third["root"])
    assert found.findings == []
    assert len(found.features) == third["features"]


@pytest.mark.parametrize("damage", [b"", b"{", orjson.dumps({"elements": {"format": 0}})])
def test_a_shelf_that_cannot_be_read_costs_a_whole_build_and_no_more(damage: bytes) -> None:
    first = add(SAMPLE, "one")["tiles"]
    with open_services(read_settings()) as services:
        services.blobs.put_named(f"intake/one/{tiling.SHELVES}", damage, replace=True)
    second = add(SAMPLE, "two")["tiles"]
    assert (second["reused"], second["root"]) == (0, first["root"])


def test_a_model_with_a_texture_whose_picture_is_missing_is_built_and_that_is_said(home: Path) -> None:
    text = SAMPLE.read_text()
    end = text.rindex("ENDSEC;")
    (home / "textured.ifc").write_text(f"{text[:end]}#999999=IFCIMAGETEXTURE(.T.,.T.,$,$,$,'nowhere/brick.png');\n{text[end:]}")
    plain, textured = add(SAMPLE, "one"), add(home / "textured.ifc", "two")
    assert "TIL-006" not in {finding["code"] for finding in plain["findings"]}
    (said,) = (finding for finding in textured["findings"] if finding["code"] == "TIL-006")
    assert (said["severity"], said["measured"]) == ("note", "1")
    assert textured["tiles"]["features"] == plain["tiles"]["features"]
