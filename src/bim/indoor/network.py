"""The network of ways of one model or of several: points, ways, spaces and what leads from one to another, as arrays that are kept."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from zipfile import BadZipFile

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from bim.indoor.graph import Mode
from csdi.errors import FileBroken

Floats = NDArray[np.float64]
Numbers = NDArray[np.int32]
MODES = tuple(Mode)
"""Ways are kept by their number in this order."""
VERSION = 2
"""Of the kept form, and of the way networks are made from models; raised when either changes."""


@dataclass(frozen=True, slots=True)
class Space:
    """A room of a network.

    Attributes:
        id: Feature id, `model:GlobalId`.
        storey: GlobalId of its storey; `level` is what the storey is called.
        floor: its level.
        area: of its floor, square metres.
        occupants: how many people it is made for, where the model says.
    """

    id: str
    name: str
    long_name: str
    model: str
    storey: str
    level: str
    floor: float
    area: float
    occupants: float | None = None

    def called(self, language: str) -> str:
        """What people call it: in Chinese by its long name where that is Chinese, else by its name."""
        return called(self.name, self.long_name, language) or self.id


@dataclass(frozen=True, slots=True)
class Passage:
    """What leads from one space to another, or along a way: a door, an opening, a stair, a lift, a path outside.

    Attributes:
        id: Feature id, `model:GlobalId`; of openings without an object `model:open-<number>`.
        width: clear width, else the width across, metres; None where it is not known.
        exit: whether it leads to safety.
        outer: whether it leads outside.
        accessible: what the model says of wheelchairs; None where it says nothing.
        proof: how it was linked: `boundaries` or `footprints`; "" for what is no door.
    """

    id: str
    name: str
    mode: Mode
    model: str
    ifc_class: str = ""
    level: str = ""
    long_name: str = ""
    width: float | None = None
    exit: bool = False
    outer: bool = False
    accessible: bool | None = None
    proof: str = ""

    def called(self, language: str) -> str:
        """What people call it."""
        return called(self.name, self.long_name, language)


@dataclass(frozen=True, slots=True)
class Loss:
    """A door, space, stair or machine that is not part of a network.

    Attributes:
        kind: `door`, `space` or `stair` (machines too).
    """

    id: str
    name: str
    kind: str
    reason: str


@dataclass(frozen=True)
class Network:
    """Ways on foot through one model or several.

    Attributes:
        points: (n, 3) east, north, height; HK1980 Grid and mPD where `crs` says so, else the model's own frame, metres.
        space_of: (n,) number of the space of each point, -1 for none.
        one, other: (m,) points that each way joins.
        length: (m,) metres.
        mode: (m,) number in `MODES`.
        through: (m,) number of the passage that a way leads through, -1 for ways inside a space.
        heading: (m,) 1 where only from `one` to `other`, -1 for the other way, 0 for both.
        gates: points of doors and openings -> number of the passage.
        shapes: floor of each space in plan, same frame.
        crs: `EPSG:2326+5738`, or "" for a model without a place.
        local: in a network of several models, those without a place, each in its own frame.
    """

    points: Floats
    space_of: Numbers
    one: Numbers
    other: Numbers
    length: Floats
    mode: NDArray[np.int8]
    through: Numbers
    heading: NDArray[np.int8]
    spaces: Sequence[Space]
    passages: Sequence[Passage]
    shapes: Sequence[BaseGeometry]
    gates: Mapping[int, int] = field(default_factory=dict)
    losses: Sequence[Loss] = ()
    crs: str = ""
    local: frozenset[str] = frozenset()

    @property
    def counts(self) -> dict[str, int]:
        """How many points, ways, spaces, passages, and losses."""
        return {"points": len(self.points), "ways": len(self.one), "spaces": len(self.spaces), "passages": len(self.passages),
                "unlinked": len(self.losses)}

    def steepness(self) -> Floats:
        """(m,) rise over run of each way, 0 for level ones and infinite for upright ones."""
        step = self.points[self.other] - self.points[self.one]
        rise, run = np.abs(step[:, 2]), np.hypot(step[:, 0], step[:, 1])
        return np.divide(rise, run, out=np.where(rise > 0, np.inf, 0.0), where=run > 1e-9)

    def to_bytes(self) -> bytes:
        """One array archive."""
        text = {"version": VERSION, "crs": self.crs, "spaces": [asdict(one) for one in self.spaces],
                "passages": [asdict(one) for one in self.passages], "losses": [asdict(one) for one in self.losses],
                "gates": [[point, passage] for point, passage in self.gates.items()]}
        shapes = [shapely.to_wkb(shape) for shape in self.shapes]
        file = io.BytesIO()
        np.savez_compressed(file, allow_pickle=False, text=np.frombuffer(orjson.dumps(text), np.uint8),
                            shapes=np.frombuffer(b"".join(shapes), np.uint8), sizes=np.array([len(one) for one in shapes], np.int64),
                            **{name: getattr(self, name) for name in _ARRAYS})
        return file.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Network:
        """What `to_bytes` gave. Raises FileBroken."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as archive:
                arrays: dict[str, Any] = {name: archive[name] for name in (*_ARRAYS, "text", "shapes", "sizes")}
            text = orjson.loads(arrays["text"].tobytes())
            if text["version"] != VERSION:
                raise ValueError(f"version {text['version']}, this program reads {VERSION}")
            ends = np.cumsum(arrays["sizes"]).tolist()
            whole = arrays["shapes"].tobytes()
            shapes = shapely.from_wkb([whole[start:end] for start, end in zip([0, *ends], ends, strict=False)])
        except (BadZipFile, EOFError, KeyError, OSError, ValueError, shapely.errors.GEOSException) as error:
            raise FileBroken(f"the kept network of ways is damaged: {error}", remedy="load the model again") from error
        return cls(**{name: arrays[name] for name in _ARRAYS}, spaces=[Space(**one) for one in text["spaces"]],
                   passages=[Passage(**{**one, "mode": Mode(one["mode"])}) for one in text["passages"]], shapes=list(shapes),
                   gates={int(point): int(passage) for point, passage in text["gates"]},
                   losses=[Loss(**one) for one in text["losses"]], crs=text["crs"])


_ARRAYS = ("points", "space_of", "one", "other", "length", "mode", "through", "heading")


_CHINESE = re.compile("[\u4e00-\u9fff]+")


def called(name: str, long_name: str, language: str) -> str:
    """A name for people: a Chinese reader gets the long name where that is in Chinese, others a name without its Chinese part."""
    if language.startswith("zh"):
        return (long_name or name) if _CHINESE.search(long_name) else (name or long_name)
    plain = " ".join(_CHINESE.sub(" ", name).split())
    return plain or name or long_name
