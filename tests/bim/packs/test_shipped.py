"""The packs that ship: every rule says of its samples what it should, in three languages, and its page is the one in the documentation."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import opencc
import pytest

from bim.audit.trial import try_pack
from bim.packs import Pack, read_pack, shipped
from bim.packs.document import BASES, page
from bim.packs.rule import LANGUAGES, Rule
from sample_models.ifc_rules import write_rule_samples

DOCS = Path(__file__).parents[3] / "docs" / "rules"
PACKS = ("airport", "common", "hk-building-plans")
OF_THE_WHOLE = ("count", "instances", "header", "project", "georeference", "site_coverage", "plot_ratio")
"""Operators that measure something of every model: nothing is not applicable to them."""
FILLED = {"element", "value", "limit", "place", "other", "source", "expected"}


@cache
def pack(id: str) -> Pack:
    return read_pack(id)


RULES = [pytest.param(rule, id=rule.id) for id in PACKS for rule in pack(id).rules]


def test_these_packs_ship() -> None:
    assert tuple(shipped()) == PACKS
    assert all(len(pack(id).rules) >= 30 for id in PACKS)


@pytest.mark.parametrize("id", PACKS)
def test_every_rule_says_of_its_samples_what_it_should(id: str) -> None:
    tried = try_pack(pack(id))
    assert not tried.untried
    assert [one.to_dict() for one in tried.wrong] == []


def test_no_two_rules_have_the_same_id() -> None:
    ids = [rule.id for id in PACKS for rule in pack(id).rules]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_speaks_three_languages_and_rests_on_something(rule: Rule) -> None:
    for said in (rule.title, rule.message, rule.cure):
        assert set(said) == set(LANGUAGES)
        assert all(said.values())
        holes = [set(re.findall(r"\{(\w+)\}", text)) for text in said.values()]
        assert holes[0] <= FILLED
        assert holes[1] == holes[2]
    assert rule.clause["doc"]
    assert rule.clause["ref"]
    assert rule.clause["basis"] in BASES


@pytest.mark.parametrize("rule", RULES)
def test_simplified_chinese_is_simplified(rule: Rule) -> None:
    simplify = opencc.OpenCC("hk2s").convert
    for said in (rule.title, rule.message, rule.cure):
        assert said["zh-Hans"] == simplify(said["zh-Hans"])


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_tried_on_a_model_that_it_does_not_speak_of(rule: Rule) -> None:
    assert rule.tests.get("na") or rule.operator in OF_THE_WHOLE


@pytest.mark.parametrize("id", PACKS)
def test_the_models_of_the_samples_are_those_that_the_program_writes(id: str, tmp_path: Path) -> None:
    made = {one.name: one.read_bytes() for one in write_rule_samples(tmp_path)}
    files = list((pack(id).folder / "samples").glob("*.ifc"))
    assert files
    for file in files:
        assert file.read_bytes() == made[file.name], f"{file.name}: write it again with sample_models.ifc_rules"


@pytest.mark.parametrize("id", PACKS)
def test_the_page_of_the_documentation_is_that_of_the_pack(id: str) -> None:
    assert (DOCS / f"{id}.md").read_text(encoding="utf-8") == page(pack(id)), f"csdi rules show {id} --page > docs/rules/{id}.md"
