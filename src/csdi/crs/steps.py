"""PROJ steps as a small algebra: sequences that can be inverted, joined and simplified."""

from __future__ import annotations

Steps = tuple[str, ...]
"""Steps of a PROJ pipeline in order, each without the word `step`; `inv ` in front runs one backwards."""

TO_RADIANS = "proj=unitconvert xy_in=deg xy_out=rad"
_UNIT_SPELLINGS = {
    "proj=unitconvert xy_in=rad xy_out=deg": "inv " + TO_RADIANS,
    "proj=unitconvert xy_in=deg z_in=m xy_out=rad z_out=m": TO_RADIANS,
    "proj=unitconvert xy_in=rad z_in=m xy_out=deg z_out=m": "inv " + TO_RADIANS,
}


def steps_of(definition: str) -> Steps:
    """The steps of a PROJ pipeline string; none for `noop`."""
    if not definition.startswith("proj=pipeline"):
        return () if definition.startswith("proj=noop") else (_UNIT_SPELLINGS.get(definition, definition),)
    _, *parts = definition.split("step ")
    return tuple(_UNIT_SPELLINGS.get(part.strip(), part.strip()) for part in parts)


def inverse(steps: Steps) -> Steps:
    """The steps that undo `steps`."""
    return tuple(_inverse_step(step) for step in reversed(steps))


def simplified(steps: Steps) -> Steps:
    """The same operation without neighbours that undo each other."""
    kept: list[str] = []
    for step in steps:
        if kept and kept[-1] == _inverse_step(step):
            kept.pop()
        else:
            kept.append(step)
    return tuple(kept)


def pipeline(steps: Steps) -> str:
    """The PROJ pipeline string of at least one step."""
    return "proj=pipeline " + " ".join(f"step {step}" for step in steps)


def _inverse_step(step: str) -> str:
    if step.startswith("proj=push "):
        return step.replace("proj=push", "proj=pop")
    if step.startswith("proj=pop "):
        return step.replace("proj=pop", "proj=push")
    if step.startswith("proj=set "):
        return step
    return step.removeprefix("inv ") if step.startswith("inv ") else f"inv {step}"
