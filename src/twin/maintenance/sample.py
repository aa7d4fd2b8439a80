"""Some work on the sample site, so that whoever looks at it first has something to look at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from csdi.access import Principal, Role
from csdi.bootstrap import Services
from csdi.feature import Feature
from csdi.query import Sort
from csdi.store.base import has_collection
from twin.maintenance.agreed import Agreed
from twin.maintenance.faults import Faults
from twin.maintenance.inspections import Inspections
from twin.maintenance.orders import Orders
from twin.maintenance.plans import Plans
from twin.maintenance.schemas import ORDERS
from twin.register.keeping import equals
from twin.register.schemas import ASSETS

_MANAGER = Principal("demo", Role.EDITOR)
_AHEAD = timedelta(days=17)
"""Far enough for the orders of plans that come every month."""
_FAULTS = (("pump", "水泵有異常聲響 Unusual noise, water below the pump"), ("light-fixture", "燈不亮 A lamp is out"),
           ("automatic-door", "自動門開關緩慢 The door opens slowly"))


def begin(services: Services) -> int:
    """Usual plans with the orders that are due, some faults, an order in the course of work and an inspection; gives how many orders.

    Nothing is done where there are orders already.
    """
    store = services.store
    if has_collection(store, ORDERS) or not has_collection(store, ASSETS):
        return 0
    agreed = Agreed.of(store)
    orders, plans, faults = Orders(store, _MANAGER, agreed), Plans(store, _MANAGER, agreed), Faults(store, agreed)
    plans.usual()
    plans.generate(datetime.now(UTC) + _AHEAD)
    for number, (asset_class, said) in enumerate(_FAULTS):
        for asset in _some(orders, asset_class, 1):
            faults.tell(faults.code(asset.id, _MANAGER), {"text": said, "language": "zh-Hant"}, f"192.0.2.{number}")
    _work(orders)
    for asset in _some(orders, "pump", 2)[1:]:
        Inspections(store, _MANAGER, agreed).inspect(asset.id, "pump", {"noise": True, "seal": False, "bearing": 61, "condition": 3})
    return orders.register.count(ORDERS)


def _work(orders: Orders) -> None:
    """One order that is being worked on, and one that has gone its whole way."""
    for asset in next((found for one in ("boiler", "fan", "air-handling-unit") if (found := _some(orders, one, 1))), []):
        id = orders.raise_order({"asset": asset.id, "title": "Burner lockout 燃燒器鎖定" if asset.properties["asset_class"] == "boiler"
                                 else "Replace filter 更換濾網", "assignee": "chan.tai.man"}).id
        orders.lead(id, "in-progress")
        orders.labour(id, 45, "檢查接線 wiring checked")
    for asset in _some(orders, "isolating-valve", 1) or _some(orders, "valve", 1):
        id = orders.raise_order({"asset": asset.id, "title": "Valve stiff 閥門過緊", "assignee": "chan.tai.man"}).id
        for state, said in (("in-progress", {}), ("done", {"cause": "dry spindle", "remedy": "spindle greased 閥桿加油"}), ("closed", {})):
            orders.lead(id, state, said)


def _some(orders: Orders, asset_class: str, count: int) -> list[Feature]:
    return orders.register.rows(ASSETS, equals("asset_class", asset_class), (Sort("tag"),), count)
