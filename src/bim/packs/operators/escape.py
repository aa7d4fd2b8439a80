"""The operator of escape: how far it is on foot from each room to the nearest exit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from bim.indoor import Indoors, Travel, exits_of, read_indoors
from bim.packs.measurement import Measurement, unmeasured
from bim.packs.operators.operator import Operator
from bim.packs.operators.tables import number_of
from bim.packs.places import all_unmeasured, key_of
from bim.packs.subject import Subject
from bim.selection import parse_selector
from csdi.feature import Feature

Rows = Sequence[Feature]
Arguments = Mapping[str, Any]
_STEP_M = 0.5


def _travel_distance(subject: Subject, rows: Rows, arguments: Arguments) -> Iterator[Measurement]:
    if subject.shapes is None or subject.space_shapes is None:
        yield from all_unmeasured(rows, "no shapes were made")
        return
    indoors = read_indoors(subject.tables, subject.shapes, subject.space_shapes)
    exits, how = _exits(subject, indoors, arguments)
    if not exits:
        yield from all_unmeasured(rows, f"the model has no exits: {how}")
        return
    ways = indoors.graph.to_exits(exits)
    step = number_of(arguments.get("step"), "step") or _STEP_M
    for key in map(key_of, rows):
        found = ways.farthest(key, step) if key in indoors.graph.rooms else None
        if found is None:
            yield unmeasured(key, indoors.lost_rooms.get(key, "no way leads from it to an exit"))
        else:
            yield _told(subject, key, found, len(exits), how)
    yield from (unmeasured(key, why) for key, why in indoors.lost_doors.items())


def _exits(subject: Subject, indoors: Indoors, arguments: Arguments) -> tuple[list[str], str]:
    """The doors that are exits, and by what."""
    if "exits" in arguments:
        chosen = {key_of(row) for row in parse_selector(str(arguments["exits"])).rows(subject.tables, subject.schema)}
        return [key for key in indoors.doors if key in chosen], f"doors that are {arguments['exits']}"
    return exits_of(indoors.doors, subject.rows)


def _told(subject: Subject, key: str, found: Travel, exits: int, how: str) -> Measurement:
    place, route = None, None
    if subject.is_on_grid and subject.georeference is not None:
        points = subject.georeference.to_crs(np.array(found.route))
        place = (float(points[0, 0]), float(points[0, 1]), float(points[0, 2]))
        route = np.round(points, 3).tolist()
    return Measurement(key, found.distance_m, "m", place, found.exit, source=f"{how} ({exits})", data={"route": route} if route else {})


ESCAPE_OPERATORS = (
    Operator("travel_distance", _travel_distance, "How far it is on foot from the farthest place in each space to the nearest exit.",
             {"exits": "selector of the doors that are exits; without it, fire exits, else doors that lead outside on the lowest level",
              "step": "metres between the places that are tried in a space, 0.5 without it"}, (), "m", "graph"),
)
