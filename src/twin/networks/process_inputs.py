"""Inputs that the processes on networks share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from csdi.processes.description import Input, Work, text

if TYPE_CHECKING:
    from twin.networks.answers import Answers

ELEMENTS = Input("elements", text("Elements", "構件", "构件"), {"type": "string", "minLength": 1}, most=100,
                 description=text("Elements as model:GlobalId, or assets by id or tag.", "構件（model:GlobalId），或資產的識別碼或標籤。",
                                  "构件（model:GlobalId），或资产的标识或标签。"))
INFER = Input("infer", text("Join ends within", "端點接合容差", "端点接合容差"),
              {"type": "number", "minimum": 0.001, "maximum": 500}, least=0,
              description=text("Also join ends up to so many millimetres apart that nothing states to be connected.",
                               "把相距不超過此毫米數、而沒有註明相連的端點也接合。", "把相距不超过此毫米数、而没有注明相连的端点也接合。"))


def answers_of(inputs: Mapping[str, Any], work: Work) -> Answers:
    """Answers for whom the process runs. Raises AccessDenied, ValueInvalid."""
    from twin.networks.answers import Answers
    infer = inputs.get("infer")
    return Answers(work.services, work.principal, None if infer is None else float(infer))


def elements_of(inputs: Mapping[str, Any]) -> list[str]:
    """Ids of the elements, one or several."""
    said = inputs["elements"]
    return [str(one) for one in said] if isinstance(said, list | tuple) else [str(said)]
