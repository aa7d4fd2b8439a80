"""Tiles of what was read from a model, kept in the blobs; made again from what was kept, where that is asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

import orjson

from bim.intake import Intake
from bim.shapes import Shapes
from csdi.blobs import Blobs
from csdi.bootstrap import Services
from csdi.errors import Conflict, CsdiError, NotFound
from csdi.feature import Feature
from csdi.finding import Finding
from twin.shelf import Shelf
from twin.tiler import BuiltTileset, build_tileset
from twin.versions import model_row

TILES = "tiles3d"
"""Where the tiles of the twin lie, for everybody."""
SHELVES = "tiles.json"
"""Beside a model's intake: what the next version's tiles take over."""

Json = dict[str, Any]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Tilings:
    """The tilesets of one version of a model.

    Attributes:
        bodies: of its elements.
        rooms: built with its spaces, which are `rooms.spaces`.
    """

    bodies: BuiltTileset
    rooms: BuiltTileset

    @property
    def rows(self) -> Json:
        """What the model's own row says of its tiles."""
        spaces = _told(replace(self.rooms.spaces, findings=self.rooms.findings)) if self.rooms.spaces else None
        told: Json = orjson.loads(orjson.dumps({"bodies": _told(self.bodies), "spaces": spaces}))
        return told

    @property
    def findings(self) -> list[Finding]:
        """Of the elements, and of each space that is not where it should be."""
        return [*self.bodies.findings, *(finding for finding in self.rooms.findings if finding.subject)]

    @property
    def shelves(self) -> Json:
        """What the next version takes over, by part."""
        parts = (("elements", self.bodies), ("spaces", self.rooms))
        return {part: one.shelf.to_dict() for part, one in parts if one.shelf}


def make(services: Services, read: Intake, before: Json, progress: Progress, *, anew: bool = False, into: str = TILES) -> Tilings:
    """All tiles of what was read; those of the version before that are still right are taken over.

    Args:
        before: shelves of the version before, empty for none.
        progress: told (tiles done, tiles in all).
        anew: whether files that are there are read too, and replaced where they are not what their names say.
        into: where what is new goes; tiles that are taken over stay where they are, in `TILES`.
    """
    def built(shapes: Shapes, rows: list[Feature], shelf: Json | None) -> BuiltTileset:
        blobs = services.blobs
        return build_tileset(shapes, map(_row, rows), read.georeference, services.heights,
                             lambda name, data: blobs.put_named(f"{into}/{name}", data, replace=anew), progress=progress,
                             shelf=Shelf.read(shelf, lambda name: _is_there(blobs, name, whole=anew)),
                             source=lambda name: blobs.get(f"{TILES}/{name}"), edges=services.settings.tile_edges)
    return Tilings(built(read.shapes, read.tables.elements, before.get("elements")),
                   built(read.space_shapes, read.tables.spaces, before.get("spaces")))


def make_again(services: Services, model: str, progress: Progress) -> Tilings:
    """The tiles of a model's present version once more, from what was kept of it; only what is missing, damaged or no longer right is made.

    Raises:
        FeatureMissing: no such model.
        NotFound: nothing was kept of it.
        Conflict: another version was published meanwhile.
    """
    old = services.store.feature("models", model)
    kept = old.properties.get("kept")
    try:
        with services.blobs.folder(str(kept or "")) as folder:
            made = make(services, Intake.load(folder), shelves_of(services, model), progress, anew=True)
    except CsdiError as error:
        raise NotFound(f"what was read from the file of '{model}' is not kept: {error.message}", model=model,
                       remedy="load its file again: csdi models add") from error
    services.blobs.put_named(f"{kept}/{SHELVES}", orjson.dumps(made.shelves), replace=True)
    if _without_work(made.rows) != _without_work(old.properties.get("tiles") or {}):
        _published(services, old, made.rows)
    return made


def shelves_of(services: Services, model: str) -> Json:
    """What the tiles of the model's present version left for the next one, by part; empty where nothing was kept."""
    kept = (model_row(services.store, model) or {}).get("kept")
    try:
        return dict(orjson.loads(services.blobs.get(f"{kept}/{SHELVES}"))) if kept else {}
    except (CsdiError, ValueError):
        return {}


def _published(services: Services, old: Feature, tiles: Json) -> None:
    with services.store.transaction() as change:
        now = services.store.feature("models", old.id)
        if now.properties.get("kept") != old.properties.get("kept"):
            raise Conflict(f"another version of '{old.id}' was published meanwhile", remedy="build its tiles again", model=old.id)
        change.write("models", [Feature(now.id, now.geometry, {**now.properties, "tiles": tiles, "tileset": tiles["bodies"]["root"]})])


def _without_work(tiles: Mapping[str, Any]) -> Json:
    """What is said of tiles, without how much of them was made by the last run."""
    work = {"reused", "built", "renamed"}
    return {part: {name: value for name, value in told.items() if name not in work} for part, told in tiles.items() if told}


def _is_there(blobs: Blobs, name: str, *, whole: bool) -> bool:
    """Whether a tile is there, and where `whole` is asked for is what its name says."""
    if not whole:
        return blobs.exists(f"{TILES}/{name}")
    try:
        data = blobs.get(f"{TILES}/{name}")
    except CsdiError:
        return False
    return hashlib.sha256(data).hexdigest()[:32] == PurePosixPath(name).stem


def _row(feature: Feature) -> Json:
    """What a tile says of an element."""
    p = feature.properties
    return {"id": feature.id, "global_id": p.get("global_id") or "", "name": p.get("name") or "", "ifc_class": p.get("ifc_class") or "",
            "storey": p.get("storey_name") or ""}


def _told(built: BuiltTileset) -> Json:
    described = built.to_dict()
    return described | {"root": f"{TILES}/{built.root}" if built.root else ""}
