"""Questions that join the register with what else is known: findings, zones, locations and what stands in the way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import shapely

from bim.schemas import bim_collections
from bim.submissions import schemas as submissions
from csdi.errors import CollectionMissing, NotFound
from csdi.feature import Feature
from csdi.filter import parse
from csdi.query import Query
from csdi.store import Store, open_store
from csdi.store.base import Reader
from tests.twin.register.conftest import STOREY, element, rows
from twin.questions.expanding import Asker, expanded
from twin.questions.finding import Criteria, facets
from twin.questions.finding import found as answered
from twin.register.building import build_model
from twin.register.keeping import Register
from twin.register.rule_files import default_rules
from twin.register.schemas import ASSETS, LOCATIONS

RULES = default_rules()


def other_model() -> Feature:
    """A pump of another model with a GlobalId that the first has too."""
    one = element("P1", "IfcPump", "Pump of a copy", 80.0)
    return Feature("n:P1", one.geometry, {**one.properties, "model": "n"})


def finding(id: str, model: str, global_id: str, severity: str) -> Feature:
    return Feature(id, None, {"model": model, "global_id": global_id, "severity": severity})


@pytest.fixture(scope="module", params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store("memory:" if request.param == "memory" else f"sqlite:///{Path(tmp_path_factory.mktemp('site'), 'site.gpkg')}")
    parts = rows()
    parts["models"].append(Feature("n", None, {"name": "N", "schema": "IFC4", "version": 1, "sha256": "1" * 64}))
    parts["elements"] += [other_model(), element("P3", "IfcPump", "Pump", 5.0), element("SCREEN", "IfcWall", "Screen", 20.0, base_level=0.0, top_level=9.0)]
    parts["zones"] = [Feature("m:Z", None, {"model": "m", "global_id": "Z", "name": "Airside",
                                            "members": [{"id": "R1", "class": "IfcSpace", "name": "Plant Room"}]})]
    findings = next(one for one in submissions.collections() if one.id == submissions.FINDINGS)
    with opened.transaction() as change:
        for collection in bim_collections():
            change.replace(collection, parts.get(collection.id, []))
        change.replace(findings, [finding("1", "m", "P1", "error"), finding("2", "m", "D1", "note"), finding("3", "m", "W1", "error")])
    for model in ("m", "n"):
        build_model(Register(opened), RULES, model, "ann", public=True)
    yield opened
    opened.close()


def asker(reader: Reader, hidden: str = "") -> Asker:
    return Asker(reader, lambda collection: collection.id != hidden)


def found(store: Store, text: str, hidden: str = "", of: str = ASSETS) -> set[str]:
    """The elements of what is found."""
    query = expanded(asker(store, hidden), store.collection(of), Query(filter=parse(text), limit=100))
    return {str(one.properties.get("element", one.id)) for one in store.search(of, query).features}


def test_a_finding_is_of_the_element_of_its_own_model(store: Store) -> None:
    assert found(store, "true = true") == {"m:P1", "m:P2", "m:P3", "m:M1", "m:D1", "n:P1"}
    assert found(store, "has_finding()") == {"m:P1", "m:D1"}
    assert found(store, "has_finding('error')") == {"m:P1"}
    assert found(store, "NOT has_finding() AND asset_class = 'pump'") == {"m:P2", "m:P3", "n:P1"}
    assert found(store, "has_finding('error')", of="elements") == {"m:P1", "m:W1"}


def test_findings_are_not_told_to_whom_may_not_read_them(store: Store) -> None:
    with pytest.raises(CollectionMissing):
        found(store, "has_finding()", hidden="findings")


def test_a_zone_holds_what_is_in_its_spaces(store: Store) -> None:
    in_room = found(store, "in_space('R1')")
    assert "m:P1" in in_room
    assert "m:P2" not in in_room
    for named in ("Airside", "Z", "m:Z"):
        assert found(store, f"in_zone('{named}')") == in_room
    assert found(store, "in_zone('Landside')") == set()


def test_a_location_holds_what_is_below_it(store: Store) -> None:
    kinds = {str(one.properties["kind"]): one for one in store.search(LOCATIONS, Query(limit=100)).features}
    assert {"site", "building", "storey", "space"} <= set(kinds)
    everything = {"m:P1", "m:P2", "m:M1", "m:D1"}
    for kind in ("site", "building", "storey"):
        assert found(store, f"in_place('{kinds[kind].id}')") >= everything
    assert found(store, f"in_place('{kinds['space'].id}')") == found(store, "in_space('R1')")
    with pytest.raises(NotFound):
        found(store, "in_place('nowhere')")


def test_what_is_behind_a_wall_is_not_seen(store: Store) -> None:
    tags = {str(one.properties["element"]): str(one.properties["tag"]) for one in store.search(ASSETS, Query(limit=100)).features}
    beyond = f"near('{tags['m:D1']}', 30) AND NOT asset_class = 'door'"
    assert found(store, f"{beyond} AND sees('{tags['m:D1']}', 60)") == {"m:P2"}
    assert "m:P3" in found(store, f"near('{tags['m:D1']}', 60)")
    assert "m:P3" not in found(store, f"sees('{tags['m:D1']}', 60)")
    low, high = (shapely.Point(113.9 + 20.5 / 103_000, 22.300005, z) for z in (6.0, 60.0))
    assert found(store, f"sees({low.wkt}, 60)") == set(), "within the wall"
    assert {"m:P2", "m:P3"} <= found(store, f"sees({high.wkt}, 90)"), "from above"


@pytest.mark.parametrize("selector,expected", [("IfcDoor", {"IfcDoor", "IfcDoorStandardCase"}), ("IfcDoorStandardCase", {"IfcDoorStandardCase"}),
                                               ("IfcBuildingElement", {"IfcDoor", "IfcDoorStandardCase", "IfcWall", "IfcBuildingElementProxy"}),
                                               ("IfcBuiltElement", {"IfcDoor", "IfcWall", "IfcBuildingElementProxy"}),
                                               ("IfcSanitaryTerminal", {"IfcSanitaryTerminal"}), ("IfcFlowTerminal", {"IfcFlowTerminal", "IfcSanitaryTerminal"}),
                                               ("IfcElectricalElement", {"IfcElectricalElement"})])
def test_selectors_know_the_classes_of_every_schema(selector: str, expected: set[str]) -> None:
    names = ("IfcDoor", "IfcDoorStandardCase", "IfcWall", "IfcBuildingElementProxy", "IfcSanitaryTerminal", "IfcFlowTerminal", "IfcElectricalElement")
    with closing(open_store("memory:")) as made:
        with made.transaction() as change:
            for collection in bim_collections():
                change.replace(collection, [element(name, name, name, 1.0) for name in names] if collection.id == "elements" else [])
        elements = made.collection("elements")
        query = expanded(asker(made), elements, Query(filter=parse(f"selected('{selector}')"), limit=100))
        assert {row.properties["ifc_class"] for row in made.search("elements", query).features} == expected


def test_an_answer_says_what_sight_was_judged_by(store: Store) -> None:
    seen = answered(Criteria(of="113.9,22.3001,6", sees=100.0), asker(store))
    assert seen["judged_by"] == "boxes"
    assert "judged_by" not in answered(Criteria(asset_class="pump"), asker(store))


def test_facets_roll_storeys_up(store: Store) -> None:
    made: dict[str, Any] = facets(Criteria(), asker(store))
    assert made["matched"] == 6
    assert {one["value"]: one["count"] for one in made["facets"]["asset_class"]}["pump"] == 4
    (terminal,) = made["locations"]
    assert terminal["count"] == 6
    assert [one["count"] for one in terminal["storeys"]] == [6]
    assert STOREY[-1]["name"] == terminal["storeys"][0]["name"]
    narrowed = facets(Criteria(finding="error"), asker(store), ("status",))
    assert narrowed["matched"] == sum(one["count"] for one in narrowed["facets"]["status"]) == 1
