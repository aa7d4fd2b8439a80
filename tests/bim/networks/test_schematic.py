"""Schematics: everything connected is on them once, nothing overlaps, and the flow goes to the right."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings

from bim.networks.drawing import LANGUAGES, SHAPES, WORDS, svg
from bim.networks.kinds import KINDS
from bim.networks.model import Network
from bim.networks.schematic import schematic
from tests.bim.networks.plants import network
from tests.bim.networks.test_models import SAMPLE, heating, loaded
from tests.bim.networks.test_questions import plants


@settings(max_examples=150)
@given(plants())
def test_every_connected_element_is_drawn_and_no_two_symbols_overlap(one: Network) -> None:
    made = schematic(one)
    connected = {end.element for link in one.connections for end in (link.a, link.b)}
    drawn = Counter(element for symbol in made.symbols for element in symbol.elements)
    assert set(drawn.values()) <= {1}
    assert set(drawn) | {element for run in made.runs for element in run.elements} == connected
    layers: dict[int, list[float]] = {}
    for symbol in made.symbols:
        layers.setdefault(symbol.layer, []).append(symbol.row)
        assert 0 <= symbol.row <= made.rows - 1
    for rows in layers.values():
        assert all(b - a >= 1 for a, b in pairwise(sorted(rows)))
    for run in made.runs:
        assert abs(made.symbols[run.a].layer - made.symbols[run.b].layer) <= 1
    ElementTree.fromstring(svg(one, made, "<&\">"))


def test_a_run_of_segments_is_one_line_and_alike_terminals_are_one_symbol() -> None:
    one = network({"boiler": "IfcBoiler", "p1": "IfcPipeSegment", "e": "IfcPipeFitting", "p2": "IfcPipeSegment", "tee": "IfcPipeFitting",
                   "a": "IfcSpaceHeater", "b": "IfcSpaceHeater", "pa": "IfcPipeSegment"},
                  ("boiler", "p1", 1), ("p1", "e", 1), ("e", "p2", 1), ("p2", "tee", 1), ("tee", "pa", 1), ("pa", "a", 1), ("tee", "b", 1))
    made = schematic(one)
    assert [[one.elements[each].name for each in symbol.elements] for symbol in made.symbols] == [["boiler"], ["tee"], ["a", "b"]]
    assert [symbol.layer for symbol in made.symbols] == [0, 1, 2]
    assert [([one.elements[each].name for each in run.elements], run.way) for run in made.runs] == [(["p1", "e", "p2"], 1), (["pa"], 1)]
    assert "2 × Radiator" in svg(one, made, "t")
    assert "2 × 散熱器" in svg(one, made, "t", "zh-Hant")


@pytest.mark.parametrize("language", LANGUAGES)
def test_real_networks_are_drawn_in_every_language(language: str) -> None:
    for one in (heating(), loaded(SAMPLE)[0]):
        root = ElementTree.fromstring(svg(one, schematic(one), "x", language))
        assert root.attrib["lang"] == language
    assert schematic(heating()).layers <= 12


def test_a_ring_of_nothing_but_pipes_beside_a_plant_is_drawn() -> None:
    one = network({"boiler": "IfcBoiler", "a": "IfcSpaceHeater", **dict.fromkeys("pqrs", "IfcPipeSegment")},
                  ("boiler", "a", 1), ("p", "q", 1), ("q", "r", 1), ("r", "s", 1), ("s", "p", 1))
    made = schematic(one)
    assert {element for symbol in made.symbols for element in symbol.elements} | {element for run in made.runs for element in run.elements} \
        == set(range(6))


def test_a_network_without_connections_says_so() -> None:
    one = network({"a": "IfcTank"})
    assert WORDS["nothing"][1] in svg(one, schematic(one), "x", "zh-Hant")


def test_every_symbol_has_a_word_in_each_language() -> None:
    symbols = {kind.symbol for kind in KINDS.values()} - {"control"}
    assert symbols <= set(WORDS)
    assert symbols <= set(SHAPES)
    assert all(len(words) == 3 and all(words) for words in WORDS.values())
