"""OGC API - Maps over HTTP: pictures of any Collection, over a box or as tiles of every tile matrix set, PNG or JPEG."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any

import numpy as np
import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from csdi.bootstrap import Services
from csdi.collection import Collection
from csdi.coverages.coverage import open_coverage
from csdi.coverages.drawing import draw_features, plain
from csdi.coverages.frame import Box, Frame
from csdi.coverages.look import Picture, look_within
from csdi.coverages.subset import Subset, carried
from csdi.crs import CRS, CRS84, crs, to_authority_order
from csdi.errors import NotFound, OutsideAreaOfUse, ValueInvalid
from csdi.extent import Interval
from csdi.formats.pixels import as_picture
from csdi.tiles import TileMatrixSet, tile_matrix_set
from csdi.tiles.matrix import PIXELS
from ogc_api import coverage_documents, map_documents
from ogc_api.coverage_documents import is_raster
from ogc_api.coverage_parameters import read_subset
from ogc_api.coverages import at_that_time, chosen_format
from ogc_api.edge import in_thread, ogc_base, only, principal_of, services_of
from ogc_api.items import readable
from ogc_api.map_documents import LONGEST
from ogc_api.pages import language_of
from ogc_api.parameters import asked_crs, once, whole
from ogc_api.style import layer_style
from ogc_api.style_documents import DEFAULT
from ogc_api.style_layers import RasterLook, drawn_layers, raster_look
from ogc_api.style_shelf import drawing_of

Style = dict[str, Any] | None
"""A MapLibre style; None for the look that nobody put."""

FORMATS = {"png": "image/png", "jpeg": "image/jpeg", "jpg": "image/jpeg"}
MAP = frozenset({"bbox", "bbox-crs", "bgcolor", "crs", "datetime", "f", "height", "lang", "style", "subset", "subset-crs",
                 "transparent", "width"})
"""Parameters of `/map`."""
SIDE = 1024
"""The longer side of a map that does not say how large it is to be."""
LOOKS = "2"
"""Part of the ETag of maps; raised when the way they are drawn changes."""
CACHE = "max-age=3600"
_NAMED = {"white": (255, 255, 255), "black": (0, 0, 0), "gray": (128, 128, 128), "grey": (128, 128, 128), "red": (255, 0, 0),
          "green": (0, 128, 0), "blue": (0, 0, 255)}
_HEX = re.compile(r"(?:0x|#)?([0-9a-fA-F]{6})")
_WHITE = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class MapRequest:
    """A parsed request for a map.

    Attributes:
        ground: the colour under what is drawn; None leaves it transparent.
        interval: when; None for any time.
        look: version of the style that is drawn; "" for the look that nobody put.
    """

    frame: Frame
    ground: tuple[int, int, int] | None
    interval: Interval | None = None
    look: str = ""


async def collection_map(request: Request) -> Response:
    """A picture of a Collection; 204 where its CRS has no place for what is asked for."""
    found = await _drawable(request)
    form = chosen_format(request, FORMATS)
    single = once(request.query_params, MAP)
    subset, interval = read_subset(single, found)
    try:
        asked = _asked(single, found, subset, form)
    except OutsideAreaOfUse:
        return Response(status_code=204, headers={"Vary": "Accept"})
    style, look = await _style(request, found, single.get("style"))
    asked = replace(asked, interval=interval, look=look)
    box = to_authority_order(asked.frame.box, asked.frame.crs)
    headers = {"Content-Crs": f"<{asked.frame.crs.uri}>", "Content-Bbox": ",".join(repr(float(number)) for number in box), "Vary": "Accept"}
    then = at_that_time(found, interval) if is_raster(found) else found
    shown, found = then is not None, then or found
    return await _picture(request, found, asked, form, headers, style, shown=shown)


async def map_tile(request: Request) -> Response:
    """One tile of 256 pixels; 204 where there is nothing of the Collection."""
    only(request, "png", "jpeg", "jpg")
    return await _tile(request, chosen_format(request, FORMATS), empty=204)


async def png_tile(request: Request) -> Response:
    """As `map_tile`, PNG by the end of the path; a picture of nothing where there is nothing, as viewers want one."""
    only(request)
    return await _tile(request, "png")


async def jpeg_tile(request: Request) -> Response:
    """As `png_tile`, JPEG."""
    only(request)
    return await _tile(request, "jpeg")


async def _tile(request: Request, form: str, *, empty: int = 200) -> Response:
    found = await _drawable(request)
    grid = tile_matrix_set(request.path_params["grid"])
    style, look = await _style(request, found, None)
    asked = MapRequest(_tile_frame(request, grid), None if form == "png" else _WHITE, look=look)
    headers = {"Content-Crs": f"<{grid.crs_uri}>", "Vary": "Accept"}
    return await _picture(request, found, asked, form, headers, style, empty=empty)


async def tilesets(request: Request) -> Response:
    """The map tilesets of a Collection, one for each grid."""
    only(request, "json")
    found = await _drawable(request)
    document = map_documents.tilesets(ogc_base(request), found, language_of(request))
    return Response(orjson.dumps(document), media_type="application/json")


async def tileset(request: Request) -> Response:
    """One map tileset."""
    only(request, "json")
    found = await _drawable(request)
    document = map_documents.tileset(ogc_base(request), found, tile_matrix_set(request.path_params["grid"]), language_of(request))
    return Response(orjson.dumps(document), media_type="application/json")


async def _style(request: Request, found: Collection, named: str | None) -> tuple[Style, str]:
    """The style that the path or the parameter `style` names, and its version; the default one without either.

    Raises:
        NotFound: the Collection has no such style.
        ValueInvalid: the parameter is empty, or there is one in the path too.
    """
    in_path = request.path_params.get("style")
    if in_path is not None and named is not None:
        raise ValueInvalid("the path names a style already", field="style", remedy="leave out the parameter")
    if named == "":
        raise ValueInvalid("style names nothing", field="style", value=named, remedy=f"see /ogc/collections/{found.id}/styles")
    return await in_thread(drawing_of, services_of(request).blobs, found, in_path or named or DEFAULT)


async def _picture(request: Request, found: Collection, asked: MapRequest, form: str, headers: dict[str, str], style: Style, *,
                   shown: bool = True, empty: int = 200) -> Response:
    """The picture, or what says that the client has it already, or that there is nothing."""
    said = f"{LOOKS}|{found.id}|{found.version}|{found.details.get('blob', '')}|{asked}|{form}|{shown}"
    tag = f'W/"{blake2b(said.encode(), digest_size=16).hexdigest()}"'
    headers |= {"ETag": tag, "Cache-Control": f"{'public' if found.public else 'private'}, {CACHE}"}
    if tag in [one.strip() for one in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    picture = await in_thread(_drawn, services_of(request), found, asked, style) if shown else None
    if empty == 204 and (picture is None or not picture[..., 3].any()):
        return Response(status_code=204, headers=headers)
    body = await in_thread(_encoded, picture, asked, form)
    return Response(body, headers=headers, media_type=FORMATS[form])


def _drawn(services: Services, found: Collection, asked: MapRequest, style: Style) -> Picture | None:
    if is_raster(found):
        look = RasterLook() if style is None else raster_look(style, found.id)
        with open_coverage(services.blobs, found) as coverage:
            return _faded(look_within(coverage, asked.frame, look.ramp), look.opacity)
    text = str(layer_style(found)["color"])
    layers = plain(int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)) if style is None else drawn_layers(style, found.id)
    with services.store.snapshot() as reader:
        return draw_features(reader, reader.collection(found.id), asked.frame, layers, asked.interval)


def _faded(picture: Picture | None, opacity: float) -> Picture | None:
    if picture is not None and opacity < 1:
        picture[..., 3] = np.rint(picture[..., 3] * opacity)
    return picture


def _encoded(picture: Picture | None, asked: MapRequest, form: str) -> bytes:
    if picture is None:
        picture = np.zeros((asked.frame.rows, asked.frame.columns, 4), np.uint8)
    return as_picture(_on_ground(picture, asked.ground), "PNG" if form == "png" else "JPEG")


def _on_ground(picture: Picture, ground: tuple[int, int, int] | None) -> Picture:
    if ground is None:
        return picture
    share = picture[..., 3:].astype(np.float64) / 255
    result = np.full(picture.shape, 255, np.uint8)
    result[..., :3] = np.rint(picture[..., :3] * share + np.array(ground) * (1 - share))
    return result


def _asked(single: Mapping[str, str], found: Collection, subset: Subset | None, form: str) -> MapRequest:
    native = crs(found.storage_crs) if subset is None else subset.crs
    target = (asked_crs(single["crs"], "crs", found) if "crs" in single else native).horizontal
    box = _box(found, subset, target)
    columns, rows = _size(single, box, target)
    if max(columns, rows) > LONGEST:
        side = "width" if columns > LONGEST else "height"
        raise ValueInvalid(f"a map of {columns} x {rows} pixels is larger than a picture may be", field=side, limit=LONGEST,
                           remedy=f"at most {LONGEST} along each side: ask for a smaller area or for tiles")
    return MapRequest(Frame.over(target, box, columns, rows), _ground(single, form))


def _box(found: Collection, subset: Subset | None, target: CRS) -> Box:
    """What a map shows, in its CRS: the subset, open sides as far as the Collection reaches.

    Raises:
        OutsideAreaOfUse: nothing of it has a place in the CRS.
    """
    extent, native = found.extent.bbox, coverage_documents.native_box(found)
    if subset is None and native is not None and target == crs(found.storage_crs).horizontal:
        return native
    whole_box: Box = (-180.0, -90.0, 180.0, 90.0) if extent is None or extent.minx > extent.maxx else extent.xy
    if subset is None:
        box = carried(whole_box, CRS84, target)
    else:
        reach = carried(whole_box, CRS84, subset.crs)
        stated = (subset.x[0], subset.y[0], subset.x[1], subset.y[1])
        west, south, east, north = (end if said is None else said for said, end in zip(stated, reach, strict=True))
        if west > east or south > north:
            raise OutsideAreaOfUse(f"'{found.id}' does not reach there", field="subset",
                                   remedy="leave no end open, or ask nearer to the data")
        asked = (west, south, east, north)
        box = asked if subset.crs == target else carried(asked, subset.crs, target)
    return _with_area(box, target)


def _with_area(box: Box, target: CRS) -> Box:
    """A box that is a point or a line gets some area: 200 m around it."""
    least = 0.002 if target.is_geographic else 200 / max(target.unit_to_metre, 1e-9)
    dx, dy = ((least / 2 if high - low < least * 1e-9 else 0.0) for low, high in ((box[0], box[2]), (box[1], box[3])))
    return (box[0] - dx, box[1] - dy, box[2] + dx, box[3] + dy)


def _size(single: Mapping[str, str], box: Box, target: CRS) -> tuple[int, int]:
    """Columns and rows: as asked, else so that lengths along both axes look alike."""
    width, height = box[2] - box[0], box[3] - box[1]
    if target.is_geographic:
        width *= max(float(np.cos(np.radians((box[1] + box[3]) / 2))), 0.01)
    ratio = min(max(width / height, 1 / SIDE), SIDE)
    columns, rows = (whole(single[name], name, 1) if name in single else 0 for name in ("width", "height"))
    if not columns and not rows:
        columns, rows = (SIDE, round(SIDE / ratio)) if ratio >= 1 else (round(SIDE * ratio), SIDE)
    return columns or max(1, round(rows * ratio)), rows or max(1, round(columns / ratio))


def _ground(single: Mapping[str, str], form: str) -> tuple[int, int, int] | None:
    transparent = single.get("transparent", "true" if "bgcolor" not in single else "false").lower()
    if transparent not in ("true", "false"):
        raise ValueInvalid(f"transparent '{transparent}' is not known", field="transparent", value=transparent, remedy="true or false")
    text = single.get("bgcolor", "white")
    found = _HEX.fullmatch(text)
    if found is None and text.lower() not in _NAMED:
        raise ValueInvalid(f"bgcolor '{text}' is no colour", field="bgcolor", value=text, remedy=f"0xRRGGBB, or one of {', '.join(_NAMED)}")
    colour = _NAMED[text.lower()] if found is None else (int(found[1][:2], 16), int(found[1][2:4], 16), int(found[1][4:], 16))
    return None if transparent == "true" and form == "png" else colour


def _tile_frame(request: Request, grid: TileMatrixSet) -> Frame:
    numbers = []
    for name, word in (("level", "tile matrix"), ("row", "tile row"), ("column", "tile column")):
        text = request.path_params[name]
        if not (text.isascii() and text.isdigit() and len(text) <= 12):
            raise NotFound(f"{grid.id} has no {word} '{text}'", remedy="tile matrix, row and column are whole numbers, not negative")
        numbers.append(int(text))
    return Frame.over(crs(grid.crs), grid.box(*numbers), PIXELS, PIXELS)


async def _drawable(request: Request) -> Collection:
    """The Collection of the path, if it can be drawn. Raises CollectionMissing, NotFound."""
    found = await in_thread(readable, services_of(request), principal_of(request), request.path_params["id"])
    if not found.schema.geometry:
        raise NotFound(f"'{found.id}' has no geometries, so there is no map of it", remedy=f"ask for /ogc/collections/{found.id}/items")
    return found


def routes() -> list[BaseRoute]:
    """Everything below `/ogc/collections/{id}/map`, and below `map` of each style."""
    plain_, styled = "/ogc/collections/{id}/map", "/ogc/collections/{id}/styles/{style}/map"
    return [*_routes(plain_), Route(f"{plain_}/tiles", tilesets), Route(f"{plain_}/tiles/{{grid}}", tileset), *_routes(styled)]


def _routes(root: str) -> list[BaseRoute]:
    tile = f"{root}/tiles/{{grid}}/{{level}}/{{row}}"
    return [Route(root, collection_map), Route(f"{tile}/{{column}}.png", png_tile), Route(f"{tile}/{{column}}.jpg", jpeg_tile),
            Route(f"{tile}/{{column}}", map_tile)]
