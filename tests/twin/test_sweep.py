"""Strange models through everything: loaded, tiled, verified, exported in all formats, read back by other programs without a fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bim.corpus import corpus_folder
from tests.twin.strange_models import STRANGE, write
from tests.twin.sweep import sweep

FEW = ("names-with-strokes-and-quotes", "ids-twice", "nothing-at-all", "only-a-space", "one-triangle-without-area", "feet",
       "two-hundred-kilometres-away", "a-comment-everywhere")


def assert_sound(path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSDI_HOME", str(folder / "home"))
    swept = sweep(path, folder)
    assert swept.faults == []
    assert "add" not in swept.refused


@pytest.mark.parametrize("name", FEW)
def test_a_strange_model_goes_through(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_sound(write(name, tmp_path), tmp_path, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(STRANGE.keys() - set(FEW)))
def test_every_strange_model_goes_through(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_sound(write(name, tmp_path), tmp_path, monkeypatch)


def rule_files() -> list[str]:
    """One file of each folder of the corpus's rules."""
    folder = corpus_folder()
    found = sorted((folder / "ifc-rules").rglob("*.ifc")) if folder else []
    return [str(path) for path in {path.parent: path for path in found}.values()] or ["absent"]


@pytest.mark.slow
@pytest.mark.corpus
@pytest.mark.parametrize("path", rule_files(), ids=lambda path: Path(path).stem)
def test_models_of_every_rule_go_through(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if path == "absent":
        pytest.skip("the corpus is absent (CSDI_CORPUS)")
    assert_sound(Path(path), tmp_path, monkeypatch)
