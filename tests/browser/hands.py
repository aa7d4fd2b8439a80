"""Fingers and the mouse on the scene, at places that are known on Earth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from tests.browser.conftest import Visit
from tests.browser.test_twin import on_globe

Pixel = tuple[float, float]
Place = tuple[float, float, float]
"""Easting, northing (EPSG:2326) and mPD, metres."""

_STEPS = 12
_REST_MS = 350
"""Whoever rests before letting go does not throw the view."""


def pixel_of(visit: Visit, place: Place) -> Pixel:
    """Where a place is seen on the page."""
    x, y = visit.page.evaluate(
        """([lon, lat, height]) => {
          const { scene } = window.__csdi.viewer;
          const at = scene.globe.ellipsoid.cartographicToCartesian({ longitude: lon * Math.PI / 180, latitude: lat * Math.PI / 180, height });
          const pixel = scene.cartesianToCanvasCoordinates(at);
          const box = scene.canvas.getBoundingClientRect();
          return [pixel.x + box.x, pixel.y + box.y];
        }""",
        on_globe(*place),
    )
    return x, y


def eye(visit: Visit) -> dict[str, Any]:
    """The eye: longitude, latitude, height (metres above the ellipsoid), heading and pitch, degrees."""
    found: dict[str, Any] = visit.page.evaluate("""(() => {
      const { camera } = window.__csdi.viewer;
      const turn = 180 / Math.PI, at = camera.positionCartographic;
      return { lon: at.longitude * turn, lat: at.latitude * turn, height: at.height, heading: camera.heading * turn, pitch: camera.pitch * turn };
    })()""")
    return found


class Hand:
    """What one points with: a mouse, or fingers on the glass."""

    def __init__(self, visit: Visit, kind: Literal["mouse", "touch"]) -> None:
        self._page, self._kind = visit.page, kind
        self._glass = visit.page.context.new_cdp_session(visit.page)

    def drag(self, start: Pixel, end: Pixel) -> None:
        """One finger, or the left button, from one pixel to another; then a rest, then it lets go."""
        if self._kind == "touch":
            self.fingers([(start, end)])
            return
        mouse = self._page.mouse
        mouse.move(*start)
        mouse.down()
        for share in range(1, _STEPS + 1):
            mouse.move(*_between(start, end, share / _STEPS))
            self._page.wait_for_timeout(30)
        self._page.wait_for_timeout(_REST_MS)
        mouse.up()

    def fingers(self, ways: Sequence[tuple[Pixel, Pixel]]) -> None:
        """Several fingers at once, each from one pixel to another."""
        self._touch("touchStart", [start for start, _ in ways])
        for share in range(1, _STEPS + 1):
            self._touch("touchMove", [_between(start, end, share / _STEPS) for start, end in ways])
            self._page.wait_for_timeout(40)
        self._page.wait_for_timeout(_REST_MS)
        self._touch("touchEnd", [])

    def _touch(self, what: str, pixels: Sequence[Pixel]) -> None:
        points = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(pixels)]
        self._glass.send("Input.dispatchTouchEvent", {"type": what, "touchPoints": points})


def _between(start: Pixel, end: Pixel, share: float) -> Pixel:
    return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])
