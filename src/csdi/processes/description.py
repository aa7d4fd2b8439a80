"""What a process says of itself: inputs, outputs and texts in three languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from csdi.access import Principal
from csdi.bootstrap import Services
from csdi.collection import Text

Json = dict[str, Any]
GEOJSON = "application/geo+json"
JSON_MEDIA = "application/json"


def text(english: str, traditional: str, simplified: str) -> Text:
    """The same text in English, 繁體中文 and 简体中文."""
    return {"en": english, "zh-Hant": traditional, "zh-Hans": simplified}


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a process.

    Attributes:
        schema: JSON Schema of one value.
        least: how many values must be given; 0 for an input that may be left out.
        most: how many may be given; several values come as an array.
    """

    id: str
    title: Text
    schema: Json
    description: Text = field(default_factory=dict)
    least: int = 1
    most: int = 1


@dataclass(frozen=True, slots=True)
class Output:
    """One output of a process; `media` is what its raw value is sent as."""

    id: str
    title: Text
    schema: Json
    description: Text = field(default_factory=dict)
    media: str = JSON_MEDIA


@dataclass(frozen=True, slots=True)
class Content:
    """A value that is not JSON."""

    data: bytes
    media: str


@dataclass(frozen=True, slots=True)
class Work:
    """What a process may use while it runs.

    Attributes:
        principal: on whose behalf it runs; it sees no more than this principal may.
        progress: (stage, fraction of the whole, 0..1); cheap.
    """

    services: Services
    principal: Principal
    progress: Callable[[str, float], None] = lambda _stage, _fraction: None


Run = Callable[[Mapping[str, Any], Work], Mapping[str, Any]]
"""Checked inputs by id to outputs by id: JSON values, or `Content`."""


@dataclass(frozen=True, slots=True)
class Process:
    """A named calculation that anybody may ask for."""

    id: str
    title: Text
    description: Text
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    run: Run
    version: str = "1.0.0"
    keywords: tuple[str, ...] = ()

    def input(self, id: str) -> Input | None:
        """The input of this id."""
        return next((one for one in self.inputs if one.id == id), None)

    def output(self, id: str) -> Output | None:
        """The output of this id."""
        return next((one for one in self.outputs if one.id == id), None)
