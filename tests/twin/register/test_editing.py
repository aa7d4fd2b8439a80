"""What people may change of Assets, and what becomes of it."""

from __future__ import annotations

import random
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from csdi.errors import AssetInvalid, NotFound, PreconditionFailed, ValueInvalid
from csdi.feature import Feature
from csdi.store import Store, open_store
from twin.register.editing import Editor, moment_of
from twin.register.handmade import change_place
from twin.register.keeping import Register, equals
from twin.register.rule_files import default_rules
from twin.register.schemas import ASSETS, CHANGES, DEVICES, LOCATIONS
from twin.register.verifying import verified

RULES = default_rules()


def pump(register: Register) -> Feature:
    (found,) = register.rows(ASSETS, equals("global_id", "P1"))
    return found


def edit(register: Register, patch: dict[str, Any], revision: int | None = None) -> Feature:
    with register.writing("ann") as writing:
        Editor(writing, RULES).change(pump(register).id, patch, revision)
    return pump(register)


@pytest.mark.parametrize("patch, code", [
    ({"colour": "red"}, "asset-field-unknown"), ({"revision": 7}, "asset-field-kept"), ({"status": "broken"}, "asset-value-invalid"),
    ({"condition": 9}, "asset-value-invalid"), ({"condition": True}, "asset-value-invalid"), ({"warranty_end": "2026-02-30"}, "asset-value-invalid"),
    ({"cost": "much"}, "asset-value-invalid"), ({"cost": float("nan")}, "asset-value-invalid"), ({"documents": {"a": 1}}, "asset-value-invalid"),
    ({"location": "l-none"}, "asset-location-missing"), ({"tag": "PT1-L2-PMP-0002"}, "asset-tag-taken"), ({"tag": " x"}, "asset-value-invalid"),
    ({"asset_class": "spaceship"}, "asset-class-unknown"), ({"parent": "a-none"}, "asset-parent-missing"),
    ({"properties": {"flow_rate": "fast"}}, "asset-attribute-invalid"), ({"element": "m:nothing"}, "asset-element-missing"),
    ({"name": "x" * 4001}, "asset-value-invalid")])
def test_what_an_asset_cannot_be_is_refused_with_its_code(register: Register, patch: dict[str, Any], code: str) -> None:
    with pytest.raises(AssetInvalid) as refused:
        edit(register, patch)
    assert [one["code"] for one in refused.value.data["findings"]] == [code]
    assert pump(register).properties["revision"] == 1


def test_all_that_is_wrong_is_said_at_once(register: Register) -> None:
    with pytest.raises(AssetInvalid) as refused:
        edit(register, {"status": "broken", "cost": "much"})
    assert len(refused.value.data["findings"]) == 2


def test_an_asset_cannot_be_a_part_of_its_own_part(register: Register) -> None:
    (motor,) = register.rows(ASSETS, equals("global_id", "M1"))
    with pytest.raises(AssetInvalid, match="no part of this one"):
        edit(register, {"parent": motor.id})


@pytest.mark.parametrize("field", ["tag", "name", "status", "asset_class"])
def test_what_every_asset_has_cannot_be_taken_away(register: Register, field: str) -> None:
    with pytest.raises(AssetInvalid):
        edit(register, {field: None})


def test_a_patch_of_properties_leaves_the_others(register: Register) -> None:
    now = edit(register, {"properties": {"power": 5500, "flow_rate": None}}).properties["properties"]
    assert (now["power"], "flow_rate" in now, "psets" in now) == (5500, False, True)


def test_another_location_changes_all_that_follows_from_it(register: Register) -> None:
    (storey,) = register.rows(LOCATIONS, equals("kind", "storey"))
    now = edit(register, {"location": storey.id}).properties
    assert (now["space"], now["space_name"], now["storey_name"], now["location_path"]) == (None, None, "L2", storey.properties["path"])
    assert register.row(LOCATIONS, storey.id).properties["own_count"] == 3


def test_assets_repeat_the_new_name_of_their_room(register: Register) -> None:
    (room,) = register.rows(LOCATIONS, equals("kind", "space"))
    with register.writing("ann") as writing:
        change_place(writing, room.id, {"name": "Pump Room"})
    assert pump(register).properties["space_name"] == "Pump Room"
    assert [row.properties["space_name"] for row in register.rows(ASSETS, equals("global_id", "P2"))] == [None]
    assert verified(register).is_right


def test_the_device_follows_its_asset(register: Register) -> None:
    device = edit(register, {"serial": "SN-2"}).properties["device"]
    assert register.row(DEVICES, device).properties["serial"] == "SN-2"


def test_a_new_device_keeps_the_role(register: Register) -> None:
    before = pump(register)
    with register.writing("ann", "broken shaft") as writing:
        Editor(writing, RULES).replace_device(before.id, {"manufacturer": "New Maker", "serial": "N-1", "installed_on": "2026-05-01"}, 1)
    now = pump(register)
    assert (now.id, now.properties["tag"]) == (before.id, before.properties["tag"])
    assert (now.properties["manufacturer"], now.properties["product"]) == ("New Maker", None)
    devices = {row.properties["serial"]: row.properties["removed_on"] for row in register.rows(DEVICES, equals("asset", now.id))}
    assert devices == {"SN-1": "2026-05-01", "N-1": None}


def test_an_asset_of_ones_own_gets_a_tag_and_a_place(register: Register) -> None:
    (room,) = register.rows(LOCATIONS, equals("kind", "space"))
    with register.writing("ann") as writing:
        made = Editor(writing, RULES).create({"asset_class": "fire-extinguisher", "location": room.id, "serial": "E-1"})
    assert (made.properties["tag"], made.properties["presence"], made.properties["space_name"]) == ("PT1-L2-FEX-0001", "unlinked", "Plant Room 機房")
    assert register.row(DEVICES, made.properties["device"]).properties["serial"] == "E-1"
    assert register.row(LOCATIONS, room.id).properties["own_count"] == 3


def test_two_people_and_one_asset(register: Register) -> None:
    edit(register, {"name": "Ann's"}, 1)
    with pytest.raises(PreconditionFailed):
        edit(register, {"name": "Bob's"}, 1)


def test_two_assets_of_one_block_cannot_have_one_tag(register: Register) -> None:
    with pytest.raises(AssetInvalid, match="tag"), register.writing("ann") as writing:
        editor = Editor(writing, RULES)
        editor.create({"asset_class": "pump", "tag": "T-1"})
        editor.create({"asset_class": "pump", "tag": "T-1"})


def test_a_tag_that_was_given_up_in_the_block_is_free(register: Register) -> None:
    with register.writing("ann") as writing:
        editor = Editor(writing, RULES)
        editor.change(pump(register).id, {"tag": "OTHER"})
        made = editor.create({"asset_class": "pump", "tag": "PT1-L2-PMP-0001"})
    assert register.asset("PT1-L2-PMP-0001").id == made.id


@pytest.mark.parametrize("by", ["number", "moment"])
def test_restoring_brings_the_state_and_its_device_back(register: Register, by: str) -> None:
    before = pump(register)
    last = max(entry.number for entry in register.entries(before.id))
    with register.writing("ann") as writing:
        Editor(writing, RULES).replace_device(before.id, {"serial": "N-1"})
    edit(register, {"name": "x", "properties": {"power": 1}})
    to = last if by == "number" else datetime.fromisoformat(before.properties["valid_from"])
    with register.writing("bob") as writing:
        Editor(writing, RULES).restore(before.id, to)
    now = pump(register)
    stamps = ("revision", "since_version", "valid_from")
    assert {k: v for k, v in now.properties.items() if k not in stamps} == {k: v for k, v in before.properties.items() if k not in stamps}
    assert register.row(DEVICES, str(now.properties["device"])).properties["removed_on"] is None
    assert verified(register).is_right


def test_nothing_can_be_restored_to_before_it_was(register: Register) -> None:
    with pytest.raises(NotFound, match="was not there then"), register.writing("bob") as writing:
        Editor(writing, RULES).restore(pump(register).id, 1)


def test_what_to_restore_to_is_a_number_or_a_time() -> None:
    assert moment_of("12") == 12
    assert moment_of("2026-01-31T08:00:00+08:00") == datetime.fromisoformat("2026-01-31T00:00:00+00:00")
    with pytest.raises(ValueInvalid):
        moment_of("yesterday")


def test_a_row_that_was_changed_by_another_way_is_found(register: Register, store: Store) -> None:
    assert verified(register).is_right
    row = pump(register)
    with store.transaction() as change:
        change.write(ASSETS, [Feature(row.id, row.geometry, {**row.properties, "cost": 1})])
    found = verified(register)
    assert found.differing == [{"collection": ASSETS, "feature": row.id, "fields": ["cost"]}]


def test_an_entry_that_was_changed_breaks_the_chain(register: Register, store: Store) -> None:
    row = store.feature(CHANGES, f"{3:012d}")
    with store.transaction() as change:
        change.write(CHANGES, [Feature(row.id, None, {**row.properties, "who": "eve"})])
    assert verified(register).chain.broken == 3


def test_a_row_without_a_history_is_found(register: Register, store: Store) -> None:
    with store.transaction() as change:
        change.write(ASSETS, [Feature("a-smuggled", None, {"tag": "X"})])
    assert not verified(register).is_right


EDITS = """
import random, sys
from csdi.store import open_store
from csdi.errors import CsdiError
from twin.register.keeping import Register
from twin.register.editing import Editor
from twin.register.rule_files import default_rules
from twin.register.schemas import ASSETS, LOCATIONS
url, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
chance, register, rules = random.Random(seed), Register(open_store(url)), default_rules()
places = [row.id for row in register.every(LOCATIONS)]
print("ready", flush=True)
for _ in range(count):
    ids = [row.id for row in register.every(ASSETS, fields=("tag",))]
    id = chance.choice(ids)
    try:
        with register.writing("worker", str(seed)) as writing:
            editor, what = Editor(writing, rules), chance.randrange(7)
            if what == 0:
                editor.create({"asset_class": chance.choice(list(rules.classes)), "location": chance.choice(places), "serial": str(chance.random())})
            elif what == 1:
                editor.replace_device(id, {"serial": str(chance.random())})
            elif what == 2:
                editor.retire(id)
            elif what == 3:
                editor.restore(id, chance.randint(1, register.head.number))
            elif what == 4:
                editor.change(id, {"location": chance.choice([*places, None])})
            else:
                editor.change(id, {"cost": chance.random(), "condition": chance.randint(1, 5), "properties": {"x": [chance.random()]}, "status": "in-service"})
    except CsdiError:
        pass
"""


def edit_and_kill(url: str, edits: int, kills: int, chance: random.Random) -> None:
    """Edits by one process after another, each of which is killed somewhere but the last."""
    for turn in range(kills + 1):
        process = subprocess.Popen([sys.executable, "-c", EDITS, url, str(chance.random() * 1e9).split(".")[0], str(edits // (kills + 1))],
                                   stdout=subprocess.PIPE)
        assert process.stdout is not None
        with process.stdout as told:
            assert told.readline() == b"ready\n"
        if turn < kills:
            try:
                process.wait(timeout=chance.random() * edits / (kills + 1) / 150)
            except subprocess.TimeoutExpired:
                process.kill()
        assert process.wait(timeout=1200) in (0, -9)


def check_after_kills(register: Register, tmp_path: Path, edits: int, kills: int) -> None:
    before = register.head
    edit_and_kill(f"sqlite:///{tmp_path}/store.gpkg", edits, kills, random.Random(20260101))
    again = Register(open_store(f"sqlite:///{tmp_path}/store.gpkg"))
    found = verified(again)
    assert found.is_right, found.to_dict()
    assert before is not None
    assert again.head is not None
    assert again.head.number > before.number + edits // 10
    again.store.close()


def test_random_edits_with_kills_between_replay_to_the_same_state(register: Register, tmp_path: Path) -> None:
    check_after_kills(register, tmp_path, 300, 2)


@pytest.mark.slow
def test_ten_thousand_random_edits_with_kills_between_replay_to_the_same_state(register: Register, tmp_path: Path) -> None:
    check_after_kills(register, tmp_path, 10_000, 9)
