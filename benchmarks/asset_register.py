"""How long the register of a large model takes to build, to compare with a next version, and to verify; and how much memory.

python benchmarks/asset_register.py --elements 100000
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import shapely

from bim.schemas import bim_collections
from csdi.blobs import Blobs
from csdi.feature import Feature
from csdi.store import Store, open_store
from twin.register.building import build_model
from twin.register.keeping import Register
from twin.register.proposals import propose_model
from twin.register.rule_files import default_rules
from twin.register.verifying import verified

KINDS = ("IfcValve", "IfcLightFixture", "IfcPump", "IfcAirTerminal", "IfcDoor", "IfcSensor", "IfcDamper", "IfcOutlet")
STOREYS = 40
SITE = {"id": "S", "class": "IfcSite", "name": "Island"}
BUILDING = {"id": "B", "class": "IfcBuilding", "name": "Terminal 2"}


def element(n: int) -> Feature:
    x, y, level = n % 400 * 2.0, n // 400 % 100 * 3.0, n % STOREYS
    east, north, z = 113.9 + x / 103_000, 22.3 + y / 111_000, 5.0 * level + 3
    storey = {"id": f"L{level}", "class": "IfcBuildingStorey", "name": f"L{level}"}
    return Feature(f"big:E{n}", shapely.box(east, north, east + 1e-5, north + 1e-5), {
        "model": "big", "role": "element", "global_id": f"E{n}", "ifc_class": KINDS[n % len(KINDS)], "name": f"Unit {n} 設備",
        "storey": storey["id"], "storey_name": storey["name"], "building": "Terminal 2", "site": "Island",
        "containment": [SITE, BUILDING, storey], "base_level": z,
        "top_level": z + 0.5, "centroid": [811000 + x, 819000 + y, z], "easting": 811000 + x, "northing": 819000 + y,
        "psets": {"Pset_ManufacturerTypeInformation": {"Manufacturer": f"Maker {n % 30}", "ModelReference": f"M-{n % 200}"},
                  "Pset_ManufacturerOccurrence": {"SerialNumber": f"SN-{n}"}, "Pset_Warranty": {"WarrantyEndDate": "2027-05-31"},
                  "Pset_Condition": {"AssessmentCondition": str(n % 5 + 1)}}})


def spaces() -> Iterator[Feature]:
    for n in range(STOREYS * 100):
        level, room = n // 100, n % 100
        x, y = room % 10 * 80.0, room // 10 * 30.0
        east, north = 113.9 + x / 103_000, 22.3 + y / 111_000
        storey = {"id": f"L{level}", "class": "IfcBuildingStorey", "name": f"L{level}"}
        yield Feature(f"big:R{n}", shapely.box(east, north, east + 80 / 103_000, north + 30 / 111_000), {
            "model": "big", "global_id": f"R{n}", "ifc_class": "IfcSpace", "name": f"Room {n}", "base_level": 5.0 * level + 2.5,
            "top_level": 5.0 * level + 7, "containment": [SITE, BUILDING, storey]})


def load(store: Store, elements: int) -> None:
    def structure(key: str, ifc_class: str, name: str, above: list[dict[str, str]]) -> Feature:
        return Feature(f"big:{key}", None, {"model": "big", "global_id": key, "ifc_class": ifc_class, "name": name, "containment": above})
    parts: dict[str, Any] = {
        "models": [Feature("big", None, {"name": "Big", "schema": "IFC4", "version": 1})],
        "buildings": [structure("S", "IfcSite", "Island", []), structure("B", "IfcBuilding", "Terminal 2", [SITE])],
        "storeys": [structure(f"L{n}", "IfcBuildingStorey", f"L{n}", [SITE, BUILDING]) for n in range(STOREYS)],
        "spaces": spaces(), "elements": map(element, range(elements))}
    with store.transaction() as change:
        for collection in bim_collections():
            change.replace(collection, parts.get(collection.id, []))


def timed(name: str, work: Callable[[], Any]) -> Any:
    """Prints what a piece of work took: on the clock, of the processor, and the most memory of its own, without pages of files."""
    most, done = [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.05):
            most[0] = max(most[0], own_memory())
    watcher = threading.Thread(target=watch)
    watcher.start()
    begin, spent = time.perf_counter(), time.process_time()
    try:
        made = work()
    finally:
        done.set()
        watcher.join()
    clock, ours = time.perf_counter() - begin, time.process_time() - spent
    print(f"{name:12} {clock:8.1f} s   CPU {ours:6.1f} s   memory {most[0]:6.0f} MB", flush=True)
    return made


def own_memory() -> int:
    """Anonymous memory in MB: the store's file is mapped, which `ru_maxrss` counts too (Linux)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) >> 10 for line in lines if line.startswith("RssAnon"))


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--elements", type=int, default=100_000)
    with tempfile.TemporaryDirectory() as folder:
        store, blobs = open_store(f"sqlite:///{folder}/site.gpkg"), Blobs(f"file://{folder}/blobs")
        register, rules = Register(store), default_rules()
        timed("load", lambda: load(store, asked.parse_args().elements))
        built = timed("build", lambda: build_model(register, rules, "big", "bench"))
        print(f"             {built.assets} assets, {built.devices} devices, {built.locations} locations")
        timed("compare", lambda: propose_model(register, blobs, rules, "big", "bench"))
        found = timed("verify", lambda: verified(register))
        print(f"             right: {found.is_right}; store {Path(folder, 'site.gpkg').stat().st_size >> 20} MB")
        store.close()


if __name__ == "__main__":
    main()
