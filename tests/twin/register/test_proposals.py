"""What a new version of a model proposes, and what accepting and rejecting do."""

from __future__ import annotations

import orjson
import pytest

from csdi.blobs import Blobs
from csdi.errors import Conflict
from csdi.feature import Feature
from tests.twin.register.conftest import PUMP, Publish, element, rows
from twin.register.keeping import Register, equals
from twin.register.proposals import decide, open_proposals, propose_model
from twin.register.rule_files import default_rules
from twin.register.schemas import ASSETS, LOCATIONS, PROPOSALS
from twin.register.verifying import verified

RULES = default_rules()


def proposed(register: Register, blobs: Blobs) -> dict[str, Feature]:
    propose_model(register, blobs, RULES, "m", "publication")
    return {f"{row.properties['kind']} {row.properties['element']}": row for row in open_proposals(register)}


def next_version(publish: Publish, elements: list[Feature], **model: object) -> None:
    parts = rows() | {"elements": elements}
    (row,) = parts["models"]
    parts["models"] = [Feature(row.id, None, {**row.properties, "version": 2, **model})]
    publish(parts)


def elements(**instead: Feature | None) -> list[Feature]:
    kept = {row.properties["global_id"]: row for row in rows()["elements"]} | instead
    return [row for row in kept.values() if row is not None]


def of(register: Register, key: str) -> Feature:
    (found,) = register.rows(ASSETS, equals("global_id", key))
    return found


def test_the_same_version_proposes_nothing(register: Register, blobs: Blobs) -> None:
    assert proposed(register, blobs) == {}


def test_new_moved_changed_and_removed_are_proposed_and_nothing_is_edited(register: Register, blobs: Blobs, publish: Publish) -> None:
    before = {row.id: row.properties for row in register.every(ASSETS)}
    next_version(publish, elements(P2=element("P2", "IfcPump", "Chilled Water Pump 02", 45.0), D1=None,
                                   P1=element("P1", "IfcPump", "Pump A", **PUMP), F1=element("F1", "IfcFan", "Fan")))
    assert sorted(proposed(register, blobs)) == ["changed m:P1", "moved m:P2", "new m:F1", "removed m:D1"]
    assert {row.id: row.properties for row in register.every(ASSETS)} == before


def test_a_move_within_the_tolerance_is_none(register: Register, blobs: Blobs, publish: Publish) -> None:
    next_version(publish, elements(P2=element("P2", "IfcPump", "Chilled Water Pump 02", 40.05)))
    assert proposed(register, blobs) == {}


def test_accepting_makes_the_change_and_rejecting_does_not(register: Register, blobs: Blobs, publish: Publish) -> None:
    next_version(publish, elements(P2=element("P2", "IfcPump", "Renamed", 45.0), D1=None, F1=element("F1", "IfcFan", "Fan")))
    found = proposed(register, blobs)
    decide(register, RULES, [found["moved m:P2"].id, found["new m:F1"].id], "ann", accept=True, why="seen on site")
    decide(register, RULES, [found["removed m:D1"].id], "ann", accept=False)
    assert (of(register, "P2").properties["easting"], of(register, "P2").properties["name"]) == (811045.5, "Renamed")
    assert of(register, "F1").properties["tag"] == "PT1-L2-FAN-0001"
    assert (of(register, "D1").properties["status"], of(register, "D1").properties["presence"]) == ("in-service", "missing")
    assert proposed(register, blobs) == {}


def test_what_was_removed_is_retired_when_accepted(register: Register, blobs: Blobs, publish: Publish) -> None:
    next_version(publish, elements(D1=None))
    decide(register, RULES, [proposed(register, blobs)["removed m:D1"].id], "ann", accept=True)
    assert of(register, "D1").properties["status"] == "retired"
    assert proposed(register, blobs) == {}


def test_what_a_person_rejected_is_not_proposed_again(register: Register, blobs: Blobs, publish: Publish) -> None:
    next_version(publish, elements(P1=element("P1", "IfcPump", "Pump A", **PUMP)))
    decide(register, RULES, [proposed(register, blobs)["changed m:P1"].id], "ann", accept=False)
    assert proposed(register, blobs) == {}


def test_a_proposal_that_the_next_version_overtakes_is_closed_and_comes_back_when_it_holds_again(
        register: Register, blobs: Blobs, publish: Publish) -> None:
    next_version(publish, elements(D1=None))
    (id,) = (row.id for row in proposed(register, blobs).values())
    next_version(publish, elements(), version=3)
    assert proposed(register, blobs) == {}
    assert register.row(PROPOSALS, id).properties["reason"] == "overtaken"
    next_version(publish, elements(D1=None), version=4)
    assert [row.id for row in proposed(register, blobs).values()] == [id]


def test_what_people_wrote_stays_where_the_model_says_what_it_said_before(register: Register, blobs: Blobs, publish: Publish) -> None:
    pump = of(register, "P1")
    with register.writing("bob") as writing:
        writing.edit(ASSETS, pump.id, {"manufacturer": "Real Maker", "properties": {**pump.properties["properties"], "flow_rate": 0.02}})
    louder = PUMP | {"psets": PUMP["psets"] | {"Acoustics": {"Level": 80}}}  # type: ignore[operator]
    next_version(publish, elements(P1=element("P1", "IfcPump", "Chilled Water Pump 01 冷水泵", **louder)))
    (found,) = proposed(register, blobs).values()
    assert set(found.properties["after"]) == {"properties"}
    decide(register, RULES, [found.id], "ann", accept=True)
    now = of(register, "P1").properties
    assert (now["manufacturer"], now["properties"]["flow_rate"]) == ("Real Maker", 0.02)
    assert now["properties"]["psets"]["Acoustics"] == {"Level": 80}


def test_an_asset_that_changed_since_cannot_be_overwritten_unseen(register: Register, blobs: Blobs, publish: Publish) -> None:
    next_version(publish, elements(P1=element("P1", "IfcPump", "Pump A", **PUMP)))
    (found,) = proposed(register, blobs).values()
    with register.writing("bob") as writing:
        writing.edit(ASSETS, of(register, "P1").id, {"name": "Bob's pump"})
    with pytest.raises(Conflict, match="was changed since"):
        decide(register, RULES, [found.id], "ann", accept=True)
    assert register.row(PROPOSALS, found.id).properties["state"] == "open"


def test_one_of_many_that_fails_leaves_all_open(register: Register, blobs: Blobs, publish: Publish) -> None:
    next_version(publish, elements(D1=None, P1=element("P1", "IfcPump", "Pump A", **PUMP)))
    found = proposed(register, blobs)
    decide(register, RULES, [found["removed m:D1"].id], "ann", accept=True)
    with pytest.raises(Conflict, match="before"):
        decide(register, RULES, [found["changed m:P1"].id, found["removed m:D1"].id], "ann", accept=True)
    assert register.row(PROPOSALS, found["changed m:P1"].id).properties["state"] == "open"


def test_an_element_with_another_global_id_keeps_its_asset(register: Register, blobs: Blobs, publish: Publish) -> None:
    pump = of(register, "P1")
    changes = {"causes": [], "counts": {}, "changes": [{"collection": "elements", "status": "reidentified", "global_id": "P9", "was": "P1"}]}
    blobs.put_named("changes/x.json", orjson.dumps(changes))
    next_version(publish, elements(P1=None, P9=element("P9", "IfcPump", "Chilled Water Pump 01 冷水泵", **PUMP)),
                 changes=changes | {"changes": [], "blob": "changes/x.json"})
    found = proposed(register, blobs)
    assert sorted(found) == ["changed m:M1", "changed m:P9"] or sorted(found) == ["changed m:P9"]
    decide(register, RULES, [found["changed m:P9"].id], "ann", accept=True)
    assert of(register, "P9").id == pump.id


def test_locations_follow_their_model_and_new_rooms_are_added(register: Register, blobs: Blobs, publish: Publish) -> None:
    parts = rows()
    (room,) = parts["spaces"]
    parts["spaces"] = [Feature(room.id, room.geometry, {**room.properties, "name": "Pump Room 水泵房"}),
                       Feature("m:R2", None, {**room.properties, "global_id": "R2", "name": "Store"})]
    publish(parts)
    found = proposed(register, blobs)
    names = {row.properties["name"]: row.properties["total_count"] for row in register.every(LOCATIONS) if row.properties["kind"] == "space"}
    assert names == {"Pump Room 水泵房": 2, "Store": 0}
    assert found == {}
    assert of(register, "P1").properties["space_name"] == "Pump Room 水泵房"
    assert verified(register).is_right


def test_what_moved_and_is_kept_where_it_is_says_so_until_the_model_has_it_there_again(
        register: Register, blobs: Blobs, publish: Publish) -> None:
    moved = elements(P2=element("P2", "IfcPump", "Chilled Water Pump 02", 45.0))
    next_version(publish, moved)
    decide(register, RULES, [proposed(register, blobs)["moved m:P2"].id], "ann", accept=False)
    assert (of(register, "P2").properties["presence"], of(register, "P2").properties["easting"]) == ("moved", 811040.5)
    assert proposed(register, blobs) == {}
    next_version(publish, elements(), version=3)
    back = proposed(register, blobs)
    assert back["moved m:P2"].properties["after"] == {"presence": "present"}
    decide(register, RULES, [back["moved m:P2"].id], "ann", accept=True)
    assert of(register, "P2").properties["presence"] == "present"
    assert proposed(register, blobs) == {}


def test_taking_over_a_later_place_ends_a_decision_to_keep_the_first(register: Register, blobs: Blobs, publish: Publish) -> None:
    next_version(publish, elements(P2=element("P2", "IfcPump", "Chilled Water Pump 02", 45.0)))
    decide(register, RULES, [proposed(register, blobs)["moved m:P2"].id], "ann", accept=False)
    next_version(publish, elements(P2=element("P2", "IfcPump", "Chilled Water Pump 02", 60.0)), version=3)
    decide(register, RULES, [proposed(register, blobs)["moved m:P2"].id], "ann", accept=True)
    assert (of(register, "P2").properties["presence"], of(register, "P2").properties["easting"]) == ("present", 811060.5)
    assert verified(register).is_right
