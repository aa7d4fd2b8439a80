"""The peers that `bench_ifc.py` compares with: installed in versions that are pinned, in a cache folder, never in our environment.

The folder is `CSDI_BENCH_CACHE`, or `~/.cache/csdi-bench`. A peer that cannot be installed is named with the reason.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PY3DTILES = "12.1.1"
_SCRIPTS = Path(__file__).parent / "peers"
_INSTALL_LIMIT_S = 250.0

Command = Callable[[Path, Path], list[str]]
"""File and an empty folder for results -> command line."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A peer that is not here, and why."""

    why: str


def cache_folder() -> Path:
    """Where peers are installed."""
    return Path(os.environ.get("CSDI_BENCH_CACHE") or Path.home() / ".cache" / "csdi-bench").expanduser()


def peers() -> dict[str, Command | Missing]:
    """web-ifc, ifc-lite and py3dtiles, installed where they are not yet."""
    node = _node()
    made: dict[str, Command | Missing] = {}
    for name, script in (("web-ifc", "web_ifc.mjs"), ("ifc-lite", "ifc_lite.mjs")):
        made[name] = node if isinstance(node, Missing) else _node_command(node / script)
    made["py3dtiles"] = _py3dtiles()
    return made


def _node_command(script: Path) -> Command:
    return lambda file, _folder: ["node", str(script), str(file)]


def _node() -> Path | Missing:
    """The folder with the scripts beside their packages."""
    folder = cache_folder() / "node"
    if shutil.which("node") is None or shutil.which("npm") is None:
        return Missing("no node or npm")
    folder.mkdir(parents=True, exist_ok=True)
    wanted = (_SCRIPTS / "package.json").read_text()
    there = folder / "package.json"
    if not (folder / "node_modules").is_dir() or not there.exists() or there.read_text() != wanted:
        there.write_text(wanted)
        if why := _failed(["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"], folder):
            there.unlink()
            return Missing(why)
    for script in _SCRIPTS.glob("*.mjs"):
        shutil.copy(script, folder)
    return folder


def _py3dtiles() -> Command | Missing:
    folder = cache_folder() / f"py3dtiles-{PY3DTILES}"
    program = folder / "bin" / "py3dtiles"
    done = folder / "installed"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        for command in ([sys.executable, "-m", "venv", str(folder)],
                        [str(folder / "bin" / "pip"), "install", "--quiet", f"py3dtiles[ifc]=={PY3DTILES}", "numpy<2.4"]):
            if why := _failed(command, None):
                return Missing(why)
        done.touch()
    return lambda file, out: [str(program), "convert", str(file), "--out", str(out / "tiles"), "--disable-processpool"]


def _failed(command: list[str], folder: Path | None) -> str:
    """Why a command failed; "" when it did not."""
    try:
        ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_INSTALL_LIMIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)[:160]
    if ended.returncode == 0:
        return ""
    said = [line for line in (ended.stderr or ended.stdout).splitlines() if line.strip()]
    return (said[-1] if said else f"status {ended.returncode}")[:160]
