"""A register built from the small model of the register's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bim.schemas import bim_collections
from csdi.access import Principal, Role
from csdi.feature import Feature
from csdi.store import Store, open_store
from tests.twin.register.conftest import element, rows
from twin.register.building import build_model
from twin.register.keeping import Register
from twin.register.rule_files import default_rules
from twin.register.rules import Rules

EDITOR = Principal("ann", Role.EDITOR)


def many(count: int) -> list[Feature]:
    """So many pumps beside each other."""
    return [element(f"Q{n}", "IfcPump", f"Pump {n}", float(n)) for n in range(count)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/store.gpkg")
    yield opened
    opened.close()


@pytest.fixture
def rules() -> Rules:
    return default_rules()


@pytest.fixture
def pumps() -> int:
    """How many pumps there are besides; a test says otherwise by a parameter of this name."""
    return 0


@pytest.fixture
def register(store: Store, rules: Rules, pumps: int) -> Register:
    parts = rows()
    parts["elements"] += many(pumps)
    with store.transaction() as change:
        for collection in bim_collections():
            change.replace(collection, parts.get(collection.id, []))
    made = Register(store)
    build_model(made, rules, "m", "ann")
    return made
