"""Profiles: who is on the way, what that person can use, and how fast; data that an installation may put others in place of."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path
from typing import Any

import orjson

from bim.indoor import Mode
from csdi.collection import Text
from csdi.errors import SettingsInvalid, ValueInvalid

FILE = "route-profiles.json"
"""In the data folder: takes the place of the profiles that come with the program."""
_FASTEST = 20.0


@dataclass(frozen=True, slots=True)
class Profile:
    """How somebody moves.

    Attributes:
        speeds: metres per second by mode; modes that are not in it cannot be used.
        waits: seconds for each way of a mode, besides the time that its length takes.
        least_door_width_m: doors known to be narrower cannot be passed.
        steepest: rise over run of the steepest ramp or path.
        accessible: whether what the model says is not for wheelchairs cannot be used.
    """

    id: str
    title: Text
    speeds: Mapping[Mode, float]
    waits: Mapping[Mode, float] = field(default_factory=dict)
    least_door_width_m: float = 0.0
    steepest: float = float("inf")
    accessible: bool = False

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Profile:
        """From a document. Raises ValueInvalid."""
        id = str(given.get("id") or "")
        try:
            return cls(id, dict(given["title"]), _by_mode(given["speeds"], 0.01), _by_mode(given.get("waits") or {}, 0.0),
                       float(given.get("least_door_width_m", 0.0)), float(given.get("steepest", "inf")),
                       bool(given.get("accessible", False)))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueInvalid(f"profile '{id}' cannot be read: {error}", field="profile", value=id) from error

    def to_dict(self) -> dict[str, Any]:
        """As a document."""
        return {"id": self.id, "title": dict(self.title), "speeds": {str(mode): speed for mode, speed in self.speeds.items()},
                "waits": {str(mode): wait for mode, wait in self.waits.items()}, "least_door_width_m": self.least_door_width_m,
                "steepest": None if self.steepest == float("inf") else self.steepest, "accessible": self.accessible}

    def changed(self, least_door_width_m: float | None = None, steepest: float | None = None) -> Profile:
        """With other thresholds, where they are given."""
        return replace(self, least_door_width_m=self.least_door_width_m if least_door_width_m is None else least_door_width_m,
                       steepest=self.steepest if steepest is None else steepest)


def _by_mode(given: Mapping[str, Any], least: float) -> dict[Mode, float]:
    found = {Mode(name): float(value) for name, value in given.items()}
    if wrong := next((name for name, value in found.items() if not least <= value <= (_FASTEST if least else 3600.0)), None):
        raise ValueError(f"{wrong}: {found[wrong]} is out of range")
    return found


@dataclass(frozen=True, slots=True)
class Outdoor:
    """Lines that people walk along outside: of one Collection, or of all with a keyword.

    Attributes:
        where: CQL2 text that lines must meet, "" for all of them.
    """

    collection: str = ""
    keyword: str = ""
    where: str = ""


@dataclass(frozen=True)
class Rules:
    """What ways are looked for by.

    Attributes:
        entrance_reach_m: how far a building's door may be from the path outside that it is joined to, in plan.
        entrance_step_m: and in height.
        mark: equal for equal rules.
    """

    profiles: Mapping[str, Profile]
    outdoor: tuple[Outdoor, ...]
    entrance_reach_m: float
    entrance_step_m: float
    mark: str

    def profile(self, id: str) -> Profile:
        """Raises ValueInvalid."""
        if id not in self.profiles:
            raise ValueInvalid(f"there is no profile '{id[:60]}'", field="profile", value=id[:60],
                               remedy=f"one of {', '.join(self.profiles)}")
        return self.profiles[id]


def read_rules(home: Path) -> Rules:
    """The rules of an installation: its own file, else those of the program. Raises SettingsInvalid."""
    own = home / FILE
    data = own.read_bytes() if own.is_file() else resources.files("twin.wayfinding").joinpath("data/profiles.json").read_bytes()
    try:
        whole = orjson.loads(data)
        profiles = [Profile.of(one) for one in whole["profiles"]]
        outdoor = tuple(Outdoor(**one) for one in whole.get("outdoor") or ())
        return Rules({one.id: one for one in profiles}, outdoor, float(whole.get("entrance_reach_m", 60.0)),
                     float(whole.get("entrance_step_m", 4.0)), hashlib.sha256(data).hexdigest()[:16])
    except (KeyError, TypeError, ValueError, ValueInvalid) as error:
        raise SettingsInvalid(f"{own} cannot be read: {error}", field=FILE, remedy="see the chapter on ways") from error
