"""Georeferencing: the rules that `bim.georeference` judges."""

from __future__ import annotations

from bim.georeference.rules import Verdict
from bim.normative.context import Context
from bim.normative.rule import Judge, Result


def _rule(id: str) -> Judge:
    code = f"{id[:3]}-{id[3:]}"

    def judge(context: Context) -> Result:
        judged = context.georeferencing
        measured = int(judged.verdicts[code] != Verdict.NOT_ACTIVATED)
        return Result(measured, findings=tuple(one for one in judged.findings if one.code == code))
    return judge


RULES: dict[str, Judge] = {id: _rule(id) for id in (f"GRF{number:03}" for number in range(9))}
