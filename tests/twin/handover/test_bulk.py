"""Bulk edits of many assets: chunk by chunk, as they were looked at or not at all, and taken back."""

from __future__ import annotations

import pytest

from csdi.errors import AssetInvalid, Conflict, NotFound, ValueInvalid
from tests.twin.handover.conftest import EDITOR
from twin.handover import bulk
from twin.handover.bulk import Making, Selection, Setting, TakingBack, chosen, look, question_of, wanted_of
from twin.questions.finding import Criteria
from twin.register.editing import Editor
from twin.register.keeping import Register
from twin.register.rules import Rules
from twin.register.schemas import ASSETS, CHANGES
from twin.register.verifying import verified

pytestmark = pytest.mark.parametrize("pumps", [25])
PUMPS = Criteria(filter="asset_class = 'pump'")
BATCH = "b" * 32


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 10)


def pumps_of(register: Register, criteria: Criteria = PUMPS) -> Selection:
    return chosen(register.store, question_of(register.store, EDITOR, criteria))


def change(register: Register, rules: Rules, id: str, **said: object) -> None:
    with register.writing("bob", "by hand") as writing:
        Editor(writing, rules).change(id, said)


def made(register: Register, work: Setting | TakingBack, batch: str = BATCH, *, leave_out: bool = False) -> Making:
    return Making(batch, look(register, "ann", work).digests, leave_out).make(register, "ann", "survey", work)


def test_each_asset_gets_one_entry_and_all_is_taken_back_to_the_last_field(register: Register, rules: Rules) -> None:
    before = {row.id: dict(row.properties) for row in register.every(ASSETS)}
    work = Setting(rules, pumps_of(register), wanted_of({"condition": 3, "manufacturer": "Acme", "properties": {"power": 5.5}}))
    assert (len(work.selection), work.chunks) == (27, 3)
    assert made(register, work).changed == 27
    entries = [entry for chunk in range(3) for entry in register.batch(f"{BATCH}/{chunk:05d}")]
    assert sum(entry.collection == ASSETS for entry in entries) == 27
    assert {row.properties["condition"] for row in register.every(ASSETS) if row.properties["asset_class"] == "pump"} == {3}
    back = made(register, TakingBack.of(register, rules, BATCH), "c" * 32)
    assert (back.changed, back.left, back.refused) == (27, 0, [])
    stamps = {"revision", "since_version", "valid_from"}
    for row in register.every(ASSETS):
        assert {k: v for k, v in row.properties.items() if k not in stamps} == {k: v for k, v in before[row.id].items() if k not in stamps}
    assert verified(register).is_right


def test_a_look_changes_nothing(register: Register, rules: Rules) -> None:
    count = register.count(CHANGES)
    seen = look(register, "ann", Setting(rules, pumps_of(register), wanted_of({"condition": 3})))
    assert (seen.counts["changed"], seen.cells, len(seen.digests)) == (27, 27, 3)
    assert seen.to_dict()["rows_left_out"] == 0
    assert register.count(CHANGES) == count


def test_a_chunk_in_which_an_asset_changed_since_is_refused_and_the_others_are_made(register: Register, rules: Rules) -> None:
    work = Setting(rules, pumps_of(register), wanted_of({"criticality": 5}))
    seen = look(register, "ann", work)
    touched = work.selection[12][0]
    change(register, rules, touched, description="new")
    done = Making(BATCH, seen.digests).make(register, "ann", "", work)
    assert (done.changed, done.refused_chunks, done.refused[0]["chunk"]) == (17, 1, 1)
    kept = {id for id, _ in work.selection[10:20]}
    assert all(register.row(ASSETS, id).properties.get("criticality") != 5 for id in kept)
    assert register.row(ASSETS, touched).properties["description"] == "new"


def test_a_run_that_broke_off_goes_on_and_makes_nothing_twice(register: Register, rules: Rules) -> None:
    work = Setting(rules, pumps_of(register), wanted_of({"condition": 4}))
    digests = look(register, "ann", work).digests

    def stop(done: int, _all: int) -> None:
        if done == 2:
            raise KeyboardInterrupt
    with pytest.raises(KeyboardInterrupt):
        Making(BATCH, digests).make(register, "ann", "", work, stop)
    assert Making(BATCH, digests).make(register, "ann", "", work).changed == 27
    assert [row.properties["revision"] for row in register.every(ASSETS) if row.properties["asset_class"] == "pump"] == [2] * 27


def test_what_was_changed_since_is_not_taken_back_and_attributes_are_judged_one_by_one(register: Register, rules: Rules) -> None:
    work = Setting(rules, pumps_of(register), wanted_of({"condition": 2, "properties": {"power": 7.0}}))
    made(register, work)
    (touched, _), (other, _), *_ = work.selection
    change(register, rules, touched, condition=5)
    change(register, rules, other, properties={"note": "kept"})
    back = TakingBack.of(register, rules, BATCH)
    seen = look(register, "ann", back)
    assert (seen.counts["conflict"], seen.counts["changed"]) == (1, 26)
    assert [fault.data["column"] for row in seen.broken_rows for fault in row.findings] == ["condition"]
    assert made(register, back, "c" * 32, leave_out=True).changed == 26
    assert register.row(ASSETS, touched).properties["condition"] == 5
    properties = register.row(ASSETS, other).properties
    assert (properties.get("condition"), properties["properties"].get("power"), properties["properties"]["note"]) == (None, None, "kept")


def test_values_that_cannot_be_stop_a_chunk(register: Register, rules: Rules) -> None:
    work = Setting(rules, pumps_of(register), wanted_of({"condition": 9}))
    seen = look(register, "ann", work)
    assert seen.broken == 27
    done = made(register, work)
    assert (done.changed, done.refused_chunks) == (0, 3)
    assert done.refused[0]["error"]["code"] == "asset-invalid"
    with pytest.raises(AssetInvalid):
        made(register, Setting(rules, work.selection[:5], work.wanted))


def test_one_chunk_that_is_no_longer_as_it_was_is_a_conflict(register: Register, rules: Rules) -> None:
    work = Setting(rules, pumps_of(register)[:5], wanted_of({"condition": 1}))
    digests = look(register, "ann", work).digests
    change(register, rules, work.selection[0][0], condition=2)
    with pytest.raises((Conflict, AssetInvalid)):
        Making(BATCH, digests).make(register, "ann", "", work)


def test_what_is_asked_for_is_said(register: Register, rules: Rules) -> None:
    with pytest.raises(ValueInvalid):
        question_of(register.store, EDITOR, Criteria())
    for said in ({}, {"tag": "x"}, {"revision": 3}):
        with pytest.raises(ValueInvalid):
            wanted_of(said)
    with pytest.raises(NotFound):
        TakingBack.of(register, rules, "f" * 32)
