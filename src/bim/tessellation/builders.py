"""Which builder makes which class of representation item."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bim.tessellation import csg, face_sets, faces, primitives, revolved, sectioned, surfaces, sweeps, swept_areas, swept_disks

if TYPE_CHECKING:
    from bim.tessellation.source import Builder


def builders() -> dict[str, Builder]:
    """All of them."""
    found: dict[str, Builder] = {}
    for module in (csg, face_sets, faces, primitives, revolved, sectioned, surfaces, swept_areas, swept_disks, sweeps):
        found |= module.BUILDERS
    return found
