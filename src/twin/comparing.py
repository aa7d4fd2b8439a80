"""What is other between any two versions of a model: as it was kept when the later one came, else read from both files once and kept."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import orjson

from bim.intake import Intake, intake
from bim.receive import Limits
from bim.versions.compare import compare
from csdi.blobs import Blobs
from csdi.bootstrap import Services, open_services
from csdi.errors import NotFound, ValueInvalid
from csdi.feature import Feature
from csdi.jobs import JSON, StepContext
from csdi.settings import read_settings
from csdi.store.base import Store
from twin.versions import Json, states_of, stored_changes

FORMAT = 1
"""Grows when comparisons that are kept are no longer what would be made."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two versions of one model.

    Attributes:
        model: its id.
        before, after: the model's own Feature in each; `after` need not be the later one.
    """

    model: str
    before: Feature
    after: Feature

    @classmethod
    def of(cls, store: Store, model: str, before: int, after: int) -> Self:
        """The pair of these numbers.

        Raises:
            FeatureMissing: no such model. NotFound: no such version. ValueInvalid: one and the same.
        """
        if before == after:
            raise ValueInvalid(f"version {after} is compared with itself", field="since", value=before, remedy="name two versions")
        states = {number_of(state): state for state in states_of(store, model)}
        for number in (before, after):
            if number not in states:
                raise NotFound(f"there is no version {number} of {model}", model=model,
                               remedy=f"csdi models versions {model} lists the versions")
        return cls(model, states[before], states[after])

    @property
    def numbers(self) -> tuple[int, int]:
        """Both version numbers."""
        return number_of(self.before), number_of(self.after)

    @property
    def blob(self) -> str:
        """Where the comparison is kept: a name that depends on all that it is made from."""
        said = [FORMAT, self.model, *(state.properties["sha256"] for state in (self.before, self.after))]
        return f"changes/pair-{hashlib.sha256(orjson.dumps(said)).hexdigest()[:32]}.json"


def number_of(state: Feature) -> int:
    """Which version a state of a model is."""
    return int(state.properties.get("version") or 1)


def known_changes(store: Store, blobs: Blobs, pair: Pair) -> Json | None:
    """What changed from `before` to `after`, as `stored_changes` tells it; None where it has to be made first.

    Raises:
        NotFound: it cannot be made either, because one of the files is no longer there.
    """
    before, after = pair.numbers
    if after == before + 1 and pair.after.properties.get("changes"):
        return stored_changes(store, blobs, pair.model, after)
    if blobs.exists(pair.blob):
        return {"model": pair.model, "version": after, **orjson.loads(blobs.get(pair.blob))}
    for state in (pair.before, pair.after):
        if not blobs.exists(str(state.properties["sha256"])):
            raise NotFound(f"the file of version {number_of(state)} of {pair.model} is no longer kept", model=pair.model,
                           remedy="keep the folder of blobs whole, or compare the files with csdi models compare")
    return None


def compared(services: Services, pair: Pair, context: StepContext) -> Json:
    """What changed from `before` to `after`: what is known of it, else read from both files and kept. Raises as `known_changes`."""
    found = known_changes(services.store, services.blobs, pair)
    if found is None:
        made = compare(*_read(services, pair, context)).to_dict()
        services.blobs.put_named(pair.blob, orjson.dumps(made))
        found = {"model": pair.model, "version": pair.numbers[1], **made}
    return found


def make(args: Json, context: StepContext) -> JSON:
    """The step that compares two versions of a model and keeps what it finds."""
    with open_services(read_settings()) as services:
        pair = Pair.of(services.store, args["model"], args["before"], args["after"])
        compared(services, pair, context)
    return {"blob": pair.blob}


def _read(services: Services, pair: Pair, context: StepContext) -> tuple[Intake, Intake]:
    """Both versions from their files; the second takes over from the first what is the same."""
    first = _intake(services, pair.model, pair.before, None, context)
    return first, _intake(services, pair.model, pair.after, first, context)


def _intake(services: Services, model: str, state: Feature, before: Intake | None, context: StepContext) -> Intake:
    name, which = str(state.properties["file"]), f"version {number_of(state)}"
    limits = Limits(bytes=services.settings.upload_limit_mb << 20)
    with services.blobs.file(state.properties["sha256"], Path(name).suffix.lower()) as path:
        return intake(path, model=model, name=name, limits=limits, before=before,
                      progress=lambda stage, done, total: context.progress(f"{which}: {stage}", done=done, total=total))
