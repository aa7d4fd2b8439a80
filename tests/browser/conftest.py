"""A small demo site, served, and Chromium looking at it."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page, expect, sync_playwright

from tests.acceptance.shell import Server, Shell

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "test-artifacts" / "browser"
SCALE = 0.1
TOKEN = "an-editor-of-the-sample"
ARGUMENTS = ["--no-sandbox", "--enable-unsafe-swiftshader"]
SLOW_MS = 180_000
"""Pictures are computed without a graphics card here, on a busy machine: a view may take a minute."""


def missing(what: str, remedy: str) -> None:
    """Skip, or fail where nothing may be skipped."""
    if os.environ.get("CSDI_REQUIRE_SERVICES") == "1":
        pytest.fail(f"{what}: {remedy}", pytrace=False)
    pytest.skip(f"{what}: {remedy}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser; `CSDI_CHROMIUM` names it when it is not on the path."""
    path = os.environ.get("CSDI_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not path:
        missing("no Chromium", "apt-get install chromium, or set CSDI_CHROMIUM")
    expect.set_options(timeout=SLOW_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server of the sample site."""
    if not (ROOT / "src" / "ogc_api" / "ui" / "index.html").exists():
        missing("the web UI is not built", "make ui")
    shell = Shell(tmp_path_factory.mktemp("browser") / "home", {"CSDI_SITE_NAME": "Sample airport|示範機場|示范机场", "CSDI_TOKEN": TOKEN})
    done = shell.run("demo", "--scale", str(SCALE), "--no-serve", timeout_s=600)
    assert done.returncode == 0, done.stderr
    with shell.serving() as server:
        yield server


class Visit:
    """A page of the site in a browser, and all that it asked for."""

    def __init__(self, browser: Browser, url: str, size: tuple[int, int] = (1200, 720), **more: Any) -> None:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="en-GB", **more)
        self.url = url
        self.page: Page = context.new_page()
        self.page.set_default_timeout(SLOW_MS)
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, query: str = "") -> Visit:
        """Load the page and wait until its first view is drawn."""
        self.begin(query)
        self.page.evaluate("window.__csdi.ready.then(() => true)")
        return self

    def begin(self, query: str = "") -> Visit:
        """Load the page and wait until the scene has begun."""
        self.page.goto(f"{self.url}/{query}")
        self.page.evaluate("new Promise((done) => { const look = () => window.__csdi ? done(true) : setTimeout(look, 100); look(); })")
        return self

    def settle(self) -> None:
        """Wait until the present view is drawn."""
        self.page.evaluate("window.__csdi.settled().then(() => true)")

    def picture(self, name: str) -> bytes:
        """A picture of the page, kept among the test artefacts."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        return self.page.screenshot(path=PICTURES / f"{name}.png")

    def close(self) -> None:
        """End the visit."""
        with contextlib.suppress(Error):
            self.page.context.close()


@pytest.fixture(scope="session")
def site(chromium: Browser, demo: Server) -> Iterator[Visit]:
    """One visit that tests share: each begins with what it needs and relies on nothing before."""
    visit = Visit(chromium, demo.url).open()
    yield visit
    visit.close()
