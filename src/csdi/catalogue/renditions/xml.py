"""XML as text, element by element: names carry their prefixes, which the outermost element declares."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from xml.sax.saxutils import escape, quoteattr

NAMESPACES: Mapping[str, str] = {
    "gmd": "http://www.isotc211.org/2005/gmd", "gco": "http://www.isotc211.org/2005/gco", "gmx": "http://www.isotc211.org/2005/gmx",
    "gml": "http://www.opengis.net/gml/3.2", "srv": "http://www.isotc211.org/2005/srv", "xlink": "http://www.w3.org/1999/xlink",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def element(name: str, *children: str, attributes: Mapping[str, str] | None = None) -> str:
    """An element with what is in it; "" when there is nothing in it and it has no attributes."""
    inside = "".join(children)
    if not inside and not attributes:
        return ""
    stated = "".join(f" {key}={quoteattr(text(value, escaped=False))}" for key, value in (attributes or {}).items())
    return f"<{name}{stated}>{inside}</{name}>" if inside else f"<{name}{stated}/>"


def text(words: str, *, escaped: bool = True) -> str:
    """Characters as XML may hold them."""
    plain = _FORBIDDEN.sub("", words)
    return escape(plain) if escaped else plain


def document(name: str, children: Iterable[str], attributes: Mapping[str, str]) -> bytes:
    """A whole document, with the namespaces declared that it uses."""
    body = "".join(children)
    used = {f"xmlns:{prefix}": uri for prefix, uri in NAMESPACES.items()
            if f"{prefix}:" in body or name.startswith(f"{prefix}:") or any(key.startswith(f"{prefix}:") for key in attributes)}
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + element(name, body, attributes=used | dict(attributes)).encode()
