"""Takes the picture of the README from a running demo.

usage: python -m tests.browser.picture URL FILE.png [QUERY]
"""

from __future__ import annotations

import shutil
import sys

from playwright.sync_api import sync_playwright

from tests.browser.conftest import ARGUMENTS, Visit


def take(url: str, file: str, query: str) -> None:
    """Load the page, wait until all is drawn, and write its picture."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), headless=True, args=ARGUMENTS)
        visit = Visit(browser, url, size=(1440, 860)).open(query)
        visit.settle()
        visit.page.screenshot(path=file)
        browser.close()


if __name__ == "__main__":
    take(sys.argv[1].rstrip("/"), sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else "")
