"""The network of a site: made once for each version of a model, kept in blobs, joined, and held while nothing changes."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import shapely

from bim.indoor import SITE_CRS, Mode, Network, model_network
from bim.indoor.network import VERSION
from bim.intake import Intake
from csdi.bootstrap import Services
from csdi.collection import Collection
from csdi.crs import HK80, transform
from csdi.errors import BlobMissing, CsdiError, FeatureMissing, FileBroken, NotFound
from csdi.feature import Feature
from csdi.filter import parse
from csdi.query import Query
from csdi.store.base import Store, has_collection, scan
from twin.register.schemas import ASSETS
from twin.wayfinding.closures import CLOSURES, Closure, closures, out_of_service
from twin.wayfinding.joining import Path, joined
from twin.wayfinding.profiles import Outdoor, Rules, read_rules
from twin.wayfinding.router import Router

_KINDS = (("escalator", Mode.ESCALATOR), ("stair", Mode.STAIR), ("step", Mode.STAIR), ("lift", Mode.LIFT), ("elevator", Mode.LIFT),
          ("ramp", Mode.RAMP), ("travelator", Mode.WALKWAY), ("moving walk", Mode.WALKWAY))
_KIND_FIELDS = ("featuretype", "feature_type", "type", "kind", "class", "highway", "category")
_NAMES = ("name_en", "name", "streetnameen", "street_name_en", "road_name", "title")
_LONG_NAMES = ("name_tc", "name_zh", "streetnamech", "street_name_tc", "name_zh_hant")
_WHEELCHAIRS = ("wheelchair", "wheelchairaccess", "wheelchair_access", "barrier_free")
_YES, _NO = frozenset({"y", "yes", "1", "true", "accessible", "designated"}), frozenset({"n", "no", "0", "false", "inaccessible"})


@dataclass(frozen=True)
class Ways:
    """All that routes of a site are answered from.

    Attributes:
        router: over the joined network.
        rules: profiles, and what is joined.
        closed: closures, of all times.
        out: elements that the register says are out of service.
        missing: models and layers that are not part of the network, and why.
    """

    router: Router
    rules: Rules
    closed: Sequence[Closure] = ()
    out: frozenset[str] = frozenset()
    missing: tuple[tuple[str, str], ...] = ()

    def closed_at(self, moment: datetime | None = None) -> frozenset[str]:
        """Passages that cannot be used at a moment, now without one."""
        at = moment or datetime.now(UTC)
        return self.out | {one.passage for one in self.closed if one.holds(at)}


class WaysCache:
    """The ways of the present state of a store. Thread-safe."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = threading.Lock()
        self._change = -1
        self._mark = self._service = ""
        self._ways: Ways | None = None

    def current(self) -> Ways:
        """The ways; made anew only where a model, a path outside or a closure changed."""
        with self._lock:
            services = self._services
            change, rules = services.store.change(), read_rules(services.settings.home)
            if self._ways is not None and self._change == change and self._ways.rules.mark == rules.mark:
                return self._ways
            mark = _mark(services, rules)
            if self._ways is None or mark != self._mark:
                router, missing = _router(services, rules)
            else:
                router, missing = self._ways.router, self._ways.missing
            service = _versions(services.store, (CLOSURES, ASSETS))
            if self._ways is None or service != self._service:
                closed, out = closures(services.store), frozenset(out_of_service(services.store))
            else:
                closed, out = list(self._ways.closed), self._ways.out
            self._ways = Ways(router, rules, closed, out, missing)
            self._change, self._mark, self._service = change, mark, service
            return self._ways


def ways_of(services: Services) -> Ways:
    """The ways of a site, once."""
    return WaysCache(services).current()


def _mark(services: Services, rules: Rules) -> str:
    said = [rules.mark, *(f"{model}={kept}" for model, kept in _models(services.store)),
            *(f"{one.id}@{one.version}" for one, _ in _outdoors(services.store, rules))]
    return hashlib.sha256("|".join(said).encode()).hexdigest()


def _versions(store: Store, ids: tuple[str, ...]) -> str:
    """Differs when the rows of one of the Collections do."""
    return "|".join(f"{one.id}@{one.version}@{one.updated}" for one in store.collections() if one.id in ids)


def _models(store: Store) -> list[tuple[str, str]]:
    """Id of every model, and where what was read of it is kept."""
    if not has_collection(store, "models"):
        return []
    return sorted((row.id, str(row.properties.get("kept") or "")) for row in scan(store, "models", Query(fields=("kept",), geometry=False)))


def _router(services: Services, rules: Rules) -> tuple[Router, tuple[tuple[str, str], ...]]:
    networks: list[Network] = []
    missing: list[tuple[str, str]] = []
    for model, kept in _models(services.store):
        try:
            networks.append(_kept_network(services, model, kept))
        except (NotFound, FileBroken) as error:
            missing.append((model, str(error)))
    paths: list[Path] = []
    for collection, where in _outdoors(services.store, rules):
        try:
            paths += list(_paths(services.store, collection, where))
        except CsdiError as error:  # a layer of this name that has other fields
            missing.append((collection.id, str(error)))
    return Router(joined(networks, paths, rules.entrance_reach_m, rules.entrance_step_m)), tuple(missing)


def network_of_model(services: Services, model: str) -> Network:
    """The network of one model, made where it is not kept yet. Raises FeatureMissing, BlobMissing, FileBroken."""
    kept = dict(_models(services.store))
    if model not in kept:
        raise FeatureMissing(f"there is no model '{model}'", remedy=f"known: {', '.join(kept) or 'none'}", feature=model)
    return _kept_network(services, model, kept[model])


def _kept_network(services: Services, model: str, kept: str) -> Network:
    if not kept:
        raise BlobMissing(f"of '{model}' nothing is kept that ways could be made from", remedy="load the model again", key=model)
    folder = f"wayfinding/{model}"
    name = f"{folder}/{VERSION}-{hashlib.sha256(kept.encode()).hexdigest()[:24]}.npz"
    try:
        return Network.from_bytes(services.blobs.get(name))
    except (BlobMissing, FileBroken):
        with services.blobs.folder(kept) as place:
            read = Intake.load(place)
        made = model_network(read.tables, read.shapes, read.space_shapes, read.georeference, model)
        old = list(services.blobs.names(folder))
        services.blobs.put_named(name, made.to_bytes(), replace=True)
        for one in old:
            if one != name:
                services.blobs.delete(one)
        return made


def _outdoors(store: Store, rules: Rules) -> list[tuple[Collection, str]]:
    """Collections of lines that people walk along, with the condition that lines must meet."""
    found: dict[str, tuple[Collection, str]] = {}
    for collection in store.collections():
        for one in rules.outdoor:
            if _is_meant(collection, one):
                found.setdefault(collection.id, (collection, one.where))
    return [found[id] for id in sorted(found)]


def _is_meant(collection: Collection, rule: Outdoor) -> bool:
    if not collection.public or not collection.schema.geometry:
        return False
    words = {word.lower() for word in collection.keywords}
    return collection.id == rule.collection or (rule.keyword != "" and rule.keyword.lower() in words)


def _paths(store: Store, collection: Collection, where: str) -> Iterator[Path]:
    query = Query(filter=parse(where) if where else None)
    to_grid = transform(collection.storage_crs, SITE_CRS if "+" in collection.storage_crs else HK80)
    for row in scan(store, collection.id, query):
        if row.geometry is None:
            continue
        lines = [part for part in shapely.get_parts(to_grid.geometry(row.geometry)) if part.geom_type == "LineString"]
        for number, line in enumerate(lines):
            yield _path(row, f"{collection.id}:{row.id}" + (f"/{number}" if number else ""),
                        np.asarray(shapely.get_coordinates(line, include_z=True), np.float64))


def _path(row: Feature, id: str, line: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> Path:
    """A line by what its attributes say, whatever they are called: kind, wheelchairs, direction, names."""
    said = {name.lower(): value for name, value in row.properties.items() if value is not None}
    kind = " ".join(str(said[name]).lower() for name in _KIND_FIELDS if name in said)
    mode = next((mode for word, mode in _KINDS if word in kind), Mode.OUTDOOR)
    words = {str(said[name]).strip().lower() for name in _WHEELCHAIRS if name in said}
    barred = str(said.get("wheelchairbarrier", said.get("wheelchair_barrier", ""))).strip().lower() in _YES
    return Path(id, _first(said, _NAMES), line, mode, _heading(said), _first(said, _LONG_NAMES),
                False if barred or words & _NO else True if words & _YES else None)


def _heading(said: dict[str, object]) -> int:
    """One-way lines: as OpenStreetMap says it, or in words."""
    word = str(said.get("oneway_foot", said.get("direction", ""))).strip().lower()
    return 1 if word in ("yes", "forward", "one-way", "oneway") else -1 if word in ("-1", "backward", "reverse") else 0


def _first(said: dict[str, object], names: Sequence[str]) -> str:
    return next((str(said[name]) for name in names if said.get(name)), "")
