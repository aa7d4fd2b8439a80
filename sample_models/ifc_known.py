"""What is known of the sample models without opening them: positions of named things, and counts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sample_models.ifc_airfield import DECK_TOP_MPD
from sample_models.ifc_circulation import cores
from sample_models.ifc_files import CONCOURSES_PER_FILE
from sample_models.ifc_mep import runs, zones
from sample_models.ifc_plan import terminal
from sample_models.ifc_structure import column_lines, column_tiers
from sample_models.ifc_writer import global_id
from sample_models.layout import B1, L1, Layout

_GATE_HEIGHT_M = 2.4
_AHU_HEIGHT_M = 3.15
_FLOOR_FINISH_M = 0.15
_DECK_M = 0.25
_MAIN_ROOMS = {"B1": 9, "GF": 7, "L1": 8, "L2": 5, "L3": 8}
_CONCOURSE_STOREYS, _ROOF = 4, 1


class KnownElement(NamedTuple):
    """An element whose box is centred on (e, n) in EPSG:2326 and `h_mpd` in HKPD, metres."""

    model: str
    global_id: str
    name: str
    e: float
    n: float
    h_mpd: float


def known_positions(scale: float = 1.0) -> list[KnownElement]:
    """Centres of the boxes of named elements of every model of the site itself, from the layout alone."""
    layout = Layout(scale)
    return [*_gates(layout), *_lifts(layout), *_columns(layout), *_air_handlers(layout), *_car_park_lifts(layout),
            *_decks(layout)]  # fmt: skip


def expected_counts(scale: float = 1.0) -> dict[str, dict[str, int]]:
    """Spaces, storeys and buildings by model id, from the layout alone."""
    layout = Layout(scale)
    concourses = sum(_CONCOURSE_STOREYS * (2 * w.bays + 1) for w in layout.wings if w.key != "main")
    spaces = sum(_MAIN_ROOMS.values()) + concourses + _CONCOURSE_STOREYS
    storeys = len(_MAIN_ROOMS) + _ROOF
    counts = {
        "terminal-arch": _count(spaces, storeys), "terminal-structure": _count(0, storeys),
        "terminal-mep": _count(0, storeys), "carpark": _count(5 * 2 * layout.car_park.cross_bays, 5),
        "taxiway-bridge": _count(0, 0, 0),
    }  # fmt: skip
    for number, first in enumerate(range(0, len(layout.satellites), CONCOURSES_PER_FILE), start=1):
        wings = layout.satellites[first : first + CONCOURSES_PER_FILE]
        rooms = sum(_CONCOURSE_STOREYS * (2 * w.bays + 1) for w in wings)
        for kind in ("arch", "structure", "mep"):
            counts[f"remote-{kind}-{number:02d}"] = _count(
                rooms if kind == "arch" else 0, len(wings) * (_CONCOURSE_STOREYS + _ROOF), len(wings)
            )
    return counts


def _count(spaces: int, storeys: int, buildings: int = 1) -> dict[str, int]:
    return {"spaces": spaces, "storeys": storeys, "buildings": buildings}


def _gates(layout: Layout) -> Iterator[KnownElement]:
    for gate in layout.gates:
        e, n = layout.to_grid(*gate.point)
        yield _known("terminal-arch", f"terminal/gate/{gate.number}", f"Gate {gate.number}", e, n,
                     L1.elevation_mpd + _GATE_HEIGHT_M / 2)  # fmt: skip


def _lifts(layout: Layout) -> Iterator[KnownElement]:
    for core in cores(terminal(layout)):
        e, n = layout.to_grid(*core.wing.at(*core.at))
        top = core.wing.levels[-1].elevation_mpd + 3.0
        yield _known("terminal-arch", f"terminal/lift/{core.mark}", f"Lift {core.mark} 升降機", e, n,
                     (core.wing.levels[0].elevation_mpd + top) / 2)  # fmt: skip


def _columns(layout: Layout) -> Iterator[KnownElement]:
    """The first column of the second frame of each wing, its lowest lift."""
    for wing in layout.wings:
        level, height, _ = column_tiers(wing)[0]
        e, n = layout.to_grid(*wing.at(wing.bay_m, column_lines(wing)[0]))
        mark = f"{wing.key}/1.0"
        yield _known("terminal-structure", f"terminal/column/{mark}/{level.code}", f"Column {mark} {level.code} 柱", e, n,
                     level.elevation_mpd - _FLOOR_FINISH_M + height / 2)  # fmt: skip


def _air_handlers(layout: Layout) -> Iterator[KnownElement]:
    for run in runs(terminal(layout)):
        for zone in zones(run):
            e, n = layout.to_grid(*run.at(*zone.ahu_at[:2]))
            yield _known("terminal-mep", f"terminal/ahu/{run.key}/{zone.mark}", f"Air Handling Unit {zone.mark} 空氣處理機組",
                         e, n, B1.elevation_mpd + _AHU_HEIGHT_M / 2)  # fmt: skip


def _car_park_lifts(layout: Layout) -> Iterator[KnownElement]:
    park = layout.car_park
    top = park.levels[-1].elevation_mpd + 3.0
    for i, v in enumerate((-park.width / 2 + 5.5, park.width / 2 - 5.5)):
        e, n = layout.to_grid(*park.at(park.length - 3.0, v))
        yield _known("carpark", f"lift/{i}", f"Lift {i + 1} 升降機", e, n, (park.levels[0].elevation_mpd + top) / 2)


def _decks(layout: Layout) -> Iterator[KnownElement]:
    first, last = layout.BRIDGE_STATION_M
    for span in (0, 1):
        e, n = layout.taxiway.to_grid(first + (last - first) * (2 * span + 1) / 4, 0.0)
        yield _known("taxiway-bridge", f"deck/{span}", f"Deck slab {span + 1} 橋面板", e, n, DECK_TOP_MPD - _DECK_M / 2)


def _known(model: str, key: str, name: str, e: float, n: float, height: float) -> KnownElement:
    return KnownElement(model, global_id(model, key), name, e, n, height)
