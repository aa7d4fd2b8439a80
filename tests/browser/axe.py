"""What axe-core finds against WCAG 2.1 AA on a page as it stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

SCRIPT = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


def violations(page: Page, within: str = "html") -> list[str]:
    """One line for each rule that something breaks: the rule, what it asks, and the first elements that break it.

    Args:
        within: CSS selector of the part that is looked at.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(f"() => {{ {SCRIPT.read_text()} }}")
    options = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
    found: list[dict[str, Any]] = page.evaluate(
        "([within, options]) => axe.run(document.querySelector(within), options).then(({ violations }) => violations)", [within, options])
    return [f"{one['id']} ({one['impact']}): {one['help']}: " + "; ".join(node["html"][:160] for node in one["nodes"][:3]) for one in found]
