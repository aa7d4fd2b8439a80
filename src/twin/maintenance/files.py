"""Files of orders, inspections and reports: pictures made harmless, each kept once under its digest."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError

from csdi.blobs import Blobs
from csdi.errors import FileBroken, FileTooLarge, FormatUnknown

MOST_BYTES = 12 << 20
MOST_PIXELS = 60_000_000
LONGEST_SIDE = 2400
"""Pixels of the longer side of a picture that is kept."""
_PICTURES = ("JPEG", "PNG", "WEBP")
_PDF = b"%PDF-"


def kept(blobs: Blobs, data: bytes, name: str = "") -> dict[str, Any]:
    """Keep a photo or a PDF; gives what is said of it: sha256, media, size, name, and pixels of a photo.

    A photo is written anew: upright, without what cameras note (place, time, device), at most 2 400 pixels long.

    Raises:
        FileTooLarge: over 12 MB, or too many pixels.
        FormatUnknown: neither a JPEG, PNG or WebP picture nor a PDF.
        FileBroken: a picture that cannot be read to its end.
    """
    if len(data) > MOST_BYTES:
        raise FileTooLarge(f"a file has at most {MOST_BYTES >> 20} MB", limit=MOST_BYTES, remedy="send a smaller picture")
    said = {"name": "".join(c for c in name if c.isprintable() and c not in '/\\"')[:120]}
    if data.startswith(_PDF):
        return {**said, "sha256": blobs.put_bytes(data), "media": "application/pdf", "size": len(data)}
    picture = _picture(data)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85, optimize=True)
    made = out.getvalue()
    return {**said, "sha256": blobs.put_bytes(made), "media": "image/jpeg", "size": len(made), "width": picture.width,
            "height": picture.height}


def _picture(data: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(data), formats=_PICTURES) as found:
            if found.width * found.height > MOST_PIXELS:
                raise FileTooLarge(f"a picture has at most {MOST_PIXELS // 1_000_000} million pixels", limit=MOST_PIXELS)
            upright = ImageOps.exif_transpose(found).convert("RGB")
    except UnidentifiedImageError:
        raise FormatUnknown("this is no picture that can be kept", remedy="send a JPEG, PNG or WebP picture, or a PDF") from None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise FileBroken(f"the picture cannot be read: {error}", remedy="take it again") from None
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    bare = Image.new("RGB", upright.size)
    bare.paste(upright)
    return bare
