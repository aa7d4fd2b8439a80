"""Where the shared test data are: `CSDI_CORPUS`, or `../shared/data` beside the checkout."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(os.environ.get("CSDI_CORPUS", Path(__file__).parents[2] / "shared" / "data"))


def corpus(*parts: str) -> Path:
    """A path in the shared data; skips the test, saying why, when they are not there."""
    path = ROOT.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"shared test data are not at {ROOT} (set CSDI_CORPUS)")
    return path
