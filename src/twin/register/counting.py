"""Counting: which locations an Asset counts in; its place with all around it once, and each of its zones with the zones around those."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from csdi.feature import Feature


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an Asset says it is.

    Attributes:
        location: id of its location, "" for none.
        model: that it comes from.
        zones: ids of its zones: GlobalIds, or ids of locations that people made.
    """

    location: str
    model: str
    zones: tuple[str, ...] = ()


def spot_of(asset: Feature) -> Spot | None:
    """Where an Asset counts; None where it does not: it is retired, or nowhere."""
    p = asset.properties
    if p.get("status") == "retired":
        return None
    location, zones = p.get("location") or "", p.get("zones")
    if not location and not zones:
        return None
    ids = tuple(sorted({str(one["id"]) for one in zones if one.get("id")})) if zones else ()
    return Spot(str(location), str(p.get("model") or ""), ids)


@dataclass(frozen=True, slots=True)
class Tree:
    """The tree of locations.

    Attributes:
        find: location by its id; None where there is none.
        zone: location by the element that it stands for, `model:GlobalId`; None where there is none.
    """

    find: Callable[[str], Feature | None]
    zone: Callable[[str], Feature | None]

    def counts(self, spots: Mapping[Spot, int]) -> tuple[Counter[str], Counter[str]]:
        """So many Assets at each spot as counts of locations: directly in each, and in each with all that lies in it.

        An Asset counts once in each, however many of its zones lie there. Zones count on their own: the building around them has
        their Assets by the places of these.
        """
        own, total = Counter[str](), Counter[str]()
        for spot, number in spots.items():
            direct, around = self._of(spot)
            for id in direct if number else ():
                own[id] += number
            for id in around if number else ():
                total[id] += number
        return own, total

    def _of(self, spot: Spot) -> tuple[set[str], set[str]]:
        """Locations that an Asset is directly in, and these with all around them."""
        place = self.find(spot.location) if spot.location else None
        direct, around = set[str](), set[str]()
        if place is not None:
            direct.add(place.id)
            around.update(_path(place))
        for id in spot.zones:
            zone = self._zone(spot, place, id)
            if zone is not None:
                direct.add(zone.id)
                above = [self.find(one) for one in _path(zone)]
                around.update(one.id for one in above if one is not None and one.properties.get("kind") == "zone")
        return direct, around | direct

    def _zone(self, spot: Spot, place: Feature | None, id: str) -> Feature | None:
        """A zone of the model that drew the room, else of the Asset's own, else one that people made."""
        drawn = str(place.properties.get("element") or "").partition(":")[0] if place is not None else ""
        named = (self.zone(f"{model}:{id}") for model in dict.fromkeys((drawn, spot.model)) if model)
        found = next((one for one in named if one is not None), None) or self.find(id)
        return found if found is not None and found.properties.get("kind") == "zone" else None


def _path(location: Feature) -> list[str]:
    return str(location.properties.get("path") or location.id).split("/")
