"""The sweep of every model through the assets, on two small files: what it would find wrong, it says."""

from __future__ import annotations

import os

import pytest

from benchmarks import assets_checks
from benchmarks.assets_checks import Checked
from benchmarks.assets_corpus import Asked, outcome
from tests.corpus import corpus


@pytest.fixture(autouse=True)
def own_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSDI_HOME", os.environ.get("CSDI_HOME", ""))  # what the sweep sets is set back


@pytest.mark.parametrize("file, assets", [(("ifc-rules", "ASM", "asm000", "na-asm000-no_aggregation.ifc"), 6),
                                          (("ifc-rules", "SPS", "sps005", "pass-sps005-250612_wall_with_window.ifc"), 0)])
def test_all_that_must_hold_of_a_model_holds(file: tuple[str, ...], assets: int) -> None:
    found = outcome(Asked(corpus(*file)))
    assert (found.result, found.faults) == ("loaded", [])
    assert found.figures["assets"] == assets


def test_what_goes_wrong_is_told_and_the_other_checks_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(checked: Checked) -> None:
        raise RuntimeError("this must be told")

    monkeypatch.setitem(assets_checks.CHECKS, "found", fails)
    found = outcome(Asked(corpus("ifc-rules", "ASM", "asm000", "na-asm000-no_aggregation.ifc")))
    assert [fault.splitlines()[-1] for fault in found.faults] == ["RuntimeError: this must be told"]
    assert "cobie" in found.figures
