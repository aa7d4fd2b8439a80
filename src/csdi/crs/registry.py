"""The registry's own operations, for CRSs anywhere on earth: the best one whose grids are present, never a ballpark."""

from __future__ import annotations

import math
import re
import threading
import warnings
from dataclasses import replace
from functools import lru_cache
from typing import Any

from pyproj._network import set_network_enabled
from pyproj.exceptions import ProjError
from pyproj.transformer import TransformerGroup

from csdi.crs.operation import EXACT, Operation, joined_notes
from csdi.crs.reference import CRS, proj_crs
from csdi.crs.steps import inverse, simplified, steps_of
from csdi.errors import TransformRefused


@lru_cache(maxsize=512)
def registry_operation(source: CRS, target: CRS, epoch: float | None = None) -> Operation:
    """PROJ's best operation whose grids are present, at `epoch` (decimal year) if it depends on time.

    PROJ ranks the two directions of a pair apart and may choose differently; here the way back is always the inverse of the
    way there, the more accurate of the two choices.

    Raises:
        TransformRefused: only a ballpark exists, or the operation depends on time and no epoch is given.
    """
    forward, backward = _best(source, target), _best(target, source)
    choices = [operation for operation in (forward, backward and _inverted(backward)) if operation]
    if not choices:
        raise refused(source, target, _missing(source, target))
    if len(choices) == 2 and source.code > target.code:
        choices.reverse()  # a tie is broken alike in both directions
    return _at_epoch(min(choices, key=lambda operation: math.inf if operation.accuracy_m is None else operation.accuracy_m),
                     source, target, epoch)


def refused(source: CRS, target: CRS, why: str = "", remedy: str = "") -> TransformRefused:
    """The error for two CRSs between which nothing of known accuracy leads."""
    return TransformRefused(
        f"no transformation of known accuracy from {source.code} ({source.name}) to {target.code} ({target.name})"
        + (f": {why}" if why else ""),
        remedy=remedy or "choose another target CRS; a ballpark transformation could be hundreds of metres off",
        source=source.code, target=target.code, why=why)


@lru_cache(maxsize=1024)
def _best(source: CRS, target: CRS) -> Operation | None:
    group = _candidates(source, target)
    if group is None or not group.transformers:
        return None
    best = group.transformers[0]
    shifts = [part for part in best.operations or () if _moves_datum(part)]
    return Operation(
        " + ".join(_plain_name(part.name) for part in shifts) or EXACT,
        " + ".join(code for part in shifts if (code := _code(part))),
        best.accuracy if best.accuracy >= 0 else None,
        _grid_names(best.operations or (), available=True),
        note="" if group.best_available else _better_grid(group),
        steps=simplified(steps_of(best.definition)))


def _inverted(operation: Operation) -> Operation:
    return replace(operation, steps=inverse(operation.steps))


_one_at_a_time = threading.Lock()


def _candidates(source: CRS, target: CRS) -> TransformerGroup | None:
    """PROJ's ranked operations, ballparks left out; None for the few CRSs that PROJ cannot put in x, y order."""
    set_network_enabled(active=False)
    with _one_at_a_time, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # "best transformation is not available": it becomes the note
        try:
            return TransformerGroup(proj_crs(source), proj_crs(target), always_xy=True, allow_ballpark=False)
        except (ProjError, IndexError):
            return None


def _missing(source: CRS, target: CRS) -> str:
    group = _candidates(source, target)
    return _better_grid(group) if group else ""


def _at_epoch(operation: Operation, source: CRS, target: CRS, epoch: float | None) -> Operation:
    if not any("t_epoch" in step for step in operation.steps):
        return operation
    if epoch is None:
        raise refused(source, target, "the operation depends on time",
                      "give the epoch of the coordinates as a decimal year, e.g. 2026.5")
    now = f"proj=set v_4={epoch!r}"  # at both ends, so that the inverse knows the time as well
    return replace(operation, steps=(now, *operation.steps, now),
                   note=joined_notes(operation.note, f"at epoch {epoch}"))


def _moves_datum(part: Any) -> bool:
    return part.type_name not in ("Conversion", "Other Coordinate Operation") and not part.name.startswith(
        ("axis order", "Conversion from"))


def _code(part: Any) -> str:
    identifier = part.to_json_dict().get("id")
    if not identifier:
        return ""
    authority = re.findall(r"\w+", str(identifier["authority"]))[-1]  # PROJ writes INVERSE(DERIVED_FROM(EPSG))
    return f"{authority}:{identifier['code']}"


def _plain_name(name: str) -> str:
    """The registry's name, which tells the direction itself: "Hong Kong 1980 to WGS 84 (1)"."""
    return name.removeprefix("Inverse of ")


def _grid_names(parts: Any, *, available: bool) -> str | None:
    names = {grid.short_name for part in parts for grid in part.grids if grid.available == available}
    return ", ".join(sorted(names)) or None


def _better_grid(group: TransformerGroup) -> str:
    names = _grid_names(group.unavailable_operations[:1], available=False)
    return f"a better operation needs the grid {names}" if names else ""
