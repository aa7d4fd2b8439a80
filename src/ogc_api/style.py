"""How a layer is drawn when nobody has said: a colour by its words, extruded when it has base and top levels."""

from __future__ import annotations

import hashlib
from typing import Any

from csdi.collection import Collection

_BY_WORD = (
    (("building", "podium", "tower"), "#c9b79c"), (("runway", "strip", "taxi", "apron"), "#6b7280"), (("road", "street"), "#a3a3a3"),
    (("lot", "parcel"), "#d97706"), (("height", "limit", "restriction", "obstacle"), "#dc2626"),
    (("water", "hydro", "sea", "coast"), "#2563eb"),
    (("drain", "pipe", "utilit", "cable", "sewer"), "#0891b2"), (("stand", "jetway", "gate"), "#7c3aed"), (("contour", "cliff"), "#92714a"),
    (("tree", "park", "land", "green"), "#4d7c0f"), (("district", "boundary"), "#475569"), (("sensor", "station"), "#be185d"),
)
_PALETTE = ("#0f766e", "#7c3aed", "#b45309", "#0369a1", "#be123c", "#4d7c0f", "#6d28d9", "#9f1239")
_BASE = ("baseheight", "base_hkpd", "base_mpd", "base_level", "base", "base_height")
_TOP = ("topheight", "top_hkpd", "top_mpd", "top_level", "top", "top_height")
_LIMIT = ("limit_mpd", "limit", "height_limit")


def layer_style(collection: Collection) -> dict[str, Any]:
    """`{color, fill, extrude: {base, top} | null, height: field | null, surface: bool}`; fields hold metres above HKPD.

    `surface` says that areas lie at the heights of their own positions, metres above HKPD.
    """
    names = {f.name.casefold(): f.name for f in collection.schema if f.type in ("number", "integer")}
    base, top = (next((names[n] for n in wanted if n in names), None) for wanted in (_BASE, _TOP))
    polygon = "polygon" in collection.schema.geometry
    return {"color": _color(collection.id), "fill": polygon, "extrude": {"base": base, "top": top} if polygon and base and top else None,
            "height": next((names[n] for n in _LIMIT if n in names), None) if polygon else None,
            "surface": polygon and collection.schema.has_z and bool(collection.details.get("surfaces_of"))}


def _color(id: str) -> str:
    for words, color in _BY_WORD:
        if any(word in id for word in words):
            return color
    return _PALETTE[hashlib.sha256(id.encode()).digest()[0] % len(_PALETTE)]
