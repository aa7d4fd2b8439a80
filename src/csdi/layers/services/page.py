"""What all services have in common: layers that can be asked for page by page, and where the next page is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from csdi.errors import SourceUnavailable
from csdi.outgoing import Outgoing

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Some Features.

    Attributes:
        features: GeoJSON Features; coordinates in `crs`, x = east or longitude first.
        next: where the next page is, in the service's own words; "" after the last one.
        total: how many there are in all, None when the server does not say.
        crs: code of the CRS, "" when the page does not say.
    """

    features: Sequence[Json]
    next: str
    total: int | None = None
    crs: str = ""


class Service(Protocol):
    """One layer of a server. The word for the first page is ""."""

    @property
    def url(self) -> str:
        """Where the layer is."""
        ...

    @property
    def source(self) -> str:
        """A URL that finds this layer again, and no other."""
        ...

    @property
    def name(self) -> str:
        """What the server calls it, as part of an id."""
        ...

    @property
    def title(self) -> str:
        """Its name for people, "" for none."""
        ...

    def page(self, outgoing: Outgoing, at: str) -> Page:
        """The page at a place. Raises SourceUnavailable."""
        ...


def json_of(outgoing: Outgoing, url: str, params: Mapping[str, str] | None = None) -> Json:
    """A JSON object that a server answers.

    Raises:
        SourceUnavailable: it cannot be reached, or answers something else.
    """
    answer = outgoing.get(url, params, accept="application/geo+json, application/json;q=0.9")
    try:
        said = orjson.loads(answer.body)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise SourceUnavailable(f"{url}: the answer is no JSON object but {answer.media or 'something unknown'}", url=url,
                                remedy="name the service itself: .../collections/NAME, .../wfs, .../FeatureServer/0")
    return said
