"""All normative rules by id, and their judgements on one model."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from bim.check import Judgement, Outcome, judged, not_checked
from bim.finding import few
from bim.ifc import Model
from bim.normative import (
    alignment,
    alignment_shape,
    continuity,
    curves,
    georeferencing,
    outlines,
    presence,
    project,
    properties,
    relations,
    representations,
    schema,
    shells,
    spatial,
    types,
)
from bim.normative.context import Context
from bim.normative.rule import Judge, Rule, table, told
from csdi.errors import ValueInvalid

_MODULES = (alignment, alignment_shape, continuity, curves, georeferencing, outlines, presence, project, properties, relations,
            representations, schema, shells, spatial, types)


def _rules() -> dict[str, Rule]:
    judges: dict[str, Judge] = {id: judge for module in _MODULES for id, judge in module.RULES.items()}
    return {row["id"]: Rule(row["id"], row["kind"], {language: row[language] for language in ("en", "zh-Hant", "zh-Hans")},
                            judges[row["id"]]) for row in table("rules") if row["id"] in judges}


RULES: Mapping[str, Rule] = _rules()
"""Rule by id, in the order of the ids."""


def judge(model: Model, ids: Collection[str] | None = None, *, path: Path | None = None, declared: str = "") -> list[Judgement]:
    """What the rules say of a model, in the order of their ids. A rule with a breach fails; how grave that is, its Findings say.

    Args:
        ids: only these rules; all by default.
        path: the STEP text that the model was opened from (as `bim.ifc.readable` gives it); without it rules that read very many
            instances have the text written again, which takes as long as opening.
        declared: the schema as the file itself states it, where the model was read as another.

    Raises:
        ValueInvalid: there is no rule of such an id.
    """
    unknown = sorted(set(ids or ()) - RULES.keys())
    if unknown:
        raise ValueInvalid(f"there is no normative rule {unknown[0]}", value=unknown[0], remedy="give ids such as SPS001 or GRF005")
    context = Context(model, path=path, declared=declared)
    return [_judgement(rule, context) for id, rule in RULES.items() if ids is None or id in ids]


def _judgement(rule: Rule, context: Context) -> Judgement:
    try:
        with np.errstate(all="ignore"):
            result = rule.judge(context)
            findings = [*result.findings, *(told(rule, context, fault) for fault in result.faults)]
    except Exception as error:  # whatever a broken file makes of a rule, the other rules are judged
        return not_checked(rule.id, f"{type(error).__name__}: {str(error)[:200]}")
    said = judged(rule.id, max(result.measured, len(findings)), few(findings, context.model.name))
    return replace(said, outcome=Outcome.FAIL) if findings else said
