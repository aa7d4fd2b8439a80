"""The Khronos glTF validator, run by Node.js on GLB files."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

_RUNNER = Path(__file__).parent / "gltf_validator.mjs"
_PACKAGE = Path(__file__).parents[2] / "web" / "node_modules" / "gltf-validator"


def validated(files: Mapping[str, bytes], folder: Path) -> list[dict[str, Any]]:
    """What the validator says of each file: `file`, `errors`, `warnings`, `messages`; the test is skipped where it is not installed.

    Args:
        files: name -> bytes; what is no `.glb` is left out.
        folder: where they may be written.
    """
    node = shutil.which("node")
    if node is None or not _PACKAGE.is_dir():
        pytest.skip("gltf-validator needs Node.js and `npm ci` in web/")
    names = sorted(name for name in files if name.endswith(".glb"))
    for name in names:
        (folder / name).write_bytes(files[name])
    done = subprocess.run([node, str(_RUNNER)], input="\n".join(str(folder / name) for name in names), capture_output=True, text=True,
                          timeout=200, check=True)
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(said) == len(names)
    return said
