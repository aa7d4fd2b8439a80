"""A report as a PDF: the HTML page, set in pages with a contents list, numbers and bookmarks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bim.reports.document import Document
from bim.reports.html import html_of
from csdi.errors import CsdiError

if TYPE_CHECKING:
    from types import ModuleType

_PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"


def pdf_of(document: Document) -> bytes:
    """The PDF; the same bytes for the same document where the same fonts are installed.

    Raises:
        CsdiError: the libraries that set text are not installed.
    """
    return pdf_of_html(html_of(document))


def pdf_of_html(html: str) -> bytes:
    """A page of HTML that needs nothing from elsewhere as a PDF. Raises CsdiError as `pdf_of`."""
    weasyprint = _weasyprint()
    page = weasyprint.HTML(string=html, url_fetcher=weasyprint.urls.URLFetcher(allowed_protocols=("data",)))
    made: bytes = page.write_pdf(**_OPTIONS)
    return made


_OPTIONS: dict[str, Any] = {"pdf_tags": True, "full_fonts": False, "optimize_images": False}


def _weasyprint() -> ModuleType:
    """WeasyPrint, which loads Pango when it is imported."""
    try:
        import weasyprint
        import weasyprint.urls
    except OSError as error:
        raise CsdiError(f"a PDF cannot be made: {str(error).splitlines()[0]}",
                        remedy=f"install {_PACKAGES} (Debian), or write HTML") from error
    loaded: ModuleType = weasyprint
    return loaded
