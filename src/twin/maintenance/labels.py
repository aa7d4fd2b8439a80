"""Labels: a QR code for each Asset with its tag, names and place, on sheets to be printed."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import segno
from jinja2 import Environment

from bim.reports.pdf import pdf_of_html
from csdi.errors import ValueInvalid

_QUIET_MODULES = 4
"""The quiet zone that ISO/IEC 18004 asks for."""
MOST_LABELS = 5000


@dataclass(frozen=True, slots=True)
class Size:
    """A label and how many of it go on a page; millimetres."""

    width: float
    height: float
    columns: int
    rows: int


SIZES: Mapping[str, Size] = {"small": Size(48.5, 25.4, 4, 10), "medium": Size(70.0, 37.0, 3, 8), "large": Size(99.1, 67.7, 2, 4)}
"""Sizes of common sheets of labels on A4."""


@dataclass(frozen=True, slots=True)
class Label:
    """What stands on a label.

    Attributes:
        url: where the code leads.
        lines: tag, names, place; empty ones are left out.
    """

    url: str
    lines: tuple[str, ...]


def label_of(asset: Mapping[str, Any], url: str) -> Label:
    """The label of an Asset with these properties."""
    place = " / ".join(str(asset[name]) for name in ("building", "storey_name", "space_name") if asset.get(name))
    names = [str(asset.get(name) or "") for name in ("tag", "name", "name_zh")]
    return Label(url, tuple(dict.fromkeys(line for line in (*names, place) if line)))


def qr_svg(url: str) -> bytes:
    """The QR code of a URL as SVG, error correction Q: a quarter of it may be worn away."""
    out = io.BytesIO()
    segno.make(url, error="q", micro=False).save(out, kind="svg", scale=4, border=_QUIET_MODULES, xmldecl=False, svgns=True)
    return out.getvalue()


def qr_png(url: str, scale: int = 8) -> bytes:
    """The QR code of a URL as PNG, `scale` pixels for each module."""
    out = io.BytesIO()
    segno.make(url, error="q", micro=False).save(out, kind="png", scale=scale, border=_QUIET_MODULES)
    return out.getvalue()


def sheet_html(labels: Sequence[Label], size: str = "medium") -> str:
    """Sheets of labels as one HTML page. Raises ValueInvalid."""
    if size not in SIZES:
        raise ValueInvalid(f"there is no size '{size[:40]}'", field="size", remedy=f"one of {', '.join(SIZES)}")
    if not 0 < len(labels) <= MOST_LABELS:
        raise ValueInvalid(f"a sheet has 1 to {MOST_LABELS} labels", field="labels", value=len(labels), remedy="narrow the filter")
    one = SIZES[size]
    return _TEMPLATE.render(labels=[(label, _inline(label.url)) for label in labels], size=one, per_page=one.columns * one.rows,
                            side=min(one.height - 4, one.width * 0.42))


def sheet_pdf(labels: Sequence[Label], size: str = "medium") -> bytes:
    """Sheets of labels as a PDF. Raises ValueInvalid, and CsdiError where Pango is not installed."""
    return pdf_of_html(sheet_html(labels, size))


def _inline(url: str) -> str:
    return str(segno.make(url, error="q", micro=False).svg_inline(scale=1, border=_QUIET_MODULES, omitsize=True))


_TEMPLATE = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Labels</title><style>
@page { size: A4; margin: {{ (297 - size.height * size.rows) / 2 }}mm {{ (210 - size.width * size.columns) / 2 }}mm }
body { margin: 0; font-family: "Noto Sans", "Noto Sans CJK HK", sans-serif; color: #000 }
.page { display: flex; flex-wrap: wrap; break-after: page }
.page:last-child { break-after: auto }
.label { width: {{ size.width }}mm; height: {{ size.height }}mm; box-sizing: border-box; padding: 2mm; display: flex; gap: 2mm;
  align-items: center; overflow: hidden }
.label svg { height: {{ side }}mm; width: {{ side }}mm; flex: none }
.label div { flex: 1; min-width: 0; font-size: {{ size.height * 0.075 + 0.6 }}mm; line-height: 1.25; overflow-wrap: anywhere }
.label b { display: block; font-size: 1.2em }
</style></head><body>
{% for page in labels | batch(per_page) %}
<section class="page">
{% for label, code in page %}
<div class="label">{{ code | safe }}<div><b>{{ label.lines[0] }}</b>{% for line in label.lines[1:] %}{{ line }}<br>{% endfor %}</div></div>
{% endfor %}
</section>
{% endfor %}
</body></html>
""")
