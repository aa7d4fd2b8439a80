"""OGC API - Tiles over HTTP: vector tiles of one Collection or of several together, in every tile matrix set."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any
from urllib.parse import quote

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from csdi.access import Action, Principal, may
from csdi.bootstrap import Services
from csdi.collection import Collection, Kind
from csdi.errors import NotFound, ValueInvalid
from csdi.tiles import TileMatrixSet, tile_matrix_set
from csdi.tiles.draw import BUDGET, Place
from csdi.tiles.geojson import draw_json
from csdi.tiles.mvt import MEDIA
from csdi.tiles.shelf import KeptTile, Shelf
from ogc_api import tilesets
from ogc_api.compression import accepted
from ogc_api.edge import in_thread, ogc_base, only, principal_of, services_of
from ogc_api.items import readable
from ogc_api.pages import language_of

CHECK_S = 0.25
"""How old the knowledge of the catalogue may be that a tile is served by."""
MAX_AGE_S = 60
"""How long a browser may show a tile without asking whether it is still the same."""
_FORMATS = ("mvt", "json")
_DATASET = {"en": "All collections", "zh-Hant": "所有資料集", "zh-Hans": "所有数据集"}


@dataclass(frozen=True, slots=True)
class Answer:
    """A tile on its way out.

    Attributes:
        body: as it is sent, compressed when `zipped`.
    """

    body: bytes
    zipped: bool
    etag: str
    media: str
    features: int
    whole: bool
    public: bool


class Tiles:
    """What the routes need besides the services: kept tiles, and the catalogue as it was a moment ago. Thread-safe."""

    def __init__(self, services: Services) -> None:
        self._services, self._shelf = services, Shelf(services.store, services.blobs)
        self._lock = threading.Lock()
        self._checked, self._change = 0.0, -1
        self._known: dict[str, Collection] = {}

    def readable(self, principal: Principal, id: str) -> Collection:
        """See `items.readable`; and the Collection must have geometries.

        Raises:
            CollectionMissing: there is none, or not for this principal.
            NotFound: a table without geometries has no tiles.
        """
        known = self._catalogue()
        found = known.get(id)
        if found is None or not may(principal, Action.READ, found):
            found = known[id] = readable(self._services, principal, id)
        if not found.schema.geometry:
            raise NotFound(f"'{id}' has no geometries, so it has no tiles", remedy=f"ask for /ogc/collections/{id}/items")
        return found

    def at_hand(self, principal: Principal, id: str, place: Place) -> tuple[Collection, KeptTile] | None:
        """A tile that can be had without waiting for anything, with its Collection."""
        known = self._known.get(id) if time.monotonic() - self._checked < CHECK_S else None
        if known is None or not may(principal, Action.READ, known):
            return None
        kept = self._shelf.at_hand(known, place)
        return None if kept is None else (known, kept)

    def chosen(self, principal: Principal, ids: Sequence[str] | None) -> list[Collection]:
        """The Collections of a dataset tile, by id: those named, or all.

        Raises:
            ValueInvalid: a name that there is no Collection for.
        """
        if ids is None:
            found = self._services.store.collections()
            hidden = (Kind.SYSTEM, Kind.CATALOGUE)
            return [c for c in found if c.schema.geometry and c.kind not in hidden and may(principal, Action.READ, c)]
        try:
            return [self.readable(principal, id) for id in sorted(set(ids))]
        except NotFound as error:
            raise ValueInvalid(f"collections: {error.message}", field="collections", value=",".join(ids),
                               remedy="name collections as /ogc/collections does, with commas between them") from None

    def mvt(self, shown: Sequence[Collection], place: Place) -> list[KeptTile]:
        """The layers of a tile, which together stay within the budget: where they do not, each gets its fair share."""
        made = [self._shelf.tile(collection, place) for collection in shown]
        sizes = [len(tile.body) for tile in made] if len(made) > 1 else [0]
        if sum(sizes) <= BUDGET:
            return made
        share = fair_share(sizes, BUDGET)
        return [tile if size <= share else self._shelf.tile(collection, place, share)
                for tile, size, collection in zip(made, sizes, shown, strict=True)]

    def _catalogue(self) -> dict[str, Collection]:
        """What is known of the present catalogue; a new, empty one when it has changed."""
        if time.monotonic() - self._checked >= CHECK_S:
            with self._lock:
                change = self._services.store.change()
                if change != self._change:
                    self._known, self._change = {}, change
                self._checked = time.monotonic()
        return self._known


def fair_share(sizes: Sequence[int], budget: int) -> int:
    """The largest size such that, when all are cut to it, the sum is within the budget.

    >>> fair_share([10, 50, 60], 90)
    40
    """
    left, share = budget, budget
    for number, size in enumerate(sorted(sizes)):
        share = left // (len(sizes) - number)
        if size > share:
            return share
        left -= size
    return share


async def matrix_sets(request: Request) -> Response:
    """All tile matrix sets."""
    only(request, "json")
    return _json(tilesets.matrix_sets(ogc_base(request)))


async def matrix_set(request: Request) -> Response:
    """One tile matrix set."""
    only(request, "json")
    return _json(tilesets.matrix_set(ogc_base(request), _grid(request)))


async def collection_tilesets(request: Request) -> Response:
    """The tilesets of a Collection."""
    only(request, "json")
    found = await _collection(request)
    root = _root(request)
    return _json(tilesets.tilesets(ogc_base(request), root, found.title_in(language_of(request))))


async def collection_tileset(request: Request) -> Response:
    """Metadata of a Collection's tileset."""
    only(request, "json", "tilejson")
    grid, found = _grid(request), await _collection(request)
    return _tileset(request, grid, found.title_in(language_of(request)), [found], "")


async def collection_tile(request: Request) -> Response:
    """A tile of a Collection."""
    only(request, *_FORMATS)
    place, form = _place(request), _tile_format(request)
    ready = _tiles(request).at_hand(principal_of(request), request.path_params["id"], place) if form == "mvt" else None
    if ready is not None:
        _check(place, [ready[0]])
        return _sent(request, place, _packed([ready[0]], [ready[1]], _takes_gzip(request)))
    return await _tile(request, [await _collection(request)], place, form)


async def dataset_tilesets(request: Request) -> Response:
    """The tilesets of all Collections together."""
    only(request, "json", also=("collections",))
    _, chosen = await _chosen(request)
    return _json(tilesets.tilesets(ogc_base(request), _root(request), _DATASET[language_of(request)], chosen))


async def dataset_tileset(request: Request) -> Response:
    """Metadata of a tileset of several Collections."""
    only(request, "json", "tilejson", also=("collections",))
    grid, (shown, chosen) = _grid(request), await _chosen(request)
    return _tileset(request, grid, _DATASET[language_of(request)], shown, chosen)


async def dataset_tile(request: Request) -> Response:
    """A tile of several Collections, one layer for each."""
    only(request, *_FORMATS, also=("collections",))
    place, (shown, _) = _place(request), await _chosen(request)
    return await _tile(request, shown, place, _tile_format(request))


def _tileset(request: Request, grid: TileMatrixSet, title: str, shown: Sequence[Collection], chosen: str) -> Response:
    if request.query_params.get("f") == "tilejson":
        if grid.crs != "EPSG:3857":
            raise NotFound(f"TileJSON knows no other grid than WebMercatorQuad, not {grid.id}",
                           remedy="ask for f=json, or for WebMercatorQuad")
        return _json(tilesets.tilejson(_root(request), grid, title, shown, language_of(request), chosen), tilesets.TILEJSON)
    return _json(tilesets.tileset(ogc_base(request), _root(request), grid, title, shown, language_of(request), chosen))


async def _tile(request: Request, shown: Sequence[Collection], place: Place, form: str) -> Response:
    _check(place, shown)
    return _sent(request, place, await in_thread(_answer, services_of(request), _tiles(request), shown, place, form, _takes_gzip(request)))


def _sent(request: Request, place: Place, answer: Answer) -> Response:
    headers = {"ETag": f'W/"{answer.etag}"', "Vary": "Accept, Accept-Encoding", "Content-Crs": f"<{place.grid.crs_uri}>",
               "Cache-Control": f"{'public' if answer.public else 'private'}, max-age={MAX_AGE_S}",
               "Tile-Features": f"{answer.features};complete=?{int(answer.whole)}"}
    known = [tag.strip().removeprefix("W/").strip('"') for tag in request.headers.get("if-none-match", "").split(",")]
    if answer.etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    if answer.zipped:
        headers["Content-Encoding"] = "gzip"
    return Response(answer.body, headers=headers, media_type=answer.media)


def _answer(services: Services, tiles: Tiles, shown: Sequence[Collection], place: Place, form: str, gzipped: bool) -> Answer:
    if form == "json":
        body, count, whole = draw_json(services.store, shown, place)
        return Answer(body, False, _digest(body), tilesets.GEOJSON, count, whole, all(collection.public for collection in shown))
    return _packed(shown, tiles.mvt(shown, place), gzipped)


def _packed(shown: Sequence[Collection], made: Sequence[KeptTile], gzipped: bool) -> Answer:
    """The layers of a tile as one answer."""
    public = all(collection.public for collection in shown)
    count, whole = sum(tile.features for tile in made), all(tile.whole for tile in made)
    etag = made[0].etag if len(made) == 1 else _digest("".join(tile.etag for tile in made).encode())
    if len(made) == 1 and gzipped and made[0].zipped:
        return Answer(made[0].zipped, True, etag, MEDIA, count, whole, public)
    return Answer(b"".join(tile.body for tile in made), False, etag, MEDIA, count, whole, public)


def _takes_gzip(request: Request) -> bool:
    return accepted(request.headers.get("accept-encoding", ""), ("gzip",)) == "gzip"


def _tile_format(request: Request) -> str:
    """`f`, else Accept: GeoJSON where it is asked for and vector tiles are not."""
    asked = request.query_params.get("f", "")
    if asked:
        return asked
    accept = request.headers.get("accept", "")
    return "json" if "json" in accept and MEDIA not in accept and "protobuf" not in accept and "*/*" not in accept else "mvt"


def _grid(request: Request) -> TileMatrixSet:
    return tile_matrix_set(request.path_params["grid"])


def _place(request: Request) -> Place:
    """The tile that the path names. Raises NotFound."""
    grid, numbers = _grid(request), []
    for name, word in (("level", "tile matrix"), ("row", "tile row"), ("column", "tile column")):
        text = request.path_params[name]
        if not (text.isascii() and text.isdigit() and len(text) <= 12):
            raise NotFound(f"{grid.id} has no {word} '{text}'", remedy="tile matrix, row and column are whole numbers, not negative")
        numbers.append(int(text))
    return Place.of(grid, *numbers)


def _check(place: Place, shown: Sequence[Collection]) -> None:
    """Raises NotFound for a tile outside the limits of its tileset (OGC 20-057, /req/core/tc-error)."""
    if not tilesets.is_within_limits(place, shown):
        raise NotFound(f"tile {place.level}/{place.row}/{place.column} of {place.grid.id} lies outside the data",
                       remedy="tileMatrixSetLimits of the tileset say which tiles there are")


def _root(request: Request) -> str:
    """The URL that ends with `/tiles`, of the Collection or of all."""
    base, id = ogc_base(request), request.path_params.get("id")
    return f"{base}/collections/{id}/tiles" if id else f"{base}/tiles"


async def _collection(request: Request) -> Collection:
    return await in_thread(_tiles(request).readable, principal_of(request), request.path_params["id"])


async def _chosen(request: Request) -> tuple[list[Collection], str]:
    """The Collections that `collections` names, and the parameter as links carry it on."""
    text = request.query_params.get("collections")
    ids = None if text is None else [id.strip() for id in text.split(",")]
    shown = await in_thread(_tiles(request).chosen, principal_of(request), ids)
    return shown, "" if text is None else f"collections={quote(','.join(c.id for c in shown), safe=',')}"


def _tiles(request: Request) -> Tiles:
    """The one `Tiles` of this application."""
    state = request.app.state
    found: Tiles | None = getattr(state, "tiles", None)
    if found is None:
        found = state.tiles = Tiles(services_of(request))
    return found


def _digest(body: bytes) -> str:
    return blake2b(body, digest_size=16).hexdigest()


def _json(body: dict[str, Any], media: str = tilesets.JSON) -> Response:
    return Response(orjson.dumps(body), media_type=media)


def routes() -> list[BaseRoute]:
    """Tile matrix sets, and everything below `/ogc/tiles` and `/ogc/collections/{id}/tiles`."""
    tile = "/{grid}/{level}/{row}/{column}"
    found: list[BaseRoute] = [Route("/ogc/tileMatrixSets", matrix_sets), Route("/ogc/tileMatrixSets/{grid}", matrix_set)]
    for root, handlers in (("/ogc/collections/{id}/tiles", (collection_tilesets, collection_tileset, collection_tile)),
                           ("/ogc/tiles", (dataset_tilesets, dataset_tileset, dataset_tile))):
        found += [Route(root + path, handler) for path, handler in zip(("", "/{grid}", tile), handlers, strict=True)]
    return found
