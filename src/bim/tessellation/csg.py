"""Boolean results and CSG solids: a first operand and what is done to it, one operation after another."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from bim.tessellation.body import Body, Refused
from bim.tessellation.booleans import Margins
from bim.tessellation.half_spaces import CLASSES, HalfSpace, combined, half_space

if TYPE_CHECKING:
    from bim.tessellation.source import Source

_RESULTS = frozenset({"IFCBOOLEANRESULT", "IFCBOOLEANCLIPPINGRESULT"})


def boolean_result(source: Source, number: int) -> Body:
    """IfcBooleanResult and IfcBooleanClippingResult; an empty body where nothing is left.

    Chains of first operands are followed step by step, so that hundreds of clippings need no deep stack.

    Raises:
        Refused: an operand cannot be built here or is no manifold, the chain runs in a circle, another operator.
    """
    steps: list[tuple[str, int]] = []
    seen: set[int] = set()
    while source.class_of(number) in _RESULTS:
        if number in seen:
            raise Refused("boolean:cycle")
        seen.add(number)
        operator, first, second = source.args(number)[:3]
        steps.append((str(operator), second))
        number = first
    margins = Margins.of(source.length_m, source.precision)
    body = source.body(number)
    for operator, second in reversed(steps):
        body = combined(operator, body, _operand(source, second), margins)
    return body


def _operand(source: Source, number: int) -> Body | HalfSpace:
    return half_space(source, number) if source.class_of(number) in CLASSES else source.body(number)


def csg_solid(source: Source, number: int) -> Body:
    """IfcCsgSolid: the body of its root.

    Raises:
        Refused: as the root.
    """
    return source.body(source.args(number)[0])


BUILDERS: dict[str, Callable[[Source, int], Body]] = {
    "IFCBOOLEANRESULT": boolean_result,
    "IFCBOOLEANCLIPPINGRESULT": boolean_result,
    "IFCCSGSOLID": csg_solid,
}
