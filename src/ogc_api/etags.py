"""Entity tags of items: a digest of the state, and which rendition of it; and the conditions that requests make of them (RFC 9110)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any, Self

import orjson
import shapely

from csdi.errors import PreconditionFailed, PreconditionMissing, ValueInvalid
from csdi.feature import Feature

_TAG = re.compile(r'\s*(W/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*(?:,|$)')


def state_of(feature: Feature) -> str:
    """A digest of all that a Feature is: id, geometry and properties as kept; the same on every store and in every rendition."""
    shape = None if feature.geometry is None else shapely.to_wkb(feature.geometry, byte_order=1, flavor="iso")
    return state_of_parts(feature.id, dict(feature.properties), shape)


def state_of_parts(id: str, properties: Any, wkb: bytes | None) -> str:
    """The same digest from its parts; the geometry as ISO WKB, little-endian."""
    said = orjson.dumps([id, properties], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(said + b"\x00" + (wkb or b"")).hexdigest()[:32]


def etag(state: str, *rendition: str) -> str:
    """The strong entity tag of a rendition of a state: `"digest.json.EPSG:2326"`."""
    return f'"{".".join((state, *rendition))}"'


def tags(header: str, name: str) -> list[str] | None:
    """The entity tags of a header, weak ones with their `W/`; None for `*`. Raises ValueInvalid for what is no list of them."""
    if header.strip() == "*":
        return None
    found, at = [], 0
    while at < len(header):
        match = _TAG.match(header, at)
        if not match:
            raise ValueInvalid(f"{name} is no list of entity tags: {header}"[:200], field=name,
                               remedy='send the ETag of the item as it was given, with its quotes, or *')
        found.append((match[1] or "") + match[2])
        at = match.end()
    return found


def is_known(header: str, tag: str) -> bool:
    """Whether `If-None-Match` of a GET names this rendition, so that 304 is the answer."""
    try:
        known = tags(header, "If-None-Match") if header else []
    except ValueInvalid:
        return False
    return known is None or tag.strip('"') in [one.removeprefix("W/") for one in known]


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a change says of the state that it changes: entity tags, None for `*`, () where the header is not sent.

    A tag of any rendition stands for its state. Weak tags say nothing about identity and match nothing in `If-Match`.
    """

    match: tuple[str, ...] | None = ()
    none_match: tuple[str, ...] | None = ()

    @classmethod
    def of(cls, if_match: str, if_none_match: str) -> Self:
        """From the two headers, "" where not sent. Raises ValueInvalid."""
        match, none_match = tags(if_match, "If-Match"), tags(if_none_match, "If-None-Match")
        return cls(None if match is None else tuple(match), None if none_match is None else tuple(none_match))

    @property
    def creates(self) -> bool:
        """Whether the change is meant for what is not there yet."""
        return self.none_match != () and self.match == ()

    def check(self, state: str, id: str) -> None:
        """Do nothing where the change is meant for this state of what is there.

        Raises:
            PreconditionMissing: the request makes no condition.
            PreconditionFailed: it was meant for another state.
        """
        if self.match == () and self.none_match == ():
            raise PreconditionMissing(f"the request does not say which state of '{id}' it changes", feature=id, field="If-Match",
                                      remedy="read the item and send its ETag as If-Match")
        wanted = self.match is None or self.match == () or state in {one.partition(".")[0] for one in self.match}
        unwanted = self.none_match is None or state in {one.removeprefix("W/").partition(".")[0] for one in self.none_match}
        if not wanted or unwanted:
            raise PreconditionFailed(f"'{id}' is not in the state that the request was made for", feature=id,
                                     remedy="read it again, then change it")
