"""Reports of an audit for people: HTML, PDF, pictures of findings, and BCF."""

from bim.reports.document import Document, document
from bim.reports.drawing import pictures
from bim.reports.html import html_of
from bim.reports.located import Located, key_of
from bim.reports.out import Out, write_html, write_pdf
from bim.reports.pdf import pdf_of
from bim.reports.topics import bcf_of
from bim.reports.words import LANGUAGES

__all__ = ["LANGUAGES", "Document", "Located", "Out", "bcf_of", "document", "html_of", "key_of", "pdf_of", "pictures", "write_html",
           "write_pdf"]
