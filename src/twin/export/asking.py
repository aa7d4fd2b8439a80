"""Asking for exports: what the command line and HTTP have in common; every answer is a file that appears whole or not at all."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from csdi.access import Action, Principal, require
from csdi.bootstrap import Services
from csdi.errors import PathMissing, ValueInvalid
from csdi.extent import BBox
from twin.export.czml import TrackWish, layer_czml, route_czml
from twin.export.files import FORMATS, export_model
from twin.export.imdf import write_imdf
from twin.export.imdf.writing import models_with_rooms
from twin.export.selection import Selection
from twin.export.sequence import sequence
from twin.export.site import SiteWish, site_cityjson
from twin.wayfinding.asking import Asking, Wish

SITE_FORMATS = ("cityjson", "cityjsonseq")
ALL_FORMATS = (*FORMATS, "czml")
MOST_ELEMENTS = 300_000
_COLLECTIONS = ("models", "elements", "spaces")


def box_of(text: str) -> BBox | None:
    """`west,south,east,north` in degrees, with heights between where there are six numbers; None for "". Raises ValueInvalid."""
    if not text:
        return None
    try:
        return BBox.of([float(part) for part in text.split(",")])
    except ValueError:
        raise ValueInvalid("a box is four numbers", field="box", value=text[:80], remedy="west,south,east,north") from None


@dataclass(frozen=True, slots=True)
class Export:
    """Exports on behalf of somebody."""

    services: Services
    principal: Principal

    def to_file(self, format: str, path: Path, selection: Selection, site: SiteWish, tracks: TrackWish, layer: str,
                way: tuple[str, str, str]) -> dict[str, int]:
        """Writes what is asked for, by its format and what is named; returns counts. Raises ValueInvalid and as the parts do."""
        if format == "czml":
            return self.route(path, *way) if way[0] else self.layer(path, layer, tracks)
        models = site.models or ()
        whole = not (selection.storeys or selection.classes or selection.filter or selection.ids)
        if format == "imdf":
            if not whole or selection.box:
                raise ValueInvalid("an indoor map is made of whole models", field="format", value="imdf",
                                   remedy="leave storeys, classes, filters, ids and the box out")
            return self.imdf(path, models)
        if format in SITE_FORMATS and whole and len(models) != 1:
            return self.site(format, path, site)
        if len(models) != 1:
            raise ValueInvalid(f"{format} is written of one model", field="model", value=len(models), remedy="name one model")
        return self.model(format, path, replace(selection, model=models[0]))

    def model(self, format: str, path: Path, selection: Selection) -> dict[str, int]:
        """A model, or a part of it. Raises as `export_model`; ValueInvalid for more than 300,000 elements."""
        self._may_read()
        counts = self.services.store.feature("models", selection.model).properties.get("counts") or {}
        if int(counts.get("elements") or 0) > MOST_ELEMENTS and selection.whole:
            raise ValueInvalid(f"'{selection.model}' has more than {MOST_ELEMENTS} elements", field="model", limit=MOST_ELEMENTS,
                               remedy="export it storey by storey")
        return dict(export_model(self.services, selection, format, path).counts)

    def imdf(self, path: Path, models: Iterable[str]) -> dict[str, int]:
        """The indoor map of models; of all that have rooms and a place, where none is named. Raises as `write_imdf`."""
        self._may_read()
        with WholeFile(path) as written:
            return write_imdf(self.services, list(models) or models_with_rooms(self.services), written.path)

    def site(self, format: str, path: Path, wish: SiteWish) -> dict[str, int]:
        """The site as CityJSON. Raises as `site_cityjson`."""
        if wish.models:
            self._may_read()
        made = site_cityjson(self.services, self.principal, wish)
        with WholeFile(path) as written:
            written.lines(sequence(made) if format == "cityjsonseq" else [orjson.dumps(made)])
        return dict(Counter(one["type"] for one in made["CityObjects"].values()))

    def layer(self, path: Path, id: str, wish: TrackWish) -> dict[str, int]:
        """What moves in a layer of points, as CZML. Raises CollectionMissing, AccessDenied, and as `layer_czml`."""
        if not id:
            raise ValueInvalid("CZML is made of a layer of points, or of a route", field="layer",
                               remedy="name a layer, or where a route begins")
        collection = self.services.store.collection(id)
        require(self.principal, Action.READ, collection)
        with WholeFile(path) as written:
            packets = written.lines(layer_czml(self.services, collection, wish))
        return {"tracks": packets - 2}

    def route(self, path: Path, begin: str, end: str, profile: str, moment: datetime | None = None) -> dict[str, int]:
        """A route as CZML, walked from a moment on, now without one. Raises as `Asking.route`, and as `route_czml`."""
        asked = Wish(begin, end or "exit", profile or "walking", at=moment)
        found: dict[str, Any] = Asking.of(self.services, self.principal).route(asked)
        with WholeFile(path) as written:
            written.lines(route_czml(found, moment or datetime.now(UTC).replace(microsecond=0)))
        return {"legs": len(found["features"]), "metres": round(float(found["route"]["metres"]))}

    def _may_read(self) -> None:
        for id in _COLLECTIONS:
            require(self.principal, Action.READ, self.services.store.collection(id))


class WholeFile:
    """A file that takes its name when the block ends well."""

    def __init__(self, path: Path) -> None:
        if not path.parent.is_dir():
            raise PathMissing(f"{path.parent}: there is no such folder", remedy="make it first", file=str(path.parent))
        self._target = path
        self._folder = tempfile.TemporaryDirectory(prefix="csdi-export-", dir=path.parent)
        self.path = Path(self._folder.name) / "export"

    def __enter__(self) -> WholeFile:
        return self

    def lines(self, parts: Iterable[bytes]) -> int:
        """Writes parts one after the other; returns how many."""
        count = 0
        with self.path.open("wb") as file:
            for part in parts:
                file.write(part)
                count += 1
        return count

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.path.replace(self._target)
        self._folder.cleanup()
