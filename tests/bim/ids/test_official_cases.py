"""The official test cases of IDS 1.0: each pair of an IDS and a model has the outcome that its name says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bim.ids import audit, check, read_ids
from bim.ifc import open_model, readable
from bim.scan import scan
from tests.bim.corpus import corpus_folder

OUTDATED = {"fail-comparison_tolerance_for_floating_point_range_greater_than_zero_exclusive",
            "pass-comparison_tolerance_for_floating_point_range_greater_than_zero_inclusive",
            "pass-comparison_tolerance_for_floating_point_range_lower_than_zero_inclusive"}
"""These follow a text in which ranges had a tolerance; they have none now."""


def cases() -> list[Path]:
    folder = corpus_folder()
    return sorted((folder / "ids").glob("*/*.ids")) if folder else []


@pytest.mark.corpus
@pytest.mark.parametrize("path", cases(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_official_case_has_its_outcome(path: Path) -> None:
    model = path.with_suffix(".ifc")
    schema = scan(model).schema
    with readable(model, schema) as (plain, _):
        result = check(read_ids(path), open_model(plain, schema))
    expected = path.stem.split("-")[0]
    assert (result.outcome == expected) != (path.stem in OUTDATED), [finding.message for finding in result.findings]
    assert json.loads(json.dumps(result.to_dict()))["outcome"] == result.outcome


@pytest.mark.corpus
@pytest.mark.parametrize("path", [path for path in cases() if not path.stem.startswith("invalid")], ids=lambda path: path.stem)
def test_a_usable_document_has_no_fault(path: Path) -> None:
    assert audit(read_ids(path)) == []


@pytest.mark.corpus
def test_the_cases_are_there() -> None:
    assert corpus_folder() is None or len(cases()) == 200
