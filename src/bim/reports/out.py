"""The files that are made of one audit: HTML, PDF, BCF."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bim.audit import Audited, Report
from bim.bcf import write_bcf
from bim.intake import intake
from bim.packs import Pack
from bim.reports.document import document
from bim.reports.drawing import pictures
from bim.reports.html import html_of
from bim.reports.located import Located
from bim.reports.pdf import pdf_of
from bim.reports.topics import bcf_of
from bim.reports.words import words
from bim.tables import ModelTables

PDF_FINDINGS = 60
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
    made = document(report, language, packs=packs, tables=tables, pictures=pictures, when=when, most=PDF_FINDINGS)
    path.write_bytes(pdf_of(made))


@dataclass(frozen=True, slots=True)
class Out:
    """Where to write what; None for what is not wanted.

    Raises:
        ValueInvalid: a language that there are no reports in.
    """

    html: Path | None = None
    pdf: Path | None = None
    bcf: Path | None = None
    language: str = "en"

    def __post_init__(self) -> None:
        words(self.language)

    @property
    def is_wanted(self) -> bool:
        """Whether anything is to be written."""
        return any((self.html, self.pdf, self.bcf))

    def write(self, audited: Audited, file: Path, packs: Sequence[Pack] = (), *, shapes: bool = True, workers: int = 2) -> None:
        """Writes what is wanted of the audit of a file; the model is read where the audit did not.

        Args:
            shapes: whether pictures are drawn and places shown.

        Raises:
            CsdiError: a PDF is wanted, and the libraries that set text are not installed.
        """
        now = datetime.now(UTC)
        report, located = audited.report, None
        if shapes and report.result != "refused":
            located = Located(audited.read or intake(file, model="model", name=report.file, workers=workers))
        if self.bcf is not None:
            write_bcf(bcf_of(report, when=now.strftime("%Y-%m-%dT%H:%M:%SZ"), located=located, packs=packs), self.bcf)
        drawn = pictures(report, located) if located and (self.html or self.pdf) else {}
        tables, when = located.tables if located else None, now.strftime("%Y-%m-%d %H:%M UTC")
        if self.html is not None:
            write_html(report, self.html, self.language, pictures=drawn, packs=packs, tables=tables, when=when)
        if self.pdf is not None:
            write_pdf(report, self.pdf, self.language, pictures=drawn, packs=packs, tables=tables, when=when)
