"""Reports of an audit for people: HTML, PDF, pictures of findings, and BCF."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from bim.audit import Report
from bim.packs import Pack
from bim.reports.document import Document, document
from bim.reports.drawing import pictures
from bim.reports.html import html_of
from bim.reports.located import Located, key_of
from bim.reports.pdf import pdf_of
from bim.reports.topics import bcf_of
from bim.reports.words import LANGUAGES
from bim.tables import ModelTables

__all__ = ["LANGUAGES", "Document", "Located", "bcf_of", "document", "html_of", "key_of", "pdf_of", "pictures", "write_html", "write_pdf"]

_PDF_FINDINGS = 60
"""Findings of one rule that a PDF tells: nobody leafs through more."""


def write_html(report: Report, path: Path, language: str = "en", *, pictures: Mapping[str, bytes] | None = None,
               packs: Iterable[Pack] = (), tables: ModelTables | None = None, when: str = "") -> None:
    """Writes one self-contained HTML page; arguments as those of `document`."""
    made = document(report, language, packs=packs, tables=tables, pictures=pictures, when=when)
    path.write_text(html_of(made), encoding="utf-8")


def write_pdf(report: Report, path: Path, language: str = "en", *, pictures: Mapping[str, bytes] | None = None,
              packs: Iterable[Pack] = (), tables: ModelTables | None = None, when: str = "") -> None:
    """Writes a PDF; arguments as those of `document`.

    Raises:
        CsdiError: the libraries that set text are not installed.
    """
    made = document(report, language, packs=packs, tables=tables, pictures=pictures, when=when, most=_PDF_FINDINGS)
    path.write_bytes(pdf_of(made))
