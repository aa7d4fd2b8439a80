"""The model that the memory benchmark makes is a model: whole, with identities of its own in every copy."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from benchmarks.big_model import replicated
from benchmarks.process_tree import watched
from bim.intake import intake
from bim.scan import scan
from tests.bim.small import Small


def _made(tmp_path: Path, copies: int, *, distinct: bool = False) -> Path:
    path = tmp_path / "big.ifc"
    path.write_bytes(b"".join(replicated(Small().text.encode(), copies, distinct=distinct)))
    return path


def test_copies_are_a_sound_file_with_one_project(tmp_path: Path) -> None:
    found = scan(_made(tmp_path, 3))
    one = scan(Small().write(tmp_path))
    assert [f.code for f in found.findings] == [f.code for f in one.findings]
    assert found.classes["IFCPROJECT"] == 1
    assert found.classes["IFCSLAB"] == 3 * one.classes["IFCSLAB"]


def test_copies_are_the_same_every_time_and_have_global_ids_of_their_own(tmp_path: Path) -> None:
    text = _made(tmp_path, 3).read_bytes()
    assert text == _made(tmp_path, 3).read_bytes()
    ids = re.findall(rb"=IFC\w+\('([0-9A-Za-z_$]{22})',", text)
    assert len(ids) == len(set(ids))


def test_copies_stand_beside_each_other_and_share_meshes(tmp_path: Path) -> None:
    read = intake(_made(tmp_path, 3), model="m", workers=1)
    assert (read.counts["shapes"], read.counts["items"]) == (6, 2)
    places = np.array([p.matrix[:2, 3] for p in read.shapes.placements]).round(1)
    assert len(np.unique(places, axis=0)) == 6


def test_a_process_is_watched_with_its_children(tmp_path: Path) -> None:
    script = "import subprocess, sys; x = bytearray(30_000_000); subprocess.run([sys.executable, '-c', 'x = bytearray(60_000_000); sum(range(4_000_000))'])"
    ended = watched(["python3", "-c", script], limit_s=30.0, memory=True)
    assert ended.status == 0
    assert ended.cpu_s > 0.05
    assert max(sample.total for sample in ended.samples) > 80
    assert max(sample.largest_child for sample in ended.samples) > 55


def test_a_process_that_does_not_end_is_killed_at_the_limit() -> None:
    ended = watched(["python3", "-c", "while True: pass"], limit_s=0.5)
    assert ended.status is None
    assert ended.wall_s < 5.0
