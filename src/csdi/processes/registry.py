"""All processes, by id."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from csdi.errors import ProcessMissing
from csdi.processes import (
    buffer,
    clip,
    echo,
    height_limit,
    height_profile,
    transform_coordinates,
    validate_geometry,
    viewshed,
    zonal_statistics,
)
from csdi.processes.description import Process

FROM_ABOVE = ("twin.networks.isolate_process", "twin.networks.trace_process", "twin.wayfinding.process",
              "twin.questions.find_process", "twin.questions.nearest_process",
              "twin.questions.along_process", "twin.questions.sight_process", "twin.imdf_process")
"""Modules of the packages above with a `PROCESS`; they are named as steps of jobs are, since nothing here may depend on them."""

PROCESSES: Mapping[str, Process] = {one.PROCESS.id: one.PROCESS for one in (
    echo, buffer, clip, transform_coordinates, validate_geometry, height_limit, height_profile, viewshed, zonal_statistics,
    *map(import_module, FROM_ABOVE))}


def process(id: str) -> Process:
    """The process of this id. Raises ProcessMissing."""
    if id not in PROCESSES:
        raise ProcessMissing(f"there is no process '{id}'", remedy=f"known: {', '.join(PROCESSES)}", process=id)
    return PROCESSES[id]
