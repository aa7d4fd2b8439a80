"""What the viewer asks for, holds and needs on a site: requests, megabytes, seconds, memory, over a walk from afar to inside.

    python -m benchmarks.bench_viewer --url http://127.0.0.1:8000 [--json OUT] [--pictures FOLDER] [--api-only]

The site is served by somebody else, such as `csdi --home FOLDER serve`. Chromium computes pictures without a graphics card, so seconds
are those of the worst machine; requests and bytes are exact.
Each view starts from the one before, as for a person:

- start: the page is opened with an empty cache; `scene` is when there is one, `first` when a tile of a model is first drawn,
  `whole` when nothing more is awaited, `pick` how long finding out what is in the middle takes;
- far: the whole site from above; building: the richest model fills the view; inside: eye height in its lowest storey.

`heap` is the JavaScript heap after collection, `tiles MB` what tilesets hold on the graphics card, `pss` all processes of the browser
(proportional set size); `commands` are draw calls of a frame.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import statistics
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import CDPSession, Page, sync_playwright

from benchmarks.process_tree import descendants_mb

ARGUMENTS = ["--no-sandbox", "--enable-unsafe-swiftshader", "--enable-precise-memory-info"]
SIZE = {"width": 1440, "height": 900}
PATIENCE_MS = 280_000
ASKED = ("/api/site", "/api/twin/tree", "/api/twin/tree?node=class", "/api/twin/tree?node=system", "/api/twin/tree?q=door",
         "/api/search?q=pump", "/tiles3d/site/tileset.json")
REPEATS = 5
EYE_M = 1.7
_MB = 1024 * 1024
_FIRST = """new Promise((done) => { const look = () => {
  const shown = window.__csdi?.viewer.scene.primitives;
  for (let k = 0; shown && k < shown.length; k++) if (shown.get(k)._selectedTiles?.length) return done(performance.now());
  requestAnimationFrame(look); }; look(); })"""
_SCENE = "new Promise((done) => { const look = () => window.__csdi ? done(performance.now()) : setTimeout(look, 20); look(); })"
_HELD = """(() => { const { scene } = window.__csdi.viewer, sums = { tilesets: 0, tiles: 0, triangles: 0, bytes: 0 };
  for (let k = 0; k < scene.primitives.length; k++) { const one = scene.primitives.get(k); if (!one.statistics) continue;
    sums.tilesets++; sums.tiles += one._selectedTiles.length; sums.triangles += one.statistics.numberOfTrianglesSelected;
    sums.bytes += one.totalMemoryUsageInBytes; }
  scene.requestRender(); scene.render(); sums.commands = scene.frameState.commandList.length; return sums; })()"""
_PICK = """(() => { const c = window.__csdi.viewer.canvas, begun = performance.now();
  const found = window.__csdi.pick(c.clientWidth / 2, c.clientHeight / 2); return [performance.now() - begun, found.id]; })()"""

Json = dict[str, Any]
Place = tuple[float, float, float]


@dataclass
class Traffic:
    """What a page asked for, since the last look."""

    kinds: Counter[str] = field(default_factory=Counter)
    bytes: Counter[str] = field(default_factory=Counter)
    _kind_of: dict[str, str] = field(default_factory=dict)

    def listen(self, session: CDPSession) -> None:
        """Hear of everything that goes over the network."""
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", self._asked)
        session.on("Network.loadingFinished", self._came)

    def _asked(self, event: Json) -> None:
        kind = kind_of(event["request"]["url"])
        if kind:
            self._kind_of[event["requestId"]] = kind
            self.kinds[kind] += 1

    def _came(self, event: Json) -> None:
        if event["requestId"] in self._kind_of:
            self.bytes[self._kind_of[event["requestId"]]] += int(event["encodedDataLength"])

    def taken(self) -> Json:
        """Requests and MB, in all and by kind, and none from now on."""
        told = {"requests": self.kinds.total(), "mb": self.bytes.total() / _MB,
                "kinds": {kind: [count, round(self.bytes[kind] / _MB, 3)] for kind, count in sorted(self.kinds.items())}}
        self.kinds.clear()
        self.bytes.clear()
        return told


def kind_of(url: str) -> str:
    """What an address stands for; "" for what is no request."""
    path = urlsplit(url)
    if path.scheme not in ("http", "https"):
        return ""
    parts = path.path.strip("/").split("/")
    known = {"tiles3d": "tilesets" if path.path.endswith(".json") else "tiles", "terrain": "terrain", "api": "api", "cesium": "engine",
             "ogc": "imagery" if "map" in parts else "layers"}
    return known.get(parts[0], "page")


@dataclass
class View:
    """One view, as it was found."""

    name: str
    seconds: float
    figures: Json


class Walk:
    """A browser on the site."""

    def __init__(self, page: Page, url: str, pictures: Path | None) -> None:
        self._page, self._url, self._pictures = page, url, pictures
        self._session = page.context.new_cdp_session(page)
        self._traffic = Traffic()
        self._traffic.listen(self._session)
        self.views: list[View] = []

    def start(self) -> None:
        """Open the page."""
        begun = time.perf_counter()
        self._page.goto(self._url, wait_until="commit")
        scene = self._page.evaluate(_SCENE)
        first = self._page.evaluate(_FIRST)
        self._page.evaluate("window.__csdi.ready.then(() => true)")
        self._note("start", begun, {"scene_s": scene / 1000, "first_s": first / 1000})

    def look(self, name: str, eye: Place, at: Place) -> None:
        """Look from one place at another; longitude, latitude, metres above the ellipsoid."""
        begun = time.perf_counter()
        self._page.evaluate("([from, at]) => window.__csdi.look(from, at)", [eye, at])
        self._page.evaluate("window.__csdi.settled().then(() => true)")
        self._note(name, begun, {})

    def _note(self, name: str, begun: float, more: Json) -> None:
        seconds = time.perf_counter() - begun
        picked_ms, picked = self._page.evaluate(_PICK)
        figures = {**more, "pick_s": picked_ms / 1000, "picked": picked,
                   **self._traffic.taken(), **self._page.evaluate(_HELD), **self._memory()}
        self.views.append(View(name, seconds, figures))
        if self._pictures:
            self._pictures.mkdir(parents=True, exist_ok=True)
            self._page.screenshot(path=self._pictures / f"{name}.png")
        print(row(self.views[-1]), flush=True)

    def _memory(self) -> Json:
        self._session.send("HeapProfiler.collectGarbage")
        self._session.send("Performance.enable")
        told = {one["name"]: one["value"] for one in self._session.send("Performance.getMetrics")["metrics"]}
        return {"heap_mb": told["JSHeapUsedSize"] / _MB, "pss_mb": descendants_mb(os.getpid())}


def row(view: View) -> str:
    """A line of the table."""
    f = view.figures
    return (f"{view.name:9}{view.seconds:8.1f}{f['requests']:9}{f['mb']:8.2f}{f['tilesets']:9}{f['tiles']:7}{f['triangles']:11}"
            f"{f['commands']:9}{f['bytes'] / _MB:9.0f}{f['heap_mb']:8.0f}{f['pss_mb']:8.0f}{f['pick_s']:8.2f}")


def places(url: str) -> dict[str, tuple[Place, Place]]:
    """Eye and what it looks at, by the name of the view."""
    site = fetched(url + "/api/site")
    placed = [one for one in site["models"] if one["bbox"] and one["placement"] == "georeferenced"]
    main = max(placed, key=lambda one: one["count"] * (one["id"].endswith("arch") + 0.5))
    boxes = [one["bbox"] for one in placed]
    whole = [min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[-2] for b in boxes), max(b[-1] for b in boxes)]
    properties = fetched(f"{url}/ogc/collections/models/items/{main['id']}?f=json")["properties"]
    datum = float(site["centre"][2])
    floor = datum + float(properties.get("base_level") or 0)
    return {"far": seen(whole, datum, 0.9), "building": seen(main["bbox"], datum, 0.45),
            "inside": inside(main["bbox"], floor + EYE_M)}


def seen(box: list[float], ground: float, share: float) -> tuple[Place, Place]:
    """From the south, above: as far away as `share` of the box's larger side."""
    lon, lat = (box[0] + box[-2]) / 2, (box[1] + box[-1]) / 2
    side = max(box[-2] - box[0], box[-1] - box[1]) * 111_320 * share
    return (lon, lat - side / 111_320, ground + side * 0.7), (lon, lat, ground)


def inside(box: list[float], eye: float) -> tuple[Place, Place]:
    """In the middle of the box, looking east."""
    lon, lat = (box[0] + box[-2]) / 2, (box[1] + box[-1]) / 2
    return (lon, lat, eye), (lon + 0.001, lat, eye)


def fetched(url: str) -> Any:
    """The JSON at an address."""
    return json.loads(_body(url))


def _body(url: str) -> bytes:
    asked = urllib.request.Request(url, headers={"Accept-Encoding": "gzip", "Accept": "application/json"})
    with urllib.request.urlopen(asked, timeout=280) as answer:
        body: bytes = answer.read()
        return gzip.decompress(body) if answer.headers.get("Content-Encoding") == "gzip" else body


def api(url: str) -> Json:
    """Milliseconds of what the panels ask: the first time, and the median of those after it."""
    found = {}
    for path in ASKED:
        times = [_timed(lambda path=path: _body(url + path)) for _ in range(REPEATS + 1)]  # type: ignore[misc]
        found[path] = {"first_ms": times[0], "ms": statistics.median(times[1:]), "bytes": len(_body(url + path))}
        print(f"{path:32}{times[0]:9.0f} ms first{found[path]['ms']:9.1f} ms{found[path]['bytes'] / 1e3:9.0f} kB", flush=True)
    return found


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def walked(url: str, pictures: Path | None) -> list[View]:
    """The walk, in a browser of its own."""
    path = os.environ.get("CSDI_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=ARGUMENTS)
        page = browser.new_context(viewport=SIZE, locale="en-GB").new_page()  # type: ignore[arg-type]
        page.set_default_timeout(PATIENCE_MS)
        print(f"{'view':9}{'whole s':>8}{'requests':>9}{'MB':>8}{'tilesets':>9}{'tiles':>7}{'triangles':>11}{'commands':>9}"
              f"{'tiles MB':>9}{'heap':>8}{'pss':>8}{'pick s':>8}")
        walk = Walk(page, url, pictures)
        walk.start()
        for name, (eye, at) in places(url).items():
            walk.look(name, eye, at)
        browser.close()
    return walk.views


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--api-only", action="store_true")
    asked = parser.parse_args()
    models = fetched(asked.url + "/api/site")["models"]
    print(f"{len(models)} models, {sum(one['count'] for one in models)} elements")
    times = api(asked.url)
    views = [] if asked.api_only else walked(asked.url, asked.pictures)
    for view in views[:1]:
        print({name: round(view.figures[name], 2) for name in ("scene_s", "first_s")})
    for view in views:
        print(view.name, view.figures["kinds"])
    if asked.json:
        asked.json.write_text(json.dumps({"models": len(models), "elements": sum(one["count"] for one in models), "api": times,
                                          "views": [asdict(view) for view in views]}, indent=1) + "\n")


if __name__ == "__main__":
    main()
