"""Where a network is fed from: what makes a medium, what has it from elsewhere, or where the stated ways begin or end."""

from __future__ import annotations

import numpy as np

from bim.networks.flows import Flags, Flows, Ints

_TAKEN = {"IfcChiller": ("pipe/CONDENSERWATER",),
          "IfcBoiler": ("pipe/FUEL", "pipe/GAS", "pipe/OIL", "pipe/DOMESTICCOLDWATER"),
          "IfcBurner": ("pipe/FUEL", "pipe/GAS", "pipe/OIL")}  # fmt: skip
"""Media that these take although they make others that run in the same carrier."""


def anchors(flows: Flows) -> Flags:
    """(n,) the vertices that their connected piece is fed from, or in drains and extracts leads to.

    Of each piece these are the ones of lowest rank (what makes the medium before what only passes it on or moves it), and every one
    that may be a source and is entered by nothing. A piece without any is fed from where its stated ways begin, else it leads to
    where they end; where no way is known at all it has no anchor.
    """
    ranks = _ranks(flows)
    made = np.zeros(flows.size, dtype=bool)
    if not flows.size:
        return made
    best = np.full(int(flows.pieces.max()) + 1, 9, dtype=np.int64)
    np.minimum.at(best, flows.pieces, np.where(ranks > 0, ranks, 9))
    able = ranks > 0
    made |= able & (ranks == best[flows.pieces])
    made |= able & (flows.incoming == 0) & (flows.outgoing > 0)
    fed = np.unique(flows.pieces[made])
    for ends in (_beginnings(flows), _outfalls(flows)):
        more = ends & ~np.isin(flows.pieces, fed)
        made |= more
        fed = np.union1d(fed, flows.pieces[more])
    return made


def _ranks(flows: Flows) -> Ints:
    """(n,) rank of what may be a source of the medium, else 0."""
    elements = flows.network.elements
    made = np.zeros(flows.size, dtype=np.int64)
    for number, (element, medium) in enumerate(zip(flows.element.tolist(), flows.medium, strict=True)):
        one = elements[element]
        joined = flows.incoming[number] + flows.outgoing[number]
        gives = not medium or medium.split("/")[0] in one.kind.gives
        if one.kind.rank and joined and gives and medium not in _TAKEN.get(one.ifc_class, ()):
            made[number] = one.kind.rank
    return made


def _ends(flows: Flows) -> Flags:
    """(n,) what is no terminal and has something connected."""
    able = np.array([one.kind.role not in ("terminal", "control") for one in flows.network.elements], dtype=bool)
    return able[flows.element] & (flows.incoming + flows.outgoing > 0)


def _beginnings(flows: Flows) -> Flags:
    return np.asarray(_ends(flows) & (flows.incoming == 0), dtype=bool)


def _outfalls(flows: Flows) -> Flags:
    return np.asarray(_ends(flows) & (flows.outgoing == 0), dtype=bool)
