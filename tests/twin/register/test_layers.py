"""Layers whose features are assets."""

from __future__ import annotations

from pathlib import Path

import shapely

from csdi.collection import Collection
from csdi.feature import Feature, Field, Schema
from csdi.store import Store
from twin.register.building import build_layer
from twin.register.keeping import Register
from twin.register.proposals import open_proposals, propose_layer
from twin.register.rule_files import read_rules
from twin.register.schemas import ASSETS

RULES = """extends: default
layers:
  - layer: lamps
    asset_class: "{kind}"
    classes: {a: lamp-post}
    key: "{number}"
    where: "kind <> 'old'"
    fields: {tag: "LP-{number}", name: "Lamp {number}", status: "{state}", level: "{height}", installed_on: "{since}"}
"""
LAMPS = Collection("lamps", {"en": "Lamps"}, Schema(tuple(Field(name) for name in ("number", "kind", "state", "height", "since")), "point"), "EPSG:2326")


def lamp(id: str, number: str, kind: str = "a", x: float = 811000.0, state: str = "In service") -> Feature:
    return Feature(id, shapely.Point(x, 819000), {"number": number, "kind": kind, "state": state, "height": "5.5", "since": "01/03/2016"})


def test_features_become_assets_and_keep_them_when_the_layer_is_published_again(store: Store, tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(RULES)
    rules, register = read_rules(tmp_path / "rules.yaml"), Register(store)
    rule = next(one for one in rules.layers if one.layer == "lamps")
    with store.transaction() as change:
        change.replace(LAMPS, [lamp("1", "7"), lamp("2", "8"), lamp("3", "9", "old"), lamp("4", "10", "b")])
    assert build_layer(register, rules, rule, "ann").assets == 2
    p = register.asset("LP-7").properties
    assert (p["asset_class"], p["status"], p["installed_on"], p["element"]) == ("lamp-post", "in-service", "2016-03-01", "lamps:7")
    assert (p["easting"], p["northing"], p["base_level"]) == (811000.0, 819000.0, 5.5)
    assert shapely.get_x(register.asset("LP-7").geometry) < 115
    with store.transaction() as change:
        change.replace(LAMPS, [lamp("1", "8", x=811003.0), lamp("2", "7"), lamp("3", "11")])
    propose_layer(register, rules, rule, "ann")
    assert sorted((row.properties["kind"], row.properties["element"]) for row in open_proposals(register)) == [
        ("moved", "lamps:8"), ("new", "lamps:11")]
    assert register.count(ASSETS) == 2
