"""A site with a pump and its like, for tests of maintenance."""

from __future__ import annotations

import shapely

from csdi.access import Principal, Role
from csdi.feature import Feature
from csdi.store import Store
from twin.maintenance.agreed import Agreed
from twin.maintenance.inspections import Inspections
from twin.maintenance.orders import Orders
from twin.maintenance.plans import Plans
from twin.register.keeping import Register
from twin.register.schemas import ASSETS, DEVICES, LOCATIONS

EDITOR, TECHNICIAN, READER = Principal("manager", Role.EDITOR), Principal("tom", Role.READER), Principal("rita", Role.READER)


def stocked(store: Store) -> Store:
    """The store with a building, two storeys, two pumps and a fan."""
    with Register(store).writing("test") as write:
        for id, parent in (("b", None), ("b1", "b"), ("b2", "b")):
            write.add(LOCATIONS, Feature(id, None, {"kind": "storey" if parent else "building", "name": id, "parent": parent,
                                                    "path": f"b/{id}" if parent else "b"}))
        write.add(DEVICES, Feature("d-1", None, {"asset": "a-000000000001", "run_hours": 100.0, "serial": "S-1"}))
        for number, kind, storey, criticality in ((1, "pump", "b1", 5), (2, "pump", "b2", 1), (3, "fan", "b2", None)):
            write.add(ASSETS, Feature(f"a-{number:012d}", shapely.box(113.9, 22.3, 113.91, 22.31), {
                "tag": f"B-{kind.upper()}-{number}", "name": f"{kind} {number}", "name_zh": "水泵一號" if number == 1 else None,
                "asset_class": kind, "status": "in-service", "location": storey, "location_path": f"b/{storey}",
                "storey_name": storey, "criticality": criticality, "device": "d-1" if number == 1 else None, "condition": 2,
                "spare_parts": [{"number": "SEAL-40", "name": "Shaft seal 軸封", "stock": 2}]}))
    return store


def orders(store: Store, principal: Principal = EDITOR) -> Orders:
    return Orders(store, principal, Agreed.of(store))


def plans(store: Store, principal: Principal = EDITOR) -> Plans:
    return Plans(store, principal, Agreed.of(store))


def inspections(store: Store, principal: Principal = EDITOR) -> Inspections:
    return Inspections(store, principal, Agreed.of(store))
