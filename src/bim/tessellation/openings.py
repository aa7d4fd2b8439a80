"""Openings: what they leave of an element."""

from __future__ import annotations

from collections.abc import Sequence

from bim.tessellation.body import Body
from bim.tessellation.booleans import Margins, subtracted


def opened(body: Body, openings: Sequence[Body], margins: Margins) -> Body:
    """One item of an element without its openings; an empty body where they take it whole.

    Args:
        body: the item; where no opening's box meets it, it comes back as it is, and may be an open shell.
        openings: closed bodies in the frame and the length unit of `body`; they may overlap each other.
        margins: `Margins.of(source.length_m, source.precision)`.

    Raises:
        Refused: `operand-not-manifold`: the body or an opening that meets it is not closed.
    """
    return subtracted(body, openings, margins)
