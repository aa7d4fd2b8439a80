"""A server of plain pages: a host of its own, with the packages that the pages are made of and nothing of ours."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

from tests.loopback import serving
from tests.twin.glb_validation import node_js

_ROOT = Path(__file__).parents[2]
_MODULES = _ROOT / "web" / "node_modules"
_CESIUM = _MODULES / "@cesium" / "engine"
_ASIDE = {"/cesium/Workers/": _CESIUM / "Build" / "Workers", "/cesium/ThirdParty/": _CESIUM / "Source" / "ThirdParty",
          "/cesium/Assets/": _CESIUM / "Source" / "Assets", "/draco/": _MODULES / "three" / "examples" / "jsm" / "libs" / "draco" / "gltf"}
_PAGE = """<!doctype html><meta charset="utf-8"><title>plain</title>
<style>body {{ margin: 0 }} #scene, #scene .cesium-widget, #scene canvas {{ width: 800px; height: 600px }}</style>
<div id="scene"></div><script>window.CESIUM_BASE_URL = "/cesium/"</script><script type="module" src="/{name}.js"></script>"""


class _Pages(SimpleHTTPRequestHandler):
    def translate_path(self, path: str) -> str:
        prefix = next((prefix for prefix in _ASIDE if path.startswith(prefix)), "")
        folder = _ASIDE.get(prefix, Path(self.directory))
        return str(folder / path[len(prefix):].partition("?")[0].lstrip("/"))

    def log_message(self, format: str, *args: object) -> None:
        """Silence."""


@contextmanager
def plain_pages(folder: Path) -> Iterator[str]:
    """The address of a server with `cesium.html`, `three.html` and `czml.html`, made in a folder."""
    node = node_js()
    assert node is not None
    subprocess.run([node, str(Path(__file__).parent / "plain" / "bundle.mjs"), str(folder)], check=True, timeout=120)
    for name in ("cesium", "three", "czml"):
        (folder / f"{name}.html").write_text(_PAGE.format(name=name))
    with serving(partial(_Pages, directory=str(folder))) as url:
        yield url
