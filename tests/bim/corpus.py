"""The shared corpus of real files, where it is present."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def corpus_folder() -> Path | None:
    """The folder named by `CSDI_CORPUS`, or the one beside the checkout."""
    folder = Path(os.environ.get("CSDI_CORPUS", ROOT / ".." / "shared" / "data")).resolve()
    return folder if folder.is_dir() else None


def corpus_file(name: str) -> Path:
    """A file of the corpus by its path inside it; the test is skipped where it is absent."""
    folder = corpus_folder()
    path = folder / name if folder else None
    if path is None or not path.exists():
        pytest.skip(f"corpus file {name} is absent (CSDI_CORPUS)")
    return path


def ifc_names(*prefixes: str) -> list[str]:
    """Names of the corpus's IFC files that start with one of the prefixes; one telling name where there is no corpus."""
    folder = corpus_folder()
    if folder is None:
        return ["absent"]
    return sorted(f"ifc/{p.name}" for p in (folder / "ifc").glob("*.ifc") if p.name.startswith(prefixes or ("",)))
