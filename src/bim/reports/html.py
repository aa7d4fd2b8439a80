"""A report as one HTML page that asks nothing of any other server."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from bim.reports.document import Document, Line, Section

_OUTCOMES = ("fail", "refer", "warning", "not_checked", "pass", "not_applicable")
_LISTS = ("fail", "refer", "not_checked", "pass", "not_applicable")
"""Outcomes whose rules are listed without findings, in this order."""


def html_of(document: Document) -> str:
    """The page, pictures and style within it; printed, it is a paginated document."""
    pictures = {number: (line, f"data:image/png;base64,{b64encode(png).decode()}")
                for number, (line, png) in enumerate(document.pictures, 1)}
    owners = _owners(document)

    def shown_in(section: Section) -> list[tuple[int, Line, str]]:
        return [(number, *pictures[number]) for number, owner in owners.items() if owner is section]

    page, style = _sources()
    return page.render(d=document, style=style, outcomes=_OUTCOMES, lists=_LISTS, anchor=_anchor, shown_in=shown_in,
                       has_places=any(line.place for section in document.sections for line in section.lines))


def _owners(document: Document) -> dict[int, Section]:
    """The first section that each picture is spoken of in."""
    owners: dict[int, Section] = {}
    for section in document.sections:
        for line in section.lines:
            if line.picture:
                owners.setdefault(line.picture, section)
    return owners


def _anchor(section: Section) -> str:
    return "rule-" + re.sub(r"[^A-Za-z0-9-]", lambda sign: f"_{ord(sign[0]):x}", section.id)


@cache
def _sources() -> tuple[Template, Markup]:
    environment = Environment(loader=PackageLoader("bim.reports"), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    return environment.get_template("report.html"), Markup((Path(__file__).parent / "templates" / "report.css").read_text(encoding="utf-8"))
