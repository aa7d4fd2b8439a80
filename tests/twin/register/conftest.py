"""A store with a small model in it, whose next versions are made by changing its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely

from bim.schemas import bim_collections
from csdi.blobs import Blobs
from csdi.feature import Feature
from csdi.store import Store, open_store
from twin.register.building import build_model
from twin.register.keeping import Register
from twin.register.rule_files import default_rules

BUILDING = [{"id": "S", "class": "IfcSite", "name": "Island"}, {"id": "B", "class": "IfcBuilding", "name": "Passenger Terminal 1"}]
STOREY = [*BUILDING, {"id": "L2", "class": "IfcBuildingStorey", "name": "L2"}]
CHILLED = {"id": "SYS", "name": "Chilled Water Supply", "class": "IfcDistributionSystem"}


def element(key: str, ifc_class: str, name: str, x: float = 0.0, **more: Any) -> Feature:
    """An element of model `m`, two metres high; x metres east of a point of the island (about, in degrees)."""
    east = 113.9 + x / 103_000
    box = [811000.0 + x, 819000.0, 5.0, 811001.0 + x, 819001.0, 7.0]
    said = {"model": "m", "role": "element", "global_id": key, "ifc_class": ifc_class, "name": name, "storey": "L2", "storey_name": "L2",
            "building": "Passenger Terminal 1", "site": "Island", "containment": STOREY, "base_level": 5.0, "top_level": 7.0, "box": box,
            "centroid": [811000.5 + x, 819000.5, 6.0], "easting": 811000.5 + x, "northing": 819000.5, "systems": [], "has_shape": True}
    return Feature(f"m:{key}", shapely.box(east, 22.3, east + 0.00001, 22.30001), said | more)


def part(key: str, ifc_class: str, name: str, above: list[dict[str, str]], shape: Any = None, **more: Any) -> Feature:
    return Feature(f"m:{key}", shape, {"model": "m", "global_id": key, "ifc_class": ifc_class, "name": name, "containment": above} | more)


PUMP = {"predefined_type": "CIRCULATOR", "type_name": "Inline pump", "systems": [CHILLED], "psets": {
    "Pset_ManufacturerTypeInformation": {"Manufacturer": "Kowloon Pumps", "ModelReference": "KP-7"},
    "Pset_ManufacturerOccurrence": {"SerialNumber": "SN-1", "BarCode": "BarCode"},
    "Pset_Warranty": {"WarrantyStartDate": "2024-02-29", "WarrantyPeriod": "P2Y"},
    "Pset_PumpTypeCommon": {"FlowRateRange": 12.5}},
    "measures": {"Pset_PumpTypeCommon": {"FlowRateRange": {"value": 0.0125, "unit": "m3/s", "stated": 12.5, "stated_unit": "L/s"}}}}


def rows() -> dict[str, list[Feature]]:
    room = shapely.box(113.8999, 22.2999, 113.9002, 22.3002)
    return {
        "models": [Feature("m", None, {"name": "M", "schema": "IFC4", "version": 1, "sha256": "0" * 64})],
        "buildings": [part("S", "IfcSite", "Island", []), part("B", "IfcBuilding", "Passenger Terminal 1", BUILDING[:1])],
        "storeys": [part("L2", "IfcBuildingStorey", "L2", BUILDING)],
        "spaces": [part("R1", "IfcSpace", "Plant Room 機房", STOREY, room, base_level=4.0, top_level=9.0,
                        zones=[{"id": "Z", "name": "Airside"}])],
        "systems": [Feature("m:SYS", None, {"model": "m", "global_id": "SYS", "ifc_class": "IfcDistributionSystem",
                                         "name": "Chilled Water Supply", "predefined_type": "CHILLEDWATER"})],
        "elements": [
            element("P1", "IfcPump", "Chilled Water Pump 01 冷水泵", **PUMP), element("P2", "IfcPump", "Chilled Water Pump 02", 40.0),
            element("M1", "IfcElectricMotor", "Motor", part_of={"id": "P1", "class": "IfcPump", "name": "Pump"}),
            element("W1", "IfcWall", "Wall"), element("D1", "IfcDoor", "Door 1", 41.0)]}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/store.gpkg")
    yield opened
    opened.close()


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(f"file://{tmp_path}/blobs")


Publish = Callable[..., None]


@pytest.fixture
def publish(store: Store) -> Publish:
    """Puts the rows of a model in place of those before."""
    def put(parts: dict[str, list[Feature]]) -> None:
        with store.transaction() as change:
            for collection in bim_collections():
                change.replace(collection, parts.get(collection.id, []))
    return put


@pytest.fixture
def register(store: Store, publish: Publish) -> Register:
    """The register of model `m`."""
    publish(rows())
    made = Register(store)
    build_model(made, default_rules(), "m", "ann")
    return made
