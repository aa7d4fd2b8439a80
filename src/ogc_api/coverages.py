"""OGC API - Coverages over HTTP: parts of rasters in any offered CRS, at any scale, as GeoTIFF, COG, CoverageJSON or PNG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from csdi.bootstrap import Services
from csdi.collection import Collection, Kind
from csdi.coverages import covjson
from csdi.coverages.coverage import Coverage, RangeField, open_coverage
from csdi.coverages.frame import Frame, require_size
from csdi.coverages.look import look
from csdi.coverages.sampling import cut
from csdi.coverages.subset import exact_frame, frame_of
from csdi.coverages.versions import at
from csdi.crs import to_authority_order
from csdi.errors import NotFound, ValueInvalid
from csdi.extent import Interval
from csdi.formats.pixels import Band, Pixels, as_geotiff, as_picture, as_png_values
from ogc_api import coverage_documents
from ogc_api.coverage_parameters import CutRequest, read_cut_request
from ogc_api.edge import in_thread, ogc_base, only, principal_of, services_of
from ogc_api.items import readable
from ogc_api.pages import language_of

TIFF = "image/tiff; application=geotiff"
COG = f"{TIFF}; profile=cloud-optimized"
FORMATS = {"geotiff": TIFF, "tiff": TIFF, "cog": COG, "covjson": covjson.MEDIA, "json": covjson.MEDIA, "png": "image/png"}
"""Renditions by the name in `f`; the first is sent where nothing is asked for."""
MOST_VALUES = {"geotiff": 50_000_000, "tiff": 50_000_000, "cog": 50_000_000, "png": 50_000_000, "covjson": 2_000_000, "json": 2_000_000}
"""Values that one answer holds."""
CACHE = "max-age=60"


async def coverage(request: Request) -> Response:
    """A part of a coverage, or all of it."""
    found = await raster(request)
    form = chosen_format(request, FORMATS)
    asked = read_cut_request(request.query_params, found)
    answer = await in_thread(_answer, services_of(request), found, asked, form)
    headers = {"Cache-Control": f"{'public' if found.public else 'private'}, {CACHE}", "Vary": "Accept",
               "Content-Crs": f"<{asked.target.uri}>"}
    if answer is None:
        return Response(status_code=204, headers=headers)
    body, frame = answer
    box = to_authority_order(frame.box, frame.crs)
    headers["Content-Bbox"] = ",".join(repr(float(number)) for number in box)
    if "tiff" in FORMATS[form]:
        headers["Content-Disposition"] = f'attachment; filename="{found.id}.tif"'
    return Response(body, headers=headers, media_type=FORMATS[form])


async def schema(request: Request) -> Response:
    """What values the coverage has at every place."""
    only(request, "json")
    found = await raster(request)
    document = coverage_documents.schema(found, ogc_base(request), language_of(request))
    return Response(orjson.dumps(document), media_type="application/schema+json")


async def raster(request: Request) -> Collection:
    """The Collection of the path, if it is a raster and may be read.

    Raises:
        CollectionMissing, NotFound.
    """
    found = await in_thread(readable, services_of(request), principal_of(request), request.path_params["id"])
    if found.kind is not Kind.COVERAGE or not found.details.get("blob"):
        raise NotFound(f"'{found.id}' is no raster", id=found.id, remedy=f"ask for /ogc/collections/{found.id}/items")
    return found


def chosen_format(request: Request, formats: Mapping[str, str]) -> str:
    """The rendition by `f` in any case of letters, else the first that Accept names, else the first of all.

    Raises:
        ValueInvalid: `f` is not among them.
    """
    asked = request.query_params.get("f")
    if asked is not None:
        if asked.lower() not in formats:
            raise ValueInvalid(f"there is no rendition '{asked}' of this", field="f", value=asked, remedy=f"one of {', '.join(formats)}")
        return asked.lower()
    accepted = [part.partition(";")[0].strip().lower() for part in request.headers.get("accept", "*/*").split(",")]
    for media in accepted:
        for name, offered in formats.items():
            if media == offered.partition(";")[0] or (media == "application/json" and offered.endswith("+json")):
                return name
    return next(iter(formats))


def happens(collection: Collection, interval: Interval | None) -> bool:
    """Whether a Collection is about some of that time; one without times is about any."""
    own = collection.extent.interval
    if interval is None or own is None:
        return True
    before = own.end is not None and interval.start is not None and own.end < interval.start
    after = own.start is not None and interval.end is not None and own.start > interval.end
    return not (before or after)


def at_that_time(collection: Collection, interval: Interval | None) -> Collection | None:
    """The Collection as it was in that time; None where it is about no part of it."""
    return at(collection, interval) if happens(collection, interval) else None


def _answer(services: Services, collection: Collection, asked: CutRequest, form: str) -> tuple[bytes, Frame] | None:
    shown = at_that_time(collection, asked.interval)
    if shown is None:
        return None
    with open_coverage(services.blobs, shown) as found:
        fields = found.named(asked.names, "properties")
        frame = exact_frame(asked.subset, asked.scale) if asked.exact else frame_of(found, asked.subset, asked.target, asked.scale)
        if frame is None:
            return None
        require_size(frame, MOST_VALUES[form], values=len(fields))
        return _encoded(found, frame, fields, form), frame


def _encoded(found: Coverage, frame: Frame, fields: Sequence[RangeField], form: str) -> bytes:
    if form == "png" and not _fits_png(found, fields):
        return as_picture(look(found, frame, exact=True), "PNG")
    pixels = cut(found, frame, fields)
    if form == "png":
        return as_png_values(_with_opacity(pixels, found, fields))
    if form in ("covjson", "json"):
        return covjson.encoded(covjson.grid(frame, fields, pixels))
    crs = frame.crs.code if frame.crs.uri else frame.crs.wkt
    bands = [Band(one.name if not found.bands[one.band - 1].name else one.title, one.dtype, one.unit, one.nodata) for one in fields]
    return as_geotiff(pixels, frame.affine, crs, bands, cloud_optimized=form == "cog")


def _fits_png(found: Coverage, fields: Sequence[RangeField]) -> bool:
    """Whether a PNG can hold the values themselves."""
    kinds = {one.dtype for one in fields}
    return len(kinds) == 1 and kinds <= {"uint8", "uint16"} and len(fields) in (1, 3) and not found.bands[fields[0].band - 1].colours


def _with_opacity(pixels: Pixels, found: Coverage, fields: Sequence[RangeField]) -> Any:
    """The values, and where not all are known a band that says so."""
    if pixels.known.all() or any(found.bands[one.band - 1].opacity for one in fields):
        return pixels.values
    full = np.iinfo(pixels.values.dtype).max
    known = pixels.known.any(axis=0)
    opacity = np.where(known, full, 0).astype(pixels.values.dtype)
    return np.concatenate([np.where(known, pixels.values, 0).astype(pixels.values.dtype), opacity[None]])


def routes() -> list[BaseRoute]:
    """Everything below `/ogc/collections/{id}/coverage`."""
    root = "/ogc/collections/{id}/coverage"
    return [Route(root, coverage), Route(f"{root}/schema", schema)]
