"""Asking for ways: what the routes over HTTP, the process and the command line have in common."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from csdi.access import Action, Principal, may, require
from csdi.bootstrap import Services
from csdi.errors import CollectionMissing, NotFound, ValueInvalid
from csdi.store.base import Store
from twin.wayfinding.closures import Closure, close, reopen
from twin.wayfinding.documents import Frame, check_document, escapes_document, reach_document, route_document
from twin.wayfinding.keeping import Ways, WaysCache
from twin.wayfinding.places import LANGUAGES, Places
from twin.wayfinding.profiles import Profile
from twin.wayfinding.router import Place

Json = dict[str, Any]
_CACHES: WeakKeyDictionary[Store, WaysCache] = WeakKeyDictionary()
_LOCK = threading.Lock()
_LONGEST_S = 4 * 3600.0


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants of a route.

    Attributes:
        begin, end: as `Places.find` reads them.
        crs: of the answer: `CRS84`, the default, or `EPSG:2326`.
        at: when; closures of that moment count, those of now without it.
        least_door_width_m, steepest: in place of those of the profile.
    """

    begin: str
    end: str = "exit"
    profile: str = "walking"
    language: str = "en"
    crs: str = ""
    at: datetime | None = None
    least_door_width_m: float | None = None
    steepest: float | None = None


class Asking:
    """Questions about the ways of a site, on behalf of somebody. Safe to share between threads."""

    def __init__(self, services: Services, principal: Principal, ways: Ways) -> None:
        self._services, self._principal, self.ways = services, principal, ways

    @classmethod
    def of(cls, services: Services, principal: Principal) -> Asking:
        """With the ways of the present state. Raises AccessDenied where the principal may not see spaces."""
        with suppress(CollectionMissing):
            require(principal, Action.READ, services.store.collection("spaces"))
        with _LOCK:
            cache = _CACHES.setdefault(services.store, WaysCache(services))
        return cls(services, principal, cache.current())

    def route(self, wish: Wish) -> Json:
        """The quickest way as a document. Raises NotFound where there is none; ValueInvalid."""
        profile, closed = self._profile(wish), self.ways.closed_at(wish.at)
        places = self._places()
        begin, ends = self._origin(places, wish.begin, closed), places.find(wish.end, closed)
        frame = self._frame(wish)
        found = self.ways.router.route(begin, ends, profile, closed)
        if found is None:
            raise NotFound(f"no way leads from '{wish.begin[:80]}' to '{wish.end[:80]}' for the profile '{profile.id}'", profile=profile.id,
                           remedy="see what is cut off:  csdi routes check")
        return route_document(found, self.ways.router.network, profile, frame, wish.language)

    def evacuation(self, wish: Wish, *, farthest: bool = False) -> Json:
        """Of every space the way to the nearest exit. Raises ValueInvalid where there is no exit."""
        profile = self._profile(wish)
        found = self.ways.router.escapes(profile, self.ways.closed_at(wish.at), farthest=farthest)
        return escapes_document(found, self.ways.router, profile, self._frame(wish), wish.language)

    def service_area(self, wish: Wish, seconds: float) -> Json:
        """The spaces that are reached from `begin` in this time. Raises ValueInvalid."""
        if not 0 < seconds <= _LONGEST_S:
            raise ValueInvalid(f"a service area is asked for with 0 to {_LONGEST_S / 60:.0f} minutes", field="minutes", value=seconds / 60)
        profile, closed = self._profile(wish), self.ways.closed_at(wish.at)
        begin = self._origin(self._places(), wish.begin, closed)
        away, pace = self.ways.router.reach(begin, profile, seconds, closed)
        within = (begin.space,) if begin.space >= 0 else ()
        return reach_document(self.ways.router, away, pace, seconds, self._frame(wish), wish.language, within)

    def check(self, models: Sequence[str] = ()) -> Json:
        """What is not part of the network, and what is cut off. Raises NotFound for a model that is not there."""
        network = self.ways.router.network
        known = {one.model for one in network.spaces} | {one.model for one in network.passages} \
            | {loss.id.partition(":")[0] for loss in network.losses}
        missing = dict(self.ways.missing)
        if lost := [model for model in models if model not in known]:
            raise NotFound(missing.get(lost[0], f"the network has nothing of a model '{lost[0][:80]}'"), model=lost[0][:80],
                           remedy=f"models with ways: {', '.join(sorted(one for one in known if one)) or 'none'}")
        found = check_document(self.ways.router, self.ways.rules.profiles.values(), models, self.ways.closed_at())
        return found | {"without_network": [{"id": id, "reason": reason} for id, reason in self.ways.missing]}

    def frame(self, crs: str) -> Frame:
        """How coordinates are written. Raises ValueInvalid."""
        return Frame.of(crs, self._services.heights)

    def close(self, passage: str, reason: str = "", since: datetime | None = None, until: datetime | None = None) -> Closure:
        """Take a passage out of service. Raises AccessDenied, NotFound for what is no passage, ValueInvalid."""
        require(self._principal, Action.EDIT)
        if passage not in self.ways.router.passages:
            raise NotFound(f"there is no door, stair, lift or path '{passage[:80]}' in the network", passage=passage[:80],
                           remedy="give the id of an element, as model:GlobalId")
        return close(self._services.store, self._principal.id, passage, reason, since, until)

    def reopen(self, id: str, revision: int | None = None) -> Closure:
        """Put a passage into service again. Raises AccessDenied, NotFound, PreconditionFailed."""
        require(self._principal, Action.EDIT)
        return reopen(self._services.store, self._principal.id, id, revision)

    def _places(self) -> Places:
        return Places(self.ways.router, self._services.store, self._may_read)

    def _may_read(self, id: str) -> bool:
        """Whether there is a Collection of this id that the principal may read."""
        try:
            return may(self._principal, Action.READ, self._services.store.collection(id))
        except CollectionMissing:
            return False

    def _origin(self, places: Places, text: str, closed: frozenset[str]) -> Place:
        found = places.find(text, closed)
        if len(found) > 1:
            raise ValueInvalid(f"'{text[:80]}' is not one place to begin at", field="from", value=text[:80], remedy="give one place")
        return found[0]

    def _profile(self, wish: Wish) -> Profile:
        if wish.language not in LANGUAGES:
            raise ValueInvalid(f"there are no instructions in '{wish.language[:20]}'", field="lang",
                               remedy=f"one of {', '.join(LANGUAGES)}")
        return self.ways.rules.profile(wish.profile).changed(wish.least_door_width_m, wish.steepest)

    def _frame(self, wish: Wish) -> Frame:
        return self.frame(wish.crs)
