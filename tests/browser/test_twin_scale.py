"""What keeps a large site light: memory that all models share, models that nobody looks at stay away, a script of bounded size."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.acceptance.shell import Server
from tests.browser.conftest import ROOT, Visit, missing

MB = 1024 * 1024
MOST_SCRIPT = 1.5 * MB
MOST_TILES = 700 * MB
UI = ROOT / "src" / "ogc_api" / "ui"

TILESETS = """(() => { const shown = window.__csdi.viewer.scene.primitives, found = [];
  for (let k = 0; k < shown.length; k++) { const one = shown.get(k);
    if (one.statistics) found.push([one.totalMemoryUsageInBytes, one.cacheBytes, one.maximumCacheOverflowBytes]); }
  return found; })()"""


def held(visit: Visit) -> list[list[float]]:
    """Of each tileset: bytes that it holds, that it may keep, and that it may need beyond."""
    visit.page.evaluate("(() => { const { scene } = window.__csdi.viewer; scene.requestRender(); scene.render(); })()")
    found: list[list[float]] = visit.page.evaluate(TILESETS)
    return found


def tilesets_asked(visit: Visit, site: dict[str, Any]) -> set[str]:
    """Ids of the models whose tilesets were asked for."""
    asked = {url.removeprefix(visit.url) for url in visit.requests}
    return {model["id"] for model in site["models"] if model["tileset"] in asked}


@pytest.mark.browser
def test_all_tiles_together_stay_within_one_budget(site: Visit) -> None:
    tilesets = held(site)
    assert len(tilesets) > 1
    used = sum(one[0] for one in tilesets)
    assert 0 < used < MOST_TILES
    assert all(kept + more >= own for own, kept, more in tilesets)
    assert all(kept - own <= MOST_TILES - used for own, kept, _ in tilesets), "more may be kept than is free"


@pytest.mark.browser
def test_models_out_of_view_are_asked_for_when_they_come_into_view(chromium: Browser, demo: Server) -> None:
    site = demo.get("/api/site")
    box = next(model["bbox"] for model in site["models"] if model["bbox"])
    west, south = box[0] - 0.2, box[1] - 0.2
    visit = Visit(chromium, demo.url).open(f"?cam={west:.6f},{south:.6f},900.0,225.0,-60.0")
    try:
        if not visit.page.evaluate("window.__csdi.viewer.camera.positionCartographic.height < 5000"):
            pytest.fail("the address no longer says where the eye is")
        assert tilesets_asked(visit, site) == set()
        middle = [(box[0] + box[-2]) / 2, (box[1] + box[-1]) / 2, site["centre"][2]]
        visit.page.evaluate("([from, at]) => window.__csdi.look(from, at)", [[middle[0], middle[1] - 0.004, middle[2] + 350], middle])
        visit.settle()
        assert tilesets_asked(visit, site)
        assert visit.errors == []
    finally:
        visit.close()


def test_all_scripts_together_are_small() -> None:
    if not (UI / "index.html").exists():
        missing("the web UI is not built", "make ui")
    scripts = [path for folder in ("assets", "maplibre", "pages") for path in sorted((UI / folder).iterdir()) if path.suffix in (".js", ".mjs")]
    assert sum(map(packed, scripts)) <= MOST_SCRIPT, {path.name: packed(path) for path in scripts}


def test_what_is_packed_beside_a_script_is_that_script() -> None:
    if not (UI / "index.html").exists():
        missing("the web UI is not built", "make ui")
    found = [path for path in sorted((UI / "assets").iterdir()) if path.suffix == ".gz"]
    assert found
    for path in found:
        assert gzip.decompress(path.read_bytes()) == path.with_suffix("").read_bytes(), path.name


def packed(path: Path) -> int:
    """Bytes of a script as gzip."""
    beside = path.with_name(path.name + ".gz")
    return beside.stat().st_size if beside.exists() else len(gzip.compress(path.read_bytes(), 9))
