"""Figures: what a page needs to show a Collection, or one of its items, on a map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from shapely.geometry import shape

from csdi.collection import Collection, Kind
from csdi.extent import BBox
from ogc_api.site import imagery

LEAST_SPAN = 0.0008
"""Degrees that a map shows at least, across the longer side of what it is of."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A map on a page.

    Attributes:
        style: URL of a MapLibre style; "" for a map of an extent alone.
        box: what is shown first: west, south, east, north in CRS84.
        picture: URL of a picture drawn by the server, for browsers that draw no maps; "" where there is none.
        item: URL of an item as GeoJSON that stands out; "" for none.
        below: imagery under the data, as `/api/site` describes it.
    """

    style: str
    box: tuple[float, float, float, float]
    picture: str = ""
    item: str = ""
    below: list[dict[str, Any]] = field(default_factory=list)


def of_collection(shown: Sequence[Collection], collection: Collection, base: str) -> Figure | None:
    """The map of a Collection, with imagery of those `shown` below it; None where it has no place."""
    box = collection.extent.bbox
    if not collection.schema.geometry or box is None or collection.kind is Kind.CATALOGUE:
        return None
    root = f"{base}/collections/{collection.id}"
    return Figure(_style(root), roomy(box.xy), f"{root}/map?f=png", below=_below(shown, collection.id, box))


def of_item(shown: Sequence[Collection], collection: Collection, feature: dict[str, Any], base: str) -> Figure | None:
    """The map of an item, given as GeoJSON in CRS84; None where it has no geometry."""
    if not feature.get("geometry"):
        return None
    bounds = shape(feature["geometry"]).bounds
    if len(bounds) != 4 or any(number != number for number in bounds):
        return None
    root, box = f"{base}/collections/{collection.id}", roomy(bounds)
    text = ",".join(f"{number:.7f}" for number in box)
    item = f"{root}/items/{quote(str(feature['id']), safe='')}?f=json"
    return Figure(_style(root), box, f"{root}/map?f=png&bbox={text}", item, _below(shown, collection.id, BBox.of(list(box))))


def of_extent(box: Sequence[float]) -> Figure:
    """The map of an extent in CRS84 and nothing else."""
    return Figure("", roomy(box))


def roomy(box: Sequence[float]) -> tuple[float, float, float, float]:
    """The box with a margin, never smaller than `LEAST_SPAN`, within the world.

    >>> roomy((114.0, 22.0, 114.0, 22.0))
    (113.9996, 21.9996, 114.0004, 22.0004)
    """
    west, south, east, north = box
    margin = max(0.08 * max(east - west, north - south), (LEAST_SPAN - max(east - west, north - south)) / 2)
    return (round(max(west - margin, -180.0), 7), round(max(south - margin, -85.0), 7), round(min(east + margin, 180.0), 7),
            round(min(north + margin, 85.0), 7))


def _style(root: str) -> str:
    return f"{root}/styles/default?f=mapbox"


def _below(shown: Sequence[Collection], id: str, box: BBox) -> list[dict[str, Any]]:
    """The photographs that lie where the box is."""
    rasters = [one for one in shown if one.kind is Kind.COVERAGE and one.id != id]
    found = [imagery(one) for one in rasters if one.extent.bbox and _meet(one.extent.bbox, box)]
    return [one for one in found if one["photo"]]


def _meet(one: BBox, other: BBox) -> bool:
    return one.minx <= other.maxx and other.minx <= one.maxx and one.miny <= other.maxy and other.miny <= one.maxy
